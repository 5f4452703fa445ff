// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall and its central, each a real process: what goes up, what comes down,
//! and a network that is cut in between.

use crate::browser::Driver;
use crate::console::Browser;
use crate::hall::Page;
use crate::support::*;
use motcua_core::queue::Command;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command as Process;

/// The central's program, built beside ours.
pub fn central_program() -> PathBuf {
    let path = PathBuf::from(PROGRAM).with_file_name("motcua-central");
    assert!(path.exists(), "build it first: cargo build -p motcua-central");
    path
}

/// What the central's command line says; its database is the bench's.
fn central(bench: &Bench, args: &[&str]) -> String {
    let data = PathBuf::from(bench.get("/state")["data"].as_str().unwrap()).join("central-data");
    let out = Process::new(central_program()).args(args).arg("--data").arg(data).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn rows(bench: &Bench, sql: &str) -> Vec<Vec<String>> {
    let data = PathBuf::from(bench.get("/state")["data"].as_str().unwrap()).join("central-data/central.db");
    let db = rusqlite::Connection::open(data).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let mut query = db.prepare(sql).unwrap();
    let columns = query.column_count();
    let read = query.query_map([], |r| {
        (0..columns)
            .map(|c| {
                Ok(match r.get_ref(c)? {
                    rusqlite::types::ValueRef::Null => String::new(),
                    rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                    rusqlite::types::ValueRef::Text(t) => String::from_utf8_lossy(t).into_owned(),
                    other => format!("{other:?}"),
                })
            })
            .collect()
    });
    read.unwrap().map(Result::unwrap).collect()
}

fn staff(bench: &Bench, command: &Command) -> Value {
    bench.post("/staff", &serde_json::to_value(command).unwrap()).1
}

fn delivered(bench: &Bench) -> bool {
    let status = &bench.get("/state")["central"]["status"];
    let lanes = status["lanes"].as_array().cloned().unwrap_or_default();
    let business = lanes.iter().find(|l| l["lane"] == "business").cloned().unwrap_or_default();
    status["receiver"].is_string() && business["waiting"] == 0 && business["acked_through"].as_u64() > Some(0)
}

fn issue(bench: &Bench) -> String {
    let asked = Command::Issue {
        service: "certify".into(),
        priority: false,
        lang: "vi".into(),
        person: None,
        booking: None,
    };
    staff(bench, &asked)[0]["ticket"]["label"].as_str().unwrap().to_owned()
}

#[test]
fn a_hall_reports_through_a_network_that_is_cut_and_takes_what_comes_down() {
    let bench = Bench::small_hall();
    assert!(until(|| delivered(&bench)), "{:#}", bench.get("/state")["central"]);
    let first = issue(&bench);
    assert!(until(|| delivered(&bench) && !rows(&bench, "SELECT 1 FROM tickets").is_empty()));
    assert_eq!(rows(&bench, "SELECT label, stage FROM tickets"), [[first.as_str(), "waiting"]]);

    // The network is cut: the hall works on, nothing arrives, everything comes later, once.
    bench.post("/central", &json!({"cut": true}));
    let more: Vec<String> = (0..5).map(|_| issue(&bench)).collect();
    assert!(until(|| bench.get("/state")["central"]["status"]["lanes"]
        .as_array()
        .unwrap()
        .iter()
        .any(|l| l["lane"] == "business" && l["waiting"].as_u64() >= Some(5))));
    assert_eq!(rows(&bench, "SELECT label FROM tickets").len(), 1);
    bench.post("/central", &json!({"cut": false}));
    assert!(until(|| delivered(&bench)), "{:#}", bench.get("/state")["central"]);
    let labels: Vec<String> = rows(&bench, "SELECT label FROM tickets ORDER BY label").concat();
    assert_eq!(labels, [vec![first], more].concat());
    let doubled = "SELECT seq FROM events GROUP BY source, lane, epoch, seq HAVING count(*) > 1";
    assert!(rows(&bench, doubled).is_empty());
    let (last, count) = ("SELECT max(seq) FROM events", "SELECT count(*) FROM events");
    assert_eq!(rows(&bench, last), rows(&bench, count), "an exact prefix");

    // The hall told what it serves by; a new version comes down and is reported.
    assert!(until(|| rows(&bench, "SELECT applied FROM reported WHERE name = 'hall'") == [["1"]]));
    let text = rows(&bench, "SELECT text FROM reported WHERE name = 'hall'")[0][0].clone();
    let dir = Dir::new();
    let changed = dir.file("hall.toml", &text.replace("call_seconds = 6", "call_seconds = 7"));
    let site = rows(&bench, "SELECT site FROM halls")[0][0].clone();
    let said = central(&bench, &["config", "set", &site, changed.to_str().unwrap(), "--note", "thử"]);
    assert_eq!(said.trim(), "version 1 goes down");
    let version = || rows(&bench, "SELECT version, applied FROM reported WHERE name = 'hall'");
    assert!(until(|| version() == [["1", "1"]]), "{:?}", version());
    assert!(rows(&bench, "SELECT text FROM reported WHERE name = 'hall'")[0][0].contains("call_seconds = 7"));
    // One that takes a service away for which people wait is refused, and says why.
    let broken = dir.file("broken.toml", &without_service(&text, "certify"));
    central(&bench, &["config", "set", &site, broken.to_str().unwrap(), "--note", "sai"]);
    assert!(until(|| version() == [["2", "0"]]), "{:?}", version());
    let why = &rows(&bench, "SELECT detail FROM reported WHERE name = 'hall'")[0][0];
    assert!(why.contains("6"), "{why}");
    // What is no hall file never goes down.
    let nonsense = dir.file("nonsense.toml", "[hall]\nid = 3\n");
    let refused = Process::new(central_program())
        .args(["config", "set", &site, nonsense.to_str().unwrap(), "--note", "x", "--data"])
        .arg(PathBuf::from(bench.get("/state")["data"].as_str().unwrap()).join("central-data"))
        .output()
        .unwrap();
    assert!(!refused.status.success());

    // A command is carried out once, with real paper, and its end is told.
    let slips = bench.get("/slips").as_array().unwrap().len();
    central(&bench, &["command", &format!("{site}.hub"), "test-print"]);
    assert!(until(|| bench.get("/slips").as_array().unwrap().len() == slips + 1));
    let slip = bench.get("/slips").as_array().unwrap().last().unwrap().clone();
    assert!(slip["text"].to_string().contains("PHIẾU IN THỬ"), "{slip}");
    central(&bench, &["command", &format!("{site}.hub"), "reboot"]);
    let ended = || rows(&bench, "SELECT kind, state FROM commands ORDER BY made_ms");
    assert!(until(|| ended() == [["test-print", "done"], ["reboot", "refused"]]), "{:?}", ended());
    let hub = format!("{site}.hub");
    central(&bench, &["command", &hub, "close", "--message", "mất điện"]);
    let refusal = || bench.get("/state")["hall"]["refusal"].clone();
    assert!(until(|| refusal()["refusal"] == "intake_paused"), "{}", refusal());
    // Citizens read what the province wrote.
    bench.wait("the message", |s| s["view"]["screen"]["message"] == "mất điện");
    central(&bench, &["command", &hub, "open"]);
    assert!(until(|| refusal().is_null()), "{}", refusal());

    // The other devices of the hall report through the hub, and are told through it.
    let known = || rows(&bench, "SELECT device, role FROM devices WHERE health IS NOT NULL ORDER BY device");
    assert!(
        until(|| known() == [["display", "display"], ["hub", "hub"], ["panel", "panel"]]),
        "{:?}",
        known()
    );
    let panel = format!("{site}.panel");
    central(&bench, &["command", &panel, "collect-logs"]);
    central(&bench, &["command", &panel, "close", "--message", "thử"]);
    let of_panel =
        "SELECT kind, state, coalesce(detail, '') FROM commands WHERE source LIKE '%.panel' ORDER BY made_ms";
    let told = || rows(&bench, of_panel);
    assert!(until(|| told().iter().all(|c| c[1] != "waiting")), "{:?}", told());
    assert_eq!([&told()[0][1], &told()[1][1]], ["done", "refused"], "{:?}", told());
    assert_eq!(told()[1][2], "only-hub", "{:?}", told());
    let lines = "SELECT 1 FROM signals WHERE source LIKE '%.panel' AND lane = 'log'";
    assert!(until(|| !rows(&bench, lines).is_empty()));
    // Its hub shuts a lost panel out.
    let said = central(&bench, &["revoke", &panel]);
    assert!(said.contains("is told to remove"), "{said}");
    let shut = || rows(&bench, "SELECT device FROM devices WHERE revoked_ms IS NOT NULL");
    assert!(
        until(|| shut() == [["panel"]]),
        "{:?}",
        rows(&bench, "SELECT kind, state, detail FROM commands")
    );
    let audit = rows(&bench, "SELECT action FROM audit").concat();
    for action in
        ["config-desired", "config-applied", "config-refused", "command", "command-done", "device-enrolled"]
    {
        assert!(audit.iter().any(|a| a == action), "no {action} in {audit:?}");
    }
}

/// The hall's text without one of its services.
/// A ticket of another hall, or for a directory that is mistyped, is not spent on the way.
#[test]
fn a_hub_is_not_enrolled_as_another_hall_s() {
    let (dir, data) = (Dir::new(), Dir::new());
    let (central, devices) = start_central(data.path());
    let hub = start_hub(&dir);
    let enrol = |line: &str, at: &std::path::Path| {
        let out = Process::new(PROGRAM).args(["enrol", line, "--data"]).arg(at).output().unwrap();
        (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let other = central_ticket(data.path(), "hong-bang.hub", "hub", &devices);
    let (done, said) = enrol(&other, dir.path());
    assert!(!done && said.contains("is of ngo-quyen") && said.contains("can still be used"), "{said}");
    let ours = central_ticket(data.path(), "ngo-quyen.hub", "hub", &devices);
    let (done, said) = enrol(&ours, &dir.path().join("mistyped"));
    assert!(!done && said.contains("there is no directory"), "{said}");
    assert!(enrol(&ours, dir.path()).0 && enrol(&other, data.path()).0, "both tickets are as good as before");
    drop((hub, central));
}

/// The province took the hub's rights back: whoever stands in the hall must read that, and what to do.
#[test]
fn a_hall_says_that_its_central_refuses_it() {
    let bench = Bench::small_hall();
    assert!(until(|| delivered(&bench)), "{:#}", bench.get("/state")["central"]);
    let (runtime, program) = (tokio::runtime::Runtime::new().unwrap(), bench.program());
    let health = || runtime.block_on(program.get("/v1/health")).1;
    assert_eq!(health()["central"]["state"], "heard", "{}", health());
    let site = rows(&bench, "SELECT site FROM halls")[0][0].clone();
    central(&bench, &["revoke", &format!("{site}.hub")]);
    let refused = || health()["central"]["state"] == "refused";
    issue(&bench);
    assert!(until_for(std::time::Duration::from_secs(90), refused), "{}", health());
    assert_eq!(health()["central"]["why"], "certificate-revoked");
    assert_eq!(health()["status"], "ok", "the hall itself serves as ever");
    let page = Browser::signed_in(&bench.run.url, "tu", &bench.pin("tu")).text("/console/devices");
    assert!(page.contains("Tỉnh đã thu hồi quyền của máy chủ này"), "{page}");
}

fn without_service(text: &str, code: &str) -> String {
    let mut doc: toml_edit::DocumentMut = text.parse().unwrap();
    let services = doc["services"].as_array_of_tables_mut().unwrap();
    services.retain(|s| s["code"].as_str() != Some(code));
    doc.to_string()
}

/// A ticket of a central that may be running.
pub fn central_ticket(data: &std::path::Path, device: &str, role: &str, url: &str) -> String {
    let ticket = Process::new(central_program())
        .args(["ticket", device, "--role", role, "--url", url, "--data"])
        .arg(data)
        .output()
        .unwrap();
    String::from_utf8(ticket.stdout).unwrap().trim().to_owned()
}

fn link_check(args: &[&str]) -> (Option<i32>, String) {
    let out = Process::new(PROGRAM).arg("link-check").args(args).output().unwrap();
    let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (out.status.code(), said)
}

#[test]
fn our_own_central_keeps_every_rule_of_the_link() {
    let dir = Dir::new();
    let data = dir.path().join("central");
    let (central, devices) = start_central(&data);
    let line = central_ticket(&data, "ngo-quyen.check", "kiosk", &devices);
    // At another address nothing is spent, and where a ticket is meant one is asked for.
    let (code, said) = link_check(&["https://127.0.0.1:1", "--ticket", &line]);
    assert!(code == Some(2) && said.contains("can still be used"), "{said}");
    let (code, said) = link_check(&[&devices, "--device", "ngo-quyen.check"]);
    assert!(code == Some(2) && said.contains("--ticket LINE"), "{said}");
    let (code, said) = link_check(&[&central.pages, "--device", "ngo-quyen.check"]);
    assert!(code == Some(2) && said.contains("not that of the pages"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    let (code, said) = link_check(&[&devices, "--ticket", &line]);
    assert!(code == Some(0) && said.contains(" 0 broken"), "{said}");
    for words in [
        "kept   8.2 a used token",
        "kept   8.3 a fresh key",
        "kept   9.2 what serves",
        "kept   9.1 … and held",
    ] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    assert!(
        said.contains("Left behind") && said.contains("the device ngo-quyen.check, and the hall"),
        "{said}"
    );
    assert!(said.contains("9.2, 9.4 and 9.5 as a hub"), "{said}");
    // The ticket was used.
    let (code, said) = link_check(&[&devices, "--ticket", &line]);
    assert!(code == Some(2) && said.contains("used"), "{said}");

    // As a hub, which speaks for its hall.
    let line = central_ticket(&data, "link-check.hub", "hub", &devices);
    let (code, said) = link_check(&[&devices, "--ticket", &line]);
    assert!(code == Some(0) && said.contains(" 0 broken"), "{said}");
    for words in ["kept   2.4 a hub brings", "kept   9.2 a hub says", "kept   9.4 a version that is not"] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    assert!(said.contains("the device link-check.link-check-relayed"), "{said}");
}

/// A central of its own; ends with what is returned.
pub fn start_central(data: &std::path::Path) -> (Ended, String) {
    use std::io::{BufRead, BufReader};
    let mut child = Process::new(central_program())
        .args(["serve", "--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pages = lines.find_map(|l| Some(l.split_once("pages on ")?.1.to_owned())).unwrap();
    let devices = lines.find_map(|l| Some(l.split_once("devices on ")?.1.to_owned())).unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    (Ended { child, pages }, devices)
}

pub struct Ended {
    child: std::process::Child,
    pages: String,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A ticket, a call and a rating on the bench appear on the central's pages; cut off, they come later.
#[test]
fn what_happens_in_the_hall_is_seen_on_the_central_s_pages() {
    let bench = Bench::small_hall();
    assert!(until(|| bench.get("/state")["central"]["password"].is_string() && delivered(&bench)));
    let told = bench.get("/state")["central"].clone();
    let (driver, profile) = (Driver::start(), Dir::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(driver.browser(&profile));
    let page = Page { client, runtime: &runtime, url: told["url"].as_str().unwrap().to_owned() };
    let desk_url = bench.run.url.clone();

    // Somebody of the province looks at the hall.
    page.go("/signin");
    page.fill("name", told["name"].as_str().unwrap());
    page.fill("secret", told["password"].as_str().unwrap());
    page.click("button[type=submit]");
    page.has("PHƯỜNG NGÔ QUYỀN");
    page.go("/halls/ngo-quyen");
    let waiting = || page.js("return document.querySelector('#live').innerText").as_str().unwrap().to_owned();
    let before = waiting();
    let label = issue(&bench);
    assert!(until(|| waiting() != before), "{before}");

    // The network is switched off on the bench's page; the hall serves and the citizen rates.
    let bench_page = Page { client: page.client.clone(), runtime: &runtime, url: desk_url.clone() };
    bench_page.go("/");
    bench_page.click("#central-cut");
    assert!(until(|| bench.get("/state")["central"]["cut"] == true));
    let client = bench.program();
    let desk = DeskClient { client, counter: "2" };
    assert_eq!(runtime.block_on(desk.serve_next()), label);
    let panel = bench.device("panel");
    panel.wait("a question", |s| s["screen"] == "ask");
    panel.tap_to("Không hài lòng", "reasons");
    panel.tap("Có biểu hiện nhũng nhiễu");
    panel.tap_to("Gửi", "thanks");
    panel.wait("delivery", |s| s["waiting"] == 0);
    bench_page.has("Cut off");
    page.go("/halls/ngo-quyen");
    assert_eq!(rows(&bench, "SELECT stage FROM tickets"), [["waiting"]]);
    assert!(rows(&bench, "SELECT 1 FROM ratings").is_empty());

    // Back on: everything arrives, and the grave rating is the first thing that the page says.
    bench.post("/central", &json!({"cut": false}));
    assert!(until(|| delivered(&bench)), "{:#}", bench.get("/state")["central"]);
    assert_eq!(rows(&bench, "SELECT stage FROM tickets"), [["served"]]);
    assert_eq!(rows(&bench, "SELECT code, alarm FROM ratings").len(), 1);
    page.go("/ratings?site=ngo-quyen&by=officer&from=2026-11-23&to=2026-11-23");
    page.has("an");
    page.has("nhũng nhiễu");
    page.go("/devices");
    page.has("PHƯỜNG NGÔ QUYỀN");
    page.go("/devices/ngo-quyen/hub");
    page.has("0.1.0");
}
