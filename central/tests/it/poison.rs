// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events that no device of ours sends: none may stop a lane, or the central.

use crate::process::{Central, Hub};
use motcua_link::testing::Postgres;
use motcua_link::wire::Lane;
use serde_json::json;

async fn swallows(central: &Central) {
    let hub = Hub::start(central, "ngo-quyen.hub").await;
    let (ticket, session) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let long = "dài ".repeat(10_000);
    let issued = json!({"ticket": ticket, "day": "2026-11-26", "label": "A\u{0}1", "service": long, "priority": false,
        "lang": "vi", "device": "\u{0}", "issued_ms": i64::MIN, "ahead": 0});
    let call = json!({"ticket": ticket, "session": session, "label": "A1", "counter": "1", "service": "x",
        "sequence": 1, "recall": false, "chosen": false});
    let events = [
        ("motcua.ticket.issued.v1", issued),
        ("motcua.call.made.v1", call),
        ("motcua.audit.noted.v1", json!({"what": "x", "detail": long})),
        ("motcua.audit.noted.v1", json!({"what": long, "detail": "\u{0}"})),
        ("motcua.audit.noted.v1", json!({"what": "\u{0}", "detail": long})),
        ("motcua.day.opened.v1", json!({"day": long, "by_hand": false})),
        ("motcua.counter.changed.v1", json!({"counter": long, "change": "opened"})),
        ("motcua.counter.changed.v1", json!({"counter": "1", "change": format!("\u{0}{long}")})),
        ("motcua.feedback.given.v1", json!({"code": long, "kind": "praise", "text": "tốt"})),
        ("motcua.feedback.given.v1", json!({"code": "\u{0}", "kind": "praise", "text": "\u{0}"})),
        ("motcua.newer.thing.v9", json!(["\u{0}", {"\u{0}": 1}])),
    ];
    for (kind, data) in &events {
        hub.ring.add(Lane::Business, kind, 1_764_000_000_000, data).unwrap();
    }
    hub.uplink.news();
    hub.delivered(events.len() as u64).await;
    assert_eq!(central.number("SELECT count(*) FROM quarantine").await, 4);
    assert_eq!(central.number("SELECT count(*) FROM events").await, 7);
    let visit = central.rows("SELECT waited_ms FROM visits", Vec::new()).await;
    assert_eq!(visit[0].int(0).unwrap(), i64::MAX);
    let ticket = central.rows("SELECT label, device FROM tickets", Vec::new()).await;
    assert_eq!(
        (ticket[0].text(0).unwrap(), ticket[0].text(1).unwrap()),
        ("A\u{fffd}1".into(), "\u{fffd}".into())
    );
    assert_eq!(central.number("SELECT count(*) FROM alarms WHERE kind <> 'quarantine'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_swallows_poison() {
    swallows(&Central::start()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_swallows_poison() {
    let server = Postgres::start();
    swallows(&Central::with(Some(server.url()), &[])).await;
}
