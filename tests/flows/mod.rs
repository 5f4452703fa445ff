// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything a citizen does by himself, on the bench: the real program, its
//! scanner on a pty, its card behind a real pcscd where that may be started, its
//! paper. Driven as a person would: touches, codes, cards.

mod bookings;
mod browse;
mod cards;
mod dossiers;
mod feedback;
mod information;
mod memory;
mod wrong;

use crate::support::*;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command as Process;
use std::time::Duration;

/// The sample catalogue of the central's reference system.
const CATALOGUE: &str = include_str!("../../central/src/province/stub/catalogue.csv");

/// A bench that is open at whatever hour the test runs, with a person before it.
pub struct Flow {
    pub bench: Bench,
    glass: Device,
    pub dir: Dir,
}

impl Flow {
    /// With an empty province.
    pub fn new() -> Flow {
        Flow::of(&always_open(), &[])
    }

    /// With a hall file and what the province sent.
    pub fn of(hall: &str, files: &[(&str, String)]) -> Flow {
        Flow::prepared(hall, files, |_| {})
    }

    /// `prepare` puts files into the data directory before the bench starts.
    pub fn prepared(hall: &str, files: &[(&str, String)], prepare: impl Fn(&Dir)) -> Flow {
        let dir = Dir::new();
        let hall = dir.file("hall.toml", hall).display().to_string();
        prepare(&dir);
        if !files.is_empty() {
            // Only a hub that was started knows whose data it takes.
            let first = Flow::run(dir.path(), &hall);
            assert!(until(|| dir.path().join("address.toml").exists()), "the hub has no address");
            first.wait("a day", |s| s["hall"]["day"].is_string());
            for (name, text) in files {
                import(&dir, name, text);
            }
            first.run.kill();
        }
        let flow = Flow::with(Flow::run(dir.path(), &hall), dir);
        if files.iter().any(|(name, _)| name.starts_with("catalogue")) {
            let there = |s: &Value| s["view"]["screen"]["offers"]["papers"] == true;
            flow.bench.wait("what to bring", there);
        }
        flow
    }

    /// Before a bench that runs.
    pub fn with(bench: Bench, dir: Dir) -> Flow {
        let glass = Device::at(&bench.run.url);
        let flow = Flow { bench, glass, dir };
        flow.screen("home");
        flow.up("scanner");
        flow.up("card");
        flow
    }

    fn run(data: &Path, hall: &str) -> Bench {
        let fast = ["--printer-speed", "20", "--speaker-speed", "20"];
        let data = data.to_str().unwrap();
        Bench::now(&[&["--data", data, "--hall", hall], &fast[..]].concat())
    }

    fn up(&self, name: &str) {
        assert!(until(|| self.device(name)["up"] == true), "{name} is not there: {}", self.device(name));
    }

    /// The screen of that name once it is up.
    pub fn screen(&self, name: &str) -> Value {
        self.bench.wait(name, |s| s["screen"] == name)["view"]["screen"].clone()
    }

    /// The screen once it is as wanted.
    pub fn shows(&self, what: &str, good: impl Fn(&Value) -> bool) -> Value {
        self.bench.wait(what, |s| good(&s["view"]["screen"]))["view"]["screen"].clone()
    }

    /// Touches what begins with these words until another screen is up.
    pub fn to(&self, label: &str, screen: &str) -> Value {
        self.tap_until(label, |s| s["screen"] == screen)
    }

    /// Touches what begins with these words until the screen is as wanted. A touch that comes sooner than a
    /// person could have read the screen is not taken.
    pub fn tap_until(&self, label: &str, good: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let mut now = || {
            last = self.glass.get("/state")["view"]["screen"].clone();
            good(&last)
        };
        let done = until(|| {
            if now() {
                return true;
            }
            if let Some(whole) = self.bench.buttons().into_iter().find(|b| b.starts_with(label)) {
                self.glass.post("/tap", &json!({ "label": whole }));
            }
            // The answer of hub or printer may take a moment.
            until_for(Duration::from_millis(700), &mut now)
        });
        assert!(done, "{label}: {last:#}, {:?}", self.bench.buttons());
        last
    }

    /// From anywhere to the first screen.
    pub fn home(&self) {
        let home = until(|| {
            let buttons = self.bench.buttons();
            let way = ["Về đầu", "Xong", "Quay lại"].into_iter().find(|w| buttons.iter().any(|b| b == w));
            if let Some(way) = way {
                self.glass.post("/tap", &json!({ "label": way }));
            }
            until_for(Duration::from_millis(400), || self.bench.get("/state")["screen"] == "home")
        });
        assert!(home, "no way home: {:?}", self.bench.buttons());
    }

    /// One key a letter; a space is a space.
    pub fn spell(&self, keys: &str) {
        for key in keys.chars() {
            let key = if key == ' ' { "Dấu cách".to_owned() } else { key.to_string() };
            self.bench.tap(&key);
        }
    }

    fn ask(&self, path: &str, body: &Value) {
        let (status, said) = self.bench.post(path, body);
        assert!((200..300).contains(&status), "{path} {body}: {status} {said}");
    }

    /// Holds a code before the scanner.
    pub fn scan(&self, text: &str) {
        self.ask("/devices/scanner/scan", &json!({ "text": text }));
    }

    /// Holds a sample before the scanner.
    pub fn sample(&self, name: &str) {
        self.ask("/devices/scanner/scan", &json!({ "sample": name }));
    }

    pub fn lay(&self, card: &str) {
        self.ask("/devices/card/present", &json!({ "present": true, "card": card }));
    }

    /// Until the reader has seen that it is gone.
    pub fn take_away(&self) {
        self.ask("/devices/card/present", &json!({ "present": false }));
        assert!(until(|| self.device("card")["seen"] == false), "{}", self.device("card"));
    }

    fn device(&self, name: &str) -> Value {
        let all = self.bench.get("/devices");
        all.as_array().unwrap().iter().find(|d| d["name"] == name).cloned().unwrap_or_default()
    }

    pub fn card_fault(&self, kind: &str) {
        self.ask("/devices/card/fault", &json!({ "kind": kind }));
    }

    /// From home to the question for a card for this service.
    pub fn wants(&self, service: &str) {
        self.screen("home");
        self.to("Lấy số thứ tự", "services");
        let consent = self.to(service, "consent");
        assert_eq!(consent["purpose"], "number");
    }

    /// Yes to the card, its code, the card; the sheet with what was read.
    pub fn shows_card(&self, code: &str, card: &str) -> Value {
        self.to("Dùng thẻ", "reader");
        self.sample(code);
        self.shows("a card is waited for", |s| s["what"] == "chip");
        self.lay(card);
        let sheet = self.shows("the card's sheet", |s| s["kind"] == "card");
        self.take_away();
        sheet
    }

    /// The number on the screen, with its paper out.
    pub fn number(&self) -> Value {
        self.shows("the number on paper", |s| s["screen"] == "number" && s["paper"] == "take")
    }

    /// Papers that came out so far.
    pub fn slips(&self) -> usize {
        self.bench.get("/slips").as_array().unwrap().len()
    }

    /// What a camera reads on the last paper, once there are so many.
    pub fn codes_of(&self, slip: usize) -> Vec<String> {
        assert!(until(|| self.slips() > slip), "paper {slip} did not come out");
        self.bench.codes().swap_remove(slip)
    }
}

/// What is a sheet's part, by its caption.
pub fn part<'s>(sheet: &'s Value, caption: &str) -> &'s Value {
    let parts = sheet["parts"].as_array().unwrap_or_else(|| panic!("no sheet: {sheet}"));
    parts.iter().find(|p| p["caption"] == caption).unwrap_or_else(|| panic!("no {caption} in {sheet}"))
}

pub fn import(dir: &Dir, name: &str, text: &str) {
    let elsewhere = Dir::new();
    let file = elsewhere.file(name, text);
    let said = Process::new(PROGRAM)
        .args(["province", "import", "--data"])
        .arg(dir.path())
        .arg(file)
        .output()
        .unwrap();
    assert!(said.status.success(), "{name}: {said:?}");
}

/// The catalogue as a file of the province.
pub fn catalogue() -> (&'static str, String) {
    ("catalogue.csv", CATALOGUE.to_owned())
}

/// The date in a hall that is always open.
pub fn today() -> String {
    let hall = motcua_core::hall::Hall::parse(&always_open()).unwrap();
    let now = motcua_core::day::Now::new(motcua::clock::unix_ms(), hall.utc_offset_minutes, true);
    now.local.date().to_string()
}
