// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws text and QR codes as 1-bit pictures with the embedded typeface (Be Vietnam Pro). Knows the paper's width in
//! dots and nothing of printers or their commands.
//!
//! Glyphs are hinted, placed on whole dots and thresholded at half coverage: a thermal head has no grey, and an
//! antialiased edge printed as black makes letters fat and closes the counters of ệ and ẫ.

use std::cell::RefCell;
use std::sync::OnceLock;

use swash::scale::{Render, ScaleContext, Source};
use swash::shape::ShapeContext;
use swash::zeno::{Format, Transform};
use swash::{FontRef, GlyphId};
use unicode_normalization::UnicodeNormalization;

use super::bitmap::Bitmap;
use super::document::Style;

/// Dots per millimetre of every supported head: 203 dpi.
pub const DOTS_PER_MM: f32 = 8.0;
/// Height of capitals and digits of the hero line, 22 mm in dots.
pub const HERO_CAPITALS: f32 = 22.0 * DOTS_PER_MM;
/// Capital height per em of the typeface (its OS/2 table).
const CAPITALS_PER_EM: f32 = 0.74;
/// Baseline below the top of a line, per em: room for Ẫ and Ổ (the marks of ẳ reach above the ascender of 1000/1000).
const ASCENT_PER_EM: f32 = 1.28;
/// Room under the baseline, per em (its descender is 265/1000).
const DESCENT_PER_EM: f32 = 0.265;
/// How narrow the hero may become before it becomes smaller: stems stay heavier than bars are high.
const HERO_NARROWEST: f32 = 0.8;
/// Coverage from which a dot is black, of 255.
const THRESHOLD: u8 = 120;

thread_local! {
    /// Keeps the hinted sizes of this thread: preparing one takes longer than drawing a line with it.
    static SCALE: RefCell<ScaleContext> = RefCell::new(ScaleContext::new());
}

/// The two weights that survive thermal paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Running text; Regular is too thin at 203 dpi.
    SemiBold,
    /// Headings and the hero.
    Bold,
}

impl Face {
    fn font(self) -> Option<FontRef<'static>> {
        static SEMI_BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
        static BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
        // A test proves that both files parse, so `None` cannot happen in a build that passed its tests.
        *match self {
            Face::SemiBold => SEMI_BOLD.get_or_init(|| {
                FontRef::from_index(include_bytes!("../../../assets/fonts/BeVietnamPro-SemiBold.ttf"), 0)
            }),
            Face::Bold => BOLD.get_or_init(|| {
                FontRef::from_index(include_bytes!("../../../assets/fonts/BeVietnamPro-Bold.ttf"), 0)
            }),
        }
    }
}

/// Face and em size in dots of a style, and the smallest em it may shrink to before it wraps: a name wants one line.
fn type_of(style: Style) -> (Face, f32, f32) {
    match style {
        Style::Hero => (Face::Bold, HERO_CAPITALS / CAPITALS_PER_EM, HERO_CAPITALS / CAPITALS_PER_EM),
        Style::Title => (Face::Bold, 38.0, 30.0),
        Style::Strong => (Face::SemiBold, 32.0, 23.0),
        Style::Body => (Face::SemiBold, 28.0, 25.0),
        Style::Small => (Face::SemiBold, 24.0, 22.0),
    }
}

/// The em size in which lines of one style stand together: the largest in which each that can stand on one line does.
/// Lines that belong together in two sizes look like a mistake.
pub fn shared_em<'a>(texts: impl Iterator<Item = &'a str>, style: Style, width: usize) -> f32 {
    let (face, full, smallest) = type_of(style);
    // A shrunk line leaves a millimetre at each side: touching both edges looks like a mistake too.
    let comfortable = width.saturating_sub(2 * DOTS_PER_MM as usize) as f32;
    texts.fold(full, |em, text| {
        let composed: String = text.nfc().collect();
        let fitting = (full * comfortable / measure(&composed, face, full).max(1.0) * 2.0).floor() / 2.0;
        // Shrinking helps only if the line then fits; one that wraps anyway asks for nothing.
        if fitting >= smallest { em.min(fitting) } else { em }
    })
}

/// Sets `text` in the typeface of `style` on lines not wider than `width` dots, each a picture of its own with room for
/// two marks above and a descender below. The hero is one line (see [`hero`]).
pub fn text_lines(text: &str, style: Style, width: usize) -> Vec<Bitmap> {
    text_lines_at(text, style, shared_em(std::iter::once(text), style, width), width)
}

/// The same in a given em size, which a group of lines shares.
pub fn text_lines_at(text: &str, style: Style, em: f32, width: usize) -> Vec<Bitmap> {
    if style == Style::Hero {
        return hero(text, width, HERO_CAPITALS).into_iter().collect();
    }
    let face = type_of(style).0;
    let composed: String = text.nfc().collect();
    let mut fits = |part: &str| measure(part, face, em) <= width as f32;
    wrap(&composed, &mut fits).iter().map(|part| set_line(part, face, em, 1.0)).collect()
}

/// The hero line with digits of `capitals` dots, cropped to its ink. It keeps a tenth of `width` free at each side: a
/// long one becomes narrower first, as numbers on signs are, and then smaller. `None` when the text leaves no ink.
pub fn hero(text: &str, width: usize, capitals: f32) -> Option<Bitmap> {
    let composed: String = text.nfc().collect();
    let natural = measure(&composed, Face::Bold, capitals / CAPITALS_PER_EM);
    let room = (width * 4 / 5) as f32;
    let fit = (room / natural.max(1.0)).min(1.0);
    let narrow = fit.max(HERO_NARROWEST);
    crop_to_ink(&set_line(&composed, Face::Bold, capitals * fit / narrow / CAPITALS_PER_EM, narrow))
}

/// Rows by which the box of one line may reach into that of the line before: the boxes have room for the highest marks,
/// and a normal distance between baselines (1.25 em) is less than that.
pub fn overlap(line: &Bitmap) -> usize {
    line.height() / 6
}

/// Breaks `text` between words so that `fits` accepts every line; a word too long for a line is broken inside.
pub fn wrap(text: &str, fits: &mut impl FnMut(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Glyphs of `text` with their x positions rounded to whole dots, and the advance width.
fn shape(text: &str, face: Face, em: f32) -> (Vec<(GlyphId, i32)>, f32) {
    let Some(font) = face.font() else { return (Vec::new(), 0.0) };
    let mut context = ShapeContext::new();
    let mut shaper = context.builder(font).size(em).build();
    shaper.add_str(text);
    let (mut pen, mut glyphs) = (0.0f32, Vec::new());
    shaper.shape_with(|cluster| {
        for glyph in cluster.glyphs {
            glyphs.push((glyph.id, (pen + glyph.x).round() as i32));
            pen += glyph.advance;
        }
    });
    (glyphs, pen)
}

fn measure(text: &str, face: Face, em: f32) -> f32 {
    shape(text, face, em).1
}

/// One line, as wide as its advance and 1.545 em high, baseline at 1.28 em. `narrow` scales it across only.
fn set_line(text: &str, face: Face, em: f32, narrow: f32) -> Bitmap {
    let (glyphs, advance) = shape(text, face, em);
    // Hinting may lift a mark by a dot, which counts at small sizes.
    let baseline = (em * ASCENT_PER_EM).ceil() as i32 + 1;
    let height = baseline + (em * DESCENT_PER_EM).ceil() as i32 + 1;
    // Two dots each side for letters that reach past their advance.
    let mut line = Bitmap::new((advance * narrow).ceil() as usize + 4, height.max(0) as usize);
    let Some(font) = face.font() else { return line };
    let across = (narrow < 1.0).then(|| Transform::scale(narrow, 1.0));
    SCALE.with_borrow_mut(|context| {
        let mut scaler = context.builder(font).size(em).hint(true).build();
        for (glyph, x) in glyphs {
            let image = Render::new(&[Source::Outline])
                .format(Format::Alpha)
                .transform(across)
                .render(&mut scaler, glyph);
            if let Some(image) = image {
                draw_coverage(&mut line, &image, (x as f32 * narrow).round() as i32 + 2, baseline);
            }
        }
    });
    line
}

fn draw_coverage(target: &mut Bitmap, image: &swash::scale::image::Image, pen: i32, baseline: i32) {
    let width = image.placement.width.max(1) as usize;
    for (index, &coverage) in image.data.iter().enumerate() {
        let x = pen + image.placement.left + (index % width) as i32;
        let y = baseline - image.placement.top + (index / width) as i32;
        if coverage >= THRESHOLD
            && let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y))
        {
            target.set(x, y);
        }
    }
}

fn crop_to_ink(bitmap: &Bitmap) -> Option<Bitmap> {
    let (left, right) = bitmap.ink_columns()?;
    let (top, bottom) = bitmap.ink_rows()?;
    Some(bitmap.crop(left, top, right - left + 1, bottom - top + 1))
}

/// One letter drawn into a fixed cell, as a printer's own font holds it: centred, squeezed when it is wider than the
/// cell. `None` where the typeface lacks the letter.
pub fn cell(letter: char, face: Face, width: usize, height: usize) -> Option<Bitmap> {
    let font = face.font()?;
    let glyph = font.charmap().map(letter);
    if glyph == 0 {
        return None;
    }
    // The full height of Ẫ with its marks (about 1.06 em above to 0.24 em below the baseline) fills the cell.
    let em = height as f32 / 1.24;
    let baseline = height as f32 * 0.82;
    SCALE.with_borrow_mut(|context| {
        let mut scaler = context.builder(font).size(em).hint(true).build();
        let mut draw = |across| {
            Render::new(&[Source::Outline]).format(Format::Alpha).transform(across).render(&mut scaler, glyph)
        };
        let natural = draw(None)?;
        let squeeze = (width as f32 - 1.0) / natural.placement.width.max(1) as f32;
        let image = if squeeze < 1.0 { draw(Some(Transform::scale(squeeze, 1.0)))? } else { natural };
        let mut cell = Bitmap::new(width, height);
        let free = width as i32 - image.placement.width as i32;
        draw_coverage(&mut cell, &image, free.max(0) / 2 - image.placement.left, baseline.round() as i32);
        Some(cell)
    })
}

/// A QR code (model 2, error correction M) at `dots` per module, without quiet zone. `None` when the data is too long
/// for a QR code.
pub fn qr(data: &str, dots: usize) -> Option<Bitmap> {
    let modules = qr_modules(data)?;
    let mut bitmap = Bitmap::new(modules.len(), modules.len());
    for (y, row) in modules.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            bitmap.set(x, y);
        }
    }
    Some(bitmap.enlarged(dots.max(1)))
}

/// Dots per module so that the code of `data` is not larger than `size_mm` but at least 2 dots per module, which is
/// the least that phones read from thermal paper.
pub fn qr_dots_per_module(data: &str, size_mm: f32) -> usize {
    let modules = qr_modules(data).map_or(21, |modules| modules.len());
    ((size_mm * DOTS_PER_MM) as usize / modules).max(2)
}

/// The modules of that code by rows, dark ones true. `None` when the data is too long for a QR code.
pub fn qr_modules(data: &str) -> Option<Vec<Vec<bool>>> {
    let code = qrcode::QrCode::with_error_correction_level(data.as_bytes(), qrcode::EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.into_colors();
    Some(
        colors
            .chunks(width)
            .map(|row| row.iter().map(|color| *color == qrcode::Color::Dark).collect())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Every letter of Vietnamese that is not ASCII, both cases.
    const LETTERS: &str = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ";

    fn letters() -> Vec<char> {
        LETTERS.chars().chain(LETTERS.to_uppercase().chars()).chain('a'..='z').chain('A'..='Z').collect()
    }

    #[test]
    fn every_vietnamese_letter_has_its_own_picture_at_every_size() {
        for style in [Style::Title, Style::Strong, Style::Body, Style::Small] {
            let mut seen: HashMap<Bitmap, char> = HashMap::new();
            // Capital I and small l are one stroke each in this typeface, at some sizes the same.
            for letter in letters().into_iter().filter(|letter| *letter != 'l') {
                let lines = text_lines(&letter.to_string(), style, 576);
                assert_eq!(lines.len(), 1, "{letter} {style:?}");
                assert!(lines[0].ink_rows().is_some(), "{letter} is blank in {style:?}");
                if let Some(other) = seen.insert(lines[0].clone(), letter) {
                    panic!("{letter} looks like {other} in {style:?}");
                }
            }
        }
    }

    #[test]
    fn no_mark_touches_the_edge_of_its_line() {
        for style in [Style::Title, Style::Strong, Style::Body, Style::Small] {
            for letter in letters() {
                let line = &text_lines(&letter.to_string(), style, 576)[0];
                let (top, bottom) = line.ink_rows().unwrap();
                assert!(bottom < line.height() - 1, "{letter} {style:?} is cut below");
                assert!(top > 0, "{letter} {style:?} is cut above");
                // Headings at half the resolution too, as a slow link gets them.
                if style == Style::Title {
                    let half = &text_lines_at(&letter.to_string(), style, type_of(style).2 / 2.0, 288)[0];
                    let (top, bottom) = half.ink_rows().unwrap();
                    assert!(top > 0 && bottom < half.height() - 1, "{letter} is cut at half size");
                }
            }
        }
    }

    #[test]
    fn decomposed_text_looks_like_composed_text() {
        let composed = text_lines("Quầy trễ hẹn", Style::Body, 576);
        let decomposed: String = "Quầy trễ hẹn".nfd().collect();
        assert_ne!(decomposed, "Quầy trễ hẹn");
        assert_eq!(text_lines(&decomposed, Style::Body, 576), composed);
    }

    #[test]
    fn lines_keep_to_the_width_and_the_hero_shrinks() {
        for text in ["Đăng ký tạm trú, tạm vắng và các thủ tục khác về cư trú", &"W".repeat(90)]
        {
            let lines = text_lines(text, Style::Strong, 576);
            assert!(lines.len() > 1);
            assert!(lines.iter().all(|line| line.ink_columns().unwrap().1 < 576 + 4));
        }
        let height = text_lines("A017", Style::Hero, 576)[0].height();
        assert!((176..=180).contains(&height), "round digits reach a little past the capitals: {height}");
        for label in ["A017", "M888", "A1000", "M8888", "K2-001"] {
            let hero = &text_lines(label, Style::Hero, 576)[0];
            // Seven millimetres at each side.
            assert!(hero.width() <= 576 - 112, "{label}: {} wide", hero.width());
            assert!(hero.height() >= 110, "{label}: {} high", hero.height());
        }
    }

    #[test]
    fn lines_that_stand_together_have_one_size() {
        let name = ["TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", "PHƯỜNG NGÔ QUYỀN"];
        let em = shared_em(name.into_iter(), Style::Strong, 576);
        assert!((23.0..32.0).contains(&em), "the long line must shrink to stand on one line: {em}");
        let heights = name.map(|line| text_lines_at(line, Style::Strong, em, 576)[0].height());
        assert_eq!(heights[0], heights[1]);
        assert_eq!(shared_em(["W".repeat(90).as_str(), "W"].into_iter(), Style::Strong, 576), 32.0);
    }

    #[test]
    fn qr_modules_never_exceed_the_wanted_size() {
        let dots = qr_dots_per_module("https://example.invalid/t/0123456789", 22.0);
        let code = qr("https://example.invalid/t/0123456789", dots).unwrap();
        assert!(code.width() <= 176 && code.width() > 130, "{}", code.width());
        assert!(qr(&"x".repeat(4000), 2).is_none());
    }
}
