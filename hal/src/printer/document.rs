// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is to stand on a slip, as generic blocks from top to bottom. No business meaning and no printer commands live
//! here: the encoder decides how a given printer is told.

/// A slip of paper, described from top to bottom.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The blocks in the order in which they leave the printer.
    pub blocks: Vec<Block>,
}

/// One part of a [`Document`].
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// One logical line; wraps between words at the paper's width.
    Text {
        /// UTF-8 text in any normal form; it is composed (NFC) before it is drawn.
        text: String,
        /// How large and how heavy.
        style: Style,
        /// Where on the line.
        align: Align,
    },
    /// A thin horizontal line over the whole printable width.
    Rule,
    /// A QR code (model 2).
    Qr {
        /// What the code says.
        data: String,
        /// Wanted edge length without the quiet zone, in millimetres. The nearest whole number of dots per module that
        /// is not larger is printed; a code with printer's text beside it may be up to a third larger.
        size_mm: f32,
        /// Text lines set beside the code to save paper; may be empty. Where the link is too slow for a picture of both
        /// and the profile does not cut the code into strips, the lines stand below the code.
        beside: Vec<Line>,
    },
    /// Blank paper.
    Space {
        /// Height in millimetres.
        mm: f32,
    },
    /// Feeds the text past the cutter and cuts, or presents the slip, as the printer's profile says.
    Cut,
}

/// One line of text beside a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// UTF-8 text; wraps between words.
    pub text: String,
    /// How large and how heavy.
    pub style: Style,
}

/// Type sizes of a slip. Heights are of capitals and digits, on the printed paper; a line that would wrap may be a fifth
/// smaller, together with its neighbours of the same style. The printer's own font has two sizes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// The one number that matters: 22 mm, bold; narrower, then smaller, when it would leave no margins.
    Hero,
    /// A heading: 3.5 mm, bold.
    Title,
    /// A line to be found at a glance: 3 mm, semi-bold.
    Strong,
    /// Running text: 2.6 mm.
    Body,
    /// The least important that must still be read: 2.2 mm.
    Small,
}

/// Horizontal position of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Align {
    /// At the left edge of the printable width.
    Left,
    /// In the middle.
    #[default]
    Center,
    /// At the right edge.
    Right,
}

impl Document {
    /// A document of these blocks.
    pub fn new(blocks: Vec<Block>) -> Document {
        Document { blocks }
    }
}

impl Block {
    /// A line of text.
    pub fn text(text: impl Into<String>, style: Style, align: Align) -> Block {
        Block::Text { text: text.into(), style, align }
    }
}
