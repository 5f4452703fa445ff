// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes out: a ticket on every profile and both ways, whole, cut once, its QR readable, its text complete.

use motcua_hal::printer::sim::SimSlip;
use motcua_hal::printer::{Block, JobState, Line, Style};

use crate::bench::{Driver, QR_TEXT, Way, quick, sim, ticket};
use crate::slip::{SLIP_QR, slip};

/// Reads the QR code of a slip as a phone does, with a decoder that nobody here wrote.
pub fn read_qr(slip: &SimSlip) -> Vec<String> {
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(slip.image.width(), slip.image.height(), |x, y| {
            if slip.image.get(x, y) { 0 } else { 255 }
        });
    picture.detect_grids().iter().filter_map(|grid| grid.decode().ok().map(|(_, text)| text)).collect()
}

#[test]
fn a_ticket_comes_out_once_and_whole_on_every_profile_and_way() {
    for name in motcua_hal::printer::Profile::names() {
        for way in [Way::Pty, Way::Tcp] {
            let sim = sim(name, way, 4.0);
            let mut driver = Driver::ready(sim.url(), name, quick());
            assert_eq!(driver.print_to_end(ticket()), JobState::Printed, "{name} {way:?}");
            let slips = sim.slips();
            assert_eq!(slips.len(), 1, "{name} {way:?}");
            assert!(slips[0].cut);
            assert_eq!(read_qr(&slips[0]), [QR_TEXT], "{name} {way:?}");
            assert!(!sim.current_paper().has_ink(), "{name} {way:?}: ink below the cut");
            if let Ok(directory) = std::env::var("MOTCUA_PAPER_DIR") {
                std::fs::write(format!("{directory}/{name}-{way:?}.png"), slips[0].png()).unwrap();
            }
        }
    }
}

#[test]
fn text_beside_a_code_saves_paper_and_leaves_it_readable() {
    let beside = vec![
        Line { text: "Thứ Hai, 23/11/2026 14:05".to_owned(), style: Style::Body },
        Line { text: "Quét mã để theo dõi số của ông/bà.".to_owned(), style: Style::Small },
    ];
    let mut document = ticket();
    for block in &mut document.blocks {
        if let Block::Qr { beside: lines, .. } = block {
            lines.clone_from(&beside);
        }
    }
    document.blocks.remove(9);
    for (name, way) in [("epson-tm", Way::Tcp), ("epson-tm", Way::Pty)] {
        let sim = sim(name, way, 8.0);
        let mut driver = Driver::ready(sim.url(), name, quick());
        assert_eq!(driver.print_to_end(document.clone()), JobState::Printed);
        assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
        let slips = sim.slips();
        assert_eq!(read_qr(&slips[0]), [QR_TEXT], "{way:?}");
        if way == Way::Tcp {
            assert!(slips[0].length_mm() < slips[1].length_mm(), "{} mm", slips[0].length_mm());
        }
        if let Ok(directory) = std::env::var("MOTCUA_PAPER_DIR") {
            std::fs::write(format!("{directory}/beside-{way:?}.png"), slips[0].png()).unwrap();
        }
    }
}

#[test]
fn the_products_slip_has_margins_one_code_and_no_wasted_paper() {
    for name in motcua_hal::printer::Profile::names() {
        for way in [Way::Pty, Way::Tcp] {
            let sim = sim(name, way, 8.0);
            let mut driver = Driver::ready(sim.url(), name, quick());
            assert_eq!(driver.print_to_end(slip("A1000")), JobState::Printed, "{name} {way:?}");
            let printed = &sim.slips()[0];
            assert_eq!(read_qr(printed), [SLIP_QR], "{name} {way:?}");
            // Only the two rules reach the edges.
            let at_edge =
                (0..printed.image.height()).filter(|&y| (0..8).any(|x| printed.image.get(x, y))).count();
            assert!(at_edge <= 4, "{name} {way:?}: {at_edge} rows touch the left edge");
            let most = if way == Way::Tcp { 112.0 } else { 136.0 };
            assert!(printed.length_mm() < most, "{name} {way:?}: {} mm", printed.length_mm());
            if let Ok(directory) = std::env::var("MOTCUA_PAPER_DIR") {
                std::fs::write(format!("{directory}/slip-{name}-{way:?}.png"), printed.png()).unwrap();
            }
        }
    }
}

#[test]
fn lines_beside_a_code_in_strips_are_printers_text() {
    let sim = sim("epson-tm", Way::Pty, 8.0);
    let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
    assert_eq!(driver.print_to_end(slip("A017")), JobState::Printed);
    let printed = &sim.slips()[0];
    assert!(printed.qr.is_empty(), "the code is ours");
    for line in ["Trước ông/bà: 4 người", "Dự kiến chờ: 10-15 phút", "Thứ Hai, 23/11/2026", "14:05"]
    {
        assert!(
            printed.text.lines().any(|text| text.ends_with(line)),
            "{line} is missing in {}",
            printed.text
        );
    }
}

#[test]
fn the_printers_own_text_is_complete_vietnamese() {
    let sim = sim("epson-tm", Way::Pty, 8.0);
    let mut driver = Driver::ready(sim.url(), "epson-tm", quick());
    assert_eq!(driver.print_to_end(ticket()), JobState::Printed);
    let text = sim.slips()[0].text.clone();
    for line in [
        "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
        "PHƯỜNG NGÔ QUYỀN",
        "SỐ THỨ TỰ",
        "Chứng thực bản sao, chữ ký",
        "Quầy 2, 3",
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line} is missing in {text}");
    }
    assert_eq!(sim.slips()[0].qr, [QR_TEXT]);
}
