// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the central can have a kiosk's machine do, and how its printer and its
//! readers are for the minute's word on health.

use super::{Kiosk, on_its_thread};
use crate::uplink::{Deed, Hands, Parts};
use futures_util::FutureExt;
use motcua_hal::card::{ReaderFault, ReaderState};
use motcua_hal::printer::{Fault, PrinterState};
use motcua_hal::scanner::{ScannerFault, ScannerState};
use motcua_link::data::PartState;
use std::time::Duration;

/// How often they are looked at.
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

/// Tells how they are, until the runtime ends.
pub async fn tell_parts(parts: Parts) {
    loop {
        let found = on_its_thread(self::parts).await;
        for (name, (state, fault)) in found.into_iter().flatten() {
            parts.tell(name, state, fault);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// How a part is, and what is the matter.
pub(crate) type PartSays = (PartState, Option<&'static str>);

/// Every part that this kiosk has and that is known.
pub(super) fn parts(kiosk: &Kiosk) -> Vec<(&'static str, PartSays)> {
    let readers = kiosk.readers();
    let mut found = vec![("printer", printer(&kiosk.printer()))];
    found.extend(readers.scanner_state().as_ref().and_then(scanner).map(|says| ("scanner", says)));
    found.extend(kiosk.keypad().map(|keypad| ("buttons", contacts(keypad.state().faults.is_empty()))));
    found.extend(readers.card_state().as_ref().and_then(card_reader).map(|says| ("card-reader", says)));
    found
}

/// Buttons, lamps: what is the matter with them stands in the log.
pub(crate) fn contacts(well: bool) -> PartSays {
    if well { (PartState::Ok, None) } else { (PartState::Fault, Some("fault")) }
}

pub(crate) fn printer(state: &PrinterState) -> PartSays {
    let Some(fault) = state.fault() else {
        let low = state.near_end();
        return if low { (PartState::Warning, Some("paper-low")) } else { (PartState::Ok, None) };
    };
    (PartState::Fault, Some(fault_word(fault)))
}

/// A printer's fault in a word that does not change.
pub(crate) fn fault_word(fault: Fault) -> &'static str {
    match fault {
        Fault::NotFound => "gone",
        Fault::NotAnswering | Fault::LinkLost => "silent",
        Fault::Offline => "offline",
        Fault::PaperEnd => "paper-end",
        Fault::CoverOpen => "cover-open",
        Fault::Cutter => "cutter",
        Fault::Overheated => "overheated",
        Fault::Unrecoverable => "broken",
        _ => "fault",
    }
}

/// Nothing is known before the first attempt.
pub(crate) fn scanner(state: &ScannerState) -> Option<PartSays> {
    let word = match state.faults.first() {
        None if state.up => return Some((PartState::Ok, None)),
        None => return None,
        Some(ScannerFault::Garbles { .. }) => return Some((PartState::Warning, Some("garbles"))),
        Some(ScannerFault::NotFound { .. } | ScannerFault::Lost { .. }) => "gone",
        Some(ScannerFault::Denied { .. }) => "denied",
        Some(ScannerFault::Silent { .. }) => "silent",
        Some(ScannerFault::Config { .. }) => "config",
        Some(_) => "fault",
    };
    Some((PartState::Fault, Some(word)))
}

/// Nothing is known before the first attempt.
pub(crate) fn card_reader(state: &ReaderState) -> Option<PartSays> {
    let word = match &state.fault {
        None if state.up => return Some((PartState::Ok, None)),
        None => return None,
        Some(ReaderFault::NoService) => "no-service",
        Some(ReaderFault::NotFound { .. }) => "gone",
        Some(ReaderFault::Denied) => "denied",
        Some(_) => "fault",
    };
    Some((PartState::Fault, Some(word)))
}
