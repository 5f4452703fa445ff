// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk alone: numbers of its own while the hub is silent, delivered once
//! when it is back, whatever is killed in between.

use crate::endtoend::{pty_printer, qr_codes};
use crate::remote::hub_with;
use crate::support::*;
use motcua_core::feed::Officer;
use motcua_core::queue::{Command, PrintState, Stage, Ticket};
use motcua_hal::printer::sim::SimPrinter;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// A hall with its hub at one port, and kiosks.
struct Site {
    dir: Dir,
    ports: Ports,
    manager: PathBuf,
    runtime: Runtime,
}

impl Site {
    fn new(kiosks: usize) -> Site {
        let dir = Dir::new();
        let ports = Ports::free();
        // Enrolled once, before anything happens.
        let _hub = hub_with(&dir, ports, &always_open());
        let manager = enrolled(&dir, "desk", "manager");
        let site = Site { ports, manager, runtime: Runtime::new().unwrap(), dir };
        (1..=kiosks).for_each(|n| site.enrol(n));
        site
    }

    fn enrol(&self, kiosk: usize) {
        let add = ["add", &format!("kiosk-{kiosk}"), "--replace"];
        enrol(&ticket(self.dir.path(), &add), self.data(kiosk));
    }

    fn hub(&self) -> Running {
        hub_with(&self.dir, self.ports, &always_open())
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.devices())
    }

    fn data(&self, kiosk: usize) -> PathBuf {
        self.dir.path().join(format!("kiosk-{kiosk}"))
    }

    fn kiosk(&self, kiosk: usize, printer: &SimPrinter) -> Bench {
        self.kiosk_at(kiosk, printer, &self.url())
    }

    fn kiosk_at(&self, kiosk: usize, printer: &SimPrinter, hub: &str) -> Bench {
        let (data, hall) = (self.data(kiosk), self.dir.path().join("hall.toml"));
        Bench::start(&[
            "--hub",
            hub,
            "--data",
            data.to_str().unwrap(),
            "--hall",
            hall.to_str().unwrap(),
            "--printer",
            &printer.url().to_string(),
        ])
    }

    /// The kiosk knows its number and has a store of its own.
    fn met(&self, kiosk: usize) {
        let own = self.data(kiosk).join("own");
        let known = || std::fs::read_to_string(own.join("own.json")).is_ok_and(|t| t.contains("\"seen\": {"));
        assert!(until(|| known() && own.join("hall.db").exists()), "the kiosk did not meet its hub");
    }

    fn tickets(&self) -> BTreeMap<String, Ticket> {
        let all = self.runtime.block_on(Client::new(&self.url(), &self.manager).tickets());
        let count = all.len();
        let by_label: BTreeMap<String, Ticket> = all.into_iter().map(|t| (t.label.clone(), t)).collect();
        assert_eq!(by_label.len(), count, "a label twice");
        by_label
    }

    fn staff(&self, command: Command) -> Value {
        let (status, body) = self.runtime.block_on(Client::new(&self.url(), &self.manager).command(command));
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Labels in the order in which one counter calls them.
    fn call_all(&self, counter: &str, count: usize) -> Vec<String> {
        let officer = Officer { id: "an".into(), name: "An".into() };
        self.staff(Command::SignIn { counter: counter.into(), officer });
        self.staff(Command::OpenCounter { counter: counter.into() });
        let (mut seen, mut labels) = (0, Vec::new());
        for _ in 0..count {
            let body = self.staff(Command::CallNext { counter: counter.into(), seen: Some(seen) });
            let events = body["events"].as_array().unwrap();
            let call = events.iter().find_map(|e| e["call"].as_object()).unwrap_or_else(|| panic!("{body}"));
            seen = call["seq"].as_u64().unwrap();
            labels.push(call["label"].as_str().unwrap().to_owned());
            self.staff(Command::Start { counter: counter.into() });
        }
        labels
    }
}

#[test]
fn own_numbers_are_good_on_paper_and_are_called_in_their_turn() {
    let site = Site::new(1);
    let hub = site.hub();
    let printer = pty_printer();
    let bench = site.kiosk(1, &printer);
    assert_eq!(bench.number(), "A001");
    site.met(1);
    hub.kill();
    bench.choose();
    bench.tap("Không thuộc diện nào");
    let state = bench.wait("the paper", |s| s["view"]["screen"]["paper"] == "take");
    let screen = &state["view"]["screen"];
    assert_eq!((&screen["label"], &screen["ahead"]), (&"K1-001".into(), &Value::Null));
    bench.done();
    assert_eq!(bench.number(), "K1-002");
    let slips = printer.slips();
    assert_eq!(slips.len(), 3);
    for line in ["Máy chủ tạm mất kết nối", "Số này vẫn có giá trị"] {
        assert!(slips[1].text.contains(line), "no `{line}` in {}", slips[1].text);
    }
    assert!(!slips[1].text.contains("kế tiếp"), "{}", slips[1].text);
    let codes: Vec<String> = slips.iter().flat_map(qr_codes).collect();

    let _hub = site.hub();
    let there = || site.tickets().contains_key("K1-002");
    assert!(until(there), "{:?}", site.tickets().keys());
    assert_eq!(bench.number(), "A002");
    let tickets = site.tickets();
    assert_eq!(tickets.keys().collect::<Vec<_>>(), ["A001", "A002", "K1-001", "K1-002"]);
    for (label, slip) in [("A001", 0), ("K1-001", 1), ("K1-002", 2)] {
        let ticket = &tickets[label];
        assert_eq!((ticket.stage, ticket.device.as_str()), (Stage::Waiting, "kiosk-1"));
        assert!(until(|| site.tickets()[label].print == PrintState::Printed));
        let end = format!("/{label}/{}", ticket.id.simple());
        assert!(codes[slip].ends_with(&end), "{} is not of {end}", codes[slip]);
    }
    assert_eq!(site.call_all("2", 4), ["A001", "K1-001", "K1-002", "A002"]);
}

#[test]
fn every_kiosk_has_numbers_of_its_own() {
    let site = Site::new(2);
    let hub = site.hub();
    let printers = [pty_printer(), pty_printer()];
    let benches = [1, 2].map(|n| site.kiosk(n, &printers[n - 1]));
    [1, 2].iter().for_each(|n| site.met(*n));
    hub.kill();
    let labels: Vec<String> = benches.iter().map(Bench::number).collect();
    assert_eq!(labels, ["K1-001", "K2-001"]);
    let _hub = site.hub();
    assert!(until(|| site.tickets().len() == 2), "{:?}", site.tickets().keys());
}

#[test]
fn a_kiosk_that_lost_its_store_repeats_no_number_that_the_hub_has() {
    let site = Site::new(1);
    let hub = site.hub();
    let printer = pty_printer();
    let bench = site.kiosk(1, &printer);
    site.met(1);
    hub.kill();
    assert_eq!(bench.number(), "K1-001");
    let hub = site.hub();
    assert!(until(|| site.tickets().len() == 1));
    bench.run.kill();
    std::fs::remove_dir_all(site.data(1)).unwrap();
    // A new card: a technician enrols it under the same name.
    site.enrol(1);
    let bench = site.kiosk(1, &printer);
    site.met(1);
    hub.kill();
    assert_eq!(bench.number(), "K1-002");
}

/// Between kiosk and hub, who speak encrypted: swallows the answer to whatever the kiosk asks meanwhile.
fn proxy(hub_port: u16, swallow: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(hub) = TcpStream::connect(("127.0.0.1", hub_port)) else { continue };
            let silent = Arc::new(AtomicBool::new(false));
            let (from, to) = (client.try_clone().unwrap(), hub.try_clone().unwrap());
            let (swallow, hush) = (swallow.clone(), silent.clone());
            std::thread::spawn(move || {
                pass(from, to, |_| {
                    if swallow.load(Ordering::SeqCst) {
                        hush.store(true, Ordering::SeqCst);
                    }
                    true
                });
            });
            std::thread::spawn(move || pass(hub, client, |_| !silent.load(Ordering::SeqCst)));
        }
    });
    url
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut on: impl FnMut(&[u8]) -> bool) {
    let mut part = [0; 16 * 1024];
    while let Ok(n @ 1..) = from.read(&mut part) {
        if on(&part[..n]) && to.write_all(&part[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn an_answer_that_is_lost_on_the_way_makes_one_paper_and_one_live_number() {
    let site = Site::new(1);
    let _hub = site.hub();
    let swallow = Arc::new(AtomicBool::new(false));
    let printer = pty_printer();
    let bench = site.kiosk_at(1, &printer, &proxy(site.ports.devices(), swallow.clone()));
    site.met(1);
    // Leaves a connection open on which the next number is asked for; a new one would be swallowed whole.
    assert_eq!(bench.number(), "A001");
    swallow.store(true, Ordering::SeqCst);
    assert_eq!(bench.number(), "K1-001");
    swallow.store(false, Ordering::SeqCst);
    let settled = || {
        let t = site.tickets();
        t.get("K1-001").is_some_and(|t| t.stage == Stage::Waiting)
            && t.get("A002").is_some_and(|t| t.stage == Stage::Voided)
    };
    assert!(until(settled), "{:#?}", site.tickets());
    assert_eq!(site.tickets().len(), 3);
    assert_eq!(printer.slips().len(), 2);
    assert_eq!(bench.number(), "A003");
}

#[test]
fn pauses_and_a_changed_hall_show_at_the_kiosk_and_hold_without_the_hub() {
    let site = Site::new(1);
    let hub = site.hub();
    let printer = pty_printer();
    let bench = site.kiosk(1, &printer);
    site.met(1);
    bench.wait("home", |s| s["screen"] == "home");
    bench.tap("Lấy số thứ tự");
    let tile = |s: &Value, field: &str| s["view"]["screen"]["tiles"][0][field].clone();
    bench.wait("an open service", |s| tile(s, "state") == "open");
    site.staff(Command::PauseService { service: "certify".into(), reason: "họp".into() });
    bench.wait("the paused service", |s| tile(s, "state") == "paused");
    hub.kill();
    let kept = || std::fs::read_to_string(site.data(1).join("own/own.json")).unwrap().contains("\"certify\"");
    assert!(until(kept));
    bench.tap(&bench.button("Chứng thực"));
    bench.wait("still paused", |s| s["view"]["screen"]["reason"] == "service_paused");
    bench.run.kill();
    let bench = site.kiosk(1, &printer);
    bench.wait("home", |s| s["screen"] == "home");
    bench.tap("Lấy số thứ tự");
    bench.wait("paused after a restart", |s| tile(s, "state") == "paused");

    let text = always_open().replace("Chứng thực bản sao, chữ ký", "Chứng thực giấy tờ");
    let hub = hub_with(&site.dir, site.ports, &text);
    bench.wait("the new name", |s| tile(s, "name") == "Chứng thực giấy tờ");
    assert!(until(|| std::fs::read_to_string(site.data(1).join("own/hall.toml")).unwrap() == text));
    hub.kill();
    bench.run.kill();
    // The file beside the program is older than what the hub told.
    site.dir.file("hall.toml", &always_open());
    let bench = site.kiosk(1, &printer);
    bench.wait("home", |s| s["screen"] == "home");
    bench.tap("Lấy số thứ tự");
    bench.wait("the name that the hub told", |s| tile(s, "name") == "Chứng thực giấy tờ");
}

#[test]
fn a_kiosk_is_killed_alone_and_while_it_delivers() {
    let mut dice = Dice::new();
    let runs: u64 = std::env::var("MOTCUA_OWN_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let site = Site::new(1);
    let printer = pty_printer();
    let mut hub = Some(site.hub());
    let first = site.kiosk(1, &printer);
    site.met(1);
    first.run.kill();
    for run in 0..runs {
        if dice.below(3) > 0
            && let Some(hub) = hub.take()
        {
            hub.kill();
        }
        let bench = site.kiosk(1, &printer);
        bench.choose();
        assert!(until(|| bench.get("/devices")[0]["fault"].is_null()), "run {run}");
        if dice.below(3) == 0
            && let Some(hub) = hub.take()
        {
            hub.kill();
        }
        bench.tap("Không thuộc diện nào");
        pause(Duration::from_millis(dice.below(1200)));
        if hub.is_none() && dice.below(2) == 0 {
            hub = Some(site.hub());
            pause(Duration::from_millis(dice.below(1500)));
        }
        bench.run.kill();
    }
    let _hub = hub.take().unwrap_or_else(|| site.hub());
    let bench = site.kiosk(1, &printer);
    let own = site.data(1).join("own/hall.db");
    let left = || {
        let db = rusqlite::Connection::open(&own).unwrap();
        let sql = "SELECT count(*) FROM tickets WHERE stage NOT IN ('delivered', 'voided')";
        db.query_row(sql, [], |r| r.get::<_, u32>(0)).unwrap()
    };
    let told = || std::fs::read_to_string(site.data(1).join("own/own.json")).unwrap();
    assert!(until(|| left() == 0 && told().contains("\"abandoned\": []")), "{} left, {}", left(), told());
    bench.run.kill();
    check_nothing_lost(&site, &printer, runs);
}

fn check_nothing_lost(site: &Site, printer: &SimPrinter, touches: u64) {
    let open = |t: &Ticket| matches!(t.print, PrintState::Committed | PrintState::Printing);
    let tickets = site.tickets();
    let mut seen = BTreeSet::new();
    for code in printer.slips().iter().flat_map(qr_codes) {
        assert!(seen.insert(code.clone()), "two slips for {code}");
        let found = tickets.values().find(|t| code.ends_with(&format!("/{}/{}", t.label, t.id.simple())));
        let ticket = found.unwrap_or_else(|| panic!("{code} is on paper and not at the hub: {tickets:#?}"));
        assert_eq!(ticket.stage, Stage::Waiting, "{code} is on paper");
        assert_ne!(ticket.print, PrintState::PrintFailed, "{code} is on paper, the record says it is not");
    }
    let live = tickets.values().filter(|t| t.stage == Stage::Waiting).count() as u64;
    assert!(live <= touches, "{live} live numbers of {touches} touches");
    for kiosk in [false, true] {
        let numbers: BTreeSet<u32> =
            tickets.values().filter(|t| t.series.is_kiosk() == kiosk).map(|t| t.number).collect();
        assert_eq!(numbers.last().copied().unwrap_or(0) as usize, numbers.len(), "a gap in {numbers:?}");
        println!("{} numbers", numbers.len());
    }
    assert!(tickets.values().any(|t| t.series.is_kiosk()), "the kiosk was never alone");
    assert!(!seen.is_empty(), "the kills came too early to prove anything");
    println!(
        "{touches} kills, {live} live numbers, {} slips, {} open",
        seen.len(),
        tickets.values().filter(|t| open(t)).count()
    );
}
