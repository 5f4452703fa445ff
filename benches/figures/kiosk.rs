// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole program as a process: start to first frame, touch to first byte,
//! memory.

use crate::{Report, hub, quantile};
use motcua_core::hall::SAMPLE;
use motcua_hal::printer::Profile;
use motcua_hal::printer::sim::{SimConfig, SimPrinter};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_motcua");
const STARTS: usize = 10;
const TOUCHES: usize = 100;

/// Free ports for a hub.
pub const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"];

pub struct Running {
    child: Child,
    pub url: String,
    /// A hub's address for devices.
    pub devices: String,
    pub http: reqwest::blocking::Client,
}

/// The ticket of a device that is added to the hub that runs in `data`.
pub fn ticket(data: &str, add: &[&str]) -> String {
    let out = Command::new(PROGRAM).args(["device", "add", "--data", data]).args(add).output().unwrap();
    assert!(out.status.success(), "{out:?}");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub fn start(args: &[&str]) -> Running {
        let mut child = Command::new(PROGRAM)
            .args(args)
            .env("MOTCUA_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut devices, mut url) = (String::new(), None);
        while url.is_none() {
            let line = lines.next().unwrap().unwrap();
            if let Some(at) = line.strip_prefix("devices on ") {
                at.clone_into(&mut devices);
            }
            url = line.find("http://").map(|at| line[at..].trim_end_matches('/').to_owned());
        }
        let url = url.unwrap();
        motcua_link::trust::ready();
        Running { child, url, devices, http: reqwest::blocking::Client::new() }
    }

    fn sim(args: &[&str]) -> Running {
        let mut all = vec!["sim", "--alone", "--listen", "127.0.0.1:0", "--at", "2026-11-23T08:00:00"];
        all.extend(args);
        Running::start(&all)
    }

    pub fn state(&self) -> Value {
        self.http.get(format!("{}/state", self.url)).send().unwrap().json().unwrap()
    }

    fn post(&self, path: &str, body: &Value) {
        let answer = self.http.post(format!("{}{path}", self.url)).json(body).send().unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    }

    fn tap(&self, start: &str, next: &str) {
        let all: Value = self.http.get(format!("{}/elements", self.url)).send().unwrap().json().unwrap();
        let label = all
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["label"].as_str().unwrap())
            .find(|l| l.starts_with(start));
        self.post("/tap", &json!({ "label": label.unwrap_or_else(|| panic!("no {start}")) }));
        while self.state()["screen"] != next {}
    }

    /// Resident memory, MiB.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

pub fn run(report: &mut Report, bare: f64) {
    starts(report);
    touches(report, bare);
    memory(report);
}

fn starts(report: &mut Report) {
    let mut times: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let start = Instant::now();
            let sim = Running::sim(&[]);
            while sim.state()["glass"]["frame"].as_u64().unwrap() == 0 {}
            start.elapsed()
        })
        .collect();
    report.add(
        "start",
        "program to first frame, p95",
        quantile(&mut times, 0.95),
        "ms",
        "budget 1000; with hub and simulators",
    );
}

fn touches(report: &mut Report, bare: f64) {
    let profile = Profile::builtin("epson-tm").unwrap();
    let printer =
        SimPrinter::start(SimConfig { time_scale: 50.0, baud: None, ..SimConfig::pty(profile) }).unwrap();
    let data = hub::dir("touch");
    let sim = Running::sim(&["--data", data.to_str().unwrap(), "--printer", &printer.url().to_string()]);
    let wait = |limit: Duration| std::sync::mpsc::channel::<()>().1.recv_timeout(limit).unwrap_err();
    let mut times = Vec::new();
    for _ in 0..TOUCHES {
        sim.tap("Lấy số", "services");
        sim.tap("Chứng thực", "consent");
        sim.tap("Không dùng thẻ", "priority");
        // The bytes of the last ticket and of idle status questions do not count.
        let all: Value = sim.http.get(format!("{}/elements", sim.url)).send().unwrap().json().unwrap();
        let e = all.as_array().unwrap().iter().find(|e| e["label"] == "Không thuộc diện nào").unwrap();
        let center =
            |at: &str, size: &str| e["rect"][at].as_f64().unwrap() + e["rect"][size].as_f64().unwrap() / 2.0;
        let body = json!({ "x": center("x", "width"), "y": center("y", "height") });
        printer.clear_raw();
        let touched = Instant::now();
        let http = (sim.http.clone(), sim.url.clone());
        let sending =
            std::thread::spawn(move || http.0.post(format!("{}/touch", http.1)).json(&body).send().unwrap());
        // A status question is 3 bytes; the job begins with the printer's reset.
        while !printer.raw_bytes().windows(2).any(|w| w == [0x1B, b'@']) {
            let _ = wait(Duration::from_micros(300));
        }
        times.push(touched.elapsed());
        sending.join().unwrap();
        while sim.state()["view"]["screen"]["paper"] != "take" {
            let _ = wait(Duration::from_millis(5));
        }
        let _ = wait(Duration::from_millis(400));
        sim.tap("Xong", "home");
    }
    let commit = 1000.0 / bare;
    for (part, name, budget) in
        [(0.5, "p50", ""), (0.95, "p95", ", budget 120 ms"), (0.99, "p99", ", budget 300 ms")]
    {
        let value = quantile(&mut times, part);
        report.add(
            "touch",
            format!("touch to first printer byte, {name}"),
            value,
            "ms",
            format!("{:.1} x a bare durable commit{budget}", value / commit),
        );
    }
}

fn memory(report: &mut Report) {
    let dir = hub::dir("memory");
    let hall = dir.join("hall.toml");
    std::fs::write(&hall, SAMPLE).unwrap();
    let (data, hall) = (dir.to_str().unwrap(), hall.to_str().unwrap());
    let hub = Running::start(&[&["hub", "--data", data, "--hall", hall], &ANYWHERE[..]].concat());
    let printer = SimPrinter::start(SimConfig::pty(Profile::builtin("epson-tm").unwrap())).unwrap();
    let kiosk =
        Running::sim(&["--ticket", &ticket(data, &["kiosk-1"]), "--printer", &printer.url().to_string()]);
    let sim = Running::sim(&[]);
    for _ in 0..3 {
        sim.tap("Lấy số", "services");
        sim.tap("Chứng thực", "consent");
        sim.tap("Không dùng thẻ", "priority");
        sim.tap("Không thuộc", "number");
        while sim.state()["view"]["screen"]["paper"] != "take" {}
        let _ = std::sync::mpsc::channel::<()>().1.recv_timeout(Duration::from_millis(400));
        sim.tap("Xong", "home");
    }
    report.add(
        "memory",
        "bench: kiosk, hub, simulators and page",
        sim.memory(),
        "MiB",
        "budget 120 for kiosk with hub",
    );
    report.add("memory", "kiosk alone, hub in another process", kiosk.memory(), "MiB", "");
    report.add("memory", "hub alone", hub.memory(), "MiB", "budget 40");
}
