// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vietnamese capitals with two marks keep both: the ink of the drawn letters is
//! measured against the same letters without marks and against the text's box.

use motcua::ui::gallery::{self, MODES, Mode, SIZES};
use motcua::ui::headless::{Element, Frame};
use motcua_core::view::Screen;

use super::{Stage, sample};

/// High contrast has plain black behind every word.
fn modes() -> impl Iterator<Item = Mode> {
    MODES.into_iter().filter(|m| m.high_contrast)
}

/// First and last row with ink in the columns of `element`, looking also just outside of it.
pub(super) fn ink(frame: &Frame, element: &Element) -> (u32, u32) {
    let around = 30.0;
    let rows = (element.y - around).max(0.0) as u32..(element.y + element.height + around) as u32;
    let columns = || element.x.max(0.0) as u32..(element.x + element.width) as u32;
    let inked = |y: u32| columns().any(|x| frame.pixel(x, y).is_some_and(|p| p.g > 128));
    let mut with_ink = rows.filter(|&y| inked(y));
    let first = with_ink.next().expect("there is ink");
    (first, with_ink.next_back().unwrap_or(first))
}

/// The element that says `label`, and the picture it is in.
fn drawn(stage: &Stage, mode: Mode, label: &str) -> (Element, Frame) {
    let mut view = gallery::dressed(&sample("services"), "vi", mode);
    view.header.hall = vec![label.into()];
    if let Screen::Services(services) = &mut view.screen {
        services.tiles.clear();
    }
    stage.show(&view);
    (stage.find("text", label), stage.headless.frame())
}

#[test]
fn both_marks_of_a_capital_are_drawn() {
    let stage = Stage::new(SIZES[0]);
    for size in SIZES {
        stage.headless.resize(size);
        for mode in modes() {
            let (bare_box, picture) = drawn(&stage, mode, "AOAE");
            let (bare_top, bare_bottom) = ink(&picture, &bare_box);
            let capital = bare_bottom - bare_top + 1;
            let (marked_box, picture) = drawn(&stage, mode, "ẪỔẶỄ");
            let (top, bottom) = ink(&picture, &marked_box);
            let name = format!("{size:?} {}", mode.name);
            assert_eq!((bare_box.y, bare_box.height), (marked_box.y, marked_box.height), "{name}");
            // In this typeface Ẫ is 1.149 em high, H 0.740, a line 1.000 above its baseline: the
            // marks are 55 % of a capital; cut at the line they would be 35 %.
            assert!(bare_top - top >= capital / 2, "{name}: marks {} of {capital}", bare_top - top);
            assert!(bottom > bare_bottom + capital / 10, "{name}: the dot below is missing");
        }
    }
}

/// The typeface has every letter of the Vietnamese alphabet; a missing one would be drawn by
/// another typeface, or as a box, and change the height of the line.
#[test]
fn every_vietnamese_letter_is_in_the_typeface() {
    let bases = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY";
    let marks = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
    let face = std::fs::read(super::root().join("assets/fonts/BeVietnamPro-Regular.ttf")).unwrap();
    let covered = cmap(&face);
    for letter in bases.chars().chain("đĐ₫–·…“”".chars()).chain(marks) {
        assert!(covered.contains(&(letter as u32)), "no {letter:?}");
    }
    for code in 0x1EA0..=0x1EF9 {
        assert!(covered.contains(&code), "no U+{code:04X}");
    }
}

/// Code points of a TrueType file's format 4 character map.
fn cmap(face: &[u8]) -> std::collections::BTreeSet<u32> {
    let u16_at = |at: usize| u32::from(face[at]) << 8 | u32::from(face[at + 1]);
    let u32_at = |at: usize| u16_at(at) << 16 | u16_at(at + 2);
    let tables = u16_at(4) as usize;
    let record = (0..tables).map(|i| 12 + 16 * i).find(|&r| &face[r..r + 4] == b"cmap").unwrap();
    let cmap = u32_at(record + 8) as usize;
    let subtable = (0..u16_at(cmap + 2) as usize)
        .map(|i| cmap + u32_at(cmap + 4 + 8 * i + 4) as usize)
        .find(|&s| u16_at(s) == 4)
        .unwrap();
    let segments = u16_at(subtable + 6) as usize / 2;
    let end = |i: usize| u16_at(subtable + 14 + 2 * i);
    let start = |i: usize| u16_at(subtable + 16 + 2 * segments + 2 * i);
    (0..segments).flat_map(|i| start(i)..=end(i)).collect()
}
