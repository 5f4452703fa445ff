// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the screen of the waiting room shows, as plain data. The hall's own
//! texts stand here in the language shown; the words of the product do not.

use crate::hall::Direction;
use crate::view::{Header, Opening};
use serde::Serialize;

/// Everything one frame of the waiting room's screen needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DisplayView {
    /// ISO 639-1 code of the language shown.
    pub lang: String,
    /// Black, white and yellow.
    pub high_contrast: bool,
    /// Hall name, clock, date: the hub's clock as soon as it was heard once.
    pub header: Header,
    /// What fills the large part.
    pub stage: Stage,
    /// Calls before the large one, newest first, each number and counter once.
    pub last: Vec<LastCall>,
    /// Rows the list has room for, 3 to 8.
    pub last_rows: usize,
    /// People waiting in the whole hall; none while that is not known.
    pub waiting: Option<u32>,
    /// The services most people wait for, most first.
    pub services: Vec<ServiceWaiting>,
    /// Counters that serve, and all of them; none while that is not known.
    pub serving: Option<(usize, usize)>,
    /// The hall's line along the bottom.
    pub marquee: Option<String>,
    /// Set while the hub does not answer: what is shown is of the time given.
    pub away: Option<Away>,
}

/// What fills the large part.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// A number is called.
    Call(CallShown),
    /// One of the hall's notices.
    Notice(NoticeShown),
    /// Nothing to say: please wait for your number.
    Welcome,
    /// No numbers are given now. Calls still come.
    Closed(Closing),
    /// The hub is away and no call is recent: please watch the counters.
    Away,
}

impl Stage {
    /// Name used in tests and file names.
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Call(_) => "call",
            Stage::Notice(_) => "notice",
            Stage::Welcome => "welcome",
            Stage::Closed(_) => "closed",
            Stage::Away => "away",
        }
    }
}

/// The call that is large.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallShown {
    /// Changes with every call, so that a recall is seen as news.
    pub seq: u64,
    /// `A017`, `K2-001`.
    pub label: String,
    /// Counter id, as it stands on the desk.
    pub counter: String,
    /// The counter's name; empty when the hall does not know it.
    pub counter_name: String,
    /// Where the counter is as seen from the screen.
    pub direction: Option<Direction>,
    /// Not the first call of this number to this counter.
    pub again: bool,
}

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeShown {
    /// A few words.
    pub title: String,
    /// A sentence or two.
    pub text: String,
    /// Place in the turn, from 0.
    pub at: usize,
    /// Notices in all.
    pub of: usize,
}

/// Why no numbers are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// Which sentence.
    pub reason: ClosedReason,
    /// The holiday's name.
    pub holiday: Option<String>,
    /// When numbers are given again, where known.
    pub opens: Option<Opening>,
}

/// Sentences of a closed hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedReason {
    /// Outside the opening hours, or closed for the day by staff.
    Closed,
    /// A holiday.
    Holiday,
    /// Lunch break.
    Lunch,
    /// The office paused the giving of numbers.
    Paused,
}

/// One call of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastCall {
    /// `A017`.
    pub label: String,
    /// Counter id.
    pub counter: String,
}

/// People waiting for one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceWaiting {
    /// Name in the language shown.
    pub name: String,
    /// How many; none while that is not known.
    pub waiting: Option<u32>,
}

/// The hub does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Away {
    /// Hour and minute of the last news, on the hall's clock; none before the first.
    pub since: Option<(u8, u8)>,
}
