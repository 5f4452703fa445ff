// SPDX-License-Identifier: MIT OR Apache-2.0
//! The slip that the product prints, block by block as `src/kiosk/slip.rs` sets it (this crate knows no tickets): what
//! bytes are counted on, and what the papers of the profiles are looked at with.

use motcua_hal::printer::{Align, Block, Document, Line, Style};

/// What the code on the slip says: the sample hall's form.
pub const SLIP_QR: &str = "motcua:ngo-quyen/2026-11-23/A017/0193c5a2b3d47e8f901234567890abcd";

/// The slip of the ticket with this label.
pub fn slip(label: &str) -> Document {
    let text = |text: &str, style| Block::text(text, style, Align::Center);
    let beside = |text: &str, style| Line { text: text.to_owned(), style };
    Document::new(vec![
        text("TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", Style::Strong),
        text("PHƯỜNG NGÔ QUYỀN", Style::Strong),
        Block::Rule,
        text("SỐ THỨ TỰ", Style::Body),
        text(label, Style::Hero),
        text("Chứng thực bản sao, chữ ký", Style::Title),
        text("Quầy 2, 3", Style::Strong),
        Block::Rule,
        Block::Qr {
            data: SLIP_QR.to_owned(),
            size_mm: 22.0,
            beside: vec![
                beside("Trước ông/bà: 4 người", Style::Strong),
                beside("Dự kiến chờ: 10–15 phút", Style::Body),
                beside("Thứ Hai, 23/11/2026", Style::Body),
                beside("14:05", Style::Body),
            ],
        },
        text("Số gọi có thể không theo thứ tự. Mời ông/bà theo dõi màn hình.", Style::Small),
        text("Cảm ơn ông/bà đã chờ.", Style::Small),
        Block::Cut,
    ])
}
