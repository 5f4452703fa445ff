// SPDX-License-Identifier: MIT OR Apache-2.0
//! The range of waiting time printed on a ticket.
//!
//! For each service the last [`KEEP`] service times are kept, today's and those
//! of the days before. With a mean of `m` minutes and a variance of `v`, the
//! work of the `n` people ahead plus half a person already at the desk is a sum
//! of `n + ½` such times; a Gamma distribution with the same mean and variance
//! stands for that sum (it is positive and skewed as service times are). The
//! range is from its 20th to its 80th percentile, by the Wilson–Hilferty
//! approximation, divided by the desks that finished somebody of this service
//! in the last hour, and rounded outwards: to 1 minute under ten, to 5 above.
//! With fewer than [`ENOUGH`] service times there is no range, and paper and
//! screen say "chưa rõ".

use crate::view::WaitRange;
use std::collections::VecDeque;

/// Service times kept per service.
pub const KEEP: usize = 200;
/// Service times needed before a range is said.
pub const ENOUGH: usize = 5;
/// Standard normal 80th percentile.
const Z80: f64 = 0.841_621;
/// A desk counts as serving while it finished somebody this recently.
const ACTIVE_MS: i64 = 3600 * 1000;
/// One forgotten "finish" must not spoil a day: a service time counts at most this many minutes.
const LONGEST_MIN: f64 = 90.0;

/// Recent service times of one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceTimes {
    minutes: VecDeque<f64>,
    /// Newest finish of each desk, milliseconds UTC.
    desks: Vec<(String, i64)>,
}

impl ServiceTimes {
    /// Somebody was served at `counter` from `started_ms` to `ended_ms`.
    pub fn add(&mut self, counter: &str, started_ms: i64, ended_ms: i64) {
        let minutes = ended_ms.saturating_sub(started_ms).max(0) as f64 / 60_000.0;
        self.minutes.push_back(minutes.min(LONGEST_MIN));
        if self.minutes.len() > KEEP {
            self.minutes.pop_front();
        }
        match self.desks.iter_mut().find(|(c, _)| c == counter) {
            Some(desk) => desk.1 = desk.1.max(ended_ms),
            None => self.desks.push((counter.to_owned(), ended_ms)),
        }
    }

    /// The range for somebody with `ahead` people before them, at `now_ms`.
    pub fn range(&self, ahead: u32, now_ms: i64) -> Option<WaitRange> {
        if self.minutes.len() < ENOUGH {
            return None;
        }
        if ahead == 0 {
            return Some(WaitRange { from: 0, to: ceil(self.mean()) });
        }
        let desks = self.desks.iter().filter(|(_, at)| now_ms.saturating_sub(*at) < ACTIVE_MS).count().max(1);
        let people = f64::from(ahead) + 0.5;
        let (mean, variance) = (people * self.mean(), people * self.variance());
        let low = gamma_quantile(mean, variance, -Z80) / desks as f64;
        let high = gamma_quantile(mean, variance, Z80) / desks as f64;
        Some(WaitRange { from: floor(low), to: ceil(high) })
    }

    fn mean(&self) -> f64 {
        self.minutes.iter().sum::<f64>() / self.minutes.len() as f64
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        self.minutes.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (self.minutes.len() - 1) as f64
    }
}

/// Never "0 to 0": the upper end is at least one minute.
fn ceil(minutes: f64) -> u32 {
    let step = if minutes <= 10.0 { 1.0 } else { 5.0 };
    ((minutes / step).ceil() * step).max(1.0) as u32
}

fn floor(minutes: f64) -> u32 {
    let step = if minutes <= 10.0 { 1.0 } else { 5.0 };
    ((minutes / step).floor() * step).max(0.0) as u32
}

/// Quantile of the Gamma distribution with this mean and variance at normal deviate `z`
/// (E. B. Wilson, M. M. Hilferty, 1931).
fn gamma_quantile(mean: f64, variance: f64, z: f64) -> f64 {
    if variance <= f64::EPSILON || mean <= f64::EPSILON {
        return mean;
    }
    let shape = mean * mean / variance;
    let cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
    mean * cube.max(0.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(minutes: &[u32]) -> ServiceTimes {
        let mut t = ServiceTimes::default();
        for m in minutes {
            t.add("1", 0, i64::from(*m) * 60_000);
        }
        t
    }

    #[test]
    fn unknown_until_five_people_were_served() {
        assert_eq!(served(&[5, 5, 5, 5]).range(3, 0), None);
        assert!(served(&[5, 5, 5, 5, 5]).range(3, 0).is_some());
    }

    #[test]
    fn equal_times_give_the_plain_product() {
        // 3.5 people x 4 minutes, no spread: 14 minutes, rounded outwards to fives.
        assert_eq!(served(&[4; 10]).range(3, 0), Some(WaitRange { from: 10, to: 15 }));
        assert_eq!(served(&[4; 10]).range(0, 0), Some(WaitRange { from: 0, to: 4 }));
    }

    #[test]
    fn two_desks_halve_it_while_both_work() {
        let mut t = served(&[4; 10]);
        let hour = 3_600_000;
        t.add("2", hour, hour + 240_000);
        t.add("1", hour, hour + 240_000);
        assert_eq!(t.range(9, hour + 300_000), Some(WaitRange { from: 15, to: 20 }));
        // Only desk 2 goes on: two hours later it alone counts.
        t.add("2", 3 * hour, 3 * hour + 240_000);
        assert_eq!(t.range(9, 3 * hour + 300_000), Some(WaitRange { from: 35, to: 40 }));
    }

    #[test]
    fn a_forgotten_finish_counts_as_ninety_minutes() {
        let mut t = served(&[4; 10]);
        t.add("1", 0, i64::MAX);
        assert!(t.range(1, 0).unwrap().to <= 60, "{:?}", t.range(1, 0));
    }

    /// A queue of skewed service times (exponential, mean 6) at one desk: the printed range must
    /// hold the real wait about as often as 20 to 80 percent plus rounding says.
    #[test]
    fn the_range_covers_the_real_wait() {
        let mut seed = 42_u64;
        let mut draw = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let unit = ((seed >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
            -6.0 * unit.ln()
        };
        let mut t = ServiceTimes::default();
        for _ in 0..KEEP {
            t.add("1", 0, (draw() * 60_000.0) as i64);
        }
        let (mut inside, mut trials) = (0, 0);
        for ahead in [2_u32, 4, 8, 16] {
            let range = t.range(ahead, 0).unwrap();
            for _ in 0..500 {
                // The person at the desk is on average half done.
                let wait: f64 = (0..ahead).map(|_| draw()).sum::<f64>() + draw() / 2.0;
                trials += 1;
                inside += u32::from(f64::from(range.from) <= wait && wait <= f64::from(range.to));
            }
        }
        let share = f64::from(inside) / f64::from(trials);
        assert!((0.55..0.85).contains(&share), "{share}");
    }
}
