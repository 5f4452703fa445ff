// SPDX-License-Identifier: MIT OR Apache-2.0
//! The glass of a device without settings: turns a [`SetupView`] into properties of `SetupWindow` and fingers into
//! [`SetupIntent`]s. Which page comes next is decided in `crate::setup`.

use super::display::count;
use super::generated::{
    HallState, KeyKind, PadKey, PickKind, SetupBridge, SetupFault, SetupPage, SetupPick, SetupRefusal,
    SetupRow, SetupSource, SetupStep, SetupWindow, Theme, Touch,
};
use super::keyboard::{Board, SteadyKeys};
use super::services::set_rows;
use super::shell;
use crate::machine::{GENERIC, Role};
use crate::setup::view::{
    Answer, FaultShown, Keys, Pick, Refusal, SetupIntent, SetupScreen, SetupView, Source, Step,
};
use motcua_hal::printer::Profile;
use slint::{ComponentHandle, ModelRc, VecModel};
use std::cell::RefCell;
use std::rc::Rc;

/// Letters of a long text that are shown.
const LONGEST_SHOWN: usize = 60;
/// Languages of a device that knows no hall yet.
const LANGUAGES: [&str; 2] = ["vi", "en"];

/// The one window of a device without settings.
pub struct SetupGlass {
    window: SetupWindow,
    faults: Rc<VecModel<SetupFault>>,
    picks: Rc<VecModel<SetupPick>>,
    answers: Rc<VecModel<SetupRow>>,
    keys: SteadyKeys,
    shown: RefCell<Option<SetupView>>,
}

impl std::fmt::Debug for SetupGlass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetupGlass").field("shown", &self.shown.borrow()).finish_non_exhaustive()
    }
}

impl SetupGlass {
    /// Makes the window. The Slint platform must be chosen before.
    ///
    /// # Errors
    /// When the platform cannot make a window.
    pub fn new() -> Result<Self, slint::PlatformError> {
        let this = Self {
            window: SetupWindow::new()?,
            faults: Rc::default(),
            picks: Rc::default(),
            answers: Rc::default(),
            keys: SteadyKeys::new(),
            shown: RefCell::new(None),
        };
        let bridge = this.window.global::<SetupBridge>();
        bridge.set_faults(ModelRc::from(this.faults.clone()));
        bridge.set_picks(ModelRc::from(this.picks.clone()));
        bridge.set_answers(ModelRc::from(this.answers.clone()));
        bridge.set_keys(this.keys.model());
        Ok(this)
    }

    /// The window, to show it, to size it and to send it pointer events.
    pub fn window(&self) -> &slint::Window {
        self.window.window()
    }

    /// The component, for element look-ups.
    pub fn component(&self) -> &SetupWindow {
        &self.window
    }

    /// Switches the little motion there is off.
    pub fn set_still(&self, still: bool) {
        self.window.global::<Theme>().set_still(still);
    }

    /// Every finger action comes to `send`, on the thread of the event loop.
    pub fn on_intent(&self, send: impl Fn(SetupIntent) + 'static) {
        let send = Rc::new(send);
        let bridge = self.window.global::<SetupBridge>();
        let to = send.clone();
        bridge.on_language(move || to(SetupIntent::Language));
        let to = send.clone();
        bridge.on_begin(move || to(SetupIntent::Begin));
        let to = send.clone();
        bridge.on_back(move || to(SetupIntent::Back));
        let to = send.clone();
        bridge.on_next(move || to(SetupIntent::Next));
        let to = send.clone();
        let at = |n| usize::try_from(n).unwrap_or(usize::MAX);
        bridge.on_choose(move |n| to(SetupIntent::Choose(at(n))));
        let to = send.clone();
        bridge.on_answer(move |n| to(SetupIntent::Answer(at(n))));
        let to = send.clone();
        bridge.on_mend(move |n| to(SetupIntent::Mend(at(n))));
        let (weak, keys) = (self.window.as_weak(), self.keys.clone());
        bridge.on_press(move |key| {
            keys.pressed(key.kind);
            if let Some(window) = weak.upgrade() {
                draw(&window, &keys);
            }
            if let Some(intent) = intent(&key) {
                send(intent);
            }
        });
    }

    /// Brings the screen to `view`. Cheap when little or nothing has changed.
    pub fn show(&self, view: &SetupView) {
        let mut shown = self.shown.borrow_mut();
        let before = shown.as_ref();
        if before == Some(view) {
            return;
        }
        shell::speak(before.map(|b| b.lang.as_str()), &view.lang);
        let bridge = self.window.global::<SetupBridge>();
        let next = LANGUAGES.into_iter().find(|l| *l != view.lang).unwrap_or("en");
        bridge.set_next_language(shell::language_name(next).into());
        let page = self.tell(&bridge, &view.screen);
        if before.is_none_or(|b| place(&b.screen) != place(&view.screen)) {
            self.keys.forget();
            let touch = self.window.global::<Touch>();
            touch.set_screen(touch.get_screen().wrapping_add(1));
        }
        if page == SetupPage::TypeIn {
            draw(&self.window, &self.keys);
        }
        bridge.set_page(page);
        *shown = Some(view.clone());
    }

    /// A page is told everything before it appears.
    fn tell(&self, bridge: &SetupBridge<'_>, screen: &SetupScreen) -> SetupPage {
        match screen {
            SetupScreen::Welcome(welcome) => {
                bridge.set_source(match welcome.source {
                    Source::Nowhere => SetupSource::Nowhere,
                    Source::File => SetupSource::File,
                    Source::Code => SetupSource::Code,
                });
                bridge.set_scanner(welcome.scanner);
                bridge.set_version(welcome.version.as_str().into());
                self.tell_faults(bridge, &welcome.faults);
                SetupPage::Welcome
            }
            SetupScreen::Choose(choose) => {
                tell_place(bridge, choose.step, choose.at);
                bridge.set_ready(choose.chosen.is_some());
                bridge.set_pick_count(count(choose.picks.len()));
                let chosen = choose.chosen;
                let pick = |(i, p): (usize, &Pick)| {
                    let (kind, text) = shown_pick(p);
                    let note = if kind == PickKind::Profile { text } else { "" };
                    let text = if note.is_empty() { device_name(text) } else { models(note) };
                    SetupPick { kind, text: text.into(), note: note.into(), chosen: chosen == Some(i) }
                };
                set_rows(&self.picks, choose.picks.iter().enumerate().map(pick));
                SetupPage::Choose
            }
            SetupScreen::Type(typed) => {
                tell_place(bridge, typed.step, typed.at);
                bridge.set_ready(typed.ready);
                bridge.set_text(end_of(&typed.text).into());
                bridge.set_prose(matches!(typed.keys, Keys::Prose(_)));
                self.keys.set_board(match typed.keys {
                    Keys::Prose(method) => {
                        bridge.set_method(method.into());
                        Board::Prose(method)
                    }
                    Keys::Plain => Board::Code,
                    Keys::Address => Board::Address,
                    Keys::Digits => Board::Digits,
                });
                SetupPage::TypeIn
            }
            SetupScreen::Summary(summary) => {
                self.tell_faults(bridge, &summary.faults);
                bridge.set_answer_count(count(summary.rows.len()));
                set_rows(&self.answers, summary.rows.iter().map(row));
                SetupPage::Summary
            }
            SetupScreen::Busy => SetupPage::Busy,
            SetupScreen::Done => {
                bridge.set_text("".into());
                SetupPage::Done
            }
            SetupScreen::Waiting(waiting) => {
                bridge.set_hub(waiting.hub.as_str().into());
                bridge.set_since(waiting.since.as_str().into());
                let refused = waiting.refused.as_ref();
                bridge.set_refusal(refused.map_or(SetupRefusal::None, refusal));
                let said = if let Some(Refusal::Other(said)) = refused { said.as_str() } else { "" };
                bridge.set_refused(said.into());
                SetupPage::Waiting
            }
            SetupScreen::Lost(version) => {
                bridge.set_version(version.as_str().into());
                SetupPage::Lost
            }
            SetupScreen::Faulty(faulty) => {
                self.tell_faults(bridge, &faulty.faults);
                bridge.set_left(i32::try_from(faulty.left_s).unwrap_or(0));
                SetupPage::Faulty
            }
            SetupScreen::Face(face) => {
                self.tell_faults(bridge, &face.faults);
                bridge.set_name(face.name.as_str().into());
                bridge.set_hall(face.hall.as_str().into());
                bridge.set_hub(face.address.as_str().into());
                bridge.set_version(face.version.as_str().into());
                bridge.set_state(match face.open {
                    None => HallState::Unknown,
                    Some(true) => HallState::Open,
                    Some(false) => HallState::Closed,
                });
                bridge.set_waiting(face.waiting.map_or(-1, |n| i32::try_from(n).unwrap_or(i32::MAX)));
                SetupPage::Face
            }
        }
    }

    fn tell_faults(&self, bridge: &SetupBridge<'_>, faults: &[FaultShown]) {
        bridge.set_fault_count(count(faults.len()));
        let fault = |f: &FaultShown| SetupFault { line: count(f.line), text: f.text.as_str().into() };
        set_rows(&self.faults, faults.iter().map(fault));
    }
}

/// Of something too long to be read, such as a ticket, the end, where the letters come.
fn end_of(text: &str) -> String {
    let from = text.char_indices().rev().nth(LONGEST_SHOWN - 1).map_or(0, |(at, _)| at);
    if from == 0 { text.to_owned() } else { format!("…{}", text.get(from..).unwrap_or_default()) }
}

/// udev's name of a device with spaces where a line may break, without what tells ports apart.
fn device_name(node: &str) -> String {
    let name = node.strip_prefix("usb-").unwrap_or(node);
    let name = name.split("-if0").next().unwrap_or(name);
    name.replace('_', " ")
}

/// The models that a profile is for, without what is said of their class.
fn models(profile: &str) -> String {
    let title = Profile::builtin(profile).map_or_else(|| profile.to_owned(), |p| p.title);
    let end = [" class", " series", ","].iter().filter_map(|tail| title.find(tail)).min();
    title.get(..end.unwrap_or(title.len())).unwrap_or_default().to_owned()
}

/// What a double tap must not reach across.
fn place(screen: &SetupScreen) -> (u8, Option<Step>) {
    match screen {
        SetupScreen::Welcome(_) => (0, None),
        SetupScreen::Choose(c) => (1, Some(c.step)),
        SetupScreen::Type(t) => (2, Some(t.step)),
        SetupScreen::Summary(_) => (3, None),
        SetupScreen::Busy => (4, None),
        SetupScreen::Done => (5, None),
        SetupScreen::Waiting(_) => (6, None),
        SetupScreen::Lost(_) => (9, None),
        SetupScreen::Faulty(_) => (7, None),
        SetupScreen::Face(_) => (8, None),
    }
}

fn refusal(why: &Refusal) -> SetupRefusal {
    match why {
        Refusal::Used => SetupRefusal::Used,
        Refusal::Expired => SetupRefusal::Expired,
        Refusal::Unknown => SetupRefusal::Unknown,
        Refusal::OtherDevice => SetupRefusal::OtherDevice,
        Refusal::OtherHub => SetupRefusal::OtherHub,
        Refusal::Clock => SetupRefusal::Clock,
        Refusal::NoTicket => SetupRefusal::NoTicket,
        Refusal::NoCounter => SetupRefusal::NoCounter,
        Refusal::Disk => SetupRefusal::Disk,
        Refusal::Other(_) => SetupRefusal::Other,
    }
}

fn tell_place(bridge: &SetupBridge<'_>, step: Step, (at, of): (usize, usize)) {
    bridge.set_step(shown_step(step));
    bridge.set_at(count(at));
    bridge.set_of(count(of));
}

fn draw(window: &SetupWindow, keys: &SteadyKeys) {
    let (columns, rows) = keys.draw();
    let bridge = window.global::<SetupBridge>();
    bridge.set_columns(columns);
    bridge.set_rows(rows);
}

fn intent(key: &PadKey) -> Option<SetupIntent> {
    let sign = key.label.chars().next();
    match key.kind {
        KeyKind::Letter => sign.map(SetupIntent::Key),
        KeyKind::Sign => sign.map(SetupIntent::Sign),
        KeyKind::Space => Some(SetupIntent::Sign(' ')),
        KeyKind::Erase => Some(SetupIntent::Erase),
        KeyKind::Method => Some(SetupIntent::Method),
        KeyKind::Send => Some(SetupIntent::Next),
        KeyKind::Back => Some(SetupIntent::Back),
        KeyKind::Shift | KeyKind::Layer => None,
    }
}

fn shown_step(step: Step) -> SetupStep {
    match step {
        Step::Role => SetupStep::Role,
        Step::Hub => SetupStep::Hub,
        Step::Address => SetupStep::Address,
        Step::Ticket => SetupStep::Ticket,
        Step::Hall => SetupStep::Hall,
        Step::Name => SetupStep::Name,
        Step::Network => SetupStep::Network,
        Step::Ssid => SetupStep::Ssid,
        Step::Passphrase => SetupStep::Passphrase,
        Step::Addressing => SetupStep::Addressing,
        Step::IpAddress => SetupStep::IpAddress,
        Step::Gateway => SetupStep::Gateway,
        Step::Dns => SetupStep::Dns,
        Step::Extras => SetupStep::Extras,
        Step::Proxy => SetupStep::Proxy,
        Step::Ntp => SetupStep::Ntp,
        Step::Printer => SetupStep::Printer,
        Step::PrinterAddress => SetupStep::PrinterAddress,
        Step::Profile => SetupStep::Profile,
        Step::Rotation => SetupStep::Rotation,
        Step::Pin => SetupStep::Pin,
    }
}

/// The choice, and its text where it has one of its own.
fn shown_pick(pick: &Pick) -> (PickKind, &str) {
    match pick {
        Pick::Role(Role::Kiosk) => (PickKind::Kiosk, ""),
        Pick::Role(Role::Hub) => (PickKind::Hub, ""),
        Pick::Role(Role::Display) => (PickKind::Display, ""),
        Pick::Role(Role::Panel) => (PickKind::Panel, ""),
        Pick::Here => (PickKind::Here, ""),
        Pick::Elsewhere => (PickKind::Elsewhere, ""),
        Pick::Cable => (PickKind::Cable, ""),
        Pick::Wifi => (PickKind::Wifi, ""),
        Pick::Dhcp => (PickKind::Dhcp, ""),
        Pick::Fixed => (PickKind::Fixed, ""),
        Pick::NoExtras => (PickKind::NoExtras, ""),
        Pick::Extras => (PickKind::Extras, ""),
        Pick::Printer(url) => (PickKind::Printer, url.rsplit('/').next().unwrap_or(url)),
        Pick::NetworkPrinter => (PickKind::NetworkPrinter, ""),
        Pick::Profile(GENERIC) => (PickKind::Generic, ""),
        Pick::Profile(name) => (PickKind::Profile, name),
        Pick::Rotation(90) => (PickKind::Right, ""),
        Pick::Rotation(180) => (PickKind::Over, ""),
        Pick::Rotation(270) => (PickKind::Left, ""),
        Pick::Rotation(_) => (PickKind::Upright, ""),
    }
}

fn row((step, answer): &(Step, Answer)) -> SetupRow {
    let (kind, text, picked) = match answer {
        Answer::Pick(pick) => (shown_pick(pick).0, String::new(), true),
        Answer::Text(text) if *step == Step::Printer => {
            (PickKind::Upright, device_name(text.rsplit('/').next().unwrap_or(text)), false)
        }
        Answer::Text(text) if *step == Step::Profile && text == GENERIC => {
            (PickKind::Generic, String::new(), true)
        }
        Answer::Text(text) if *step == Step::Profile => (PickKind::Upright, models(text), false),
        Answer::Text(text) => (PickKind::Upright, text.clone(), false),
        Answer::Hidden => (PickKind::Upright, String::new(), false),
    };
    SetupRow { step: shown_step(*step), picked, kind, hidden: *answer == Answer::Hidden, text: text.into() }
}
