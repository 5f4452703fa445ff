// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turns a [`Document`] into ESC/POS for a [`Profile`]. Commands that the `escpos` crate has right are asked of it through
//! an in-memory driver; the others come from `commands`. Deterministic: no clock, no device, no state between calls.

use std::cell::RefCell;
use std::rc::Rc;

use escpos::driver::Driver;
use escpos::printer::Printer;
use escpos::utils::{JustifyMode, Protocol, QRCodeCorrectionLevel, QRCodeModel, QRCodeOption};

use super::commands::{self, Scale};
use super::glyphs::Glyphs;
use super::strips::{self, Strips};
use crate::printer::bitmap::Bitmap;
use crate::printer::document::{Align, Block, Document, Line, Style};
use crate::printer::profile::{CutMode, HeroMode, Profile, QrMode, TextMode};
use crate::printer::{page, raster, tcvn};

/// Rows of blank paper from which a feed command is shorter than white raster rows.
const SKIP_ROWS: usize = 4;
/// Columns that a line in the printer's own font leaves free at each side.
const FONT_MARGIN: usize = 2;
/// Blank rows below the lines that belong to a code.
const BESIDE_GAP: i64 = 12;
/// Blank rows between the lines of the printer's own font.
const FONT_GAP: u8 = 8;

/// All bytes of a document, from initialisation to its last block.
pub fn encode(document: &Document, profile: &Profile) -> Vec<u8> {
    encode_commands(document, profile).concat()
}

/// The same, one element per group of commands that must not be interrupted: status questions may be put between them.
pub fn encode_commands(document: &Document, profile: &Profile) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(profile);
    encoder.begin(document);
    let sizes = page::em_sizes(document, encoder.width());
    for (block, em) in document.blocks.iter().zip(sizes) {
        encoder.block(block, em);
    }
    encoder.out
}

/// The same document as one plain picture over the full width of the paper, as most programs print: the yardstick for
/// the size of [`encode`].
pub fn plain_raster(document: &Document, profile: &Profile) -> Vec<u8> {
    let picture = page::compose(document, usize::from(profile.width_dots));
    let mut bytes = vec![0x1B, 0x40];
    for top in (0..picture.height()).step_by(256) {
        let rows = (picture.height() - top).min(256);
        bytes.extend(commands::raster(&picture.crop(0, top, picture.width(), rows), Scale::Single));
    }
    bytes.extend(commands::feed_and_cut_partly(profile.cut_feed_dots));
    bytes
}

/// Takes what the crate writes: one call per instruction.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Vec<Vec<u8>>>>);

impl Driver for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn write(&self, data: &[u8]) -> escpos::errors::Result<()> {
        self.0.borrow_mut().push(data.to_vec());
        Ok(())
    }

    fn read(&self, _buffer: &mut [u8]) -> escpos::errors::Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> escpos::errors::Result<()> {
        Ok(())
    }
}

/// How the printer's own font is set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FontState {
    bold: bool,
    width: u8,
    height: u8,
}

const PLAIN: FontState = FontState { bold: false, width: 1, height: 1 };

struct Encoder<'a> {
    profile: &'a Profile,
    out: Vec<Vec<u8>>,
    memory: Memory,
    crate_printer: Printer<Memory>,
    glyphs: Glyphs,
    /// Blank rows owed before the next ink; negative where a line may reach into the room of the one before.
    owed: i64,
    align: Align,
    font: FontState,
    line_spacing: Option<u8>,
    page: Option<u8>,
}

impl<'a> Encoder<'a> {
    fn new(profile: &'a Profile) -> Encoder<'a> {
        let memory = Memory::default();
        Encoder {
            profile,
            out: Vec::new(),
            crate_printer: Printer::new(memory.clone(), Protocol::default(), None),
            memory,
            glyphs: Glyphs::default(),
            owed: 0,
            align: Align::Left,
            font: PLAIN,
            line_spacing: None,
            page: None,
        }
    }

    fn width(&self) -> usize {
        usize::from(self.profile.width_dots)
    }

    /// Commands that the crate builds right. `false` when it refuses, which leaves nothing in the output.
    fn by_crate<R>(&mut self, build: impl FnOnce(&mut Printer<Memory>) -> escpos::errors::Result<R>) -> bool {
        let built = build(&mut self.crate_printer).is_ok();
        let printed = self.crate_printer.print().is_ok();
        let written = std::mem::take(&mut *self.memory.0.borrow_mut());
        if built && printed {
            self.out.extend(written);
        }
        built && printed
    }

    fn begin(&mut self, document: &Document) {
        self.by_crate(|printer| printer.init().map(drop));
        if self.profile.set_motion_units {
            let dpi = self.profile.dpi;
            self.by_crate(|printer| printer.motion_units(dpi, dpi).map(drop));
        }
        if self.profile.text == TextMode::Glyphs {
            self.glyphs = Glyphs::of(page::texts(document).into_iter());
            self.out.extend(self.glyphs.download());
            // ESC %: use the downloaded set.
            self.out.push(vec![0x1B, 0x25, 0x01]);
        }
    }

    fn block(&mut self, block: &Block, em: f32) {
        match block {
            Block::Text { text, style: Style::Hero, align } => self.hero(text, *align),
            Block::Text { text, style, align } => self.text(text, *style, em, *align),
            Block::Rule => self.rule(),
            Block::Qr { data, size_mm, beside } => self.qr(data, *size_mm, beside),
            Block::Space { mm } => self.owed = self.owed.max(0) + (mm.max(0.0) * raster::DOTS_PER_MM) as i64,
            Block::Cut => self.cut(),
        }
    }

    fn feed_owed(&mut self) {
        let feed = commands::feed_dots(usize::try_from(self.owed).unwrap_or(0));
        if !feed.is_empty() {
            self.out.push(feed);
        }
        self.owed = 0;
    }

    fn justify(&mut self, align: Align) {
        if self.align != align {
            self.align = align;
            let mode = match align {
                Align::Left => JustifyMode::LEFT,
                Align::Center => JustifyMode::CENTER,
                Align::Right => JustifyMode::RIGHT,
            };
            self.by_crate(|printer| printer.justify(mode).map(drop));
        }
    }

    fn text(&mut self, text: &str, style: Style, em: f32, align: Align) {
        if self.own_font(text, style, align).is_some() {
            return;
        }
        // On a slow link a heading is drawn as the hero is: at this size dots of a quarter millimetre do not disturb.
        let halves = style == Style::Title && self.profile.hero == HeroMode::Half;
        let (part, scale) = if halves { (2, Scale::Double) } else { (1, Scale::Single) };
        for line in raster::text_lines_at(text, style, em / part as f32, self.width() / part) {
            self.owed -= (raster::overlap(&line) * part) as i64;
            self.picture(&line, align, scale);
        }
    }

    /// Sets a text in the printer's own font; `None`, with nothing sent, where that cannot be.
    fn own_font(&mut self, text: &str, style: Style, align: Align) -> Option<()> {
        // Refuse before anything is sent: every letter must have a code.
        let mut page = self.page;
        self.codes(text, &mut page)?;
        let columns = usize::from(self.profile.columns).saturating_sub(2 * FONT_MARGIN).max(1);
        let font = font_of(style, self.profile.text);
        let fits = |part: &str| part.chars().count() * usize::from(font.width) <= columns;
        let lines = raster::wrap(text, &mut |part: &str| fits(part));
        self.feed_owed();
        self.justify(align);
        self.set_font(font);
        for line in lines {
            let mut page = self.page;
            let mut bytes = self.codes(&line, &mut page)?;
            self.page = page;
            bytes.push(b'\n');
            self.out.push(bytes);
        }
        Some(())
    }

    fn codes(&self, text: &str, page: &mut Option<u8>) -> Option<Vec<u8>> {
        match self.profile.text {
            TextMode::Raster => None,
            TextMode::Tcvn3 => tcvn::encode(text, self.profile.tcvn3?, page),
            TextMode::Glyphs => self.glyphs.encode(text),
        }
    }

    fn set_line_spacing(&mut self, spacing: u8) {
        if self.line_spacing != Some(spacing) {
            self.line_spacing = Some(spacing);
            self.by_crate(|printer| printer.line_spacing(spacing).map(drop));
        }
    }

    fn set_font(&mut self, font: FontState) {
        self.set_line_spacing(24 * font.height + FONT_GAP);
        if self.font.bold != font.bold {
            self.by_crate(|printer| printer.bold(font.bold).map(drop));
        }
        if (self.font.width, self.font.height) != (font.width, font.height) {
            self.by_crate(|printer| printer.size(font.width, font.height).map(drop));
        }
        self.font = font;
    }

    fn hero(&mut self, text: &str, align: Align) {
        let (shrink, scale) = match self.profile.hero {
            HeroMode::Full => (1, Scale::Single),
            HeroMode::Half => (2, Scale::Double),
        };
        let capitals = raster::HERO_CAPITALS / shrink as f32;
        if let Some(picture) = raster::hero(text, self.width() / shrink, capitals) {
            self.owed = self.owed.max(0) + page::HERO_GAP as i64;
            self.picture(&picture, align, scale);
            self.owed += page::HERO_GAP as i64;
        }
    }

    fn rule(&mut self) {
        self.owed = self.owed.max(0) + page::RULE_GAP as i64;
        let mut line = Bitmap::new(self.width() / 2, 1);
        line.fill(0, 0, self.width() / 2, 1);
        self.picture(&line, Align::Left, Scale::Double);
        self.owed += page::RULE_GAP as i64;
    }

    fn qr(&mut self, data: &str, size_mm: f32, beside: &[Line]) {
        let dots = raster::qr_dots_per_module(data, size_mm);
        let rich = self.profile.text == TextMode::Raster && self.profile.hero == HeroMode::Full;
        if rich
            && !beside.is_empty()
            && let Some(picture) = page::qr_beside(data, dots, beside, self.width())
        {
            self.owed = self.owed.max(4 * dots as i64);
            self.picture(&picture, Align::Center, Scale::Single);
            self.owed += 4 * dots as i64;
            return;
        }
        if self.qr_strips(data, size_mm, beside).is_some() {
            return;
        }
        // Four modules of quiet zone above and below; the paper's own edge is the one at the sides.
        self.owed = self.owed.max(4 * dots as i64);
        if !self.printers_qr(data, dots) {
            self.drawn_qr(data, dots);
        }
        self.owed += 3 * dots as i64;
        let texts = |style: Style| {
            beside.iter().filter(move |line| line.style == style).map(|line| line.text.as_str())
        };
        for line in beside {
            let em = raster::shared_em(texts(line.style), line.style, self.width());
            self.text(&line.text, line.style, em, Align::Center);
        }
        if !beside.is_empty() {
            // What belongs to the code and what does not.
            self.owed += BESIDE_GAP;
        }
    }

    /// A code and the lines beside it in the printer's own font. `None`, with nothing sent, where that cannot be.
    fn qr_strips(&mut self, data: &str, size_mm: f32, beside: &[Line]) -> Option<()> {
        if !self.profile.qr_strips || beside.is_empty() {
            return None;
        }
        let strips = Strips::of(data, size_mm)?;
        let columns = strips.columns_beside(self.width());
        let mut lines: Vec<(String, bool)> = Vec::new();
        for line in beside {
            self.codes(&line.text, &mut None)?;
            let parts = raster::wrap(&line.text, &mut |part: &str| part.chars().count() <= columns);
            let bold =
                font_of(line.style, self.profile.text).height > 1 && self.profile.text == TextMode::Tcvn3;
            lines.extend(parts.into_iter().map(|part| (part, bold)));
        }
        let first = strips.first_line(lines.len())?;
        let widest = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
        let (code_at, text_at) = strips.positions(self.width(), widest);
        self.owed = self.owed.max(strips::QUIET as i64);
        self.feed_owed();
        self.justify(Align::Left);
        self.set_font(PLAIN);
        self.set_line_spacing(strips::HIGH);
        for index in 0..strips.len() {
            let mut group = [commands::move_to(code_at), strips.command(index)].concat();
            let line =
                index.checked_sub(first).filter(|from| from % 2 == 0).and_then(|from| lines.get(from / 2));
            if let Some((line, bold)) = line {
                let mut page = self.page;
                let codes = self.codes(line, &mut page)?;
                self.page = page;
                group.extend(commands::move_to(text_at));
                group.extend(if *bold { &b"\x1BE\x01"[..] } else { &[] });
                group.extend(codes);
                group.extend(if *bold { &b"\x1BE\x00"[..] } else { &[] });
            }
            group.push(b'\n');
            self.out.push(group);
        }
        // The last strip may end in white, unless text stands on it.
        let last = first + (2 * lines.len()).saturating_sub(1);
        let blank = if last < strips.len() { strips.blank_rows() } else { 0 };
        self.owed = strips::QUIET as i64 - blank as i64;
        Some(())
    }

    fn printers_qr(&mut self, data: &str, dots: usize) -> bool {
        // What the crate would refuse is found out before anything is sent.
        if self.profile.qr != QrMode::Command || raster::qr(data, 1).is_none() {
            return false;
        }
        self.feed_owed();
        self.justify(Align::Center);
        let size = dots.clamp(1, 16) as u8;
        let option = QRCodeOption::new(QRCodeModel::Model2, size, QRCodeCorrectionLevel::M);
        self.by_crate(|printer| printer.qrcode_option(data, option).map(drop))
    }

    fn drawn_qr(&mut self, data: &str, dots: usize) {
        // An even module can be doubled by the printer, at a quarter of the bytes.
        let halves = self.profile.hero == HeroMode::Half && dots > 2;
        let (module, scale) = if halves { (dots / 2, Scale::Double) } else { (dots, Scale::Single) };
        if let Some(picture) = raster::qr(data, module) {
            self.picture(&picture, Align::Center, scale);
        }
    }

    fn cut(&mut self) {
        self.owed = 0;
        let feed = self.profile.cut_feed_dots;
        self.out.push(match self.profile.cut {
            CutMode::FeedPartial => commands::feed_and_cut_partly(feed).to_vec(),
            CutMode::FeedFull => commands::feed_and_cut(feed).to_vec(),
        });
        if let Some(presenter) = self.profile.presenter {
            self.out.push(commands::present(presenter.steps).to_vec());
        }
    }

    /// Sends a picture trimmed to its ink: blank rows are fed, blank columns are left to the printer's justification.
    fn picture(&mut self, picture: &Bitmap, align: Align, scale: Scale) {
        let rows_per_row = if scale == Scale::Double { 2 } else { 1 };
        let (Some((top, bottom)), Some((left, right))) = (picture.ink_rows(), picture.ink_columns()) else {
            self.owed += (picture.height() * rows_per_row) as i64;
            return;
        };
        let trimmed = trim(picture, align, (top, bottom), (left, right));
        self.owed += (top * rows_per_row) as i64;
        self.justify(align);
        let mut y = 0;
        while y < trimmed.height() {
            let blank = (y..trimmed.height()).take_while(|&row| trimmed.row_is_blank(row)).count();
            if blank >= SKIP_ROWS {
                self.owed += (blank * rows_per_row) as i64;
                y += blank;
                continue;
            }
            let rows = self.band_rows(&trimmed, y);
            self.feed_owed();
            self.out.push(commands::raster(&trimmed.crop(0, y, trimmed.width(), rows), scale));
            y += rows;
        }
        self.owed += ((picture.height() - 1 - bottom) * rows_per_row) as i64;
    }

    /// Rows from `top` that go into one raster command: up to the next blank stretch, and not more than a band.
    fn band_rows(&self, picture: &Bitmap, top: usize) -> usize {
        let most = (usize::from(self.profile.band_bytes) / picture.stride().max(1)).clamp(1, 255);
        let end = (top + most).min(picture.height());
        let stretch =
            |row: usize| (row..row + SKIP_ROWS).all(|y| y < picture.height() && picture.row_is_blank(y));
        (top + 1..end).find(|&row| stretch(row)).unwrap_or(end) - top
    }
}

/// Size and weight of the printer's own font for a style: always the same, whatever the text, so that a slip has one
/// order of importance. Double width is not used: a service's name would not fit on a line.
fn font_of(style: Style, mode: TextMode) -> FontState {
    // A downloaded glyph is emphasised by striking it twice, which fills the narrow counters of a 12-dot cell.
    let bold = mode != TextMode::Glyphs;
    match style {
        Style::Hero | Style::Title => FontState { bold, width: 1, height: 2 },
        Style::Strong => FontState { bold: false, width: 1, height: 2 },
        Style::Body | Style::Small => PLAIN,
    }
}

/// Cuts a picture to its ink. The printer places whole bytes, so the ink is shifted inside them to stand where `align`
/// wants it.
fn trim(picture: &Bitmap, align: Align, rows: (usize, usize), columns: (usize, usize)) -> Bitmap {
    let (top, height) = (rows.0, rows.1 - rows.0 + 1);
    let ink = columns.1 - columns.0 + 1;
    let padded = ink.next_multiple_of(8);
    let shift = match align {
        Align::Left => 0,
        Align::Center => (padded - ink) / 2,
        Align::Right => padded - ink,
    };
    let mut trimmed = Bitmap::new(padded, height);
    trimmed.draw(&picture.crop(columns.0, top, ink, height), shift, 0);
    trimmed
}
