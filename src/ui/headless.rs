// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Slint platform without a display: it draws into memory with the software
//! renderer, takes fingers from a queue, and says for every frame what was
//! repainted and how long that took. The simulator and the tests look through
//! it; the device build does not contain it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{EventLoopProxy, Platform, PointerEventButton, WindowAdapter, WindowEvent};
use slint::{LogicalPosition, PhysicalSize, PlatformError};

mod elements;
mod frame;
mod queue;

pub use elements::{AnyGlass, Element, elements};
pub use frame::{Area, Frame, FrameReport};
pub use queue::{Pointer, Remote};

use frame::Surface;
use queue::{Job, Queue};

/// One frame of a 60 Hz panel.
const FRAME: Duration = Duration::from_millis(16);

/// What is told of every frame.
type Watcher = Box<dyn Fn(&FrameReport)>;

/// How the headless platform behaves.
#[derive(Clone, Copy, Debug)]
pub struct HeadlessOptions {
    /// Width and height of the glass in pixels.
    pub size: (u32, u32),
    /// Time moves only by [`Headless::advance`].
    pub mock_time: bool,
}

impl Default for HeadlessOptions {
    fn default() -> Self {
        Self { size: (1080, 1920), mock_time: false }
    }
}

/// The platform as the thread of the event loop sees it.
#[derive(Clone)]
pub struct Headless {
    inner: Rc<Inner>,
}

struct Inner {
    window: Rc<MinimalSoftwareWindow>,
    surface: Arc<Surface>,
    queue: Arc<Queue>,
    /// Mocked time, where time is mocked.
    clock: Option<Cell<Duration>>,
    started: Instant,
    /// The next frame draws everything, whatever the renderer remembers.
    anew: Cell<bool>,
    watcher: RefCell<Option<Watcher>>,
}

impl std::fmt::Debug for Headless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Headless").field("size", &self.inner.surface.size()).finish_non_exhaustive()
    }
}

struct HeadlessPlatform(Rc<Inner>);

impl Platform for HeadlessPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.0.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.0.clock.as_ref().map_or_else(|| self.0.started.elapsed(), Cell::get)
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        loop {
            self.0.step();
            if self.0.queue.take_quit() {
                return Ok(());
            }
            let frame = self.0.window.window().has_active_animations().then_some(FRAME);
            let timer = slint::platform::duration_until_next_timer_update();
            let idle = match (frame, timer) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            self.0.queue.wait(idle);
        }
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        // Slint keeps one proxy per process. With mocked time nobody runs the loop, and tests on
        // several threads may each have a glass of their own.
        self.0.clock.is_none().then(|| Box::new(self.0.queue.proxy()) as Box<dyn EventLoopProxy>)
    }
}

impl Inner {
    /// Timers, animations and what other threads asked for.
    fn due(&self) {
        slint::platform::update_timers_and_animations();
        for job in self.queue.drain() {
            match job {
                Job::Call(call) => call(),
                Job::Pointer(pointer, x, y) => self.pointer(pointer, x, y),
            }
        }
        slint::platform::update_timers_and_animations();
    }

    /// What is due, then one frame if something changed.
    fn step(&self) -> Option<FrameReport> {
        self.due();
        let mut report = None;
        self.window.draw_if_needed(|renderer| {
            if self.anew.replace(false) {
                // A change of kind makes the renderer forget what it has drawn.
                renderer.set_repaint_buffer_type(RepaintBufferType::NewBuffer);
                renderer.set_repaint_buffer_type(RepaintBufferType::ReusedBuffer);
            }
            report = self.surface.draw(renderer);
        });
        if let (Some(report), Some(watcher)) = (&report, &*self.watcher.borrow()) {
            watcher(report);
        }
        report
    }

    fn pointer(&self, pointer: Pointer, x: f32, y: f32) {
        let position = LogicalPosition::new(x, y);
        let button = PointerEventButton::Left;
        let send = |event| {
            // The one error is a window that is going away; there is nobody left to touch then.
            let _ = self.window.window().dispatch_event_with_result(event);
        };
        match pointer {
            Pointer::Press => {
                send(WindowEvent::PointerMoved { position });
                send(WindowEvent::PointerPressed { position, button });
            }
            Pointer::Move => send(WindowEvent::PointerMoved { position }),
            Pointer::Release => {
                send(WindowEvent::PointerReleased { position, button });
                // A finger that has left the glass hovers nowhere.
                send(WindowEvent::PointerExited);
            }
        }
    }
}

impl Headless {
    /// Installs the platform for this thread; call it before the first component.
    ///
    /// # Errors
    /// When another platform is installed already.
    pub fn install(options: HeadlessOptions) -> Result<Self, slint::platform::SetPlatformError> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        let inner = Rc::new(Inner {
            window,
            surface: Arc::new(Surface::new(options.size)),
            queue: Arc::new(Queue::default()),
            clock: options.mock_time.then(Cell::default),
            started: Instant::now(),
            anew: Cell::new(true),
            watcher: RefCell::new(None),
        });
        slint::platform::set_platform(Box::new(HeadlessPlatform(inner.clone())))?;
        let this = Self { inner };
        this.resize(options.size);
        Ok(this)
    }

    /// Another size of glass; the next frame draws everything.
    pub fn resize(&self, (width, height): (u32, u32)) {
        self.inner.surface.resize((width, height));
        self.inner.window.set_size(PhysicalSize::new(width, height));
        self.redraw();
    }

    /// Makes the next frame draw everything.
    pub fn redraw(&self) {
        self.inner.anew.set(true);
        self.inner.window.window().request_redraw();
    }

    /// Runs what is due and draws; `None` when nothing had to be drawn. For
    /// callers that do not run the event loop.
    pub fn step(&self) -> Option<FrameReport> {
        self.inner.step()
    }

    /// Runs what is due without drawing: enough to look at elements.
    pub fn tick(&self) {
        self.inner.due();
    }

    /// Moves mocked time on at once and runs what is due, without drawing.
    pub fn pass(&self, by: Duration) {
        if let Some(clock) = &self.inner.clock {
            clock.set(clock.get() + by);
        }
        self.inner.due();
    }

    /// Moves mocked time on, frame by frame, and gives the frames drawn meanwhile.
    /// With real time it only draws.
    pub fn advance(&self, by: Duration) -> Vec<FrameReport> {
        let Some(clock) = &self.inner.clock else {
            return self.step().into_iter().collect();
        };
        let end = clock.get() + by;
        let mut frames = Vec::new();
        while clock.get() < end {
            clock.set((clock.get() + FRAME).min(end));
            frames.extend(self.step());
        }
        frames
    }

    /// A finger at logical pixels `x`, `y`, at once, on this thread.
    pub fn pointer(&self, pointer: Pointer, x: f32, y: f32) {
        self.inner.pointer(pointer, x, y);
    }

    /// Touches and lets go of the enabled element with this label. False when there is none.
    pub fn tap_label(&self, glass: &impl AnyGlass, label: &str) -> bool {
        let Some(target) =
            elements(glass).into_iter().find(|e| e.role == "button" && e.enabled && e.label == label)
        else {
            return false;
        };
        let (x, y) = target.center();
        self.pointer(Pointer::Press, x, y);
        self.pointer(Pointer::Release, x, y);
        true
    }

    /// Called after every frame in which something was drawn.
    pub fn on_frame(&self, watch: impl Fn(&FrameReport) + 'static) {
        *self.inner.watcher.borrow_mut() = Some(Box::new(watch));
    }

    /// The present picture.
    pub fn frame(&self) -> Frame {
        self.inner.surface.frame()
    }

    /// A handle for other threads.
    pub fn remote(&self) -> Remote {
        Remote::new(self.inner.surface.clone(), self.inner.queue.clone())
    }
}
