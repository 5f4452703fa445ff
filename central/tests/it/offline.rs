// SPDX-License-Identifier: MIT OR Apache-2.0
//! Seven days without a network at a busy hall's pace, compressed in time.

use crate::process::{Central, Hub};
use motcua_central::load::DAY;

#[tokio::test(flavor = "multi_thread")]
async fn a_week_offline_arrives_exactly_once() {
    let mut central = Central::start();
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    hub.fill(40).await.unwrap();
    hub.delivered(40).await;
    central.stop();
    hub.fill(7 * DAY).await.unwrap();
    let waiting = hub.uplink.status();
    assert!(hub.acked() < DAY, "{waiting:?}");
    central.go();
    hub.uplink.set_route(central.route(&hub.identity));
    hub.delivered(7 * DAY).await;
    assert_eq!(central.prefix(hub.source(), &hub.script).await, 7 * DAY);
    central.shows(&hub.script, 7 * DAY).await;
    assert_eq!(central.number("SELECT count(DISTINCT day) FROM tickets").await, 7);
    assert_eq!(central.number("SELECT count(*) FROM tickets WHERE stage = 'unserved'").await, 7 * 18);
}
