// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scanner's thread against a simulated GM-class module, and against a plain serial scanner, over pseudo-terminals.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test binary say what they expect by unwrapping it, as its tests do"
)]

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use motcua_hal::scanner::sim::{Faults, SimScanner};
use motcua_hal::scanner::{
    self, Connection, Dropped, Encoding, MAX_SCAN, Mode, Options, ScannerConfig, ScannerEvent, ScannerFault,
    ScannerHandle, Suffix, Zone,
};

/// For broken programs only.
const LIMIT: Duration = Duration::from_secs(30);
const CARD: &str =
    "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Phường Thử Nghiệm, Hà Nội|20062021";

struct Bench {
    sim: SimScanner,
    handle: ScannerHandle,
    events: Receiver<ScannerEvent>,
    config: ScannerConfig,
    _directory: tempfile::TempDir,
}

impl Bench {
    fn new(connection: Connection, faults: Faults, change: impl FnOnce(&mut ScannerConfig)) -> Bench {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("scanner");
        let sim = SimScanner::new(&link, faults).unwrap();
        let mut config = ScannerConfig::new(link.to_string_lossy(), connection);
        change(&mut config);
        let options =
            Options { reopen_first: Duration::from_millis(10), reopen_longest: Duration::from_millis(50) };
        let (sender, events) = channel();
        let opened = config.clone();
        let handle = ScannerHandle::spawn_with(
            &config.device,
            options,
            move || scanner::open(&opened),
            move |event| {
                let _ = sender.send(event);
            },
        );
        Bench { sim, handle, events, config, _directory: directory }
    }

    fn gm() -> Bench {
        let bench = Bench::new(Connection::Gm, Faults::default(), |_| {});
        bench.wait_for_encoding(Encoding::Unchanged);
        bench
    }

    fn wait_for_encoding(&self, encoding: Encoding) {
        self.wait_until(|bench| bench.handle.state().encoding == encoding);
    }

    fn wait_until(&self, so: impl Fn(&Bench) -> bool) {
        let begun = Instant::now();
        while !so(self) {
            assert!(begun.elapsed() < LIMIT, "in vain: {:?}", self.handle.state());
            let (_sender, receiver) = channel::<()>();
            let _ = receiver.recv_timeout(Duration::from_millis(5));
        }
    }

    /// The next scan, or why one was dropped.
    fn next(&self) -> Result<Vec<u8>, Dropped> {
        loop {
            match self.events.recv_timeout(LIMIT).unwrap() {
                ScannerEvent::Scanned(scanned) => return Ok(scanned.bytes().to_vec()),
                ScannerEvent::Dropped(dropped) => return Err(dropped),
                ScannerEvent::State(_) => {}
            }
        }
    }

    fn shows(&self, code: &[u8]) -> Result<Vec<u8>, Dropped> {
        self.sim.show(code);
        self.next()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.handle.shutdown(LIMIT);
    }
}

#[test]
fn a_module_from_the_factory_is_told_to_leave_letters_as_they_are() {
    let bench = Bench::gm();
    assert_eq!(bench.sim.zone(0x0D) & 0x0C, 0x04);
    // Other bits of the byte are kept: the first one is the interface.
    assert_eq!(bench.sim.zone(0x0D) & !0x0C, 0);
    assert_eq!(bench.shows(CARD.as_bytes()), Ok(CARD.as_bytes().to_vec()));
    assert_eq!(bench.handle.state().faults, []);
}

#[test]
fn a_module_that_keeps_garbling_is_said_and_still_read() {
    let bench = Bench::new(Connection::Gm, Faults { stubborn: true, ..Faults::default() }, |_| {});
    bench.wait_for_encoding(Encoding::Garbles);
    let fault = ScannerFault::Garbles { device: bench.config.device.clone() };
    assert_eq!(bench.handle.state().faults, [fault]);
    let scanned = bench.shows(CARD.as_bytes()).unwrap();
    assert!(scanned.starts_with(b"001190000017|100000001|Tr?n Th? V\xA8\xAA D?|15021990|"));
}

#[test]
fn every_suffix_packet_size_and_reply_in_between_leaves_a_scan_whole() {
    let bench = Bench::gm();
    for tail in [0x00, 0x20, 0x40, 0x60] {
        bench.sim.set_zone(0x60, tail);
        for packet in [0, 1, 7, 64] {
            for chatty in [false, true] {
                bench.sim.set_faults(Faults { packet, chatty, ..Faults::default() });
                let text = if packet == 1 { &CARD[..30] } else { CARD };
                assert_eq!(
                    bench.shows(text.as_bytes()),
                    Ok(text.as_bytes().to_vec()),
                    "{tail} {packet} {chatty}"
                );
            }
        }
    }
}

#[test]
fn in_command_mode_it_reads_when_it_is_told() {
    let wanted = [Zone { address: 0x03, mask: 0x01, value: 0 }];
    let bench = Bench::new(Connection::Gm, Faults::default(), |config| {
        config.mode = Mode::Command;
        config.zones = wanted.to_vec();
    });
    bench.wait_for_encoding(Encoding::Unchanged);
    assert_eq!((bench.sim.zone(0) & 0x03, bench.sim.zone(0) & !0x03), (1, 0xD4));
    bench.sim.show(b"H56.14-240823-0001");
    assert!(
        bench
            .events
            .recv_timeout(Duration::from_millis(300))
            .is_ok_and(|event| matches!(event, ScannerEvent::State(_)))
    );
    bench.handle.trigger();
    assert_eq!(bench.next(), Ok(b"H56.14-240823-0001".to_vec()));
}

#[test]
fn hostile_codes_are_passed_on_as_they_are_or_dropped_with_a_reason() {
    let bench = Bench::gm();
    assert_eq!(bench.shows(&[b'x'; 4096]), Err(Dropped::TooLong));
    assert_eq!(bench.shows(b"\x7E\x00\x08\x01\x00\x00\x00\xAB\xCD"), Err(Dropped::SetUp));
    assert_eq!(bench.sim.zone(0), 0xD6, "nothing of a scan is sent to the module");
    assert_eq!(bench.shows(b"@SETUPE1"), Err(Dropped::SetUp));
    let long = vec![b'y'; MAX_SCAN];
    assert_eq!(bench.shows(&long), Ok(long));
    for bytes in [&b"\x1b[2J"[..], b"\xff\xfe\xfd", b"\x02\x00\x01", b"a\0b"] {
        assert_eq!(bench.shows(bytes), Ok(bytes.to_vec()), "the application's parser says what they are");
    }
    // A whole reply in the middle of a code is taken for one, the rest is a code.
    assert_eq!(bench.shows(b"ab\x02\x00\x00\x01\x00\x33\x31cd"), Ok(b"abcd".to_vec()));
    assert_eq!(bench.shows(CARD.as_bytes()), Ok(CARD.as_bytes().to_vec()));
}

#[test]
fn a_scanner_that_is_unplugged_is_said_and_found_again() {
    let bench = Bench::gm();
    for _ in 0..3 {
        bench.sim.unplug();
        bench.wait_until(|bench| !bench.handle.state().up);
        let faults = bench.handle.state().faults;
        let device = bench.config.device.clone();
        let expected = [ScannerFault::Lost { device: device.clone() }, ScannerFault::NotFound { device }];
        assert!(faults.len() == 1 && expected.contains(&faults[0]), "{faults:?}");
        bench.sim.plug_in().unwrap();
        bench.wait_for_encoding(Encoding::Unchanged);
        assert_eq!(bench.shows(b"1.001193"), Ok(b"1.001193".to_vec()));
    }
}

#[test]
fn a_module_that_does_not_answer_is_said_and_found_when_it_does() {
    let bench = Bench::new(Connection::Gm, Faults { silent: true, ..Faults::default() }, |_| {});
    let fault = ScannerFault::Silent { device: bench.config.device.clone() };
    bench.wait_until(|bench| bench.handle.state().faults.contains(&fault));
    bench.sim.set_faults(Faults::default());
    bench.wait_for_encoding(Encoding::Unchanged);
    assert_eq!(bench.handle.state().faults, []);
}

#[test]
fn a_plain_serial_scanner_needs_no_protocol() {
    let bench =
        Bench::new(Connection::Serial, Faults { silent: true, packet: 64, ..Faults::default() }, |config| {
            config.suffix = Suffix::None;
        });
    bench.wait_until(|bench| bench.handle.state().up);
    bench.sim.set_zone(0x0D, 0x04);
    assert_eq!(bench.shows(CARD.as_bytes()), Ok(CARD.as_bytes().to_vec()));
    let lines =
        b"IDVNM1900000174001190000017<<5\r\n9002155F3002153VNM<<<<<<<<<<<0\r\nTRAN<<THI<VI<DU<<<<<<<<<<<<<<<";
    assert_eq!(bench.shows(lines), Ok(lines.to_vec()));
    assert_eq!(bench.handle.state().encoding, Encoding::Unknown);
}

#[test]
fn nothing_of_a_scan_is_in_what_is_logged() {
    let bench = Bench::gm();
    bench.sim.show(CARD.as_bytes());
    let event = bench.events.iter().find(|event| matches!(event, ScannerEvent::Scanned(_))).unwrap();
    assert_eq!(format!("{event:?}"), format!("Scanned(Scanned({} bytes))", CARD.len()));
}
