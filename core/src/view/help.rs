// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screens on which a citizen helps himself: what to bring, bookings,
//! dossiers, information, feedback, and the reading of cards and codes. As in
//! the rest of [`crate::view`], the product's own words are left to the screens:
//! here they are enums.

use super::{Opening, PaperStep};
use crate::citizen::{CardTrouble, FeedbackKind};
use crate::hall::Direction;
use crate::typing::Method;
use serde::Serialize;

/// What the home screen offers besides a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Offers {
    /// What to bring: there is a catalogue.
    pub papers: bool,
    /// Check-in of bookings.
    pub booking: bool,
    /// State of a dossier.
    pub dossier: bool,
    /// Feedback and complaints.
    pub feedback: bool,
}

/// A list to choose from, page by page. How many rows a page has is the screen's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct List {
    /// Which list: gives the title.
    pub kind: ListKind,
    /// What the list belongs to, in the words of the hall or the catalogue; may be empty.
    pub of: String,
    /// All rows.
    pub rows: Vec<Row>,
    /// The first row that is shown.
    pub first: usize,
}

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Fields of the catalogue.
    Fields,
    /// Procedures of a field.
    Procedures,
    /// Bookings of today.
    Bookings,
    /// What can be read about the hall.
    Information,
    /// Frequently asked questions.
    Questions,
    /// What is paid here.
    Fees,
    /// What kind of feedback.
    Feedback,
}

/// One row of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Comes back in [`super::Intent::Choose`].
    pub code: String,
    /// Name in the session's language; empty where `word` says it.
    pub name: String,
    /// A name of the product's own.
    pub word: RowWord,
    /// What stands below the name: a field, a time, an amount.
    pub note: String,
    /// Procedures in the field; 0 where that says nothing.
    pub count: u32,
}

/// Rows that the product names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowWord {
    /// None: the row has a name.
    #[default]
    Named,
    /// What to bring, where the home screen does not offer it.
    Papers,
    /// State of a dossier, likewise.
    Dossier,
    /// Feedback, likewise.
    Feedback,
    /// Frequently asked questions.
    Questions,
    /// Plan of the hall.
    Plan,
    /// Opening hours.
    Hours,
    /// Paying.
    Pay,
    /// Results by post.
    Post,
    /// Phản ánh.
    Report,
    /// Kiến nghị.
    Proposal,
    /// Khen ngợi.
    Praise,
}

/// Search among the procedures: what was typed, and what fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Search {
    /// As typed.
    pub query: String,
    /// Best first.
    pub rows: Vec<Row>,
}

/// Something is typed.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What.
    pub kind: EntryKind,
    /// As typed so far.
    pub text: String,
    /// How keys become letters, where text is written.
    pub method: Method,
    /// It can be sent.
    pub ready: bool,
    /// Characters that still fit.
    pub left: usize,
}

impl std::fmt::Debug for Entry {
    /// Without the text: it may be anything.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("kind", &self.kind).field("left", &self.left).finish_non_exhaustive()
    }
}

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A booking's code.
    Booking,
    /// A dossier's code.
    Dossier,
    /// The last four digits of the ID number that a dossier was handed in with.
    Factor,
    /// Feedback.
    Feedback,
    /// A telephone number.
    Contact,
}

/// Something is held before a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reader {
    /// What is waited for.
    pub what: ReaderWhat,
    /// How it stands.
    pub now: ReaderNow,
    /// The code can be typed instead.
    pub can_type: bool,
    /// A card can be used instead of the code.
    pub can_card: bool,
}

/// What a reader waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderWhat {
    /// The code on an ID card.
    Card,
    /// The card itself, on the chip reader.
    Chip,
    /// The code of a booking.
    Booking,
    /// The code on a receipt.
    Receipt,
}

/// How a reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderNow {
    /// Nothing there yet.
    Waiting,
    /// A card lies there and is read.
    Reading,
    /// Something was there that is of no use here.
    Unfit(Unfit),
    /// A card was not read.
    Trouble(CardTrouble),
}

/// Why a code is of no use at this place, in the citizen's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfit {
    /// The code was not read whole: again.
    Again,
    /// A health insurance card.
    HealthInsurance,
    /// An identity card of nine digits, no longer valid.
    OldCard,
    /// An ID card where another code was asked for.
    Card,
    /// Another code where an ID card was asked for.
    NotACard,
    /// A queue ticket or another code of the hall's own.
    Ticket,
    /// A code to pay with.
    Payment,
    /// Anything else.
    Other,
}

/// May something personal be read or kept?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// What for.
    pub purpose: Purpose,
    /// The chip is read, not only the printed code.
    pub chip: bool,
    /// Numbers a person and day, where the hall limits them.
    pub per_day: Option<u32>,
    /// Age from which a card gives priority.
    pub priority_from: Option<u8>,
}

/// What personal data are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A number.
    Number,
    /// Finding a booking.
    Booking,
    /// An answer to feedback.
    Contact,
}

/// The plan of the hall, as seen from the kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Counters in their order.
    pub counters: Vec<PlanCounter>,
}

/// One counter of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanCounter {
    /// Its number.
    pub id: String,
    /// Its name in the session's language.
    pub name: String,
    /// On which side; ahead where the hall does not say.
    pub side: Direction,
}

/// A code to pay with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pay {
    /// What for.
    pub name: String,
    /// `8.000 đ`.
    pub amount: String,
    /// What the payer's bank shows.
    pub content: String,
    /// The bank.
    pub bank: String,
    /// Whose account.
    pub holder: String,
    /// The account.
    pub account: String,
    /// Content of the code.
    pub qr: String,
}

/// Nothing came of it, and what to do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sorry {
    /// Which sentence.
    pub reason: SorryReason,
    /// What it is about: a code, a number, a service, a time; in the words of the reason.
    pub about: String,
    /// A day and time the sentence speaks of.
    pub opens: Option<Opening>,
    /// What can be done.
    pub main: SorryDeed,
}

/// Sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SorryReason {
    /// Today has no such booking.
    NoBooking,
    /// Too early for it.
    BookingEarly,
    /// Its time is over.
    BookingLate,
    /// It was checked in already.
    BookingUsed,
    /// Nobody knows this dossier.
    NoDossier,
    /// The provincial system does not answer.
    DossierAway,
    /// The hub does not answer.
    HubAway,
    /// This person's numbers of the day are taken.
    PersonDay,
    /// This person has a number for this service.
    PersonService,
    /// No procedure has this code.
    NoProcedure,
    /// This hall takes no numbers for the procedure.
    NoService,
    /// Feedback could not be kept.
    NotKept,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SorryDeed {
    /// Nothing but going home.
    Home,
    /// Try the same again.
    Again,
    /// Take an ordinary number.
    TakeNumber,
}

/// An answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// Bookings.
    Bookings,
    /// A dossier.
    Dossier,
    /// Feedback is being kept.
    Feedback,
}

/// Feedback was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// What the citizen asks by later.
    pub code: String,
    /// Kind.
    pub kind: FeedbackKind,
    /// Days until an answer.
    pub answer_days: u32,
    /// Where the answer goes was left.
    pub with_contact: bool,
    /// How the receipt is doing.
    pub paper: PaperStep,
}
