// SPDX-License-Identifier: MIT OR Apache-2.0
//! The glass of the rating panel: turns a [`PanelView`] into properties of
//! `PanelWindow` and fingers into [`PanelIntent`]s. What is asked, and what
//! counts as a rating, is decided in core.

use std::cell::RefCell;
use std::rc::Rc;

use motcua_core::panel::{
    self, Ask, DeskNow, PanelIntent, PanelScreen, PanelView, QuestionShown, ReasonShown, Reasons,
};
use slint::{ComponentHandle, Image, ModelRc, Rgba8Pixel, SharedPixelBuffer, SharedString, VecModel};

use super::display::{count, since};
use super::generated::{
    self, AskBridge, DeskBridge, DeskScreen, Face, Level, PanelWindow, QuestionBridge, Reason, ReasonsBridge,
    Theme, Touch,
};
use super::portrait::round;
use super::services::set_rows;
use super::shell;

/// Where intents go.
type Sender = Rc<dyn Fn(PanelIntent)>;

/// The one window of a rating panel and what was last shown on it.
///
/// [`PanelGlass::show`] sets only what differs from the last view.
pub struct PanelGlass {
    window: PanelWindow,
    levels: Rc<VecModel<Level>>,
    reasons: Rc<VecModel<Reason>>,
    answers: Rc<VecModel<SharedString>>,
    shown: RefCell<Option<PanelView>>,
}

impl std::fmt::Debug for PanelGlass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PanelGlass").field("shown", &self.shown.borrow()).finish_non_exhaustive()
    }
}

impl PanelGlass {
    /// Makes the window. The Slint platform must be chosen before.
    ///
    /// # Errors
    /// When the platform cannot make a window.
    pub fn new() -> Result<Self, slint::PlatformError> {
        let window = PanelWindow::new()?;
        let this = Self {
            window,
            levels: Rc::default(),
            reasons: Rc::default(),
            answers: Rc::default(),
            shown: RefCell::new(None),
        };
        this.window.global::<AskBridge>().set_levels(ModelRc::from(this.levels.clone()));
        this.window.global::<ReasonsBridge>().set_reasons(ModelRc::from(this.reasons.clone()));
        this.window.global::<QuestionBridge>().set_answers(ModelRc::from(this.answers.clone()));
        Ok(this)
    }

    /// The window, to show it, to size it and to send it pointer events.
    pub fn window(&self) -> &slint::Window {
        self.window.window()
    }

    /// The component, for element look-ups.
    pub fn component(&self) -> &PanelWindow {
        &self.window
    }

    /// Switches the little motion there is off.
    pub fn set_still(&self, still: bool) {
        self.window.global::<Theme>().set_still(still);
    }

    /// The officer's photo: of any size and shape, shown round, its middle square. `None` shows the
    /// initials. The shell calls this when the officer or the photo's version in the view has changed,
    /// after the window has its size.
    pub fn set_photo(&self, photo: Option<&SharedPixelBuffer<Rgba8Pixel>>) {
        let desk = self.window.global::<DeskBridge>();
        let unit = self.window.global::<Theme>().get_desk();
        // Each place gets its own picture: the renderer does not scale smoothly.
        let picture = |across: f32| photo.and_then(|p| round(p, pixels(across * unit)));
        let (large, small) = (picture(desk.get_portrait()), picture(desk.get_small_portrait()));
        desk.set_pictured(large.is_some());
        desk.set_picture(large.map_or_else(Image::default, Image::from_rgba8));
        desk.set_small_picture(small.map_or_else(Image::default, Image::from_rgba8));
    }

    /// Every finger action comes to `send`, on the thread of the event loop.
    pub fn on_intent(&self, send: impl Fn(PanelIntent) + 'static) {
        let send: Sender = Rc::new(send);
        self.connect_desk(&send);
        self.connect_ask(&send);
        self.connect_reasons(&send);
        self.connect_question(&send);
    }

    /// Brings the screen to `view`. Cheap when little or nothing has changed.
    pub fn show(&self, view: &PanelView) {
        let mut shown = self.shown.borrow_mut();
        let before = shown.as_ref();
        if before == Some(view) {
            return;
        }
        shell::speak(before.map(|b| b.prefs.lang.as_str()), &view.prefs.lang);
        let theme = self.window.global::<Theme>();
        theme.set_large_text(view.prefs.large_text);
        theme.set_high_contrast(view.prefs.high_contrast);
        shell::show_header(&self.window, before.map(|b| &b.header), &view.header);
        self.desk(view);
        // A screen is told everything before it appears, so that it is laid out once.
        let kind = match &view.screen {
            PanelScreen::Idle(now) => self.idle(now),
            PanelScreen::Ask(ask) => self.ask(ask),
            PanelScreen::Reasons(reasons) => self.ask_reasons(reasons),
            PanelScreen::Question(question) => self.question(question),
            PanelScreen::Thanks => DeskScreen::Thanks,
        };
        if before.is_none_or(|b| place(b) != place(view)) {
            let touch = self.window.global::<Touch>();
            touch.set_screen(touch.get_screen().wrapping_add(1));
        }
        self.window.global::<DeskBridge>().set_screen(kind);
        *shown = Some(view.clone());
    }

    fn desk(&self, view: &PanelView) {
        let desk = self.window.global::<DeskBridge>();
        desk.set_counter(view.counter.as_str().into());
        desk.set_counter_name(view.counter_name.as_str().into());
        desk.set_staffed(view.officer.is_some());
        let officer = view.officer.as_ref();
        desk.set_officer(officer.map_or("", |o| o.name.as_str()).into());
        desk.set_initials(officer.map_or("", |o| o.initials.as_str()).into());
        desk.set_away(view.away.is_some());
        desk.set_since(since(view.away.and_then(|a| a.since)).into());
        let next = shell::next_of(&view.languages, &view.prefs.lang);
        desk.set_next_language(next.map(shell::language_name).unwrap_or_default().into());
        desk.set_next_code(next.unwrap_or_default().into());
    }

    fn idle(&self, now: &DeskNow) -> DeskScreen {
        let desk = self.window.global::<DeskBridge>();
        desk.set_now(match now {
            DeskNow::Unknown => generated::DeskNow::Unknown,
            DeskNow::Closed => generated::DeskNow::Closed,
            DeskNow::Open => generated::DeskNow::Open,
            DeskNow::Paused { reason } => {
                desk.set_reason(reason.as_str().into());
                generated::DeskNow::Paused
            }
            DeskNow::Serving { label } => {
                desk.set_number(label.as_str().into());
                generated::DeskNow::Serving
            }
        });
        DeskScreen::Idle
    }

    fn ask(&self, ask: &Ask) -> DeskScreen {
        let bridge = self.window.global::<AskBridge>();
        bridge.set_question(ask.question.as_str().into());
        bridge.set_count(count(ask.levels.len()));
        let level = |l: &panel::LevelShown| Level {
            name: l.name.as_str().into(),
            longest: longest_word(&l.name).into(),
            face: shown_face(l.face),
        };
        set_rows(&self.levels, ask.levels.iter().map(level));
        bridge.set_left(ask.left.try_into().unwrap_or(i32::MAX));
        bridge.set_of(ask.of.try_into().unwrap_or(i32::MAX));
        DeskScreen::Ask
    }

    fn ask_reasons(&self, reasons: &Reasons) -> DeskScreen {
        let bridge = self.window.global::<ReasonsBridge>();
        bridge.set_level(reasons.level.as_str().into());
        bridge.set_face(shown_face(reasons.face));
        bridge.set_count(count(reasons.reasons.len()));
        let reason = |r: &ReasonShown| Reason {
            code: r.code.as_str().into(),
            name: r.name.as_str().into(),
            longest: longest_word(&r.name).into(),
            chosen: r.chosen,
        };
        set_rows(&self.reasons, reasons.reasons.iter().map(reason));
        bridge.set_can_send(reasons.can_send);
        bridge.set_can_skip(reasons.can_skip);
        DeskScreen::Reasons
    }

    fn question(&self, question: &QuestionShown) -> DeskScreen {
        let bridge = self.window.global::<QuestionBridge>();
        bridge.set_text(question.text.as_str().into());
        bridge.set_count(count(question.answers.len()));
        set_rows(&self.answers, question.answers.iter().map(SharedString::from));
        bridge.set_chosen(question.chosen.map_or(-1, count));
        bridge.set_at(count(question.at));
        bridge.set_of(count(question.of));
        DeskScreen::Question
    }

    fn connect_desk(&self, send: &Sender) {
        let bridge = self.window.global::<DeskBridge>();
        let to = send.clone();
        bridge.on_language(move |code| to(PanelIntent::Language(code.into())));
        let to = send.clone();
        bridge.on_large_text(move || to(PanelIntent::LargeText));
        let to = send.clone();
        bridge.on_high_contrast(move || to(PanelIntent::HighContrast));
    }

    fn connect_ask(&self, send: &Sender) {
        let bridge = self.window.global::<AskBridge>();
        let to = send.clone();
        bridge.on_level(move |level| {
            if let Ok(level) = usize::try_from(level) {
                to(PanelIntent::Level(level));
            }
        });
        let to = send.clone();
        bridge.on_skip(move || to(PanelIntent::Skip));
    }

    fn connect_reasons(&self, send: &Sender) {
        let bridge = self.window.global::<ReasonsBridge>();
        let to = send.clone();
        bridge.on_reason(move |code| to(PanelIntent::Reason(code.into())));
        let to = send.clone();
        bridge.on_send(move || to(PanelIntent::Send));
        let to = send.clone();
        bridge.on_skip(move || to(PanelIntent::Skip));
        let to = send.clone();
        bridge.on_back(move || to(PanelIntent::Back));
    }

    fn connect_question(&self, send: &Sender) {
        let bridge = self.window.global::<QuestionBridge>();
        let to = send.clone();
        bridge.on_answer(move |answer| {
            if let Ok(answer) = usize::try_from(answer) {
                to(PanelIntent::Answer(answer));
            }
        });
        let to = send.clone();
        bridge.on_skip(move || to(PanelIntent::Skip));
        let to = send.clone();
        bridge.on_back(move || to(PanelIntent::Back));
    }
}

fn longest_word(text: &str) -> &str {
    text.split_whitespace().max_by_key(|w| w.chars().count()).unwrap_or_default()
}

/// A length in whole pixels, at most what a photo is worth.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped just before")]
fn pixels(length: f32) -> u32 {
    length.round().clamp(0.0, 1024.0) as u32
}

/// Which screen, and which of several questions: a double tap must not answer the next one.
fn place(view: &PanelView) -> (&'static str, usize) {
    let at = match &view.screen {
        PanelScreen::Question(question) => question.at,
        _ => 0,
    };
    (view.screen.name(), at)
}

fn shown_face(face: panel::Face) -> Face {
    match face {
        panel::Face::Delighted => Face::Delighted,
        panel::Face::Glad => Face::Glad,
        panel::Face::Even => Face::Even,
        panel::Face::Sad => Face::Sad,
        panel::Face::Upset => Face::Upset,
    }
}
