// SPDX-License-Identifier: MIT OR Apache-2.0
//! One job on its way: what is known of it and what may be said of it. Pure decisions; sending and reading are the
//! session's business.
//!
//! The rules: *printed* needs a proof; *failed* needs that not one byte has gone out; everything else is *unknown*. A job
//! is never sent twice.

use std::time::{Duration, Instant};

use crate::printer::profile::Proof;
use crate::printer::state::{Fault, PrinterState};
use crate::printer::{JobId, JobState};

/// Limits of a job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long a stopped printer is waited for.
    pub wait: Duration,
    /// How long a printer that says nothing is waited for.
    pub silence: Duration,
    /// How long a ready printer may take to prove a job that has been sent whole.
    pub proof: Duration,
}

/// The job in flight.
#[derive(Debug)]
pub(super) struct Flight {
    proof: Proof,
    token: [u8; 4],
    began: bool,
    ended: Option<Instant>,
    stopped_since: Option<Instant>,
    silent_since: Option<Instant>,
    ready_since: Option<Instant>,
    noise: bool,
    /// The rest of it will not be sent any more.
    cut_short: bool,
    /// The queued status was answered; the next complete round of questions decides.
    reached: bool,
    /// What was last said to the application.
    said: JobState,
}

impl Flight {
    pub(super) fn new(id: JobId, proof: Proof) -> Flight {
        Flight {
            proof,
            token: token(id),
            began: false,
            ended: None,
            stopped_since: None,
            silent_since: None,
            ready_since: None,
            noise: false,
            cut_short: false,
            reached: false,
            said: JobState::Sending,
        }
    }

    /// The four bytes by which the printer names this job.
    pub(super) fn token(&self) -> [u8; 4] {
        self.token
    }

    pub(super) fn began(&mut self) {
        self.began = true;
    }

    /// The last byte went out at `now`.
    pub(super) fn ended(&mut self, now: Instant) {
        self.ended = Some(now);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.began
    }

    /// Whether every byte has gone out.
    pub(super) fn is_sent(&self) -> bool {
        self.ended.is_some()
    }

    /// The printer fell silent in the middle, and what is left will not be sent.
    pub(super) fn cut_short(&mut self) {
        self.cut_short = true;
    }

    pub(super) fn noise(&mut self) {
        self.noise = true;
    }

    /// What becomes of the job when it is given up for `fault`: surely not on paper only if nothing has gone out.
    pub(super) fn given_up(&self, fault: Fault) -> JobState {
        if self.began { JobState::Unknown(fault) } else { JobState::Failed(fault) }
    }

    /// The printer returned these four bytes.
    pub(super) fn process_id(&self, id: [u8; 4]) -> Option<JobState> {
        (self.proof == Proof::ProcessId && self.is_sent() && id == self.token).then_some(JobState::Printed)
    }

    /// The printer reached the status question behind the cut. A single byte is a weak proof: it counts only on a line
    /// without noise, with paper, and after a further round of questions has shown no error of the cutter.
    pub(super) fn queued_status(&mut self, byte: u8) -> Option<JobState> {
        if self.proof != Proof::QueuedStatus || !self.is_sent() {
            return None;
        }
        if self.noise {
            return Some(JobState::Unknown(Fault::Garbled));
        }
        if byte & 0x0C != 0 {
            return Some(JobState::Unknown(Fault::PaperEnd));
        }
        self.reached = true;
        None
    }

    /// Whether a round of status questions is awaited to confirm the proof.
    pub(super) fn wants_round(&self) -> bool {
        self.reached
    }

    /// A round of questions is complete.
    pub(super) fn round(&mut self, state: &PrinterState) -> Option<JobState> {
        if !self.reached {
            return None;
        }
        if self.noise {
            return Some(JobState::Unknown(Fault::Garbled));
        }
        // A cover opened after the cut changes nothing; a stuck cutter does.
        match state.device_fault() {
            Some(fault @ (Fault::Cutter | Fault::Unrecoverable)) => Some(JobState::Unknown(fault)),
            _ => Some(JobState::Printed),
        }
    }

    /// The passing of time. `fault` is what stops the printer now, if anything.
    pub(super) fn tick(&mut self, fault: Option<Fault>, now: Instant, limits: &Limits) -> Option<JobState> {
        let sent = self.is_sent();
        let since = |mark: &mut Option<Instant>, holds: bool| {
            *mark = if holds { mark.or(Some(now)) } else { None };
            mark.map_or(Duration::ZERO, |begun| now.saturating_duration_since(begun))
        };
        let silent = since(&mut self.silent_since, fault == Some(Fault::NotAnswering));
        let stopped = since(&mut self.stopped_since, fault.is_some());
        let ready = since(&mut self.ready_since, fault.is_none() && sent);
        match fault {
            // Nothing has gone out and nothing will: the citizen need not wait for a new roll.
            Some(fault) if !self.began => Some(JobState::Failed(fault)),
            Some(fault @ Fault::Unrecoverable) => Some(self.given_up(fault)),
            Some(fault) if silent > limits.silence || stopped > limits.wait => Some(self.given_up(fault)),
            // It speaks again, but nothing more is coming that it could prove.
            None if self.cut_short => Some(self.given_up(Fault::NotAnswering)),
            None if ready > limits.proof => Some(self.given_up(Fault::NoProof)),
            _ => None,
        }
    }

    /// The next moment at which `tick` could have something to say.
    pub(super) fn next_tick(&self, limits: &Limits) -> Option<Instant> {
        [
            (self.silent_since, limits.silence),
            (self.stopped_since, limits.wait),
            (self.ready_since, limits.proof),
        ]
        .into_iter()
        .filter_map(|(since, limit)| since.map(|since| since + limit + Duration::from_millis(1)))
        .min()
    }

    /// The state to publish while the job is under way, if it differs from what was said last.
    pub(super) fn news(&mut self, fault: Option<Fault>) -> Option<JobState> {
        let state = fault.map_or(JobState::Sending, JobState::Waiting);
        let changed = state != self.said;
        self.said = state;
        changed.then_some(state)
    }
}

/// Four bytes from 20h to 7Eh that name a job.
fn token(id: JobId) -> [u8; 4] {
    // The low half of a UUIDv7 is random, the high half is time: both go in.
    let mut rest = (id.0 ^ (id.0 >> 64)) as u64 % (95 * 95 * 95 * 95);
    [0; 4].map(|_: u8| {
        let digit = (rest % 95) as u8;
        rest /= 95;
        0x20 + digit
    })
}
