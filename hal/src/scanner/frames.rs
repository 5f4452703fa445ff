// SPDX-License-Identifier: MIT OR Apache-2.0
//! From bytes to scans. Pure: the time comes in with each call.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Dropped, Input, Scanned, Suffix};

/// Longest scan in bytes; a QR code of text in version 40 holds 2,953, and nothing that is read here a third of this.
pub const MAX_SCAN: usize = 2048;

/// Puts scans together.
pub struct Framer {
    suffix: Suffix,
    gap: Duration,
    held: Zeroizing<Vec<u8>>,
    too_long: bool,
    last: Option<Instant>,
}

impl std::fmt::Debug for Framer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Framer({} bytes held)", self.held.len())
    }
}

impl Framer {
    /// `gap` is the pause that ends a scan.
    pub fn new(suffix: Suffix, gap: Duration) -> Framer {
        // Never grows, so that no copy is left behind.
        let held = Zeroizing::new(Vec::with_capacity(MAX_SCAN));
        Framer { suffix, gap, held, too_long: false, last: None }
    }

    /// Bytes have come.
    pub fn feed(&mut self, bytes: &[u8], now: Instant, inputs: &mut Vec<Input>) {
        // Whatever was overdue when they came is a scan of its own, however late the thread was.
        self.tick(now, inputs);
        for &byte in bytes {
            if self.suffix == Suffix::Any && matches!(byte, b'\r' | b'\n' | b'\t') {
                self.end(inputs);
            } else if self.held.len() < MAX_SCAN {
                self.held.push(byte);
            } else {
                self.too_long = true;
            }
        }
        self.last = (!self.held.is_empty()).then_some(now);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant, inputs: &mut Vec<Input>) {
        if self.due().is_some_and(|due| now >= due) {
            self.end(inputs);
        }
    }

    /// When a pause would end what is held.
    pub fn due(&self) -> Option<Instant> {
        self.last.map(|last| last + self.gap)
    }

    /// Parts were lost: what is held is no scan.
    pub fn lose(&mut self, inputs: &mut Vec<Input>) {
        if !self.held.is_empty() {
            inputs.push(Input::Dropped(Dropped::Lost));
        }
        self.clear();
    }

    fn clear(&mut self) {
        // Wiped at once, not when the next scan happens to be longer.
        self.held.iter_mut().for_each(|byte| *byte = 0);
        self.held.clear();
        self.too_long = false;
        self.last = None;
    }

    fn end(&mut self, inputs: &mut Vec<Input>) {
        let scan = without_suffix(without_identifier(&self.held));
        if self.too_long {
            inputs.push(Input::Dropped(Dropped::TooLong));
        } else if is_set_up(scan) {
            inputs.push(Input::Dropped(Dropped::SetUp));
        } else if !scan.is_empty() {
            inputs.push(Input::Scanned(Scanned::new(scan.to_vec())));
        }
        self.clear();
    }
}

/// AIM symbology identifiers, `]`, letter, modifier (ISO/IEC 15424).
fn without_identifier(scan: &[u8]) -> &[u8] {
    match scan {
        [b']', letter, modifier, rest @ ..]
            if letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() =>
        {
            rest
        }
        _ => scan,
    }
}

fn without_suffix(mut scan: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r' | b'\n' | b'\t' | 0] = scan {
        scan = rest;
    }
    scan
}

/// Codes that set scanners up: a command of the GM modules or a reply of theirs, Honeywell's SYN M, Newland's @SETUP. None of
/// them is anything that a citizen has.
fn is_set_up(scan: &[u8]) -> bool {
    [b"\x7E\x00".as_slice(), b"\x02\x00\x00", b"\x16M", b"@SETUP", b"@FACDEF"]
        .iter()
        .any(|start| scan.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GAP: Duration = Duration::from_millis(50);

    /// Scans out of bytes that come at these milliseconds.
    fn scans(suffix: Suffix, parts: &[(u64, &[u8])]) -> Vec<Input> {
        let start = Instant::now();
        let mut framer = Framer::new(suffix, GAP);
        let mut inputs = Vec::new();
        for (ms, bytes) in parts {
            framer.feed(bytes, start + Duration::from_millis(*ms), &mut inputs);
        }
        framer.tick(start + Duration::from_secs(100), &mut inputs);
        assert_eq!(framer.due(), None);
        inputs
    }

    fn scanned(bytes: &[u8]) -> Input {
        Input::Scanned(Scanned::new(bytes.to_vec()))
    }

    #[test]
    fn every_suffix_ends_a_scan_and_a_pause_does_too() {
        for suffix in [&b"\r"[..], b"\n", b"\r\n", b"\t", b""] {
            let bytes = [b"001190000017", suffix].concat();
            for wanted in [Suffix::Any, Suffix::None] {
                assert_eq!(
                    scans(wanted, &[(0, &bytes)]),
                    [scanned(b"001190000017")],
                    "{suffix:?} {wanted:?}"
                );
            }
        }
        assert_eq!(scans(Suffix::Any, &[(0, b"a\r\nb\r\n")]), [scanned(b"a"), scanned(b"b")]);
        assert_eq!(scans(Suffix::None, &[(0, b"a\r\nb\r\n")]), [scanned(b"a\r\nb")]);
        assert_eq!(scans(Suffix::Any, &[(0, b"a"), (49, b"b"), (99, b"c")]), [scanned(b"ab"), scanned(b"c")]);
        assert_eq!(scans(Suffix::Any, &[(0, b"\r\n\r\n"), (500, b"\0")]), []);
    }

    #[test]
    fn identifiers_go_and_set_up_codes_stay_here() {
        assert_eq!(scans(Suffix::Any, &[(0, b"]Q1abc\r")]), [scanned(b"abc")]);
        assert_eq!(scans(Suffix::Any, &[(0, b"]Q\r")]), [scanned(b"]Q")]);
        for code in [
            &b"\x7E\x00\x08\x01\x00\x02\x01\xAB\xCD"[..],
            b"]Q3@SETUPE1",
            b"\x16MSCANNER",
            b"\x02\x00\x00\x01\x00\x33\x31",
        ] {
            assert_eq!(scans(Suffix::None, &[(0, code)]), [Input::Dropped(Dropped::SetUp)]);
        }
    }

    #[test]
    fn what_is_too_long_is_dropped_as_a_whole() {
        let long = vec![b'x'; MAX_SCAN + 1];
        assert_eq!(
            scans(Suffix::Any, &[(0, &long), (1, b"y\rz\r")]),
            [Input::Dropped(Dropped::TooLong), scanned(b"z")]
        );
        assert_eq!(scans(Suffix::Any, &[(0, &long[1..])]), [scanned(&long[1..])]);
    }

    proptest! {
        /// However a scan is cut into packets, even within a letter, it comes out whole.
        #[test]
        fn packets_do_not_matter(text in "[ -~à-ỹ]{1,300}", size in 1usize..70) {
            prop_assume!(!text.starts_with(']') && !text.starts_with('@'));
            let parts: Vec<(u64, &[u8])> = text.as_bytes().chunks(size).enumerate().map(|(at, part)| (at as u64, part)).collect();
            prop_assert_eq!(scans(Suffix::Any, &parts), vec![scanned(text.as_bytes())]);
        }
    }
}
