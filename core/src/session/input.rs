// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a session is told and what it wants done, as data.

use crate::citizen::{
    Abilities, Away, Booked, BookingKey, CardNews, ChipKey, DossierAnswer, DossierNow, Feedback, FeedbackKind,
};
use crate::day::Now;
use crate::hall::Hall;
use crate::procedures::{Procedure, Procedures};
use crate::queue::{HallNow, Refusal, Ticket};
use crate::scan::{Personal, PersonalNumber, Scan};
use crate::view::{Intent, PaperFault, PaperStep};
use std::sync::Arc;
use uuid::Uuid;

/// Something the session must react to.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A finger was lifted inside a target.
    Touched(Intent),
    /// The hub's picture of the hall.
    Hall(Box<HallNow>),
    /// The hub does not answer.
    HubAway,
    /// The hall is configured anew.
    HallChanged(Box<Hall>),
    /// What was asked for with one id comes under another: the hub was silent, and the kiosk gives the
    /// number itself.
    Renamed {
        /// The id made at the touch.
        from: Uuid,
        /// The id to wait for.
        to: Uuid,
    },
    /// A number was committed for this command.
    Issued(Box<Ticket>),
    /// The command was refused.
    Refused {
        /// The command's id.
        command: Uuid,
        /// Why.
        refusal: Refusal,
    },
    /// News of a ticket's paper.
    Paper {
        /// The ticket's id.
        ticket: Uuid,
        /// How it is doing.
        step: PaperStep,
    },
    /// News of the printer.
    Printer(PrinterNow),
    /// What this kiosk can do, whenever that changes.
    Abilities(Abilities),
    /// The province's catalogue.
    Procedures(Arc<Procedures>),
    /// Somebody held something before the scanner.
    Scanned(Box<Scan>),
    /// News of the card reader.
    Card(CardNews),
    /// The bookings that were asked for; empty when there are none.
    Bookings {
        /// The question's id.
        ask: Uuid,
        /// Bookings of today.
        found: Result<Vec<Booked>, Away>,
    },
    /// The dossier that was asked for.
    Dossier {
        /// The question's id.
        ask: Uuid,
        /// What became of it.
        answer: DossierAnswer,
    },
    /// News of a paper that is no ticket.
    Sheet {
        /// The id it was asked for under.
        ask: Uuid,
        /// How it is doing.
        step: PaperStep,
    },
    /// Feedback is kept and will arrive, whatever happens to this device's power.
    FeedbackKept {
        /// The id it was given under.
        ask: Uuid,
        /// What the citizen asks by later; `None` when the disk did not take it.
        code: Option<String>,
    },
    /// Time passed.
    Tick,
}

/// The printer, in the citizen's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrinterNow {
    /// Set while it cannot print.
    pub fault: Option<PaperFault>,
    /// The roll is nearly used up.
    pub low: bool,
}

/// Something the shell must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the hub for a number, with this id, until it answers.
    Issue {
        /// Made at the touch; the only id this touch will ever have.
        command: Uuid,
        /// Service code.
        service: String,
        /// Priority was claimed.
        priority: bool,
        /// Language of the paper.
        lang: String,
        /// Whose card was read, for the limit of numbers; a mark of it is all that leaves the kiosk.
        person: Option<PersonalNumber>,
        /// Codes of this person's bookings of today.
        booked: Vec<String>,
        /// The booking that is checked in.
        booking: Option<String>,
    },
    /// The session is about to be wiped: sound the warning.
    WarningSound,
    /// A code is waited for: light and trigger of the scanner on, or off again.
    Scan(bool),
    /// Open the chip on the reader, now or as soon as a card lies there.
    ReadChip(ChipKey),
    /// The chip is of no interest any more: forget what opens it.
    ForgetChip,
    /// Look bookings of today up.
    Bookings {
        /// Made at the touch.
        ask: Uuid,
        /// By what.
        by: BookingKey,
    },
    /// Look a dossier up.
    Dossier {
        /// Made at the touch.
        ask: Uuid,
        /// Mã hồ sơ.
        code: String,
        /// The second factor, where the hall asks for one.
        factor: Option<Personal>,
    },
    /// Print something that is no ticket.
    Print {
        /// Made at the touch.
        ask: Uuid,
        /// What.
        paper: Box<Paper>,
        /// Its language.
        lang: String,
    },
    /// Keep feedback durably and send it.
    Feedback {
        /// Made at the touch.
        ask: Uuid,
        /// What was written.
        feedback: Box<Feedback>,
    },
}

/// A paper that is no ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    /// What to bring for a procedure.
    Checklist(Box<Procedure>),
    /// The apology for a late dossier.
    Apology {
        /// The dossier.
        dossier: Box<DossierNow>,
        /// Name of the procedure, where the catalogue has it.
        procedure: Option<Box<Procedure>>,
    },
    /// That feedback was taken.
    Receipt {
        /// Its code.
        code: String,
        /// Its kind.
        kind: FeedbackKind,
    },
}

/// When something happened.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds of a clock that never jumps.
    pub steady_ms: u64,
    /// The wall clock.
    pub now: Now,
}
