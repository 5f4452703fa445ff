// SPDX-License-Identifier: MIT OR Apache-2.0
//! Halls with a past: what happens to people in them, told as their hubs tell it.

use crate::support::{App, Sender};
use motcua_central::steer;
use motcua_link::data::*;
use motcua_link::wire::Lane;
use std::collections::BTreeMap;
use uuid::Uuid;

pub const MINUTE: i64 = 60_000;

/// The configuration of a hall by its key and its name.
pub fn hall_file(site: &str, name: &str) -> String {
    let sample = include_str!("../../../deploy/hall.sample.toml");
    sample.replace("id = \"ngo-quyen\"", &format!("id = \"{site}\"")).replace("PHƯỜNG NGÔ QUYỀN", name)
}

/// A hall says which configuration serves there.
pub async fn configured(app: &App, site: &str, name: &str, at_ms: i64) {
    let (site, text) = (site.to_owned(), hall_file(site, name));
    let said = steer::Reported { version: 0, digest: "0".repeat(64), applied: true, detail: None, at_ms };
    let said = app.db().write(move |tx| {
        Box::pin(async move { steer::set_reported(tx, &site, &said, Some(&text), at_ms).await })
    });
    said.await.unwrap();
}

/// A hall's hub.
pub struct Hub {
    pub lane: Sender,
    day: String,
    calls: u64,
    numbers: u64,
    ids: u128,
}

/// A ticket that somebody holds.
#[derive(Clone, Copy)]
pub struct Held {
    pub ticket: Uuid,
    pub session: Uuid,
}

impl Hub {
    pub fn new(site: &str) -> Hub {
        // The same in every run, so that two databases can be told the same.
        let ids = site.bytes().fold(1, |sum: u128, b| sum.wrapping_mul(257).wrapping_add(b.into())) << 32;
        let lane = Sender::new(site, "hub", Lane::Business);
        Hub { lane, day: String::new(), calls: 0, numbers: 0, ids }
    }

    fn id(&mut self) -> Uuid {
        self.ids = self.ids.wrapping_add(1);
        Uuid::from_u128(self.ids)
    }

    pub fn open(&mut self, at: i64, day: &str) {
        self.day = day.to_owned();
        self.lane.tell(at, DayOpened { day: day.into(), by_hand: false, name: None, carried: Vec::new() });
    }

    /// As a hall's own program says it, with its name.
    pub fn open_as(&mut self, at: i64, day: &str, name: &str) {
        self.day = day.to_owned();
        let name = Some(name.to_owned());
        self.lane.tell(at, DayOpened { day: day.into(), by_hand: false, name, carried: Vec::new() });
    }

    pub fn end(&mut self, at: i64, unserved: &[Uuid]) {
        self.lane.tell(at, DayEnded { day: self.day.clone(), unserved: unserved.to_vec() });
    }

    pub fn seat(&mut self, at: i64, counter: &str, officer: &str) {
        for (change, officer) in
            [(CounterChange::SignedIn, Some(officer.to_owned())), (CounterChange::Opened, None)]
        {
            self.lane.tell(at, CounterChanged { counter: counter.into(), change, officer, reason: None });
        }
    }

    pub fn give(&mut self, at: i64, service: &str) -> Uuid {
        self.numbers += 1;
        let ticket = self.id();
        let issued = TicketIssued {
            ticket,
            day: self.day.clone(),
            label: format!("A{:03}", self.numbers),
            service: service.into(),
            priority: false,
            lang: "vi".into(),
            device: "kiosk-1".into(),
            issued_ms: at,
            ahead: 0,
        };
        self.lane.tell(at, issued);
        ticket
    }

    pub fn call(&mut self, at: i64, ticket: Uuid, service: &str, (counter, officer): (&str, &str)) -> Held {
        self.calls += 1;
        let session = self.id();
        let call = CallMade {
            ticket,
            session,
            label: "A001".into(),
            counter: counter.into(),
            service: service.into(),
            officer: Some(officer.into()),
            sequence: self.calls,
            recall: false,
            chosen: false,
        };
        self.lane.tell(at, call);
        Held { ticket, session }
    }

    pub fn start(&mut self, at: i64, held: Held, counter: &str) {
        self.lane.tell(at, ServiceStarted { ticket: held.ticket, counter: counter.into() });
    }

    pub fn serve(
        &mut self,
        (from, to): (i64, i64),
        held: Held,
        service: &str,
        (counter, officer): (&str, &str),
    ) {
        self.start(from, held, counter);
        let done = ServiceFinished {
            ticket: held.ticket,
            session: held.session,
            service: service.into(),
            counter: counter.into(),
            officer: Some(officer.into()),
            started_ms: from,
            ended_ms: to,
            next: None,
        };
        self.lane.tell(to, done);
    }

    pub fn absent(&mut self, at: i64, held: Held, counter: &str) {
        let body = TicketAbsent { ticket: held.ticket, session: held.session, counter: counter.into() };
        self.lane.tell(at, body);
    }

    pub fn rate(&mut self, at: i64, held: Held, service: &str, desk: (&str, &str), said: &Said<'_>) {
        let answers =
            said.answers.iter().map(|(q, a)| RatingAnswer { question: (*q).into(), answer: (*a).into() });
        let given = RatingGiven {
            session: held.session,
            counter: desk.0.into(),
            service: service.into(),
            officer: Some(desk.1.into()),
            level: said.level,
            scale: said.scale,
            code: said.code.into(),
            reasons: said.reasons.iter().map(|r| (*r).to_owned()).collect(),
            answers: answers.collect(),
            partial: false,
            late: false,
            alarm: said.alarm,
        };
        self.lane.tell(at, given);
    }

    pub fn word(&mut self, at: i64, code: &str, kind: &str, text: &str, sealed: bool) {
        let contact = sealed.then(|| Sealed {
            key: "00112233aabbccdd".into(),
            enc: "ENCAPSULATED-KEY".into(),
            text: "SEALED-CONTACT".into(),
        });
        let body = FeedbackGiven { code: code.into(), kind: kind.into(), text: text.into(), contact };
        self.lane.tell(at, body);
    }

    pub fn noted(&mut self, at: i64, what: &str, detail: &str) {
        self.lane.tell(at, AuditNoted { what: what.into(), detail: detail.into(), facts: BTreeMap::new() });
    }
}

/// What a citizen pressed.
#[derive(Clone, Copy, Default)]
pub struct Said<'a> {
    pub level: u32,
    pub scale: u32,
    pub code: &'a str,
    pub reasons: &'a [&'a str],
    pub answers: &'a [(&'a str, &'a str)],
    pub alarm: bool,
}

pub const GLAD: Said<'static> = Said {
    level: 1,
    scale: 4,
    code: "very-satisfied",
    reasons: &[],
    answers: &[("trips", "none")],
    alarm: false,
};
pub const CONTENT: Said<'static> =
    Said { level: 2, scale: 4, code: "satisfied", reasons: &[], answers: &[], alarm: false };
pub const SO_SO: Said<'static> =
    Said { level: 3, scale: 4, code: "neutral", reasons: &[], answers: &[("trips", "more")], alarm: false };
pub const CROSS: Said<'static> = Said {
    level: 4,
    scale: 4,
    code: "dissatisfied",
    reasons: &["attitude", "wait"],
    answers: &[("trips", "one")],
    alarm: false,
};
pub const HARASSED: Said<'static> =
    Said { level: 4, scale: 4, code: "dissatisfied", reasons: &["harassment"], answers: &[], alarm: true };

/// Numbers that are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// From 0 to `n` - 1.
    pub fn roll(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % n
    }
}

const SERVICES: [&str; 4] = ["certify", "birth", "residence", "land"];
const DESKS: [(&str, &str); 3] = [("1", "an"), ("2", "binh"), ("3", "chi")];

/// A day of a hall from `from` on: `people` come, most are served. Returns who still waits.
pub fn a_day(hub: &mut Hub, dice: &mut Dice, from: i64, people: i64, minutes: i64) -> Vec<Uuid> {
    let mut waiting = Vec::new();
    for (counter, officer) in DESKS {
        hub.seat(from, counter, officer);
    }
    for n in 0..people {
        let at = from + n * minutes * MINUTE / people;
        let service = SERVICES[usize::try_from(dice.roll(4)).unwrap()];
        let ticket = hub.give(at, service);
        let called = at + (2 + dice.roll(28)) * MINUTE;
        if called > from + minutes * MINUTE {
            waiting.push(ticket);
            continue;
        }
        let desk = DESKS[usize::try_from(dice.roll(3)).unwrap()];
        let held = hub.call(called, ticket, service, desk);
        if dice.roll(12) == 0 {
            hub.absent(called + 2 * MINUTE, held, desk.0);
            continue;
        }
        let ends = called + (3 + dice.roll(14)) * MINUTE;
        hub.serve((called + MINUTE, ends), held, service, desk);
        let said =
            [GLAD, GLAD, CONTENT, CONTENT, CONTENT, SO_SO, CROSS][usize::try_from(dice.roll(7)).unwrap()];
        if dice.roll(3) > 0 {
            hub.rate(ends, held, service, desk, &said);
        }
    }
    waiting
}

/// How a device was over the past day, every ten minutes.
pub async fn healths(app: &App, site: &str, device: &str, role: &str, until: i64, worse: bool) {
    let mut lane = Sender::new(site, device, Lane::Health);
    let (mut dice, mut parts) = (Dice::new(until as u64), BTreeMap::new());
    let ok = Part { state: PartState::Ok, fault: None };
    parts.insert("printer".to_owned(), ok.clone());
    parts.insert("speaker".to_owned(), ok);
    for step in (0..144).rev() {
        let at = until - step * 10 * MINUTE;
        let bad = worse && step < 20;
        if bad {
            parts.insert(
                "printer".into(),
                Part { state: PartState::Warning, fault: Some("paper-low".into()) },
            );
        }
        let health = DeviceHealth {
            role: role.into(),
            version: "0.1.0".into(),
            uptime_s: 86_400 * 3,
            slot: Some("A".into()),
            cpu_celsius: Some(48.0 + dice.roll(90) as f64 / 10.0),
            memory_bytes: Some(54_000_000 + u64::try_from(dice.roll(4_000_000)).unwrap()),
            disk_free_bytes: Some(if worse { 1_900_000_000 } else { 9_000_000_000 }),
            disk_bytes: Some(14_000_000_000),
            disk_wear_percent: Some(7),
            commit_p99_ms: Some(3.0 + dice.roll(30) as f64 / 10.0),
            backlog: Some(if bad { u64::try_from((20 - step) * 13).unwrap() } else { 0 }),
            backlog_age_s: Some(if bad { u64::try_from((20 - step) * 600).unwrap() } else { 0 }),
            clock_off_ms: Some(dice.roll(400) - 200 + if bad { 2600 } else { 0 }),
            certificate_days: Some(if worse { 9 } else { 71 }),
            parts: parts.clone(),
        };
        lane.tell(at, health);
        lane.send(app, at).await;
    }
}
