// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way further up: a province's central passes the business of its halls on
//! to the one above, over the same protocol and under its own certificate.
//! Enrolled by `motcua-central enrol`; picked up by a running central.

use crate::app::App;
use motcua_link::send::{Relay, Uplink, keep_route, relay};
use motcua_link::trust::Place;
use motcua_link::wire::Lane;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// Directory of the enrolment in the data.
pub const DIR: &str = "above";
/// How often it is looked for lanes that are new.
const LOOK: Duration = Duration::from_secs(2);

/// Where a central is enrolled at the one above.
pub fn place(data: &Path) -> Place {
    Place::at(data.join(DIR))
}

/// Passes on what halls do, as long as there is somewhere to; how devices are stays here. Runs until dropped.
pub async fn run(app: App, place: Place) {
    let uplink = Uplink::default();
    let mut tasks = JoinSet::new();
    let kept = uplink.clone();
    tasks.spawn(async move { keep_route(kept, place, |_| Ok(())).await });
    let mut relayed = BTreeSet::new();
    loop {
        if uplink.route().is_some() {
            match relay::received(app.db()).await {
                Ok(lanes) => {
                    for (source, lane) in lanes {
                        if lane == Lane::Business && relayed.insert(source.to_string()) {
                            let (way, db, runtime) = (uplink.beside(), app.db().clone(), Handle::current());
                            tasks.spawn(async move {
                                way.run(move || {
                                    Ok(Relay::new(db.clone(), source.clone(), lane, runtime.clone()))
                                })
                                .await;
                            });
                        }
                    }
                    // What came to this central since the last look waits for nobody's word.
                    uplink.news();
                }
                Err(e) => tracing::error!(error = %e, "the lanes to pass on are not known"),
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
