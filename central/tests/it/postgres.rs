// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real PostgreSQL that is stopped, crashes and comes back under load.

use crate::process::{Central, Hub, draw};
use motcua_link::testing::Postgres;
use motcua_link::wire::{CONTENT_TYPE, Epoch};
use std::time::Duration;

/// Asks with an empty batch and returns status and `Retry-After`.
async fn asks(central: &Central, hub: &Hub) -> (u16, Option<u64>) {
    let url = format!("{}/v1/devices/{}/lanes/log/events", central.url, hub.source());
    let epoch = Epoch::random().unwrap().to_string();
    let call = central.route(&hub.identity).client.post(url).header("content-type", CONTENT_TYPE);
    let call = call.header("device-epoch", epoch).header("first-seq", "1").header("last-seq", "0");
    let answer = call.body("[]").send().await.unwrap();
    let wait = answer.headers().get("retry-after").map(|v| v.to_str().unwrap().parse().unwrap());
    (answer.status().as_u16(), wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_and_comes_loses_nothing() {
    let mut server = Postgres::start();
    let central = Central::with(Some(server.url()), &["--connections", "4"]);
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    let mut head = 0;
    for round in 0..4 {
        head += 6_000;
        let filling = hub.fill(head);
        let before = hub.acked();
        crate::process::wait_until(|| hub.acked() > before, || format!("{:?}", hub.uplink.status())).await;
        tokio::time::sleep(Duration::from_micros(u64::from(draw(60_000)))).await;
        if round % 2 == 0 {
            server.stop();
        } else {
            server.crash();
        }
        let acked = hub.acked();
        for _ in 0..5 {
            let (status, wait) = asks(&central, &hub).await;
            assert_eq!(status, 503);
            assert!(wait.is_some_and(|s| (1..=10).contains(&s)), "{wait:?}");
        }
        let health = reqwest::get(format!("{}/v1/health", central.pages)).await.unwrap();
        assert_eq!(health.status(), 503);
        filling.await.unwrap();
        server.go();
        let held = central.prefix(hub.source(), &hub.script).await;
        assert!(held >= acked, "{held} held of {acked} acknowledged");
        hub.delivered(head).await;
    }
    assert_eq!(central.prefix(hub.source(), &hub.script).await, head);
    central.shows(&hub.script, head).await;
    let health = reqwest::get(format!("{}/v1/health", central.pages)).await.unwrap();
    assert_eq!(health.status(), 200);
}
