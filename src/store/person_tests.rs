// SPDX-License-Identifier: MIT OR Apache-2.0
//! Marks and bookings on disk: there after a restart, gone with the day, from the log as well.
use super::tests::Dir;
use super::*;
use crate::clock::WallClock;
use crate::hub::{Hub, Request};
use motcua_core::citizen::Mark;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::Command;

const MARK: &str = "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee";
const BOOKING: &str = "LH-PLANTED-77";

fn start(dir: &Dir, clock: &WallClock) -> Hub {
    Hub::start(dir.path(), Hall::parse(SAMPLE).unwrap(), clock.clone()).unwrap()
}

fn take(id: Uuid, service: &str, booking: Option<&str>) -> Request {
    let person = Some(Mark { mark: MARK.into(), booked: vec![] });
    let booking = booking.map(str::to_owned);
    Request {
        id,
        command: Command::Issue {
            service: service.into(),
            priority: false,
            lang: "vi".into(),
            person,
            booking,
        },
    }
}

/// Files of the directory in which one of the needles stands.
fn holding(dir: &Dir, needles: &[&str]) -> Vec<String> {
    let files = std::fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().path());
    let has = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        needles.iter().any(|n| bytes.windows(n.len()).any(|w| w == n.as_bytes()))
    };
    files.filter(has).map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn limits_hold_after_a_restart_and_an_id_keeps_its_answer() {
    let dir = Dir::new();
    let clock = WallClock::starting_at("2026-11-23T09:00:00".parse().unwrap(), 420);
    let hub = start(&dir, &clock);
    let (first, second) =
        (take(Uuid::now_v7(), "certify", Some(BOOKING)), take(Uuid::now_v7(), "certify", None));
    let given = hub.ask("k1", first.clone()).await.unwrap();
    let refused = hub.ask("k2", second.clone()).await.unwrap();
    let expected = Refusal::PersonService { service: "certify".into(), label: "A001".into() };
    assert_eq!(refused, Answer::Refused(expected.clone()));
    let key = hub.person_key().unwrap();
    hub.stop().await;
    let hub = start(&dir, &clock);
    assert_eq!(hub.person_key().unwrap(), key);
    assert_eq!(hub.ask("k1", first).await.unwrap(), given);
    assert_eq!(hub.ask("k2", second).await.unwrap(), refused);
    assert_eq!(
        hub.ask("k2", take(Uuid::now_v7(), "certify", None)).await.unwrap(),
        Answer::Refused(expected)
    );
    let used = hub.ask("k2", take(Uuid::now_v7(), "birth", Some(BOOKING))).await.unwrap();
    assert_eq!(used, Answer::Refused(Refusal::BookingUsed { label: "A001".into() }));
    hub.stop().await;
}

#[tokio::test]
async fn nothing_of_a_person_outlives_the_day() {
    let dir = Dir::new();
    let clock = WallClock::starting_at("2026-11-23T09:00:00".parse().unwrap(), 420);
    let hub = start(&dir, &clock);
    hub.ask("k1", take(Uuid::now_v7(), "certify", Some(BOOKING))).await.unwrap();
    let (_, key) = hub.person_key().unwrap();
    let key = key.hex();
    let needles = [MARK, BOOKING, key.as_str()];
    assert!(!holding(&dir, &needles).is_empty(), "the search finds what is there");
    clock.set("2026-11-24T08:00:00".parse().unwrap());
    // While the file is read, its log cannot be emptied; it is when the reader has gone.
    let reader = Connection::open(dir.path().join(FILE)).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM tickets;").unwrap();
    hub.ask("k1", take(Uuid::now_v7(), "certify", None)).await.unwrap();
    assert_ne!(hub.person_key().unwrap().1.hex(), key);
    reader.execute_batch("COMMIT").unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let old = [BOOKING, key.as_str()];
    while !holding(&dir, &old).is_empty() {
        assert!(std::time::Instant::now() < deadline, "{:?}", holding(&dir, &old));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    // The mark is in use again, today; its events never held it.
    let events = Connection::open(dir.path().join(FILE)).unwrap();
    let bodies: i64 = events
        .query_row(
            "SELECT count(*) FROM events WHERE instr(body, ?1) OR instr(body, ?2)",
            [MARK, BOOKING],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(bodies, 0);
    hub.stop().await;
}
