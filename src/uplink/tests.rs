// SPDX-License-Identifier: MIT OR Apache-2.0
use super::map::body;
use motcua_core::queue::Event;
use motcua_link::data::Body;

/// One of every kind, as the hall's database keeps them.
const EVENTS: &str = include_str!("events.sample.jsonl");

#[test]
fn every_event_of_a_hall_has_words_and_none_of_them_is_personal() {
    let mut kinds: Vec<String> = Vec::new();
    for line in EVENTS.lines() {
        let event: Event = serde_json::from_str(line).unwrap();
        let body = body(&event);
        if let Body::AuditNoted(noted) = &body {
            assert!(
                ["database-recovered", "clock-doubted", "device-enrolled"].contains(&noted.what.as_str()),
                "{noted:?}"
            );
        }
        let told = serde_json::to_string(&body).unwrap();
        for secret in ["Nguyễn Thị Hoa", "001099012345", "0912 345 678"] {
            assert!(!told.contains(secret), "{told}");
        }
        let raw = serde_json::value::to_raw_value(&body).unwrap();
        assert_eq!(Body::read(body.kind(), &raw).unwrap(), Some(body));
        kinds.push(event.kind().to_owned());
    }
    let sources = include_str!("../../core/src/queue/event.rs");
    let (_, list) = sources.split_once("pub fn kind(&self)").unwrap();
    let known: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    for kind in known {
        assert!(kinds.iter().any(|k| k == kind), "no sample of `{kind}` in events.sample.jsonl");
    }
}
