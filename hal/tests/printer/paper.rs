// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes out: a ticket on every profile and both ways, whole, cut once, its QR readable, its text complete.

use motcua_hal::printer::JobState;
use motcua_hal::printer::sim::SimSlip;

use crate::bench::{Driver, QR_TEXT, Way, quick, sim, ticket};

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
