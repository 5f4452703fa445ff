// SPDX-License-Identifier: MIT OR Apache-2.0
//! Papers of the technician: the readiness report that is left at the device,
//! and the slip of the printer's test.

use super::{Finding, Report, Verdict, title};
use jiff::Timestamp;
use jiff::tz::Offset;
use motcua_hal::printer::{Align, Block, Document, Line, Style};

/// Letters of the root's hash in one line of paper.
const HASH_LINE: usize = 32;
/// Viet Nam's time, which technicians read.
const UTC_OFFSET_HOURS: i8 = 7;

/// The report on paper, in one language.
pub fn report(report: &Report, lang: &str) -> Document {
    let vi = lang != "en";
    let say = |v: &'static str, e: &'static str| if vi { v } else { e };
    let mut blocks = vec![
        centred(say("PHIẾU SẴN SÀNG", "READINESS REPORT"), Style::Title),
        centred(report.device.as_deref().unwrap_or(say("chưa cài đặt", "not set up")), Style::Strong),
    ];
    blocks.extend(report.hall_lines.iter().map(|line| centred(line, Style::Body)));
    blocks.extend([
        Block::Rule,
        left(&format!("{}: {}", say("Giờ", "Time"), at(report.at_ms)), Style::Body),
        left(&format!("{}: {}", say("Phiên bản", "Version"), report.version), Style::Body),
    ]);
    if !report.addresses.is_empty() {
        let addresses = report.addresses.join(", ");
        blocks.push(left(&format!("{}: {addresses}", say("Địa chỉ mạng", "Network address")), Style::Body));
    }
    if let Some(hash) = &report.root_hash {
        blocks.push(left(say("Mã gốc:", "Root hash:"), Style::Body));
        let letters: Vec<char> = hash.chars().collect();
        blocks.extend(
            letters.chunks(HASH_LINE).map(|part| left(&part.iter().collect::<String>(), Style::Small)),
        );
    }
    blocks.push(Block::Rule);
    // What is plugged in is a list to write settings from, and passes nothing.
    let judged = |c: &&Finding| c.state != Verdict::Skipped && c.name != "plugged";
    for check in report.checks.iter().filter(judged) {
        let mark = match check.state {
            Verdict::Pass => say("ĐẠT", "PASS"),
            Verdict::Warn => say("ĐỂ Ý", "WARN"),
            _ => say("CHƯA ĐẠT", "FAIL"),
        };
        let style = if check.state == Verdict::Pass { Style::Body } else { Style::Strong };
        blocks.push(left(&format!("{}: {mark}", title(check.name).get(lang)), style));
        if let Some(to_do) = &check.what_to_do {
            blocks.push(left(check.found.get(lang), Style::Small));
            // No arrow: the printers' own fonts have none, and one drawn line among typed ones is loud.
            blocks.push(left(&format!("- {}", to_do.get(lang)), Style::Small));
        }
    }
    blocks.push(Block::Rule);
    let end = match report.state {
        Verdict::Fail => say("CHƯA SẴN SÀNG", "NOT READY"),
        _ => say("SẴN SÀNG", "READY"),
    };
    blocks.push(centred(end, Style::Title));
    if report.state == Verdict::Warn {
        blocks.push(centred(say("còn mục cần để ý ở trên", "with things to look after, above"), Style::Body));
    }
    blocks.push(left(say("Kỹ thuật viên ký:", "Signed, technician:"), Style::Body));
    blocks.push(Block::Space { mm: 14.0 });
    blocks.push(Block::Cut);
    Document { blocks }
}

/// What the printer's test prints: every mark of Vietnamese, edges, a code.
pub fn test() -> Document {
    let time = at(crate::clock::unix_ms());
    let beside = |text: &str| Line { text: text.to_owned(), style: Style::Strong };
    Document {
        blocks: vec![
            centred("PHIẾU IN THỬ", Style::Title),
            centred("A000", Style::Hero),
            centred("Ắ Ằ Ẵ Ặ Ế Ề Ễ Ệ Ố Ồ Ỗ Ộ Ứ Ừ Ữ Ự Ỷ Ỹ Đ", Style::Strong),
            centred("ắ ằ ẵ ặ ế ề ễ ệ ố ồ ỗ ộ ứ ừ ữ ự ỷ ỹ đ", Style::Body),
            Block::Rule,
            Block::Qr {
                data: format!("motcua test {time}"),
                size_mm: 24.0,
                beside: vec![beside("Không phải số thứ tự"), beside(&time)],
            },
            centred("Test slip, not a number", Style::Small),
            Block::Cut,
        ],
    }
}

fn at(unix_ms: i64) -> String {
    let Ok(time) = Timestamp::from_millisecond(unix_ms) else { return String::new() };
    let local = Offset::constant(UTC_OFFSET_HOURS).to_datetime(time);
    format!(
        "{:02}:{:02} {:02}/{:02}/{}",
        local.hour(),
        local.minute(),
        local.day(),
        local.month(),
        local.year()
    )
}

fn centred(text: &str, style: Style) -> Block {
    Block::Text { text: text.to_owned(), style, align: Align::Center }
}

fn left(text: &str, style: Style) -> Block {
    Block::Text { text: text.to_owned(), style, align: Align::Left }
}
