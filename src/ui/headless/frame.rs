// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture in memory and the account of what each frame repainted.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use slint::Rgb8Pixel;
use slint::platform::software_renderer::SoftwareRenderer;

/// A rectangle in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Area {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Area {
    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// What one frame repainted. Frames that repaint nothing are not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameReport {
    /// Counts the frames from 1.
    pub number: u64,
    /// Repainted rectangles; they do not overlap.
    pub areas: Vec<Area>,
    /// Smallest rectangle around all of them.
    pub bounds: Area,
    /// Time spent in the renderer.
    pub render: Duration,
}

impl FrameReport {
    /// Repainted pixels.
    pub fn pixels(&self) -> u64 {
        self.areas.iter().map(Area::pixels).sum()
    }
}

/// A copy of the picture.
#[derive(Clone)]
pub struct Frame {
    /// Counts the frames from 1; 0 before the first one.
    pub number: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Rows from the top, without padding.
    pub pixels: Vec<Rgb8Pixel>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame {} of {} x {}", self.number, self.width, self.height)
    }
}

impl Frame {
    /// The pixel at `x`, `y`, if there is one.
    pub fn pixel(&self, x: u32, y: u32) -> Option<Rgb8Pixel> {
        if x >= self.width {
            return None;
        }
        let at = u64::from(y) * u64::from(self.width) + u64::from(x);
        self.pixels.get(usize::try_from(at).ok()?).copied()
    }

    /// The picture as a PNG file, quickly: for looking at it live.
    ///
    /// # Errors
    /// When the encoder fails, which takes a frame without pixels.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        self.encode(png::Compression::Fast)
    }

    /// The same in fewer bytes and more time: for keeping it.
    ///
    /// # Errors
    /// When the encoder fails, which takes a frame without pixels.
    pub fn small_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        self.encode(png::Compression::High)
    }

    fn encode(&self, compression: png::Compression) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(compression);
        // Flat colours repeat from row to row; guessing filters only hides that.
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        let raw: Vec<u8> = self.pixels.iter().flat_map(|p| [p.r, p.g, p.b]).collect();
        writer.write_image_data(&raw)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// The buffer the renderer draws into, kept from frame to frame.
pub(super) struct Surface {
    frame: Mutex<Frame>,
}

impl Surface {
    pub(super) fn new(size: (u32, u32)) -> Self {
        let this = Self { frame: Mutex::new(Frame { number: 0, width: 0, height: 0, pixels: Vec::new() }) };
        this.resize(size);
        this
    }

    fn lock(&self) -> MutexGuard<'_, Frame> {
        self.frame.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let frame = self.lock();
        (frame.width, frame.height)
    }

    pub(super) fn resize(&self, (width, height): (u32, u32)) {
        let mut frame = self.lock();
        frame.width = width;
        frame.height = height;
        frame.pixels = vec![Rgb8Pixel::default(); width as usize * height as usize];
    }

    pub(super) fn frame(&self) -> Frame {
        self.lock().clone()
    }

    pub(super) fn number(&self) -> u64 {
        self.lock().number
    }

    pub(super) fn draw(&self, renderer: &SoftwareRenderer) -> Option<FrameReport> {
        let mut frame = self.lock();
        let stride = frame.width as usize;
        let begun = Instant::now();
        let region = renderer.render(&mut frame.pixels, stride);
        let render = begun.elapsed();
        let area = |(origin, size): (slint::PhysicalPosition, slint::PhysicalSize)| Area {
            x: origin.x,
            y: origin.y,
            width: size.width,
            height: size.height,
        };
        let areas: Vec<Area> = region.iter().map(area).filter(|a| a.pixels() > 0).collect();
        if areas.is_empty() {
            return None;
        }
        frame.number += 1;
        let bounds = area((region.bounding_box_origin(), region.bounding_box_size()));
        Some(FrameReport { number: frame.number, areas, bounds, render })
    }
}
