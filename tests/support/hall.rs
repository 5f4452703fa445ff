// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall with desks: its devices as processes, an officer by the API, what is
//! in the hub's file.

use super::{Bench, Client, Dir, Running, always_open, issue, until};
use motcua::hub::Request;
use motcua_core::queue::Command;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// The display or the panel of a bench, or one started alone.
pub struct Device {
    pub url: String,
    http: reqwest::blocking::Client,
}

impl Device {
    pub fn client() -> reqwest::blocking::Client {
        motcua_link::trust::ready();
        reqwest::blocking::Client::builder().timeout(Duration::from_secs(20)).build().unwrap()
    }

    pub fn at(url: &str) -> Device {
        let http = Device::client();
        Device { url: url.trim_end_matches('/').to_owned(), http }
    }

    pub fn get(&self, path: &str) -> Value {
        self.http.get(format!("{}{path}", self.url)).send().unwrap().json().unwrap()
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        self.http.get(format!("{}{path}", self.url)).send().unwrap().bytes().unwrap().to_vec()
    }

    pub fn post(&self, path: &str, body: &Value) -> u16 {
        self.http.post(format!("{}{path}", self.url)).json(body).send().unwrap().status().as_u16()
    }

    /// Touches the button with this label once it is there.
    pub fn tap(&self, label: &str) {
        let body = serde_json::json!({ "label": label });
        assert!(until(|| self.post("/tap", &body) == 200), "no `{label}` in {:#}", self.get("/elements"));
    }

    /// Touches until another screen is up: a touch that comes sooner than a person could have read the
    /// present one is not taken.
    pub fn tap_to(&self, label: &str, screen: &str) {
        let body = serde_json::json!({ "label": label });
        let there = || self.get("/state")["screen"] == screen;
        assert!(
            until(|| there() || (self.post("/tap", &body), there()).1),
            "{label}: {:#}",
            self.get("/state")
        );
    }

    pub fn wait(&self, what: &str, good: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = until(|| {
            last = self.get("/state");
            good(&last)
        });
        assert!(found, "no `{what}` in time; last state {last:#}");
        last
    }
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Bench {
    /// At whatever hour it is, alone, with everything that it can say in a file of `logs`.
    pub fn loud(args: &[&str], logs: &Path) -> Bench {
        let log = std::fs::File::create(logs.join("stderr")).unwrap();
        let args = [&["sim", "--alone", "--listen", "127.0.0.1:0"], args].concat();
        let run = Running::start_with(&args, "trace", log.into());
        Bench { run, http: Device::client() }
    }

    /// At whatever hour it is, alone.
    pub fn now(args: &[&str]) -> Bench {
        Bench::of(&[&["sim", "--alone", "--listen", "127.0.0.1:0"], args].concat())
    }

    /// The same with display, panel and officers.
    pub fn small(args: &[&str]) -> Bench {
        let bench = Bench::of(&[&["sim", "--listen", "127.0.0.1:0"], args].concat());
        bench.wait("display and panel", |s| s["devices"].as_array().is_some_and(|d| d.len() == 2));
        bench
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where a hub listens in each of its lives: pages, devices.
#[derive(Clone, Copy)]
pub struct Ports(u16, u16);

impl Ports {
    pub fn free() -> Ports {
        Ports(free_port(), free_port())
    }

    pub fn devices(self) -> u16 {
        self.1
    }

    pub fn args(self) -> [String; 4] {
        let at = |port| format!("127.0.0.1:{port}");
        ["--listen".into(), at(self.0), "--devices".into(), at(self.1)]
    }
}

/// The hub on the same ports in each of its lives.
pub fn start_hub_at(dir: &Dir, ports: Ports) -> Running {
    // Calls queue up on a display for as long as each must stay large.
    let hall = dir.file("hall.toml", &always_open().replace("call_seconds = 6", "call_seconds = 3"));
    let (data, hall, ports) = (dir.path().to_str().unwrap(), hall.to_str().unwrap(), ports.args());
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    Running::start(&[&["hub", "--data", data, "--hall", hall], &ports[..]].concat())
}

/// Adds a panel by command line and returns its ticket.
pub fn add_panel(data: &Path, id: &str, counter: &str) -> String {
    super::ticket(data, &["add", id, "--role", "panel", "--counter", counter])
}

/// An officer at a counter, by the API. Every command is asked until it is answered.
pub struct DeskClient {
    pub client: Client,
    pub counter: &'static str,
}

impl DeskClient {
    /// Asks with one id until the hub answers.
    pub async fn until_answered(&self, command: Command) -> (u16, Value) {
        let request = Request { id: Uuid::now_v7(), command };
        loop {
            match self.client.post(&request).await {
                Ok((503, _)) | Err(_) => tokio::time::sleep(Duration::from_millis(40)).await,
                Ok(answer) => return answer,
            }
        }
    }

    pub async fn sit(&self) {
        let counter = self.counter.to_owned();
        let officer = motcua_core::feed::Officer { id: "an".into(), name: "Nguyễn Văn An".into() };
        self.until_answered(Command::SignIn { counter: counter.clone(), officer }).await;
        self.until_answered(Command::OpenCounter { counter }).await;
    }

    /// Issue, call, start, finish; the label that was called.
    pub async fn serve_one(&self) -> String {
        let (status, body) = self.until_answered(issue("certify")).await;
        assert_eq!(status, 200, "{body}");
        self.serve_next().await
    }

    /// Call, start, finish; the label that was called.
    pub async fn serve_next(&self) -> String {
        let counter = || self.counter.to_owned();
        self.sit().await;
        let (status, body) = self.until_answered(Command::CallNext { counter: counter(), seen: None }).await;
        assert_eq!(status, 200, "{body}");
        let events = body["events"].as_array().unwrap();
        let label =
            events.iter().find_map(|e| e["call"]["label"].as_str()).unwrap_or_else(|| panic!("{body}"));
        let label = label.to_owned();
        for command in [Command::Start { counter: counter() }, Command::Finish { counter: counter() }] {
            let (status, body) = self.until_answered(command).await;
            assert_eq!(status, 200, "{body}");
        }
        label
    }
}

/// Level, scale place and whether it is partial, of every rating in a hub's file.
pub fn ratings(data: &Path) -> Vec<(String, i64, bool)> {
    let db = motcua::reports::open(data).unwrap();
    let mut query = db.prepare("SELECT code, level, partial FROM ratings ORDER BY at_ms, session").unwrap();
    let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}
