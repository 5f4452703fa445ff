// SPDX-License-Identifier: MIT OR Apache-2.0
//! The outgoing side of an open link: groups of commands in order, status questions between them, and the pace of a
//! serial line. Decides when a byte may go; what the bytes are is decided by its callers.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::printer::transport::{Transport, TransportError};

/// What has been written so far belongs to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A status question, a recovery command: not part of a job.
    Aside,
    /// Part of the job in flight.
    Job,
    /// The group that asks for the proof; the last of a job.
    Proof,
}

/// Something that happened while bytes were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    /// The first byte of the job left.
    JobBegan,
    /// The whole job and its proof question left.
    JobEnded,
}

struct Group {
    kind: Kind,
    bytes: Vec<u8>,
    written: usize,
}

/// The queue of outgoing bytes.
pub(super) struct Sender {
    asides: VecDeque<Vec<u8>>,
    job: VecDeque<Group>,
    current: Option<Group>,
    job_began: bool,
    pace: Option<Pace>,
    last_progress: Instant,
}

/// Keeps what lies in the kernel's buffer small on a slow line: a question must reach the printer soon, and what has not
/// been sent when a fault shows can still be held back.
struct Pace {
    bytes_per_second: f64,
    burst: f64,
    credit: f64,
    since: Instant,
}

impl Pace {
    fn new(bytes_per_second: u32, now: Instant) -> Pace {
        let rate = f64::from(bytes_per_second);
        let burst = (rate * 0.08).max(64.0);
        Pace { bytes_per_second: rate, burst, credit: burst, since: now }
    }

    fn allowed(&mut self, now: Instant) -> usize {
        let grown = now.saturating_duration_since(self.since).as_secs_f64() * self.bytes_per_second;
        self.credit = (self.credit + grown).min(self.burst);
        self.since = now;
        self.credit as usize
    }
}

impl Sender {
    pub(super) fn new(transport: &dyn Transport, now: Instant) -> Sender {
        Sender {
            asides: VecDeque::new(),
            job: VecDeque::new(),
            current: None,
            job_began: false,
            pace: transport.bytes_per_second().map(|rate| Pace::new(rate, now)),
            last_progress: now,
        }
    }

    /// Queues something that is not part of a job; it goes out at the next boundary between groups.
    pub(super) fn aside(&mut self, bytes: impl Into<Vec<u8>>) {
        self.asides.push_back(bytes.into());
    }

    /// Queues a whole job; `proof` is the question behind it.
    pub(super) fn job(&mut self, groups: Vec<Vec<u8>>, proof: Vec<u8>) {
        self.job_began = false;
        self.job.extend(groups.into_iter().map(|bytes| Group { kind: Kind::Job, bytes, written: 0 }));
        self.job.push_back(Group { kind: Kind::Proof, bytes: proof, written: 0 });
    }

    /// Drops what is left of the job; a group that has begun is dropped too, so the printer may be left in the middle
    /// of a command.
    pub(super) fn drop_job(&mut self) {
        self.job.clear();
        if self.current.as_ref().is_some_and(|group| group.kind != Kind::Aside) {
            self.current = None;
        }
    }

    /// Whether asides are still waiting to be sent.
    pub(super) fn has_asides(&self) -> bool {
        !self.asides.is_empty() || self.current.as_ref().is_some_and(|group| group.kind == Kind::Aside)
    }

    /// Whether there is something that may go out now. Held back, the job pauses at the next boundary.
    pub(super) fn wants(&self, hold_job: bool) -> bool {
        self.current.is_some() || !self.asides.is_empty() || (!hold_job && !self.job.is_empty())
    }

    /// How long the pace wants to wait before the next byte; `None` when it does not.
    pub(super) fn pace_wait(&mut self, now: Instant) -> Option<Duration> {
        let pace = self.pace.as_mut()?;
        // A few bytes at a time, not one wake-up for each.
        let least = (pace.burst / 4.0).max(1.0);
        let missing = least - pace.allowed(now) as f64;
        (missing > 0.0).then(|| Duration::from_secs_f64(missing / pace.bytes_per_second))
    }

    /// Whether the link has refused bytes for as long as that.
    pub(super) fn stalled(&self, now: Instant, limit: Duration) -> bool {
        self.current.is_some() && now.saturating_duration_since(self.last_progress) > limit
    }

    /// Writes what the link and the pace allow.
    ///
    /// # Errors
    /// When the link is lost.
    pub(super) fn write(
        &mut self,
        transport: &mut dyn Transport,
        hold_job: bool,
        now: Instant,
        happened: &mut Vec<Wrote>,
    ) -> Result<(), TransportError> {
        loop {
            if self.current.is_none() {
                self.current = self.next_group(hold_job);
                self.last_progress = now;
            }
            let Some(group) = self.current.as_mut() else { return Ok(()) };
            let mut left = &group.bytes[group.written..];
            if let Some(pace) = self.pace.as_mut() {
                left = &left[..left.len().min(pace.allowed(now))];
                if left.is_empty() && group.written < group.bytes.len() {
                    self.last_progress = now;
                    return Ok(());
                }
            }
            let count = transport.write(left)?;
            if count == 0 && !left.is_empty() {
                return Ok(());
            }
            self.last_progress = now;
            if let Some(pace) = self.pace.as_mut() {
                pace.credit -= count as f64;
            }
            group.written += count;
            let (kind, done) = (group.kind, group.written == group.bytes.len());
            if kind != Kind::Aside && !self.job_began && count > 0 {
                self.job_began = true;
                happened.push(Wrote::JobBegan);
            }
            if done {
                self.current = None;
                if kind == Kind::Proof {
                    happened.push(Wrote::JobEnded);
                }
            }
        }
    }

    fn next_group(&mut self, hold_job: bool) -> Option<Group> {
        if let Some(bytes) = self.asides.pop_front() {
            return Some(Group { kind: Kind::Aside, bytes, written: 0 });
        }
        if hold_job { None } else { self.job.pop_front() }
    }
}
