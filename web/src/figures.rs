// SPDX-License-Identifier: MIT OR Apache-2.0
//! Means and percentiles.

use std::collections::BTreeMap;

/// From one moment to another in minutes; 0 where the clock went back.
pub fn minutes(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms).max(0) as f64 / 60_000.0
}

/// The mean; none of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The nearest-rank percentile, 1 to 100; sorts what it is given.
pub fn percentile(values: &mut [f64], percent: usize) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * percent).div_ceil(100).saturating_sub(1)).copied()
}

/// Times counted by whole seconds, so that a database may count them and nobody needs each one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    seconds: BTreeMap<i64, u64>,
    count: u64,
    sum_ms: i64,
}

impl Times {
    /// So many times of this second, together `sum_ms`.
    pub fn add(&mut self, second: i64, count: u64, sum_ms: i64) {
        *self.seconds.entry(second).or_default() += count;
        self.count += count;
        self.sum_ms = self.sum_ms.saturating_add(sum_ms);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean in minutes; exact.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_ms as f64 / 60_000.0 / self.count as f64)
    }

    /// Nearest-rank percentile in minutes, to the second.
    pub fn percentile(&self, percent: u64) -> Option<f64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.seconds.iter().find_map(|(second, n)| {
            seen += n;
            (seen >= rank).then_some(*second as f64 / 60.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_times_are_those_of_the_list() {
        let seconds = [600_i64, 60, 120, 120, 900, 30, 45, 300, 300, 240, 1200];
        let mut times = Times::default();
        seconds.iter().for_each(|s| times.add(*s, 1, s * 1000));
        let mut list: Vec<f64> = seconds.iter().map(|s| minutes(0, s * 1000)).collect();
        assert_eq!(times.mean(), mean(&list));
        for percent in [1, 50, 90, 100] {
            assert_eq!(times.percentile(percent as u64), percentile(&mut list, percent), "{percent}");
        }
        assert_eq!(Times::default().percentile(50), None);
        assert_eq!(percentile(&mut [], 90), None);
    }
}
