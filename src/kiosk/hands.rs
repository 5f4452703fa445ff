// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the central can have a kiosk's machine do, and how its printer is for
//! the minute's word on health.

use super::{Kiosk, on_its_thread};
use crate::uplink::{Deed, Hands, Parts};
use futures_util::FutureExt;
use motcua_hal::printer::{Fault, PrinterState};
use motcua_link::data::PartState;
use std::time::Duration;

/// How often the printer is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Prints a test slip.
pub fn test_print() -> Deed {
    Box::new(|| {
        async {
            match on_its_thread(Kiosk::print_test).await {
                Some(Ok(())) => Ok("printing".into()),
                Some(Err(fault)) => Err(fault.to_string()),
                None => Err("stopping".into()),
            }
        }
        .boxed()
    })
}

/// The hands of a kiosk with its hub inside: those of the hub and the printer.
pub fn with_printer(hands: Hands) -> Hands {
    Hands { test_print: Some(test_print()), ..hands }
}

/// Tells how the printer is, until the runtime ends.
pub async fn tell_parts(parts: Parts) {
    loop {
        if let Some(state) = on_its_thread(Kiosk::printer).await {
            let (part, fault) = printer(&state);
            parts.tell("printer", part, fault);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn printer(state: &PrinterState) -> (PartState, Option<&'static str>) {
    let Some(fault) = state.fault() else {
        let low = state.near_end();
        return if low { (PartState::Warning, Some("paper-low")) } else { (PartState::Ok, None) };
    };
    let word = match fault {
        Fault::NotFound => "gone",
        Fault::NotAnswering | Fault::LinkLost => "silent",
        Fault::Offline => "offline",
        Fault::PaperEnd => "paper-end",
        Fault::CoverOpen => "cover-open",
        Fault::Cutter => "cutter",
        Fault::Overheated => "overheated",
        Fault::Unrecoverable => "broken",
        _ => "fault",
    };
    (PartState::Fault, Some(word))
}
