// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is hard to reach with whole processes: days that turn, configurations
//! that change, printers that stop and stores that are lost, with the real hub
//! behind its real API.

use super::*;
use crate::enrolled::{Given, at_hub, join};
use crate::hub::devices::Role;
use crate::hub::{Hub, serve};
use crate::kiosk::link::{HubLink, LinkNews};
use crate::store::tests::Dir;
use motcua_core::hall::SAMPLE;
use motcua_core::queue::{Event, PrintState, Refusal, Stage};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const MORNING: &str = "2026-11-23T09:00:00";

struct Site {
    dir: Dir,
    hub: Hub,
    clock: WallClock,
    client: HubClient,
}

impl Site {
    async fn new() -> Site {
        let (dir, hall) = (Dir::new(), Hall::parse(SAMPLE).unwrap());
        let clock = WallClock::starting_at(MORNING.parse().unwrap(), hall.utc_offset_minutes);
        let pages = serve::start(dir.path(), &hall, clock.clone()).await.unwrap();
        let (hub, trust) = (pages.api.hub.clone(), pages.api.trust.clone());
        pages.api.devices.add("kiosk-1", Role::Kiosk, None).unwrap();
        let anywhere = "127.0.0.1:0".parse().unwrap();
        let doors = serve::Doors::open(anywhere, anywhere).await.unwrap();
        let url = format!("https://{}", doors.devices.local_addr().unwrap());
        tokio::spawn(serve::serve(pages, doors, Default::default(), std::future::pending()));
        let ticket = trust.ticket("kiosk-1", Role::Kiosk, &url, 1, "a test").await.unwrap();
        let given = Given::Line(ticket.line().to_string());
        let enrolled = join(&at_hub(&dir.path().join("kiosk")), Some(&given)).await.unwrap();
        let client = HubClient::new(&enrolled, None).unwrap();
        Site { dir, hub, clock, client }
    }

    fn kiosk(&self, away: bool) -> Kiosk {
        let remote = Arc::new(Remote::new(self.client.clone(), &self.dir.path().join("kiosk")));
        let switch = Arc::new(AtomicBool::new(away));
        remote.set_switch(switch.clone());
        let (tx, told) = unbounded_channel();
        let hall = Arc::new(Hall::parse(SAMPLE).unwrap());
        let tell: Tell = Box::new(move |news| drop(tx.send(news)));
        remote.follow(&Handle::current(), hall, self.clock.clone(), tell);
        Kiosk { remote, switch, told }
    }

    fn set(&self, local: &str) {
        self.clock.set(local.parse().unwrap());
    }

    async fn at_hub(&self, label: &str) -> Option<Ticket> {
        self.hub.tickets(None).await.unwrap().into_iter().find(|t| t.label == label)
    }
}

struct Kiosk {
    remote: Arc<Remote>,
    switch: Arc<AtomicBool>,
    told: UnboundedReceiver<LinkNews>,
}

impl Kiosk {
    /// Until the kiosk has met its hub.
    async fn met(&self) {
        until(async || self.remote.own.ready() && self.remote.own.book().read().await.seen.is_some()).await;
    }

    /// Until the kiosk has noticed.
    async fn away(&self, away: bool) {
        self.switch.store(away, Ordering::Relaxed);
        until(async || self.remote.there.load(Ordering::Relaxed) != away).await;
    }

    async fn issue(&self) -> Ticket {
        let command = Command::Issue {
            service: "certify".into(),
            priority: false,
            lang: "vi".into(),
            person: None,
            booking: None,
        };
        let (id, answer) = self.remote.answer(Request { id: Uuid::now_v7(), command }).await;
        let Answer::Accepted { events, .. } = answer else { panic!("{answer:?}") };
        let Some(Event::Issued { ticket }) = events.last() else { panic!("{events:?}") };
        assert_eq!(ticket.id, id);
        (**ticket).clone()
    }

    async fn mark(&self, ticket: &Ticket, print: PrintState) {
        let command = Command::MarkPrint { ticket: ticket.id, print };
        let (_, answer) = self.remote.answer(Request { id: Uuid::now_v7(), command }).await;
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }

    async fn left(&self) -> usize {
        self.remote.own.hub().unwrap().undelivered().await.unwrap().len()
    }
}

/// A limit for a broken program, not a measurement.
async fn until(mut good: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !good().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap();
}

#[tokio::test]
async fn a_number_of_a_day_that_is_over_is_delivered_for_the_record() {
    let site = Site::new().await;
    let kiosk = site.kiosk(false);
    kiosk.met().await;
    kiosk.away(true).await;
    let ticket = kiosk.issue().await;
    assert_eq!(ticket.label, "K1-001");
    // The power fails before the paper is begun, and comes back the next day.
    site.set("2026-11-24T09:00:00");
    until(async || kiosk.remote.own.hub().unwrap().now().borrow().day == Some("2026-11-24".parse().unwrap()))
        .await;
    let second = kiosk.issue().await;
    assert_eq!(second.label, "K1-001", "a new day");
    kiosk.mark(&second, PrintState::PrintFailed).await;
    kiosk.away(false).await;
    until(async || kiosk.left().await == 0).await;
    assert_eq!(site.at_hub("K1-001").await.unwrap().id, second.id);
    let db = rusqlite::Connection::open(site.dir.path().join(crate::store::FILE)).unwrap();
    let sql = "SELECT stage || ' ' || print FROM tickets WHERE id = ?1";
    let kept: String = db.query_row(sql, [ticket.id.as_bytes()], |r| r.get(0)).unwrap();
    assert_eq!(kept, "unserved print_failed");
}

#[tokio::test]
async fn what_the_hub_refuses_is_kept_and_goes_when_the_hall_has_changed() {
    let site = Site::new().await;
    let mut kiosk = site.kiosk(false);
    kiosk.met().await;
    kiosk.away(true).await;
    let ticket = kiosk.issue().await;
    kiosk.mark(&ticket, PrintState::PrintFailed).await;
    let other = Hall::parse(&SAMPLE.replace("\"certify\"", "\"copies\"")).unwrap();
    site.hub.set_hall(other.clone()).await.unwrap();
    kiosk.away(false).await;
    until(async || kiosk.remote.own.book().read().await.refused.get(&ticket.id) == Some(&1)).await;
    let told = async {
        loop {
            if let Some(LinkNews::Config(hall)) = kiosk.told.recv().await {
                return hall;
            }
        }
    };
    assert_eq!(told.await.version, other.version);
    assert_eq!(kiosk.left().await, 1);
    site.hub.set_hall(Hall::parse(SAMPLE).unwrap()).await.unwrap();
    until(async || kiosk.left().await == 0).await;
    assert_eq!(site.at_hub("K1-001").await.unwrap().stage, Stage::Waiting);
    // Written down after the ticket was let go.
    until(async || kiosk.remote.own.book().read().await.refused.is_empty()).await;
}

#[tokio::test]
async fn a_person_joins_the_queue_before_the_printer_has_got_its_new_roll() {
    let site = Site::new().await;
    let kiosk = site.kiosk(false);
    kiosk.met().await;
    kiosk.away(true).await;
    let ticket = kiosk.issue().await;
    kiosk.mark(&ticket, PrintState::Printing).await;
    kiosk.away(false).await;
    assert!(site.at_hub("K1-001").await.is_none());
    site.set("2026-11-23T09:05:00");
    until(async || kiosk.left().await == 0).await;
    assert_eq!(site.at_hub("K1-001").await.unwrap().print, PrintState::Printing);
    kiosk.mark(&ticket, PrintState::Printed).await;
    // At once, or with the next round where the ticket was just let go.
    until(async || site.at_hub("K1-001").await.unwrap().print == PrintState::Printed).await;
}

#[tokio::test]
async fn a_damaged_store_of_the_kiosk_repeats_no_number_and_needs_nobody() {
    let site = Site::new().await;
    let kiosk = site.kiosk(false);
    kiosk.met().await;
    kiosk.away(true).await;
    kiosk.issue().await;
    kiosk.remote.own.hub().unwrap().stop().await;
    let file = site.dir.path().join("kiosk/own").join(crate::store::FILE);
    std::fs::write(&file, vec![7; 8192]).unwrap();
    let again = site.kiosk(true);
    until(async || again.remote.alone().is_some()).await;
    assert_eq!(again.issue().await.label, "K1-1001");
    assert_eq!(again.issue().await.label, "K1-1002");
}

#[tokio::test]
async fn a_kiosk_with_the_hub_inside_is_told_of_a_changed_hall() {
    let site = Site::new().await;
    let link = HubLink::Local { hub: site.hub.clone(), device: "kiosk-1".into() };
    let (tx, mut told) = unbounded_channel();
    let hall = site.hub.hall();
    link.follow(&Handle::current(), &hall, &site.clock, Box::new(move |news| drop(tx.send(news))));
    assert!(matches!(told.recv().await, Some(LinkNews::Hall(Some(_)))), "its own hall is no news");
    let other = Hall::parse(&SAMPLE.replace("\"certify\"", "\"copies\"")).unwrap();
    site.hub.set_hall(other.clone()).await.unwrap();
    let config = async {
        loop {
            if let Some(LinkNews::Config(hall)) = told.recv().await {
                return hall;
            }
        }
    };
    let config = tokio::time::timeout(Duration::from_secs(30), config).await.unwrap();
    assert_eq!(config.version, other.version);
}

#[tokio::test]
async fn alone_it_counts_what_it_gave_itself() {
    let site = Site::new().await;
    let kiosk = site.kiosk(false);
    kiosk.met().await;
    kiosk.away(true).await;
    let mark = |n: u32| Some(motcua_core::citizen::Mark { mark: format!("{n:064x}"), booked: vec![] });
    let ask = async |person, booking: Option<&str>| {
        let booking = booking.map(str::to_owned);
        let (service, lang) = ("certify".into(), "vi".into());
        let command = Command::Issue { service, priority: false, lang, person, booking };
        kiosk.remote.answer(Request { id: Uuid::now_v7(), command }).await.1
    };
    assert!(matches!(ask(mark(1), Some("LH-1")).await, Answer::Accepted { .. }));
    let refused = Refusal::PersonService { service: "certify".into(), label: "K1-001".into() };
    assert_eq!(ask(mark(1), None).await, Answer::Refused(refused));
    let used = Refusal::BookingUsed { label: "K1-001".into() };
    assert_eq!(ask(None, Some("LH-1")).await, Answer::Refused(used));
    // Nothing is known of who shows no card.
    assert!(matches!(ask(None, None).await, Answer::Accepted { .. }));
}
