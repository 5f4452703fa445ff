// SPDX-License-Identifier: MIT OR Apache-2.0
//! What somebody asks the queue to do.

use super::{Officer, PrintState, Rated};
use crate::citizen::Mark;
use crate::label::Series;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
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
        /// What citizens read meanwhile; without it, that the machine is being looked after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<String>,
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
        /// Whose card was read, for the limits of the hall. Kept for the day, in no event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<Mark>,
        /// Code of the booking that is checked in, in capitals. Kept for the day, in no event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        booking: Option<String>,
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
    /// An officer sits down. From another counter, where no ticket is in hand, he comes over.
    SignIn {
        /// Counter id.
        counter: String,
        /// Who.
        officer: Officer,
    },
    /// The officer leaves; the counter closes.
    SignOut {
        /// Counter id.
        counter: String,
    },
    /// The counter serves.
    OpenCounter {
        /// Counter id.
        counter: String,
    },
    /// The counter serves again soon.
    PauseCounter {
        /// Counter id.
        counter: String,
        /// Why.
        reason: String,
    },
    /// The counter serves no more for now; the officer stays.
    CloseCounter {
        /// Counter id.
        counter: String,
    },
    /// The next number by the hall's rules. With a ticket being served that ticket is finished first.
    CallNext {
        /// Counter id.
        counter: String,
        /// Sequence of the counter's last call that the caller has seen, 0 for none. A caller who
        /// has not seen the newest (double click, second tab) gets that same ticket again; one who
        /// gives nothing gets the ticket in hand, whatever its stage.
        #[serde(default)]
        seen: Option<u64>,
    },
    /// One chosen ticket: waiting for a service of this counter, absent or on hold.
    CallTicket {
        /// Counter id.
        counter: String,
        /// Ticket id.
        ticket: Uuid,
    },
    /// The called number once more.
    Recall {
        /// Counter id.
        counter: String,
    },
    /// The citizen is at the desk.
    Start {
        /// Counter id.
        counter: String,
    },
    /// The citizen is served; a further service of the visit goes back into the queue.
    Finish {
        /// Counter id.
        counter: String,
    },
    /// The called citizen did not come.
    Absent {
        /// Counter id.
        counter: String,
    },
    /// A called, absent or held ticket back into the queue.
    Return {
        /// Ticket id.
        ticket: Uuid,
    },
    /// The ticket in hand to another service or counter; number and time stay.
    Transfer {
        /// Counter id.
        counter: String,
        /// Service code; without, the service stays.
        #[serde(default)]
        service: Option<String>,
        /// The one counter that may call it; without, every counter of the service.
        #[serde(default)]
        to: Option<String>,
    },
    /// The ticket in hand waits beside the queue, for a copy or a signature.
    Hold {
        /// Counter id.
        counter: String,
    },
    /// A held ticket goes on at this counter, without a call.
    Resume {
        /// Counter id.
        counter: String,
        /// Ticket id.
        ticket: Uuid,
    },
    /// The citizen in hand has a further matter; it follows under the same number.
    AddService {
        /// Counter id.
        counter: String,
        /// Service code.
        service: String,
    },
    /// Unlocks the rating panel for the citizen being served.
    RequestRating {
        /// Counter id.
        counter: String,
    },
    /// What a citizen answered.
    Rate {
        /// The answers.
        rating: Rated,
    },
    /// The manager has seen a flagged rating.
    SeeAlarm {
        /// Its session.
        session: Uuid,
    },
    /// Ends the day: what still waits is carried over to the next, or closed.
    EndDay {
        /// Carry over instead of closing.
        carry: bool,
        /// Why, for the audit.
        reason: String,
    },
    /// A number that a kiosk gave from its own series while the hub was away.
    Adopt {
        /// As the kiosk gave it.
        ticket: OfflineTicket,
    },
    /// The apology for a late dossier was printed. Only what is counted: no dossier's code, nobody's name.
    Apologise {
        /// Mã TTHC.
        procedure: String,
        /// Code of its field, where the catalogue has it.
        #[serde(default)]
        field: Option<String>,
        /// Days past the promised one.
        days_late: u32,
        /// The day that is promised now.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
        new_due: Option<Date>,
    },
    /// In a kiosk's own store only: the hub has this ticket now.
    Delivered {
        /// Ticket id.
        ticket: Uuid,
    },
}

/// A number given by a kiosk on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OfflineTicket {
    /// Ticket id.
    pub id: Uuid,
    /// Business day on the kiosk.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub day: Date,
    /// The kiosk's series.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "K2"))]
    pub series: Series,
    /// Number within it.
    pub number: u32,
    /// Service code.
    pub service: String,
    /// A priority ticket.
    pub priority: bool,
    /// Language of the paper.
    pub lang: String,
    /// When, milliseconds UTC as far as the kiosk knows the hub's clock.
    pub issued_ms: i64,
    /// When on the hall's wall clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub issued_at: DateTime,
    /// The paper.
    pub print: PrintState,
}
