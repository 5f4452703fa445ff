// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command bytes that are ours because the `escpos` crate 0.20.1 has them wrong or not at all. Each function names
//! the command in Epson's ESC/POS reference, and each has a byte-exact test. What the crate has right (initialise,
//! justification, weight, size, line spacing, motion units, QR model 2) is asked of it in `encode`.

use crate::printer::bitmap::Bitmap;

/// `DLE EOT n`, real-time status. The crate sends a stray NUL behind it.
pub fn realtime_status(n: u8) -> [u8; 3] {
    [0x10, 0x04, n]
}

/// `GS a n`, automatic status back on every change; 0x4F = drawer, on/off line, error, roll and panel switch.
pub const ENABLE_ASB: [u8; 3] = [0x1D, 0x61, 0x4F];

/// `GS r 1`, paper status answered when the printer reaches it in its buffer.
pub const QUEUED_STATUS: [u8; 3] = [0x1D, 0x72, 0x01];

/// `DLE ENQ 1`: leave a recoverable error and print on from the line where it happened.
pub const RECOVER: [u8; 3] = [0x10, 0x05, 0x01];

/// `DLE ENQ 2`: leave a recoverable error and clear the buffers.
pub const RECOVER_AND_CLEAR: [u8; 3] = [0x10, 0x05, 0x02];

/// `DLE DC4` function 8: clear the buffers; the printer answers `37 25 00`, and nothing may be sent before that.
pub const CLEAR_BUFFERS: [u8; 10] = [0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08];

/// `GS e 2`, Custom: draw the slip in the presenter back.
pub const RETRACT: [u8; 3] = [0x1D, 0x65, 0x02];

/// `GS ( H` function 48: the printer returns `id` when all before it is done. Each byte is from 20h to 7Eh.
pub fn process_id(id: [u8; 4]) -> [u8; 11] {
    let [a, b, c, d] = id;
    [0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30, a, b, c, d]
}

/// `GS V 66 n`: feed to the cutter and `n` further, cut and leave a bridge. The crate's `partial_cut` is a full cut.
pub fn feed_and_cut_partly(n: u8) -> [u8; 4] {
    [0x1D, 0x56, 0x42, n]
}

/// `GS V 65 n`: feed to the cutter and `n` further, cut through.
pub fn feed_and_cut(n: u8) -> [u8; 4] {
    [0x1D, 0x56, 0x41, n]
}

/// `GS e 3 n`, Custom: push the cut slip out by `n` steps.
pub fn present(steps: u8) -> [u8; 4] {
    [0x1D, 0x65, 0x03, steps]
}

/// `ESC J n`: feed by so many dots, as often as one byte needs.
pub fn feed_dots(dots: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut left = dots;
    while left > 0 {
        let step = left.min(255);
        bytes.extend([0x1B, 0x4A, step as u8]);
        left -= step;
    }
    bytes
}

/// `ESC $`: set the next sign or picture of this line at that dot.
pub fn move_to(dot: usize) -> Vec<u8> {
    let [low, high] = (dot as u16).to_le_bytes();
    vec![0x1B, 0x24, low, high]
}

/// `ESC * 0`: a picture of 8 dots high in the line, one byte for each column. A dot is two head dots wide and three high,
/// so the line is 24 rows high, as the signs of font A are.
pub fn coarse_columns(columns: &[u8]) -> Vec<u8> {
    let [low, high] = (columns.len() as u16).to_le_bytes();
    [&[0x1B, 0x2A, 0x00, low, high], columns].concat()
}

/// How large the printer draws a dot of a raster picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// One head dot.
    Single,
    /// Two by two head dots.
    Double,
}

/// `GS v 0 m`: the whole picture in one command. Widths and heights are at most 65535, data starts in the left column
/// of a byte. Bytes that a printer would take for a real-time command are broken up.
pub fn raster(bitmap: &Bitmap, scale: Scale) -> Vec<u8> {
    let mode = match scale {
        Scale::Single => 0,
        Scale::Double => 3,
    };
    let [width_low, width_high] = (bitmap.stride() as u16).to_le_bytes();
    let [height_low, height_high] = (bitmap.height() as u16).to_le_bytes();
    let mut bytes = vec![0x1D, 0x76, 0x30, mode, width_low, width_high, height_low, height_high];
    let data_begins = bytes.len();
    for y in 0..bitmap.height() {
        bytes.extend_from_slice(bitmap.row(y));
    }
    defuse(&mut bytes[data_begins..]);
    bytes
}

/// `ESC & 3 c1 c2`: downloaded glyphs of font A (24 dots high, at most 12 wide) for the codes from `first` on, column by
/// column.
pub fn download_glyphs(first: u8, glyphs: &[Bitmap]) -> Vec<u8> {
    let last = first.saturating_add(glyphs.len().saturating_sub(1) as u8);
    let mut bytes = vec![0x1B, 0x26, 0x03, first, last];
    for glyph in glyphs {
        // Blank columns at the right are the printer's to fill.
        let width = glyph.ink_columns().map_or(1, |(_, last)| last + 1).min(12);
        bytes.push(width as u8);
        let data_begins = bytes.len();
        for x in 0..width {
            for slice in 0..3 {
                let column =
                    (0..8).fold(0u8, |byte, bit| byte << 1 | u8::from(glyph.get(x, slice * 8 + bit)));
                bytes.push(column);
            }
        }
        defuse(&mut bytes[data_begins..]);
    }
    bytes
}

/// Printers look for `DLE EOT`, `DLE ENQ` and `DLE DC4` inside picture data too, and act on them: a stray status byte, a
/// cleared buffer, a buzzer. One more black dot beside the one that makes the DLE keeps them away; nobody sees it.
fn defuse(data: &mut [u8]) {
    for index in 1..data.len() {
        if data[index - 1] == 0x10 && matches!(data[index], 0x04 | 0x05 | 0x14) {
            data[index - 1] = 0x18;
        }
    }
    // The last data byte may meet the next command's first byte, which is never 04, 05 or 14.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_commands_are_byte_exact() {
        assert_eq!(realtime_status(4), [0x10, 0x04, 0x04]);
        assert_eq!(process_id(*b" !~A"), *b"\x1D(H\x06\x00\x30\x30 !~A");
        assert_eq!(feed_and_cut_partly(0), [0x1D, b'V', 66, 0]);
        assert_eq!(feed_and_cut(9), [0x1D, b'V', 65, 9]);
        assert_eq!(present(10), [0x1D, b'e', 3, 10]);
        assert_eq!(move_to(300), [0x1B, b'$', 0x2C, 0x01]);
        assert_eq!(coarse_columns(&[0xF0, 0x0F]), [0x1B, b'*', 0, 2, 0, 0xF0, 0x0F]);
        assert_eq!(feed_dots(0), []);
        assert_eq!(feed_dots(300), [0x1B, b'J', 255, 0x1B, b'J', 45]);
        assert_eq!(CLEAR_BUFFERS, *b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08");
        assert_eq!((ENABLE_ASB, QUEUED_STATUS), (*b"\x1Da\x4F", *b"\x1Dr\x01"));
        assert_eq!(
            (RECOVER, RECOVER_AND_CLEAR, RETRACT),
            (*b"\x10\x05\x01", *b"\x10\x05\x02", *b"\x1De\x02")
        );
    }

    #[test]
    fn raster_is_byte_exact() {
        let mut bitmap = Bitmap::new(9, 2);
        bitmap.set(0, 0);
        bitmap.set(8, 1);
        assert_eq!(raster(&bitmap, Scale::Single), *b"\x1Dv0\x00\x02\x00\x02\x00\x80\x00\x00\x80");
        assert_eq!(raster(&bitmap, Scale::Double)[3], 3);
    }

    #[test]
    fn glyphs_are_sent_in_columns() {
        let mut glyph = Bitmap::new(12, 24);
        glyph.set(0, 0);
        glyph.set(1, 23);
        let both = download_glyphs(b'A', &[glyph, Bitmap::new(12, 24)]);
        assert_eq!(both, *b"\x1B&\x03AB\x02\x80\x00\x00\x00\x00\x01\x01\x00\x00\x00");
    }

    #[test]
    fn picture_data_holds_no_real_time_command() {
        let mut data = [0x10, 0x04, 0x01, 0x10, 0x10, 0x14, 0x08, 0x10, 0x05];
        defuse(&mut data);
        assert_eq!(data, [0x18, 0x04, 0x01, 0x10, 0x18, 0x14, 0x08, 0x18, 0x05]);
    }
}
