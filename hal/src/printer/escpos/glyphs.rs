// SPDX-License-Identifier: MIT OR Apache-2.0
//! Downloaded glyphs: which code of the printer's font A stands for which letter in one slip. A slip uses fewer letters
//! than the 94 codes there are, so the whole slip, ASCII letters too, can stand in our own typeface, and a slip remains
//! sharp on a printer that has no Vietnamese page at all.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::commands;
use crate::printer::bitmap::Bitmap;
use crate::printer::raster::{self, Face};

/// Cell of font A in dots.
const CELL: (usize, usize) = (12, 24);
/// Most glyphs in one command.
const LONGEST_RUN: usize = 16;

/// The letters of one slip and their codes.
#[derive(Debug, Default)]
pub(super) struct Glyphs {
    codes: BTreeMap<char, u8>,
}

impl Glyphs {
    /// Gives every letter of the texts a code: ASCII its own, the others a code that no letter of the slip uses. Letters
    /// for which none is left have no code; their lines are drawn instead.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Glyphs {
        let mut codes: BTreeMap<char, u8> = BTreeMap::new();
        let mut others = Vec::new();
        for letter in texts.flat_map(UnicodeNormalization::nfc).filter(|letter| *letter != ' ') {
            if codes.contains_key(&letter) {
                continue;
            }
            match u8::try_from(letter) {
                Ok(code @ 0x21..=0x7E) if raster::cell(letter, Face::SemiBold, CELL.0, CELL.1).is_some() => {
                    codes.insert(letter, code);
                }
                _ if !others.contains(&letter) => others.push(letter),
                _ => {}
            }
        }
        let mut free =
            (0x21..=0x7Eu8).rev().filter(|code| !codes.contains_key(&char::from(*code))).collect::<Vec<_>>();
        // From the top: the codes above the letters are a run of their own.
        free.reverse();
        for letter in others {
            if raster::cell(letter, Face::SemiBold, CELL.0, CELL.1).is_some()
                && let Some(code) = free.pop()
            {
                codes.insert(letter, code);
            }
        }
        Glyphs { codes }
    }

    /// The commands that put the glyphs into the printer's memory, one for each run of neighbouring codes.
    pub(super) fn download(&self) -> Vec<Vec<u8>> {
        let mut by_code: Vec<(u8, char)> = self.codes.iter().map(|(letter, code)| (*code, *letter)).collect();
        by_code.sort_unstable();
        by_code
            .chunk_by(|(code, _), (next, _)| code + 1 == *next)
            // Short commands, so that a status question need not wait long for its turn.
            .flat_map(|run| run.chunks(LONGEST_RUN))
            .map(|run| {
                let cells: Vec<Bitmap> = run
                    .iter()
                    .filter_map(|(_, letter)| raster::cell(*letter, Face::SemiBold, CELL.0, CELL.1))
                    .map(|cell| drop_blank_column(&cell))
                    .collect();
                commands::download_glyphs(run[0].0, &cells)
            })
            .collect()
    }

    /// The codes of a text; `None` when a letter has none.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        text.nfc()
            .map(|letter| if letter == ' ' { Some(b' ') } else { self.codes.get(&letter).copied() })
            .collect()
    }
}

/// Moves a glyph one column to the left where that column is blank: three bytes less for nearly every letter, and the
/// printer fills the column in again at the right, so that the distance between letters stays.
fn drop_blank_column(cell: &Bitmap) -> Bitmap {
    let blank = cell.ink_columns().is_some_and(|(first, _)| first > 0);
    if blank { cell.crop(1, 0, cell.width(), cell.height()) } else { cell.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_get_codes_that_nothing_else_uses() {
        let text = "Chứng thực bản sao, chữ ký · Quầy 2–3";
        let glyphs = Glyphs::of([text].into_iter());
        let codes = glyphs.encode(text).unwrap();
        let distinct: std::collections::BTreeSet<_> = text.chars().collect();
        let used: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), used.len());
        let downloaded: usize = glyphs.download().iter().map(|run| usize::from(run[4] - run[3]) + 1).sum();
        assert_eq!(downloaded, distinct.len() - 1, "the space is the printer's own");
        assert_eq!(glyphs.encode("漢"), None);
    }

    #[test]
    fn more_letters_than_codes_are_refused_not_mixed_up() {
        let many: String = (' '..='~').chain("ảạằẳẵắặầẩẫấậ".chars()).collect();
        let glyphs = Glyphs::of([many.as_str()].into_iter());
        assert_eq!(glyphs.encode("ả"), None);
        assert_eq!(glyphs.encode("~").unwrap(), b"~");
    }
}
