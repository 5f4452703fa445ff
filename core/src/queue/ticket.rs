// SPDX-License-Identifier: MIT OR Apache-2.0
//! One ticket: its number, its paper and where it stands.

use crate::label::Series;
use crate::view::WaitRange;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// Called to a desk.
    Called,
    /// At a desk.
    Serving,
    /// Beside the queue, with a desk that knows of it.
    Held,
    /// Called and did not come; may come back as the hall's rules say.
    Absent,
    /// Served at a desk. An end.
    Served,
    /// Taken out with a reason. An end.
    Voided,
    /// The day ended first; in the audit. An end.
    Unserved,
    /// Waits again on the next day. The end on its own day.
    CarriedOver,
    /// In a kiosk's own store: the hub has it now.
    Delivered,
}

impl Stage {
    /// Somebody is still to be served or to be written off.
    pub fn is_open(self) -> bool {
        matches!(self, Stage::Waiting | Stage::Called | Stage::Serving | Stage::Held)
    }
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
    /// Place in the order of arrival in the hall, from 1.
    #[serde(default)]
    pub arrival: u64,
    /// The counter that has it in hand, or had it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<String>,
    /// The one counter that may call it, after a transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aim: Option<String>,
    /// The service session: the id of the command that called it to the present desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Uuid>,
    /// Services of the same visit still to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<String>,
    /// Calls in the present session.
    #[serde(default)]
    pub calls: u32,
    /// Last call, milliseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_ms: Option<i64>,
    /// Start of the service under way, milliseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<i64>,
    /// Served before a hold in the present session, milliseconds.
    #[serde(default)]
    pub spent_ms: i64,
}

impl Ticket {
    /// A ticket that nobody has; the fields that every new one has alike.
    pub(super) fn blank() -> Ticket {
        Ticket {
            id: Uuid::nil(),
            day: Date::ZERO,
            series: Series::LETTER_A,
            number: 0,
            label: String::new(),
            service: String::new(),
            priority: false,
            lang: String::new(),
            device: String::new(),
            issued_ms: 0,
            issued_at: DateTime::ZERO,
            ahead: 0,
            wait: None,
            print: PrintState::Committed,
            copies: 1,
            stage: Stage::Waiting,
            arrival: 0,
            counter: None,
            aim: None,
            session: None,
            further: Vec::new(),
            calls: 0,
            called_ms: None,
            started_ms: None,
            spent_ms: 0,
        }
    }
}
