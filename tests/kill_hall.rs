// SPDX-License-Identifier: MIT OR Apache-2.0
//! kill -9 of the hub at random points while a hall works: a citizen takes a
//! number at the kiosk, is called, shown, spoken, served and rates. Kiosk,
//! display, panel and officer come back, agree within 60 s, nothing is lost or
//! doubled, and no call is spoken twice or late. `MOTCUA_KILL_RUNS` sets the
//! number of runs (15 in `make test`, 200 in `make test-kill`).

use crate::support::*;
use motcua_core::queue::{Stage, Ticket};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A tenth of what the kills of a lone hub are given, and 200 of the long run's 1,000.
fn runs() -> u64 {
    let all: u64 = std::env::var("MOTCUA_KILL_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(75);
    (all / 5).clamp(5, 200)
}

struct Hall {
    dir: Dir,
    ports: Ports,
    hub: Option<Running>,
    kiosk: Arc<Bench>,
    display: (Running, Device),
    panel: (Running, Device),
    desk: Arc<DeskClient>,
}

impl Hall {
    fn start() -> Hall {
        let (dir, ports) = (Dir::new(), Ports::free());
        let hub = start_hub_at(&dir, ports);
        let manager = enrolled(&dir, "test", "manager");
        let role = |role: &str, ticket: &str| {
            let data = dir.path().join(role);
            let mut args = vec!["sim", "--role", role, "--listen", "127.0.0.1:0", "--ticket", ticket];
            args.extend(["--data", data.to_str().unwrap(), "--speaker-speed", "50"]);
            let run = Running::start(&args);
            let device = Device::at(&run.url);
            (run, device)
        };
        let display = role("display", &add_device(dir.path(), "display-1", "display"));
        let panel = role("panel", &add_panel(dir.path(), "panel-2", "2"));
        let own = dir.path().join("kiosk");
        let kiosk = Arc::new(Bench::start(&[
            "--ticket",
            &add_device(dir.path(), "kiosk-1", "kiosk"),
            "--data",
            own.to_str().unwrap(),
            "--hall",
            dir.path().join("hall.toml").to_str().unwrap(),
            "--printer-speed",
            "8",
        ]));
        assert!(until(|| own.join("own/hall.db").exists()), "the kiosk did not meet its hub");
        let client = Client::new(hub.devices(), &manager);
        let desk = Arc::new(DeskClient { client, counter: "2" });
        Hall { dir, ports, hub: Some(hub), kiosk, display, panel, desk }
    }

    fn kill_and_restart(&mut self) {
        if let Some(hub) = self.hub.take() {
            hub.kill();
        }
        self.hub = Some(start_hub_at(&self.dir, self.ports));
    }
}

/// What became of one citizen.
struct Visit {
    on_screen: String,
    called: String,
}

#[test]
fn the_hub_is_killed_at_any_point_of_the_hall_s_work() {
    let mut dice = Dice::new();
    let mut hall = Hall::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (mut called, mut rated) = (Vec::new(), 0);
    for run in 0..runs() {
        let (kiosk, desk, handle) = (hall.kiosk.clone(), hall.desk.clone(), runtime.handle().clone());
        let visit = std::thread::spawn(move || {
            let on_screen = kiosk.number();
            let called = handle.block_on(async {
                desk.client.waits_alone(&on_screen).await;
                desk.serve_next().await
            });
            Visit { on_screen, called }
        });
        // As long as a visit without a fault takes.
        pause(Duration::from_millis(dice.below(2_500)));
        hall.kill_and_restart();
        let visit = visit.join().unwrap_or_else(|_| panic!("run {run}: the visit came to no end"));
        assert_eq!(visit.called, visit.on_screen, "run {run}: called is who took the number");
        called.push(visit.called);
        // Every other citizen rates, and every fourth does so while the hub is away.
        let asked = || hall.panel.1.get("/state")["screen"] == "ask";
        assert!(until(asked), "run {run}: {:#}", hall.panel.1.get("/state"));
        if run % 4 == 3 {
            hall.kill_and_restart();
        }
        if run % 2 == 1 {
            hall.panel.1.tap_to("Hài lòng", "question");
            hall.panel.1.tap_to("Lần này là lần đầu", "thanks");
            rated += 1;
        }
        check(&hall, &called, rated, run, &runtime);
    }
    check_voice(&hall, &called);
    let own = called.iter().filter(|label| label.starts_with("K1-")).count();
    println!("{} numbers served, {own} of them the kiosk's own, and {rated} ratings", called.len());
}

/// Hub, paper, display and panel tell the same; nothing is lost or doubled.
fn check(hall: &Hall, called: &[String], rated: usize, run: u64, runtime: &tokio::runtime::Runtime) {
    let last = called.last().unwrap();
    let slips = hall.kiosk.codes();
    let on_paper = |label: &str| slips.iter().flatten().any(|code| code.contains(&format!("/{label}/")));
    assert!(slips.len() == 1 && on_paper(last), "run {run}: {last} is not what is on paper: {slips:?}");
    hall.kiosk.delete("/paper");
    let shown = |s: &Value| s["view"]["stage"]["label"] == **last && s["view"]["away"].is_null();
    // Each call stays large for its seconds, so the display is asked only now and then.
    if run % 5 == 4 {
        hall.display.1.wait(&format!("run {run}: {last} on the display"), shown);
    }
    hall.panel.1.wait(&format!("run {run}: every rating delivered"), |s| {
        s["waiting"] == 0 && s["view"]["away"].is_null()
    });
    let report = ratings(hall.dir.path());
    assert_eq!(report.len(), rated, "run {run}: {report:?}");
    // The kiosk voids a number whose answer it never heard; nobody holds a paper with it.
    let settled = |t: &Ticket| {
        let served = called.contains(&t.label);
        t.stage == if served { Stage::Served } else { Stage::Voided }
    };
    let tickets = || runtime.block_on(hall.desk.client.tickets());
    assert!(until(|| tickets().iter().all(settled)), "run {run}: {called:?} {:#?}", tickets());
    let all = tickets();
    let labels: BTreeSet<&str> = all.iter().map(|t| t.label.as_str()).collect();
    assert_eq!(labels.len(), all.len(), "run {run}: a label twice");
    let served = all.iter().filter(|t| t.stage == Stage::Served).count();
    assert_eq!(served, called.len(), "run {run}: a ticket too many or too few");
}

/// One announcement for each call at most, in order, never two at once.
fn check_voice(hall: &Hall, called: &[String]) {
    let quiet = || hall.display.1.get("/sounds").as_array().unwrap().len();
    let mut before = usize::MAX;
    assert!(until(|| {
        let now = quiet();
        std::mem::replace(&mut before, now) == now
    }));
    let sounds = hall.display.1.get("/sounds");
    let sounds = sounds.as_array().unwrap();
    assert!(sounds.len() <= called.len(), "{} sounds for {} calls", sounds.len(), called.len());
    // A call that the display heard of while it was young is spoken; with kills most are.
    assert!(sounds.len() * 2 >= called.len(), "{} sounds for {} calls", sounds.len(), called.len());
    let times: BTreeMap<u64, u64> =
        sounds.iter().map(|s| (s["start_ms"].as_u64().unwrap(), s["end_ms"].as_u64().unwrap())).collect();
    let pairs = times.iter().zip(times.iter().skip(1));
    assert!(pairs.into_iter().all(|((_, end), (start, _))| end <= start), "two at once: {sounds:?}");
}
