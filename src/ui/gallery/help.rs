// SPDX-License-Identifier: MIT OR Apache-2.0
//! Samples of the screens on which a citizen helps himself. Each is what a real
//! session of the sample hall shows after some touches, so that none shows what
//! cannot be; people and codes are made up.

use std::sync::{Arc, LazyLock};

use motcua_core::citizen::{Abilities, Away, Booked, CardNews, CardTrouble, DossierAnswer, DossierNow};
use motcua_core::day::Now;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::procedures::Procedures;
use motcua_core::queue::{Command, Event, HallNow, Refusal, State, decide};
use motcua_core::scan::{self, Rules, Scan};
use motcua_core::session::{Effect, Input, Moment, Session};
use motcua_core::view::{Intent, PaperFault, PaperStep, View};
use motcua_link::province::Kind;
use motcua_link::province::input::{self, Media, read};
use uuid::Uuid;

use super::Sample;

/// The sample catalogue of the reference central.
const CATALOGUE: &str = include_str!("../../../central/src/province/stub/catalogue.csv");
/// Wednesday 25 November 2026, 09:05 in Viet Nam, milliseconds UTC.
const MORNING_MS: i64 = 1_795_572_300_000;
/// Cards of people who do not exist.
const CARD: &str =
    "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Phường Thử Nghiệm, Hà Nội|10072024||||";
const CODE: &str = "H56.14-261103-0007";

static HALL: LazyLock<Option<Hall>> = LazyLock::new(|| Hall::parse(SAMPLE).ok());

/// The sample catalogue, ready to be searched.
pub(crate) static PROCEDURES: LazyLock<Arc<Procedures>> = LazyLock::new(|| {
    let today = jiff::civil::date(2026, 11, 25);
    let list = match read(Kind::Catalogue, "", CATALOGUE.as_bytes(), Media::Csv, today) {
        Ok(input::Input::Catalogue(c)) => serde_json::to_value(c.procedures).and_then(serde_json::from_value),
        _ => Ok(Vec::new()),
    };
    Arc::new(Procedures::new(list.unwrap_or_default()))
});

/// A session of the sample hall under somebody's fingers.
struct Hands {
    session: Session,
    at: Moment,
    last: Option<Uuid>,
    ids: u128,
}

impl Hands {
    fn new(lang: &str) -> Option<Hands> {
        let hall = HALL.as_ref()?.clone();
        let at = Moment { steady_ms: 0, now: Now::new(MORNING_MS, 420, true) };
        let mut state = State::default();
        let service = hall.services.first()?.code.clone();
        for id in 1..=18 {
            let issue = Command::Issue {
                service: service.clone(),
                priority: false,
                lang: lang.into(),
                person: None,
                booking: None,
            };
            let id = Uuid::from_u128(id);
            let events: Vec<Event> = decide(&hall, &state, id, "kiosk-1", &issue, at.now).ok()?;
            for event in &events {
                state.apply(event, at.now.unix_ms);
            }
        }
        let now = HallNow::of(&hall, &state, at.now);
        let mut hands = Hands { session: Session::new(hall, at), at, last: None, ids: 100 };
        hands.give(Input::Hall(Box::new(now)));
        hands.give(Input::Procedures(PROCEDURES.clone()));
        hands.give(Input::Abilities(Abilities { scanner: true, card: true, voice: true }));
        hands.touch(Intent::Language(lang.into()));
        Some(hands)
    }

    fn give(&mut self, input: Input) {
        let ids = &mut self.ids;
        let effects = self.session.step(input, self.at, || {
            *ids += 1;
            Uuid::from_u128(*ids)
        });
        for effect in effects {
            match effect {
                Effect::Bookings { ask, .. }
                | Effect::Dossier { ask, .. }
                | Effect::Print { ask, .. }
                | Effect::Feedback { ask, .. } => self.last = Some(ask),
                Effect::Issue { command, .. } => self.last = Some(command),
                _ => {}
            }
        }
    }

    fn touch(&mut self, intent: Intent) {
        self.give(Input::Touched(intent));
    }

    fn choose(&mut self, code: &str) {
        self.touch(Intent::Choose(code.into()));
    }

    fn scan(&mut self, text: &str) {
        let scan: Scan = scan::read(text.as_bytes(), &Rules::default());
        self.give(Input::Scanned(Box::new(scan)));
    }

    fn typed(&mut self, text: &str) {
        for key in text.chars() {
            self.touch(if key.is_ascii_alphabetic() { Intent::Key(key) } else { Intent::Sign(key) });
        }
    }

    fn bookings(&mut self, found: Result<Vec<Booked>, Away>) {
        if let Some(ask) = self.last {
            self.give(Input::Bookings { ask, found });
        }
    }

    fn dossier(&mut self, answer: DossierAnswer) {
        self.touch(Intent::Dossier);
        self.scan(CODE);
        if let Some(ask) = self.last {
            self.give(Input::Dossier { ask, answer });
        }
    }

    /// Up to the sheet of a card's printed code, or to the reader of its chip.
    fn card(&mut self) {
        self.touch(Intent::TakeNumber);
        self.touch(Intent::Service("certify".into()));
        self.touch(Intent::Agree);
        self.scan(CARD);
    }

    fn refused(&mut self, refusal: Refusal) {
        self.card();
        self.give(Input::Card(CardNews::Failed(CardTrouble::Reader)));
        self.touch(Intent::Main);
        self.bookings(Ok(Vec::new()));
        self.touch(Intent::Priority(None));
        if let Some(command) = self.last {
            self.give(Input::Refused { command, refusal });
        }
    }

    fn feedback(&mut self) {
        self.touch(Intent::Feedback);
        self.choose("report");
        self.typed("Tooi chowf ddaats ddai hai tieesng, quaayf soos boosn khoong cos ai tieesp.");
    }

    fn kept(&mut self, code: Option<&str>) {
        self.feedback();
        self.touch(Intent::Send);
        self.touch(Intent::Decline);
        if let Some(ask) = self.last {
            self.give(Input::FeedbackKept { ask, code: code.map(Into::into) });
        }
    }
}

fn shown(lang: &str, act: fn(&mut Hands)) -> View {
    let Some(mut hands) = Hands::new(lang) else { return super::samples::closed_hall(lang) };
    act(&mut hands);
    hands.session.view()
}

fn booked(code: &str, service: &str, from: i8) -> Booked {
    let time = |hour| jiff::civil::time(hour, 0, 0, 0);
    Booked {
        code: code.into(),
        service: Some(service.into()),
        procedure: None,
        from: time(from),
        to: time(from + 1),
    }
}

fn dossier(status: u8, late: bool) -> DossierAnswer {
    let day = |d| jiff::civil::date(2026, 11, d);
    DossierAnswer::Found(Box::new(DossierNow {
        code: CODE.into(),
        procedure: "1.001193".into(),
        status,
        received: Some(day(3)),
        due: Some(day(if late { 20 } else { 27 })),
        late,
        new_due: late.then(|| day(30)),
        next: None,
        as_of: (!late).then(|| day(25)),
    }))
}

macro_rules! sample {
    ($name:literal, $act:expr) => {
        Sample { name: $name, view: |lang| shown(lang, $act) }
    };
}

pub(super) fn samples() -> Vec<Sample> {
    let mut all = papers();
    all.extend(codes());
    all.extend(cards());
    all.extend(answers());
    all
}

fn papers() -> Vec<Sample> {
    vec![
        sample!("fields", |h| h.touch(Intent::WhatToBring)),
        sample!("procedures", |h| {
            h.touch(Intent::WhatToBring);
            h.choose("G15-HT01");
        }),
        sample!("find", |h| {
            h.touch(Intent::WhatToBring);
            h.touch(Intent::Search(true));
        }),
        sample!("find-some", |h| {
            h.touch(Intent::WhatToBring);
            h.touch(Intent::Search(true));
            h.typed("KHAI SIN");
        }),
        sample!("find-none", |h| {
            h.touch(Intent::WhatToBring);
            h.touch(Intent::Search(true));
            h.typed("XQZW");
        }),
        sample!("procedure", |h| h.scan("1.001193")),
        sample!("procedure-printing", |h| {
            h.scan("1.001193");
            h.touch(Intent::Also);
        }),
        sample!("information", |h| h.touch(Intent::Information)),
        sample!("questions", |h| {
            h.touch(Intent::Information);
            h.choose("questions");
        }),
        sample!("answer", |h| {
            h.touch(Intent::Information);
            h.choose("questions");
            h.choose("0");
        }),
        sample!("plan", |h| {
            h.touch(Intent::Information);
            h.choose("plan");
        }),
        sample!("hours", |h| {
            h.touch(Intent::Information);
            h.choose("hours");
        }),
        sample!("fees", |h| {
            h.touch(Intent::Information);
            h.choose("pay");
        }),
        sample!("pay", |h| {
            h.touch(Intent::Information);
            h.choose("pay");
            h.choose("0");
        }),
        sample!("post", |h| {
            h.touch(Intent::Information);
            h.choose("post");
        }),
    ]
}

fn codes() -> Vec<Sample> {
    vec![
        sample!("booking-scan", |h| h.touch(Intent::Booking)),
        sample!("booking-unfit", |h| {
            h.touch(Intent::Booking);
            h.scan(CARD);
        }),
        sample!("booking-type", |h| {
            h.touch(Intent::Booking);
            h.touch(Intent::TypeInstead);
            h.typed("lh-01");
        }),
        sample!("booking-asking", |h| {
            h.touch(Intent::Booking);
            h.scan("LH-0123");
        }),
        sample!("bookings", |h| {
            h.touch(Intent::Booking);
            h.scan("LH-0123");
            h.bookings(Ok(vec![booked("LH-0123", "certify", 9), booked("LH-0124", "land", 14)]));
        }),
        sample!("booking-none", |h| {
            h.touch(Intent::Booking);
            h.scan("LH-0123");
            h.bookings(Ok(Vec::new()));
        }),
        sample!("booking-early", |h| {
            h.touch(Intent::Booking);
            h.scan("LH-0124");
            h.bookings(Ok(vec![booked("LH-0124", "land", 14)]));
            h.choose("LH-0124");
        }),
        sample!("booking-late", |h| {
            h.touch(Intent::Booking);
            h.scan("LH-0124");
            h.bookings(Ok(vec![booked("LH-0124", "land", 7)]));
            h.choose("LH-0124");
        }),
        sample!("dossier-scan", |h| h.touch(Intent::Dossier)),
        sample!("dossier-type", |h| {
            h.touch(Intent::Dossier);
            h.touch(Intent::TypeInstead);
        }),
        sample!("dossier", |h| h.dossier(dossier(4, false))),
        sample!("dossier-finished", |h| h.dossier(dossier(9, false))),
        sample!("dossier-late", |h| h.dossier(dossier(4, true))),
        sample!("dossier-none", |h| h.dossier(DossierAnswer::Unknown)),
        sample!("dossier-away", |h| h.dossier(DossierAnswer::Away(Away::Silent))),
    ]
}

fn cards() -> Vec<Sample> {
    vec![
        sample!("consent", |h| {
            h.touch(Intent::TakeNumber);
            h.touch(Intent::Service("certify".into()));
        }),
        sample!("card-scan", |h| {
            h.touch(Intent::TakeNumber);
            h.touch(Intent::Service("certify".into()));
            h.touch(Intent::Agree);
        }),
        sample!("card-unfit", |h| {
            h.touch(Intent::TakeNumber);
            h.touch(Intent::Service("certify".into()));
            h.touch(Intent::Agree);
            h.scan("LH-0123");
        }),
        sample!("chip", Hands::card),
        sample!("chip-reading", |h| {
            h.card();
            h.give(Input::Card(CardNews::Laid));
        }),
        sample!("chip-moved", |h| {
            h.card();
            h.give(Input::Card(CardNews::Failed(CardTrouble::HoldStill)));
        }),
        sample!("card", |h| {
            h.card();
            h.give(Input::Card(CardNews::Failed(CardTrouble::Reader)));
        }),
        sample!("person-day", |h| h.refused(Refusal::PersonDay { given: 2 })),
        sample!("person-service", |h| {
            h.refused(Refusal::PersonService { service: "certify".into(), label: "A007".into() });
        }),
    ]
}

fn answers() -> Vec<Sample> {
    vec![
        sample!("feedback", |h| h.touch(Intent::Feedback)),
        sample!("feedback-empty", |h| {
            h.touch(Intent::Feedback);
            h.choose("report");
        }),
        sample!("feedback-text", Hands::feedback),
        sample!("feedback-vni", |h| {
            h.feedback();
            h.touch(Intent::TypingMethod);
        }),
        sample!("feedback-contact", |h| {
            h.feedback();
            h.touch(Intent::Send);
        }),
        sample!("feedback-phone", |h| {
            h.feedback();
            h.touch(Intent::Send);
            h.touch(Intent::Agree);
            h.typed("0912");
        }),
        sample!("feedback-kept", |h| h.kept(Some("PA-7K3F-92QM"))),
        sample!("feedback-kept-no-paper", |h| {
            h.give(Input::Printer(motcua_core::session::PrinterNow {
                fault: Some(PaperFault::NoPaper),
                low: false,
            }));
            h.kept(Some("PA-7K3F-92QM"));
        }),
        sample!("feedback-kept-taken", |h| {
            h.kept(Some("PA-7K3F-92QM"));
            if let Some(ask) = h.last {
                h.give(Input::Sheet { ask, step: PaperStep::Take });
            }
        }),
        sample!("feedback-lost", |h| h.kept(None)),
    ]
}
