// SPDX-License-Identifier: MIT OR Apache-2.0
//! kill -9 at random points of issuing: nothing answered is lost, nothing
//! doubled, printed implies committed. `MOTCUA_KILL_RUNS` sets the number of
//! runs (300 in `make test`, 1,000 in `make test-kill`).

use crate::endtoend::{pty_printer, qr_codes};
use crate::support::*;
use motcua::hub::Request;
use motcua_core::queue::{PrintState, Ticket};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// One run in five kills the whole kiosk while it prints, the others the hub under load.
fn runs() -> (u64, u64) {
    let all = std::env::var("MOTCUA_KILL_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    (all - all / 5, all / 5)
}

/// A day's file is renewed after this many runs, so that early and late kills both happen.
const RUNS_PER_FILE: u64 = 24;

/// What clients were told, over all lives of one hub.
#[derive(Default)]
struct Told {
    answered: BTreeMap<Uuid, String>,
    sent: BTreeSet<Uuid>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_is_killed_while_it_issues() {
    let mut dice = Dice::new();
    let (mut left, mut answers) = (runs().0, 0);
    while left > 0 {
        let dir = Dir::new();
        let program = {
            let _hub = start_hub(&dir);
            enrolled(&dir, "test", "manager")
        };
        let told = Arc::new(Mutex::new(Told::default()));
        for _ in 0..left.min(RUNS_PER_FILE) {
            let run = start_hub(&dir);
            let clients: Vec<_> = (0..4)
                .map(|_| tokio::spawn(ask_until_dead(Client::new(run.devices(), &program), told.clone())))
                .collect();
            tokio::time::sleep(Duration::from_millis(5 + dice.below(90))).await;
            run.kill();
            for client in clients {
                client.await.unwrap();
            }
            left -= 1;
        }
        let run = start_hub(&dir);
        let client = Client::new(run.devices(), &program);
        let tickets = client.tickets().await;
        check(&told.lock().unwrap(), &tickets);
        answers += told.lock().unwrap().answered.len();
        // Who got no answer asks again with the same id and gets one number for it.
        let unanswered: Vec<Uuid> = {
            let told = told.lock().unwrap();
            told.sent.iter().filter(|id| !told.answered.contains_key(id)).copied().collect()
        };
        for id in unanswered {
            let (status, body) = client.post(&Request { id, command: issue("certify") }).await.unwrap();
            assert_eq!(status, 200, "{body}");
            told.lock().unwrap().answered.insert(id, label(&body));
        }
        let tickets = client.tickets().await;
        check(&told.lock().unwrap(), &tickets);
        assert_eq!(tickets.len(), told.lock().unwrap().sent.len(), "one ticket for each touch");
    }
    assert!(answers > 0, "the kills came before anything was answered");
    println!("{answers} answered tickets survived");
}

async fn ask_until_dead(client: Client, told: Arc<Mutex<Told>>) {
    loop {
        let id = Uuid::now_v7();
        told.lock().unwrap().sent.insert(id);
        match client.post(&Request { id, command: issue("certify") }).await {
            Ok((200, body)) => {
                told.lock().unwrap().answered.insert(id, label(&body));
            }
            Ok((status, body)) => panic!("{status} {body}"),
            Err(_) => return,
        }
    }
}

fn check(told: &Told, tickets: &[Ticket]) {
    let stored: BTreeMap<Uuid, &str> = tickets.iter().map(|t| (t.id, t.label.as_str())).collect();
    for (id, label) in &told.answered {
        assert_eq!(stored.get(id), Some(&label.as_str()), "an answered ticket is lost or changed");
    }
    let numbers: BTreeSet<u32> = tickets.iter().map(|t| t.number).collect();
    assert_eq!(numbers.len(), tickets.len(), "a number twice");
    assert_eq!(numbers.last().copied().unwrap_or(0) as usize, tickets.len(), "a gap");
    assert!(tickets.iter().all(|t| told.sent.contains(&t.id)), "a ticket nobody asked for");
}

#[test]
fn the_kiosk_is_killed_while_it_prints() {
    let mut dice = Dice::new();
    let runs = runs().1;
    let dir = Dir::new();
    let data = dir.path().to_str().unwrap().to_owned();
    let hall = dir.file("hall.toml", &always_open()).to_str().unwrap().to_owned();
    let printer = pty_printer();
    let url = printer.url().to_string();
    let mut printed = 0;
    for run in 0..runs {
        let bench = Bench::start(&["--data", &data, "--hall", &hall, "--printer", &url]);
        // What the last life left open is settled by this one: no ticket stays "printing".
        let open = |t: &Ticket| matches!(t.print, PrintState::Committed | PrintState::Printing);
        assert!(until(|| !bench.tickets().iter().any(open)), "run {run}: {:#?}", bench.tickets());
        bench.tap("Lấy số thứ tự");
        bench.tap(&bench.button("Chứng thực"));
        bench.tap("Không dùng thẻ");
        assert!(until(|| bench.get("/devices")[0]["fault"].is_null()));
        bench.tap("Không thuộc diện nào");
        pause(Duration::from_millis(dice.below(900)));
        bench.run.kill();
        // A job cut off in the middle stays in the printer; the next life clears it away.
        printed = printer.slips().len();
    }
    let bench = Bench::start(&["--data", &data, "--hall", &hall, "--printer", &url]);
    let tickets = bench.tickets();
    let mut seen = BTreeSet::new();
    for slip in printer.slips() {
        for code in qr_codes(&slip) {
            assert!(seen.insert(code.clone()), "two slips for {code}");
            let ticket = tickets.iter().find(|t| code.ends_with(&t.id.simple().to_string()));
            let ticket = ticket.unwrap_or_else(|| panic!("{code} is on paper and not in the database"));
            assert!(code.contains(&format!("/{}/", ticket.label)));
            assert_ne!(
                ticket.print,
                PrintState::PrintFailed,
                "{code} is on paper, the record says it is not"
            );
        }
    }
    let numbers: BTreeSet<u32> = tickets.iter().map(|t| t.number).collect();
    assert_eq!(numbers.len(), tickets.len());
    assert_eq!(numbers.last().copied().unwrap_or(0) as usize, tickets.len());
    assert!(printed > 0 && !tickets.is_empty(), "the kills came too early to prove anything");
    println!("{runs} kills, {} tickets, {printed} slips", tickets.len());
}
