// SPDX-License-Identifier: MIT OR Apache-2.0
//! Contact sheets: every state of a device on one picture, for one language and
//! mode, so that all of them can be looked at and kept.

use std::path::Path;

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::{FilterType, overlay, resize};
use image::{ImageError, RgbImage};

use super::{GalleryError, settle};
use crate::ui::headless::{Frame, Headless};

/// Pictures beside each other.
const COLUMNS: u32 = 4;
/// Width of one picture; a word of body size can still be read.
const WIDTH: u32 = 448;
/// Between pictures.
const GAP: u32 = 16;
/// Darker than any screen.
const GROUND: image::Rgb<u8> = image::Rgb([96, 96, 96]);

/// Pictures of one size that become one.
#[derive(Default)]
pub(super) struct Sheet {
    pictures: Vec<RgbImage>,
}

impl Sheet {
    /// Adds what is shown now.
    pub fn add(&mut self, headless: &Headless) {
        settle(headless);
        self.pictures.push(small(&headless.frame()));
    }

    /// Writes the sheet.
    pub fn keep(&self, dir: &Path, name: &str) -> Result<(), GalleryError> {
        let count = u32::try_from(self.pictures.len()).unwrap_or(u32::MAX);
        let high = self.pictures.first().map_or(0, RgbImage::height);
        let size = (COLUMNS * (WIDTH + GAP) + GAP, count.div_ceil(COLUMNS) * (high + GAP) + GAP);
        let mut sheet = RgbImage::from_pixel(size.0, size.1, GROUND);
        for (n, picture) in (0..count).zip(&self.pictures) {
            let x = GAP + n % COLUMNS * (WIDTH + GAP);
            let y = GAP + n / COLUMNS * (high + GAP);
            overlay(&mut sheet, picture, i64::from(x), i64::from(y));
        }
        std::fs::create_dir_all(dir)
            .map_err(|source| GalleryError::Write { path: dir.to_owned(), source })?;
        let path = dir.join(format!("{name}.png"));
        let written = std::fs::File::create(&path).map_err(ImageError::IoError).and_then(|file| {
            let file = std::io::BufWriter::new(file);
            sheet.write_with_encoder(PngEncoder::new_with_quality(
                file,
                CompressionType::Best,
                PngFilter::Adaptive,
            ))
        });
        written.map_err(|source| GalleryError::Sheet { path, source })
    }
}

fn small(frame: &Frame) -> RgbImage {
    let raw = frame.pixels.iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    let full = RgbImage::from_raw(frame.width, frame.height, raw).unwrap_or_default();
    let high = WIDTH * frame.height / frame.width.max(1);
    resize(&full, WIDTH, high.max(1), FilterType::CatmullRom)
}
