// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tactile keypad and the keyboard: everything a finger can touch is reached
//! with up and down, chosen with select, left with back. Which target has the
//! focus is Slint's business; here is what the keys are, and when the focus moves
//! by itself.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use motcua_core::view::{Intent, Screen, View};
use slint::platform::{Key as SlintKey, WindowEvent, WindowEventDispatchResult};
use slint::{ComponentHandle, SharedString};

use super::Sender;
use super::generated::{Aloud, AppWindow, Keys, Shell, Touch};

/// A key of the tactile keypad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the target before.
    Up,
    /// To the next target.
    Down,
    /// What a tap on the target does.
    Select,
    /// One screen back.
    Back,
}

impl Key {
    /// In the order in which a keypad is wired.
    pub const ALL: [Key; 4] = [Key::Up, Key::Down, Key::Select, Key::Back];
}

/// No key of any keyboard: asks who has the focus.
const PROBE: char = '\u{F8FE}';

/// Takes the label of each target that a key has reached.
type Reached = Box<dyn Fn(&str)>;

/// The keys' state, shared with the callbacks of the window.
#[derive(Default)]
struct State {
    /// The focus moves by itself: nobody has pressed anything.
    by_itself: Cell<bool>,
    /// Somebody has pressed keys since the last finger or the last citizen.
    used: Cell<bool>,
    reached: RefCell<Option<Reached>>,
}

impl State {
    /// Whoever cannot see the button that turns the voice on finds the keys by touch: the first one does.
    fn speaks_first(&self, window: &AppWindow, to: &Sender) -> bool {
        let shell = window.global::<Shell>();
        let silent = shell.get_voice() && shell.get_aloud() == Aloud::Off;
        let first = !self.used.replace(true) && silent;
        if first {
            to(Intent::ReadAloud);
        }
        first
    }
}

/// The keys of one window.
pub(super) struct Keypad {
    state: Rc<State>,
}

impl Keypad {
    pub(super) fn new(window: &AppWindow) -> Self {
        let keys = window.global::<Keys>();
        let weak = window.as_weak();
        keys.on_turn(move |forward| {
            if let Some(window) = weak.upgrade() {
                press(&window, if forward { SlintKey::Tab } else { SlintKey::Backtab });
            }
        });
        let state: Rc<State> = Rc::default();
        let (weak, of) = (window.as_weak(), state.clone());
        keys.on_let_go(move || {
            of.used.set(false);
            if let Some(window) = weak.upgrade() {
                window.invoke_rest_keys();
            }
        });
        window.invoke_rest_keys();
        Self { state }
    }

    /// Somebody who presses keys is there, as somebody who touches is.
    pub(super) fn connect(&self, window: &AppWindow, send: &Sender) {
        let keys = window.global::<Keys>();
        let (to, weak) = (send.clone(), window.as_weak());
        keys.on_leave(move || {
            let covered = weak.upgrade().is_some_and(|window| window.global::<Touch>().get_covered());
            // The warning has one button, and nothing goes on behind it.
            if !covered {
                to(Intent::Back);
            }
        });
        let (to, weak, state) = (send.clone(), window.as_weak(), self.state.clone());
        keys.on_acted(move || {
            if let Some(window) = weak.upgrade() {
                state.speaks_first(&window, &to);
            }
        });
        let (to, weak, state) = (send.clone(), window.as_weak(), self.state.clone());
        keys.on_reached(move |label| {
            if state.by_itself.get() {
                return;
            }
            let Some(window) = weak.upgrade() else { return };
            if !state.speaks_first(&window, &to) && !window.global::<Touch>().get_covered() {
                to(Intent::StillHere);
            }
            if let Some(reached) = &*state.reached.borrow() {
                reached(&label);
            }
        });
    }

    pub(super) fn on_reached(&self, tell: impl Fn(&str) + 'static) {
        *self.state.reached.borrow_mut() = Some(Box::new(tell));
    }

    /// After a change of what is shown: the focus of somebody who uses keys is at the first target of a
    /// new screen, and never lost with a target that went away.
    pub(super) fn shown(&self, window: &AppWindow, before: Option<&View>, view: &View) {
        if !window.global::<Keys>().get_in_use() {
            return;
        }
        // Nobody answered the warning: the next one may use fingers.
        let warned = before.is_some_and(|before| before.idle_warning.is_some());
        if warned && view.idle_warning.is_none() && matches!(view.screen, Screen::Home(_)) {
            self.state.used.set(false);
            window.global::<Keys>().set_in_use(false);
            window.invoke_rest_keys();
            return;
        }
        // The way back to the start forgets the voice with all other choices: the next key is a first one.
        let home = |view: &View| matches!(view.screen, Screen::Home(_));
        if home(view) && !before.is_some_and(home) {
            self.state.used.set(false);
        }
        let place = |view: &View| (view.screen.key(), view.idle_warning.is_some());
        if before.map(place) == Some(place(view)) && has_focus(window) {
            return;
        }
        self.state.by_itself.set(true);
        window.invoke_rest_keys();
        press(window, SlintKey::Tab);
        self.state.by_itself.set(false);
    }
}

/// Presses a key of the keypad.
pub(super) fn push(window: &AppWindow, key: Key) {
    match key {
        Key::Up => press(window, SlintKey::Backtab),
        Key::Down => press(window, SlintKey::Tab),
        Key::Select => press(window, SlintKey::Return),
        Key::Back => window.global::<Keys>().invoke_leave(),
    }
}

/// Whether anything would take a key: what had the focus may have gone with its screen.
fn has_focus(window: &AppWindow) -> bool {
    type_text(window, SharedString::from(PROBE))
}

fn press(window: &AppWindow, key: SlintKey) {
    type_text(window, key.into());
}

/// True when something has taken the key.
fn type_text(window: &AppWindow, text: SharedString) -> bool {
    // The one error is a window that is going away; there is nothing left to press then.
    let send = |event| window.window().dispatch_event_with_result(event);
    let taken = send(WindowEvent::KeyPressed { text: text.clone() });
    let _ = send(WindowEvent::KeyReleased { text });
    matches!(taken, Ok(WindowEventDispatchResult::Accepted))
}
