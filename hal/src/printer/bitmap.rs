// SPDX-License-Identifier: MIT OR Apache-2.0
//! A 1-bit picture, packed as ESC/POS raster wants it: rows of bytes, most significant bit left, 1 is black. Knows
//! nothing of fonts or of printers.

/// A 1-bit picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bitmap {
    width: usize,
    height: usize,
    stride: usize,
    data: Vec<u8>,
}

impl Bitmap {
    /// A white picture of `width` x `height` dots.
    pub fn new(width: usize, height: usize) -> Bitmap {
        let stride = width.div_ceil(8);
        Bitmap { width, height, stride, data: vec![0; stride * height] }
    }

    /// Width in dots.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in dots.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Bytes per row.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The packed bytes of row `y`; empty below the picture.
    pub fn row(&self, y: usize) -> &[u8] {
        self.data.get(y * self.stride..(y + 1) * self.stride).unwrap_or(&[])
    }

    /// Whether the dot is black; white outside the picture.
    pub fn get(&self, x: usize, y: usize) -> bool {
        x < self.width && self.row(y).get(x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// Blackens a dot; a dot outside the picture is ignored.
    pub fn set(&mut self, x: usize, y: usize) {
        if x < self.width
            && let Some(byte) = self.data.get_mut(y * self.stride + x / 8)
        {
            *byte |= 0x80 >> (x % 8);
        }
    }

    /// Blackens a rectangle.
    pub fn fill(&mut self, left: usize, top: usize, width: usize, height: usize) {
        for y in top..top + height {
            for x in left..left + width {
                self.set(x, y);
            }
        }
    }

    /// Draws `other` with its upper left corner at (`left`, `top`); what falls outside is cut off.
    pub fn draw(&mut self, other: &Bitmap, left: usize, top: usize) {
        for y in 0..other.height {
            for x in 0..other.width {
                if other.get(x, y) {
                    self.set(left + x, top + y);
                }
            }
        }
    }

    /// Whether row `y` has no black dot.
    pub fn row_is_blank(&self, y: usize) -> bool {
        self.row(y).iter().all(|&byte| byte == 0)
    }

    /// First and last column with ink, if there is any.
    pub fn ink_columns(&self) -> Option<(usize, usize)> {
        let first = (0..self.width).find(|&x| (0..self.height).any(|y| self.get(x, y)))?;
        let last = (0..self.width).rfind(|&x| (0..self.height).any(|y| self.get(x, y)))?;
        Some((first, last))
    }

    /// First and last row with ink, if there is any.
    pub fn ink_rows(&self) -> Option<(usize, usize)> {
        let first = (0..self.height).find(|&y| !self.row_is_blank(y))?;
        let last = (0..self.height).rfind(|&y| !self.row_is_blank(y))?;
        Some((first, last))
    }

    /// The part of the picture that begins at (`left`, `top`); white where it reaches outside.
    pub fn crop(&self, left: usize, top: usize, width: usize, height: usize) -> Bitmap {
        let mut part = Bitmap::new(width, height);
        for y in 0..height {
            for x in 0..width {
                if self.get(left + x, top + y) {
                    part.set(x, y);
                }
            }
        }
        part
    }

    /// Every dot as a square of `factor` x `factor` dots.
    pub fn enlarged(&self, factor: usize) -> Bitmap {
        let mut large = Bitmap::new(self.width * factor, self.height * factor);
        for y in 0..self.height {
            for x in 0..self.width {
                if self.get(x, y) {
                    large.fill(x * factor, y * factor, factor, factor);
                }
            }
        }
        large
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_left_to_right() {
        let mut bitmap = Bitmap::new(10, 2);
        bitmap.set(0, 0);
        bitmap.set(9, 1);
        bitmap.set(10, 0);
        bitmap.set(0, 2);
        assert_eq!(bitmap.row(0), [0x80, 0x00]);
        assert_eq!(bitmap.row(1), [0x00, 0x40]);
        assert_eq!(bitmap.ink_columns(), Some((0, 9)));
        assert_eq!(bitmap.crop(9, 1, 1, 1).row(0), [0x80]);
        assert_eq!(bitmap.enlarged(2).ink_columns(), Some((0, 19)));
    }
}
