// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes an officer's photo round. The software renderer neither clips to a
//! circle nor scales smoothly, so both are done here, once for each photo.

use slint::{Rgba8Pixel, SharedPixelBuffer};

/// Samples along each edge of a pixel of the rim.
const SAMPLES: u32 = 4;

/// The middle square of `photo`, scaled and cut to a circle `across` pixels wide. None for a photo
/// without pixels, and for no size.
pub(super) fn round(
    photo: &SharedPixelBuffer<Rgba8Pixel>,
    across: u32,
) -> Option<SharedPixelBuffer<Rgba8Pixel>> {
    let (width, height) = (photo.width(), photo.height());
    let side = width.min(height);
    if side == 0 || across == 0 {
        return None;
    }
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let source = photo.as_slice();
    let mut out = SharedPixelBuffer::<Rgba8Pixel>::new(across, across);
    // A pixel covers these rows or columns of the square, at least one.
    let span = |i: u32| {
        let from = u64::from(i) * u64::from(side) / u64::from(across);
        let to = (u64::from(i + 1) * u64::from(side)).div_ceil(u64::from(across));
        from..to.max(from + 1).min(u64::from(side))
    };
    for (i, pixel) in out.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = place(i, across);
        let mut sum = [0_u64; 4];
        let mut count = 0;
        for row in span(y) {
            for column in span(x) {
                let at = (row + u64::from(top)) * u64::from(width) + column + u64::from(left);
                let Some(p) = usize::try_from(at).ok().and_then(|at| source.get(at)) else { continue };
                for (total, channel) in sum.iter_mut().zip([p.r, p.g, p.b, p.a]) {
                    *total += u64::from(channel);
                }
                count += 1;
            }
        }
        let mean = |total: u64| u8::try_from(total / u64::max(count, 1)).unwrap_or(u8::MAX);
        let [r, g, b, a] = sum.map(mean);
        let inside = inside(x, y, across);
        let alpha = u32::from(a) * inside / (SAMPLES * SAMPLES);
        *pixel = Rgba8Pixel { r, g, b, a: u8::try_from(alpha).unwrap_or(u8::MAX) };
    }
    Some(out)
}

fn place(index: usize, across: u32) -> (u32, u32) {
    let index = u32::try_from(index).unwrap_or_default();
    (index % across, index / across)
}

/// How many of a pixel's samples lie in the circle.
fn inside(x: u32, y: u32, across: u32) -> u32 {
    // In units of half a sample, so that every sample has a whole place.
    let unit = 2 * SAMPLES;
    let middle = i64::from(across * SAMPLES);
    let within = |i: u32, j: u32| {
        let dx = i64::from(x * unit + 2 * i + 1) - middle;
        let dy = i64::from(y * unit + 2 * j + 1) - middle;
        dx * dx + dy * dy <= middle * middle
    };
    let samples = (0..SAMPLES).flat_map(|i| (0..SAMPLES).map(move |j| (i, j)));
    u32::try_from(samples.filter(|&(i, j)| within(i, j)).count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACROSS: u32 = 168;

    fn photo(width: u32, height: u32) -> SharedPixelBuffer<Rgba8Pixel> {
        let mut buffer = SharedPixelBuffer::<Rgba8Pixel>::new(width, height);
        buffer.make_mut_slice().fill(Rgba8Pixel { r: 10, g: 20, b: 30, a: 255 });
        buffer
    }

    #[test]
    fn any_shape_becomes_a_circle() {
        for (width, height) in [(1, 1), (3, 700), (480, 640), (640, 480), (2000, 2000)] {
            let round = round(&photo(width, height), ACROSS).unwrap();
            let at = |x: u32, y: u32| round.as_slice()[(y * ACROSS + x) as usize];
            assert_eq!((round.width(), round.height()), (ACROSS, ACROSS));
            let middle = at(ACROSS / 2, ACROSS / 2);
            assert_eq!((middle.r, middle.g, middle.b, middle.a), (10, 20, 30, 255));
            assert_eq!((at(0, 0).a, at(ACROSS - 1, ACROSS - 1).a), (0, 0));
            assert!(at(ACROSS / 2, 0).a > 100, "the circle touches the edge");
        }
    }

    #[test]
    fn nothing_is_no_photo() {
        assert!(round(&photo(0, 10), ACROSS).is_none());
        assert!(round(&SharedPixelBuffer::new(0, 0), ACROSS).is_none());
        assert!(round(&photo(10, 10), 0).is_none());
    }
}
