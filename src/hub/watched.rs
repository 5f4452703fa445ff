// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the hub says of itself to those who look after the device.

use super::Hub;
use crate::watch::{Facts, HubWay, Watch, keep};
use futures_util::FutureExt;
use motcua_link::data::PartState;

/// Tells `watch` how the hub is, until the runtime ends.
pub fn watched(watch: Watch, hub: &Hub) -> impl Future<Output = ()> + Send + use<> {
    let told = hub.clone();
    let look = move || std::future::ready(Some(told.facts())).boxed();
    let asked = hub.clone();
    let ping = move || {
        let hub = asked.clone();
        async move { Some(hub.ping().await.is_ok()) }.boxed()
    };
    keep(watch, Box::new(look), Box::new(ping))
}

impl Hub {
    /// How it is at the moment. A hub is at nobody's disposal alone: it is never busy with one citizen.
    pub fn facts(&self) -> Facts {
        let now = self.now().borrow().clone();
        let mut facts = Facts {
            hub: Some(HubWay::Here),
            open: Some(now.refusal.is_none()),
            waiting: Some(now.waiting),
            ..Facts::default()
        };
        let vitals = self.vitals();
        let (state, fault) = match (&vitals.store_fault, &vitals.damaged_database) {
            (Some(_), _) => (PartState::Fault, Some("cannot-write")),
            (None, Some(_)) => (PartState::Warning, Some("was-damaged")),
            (None, None) => (PartState::Ok, None),
        };
        facts.part("database", state, fault);
        facts
    }
}
