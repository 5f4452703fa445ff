// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands in the simulated printer's buffer, one step at a time: a step takes what it needs from the buffer, acts,
//! and says how many rows of paper it moved. Source: Epson's ESC/POS reference; Custom's manual for the presenter.

use std::collections::{HashMap, VecDeque};

use super::grammar::command_length;
use super::machine::Machine;
use super::tables;
use crate::printer::bitmap::Bitmap;
use crate::printer::profile::Profile;
use crate::printer::raster::{self, Face};

/// Dots of a sign's cell: font A, font B.
const CELLS: [(usize, usize); 2] = [(12, 24), (9, 17)];

/// What is in progress between steps.
#[derive(Default)]
enum Task {
    #[default]
    Command,
    /// Rows of a raster picture that are printed as they arrive.
    Raster { stride: usize, rows: usize, wide: usize, high: usize },
    /// Bytes of a command that is carried out when all are there.
    Collect { left: usize, what: Collected, bytes: Vec<u8> },
    /// A cut that must be tried again.
    Cut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Collected {
    /// `GS ( k`: two-dimensional codes.
    Code,
    /// `GS ( L`, `GS 8 L`: graphics.
    Graphics,
    /// `GS ( H`: process id.
    Id,
    /// `ESC *`: a picture in columns, in the line.
    Columns { high: usize, wide: usize },
    /// Anything that leaves no trace.
    Ignored,
}

/// Modes that commands set.
pub(super) struct Interpreter {
    task: Task,
    bold: bool,
    inverse: bool,
    underline: u8,
    font: usize,
    wide: usize,
    high: usize,
    justify: u8,
    page: u8,
    spacing: Option<usize>,
    /// Vertical motion units per dot: 2 at power-on (1/406 or 1/360 inch), 1 after `GS P` with the head's dpi.
    units_per_dot: usize,
    own_glyphs: bool,
    glyphs: HashMap<u8, Bitmap>,
    qr: (usize, u8, Vec<u8>),
    graphics: Option<Bitmap>,
}

impl Default for Interpreter {
    fn default() -> Interpreter {
        Interpreter {
            task: Task::Command,
            bold: false,
            inverse: false,
            underline: 0,
            font: 0,
            wide: 1,
            high: 1,
            justify: 0,
            page: 0,
            spacing: None,
            units_per_dot: 1,
            own_glyphs: false,
            glyphs: HashMap::new(),
            qr: (3, b'0', Vec::new()),
            graphics: None,
        }
    }
}

impl Interpreter {
    pub(super) fn new(profile: &Profile) -> Interpreter {
        // A model that has GS P counts in half dots until it is told otherwise.
        Interpreter { units_per_dot: if profile.set_motion_units { 2 } else { 1 }, ..Interpreter::default() }
    }

    /// `ESC @`: modes back to power-on; motion units too.
    fn initialise(&mut self, machine: &mut Machine) {
        machine.paper.lose_line();
        *self = Interpreter::new(&machine.profile);
    }

    /// The command under way is given up (buffers cleared).
    pub(super) fn abort(&mut self) {
        self.task = Task::Command;
    }

    /// One step. `None` when the buffer does not hold what the next step needs.
    pub(super) fn step(&mut self, buffer: &mut VecDeque<u8>, machine: &mut Machine) -> Option<usize> {
        match std::mem::take(&mut self.task) {
            Task::Command => self.command(buffer, machine),
            Task::Raster { stride, rows, wide, high } => {
                self.raster_row(buffer, machine, (stride, rows, wide, high))
            }
            Task::Collect { left, what, bytes } => self.collect(buffer, machine, left, what, bytes),
            Task::Cut => {
                self.cut(machine);
                Some(0)
            }
        }
    }

    fn cut(&mut self, machine: &mut Machine) {
        if !machine.cut() {
            self.task = Task::Cut;
        }
    }

    fn raster_row(
        &mut self,
        buffer: &mut VecDeque<u8>,
        machine: &mut Machine,
        (stride, rows, wide, high): (usize, usize, usize, usize),
    ) -> Option<usize> {
        if buffer.len() < stride {
            self.task = Task::Raster { stride, rows, wide, high };
            return None;
        }
        let row: Vec<u8> = buffer.drain(..stride).collect();
        machine.paper.note(&row);
        let mut picture = Bitmap::new(stride * 8 * wide, high);
        for x in (0..stride * 8).filter(|x| row[x / 8] & (0x80 >> (x % 8)) != 0) {
            picture.fill(x * wide, 0, wide, high);
        }
        let fed = machine.paper.print_picture(&picture, self.justify);
        if rows > 1 {
            self.task = Task::Raster { stride, rows: rows - 1, wide, high };
        } else {
            machine.paper.lose_line();
        }
        Some(fed)
    }

    fn collect(
        &mut self,
        buffer: &mut VecDeque<u8>,
        machine: &mut Machine,
        left: usize,
        what: Collected,
        mut bytes: Vec<u8>,
    ) -> Option<usize> {
        let count = left.min(buffer.len());
        let more: Vec<u8> = buffer.drain(..count).collect();
        machine.paper.note(&more);
        bytes.extend(more);
        if count < left {
            self.task = Task::Collect { left: left - count, what, bytes };
            return (count > 0).then_some(0);
        }
        Some(match what {
            Collected::Code => self.code(&bytes, machine),
            Collected::Graphics => self.graphics(&bytes, machine),
            Collected::Id => {
                if let [0x30, 0x30, a, b, c, d] = bytes[..]
                    && machine.profile.proof == crate::printer::profile::Proof::ProcessId
                {
                    machine.answer(&[0x37, 0x22, a, b, c, d, 0x00]);
                }
                0
            }
            Collected::Columns { high, wide } => {
                self.columns(&bytes, machine, high, wide);
                0
            }
            Collected::Ignored => 0,
        })
    }

    /// Waits for `left` bytes that belong to the command just read.
    fn expect(&mut self, left: usize, what: Collected) -> usize {
        self.task = Task::Collect { left, what, bytes: Vec::new() };
        0
    }

    /// A whole command from the front of the buffer.
    fn command(&mut self, buffer: &mut VecDeque<u8>, machine: &mut Machine) -> Option<usize> {
        let head: Vec<u8> = buffer.iter().take(16).copied().collect();
        let first = *head.first()?;
        let length = command_length(&head, machine.profile.presenter.is_some())?;
        let taken: Vec<u8> = if let (0x1B, Some(0x26)) = (first, head.get(1)) {
            self.take_glyphs(buffer)?
        } else {
            buffer.drain(..length).collect()
        };
        machine.paper.note(&taken);
        Some(match taken[..] {
            [0x0A] => self.line(machine),
            [0x09] => {
                let next = (machine.paper.pen() / 96 + 1) * 96;
                machine.paper.move_pen(next);
                0
            }
            [code] if code >= 0x20 => self.print_sign(code, machine),
            [0x1B, ..] => self.escape(&taken[1..], machine),
            [0x1D, ..] => self.group(&taken[1..], machine),
            [0x1C, b'(', _, low, high] => self.expect_parameters(low, high, Collected::Ignored),
            _ => 0,
        })
    }

    fn line(&mut self, machine: &mut Machine) -> usize {
        let least = self.spacing.map_or(30, |units| units / self.units_per_dot);
        machine.paper.print_line(least, self.justify)
    }

    fn feed(&self, units: usize, machine: &mut Machine) -> usize {
        let rows = units / self.units_per_dot;
        let printed =
            if machine.paper.line_is_empty() { 0 } else { machine.paper.print_line(0, self.justify) };
        machine.paper.feed(rows);
        printed + rows
    }

    fn print_sign(&mut self, code: u8, machine: &mut Machine) -> usize {
        let letter = tables::sign(code, self.page, machine.profile.tcvn3);
        let cell = CELLS[self.font];
        let own = if self.own_glyphs { self.glyphs.get(&code) } else { None };
        let face = if self.bold { Face::Bold } else { Face::SemiBold };
        let sign = match own {
            Some(glyph) => glyph.clone(),
            None => raster::cell(letter, face, cell.0, cell.1).unwrap_or_else(|| unknown(cell)),
        };
        let mut picture = self.enlarge(&sign);
        if self.bold && own.is_some() {
            // Emphasis of a downloaded glyph is a second strike one dot to the right.
            let strike = picture.clone();
            picture.draw(&strike, 1, 0);
        }
        if self.underline > 0 {
            let (width, height) = (picture.width(), picture.height());
            picture.fill(
                0,
                height.saturating_sub(usize::from(self.underline)),
                width,
                usize::from(self.underline),
            );
        }
        if self.inverse {
            picture = inverted(&picture);
        }
        let advance = cell.0 * self.wide;
        if machine.paper.set(letter, picture.clone(), advance) {
            return 0;
        }
        let rows = self.line(machine);
        machine.paper.set(letter, picture, advance);
        rows
    }

    fn enlarge(&self, sign: &Bitmap) -> Bitmap {
        let mut large = Bitmap::new(sign.width() * self.wide, sign.height() * self.high);
        for y in 0..sign.height() {
            for x in (0..sign.width()).filter(|&x| sign.get(x, y)) {
                large.fill(x * self.wide, y * self.high, self.wide, self.high);
            }
        }
        large
    }

    fn escape(&mut self, command: &[u8], machine: &mut Machine) -> usize {
        match *command {
            [b'@'] => self.initialise(machine),
            [b'a', mode] => self.justify = mode & 0x03,
            [b'E' | b'G', on] => self.bold = on & 1 != 0,
            [b'-', weight] => self.underline = weight & 0x03,
            [b'M', font] => self.font = usize::from(font & 1),
            [b't', page] => self.page = page,
            [b'%', on] => self.own_glyphs = on & 1 != 0,
            [b'?', code] => drop(self.glyphs.remove(&code)),
            [b'2'] => self.spacing = None,
            [b'3', units] => self.spacing = Some(usize::from(units)),
            [b'J', units] => return self.feed(usize::from(units), machine),
            [b'd', lines] => {
                let mut rows = self.line(machine);
                for _ in 1..lines.max(1) {
                    rows += self.line(machine);
                }
                return rows;
            }
            [b'!', mode] => {
                self.font = usize::from(mode & 1);
                self.bold = mode & 0x08 != 0;
                self.high = if mode & 0x10 != 0 { 2 } else { 1 };
                self.wide = if mode & 0x20 != 0 { 2 } else { 1 };
            }
            [b'$', low, high] => machine.paper.move_pen(usize::from(u16::from_le_bytes([low, high]))),
            [b'\\', low, high] => {
                let step = i64::from(i16::from_le_bytes([low, high]));
                let pen = machine.paper.pen() as i64 + step;
                machine.paper.move_pen(usize::try_from(pen).unwrap_or(0));
            }
            [b'*', mode, low, high] => {
                let (rows, wide) = match mode {
                    0 => (8, 2),
                    1 => (8, 1),
                    32 => (24, 2),
                    _ => (24, 1),
                };
                let columns = usize::from(u16::from_le_bytes([low, high]));
                return self.expect(columns * rows / 8, Collected::Columns { high: rows, wide });
            }
            [b'i' | b'm'] => self.cut(machine),
            _ => {}
        }
        0
    }

    fn group(&mut self, command: &[u8], machine: &mut Machine) -> usize {
        match *command {
            [b'!', size] => {
                (self.wide, self.high) = (usize::from(size >> 4 & 7) + 1, usize::from(size & 7) + 1);
            }
            [b'B', on] => self.inverse = on & 1 != 0,
            [b'P', _, vertical] => self.units_per_dot = if vertical == machine.profile.dpi { 1 } else { 2 },
            [b'a', mask] => machine.enable_asb(mask),
            [b'r', 1 | 49] => machine.answer(&[machine.queued_status()]),
            [b'r', _] => machine.answer(&[0x00]),
            [b'I', what] => identify(what, machine),
            [b'V', 0 | 1 | 48 | 49] => self.cut(machine),
            [b'V', 65 | 66 | 97 | 98, units] => {
                let rows = super::paper::CUTTER_ROWS + usize::from(units) / self.units_per_dot;
                machine.paper.feed(rows);
                self.cut(machine);
                return rows;
            }
            [b'e', 2 | 5, ..] => machine.paper.presented = false,
            [b'e', 3, _] => machine.paper.presented = true,
            [b'v', b'0', mode, wl, wh, hl, hh] => {
                let stride = usize::from(u16::from_le_bytes([wl, wh]));
                let rows = usize::from(u16::from_le_bytes([hl, hh]));
                let (wide, high) = (1 + usize::from(mode & 1), 1 + usize::from(mode >> 1 & 1));
                if stride > 0 && rows > 0 {
                    self.task = Task::Raster { stride, rows, wide, high };
                }
            }
            [b'(', b'k', low, high] => return self.expect_parameters(low, high, Collected::Code),
            [b'(', b'L', low, high] => return self.expect_parameters(low, high, Collected::Graphics),
            [b'(', b'H', low, high] => return self.expect_parameters(low, high, Collected::Id),
            [b'(', _, low, high] => return self.expect_parameters(low, high, Collected::Ignored),
            [b'8', b'L', a, b, c, d] => {
                let length = u32::from_le_bytes([a, b, c, d]) as usize;
                return self.expect(length, Collected::Graphics);
            }
            [b'k', kind, count] if kind >= 65 => return self.expect(usize::from(count), Collected::Ignored),
            _ => {}
        }
        0
    }

    fn expect_parameters(&mut self, low: u8, high: u8, what: Collected) -> usize {
        self.expect(usize::from(u16::from_le_bytes([low, high])), what)
    }

    /// `GS ( k` with its parameters: only QR codes are drawn.
    fn code(&mut self, bytes: &[u8], machine: &mut Machine) -> usize {
        match *bytes {
            [0x31, 0x43, size] => self.qr.0 = usize::from(size.clamp(1, 16)),
            [0x31, 0x45, level] => self.qr.1 = level,
            [0x31, 0x50, 0x30, ref data @ ..] => self.qr.2 = data.to_vec(),
            [0x31, 0x51, ..] => {
                let level = match self.qr.1 {
                    b'1' => qrcode::EcLevel::M,
                    b'2' => qrcode::EcLevel::Q,
                    b'3' => qrcode::EcLevel::H,
                    _ => qrcode::EcLevel::L,
                };
                let Ok(code) = qrcode::QrCode::with_error_correction_level(&self.qr.2, level) else {
                    return 0;
                };
                let (width, module) = (code.width(), self.qr.0);
                let mut picture = Bitmap::new(width * module, width * module);
                for (index, color) in code.into_colors().into_iter().enumerate() {
                    if color == qrcode::Color::Dark {
                        picture.fill(index % width * module, index / width * module, module, module);
                    }
                }
                machine.paper.note_qr(String::from_utf8_lossy(&self.qr.2).into_owned());
                return machine.paper.print_picture(&picture, self.justify);
            }
            _ => {}
        }
        0
    }

    /// `GS ( L`: store a picture (function 112), print it (function 50).
    fn graphics(&mut self, bytes: &[u8], machine: &mut Machine) -> usize {
        match *bytes {
            [_, 112, 0x30, wide, high, _, xl, xh, yl, yh, ref data @ ..] => {
                let (width, height) = (u16::from_le_bytes([xl, xh]), u16::from_le_bytes([yl, yh]));
                let (width, height) = (usize::from(width), usize::from(height));
                let (wide, high) = (usize::from(wide.clamp(1, 2)), usize::from(high.clamp(1, 2)));
                let mut picture = Bitmap::new(width * wide, height * high);
                let stride = width.div_ceil(8);
                for y in 0..height {
                    for x in 0..width {
                        if data.get(y * stride + x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0) {
                            picture.fill(x * wide, y * high, wide, high);
                        }
                    }
                }
                self.graphics = Some(picture);
                0
            }
            [_, 2 | 50] => match self.graphics.take() {
                Some(picture) => machine.paper.print_picture(&picture, self.justify),
                None => 0,
            },
            _ => 0,
        }
    }

    /// `ESC *`: a picture of 8 or 24 rows, column by column, into the line.
    fn columns(&mut self, bytes: &[u8], machine: &mut Machine, high: usize, wide: usize) {
        // 8 dots stand for 24 rows of the head.
        let (slices, tall) = (high / 8, if high == 8 { 3 } else { 1 });
        let width = bytes.len() / slices;
        let mut picture = Bitmap::new(width * wide, high * tall);
        for (index, byte) in bytes.iter().enumerate() {
            let (x, top) = (index / slices, index % slices * 8);
            for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                picture.fill(x * wide, (top + bit) * tall, wide, tall);
            }
        }
        let advance = width * wide;
        machine.paper.set('\u{FFFC}', picture, advance);
    }

    /// `ESC & y c1 c2 (x data)…`: downloaded glyphs. Taken whole or not at all.
    fn take_glyphs(&mut self, buffer: &mut VecDeque<u8>) -> Option<Vec<u8>> {
        let bytes: Vec<u8> = buffer.iter().copied().collect();
        let (&[slices, from, to], mut rest) = bytes.get(2..)?.split_first_chunk::<3>()?;
        let mut defined = Vec::new();
        for code in from..=to {
            let (&width, data) = rest.split_first()?;
            let size = usize::from(width) * usize::from(slices);
            let columns = data.get(..size)?;
            let mut glyph = Bitmap::new(CELLS[0].0, usize::from(slices) * 8);
            for (index, byte) in columns.iter().enumerate() {
                let (x, top) = (index / usize::from(slices), index % usize::from(slices) * 8);
                for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                    glyph.set(x, top + bit);
                }
            }
            defined.push((code, glyph));
            rest = &data[size..];
        }
        let length = bytes.len() - rest.len();
        self.glyphs.extend(defined);
        Some(buffer.drain(..length).collect())
    }
}

fn unknown(cell: (usize, usize)) -> Bitmap {
    let mut sign = Bitmap::new(cell.0, cell.1);
    sign.fill(1, 4, cell.0 - 2, cell.1 - 8);
    sign
}

fn inverted(picture: &Bitmap) -> Bitmap {
    let mut inverse = Bitmap::new(picture.width(), picture.height());
    for y in 0..picture.height() {
        for x in (0..picture.width()).filter(|&x| !picture.get(x, y)) {
            inverse.set(x, y);
        }
    }
    inverse
}

/// `GS I n`.
fn identify(what: u8, machine: &mut Machine) {
    let text = match what {
        65 => "1.00 ESC/POS",
        66 => "SIMULATED",
        67 => machine.profile.name.as_str(),
        68 => "SIM0000001",
        _ => return machine.answer(&[0x20]),
    };
    let block = [b"_", text.as_bytes(), &[0]].concat();
    machine.answer(&block);
}
