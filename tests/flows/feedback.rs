// SPDX-License-Identifier: MIT OR Apache-2.0
//! Feedback: written with Telex on the glass, kept and sealed whatever happens
//! to hub and kiosk, read by the manager only.

use super::Flow;
use crate::citizen::letters;
use crate::console::Browser;
use crate::endtoend::pty_printer;
use crate::remote::hub_with;
use crate::support::planted::Searcher;
use crate::support::*;
use motcua_hal::printer::sim::SimPrinter;
use serde_json::json;
use std::path::PathBuf;

/// As typed, and as it then stands there.
const TYPED: &str = "quaayf 2 raast taanj tinhf. soos tooi laf ";
const WRITTEN: &str = "quầy 2 rất tận tình. số tôi là 001190000017";
const PHONE: &str = "0912345678";

/// Writes the words; with a number in them, as people do.
fn write(flow: &Flow) {
    flow.to("Phản ánh, kiến nghị", "list");
    flow.to("Phản ánh", "entry");
    for key in TYPED.chars() {
        match key {
            ' ' => flow.bench.tap("Dấu cách"),
            digit @ '0'..='9' => digits(flow, &digit.to_string()),
            key => flow.bench.tap(&key.to_string()),
        }
    }
    digits(flow, "001190000017");
    assert_eq!(flow.screen("entry")["text"], WRITTEN);
}

/// On the layer of digits, and back.
fn digits(flow: &Flow, digits: &str) {
    flow.bench.tap("Chữ số");
    flow.spell(digits);
    flow.bench.tap("Chữ cái");
}

/// The code on the receipt.
fn send_with_contact(flow: &Flow) -> String {
    let consent = flow.to("Tiếp tục", "consent");
    assert_eq!(consent["purpose"], "contact");
    flow.to("Có, nhập số điện thoại", "entry");
    flow.spell(PHONE);
    let kept = flow.to("Gửi", "kept");
    assert_eq!(kept["with_contact"], true);
    kept["code"].as_str().unwrap().to_owned()
}

/// Nothing of it is on a disk in the clear, in any encoding.
fn nothing_in_clear(dirs: &[&std::path::Path]) {
    let mut searcher = Searcher::new(["001190000017", PHONE, "rất tận tình"]);
    for dir in dirs {
        let found = searcher.under(dir);
        assert!(found.is_empty(), "{found:?}");
    }
    assert!(searcher.files > 3, "only {} files searched", searcher.files);
}

#[test]
fn feedback_written_on_the_glass_reaches_the_manager_and_no_disk_in_the_clear() {
    // With officers and a manager, who sign in at the same address.
    let dir = Dir::new();
    let hall = dir.file("hall.toml", &always_open());
    let args =
        ["--data", dir.path().to_str().unwrap(), "--hall", hall.to_str().unwrap(), "--printer-speed", "20"];
    let flow = Flow::with(Bench::small(&args), dir);
    write(&flow);
    let code = send_with_contact(&flow);
    flow.shows("the receipt", |s| s["paper"] == "take");
    assert_eq!(flow.slips(), 1);
    flow.home();
    let managers: Vec<String> = flow.bench.get("/state")["people"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["role"] == "manager")
        .map(|p| p["id"].as_str().unwrap().to_owned())
        .collect();
    let manager = Browser::signed_in(&flow.bench.run.url, &managers[0], &flow.bench.pin(&managers[0]));
    assert!(until(|| manager.text("/console/feedback").contains(&code)));
    let list = manager.text("/console/feedback");
    assert!(!list.contains("tận tình") && !list.contains(PHONE), "a list opens nothing");
    let page = manager.post("/console/feedback", &[("do", "open"), ("code", &code)]).text().unwrap();
    assert!(page.contains(WRITTEN) && page.contains(PHONE), "{page}");
    nothing_in_clear(&[flow.dir.path()]);
}

/// A hub in a process of its own, and a kiosk that knows it.
struct Apart {
    dir: Dir,
    ports: Ports,
    hub: Option<Running>,
    printer: SimPrinter,
}

impl Apart {
    fn new() -> Apart {
        let (dir, ports) = (Dir::new(), Ports::free());
        let hub = hub_with(&dir, ports, &always_open());
        enrol(&add_device(dir.path(), "kiosk-7", "kiosk"), dir.path().join("kiosk"));
        Apart { dir, ports, hub: Some(hub), printer: pty_printer() }
    }

    fn kiosk(&self) -> Flow {
        let data = self.data();
        let hall = self.dir.path().join("hall.toml");
        let hub = format!("https://127.0.0.1:{}", self.ports.devices());
        let printer = self.printer.url().to_string();
        let args = [
            "--hub",
            &hub,
            "--data",
            data.to_str().unwrap(),
            "--hall",
            hall.to_str().unwrap(),
            "--printer",
            &printer,
            "--no-pcscd",
        ];
        Flow::with(Bench::now(&args), Dir::new())
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("kiosk")
    }

    fn stop_hub(&mut self) {
        self.hub.take().unwrap().kill();
    }

    fn arrives(&mut self, code: &str) {
        self.hub = Some(hub_with(&self.dir, self.ports, &always_open()));
        assert!(
            until_for(std::time::Duration::from_secs(90), || letters(self.dir.path()) == [code.to_owned()])
        );
        let out = self.data().join("feedback-out");
        assert!(until(|| std::fs::read_dir(&out).unwrap().count() == 0), "kept after it was delivered");
    }
}

/// A kiosk that has met its hub, which is gone now, and what was sent there all the same, by its code.
fn sent_without_a_hub() -> (Apart, Flow, String) {
    let mut apart = Apart::new();
    let flow = apart.kiosk();
    let known = apart.data().join("citizen/feedback.public");
    assert!(until(|| known.exists()), "the kiosk never heard for whom to seal");
    apart.stop_hub();
    write(&flow);
    let code = send_with_contact(&flow);
    (apart, flow, code)
}

#[test]
fn feedback_without_a_hub_is_kept_and_delivered_later() {
    let (mut apart, flow, code) = sent_without_a_hub();
    assert_eq!(std::fs::read_dir(apart.data().join("feedback-out")).unwrap().count(), 1);
    nothing_in_clear(&[apart.dir.path()]);
    apart.arrives(&code);
    drop(flow);
}

#[test]
fn feedback_whose_code_was_shown_survives_the_plug() {
    let (mut apart, flow, code) = sent_without_a_hub();
    // kill -9, in the moment in which the citizen reads the code.
    flow.bench.run.kill();
    nothing_in_clear(&[apart.dir.path()]);
    let again = apart.kiosk();
    apart.arrives(&code);
    assert_eq!(again.screen("home")["offers"]["feedback"], json!(true));
}
