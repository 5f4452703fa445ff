// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a citizen who helps himself asks for, and what comes back: cards,
//! bookings, dossiers, feedback. Plain data between the session and whoever
//! answers. What is personal is wiped when dropped and masked in debug output.

use crate::scan::{CardQr, Holder, Mrz, Personal, PersonalDate, PersonalNumber};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// One person for one business day, without the person: what the limit of numbers is counted by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// HMAC-SHA-256 of the personal number under the hall's key of the day, 64 hexadecimal digits. The key is deleted
    /// with the day.
    pub mark: String,
    /// Codes of this person's bookings of the day: they count as numbers, whether they were checked in or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub booked: Vec<String>,
}

/// Debug output goes to logs, and a mark is no business of theirs.
impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark(…)")
    }
}

/// By what a booking is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookingKey {
    /// The code on the confirmation.
    Code(String),
    /// The number of the ID card it was made with.
    Card(PersonalNumber),
}

/// A booking of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Its code.
    pub code: String,
    /// Service code of the hall; absent when only the procedure is known and no service names it.
    pub service: Option<String>,
    /// Mã TTHC.
    pub procedure: Option<String>,
    /// From this time.
    pub from: Time,
    /// Until this time.
    pub to: Time,
}

/// Whoever was asked cannot answer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    /// The hub or the provincial system was not reached, or did not answer in time.
    #[error("no answer in time")]
    Silent,
    /// It is not set up in this hall.
    #[error("not set up in this hall")]
    NotSetUp,
}

/// Where a dossier is, by the fixed list that is synchronised with the National Portal, numbers 1 to 10.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierNow {
    /// Mã hồ sơ.
    pub code: String,
    /// Mã TTHC.
    pub procedure: String,
    /// 1 mới đăng ký … 10 đã trả kết quả.
    pub status: u8,
    /// The day it was received.
    pub received: Option<Date>,
    /// The day for which the result was promised.
    pub due: Option<Date>,
    /// Past its day.
    pub late: bool,
    /// The day that was promised anew.
    pub new_due: Option<Date>,
    /// What the citizen does next, in the provincial system's words: Vietnamese, and English where it has it.
    pub next: Option<(String, Option<String>)>,
    /// When this was true, where it comes from a file: the day the file was made or taken.
    pub as_of: Option<Date>,
}

/// What became of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DossierAnswer {
    /// Here it is.
    Found(Box<DossierNow>),
    /// Nobody knows this code, or the second factor does not fit it; which of the two is not said.
    Unknown,
    /// No answer now.
    Away(Away),
}

/// What kind of word to the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedbackKind {
    /// Phản ánh: how an officer or a procedure was.
    Report,
    /// Kiến nghị: what should be changed.
    Proposal,
    /// Khen ngợi.
    Praise,
}

/// Feedback as the citizen wrote it. Sealed for its reader before it touches a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Kind.
    pub kind: FeedbackKind,
    /// The text, NFC.
    pub text: Personal,
    /// Where an answer may go: a telephone number. Present only with consent, which was given on the screen.
    pub contact: Option<Personal>,
    /// Language of the session.
    pub lang: String,
}

/// What is known of the person whose card was read. Lives as long as the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFacts {
    /// Số định danh.
    pub number: PersonalNumber,
    /// Name.
    pub name: Option<Personal>,
    /// Date of birth.
    pub birth: PersonalDate,
    /// How it was read.
    pub how: Proof,
}

/// How far a card is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Its printed code only: anybody can print one.
    Code,
    /// The chip, and the state's signature was checked.
    Verified,
    /// The chip; no country certificate is installed, so nothing proves it.
    Unverified,
    /// The chip's contents are not what the state signed.
    Failed,
}

impl CardFacts {
    /// From the code on the card.
    pub fn of_code(card: &CardQr) -> CardFacts {
        CardFacts {
            number: card.number.clone(),
            name: card.name.clone(),
            birth: card.birth.clone(),
            how: Proof::Code,
        }
    }

    /// From the machine-readable zone on the card.
    pub fn of_zone(mrz: &Mrz) -> CardFacts {
        CardFacts {
            number: mrz.number.clone(),
            name: mrz.name.clone(),
            birth: mrz.birth.clone(),
            how: Proof::Code,
        }
    }

    /// From the chip: data group 1, and 13 where it has one; `None` when they speak of different people.
    pub fn of_chip(mrz: &Mrz, holder: Option<&Holder>, how: Proof) -> Option<CardFacts> {
        if holder.is_some_and(|h| h.number != mrz.number) {
            return None;
        }
        let name = holder.and_then(|h| h.name.clone()).or_else(|| mrz.name.clone());
        Some(CardFacts { number: mrz.number.clone(), name, birth: mrz.birth.clone(), how })
    }
}

/// What opens a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChipKey {
    /// The code of the card: number, birth and issue.
    Code(Box<CardQr>),
    /// Its machine-readable zone.
    Zone(Box<Mrz>),
}

/// News of the card reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardNews {
    /// A card lies on it.
    Laid,
    /// The card is gone.
    Gone,
    /// It was read.
    Read(Box<CardFacts>),
    /// It was not.
    Failed(CardTrouble),
}

/// What the citizen can do when a chip was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CardTrouble {
    /// Lay it down again and leave it there.
    HoldStill,
    /// The code and the card do not belong together: scan the code of this card.
    OtherNumber,
    /// No chip ID card.
    OtherCard,
    /// The reader is the trouble.
    Reader,
}

/// What this kiosk can do besides giving numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// A scanner is there.
    pub scanner: bool,
    /// A reader for chips is there.
    pub card: bool,
    /// There is a voice.
    pub voice: bool,
}
