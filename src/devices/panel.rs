// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rating panel at a desk, with a touchscreen or as a box of buttons with
//! lamps and a buzzer. What is asked and when is decided in the core; a rating
//! is on disk before anybody is thanked for it.

use super::{HallWatch, Outbox, mono_ms};
use crate::client::{HubClient, News};
use crate::clock::WallClock;
use crate::kiosk::hands::contacts;
use crate::ui::{PanelGlass, device};
use crate::watch::{Facts, HubWay, Watch, keep};
use futures_util::FutureExt;
use motcua_core::feed::PanelFeed;
use motcua_core::hall::Hall;
use motcua_core::panel::{At, Effect, Input, PanelScreen, PanelSession, PanelView};
use motcua_hal::buttons::{ButtonEvent, ButtonsEvent, ButtonsHandle};
use motcua_hal::lamps::{LampsHandle, Output, Pattern};
use slint::{Rgba8Pixel, SharedPixelBuffer};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How often time is looked at.
const TICK: Duration = Duration::from_millis(100);
/// Where the hub tells it.
const FEED: &str = "/v1/feed/panel";
/// Side of the photo on the glass, pixels.
const PHOTO: u32 = 320;

thread_local! {
    /// The panel of this process; lives on the thread of the event loop.
    static PANEL: RefCell<Option<Rc<Panel>>> = const { RefCell::new(None) };
}

/// What other threads tell the panel.
enum Told {
    Hub(Box<News<PanelFeed>>),
    Hall(Box<Hall>),
    Photo(Option<SharedPixelBuffer<Rgba8Pixel>>),
    Button(usize),
}

/// Starts the buttons with the place where their events go.
pub type StartButtons = Box<dyn FnOnce(Box<dyn Fn(ButtonsEvent) + Send>) -> ButtonsHandle>;

/// What a panel is made of.
pub struct Parts {
    /// The hall.
    pub hall: Hall,
    /// Its counter.
    pub counter: String,
    /// Its hub.
    pub client: HubClient,
    /// Where it keeps ratings and what it must know at the next start.
    pub data: PathBuf,
    /// Runs the network.
    pub runtime: Handle,
    /// Hardware buttons, best level first.
    pub buttons: Option<StartButtons>,
    /// Their lamps, and the buzzer.
    pub lamps: Option<LampsHandle>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("counter", &self.counter)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// The panel without its glass.
#[derive(Debug)]
struct Brain {
    session: PanelSession,
    hall: Hall,
    outbox: Outbox,
    watch: HallWatch,
    clock: WallClock,
    lamps: Option<LampsHandle>,
    client: HubClient,
    runtime: Handle,
    /// Officer and version of the photo that is shown.
    photo: Option<(String, String)>,
    started: Instant,
    buttons: Option<ButtonsHandle>,
}

/// Where news for the brain go: the event loop, or the task of a box without a screen.
type Post = Arc<dyn Fn(Told) + Send + Sync>;

impl Brain {
    fn new(parts: Parts, screenless: bool, post: &Post) -> Result<Brain, super::OutboxError> {
        let outbox = Outbox::open(&parts.data)?;
        let clock = WallClock::device(parts.hall.utc_offset_minutes);
        let at = At { mono_ms: 0, local: clock.now().local };
        let mut session = PanelSession::new(&parts.hall, &parts.counter, screenless, at);
        outbox.rated()?.into_iter().rev().for_each(|rated| session.remember_rated(rated));
        parts.runtime.spawn(outbox.clone().deliver(parts.client.clone()));
        let hub = post.clone();
        parts.client.follow(&parts.runtime, FEED, move |news| hub(Told::Hub(Box::new(news))));
        let pressed = post.clone();
        let buttons = parts.buttons.map(|start| start(Box::new(move |event| button(event, &pressed))));
        Ok(Brain {
            session,
            watch: HallWatch::new(parts.client.clone(), parts.data, parts.runtime.clone()),
            hall: parts.hall,
            outbox,
            clock,
            lamps: parts.lamps,
            client: parts.client,
            runtime: parts.runtime,
            photo: None,
            started: Instant::now(),
            buttons,
        })
    }

    fn facts(&self) -> Facts {
        let view = self.session.view();
        let hub = if view.away.is_some() { HubWay::Alone } else { HubWay::Reached };
        let busy = !matches!(view.screen, PanelScreen::Idle(_));
        let mut facts = Facts { hub: Some(hub), busy, ..Facts::default() };
        let buttons = self.buttons.as_ref().map(|b| ("buttons", contacts(b.state().faults.is_empty())));
        let lamps = self.lamps.as_ref().map(|l| ("lamps", contacts(l.state().fault.is_none())));
        for (name, (state, fault)) in buttons.into_iter().chain(lamps).chain(device::keyboard()) {
            facts.part(name, state, fault);
        }
        facts
    }

    fn hear(&mut self, news: News<PanelFeed>, post: &Post) {
        match news {
            News::Picture(feed) => {
                let to = post.clone();
                let tell = move |hall| to(Told::Hall(Box::new(hall)));
                self.watch.look(&self.hall.version, &feed.hall_version, tell);
                self.look_for_photo(&feed, post);
                self.take(Input::Feed(Box::new(feed)));
            }
            News::Beat(_) => {}
            News::Lost(_) => {
                self.watch.forget();
                self.take(Input::HubLost);
            }
        }
    }

    fn set_hall(&mut self, hall: Hall) {
        self.session.set_hall(&hall);
        self.hall = hall;
        self.watch.forget();
    }

    fn take(&mut self, input: Input) {
        let at = At { mono_ms: mono_ms(self.started), local: self.clock.now().local };
        for effect in self.session.step(input, at) {
            match effect {
                Effect::Submit(rating) => {
                    if let Err(e) = self.outbox.keep(&rating) {
                        tracing::error!(error = crate::hub::chain(&e), "a rating is lost");
                    }
                }
                Effect::Lamps { on } => {
                    for (place, on) in on.into_iter().enumerate() {
                        self.set(Output::Lamp(place), if on { Pattern::On } else { Pattern::Off });
                    }
                }
                Effect::Beep => self.set(Output::Buzzer, Pattern::beeps(1)),
            }
        }
    }

    fn set(&self, output: Output, pattern: Pattern) {
        if let Some(lamps) = &self.lamps {
            lamps.set(output, pattern);
        }
    }

    /// Fetches the photo of whoever sits here now.
    fn look_for_photo(&mut self, feed: &PanelFeed, post: &Post) {
        let wanted = feed.officer.as_ref().map(|o| o.id.clone()).zip(feed.photo.clone());
        if wanted == self.photo {
            return;
        }
        self.photo.clone_from(&wanted);
        let Some((officer, version)) = wanted else { return post(Told::Photo(None)) };
        let (client, post) = (self.client.clone(), post.clone());
        self.runtime.spawn(async move {
            let found = client.bytes(&format!("/v1/officers/{officer}/photo?v={version}")).await;
            match found {
                Ok(bytes) => post(Told::Photo(bytes.and_then(|b| decoded(&b)))),
                Err(e) => tracing::warn!(error = %e, "the officer's photo"),
            }
        });
    }
}

/// A photo as a small square of pixels.
fn decoded(bytes: &[u8]) -> Option<SharedPixelBuffer<Rgba8Pixel>> {
    let photo = image::load_from_memory(bytes).ok()?;
    let square = photo.resize_to_fill(PHOTO, PHOTO, image::imageops::FilterType::Triangle).to_rgba8();
    Some(SharedPixelBuffer::clone_from_slice(square.as_raw(), square.width(), square.height()))
}

fn button(event: ButtonsEvent, post: &Post) {
    match event {
        // The session counts levels from 1.
        ButtonsEvent::Button(ButtonEvent::Pressed { button, .. }) => post(Told::Button(button + 1)),
        ButtonsEvent::Button(ButtonEvent::Missed { button, edges }) => {
            tracing::warn!(button, edges, "presses were lost");
        }
        ButtonsEvent::State(state) => state.faults.iter().for_each(|f| tracing::error!("{f}")),
        ButtonsEvent::Button(_) => {}
    }
}

/// A panel with a screen. Stays on the thread of the event loop.
pub struct Panel {
    brain: RefCell<Brain>,
    glass: PanelGlass,
    post: Post,
    tick: slint::Timer,
}

impl std::fmt::Debug for Panel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Panel").finish_non_exhaustive()
    }
}

impl Panel {
    /// Puts the panel together on the present thread. The Slint platform must be chosen before; the
    /// caller runs the event loop.
    pub fn start(parts: Parts) -> Result<Rc<Panel>, Box<dyn std::error::Error>> {
        let post: Post = Arc::new(|told| {
            let done = slint::invoke_from_event_loop(move || {
                let panel = PANEL.with(|p| p.borrow().clone());
                if let Some(panel) = panel {
                    panel.told(told);
                }
            });
            if done.is_err() {
                tracing::debug!("no event loop");
            }
        });
        let panel = Rc::new(Panel {
            glass: PanelGlass::new()?,
            brain: RefCell::new(Brain::new(parts, false, &post)?),
            post,
            tick: slint::Timer::default(),
        });
        let weak = Rc::downgrade(&panel);
        panel.glass.on_intent(move |intent| {
            if let Some(panel) = weak.upgrade() {
                panel.brain.borrow_mut().take(Input::Touch(intent));
                panel.show();
            }
        });
        let weak = Rc::downgrade(&panel);
        panel.tick.start(slint::TimerMode::Repeated, TICK, move || {
            if let Some(panel) = weak.upgrade() {
                panel.brain.borrow_mut().take(Input::Tick);
                panel.show();
            }
        });
        PANEL.with(|p| *p.borrow_mut() = Some(panel.clone()));
        panel.show();
        Ok(panel)
    }

    /// The glass.
    pub fn glass(&self) -> &PanelGlass {
        &self.glass
    }

    /// What is on it.
    pub fn view(&self) -> PanelView {
        self.brain.borrow().session.view()
    }

    /// How it is at the moment.
    pub fn facts(&self) -> Facts {
        self.brain.borrow().facts()
    }

    /// Its ratings.
    pub fn outbox(&self) -> Outbox {
        self.brain.borrow().outbox.clone()
    }

    /// Ratings that wait for the hub.
    pub fn waiting(&self) -> u32 {
        self.brain.borrow().outbox.waiting().unwrap_or(0)
    }

    fn told(&self, told: Told) {
        match told {
            Told::Hub(news) => self.brain.borrow_mut().hear(*news, &self.post),
            Told::Hall(hall) => self.brain.borrow_mut().set_hall(*hall),
            Told::Photo(photo) => self.glass.set_photo(photo.as_ref()),
            Told::Button(place) => self.brain.borrow_mut().take(Input::Button(place)),
        }
        self.show();
    }

    fn show(&self) {
        self.glass.show(&self.view());
    }
}

/// Runs `call` with the panel on the thread of the event loop; `None` when there is none any more.
pub async fn on_its_thread<T: Send + 'static>(call: impl FnOnce(&Panel) -> T + Send + 'static) -> Option<T> {
    let (tx, rx) = tokio::sync::oneshot::channel();
    slint::invoke_from_event_loop(move || {
        let panel = PANEL.with(|p| p.borrow().clone());
        if let Some(panel) = panel {
            // A caller who left needs no answer.
            let _ = tx.send(call(&panel));
        }
    })
    .ok()?;
    rx.await.ok()
}

/// Forgets the panel of this thread, so that its hardware ends before the process does.
pub fn end() {
    PANEL.with(|p| p.borrow_mut().take());
}

/// A box of buttons without a screen; its task ends with the runtime.
#[derive(Debug)]
pub struct ButtonBox {
    news: UnboundedReceiver<Told>,
    post: UnboundedSender<Told>,
    brain: Brain,
}

impl ButtonBox {
    /// Puts the box together.
    pub fn new(parts: Parts) -> Result<ButtonBox, super::OutboxError> {
        let (post, news) = unbounded_channel();
        let to = post.clone();
        let handed: Post = Arc::new(move |told| {
            // A box that has ended takes no news.
            let _ = to.send(told);
        });
        Ok(ButtonBox { brain: Brain::new(parts, true, &handed)?, news, post })
    }

    /// Its ratings.
    pub fn outbox(&self) -> Outbox {
        self.brain.outbox.clone()
    }

    /// Serves for ever, and tells how it is.
    pub async fn run(mut self, watch: Option<Watch>) {
        let said = Arc::new(Mutex::new(self.brain.facts()));
        if let Some(watch) = watch {
            let (said, outbox) = (said.clone(), self.outbox());
            let look = move || std::future::ready(Some(lock(&said).clone())).boxed();
            self.brain.runtime.spawn(keep(watch, Box::new(look), outbox.ping()));
        }
        let to = self.post.clone();
        let post: Post = Arc::new(move |told| {
            let _ = to.send(told);
        });
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    self.brain.take(Input::Tick);
                    *lock(&said) = self.brain.facts();
                }
                Some(told) = self.news.recv() => match told {
                    Told::Hub(news) => self.brain.hear(*news, &post),
                    Told::Hall(hall) => self.brain.set_hall(*hall),
                    Told::Button(place) => self.brain.take(Input::Button(place)),
                    Told::Photo(_) => {}
                },
            }
        }
    }
}

fn lock(said: &Mutex<Facts>) -> MutexGuard<'_, Facts> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told")
    }
}
