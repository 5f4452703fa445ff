// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pcscd with a virtual reader, the driver that watches it, and cards to lay down.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use motcua_hal::card::sim::{Chip, Document, Faults, Issuer, VirtualCard, VirtualReader};
use motcua_hal::card::{Access, CardData, CardError, CardEvent, CardHandle, Options, TrustStore};

/// For broken programs only.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A made-up person's card: number 001190000017.
pub const MRZ: &str =
    "IDVNM1900000174001190000017<<59002155F3002153VNM<<<<<<<<<<<0TRAN<<THI<VI<DU<<<<<<<<<<<<<<<";
pub const CAN: &str = "000017";
pub const MRZ_KEY: &str = "190000017490021553002153";
pub const FIELDS: [(u8, &str); 8] = [
    (1, "001190000017"),
    (2, "Trần Thị Ví Dụ"),
    (3, "15/02/1990"),
    (4, "Nữ"),
    (7, "Không"),
    (9, "Số 1 Phố Mẫu, Phường Thử Nghiệm, Hà Nội"),
    (11, "20/06/2021"),
    (12, "15/02/2030"),
];

const DIRECTORY: &str = "MOTCUA_CARD_TEST";

/// Runs a test in a process that looks for a pcscd of its own. `test` is the test's name within this binary.
pub fn alone(test: &str, body: impl FnOnce(&mut Bench)) {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let directory = PathBuf::from(directory);
        body(&mut Bench::new(&directory));
        std::fs::write(directory.join("passed"), "").unwrap();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory.path())
        // Read once for each process by libpcsclite, so that each test is a process.
        .env(VirtualReader::VARIABLE, directory.path().join("socket"))
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed in its own process");
    assert!(directory.path().join("passed").exists(), "there is no test {test}");
}

/// Waits a moment without sleeping.
pub fn pause(ms: u64) {
    let (_sender, receiver) = channel::<()>();
    let _ = receiver.recv_timeout(Duration::from_millis(ms));
}

fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < LIMIT, "in vain: {what}");
        pause(10);
    }
}

pub struct Bench {
    pub reader: VirtualReader,
    pub issuer: Issuer,
}

impl Bench {
    fn new(directory: &Path) -> Bench {
        Bench { reader: VirtualReader::start(directory).unwrap(), issuer: Issuer::new(2099).unwrap() }
    }

    pub fn document(&self) -> Document {
        Document::new(MRZ, &FIELDS, &self.issuer).unwrap()
    }

    /// Lays a card down. vpcd listens as soon as pcscd has loaded it.
    pub fn insert(&self, chip: &Chip, faults: &Faults) -> VirtualCard {
        let mut card = None;
        wait_until("vpcd listens", || {
            card = VirtualCard::insert(self.reader.port(), chip.fresh(), faults.clone()).ok();
            card.is_some()
        });
        card.unwrap()
    }

    /// The country certificate of the issuer.
    pub fn trust(&self) -> TrustStore {
        let mut trust = TrustStore::new();
        trust.add(self.issuer.certificate()).unwrap();
        trust
    }

    pub fn driver(&self, trust: TrustStore) -> Driver {
        self.driver_with(trust, Duration::from_secs(30))
    }

    pub fn driver_with(&self, trust: TrustStore, limit: Duration) -> Driver {
        let options = Options {
            reopen_first: Duration::from_millis(20),
            reopen_longest: Duration::from_millis(100),
            limit,
        };
        let (sender, events) = channel();
        let open = || motcua_hal::card::open("Virtual PCD");
        let handle = CardHandle::spawn_with(trust, options, open, move |event| {
            let _ = sender.send(event);
        });
        Driver { handle, events }
    }
}

/// The driver and what it tells.
pub struct Driver {
    pub handle: CardHandle,
    pub events: Receiver<CardEvent>,
}

impl Driver {
    /// Waits for an event, passing over news of the reader.
    pub fn wait_for(&self, wanted: &CardEvent) {
        loop {
            match self.events.recv_timeout(LIMIT) {
                Ok(event) if &event == wanted => return,
                Ok(_) => {}
                Err(_) => panic!("{wanted:?} did not come: {:?}", self.handle.state()),
            }
        }
    }

    pub fn wait_until_up(&self, up: bool) {
        wait_until("the reader is known as it is", || self.handle.state().up == up);
    }

    pub fn read(&self, access: Access) -> Result<CardData, CardError> {
        let (sender, receiver) = channel();
        self.handle.read(access, move |result| {
            let _ = sender.send(result);
        });
        receiver.recv_timeout(LIMIT).unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.handle.shutdown(LIMIT);
    }
}

pub fn can() -> Access {
    Access::with_can(CAN)
}
