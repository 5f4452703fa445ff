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

mod frames;
mod hub;
mod kiosk;
mod paper;

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One line of the table.
#[derive(Debug)]
pub struct Figure {
    group: &'static str,
    what: String,
    value: f64,
    unit: &'static str,
    /// How it relates to something measured in the same run.
    relation: String,
}

/// Collects lines.
#[derive(Debug, Default)]
pub struct Report(Vec<Figure>);

impl Report {
    pub fn add(
        &mut self,
        group: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        relation: impl Into<String>,
    ) {
        let figure = Figure { group, what: what.into(), value, unit, relation: relation.into() };
        println!(
            "{:10} {:58} {:>12.2} {:6} {}",
            figure.group, figure.what, figure.value, figure.unit, figure.relation
        );
        self.0.push(figure);
    }

    fn json(&self) -> Value {
        let line = |f: &Figure| json!({ "group": f.group, "what": f.what, "value": f.value, "unit": f.unit, "relation": f.relation });
        Value::Array(self.0.iter().map(line).collect())
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
    let mut report = Report::default();
    paper::run(&mut report);
    frames::run(&mut report);
    let bare = hub::run(&mut report);
    kiosk::run(&mut report, bare);
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("figures.json");
    std::fs::write(&out, serde_json::to_string_pretty(&report.json()).unwrap()).unwrap();
    println!("\nas JSON: {}", out.display());
}
