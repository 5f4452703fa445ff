// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's way in from a role's window: the gesture opens a pad, the pad
//! asks the steward, and the steward stops this role and starts the menu. Digits
//! are wiped and never shown; whoever walks away leaves the screen as it was.

use super::gesture::{Corner, Gesture, Touched};
use crate::steward::client::{Asked, StewardClient};
use crate::ui::generated::{Door, DoorSays, Touch};
use clap::Args;
use slint::{ComponentHandle, Global, Timer, TimerMode};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::runtime::Handle;
use zeroize::{Zeroize, Zeroizing};

/// The pad closes when nothing is touched for so long.
const ABANDONED: Duration = Duration::from_secs(30);
/// Digits of the longest code.
const LONGEST: usize = 8;
/// Once a second the waiting is counted down.
const SECOND: Duration = Duration::from_secs(1);

/// Where the steward is.
#[derive(Clone, Debug, Default, Args)]
pub struct DoorOptions {
    /// The steward's socket; without it nothing opens the technician's menu.
    #[arg(long = "steward", value_name = "SOCKET")]
    pub socket: Option<PathBuf>,
}

/// A window's door. Keeps its place until it is dropped.
pub struct TechnicianDoor(Timer);

impl std::fmt::Debug for TechnicianDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TechnicianDoor").field("running", &self.0.running()).finish()
    }
}

/// What is known of a window's door.
struct Hung<W: ComponentHandle + 'static> {
    window: slint::Weak<W>,
    steward: StewardClient,
    runtime: Handle,
    gesture: Cell<Gesture>,
    code: RefCell<Zeroizing<String>>,
    /// Seconds without a touch.
    quiet_s: Cell<u64>,
}

impl TechnicianDoor {
    /// Hangs the door into `window`; none where no steward is named.
    pub fn hang<W>(window: &W, options: &DoorOptions, runtime: &Handle) -> Option<TechnicianDoor>
    where
        W: ComponentHandle + 'static,
        for<'w> Door<'w>: Global<'w, W>,
        for<'w> Touch<'w>: Global<'w, W>,
    {
        let steward = StewardClient::new(options.socket.as_deref()?);
        let fault = |e: &Asked| tracing::error!(error = crate::hub::chain(e), "no technician's menu");
        let hung = Rc::new(Hung {
            window: window.as_weak(),
            steward: steward.inspect_err(fault).ok()?,
            runtime: runtime.clone(),
            gesture: Cell::default(),
            code: RefCell::new(Zeroizing::new(String::with_capacity(LONGEST))),
            quiet_s: Cell::default(),
        });
        connect(window, &hung);
        let tick = Timer::default();
        let this = Rc::downgrade(&hung);
        tick.start(TimerMode::Repeated, SECOND, move || {
            if let Some(this) = this.upgrade() {
                this.second();
            }
        });
        Some(TechnicianDoor(tick))
    }
}

fn connect<W>(window: &W, hung: &Rc<Hung<W>>)
where
    W: ComponentHandle + 'static,
    for<'w> Door<'w>: Global<'w, W>,
    for<'w> Touch<'w>: Global<'w, W>,
{
    let corner = |left| if left { Corner::Left } else { Corner::Right };
    let door = window.global::<Door<'_>>();
    let this = hung.clone();
    door.on_pressed(move |left, at| this.touched(Touched::Pressed(corner(left)), at));
    let this = hung.clone();
    door.on_released(move |left, inside, at| this.touched(Touched::Released(corner(left), inside), at));
    let this = hung.clone();
    door.on_elsewhere(move || this.touched(Touched::Elsewhere, 0));
    let this = hung.clone();
    window.global::<Touch<'_>>().on_took(move || this.touched(Touched::Elsewhere, 0));
    let this = hung.clone();
    door.on_digit(move |digit| this.type_digit(digit));
    let this = hung.clone();
    door.on_erase(move || {
        this.code.borrow_mut().pop();
        this.show();
    });
    let this = hung.clone();
    door.on_enter(move || this.enter());
    let this = hung.clone();
    door.on_close(move || this.close());
}

/// Says something above the digits.
fn say<W>(window: &W, says: DoorSays, number: u64)
where
    W: ComponentHandle + 'static,
    for<'w> Door<'w>: Global<'w, W>,
{
    let door = window.global::<Door<'_>>();
    door.set_says(says);
    door.set_number(i32::try_from(number).unwrap_or(i32::MAX));
}

impl<W> Hung<W>
where
    W: ComponentHandle + 'static,
    for<'w> Door<'w>: Global<'w, W>,
    for<'w> Touch<'w>: Global<'w, W>,
{
    /// A touch at a time of the window's clock, milliseconds.
    fn touched(&self, touched: Touched, at_ms: i64) {
        self.quiet_s.set(0);
        let mut gesture = self.gesture.get();
        let done = gesture.take(touched, u64::try_from(at_ms).unwrap_or(0));
        self.gesture.set(gesture);
        if done {
            self.open();
        }
    }

    fn open(&self) {
        let Some(window) = self.window.upgrade() else { return };
        window.global::<Door<'_>>().set_open(true);
        window.global::<Touch<'_>>().set_door(true);
        say(&window, DoorSays::Code, 0);
        // A lock of before is said before anybody types.
        let (weak, steward) = (self.window.clone(), self.steward.clone());
        self.runtime.spawn(async move {
            let wait = steward.wait_s().await;
            let _ = weak.upgrade_in_event_loop(move |window| match wait {
                Ok(0) => {}
                Ok(wait_s) => say(&window, DoorSays::Locked, wait_s),
                Err(_) => say(&window, DoorSays::Away, 0),
            });
        });
    }

    fn close(&self) {
        self.code.borrow_mut().zeroize();
        if let Some(window) = self.window.upgrade() {
            window.global::<Door<'_>>().set_open(false);
            window.global::<Touch<'_>>().set_door(false);
        }
        self.show();
    }

    fn type_digit(&self, digit: i32) {
        let digit = u32::try_from(digit).ok().and_then(|d| char::from_digit(d, 10));
        let mut code = self.code.borrow_mut();
        // The string never grows beyond what it was made with: no copy is left behind.
        let room = code.len() < LONGEST;
        code.extend(digit.filter(|_| room));
        let first = code.len() == 1;
        drop(code);
        if let Some(window) = self.window.upgrade().filter(|_| first) {
            say(&window, DoorSays::Code, 0);
        }
        self.show();
    }

    fn enter(&self) {
        let Some(window) = self.window.upgrade() else { return };
        say(&window, DoorSays::Asking, 0);
        let empty = Zeroizing::new(String::with_capacity(LONGEST));
        let code = std::mem::replace(&mut *self.code.borrow_mut(), empty);
        self.show();
        let (weak, steward) = (self.window.clone(), self.steward.clone());
        self.runtime.spawn(async move {
            let answer = steward.enter(&code).await;
            drop(code);
            let _ = weak.upgrade_in_event_loop(move |window| match answer {
                // The steward stops this role in a moment.
                Ok(()) => {}
                Err(Asked::Away(_)) => say(&window, DoorSays::Away, 0),
                Err(Asked::Refused(refusal)) => match refusal.wait_s {
                    Some(wait_s) => say(&window, DoorSays::Locked, wait_s),
                    None => say(&window, DoorSays::Wrong, u64::from(refusal.left.unwrap_or(0))),
                },
            });
        });
    }

    fn show(&self) {
        if let Some(window) = self.window.upgrade() {
            let digits = i32::try_from(self.code.borrow().len()).unwrap_or(0);
            window.global::<Door<'_>>().set_digits(digits);
        }
    }

    /// A second has passed.
    fn second(&self) {
        let Some(window) = self.window.upgrade() else { return };
        let door = window.global::<Door<'_>>();
        if !door.get_open() {
            return;
        }
        if door.get_says() == DoorSays::Locked {
            match door.get_number() - 1 {
                left if left > 0 => door.set_number(left),
                _ => say(&window, DoorSays::Code, 0),
            }
        }
        self.quiet_s.set(self.quiet_s.get() + 1);
        if self.quiet_s.get() >= ABANDONED.as_secs() {
            self.close();
        }
    }
}
