// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes and seconds of one ticket on a serial line, beside a plain full-width
//! raster of the same ticket.

use crate::Report;
use motcua::kiosk::slip;
use motcua_core::day::Now;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::{Command, Event, State, Ticket, decide};
use motcua_hal::printer::{Profile, escpos, plain_raster};
use uuid::Uuid;

/// A ticket as the product prints it, from a real queue.
pub fn ticket() -> (Hall, Ticket) {
    let hall = Hall::parse(SAMPLE).unwrap();
    // Monday 23 November 2026, 09:00 local.
    let now = Now::new(1_795_399_200_000, 420, true);
    let command = Command::Issue {
        service: "certify".into(),
        priority: false,
        lang: "vi".into(),
        person: None,
        booking: None,
    };
    let events = decide(&hall, &State::default(), Uuid::now_v7(), "kiosk-1", &command, now).unwrap();
    let Some(Event::Issued { ticket }) = events.last() else { panic!("no ticket") };
    (hall, (**ticket).clone())
}

pub fn run(report: &mut Report) {
    let (hall, ticket) = ticket();
    let document = slip(&hall, &ticket);
    for name in Profile::names() {
        let profile = Profile::builtin(name).unwrap();
        let bytes = escpos::encode(&document, &profile).len() as f64;
        let plain = plain_raster(&document, &profile).len() as f64;
        report.add(
            "paper",
            format!("{name}: ticket on a serial line"),
            bytes,
            "bytes",
            format!("plain raster {plain:.0}, {:.1} x as much", plain / bytes),
        );
        for baud in [9_600.0, 115_200.0] {
            // Ten bits a byte: start, eight, stop.
            let seconds = bytes * 10.0 / baud;
            report.add(
                "paper",
                format!("{name}: on the line at {baud}"),
                seconds,
                "s",
                format!("plain raster {:.1} s", plain * 10.0 / baud),
            );
        }
    }
}
