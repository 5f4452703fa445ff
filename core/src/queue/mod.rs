// SPDX-License-Identifier: MIT OR Apache-2.0
//! The queue of one hall as a pure state machine: [`decide`] turns a command
//! into events or a refusal, [`State::apply`] turns events into the next state.
//! The hub's single writer is the only caller that matters; storing events,
//! repeating answers and telling the time are its business.

mod apply;
mod decide;
mod now;

pub use decide::decide;
pub use now::{HallNow, ServiceNow, WithoutPaper};

use crate::day::{self, Hours};
use crate::estimate::ServiceTimes;
use crate::hall::{Hall, Words};
use crate::label::{Label, Series};
use crate::view::WaitRange;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// What somebody asks the queue to do. Its id is made by the client at the touch and lives in the
/// envelope; the id of an [`Command::Issue`] becomes the ticket's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Start the business day by hand: after an early closing, or to confirm the date of a clock
    /// that is not believed.
    OpenDay {
        /// The date the person reads on the wall; must be the device's date.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        date: Date,
    },
    /// Give no more numbers today.
    CloseDay {
        /// Why, for the audit.
        reason: String,
    },
    /// Give no numbers for now, in the whole hall.
    PauseIntake {
        /// Why, for the audit.
        reason: String,
    },
    /// End of [`Command::PauseIntake`].
    ResumeIntake,
    /// Give no numbers for one service.
    PauseService {
        /// Service code.
        service: String,
        /// Why, for the audit.
        reason: String,
    },
    /// End of [`Command::PauseService`].
    ResumeService {
        /// Service code.
        service: String,
    },
    /// One number.
    Issue {
        /// Service code.
        service: String,
        /// The citizen belongs to a priority class. Which one is not asked.
        #[serde(default)]
        priority: bool,
        /// Language of the paper, ISO 639-1.
        lang: String,
    },
    /// What became of the paper.
    MarkPrint {
        /// Ticket id.
        ticket: Uuid,
        /// New state; see [`PrintState::may_become`].
        print: PrintState,
    },
    /// Take a waiting ticket out of the queue. Its number is not used again.
    Void {
        /// Ticket id.
        ticket: Uuid,
        /// Why, for the audit.
        reason: String,
    },
    /// Print a waiting ticket's paper once more.
    Reprint {
        /// Ticket id.
        ticket: Uuid,
        /// Why, for the audit.
        reason: String,
    },
    /// The clock went on; turns the day without anybody asking for a number.
    Tick,
}

/// What became of a ticket's paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PrintState {
    /// The row is durable, nothing was sent to a printer.
    Committed,
    /// Bytes may be on their way.
    Printing,
    /// Proved on paper.
    Printed,
    /// Surely not on paper.
    PrintFailed,
    /// Nobody knows; the number holds all the same.
    PrintUnknown,
}

impl PrintState {
    /// What the printer can still find out. `Printed` is final, except by a reprint; an unknown or
    /// failed one may come out after all when staff refill the paper.
    pub fn may_become(self, next: PrintState) -> bool {
        use PrintState::*;
        matches!(
            (self, next),
            (Committed, Printing | PrintFailed | PrintUnknown)
                | (Printing, Printed | PrintFailed | PrintUnknown)
                | (PrintUnknown, Printed | PrintFailed)
        )
    }
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// In the queue.
    Waiting,
    /// Served at a desk.
    Served,
    /// Taken out with a reason.
    Voided,
    /// The day ended first; in the audit.
    Unserved,
}

/// One ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ticket {
    /// Id of the command that asked for it (UUIDv7).
    pub id: Uuid,
    /// Business day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub day: Date,
    /// Letter.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "A"))]
    pub series: Series,
    /// Number within day and series, from 1.
    pub number: u32,
    /// What is printed large, `A017`.
    pub label: String,
    /// Service code.
    pub service: String,
    /// A priority ticket.
    pub priority: bool,
    /// Language of the paper.
    pub lang: String,
    /// Device that asked.
    pub device: String,
    /// Commit time, milliseconds UTC.
    pub issued_ms: i64,
    /// Commit time on the hall's wall clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub issued_at: DateTime,
    /// People ahead at commit: waiting for the same service, and of the same priority where this
    /// is a priority ticket.
    pub ahead: u32,
    /// Expected wait at commit; absent while unknown.
    pub wait: Option<WaitRange>,
    /// The paper.
    pub print: PrintState,
    /// Papers asked for so far; 1 after issuing.
    pub copies: u32,
    /// Where it stands.
    pub stage: Stage,
}

/// What happened. Append-only; the store keeps them as JSON under their `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A business day began.
    DayOpened {
        /// The day.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        day: Date,
        /// Opened by a person, not by the clock.
        by_hand: bool,
    },
    /// A business day ended with tickets that nobody served.
    DayEnded {
        /// The day.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        day: Date,
        /// Ids of the tickets that were still waiting.
        unserved: Vec<Uuid>,
    },
    /// The store was damaged and began anew. Numbers go on after these, and only once a person
    /// resumed the intake. Also the audit of the gap.
    Recovered {
        /// Business day of the numbers, where it could be read.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
        day: Option<Date>,
        /// Highest number given so far, by series.
        #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u32>))]
        last_numbers: BTreeMap<Series, u32>,
        /// What happened.
        reason: String,
    },
    /// Intake closed for the rest of the day.
    DayClosed {
        /// Why.
        reason: String,
    },
    /// Intake open again on the same day.
    DayReopened,
    /// The clock claims a day that is not believed; the old day goes on. An alarm.
    ClockDoubted {
        /// The day the clock claims.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        claimed: Date,
    },
    /// No numbers for now.
    IntakePaused {
        /// Why.
        reason: String,
    },
    /// Numbers again.
    IntakeResumed,
    /// No numbers for a service.
    ServicePaused {
        /// Service code.
        service: String,
        /// Why.
        reason: String,
    },
    /// Numbers for it again.
    ServiceResumed {
        /// Service code.
        service: String,
    },
    /// A number was given.
    Issued {
        /// The ticket as committed.
        ticket: Box<Ticket>,
    },
    /// News of the paper.
    PrintMarked {
        /// Ticket id.
        ticket: Uuid,
        /// New state.
        print: PrintState,
    },
    /// A ticket left the queue.
    Voided {
        /// Ticket id.
        ticket: Uuid,
        /// Why.
        reason: String,
    },
    /// One more paper was asked for.
    Reprinted {
        /// Ticket id.
        ticket: Uuid,
        /// Papers asked for so far.
        copies: u32,
        /// Why.
        reason: String,
    },
    /// Somebody was served: the source of waiting times.
    Served {
        /// Ticket id.
        ticket: Uuid,
        /// Service code.
        service: String,
        /// Counter id.
        counter: String,
        /// Start of service, milliseconds UTC.
        started_ms: i64,
        /// End of service, milliseconds UTC.
        ended_ms: i64,
    },
}

impl Event {
    /// The `type` it is stored under.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::DayOpened { .. } => "day_opened",
            Event::DayEnded { .. } => "day_ended",
            Event::Recovered { .. } => "recovered",
            Event::DayClosed { .. } => "day_closed",
            Event::DayReopened => "day_reopened",
            Event::ClockDoubted { .. } => "clock_doubted",
            Event::IntakePaused { .. } => "intake_paused",
            Event::IntakeResumed => "intake_resumed",
            Event::ServicePaused { .. } => "service_paused",
            Event::ServiceResumed { .. } => "service_resumed",
            Event::Issued { .. } => "issued",
            Event::PrintMarked { .. } => "print_marked",
            Event::Voided { .. } => "voided",
            Event::Reprinted { .. } => "reprinted",
            Event::Served { .. } => "served",
        }
    }
}

/// Why a command does nothing. Each has its own sentence on the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// Outside the hours, or closed early.
    #[error("the hall is closed")]
    Closed {
        /// Next opening.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
        opens: Option<DateTime>,
    },
    /// A holiday.
    #[error("today is a holiday")]
    Holiday {
        /// Its name.
        #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
        name: Words,
        /// Next opening.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
        opens: Option<DateTime>,
    },
    /// Lunch break.
    #[error("it is the lunch break")]
    Lunch {
        /// Start of the afternoon.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
        opens: DateTime,
    },
    /// All numbers of the day are given.
    #[error("all {given} numbers of today for this service are given")]
    CapReached {
        /// Service code.
        service: String,
        /// Numbers given.
        given: u32,
    },
    /// The office paused it.
    #[error("the service is paused")]
    ServicePaused {
        /// Service code.
        service: String,
    },
    /// Not in the hall's configuration.
    #[error("there is no service `{service}`")]
    UnknownService {
        /// As asked.
        service: String,
    },
    /// The office paused all numbers.
    #[error("the hall gives no numbers for now")]
    IntakePaused,
    /// Not a ticket of this business day.
    #[error("there is no such ticket today")]
    UnknownTicket {
        /// As asked.
        ticket: Uuid,
    },
    /// The ticket left the queue already.
    #[error("the ticket is not waiting any more")]
    NotWaiting {
        /// Where it stands.
        stage: Stage,
    },
    /// See [`PrintState::may_become`].
    #[error("the paper cannot go from {from:?} to {to:?}")]
    PrintStep {
        /// Present state.
        from: PrintState,
        /// Asked for.
        to: PrintState,
    },
    /// [`Command::OpenDay`] names another day than the clock.
    #[error("the device's date is {device}; set the clock first if that is wrong")]
    OtherDate {
        /// The device's date.
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
        device: Date,
    },
    /// Nothing to do: already so.
    #[error("nothing to change: it is so already")]
    AlreadySo,
    /// An audited command needs a reason of 1 to 200 characters.
    #[error("say why, in 1 to 200 characters")]
    ReasonMissing,
}

/// Everything the queue of one business day knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Business day; none before the first one.
    pub day: Option<Date>,
    /// Newest clock reading acted on, milliseconds UTC.
    pub last_ms: i64,
    /// Intake closed by hand for the rest of the day.
    pub closed: bool,
    /// Intake paused, with the reason.
    pub intake_paused: Option<String>,
    /// Paused services, with the reason.
    pub paused: BTreeMap<String, String>,
    /// The day the clock claims and nobody believes.
    pub doubted: Option<Date>,
    tickets: HashMap<Uuid, Ticket>,
    /// Tickets whose paper failed or is unknown; kept apart so that the common case costs nothing.
    unproved: BTreeSet<Uuid>,
    /// Tickets whose further paper was asked for and not begun.
    reprints: BTreeSet<Uuid>,
    last_number: BTreeMap<Series, u32>,
    /// Numbers given by a store that was lost, of a day that could not be read: the next day that
    /// opens begins after them.
    lost_numbers: BTreeMap<Series, u32>,
    /// The store was lost and nobody has resumed the intake since.
    recovered: bool,
    services: BTreeMap<String, ServiceCount>,
    times: BTreeMap<String, ServiceTimes>,
}

/// Counts of one service on the business day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceCount {
    /// Waiting, priority included.
    pub waiting: u32,
    /// Waiting with priority.
    pub waiting_priority: u32,
    /// Numbers given, voided ones not counted.
    pub given: u32,
}

impl State {
    /// A ticket of the business day.
    pub fn ticket(&self, id: &Uuid) -> Option<&Ticket> {
        self.tickets.get(id)
    }

    /// All tickets of the business day, in no order.
    pub fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.values()
    }

    /// Counts of a service.
    pub fn count(&self, service: &str) -> ServiceCount {
        self.services.get(service).copied().unwrap_or_default()
    }

    /// Expected wait for one more person at a service.
    pub fn wait(&self, service: &str, ahead: u32) -> Option<WaitRange> {
        self.times.get(service)?.range(ahead, self.last_ms)
    }

    /// The clock was read at `at_ms` without anything to decide; a later jump is measured from here.
    pub fn heard(&mut self, at_ms: i64) {
        self.last_ms = self.last_ms.max(at_ms);
    }

    fn next_label(&self, series: Series) -> Label {
        Label { series, number: self.last_number.get(&series).copied().unwrap_or(0) + 1 }
    }
}

/// Whether the hall gives numbers at all at `at`; `None` means yes.
pub fn whole_hall_refusal(hall: &Hall, state: &State, at: DateTime) -> Option<Refusal> {
    if state.intake_paused.is_some() {
        return Some(Refusal::IntakePaused);
    }
    let hours = day::hours(hall, at);
    match hours {
        Hours::Holiday { name, opens } => Some(Refusal::Holiday { name, opens }),
        // Closed by hand is closed for the rest of the day, whatever the hours say.
        _ if state.closed => Some(Refusal::Closed { opens: day::next_day_opening(hall, at) }),
        _ if day::gives_numbers(hall, &hours) => None,
        Hours::Lunch { opens } => Some(Refusal::Lunch { opens }),
        Hours::Closed { opens } => Some(Refusal::Closed { opens }),
        Hours::Open { .. } => None,
    }
}

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
