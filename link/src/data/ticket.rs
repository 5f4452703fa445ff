// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tickets, calls and services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A number was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketIssued {
    /// UUIDv7; the same for the whole life of the ticket.
    pub ticket: Uuid,
    /// Business day, `2026-11-23`.
    pub day: String,
    /// As printed, `A017`, `K2-001`.
    pub label: String,
    /// Service code of the hall.
    pub service: String,
    /// A priority ticket; of which kind is not told.
    pub priority: bool,
    /// Language of the paper, `vi`.
    pub lang: String,
    /// Device that gave it, by its name in the hall.
    pub device: String,
    /// When it was committed, milliseconds UTC; earlier than `time` for a ticket that a kiosk gave on its own.
    pub issued_ms: i64,
    /// People ahead when it was given.
    pub ahead: u32,
}

/// News of a ticket's paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketPaper {
    /// Ticket.
    pub ticket: Uuid,
    /// What is known of it.
    pub state: Paper,
    /// Papers asked for so far, where one more was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<u32>,
}

/// What is known of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// Not sent to a printer yet.
    Committed,
    /// On its way.
    Printing,
    /// Proved on paper.
    Printed,
    /// Surely not on paper.
    Failed,
    /// Nobody knows.
    Unknown,
}

/// A ticket left the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketVoided {
    /// Ticket.
    pub ticket: Uuid,
    /// As staff or the program said it; long numbers are blotted out.
    pub reason: String,
}

/// Called and did not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketAbsent {
    /// Ticket.
    pub ticket: Uuid,
    /// The service session that ends.
    pub session: Uuid,
    /// Counter.
    pub counter: String,
}

/// Back in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketReturned {
    /// Ticket.
    pub ticket: Uuid,
    /// Service code.
    pub service: String,
}

/// To another service or counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketTransferred {
    /// Ticket.
    pub ticket: Uuid,
    /// The service session that ends.
    pub session: Uuid,
    /// Counter that gave it away.
    pub from: String,
    /// Service code.
    pub service: String,
    /// The one counter that may call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<String>,
}

/// Beside the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketHeld {
    /// Ticket.
    pub ticket: Uuid,
    /// Counter.
    pub counter: String,
}

/// Goes on after being held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketResumed {
    /// Ticket.
    pub ticket: Uuid,
    /// Counter.
    pub counter: String,
}

/// The visit has a further service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketServiceAdded {
    /// Ticket.
    pub ticket: Uuid,
    /// Service code.
    pub service: String,
}

/// A kiosk's own ticket was handed to its hub; only ever between those two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketDelivered {
    /// Ticket.
    pub ticket: Uuid,
}

/// A number was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallMade {
    /// Ticket.
    pub ticket: Uuid,
    /// The service session: one ticket at one desk. It begins with the first call.
    pub session: Uuid,
    /// As shown and spoken.
    pub label: String,
    /// Counter.
    pub counter: String,
    /// Service code.
    pub service: String,
    /// Key of the officer in the hall's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// Rises with every call of the hall.
    pub sequence: u64,
    /// The same number at the same desk once more.
    pub recall: bool,
    /// Chosen by the officer, not by the rules.
    pub chosen: bool,
}

/// The same call was asked for twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRepeated {
    /// Ticket.
    pub ticket: Uuid,
    /// Counter.
    pub counter: String,
}

/// The citizen is at the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceStarted {
    /// Ticket.
    pub ticket: Uuid,
    /// Counter.
    pub counter: String,
}

/// The citizen was served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceFinished {
    /// Ticket.
    pub ticket: Uuid,
    /// The service session that ends.
    pub session: Uuid,
    /// Service code.
    pub service: String,
    /// Counter.
    pub counter: String,
    /// Key of the officer in the hall's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// Start of the service, milliseconds UTC.
    pub started_ms: i64,
    /// End of the service, milliseconds UTC.
    pub ended_ms: i64,
    /// The further service of the visit for which the ticket waits again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
