// SPDX-License-Identifier: MIT OR Apache-2.0
//! One kiosk and whatever citizens, readers, hub and time do to it, in any order.
//!
//! Promises that are checked: no panic, always a screen; readers are on only while a screen waits for something; at home
//! nothing is left of a person; a number is counted for nobody whose card was not read in this visit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use motcua_core::citizen::{
    Abilities, Away, Booked, BookingKey, CardFacts, CardNews, CardTrouble, DossierAnswer, DossierNow, Proof,
};
use motcua_core::day::Now;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::procedures::{Field, Online, Procedure, Procedures, Reception, Text};
use motcua_core::queue::{HallNow, Refusal, State};
use motcua_core::scan::{Personal, Rules, Scan, read};
use motcua_core::session::{Effect, Input, Moment, PrinterNow, Session};
use motcua_core::view::{Intent, PaperFault, PaperStep};
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// 23 November 2026, nine o'clock in Viet Nam.
const NINE_MS: i64 = 1_795_399_200_000;
const SCANS: [&str; 10] = [
    "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Hà Nội|20062021",
    "001146000033||Lê Thị Cao Niên|05051946|Nữ|Số 3 Phố Mẫu, Hà Nội|20062021",
    "IDVNM1900000174001190000017<<5\r\n9002155F3002153VNM<<<<<<<<<<<0\r\nTRAN<<THI<VI<DU<<<<<<<<<<<<<<<",
    "001190000017",
    "https://dichvucong.example/tra-cuu?SGT=001190000017&MHS=H56.14-240823-0001",
    "LH-7",
    "1.001193",
    "9.999999",
    "GD4010000000017|5472E1BAA76E|15/02/1990|2|48|01",
    "100000001",
];
/// Codes of services, lists and priority classes.
const CODES: [&str; 12] = [
    "certify",
    "birth",
    "none",
    "elder",
    "G15-HT01",
    "1.001193",
    "questions",
    "pay",
    "report",
    "0",
    "99",
    "LH-7",
];
const KEYS: [char; 8] = ['a', 's', '0', '9', ' ', '-', 'Ả', '\u{7}'];

static HALL: LazyLock<Hall> = LazyLock::new(|| Hall::parse(SAMPLE).unwrap());
/// Without what citizens do themselves.
static PLAIN: LazyLock<Hall> =
    LazyLock::new(|| Hall::parse(&SAMPLE[..SAMPLE.find("[cards]").unwrap()]).unwrap());
/// With the second factor.
static STRICT: LazyLock<Hall> = LazyLock::new(|| {
    let rules = "[dossiers]\nurl = \"https://hoso.example.gov.vn/\"\nsecond_factor = \"number-end\"\n#";
    Hall::parse(&SAMPLE.replacen("[dossiers]", rules, 1)).unwrap()
});

fn procedures() -> Arc<Procedures> {
    let text = |vi: &str| Text { vi: vi.to_owned(), en: None };
    let procedure = |code: &str, field: &str| Procedure {
        code: code.into(),
        name: text("Đăng ký khai sinh"),
        field: Field { code: field.into(), name: text("Hộ tịch") },
        online: Online::Full,
        time: text("Trong ngày"),
        fee: text("Không"),
        papers: Vec::new(),
        forms: Vec::new(),
        place: text("Quầy 2"),
        reception: Reception::AtOnce,
        non_territorial: true,
        by_post: false,
    };
    Arc::new(Procedures::new(vec![procedure("1.001193", "G15-HT01"), procedure("9.999999", "X")]))
}

struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::from(self.next()) % all.len()].clone()
    }
}

struct Kiosk {
    session: Session,
    steady_ms: u64,
    ids: u128,
    scanning: bool,
    chip: bool,
    /// A card was read since somebody came.
    card: bool,
    /// Nobody is there.
    home: bool,
    /// What waits for an answer.
    asked: Option<Effect>,
    ask: Uuid,
}

/// What is known of the person, as debug output shows it.
fn visit(session: &Session) -> String {
    let all = format!("{session:?}");
    let from = all.find("visit: Visit {").unwrap();
    all[from..from + all[from..].find(", prefs: ").unwrap()].to_owned()
}

static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let at = Moment { steady_ms: 0, now: Now::new(NINE_MS, 420, true) };
    visit(&Session::new(HALL.clone(), at))
});

impl Kiosk {
    fn give(&mut self, input: Input) {
        self.card |= matches!(&input, Input::Scanned(scan) if matches!(**scan, Scan::Card(_) | Scan::Mrz(_) | Scan::Number(_)))
            || matches!(&input, Input::Card(CardNews::Read(_)));
        let unix_ms = NINE_MS + i64::try_from(self.steady_ms).unwrap();
        let at = Moment { steady_ms: self.steady_ms, now: Now::new(unix_ms, 420, true) };
        self.ids += 1;
        let id = Uuid::from_u128(self.ids);
        for effect in self.session.step(input, at, || id) {
            match &effect {
                Effect::Scan(on) => {
                    assert_ne!(self.scanning, *on);
                    self.scanning = *on;
                }
                Effect::ReadChip(_) => self.chip = true,
                Effect::ForgetChip => self.chip = false,
                Effect::Issue { person, command, .. } => {
                    assert!(person.is_none() || self.card, "counted for somebody who showed no card");
                    self.ask = *command;
                    self.asked = Some(effect);
                }
                Effect::Bookings { ask, .. } | Effect::Dossier { ask, .. } | Effect::Feedback { ask, .. } => {
                    self.ask = *ask;
                    self.asked = Some(effect);
                }
                Effect::Print { ask, .. } => self.ask = *ask,
                Effect::WarningSound => {}
            }
        }
        let view = self.session.view();
        let name = view.screen.name();
        assert!(name == "reader" || !self.scanning && !self.chip, "a reader is on at {name}");
        // Debug output is slow: it is looked at when somebody has left, and once more at the end.
        if name == "home" && !self.home {
            assert_eq!(visit(&self.session), *NOBODY);
        }
        self.home = name == "home";
        self.card &= !self.home;
    }

    /// What hub and province answer.
    fn answer(&mut self, bytes: &mut Bytes<'_>) {
        let time = |hour| jiff::civil::time(hour, 0, 0, 0);
        let input = match self.asked.take() {
            Some(Effect::Issue { command, .. }) => Input::Refused {
                command,
                refusal: bytes.of(&[
                    Refusal::PersonDay { given: 2 },
                    Refusal::BookingUsed { label: "A001".into() },
                    Refusal::CapReached { service: "certify".into(), given: 300 },
                ]),
            },
            Some(Effect::Bookings { ask, by }) => {
                let booked = |hour| Booked {
                    code: "LH-7".into(),
                    service: matches!(by, BookingKey::Code(_)).then(|| "certify".into()),
                    procedure: Some("1.001193".into()),
                    from: time(hour),
                    to: time(hour + 1),
                };
                let found = bytes.of(&[
                    Ok(vec![booked(9)]),
                    Ok(vec![booked(7), booked(15)]),
                    Ok(vec![]),
                    Err(Away::Silent),
                ]);
                Input::Bookings { ask, found }
            }
            Some(Effect::Dossier { ask, code, .. }) => {
                let dossier = DossierNow {
                    code,
                    procedure: "1.001193".into(),
                    status: bytes.next() % 11,
                    received: None,
                    due: None,
                    late: bytes.next() & 1 == 0,
                    new_due: None,
                    next: None,
                    as_of: None,
                };
                let answer = bytes.of(&[
                    DossierAnswer::Found(Box::new(dossier)),
                    DossierAnswer::Unknown,
                    DossierAnswer::Away(Away::NotSetUp),
                ]);
                Input::Dossier { ask, answer }
            }
            Some(Effect::Feedback { ask, .. }) => {
                Input::FeedbackKept { ask, code: bytes.of(&[Some("PA-7K3F-92QM".to_owned()), None]) }
            }
            _ => Input::Sheet { ask: self.ask, step: bytes.of(&[PaperStep::Take, PaperStep::Unsure]) },
        };
        self.give(input);
    }
}

fn intent(bytes: &mut Bytes<'_>) -> Intent {
    let code = |bytes: &mut Bytes<'_>| bytes.of(&CODES).to_owned();
    match bytes.next() % 32 {
        0 => Intent::TakeNumber,
        1 => Intent::Service(code(bytes)),
        2 => Intent::Priority(Some(code(bytes))),
        3 => Intent::Priority(None),
        4 => Intent::Back,
        5 => Intent::Home,
        6 => Intent::Language(bytes.of(&["vi", "en", "xx"]).to_owned()),
        7 => Intent::LargeText,
        8 => Intent::ReadAloud,
        9 => Intent::Page(usize::from(bytes.next())),
        10 => Intent::Search(bytes.next() & 1 == 0),
        11 => Intent::Letter(bytes.of(&KEYS)),
        12 => Intent::Erase,
        13 => Intent::StillHere,
        14 => Intent::WhatToBring,
        15 => Intent::Booking,
        16 => Intent::Dossier,
        17 => Intent::Information,
        18 => Intent::Feedback,
        19 | 20 => Intent::Choose(code(bytes)),
        21 => Intent::First(usize::from(bytes.next())),
        22 | 23 => Intent::Key(bytes.of(&KEYS)),
        24 => Intent::Sign(bytes.of(&KEYS)),
        25 => Intent::TypingMethod,
        26 => Intent::Send,
        27 => bytes.of(&[Intent::TypeInstead, Intent::UseCard]),
        28 => Intent::Agree,
        29 => Intent::Decline,
        30 => Intent::Main,
        _ => Intent::Also,
    }
}

fn card(bytes: &mut Bytes<'_>) -> CardNews {
    let facts = || {
        let Scan::Card(card) = read(SCANS[0].as_bytes(), &Rules::default()) else { panic!("no card") };
        CardFacts {
            name: Personal::new("Trần Thị Ví Dụ"), how: Proof::Failed, ..CardFacts::of_code(&card)
        }
    };
    match bytes.next() % 5 {
        0 => CardNews::Laid,
        1 => CardNews::Gone,
        2 => CardNews::Read(Box::new(facts())),
        3 => CardNews::Failed(CardTrouble::HoldStill),
        _ => CardNews::Failed(CardTrouble::Reader),
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data.iter());
    let now = Now::new(NINE_MS, 420, true);
    let session = Session::new(HALL.clone(), Moment { steady_ms: 0, now });
    let mut kiosk = Kiosk {
        session,
        steady_ms: 0,
        ids: 0,
        scanning: false,
        chip: false,
        card: false,
        home: true,
        asked: None,
        ask: Uuid::nil(),
    };
    let open = || Input::Hall(Box::new(HallNow::of(&HALL, &State::default(), now)));
    kiosk.give(open());
    kiosk.give(Input::Procedures(procedures()));
    kiosk.give(Input::Abilities(Abilities { scanner: true, card: true, voice: true }));
    while !bytes.0.as_slice().is_empty() {
        let input = match bytes.next() % 24 {
            0..=11 => Input::Touched(intent(&mut bytes)),
            12..=14 => Input::Scanned(Box::new(read(bytes.of(&SCANS).as_bytes(), &Rules::default()))),
            15 | 16 => {
                kiosk.answer(&mut bytes);
                continue;
            }
            17 => Input::Card(card(&mut bytes)),
            18 => {
                kiosk.steady_ms += bytes.of(&[250, 3_000, 60_000, 3_600_000]);
                Input::Tick
            }
            19 => bytes.of(&[Input::HubAway, open()]),
            20 => Input::HallChanged(Box::new(bytes.of(&[HALL.clone(), PLAIN.clone(), STRICT.clone()]))),
            21 => {
                let fault = bytes.of(&[None, Some(PaperFault::NoPaper)]);
                Input::Printer(PrinterNow { fault, low: false })
            }
            22 => {
                let on = bytes.next();
                let (scanner, card, voice) = (on & 1 == 0, on & 2 == 0, on & 4 == 0);
                Input::Abilities(Abilities { scanner, card, voice })
            }
            _ => bytes.of(&[Input::Procedures(procedures()), Input::Procedures(Arc::default())]),
        };
        kiosk.give(input);
    }
    if kiosk.home {
        assert_eq!(visit(&kiosk.session), *NOBODY);
    }
});
