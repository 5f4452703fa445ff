// SPDX-License-Identifier: MIT OR Apache-2.0
//! Series and the labels printed on tickets: `A001`, and `A1000` after `A999`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The letter in front of a number. Several services may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Series(u8);

impl Series {
    /// The letter.
    pub fn letter(self) -> char {
        char::from(self.0)
    }
}

impl TryFrom<char> for Series {
    type Error = BadSeries;
    fn try_from(c: char) -> Result<Self, BadSeries> {
        if c.is_ascii_uppercase() { Ok(Series(c as u8)) } else { Err(BadSeries(c)) }
    }
}

impl From<Series> for char {
    fn from(s: Series) -> char {
        s.letter()
    }
}

/// Not a series letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a series: use one capital letter from A to Z")]
pub struct BadSeries(char);

/// What is printed large on the ticket. Unique within a site and business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Letter.
    pub series: Series,
    /// From 1; at least three digits when written, never wraps within a day.
    pub number: u32,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}", self.series.letter(), self.number)
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
    fn only_capital_ascii_letters() {
        for c in ['a', '1', 'Đ', ' '] {
            assert!(Series::try_from(c).is_err(), "{c}");
        }
    }
}
