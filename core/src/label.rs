// SPDX-License-Identifier: MIT OR Apache-2.0
//! Series and the labels printed on tickets: `A001`, `A1000` after `A999`, and
//! `K2-001` for numbers that kiosk 2 gave while it could not reach the hub.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What stands in front of a number. Several services may share one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Series {
    /// A capital letter from A to Z, given by the hub.
    Letter(Letter),
    /// A kiosk's own series.
    Kiosk(KioskNumber),
}

/// A capital letter from A to Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Letter(u8);

/// A kiosk's number in its hall, 1 to 99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KioskNumber(u8);

impl Series {
    pub(crate) const LETTER_A: Series = Series::Letter(Letter(b'A'));

    /// The own series of a kiosk; its number is 1 to 99.
    pub fn kiosk(number: u8) -> Option<Series> {
        (1..=99).contains(&number).then_some(Series::Kiosk(KioskNumber(number)))
    }

    /// Given without the hub.
    pub fn is_kiosk(self) -> bool {
        matches!(self, Series::Kiosk(_))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Series::Letter(letter) => write!(f, "{}", char::from(letter.0)),
            Series::Kiosk(kiosk) => write!(f, "K{}", kiosk.0),
        }
    }
}

impl TryFrom<char> for Series {
    type Error = BadSeries;
    fn try_from(c: char) -> Result<Self, BadSeries> {
        if c.is_ascii_uppercase() {
            Ok(Series::Letter(Letter(c as u8)))
        } else {
            Err(BadSeries(c.to_string()))
        }
    }
}

impl std::str::FromStr for Series {
    type Err = BadSeries;
    fn from_str(text: &str) -> Result<Self, BadSeries> {
        let mut chars = text.chars();
        let bad = || BadSeries(text.to_owned());
        match (chars.next(), chars.as_str()) {
            (Some(c), "") => Series::try_from(c),
            (Some('K'), number) if !number.starts_with(['0', '+']) => {
                number.parse().ok().and_then(Series::kiosk).ok_or_else(bad)
            }
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Series {
    type Error = BadSeries;
    fn try_from(text: String) -> Result<Self, BadSeries> {
        text.parse()
    }
}

impl From<Series> for String {
    fn from(s: Series) -> String {
        s.to_string()
    }
}

/// Not a series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a series: use one capital letter from A to Z")]
pub struct BadSeries(String);

/// What is printed large on the ticket. Unique within a site and business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Letter or kiosk.
    pub series: Series,
    /// From 1; at least three digits when written, never wraps within a day.
    pub number: u32,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.series.is_kiosk() { "-" } else { "" };
        write!(f, "{}{between}{:03}", self.series, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(number: u32) -> String {
        Label { series: 'A'.try_into().unwrap(), number }.to_string()
    }

    #[test]
    fn three_digits_then_four() {
        assert_eq!(label(1), "A001");
        assert_eq!(label(999), "A999");
        assert_eq!(label(1000), "A1000");
    }

    #[test]
    fn a_kiosk_has_a_series_of_its_own_that_no_letter_can_write() {
        assert_eq!(Label { series: Series::kiosk(2).unwrap(), number: 1 }.to_string(), "K2-001");
        assert_ne!(Label { series: 'K'.try_into().unwrap(), number: 2001 }.to_string(), "K2-001");
        assert_eq!(Series::kiosk(0), None);
        assert_eq!(Series::kiosk(100), None);
    }

    #[test]
    fn only_capital_ascii_letters_and_kiosks() {
        for c in ['a', '1', 'Đ', ' '] {
            assert!(Series::try_from(c).is_err(), "{c}");
        }
        for text in ["", "AB", "K0", "K02", "K+2", "K100", "Kx", "k2"] {
            assert!(text.parse::<Series>().is_err(), "{text}");
        }
        for text in ["A", "K", "K2", "K99"] {
            assert_eq!(text.parse::<Series>().unwrap().to_string(), text);
            let json = serde_json::to_string(&text.parse::<Series>().unwrap()).unwrap();
            assert_eq!(json, format!("\"{text}\""));
        }
    }
}
