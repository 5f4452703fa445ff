// SPDX-License-Identifier: MIT OR Apache-2.0
//! The log lane: warnings and errors as they come, the last lines when the
//! central asks for them. What may be somebody's number is blotted out.

use motcua_link::data::{Body, DeviceLog, blot};
use motcua_link::send::Ring;
use motcua_link::wire::Lane;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Lines that are remembered.
const KEPT: usize = 500;

/// Lines of this process, oldest first, with the number of those that went to the lane already.
static LINES: Mutex<Lines> = Mutex::new(Lines { lines: VecDeque::new(), first: 0, told: 0 });

struct Lines {
    lines: VecDeque<(i64, DeviceLog)>,
    /// Number of the oldest that is remembered.
    first: u64,
    /// Everything before this number is told.
    told: u64,
}

/// Target of lines that stay on this machine: secrets for whoever stands before it.
pub const HERE_ONLY: &str = "motcua::here_only";

/// Remembers what the program logs.
#[derive(Clone, Copy, Debug)]
pub struct Remember;

impl<S: Subscriber> Layer<S> for Remember {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == HERE_ONLY {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let meta = event.metadata();
        let line = DeviceLog {
            level: meta.level().to_string().to_lowercase(),
            target: meta.target().to_owned(),
            message: blot(words.0.trim()),
        };
        let mut kept = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        kept.lines.push_back((crate::clock::unix_ms(), line));
        if kept.lines.len() > KEPT {
            kept.lines.pop_front();
            kept.first += 1;
        }
    }
}

#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?} "),
            name => write!(self.0, "{name}={value:?} "),
        };
    }
}

/// Every remembered line to the lane; how many.
pub(super) fn collect(ring: &Ring) -> rusqlite::Result<usize> {
    tell(ring, |_| true, true)
}

/// New warnings and errors to the lane; how many.
pub(super) fn tell_new(ring: &Ring) -> rusqlite::Result<usize> {
    let bad = [Level::ERROR, Level::WARN].map(|l| l.to_string().to_lowercase());
    tell(ring, |line| bad.contains(&line.level), false)
}

fn tell(ring: &Ring, wanted: impl Fn(&DeviceLog) -> bool, again: bool) -> rusqlite::Result<usize> {
    let lines: Vec<(i64, DeviceLog)> = {
        let mut kept = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        let skip = if again { 0 } else { kept.told.saturating_sub(kept.first) };
        let skip = usize::try_from(skip).unwrap_or(0);
        let chosen = kept.lines.iter().skip(skip).filter(|(_, l)| wanted(l)).cloned().collect();
        kept.told = kept.first + kept.lines.len() as u64;
        chosen
    };
    for (at_ms, line) in &lines {
        let body = Body::from(line.clone());
        ring.add(Lane::Log, body.kind(), *at_ms, &body)?;
    }
    Ok(lines.len())
}
