// SPDX-License-Identifier: MIT OR Apache-2.0
//! A QR code in strips of one text line each, so that the lines beside it can stand in the printer's own font. Few
//! printers can place text beside a picture, but all can set signs and an `ESC *` picture on one line.
//!
//! In the coarsest of its modes a dot is two head dots wide and three high: a module is 3 x 2 of them, six head dots
//! square, and a strip of 24 rows holds four rows of modules in one byte for each column. The whole code is less than a
//! kilobyte. No byte of it can begin a real-time command, because bits come in equal pairs and 10h has a single one.

use super::commands;
use crate::printer::raster::{self, DOTS_PER_MM};

/// Head dots of a module.
const MODULE: usize = 6;
/// Rows of modules in a strip.
const ROWS: usize = 4;
/// Rows of a strip; also the line spacing.
pub(super) const HIGH: u8 = (MODULE * ROWS) as u8;
/// Blank dots around the code: four modules.
pub(super) const QUIET: usize = 4 * MODULE;
/// Dots between the code and the text.
const GAP: usize = 32;
/// Dots of a sign of font A.
const SIGN: usize = 12;
/// How much larger than wanted a code may be: the module is what it is.
const LARGEST: f32 = 1.3;

/// A code cut into strips.
pub(super) struct Strips {
    modules: Vec<Vec<bool>>,
}

impl Strips {
    /// `None` when the data is too long for a code, or the code much larger than wanted.
    pub(super) fn of(data: &str, size_mm: f32) -> Option<Strips> {
        let modules = raster::qr_modules(data)?;
        let wanted = size_mm * DOTS_PER_MM * LARGEST;
        ((modules.len() * MODULE) as f32 <= wanted).then_some(Strips { modules })
    }

    pub(super) fn len(&self) -> usize {
        self.modules.len().div_ceil(ROWS)
    }

    fn width(&self) -> usize {
        self.modules.len() * MODULE
    }

    /// White rows at the end of the last strip.
    pub(super) fn blank_rows(&self) -> usize {
        (self.len() * ROWS - self.modules.len()) * MODULE
    }

    /// Signs that fit on a line beside the code.
    pub(super) fn columns_beside(&self, paper: usize) -> usize {
        paper.saturating_sub(QUIET + self.width() + GAP) / SIGN
    }

    /// The strip of the first of so many lines, each on every second strip: centred on the height of the code. `None`
    /// when there are more lines than that.
    pub(super) fn first_line(&self, lines: usize) -> Option<usize> {
        Some(self.len().checked_sub((2 * lines).saturating_sub(1))? / 2)
    }

    /// Where the code and the text begin, so that both together stand in the middle.
    pub(super) fn positions(&self, paper: usize, signs: usize) -> (usize, usize) {
        let both = self.width() + GAP + signs * SIGN;
        let code = paper.saturating_sub(both) / 2;
        (code, code + self.width() + GAP)
    }

    /// The picture of one strip.
    pub(super) fn command(&self, index: usize) -> Vec<u8> {
        let rows = self.modules.iter().skip(index * ROWS).take(ROWS);
        let mut columns = vec![0u8; self.modules.len()];
        for (place, row) in rows.enumerate() {
            for (column, dark) in columns.iter_mut().zip(row) {
                if *dark {
                    *column |= 0b1100_0000 >> (2 * place);
                }
            }
        }
        // A module is three dots wide.
        let columns: Vec<u8> = columns.iter().flat_map(|column| [*column; 3]).collect();
        commands::coarse_columns(&columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "https://motcua.example/t/0193c5a2-A017";

    #[test]
    fn a_strip_holds_four_rows_of_modules() {
        let strips = Strips::of(DATA, 22.0).unwrap();
        assert_eq!((strips.modules.len(), strips.len(), strips.blank_rows()), (29, 8, 18));
        let first = strips.command(0);
        assert_eq!(first[..5], [0x1B, b'*', 0, 87, 0]);
        // The finder pattern: a whole row, then its left side, in the first column of modules all dark.
        assert_eq!((first[5], first[7], first[8]), (0xFF, 0xFF, 0xC0));
        assert!((0..8).all(|strip| !strips.command(strip)[5..].contains(&0x10)));
        assert!(Strips::of(DATA, 12.0).is_none(), "much too large");
        assert!(Strips::of(&"x".repeat(4000), 500.0).is_none());
    }

    #[test]
    fn lines_stand_in_the_middle_of_the_height() {
        let strips = Strips::of(DATA, 22.0).unwrap();
        assert_eq!(strips.first_line(0), Some(4));
        assert_eq!(strips.first_line(4), Some(0));
        assert_eq!(strips.first_line(3), Some(1));
        assert_eq!(strips.first_line(5), None);
        let (code, text) = strips.positions(576, 20);
        assert_eq!((code, text), (65, 65 + 174 + 32));
    }
}
