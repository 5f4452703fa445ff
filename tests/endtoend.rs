// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a finger on the glass to bytes at a pty.

use crate::support::*;
use motcua_hal::printer::Profile;
use motcua_hal::printer::sim::{SimConfig, SimPrinter, SimSlip};
use serde_json::json;

/// A printer of our own at the other end of a pty, twenty times as fast as a real one.
pub fn pty_printer() -> SimPrinter {
    let profile = Profile::builtin("epson-tm").unwrap();
    SimPrinter::start(SimConfig { time_scale: 20.0, baud: None, ..SimConfig::pty(profile) }).unwrap()
}

/// The QR codes that a camera finds on a slip.
pub fn qr_codes(slip: &SimSlip) -> Vec<String> {
    let dark = |x: usize, y: usize| slip.image.row(y)[x / 8] & (0x80 >> (x % 8)) != 0;
    read_codes(slip.image.width(), slip.image.height(), dark)
}

#[test]
fn three_touches_give_a_ticket_on_paper() {
    let printer = pty_printer();
    let bench = Bench::start(&["--printer", &printer.url().to_string()]);
    bench.wait("home", |s| s["screen"] == "home");
    // A finger at a place, not a label: what a citizen does.
    let touch = |label: &str| {
        let all = bench.get("/elements");
        let e = all.as_array().unwrap().iter().find(|e| e["role"] == "button" && e["label"] == label);
        let r = &e.unwrap_or_else(|| panic!("no {label} in {all:#}"))["rect"];
        let center = |at: &str, size: &str| r[at].as_f64().unwrap() + r[size].as_f64().unwrap() / 2.0;
        let (status, _) =
            bench.post("/touch", &json!({ "x": center("x", "width"), "y": center("y", "height") }));
        assert_eq!(status, 200);
    };
    touch("Lấy số thứ tự");
    bench.wait("services", |s| s["screen"] == "services");
    touch(&bench.button("Chứng thực"));
    bench.wait("consent", |s| s["screen"] == "consent");
    touch("Không dùng thẻ");
    bench.wait("priority", |s| s["screen"] == "priority");
    touch("Không thuộc diện nào");
    let state = bench.wait("the paper to be out", |s| s["view"]["screen"]["paper"] == "take");
    let ticket = bench.tickets().pop().unwrap();
    assert_eq!(state["view"]["screen"]["label"], "A001");

    let slips = printer.slips();
    assert_eq!(slips.len(), 1);
    assert!(slips[0].cut);
    let expected = format!("motcua:ngo-quyen/2026-11-23/A001/{}", ticket.id.simple());
    assert_eq!(qr_codes(&slips[0]), [expected], "read from the picture of the paper");
    for line in [
        "PHƯỜNG NGÔ QUYỀN",
        "Chứng thực bản sao, chữ ký",
        "Quầy 2, 3",
        "Dự kiến chờ: chưa rõ",
        "Thứ Hai, 23/11/2026",
    ] {
        assert!(slips[0].text.contains(line), "no `{line}` in {}", slips[0].text);
    }
    let bytes = printer.raw_bytes();
    assert!(bytes.len() < 6 * 1024, "{} bytes", bytes.len());
    // The printed mark is durable by the time the screen says "take it", or right after.
    assert!(until(|| serde_json::to_value(bench.tickets()[0].print).unwrap() == "printed"));
}

#[test]
fn a_second_tap_a_slip_of_the_finger_and_a_long_press_give_one_number() {
    let printer = pty_printer();
    let bench = Bench::start(&["--printer", &printer.url().to_string()]);
    bench.tap("Lấy số thứ tự");
    bench.wait("services", |s| s["screen"] == "services");
    bench.tap(&bench.button("Chứng thực"));
    bench.wait("consent", |s| s["screen"] == "consent");
    bench.tap("Không dùng thẻ");
    bench.wait("priority", |s| s["screen"] == "priority");
    let all = bench.get("/elements");
    let e = all.as_array().unwrap().iter().find(|e| e["label"] == "Không thuộc diện nào").unwrap();
    let (x, y) = (e["rect"]["x"].as_f64().unwrap() + 20.0, e["rect"]["y"].as_f64().unwrap() + 20.0);
    let step = |x: f64, y: f64, phase: &str| bench.post("/touch", &json!({ "x": x, "y": y, "phase": phase }));
    // Pressed, slid off, let go: nothing.
    step(x, y, "press");
    step(x, y - 400.0, "move");
    step(x, y - 400.0, "release");
    assert_eq!(bench.get("/state")["screen"], "priority");
    // Held for long, then a hail of taps at the same place.
    step(x, y, "press");
    pause(std::time::Duration::from_millis(1200));
    assert_eq!(bench.get("/state")["screen"], "priority", "acts on release");
    step(x, y, "release");
    for _ in 0..10 {
        bench.post("/touch", &json!({ "x": x, "y": y }));
    }
    bench.wait("the paper to be out", |s| s["view"]["screen"]["paper"] == "take");
    assert_eq!(bench.tickets().len(), 1);
    assert_eq!(printer.slips().len(), 1);
}

#[test]
fn english_screen_gives_english_paper_and_is_forgotten() {
    let printer = pty_printer();
    let bench = Bench::start(&["--printer", &printer.url().to_string()]);
    bench.tap("English");
    assert!(until(|| bench.buttons().iter().any(|b| b == "Take a number")), "{:?}", bench.buttons());
    bench.tap("Take a number");
    bench.tap(&bench.button("Certified"));
    bench.tap("Without the card");
    bench.tap(&bench.button("No, none"));
    bench.wait("the paper to be out", |s| s["view"]["screen"]["paper"] == "take");
    assert!(printer.slips()[0].text.contains("Certified copies and signatures"));
    bench.done();
    assert!(bench.buttons().iter().any(|b| b == "Lấy số thứ tự"), "the next citizen starts in Vietnamese");
}

#[test]
fn closed_lunch_holiday_pause_and_cap_each_have_their_screen() {
    let bench = Bench::start(&[]);
    let at = |local: &str| bench.post("/clock", &json!({ "local": local }));
    let reason = |why: &'static str| move |s: &serde_json::Value| s["view"]["screen"]["reason"] == why;
    at("2026-11-23T12:00:00");
    bench.wait("lunch", reason("lunch"));
    at("2026-11-23T18:00:00");
    bench.wait("closed", reason("closed"));
    at("2027-02-08T09:00:00");
    bench.wait("holiday", reason("holiday"));
    at("2027-02-12T09:00:00");
    bench.wait("home", |s| s["screen"] == "home");
    assert_eq!(bench.post("/staff", &json!({ "type": "pause_intake", "reason": "họp" })).0, 200);
    bench.wait("technical pause", |s| s["view"]["screen"]["screen"] == "out_of_order");
    assert_eq!(bench.post("/staff", &json!({ "type": "resume_intake" })).0, 200);
    bench.wait("home", |s| s["screen"] == "home");
    let pause = json!({ "type": "pause_service", "service": "certify", "reason": "họp" });
    assert_eq!(bench.post("/staff", &pause).0, 200);
    bench.tap("Lấy số thứ tự");
    bench.tap(&bench.button("Chứng thực"));
    bench.wait("service paused", reason("service_paused"));
    assert_eq!(bench.post("/devices/hub/fault", &json!({ "kind": "away" })).0, 204);
    bench.tap(&bench.button("Về đầu"));
    bench.wait("hub away", |s| s["view"]["screen"]["screen"] == "out_of_order");
}

#[test]
fn a_reprint_asked_for_by_the_office_comes_out_marked() {
    let printer = pty_printer();
    let bench = Bench::start(&["--printer", &printer.url().to_string()]);
    let ticket = bench.take_number();
    bench.wait("the paper to be out", |s| s["tickets"][0]["print"] == "printed");
    let reprint = json!({ "type": "reprint", "ticket": ticket.id, "reason": "rách" });
    assert_eq!(bench.post("/staff", &reprint).0, 200);
    assert!(until(|| printer.slips().len() == 2));
    assert!(printer.slips()[1].text.contains("BẢN IN LẠI"), "{}", printer.slips()[1].text);
    bench.wait("printed again", |s| s["tickets"][0]["print"] == "printed" && s["tickets"][0]["copies"] == 2);
}

#[test]
fn sigterm_ends_the_kiosk_well_and_keeps_its_tickets() {
    let dir = Dir::new();
    let data = dir.path().to_str().unwrap();
    let bench = Bench::start(&["--data", data]);
    let ticket = bench.take_number();
    let (status, took) = bench.run.terminate();
    assert!(status.success(), "{status}");
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    let bench = Bench::start(&["--data", data]);
    assert_eq!(bench.tickets()[0].label, ticket.label);
    assert_eq!(bench.take_number().label, "A002");
}
