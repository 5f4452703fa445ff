// SPDX-License-Identifier: MIT OR Apache-2.0
//! Personal data: wiped from memory when dropped, masked in debug output. Only the calls named `expose` give it out.

use std::fmt;

use jiff::civil::Date;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What stands in the place of a text that may not be seen.
const HIDDEN: &str = "***";

/// A personal text: a name, an address, an old number.
#[derive(Clone, PartialEq, Eq)]
pub struct Personal(Zeroizing<String>);

impl Personal {
    /// Takes a text, its spaces collapsed and trimmed. `None` when nothing is left.
    pub fn new(text: &str) -> Option<Personal> {
        // As long as the source, so that the text never moves and leaves a copy behind.
        let mut kept = Zeroizing::new(String::with_capacity(text.len()));
        for word in text.split_whitespace() {
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(word);
        }
        (!kept.is_empty()).then_some(Personal(kept))
    }

    /// The text itself. Whoever asks sees to it that it goes nowhere it may not be.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first letter of each word, at most six words: `T*** T*** V*** D***`.
    pub fn masked(&self) -> String {
        let words = self.0.split(' ').take(6);
        let initials = words.filter_map(|word| word.chars().next()).map(|first| format!("{first}{HIDDEN}"));
        initials.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

/// The sex that a card states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Nam, `M`.
    Male,
    /// Nữ, `F`.
    Female,
}

/// Prefixes of the 63 provinces in which births were registered until the mergers of 2025. They stay in the numbers.
const PROVINCES: [u8; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40,
    42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83,
    84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
];

/// The 12-digit personal number (số định danh cá nhân). Nothing but its length is guaranteed (Luật Căn cước 26/2023,
/// article 12); it has no check digit. Debug output is `001******017`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PersonalNumber([u8; 12]);

impl PersonalNumber {
    /// Takes exactly twelve ASCII digits.
    pub fn new(digits: &str) -> Option<PersonalNumber> {
        let digits: [u8; 12] = digits.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(PersonalNumber(digits))
    }

    /// The digits themselves.
    pub fn expose(&self) -> &str {
        // Digits only, by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The last six digits: the chip's access number (CAN) of Vietnamese cards, which print none.
    pub fn access_number(&self) -> Zeroizing<String> {
        Zeroizing::new(self.expose().get(6..).unwrap_or_default().to_owned())
    }

    /// The last nine digits, which are the document's number in its machine-readable zone.
    pub fn document_number(&self) -> Zeroizing<String> {
        Zeroizing::new(self.expose().get(3..).unwrap_or_default().to_owned())
    }

    /// First and last three digits: `001******017`.
    pub fn masked(&self) -> String {
        let digits = self.expose();
        format!("{}******{}", digits.get(..3).unwrap_or_default(), digits.get(9..).unwrap_or_default())
    }

    /// Year of birth by the fourth to sixth digit. A hint: numbers are kept when a birth date is corrected.
    pub fn birth_year(&self) -> u16 {
        let digit = |at: usize| u16::from(self.0[at] - b'0');
        1900 + 100 * (digit(3) / 2) + 10 * digit(4) + digit(5)
    }

    /// Sex by the fourth digit. A hint, as the year is.
    pub fn sex(&self) -> Sex {
        if (self.0[3] - b'0').is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }

    /// Whether the first three digits are a province of the 63, or may be a country (first digit not 0).
    pub fn has_known_prefix(&self) -> bool {
        let value = |at: usize| self.0[at] - b'0';
        self.0[0] != b'0' || PROVINCES.contains(&(10 * value(1) + value(2)))
    }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

/// A date of a person's life, of which month and day may be unknown. Wiped when dropped, masked in debug output.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PersonalDate {
    year: u16,
    /// 0 when unknown.
    month: u8,
    /// 0 when unknown.
    day: u8,
}

impl PersonalDate {
    /// A date. 0 stands for an unknown month or day; a known day needs a known month. Years 1800 to 2399, all that the
    /// personal number can say and a century before.
    pub fn new(year: u16, month: u8, day: u8) -> Option<PersonalDate> {
        let possible = match (month, day) {
            (0, 0) => true,
            (1..=12, 0) => true,
            _ => Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
                .is_ok(),
        };
        ((1800..2400).contains(&year) && possible).then_some(PersonalDate { year, month, day })
    }

    /// `ddmmyyyy` as in the cards' QR code, with `00` for what is unknown, or `yyyy` alone.
    pub fn from_digits(text: &str) -> Option<PersonalDate> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match text.len() {
            4 => PersonalDate::new(text.parse().ok()?, 0, 0),
            8 => {
                let (day, month, year) = (text.get(..2)?, text.get(2..4)?, text.get(4..)?);
                PersonalDate::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
            }
            _ => None,
        }
    }

    /// `dd/mm/yyyy` as in the chip's DG13, or `mm/yyyy`, or `yyyy`.
    pub fn from_slashed(text: &str) -> Option<PersonalDate> {
        let mut parts = text.rsplit('/');
        let year = parts.next().filter(|year| year.len() == 4)?;
        let mut next = || parts.next().map_or(Some(0), |part| part.parse().ok());
        let (month, day) = (next()?, next()?);
        if parts.next().is_some() {
            return None;
        }
        PersonalDate::new(year.parse().ok()?, month, day)
    }

    /// The year.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The whole date, when month and day are known.
    pub fn date(&self) -> Option<Date> {
        Date::new(
            i16::try_from(self.year).ok()?,
            i8::try_from(self.month).ok()?,
            i8::try_from(self.day).ok()?,
        )
        .ok()
    }

    /// Full years from this date to `today`. What is unknown counts as late as possible, so that nobody is made older
    /// than he is. `None` for a date that lies ahead.
    pub fn age(&self, today: Date) -> Option<u16> {
        let years = today.year() - i16::try_from(self.year).ok()?;
        let (month, day) = match (self.month, self.day) {
            (0, _) => (12, 31),
            (month, 0) => (month, 31),
            known => known,
        };
        let had_birthday = (today.month().unsigned_abs(), today.day().unsigned_abs()) >= (month, day);
        u16::try_from(years - i16::from(!had_birthday)).ok()
    }

    /// `1990-02-15`, `1990-02` or `1990`.
    pub fn expose(&self) -> Zeroizing<String> {
        let PersonalDate { year, month, day } = self;
        Zeroizing::new(match (month, day) {
            (0, _) => format!("{year:04}"),
            (_, 0) => format!("{year:04}-{month:02}"),
            _ => format!("{year:04}-{month:02}-{day:02}"),
        })
    }

    /// `yymmdd` as in the machine-readable zone, when the whole date is known.
    pub(super) fn short(&self) -> Option<Zeroizing<String>> {
        self.date()?;
        Some(Zeroizing::new(format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)))
    }
}

impl fmt::Debug for PersonalDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn debug_output_and_masks_hide_the_person() {
        let number = PersonalNumber::new("001190000017").unwrap();
        assert_eq!(format!("{number:?}"), "001******017");
        let name = Personal::new("  Trần  Thị Ví Dụ ").unwrap();
        assert_eq!((name.expose(), format!("{name:?}")), ("Trần Thị Ví Dụ", "***".to_owned()));
        assert_eq!(name.masked(), "T*** T*** V*** D***");
        assert_eq!(format!("{:?}", PersonalDate::new(1990, 2, 15)), "Some(***)");
        assert!(Personal::new(" \t").is_none());
    }

    #[test]
    fn a_number_tells_year_sex_and_province() {
        let number = |digits| PersonalNumber::new(digits).unwrap();
        assert_eq!((number("001190000017").birth_year(), number("001190000017").sex()), (1990, Sex::Female));
        assert_eq!((number("079045000024").birth_year(), number("079045000024").sex()), (1945, Sex::Male));
        assert_eq!((number("001215000001").birth_year(), number("001315000001").sex()), (2015, Sex::Female));
        assert!(number("001190000017").has_known_prefix() && number("345190000017").has_known_prefix());
        assert!(!number("003190000017").has_known_prefix());
        assert_eq!(*number("001190000017").access_number(), "000017");
        for wrong in ["", "00119000001", "0011900000170", "00119000001a", "٠٠١١٩٠"] {
            assert!(PersonalNumber::new(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn dates_may_be_partly_unknown_and_nobody_is_made_older() {
        let read = |text: &str| PersonalDate::from_digits(text).map(|date| date.expose().to_string());
        assert_eq!(read("15021990").as_deref(), Some("1990-02-15"));
        assert_eq!((read("00001945").as_deref(), read("1945").as_deref()), (Some("1945"), Some("1945")));
        assert_eq!(read("00051945").as_deref(), Some("1945-05"));
        for wrong in ["31021990", "15131990", "15001945", "1502199", "15/02/1990", "", "15020000", "99999999"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let slashed = |text: &str| PersonalDate::from_slashed(text).map(|date| date.expose().to_string());
        assert_eq!(slashed("15/02/1990").as_deref(), Some("1990-02-15"));
        assert_eq!(
            (slashed("02/1990").as_deref(), slashed("1990").as_deref()),
            (Some("1990-02"), Some("1990"))
        );
        for wrong in ["1/15/02/1990", "Không thời hạn", "15/02/90", "//1990x"] {
            assert_eq!(slashed(wrong), None, "{wrong}");
        }
        let age = |text: &str| PersonalDate::from_digits(text).unwrap().age(date(2025, 2, 14));
        assert_eq!((age("14021990"), age("15021990")), (Some(35), Some(34)));
        assert_eq!((age("1990"), age("00021990"), age("15022030")), (Some(34), Some(34), None));
    }
}
