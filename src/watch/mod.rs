// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether this program really works, told to those who look after it: every
//! role writes how it is into a small file, and feeds systemd's watchdog only
//! while frames are drawn and its database answers. A program that hangs, or
//! that draws nothing any more, is so started anew.

mod keeper;
mod pulse;
mod state;

pub use keeper::{Look, Ping, keep};
pub use pulse::{Pulsing, beat};
pub use state::{Facts, HubWay, RoleState, StateError, read};

use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often the file is written.
const STATE_EVERY: Duration = Duration::from_secs(2);

/// Where a role tells how it is.
#[derive(Clone, Debug, Default, Args)]
pub struct WatchOptions {
    /// Directory of the state file that the device's other programs read; none is written without.
    #[arg(long = "state", value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// One watched program.
#[derive(Clone, Debug)]
pub struct Watch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    role: &'static str,
    dir: Option<PathBuf>,
    /// systemd started this program and wants to hear of it.
    notified: bool,
    /// Within this time it wants a sign of life; none without a watchdog.
    limit: Option<Duration>,
    /// There is a screen, and the last frame of it that was really drawn.
    screen: bool,
    drawn: Mutex<Option<Drawn>>,
    news: Notify,
}

#[derive(Clone, Copy, Debug)]
struct Drawn {
    at: Instant,
    unix_ms: i64,
}

impl Watch {
    /// A watch over this process in `role`; with a screen, frames count. None where nobody wants to know.
    pub fn of(role: &'static str, options: &WatchOptions, screen: bool) -> Option<Watch> {
        let notified = std::env::var_os("NOTIFY_SOCKET").is_some();
        let limit = sd_notify::watchdog_enabled().filter(|_| notified);
        (notified || options.dir.is_some()).then(|| {
            Watch(Arc::new(Inner {
                role,
                dir: options.dir.clone(),
                notified,
                limit,
                screen,
                drawn: Mutex::default(),
                news: Notify::new(),
            }))
        })
    }

    /// The renderer has just drawn.
    fn drew(&self) {
        let drawn = Drawn { at: Instant::now(), unix_ms: crate::clock::unix_ms() };
        let before = self.0.drawn.lock().unwrap_or_else(PoisonError::into_inner).replace(drawn);
        if before.is_none() {
            self.0.news.notify_one();
        }
    }

    fn last_drawn(&self) -> Option<Drawn> {
        *self.0.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Half of what systemd allows: the time between two signs of life.
    fn pace(&self) -> Option<Duration> {
        self.0.limit.map(|limit| limit / 2)
    }

    /// How often the pixel is to be drawn, so that each sign of life has a fresh frame.
    fn tick(&self) -> Duration {
        self.pace().map_or(Duration::from_secs(1), |pace| (pace / 3).min(Duration::from_secs(1)))
    }
}
