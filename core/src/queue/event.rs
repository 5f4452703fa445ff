// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happened. Append-only; the store keeps events as JSON under their `type`.

use super::{Call, Officer, PrintState, Rated, Ticket};
use crate::label::Series;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

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
        /// Tickets of the day before that wait again, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carried: Vec<Ticket>,
        /// Flagged ratings that no manager has seen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<Rated>,
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
        /// What citizens read meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<String>,
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
        /// The service session.
        #[serde(default)]
        session: Uuid,
        /// Officer's key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        officer: Option<String>,
        /// The panel may ask for a rating.
        #[serde(default)]
        rate: bool,
        /// The further service for which the ticket waits again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Placed>,
    },
    /// An officer sat down.
    SignedIn {
        /// Counter id.
        counter: String,
        /// Who.
        officer: Officer,
    },
    /// The officer left.
    SignedOut {
        /// Counter id.
        counter: String,
    },
    /// The counter serves.
    CounterOpened {
        /// Counter id.
        counter: String,
    },
    /// The counter serves again soon.
    CounterPaused {
        /// Counter id.
        counter: String,
        /// Why.
        reason: String,
    },
    /// The counter serves no more for now.
    CounterClosed {
        /// Counter id.
        counter: String,
    },
    /// A number was called to a desk.
    Called {
        /// Ticket id.
        ticket: Uuid,
        /// What is shown and spoken.
        call: Call,
        /// The service session that begins, or goes on with a recall.
        session: Uuid,
        /// Service code.
        service: String,
        /// Officer's key.
        officer: Option<String>,
        /// Counts as a priority call in the counter's turn.
        priority: bool,
        /// The same number at the same desk once more.
        recall: bool,
        /// Chosen by the officer, not by the rules.
        chosen: bool,
    },
    /// A double click, a retry under a new id, a second tab: the same ticket again, nothing new.
    CallRepeated {
        /// Counter id.
        counter: String,
        /// Ticket id.
        ticket: Uuid,
    },
    /// The citizen is at the desk.
    Started {
        /// Ticket id.
        ticket: Uuid,
        /// Counter id.
        counter: String,
    },
    /// The citizen did not come.
    MarkedAbsent {
        /// Ticket id.
        ticket: Uuid,
        /// Counter id.
        counter: String,
        /// The service session that ends.
        session: Uuid,
    },
    /// Back in the queue.
    Returned {
        /// Ticket id.
        ticket: Uuid,
        /// Where.
        to: Placed,
    },
    /// To another service or counter.
    Transferred {
        /// Ticket id.
        ticket: Uuid,
        /// Counter that gave it away.
        from: String,
        /// The service session that ends.
        session: Uuid,
        /// Where.
        to: Placed,
        /// The one counter that may call it.
        counter: Option<String>,
    },
    /// Beside the queue.
    Held {
        /// Ticket id.
        ticket: Uuid,
        /// Counter id.
        counter: String,
        /// Served so far in this session, milliseconds.
        spent_ms: i64,
    },
    /// A held ticket goes on.
    Resumed {
        /// Ticket id.
        ticket: Uuid,
        /// Counter id.
        counter: String,
    },
    /// The visit has a further service.
    ServiceAdded {
        /// Ticket id.
        ticket: Uuid,
        /// Service code.
        service: String,
    },
    /// The officer asks for a rating.
    RatingRequested {
        /// Counter id.
        counter: String,
        /// The service session.
        session: Uuid,
    },
    /// A citizen answered.
    Rated {
        /// The answers.
        rating: Rated,
        /// Given on an earlier day and delivered now.
        late: bool,
        /// A reason says that the manager must know at once.
        alarm: bool,
    },
    /// The manager has seen a flagged rating.
    AlarmSeen {
        /// Its session.
        session: Uuid,
    },
    /// The day was ended by hand; these wait again on the next.
    CarriedOver {
        /// Ticket ids, in the order of the queue.
        tickets: Vec<Uuid>,
        /// Why.
        reason: String,
    },
    /// In a kiosk's own store only: the hub has this ticket now.
    Delivered {
        /// Ticket id.
        ticket: Uuid,
    },
    /// The apology for a late dossier was printed.
    Apologised {
        /// Id of the command.
        apology: Uuid,
        /// Mã TTHC.
        procedure: String,
        /// Code of its field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        /// Days past the promised one.
        days_late: u32,
        /// The day that is promised now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
        new_due: Option<Date>,
    },
    /// The hall serves by another configuration, or refused one of the central.
    Configured {
        /// Hexadecimal SHA-256 of the text.
        digest: String,
        /// Version of the central; 0 for a text of the hall's own.
        central: u64,
        /// Account, `file` or `central`.
        by: String,
        /// Why it does not serve.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// A command of the central was carried out or refused.
    CarriedOut {
        /// Its id.
        command: Uuid,
        /// It was carried out.
        done: bool,
        /// Why not, or what came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// A device of the hall was let in or shut out.
    DeviceNoted {
        /// Name in its hall.
        device: String,
        /// What happened.
        what: DeviceNews,
        /// Its role, or who did it.
        detail: String,
    },
}

/// What happens to a device of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceNews {
    /// It has a certificate by a new ticket; older ones are over.
    Enrolled,
    /// Its certificates were taken back.
    Revoked,
    /// Two keys followed one certificate: a copy of it speaks.
    Cloned,
}

/// Where a ticket enters the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Placed {
    /// Service code.
    pub service: String,
    /// Before all others, behind those placed so earlier.
    #[serde(default)]
    pub head: bool,
    /// Else: behind tickets that arrived no later than this place.
    pub arrival: u64,
}

impl Event {
    /// The clock opens a day that follows nothing.
    pub fn day_opened(day: Date) -> Event {
        Event::DayOpened { day, by_hand: false, carried: Vec::new(), alarms: Vec::new() }
    }

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
            Event::SignedIn { .. } => "signed_in",
            Event::SignedOut { .. } => "signed_out",
            Event::CounterOpened { .. } => "counter_opened",
            Event::CounterPaused { .. } => "counter_paused",
            Event::CounterClosed { .. } => "counter_closed",
            Event::Called { .. } => "called",
            Event::CallRepeated { .. } => "call_repeated",
            Event::Started { .. } => "started",
            Event::MarkedAbsent { .. } => "marked_absent",
            Event::Returned { .. } => "returned",
            Event::Transferred { .. } => "transferred",
            Event::Held { .. } => "held",
            Event::Resumed { .. } => "resumed",
            Event::ServiceAdded { .. } => "service_added",
            Event::RatingRequested { .. } => "rating_requested",
            Event::Rated { .. } => "rated",
            Event::AlarmSeen { .. } => "alarm_seen",
            Event::CarriedOver { .. } => "carried_over",
            Event::Delivered { .. } => "delivered",
            Event::Apologised { .. } => "apologised",
            Event::Configured { .. } => "configured",
            Event::CarriedOut { .. } => "carried_out",
            Event::DeviceNoted { .. } => "device_noted",
        }
    }
}
