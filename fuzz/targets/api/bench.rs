// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hub in a temporary directory, its devices and clock, and a plain model of what it has answered.

use super::Input;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use motcua::clock::WallClock;
use motcua::hub::Hub;
use motcua::hub::api::{Accepted, router};
use motcua::hub::auth::{Devices, Role};
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::{Event, HallNow, Stage, Ticket};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use tokio::runtime::Runtime;
use tower::ServiceExt;
use uuid::Uuid;

/// Requests to one database, so that a long run meets many fresh ones and stays quick.
const REQUESTS: u32 = 2_000;

/// What came back.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("every answer is JSON")
    }
}

pub struct Bench {
    runtime: Runtime,
    dir: tempfile::TempDir,
    clock: WallClock,
    hall: Hall,
    hub: Hub,
    router: Router,
    kiosk: String,
    manager: String,
    requests: u32,
    id: Uuid,
    old: Uuid,
    /// The model: today's tickets by id as the answers told, and the last number of each series.
    tickets: HashMap<Uuid, Ticket>,
    last: BTreeMap<(String, motcua_core::label::Series), u32>,
    last_ticket: Uuid,
    last_seq: i64,
}

fn serve(dir: &std::path::Path, hall: &Hall, clock: &WallClock) -> (Hub, Router) {
    let pages = motcua::hub::serve::start(dir, hall, clock.clone()).expect("a hub");
    (pages.api.hub.clone(), router(pages))
}

impl Bench {
    pub fn start() -> Bench {
        let dir = tempfile::tempdir().expect("a directory");
        let hall = Hall::parse(SAMPLE).expect("the sample");
        // A Monday morning within the sample's hours.
        let monday = "2026-11-23T08:00:00".parse().expect("a time");
        let clock = WallClock::starting_at(monday, hall.utc_offset_minutes);
        let devices = Devices::open(dir.path()).expect("the device list");
        let secret =
            |name, role| format!("Bearer {name}:{}", devices.add(name, role, None).expect("a secret"));
        let (kiosk, manager) = (secret("kiosk-1", Role::Kiosk), secret("desk", Role::Manager));
        let (hub, router) = serve(dir.path(), &hall, &clock);
        Bench {
            runtime: tokio::runtime::Builder::new_current_thread().build().expect("a runtime"),
            dir,
            clock,
            hall,
            hub,
            router,
            kiosk,
            manager,
            requests: 0,
            id: Uuid::now_v7(),
            old: Uuid::now_v7(),
            tickets: HashMap::new(),
            last: BTreeMap::new(),
            last_ticket: Uuid::nil(),
            last_seq: 0,
        }
    }

    /// The hub ends and begins again on the same files, as after an update.
    pub fn restart(&mut self) {
        self.runtime.block_on(self.hub.stop());
        (self.hub, self.router) = serve(self.dir.path(), &self.hall, &self.clock);
    }

    pub fn an_hour_passes(&self) {
        let later = self.clock.now().local.checked_add(jiff::SignedDuration::from_hours(1));
        self.clock.set(later.expect("no run lasts until the year 9999"));
    }

    /// `None` leaves whatever header the input brings.
    pub fn secret(&self, flags: u8) -> Option<String> {
        match flags & 0x07 {
            0 => None,
            1 | 2 => Some(self.kiosk.clone()),
            3 => Some(self.kiosk.replace("kiosk-1", "desk")),
            4 => Some(format!("{}0", self.manager)),
            _ => Some(self.manager.clone()),
        }
    }

    /// Whether the one who asks has a right secret. Nobody guesses one of 256 bits.
    pub fn may_ask(&self, input: &Input<'_>) -> bool {
        matches!(input.flags & 0x07, 1 | 2 | 5..)
    }

    pub fn fill_in(&self, text: &[u8]) -> Vec<u8> {
        let names = [
            ("$ID", self.id.to_string()),
            ("$OLD", self.old.to_string()),
            ("$T", self.last_ticket.to_string()),
        ];
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(&byte) = rest.first() {
            match names.iter().find(|(name, _)| rest.starts_with(name.as_bytes())) {
                Some((name, value)) => {
                    out.extend_from_slice(value.as_bytes());
                    rest = &rest[name.len()..];
                }
                None => {
                    out.push(byte);
                    rest = &rest[1..];
                }
            }
        }
        out
    }

    pub fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("the router never fails");
            let status = response.status().as_u16();
            let content_type = response.headers().get("content-type");
            let content_type =
                content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec();
            Answer { status, content_type, body }
        })
    }

    /// Takes an accepted command into the model.
    pub fn commanded(&mut self, body: &[u8], answer: &Answer) {
        let id = serde_json::from_slice::<Value>(body).ok().and_then(|v| v["id"].as_str()?.parse().ok());
        if answer.status == 200 {
            let accepted: Accepted = serde_json::from_slice(&answer.body).expect("an accepted command");
            assert_eq!(Some(accepted.id), id, "the answer to another command");
            // Not new: the answer to a repetition. New ones go on after all that was told.
            if accepted.first_seq > self.last_seq {
                accepted.events.iter().for_each(|event| self.happened(event));
                self.last_seq = accepted.first_seq + accepted.events.len() as i64 - 1;
            }
        }
        self.old = id.unwrap_or(self.old);
    }

    fn happened(&mut self, event: &Event) {
        match event {
            Event::Issued { ticket } => {
                let day = (ticket.day.to_string(), ticket.series);
                let last = self.last.entry(day).or_default();
                assert_eq!(ticket.number, *last + 1, "a gap or a double: {ticket:?}");
                assert!(ticket.label.starts_with(&ticket.series.to_string()), "{ticket:?}");
                *last = ticket.number;
                self.last_ticket = ticket.id;
                assert!(self.tickets.insert(ticket.id, (**ticket).clone()).is_none(), "issued twice");
            }
            Event::PrintMarked { ticket, print } => self.ticket(ticket).print = *print,
            Event::Voided { ticket, .. } => self.ticket(ticket).stage = Stage::Voided,
            Event::Reprinted { ticket, copies, .. } => {
                let ticket = self.ticket(ticket);
                assert_eq!(*copies, ticket.copies + 1);
                ticket.copies = *copies;
            }
            _ => {}
        }
    }

    fn ticket(&mut self, id: &Uuid) -> &mut Ticket {
        self.tickets.get_mut(id).expect("an event of a ticket that was issued")
    }

    /// Compares what is told with the model.
    pub fn told(&self, path: &str, answer: &Answer) {
        match path {
            "/v1/state" => {
                let now: HallNow = serde_json::from_slice(&answer.body).expect("the state");
                let today = |ticket: &&Ticket| Some(ticket.day) == now.day && ticket.stage == Stage::Waiting;
                let waiting = self.tickets.values().filter(today).count();
                assert_eq!(now.waiting as usize, waiting, "{now:?}");
            }
            "/v1/tickets" => {
                let told: Vec<Ticket> = serde_json::from_slice(&answer.body).expect("tickets");
                for ticket in &told {
                    let known = self.tickets.get(&ticket.id).expect("a ticket that was issued");
                    assert_eq!((&ticket.label, ticket.number), (&known.label, known.number));
                    assert_eq!((ticket.stage, ticket.copies), (known.stage, known.copies));
                }
                let labels: std::collections::BTreeSet<_> = told.iter().map(|ticket| &ticket.label).collect();
                assert_eq!(labels.len(), told.len(), "a label twice");
            }
            _ => {}
        }
    }

    /// Makes ready for the next input: a new id, and now and then a new database, compared with itself after a restart.
    pub fn next(&mut self) {
        self.id = Uuid::now_v7();
        self.requests += 1;
        if self.requests >= REQUESTS {
            let tickets =
                || Request::get("/v1/tickets").header("authorization", &self.manager).body(Body::empty());
            let before = self.ask(tickets().expect("a request"));
            self.told("/v1/tickets", &before);
            let again = tickets().expect("a request");
            self.restart();
            assert_eq!(self.ask(again), before, "another queue after a restart");
            self.runtime.block_on(self.hub.stop());
            *self = Bench::start();
        }
    }
}
