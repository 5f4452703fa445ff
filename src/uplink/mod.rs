// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way up: of a hub to its central, its events as the business lane, and of
//! a device to its hub; how each is as the health lane. What is sent, when and
//! how often is the link's business (`motcua-link`).

mod central;
pub mod command;
mod device;
mod health;
mod log;
mod map;
mod outbox;
mod province;
mod standing;
mod steer;

pub use central::check;
pub use health::Parts;
pub use log::{HERE_ONLY, Remember};
pub use outbox::HallOutbox;
pub use standing::{Standing, UNUSABLE, With};
pub use steer::{Deed, Hands};

use crate::console::Pages;
use crate::enrolled::at_central;
use crate::hub::Hub;
use crate::province::Province;
use motcua_link::data::{Body, DeviceHealth};
use motcua_link::send::{Ring, Switch, Uplink};
use motcua_link::wire::{Lane, Source, WordError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// File of the health lane and of how far the lanes were delivered.
pub const FILE: &str = "link.db";
/// Name of the hub among the devices of its hall.
pub const HUB: &str = "hub";
/// Between two words on how the hub is.
const HEALTH_EVERY: Duration = Duration::from_secs(60);

/// The way up cannot be prepared. The hall works without it.
#[derive(Debug, thiserror::Error)]
pub enum UplinkError {
    /// The hall's id is none of the link's.
    #[error("the hall cannot report: {0}")]
    Name(#[from] WordError),
    /// The file of the lanes.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// The reports of a hub or a device.
#[derive(Clone, Debug)]
pub struct Reports {
    /// The lanes on their way.
    pub uplink: Uplink,
    /// Health and log on the disk.
    pub ring: Ring,
    /// Parts of this machine and how they are.
    pub parts: Parts,
    /// What came down from the provincial system.
    pub province: Province,
    source: Source,
}

impl Reports {
    /// Prepares the lanes of the hub in `data`; nothing is sent before [`Uplink::set_route`].
    ///
    /// # Errors
    /// The hall's id or the file cannot be used.
    pub fn open(data: &Path, site: &str, cut: Switch) -> Result<Reports, UplinkError> {
        Reports::of(data, Source::new(site, HUB)?, cut)
    }

    /// Prepares the lanes of a machine that keeps its things in `data`.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn of(data: &Path, source: Source, cut: Switch) -> Result<Reports, UplinkError> {
        let path = data.join(FILE);
        let ring = Ring::open(&path, source.clone()).map_err(|source| UplinkError::File { path, source })?;
        Ok(Reports {
            uplink: Uplink::switched(cut),
            ring,
            parts: Parts::default(),
            province: Province::open(data, source.site()),
            source,
        })
    }

    /// Whose reports these are.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Starts the lanes, the minute's word on health, and listening to what comes down. Runs until the runtime
    /// ends.
    pub fn start(&self, pages: &Pages, hands: Hands) {
        let (data, hub) = (&pages.data, &pages.api.hub);
        tokio::spawn(steer::run(self.clone(), Some(pages.clone()), Arc::new(hands)));
        tokio::spawn(province::forget(self.clone(), hub.clone()));
        let site = self.source.site().to_owned();
        tokio::spawn(central::keep(self.uplink.clone(), self.ring.clone(), at_central(data), site));
        let (data, source, ring) = (data.clone(), self.source.clone(), self.ring.clone());
        let (business, named) = (self.uplink.clone(), hub.clone());
        tokio::spawn(async move {
            let open = move || {
                let hub = named.clone();
                let name = Box::new(move || hub.hall().lines.join(" · "));
                HallOutbox::open(&data, source.clone(), ring.clone(), name)
            };
            business.run(open).await;
        });
        self.send([Lane::Health, Lane::Log]);
        let (this, told) = (self.clone(), hub.clone());
        tokio::spawn(async move { this.tell_health(&told).await });
        let (uplink, hub) = (self.uplink.clone(), hub.clone());
        tokio::spawn(async move {
            let (mut now, mut sent) = (hub.now(), 0);
            // The picture is renewed after every commit, and every second.
            while now.changed().await.is_ok() {
                let last = hub.last_seq();
                if last != sent {
                    uplink.news();
                }
                sent = last;
            }
        });
    }

    /// Sends lanes of the ring.
    fn send(&self, lanes: impl IntoIterator<Item = Lane>) {
        for lane in lanes {
            let (uplink, ring) = (self.uplink.clone(), self.ring.clone());
            tokio::spawn(async move { uplink.run(move || Ok(ring.lane(lane))).await });
        }
    }

    async fn tell_health(&self, hub: &Hub) {
        let mut every = tokio::time::interval(HEALTH_EVERY);
        loop {
            every.tick().await;
            self.tell(health::of_hub(hub, &self.uplink.status(), &self.parts)).await;
        }
    }

    /// The minute's word, and the warnings since the last one.
    async fn tell(&self, health: DeviceHealth) {
        let body = Body::from(health);
        let at_ms = crate::clock::unix_ms();
        let (ring, kind) = (self.ring.clone(), body.kind());
        let added = tokio::task::spawn_blocking(move || {
            log::tell_new(&ring)?;
            ring.add(Lane::Health, kind, at_ms, &body)
        })
        .await;
        if let Ok(Err(e)) = added {
            tracing::warn!(error = %e, "the health of this minute is not kept");
        }
        self.uplink.news();
    }
}

#[cfg(test)]
mod tests;
