// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the panel at a desk shows and what a finger on it can ask for, as plain
//! data. A citizen's name stands in none of it.

use crate::view::Header;
use serde::{Deserialize, Serialize};

/// Everything one frame of the panel needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelView {
    /// How this citizen wants to see it; forgotten with them.
    pub prefs: PanelPrefs,
    /// Languages the hall offers, ISO 639-1, the first one is the default.
    pub languages: Vec<String>,
    /// Hall name, clock, date.
    pub header: Header,
    /// Counter id, as it stands on the desk.
    pub counter: String,
    /// The counter's name; empty when the hall does not know it.
    pub counter_name: String,
    /// Who sits here.
    pub officer: Option<OfficerShown>,
    /// Set while the hub does not answer: what is said of the counter is of that time.
    pub away: Option<PanelAway>,
    /// The one screen that is shown.
    pub screen: PanelScreen,
}

/// Display choices of one citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PanelPrefs {
    /// ISO 639-1 code.
    pub lang: String,
    /// Text 1.3 times as large.
    pub large_text: bool,
    /// Black, white and yellow.
    pub high_contrast: bool,
}

/// The officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfficerShown {
    /// Key of the account, by which the photo is fetched.
    pub id: String,
    /// As the office wrote it.
    pub name: String,
    /// One or two capitals, for where there is no photo.
    pub initials: String,
    /// Version of the photo; none without a photo.
    pub photo: Option<String>,
}

/// The hub does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PanelAway {
    /// Hour and minute of the last news, on the hall's clock; none before the first.
    pub since: Option<(u8, u8)>,
}

/// The screens, one at a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum PanelScreen {
    /// Nobody is asked anything.
    Idle(DeskNow),
    /// How was it?
    Ask(Ask),
    /// What was wrong?
    Reasons(Reasons),
    /// One further question.
    Question(QuestionShown),
    /// Thank you; the same whatever was answered, as the officer sits opposite.
    Thanks,
}

impl PanelScreen {
    /// Name used in tests and file names.
    pub fn name(&self) -> &'static str {
        match self {
            PanelScreen::Idle(_) => "idle",
            PanelScreen::Ask(_) => "ask",
            PanelScreen::Reasons(_) => "reasons",
            PanelScreen::Question(_) => "question",
            PanelScreen::Thanks => "thanks",
        }
    }
}

/// How the desk stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeskNow {
    /// The hub has not been heard yet.
    Unknown,
    /// Nobody serves here.
    Closed,
    /// Serves, and nobody is called.
    Open,
    /// Serves again soon.
    Paused {
        /// As the officer said it.
        reason: String,
    },
    /// A number is in hand.
    Serving {
        /// `A017`.
        label: String,
    },
}

/// The question about the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// In the citizen's language.
    pub question: String,
    /// From best to worst, three to five.
    pub levels: Vec<LevelShown>,
    /// Seconds until the question goes away untouched.
    pub left: u32,
    /// Seconds in all.
    pub of: u32,
}

/// One level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelShown {
    /// In the citizen's language.
    pub name: String,
    /// The face above the word; no two of one scale are alike.
    pub face: Face,
}

/// Faces from best to worst. Each differs in shape, not only in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// Very satisfied.
    Delighted,
    /// Satisfied.
    Glad,
    /// Neither.
    Even,
    /// Dissatisfied.
    Sad,
    /// Very dissatisfied.
    Upset,
}

/// What was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reasons {
    /// The level chosen, in the citizen's language.
    pub level: String,
    /// Its face.
    pub face: Face,
    /// To choose from, several at will.
    pub reasons: Vec<ReasonShown>,
    /// At least one is chosen: it can be sent.
    pub can_send: bool,
    /// Going on without one is allowed.
    pub can_skip: bool,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonShown {
    /// Comes back in [`PanelIntent::Reason`].
    pub code: String,
    /// In the citizen's language.
    pub name: String,
    /// Chosen.
    pub chosen: bool,
}

/// One further question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionShown {
    /// In the citizen's language.
    pub text: String,
    /// Two to five, in the citizen's language.
    pub answers: Vec<String>,
    /// The answer given before, when the citizen has come back.
    pub chosen: Option<usize>,
    /// Place among the questions, from 0.
    pub at: usize,
    /// Questions in all.
    pub of: usize,
}

/// What a finger on the panel asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "intent", content = "value", rename_all = "snake_case")]
pub enum PanelIntent {
    /// A level, from 0, the best.
    Level(usize),
    /// Chooses a reason, or takes it back.
    Reason(String),
    /// An answer, from 0.
    Answer(usize),
    /// Done with the reasons.
    Send,
    /// Not this one: no rating, no reason, no answer.
    Skip,
    /// One step back.
    Back,
    /// The citizen's language.
    Language(String),
    /// Toggle large text.
    LargeText,
    /// Toggle high contrast.
    HighContrast,
}
