// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall is configuration: what `hall.toml` says, after every check has
//! passed. [`Hall::parse`] is the only way in; a wrong file gives every fault
//! with its line. Reading the file itself is the shell's business.

mod check;
mod citizen;
mod form;
mod parts;
mod rating;
mod room;
mod rules;
mod software;

pub use citizen::{
    BookingQueue, Bookings, CardRead, Cards, Dossiers, Faq, Fee, FeedbackRules, Pay, SecondFactor,
};
pub use rating::{Answer, Level, Question, Rating, Reason};
pub use room::{Digits, Display, Notice, Voice, VoiceMode, VolumePeriod};
pub use rules::{PriorityPolicy, QueueRules, ReturnWithin, TransferTo};
pub use software::is_version;

use crate::label::Series;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Languages that have a catalogue of screen texts, ISO 639-1. The first one is Vietnamese.
pub const LANGUAGES: &[&str] = &["vi", "en"];

/// Icons a hall may give to a service or a priority class (names of the Tabler outline family).
pub const ICONS: &[&str] = &[
    "rubber-stamp",
    "writing-sign",
    "certificate",
    "baby-carriage",
    "rings",
    "users",
    "home-2",
    "map-2",
    "building-store",
    "building",
    "heart-handshake",
    "first-aid-kit",
    "id",
    "package-export",
    "clipboard-text",
    "cash",
    "tractor",
    "car",
    "school",
    "gavel",
    "help",
    "old",
    "wheelchair",
    "woman",
    "medal",
    "mood-kid",
    "file-check",
    "briefcase",
    "leaf",
    "shield-check",
];

/// A text in the hall's languages, by ISO 639-1 code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// The text in `lang`, else in Vietnamese, else in whatever there is.
    pub fn get(&self, lang: &str) -> &str {
        self.0
            .get(lang)
            .or_else(|| self.0.get(LANGUAGES[0]))
            .or_else(|| self.0.values().next())
            .map_or("", |s| s)
    }

    /// All texts, for search in every language.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

/// A checked hall.
#[derive(Clone, Debug, PartialEq)]
pub struct Hall {
    /// The text it was read from, for devices that are told of it.
    pub source: Arc<str>,
    /// Digest of the text: two halls are the same when this is.
    pub version: String,
    /// Site id: small letters, digits and hyphens; part of every uid that leaves the hall.
    pub id: String,
    /// Name in two or three lines.
    pub lines: Vec<String>,
    /// Minutes east of UTC. Viet Nam is +420 and keeps no summer time.
    pub utc_offset_minutes: i16,
    /// Languages offered, the first is the one an idle screen shows.
    pub languages: Vec<String>,
    /// Opening hours by weekday, Monday first.
    pub hours: Hours,
    /// Days without service.
    pub holidays: Vec<Holiday>,
    /// Priority classes, in the order shown. Only "priority" is stored of a choice.
    pub priority: Vec<PriorityClass>,
    /// Counters.
    pub counters: Vec<Counter>,
    /// Services, in the order shown.
    pub services: Vec<Service>,
    /// Texts of the printed ticket.
    pub ticket: TicketText,
    /// How kiosks behave.
    pub kiosk: Kiosk,
    /// How far the clock is believed.
    pub clock: Clock,
    /// Who is called next.
    pub queue: QueueRules,
    /// What the rating panels ask.
    pub rating: Rating,
    /// The screen in the waiting room.
    pub display: Display,
    /// The voice in the waiting room.
    pub voice: Voice,
    /// Whether ID cards are read, and the limits by person.
    pub cards: Cards,
    /// Bookings; none are offered where this is absent.
    pub bookings: Option<Bookings>,
    /// Where the state of a dossier is asked; not offered where this is absent.
    pub dossiers: Option<Dossiers>,
    /// How fees are paid by transfer.
    pub pay: Option<Pay>,
    /// Questions that people ask.
    pub faq: Vec<Faq>,
    /// How results come by post.
    pub post: Option<Words>,
    /// How feedback is answered; not offered where this is absent.
    pub feedback: Option<FeedbackRules>,
    /// Version of the firmware that the hall's devices should run; absent where nobody says.
    pub software: Option<String>,
}

/// Opening hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// Periods of each weekday, Monday first, ascending, not overlapping.
    pub week: [Vec<Period>; 7],
    /// Between two periods of a day.
    pub lunch: Lunch,
}

/// One opening period, `from` inclusive, `to` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Opens.
    pub from: Time,
    /// Closes.
    pub to: Time,
}

/// What happens between two opening periods of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lunch {
    /// No numbers until the afternoon.
    #[default]
    Refuse,
    /// Numbers go on for the afternoon.
    Issue,
}

/// Days without service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// First day.
    pub from: Date,
    /// Last day, inclusive.
    pub to: Date,
    /// Name shown on the screen.
    pub name: Words,
}

/// A class that may go first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityClass {
    /// Key.
    pub code: String,
    /// Name.
    pub name: Words,
    /// One of [`ICONS`].
    pub icon: String,
}

/// A desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What is printed and spoken: `2`.
    pub id: String,
    /// Name.
    pub name: Words,
    /// Where it is as seen from the waiting room's screen.
    pub direction: Option<Direction>,
}

/// Where a counter is as seen from the waiting room's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To the left.
    Left,
    /// Ahead, under the screen.
    Ahead,
    /// To the right.
    Right,
}

/// What a citizen can come for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Key.
    pub code: String,
    /// Name.
    pub name: Words,
    /// One of [`ICONS`].
    pub icon: String,
    /// Letter of its numbers.
    pub series: Series,
    /// Ids of the counters that serve it, in the order shown.
    pub counters: Vec<String>,
    /// Numbers a day, none for no limit.
    pub daily_cap: Option<u32>,
    /// The citizen should have papers ready.
    pub needs_papers: bool,
    /// Codes of the fields whose procedures are handed in here.
    pub fields: Vec<String>,
    /// Codes of single procedures (mã TTHC) that are handed in here; they go before `fields`.
    pub procedures: Vec<String>,
}

/// Texts of the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketText {
    /// One thank-you line.
    pub thanks: Words,
    /// A notice above it.
    pub note: Option<Words>,
    /// Content of the QR with `{site}`, `{day}`, `{label}` and `{ticket}` replaced.
    pub qr: String,
}

/// How kiosks behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kiosk {
    /// Whether numbers are given while the printer cannot print.
    pub without_paper: WithoutPaper,
    /// Seconds without a touch until the warning.
    pub idle_seconds: u32,
    /// Seconds of warning until the session is wiped.
    pub warning_seconds: u32,
    /// Seconds the finished number stays.
    pub number_seconds: u32,
}

/// What a kiosk does when it cannot print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithoutPaper {
    /// The number and its QR stand on the screen.
    #[default]
    OnScreen,
    /// No numbers until the printer is well again.
    Stop,
}

/// How far the device's clock is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Only after time synchronisation, or while it runs on without a jump.
    #[default]
    NeedsSync,
    /// The device has a battery-backed clock.
    Trusted,
}

/// One thing wrong with a hall file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HallFault {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to write instead, in English.
    pub message: String,
    /// The same in Vietnamese.
    pub vi: String,
}

impl HallFault {
    /// In a language; Vietnamese where it is none that is known.
    pub fn said(&self, lang: &str) -> &str {
        if lang == "en" { &self.message } else { &self.vi }
    }
}

impl fmt::Display for HallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl Hall {
    /// Reads and checks a hall file. All faults are returned, in the order of their lines.
    pub fn parse(text: &str) -> Result<Hall, Vec<HallFault>> {
        check::parse(text)
    }

    /// The service with this code.
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.code == code)
    }

    /// The counter with this id.
    pub fn counter(&self, id: &str) -> Option<&Counter> {
        self.counters.iter().find(|c| c.id == id)
    }

    /// The services a counter serves.
    pub fn services_of<'h>(&'h self, counter: &'h str) -> impl Iterator<Item = &'h Service> {
        self.services.iter().filter(move |s| s.counters.iter().any(|c| c == counter))
    }

    /// The language of an idle screen.
    pub fn default_lang(&self) -> &str {
        self.languages.first().map_or(LANGUAGES[0], String::as_str)
    }
}

/// The realistic sample hall of a ward, shipped with the product and used by `motcua sim`.
pub const SAMPLE: &str = include_str!("../../../deploy/hall.sample.toml");

#[cfg(test)]
mod tests;
