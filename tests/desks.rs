// SPDX-License-Identifier: MIT OR Apache-2.0
//! Forty desks at one hub: nobody is called twice, nobody is passed over, and
//! everything is in place after a restart in the middle of the day.

use crate::support::*;
use motcua::clock::WallClock;
use motcua::hub::{Hub, Request};
use motcua::store::Answer;
use motcua_core::feed::Officer;
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::{Command, Event, Refusal, Stage};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const DESKS: usize = 40;
const ROUNDS: usize = 1_000;

/// The sample with forty counters that all serve everything.
fn wide_hall() -> Hall {
    let head = SAMPLE.split("[[counters]]").next().unwrap();
    let tail = &SAMPLE[SAMPLE.find("[queue]").unwrap()..];
    let ids: Vec<String> = (1..=DESKS).map(|n| n.to_string()).collect();
    let counters: String = ids
        .iter()
        .map(|id| format!("[[counters]]\nid = \"{id}\"\nname = {{ vi = \"Quầy\", en = \"Counter\" }}\n"))
        .collect();
    let service = |code: &str, series: &str| {
        format!(
            "[[services]]\ncode = \"{code}\"\nname = {{ vi = \"Việc\", en = \"Matter\" }}\nicon = \"help\"\n\
             series = \"{series}\"\ncounters = {ids:?}\n"
        )
    };
    let middle = "[ticket]\nthanks = { vi = \"Cảm ơn\", en = \"Thanks\" }\n";
    let text = [head, &counters, &service("a", "A"), &service("b", "B"), middle, tail].concat();
    Hall::parse(&text).unwrap_or_else(|f| panic!("{f:?}"))
}

async fn ask(hub: &Hub, command: Command) -> Result<Vec<Event>, Refusal> {
    match hub.ask("test", Request { id: Uuid::now_v7(), command }).await.unwrap() {
        Answer::Accepted { events, .. } => Ok(events),
        Answer::Refused(refusal) => Err(refusal),
    }
}

fn called(events: &[Event]) -> Option<Uuid> {
    events.iter().find_map(|e| match e {
        Event::Called { ticket, .. } => Some(*ticket),
        _ => None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_counters_press_next_at_once_for_a_thousand_rounds() {
    let dir = Dir::new();
    let clock = WallClock::starting_at(MORNING.parse().unwrap(), 420);
    let hub = Hub::start(dir.path(), wide_hall(), clock.clone()).unwrap();
    for desk in 1..=DESKS {
        let (counter, id) = (desk.to_string(), format!("o{desk}"));
        let officer = Officer { id, name: "Cán bộ".into() };
        ask(&hub, Command::SignIn { counter: counter.clone(), officer }).await.unwrap();
        ask(&hub, Command::OpenCounter { counter }).await.unwrap();
    }
    let mut seen: BTreeMap<Uuid, usize> = BTreeMap::new();
    let (mut given, mut waiting) = (0, 0_usize);
    for round in 0..ROUNDS {
        // Sometimes fewer people than desks wait: those must be shared out without a double.
        let new = if round % 7 == 3 { DESKS / 2 } else { DESKS };
        let issues = (0..new).map(|i| {
            let service = if i % 2 == 0 { "a" } else { "b" }.to_owned();
            ask(
                &hub,
                Command::Issue {
                    service,
                    priority: i % 5 == 0,
                    lang: "vi".into(),
                    person: None,
                    booking: None,
                },
            )
        });
        for issued in futures_util::future::join_all(issues).await {
            issued.unwrap();
        }
        (given, waiting) = (given + new, waiting + new);
        // A double click at every desk: two presses under two ids.
        let last = hub.now().borrow().clone();
        let presses = (1..=DESKS).flat_map(|desk| {
            let seen = last.counters[desk - 1].last_call;
            let press = Command::CallNext { counter: desk.to_string(), seen: Some(seen) };
            [ask(&hub, press.clone()), ask(&hub, press)]
        });
        let answers = futures_util::future::join_all(presses).await;
        let mut busy = 0;
        for (desk, pair) in answers.chunks(2).enumerate() {
            match pair {
                [Ok(first), Ok(second)] => {
                    let ticket = called(first).expect("the first press calls");
                    let again = Event::CallRepeated { counter: (desk + 1).to_string(), ticket };
                    assert_eq!(second, &[again], "round {round}, desk {}", desk + 1);
                    *seen.entry(ticket).or_default() += 1;
                    busy += 1;
                }
                [Err(Refusal::NobodyWaiting { .. }), Err(Refusal::NobodyWaiting { .. })] => {}
                other => panic!("round {round}, desk {}: {other:?}", desk + 1),
            }
        }
        assert_eq!(busy, waiting.min(DESKS), "round {round}: somebody waits and a desk is free");
        waiting -= busy;
        serve_all(&hub).await;
    }
    assert!(seen.values().all(|n| *n == 1), "somebody was called twice");
    assert_eq!(seen.len() + waiting, given);
    let before = hub.tickets(None).await.unwrap();
    assert_eq!(before.iter().filter(|t| t.stage == Stage::Served).count(), seen.len());
    hub.stop().await;
    // The middle of the day, after a restart: the same queue, the same officers at the same desks.
    let picture = hub.now().borrow().counters.clone();
    let again = Hub::start(dir.path(), wide_hall(), clock).unwrap();
    assert_eq!(again.tickets(None).await.unwrap(), before);
    assert_eq!(again.now().borrow().counters, picture);
    again.stop().await;
}

/// Every called ticket is served to its end, all desks at once.
async fn serve_all(hub: &Hub) {
    let now: Arc<_> = hub.now().borrow().clone();
    let desks: Vec<String> =
        now.counters.iter().filter(|c| c.in_hand.is_some()).map(|c| c.id.clone()).collect();
    let starts = desks.iter().map(|c| ask(hub, Command::Start { counter: c.clone() }));
    assert!(futures_util::future::join_all(starts).await.iter().all(Result::is_ok));
    let ends = desks.iter().map(|c| ask(hub, Command::Finish { counter: c.clone() }));
    assert!(futures_util::future::join_all(ends).await.iter().all(Result::is_ok));
}
