// SPDX-License-Identifier: MIT OR Apache-2.0
//! The watchdog's chain over a real notify socket: signs of life come while
//! frames are drawn and the database answers, and stop when the event loop
//! hangs, when the window is not drawn, and when the database is silent.

use crate::support::*;
use futures_util::FutureExt;
use motcua::ui::Glass;
use motcua::ui::headless::{Headless, HeadlessOptions};
use motcua::watch::{Facts, RoleState, Watch, WatchOptions, beat, keep, read};
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What systemd allows in these tests.
const LIMIT: Duration = Duration::from_millis(800);
/// How long each state of the program lasts.
const PHASE: Duration = Duration::from_secs(3);

/// A notify socket and what came to it.
struct Socket {
    path: std::path::PathBuf,
    heard: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Socket {
    fn new(dir: &Dir) -> Socket {
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let heard: Arc<Mutex<Vec<(Instant, String)>>> = Arc::default();
        let to = heard.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok(n) = socket.recv(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..n]).trim().to_owned();
                to.lock().unwrap().push((Instant::now(), text));
            }
        });
        Socket { path, heard }
    }

    fn count(&self, word: &str, from: Instant, to: Instant) -> usize {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(at, text)| text == word && *at >= from && *at < to).count()
    }

    fn waits_for(&self, word: &str) {
        let came = until(|| self.heard.lock().unwrap().iter().any(|(_, text)| text == word));
        assert!(came, "no {word} in {:?}", self.heard.lock().unwrap());
    }
}

/// Runs as a process of its own: a kiosk's glass that is drawn, hangs, is drawn, is not drawn, is drawn
/// with a database that does not answer. Says on standard output which.
#[test]
#[ignore = "the child of the test below"]
fn a_program_in_its_states() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let headless = Headless::install(HeadlessOptions { size: (1280, 800), mock_time: false }).unwrap();
    let glass = Glass::new().unwrap();
    glass.window().show().unwrap();
    let watch = Watch::of("kiosk", &WatchOptions::default(), true).unwrap();
    let _pulse = beat(&watch, glass.component());
    let answers = Arc::new(AtomicBool::new(true));
    let asked = answers.clone();
    let ping = move || {
        let answers = asked.load(Ordering::Relaxed);
        async move { if answers { Some(true) } else { std::future::pending().await } }.boxed()
    };
    let look = || std::future::ready(Some(Facts::default())).boxed();
    runtime.spawn(keep(watch, Box::new(look), Box::new(ping)));
    let run = |draw: bool| {
        let end = Instant::now() + PHASE;
        while Instant::now() < end {
            if draw {
                headless.step();
            } else {
                headless.tick();
            }
            pause(Duration::from_millis(5));
        }
    };
    println!("phase drawn");
    run(true);
    println!("phase hung");
    pause(PHASE);
    println!("phase drawn");
    run(true);
    println!("phase unseen");
    run(false);
    println!("phase drawn");
    run(true);
    answers.store(false, Ordering::Relaxed);
    println!("phase silent");
    run(true);
    println!("phase end");
}

#[test]
fn a_hang_an_unseen_window_and_a_silent_database_starve_the_watchdog() {
    let dir = Dir::new();
    let socket = Socket::new(&dir);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "watch::a_program_in_its_states", "--ignored", "--nocapture"])
        .env("NOTIFY_SOCKET", &socket.path)
        .env("WATCHDOG_USEC", LIMIT.as_micros().to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let phases: Vec<(String, Instant)> = lines
        .filter_map(|l| l.split_once("phase ").map(|(_, name)| (name.to_owned(), Instant::now())))
        .collect();
    assert!(child.wait().unwrap().success());
    assert_eq!(phases.len(), 7, "{phases:?}");
    assert_eq!(socket.count("READY=1", phases[0].1, phases[6].1), 1, "ready once");
    for pair in phases.windows(2) {
        let ((name, from), (_, to)) = (&pair[0], &pair[1]);
        // What was drawn just before may be told still.
        let fed = socket.count("WATCHDOG=1", *from + LIMIT, *to);
        if name == "drawn" {
            assert!(fed >= 3, "only {fed} signs of life while drawn");
        } else {
            assert_eq!(fed, 0, "signs of life from a program that is {name}");
        }
    }
}

fn state(dir: &Path, role: &str) -> Option<RoleState> {
    read(dir).unwrap().into_iter().find(|s| s.role == role)
}

#[test]
fn a_hub_is_ready_with_its_doors_open_and_tells_how_it_is() {
    let dir = Dir::new();
    let socket = Socket::new(&dir);
    let hall = dir.file("hall.toml", &always_open());
    let states = dir.path().join("state");
    std::fs::create_dir(&states).unwrap();
    let data = dir.path().join("hub");
    let args = ["hub", "--data", data.to_str().unwrap(), "--hall", hall.to_str().unwrap()];
    let doors = ["--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--state", states.to_str().unwrap()];
    let hub = Running::start_under_watch(&[&args[..], &doors].concat(), &socket.path, LIMIT);
    socket.waits_for("READY=1");
    socket.waits_for("WATCHDOG=1");
    assert!(until(|| state(&states, "hub").is_some()));
    let told = state(&states, "hub").unwrap();
    assert_eq!((told.database.as_deref(), told.drawn_ms), (Some("ok"), None));
    assert_eq!((told.facts.open, told.facts.waiting, told.facts.busy), (Some(true), Some(0), false));
    assert_eq!(told.facts.hub, Some(motcua::watch::HubWay::Here));
    hub.kill();
    let from = Instant::now() + Duration::from_millis(100);
    pause(LIMIT);
    assert_eq!(socket.count("WATCHDOG=1", from, Instant::now()), 0);
}

#[test]
fn a_kiosk_is_ready_when_it_is_drawn_and_tells_of_its_citizen_and_its_printer() {
    let dir = Dir::new();
    let socket = Socket::new(&dir);
    let states = dir.path().to_str().unwrap();
    let at = ["sim", "--alone", "--listen", "127.0.0.1:0", "--at", MORNING, "--state", states];
    let bench = Bench::of_running(Running::start_under_watch(&at, &socket.path, 4 * LIMIT));
    socket.waits_for("READY=1");
    socket.waits_for("WATCHDOG=1");
    let told = || state(dir.path(), "kiosk");
    assert!(until(|| told().is_some_and(|t| t.drawn_ms.is_some() && !t.facts.busy)));
    let now = motcua::clock::unix_ms();
    let first = told().unwrap();
    assert!(now - first.drawn_ms.unwrap() < 6_000, "drawn {} ms ago", now - first.drawn_ms.unwrap());
    assert_eq!((first.database.as_deref(), first.facts.open), (Some("ok"), Some(true)));
    bench.tap("Lấy số thứ tự");
    assert!(until(|| told().is_some_and(|t| t.facts.busy)), "{:?}", told());
    bench.fault("paper-end");
    let empty = |t: RoleState| t.facts.parts.get("printer").and_then(|p| p.fault.clone());
    assert!(until(|| told().and_then(empty).as_deref() == Some("paper-end")), "{:?}", told());
}
