// SPDX-License-Identifier: MIT OR Apache-2.0
//! The QR code of an ID card: fields between `|`, UTF-8, no header, no signature. Seven of them since 2021 (number, old
//! number, name, birth, sex, residence, issue); four more since 2024, of which only a cancelled personal number is
//! certain enough to be kept (Thông tư 16/2024/TT-BCA lists the contents, no public document their order).

use super::{Personal, PersonalDate, PersonalNumber, Scan, Sex, Unknown, Warning};

/// Fields that are read.
const FIELDS: usize = 7;
/// Fields from which on a card is one of 2024; it has 11, some readers drop the last.
const FIELDS_2024: usize = 10;
/// More fields than any card has.
const TOO_MANY: usize = 16;
/// Longest name in characters.
const MAX_NAME: usize = 100;
/// Longest residence in characters.
const MAX_ADDRESS: usize = 300;

/// Which card it is, by the number of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Căn cước công dân with a chip, since 2021: seven fields.
    Cccd2021,
    /// Căn cước, since 1 July 2024: eleven fields.
    CanCuoc2024,
    /// Another number of fields.
    Other,
}

impl Generation {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Generation::Cccd2021 => "cccd_2021",
            Generation::CanCuoc2024 => "cancuoc_2024",
            Generation::Other => "card",
        }
    }
}

/// An ID card as its QR code has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardQr {
    /// Which card.
    pub generation: Generation,
    /// Số định danh.
    pub number: PersonalNumber,
    /// The nine-digit number of an earlier identity card.
    pub old_number: Option<Personal>,
    /// Full name.
    pub name: Option<Personal>,
    /// Date of birth.
    pub birth: PersonalDate,
    /// Sex.
    pub sex: Option<Sex>,
    /// Residence, as printed. Units may be those before or after the mergers: not for any decision.
    pub address: Option<Personal>,
    /// Day of issue.
    pub issued: Option<PersonalDate>,
    /// A personal number that was cancelled and replaced.
    pub cancelled: Option<PersonalNumber>,
    /// What is odd about it, in the order of the fields.
    pub warnings: Vec<Warning>,
}

/// Reads a text with `|` in it. `garbled`: letters were lost; digits may still be right.
pub(super) fn scanned(text: &str, garbled: bool) -> Scan {
    let fields: Vec<&str> = text.split('|').map(str::trim).collect();
    let Some(number) = fields.first().and_then(|first| PersonalNumber::new(first)) else {
        return Scan::Unknown(not_a_card(&fields, garbled));
    };
    if is_insurance(&fields) {
        return Scan::Unknown(Unknown::HealthInsurance);
    }
    match of_fields(number, &fields) {
        Some(card) => Scan::Card(Box::new(card)),
        None if garbled => Scan::Unknown(Unknown::Garbled),
        None => Scan::Unknown(Unknown::CardIncomplete),
    }
}

fn not_a_card(fields: &[&str], garbled: bool) -> Unknown {
    let first = fields.first().copied().unwrap_or_default();
    let shaped = (10..=15).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && first.starts_with(|c: char| c.is_ascii_alphabetic());
    match () {
        () if shaped && fields.len() >= 6 || is_insurance(fields) => Unknown::HealthInsurance,
        () if garbled => Unknown::Garbled,
        // A code that was cut off at its beginning.
        () if (FIELDS..=TOO_MANY).contains(&fields.len()) => Unknown::CardIncomplete,
        () => Unknown::Other,
    }
}

/// Health insurance cards write the name as the hexadecimal digits of its UTF-8; newer ones begin with the personal
/// number.
fn is_insurance(fields: &[&str]) -> bool {
    let name = fields.get(1).copied().unwrap_or_default();
    let is_hex = name.len().is_multiple_of(2) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A name begins with a letter, plain or of two bytes; a number does not look so.
    let first = name.get(..2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let is_letter =
        first.is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, 0xC3..=0xC6 | 0xE1));
    fields.len() >= 6 && name.len() >= 10 && is_hex && is_letter
}

fn of_fields(number: PersonalNumber, fields: &[&str]) -> Option<CardQr> {
    if !(FIELDS..=TOO_MANY).contains(&fields.len()) {
        return None;
    }
    let mut warnings = Vec::new();
    let mut or_warn = |lost: bool, warning: Warning| {
        if lost {
            warnings.push(warning);
        }
    };
    let generation = match fields.len() {
        FIELDS => Generation::Cccd2021,
        FIELDS_2024.. => Generation::CanCuoc2024,
        _ => Generation::Other,
    };
    or_warn(!matches!(fields.len(), FIELDS | FIELDS_2024 | 11), Warning::FieldCount);
    or_warn(!number.has_known_prefix(), Warning::PrefixUnknown);
    let old_number = Some(fields[1]).filter(|old| old.len() == 9 && old.bytes().all(|b| b.is_ascii_digit()));
    or_warn(old_number.is_none() && !fields[1].is_empty(), Warning::OldNumberUnreadable);
    let name = Some(fields[2]).filter(|name| is_name(name)).and_then(Personal::new);
    or_warn(name.is_none(), Warning::NameUnreadable);
    let birth = PersonalDate::from_digits(fields[3])?;
    or_warn(birth.date().is_none(), Warning::BirthPartlyKnown);
    or_warn(birth.year() != number.birth_year(), Warning::BirthYearDiffers);
    let sex = sex(fields[4]);
    or_warn(sex.is_none(), Warning::SexUnreadable);
    or_warn(sex.is_some_and(|sex| sex != number.sex()), Warning::SexDiffers);
    let address = Some(fields[5]).filter(|address| is_address(address)).and_then(Personal::new);
    or_warn(address.is_none() && !fields[5].is_empty(), Warning::AddressUnreadable);
    let issued = PersonalDate::from_digits(fields[6]).filter(|issued| issued.date().is_some());
    or_warn(issued.is_none(), Warning::IssueUnreadable);
    Some(CardQr {
        generation,
        old_number: old_number.and_then(Personal::new),
        name,
        birth,
        sex,
        address,
        issued,
        cancelled: fields.get(FIELDS).and_then(|field| PersonalNumber::new(field)),
        number,
        warnings,
    })
}

/// Letters of the Latin script with their marks, and what stands between names.
fn is_name(text: &str) -> bool {
    text.chars().count() <= MAX_NAME
        && text.chars().all(|c| c.is_alphabetic() && is_latin(c) || matches!(c, ' ' | '\'' | '’' | '-' | '.'))
        && text.chars().any(char::is_alphabetic)
}

/// Anything printed in an address, but nothing that was lost on the way.
fn is_address(text: &str) -> bool {
    text.chars().count() <= MAX_ADDRESS && text.chars().all(|c| is_latin(c) && c != '?')
}

/// Latin, its Vietnamese letters, general punctuation; not Latin-1's signs, which stand for UTF-8 read as Latin-1.
fn is_latin(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{2010}'..='\u{2027}')
}

fn sex(text: &str) -> Option<Sex> {
    match text.to_lowercase().as_str() {
        "nam" => Some(Sex::Male),
        "nữ" | "nu" => Some(Sex::Female),
        _ => None,
    }
}
