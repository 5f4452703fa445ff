// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench's scanner, card reader, keypad and voice: a GM-class module on a pty,
//! a virtual card behind a real pcscd (or, for users who may not start one, within
//! this program), four buttons, and a loudspeaker that leaves WAV files.

use super::cards;
use super::glass::{Fault, bad};
use crate::aloud::Ear;
use crate::kiosk::keypad::KeypadParts;
use crate::kiosk::readers::ReaderParts;
use axum::extract::{Path as Part, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use motcua_hal::buttons::sim::SimButtons;
use motcua_hal::buttons::{ButtonConfig, ButtonsHandle, LineName, PanelConfig};
use motcua_hal::card::sim::{Chip, DirectReader, Faults, Issuer, VirtualCard, VirtualReader};
use motcua_hal::card::{CardHandle, Options as CardOptions, ReaderState, TrustStore};
use motcua_hal::scanner::sim::{Faults as ScannerFaults, SimScanner};
use motcua_hal::scanner::{ScannerConfig, ScannerState};
use motcua_hal::speaker::SpeakerHandle;
use motcua_hal::speaker::sim::WavSpeaker;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::error::Error;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The buttons of the keypad, in the order of [`crate::ui::Key::ALL`].
const KEYS: [&str; 4] = ["up", "down", "select", "back"];
const SCANNER_FAULTS: [&str; 5] = ["silent", "stubborn", "packets", "chatty", "unplug"];
const CARD_FAULTS: [&str; 4] = ["removed", "6D00", "slow", "garbage"];
/// In the middle of reading a data group.
const REMOVED_AT: u32 = 20;
/// How long a pcscd takes to come up.
const LISTENING: Duration = Duration::from_secs(3);
/// Longest list of what was read aloud.
const HEARD: usize = 100;
/// The directory of the virtual reader's files, handed on to the same program started anew.
const DIRECTORY: &str = "MOTCUA_BENCH_READER";

/// How the virtual card is reached.
enum Reader {
    /// A pcscd of the bench's own.
    Pcscd(VirtualReader),
    /// Within this program.
    Direct(DirectReader),
}

/// What lies on the reader.
struct Laid {
    name: String,
    /// Taken away when dropped.
    card: Option<VirtualCard>,
}

#[derive(Default)]
struct Now {
    shown: Option<String>,
    laid: Option<Laid>,
    scanner: BTreeSet<&'static str>,
    card: BTreeSet<&'static str>,
}

/// The readers of the bench.
pub(crate) struct Bench {
    scanner: SimScanner,
    port: PathBuf,
    reader: Reader,
    issuer: Issuer,
    buttons: SimButtons,
    keypad: PanelConfig,
    speaker: WavSpeaker,
    aloud: Arc<Mutex<Vec<String>>>,
    now: Mutex<Now>,
}

/// Starts this program anew with the place of its own pcscd, which libpcsclite reads once a process. Comes back where
/// that is done already, or not possible.
pub(super) fn with_a_pcscd_of_its_own(data: Option<&Path>) {
    if std::env::var_os(DIRECTORY).is_some() || !VirtualReader::is_possible() {
        return;
    }
    let unique = format!("motcua-reader-{}", uuid::Uuid::now_v7().simple());
    let directory = data.map_or_else(|| std::env::temp_dir().join(unique), |data| data.join("reader"));
    // Seen from wherever pcscd runs.
    let Ok(directory) = std::path::absolute(directory) else { return };
    let Ok(program) = std::env::current_exe() else { return };
    let failed = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(VirtualReader::VARIABLE, directory.join("socket"))
        .env(DIRECTORY, directory)
        .exec();
    tracing::warn!(error = %failed, "the card reader will be one within this program");
}

/// A pcscd, where this process was started for one.
fn reader() -> Reader {
    let direct = || Reader::Direct(DirectReader::default());
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return direct() };
    let started = std::fs::create_dir_all(&directory).and_then(|()| VirtualReader::start(&directory));
    started.map_or_else(
        |error| {
            tracing::warn!(%error, "the card reader is one within this program");
            direct()
        },
        Reader::Pcscd,
    )
}

impl Bench {
    /// Everything of it, with its files in `data`.
    pub(super) fn start(data: &Path, speed: f64) -> Result<Bench, Box<dyn Error>> {
        let port = data.join("scanner");
        let buttons: Result<Vec<ButtonConfig>, _> =
            KEYS.iter().map(|name| LineName::new(*name).map(|line| ButtonConfig::new(*name, line))).collect();
        let keypad = PanelConfig { buttons: buttons?, lockout_ms: 100, ..PanelConfig::default() };
        Ok(Bench {
            scanner: SimScanner::new(&port, ScannerFaults::default())?,
            port,
            reader: reader(),
            issuer: Issuer::new(2099).ok_or("no random numbers")?,
            buttons: SimButtons::new(&keypad.buttons),
            keypad,
            speaker: WavSpeaker::new(&data.join("sounds"), speed)?,
            aloud: Arc::default(),
            now: Mutex::default(),
        })
    }

    /// What the kiosk reads with: the scanner by its port, the card reader by PC/SC where there is one.
    pub(super) fn parts(&self) -> Result<ReaderParts, Box<dyn Error>> {
        let mut trust = TrustStore::new();
        trust.add(self.issuer.certificate()).ok_or("the bench's own certificate cannot be read")?;
        let options = CardOptions { reopen_longest: Duration::from_millis(500), ..CardOptions::default() };
        let card: crate::kiosk::readers::StartCard = match &self.reader {
            #[cfg(feature = "pcsc")]
            Reader::Pcscd(_) => {
                let open = || motcua_hal::card::open("Virtual PCD");
                Box::new(move |events| CardHandle::spawn_with(trust, options, open, events))
            }
            #[cfg(not(feature = "pcsc"))]
            Reader::Pcscd(_) => return Err("this build has no PC/SC".into()),
            Reader::Direct(reader) => {
                let reader = reader.clone();
                Box::new(move |events| {
                    CardHandle::spawn_with(trust, options, move || Ok(reader.open()), events)
                })
            }
        };
        let scanner: ScannerConfig = format!("gm:{}", self.port.display()).parse()?;
        Ok(ReaderParts { scanner: Some(scanner), card: Some(card) })
    }

    pub(super) fn keypad(&self) -> KeypadParts {
        let (config, buttons) = (self.keypad.clone(), self.buttons.clone());
        KeypadParts(Some(Box::new(move |events| {
            ButtonsHandle::spawn_with(config, Default::default(), move || buttons.open(), events)
        })))
    }

    pub(super) fn speaker(&self) -> SpeakerHandle {
        let speaker = self.speaker.clone();
        SpeakerHandle::spawn(move || speaker.open(), |_| {})
    }

    pub(super) fn ear(&self) -> Ear {
        let aloud = self.aloud.clone();
        Ear(Some(Box::new(move |line| {
            let mut aloud = aloud.lock().unwrap_or_else(PoisonError::into_inner);
            aloud.push(line.to_owned());
            let surplus = aloud.len().saturating_sub(HEARD);
            aloud.drain(..surplus);
        })))
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the list of devices.
    pub(super) fn told(&self, codes: &ScannerState, cards: &ReaderState) -> [Value; 2] {
        let mut now = self.now();
        // One that a fault has taken away lies there no more.
        let gone = now.laid.as_ref().is_some_and(|laid| match (&self.reader, &laid.card) {
            (Reader::Direct(reader), _) => !reader.open().has_card(),
            (Reader::Pcscd(_), card) => !card.as_ref().is_some_and(VirtualCard::lies_there),
        });
        if gone {
            now.laid = None;
        }
        let by = match &self.reader {
            Reader::Pcscd(_) => "a virtual card behind a real pcscd (vpcd)",
            Reader::Direct(_) => {
                "a virtual card within this program, without pcscd: that takes root, pcscd and vsmartcard-vpcd"
            }
        };
        [
            json!({ "name": "scanner", "up": codes.up, "fault": codes.faults.first().map(ToString::to_string),
                    "last": now.shown, "set": now.scanner, "kinds": SCANNER_FAULTS }),
            json!({ "name": "card", "up": cards.up, "reader": cards.reader, "seen": cards.card,
                    "fault": cards.fault.as_ref().map(ToString::to_string), "present": now.laid.is_some(),
                    "card": now.laid.as_ref().map(|l| &l.name), "by": by, "set": now.card, "kinds": CARD_FAULTS }),
        ]
    }

    /// Sets or ends a fault; of a card it counts from the next one that is laid down.
    pub(super) fn fault(&self, device: &str, kind: &str, off: bool) -> Result<(), Fault> {
        let mut now = self.now();
        let (kinds, set) = match device {
            "scanner" => (&SCANNER_FAULTS[..], &mut now.scanner),
            _ => (&CARD_FAULTS[..], &mut now.card),
        };
        if kind == "none" {
            set.clear();
        } else {
            let known = kinds.iter().find(|known| **known == kind);
            let known = *known.ok_or_else(|| bad(format!("a {device} has no fault `{kind}`")))?;
            if off {
                set.remove(known)
            } else {
                set.insert(known)
            };
        }
        if device == "scanner" {
            self.set_scanner(&now.scanner)?;
        }
        Ok(())
    }

    fn set_scanner(&self, set: &BTreeSet<&str>) -> Result<(), Fault> {
        let there = self.port.symlink_metadata().is_ok();
        if set.contains("unplug") {
            self.scanner.unplug();
        } else if !there {
            let no_pty = |e: std::io::Error| Fault(StatusCode::INTERNAL_SERVER_ERROR, e.to_string());
            self.scanner.plug_in().map_err(no_pty)?;
        }
        self.scanner.set_faults(ScannerFaults {
            silent: set.contains("silent"),
            stubborn: set.contains("stubborn"),
            packet: if set.contains("packets") { 64 } else { 0 },
            chatty: set.contains("chatty"),
        });
        Ok(())
    }

    fn lay(&self, name: &str) -> Result<(), Fault> {
        let chip = cards::chip(name, &self.issuer)
            .ok_or_else(|| bad(format!("there is no card `{name}`; GET /samples names them")))?;
        let mut now = self.now();
        now.laid = None;
        let set = &now.card;
        let faults = Faults {
            remove_at: set.contains("removed").then_some(REMOVED_AT),
            garbage_from: set.contains("garbage").then_some(10),
            delay: if set.contains("slow") { Duration::from_millis(400) } else { Duration::ZERO },
            stranger: set.contains("6D00") || name == "stranger",
            ..Faults::default()
        };
        now.laid = Some(Laid { name: name.to_owned(), card: self.put(chip, faults)? });
        Ok(())
    }

    fn put(&self, chip: Chip, faults: Faults) -> Result<Option<VirtualCard>, Fault> {
        match &self.reader {
            Reader::Direct(reader) => {
                reader.lay(chip, faults);
                Ok(None)
            }
            Reader::Pcscd(reader) => {
                VirtualCard::insert(reader.port(), chip, faults).map(Some).map_err(|e| {
                    Fault(StatusCode::SERVICE_UNAVAILABLE, format!("vpcd does not take the card: {e}"))
                })
            }
        }
    }

    fn take_away(&self) {
        self.now().laid = None;
        if let Reader::Direct(reader) = &self.reader {
            reader.take_away();
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let (Reader::Pcscd(reader), Some(directory)) = (&mut self.reader, std::env::var_os(DIRECTORY)) {
            reader.stop();
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

type Shared = State<Arc<Bench>>;

pub(super) fn router(bench: Arc<Bench>) -> Router {
    Router::new()
        .route("/samples", get(samples))
        .route("/devices/scanner/scan", post(scan))
        .route("/devices/card/present", post(card))
        .route("/devices/keypad/press", post(press))
        .route("/aloud", get(aloud))
        .route("/aloud/{n}", get(sound))
        .with_state(bench)
}

async fn samples() -> Json<Value> {
    let chips: Vec<Value> =
        cards::CHIPS.iter().map(|(name, title)| json!({ "name": name, "title": title })).collect();
    Json(json!({ "codes": cards::CODES, "cards": chips }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    /// What the code says.
    #[serde(default)]
    text: Option<String>,
    /// Or the name of a sample.
    #[serde(default)]
    sample: Option<String>,
}

async fn scan(State(bench): Shared, Json(scan): Json<Scan>) -> Result<StatusCode, Fault> {
    let (text, name) = match (scan.text, scan.sample) {
        (Some(text), None) => (text, "free text".to_owned()),
        (None, Some(name)) => {
            let found = cards::CODES.iter().find(|sample| sample.name == name);
            let found =
                found.ok_or_else(|| bad(format!("there is no sample `{name}`; GET /samples names them")))?;
            (found.code.to_owned(), name)
        }
        _ => return Err(bad("give either the text of a code or the name of a sample")),
    };
    bench.scanner.show(text.as_bytes());
    bench.now().shown = Some(name);
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    present: bool,
    /// Which; without, that of 2021.
    #[serde(default)]
    card: Option<String>,
}

async fn card(State(bench): Shared, Json(card): Json<Card>) -> Result<StatusCode, Fault> {
    if !card.present {
        bench.take_away();
        return Ok(StatusCode::ACCEPTED);
    }
    let begun = Instant::now();
    loop {
        match bench.lay(card.card.as_deref().unwrap_or("2021")) {
            // vpcd listens as soon as pcscd has loaded it.
            Err(Fault(StatusCode::SERVICE_UNAVAILABLE, _)) if begun.elapsed() < LISTENING => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(|()| StatusCode::ACCEPTED),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    key: String,
}

async fn press(State(bench): Shared, Json(press): Json<Press>) -> Result<StatusCode, Fault> {
    let place = KEYS.iter().position(|key| *key == press.key);
    bench.buttons.press(place.ok_or_else(|| bad("the keypad has up, down, select and back"))?);
    Ok(StatusCode::ACCEPTED)
}

/// What was read aloud, and the sounds that were heard.
async fn aloud(State(bench): Shared) -> Json<Value> {
    let lines = bench.aloud.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let sounds: Vec<Value> = bench
        .speaker
        .heard()
        .iter()
        .map(|heard| json!({ "length_ms": heard.length.as_millis() as u64, "how": format!("{:?}", heard.how).to_lowercase() }))
        .collect();
    Json(json!({ "lines": lines, "sounds": sounds }))
}

async fn sound(State(bench): Shared, Part(n): Part<usize>) -> Result<Response, Fault> {
    let heard = bench.speaker.heard();
    let nothing = || Fault(StatusCode::NOT_FOUND, "no such sound".into());
    let bytes = std::fs::read(&heard.get(n).ok_or_else(nothing)?.file).map_err(|_| nothing())?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], bytes).into_response())
}
