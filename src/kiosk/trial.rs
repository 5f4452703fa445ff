// SPDX-License-Identifier: MIT OR Apache-2.0
//! The test mode of a kiosk: its numbers are given by a hub of its own that is thrown away, its hall is open, and it
//! ends by itself when nobody touches it.

use super::Kiosk;
use crate::clock::WallClock;
use crate::steward::client::{Asked, StewardClient};
use crate::technician::DoorOptions;
use clap::Args;
use motcua_core::day;
use motcua_core::hall::Hall;
use slint::{Timer, TimerMode};
use std::rc::Rc;
use std::time::Duration;
use tokio::runtime::Handle;

/// How often the last touch is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Between two requests to end it.
const AGAIN: u64 = 10;

/// Whether it is one.
#[derive(Clone, Debug, Args)]
pub struct TrialOptions {
    /// Test mode: numbers count nowhere, every screen and paper says so, the hall is open. Give it a directory that is thrown away.
    #[arg(long, requires = "hall", conflicts_with = "at_hub")]
    trial: bool,
    /// Seconds without a touch after which the test mode ends.
    #[arg(long, value_name = "SECONDS", default_value_t = 900, hide = true)]
    trial_idle: u64,
}

impl TrialOptions {
    pub(super) fn on(&self) -> bool {
        self.trial
    }

    /// Ends it after a long time without a touch: through the steward, which starts the role again.
    pub(super) fn end(&self, kiosk: &Rc<Kiosk>, door: &DoorOptions, runtime: &Handle) -> Timer {
        let steward = door.socket.as_deref().and_then(|socket| {
            let fault = |e: &Asked| {
                tracing::error!(error = crate::hub::chain(e), "the test mode cannot end by itself");
            };
            StewardClient::new(socket).inspect_err(fault).ok()
        });
        let (kiosk, runtime, limit) = (Rc::downgrade(kiosk), runtime.clone(), self.trial_idle);
        let timer = Timer::default();
        timer.start(TimerMode::Repeated, LOOK, move || {
            let Some(quiet) = kiosk.upgrade().map(|k| k.quiet().as_secs()) else { return };
            if quiet < limit || (quiet - limit) % AGAIN != 0 {
                return;
            }
            tracing::info!("nobody is at the test mode; it ends");
            let Some(steward) = steward.clone() else { return drop(slint::quit_event_loop()) };
            runtime.spawn(async move {
                if let Err(e) = steward.order("technician/leave").await {
                    tracing::error!(error = crate::hub::chain(&e), "the test mode is not ended");
                }
            });
        });
        timer
    }
}

/// A technician who tries a kiosk in the evening needs an open hall: the clock then shows its next opening hours.
pub(super) fn clock(hall: &Hall) -> WallClock {
    let device = WallClock::device(hall.utc_offset_minutes);
    let now = device.now().local;
    let opens = match day::hours(hall, now) {
        day::Hours::Open { .. } => None,
        day::Hours::Lunch { opens } => Some(opens),
        day::Hours::Closed { opens } | day::Hours::Holiday { opens, .. } => opens,
    };
    // Also where the clock of the device is not set: nothing is counted by it.
    WallClock::starting_at(opens.unwrap_or(now), hall.utc_offset_minutes)
}
