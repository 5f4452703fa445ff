// SPDX-License-Identifier: MIT OR Apache-2.0
//! A device's reports to its hub: how it is, what it logs, what became of the
//! commands that the hub has for it. The hub passes all of it on.

use super::steer::{self, Hands};
use super::{HEALTH_EVERY, Reports, UplinkError, health};
use crate::client::HubClient;
use crate::hub::devices::Role;
use motcua_link::send::Switch;
use motcua_link::trust;
use motcua_link::wire::Lane;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is looked whether the certificate was renewed.
const LOOK: Duration = Duration::from_secs(30);

impl Reports {
    /// Prepares and starts the reports of a device to its hub; needs the runtime. They run until it ends.
    ///
    /// # Errors
    /// The file of the lanes cannot be used.
    pub fn of_device(
        data: &Path,
        client: &HubClient,
        role: Role,
        hands: Hands,
    ) -> Result<Reports, UplinkError> {
        let reports = Reports::of(data, client.source().clone(), Switch::default())?;
        tokio::spawn(reports.clone().keep_route(client.clone()));
        reports.send(Lane::ALL);
        tokio::spawn(steer::run(reports.clone(), None, Arc::new(hands)));
        let this = reports.clone();
        let (role, started) = (trust::Role::from(role).as_str(), Instant::now());
        tokio::spawn(async move {
            let mut every = tokio::time::interval(HEALTH_EVERY);
            loop {
                every.tick().await;
                this.tell(health::of_device(role, started, &this.uplink.status(), &this.parts)).await;
            }
        });
        Ok(reports)
    }

    async fn keep_route(self, client: HubClient) {
        let mut used = None;
        loop {
            let (route, ends_ms) = client.route();
            if used != Some(ends_ms) {
                used = Some(ends_ms);
                self.uplink.certificate_ends(ends_ms);
                self.uplink.set_route(route);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
