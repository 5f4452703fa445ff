// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the glass shows and what a finger can ask for, as plain data. The
//! citizen session ([`crate::session`]) produces a [`View`]; the screens draw
//! it and send back [`Intent`]s. No wording of the product stands here: words
//! belong to the screens' translations, only the hall's own names are text.

mod help;
mod sheet;

pub use help::*;
pub use sheet::*;

use serde::{Deserialize, Serialize};

/// Everything one frame needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct View {
    /// How this citizen wants to see it; forgotten with the session.
    pub prefs: Prefs,
    /// Languages the hall offers, as ISO 639-1 codes, first one is the default.
    pub languages: Vec<String>,
    /// Hall name, clock, date.
    pub header: Header,
    /// The one screen that is shown.
    pub screen: Screen,
    /// Seconds left before the session ends, while the warning is up.
    pub idle_warning: Option<u32>,
    /// Screens can be read aloud here.
    pub voice: bool,
}

/// Display choices of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prefs {
    /// ISO 639-1 code, `vi` or `en`.
    pub lang: String,
    /// Text 1.3 times as large.
    pub large_text: bool,
    /// Black, white and yellow.
    pub high_contrast: bool,
    /// Everything that can be touched sits in the lower half (wheelchair).
    pub low_reach: bool,
    /// How fast every screen is read aloud; absent while none is.
    pub aloud: Option<Speed>,
}

/// How fast screens are read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// For who hears badly or is new to it.
    Slow,
    /// As the clips of the hall.
    Normal,
    /// For who is used to machines that read.
    Fast,
}

impl Speed {
    /// What one touch makes of a choice: off, normal, slow, fast, off.
    pub fn after(speed: Option<Speed>) -> Option<Speed> {
        match speed {
            None => Some(Speed::Normal),
            Some(Speed::Normal) => Some(Speed::Slow),
            Some(Speed::Slow) => Some(Speed::Fast),
            Some(Speed::Fast) => None,
        }
    }
}

/// The band at the top of every screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Two or three lines, in capitals as the hall wrote them.
    pub hall: Vec<String>,
    /// Local wall time.
    pub hour: u8,
    /// Local wall time.
    pub minute: u8,
    /// 0 = Monday … 6 = Sunday.
    pub weekday: u8,
    /// Day of month, 1 to 31.
    pub day: u8,
    /// Month, 1 to 12.
    pub month: u8,
    /// Year.
    pub year: i16,
}

/// A wall time of day with its date, for "opens again at".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// 0 = Monday … 6 = Sunday.
    pub weekday: u8,
    /// Day of month.
    pub day: u8,
    /// Month.
    pub month: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// True when it is later on the same day.
    pub today: bool,
    /// True when it is on the next calendar day.
    pub tomorrow: bool,
}

/// An estimate of waiting, in minutes. `None` around it means "not known yet".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitRange {
    /// Lower end, minutes.
    pub from: u32,
    /// Upper end, minutes; never below `from`.
    pub to: u32,
}

/// The screens, one at a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum Screen {
    /// Attract and home.
    Home(Home),
    /// Choice of service.
    Services(Services),
    /// "Do any of these apply to you?"
    Priority(Priority),
    /// Touched, not yet committed.
    Preparing {
        /// Service name in the session's language.
        service: String,
    },
    /// The number.
    Number(Number),
    /// This service or the whole hall gives no number now.
    Refused(Refused),
    /// Something to choose.
    List(List),
    /// Search among the procedures.
    Search(Search),
    /// Something to type.
    Entry(Entry),
    /// Something to hold before a reader.
    Reader(Reader),
    /// May something personal be read?
    Consent(Consent),
    /// Something to read.
    Sheet(Sheet),
    /// The plan of the hall.
    Plan(Plan),
    /// A code to pay with.
    Pay(Pay),
    /// Nothing came of it.
    Sorry(Sorry),
    /// An answer is waited for.
    Asking(Asking),
    /// Feedback was kept.
    Kept(Kept),
    /// The machine itself cannot serve.
    OutOfOrder(OutOfOrder),
}

impl Screen {
    /// What is another screen to a finger: the name, and which list, sheet or question it is.
    pub fn key(&self) -> (&'static str, String) {
        let which = match self {
            Screen::List(list) => format!("{:?} {} {}", list.kind, list.of, list.first),
            Screen::Sheet(sheet) => format!("{:?} {} {}", sheet.kind, sheet.title, sheet.first),
            Screen::Entry(entry) => format!("{:?}", entry.kind),
            Screen::Reader(reader) => format!("{:?}", reader.what),
            Screen::Consent(consent) => format!("{:?}", consent.purpose),
            _ => String::new(),
        };
        (self.name(), which)
    }

    /// Name used in tests, logs and file names.
    pub fn name(&self) -> &'static str {
        match self {
            Screen::Home(_) => "home",
            Screen::Services(_) => "services",
            Screen::Priority(_) => "priority",
            Screen::Preparing { .. } => "preparing",
            Screen::Number(_) => "number",
            Screen::Refused(_) => "refused",
            Screen::List(_) => "list",
            Screen::Search(_) => "search",
            Screen::Entry(_) => "entry",
            Screen::Reader(_) => "reader",
            Screen::Consent(_) => "consent",
            Screen::Sheet(_) => "sheet",
            Screen::Plan(_) => "plan",
            Screen::Pay(_) => "pay",
            Screen::Sorry(_) => "sorry",
            Screen::Asking(_) => "asking",
            Screen::Kept(_) => "kept",
            Screen::OutOfOrder(_) => "out_of_order",
        }
    }
}

/// The home screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Home {
    /// People waiting in the whole hall.
    pub waiting: u32,
    /// Closing time of the present opening period.
    pub open_until: Option<(u8, u8)>,
    /// Set when numbers are given without paper; says why.
    pub paper: Option<PaperFault>,
    /// Paper is nearly out: for staff, a small sign.
    pub paper_low: bool,
    /// What can be done besides taking a number.
    pub offers: Offers,
}

/// The service screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Services {
    /// Tiles of this page, at most eight.
    pub tiles: Vec<Tile>,
    /// Page shown, from 0.
    pub page: usize,
    /// Pages in all, at least 1.
    pub pages: usize,
    /// Search is offered (more than eight services).
    pub searchable: bool,
    /// The letter pad is up.
    pub searching: bool,
    /// What was typed so far, capital letters without accents.
    pub query: String,
    /// Letters that lead to at least one service when typed next; others are shown disabled.
    pub next_letters: String,
}

/// One service to choose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tile {
    /// Service code; comes back in [`Intent::Service`].
    pub code: String,
    /// Name in the session's language.
    pub name: String,
    /// One of [`crate::hall::ICONS`].
    pub icon: String,
    /// People waiting for it.
    pub waiting: u32,
    /// Expected wait for one more.
    pub wait: Option<WaitRange>,
    /// Citizen should have papers ready.
    pub needs_papers: bool,
    /// Whether a number can be had.
    pub state: TileState,
}

/// Whether a tile gives a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TileState {
    /// Touch it.
    Open,
    /// Its counters are on a break; numbers are given all the same.
    DesksPaused,
    /// The office paused it.
    Paused,
    /// Today's numbers are all given.
    CapReached,
}

/// The priority question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Priority {
    /// Service name in the session's language.
    pub service: String,
    /// Classes to choose from.
    pub classes: Vec<PriorityChoice>,
}

/// One priority class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriorityChoice {
    /// Comes back in [`Intent::Priority`].
    pub code: String,
    /// Name in the session's language.
    pub name: String,
    /// One of [`crate::hall::ICONS`].
    pub icon: String,
}

/// The number screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// `A017`.
    pub label: String,
    /// Service name in the session's language.
    pub service: String,
    /// Counter names, joined: `2, 3`.
    pub counters: String,
    /// People ahead at commit; absent while unknown.
    pub ahead: Option<u32>,
    /// Expected wait.
    pub wait: Option<WaitRange>,
    /// A priority ticket.
    pub priority: bool,
    /// How the paper is doing.
    pub paper: PaperStep,
    /// Content of the QR code.
    pub qr: String,
}

/// How the paper of the shown number is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperStep {
    /// On its way.
    Printing,
    /// Proved printed: take it.
    Take,
    /// There is no paper: keep the number from the screen (photograph the QR).
    OnScreen(PaperFault),
    /// Stopped in the middle; may still come out when staff help.
    Waiting(PaperFault),
    /// The printer did not say; the number holds with or without paper.
    Unsure,
}

/// Why there is no paper, in the citizen's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperFault {
    /// The roll is empty.
    NoPaper,
    /// The cover is open (staff are probably at it).
    CoverOpen,
    /// Anything else with the printer.
    Printer,
}

/// No number for now, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Which sentence.
    pub reason: RefusedReason,
    /// Name of the service, where the reason is about one.
    pub service: Option<String>,
    /// Name of the holiday, where it is one.
    pub holiday: Option<String>,
    /// When numbers can be had again, where known.
    pub opens: Option<Opening>,
    /// Numbers given today, for `CapReached`.
    pub given: Option<u32>,
    /// The whole hall refuses: the screen stays until that changes and has no way back.
    pub whole_hall: bool,
}

/// Sentences of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedReason {
    /// Outside the opening hours, or the day was closed by staff.
    Closed,
    /// A holiday of the hall.
    Holiday,
    /// Lunch break.
    Lunch,
    /// The service's numbers for today are all given.
    CapReached,
    /// The office paused this service.
    ServicePaused,
    /// The service is not (any more) offered.
    UnknownService,
}

/// The machine cannot serve; shown full screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfOrder {
    /// No paper, and the hall does not give numbers without.
    NoPaper,
    /// Printer fault, and the hall does not give numbers without paper.
    Printer,
    /// The hub does not answer, no number can be promised.
    HubAway,
    /// Staff paused the machine.
    TechnicalPause,
    /// Numbers were stopped, with these words for citizens.
    Message(String),
}

/// What a finger on the glass asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "intent", content = "value", rename_all = "snake_case")]
pub enum Intent {
    /// "Take a number" on the home screen.
    TakeNumber,
    /// A service tile, by code.
    Service(String),
    /// A priority class by code, or none of them.
    Priority(Option<String>),
    /// One screen back.
    Back,
    /// Give up, or done: home, and forget.
    Home,
    /// Session language.
    Language(String),
    /// Toggle large text.
    LargeText,
    /// Toggle high contrast.
    HighContrast,
    /// Toggle low reach.
    LowReach,
    /// Read aloud: off, normal, slow, fast, off.
    ReadAloud,
    /// Show page `n` of the services.
    Page(usize),
    /// Open or close the letter pad.
    Search(bool),
    /// One letter of the pad.
    Letter(char),
    /// Take the last letter back.
    Erase,
    /// "I am still here."
    StillHere,
    /// "What to bring" on the home screen.
    WhatToBring,
    /// "I have a booking" on the home screen.
    Booking,
    /// "My dossier" on the home screen.
    Dossier,
    /// "Information" on the home screen.
    Information,
    /// "Feedback" on the home screen.
    Feedback,
    /// A row of a list, by code.
    Choose(String),
    /// Show the list from this row on.
    First(usize),
    /// One key of the keyboard; composes with what stands before it.
    Key(char),
    /// One sign that stands for itself.
    Sign(char),
    /// Another way from keys to letters.
    TypingMethod,
    /// What was typed is whole.
    Send,
    /// Type the code instead of holding it before the scanner.
    TypeInstead,
    /// Use the ID card.
    UseCard,
    /// Yes to a consent.
    Agree,
    /// Go on without a card, or without leaving a contact.
    Decline,
    /// The first button of a sheet or of a refusal.
    Main,
    /// The second button of a sheet.
    Also,
}
