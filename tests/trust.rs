// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub as the authority of its hall: tickets, certificates, and everybody
//! who is not let in. All with the real programs, over the hall's network.

use crate::support::*;
use motcua::enrolled::{Given, at_hub, join};
use serde_json::Value;
use std::path::Path;
use std::process::{Command as Process, Output};
use tokio::runtime::Runtime;

fn motcua(args: &[&str], data: &Path) -> Output {
    Process::new(PROGRAM).args(args).arg("--data").arg(data).output().unwrap()
}

/// What went wrong, as a technician reads it.
fn said(out: &Output) -> String {
    assert!(!out.status.success(), "{out:?}");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// Status and stable word of the answer to a look at the hall.
fn look(url: &str, http: reqwest::ClientBuilder) -> (u16, String) {
    let http = http.build().unwrap();
    Runtime::new().unwrap().block_on(async {
        let answer = http.get(format!("{url}/v1/state")).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        let word = body["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap().to_owned();
        (status, word)
    })
}

#[test]
fn a_ticket_lets_one_device_in_once() {
    let (dir, other) = (Dir::new(), Dir::new());
    let hub = start_hub(&dir);
    let ticket = add_device(dir.path(), "kiosk-1", "kiosk");
    let at = |name: &str| dir.path().join(name);
    let first = enrol(&ticket, at("first"));
    assert_eq!(look(hub.devices(), certified(&first)), (200, String::new()));
    // Another one with the same ticket is told.
    assert!(said(&motcua(&["enrol", &ticket], &at("second"))).contains("this token was used at"));
    let renamed = ticket.replace(".kiosk-1", ".kiosk-2");
    let wrong = said(&motcua(&["enrol", &renamed], &at("third")));
    assert!(wrong.contains("this token is for ngo-quyen.kiosk-1, not for ngo-quyen.kiosk-2"), "{wrong}");
    let (kept, token) = ticket.rsplit_once("&t=").unwrap();
    let guessed = format!("{kept}&t={}", token.chars().rev().collect::<String>());
    let unknown = said(&motcua(&["enrol", &guessed], &at("fourth")));
    assert!(unknown.contains("token") && unknown.contains("ticket"), "{unknown}");
    // A ticket of another hall's hub, brought to this address: somebody else answers there.
    let elsewhere = start_hub(&other);
    let theirs = add_device(other.path(), "kiosk-1", "kiosk");
    let moved = theirs.replace(elsewhere.devices(), hub.devices());
    assert!(said(&motcua(&["enrol", &moved], &at("fifth"))).contains("another server answers"));
    assert!(said(&motcua(&["enrol", "https://example.com"], &at("sixth"))).contains("not a ticket"));
}

#[test]
fn a_new_box_takes_the_place_of_the_old_one_and_a_device_that_is_removed_is_refused() {
    let dir = Dir::new();
    let hub = start_hub(&dir);
    let old = enrolled(&dir, "kiosk-1", "kiosk");
    let again = motcua(&["device", "add", "kiosk-1"], dir.path());
    assert!(said(&again).contains("--replace"), "{again:?}");
    let ticket = ticket(dir.path(), &["add", "kiosk-1", "--replace"]);
    // Until the new box comes, the old one serves.
    assert_eq!(look(hub.devices(), certified(&old)).0, 200);
    let new = enrol(&ticket, dir.path().join("new"));
    assert_eq!(look(hub.devices(), certified(&new)).0, 200);
    let refused = || look(hub.devices(), certified(&old)) == (403, "certificate-revoked".into());
    assert!(until(refused), "{:?}", look(hub.devices(), certified(&old)));
    assert!(motcua(&["device", "remove", "kiosk-1"], dir.path()).status.success());
    assert_eq!(look(hub.devices(), certified(&new)).0, 403, "at once, by the list");
    // Its name comes back with another box; the certificates from before stay over.
    let third = enrolled(&dir, "kiosk-1", "kiosk");
    assert_eq!(look(hub.devices(), certified(&third)).0, 200);
    let revoked = (403, "certificate-revoked".to_owned());
    assert!(until(|| look(hub.devices(), certified(&new)) == revoked));
    // A certificate of another kind than the list says.
    assert!(
        motcua(&["device", "add", "kiosk-1", "--role", "display", "--replace"], dir.path()).status.success()
    );
    assert_eq!(look(hub.devices(), certified(&third)), (403, "device-unlisted".into()));
}

#[test]
fn an_older_ticket_ends_with_a_newer_one_and_an_open_one_can_be_cancelled() {
    let dir = Dir::new();
    let _hub = start_hub(&dir);
    let older = add_device(dir.path(), "kiosk-1", "kiosk");
    let newer = ticket(dir.path(), &["add", "kiosk-1", "--replace"]);
    let try_it = |line: &str| motcua(&["enrol", line], &dir.path().join("box"));
    assert!(said(&try_it(&older)).contains("ended at"), "whoever finds the older paper is refused");
    let listed = || String::from_utf8(motcua(&["device", "list"], dir.path()).stdout).unwrap();
    assert!(listed().contains("ticket good until"), "{}", listed());
    assert!(motcua(&["device", "cancel", "kiosk-1"], dir.path()).status.success());
    assert!(!listed().contains("ticket"), "{}", listed());
    assert!(said(&motcua(&["device", "cancel", "kiosk-1"], dir.path())).contains("no open ticket"));
    assert!(said(&try_it(&newer)).contains("ended at"));
    // A device that is removed takes its open ticket along.
    let last = ticket(dir.path(), &["add", "kiosk-1", "--replace"]);
    assert!(motcua(&["device", "remove", "kiosk-1"], dir.path()).status.success());
    assert!(said(&try_it(&last)).contains("ended at"));
}

/// Reads a feed until the hub ends it; false while it goes on.
fn ends(url: &str, device: &Path) -> impl FnOnce() -> bool + use<> {
    let call = certified(device).build().unwrap().get(format!("{url}/v1/feed/display"));
    let runtime = Runtime::new().unwrap();
    let mut feed = runtime.block_on(async { call.send().await.unwrap().error_for_status().unwrap() });
    assert!(runtime.block_on(feed.chunk()).unwrap().is_some(), "a picture at once");
    move || {
        let end = async { while feed.chunk().await.is_ok_and(|c| c.is_some()) {} };
        runtime
            .block_on(async { tokio::time::timeout(std::time::Duration::from_secs(20), end).await })
            .is_ok()
    }
}

#[test]
fn who_is_removed_or_replaced_loses_what_it_listens_to() {
    let dir = Dir::new();
    let hub = start_hub(&dir);
    let (removed, replaced) = (enrolled(&dir, "tv-1", "display"), enrolled(&dir, "tv-2", "display"));
    let (first, second) = (ends(hub.devices(), &removed), ends(hub.devices(), &replaced));
    assert!(motcua(&["device", "remove", "tv-1"], dir.path()).status.success());
    assert!(first(), "a removed device goes on listening");
    let again = ticket(dir.path(), &["add", "tv-2", "--role", "display", "--replace"]);
    let new = enrol(&again, dir.path().join("new"));
    assert!(second(), "a replaced device goes on listening");
    assert_eq!(look(hub.devices(), certified(&new)).0, 200);
}

#[test]
fn nobody_without_a_certificate_of_this_hub_gets_more_than_hangs_on_the_wall() {
    motcua_link::trust::ready();
    let (dir, other) = (Dir::new(), Dir::new());
    let (hub, elsewhere) = (start_hub(&dir), start_hub(&other));
    let device = enrolled(&dir, "display-1", "display");
    let ours = at_hub(&device).read().unwrap().unwrap().identity;
    let stranger = || motcua_link::trust::client::pinned_client(&ours.ca().fingerprint()).unwrap();
    assert_eq!(look(hub.devices(), stranger()), (403, "certificate-missing".into()));
    // Of another hall's authority: the device itself does not believe this hub; who lies about that is refused.
    let theirs = enrolled(&other, "kiosk-1", "kiosk");
    let call = certified(&theirs).build().unwrap().get(format!("{}/v1/state", hub.devices()));
    let refused = Runtime::new().unwrap().block_on(async { call.send().await }).unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    let liar = at_hub(&theirs).read().unwrap().unwrap();
    let pem = std::fs::read(at_hub(&theirs).dir().join("identity.pem")).unwrap();
    let liar_http = reqwest::Client::builder()
        .tls_backend_rustls()
        .tls_danger_accept_invalid_certs(true)
        .identity(reqwest::Identity::from_pem(&pem).unwrap());
    assert_eq!(liar.identity.name().site(), "ngo-quyen", "the same hall by its name");
    assert_eq!(look(hub.devices(), liar_http), (403, "certificate-unknown-authority".into()));
    // The address of the pages has no commands at all, and no encryption is no way in.
    let plain = |path: &str| {
        let call = reqwest::Client::new().get(format!("{}{path}", hub.url));
        Runtime::new().unwrap().block_on(async { call.send().await }).unwrap().status().as_u16()
    };
    assert_eq!([plain("/v1/hall"), plain("/v1/health"), plain("/v1/openapi.json")], [200; 3]);
    assert_eq!([plain("/v1/state"), plain("/v1/tickets"), plain("/v1/commands")], [404; 3]);
    let naked = hub.devices().replace("https", "http");
    let call = reqwest::Client::new().get(format!("{naked}/v1/health"));
    assert!(Runtime::new().unwrap().block_on(async { call.send().await }).is_err());
    drop(elsewhere);
}

#[test]
fn a_device_speaks_for_itself_only_and_its_lanes_keep_the_rules_of_the_link() {
    let dir = Dir::new();
    let hub = start_hub(&dir);
    let panel = enrol(
        &ticket(dir.path(), &["add", "panel-2", "--role", "panel", "--counter", "2"]),
        dir.path().join("p"),
    );
    let http = certified(&panel).build().unwrap();
    let runtime = Runtime::new().unwrap();
    let lane = |device: &str| format!("{}/v1/devices/{device}/lanes/health", hub.devices());
    let get = |url: String| runtime.block_on(async { http.get(url).send().await.unwrap() });
    assert_eq!(get(lane("ngo-quyen.panel-2")).status(), 200);
    for other in ["ngo-quyen.panel-3", "ngo-quyen.hub", "elsewhere.panel-2"] {
        let answer = get(lane(other));
        assert_eq!(answer.status(), 403, "{other}");
        let problem: Value = runtime.block_on(answer.json()).unwrap();
        assert_eq!(problem["type"], "urn:motcua:not-yours");
    }
    // The conformance program of the link finds no broken rule at a hub either.
    let checked = add_device(dir.path(), "kiosk-check", "kiosk");
    let out =
        Process::new(PROGRAM).args(["link-check", hub.devices(), "--ticket", &checked]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() && text.contains(" 0 broken"),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn a_ticket_in_a_file_is_used_once_and_removed() {
    let dir = Dir::new();
    let hub = start_hub(&dir);
    let line = add_device(dir.path(), "kiosk-1", "kiosk");
    let file = dir.file("kiosk.ticket", &line);
    let data = dir.path().join("boot");
    let runtime = Runtime::new().unwrap();
    let given = Given::File(file.clone());
    let enrolled = runtime.block_on(join(&at_hub(&data), Some(&given))).unwrap();
    assert_eq!((enrolled.identity.name().device(), enrolled.url.as_str()), ("kiosk-1", hub.devices()));
    assert!(!file.exists(), "whoever takes the card out finds no ticket");
    // From a partition that cannot be written the used ticket comes again at each start.
    dir.file("kiosk.ticket", &line);
    let same = runtime.block_on(join(&at_hub(&data), Some(&given))).unwrap();
    assert_eq!(same.identity.serial_hex(), enrolled.identity.serial_hex());
    // The next start has neither file nor network.
    drop(hub);
    let again = runtime.block_on(join(&at_hub(&data), Some(&given))).unwrap();
    assert_eq!(again.identity.serial_hex(), enrolled.identity.serial_hex());
    let nothing = runtime.block_on(join(&at_hub(&dir.path().join("bare")), None)).unwrap_err();
    assert!(nothing.to_string().contains("make a ticket"), "{nothing}");
}
