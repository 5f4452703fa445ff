// SPDX-License-Identifier: MIT OR Apache-2.0
//! Something to read, part by part: procedures, answers, hours, dossiers, what a
//! card said. What the product words is an enum.

use super::PaperStep;
use crate::citizen::Proof;
use serde::Serialize;

/// Something to read, with at most two things to do.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// Which: gives the heading.
    pub kind: SheetKind,
    /// What it is about.
    pub title: String,
    /// Its parts, top to bottom.
    pub parts: Vec<Part>,
    /// The first row that is shown, where it is longer than a page. How parts become rows is the screen's business.
    pub first: usize,
    /// What moves on.
    pub main: Deed,
    /// What can be done besides.
    pub also: Deed,
    /// How a paper that was asked for is doing.
    pub paper: Option<PaperStep>,
}

impl std::fmt::Debug for Sheet {
    /// Without its contents: they may be somebody's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// A procedure.
    Procedure,
    /// An answer to a question.
    Answer,
    /// Opening hours.
    Hours,
    /// Results by post.
    Post,
    /// A dossier.
    Dossier,
    /// What was read from a card.
    Card,
}

/// One part of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is; none for running text.
    pub caption: Caption,
    /// In the words of the hall or the province; empty where `word` says it.
    pub text: String,
    /// A value that the product words.
    pub word: PartWord,
    /// Originals to bring, for papers.
    pub originals: u8,
    /// Copies to bring, for papers.
    pub copies: u8,
}

/// What a part of a sheet is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Caption {
    /// Running text, or one more of the same.
    #[default]
    None,
    /// Papers to bring; the first one carries it.
    Papers,
    /// Forms to fill in; the first one carries it.
    Forms,
    /// How long it takes.
    Time,
    /// What it costs.
    Fee,
    /// Where.
    Place,
    /// At once or by appointment.
    Reception,
    /// Level of the online service.
    Online,
    /// Any hall takes it, or not.
    Territory,
    /// By post.
    Post,
    /// Mã hồ sơ.
    Dossier,
    /// Mã TTHC.
    Procedure,
    /// Where a dossier is.
    Status,
    /// Day received.
    Received,
    /// Day promised.
    Due,
    /// Day promised anew.
    NewDue,
    /// What the citizen does next.
    Next,
    /// When this was true.
    AsOf,
    /// Name.
    Name,
    /// Number, masked.
    Number,
    /// Year of birth.
    Birth,
    /// How far it is proven.
    Proof,
    /// Weekdays, in order.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
    /// A coming holiday.
    Holiday,
}

/// Values that the product words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartWord {
    /// None: the part has a text.
    #[default]
    Text,
    /// Whoever comes is served.
    AtOnce,
    /// By appointment.
    ByAppointment,
    /// Either.
    EitherWay,
    /// Not online.
    NotOnline,
    /// Một phần.
    OnlineInPart,
    /// Toàn trình.
    OnlineWhole,
    /// Any hall of the province.
    AnyHall,
    /// Only the hall of the place.
    ThisHall,
    /// Can be sent.
    ByPost,
    /// Cannot.
    NotByPost,
    /// No service that day.
    Closed,
    /// Printed code of a card.
    ProofCode,
    /// Chip, verified.
    ProofVerified,
    /// Chip, nothing proves it.
    ProofUnverified,
    /// Chip, contents not those signed.
    ProofFailed,
    /// The ten states of a dossier, in order.
    Registered,
    /// 2.
    Accepted,
    /// 3.
    NotAccepted,
    /// 4.
    InProgress,
    /// 5.
    PapersWanted,
    /// 6.
    PaymentWanted,
    /// 7.
    Withdrawn,
    /// 8.
    Stopped,
    /// 9.
    Finished,
    /// 10.
    HandedOut,
    /// A dossier past its day.
    Late,
    /// What is done next where the province does not say: wait.
    NextWait,
    /// Wait for the new day.
    NextWaitNew,
    /// Bring the papers.
    NextPapers,
    /// Pay.
    NextPay,
    /// Come for the result.
    NextCollect,
    /// Nothing more.
    NextNothing,
    /// Ask at the guide desk.
    NextAsk,
}

impl From<Proof> for PartWord {
    fn from(proof: Proof) -> PartWord {
        match proof {
            Proof::Code => PartWord::ProofCode,
            Proof::Verified => PartWord::ProofVerified,
            Proof::Unverified => PartWord::ProofUnverified,
            Proof::Failed => PartWord::ProofFailed,
        }
    }
}

/// What a button of a sheet does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// No button.
    #[default]
    None,
    /// Print the checklist.
    PrintChecklist,
    /// Print the apology.
    PrintApology,
    /// A number for this procedure.
    TakeNumber,
    /// Go on with this card.
    GoOn,
    /// Not this card.
    OtherCard,
    /// Go on without a card.
    WithoutCard,
}
