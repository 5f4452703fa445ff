// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall at work: calling at 1 and 40 desks, from the click to the changed
//! display and to the voice, two hundred listeners, memory of each role.

use crate::kiosk::{ANYWHERE, Running, ticket};
use crate::{Report, hub, quantile};
use futures_util::StreamExt;
use motcua::clock::WallClock;
use motcua::enrolled::at_hub;
use motcua::hub::{Hub, Request};
use motcua_core::feed::Officer;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::Command;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

const DESKS: usize = 40;
const ROUNDS: usize = 100;
const CLICKS: usize = 12;
const LISTENERS: usize = 200;
const PICTURES: usize = 20;

pub fn run(report: &mut Report, bare: f64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(calling(report, bare));
    let small = SmallHall::start();
    clicks(report, &small);
    runtime.block_on(listeners(report, &small));
    report.add("memory", "hub with 200 listeners", small.hub.memory(), "MiB", "budget 40 for the hub");
    report.add(
        "memory",
        "display with voice",
        small.display.memory(),
        "MiB",
        "1920 x 1080, software renderer",
    );
    report.add("memory", "panel", small.panel.memory(), "MiB", "1024 x 600, software renderer");
}

/// Always open, forty counters that serve everything, calls stay large for three seconds.
fn hall_text() -> String {
    let counters: Vec<String> = (1..=DESKS).map(|n| n.to_string()).collect();
    let mut text = SAMPLE.replace("call_seconds = 6", "call_seconds = 3");
    for day in ["mon", "tue", "wed", "thu", "fri"] {
        text = text.replace(
            &format!("{day} = [\"07:30-11:30\", \"13:00-17:00\"]"),
            &format!("{day} = [\"00:00-23:59\"]"),
        );
    }
    text = text.replace("sat = [\"07:30-11:30\"]", "sat = [\"00:00-23:59\"]\nsun = [\"00:00-23:59\"]");
    text = text.replace("counters = [\"2\", \"3\"]\ndaily_cap = 300", &format!("counters = {counters:?}"));
    let more: String = (7..=DESKS)
        .map(|n| format!("[[counters]]\nid = \"{n}\"\nname = {{ vi = \"Quầy\", en = \"Counter\" }}\n\n"))
        .collect();
    text.replacen("[[services]]", &format!("{more}[[services]]"), 1)
}

async fn ask(hub: &Hub, command: Command) {
    let request = Request { id: Uuid::now_v7(), command };
    assert!(matches!(hub.ask("bench", request).await, Ok(motcua::store::Answer::Accepted { .. })));
}

fn officer(n: usize) -> Officer {
    Officer { id: format!("o{n}"), name: "Cán bộ".into() }
}

/// "Call next" through the writer, durable, with a queue of a few hundred.
async fn calling(report: &mut Report, bare: f64) {
    let clock = WallClock::starting_at("2026-11-23T09:00:00".parse().unwrap(), 420);
    let hub = Hub::start(&hub::dir("calling"), Hall::parse(&hall_text()).unwrap(), clock).unwrap();
    for n in 1..=DESKS {
        let counter = n.to_string();
        ask(&hub, Command::SignIn { counter: counter.clone(), officer: officer(n) }).await;
        ask(&hub, Command::OpenCounter { counter }).await;
    }
    let issue = || Command::Issue {
        service: "certify".into(),
        priority: false,
        lang: "vi".into(),
        person: None,
        booking: None,
    };
    for _ in 0..300 {
        ask(&hub, issue()).await;
    }
    for desks in [1, DESKS] {
        let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
        for _ in 0..ROUNDS {
            for _ in 0..desks {
                ask(&hub, issue()).await;
            }
            let started = Instant::now();
            let calls = (1..=desks).map(|n| {
                let hub = &hub;
                async move {
                    let pressed = Instant::now();
                    ask(hub, Command::CallNext { counter: n.to_string(), seen: None }).await;
                    pressed.elapsed()
                }
            });
            times.extend(futures_util::future::join_all(calls).await);
            spent += started.elapsed();
            for n in 1..=desks {
                ask(&hub, Command::Start { counter: n.to_string() }).await;
            }
            let ends = (1..=desks).map(|n| ask(&hub, Command::Finish { counter: n.to_string() }));
            futures_util::future::join_all(ends).await;
        }
        let rate = times.len() as f64 / spent.as_secs_f64();
        let say = |r: f64| format!("{r:.2} x bare durable commits");
        report.add("call", format!("call next, {desks} desks at once"), rate, "/s", say(rate / bare));
        report.add(
            "call",
            format!("call next, {desks} desks at once, p95"),
            quantile(&mut times, 0.95),
            "ms",
            "",
        );
    }
    hub.stop().await;
}

struct SmallHall {
    hub: Running,
    display: Running,
    panel: Running,
    runtime: tokio::runtime::Runtime,
    program: reqwest::Client,
}

impl SmallHall {
    fn start() -> SmallHall {
        let dir = hub::dir("small-hall");
        let hall = dir.join("hall.toml");
        std::fs::write(&hall, hall_text()).unwrap();
        let (data, hall) = (dir.to_str().unwrap().to_owned(), hall.to_str().unwrap().to_owned());
        let hub = Running::start(&[&["hub", "--data", &data, "--hall", &hall], &ANYWHERE[..]].concat());
        let role = |role: &str, add: &[&str]| {
            let (own, ticket) = (dir.join(role), ticket(&data, add));
            let mut args = vec!["sim", "--role", role, "--listen", "127.0.0.1:0", "--ticket", &ticket];
            args.extend(["--data", own.to_str().unwrap(), "--speaker-speed", "20"]);
            Running::start(&args)
        };
        let display = role("display", &["display-1", "--role", "display"]);
        let panel = role("panel", &["panel-1", "--role", "panel", "--counter", "1"]);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let place = at_hub(&dir.join("bench"));
        let program = ticket(&data, &["bench", "--role", "manager"]);
        let identity = runtime.block_on(place.enrol(&program)).unwrap();
        let program = motcua_link::trust::client::client(&identity).unwrap().build().unwrap();
        let small = SmallHall { display, panel, runtime, program, hub };
        small.command(&json!({ "type": "sign_in", "counter": "1", "officer": officer(1) }));
        small.command(&json!({ "type": "open_counter", "counter": "1" }));
        small
    }

    fn command(&self, command: &Value) -> Value {
        let body = json!({ "id": Uuid::now_v7(), "command": command });
        self.runtime.block_on(async {
            let call = self.program.post(format!("{}/v1/commands", self.hub.devices));
            let answer = call.json(&body).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
            answer.json().await.unwrap()
        })
    }

    /// Somebody waits, and the desk is free.
    fn ready(&self) {
        self.command(&json!({ "type": "issue", "service": "certify", "lang": "vi" }));
    }

    fn free(&self) {
        self.command(&json!({ "type": "start", "counter": "1" }));
        self.command(&json!({ "type": "finish", "counter": "1" }));
    }
}

fn wait(limit: Duration) {
    let _ = std::sync::mpsc::channel::<()>().1.recv_timeout(limit);
}

/// From the officer's click, as the console sends it, to the drawn display and to the first samples.
fn clicks(report: &mut Report, small: &SmallHall) {
    let (mut seen, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..CLICKS {
        small.ready();
        // The last call has had its seconds, and its announcement is over.
        wait(Duration::from_secs(4));
        let frame = |path: &str| {
            let answer = small.display.http.get(format!("{}{path}", small.display.url)).send().unwrap();
            answer.headers()["x-frame"].to_str().unwrap().parse::<u64>().unwrap()
        };
        let mut last = frame("/screen.png");
        std::thread::scope(|s| {
            let clicked = Instant::now();
            let listener = s.spawn(move || {
                while small.display.state()["playing"] != true {
                    wait(Duration::from_millis(1));
                }
                clicked.elapsed()
            });
            let answer = small.command(&json!({ "type": "call_next", "counter": "1" }));
            let label = answer["events"][0]["call"]["label"].clone();
            loop {
                last = frame(&format!("/screen.png?after={last}"));
                let at = clicked.elapsed();
                if small.display.state()["view"]["stage"]["label"] == label {
                    seen.push(at);
                    break;
                }
            }
            heard.push(listener.join().unwrap());
        });
        small.free();
    }
    let mut add = |what: &str, times: &mut [Duration], budget: &str| {
        for (part, name) in [(0.5, "p50"), (0.95, "p95")] {
            report.add("call", format!("{what}, {name}"), quantile(times, part), "ms", budget.to_owned());
        }
    };
    add("click to changed display (drawn and fetched)", &mut seen, "budget 250");
    add("click to the voice", &mut heard, "budget 700");
}

/// From a command to the last of two hundred listeners.
async fn listeners(report: &mut Report, small: &SmallHall) {
    let (told, mut news) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..LISTENERS {
        let (told, url) = (told.clone(), format!("{}/v1/feed/display", small.hub.devices));
        let call = small.program.get(url);
        tokio::spawn(async move {
            let response = call.send().await.unwrap();
            let mut stream = response.bytes_stream();
            while let Some(Ok(bytes)) = stream.next().await {
                let pictures = bytes.windows(14).filter(|w| *w == b"event: picture").count();
                for _ in 0..pictures {
                    let _ = told.send(Instant::now());
                }
            }
        });
    }
    let mut times = Vec::new();
    for round in 0..=PICTURES {
        // The first picture of each is the one at the beginning.
        let asked = Instant::now();
        if round > 0 {
            tokio::task::block_in_place(|| small.ready());
        }
        for _ in 0..LISTENERS {
            let at = news.recv().await.unwrap();
            if round > 0 {
                times.push(at.saturating_duration_since(asked));
            }
        }
    }
    report.add("stream", "command to 200 listeners, p50", quantile(&mut times, 0.5), "ms", "");
    report.add("stream", "command to 200 listeners, p95", quantile(&mut times, 0.95), "ms", "");
    report.add("stream", "command to 200 listeners, slowest", quantile(&mut times, 1.0), "ms", "");
}
