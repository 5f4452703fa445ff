// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every figure of docs/benchmarks.md in one run, as a table and as JSON. Rates
//! are given as multiples of one bare durable commit per ticket on the same
//! disk in the same run, because machines differ and are noisy.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench talks and stops"
)]

mod card;
mod frames;
mod hall;
mod hub;
mod kiosk;
mod paper;
mod search;
mod slow_disk;

use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// One line of the table.
#[derive(Debug, Serialize, Deserialize)]
pub struct Figure {
    group: String,
    what: String,
    value: f64,
    unit: String,
    /// How it relates to something measured in the same run.
    relation: String,
}

/// Collects lines.
#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
    /// Only collects.
    quiet: bool,
}

impl Report {
    pub fn add(
        &mut self,
        group: &str,
        what: impl Into<String>,
        value: f64,
        unit: &str,
        relation: impl Into<String>,
    ) {
        let (group, unit) = (group.to_owned(), unit.to_owned());
        self.take(Figure { group, what: what.into(), value, unit, relation: relation.into() });
    }

    fn take(&mut self, f: Figure) {
        if !self.quiet {
            println!("{:10} {:58} {:>12.2} {:6} {}", f.group, f.what, f.value, f.unit, f.relation);
        }
        self.figures.push(f);
    }

    fn json(&self) -> String {
        serde_json::to_string_pretty(&self.figures).unwrap()
    }
}

/// The value below which `part` of the sorted times lie, milliseconds.
pub fn quantile(times: &mut [Duration], part: f64) -> f64 {
    times.sort();
    let at = ((times.len() - 1) as f64 * part).round() as usize;
    times[at].as_secs_f64() * 1000.0
}

/// Times `n` runs of `call`.
pub fn time(n: usize, mut call: impl FnMut()) -> Vec<Duration> {
    (0..n)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect()
}

fn main() {
    // `cargo test --benches` and nextest ask for a list of tests; there is none here.
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    if slow_disk::is_here() {
        slow_disk::measure();
        return;
    }
    if card::is_here() {
        card::measure();
        return;
    }
    // `cargo bench --bench figures -- hall kiosk` measures these groups only.
    let named: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |group: &str| named.is_empty() || named.iter().any(|n| n == group);
    let mut report = Report::default();
    if wanted("paper") {
        paper::run(&mut report);
    }
    if wanted("frames") {
        frames::run(&mut report);
    }
    if wanted("card") {
        card::run(&mut report);
    }
    if wanted("search") {
        search::run(&mut report);
    }
    // The yardstick of the others.
    if ["hub", "slow-disk", "kiosk", "hall"].into_iter().any(wanted) {
        let bare = if wanted("hub") { hub::run(&mut report) } else { hub::bare(&mut report) };
        if wanted("slow-disk") {
            slow_disk::run(&mut report);
        }
        if wanted("kiosk") {
            kiosk::run(&mut report, bare);
        }
        if wanted("hall") {
            hall::run(&mut report, bare);
        }
    }
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("figures.json");
    std::fs::write(&out, report.json()).unwrap();
    println!("\nas JSON: {}", out.display());
}
