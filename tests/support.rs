// SPDX-License-Identifier: MIT OR Apache-2.0
//! Starting the real program, talking to it, and ending it politely or not.

mod bus;
mod hall;
pub mod planted;
mod waiting;

pub use bus::*;
pub use hall::*;
pub use waiting::*;

use motcua::hub::Request;
use motcua_core::queue::{Command, Stage, Ticket};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_motcua");

/// A Monday morning on which the sample hall is open.
pub const MORNING: &str = "2026-11-23T09:00:00";

/// An empty directory that goes away with the test.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Dir {
        let dir = std::env::temp_dir().join(format!("motcua-test-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A hall that is always open and where it is about noon, so that tests depend on no hour and meet
/// no midnight.
pub fn always_open() -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let utc_hour = motcua::clock::unix_ms() / 3_600_000 % 24;
    let offset = 12 - utc_hour;
    let sign = if offset < 0 { '-' } else { '+' };
    let mut out = String::new();
    let mut in_holiday = false;
    for line in motcua_core::hall::SAMPLE.lines() {
        if line.starts_with('[') {
            in_holiday = line == "[[holidays]]";
        }
        let a_day = days.iter().any(|d| line.starts_with(&format!("{d} = ")));
        if line.starts_with("utc_offset") {
            out.push_str(&format!("utc_offset = \"{sign}{:02}:00\"\n", offset.abs()));
        } else if !in_holiday && !a_day && !line.starts_with("daily_cap") {
            out.push_str(line);
            out.push('\n');
        }
        if line == "[hours]" {
            days.iter().for_each(|d| out.push_str(&format!("{d} = [\"00:00-23:59\"]\n")));
        }
    }
    out
}

/// A running `motcua`.
pub struct Running {
    child: Child,
    pub url: String,
    /// A hub's address for devices.
    devices: Option<String>,
    /// What it prints after its address.
    said: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Starts the program and waits for the line that names its address.
    pub fn start(args: &[&str]) -> Running {
        Running::start_with(args, "warn", Stdio::piped())
    }

    /// The same as systemd starts a service of the type `notify` with a watchdog.
    pub fn start_under_watch(args: &[&str], socket: &Path, watchdog: Duration) -> Running {
        let limit = watchdog.as_micros().to_string();
        let env = [("NOTIFY_SOCKET", socket.to_str().unwrap()), ("WATCHDOG_USEC", &limit)];
        Running::start_in(args, "warn", Stdio::piped(), &env)
    }

    fn start_with(args: &[&str], level: &str, log: Stdio) -> Running {
        Running::start_in(args, level, log, &[])
    }

    fn start_in(args: &[&str], level: &str, log: Stdio, env: &[(&str, &str)]) -> Running {
        let mut child = Process::new(PROGRAM)
            .args(args)
            .env("MOTCUA_LOG", level)
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut devices = None;
        let url = lines.by_ref().map_while(Result::ok).find_map(|l| {
            devices = devices.take().or_else(|| l.strip_prefix("devices on ").map(str::to_owned));
            let at = l.find("http://")?;
            Some(l[at..].trim_end_matches('/').to_owned())
        });
        let stderr = child.stderr.take().map(|e| BufReader::new(e).lines().map_while(Result::ok));
        let Some(url) = url else {
            let text: Vec<String> = stderr.into_iter().flatten().collect();
            panic!("{args:?} did not start:\n{}", text.join("\n"));
        };
        // The pipes are read to the end, or a chatty program would block.
        std::thread::spawn(move || stderr.into_iter().flatten().for_each(|l| println!("{l}")));
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = said.clone();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|l| kept.lock().unwrap().push(l)));
        Running { child, url, devices, said }
    }

    /// Where a hub is reached by devices.
    pub fn devices(&self) -> &str {
        self.devices.as_deref().expect("a hub's process")
    }

    /// The code with which the first manager is made, as a hub prints it.
    pub fn setup_code(&self) -> String {
        let mut code = None;
        let found = until(|| {
            let said = self.said.lock().unwrap();
            code = said.iter().find_map(|l| l.split_once("set-up code ").map(|(_, c)| c.trim().to_owned()));
            code.is_some()
        });
        assert!(found, "no set-up code in {:?}", self.said.lock().unwrap());
        code.unwrap()
    }

    /// The plug is pulled.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; how it ended and how long that took.
    pub fn terminate(mut self) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        (status, asked.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A hub in a process of its own, with a program that may speak to it.
pub struct HubProcess {
    pub run: Running,
    /// The program's certificate.
    pub program: PathBuf,
}

/// Adds a device by command line and returns its ticket; the hub was started in `data` before.
pub fn add_device(data: &Path, id: &str, role: &str) -> String {
    ticket(data, &["add", id, "--role", role])
}

pub fn ticket(data: &Path, add: &[&str]) -> String {
    let out = Process::new(PROGRAM).arg("device").args(add).arg("--data").arg(data).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// Enrols a device by command line; its data directory.
pub fn enrol(ticket: &str, data: PathBuf) -> PathBuf {
    let out = Process::new(PROGRAM).args(["enrol", ticket, "--data"]).arg(&data).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    data
}

/// A device that is added and enrolled at the hub that runs in `dir`; where its certificate is.
pub fn enrolled(dir: &Dir, id: &str, role: &str) -> PathBuf {
    enrol(&add_device(dir.path(), id, role), dir.path().join(format!("enrolled-{id}")))
}

impl HubProcess {
    pub fn start(dir: &Dir) -> HubProcess {
        let run = start_hub(dir);
        HubProcess { run, program: enrolled(dir, "test", "manager") }
    }

    pub fn client(&self) -> Client {
        Client::new(self.run.devices(), &self.program)
    }
}

pub fn start_hub(dir: &Dir) -> Running {
    let hall = dir.file("hall.toml", &always_open());
    let (data, hall) = (dir.path().to_str().unwrap(), hall.to_str().unwrap());
    let anywhere = ["--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"];
    Running::start(&[&["hub", "--data", data, "--hall", hall], &anywhere[..]].concat())
}

/// A client of the hub's API.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// HTTP under the certificate of a device that keeps it in `data`.
pub fn certified(data: &Path) -> reqwest::ClientBuilder {
    let enrolled = motcua::enrolled::at_hub(data).read().unwrap().unwrap();
    motcua_link::trust::client::client(&enrolled.identity).unwrap().timeout(Duration::from_secs(20))
}

impl Client {
    /// Of the hub whose devices' address is `url`, under the certificate in `data`.
    pub fn new(url: &str, data: &Path) -> Client {
        Client { http: certified(data).build().unwrap(), url: url.to_owned() }
    }

    /// Status and body.
    pub async fn post(&self, request: &Request) -> Result<(u16, Value), reqwest::Error> {
        let call = self.http.post(format!("{}/v1/commands", self.url));
        let answer = call.json(request).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    pub async fn command(&self, command: Command) -> (u16, Value) {
        self.post(&Request { id: Uuid::now_v7(), command }).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let call = self.http.get(format!("{}{path}", self.url));
        let answer = call.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn tickets(&self) -> Vec<Ticket> {
        serde_json::from_value(self.get("/v1/tickets").await.1).unwrap()
    }

    /// Waits until exactly this number waits, in the hub's books as on the citizen's paper.
    pub async fn waits_alone(&self, label: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let call = self.http.get(format!("{}/v1/tickets", self.url));
            // The hub may be away.
            if let Ok(answer) = call.send().await
                && let Ok(all) = answer.json::<Vec<Ticket>>().await
            {
                let waiting: Vec<&str> =
                    all.iter().filter(|t| t.stage == Stage::Waiting).map(|t| t.label.as_str()).collect();
                if waiting == [label] {
                    return;
                }
                assert!(Instant::now() < end, "{label} is to wait alone, not {waiting:?}");
            }
            assert!(Instant::now() < end, "{label}: no answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub fn issue(service: &str) -> Command {
    let (service, lang) = (service.into(), "vi".into());
    Command::Issue { service, priority: false, lang, person: None, booking: None }
}

/// The label in an accepted answer.
pub fn label(body: &Value) -> String {
    let events = body["events"].as_array().unwrap_or_else(|| panic!("{body}"));
    events.iter().find_map(|e| e["ticket"]["label"].as_str()).unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// The bench of a running `motcua sim`.
pub struct Bench {
    pub run: Running,
    http: reqwest::blocking::Client,
}

impl Bench {
    pub fn start(args: &[&str]) -> Bench {
        let mut all = vec!["sim", "--alone", "--listen", "127.0.0.1:0", "--at", MORNING];
        all.extend(args);
        Bench::of(&all)
    }

    /// The small hall with its display, panel and officers; the loudspeaker plays four times as fast.
    pub fn small_hall() -> Bench {
        let at = ["sim", "--listen", "127.0.0.1:0", "--at", MORNING, "--printer-speed", "4"];
        let bench = Bench::of(&[&at[..], &["--speaker-speed", "4"]].concat());
        bench.wait("display and panel", |s| s["devices"].as_array().is_some_and(|d| d.len() == 2));
        bench
    }

    /// A program that may do everything at the bench's hub.
    pub fn program(&self) -> Client {
        let state = self.wait("a program", |s| s["program"]["identity"].is_string());
        let program = &state["program"];
        let file = Path::new(program["identity"].as_str().unwrap());
        Client::new(program["url"].as_str().unwrap(), file.parent().unwrap().parent().unwrap())
    }

    /// Another device of the small hall.
    pub fn device(&self, role: &str) -> Device {
        let state = self.get("/state");
        let found = state["devices"].as_array().unwrap().iter().find(|d| d["role"] == role).unwrap().clone();
        Device::at(found["url"].as_str().unwrap())
    }

    /// PIN of this run.
    pub fn pin(&self, id: &str) -> String {
        let state = self.get("/state");
        let found = state["people"].as_array().unwrap().iter().find(|p| p["id"] == id).unwrap();
        found["pin"].as_str().unwrap().to_owned()
    }

    fn of(all: &[&str]) -> Bench {
        Bench::of_running(Running::start(all))
    }

    /// The bench of a program that was started otherwise.
    pub fn of_running(run: Running) -> Bench {
        Bench { run, http: Device::client() }
    }

    pub fn get(&self, path: &str) -> Value {
        self.http.get(format!("{}{path}", self.run.url)).send().unwrap().json().unwrap()
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.http.get(format!("{}{path}", self.run.url)).send().unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().unwrap().to_vec()
    }

    /// Status and body, which may be empty.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.http.post(format!("{}{path}", self.run.url)).json(body).send().unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().unwrap()).unwrap_or(Value::Null))
    }

    pub fn delete(&self, path: &str) {
        assert!(self.http.delete(format!("{}{path}", self.run.url)).send().unwrap().status().is_success());
    }

    pub fn tap(&self, label: &str) {
        let (status, body) = self.post("/tap", &serde_json::json!({ "label": label }));
        assert_eq!(status, 200, "{body}");
    }

    /// Ends the number screen. A tap at the place of the last one that comes sooner than a person
    /// could have read the new screen is not taken, so this one repeats itself.
    pub fn done(&self) {
        let done = until(|| {
            if let Some(label) = self.buttons().into_iter().find(|b| b == "Xong" || b == "Done") {
                self.post("/tap", &serde_json::json!({ "label": label }));
            }
            self.get("/state")["screen"] == "home"
        });
        assert!(done, "{}", self.get("/state")["view"]);
    }

    pub fn fault(&self, kind: &str) {
        assert_eq!(self.post("/devices/printer/fault", &serde_json::json!({ "kind": kind })).0, 204);
    }

    /// Labels of what can be touched.
    pub fn buttons(&self) -> Vec<String> {
        let all = self.get("/elements");
        let buttons =
            all.as_array().unwrap().iter().filter(|e| e["role"] == "button" && e["enabled"] == true);
        buttons.map(|b| b["label"].as_str().unwrap().to_owned()).collect()
    }

    /// The button whose label starts with `start`.
    pub fn button(&self, start: &str) -> String {
        let all = self.buttons();
        all.iter().find(|b| b.starts_with(start)).unwrap_or_else(|| panic!("no `{start}` in {all:?}")).clone()
    }

    /// From home up to the last question; the next tap asks for a number of the first service.
    pub fn choose(&self) {
        let glass = Device::at(&self.run.url);
        self.wait("home", |s| s["screen"] == "home");
        glass.tap_to("Lấy số thứ tự", "services");
        glass.tap_to(&self.button("Chứng thực"), "consent");
        glass.tap_to("Không dùng thẻ", "priority");
    }

    /// A number with its paper in hand, and the screen left as it was found; the label.
    pub fn number(&self) -> String {
        self.choose();
        self.tap("Không thuộc diện nào");
        let state = self.wait("the paper", |s| s["view"]["screen"]["paper"] == "take");
        self.done();
        state["view"]["screen"]["label"].as_str().unwrap().to_owned()
    }

    /// A number of the first service, by label; the screen then shows it.
    pub fn take_number(&self) -> Ticket {
        let before = self.tickets().len();
        self.choose();
        self.tap("Không thuộc diện nào");
        let state = self.wait("a ticket", |s| s["tickets"].as_array().is_some_and(|t| t.len() > before));
        self.wait("number", |s| s["screen"] == "number");
        let mut tickets: Vec<Ticket> = serde_json::from_value(state["tickets"].clone()).unwrap();
        tickets.sort_by_key(|t| t.number);
        tickets.pop().unwrap()
    }

    pub fn tickets(&self) -> Vec<Ticket> {
        serde_json::from_value(self.get("/state")["tickets"].clone()).unwrap()
    }

    /// What a camera reads from the codes on each slip.
    pub fn codes(&self) -> Vec<Vec<String>> {
        let slips = self.get("/slips").as_array().unwrap().len();
        (0..slips).map(|n| codes_on(&self.bytes(&format!("/slips/{n}")))).collect()
    }

    /// Waits for a state of the bench.
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

/// The QR codes on a picture of paper: a PNG of one bit a dot, 1 is white.
fn codes_on(picture: &[u8]) -> Vec<String> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut rows = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rows).unwrap();
    let light = |x: usize, y: usize| rows[y * info.line_size + x / 8] & (0x80 >> (x % 8)) != 0;
    read_codes(info.width as usize, info.height as usize, |x, y| !light(x, y))
}

/// The QR codes that can be read on a picture of so many dots.
pub fn read_codes(width: usize, height: usize, dark: impl Fn(usize, usize) -> bool) -> Vec<String> {
    let grey = |x, y| if dark(x, y) { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    image.detect_grids().iter().filter_map(|g| g.decode().ok()).map(|(_, text)| text).collect()
}

/// A number from a seed, so that a failing run can be repeated.
pub struct Dice(u64);

impl Dice {
    /// From `MOTCUA_SEED`, else from the clock; printed either way.
    pub fn new() -> Dice {
        let seed = std::env::var("MOTCUA_SEED").ok().and_then(|s| s.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::try_from(motcua::clock::unix_ms()).unwrap());
        println!("MOTCUA_SEED={seed}");
        Dice(seed)
    }

    /// The same numbers again.
    pub fn of(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}
