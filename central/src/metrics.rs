// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Prometheus is told: batches and events by lane and outcome, how long a
//! batch took, devices heard. The names are in docs/central.md.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use motcua_link::receive::Problems;
use motcua_link::wire::Lane;
use std::time::Duration;

/// Upper bounds of the buckets of a batch's time, seconds.
const BUCKETS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// Counts for the process; once.
///
/// # Errors
/// Another recorder is installed.
pub fn install() -> Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    let name = Matcher::Full("motcua_batch_seconds".into());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(name, BUCKETS)?.install_recorder()?;
    metrics::describe_counter!("motcua_batches_total", "Batches answered, by lane and HTTP status");
    metrics::describe_counter!("motcua_events_total", "Events covered by taken batches, by lane");
    metrics::describe_histogram!("motcua_batch_seconds", "Time from the first byte to the durable answer");
    metrics::describe_counter!(
        "motcua_province_inputs_total",
        "Documents of the provincial system, by document, adapter and outcome"
    );
    metrics::describe_counter!(
        "motcua_province_pulls_total",
        "Questions to the provincial system, by document and outcome"
    );
    Ok(handle)
}

/// Counts what the receiver answers.
#[derive(Clone, Copy, Debug)]
pub struct Counted;

impl Problems for Counted {
    fn answered(&self, lane: Lane, outcome: Result<u64, u16>, took: Duration) {
        let status = outcome.err().unwrap_or(200).to_string();
        metrics::counter!("motcua_batches_total", "lane" => lane.word(), "status" => status).increment(1);
        if let Ok(events) = outcome {
            metrics::counter!("motcua_events_total", "lane" => lane.word()).increment(events);
            metrics::histogram!("motcua_batch_seconds", "lane" => lane.word()).record(took.as_secs_f64());
        }
    }
}
