// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a scanner read, or a card's chip gave out: ID cards, dossiers, bookings, procedures. Anybody can hold anything
//! before a scanner, so everything else gets a reason that can be said kindly.
//!
//! | module | what |
//! |---|---|
//! | `clean` | bytes to text: length, encoding, control characters, composition |
//! | `card` | the QR code of CCCD (2021) and Căn cước (2024): [`CardQr`] |
//! | `mrz` | the machine-readable zone TD1 with its check digits, from a scan or from DG1: [`Mrz`] |
//! | `dg13` | the chip's own data group of Viet Nam: [`Holder`] |
//! | `expiry` | until when a card is valid, which its QR code does not say |
//! | `codes` | dossiers, procedures, bookings, and the addresses of receipts |
//! | `personal` | types of personal data, wiped when dropped and masked in debug output |
//!
//! A QR code proves nothing: anybody can print one. Only a chip whose signatures were checked does.

mod card;
mod clean;
mod codes;
mod dg13;
mod expiry;
mod mrz;
mod personal;
#[cfg(test)]
mod tests;
mod tlv;

pub use card::{CardQr, Generation};
pub use clean::MAX_BYTES;
pub(crate) use codes::{is_code, is_procedure};
pub use dg13::Holder;
pub use expiry::{Expiry, expiries};
pub use mrz::{Mrz, MrzError, access_key};
pub use personal::{Personal, PersonalDate, PersonalNumber, Sex};

/// What a hall tells of its own codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How its booking codes begin, in any case. Codes that fit nothing else stay [`Scan::Code`].
    pub booking_prefixes: Vec<String>,
}

impl Default for Rules {
    /// `LH-` (lịch hẹn), as in the sample data.
    fn default() -> Rules {
        Rules { booking_prefixes: vec!["LH-".to_owned()] }
    }
}

/// What one scan is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// The QR code of an ID card.
    Card(Box<CardQr>),
    /// A personal number alone: the barcode of the cards of 2016, or typed by a scanner that is a keyboard.
    Number(PersonalNumber),
    /// The machine-readable zone of a card's back.
    Mrz(Box<Mrz>),
    /// Mã hồ sơ, in capitals; from a receipt's address too, of which nothing else is kept.
    Dossier(String),
    /// A booking's code, in capitals.
    Booking(String),
    /// Mã TTHC, in capitals.
    Procedure(String),
    /// A code of another shape: a booking or a dossier whose office counts differently (`03706/2026/07906`). Whoever asks
    /// looks both up.
    Code(String),
    /// Nothing that a hall can do something with.
    Unknown(Unknown),
}

impl Scan {
    /// The kind as one word, for programs: `cccd_2021`, `cancuoc_2024`, `card`, `number`, `mrz`, `dossier`, `booking`,
    /// `procedure`, `code`, `unknown`.
    pub fn kind(&self) -> &'static str {
        match self {
            Scan::Card(card) => card.generation.kind(),
            Scan::Number(_) => "number",
            Scan::Mrz(_) => "mrz",
            Scan::Dossier(_) => "dossier",
            Scan::Booking(_) => "booking",
            Scan::Procedure(_) => "procedure",
            Scan::Code(_) => "code",
            Scan::Unknown(_) => "unknown",
        }
    }
}

/// Why a scan is of no use here. `Display` is one English sentence for support; citizens read the screen's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unknown {
    /// Nothing, or only spaces.
    #[error("The scan is empty.")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("The code holds more than any code that is read here.")]
    TooLong,
    /// Control characters: no document has them, keyboards and set-up codes do.
    #[error("The code holds control characters and is not read.")]
    Control,
    /// Letters were lost on the way and nothing certain is left.
    #[error("The scanner garbles letters: set its output to UTF-8 (it comes set to GBK).")]
    Garbled,
    /// A health insurance card (thẻ BHYT).
    #[error("This is a health insurance card; hold the ID card's code before the scanner.")]
    HealthInsurance,
    /// The address of a page that names no dossier.
    #[error("The code is the address of a page and names no dossier.")]
    Address,
    /// A payment code (VietQR).
    #[error("This is a code to pay with.")]
    Payment,
    /// A nine-digit number: an identity card that stopped being valid at the end of 2024.
    #[error("This is the number of an old nine-digit identity card, which is no longer valid.")]
    OldNumber,
    /// Begins as an ID card's code does, but fields are missing or make no sense.
    #[error("The ID card's code is incomplete: scan it again.")]
    CardIncomplete,
    /// A machine-readable zone with wrong check digits.
    #[error("The machine-readable zone is damaged: read it again.")]
    MrzDamaged,
    /// The machine-readable zone of another country's document, or of a passport.
    #[error("This is not a Vietnamese ID card.")]
    OtherDocument,
    /// A code of this product: a queue ticket or the enrolment of a device.
    #[error("This is a code of the hall's own: a queue ticket or the ticket of a device.")]
    Own,
    /// Anything else.
    #[error("The code is none that is read here.")]
    Other,
}

impl Unknown {
    /// The reason as one word, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Unknown::Empty => "empty",
            Unknown::TooLong => "too_long",
            Unknown::Control => "control_characters",
            Unknown::Garbled => "garbled",
            Unknown::HealthInsurance => "health_insurance",
            Unknown::Address => "address",
            Unknown::Payment => "payment",
            Unknown::OldNumber => "old_number",
            Unknown::CardIncomplete => "card_incomplete",
            Unknown::MrzDamaged => "mrz_damaged",
            Unknown::OtherDocument => "other_document",
            Unknown::Own => "own",
            Unknown::Other => "other",
        }
    }
}

/// What is odd about a card that was read all the same. None of it is a reason to refuse a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Warning {
    /// Not the 7 fields of 2021 nor the 11 of 2024.
    FieldCount,
    /// The name was lost on the way: garbled letters, or none.
    NameUnreadable,
    /// The residence was lost on the way.
    AddressUnreadable,
    /// Neither Nam nor Nữ.
    SexUnreadable,
    /// The day of issue cannot be read.
    IssueUnreadable,
    /// What stands in the place of the old number is none.
    OldNumberUnreadable,
    /// Month or day of birth are not known.
    BirthPartlyKnown,
    /// The number says another sex. The person may have had it corrected.
    SexDiffers,
    /// The number says another year of birth. The person may have had it corrected.
    BirthYearDiffers,
    /// The number begins with no known province.
    PrefixUnknown,
}

impl Warning {
    /// The warning as one word, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Warning::FieldCount => "field_count",
            Warning::NameUnreadable => "name_unreadable",
            Warning::AddressUnreadable => "address_unreadable",
            Warning::SexUnreadable => "sex_unreadable",
            Warning::IssueUnreadable => "issue_unreadable",
            Warning::OldNumberUnreadable => "old_number_unreadable",
            Warning::BirthPartlyKnown => "birth_partly_known",
            Warning::SexDiffers => "sex_differs_from_number",
            Warning::BirthYearDiffers => "birth_year_differs_from_number",
            Warning::PrefixUnknown => "prefix_unknown",
        }
    }
}

/// Says what one scan is. `bytes` is what the scanner read, with or without its suffix.
pub fn read(bytes: &[u8], rules: &Rules) -> Scan {
    let cleaned = match clean::clean(bytes) {
        Ok(cleaned) => cleaned,
        Err(unknown) => return Scan::Unknown(unknown),
    };
    let text = cleaned.text.as_str();
    if let Some(scan) = mrz::scanned(text) {
        return scan;
    }
    if text.contains(['\r', '\n']) {
        return Scan::Unknown(Unknown::Control);
    }
    if text.contains('|') {
        return card::scanned(text, cleaned.garbled);
    }
    if cleaned.garbled {
        return Scan::Unknown(Unknown::Garbled);
    }
    if let Some(number) = PersonalNumber::new(text) {
        return Scan::Number(number);
    }
    if codes::is_address(text) {
        return codes::in_address(text);
    }
    codes::bare(text, rules).unwrap_or(Scan::Unknown(other(text)))
}

/// A reason for what is no code of ours.
fn other(text: &str) -> Unknown {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if only_digits && text.len() == 9 {
        Unknown::OldNumber
    } else if text.starts_with("000201") && text.len() > 40 {
        // EMV QR code, payload format 01.
        Unknown::Payment
    } else if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("motcua:")) {
        Unknown::Own
    } else {
        Unknown::Other
    }
}
