// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hub in a temporary directory, its devices and clock, and a plain model of what it has answered.

use super::Input;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use motcua::clock::WallClock;
use motcua::hub::Hub;
use motcua::hub::api::{Accepted, router};
use motcua::hub::devices::{Devices, Role};
use motcua::hub::trust::Trust;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::{Event, HallNow, Stage, Ticket};
use motcua_link::trust::{IdentityDir, PeerCertificate};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
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
    trust: Trust,
    router: Router,
    /// Certificates, DER: of a kiosk, of a program, of a device that was struck off, of another hall's.
    certificates: [Arc<[u8]>; 4],
    requests: u32,
    id: Uuid,
    old: Uuid,
    /// The model: today's tickets by id as the answers told, and the last number of each series.
    tickets: HashMap<Uuid, Ticket>,
    last: BTreeMap<(String, motcua_core::label::Series), u32>,
    last_ticket: Uuid,
    last_seq: i64,
}

async fn serve(dir: &Path, hall: &Hall, clock: &WallClock) -> (Hub, Trust, Router) {
    let pages = motcua::hub::serve::start(dir, hall, clock.clone()).await.expect("a hub");
    let (hub, trust) = (pages.api.hub.clone(), pages.api.trust.clone());
    let routes = router(pages).merge(trust.enrolment());
    (hub, trust, routes)
}

/// Enrols a device as one does, over the routes; its certificate.
async fn enrol(trust: &Trust, router: &Router, name: &str, role: Role) -> Arc<[u8]> {
    let dir = tempfile::tempdir().expect("a directory");
    let ticket = trust.ticket(name, role, "https://hub.local", 1, "fuzz").await.expect("a ticket");
    let place = IdentityDir::open_or_make_key(dir.path()).expect("a key");
    let body = serde_json::json!({ "device": ticket.device(), "token": ticket.token().text().as_str(),
        "csr_pem": place.request(ticket.device()).expect("a request") });
    let request = Request::post("/v1/enrol").body(Body::from(body.to_string())).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("the router never fails");
    let answer = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
    let answer: Value = serde_json::from_slice(&answer).expect("a certificate");
    let pem = |member: &str| answer[member].as_str().expect("PEM").to_owned();
    let identity = place.install(&pem("certificate_pem"), &pem("ca_pem")).expect("an identity");
    Arc::from(identity.certificate())
}

impl Bench {
    pub fn start() -> Bench {
        let dir = tempfile::tempdir().expect("a directory");
        let hall = Hall::parse(SAMPLE).expect("the sample");
        // A Monday morning within the sample's hours.
        let monday = "2026-11-23T08:00:00".parse().expect("a time");
        let clock = WallClock::starting_at(monday, hall.utc_offset_minutes);
        let devices = Devices::open(dir.path()).expect("the device list");
        for (name, role) in [("kiosk-1", Role::Kiosk), ("desk", Role::Manager)] {
            devices.add(name, role, None).expect("a device");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (hub, trust, router, certificates) = runtime.block_on(async {
            let (hub, trust, router) = serve(dir.path(), &hall, &clock).await;
            let kiosk = enrol(&trust, &router, "kiosk-1", Role::Kiosk).await;
            let desk = enrol(&trust, &router, "desk", Role::Manager).await;
            // Not on the list; and of another hall, whose authority is another one.
            let struck = enrol(&trust, &router, "kiosk-9", Role::Kiosk).await;
            let other = tempfile::tempdir().expect("a directory");
            let (hub_2, trust_2, elsewhere) = serve(other.path(), &hall, &clock).await;
            let stranger = enrol(&trust_2, &elsewhere, "desk", Role::Manager).await;
            hub_2.stop().await;
            trust_2.store.db().close().await;
            (hub, trust, router, [kiosk, desk, struck, stranger])
        });
        Bench {
            runtime,
            dir,
            clock,
            hall,
            hub,
            trust,
            router,
            certificates,
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
        self.runtime.block_on(async {
            self.hub.stop().await;
            self.trust.store.db().close().await;
            // The lock goes with the last one who holds the database.
            self.router = Router::new();
            (self.hub, self.trust, self.router) = serve(self.dir.path(), &self.hall, &self.clock).await;
        });
    }

    pub fn an_hour_passes(&self) {
        let later = self.clock.now().local.checked_add(jiff::SignedDuration::from_hours(1));
        self.clock.set(later.expect("no run lasts until the year 9999"));
    }

    /// The certificate of the connection.
    pub fn certificate(&self, flags: u8) -> PeerCertificate {
        let [kiosk, desk, struck, stranger] = &self.certificates;
        PeerCertificate(match flags & 0x07 {
            0 => None,
            1 | 2 => Some(kiosk.clone()),
            3 => Some(struck.clone()),
            4 => Some(stranger.clone()),
            _ => Some(desk.clone()),
        })
    }

    /// Whether the one who asks has a good certificate.
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
