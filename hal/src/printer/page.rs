// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole document, or a part of it, as one picture: for the plain-raster yardstick, and for a QR code with text beside
//! it. Knows no printer commands.

use super::bitmap::Bitmap;
use super::document::{Align, Block, Document, Line, Style};
use super::raster::{self, DOTS_PER_MM};

/// Blank rows above and below the hero.
pub(super) const HERO_GAP: usize = 20;
/// Blank rows above and below a rule.
pub(super) const RULE_GAP: usize = 14;
/// Blank columns between a QR code and the text beside it.
const BESIDE_GAP: usize = 32;

/// Every text of a document that is set in running type (not the hero).
pub(super) fn texts(document: &Document) -> Vec<&str> {
    let mut texts = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Text { text, style, .. } if *style != Style::Hero => {
                texts.push(text.as_str());
            }
            Block::Qr { beside, .. } => texts.extend(beside.iter().map(|line| line.text.as_str())),
            _ => {}
        }
    }
    texts
}

/// The em size of every block that is text, the others 0: neighbours of one style stand in one size.
pub(super) fn em_sizes(document: &Document, width: usize) -> Vec<f32> {
    let mut sizes = Vec::new();
    let style_of = |block: &Block| match block {
        Block::Text { style, .. } => Some(*style),
        _ => None,
    };
    for group in document.blocks.chunk_by(|a, b| style_of(a) == style_of(b)) {
        let em = style_of(&group[0]).map_or(0.0, |style| {
            let texts = group.iter().filter_map(|block| match block {
                Block::Text { text, .. } => Some(text.as_str()),
                _ => None,
            });
            raster::shared_em(texts, style, width)
        });
        sizes.extend(group.iter().map(|_| em));
    }
    sizes
}

/// The whole document on paper `width` dots wide, at the full resolution of the head.
pub(super) fn compose(document: &Document, width: usize) -> Bitmap {
    let mut parts: Vec<(Bitmap, Align, usize, usize)> = Vec::new();
    for (block, em) in document.blocks.iter().zip(em_sizes(document, width)) {
        match block {
            Block::Text { text, style, align } => {
                let gap = if *style == Style::Hero { HERO_GAP } else { 0 };
                let lines = raster::text_lines_at(text, *style, em, width);
                parts.extend(lines.into_iter().map(|line| (line, *align, gap, gap)));
            }
            Block::Rule => {
                let mut line = Bitmap::new(width, 2);
                line.fill(0, 0, width, 2);
                parts.push((line, Align::Left, RULE_GAP, RULE_GAP));
            }
            Block::Qr { data, size_mm, beside } => {
                let dots = raster::qr_dots_per_module(data, *size_mm);
                let picture = if beside.is_empty() {
                    raster::qr(data, dots)
                } else {
                    qr_beside(data, dots, beside, width)
                };
                parts.extend(picture.map(|picture| (picture, Align::Center, 4 * dots, 4 * dots)));
            }
            Block::Space { mm } => {
                parts.push((Bitmap::new(0, 0), Align::Left, (mm * DOTS_PER_MM) as usize, 0));
            }
            Block::Cut => {}
        }
    }
    let height = parts.iter().map(|(part, _, above, below)| part.height() + above + below).sum();
    let mut page = Bitmap::new(width, height);
    let mut y = 0;
    for (part, align, above, below) in parts {
        y += above;
        let free = width.saturating_sub(part.width());
        let x = match align {
            Align::Left => 0,
            Align::Center => free / 2,
            Align::Right => free,
        };
        page.draw(&part, x, y);
        y += part.height() + below;
    }
    page
}

/// A QR code with lines of text at its right, centred on its height. `None` when the data is too long for a code.
pub(super) fn qr_beside(data: &str, dots: usize, beside: &[Line], width: usize) -> Option<Bitmap> {
    let code = raster::qr(data, dots)?;
    let left = code.width() + BESIDE_GAP;
    let room = width.saturating_sub(left);
    let shared = |style: Style| {
        let texts = beside.iter().filter(|line| line.style == style).map(|line| line.text.as_str());
        raster::shared_em(texts, style, room)
    };
    let lines: Vec<Bitmap> = beside
        .iter()
        .flat_map(|line| raster::text_lines_at(&line.text, line.style, shared(line.style), room))
        .collect();
    let text_height: usize = lines.iter().map(|line| line.height() - raster::overlap(line)).sum();
    let text_width = lines.iter().map(Bitmap::width).max().unwrap_or(0);
    let height = code.height().max(text_height);
    let mut picture = Bitmap::new(left + text_width, height);
    picture.draw(&code, 0, (height - code.height()) / 2);
    let mut y = (height - text_height) / 2;
    for line in lines {
        picture.draw(&line, left, y);
        y += line.height() - raster::overlap(&line);
    }
    Some(picture)
}
