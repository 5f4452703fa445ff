// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pcscd with a virtual reader, the driver that watches it, and cards to lay down.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use motcua_hal::card::sim::{Chip, Document, Faults, Issuer, VirtualCard};
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

/// Where libpcsclite looks for the daemon; read once for each process, so that each test is a process.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";
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
        .env(SOCKET, directory.path().join("socket"))
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

/// Two ports behind each other: vpcd takes one for each slot.
fn free_ports() -> u16 {
    loop {
        let first = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && std::net::TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

pub struct Bench {
    directory: PathBuf,
    pub port: u16,
    pcscd: Option<Child>,
    pub issuer: Issuer,
}

impl Bench {
    fn new(directory: &Path) -> Bench {
        let port = free_ports();
        let driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
        assert!(
            Path::new(driver).exists(),
            "no virtual card reader: install pcscd and vsmartcard-vpcd (tools/setup.sh test)"
        );
        let readers = directory.join("readers");
        std::fs::create_dir(&readers).unwrap();
        let reader = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port:#X}\nLIBPATH {driver}\nCHANNELID {port:#X}\n"
        );
        std::fs::write(readers.join("vpcd"), reader).unwrap();
        let mut bench =
            Bench { directory: directory.to_owned(), port, pcscd: None, issuer: Issuer::new(2099).unwrap() };
        bench.start_pcscd();
        bench
    }

    /// Starts pcscd with a /run of its own, and points libpcsclite's socket there.
    pub fn start_pcscd(&mut self) {
        let script = "mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec pcscd --foreground --critical --config \"$0\"";
        let child = Command::new("unshare")
            .args(["--mount", "sh", "-c", script])
            .arg(self.directory.join("readers"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let socket = PathBuf::from(format!("/proc/{}/root/run/pcscd/pcscd.comm", child.id()));
        let mut child = child;
        wait_until("pcscd has come up; it needs root for its own mount namespace", || {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "pcscd has ended ({ended:?}): is it installed, and is this root?");
            // The host's own socket is not it: a /run of its own is mounted first.
            socket.exists() && !same_file(&socket, Path::new("/run/pcscd/pcscd.comm"))
        });
        let link = self.directory.join("socket");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&socket, &link).unwrap();
        self.pcscd = Some(child);
    }

    pub fn stop_pcscd(&mut self) {
        if let Some(mut child) = self.pcscd.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn document(&self) -> Document {
        Document::new(MRZ, &FIELDS, &self.issuer).unwrap()
    }

    /// Lays a card down. vpcd listens as soon as pcscd has loaded it.
    pub fn insert(&self, chip: &Chip, faults: &Faults) -> VirtualCard {
        let mut card = None;
        wait_until("vpcd listens", || {
            card = VirtualCard::insert(self.port, chip.fresh(), faults.clone()).ok();
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

fn same_file(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (left.metadata(), right.metadata()) {
        (Ok(left), Ok(right)) => (left.dev(), left.ino()) == (right.dev(), right.ino()),
        _ => false,
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop_pcscd();
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
