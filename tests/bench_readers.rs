// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench's scanner, card reader, keypad and voice, as a person or a program uses them.

use crate::support::*;
use serde_json::{Value, json};
use std::time::Duration;

fn device(bench: &Bench, name: &str) -> Value {
    let all = bench.get("/devices");
    all.as_array().unwrap().iter().find(|d| d["name"] == name).unwrap().clone()
}

fn becomes(bench: &Bench, name: &str, field: &str, wanted: &Value) {
    let mut now = Value::Null;
    let so = until_for(Duration::from_secs(30), || {
        now = device(bench, name);
        now[field] == *wanted
    });
    assert!(so, "{name}: {field} is not {wanted}: {now}");
}

fn asked(bench: &Bench, path: &str, body: &Value) {
    let (status, said) = bench.post(path, body);
    assert!((200..300).contains(&status), "{path} {body}: {status} {said}");
}

fn the_readers_are_there_and_take_their_faults(args: &[&str], by: &str) {
    let bench = Bench::start(args);
    becomes(&bench, "scanner", "up", &json!(true));
    becomes(&bench, "card", "up", &json!(true));
    assert!(device(&bench, "card")["by"].as_str().unwrap().contains(by), "{}", device(&bench, "card"));
    let samples = bench.get("/samples");
    assert!(!samples.to_string().contains("001190000017"), "the page gets names and titles");
    for code in samples["codes"].as_array().unwrap() {
        asked(&bench, "/devices/scanner/scan", &json!({ "sample": code["name"] }));
    }
    asked(&bench, "/devices/scanner/scan", &json!({ "text": "H56.14-240823-0001" }));
    assert_eq!(bench.post("/devices/scanner/scan", &json!({ "sample": "none" })).0, 400);
    asked(&bench, "/devices/scanner/fault", &json!({ "kind": "unplug" }));
    becomes(&bench, "scanner", "up", &json!(false));
    assert!(device(&bench, "scanner")["fault"].as_str().is_some());
    asked(&bench, "/devices/scanner/fault", &json!({ "kind": "none" }));
    becomes(&bench, "scanner", "up", &json!(true));

    for card in samples["cards"].as_array().unwrap() {
        asked(&bench, "/devices/card/present", &json!({ "present": true, "card": card["name"] }));
        becomes(&bench, "card", "seen", &json!(true));
        assert_eq!(device(&bench, "card")["card"], card["name"]);
        asked(&bench, "/devices/card/present", &json!({ "present": false }));
        becomes(&bench, "card", "seen", &json!(false));
    }
    assert_eq!(bench.post("/devices/card/present", &json!({ "present": true, "card": "x" })).0, 400);
    assert_eq!(bench.post("/devices/card/fault", &json!({ "kind": "x" })).0, 400);
    for kind in ["removed", "6D00", "slow", "garbage"] {
        asked(&bench, "/devices/card/fault", &json!({ "kind": kind }));
    }
    assert_eq!(device(&bench, "card")["set"].as_array().unwrap().len(), 4);
}

#[test]
fn a_card_lies_on_a_reader_behind_a_real_pcscd() {
    the_readers_are_there_and_take_their_faults(&[], "behind a real pcscd");
}

#[test]
fn a_card_lies_on_a_reader_within_the_program_where_pcscd_may_not_be_started() {
    the_readers_are_there_and_take_their_faults(&["--no-pcscd"], "within this program");
}

#[test]
fn a_number_is_taken_with_four_keys_and_every_screen_is_read_aloud() {
    let args = ["--no-pcscd", "--printer-speed", "20", "--speaker-speed", "20"];
    let bench = Bench::start(&args);
    let push = |key: &str| asked(&bench, "/devices/keypad/press", &json!({ "key": key }));
    let screen = |wanted: &str| bench.wait(wanted, |state| state["screen"] == wanted);
    let said = |wanted: &str| {
        let mut lines = Value::Null;
        let so = until_for(Duration::from_secs(30), || {
            lines = bench.get("/aloud")["lines"].clone();
            lines.as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains(wanted))
        });
        assert!(so, "{wanted} is not among {lines}");
    };
    bench.tap("Đọc to");
    said("Lấy số thứ tự");
    push("down");
    push("select");
    screen("services");
    said("Chứng thực bản sao");
    // Each target says its name when it is reached.
    push("down");
    push("back");
    screen("home");
    push("select");
    screen("services");
    // The same key twice at once is one press.
    pause(Duration::from_millis(500));
    push("select");
    screen("consent");
    // Without the card is the first choice.
    pause(Duration::from_millis(500));
    push("select");
    screen("priority");
    // The last choice is that none applies: one back from home, which is the last of all.
    for _ in 0..20 {
        push("down");
        pause(Duration::from_millis(120));
        let line = bench.get("/aloud")["lines"].as_array().unwrap().last().cloned().unwrap_or_default();
        if line.as_str().is_some_and(|line| line.starts_with("Không thuộc diện nào")) {
            break;
        }
    }
    push("select");
    screen("number");
    said("A001");
    let aloud = bench.get("/aloud");
    let sounds = aloud["sounds"].as_array().unwrap();
    assert!(sounds.iter().any(|sound| sound["how"] == "finished"), "{aloud}");
    assert!(bench.bytes("/aloud/0").starts_with(b"RIFF"));
    assert_eq!(bench.post("/devices/keypad/press", &json!({ "key": "left" })).0, 400);
}
