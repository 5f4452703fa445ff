// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wall clock of the device, read in one place. Whether it is synchronised
//! is what systemd-timesyncd leaves behind; the core decides what to make of it.

use jiff::civil::DateTime;
use motcua_core::day::Now;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Touched by systemd-timesyncd after a synchronisation of this boot.
const SYNCED: &str = "/run/systemd/timesync/synchronized";

/// Milliseconds since 1970-01-01 UTC; negative on a clock before that.
pub fn unix_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(d) => i64::try_from(d.as_millis()).unwrap_or(i64::MAX),
        Err(e) => -i64::try_from(e.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

/// Where the hub and the kiosk get their time: the device's clock, or on the bench one that a person
/// sets. Clones show the same time.
#[derive(Clone, Debug)]
pub struct WallClock {
    utc_offset_minutes: i16,
    /// Added to the device's clock, milliseconds.
    shift_ms: Arc<AtomicI64>,
    /// Added to that, milliseconds: how far another clock is ahead of it.
    ahead_ms: Arc<AtomicI64>,
    believed: Arc<AtomicBool>,
}

impl WallClock {
    /// The device's clock in the hall's offset.
    pub fn device(utc_offset_minutes: i16) -> WallClock {
        WallClock {
            utc_offset_minutes,
            shift_ms: Arc::default(),
            ahead_ms: Arc::default(),
            believed: Arc::default(),
        }
    }

    /// A clock that shows `local` now and runs on. For the bench and for tests; counts as synchronised.
    pub fn starting_at(local: DateTime, utc_offset_minutes: i16) -> WallClock {
        let clock = WallClock::device(utc_offset_minutes);
        clock.believed.store(true, Ordering::Relaxed);
        clock.set(local);
        clock
    }

    /// A clock that goes with this one and shows the time of another device, which was so far ahead
    /// when it was last heard. Not believed before it is [heard](Self::hear).
    pub fn beside(&self, utc_offset_minutes: i16, ahead_ms: i64) -> WallClock {
        WallClock {
            utc_offset_minutes,
            shift_ms: self.shift_ms.clone(),
            ahead_ms: Arc::new(AtomicI64::new(ahead_ms)),
            believed: Arc::default(),
        }
    }

    /// The other device's clock shows this now, milliseconds UTC. Returns how far it is ahead.
    pub fn hear(&self, other_ms: i64) -> i64 {
        let mine_ms = unix_ms().saturating_add(self.shift_ms.load(Ordering::Relaxed));
        let ahead_ms = other_ms.saturating_sub(mine_ms);
        self.ahead_ms.store(ahead_ms, Ordering::Relaxed);
        self.believed.store(true, Ordering::Relaxed);
        ahead_ms
    }

    /// Shows `local` from now on, for every clone.
    pub fn set(&self, local: DateTime) {
        let local_ms = local.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_millis();
        let utc_ms = i64::try_from(local_ms).unwrap_or(0) - i64::from(self.utc_offset_minutes) * 60_000;
        self.shift_ms.store(utc_ms - unix_ms(), Ordering::Relaxed);
    }

    /// One reading.
    pub fn now(&self) -> Now {
        let synced = self.believed.load(Ordering::Relaxed) || Path::new(SYNCED).exists();
        let shift_ms = self.shift_ms.load(Ordering::Relaxed);
        let ahead_ms = self.ahead_ms.load(Ordering::Relaxed);
        let unix_ms = unix_ms().saturating_add(shift_ms).saturating_add(ahead_ms);
        Now::new(unix_ms, self.utc_offset_minutes, synced)
    }
}
