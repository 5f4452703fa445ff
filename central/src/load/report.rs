// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a run of the load generator found, as a table and as JSON.

use super::bare::Bare;
use super::world::Counted;
use serde::Serialize;
use std::collections::BTreeMap;

/// One phase of a run: at a pace, or until the outboxes were empty.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Phase {
    /// Which.
    pub name: &'static str,
    /// How long it lasted.
    pub seconds: f64,
    /// Business events acknowledged.
    pub events: u64,
    /// Events each second.
    pub events_per_s: f64,
    /// Batches of all lanes taken each second.
    pub batches_per_s: f64,
    /// Events each second of processor time of the central, and of its database if that is a process of its own.
    pub events_per_core_s: f64,
    /// Processor time of the central for one event, microseconds.
    pub cpu_us_per_event: f64,
    /// Processor time of PostgreSQL for one event, microseconds.
    pub database_cpu_us_per_event: f64,
    /// Bytes of packed batches for one event.
    pub wire_bytes_per_event: f64,
    /// From the request to the durable answer, milliseconds.
    pub p50_ms: f64,
    /// The same.
    pub p95_ms: f64,
    /// The same.
    pub p99_ms: f64,
    /// Answers by status; 0 is none.
    pub answers: BTreeMap<u16, u64>,
    /// Most requests in one second.
    pub peak_requests_per_s: u64,
    /// Most events acknowledged in one second.
    pub peak_events_per_s: u64,
}

/// Everything of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `sqlite`, `postgresql` or the address.
    pub target: String,
    /// Devices.
    pub devices: u64,
    /// Time to make all keys and certificates, seconds.
    pub certificates_s: f64,
    /// Mutual TLS handshakes each second, with the first question.
    pub handshakes_per_s: f64,
    /// Processor time of the central for a handshake and its question, microseconds.
    pub handshake_cpu_us: f64,
    /// Phases in their order.
    pub phases: Vec<Phase>,
    /// Resident memory of the central at the end, MiB.
    pub rss_mib: f64,
    /// At its highest.
    pub peak_mib: f64,
    /// Bytes of the database for one event, with everything made of it.
    pub disk_bytes_per_event: f64,
    /// The yardstick of the same database.
    pub bare: Option<Bare>,
    /// Ingest of the last phase as a part of the bare rate.
    pub of_bare: Option<f64>,
}

/// What was read before and after a phase.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    pub cpu_s: f64,
    pub database_cpu_s: f64,
    pub events: u64,
    pub bytes: u64,
}

impl Phase {
    pub(super) fn of(
        name: &'static str,
        seconds: f64,
        before: Reading,
        after: Reading,
        mut counted: Counted,
    ) -> Phase {
        let events = after.events - before.events;
        let each = |value: f64| if events == 0 { 0.0 } else { value / events as f64 };
        counted.took_us.sort_unstable();
        let place = |part: f64| {
            let at = (counted.took_us.len() as f64 * part) as usize;
            counted.took_us.get(at.min(counted.took_us.len().saturating_sub(1))).copied().unwrap_or(0)
        };
        let ms = |part: f64| f64::from(place(part)) / 1000.0;
        let cpu_s = after.cpu_s - before.cpu_s;
        let database_cpu_s = after.database_cpu_s - before.database_cpu_s;
        Phase {
            name,
            seconds,
            events,
            events_per_s: events as f64 / seconds,
            batches_per_s: counted.took_us.len() as f64 / seconds,
            events_per_core_s: events as f64 / (cpu_s + database_cpu_s).max(0.01),
            cpu_us_per_event: each(cpu_s * 1e6),
            database_cpu_us_per_event: each(database_cpu_s * 1e6),
            wire_bytes_per_event: each((after.bytes - before.bytes) as f64),
            p50_ms: ms(0.5),
            p95_ms: ms(0.95),
            p99_ms: ms(0.99),
            peak_requests_per_s: counted.requests.iter().copied().max().unwrap_or(0),
            peak_events_per_s: counted.acked.iter().copied().max().unwrap_or(0),
            answers: counted.answers,
        }
    }
}

impl Report {
    /// For a person.
    pub fn table(&self) -> String {
        let mut out = format!(
            "{}: {} devices, certificates {:.1} s, {:.0} handshakes/s at {:.0} CPU-us\n",
            self.target, self.devices, self.certificates_s, self.handshakes_per_s, self.handshake_cpu_us
        );
        for p in &self.phases {
            let answers: Vec<String> = p.answers.iter().map(|(s, n)| format!("{n} x {s}")).collect();
            out += &format!(
                "\n{:<28} {:>12}\n{:<28} {:>12.1}\n{:<28} {:>12}\n{:<28} {:>12.0}\n{:<28} {:>12.0}\n{:<28} {:>12.0}\n\
                 {:<28} {:>12.1}\n{:<28} {:>12.1}\n{:<28} {:>12.1}\n{:<28} {:>12}\n{:<28} {:>12}\n{:<28} {:>12}\n{:<28} {:>12}\n",
                "phase",
                p.name,
                "seconds",
                p.seconds,
                "events",
                p.events,
                "events/s",
                p.events_per_s,
                "events/s per core",
                p.events_per_core_s,
                "batches/s",
                p.batches_per_s,
                "CPU-us/event, central",
                p.cpu_us_per_event,
                "CPU-us/event, PostgreSQL",
                p.database_cpu_us_per_event,
                "bytes/event on the wire",
                p.wire_bytes_per_event,
                "batch p50/p95/p99, ms",
                format!("{:.1} / {:.1} / {:.1}", p.p50_ms, p.p95_ms, p.p99_ms),
                "most requests in 1 s",
                p.peak_requests_per_s,
                "most events in 1 s",
                p.peak_events_per_s,
                "answers",
                answers.join(", "),
            );
        }
        out += &format!("\nmemory {:.0} MiB, at most {:.0} MiB\n", self.rss_mib, self.peak_mib);
        out += &format!("database {:.0} bytes/event\n", self.disk_bytes_per_event);
        if let Some(bare) = &self.bare {
            out += &format!("bare: {}: {:.0} rows/s", bare.what, bare.rows_per_s);
            if let Some(cpu_us) = bare.cpu_us {
                out += &format!(", {cpu_us:.1} CPU-us/row");
            }
            out += &format!("; ingest is {:.3} of it\n", self.of_bare.unwrap_or(0.0));
        }
        out
    }
}
