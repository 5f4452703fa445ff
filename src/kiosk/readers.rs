// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk's scanner and card reader: which of them there are, what the session
//! wants of them, and what they have to tell it. What a scan is and what a card
//! means is said in the core; nothing of either is kept or logged here.

use motcua_core::citizen::{Abilities, CardFacts, CardNews, CardTrouble, ChipKey, Proof};
use motcua_core::scan::{self, CardQr, Holder, Mrz, PersonalNumber, Rules, Scan, Unknown};
use motcua_core::session::Input;
use motcua_hal::card::{
    Access, Advice, Authenticity, CardData, CardError, CardEvent, CardHandle, ReaderState,
};
use motcua_hal::scanner::{Dropped, ScannerConfig, ScannerEvent, ScannerHandle, ScannerState};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a module that reads when it is told to is told again while a code is waited for. Their own
/// limit for one reading is five seconds when they come from the factory.
const TRIGGER_AGAIN: Duration = Duration::from_secs(3);
/// A reader that does not end in time is left behind.
const ENDING: Duration = Duration::from_secs(1);

/// Starts the card reader with the place where its events go.
pub type StartCard = Box<dyn FnOnce(Box<dyn Fn(CardEvent) + Send>) -> CardHandle>;

/// What a kiosk reads with.
#[derive(Default)]
pub struct ReaderParts {
    /// Its scanner.
    pub scanner: Option<ScannerConfig>,
    /// Its reader of chips.
    pub card: Option<StartCard>,
}

impl std::fmt::Debug for ReaderParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let card = self.card.is_some();
        f.debug_struct("ReaderParts").field("scanner", &self.scanner).field("card", &card).finish()
    }
}

/// What the readers' threads tell.
#[derive(Debug)]
pub enum Told {
    /// News of the scanner.
    Scanner(ScannerEvent),
    /// News of the card reader.
    Card(CardEvent),
    /// What became of the reading with this number.
    Chip(u64, Box<CardNews>),
}

/// Takes news on any thread.
pub type Tell = Arc<dyn Fn(Told) + Send + Sync>;

/// A chip that is to be opened: once a card lies there, and again when another is laid down after a failure.
struct Wanted {
    number: PersonalNumber,
    access: Access,
    /// The reading that is under way for it; another one may be ending still.
    reading: Option<u64>,
}

/// The readers of one kiosk. Stays on the thread of the event loop.
pub struct Readers {
    tell: Tell,
    scanner: Option<ScannerHandle>,
    /// A screen waits for a code: when the scanner was last told to read.
    triggered: Cell<Option<Instant>>,
    card: Option<CardHandle>,
    wanted: RefCell<Option<Wanted>>,
    readings: Cell<u64>,
    /// What the reader is at.
    under_way: Cell<Option<u64>>,
    abilities: Cell<Abilities>,
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").field("abilities", &self.abilities).finish_non_exhaustive()
    }
}

impl Readers {
    /// Starts what there is; `voice`: screens can be read aloud.
    pub fn start(parts: ReaderParts, voice: bool, tell: &Tell) -> Readers {
        let to = tell.clone();
        let scanner = parts.scanner.map(|config| ScannerHandle::spawn(config, move |e| to(Told::Scanner(e))));
        let to = tell.clone();
        let card = parts.card.map(|start| start(Box::new(move |e| to(Told::Card(e)))));
        Readers {
            tell: tell.clone(),
            scanner,
            triggered: Cell::default(),
            card,
            wanted: RefCell::default(),
            readings: Cell::default(),
            under_way: Cell::default(),
            abilities: Cell::new(Abilities { voice, ..Abilities::default() }),
        }
    }

    /// What the kiosk can do at present.
    pub fn abilities(&self) -> Abilities {
        self.abilities.get()
    }

    /// The scanner's latest state; none without a scanner.
    pub fn scanner_state(&self) -> Option<ScannerState> {
        self.scanner.as_ref().map(ScannerHandle::state)
    }

    /// The card reader's latest state; none without one.
    pub fn card_state(&self) -> Option<ReaderState> {
        self.card.as_ref().map(CardHandle::state)
    }

    /// A screen waits for a code, or does not any more. What is scanned meanwhile is told all the same.
    pub fn scan(&self, on: bool) {
        self.triggered.set(None);
        if on {
            self.trigger();
        }
    }

    /// Time passed.
    pub fn tick(&self) {
        if self.triggered.get().is_some_and(|last| last.elapsed() >= TRIGGER_AGAIN) {
            self.trigger();
        }
    }

    fn trigger(&self) {
        if let Some(scanner) = &self.scanner {
            scanner.trigger();
            self.triggered.set(Some(Instant::now()));
        }
    }

    /// Opens the chip on the reader, now or as soon as a card lies there.
    pub fn read_chip(&self, key: &ChipKey) {
        let (number, access) = access(key);
        self.forget_chip();
        let reading = self.card.is_none().then_some(0);
        *self.wanted.borrow_mut() = Some(Wanted { number, access, reading });
        match self.card_state() {
            None => (self.tell)(Told::Chip(0, Box::new(CardNews::Failed(CardTrouble::Reader)))),
            Some(state) if state.card => self.read(),
            Some(_) => {}
        }
    }

    /// Ends a reading and forgets what opens the chip.
    pub fn forget_chip(&self) {
        let wanted = self.wanted.borrow_mut().take();
        if let (Some(card), Some(Wanted { reading: Some(_), .. })) = (&self.card, &wanted) {
            card.cancel();
        }
    }

    fn read(&self) {
        let Some(card) = &self.card else { return };
        let mut wanted = self.wanted.borrow_mut();
        // One thing at a time: the end of the other reading begins this one.
        let Some(Wanted { number, access, reading: reading @ None }) = wanted.as_mut() else { return };
        if self.under_way.get().is_some() {
            return;
        }
        let this = self.readings.get() + 1;
        self.readings.set(this);
        self.under_way.set(Some(this));
        *reading = Some(this);
        let (number, tell) = (number.clone(), self.tell.clone());
        card.read(access.clone(), move |result| tell(Told::Chip(this, Box::new(found(result, &number)))));
    }

    /// What news mean for the session.
    pub fn hear(&self, told: Told, rules: &Rules) -> Option<Input> {
        match told {
            Told::Scanner(ScannerEvent::State(state)) => {
                self.able(Abilities { scanner: state.up, ..self.abilities.get() })
            }
            Told::Scanner(ScannerEvent::Scanned(scanned)) => {
                // A module that reads when it is told to has stopped.
                if self.triggered.get().is_some() {
                    self.trigger();
                }
                Some(Input::Scanned(Box::new(scan::read(scanned.bytes(), rules))))
            }
            Told::Scanner(ScannerEvent::Dropped(why)) => {
                if self.triggered.get().is_some() {
                    self.trigger();
                }
                Some(Input::Scanned(Box::new(Scan::Unknown(unread(why)))))
            }
            Told::Card(CardEvent::State(state)) => {
                self.able(Abilities { card: state.up, ..self.abilities.get() })
            }
            Told::Card(CardEvent::Inserted) => {
                self.read();
                Some(Input::Card(CardNews::Laid))
            }
            Told::Card(CardEvent::Removed) => Some(Input::Card(CardNews::Gone)),
            Told::Chip(reading, news) => self.chip(reading, *news),
        }
    }

    fn able(&self, now: Abilities) -> Option<Input> {
        let before = self.abilities.replace(now);
        // A scanner that comes back has forgotten that it was told to read.
        if now.scanner && !before.scanner && self.triggered.get().is_some() {
            self.trigger();
        }
        (before != now).then_some(Input::Abilities(now))
    }

    fn chip(&self, reading: u64, news: CardNews) -> Option<Input> {
        if self.under_way.get() == Some(reading) {
            self.under_way.set(None);
        }
        let mut wanted = self.wanted.borrow_mut();
        let waiting = wanted.as_mut()?;
        if waiting.reading != Some(reading) {
            // An earlier citizen's, or of an earlier code: nobody wants it, and the present one may begin.
            drop(wanted);
            if self.card_state().is_some_and(|state| state.card) {
                self.read();
            }
            return None;
        }
        waiting.reading = None;
        if matches!(news, CardNews::Read(_)) {
            *wanted = None;
        }
        Some(Input::Card(news))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.forget_chip();
        if let Some(scanner) = &self.scanner {
            scanner.shutdown(ENDING);
        }
        if let Some(card) = &self.card {
            card.shutdown(ENDING);
        }
    }
}

/// What opens the chip, and whose it must be.
fn access(key: &ChipKey) -> (PersonalNumber, Access) {
    match key {
        ChipKey::Code(card) => (card.number.clone(), of_code(card)),
        ChipKey::Zone(mrz) => {
            let access = Access::with_can(&mrz.number.access_number()).and_mrz(&mrz.access_key());
            (mrz.number.clone(), access)
        }
    }
}

/// The code does not say until when the card is valid; what its day of issue allows is tried.
fn of_code(card: &CardQr) -> Access {
    let access = Access::with_can(&card.number.access_number());
    let expiries = card.issued.as_ref().map(|issued| scan::expiries(&card.birth, issued)).unwrap_or_default();
    expiries
        .iter()
        .filter_map(|expiry| scan::access_key(&card.number, &card.birth, expiry))
        .fold(access, |access, key| access.and_mrz(&key))
}

/// What a reading has found. On the reader's thread.
fn found(result: Result<CardData, CardError>, wanted: &PersonalNumber) -> CardNews {
    match result.map_err(|error| trouble(&error)).and_then(|data| facts(&data, wanted)) {
        Ok(facts) => CardNews::Read(Box::new(facts)),
        Err(trouble) => CardNews::Failed(trouble),
    }
}

fn facts(data: &CardData, wanted: &PersonalNumber) -> Result<CardFacts, CardTrouble> {
    let mrz = Mrz::from_dg1(&data.dg1).map_err(|_| CardTrouble::OtherCard)?;
    if mrz.number != *wanted {
        return Err(CardTrouble::OtherNumber);
    }
    let holder = data.dg13.as_ref().and_then(|bytes| Holder::from_dg13(bytes));
    let proof = match data.authenticity {
        Authenticity::Verified => Proof::Verified,
        Authenticity::Unverified(_) => Proof::Unverified,
        Authenticity::Failed(_) => Proof::Failed,
    };
    CardFacts::of_chip(&mrz, holder.as_ref(), proof).ok_or(CardTrouble::OtherCard)
}

fn trouble(error: &CardError) -> CardTrouble {
    match error.advice() {
        Advice::HoldStill => CardTrouble::HoldStill,
        Advice::CheckNumber => CardTrouble::OtherNumber,
        Advice::OtherCard => CardTrouble::OtherCard,
        Advice::WithoutCard => CardTrouble::Reader,
    }
}

/// What is said of a scan that the driver did not pass on.
fn unread(why: Dropped) -> Unknown {
    match why {
        Dropped::TooLong => Unknown::TooLong,
        Dropped::SetUp => Unknown::Control,
        _ => Unknown::Other,
    }
}
