// SPDX-License-Identifier: MIT OR Apache-2.0
//! When to try again: full jitter, so that five thousand devices that lost the
//! central together do not come back together.

use std::time::Duration;

/// The longest a first retry waits.
const FIRST: Duration = Duration::from_secs(1);
/// The longest any retry waits.
const LONGEST: Duration = Duration::from_secs(300);

/// Counts failures in a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff(u32);

impl Backoff {
    /// It worked: the next failure is the first again.
    pub fn reset(&mut self) {
        self.0 = 0;
    }

    /// How long to wait after one failure more: anything from 0 to 1, 2, 4, … 300 s. `random` is uniform in
    /// 0..=`u32::MAX`.
    pub fn failed(&mut self, random: u32) -> Duration {
        let limit = FIRST.saturating_mul(1 << self.0.min(9)).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        limit.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// After a receiver named a time: that, and up to half as much again.
    pub fn told(&mut self, wait: Duration, random: u32) -> Duration {
        self.0 = self.0.saturating_add(1);
        let wait = wait.min(LONGEST);
        wait + (wait / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_doubles_and_stops_at_five_minutes() {
        let mut backoff = Backoff::default();
        let longest: Vec<u64> = (0..12).map(|_| backoff.failed(u32::MAX).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        backoff.reset();
        assert_eq!(backoff.failed(u32::MAX).as_secs(), 1);
        assert_eq!(backoff.failed(0), Duration::ZERO);
    }

    #[test]
    fn a_named_time_is_kept() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.told(Duration::from_secs(10), 0), Duration::from_secs(10));
        assert_eq!(backoff.told(Duration::from_secs(10), u32::MAX), Duration::from_secs(15));
        assert_eq!(backoff.told(Duration::from_secs(9_999), 0), Duration::from_secs(300));
    }
}
