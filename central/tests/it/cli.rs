// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is typed on the command line and means nothing is refused with what to
//! do, and changes nothing; what the program makes is nobody else's.

use crate::process::{Central, Hub, PROGRAM};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// What the program said, and whether it did it.
fn said(central: &Central, args: &[&str]) -> (bool, String) {
    let out = Command::new(PROGRAM).args(args).arg("--data").arg(central.path("")).output().unwrap();
    let text = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (out.status.success(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_nobody_and_orders_without_a_reason_are_refused() {
    let central = Central::start();
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    hub.fill(20).await.unwrap();
    hub.delivered(20).await;
    for args in [&["revoke", "ngo-quyen.hbu"][..], &["command", "ngo-quyen.hbu", "restart"]] {
        let (done, text) = said(&central, args);
        assert!(
            !done && text.contains("no device `ngo-quyen.hbu`") && text.contains("page Devices"),
            "{text}"
        );
    }
    for close in
        [&["command", "ngo-quyen.hub", "close"][..], &["command", "ngo-quyen.hub", "close", "--message", " "]]
    {
        let (done, text) = said(&central, close);
        assert!(!done && text.contains("add --message"), "{text}");
    }
    for hours in ["0", "721"] {
        let ticket = ["ticket", "ngo-quyen.hub", "--url", &central.url, "--hours", hours];
        let (done, text) = said(&central, &ticket);
        assert!(!done && text.contains("1..=720"), "{text}");
    }
    assert_eq!(central.number("SELECT COUNT(*) FROM commands").await, 0);
    assert_eq!(central.number("SELECT COUNT(*) FROM revocations").await, 0);
    assert_eq!(central.number("SELECT COUNT(*) FROM tokens").await, 1);

    let (done, text) = said(&central, &["command", "ngo-quyen.hub", "close", "--message", "mất điện"]);
    assert!(done, "{text}");
    // One that has a ticket and never came can be shut out before it does.
    central.ticket("hong-bang.hub", "hub");
    for device in ["hong-bang.hub", "ngo-quyen.hub"] {
        let (done, text) = said(&central, &["revoke", device]);
        assert!(done, "{text}");
    }
    assert_eq!(central.number("SELECT COUNT(*) FROM commands").await, 1);
    assert_eq!(central.number("SELECT COUNT(*) FROM revocations WHERE what = 'device'").await, 2);
}

/// Whoever writes documents for the drop folder finds out at the own desk.
#[test]
fn a_document_is_checked_without_a_central() {
    let dir = tempfile::tempdir().unwrap();
    let check = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        let out = Command::new(PROGRAM).args(["province", "check"]).arg(&file).output().unwrap();
        let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
        (out.status.success(), said)
    };
    let sample = Command::new(PROGRAM).args(["province", "sample", "dossiers", "do-son"]).output().unwrap();
    let sample = String::from_utf8(sample.stdout).unwrap();
    let (good, text) = check("dossiers-do-son_20261126.json", &sample);
    assert!(good && text.contains("entries"), "{text}");
    let (good, text) = check("dossiers-do-son.json", &sample.replacen("\"due\":\"20", "\"due\":\"x20", 1));
    assert!(!good && text.contains("2026-11-26") && text.contains("due"), "{text}");
    assert!(!check("hoso.json", &sample).0, "a name that says nothing");
}

#[test]
fn whatever_the_umask_is_nobody_else_reads_what_the_central_makes() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let out = Command::new("sh")
        .args(["-c", "umask 000; exec \"$0\" \"$@\"", PROGRAM, "ticket", "ngo-quyen.hub"])
        .args(["--url", "https://127.0.0.1:8701", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let ran = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    assert!(out.status.success(), "{ran}");
    let mode = |name: &str| std::fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
    for (name, is) in [("central.db", 0o600), ("authority", 0o700), ("authority/ca.key.pem", 0o600)] {
        assert_eq!(mode(name), is, "{name}");
    }
}
