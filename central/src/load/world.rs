// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all simulated devices share: the clock, the pace, the switch of the
//! network, and what was counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by all devices.
#[derive(Debug)]
pub(super) struct World {
    begun: Instant,
    /// Business events each second, all devices together.
    rate: f64,
    devices: u64,
    /// Events that lie in each outbox besides those of the pace.
    waiting: AtomicU64,
    /// The pace has ended after this many milliseconds.
    until_ms: AtomicU64,
    cut: AtomicBool,
    counted: Mutex<Counted>,
    events: AtomicU64,
    bytes: AtomicU64,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    /// Answers by status; 0 is none.
    pub answers: BTreeMap<u16, u64>,
    /// Time of each batch that was taken, microseconds.
    pub took_us: Vec<u32>,
    /// Requests in each second since the beginning.
    pub requests: Vec<u64>,
    /// Events acknowledged in each second.
    pub acked: Vec<u64>,
}

impl World {
    pub(super) fn new(rate: f64, devices: u64, waiting: u64) -> World {
        World {
            begun: Instant::now(),
            rate,
            devices,
            waiting: AtomicU64::new(waiting),
            until_ms: AtomicU64::new(u64::MAX),
            cut: AtomicBool::new(false),
            counted: Mutex::default(),
            events: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// How many business events device `n` has made by now.
    pub(super) fn head(&self, n: u64) -> u64 {
        self.waiting.load(Relaxed) + self.paced(self.passed_ms(), n)
    }

    fn passed_ms(&self) -> u64 {
        let passed = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        passed.min(self.until_ms.load(Relaxed))
    }

    /// Devices take turns, so that a pace of one event a second is one device a second.
    fn paced(&self, ms: u64, n: u64) -> u64 {
        let all = (ms as f64 / 1000.0 * self.rate) as u64;
        all / self.devices + u64::from(all % self.devices > n)
    }

    /// Minutes of health that device `n` has reported by now.
    pub(super) fn minutes(&self, n: u64) -> u64 {
        (self.passed_ms() + n * 60_000 / self.devices) / 60_000
    }

    /// How long until something new can lie in a device's outbox.
    pub(super) fn idle(&self) -> Duration {
        let each_s = self.devices as f64 / self.rate.max(0.001);
        Duration::from_secs_f64((each_s / 4.0).clamp(0.05, 5.0))
    }

    /// No more new events; returns how many there are in all.
    pub(super) fn end_pace(&self) -> u64 {
        self.until_ms.store(self.passed_ms(), Relaxed);
        (0..self.devices).map(|n| self.head(n)).sum()
    }

    /// Puts so many more events into each outbox.
    pub(super) fn pile(&self, waiting: u64) {
        self.waiting.fetch_add(waiting, Relaxed);
    }

    pub(super) fn switch(&self, cut: bool) {
        self.cut.store(cut, Relaxed);
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Relaxed)
    }

    /// Counts an answer.
    pub(super) fn answered(&self, status: u16, took: Duration) {
        let second = self.second();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.answers.entry(status).or_default() += 1;
        bump(&mut counted.requests, second, 1);
        if status == 200 {
            counted.took_us.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        }
    }

    /// Counts what a receipt covers.
    pub(super) fn acked(&self, events: u64, bytes: u64) {
        self.events.fetch_add(events, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
        let second = self.second();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        bump(&mut counted.acked, second, events);
    }

    fn second(&self) -> usize {
        usize::try_from(self.begun.elapsed().as_secs()).unwrap_or(0)
    }

    /// Business events acknowledged, and bytes of their packed batches.
    pub(super) fn delivered(&self) -> (u64, u64) {
        (self.events.load(Relaxed), self.bytes.load(Relaxed))
    }

    /// Everything counted since the last call.
    pub(super) fn take(&self) -> Counted {
        std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn bump(seconds: &mut Vec<u64>, at: usize, by: u64) {
    if seconds.len() <= at {
        seconds.resize(at + 1, 0);
    }
    seconds[at] += by;
}

#[cfg(test)]
mod tests {
    use super::World;

    #[test]
    fn the_pace_is_shared_out_whole() {
        let world = World::new(51.0, 5_000, 0);
        for ms in [0, 19, 20, 1_000, 98_000, 100_000, 3_600_000] {
            let all: u64 = (0..5_000).map(|n| world.paced(ms, n)).sum();
            assert_eq!(all, ms * 51 / 1000, "{ms}");
        }
    }
}
