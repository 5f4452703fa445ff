// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands on a ticket's paper. Only what the hall and the ticket say: no
//! name, no ID number. How it becomes dots is the printer's business.

use motcua_core::hall::Hall;
use motcua_core::queue::Ticket;
use motcua_core::view::WaitRange;
use motcua_hal::printer::{Align, Block, Document, Line, Style};

/// Width of the QR code, millimetres.
const QR_MM: f32 = 22.0;

/// The product's own words on paper, in one language.
struct Words {
    your_number: &'static str,
    counter: fn(&str, bool) -> String,
    ahead: fn(u32) -> String,
    wait: fn(Option<WaitRange>) -> String,
    hub_away: &'static str,
    number_holds: &'static str,
    priority: &'static str,
    copy: &'static str,
    weekdays: [&'static str; 7],
}

static VI: Words = Words {
    your_number: "SỐ THỨ TỰ",
    counter: |ids, _| format!("Quầy {ids}"),
    ahead: |n| {
        if n == 0 {
            "Ông/bà là người kế tiếp".into()
        } else {
            format!("Trước ông/bà: {n} người")
        }
    },
    wait: |range| match range {
        Some(r) => format!("Dự kiến chờ: {} phút", span(r)),
        None => "Dự kiến chờ: chưa rõ".into(),
    },
    hub_away: "Máy chủ tạm mất kết nối",
    number_holds: "Số này vẫn có giá trị",
    priority: "ƯU TIÊN",
    copy: "BẢN IN LẠI",
    weekdays: ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"],
};

static EN: Words = Words {
    your_number: "YOUR NUMBER",
    counter: |ids, several| format!("Counter{} {ids}", if several { "s" } else { "" }),
    ahead: |n| match n {
        0 => "You are next".into(),
        1 => "1 person ahead of you".into(),
        n => format!("{n} people ahead of you"),
    },
    wait: |range| match range {
        Some(r) => format!("Expected wait: {} min", span(r)),
        None => "Expected wait: not known yet".into(),
    },
    hub_away: "The server is away",
    number_holds: "This number is valid",
    priority: "PRIORITY",
    copy: "REPRINT",
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
};

fn words(lang: &str) -> &'static Words {
    match lang {
        "en" => &EN,
        _ => &VI,
    }
}

fn span(r: WaitRange) -> String {
    if r.from == r.to { r.to.to_string() } else { format!("{}–{}", r.from, r.to) }
}

/// The paper of a ticket, in the ticket's language.
pub fn slip(hall: &Hall, ticket: &Ticket) -> Document {
    let w = words(&ticket.lang);
    let service = hall.service(&ticket.service);
    let mut blocks: Vec<Block> = hall.lines.iter().map(|l| centred(l, Style::Strong)).collect();
    blocks.push(Block::Rule);
    let head =
        if ticket.priority { format!("{} · {}", w.your_number, w.priority) } else { w.your_number.into() };
    blocks.push(centred(&head, Style::Body));
    blocks.push(centred(&ticket.label, Style::Hero));
    if let Some(service) = service {
        blocks.push(centred(service.name.get(&ticket.lang), Style::Title));
        let counters = service.counters.join(", ");
        blocks.push(centred(&(w.counter)(&counters, service.counters.len() > 1), Style::Strong));
    }
    blocks.push(Block::Rule);
    let at = ticket.issued_at;
    let weekday = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0) % 7;
    let line = |text: String, style| Line { text, style };
    let mut beside = Vec::new();
    if !ticket.series.is_kiosk() {
        beside.push(line((w.ahead)(ticket.ahead), Style::Strong));
        beside.push(line((w.wait)(ticket.wait), Style::Body));
    } else if ticket.copies == 1 {
        // The kiosk is alone with it and knows nobody's place.
        beside.push(line(w.hub_away.into(), Style::Body));
        beside.push(line(w.number_holds.into(), Style::Body));
    } else {
        beside.push(line(w.number_holds.into(), Style::Body));
    }
    let day = format!("{}, {:02}/{:02}/{}", w.weekdays[weekday], at.day(), at.month(), at.year());
    beside.push(line(day, Style::Body));
    beside.push(line(format!("{:02}:{:02}", at.hour(), at.minute()), Style::Body));
    if ticket.copies > 1 {
        beside.push(line(w.copy.into(), Style::Strong));
    }
    blocks.push(Block::Qr { data: hall.qr(ticket), size_mm: QR_MM, beside });
    if let Some(note) = &hall.ticket.note {
        blocks.push(centred(note.get(&ticket.lang), Style::Small));
    }
    blocks.push(centred(hall.ticket.thanks.get(&ticket.lang), Style::Small));
    blocks.push(Block::Cut);
    Document { blocks }
}

/// Stands on every paper of the test mode, above and below.
const NO_VALUE: &str = "PHIẾU THỬ – KHÔNG CÓ GIÁ TRỊ";

/// The paper as the test mode gives it: whoever finds it knows that it is none.
pub fn of_no_value(mut document: Document) -> Document {
    let end = document.blocks.iter().rposition(|b| matches!(b, Block::Cut)).unwrap_or(document.blocks.len());
    document.blocks.insert(end, centred(NO_VALUE, Style::Title));
    document.blocks.insert(0, centred(NO_VALUE, Style::Title));
    document
}

/// A slip for technicians: every size of type, marks above and below letters, a QR code, the time.
pub fn test_slip(hall: &Hall, at: jiff::civil::DateTime) -> Document {
    let mut blocks: Vec<Block> = hall.lines.iter().map(|l| centred(l, Style::Strong)).collect();
    let time = format!("{:02}:{:02} {:02}/{:02}/{}", at.hour(), at.minute(), at.day(), at.month(), at.year());
    let line = |text: &str, style| Line { text: text.to_owned(), style };
    blocks.extend([
        Block::Rule,
        centred("PHIẾU IN THỬ", Style::Title),
        centred("A000", Style::Hero),
        centred("Ắ Ằ Ẵ Ặ Ế Ề Ễ Ệ Ố Ồ Ỗ Ộ Ứ Ừ Ữ Ự Ỷ Ỹ Đ", Style::Strong),
        centred("ắ ằ ẵ ặ ế ề ễ ệ ố ồ ỗ ộ ứ ừ ữ ự ỷ ỹ đ", Style::Body),
        Block::Rule,
        Block::Qr {
            data: format!("motcua test {} {time}", hall.id),
            size_mm: QR_MM,
            beside: vec![line("Không phải số thứ tự", Style::Strong), line(&time, Style::Body)],
        },
        centred("Test slip, not a number", Style::Small),
        Block::Cut,
    ]);
    Document { blocks }
}

fn centred(text: &str, style: Style) -> Block {
    Block::Text { text: text.to_owned(), style, align: Align::Center }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motcua_core::queue::{PrintState, Stage};

    fn ticket(lang: &str) -> Ticket {
        Ticket {
            id: uuid::Uuid::from_u128(7),
            arrival: 1,
            counter: None,
            aim: None,
            session: None,
            further: Vec::new(),
            calls: 0,
            called_ms: None,
            started_ms: None,
            spent_ms: 0,
            day: "2026-11-23".parse().unwrap(),
            series: 'A'.try_into().unwrap(),
            number: 17,
            label: "A017".into(),
            service: "certify".into(),
            priority: false,
            lang: lang.into(),
            device: "k1".into(),
            issued_ms: 0,
            issued_at: "2026-11-23T14:05:00".parse().unwrap(),
            ahead: 4,
            wait: Some(WaitRange { from: 10, to: 15 }),
            print: PrintState::Committed,
            copies: 1,
            stage: Stage::Waiting,
        }
    }

    fn texts(document: &Document) -> Vec<String> {
        let mut out = Vec::new();
        for block in &document.blocks {
            match block {
                Block::Text { text, .. } => out.push(text.clone()),
                Block::Qr { data, beside, .. } => {
                    out.push(data.clone());
                    out.extend(beside.iter().map(|l| l.text.clone()));
                }
                _ => {}
            }
        }
        out
    }

    #[track_caller]
    fn check(ticket: &Ticket, expected: &[&str]) {
        let hall = Hall::parse(motcua_core::hall::SAMPLE).unwrap();
        let texts = texts(&slip(&hall, ticket));
        for line in expected {
            assert!(texts.iter().any(|t| t == line), "no `{line}` in {texts:#?}");
        }
    }

    #[test]
    fn a_ticket_says_all_a_citizen_needs_in_both_languages() {
        check(
            &ticket("vi"),
            &[
                "PHƯỜNG NGÔ QUYỀN",
                "SỐ THỨ TỰ",
                "A017",
                "Chứng thực bản sao, chữ ký",
                "Quầy 2, 3",
                "Trước ông/bà: 4 người",
                "Dự kiến chờ: 10–15 phút",
                "Thứ Hai, 23/11/2026",
                "14:05",
                "motcua:ngo-quyen/2026-11-23/A017/00000000000000000000000000000007",
            ],
        );
        check(
            &ticket("en"),
            &["YOUR NUMBER", "Counters 2, 3", "4 people ahead of you", "Monday, 23/11/2026"],
        );
    }

    #[test]
    fn a_number_of_the_kiosk_itself_says_so_and_promises_no_place() {
        let mut t = ticket("vi");
        (t.series, t.number, t.label) = (motcua_core::label::Series::kiosk(2).unwrap(), 1, "K2-001".into());
        (t.ahead, t.wait) = (0, None);
        let hall = Hall::parse(motcua_core::hall::SAMPLE).unwrap();
        check(&t, &["K2-001", VI.hub_away, VI.number_holds, "14:05"]);
        // The hub is back when a copy is asked for.
        t.copies = 2;
        check(&t, &[VI.number_holds, "BẢN IN LẠI"]);
        for copies in [1, 2] {
            t.copies = copies;
            let all = texts(&slip(&hall, &t)).join(" ");
            assert!(!all.contains("kế tiếp") && !all.contains("Dự kiến chờ"), "{all}");
            assert_eq!(all.contains(VI.hub_away), copies == 1);
        }
        t.lang = "en".into();
        check(&t, &[EN.number_holds]);
    }

    #[test]
    fn a_paper_of_the_test_mode_says_so_above_and_below_and_is_still_cut() {
        let hall = Hall::parse(motcua_core::hall::SAMPLE).unwrap();
        let document = of_no_value(slip(&hall, &ticket("vi")));
        assert!(matches!(document.blocks.last(), Some(Block::Cut)));
        let all = texts(&document);
        assert_eq!((all.first().unwrap().as_str(), all.last().unwrap().as_str()), (NO_VALUE, NO_VALUE));
    }

    #[test]
    fn unknown_next_priority_and_reprint_have_their_words() {
        let mut t = ticket("vi");
        (t.wait, t.ahead, t.priority, t.copies) = (None, 0, true, 2);
        check(&t, &["Dự kiến chờ: chưa rõ", "Ông/bà là người kế tiếp", "SỐ THỨ TỰ · ƯU TIÊN", "BẢN IN LẠI"]);
    }
}
