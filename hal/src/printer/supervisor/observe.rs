// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a typed reply says about the printer's state. Bit positions are those of Epson's ESC/POS reference (`DLE EOT`,
//! `GS a`) and of Custom's command manual (full status). Pure; when to ask is the session's business.

use crate::printer::escpos::status::Reply;
use crate::printer::state::{Paper, PrinterState};

/// Writes into `state` what `reply` says. `false` when the reply says nothing about the state.
pub(super) fn apply(reply: &Reply, state: &mut PrinterState) -> bool {
    match *reply {
        Reply::Realtime { n: 1, byte } => state.online = byte & 0x08 == 0,
        Reply::Realtime { n: 2, byte } => {
            state.cover_open = byte & 0x04 != 0;
            if byte & 0x20 != 0 {
                state.paper = Paper::End;
            }
        }
        Reply::Realtime { n: 3, byte } => {
            state.other_error = byte & 0x04 != 0;
            state.cutter_error = byte & 0x08 != 0;
            state.unrecoverable = byte & 0x20 != 0;
            state.overheated = byte & 0x40 != 0;
        }
        Reply::Realtime { n: 4, byte } => state.paper = paper(byte & 0x60 != 0, byte & 0x0C != 0),
        Reply::Asb([first, second, third, _]) => {
            state.online = first & 0x08 == 0;
            state.cover_open = first & 0x20 != 0;
            state.other_error = second & 0x04 != 0;
            state.cutter_error = second & 0x08 != 0;
            state.unrecoverable = second & 0x20 != 0;
            state.overheated = second & 0x40 != 0;
            state.paper = paper(third & 0x0C != 0, third & 0x03 != 0);
        }
        Reply::Full(bytes) => full_status(bytes, state),
        _ => return false,
    }
    true
}

fn paper(end: bool, near_end: bool) -> Paper {
    match (end, near_end) {
        (true, _) => Paper::End,
        (false, true) => Paper::NearEnd,
        (false, false) => Paper::Present,
    }
}

/// Custom VKP80 class. Single bits of the third byte (recoverable errors) differ between models; only the jam, which
/// all have, counts as a fault.
fn full_status([roll, user, recoverable, unrecoverable]: [u8; 4], state: &mut PrinterState) {
    state.paper = paper(roll & 0x01 != 0, roll & 0x04 != 0);
    state.slip_waiting = roll & 0x20 != 0;
    state.cover_open = user & 0x03 != 0;
    state.other_error = recoverable & 0x40 != 0;
    state.cutter_error = unrecoverable & 0x03 != 0;
    state.unrecoverable = unrecoverable & 0x0C != 0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::state::{Fault, Link};

    fn after(replies: &[Reply]) -> PrinterState {
        let mut state = PrinterState { link: Link::Up, online: true, ..PrinterState::default() };
        for reply in replies {
            assert!(apply(reply, &mut state));
        }
        state
    }

    fn polled(bytes: [u8; 4]) -> PrinterState {
        after(&[1, 2, 3, 4].map(|n| Reply::Realtime { n, byte: bytes[usize::from(n) - 1] }))
    }

    #[test]
    fn the_bytes_seen_on_real_printers_and_on_emupos() {
        assert_eq!(polled([0x12, 0x12, 0x12, 0x12]).fault(), None);
        assert_eq!(polled([0x1A, 0x32, 0x12, 0x7E]).fault(), Some(Fault::PaperEnd));
        assert_eq!(polled([0x1A, 0x16, 0x12, 0x12]).fault(), Some(Fault::CoverOpen));
        assert_eq!(polled([0x1A, 0x52, 0x1A, 0x12]).fault(), Some(Fault::Cutter));
        let near = polled([0x12, 0x12, 0x12, 0x1E]);
        assert!(near.near_end() && near.ready());
        assert_eq!(after(&[Reply::Asb([0x10, 0, 0, 0])]).fault(), None);
        assert!(after(&[Reply::Asb([0x10, 0, 3, 0])]).near_end());
        assert_eq!(after(&[Reply::Asb([0x18, 0, 0x0F, 0])]).fault(), Some(Fault::PaperEnd));
        assert_eq!(after(&[Reply::Asb([0x38, 0, 0, 0])]).fault(), Some(Fault::CoverOpen));
        assert_eq!(after(&[Reply::Asb([0x18, 0x28, 0, 0])]).fault(), Some(Fault::Unrecoverable));
    }

    #[test]
    fn customs_full_status() {
        let waiting = after(&[Reply::Full([0x24, 0, 0x12, 0])]);
        assert!(waiting.slip_waiting && waiting.near_end() && waiting.ready());
        assert_eq!(after(&[Reply::Full([0x01, 0, 0, 0])]).fault(), Some(Fault::PaperEnd));
        assert_eq!(after(&[Reply::Full([0, 0x02, 0, 0])]).fault(), Some(Fault::CoverOpen));
        assert_eq!(after(&[Reply::Full([0, 0, 0, 0x01])]).fault(), Some(Fault::Cutter));
        assert_eq!(after(&[Reply::Full([0, 0, 0, 0x08])]).fault(), Some(Fault::Unrecoverable));
    }
}
