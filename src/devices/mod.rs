// SPDX-License-Identifier: MIT OR Apache-2.0
//! The devices beside the kiosk: the screen and voice of the waiting room, and
//! the rating panel at a desk. Both live on what the hub tells them, keep what
//! they need to start without it, and say when it is away.
//!
//! | module | what |
//! |---|---|
//! | [`display`] | pictures to the screen, calls to the loudspeaker |
//! | [`panel`] | pictures, fingers and buttons to ratings |
//! | `outbox` | ratings that wait for the hub, on disk |
//! | [`run`] | the commands `motcua display` and `motcua panel` |

pub mod display;
pub(crate) mod outbox;
pub mod panel;
#[cfg(any(feature = "desktop", feature = "linuxkms", feature = "sim"))]
pub mod run;

pub use outbox::{Outbox, OutboxError};

use crate::client::{BadHub, HubClient, Miss};
use crate::disk::keep;
use crate::enrolled::{self, EnrolFault, Given, at_hub};
use motcua_core::hall::Hall;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};

/// Where a device keeps the last configuration it was told.
const HALL_FILE: &str = "hall.toml";
/// Between two attempts to reach a hub that was never reached.
const AGAIN: Duration = Duration::from_secs(1);

/// Milliseconds of a clock that never jumps.
pub(crate) fn mono_ms(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The client of the hub at which the device in `data` is enrolled, with the ticket that it was given where
/// it is not yet. Its certificate is kept young from then on.
pub fn join(
    data: &Path,
    given: Option<&Given>,
    url: Option<&str>,
    runtime: &Runtime,
) -> Result<HubClient, JoinFault> {
    let place = at_hub(data);
    let enrolled = runtime.block_on(enrolled::join(&place, given))?;
    let client = HubClient::new(&enrolled, url)?;
    runtime.spawn(client.clone().keep_young(place));
    Ok(client)
}

/// A device does not come to its hub.
#[derive(Debug, thiserror::Error)]
pub enum JoinFault {
    /// Its certificate.
    #[error(transparent)]
    Enrol(#[from] EnrolFault),
    /// The hub's address.
    #[error(transparent)]
    Hub(#[from] BadHub),
}

/// The hall's configuration at start: the hub's, else the one it told last. A device that has neither
/// has nothing to show and waits for its hub.
pub async fn first_hall(client: &HubClient, data: &Path) -> Hall {
    let mut said = false;
    loop {
        match fetch_hall(client, data).await {
            Ok(hall) => return hall,
            Err(why) => {
                if let Some(hall) = kept_hall(data) {
                    tracing::warn!(why, "the hub was not reached; starting with what it told last");
                    return hall;
                }
                if !said {
                    tracing::error!(why, "waiting for the hub: this device has never met it");
                    said = true;
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn kept_hall(data: &Path) -> Option<Hall> {
    Hall::parse(&std::fs::read_to_string(data.join(HALL_FILE)).ok()?).ok()
}

/// The hub's configuration, kept for the next start.
pub(crate) async fn fetch_hall(client: &HubClient, data: &Path) -> Result<Hall, String> {
    let text = client.hall().await.map_err(|e: Miss| e.to_string())?;
    let hall =
        Hall::parse(&text).map_err(|faults| format!("the hub's configuration is wrong: {faults:?}"))?;
    if let Err(e) = keep(&data.join(HALL_FILE), text.as_bytes()) {
        tracing::warn!(error = %e, "the configuration was not kept for the next start");
    }
    Ok(hall)
}

/// Fetches the configuration when a picture names another version than the one in use, and hands it over.
#[derive(Debug)]
pub(crate) struct HallWatch {
    client: HubClient,
    data: PathBuf,
    runtime: Handle,
    /// Version that is being fetched.
    asked: String,
}

impl HallWatch {
    pub fn new(client: HubClient, data: PathBuf, runtime: Handle) -> HallWatch {
        HallWatch { client, data, runtime, asked: String::new() }
    }

    /// `tell` gets the new configuration on another thread.
    pub fn look(&mut self, used: &str, told: &str, tell: impl FnOnce(Hall) + Send + 'static) {
        if told == used || told == self.asked {
            return;
        }
        told.clone_into(&mut self.asked);
        let (client, data) = (self.client.clone(), self.data.clone());
        self.runtime.spawn(async move {
            match fetch_hall(&client, &data).await {
                Ok(hall) => tell(hall),
                Err(why) => tracing::warn!(why, "the new configuration was not fetched"),
            }
        });
    }

    /// The fetch came to nothing or is done; the next picture may ask again.
    pub fn forget(&mut self) {
        self.asked.clear();
    }
}

/// Where a panel keeps the counter it belongs to.
const COUNTER_FILE: &str = "counter";

/// A device that the hub gave no counter.
#[derive(Debug, thiserror::Error)]
#[error(
    "the hub knows this device, but not as the panel of a counter: add it with --role panel --counter ID"
)]
pub struct NoCounter;

/// The counter of this panel: as the hub says, else as it said last.
pub async fn panel_counter(client: &HubClient, data: &Path) -> Result<String, NoCounter> {
    loop {
        match client.me().await {
            Ok(me) => {
                let counter = me.counter.ok_or(NoCounter)?;
                if let Err(e) = keep(&data.join(COUNTER_FILE), counter.as_bytes()) {
                    tracing::warn!(error = %e, "the counter was not kept for the next start");
                }
                return Ok(counter);
            }
            Err(why) => {
                if let Ok(kept) = std::fs::read_to_string(data.join(COUNTER_FILE)) {
                    return Ok(kept);
                }
                tracing::error!(%why, "waiting for the hub: this panel does not know its counter");
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}
