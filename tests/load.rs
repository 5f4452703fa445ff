// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many clients at once, with retries and ids sent twice.

use crate::support::*;
use motcua::hub::Request;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const CLIENTS: usize = 8;
const TICKETS: usize = 5_000;
const SERVICES: [&str; 5] = ["certify", "birth", "marriage", "land", "results"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_clients_issue_five_thousand_tickets_at_once() {
    let dir = Dir::new();
    let hub = HubProcess::start(&dir);
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let client = hub.client();
        clients.push(tokio::spawn(async move {
            let mut given = Vec::new();
            for i in 0..TICKETS / CLIENTS {
                let request =
                    Request { id: Uuid::now_v7(), command: issue(SERVICES[(i + n) % SERVICES.len()]) };
                // Every third touch is sent twice at once, every fifth again later.
                let answer = if i % 3 == 0 {
                    let (a, b) = tokio::join!(client.post(&request), client.post(&request));
                    assert_eq!(a.as_ref().unwrap(), b.as_ref().unwrap());
                    a.unwrap()
                } else {
                    client.post(&request).await.unwrap()
                };
                if i % 5 == 0 {
                    assert_eq!(client.post(&request).await.unwrap(), answer);
                }
                assert_eq!(answer.0, 200, "{}", answer.1);
                given.push(label(&answer.1));
            }
            given
        }));
    }
    let mut labels = Vec::new();
    for client in clients {
        labels.extend(client.await.unwrap());
    }
    check_gapless(&labels, TICKETS);
    hub.run.kill();
    let run = start_hub(&dir);
    let after: Vec<String> =
        Client::new(run.devices(), &hub.program).tickets().await.into_iter().map(|t| t.label).collect();
    check_gapless(&after, TICKETS);
}

/// Unique, and within each series 1, 2, 3 … without a gap.
fn check_gapless(labels: &[String], count: usize) {
    assert_eq!(labels.len(), count);
    let mut series: BTreeMap<char, BTreeSet<u32>> = BTreeMap::new();
    for label in labels {
        let number = label[1..].parse().unwrap();
        let letter = label.chars().next().unwrap();
        assert!(series.entry(letter).or_default().insert(number), "{label} twice");
    }
    for (letter, numbers) in series {
        let last = *numbers.last().unwrap();
        assert_eq!(numbers.len(), last as usize, "a gap in {letter}");
    }
}
