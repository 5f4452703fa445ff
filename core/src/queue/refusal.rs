// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a command does nothing.

use super::{PrintState, Stage};
use crate::hall::Words;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// The hall's limit of numbers for one person and day.
    #[error("this person has {given} numbers of today already")]
    PersonDay {
        /// Numbers, and bookings that count as such.
        given: u32,
    },
    /// The hall's limit of numbers for one person and service.
    #[error("this person has {label} for this service already")]
    PersonService {
        /// Service code.
        service: String,
        /// The number.
        label: String,
    },
    /// A booking is checked in once.
    #[error("this booking is checked in already, as {label}")]
    BookingUsed {
        /// Its number.
        label: String,
    },
    /// Not 64 hexadecimal digits, or not the code of a booking in capitals.
    #[error("the mark of a person or the code of a booking cannot be used")]
    BadMark,
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
    IntakePaused {
        /// What citizens read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<String>,
    },
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
    /// Not in the hall's configuration.
    #[error("there is no counter `{counter}`")]
    UnknownCounter {
        /// As asked.
        counter: String,
    },
    /// Another officer sits there.
    #[error("{name} is signed in at counter {counter}")]
    CounterTaken {
        /// Counter id.
        counter: String,
        /// Who sits there.
        name: String,
    },
    /// Nobody is signed in.
    #[error("nobody is signed in at counter {counter}; sign in first")]
    NobodyAtCounter {
        /// Counter id.
        counter: String,
    },
    /// Closed or paused.
    #[error("counter {counter} is not open; open it first")]
    CounterNotOpen {
        /// Counter id.
        counter: String,
    },
    /// The last citizen is still there.
    #[error("{label} is still at counter {counter}; finish it, mark it absent, hold or transfer it first")]
    TicketInHand {
        /// Counter id.
        counter: String,
        /// Its number.
        label: String,
    },
    /// Nobody is at the desk.
    #[error("no number is in hand at counter {counter}")]
    NothingInHand {
        /// Counter id.
        counter: String,
    },
    /// The queue of this counter is empty.
    #[error("nobody waits for counter {counter}")]
    NobodyWaiting {
        /// Counter id.
        counter: String,
    },
    /// The screen of the caller is behind.
    #[error("this screen is not up to date; look again before you call")]
    NotUpToDate,
    /// Waits for a service of other counters.
    #[error("counter {counter} does not serve this number; transfer it first")]
    NotForCounter {
        /// Counter id.
        counter: String,
    },
    /// Called a moment ago.
    #[error("called a moment ago; call again in {seconds} s")]
    RecallTooSoon {
        /// Seconds left.
        seconds: u32,
    },
    /// The hall's rule.
    #[error("call the number {left} more time(s) before it is marked absent")]
    RecallFirst {
        /// Calls still owed.
        left: u32,
    },
    /// The hall's rule.
    #[error("the time to come back is over; please take a new number")]
    ReturnExpired,
    /// The step does not fit.
    #[error("the number is {stage:?} now; this step does not fit")]
    WrongStage {
        /// Where it stands.
        stage: Stage,
    },
    /// The further service is the present one or there already.
    #[error("the visit has this service already")]
    ServiceThere,
    /// I10.
    #[error("this service was rated already")]
    RatedAlready,
    /// Not a rating.
    #[error("the rating cannot be used: {why}")]
    BadRating {
        /// What is wrong.
        why: String,
    },
    /// Somebody is still being served.
    #[error("numbers are still in hand at counters {counters:?}; finish them before the day is ended")]
    DeskBusy {
        /// Counter ids.
        counters: Vec<String>,
    },
    /// Two kiosks share a number, or a kiosk lost its memory.
    #[error("number {label} of this kiosk is there already; give each kiosk a number of its own")]
    LabelTaken {
        /// The label.
        label: String,
    },
    /// Not a number that a kiosk gives on its own.
    #[error("only a kiosk's own series can be adopted")]
    NotAKioskSeries,
}
