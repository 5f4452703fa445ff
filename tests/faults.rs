// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every printer fault at every chunk of a ticket: no second slip, no lost
//! number, the right screen, and recovery without a restart. The driver alone
//! meets the same at every few bytes in `hal/tests`.

use crate::support::*;
use motcua_core::queue::{PrintState, Ticket};
use serde_json::{Value, json};

/// Chunks of the ticket at which a fault strikes, in parts of its length; beyond the end as well.
const CHUNKS: [f64; 7] = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01];

fn slips_of(bench: &Bench, label: &str) -> usize {
    let code = format!("/{label}/");
    bench.codes().iter().filter(|slip| slip.iter().any(|text| text.contains(&code))).count()
}

fn ticket(bench: &Bench, label: &str) -> Ticket {
    bench.tickets().into_iter().find(|t| t.label == label).expect("the number is not lost")
}

/// What the screen may say of the paper in each print state.
fn truthful(print: PrintState, shown: &Value) -> bool {
    match print {
        PrintState::Printed => shown == "take",
        PrintState::PrintFailed => shown["on_screen"].is_string(),
        PrintState::PrintUnknown => shown == "unsure",
        PrintState::Committed | PrintState::Printing => shown == "printing" || shown["waiting"].is_string(),
    }
}

/// One ticket with one fault at one place.
fn strike(bench: &Bench, kind: &str, at_byte: usize) {
    let what = format!("{kind} at byte {at_byte}");
    let set = json!({ "kind": kind, "at_byte": at_byte });
    assert_eq!(bench.post("/devices/printer/fault", &set).0, 204);
    let label = bench.take_number().label;
    // It ends by itself, or it stops and waits for a person.
    let settled = |s: &Value| {
        let shown = &s["view"]["screen"]["paper"];
        shown == "take" || shown == "unsure" || shown["on_screen"].is_string() || shown["waiting"].is_string()
    };
    let state = bench.wait(&format!("{what}: the screen to say how the paper is"), settled);
    let shown = state["view"]["screen"]["paper"].clone();
    if kind == "paper-end" && shown != "take" {
        let why = [&shown["on_screen"], &shown["waiting"]];
        assert!(why.iter().any(|w| **w == "no_paper"), "{what}: {shown}");
    }
    assert_eq!(state["view"]["screen"]["label"], label.as_str(), "{what}: the number stays on the screen");

    // A person puts it right; unrecoverable and hung printers need the switch.
    bench.fault("none");
    if matches!(kind, "unrecoverable" | "hang") {
        bench.fault("power-cycle");
    }
    let ready = until(|| bench.get("/devices")[0]["fault"].is_null());
    assert!(ready, "{what}: {}", bench.get("/devices")[0]);
    let done = until(|| !matches!(ticket(bench, &label).print, PrintState::Committed | PrintState::Printing));
    let print = ticket(bench, &label).print;
    assert!(done, "{what}: still {print:?}");
    let state = bench.wait(&format!("{what}: screen and record to agree"), |s| {
        s["screen"] != "number" || truthful(print, &s["view"]["screen"]["paper"])
    });
    let slips = slips_of(bench, &label);
    match print {
        PrintState::Printed => assert_eq!(slips, 1, "{what}: {state:#}"),
        PrintState::PrintFailed => assert_eq!(slips, 0, "{what}"),
        _ => assert!(slips <= 1, "{what}: {slips} slips"),
    }
    bench.done();
    bench.delete("/paper");
}

fn every_chunk(kinds: &[&str]) {
    let bench = Bench::start(&["--printer-speed", "20"]);
    bench.take_number();
    bench.wait("the paper to be out", |s| s["view"]["screen"]["paper"] == "take");
    let length = bench.bytes("/paper.bin").len() as f64;
    assert!(length > 1000.0);
    bench.done();
    for kind in kinds {
        for chunk in CHUNKS {
            strike(&bench, kind, (length * chunk) as usize);
        }
        // What was set beyond the end strikes the next ticket at the latest; the printer works after.
        bench.fault("none");
        bench.fault("power-cycle");
        assert!(until(|| bench.get("/devices")[0]["fault"].is_null()));
    }
    // No number was lost or doubled over all of it.
    let mut numbers: Vec<u32> = bench.tickets().iter().map(|t| t.number).collect();
    numbers.sort_unstable();
    let expected: Vec<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
    assert_eq!(numbers, expected);
    let last = bench.take_number();
    bench.wait("a good ticket at last", |s| s["view"]["screen"]["paper"] == "take");
    assert_eq!(slips_of(&bench, &last.label), 1);
}

#[test]
fn paper_and_cover() {
    every_chunk(&["paper-end", "cover-open", "near-end"]);
}

#[test]
fn cutter_and_errors() {
    every_chunk(&["cutter", "cutter-jam", "unrecoverable", "overheated"]);
}

#[test]
fn line_and_power() {
    every_chunk(&["unplug", "garbage", "offline"]);
}

#[test]
fn silence_and_hang() {
    every_chunk(&["silence", "hang"]);
}

#[test]
fn a_printer_without_paper_is_known_before_the_touch() {
    let bench = Bench::start(&["--printer-speed", "20"]);
    bench.fault("paper-end");
    bench.wait("the notice", |s| s["view"]["screen"]["paper"] == "no_paper");
    let label = bench.take_number().label;
    let shown =
        bench.wait("the number on the screen", |s| s["view"]["screen"]["paper"]["on_screen"] == "no_paper");
    assert!(shown["view"]["screen"]["qr"].as_str().unwrap().contains(&label));
    assert!(until(|| ticket(&bench, &label).print == PrintState::PrintFailed));
    bench.wait("staff to see it", |s| s["hall"]["without_paper"][0]["label"] == label.as_str());
    bench.fault("none");
    bench.done();
    bench.wait("the notice to go", |s| s["screen"] == "home" && s["view"]["screen"]["paper"].is_null());
    assert_eq!(slips_of(&bench, &label), 0, "nothing comes out later");
}
