// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two centrals, one above the other: what a hall tells its province arrives
//! above, once and in order, whoever is killed in between.

use crate::process::{Central, Hub, PROGRAM, draw, refused, sends};
use std::process::{Command, Output};
use std::time::Duration;

fn enrol(central: &Central, ticket: &str) -> Output {
    Command::new(PROGRAM).args(["enrol", ticket, "--data"]).arg(central.path("")).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_business_of_halls_arrives_above_and_a_hall_has_one_way_there() {
    let (mut nation, mut province, other) = (Central::start(), Central::start(), Central::start());
    let hub = Hub::start(&province, "ngo-quyen.hub").await;
    hub.fill(300).await.unwrap();
    hub.delivered(300).await;
    // A ticket for anything but a central does not make one.
    let wrong = enrol(&province, &nation.ticket("hai-phong.hub", "hub"));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("--role central"), "{wrong:?}");
    assert!(!province.path("above").exists());
    let done = enrol(&province, &nation.ticket("hai-phong.central", "central"));
    assert!(done.status.success(), "{done:?}");
    // Everything from the first event on, though it came before there was somebody above.
    let mut head = 300;
    for _ in 0..6 {
        head += 100 + u64::from(draw(400));
        let filling = hub.fill(head);
        tokio::time::sleep(Duration::from_micros(u64::from(draw(400_000)))).await;
        if draw(2) == 0 {
            province.kill();
            province.go();
            hub.uplink.set_route(province.route(&hub.identity));
        } else {
            let (url, pages) = (nation.url.clone(), nation.pages.clone());
            nation.kill();
            let held = nation.prefix(hub.source(), &hub.script).await;
            assert!(held <= province.prefix(hub.source(), &hub.script).await);
            nation.again(&url, &pages);
        }
        filling.await.unwrap();
    }
    hub.delivered(head).await;
    let through = async || nation.prefix(hub.source(), &hub.script).await;
    for _ in 0..2_000 {
        if through().await == head {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(through().await, head, "{}", province.log());
    nation.shows(&hub.script, head).await;

    // Another province cannot speak for that hall, and a hub of the hall neither once it is reported from there.
    let done = enrol(&other, &nation.ticket("nam-dinh.central", "central"));
    assert!(done.status.success(), "{done:?}");
    let theirs = Hub::start(&other, "ngo-quyen.hub").await;
    theirs.fill(50).await.unwrap();
    theirs.delivered(50).await;
    let identity = motcua_central::above::place(&other.path("")).read().unwrap().unwrap().identity;
    let liar = motcua_link::send::Ring::open(&other.path("liar.db"), theirs.source().clone()).unwrap();
    motcua_central::load::fill(&liar, 10, || ()).unwrap();
    let uplink = sends(&liar);
    uplink.set_route(nation.route(&identity));
    let (word, detail) = refused(&uplink).await;
    assert_eq!(word, "not-yours");
    assert!(detail.contains("is reported by hai-phong.central"), "{detail}");
    assert_eq!(through().await, head);
}
