// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line as a technician meets it.

use crate::support::*;
use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).output().unwrap()
}

#[test]
fn check_names_file_line_and_fault() {
    let dir = Dir::new();
    let good = dir.file("good.toml", motcua_core::hall::SAMPLE);
    let out = run(&["check", good.to_str().unwrap()]);
    assert!(out.status.success());
    assert!(String::from_utf8_lossy(&out.stdout).contains("11 services at 6 counters: good"));

    let bad = motcua_core::hall::SAMPLE.replacen("series = \"A\"", "series = \"a1\"", 1).replacen(
        "icon = \"old\"",
        "icon = \"x\"",
        1,
    );
    let bad = dir.file("bad.toml", &bad);
    let out = run(&["check", bad.to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(1));
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].contains("bad.toml: line ") && lines[0].contains("no icon `x`"), "{text}");
    assert!(lines[1].contains("series `a1` must be one capital letter"), "{text}");
}

#[test]
fn the_api_reference_is_that_of_this_program() {
    let out = run(&["api-reference"]);
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api-reference.md");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("### POST /v1/commands") && text.contains("`type: call_next`"), "{text}");
    assert_eq!(text, std::fs::read_to_string(kept).unwrap(), "motcua api-reference > docs/api-reference.md");
}

#[test]
fn the_link_s_documents_are_those_of_this_program() {
    for (what, file) in [("schemas", "link-schemas.json"), ("openapi", "link-openapi.json")] {
        let text = String::from_utf8(run(&["link-reference", what]).stdout).unwrap();
        let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
        let kept = std::fs::read_to_string(kept).unwrap_or_default();
        assert_eq!(text, kept, "motcua link-reference {what} > docs/{file}");
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        let known =
            if what == "schemas" { "motcua.rating.given.v1" } else { "/v1/devices/{id}/lanes/{lane}/events" };
        let part = if what == "schemas" { "types" } else { "paths" };
        assert!(parsed[part][known].is_object(), "{what}");
    }
}

#[test]
fn what_is_missing_or_wrong_is_said_in_a_sentence() {
    let dir = Dir::new();
    let text = |out: Output| {
        assert!(!out.status.success());
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    assert!(text(run(&["check", "/nowhere/hall.toml"])).contains("/nowhere/hall.toml"));
    assert!(text(run(&["sim", "--size", "big"])).contains("not a size such as 1080x1920"));
    assert!(text(run(&["sim", "--profile", "stone"])).contains("there is no printer profile `stone`"));
    assert!(text(run(&["sim", "--printer", "lpt1"])).contains("lpt1"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    assert!(text(run(&["sim", "--listen", &port])).contains("give another --listen"));
    let _hub = start_hub(&dir);
    let odd = run(&["device", "add", "Kiosk 1", "--data", dir.path().to_str().unwrap()]);
    assert!(text(odd).contains("not a device name"));
}

#[test]
fn a_ticket_is_printed_once_and_its_token_is_not_kept() {
    let dir = Dir::new();
    let early = run(&["device", "add", "kiosk-1", "--data", dir.path().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&early.stderr).contains("start the hub once"), "{early:?}");
    let hub = start_hub(&dir);
    let line = add_device(dir.path(), "kiosk-1", "kiosk");
    let ticket: motcua_link::trust::EnrolmentTicket = line.parse().unwrap();
    assert_eq!((ticket.device().device(), ticket.url()), ("kiosk-1", hub.devices()));
    drop(hub);
    let token = ticket.token().text();
    for entry in std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap()) {
        if entry.file_type().unwrap().is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(token.len()).any(|w| w == token.as_bytes()), "{entry:?}");
        }
    }
}

/// Whoever follows the README with the build of the bench hears which build has it.
#[test]
#[cfg(not(any(feature = "desktop", feature = "linuxkms")))]
fn a_build_without_a_screen_says_which_one_has_it() {
    for what in ["kiosk", "display", "panel"] {
        for options in [&["--data", "/nowhere", "--hub", "x"][..], &["--help"], &[]] {
            let out = Command::new(PROGRAM).arg(what).args(options).output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(
                !out.status.success() && said.contains("--features linuxkms"),
                "{what} {options:?}: {said}"
            );
        }
    }
}
