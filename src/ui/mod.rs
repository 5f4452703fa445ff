// SPDX-License-Identifier: MIT OR Apache-2.0
//! The glass of the kiosk: turns a [`View`] into properties of the Slint screens and fingers
//! into [`Intent`]s. One small module per screen tells its bridge; no decision
//! about queue, session or printer is taken here. The waiting
//! room's and the panel's glasses are [`DisplayGlass`] and [`PanelGlass`].

use std::cell::RefCell;
use std::rc::Rc;

use motcua_core::view::{Intent, Screen, View};
use slint::ComponentHandle;

mod aloud;
pub mod device;
pub mod display;
#[cfg(feature = "sim")]
pub mod gallery;
#[cfg(feature = "sim")]
pub mod headless;
mod help;
mod home;
pub(crate) mod keyboard;
mod keypad;
mod list;
mod notice;
mod number;
mod pages;
pub mod panel;
mod portrait;
mod priority;
mod qr;
mod services;
pub mod setup;
mod sheet;
mod shell;

/// What the Slint compiler wrote; our lints are not for it.
pub mod generated {
    #![allow(
        clippy::all,
        clippy::expect_used,
        clippy::needless_pass_by_value,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::redundant_closure_for_method_calls,
        clippy::semicolon_if_nothing_returned,
        clippy::todo,
        clippy::unimplemented,
        clippy::uninlined_format_args,
        clippy::unwrap_used,
        missing_debug_implementations,
        missing_docs,
        unreachable_pub,
        unused_qualifications
    )]
    slint::include_modules!();
}

pub use aloud::spoken;
pub use display::DisplayGlass;
pub use keypad::Key;
pub use panel::PanelGlass;
pub use setup::SetupGlass;

use generated::AppWindow;

/// Where intents go.
type Sender = Rc<dyn Fn(Intent)>;

/// The one window of the device and what was last shown on it.
///
/// [`Glass::show`] sets only what differs from the last view, so that an idle
/// screen repaints nothing and a clock tick only the clock.
pub struct Glass {
    window: AppWindow,
    services: services::Models,
    priority: priority::Models,
    lists: list::Models,
    sheets: sheet::Models,
    help: help::Models,
    keypad: keypad::Keypad,
    shown: RefCell<Option<View>>,
}

impl std::fmt::Debug for Glass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Glass").field("shown", &self.shown.borrow()).finish_non_exhaustive()
    }
}

impl Glass {
    /// Makes the window. The Slint platform (kiosk, desktop or headless) must be
    /// chosen before.
    ///
    /// # Errors
    /// When the platform cannot make a window.
    pub fn new() -> Result<Self, slint::PlatformError> {
        let window = AppWindow::new()?;
        let services = services::Models::new(&window);
        let priority = priority::Models::new(&window);
        let lists = list::Models::new(&window);
        let sheets = sheet::Models::new(&window);
        let help = help::Models::new(&window);
        let keypad = keypad::Keypad::new(&window);
        Ok(Self { window, services, priority, lists, sheets, help, keypad, shown: RefCell::new(None) })
    }

    /// The window, to show it, to size it and to send it pointer events.
    pub fn window(&self) -> &slint::Window {
        self.window.window()
    }

    /// The component, for element look-ups.
    pub fn component(&self) -> &AppWindow {
        &self.window
    }

    /// Switches the little motion there is off, for halls that want stillness and
    /// for pictures that must not depend on time.
    pub fn set_still(&self, still: bool) {
        self.window.global::<generated::Theme>().set_still(still);
    }

    /// Every screen says that nothing counts.
    pub fn set_trial(&self, trial: bool) {
        self.window.global::<generated::Shell>().set_trial(trial);
    }

    /// Every finger action comes to `send`, on the thread of the event loop.
    pub fn on_intent(&self, send: impl Fn(Intent) + 'static) {
        let send: Sender = Rc::new(send);
        shell::connect(&self.window, &send);
        self.keypad.connect(&self.window, &send);
        home::connect(&self.window, &send);
        services::connect(&self.window, &send);
        priority::connect(&self.window, &send);
        number::connect(&self.window, &send);
        notice::connect(&self.window, &send);
        self.lists.connect(&self.window, &send);
        self.sheets.connect(&self.window, &send);
        self.help.connect(&self.window, &send);
    }

    /// A key of the tactile keypad. What it leads to comes as an intent, as from a finger.
    pub fn push(&self, key: Key) {
        keypad::push(&self.window, key);
    }

    /// The label of each target that somebody has reached with a key comes to `tell`.
    pub fn on_reached(&self, tell: impl Fn(&str) + 'static) {
        self.keypad.on_reached(tell);
    }

    /// Brings the screens to `view`. Cheap when little or nothing has changed.
    pub fn show(&self, view: &View) {
        let mut shown = self.shown.borrow_mut();
        let before = shown.as_ref();
        if before == Some(view) {
            return;
        }
        shell::speak(before.map(|b| b.prefs.lang.as_str()), &view.prefs.lang);
        shell::dress(&self.window, view);
        // A screen is told everything before it appears, so that it is laid out once.
        match &view.screen {
            Screen::Home(home) => home::show(&self.window, home),
            Screen::Services(services) => self.services.show(&self.window, services),
            Screen::Priority(priority) => self.priority.show(&self.window, priority),
            Screen::Preparing { service } => number::show_preparing(&self.window, service),
            Screen::Number(number) => number::show(&self.window, before, number),
            Screen::Refused(refused) => notice::show_refused(&self.window, refused),
            Screen::OutOfOrder(why) => notice::show_out_of_order(&self.window, why),
            Screen::List(list) => self.lists.show(&self.window, list),
            Screen::Search(search) => self.lists.show_search(&self.window, search),
            Screen::Entry(entry) => self.help.show_entry(&self.window, entry),
            Screen::Reader(reader) => help::show_reader(&self.window, *reader),
            Screen::Consent(consent) => help::show_consent(&self.window, *consent),
            Screen::Sheet(sheet) => self.sheets.show(&self.window, sheet),
            Screen::Plan(plan) => self.help.show_plan(&self.window, plan),
            Screen::Pay(pay) => help::show_pay(&self.window, before, pay),
            Screen::Sorry(sorry) => help::show_sorry(&self.window, sorry),
            Screen::Asking(what) => help::show_asking(&self.window, *what),
            Screen::Kept(kept) => help::show_kept(&self.window, kept),
        }
        shell::show(&self.window, before, view);
        // Nothing of a citizen stays in a screen that is not up.
        if !matches!(view.screen, Screen::Number(_)) {
            number::forget(&self.window);
        }
        if !matches!(view.screen, Screen::Services(_)) {
            self.services.forget(&self.window);
        }
        self.forget_help(&view.screen);
        let before = shown.replace(view.clone());
        drop(shown);
        self.keypad.shown(&self.window, before.as_ref(), view);
    }

    fn forget_help(&self, screen: &Screen) {
        if !matches!(screen, Screen::List(_) | Screen::Search(_)) {
            self.lists.forget(&self.window);
        }
        if !matches!(screen, Screen::Sheet(_)) {
            self.sheets.forget(&self.window);
        }
        if !matches!(screen, Screen::Entry(_)) {
            self.help.forget_entry(&self.window);
        }
        if !matches!(screen, Screen::Pay(_)) {
            help::forget_pay(&self.window);
        }
    }
}
