// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands on papers that are no tickets: what to bring, the apology for a
//! late dossier, the receipt of feedback. Nobody's name is on any of them.

use jiff::civil::{Date, DateTime};
use motcua_core::citizen::{DossierNow, FeedbackKind};
use motcua_core::hall::Hall;
use motcua_core::procedures::{Paper as Needed, Procedure, Reception};
use motcua_core::session::Paper;
use motcua_hal::printer::{Align, Block, Document, Line, Style};

/// Width of the QR code, millimetres.
const QR_MM: f32 = 22.0;
/// Where the National Portal describes a procedure. A kiosk reads the same address as the procedure's code.
const PORTAL: &str = "https://dichvucong.gov.vn/p/home/dvc-chi-tiet-thu-tuc-hanh-chinh.html?ma_thu_tuc=";

/// A paper in a language, as printed at `at`.
pub(super) fn document(hall: &Hall, paper: &Paper, lang: &str, at: DateTime) -> Document {
    let en = lang == "en";
    let mut blocks: Vec<Block> = hall.lines.iter().map(|l| centred(l, Style::Strong)).collect();
    blocks.push(Block::Rule);
    match paper {
        Paper::Checklist(procedure) => checklist(&mut blocks, procedure, lang),
        Paper::Apology { dossier, procedure } => {
            let name = procedure.as_ref().map(|p| p.name.said(lang));
            apology(&mut blocks, dossier, name, en);
        }
        Paper::Receipt { code, kind } => {
            let days = hall.feedback.as_ref().map_or(0, |f| f.answer_days);
            receipt(&mut blocks, (code, *kind), days, en);
        }
    }
    let time = format!("{:02}:{:02} {}", at.hour(), at.minute(), date(at.date()));
    blocks.push(centred(&format!("{} {time}", if en { "Printed" } else { "In lúc" }), Style::Small));
    blocks.push(Block::Cut);
    Document { blocks }
}

fn checklist(blocks: &mut Vec<Block>, p: &Procedure, lang: &str) {
    let en = lang == "en";
    let w = |vi: &'static str, english: &'static str| if en { english } else { vi };
    blocks.push(centred(w("GIẤY TỜ CẦN MANG", "WHAT TO BRING"), Style::Body));
    blocks.push(centred(p.name.said(lang), Style::Title));
    blocks.push(Block::Rule);
    for paper in &p.papers {
        blocks.push(left(&format!("[  ] {}{}", paper.name.said(lang), copies(paper, en)), Style::Body));
    }
    for form in &p.forms {
        blocks.push(left(&format!("[  ] {}", form.name.said(lang)), Style::Body));
    }
    blocks.push(Block::Rule);
    let reception = match p.reception {
        Reception::AtOnce => w("Không cần hẹn trước", "No appointment needed"),
        Reception::ByAppointment => w("Cần đặt lịch hẹn trước", "By appointment"),
        Reception::Either => w("Có thể hẹn trước hoặc đến ngay", "With or without appointment"),
    };
    let mut beside = vec![
        line(format!("{}: {}", w("Thời gian", "Time"), p.time.said(lang)), Style::Body),
        line(format!("{}: {}", w("Lệ phí", "Fee"), p.fee.said(lang)), Style::Body),
        line(format!("{}: {}", w("Nơi nộp", "Where"), p.place.said(lang)), Style::Body),
        line(reception.to_owned(), Style::Body),
    ];
    if p.by_post {
        beside.push(line(w("Có thể gửi qua bưu điện", "Can be sent by post").to_owned(), Style::Body));
    }
    beside.push(line(format!("{} {}", w("Mã thủ tục", "Procedure code"), p.code), Style::Small));
    blocks.push(Block::Qr { data: format!("{PORTAL}{}", p.code), size_mm: QR_MM, beside });
}

fn copies(paper: &Needed, en: bool) -> String {
    let part = |n: u8, vi: &str, one: &str, more: &str| match (n, en) {
        (0, _) => None,
        (n, false) => Some(format!("{n} {vi}")),
        (1, true) => Some(format!("1 {one}")),
        (n, true) => Some(format!("{n} {more}")),
    };
    let all: Vec<String> = [
        part(paper.originals, "bản chính", "original", "originals"),
        part(paper.copies, "bản sao", "copy", "copies"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if all.is_empty() { String::new() } else { format!(": {}", all.join(", ")) }
}

fn apology(blocks: &mut Vec<Block>, d: &DossierNow, name: Option<&str>, en: bool) {
    let w = |vi: &'static str, english: &'static str| if en { english } else { vi };
    blocks.push(centred(w("THƯ XIN LỖI", "LETTER OF APOLOGY"), Style::Title));
    if let Some(name) = name {
        blocks.push(centred(name, Style::Strong));
    }
    blocks.push(centred(&d.code, Style::Strong));
    blocks.push(Block::Rule);
    let mut say = |text: String| blocks.push(left(&text, Style::Body));
    if let Some(day) = d.received {
        say(format!("{}: {}", w("Ngày tiếp nhận", "Received on"), date(day)));
    }
    if let Some(day) = d.due {
        say(format!("{}: {}", w("Ngày hẹn trả", "Promised for"), date(day)));
    }
    say(w(
        "Hồ sơ của ông/bà chưa được giải quyết đúng hẹn. Chúng tôi thành thật xin lỗi ông/bà về sự chậm trễ này.",
        "Your dossier was not finished on the promised day. We sincerely apologise for this delay.",
    )
    .to_owned());
    match d.new_due {
        Some(day) => say(format!("{}: {}", w("Ngày hẹn trả mới", "New date"), date(day))),
        None => say(w(
            "Ngày trả mới sẽ được báo cho ông/bà. Xin hỏi quầy hướng dẫn.",
            "The new date will be told to you. Please ask at the guide desk.",
        )
        .to_owned()),
    }
    blocks.push(Block::Rule);
    let beside = vec![line(
        w(
            "Chọn “Tra cứu hồ sơ” rồi đưa mã này trước máy để xem lại.",
            "Choose “Where is my dossier?” and hold this code before the machine to look again.",
        )
        .to_owned(),
        Style::Body,
    )];
    blocks.push(Block::Qr { data: d.code.clone(), size_mm: QR_MM, beside });
}

fn receipt(blocks: &mut Vec<Block>, (code, kind): (&str, FeedbackKind), days: u32, en: bool) {
    let title = match (kind, en) {
        (FeedbackKind::Report, false) => "ĐÃ NHẬN PHẢN ÁNH",
        (FeedbackKind::Proposal, false) => "ĐÃ NHẬN KIẾN NGHỊ",
        (FeedbackKind::Praise, false) => "ĐÃ NHẬN LỜI KHEN",
        (FeedbackKind::Report, true) => "YOUR REPORT WAS TAKEN",
        (FeedbackKind::Proposal, true) => "YOUR PROPOSAL WAS TAKEN",
        (FeedbackKind::Praise, true) => "YOUR PRAISE WAS TAKEN",
    };
    blocks.push(centred(title, Style::Body));
    blocks.push(centred(code, Style::Title));
    blocks.push(Block::Rule);
    let text = if en {
        format!("Ask for the answer with this code at the guide desk, from {days} days on.")
    } else {
        format!("Ông/bà hỏi kết quả bằng mã này tại quầy hướng dẫn, chậm nhất sau {days} ngày.")
    };
    blocks.push(left(&text, Style::Body));
}

fn date(day: Date) -> String {
    format!("{:02}/{:02}/{}", day.day(), day.month(), day.year())
}

fn centred(text: &str, style: Style) -> Block {
    Block::Text { text: text.to_owned(), style, align: Align::Center }
}

fn left(text: &str, style: Style) -> Block {
    Block::Text { text: text.to_owned(), style, align: Align::Left }
}

fn line(text: String, style: Style) -> Line {
    Line { text, style }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motcua_core::scan::{Rules, Scan, read};

    fn texts(paper: &Paper, lang: &str) -> String {
        let hall = Hall::parse(motcua_core::hall::SAMPLE).unwrap();
        let at = jiff::civil::date(2026, 11, 25).at(9, 5, 0, 0);
        let mut out = Vec::new();
        for block in document(&hall, paper, lang, at).blocks {
            match block {
                Block::Text { text, .. } => out.push(text),
                Block::Qr { data, beside, .. } => {
                    out.push(data);
                    out.extend(beside.into_iter().map(|l| l.text));
                }
                _ => {}
            }
        }
        out.join("\n")
    }

    fn dossier(new_due: Option<Date>) -> Paper {
        let day = |d| jiff::civil::date(2026, 11, d);
        let dossier = Box::new(DossierNow {
            code: "H56.14-261103-0007".into(),
            procedure: "1.001193".into(),
            status: 4,
            received: Some(day(3)),
            due: Some(day(20)),
            late: true,
            new_due,
            next: None,
            as_of: None,
        });
        Paper::Apology { dossier, procedure: None }
    }

    #[test]
    fn an_apology_names_the_days_and_a_code_that_the_kiosk_reads() {
        let text = texts(&dossier(Some(jiff::civil::date(2026, 11, 30))), "vi");
        for part in ["THƯ XIN LỖI", "03/11/2026", "20/11/2026", "Ngày hẹn trả mới: 30/11/2026", "xin lỗi"]
        {
            assert!(text.contains(part), "no `{part}` in {text}");
        }
        assert!(
            text.lines()
                .any(|l| read(l.as_bytes(), &Rules::default()) == Scan::Dossier("H56.14-261103-0007".into()))
        );
        assert!(texts(&dossier(None), "en").contains("The new date will be told"));
    }

    #[test]
    fn a_receipt_says_by_what_and_when_to_ask() {
        let text = texts(&Paper::Receipt { code: "PA-7K3F-92QM".into(), kind: FeedbackKind::Report }, "vi");
        assert!(text.contains("PA-7K3F-92QM") && text.contains("10 ngày"), "{text}");
    }
}
