// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws a QR code as a picture of one pixel per module; the screen enlarges it
//! by whole pixels. What the code says is the caller's business.

use qrcode::{Color, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// Light modules around the code, as ISO/IEC 18004 asks for.
const QUIET: usize = 4;

/// An empty picture when `content` is empty or longer than a code can hold.
pub(super) fn image(content: &str) -> Image {
    if content.is_empty() {
        return Image::default();
    }
    let Ok(code) = QrCode::new(content) else {
        return Image::default();
    };
    let width = code.width();
    let side = width + 2 * QUIET;
    let Ok(pixels) = u32::try_from(side) else {
        return Image::default();
    };
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(pixels, pixels);
    let out = buffer.make_mut_slice();
    out.fill(Rgb8Pixel::new(255, 255, 255));
    for (i, module) in code.to_colors().into_iter().enumerate() {
        if module == Color::Dark {
            out[(i / width + QUIET) * side + i % width + QUIET] = Rgb8Pixel::new(0, 0, 0);
        }
    }
    Image::from_rgb8(buffer)
}
