// SPDX-License-Identifier: MIT OR Apache-2.0
//! `kill -9` at random points of either side: nothing that was acknowledged is
//! missing, nothing is doubled, what is held is a prefix. `MOTCUA_KILL_RUNS`
//! says how often.

use crate::process::{Central, Hub, PROGRAM, draw, runs};
use motcua_central::load::Script;
use motcua_link::send::{Outbox, Ring};
use motcua_link::wire::Lane;
use std::process::Command;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_central_holds_what_it_acknowledged() {
    let mut central = Central::start();
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    let (mut head, mut within) = (0, 0);
    for _ in 0..runs(60) {
        hub.uplink.set_route(central.route(&hub.identity));
        head += 100 + u64::from(draw(900));
        let filling = hub.fill(head);
        tokio::time::sleep(Duration::from_micros(u64::from(draw(120_000)))).await;
        central.kill();
        // Read after the kill: whatever the hub took for acknowledged by then must be there.
        let acked = hub.acked();
        let held = central.prefix(hub.source(), &hub.script).await;
        assert!(held >= acked, "{held} held of {acked} acknowledged");
        filling.await.unwrap();
        within += u32::from(held < head);
        central.go();
    }
    hub.uplink.set_route(central.route(&hub.identity));
    hub.delivered(head).await;
    assert_eq!(central.prefix(hub.source(), &hub.script).await, head);
    central.shows(&hub.script, head).await;
    assert!(within > 10, "only {within} kills fell within the sending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sender_loses_and_doubles_nothing() {
    let central = Central::start();
    let identity = central.enrol("ngo-quyen.hub", "hub").await;
    let outbox = central.path("outbox.db");
    let sender = |until: u64| {
        let mut command = Command::new(PROGRAM);
        command.args(["load", "--one", "--receiver", &central.url, "--until", &until.to_string()]);
        command.arg("--identity").arg(central.path("ngo-quyen.hub")).arg("--outbox").arg(&outbox);
        command
    };
    let script = Script::new(1, 20_000);
    let (mut within, mut begun) = (0, None);
    for _ in 0..runs(60) {
        let mut child = sender(1_000_000).spawn().unwrap();
        tokio::time::sleep(Duration::from_micros(u64::from(draw(250_000)))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        if !outbox.exists() {
            continue;
        }
        let mut lane = Ring::open(&outbox, identity.name().clone()).unwrap().lane(Lane::Business);
        let (head, acked) = (lane.head().unwrap(), lane.acked().unwrap().map_or(0, |(through, _)| through));
        let epoch = lane.epoch().unwrap();
        assert_eq!(*begun.get_or_insert(epoch.clone()), epoch, "another epoch");
        let held = central.prefix(identity.name(), &script).await;
        assert!(acked <= held && held <= head, "acknowledged {acked}, held {held}, made {head}");
        within += u32::from(acked < head);
    }
    let head = Ring::open(&outbox, identity.name().clone()).unwrap().lane(Lane::Business).head().unwrap();
    assert!(sender(head).status().unwrap().success());
    assert_eq!(central.prefix(identity.name(), &script).await, head);
    central.shows(&script, head).await;
    assert!(within > 10, "only {within} kills fell within the sending");
}
