// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the simulated printer puts on paper: the line being set, the roll between head and cutter, the slips that have
//! been cut off. Commands are decoded elsewhere.

use crate::printer::bitmap::Bitmap;

/// Rows between the print head and the cutter: 13 mm, as on a TM-T88. A cut leaves that much blank paper at the top of
/// the next slip.
pub(super) const CUTTER_ROWS: usize = 104;

/// A piece of paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimSlip {
    /// The bytes from which it was printed.
    pub bytes: Vec<u8>,
    /// What is on it, in dots of the head (8 per millimetre).
    pub image: Bitmap,
    /// Whether it has been cut off.
    pub cut: bool,
    /// The text that was printed in the printer's own font or from its pages, line by line; pictures are not in it.
    pub text: String,
    /// The data of the QR codes that the printer drew itself.
    pub qr: Vec<String>,
}

impl SimSlip {
    /// Whether anything is printed on it.
    pub fn has_ink(&self) -> bool {
        self.image.ink_rows().is_some()
    }

    /// Its length in millimetres.
    pub fn length_mm(&self) -> f32 {
        self.image.height() as f32 / crate::printer::raster::DOTS_PER_MM
    }

    /// The slip as a greyscale PNG, one pixel per dot; empty for paper of no length.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        if self.image.width() == 0 || self.image.height() == 0 {
            return file;
        }
        let mut encoder = png::Encoder::new(&mut file, self.image.width() as u32, self.image.height() as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // In a PNG 1 is white.
        let data: Vec<u8> =
            (0..self.image.height()).flat_map(|y| self.image.row(y).iter().map(|byte| !byte)).collect();
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&data));
        if written.is_err() {
            file.clear();
        }
        file
    }
}

/// One sign on the line being set.
struct Placed {
    left: usize,
    picture: Bitmap,
}

/// Paper from the head to the outside.
pub(super) struct PaperPath {
    pub(super) slips: Vec<SimSlip>,
    /// A presenter holds a slip out.
    pub(super) presented: bool,
    width: usize,
    rows: Vec<Vec<u8>>,
    line: Vec<Placed>,
    pen: usize,
    text: String,
    qr: Vec<String>,
    bytes: Vec<u8>,
}

impl PaperPath {
    pub(super) fn new(width: usize) -> PaperPath {
        let mut path = PaperPath {
            slips: Vec::new(),
            presented: false,
            width,
            rows: Vec::new(),
            line: Vec::new(),
            pen: 0,
            text: String::new(),
            qr: Vec::new(),
            bytes: Vec::new(),
        };
        path.feed(CUTTER_ROWS);
        path
    }

    /// Notes bytes that belong to the slip being printed.
    pub(super) fn note(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn note_qr(&mut self, data: String) {
        self.qr.push(data);
    }

    pub(super) fn clear(&mut self) {
        *self = PaperPath::new(self.width);
    }

    /// What stood in the line buffer is lost.
    pub(super) fn lose_line(&mut self) {
        self.line.clear();
        self.pen = 0;
    }

    pub(super) fn feed(&mut self, rows: usize) {
        let blank = vec![0; self.width.div_ceil(8)];
        self.rows.resize(self.rows.len() + rows, blank);
    }

    pub(super) fn pen(&self) -> usize {
        self.pen
    }

    pub(super) fn move_pen(&mut self, to: usize) {
        self.pen = to.min(self.width);
    }

    pub(super) fn line_is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Sets a sign at the pen. `false` when it does not fit on the line any more.
    pub(super) fn set(&mut self, letter: char, picture: Bitmap, advance: usize) -> bool {
        if self.pen + advance > self.width && self.pen > 0 {
            return false;
        }
        self.line.push(Placed { left: self.pen, picture });
        self.pen += advance;
        self.text.push(letter);
        true
    }

    /// Prints the line, at least `least` rows high, justified: 0 left, 1 centre, 2 right. Gives the rows fed.
    pub(super) fn print_line(&mut self, least: usize, justify: u8) -> usize {
        let height = self.line.iter().map(|sign| sign.picture.height()).max().unwrap_or(0);
        let rows = height.max(least);
        let shift = self.shift(self.pen, justify);
        let mut picture = Bitmap::new(self.width, height);
        for sign in &self.line {
            // Signs of different height stand on one base line.
            picture.draw(&sign.picture, sign.left + shift, height - sign.picture.height());
        }
        for y in 0..height {
            self.rows.push(picture.row(y).to_vec());
        }
        self.feed(rows - height);
        self.lose_line();
        self.text.push('\n');
        rows
    }

    fn shift(&self, width: usize, justify: u8) -> usize {
        let free = self.width.saturating_sub(width);
        match justify {
            1 => free / 2,
            2 => free,
            _ => 0,
        }
    }

    /// Prints a picture at once, at the pen or justified.
    pub(super) fn print_picture(&mut self, picture: &Bitmap, justify: u8) -> usize {
        let left = if self.pen > 0 { self.pen } else { self.shift(picture.width(), justify) };
        let mut page = Bitmap::new(self.width, picture.height());
        page.draw(picture, left, 0);
        for y in 0..picture.height() {
            self.rows.push(page.row(y).to_vec());
        }
        picture.height()
    }

    /// Cuts at the cutter; what has not reached it stays.
    pub(super) fn cut(&mut self) {
        let at = self.rows.len().saturating_sub(CUTTER_ROWS);
        if at == 0 {
            return;
        }
        let rest = self.rows.split_off(at);
        let mut slip = self.current();
        slip.cut = true;
        self.slips.push(slip);
        self.rows = rest;
        self.text.clear();
        self.qr.clear();
        self.bytes.clear();
    }

    /// The paper since the last cut.
    pub(super) fn current(&self) -> SimSlip {
        let mut image = Bitmap::new(self.width, self.rows.len());
        for (y, row) in self.rows.iter().enumerate() {
            for x in (0..self.width).filter(|x| row[x / 8] & (0x80 >> (x % 8)) != 0) {
                image.set(x, y);
            }
        }
        SimSlip { bytes: self.bytes.clone(), image, cut: false, text: self.text.clone(), qr: self.qr.clone() }
    }
}
