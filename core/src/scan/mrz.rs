// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine-readable zone of an ID card: TD1, three lines of thirty (ICAO Doc 9303-5), with the check digits of
//! Doc 9303-3, 4.9. Vietnamese cards put the last nine digits of the personal number into the document number and the
//! whole number into the optional data, followed by a check digit of their own.

use zeroize::Zeroizing;

use super::{Expiry, Personal, PersonalDate, PersonalNumber, Scan, Sex, Unknown, tlv};

const LINE: usize = 30;

/// A machine-readable zone whose check digits are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mrz {
    /// The document's number: nine digits on Vietnamese cards.
    pub document_number: Personal,
    /// The personal number from the optional data.
    pub number: PersonalNumber,
    /// Date of birth, its century from the personal number.
    pub birth: PersonalDate,
    /// Sex, when the card states one.
    pub sex: Option<Sex>,
    /// End of validity.
    pub expiry: Expiry,
    /// The name in capitals without accents, family name first.
    pub name: Option<Personal>,
    /// What basic access control is opened with.
    key: Zeroizing<String>,
}

impl Mrz {
    /// The 24 characters from which basic access control derives its keys (Doc 9303-11, 9.7.2): document number, birth,
    /// expiry, each with its check digit.
    pub fn access_key(&self) -> Zeroizing<String> {
        self.key.clone()
    }
}

/// Why a text is no machine-readable zone of a Vietnamese card. Names places, never contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MrzError {
    /// Not three lines of thirty characters `A`–`Z`, `0`–`9`, `<`.
    #[error("not three lines of thirty characters A to Z, 0 to 9 and <")]
    Shape,
    /// A check digit is wrong.
    #[error("the check digit of the {0} is wrong")]
    CheckDigit(&'static str),
    /// Of another country, or without a personal number.
    #[error("not the card of a Vietnamese citizen")]
    OtherDocument,
    /// A date that the calendar does not have.
    #[error("the {0} is no date")]
    NoDate(&'static str),
    /// The chip's data group is not built as Doc 9303-10 says.
    #[error("the chip's data group 1 cannot be read")]
    DataGroup,
}

/// Takes a scan that is a machine-readable zone, right or wrong; `None` when it is something else.
pub(super) fn scanned(text: &str) -> Option<Scan> {
    let packed = packed(text)?;
    let looks_td1 = packed.len() == 3 * LINE && packed.contains('<');
    let looks_passport = packed.len() == 88 && packed.starts_with('P') && packed.contains("<<");
    let looks_cut = packed.starts_with("IDVNM") && packed.len() > LINE;
    if looks_passport {
        return Some(Scan::Unknown(Unknown::OtherDocument));
    }
    if !looks_td1 && !looks_cut {
        return None;
    }
    Some(match Mrz::parse(text) {
        Ok(mrz) => Scan::Mrz(Box::new(mrz)),
        Err(MrzError::OtherDocument) => Scan::Unknown(Unknown::OtherDocument),
        Err(_) => Scan::Unknown(Unknown::MrzDamaged),
    })
}

/// The characters without line ends and spaces, in capitals; `None` when others are among them.
fn packed(text: &str) -> Option<Zeroizing<String>> {
    let mut packed = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if !c.is_ascii_alphanumeric() && c != '<' {
            return None;
        }
        packed.push(c.to_ascii_uppercase());
    }
    Some(packed)
}

/// The check digit of a field: weights 7, 3, 1; digits count as themselves, letters from 10, `<` as 0.
fn check_digit(field: &str) -> char {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 0,
    };
    let sum: u32 =
        field.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(byte, weight)| value(byte) * weight).sum();
    char::from_digit(sum % 10, 10).unwrap_or('0')
}

/// What basic access control is opened with, put together from what a card's QR code says and from its expiry. `None` when
/// the birth is only partly known: how such cards write it is not known here.
pub fn access_key(
    number: &PersonalNumber,
    birth: &PersonalDate,
    expiry: &Expiry,
) -> Option<Zeroizing<String>> {
    let (document, birth) = (number.document_number(), birth.short()?);
    let expiry = match expiry {
        Expiry::On(date) => date.short()?,
        Expiry::Never => Zeroizing::new("991231".to_owned()),
    };
    let mut key = Zeroizing::new(String::with_capacity(24));
    for field in [&document, &birth, &expiry] {
        key.push_str(field);
        key.push(check_digit(field));
    }
    Some(key)
}

impl Mrz {
    /// Reads three lines, with or without line ends between them, in any case.
    ///
    /// # Errors
    /// What is wrong, without any of the contents.
    pub fn parse(text: &str) -> Result<Mrz, MrzError> {
        let packed = packed(text).filter(|packed| packed.len() == 3 * LINE).ok_or(MrzError::Shape)?;
        // Characters are ASCII, so that the places are those of Doc 9303-5, 4.2.2, counted from 0.
        let field = |from: usize, to: usize| packed.get(from..to).unwrap_or_default();
        let (first, second, third) = (field(0, LINE), field(LINE, 2 * LINE), field(2 * LINE, 3 * LINE));
        let second_field = |from: usize, to: usize| second.get(from..to).unwrap_or_default();
        checked("document number", field(5, 14), field(14, 15))?;
        checked("date of birth", second_field(0, 6), second_field(6, 7))?;
        checked("date of expiry", second_field(8, 14), second_field(14, 15))?;
        let mut composite = Zeroizing::new(String::with_capacity(3 * LINE));
        for part in [field(5, LINE), second_field(0, 7), second_field(8, 15), second_field(18, 29)] {
            composite.push_str(part);
        }
        checked("whole zone", &composite, second_field(29, 30))?;
        if !first.starts_with('I') || field(2, 5) != "VNM" {
            return Err(MrzError::OtherDocument);
        }
        checked("optional data", field(15, 29), field(29, 30)).or_else(|error| {
            // Only Vietnamese cards with a number in the optional data put a check digit there.
            if field(29, 30) == "<" { Ok(()) } else { Err(error) }
        })?;
        let number = PersonalNumber::new(field(15, 27)).ok_or(MrzError::OtherDocument)?;
        Ok(Mrz {
            document_number: Personal::new(field(5, 14).trim_end_matches('<'))
                .ok_or(MrzError::OtherDocument)?,
            birth: birth(second_field(0, 6), &number).ok_or(MrzError::NoDate("date of birth"))?,
            sex: match second_field(7, 8) {
                "M" => Some(Sex::Male),
                "F" => Some(Sex::Female),
                _ => None,
            },
            expiry: expiry(second_field(8, 14)).ok_or(MrzError::NoDate("date of expiry"))?,
            name: name(third),
            key: key(field(5, 15), second_field(0, 7), second_field(8, 15)),
            number,
        })
    }

    /// Reads the chip's data group 1 (Doc 9303-10, 4.7.1): tag 61, and within it 5F1F with the zone.
    ///
    /// # Errors
    /// What is wrong, without any of the contents.
    pub fn from_dg1(bytes: &[u8]) -> Result<Mrz, MrzError> {
        let (group, _) =
            tlv::first(bytes).filter(|(group, _)| group.tag == 0x61).ok_or(MrzError::DataGroup)?;
        let zone = tlv::all(group.value).find(|part| part.tag == 0x5F1F).ok_or(MrzError::DataGroup)?;
        Mrz::parse(std::str::from_utf8(zone.value).map_err(|_| MrzError::DataGroup)?)
    }
}

fn key(document: &str, birth: &str, expiry: &str) -> Zeroizing<String> {
    let mut key = Zeroizing::new(String::with_capacity(24));
    for part in [document, birth, expiry] {
        key.push_str(part);
    }
    key
}

fn checked(what: &'static str, field: &str, digit: &str) -> Result<(), MrzError> {
    // An empty field may have a filler for its check digit (Doc 9303-3, 4.9).
    let empty = field.bytes().all(|byte| byte == b'<') && digit == "<";
    if empty || digit.starts_with(check_digit(field)) { Ok(()) } else { Err(MrzError::CheckDigit(what)) }
}

/// `yymmdd` with fillers for what is unknown; the century is that of the personal number, or the one before where the
/// number is of another year.
fn birth(text: &str, number: &PersonalNumber) -> Option<PersonalDate> {
    let part = |at: usize| match text.get(at..at + 2)? {
        "<<" => Some(0),
        digits => digits.parse::<u8>().ok(),
    };
    let (short, month, day) = (u16::from(part(0)?), part(2)?, part(4)?);
    let hint = number.birth_year();
    // The year with these two digits that is nearest to what the number says.
    let century = hint / 100 * 100;
    let years = [century.checked_sub(100)?, century, century + 100].map(|century| century + short);
    let year = years.into_iter().min_by_key(|year| year.abs_diff(hint))?;
    PersonalDate::new(year, month, day)
}

/// `yymmdd` of this century; `991231` is no end.
fn expiry(text: &str) -> Option<Expiry> {
    if text == "991231" {
        return Some(Expiry::Never);
    }
    let part = |at: usize| text.get(at..at + 2)?.parse::<u8>().ok();
    Some(Expiry::On(PersonalDate::new(2000 + u16::from(part(0)?), part(2)?, part(4)?)?))
}

/// `FAMILY<<GIVEN<NAMES<<<`, fillers to spaces.
fn name(line: &str) -> Option<Personal> {
    let mut spaced = Zeroizing::new(String::with_capacity(line.len()));
    spaced.extend(line.chars().map(|c| if c == '<' { ' ' } else { c }));
    Personal::new(&spaced)
}
