// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk's scanner and card reader, from the module on a pty and the chip behind a real pcscd to what the
//! session is told.

use crate::support::*;
use motcua::kiosk::readers::{ReaderParts, Readers, Tell, Told};
use motcua_core::citizen::{Abilities, CardNews, CardTrouble, ChipKey, Proof};
use motcua_core::scan::{Personal, Rules, Scan, Unknown, read};
use motcua_core::session::Input;
use motcua_hal::card::sim::{Chip, DirectReader, Document, Faults, Issuer, VirtualCard, VirtualReader};
use motcua_hal::card::{CardHandle, Options, TrustStore};
use motcua_hal::scanner::ScannerConfig;
use motcua_hal::scanner::sim::{Faults as ScannerFaults, SimScanner};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const CARD: &str = "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Hà Nội|20062021";
const OTHER: &str = "001090000025||Trần Văn Mẫu|15021990|Nam|Số 2 Phố Mẫu, Hà Nội|20062021";
const MRZ: &str =
    "IDVNM1900000174001190000017<<59002155F3002153VNM<<<<<<<<<<<0TRAN<<THI<VI<DU<<<<<<<<<<<<<<<";
const FIELDS: [(u8, &str); 3] = [(1, "001190000017"), (2, "Trần Thị Ví Dụ"), (3, "15/02/1990")];
/// For broken programs only.
const LONG: Duration = Duration::from_secs(30);

/// The readers of a kiosk without its glass.
struct Kiosk {
    readers: Readers,
    told: Receiver<Told>,
}

impl Kiosk {
    fn new(parts: ReaderParts) -> Kiosk {
        let (sender, told) = channel();
        let tell: Tell = Arc::new(move |news| drop(sender.send(news)));
        Kiosk { readers: Readers::start(parts, false, &tell), told }
    }

    /// What the session is told next; none when nothing comes for so long.
    fn next_within(&self, limit: Duration) -> Option<Input> {
        let until = Instant::now() + limit;
        loop {
            self.readers.tick();
            let wait = until.saturating_duration_since(Instant::now()).min(Duration::from_millis(250));
            match self.told.recv_timeout(wait) {
                Ok(told) => match self.readers.hear(told, &Rules::default()) {
                    Some(input) => return Some(input),
                    None => continue,
                },
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(_) => return None,
            }
        }
    }

    fn next(&self) -> Input {
        self.next_within(LONG).expect("the session is told something")
    }

    fn scan(&self) -> Scan {
        match self.next() {
            Input::Scanned(scan) => *scan,
            other => panic!("{other:?}"),
        }
    }

    fn card(&self) -> CardNews {
        match self.next() {
            Input::Card(news) => news,
            other => panic!("{other:?}"),
        }
    }

    fn quiet(&self) {
        assert_eq!(self.next_within(Duration::from_millis(700)), None);
    }
}

fn able(scanner: bool, card: bool) -> Input {
    Input::Abilities(Abilities { scanner, card, voice: false })
}

fn code(text: &str) -> ChipKey {
    let Scan::Card(card) = read(text.as_bytes(), &Rules::default()) else { panic!("{text}") };
    ChipKey::Code(card)
}

#[test]
fn a_module_reads_while_a_screen_waits_and_what_it_reads_is_told() {
    let dir = Dir::new();
    let port = dir.path().join("scanner");
    let module = SimScanner::new(&port, ScannerFaults::default()).unwrap();
    let config: ScannerConfig = format!("gm:{}", port.display()).parse().unwrap();
    let kiosk = Kiosk::new(ReaderParts { scanner: Some(config), card: None });
    assert_eq!(kiosk.next(), able(true, false));

    // Told to read on command, it is dark until a screen waits.
    let begun = Instant::now();
    while module.zone(0) & 0x03 != 1 || module.zone(0x0D) & 0x0C != 4 {
        assert!(begun.elapsed() < LONG, "the module was not set");
        kiosk.next_within(Duration::from_millis(20));
    }
    module.show(CARD.as_bytes());
    kiosk.quiet();
    kiosk.readers.scan(true);
    let Scan::Card(card) = kiosk.scan() else { panic!("no card") };
    assert_eq!(card.name.unwrap().expose(), "Trần Thị Ví Dụ");

    // One after the other, in packets, with acknowledgements between them, and whatever people hold there.
    module.set_faults(ScannerFaults { packet: 64, chatty: true, ..ScannerFaults::default() });
    for (bytes, expected) in [
        (&b"H56.14-240823-0001"[..], Scan::Dossier("H56.14-240823-0001".into())),
        (b"LH-7", Scan::Booking("LH-7".into())),
        (b"\x1b[2J", Scan::Unknown(Unknown::Control)),
        (b"\xC4\xFA\xBA\xC3", Scan::Unknown(Unknown::Garbled)),
        (&[b'a'; 4096], Scan::Unknown(Unknown::TooLong)),
        (b"1.001193", Scan::Procedure("1.001193".into())),
    ] {
        module.show(bytes);
        assert_eq!(kiosk.scan(), expected);
    }
    kiosk.readers.scan(false);
    module.unplug();
    assert_eq!(kiosk.next(), able(false, false));
    kiosk.readers.scan(true);
    module.plug_in().unwrap();
    assert_eq!(kiosk.next(), able(true, false));
    module.show(b"LH-8");
    assert_eq!(kiosk.scan(), Scan::Booking("LH-8".into()), "it was told to read when it was back");
}

const DIRECTORY: &str = "MOTCUA_KIOSK_READERS";

/// Runs a test in a process that looks for a pcscd of its own: libpcsclite reads its place once a process.
fn alone(test: &str, body: impl FnOnce(&Path)) {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let directory = PathBuf::from(directory);
        body(&directory);
        std::fs::write(directory.join("passed"), "").unwrap();
        return;
    }
    let directory = Dir::new();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("kiosk_readers::{test}"), "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory.path())
        .env(VirtualReader::VARIABLE, directory.path().join("socket"))
        .status()
        .unwrap();
    assert!(status.success() && directory.path().join("passed").exists(), "{test} failed in its own process");
}

/// A pcscd with a virtual reader, and a state that issues cards.
struct Counter {
    reader: VirtualReader,
    issuer: Issuer,
}

impl Counter {
    fn new(directory: &Path) -> Counter {
        Counter { reader: VirtualReader::start(directory).unwrap(), issuer: Issuer::new(2099).unwrap() }
    }

    fn chip(&self) -> Chip {
        Chip::new(Document::new(MRZ, &FIELDS, &self.issuer).unwrap())
    }

    fn lay(&self, chip: &Chip, faults: &Faults) -> VirtualCard {
        let begun = Instant::now();
        loop {
            if let Ok(card) = VirtualCard::insert(self.reader.port(), chip.fresh(), faults.clone()) {
                return card;
            }
            assert!(begun.elapsed() < LONG, "vpcd does not listen");
            std::thread::yield_now();
        }
    }

    /// A kiosk at this reader that believes in this state, or in none.
    fn kiosk(&self, believes: bool) -> Kiosk {
        let mut trust = TrustStore::new();
        if believes {
            trust.add(self.issuer.certificate()).unwrap();
        }
        let options = Options { reopen_first: Duration::from_millis(20), ..Options::default() };
        let open = || motcua_hal::card::open("Virtual PCD");
        let kiosk = Kiosk::new(ReaderParts {
            scanner: None,
            card: Some(Box::new(move |events| CardHandle::spawn_with(trust, options, open, events))),
        });
        assert_eq!(kiosk.next(), able(false, true));
        kiosk
    }
}

fn read_as(news: CardNews, proof: Proof) {
    let CardNews::Read(facts) = news else { panic!("{news:?}") };
    assert_eq!((facts.number.expose(), facts.how), ("001190000017", proof));
    assert_eq!(facts.name.as_ref().map(Personal::expose), Some("Trần Thị Ví Dụ"));
}

#[test]
fn a_chip_is_opened_by_its_code_when_it_is_laid_down() {
    alone("a_chip_is_opened_by_its_code_when_it_is_laid_down", |directory| {
        let counter = Counter::new(directory);
        let kiosk = counter.kiosk(true);
        kiosk.readers.read_chip(&code(CARD));
        kiosk.quiet();
        let card = counter.lay(&counter.chip(), &Faults::default());
        assert_eq!(kiosk.card(), CardNews::Laid);
        read_as(kiosk.card(), Proof::Verified);
        // The code of another person's card opens nothing.
        kiosk.readers.read_chip(&code(OTHER));
        assert_eq!(kiosk.card(), CardNews::Failed(CardTrouble::OtherNumber));
        drop(card);
        assert_eq!(kiosk.card(), CardNews::Gone);
        // One without PACE wants number, birth and expiry; the code has no expiry, but its day of issue has.
        kiosk.readers.read_chip(&code(CARD));
        let _card = counter.lay(&counter.chip().without_pace(), &Faults::default());
        assert_eq!(kiosk.card(), CardNews::Laid);
        read_as(kiosk.card(), Proof::Verified);
        let Scan::Mrz(zone) = read(MRZ.as_bytes(), &Rules::default()) else { panic!("no zone") };
        kiosk.readers.read_chip(&ChipKey::Zone(zone));
        read_as(kiosk.card(), Proof::Verified);
    });
}

#[test]
fn what_a_chip_does_not_prove_is_not_called_proven() {
    alone("what_a_chip_does_not_prove_is_not_called_proven", |directory| {
        let counter = Counter::new(directory);
        let kiosk = counter.kiosk(false);
        let card = counter.lay(&counter.chip(), &Faults::default());
        assert_eq!(kiosk.card(), CardNews::Laid);
        kiosk.readers.read_chip(&code(CARD));
        read_as(kiosk.card(), Proof::Unverified);
        drop(card);
        assert_eq!(kiosk.card(), CardNews::Gone);
        let mut fields = FIELDS;
        fields[2].1 = "15/02/1930";
        let forged = Document::new(MRZ, &FIELDS, &counter.issuer).unwrap().forged(&fields);
        let _card = counter.lay(&Chip::new(forged), &Faults::default());
        assert_eq!(kiosk.card(), CardNews::Laid);
        kiosk.readers.read_chip(&code(CARD));
        read_as(kiosk.card(), Proof::Failed);
    });
}

#[test]
fn a_card_that_was_lifted_is_read_when_it_lies_there_again_and_a_forgotten_one_is_not() {
    let name = "a_card_that_was_lifted_is_read_when_it_lies_there_again_and_a_forgotten_one_is_not";
    alone(name, |directory| {
        let counter = Counter::new(directory);
        let kiosk = counter.kiosk(true);
        kiosk.readers.read_chip(&code(CARD));
        let card = counter.lay(&counter.chip(), &Faults { remove_at: Some(9), ..Faults::default() });
        assert_eq!(kiosk.card(), CardNews::Laid);
        let news = [kiosk.card(), kiosk.card()];
        assert!(news.contains(&CardNews::Failed(CardTrouble::HoldStill)), "{news:?}");
        assert!(news.contains(&CardNews::Gone), "{news:?}");
        drop(card);
        let card = counter.lay(&counter.chip(), &Faults::default());
        assert_eq!(kiosk.card(), CardNews::Laid);
        read_as(kiosk.card(), Proof::Verified);
        drop(card);
        assert_eq!(kiosk.card(), CardNews::Gone);

        // A slow card, and a citizen who has left: the reading ends at once and says nothing.
        let slow = Faults { delay: Duration::from_millis(200), ..Faults::default() };
        kiosk.readers.read_chip(&code(CARD));
        let card = counter.lay(&counter.chip(), &slow);
        assert_eq!(kiosk.card(), CardNews::Laid);
        kiosk.readers.forget_chip();
        kiosk.quiet();
        drop(card);
        assert_eq!(kiosk.card(), CardNews::Gone);

        // A reading for one code is under way when the code of another card comes: only that one is answered.
        kiosk.readers.read_chip(&code(CARD));
        let _card =
            counter.lay(&counter.chip(), &Faults { delay: Duration::from_millis(60), ..slow.clone() });
        assert_eq!(kiosk.card(), CardNews::Laid);
        kiosk.readers.read_chip(&code(OTHER));
        assert_eq!(kiosk.card(), CardNews::Failed(CardTrouble::OtherNumber));
        kiosk.quiet();
    });
}

#[test]
fn a_kiosk_without_a_card_reader_says_so() {
    let kiosk = Kiosk::new(ReaderParts::default());
    assert_eq!(kiosk.readers.abilities(), Abilities::default());
    kiosk.readers.read_chip(&code(CARD));
    assert_eq!(kiosk.card(), CardNews::Failed(CardTrouble::Reader));
}

#[test]
fn the_bench_s_own_reader_is_one_as_any_other() {
    let issuer = Issuer::new(2099).unwrap();
    let chip = || Chip::new(Document::new(MRZ, &FIELDS, &issuer).unwrap());
    let reader = DirectReader::default();
    let opened = reader.clone();
    let mut trust = TrustStore::new();
    trust.add(issuer.certificate()).unwrap();
    let open = move || Ok(opened.open());
    let start = move |events| CardHandle::spawn_with(trust, Options::default(), open, events);
    let kiosk = Kiosk::new(ReaderParts { scanner: None, card: Some(Box::new(start)) });
    assert_eq!(kiosk.next(), able(false, true));
    kiosk.readers.read_chip(&code(CARD));
    reader.lay(chip(), Faults::default());
    assert_eq!(kiosk.card(), CardNews::Laid);
    read_as(kiosk.card(), Proof::Verified);
    reader.take_away();
    assert_eq!(kiosk.card(), CardNews::Gone);
    // Each fault has its advice, and the next card is read all the same.
    for (faults, advice) in [
        (Faults { remove_at: Some(20), ..Faults::default() }, CardTrouble::HoldStill),
        (Faults { garbage_from: Some(10), ..Faults::default() }, CardTrouble::HoldStill),
        (Faults { stranger: true, ..Faults::default() }, CardTrouble::OtherCard),
    ] {
        kiosk.readers.read_chip(&code(CARD));
        reader.lay(chip(), faults);
        assert_eq!(kiosk.card(), CardNews::Laid);
        let mut news = vec![kiosk.card()];
        reader.take_away();
        while !news.contains(&CardNews::Gone) {
            news.push(kiosk.card());
        }
        assert!(news.contains(&CardNews::Failed(advice)), "{advice:?}: {news:?}");
        reader.lay(chip().without_pace(), Faults::default());
        assert_eq!(kiosk.card(), CardNews::Laid);
        read_as(kiosk.card(), Proof::Verified);
        reader.take_away();
        assert_eq!(kiosk.card(), CardNews::Gone);
    }
    let otherwise = Document::new(MRZ, &FIELDS, &issuer).unwrap().signed_otherwise();
    kiosk.readers.read_chip(&code(CARD));
    reader.lay(Chip::new(otherwise), Faults::default());
    assert_eq!(kiosk.card(), CardNews::Laid);
    read_as(kiosk.card(), Proof::Unverified);
}
