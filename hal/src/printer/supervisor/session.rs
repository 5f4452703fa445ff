// SPDX-License-Identifier: MIT OR Apache-2.0
//! An open link to a printer: reads and sorts what comes back, keeps the rounds of questions going, carries one job at a
//! time to its end, and recovers what can be recovered. Ends when the link is lost; reopening is the worker's business.

use std::time::{Duration, Instant};

use super::flight::{Flight, Limits};
use super::observe;
use super::sender::{Sender, Wrote};
use super::watch::{Step, Watch};
use crate::printer::JobState;
use crate::printer::escpos::commands;
use crate::printer::escpos::status::{Classifier, Question, Reply};
use crate::printer::profile::{CutMode, Profile, Proof};
use crate::printer::state::{Fault, Link, PrinterState};
use crate::printer::transport::{Transport, TransportError};

/// Pause between rounds of questions while a job is under way.
const JOB_PERIOD: Duration = Duration::from_millis(400);
/// Quiet time after which half a reply will not be completed.
const QUIET: Duration = Duration::from_millis(100);
/// How long the link may refuse bytes before the printer counts as stopped.
const STALL: Duration = Duration::from_millis(1500);
/// How long XOFF is believed without an XON: it may have been noise.
const PAUSE_LIMIT: Duration = Duration::from_secs(15);
/// Pause between attempts to free the cutter, and how many there are.
const RECOVERY_PERIOD: Duration = Duration::from_secs(4);
const RECOVERY_ATTEMPTS: u32 = 3;

/// What the session tells the worker.
#[derive(Debug)]
pub(super) enum News {
    /// The job in flight is in this state now; a final state ends it.
    Job(JobState),
}

/// An open link.
pub(super) struct Session {
    transport: Box<dyn Transport>,
    classifier: Classifier,
    sender: Sender,
    watch: Watch,
    profile: Profile,
    period: Duration,
    limits: Limits,
    state: PrinterState,
    /// What the round under way has found so far; published when the round is complete, so that "off line" never stands
    /// without its reason.
    draft: PrinterState,
    flight: Option<Flight>,
    /// The printer may hold a piece of an earlier job.
    dirty: bool,
    last_heard: Instant,
    paused_until: Option<Instant>,
    silent_since: Option<Instant>,
    recovery: (u32, Option<Instant>),
    slip_since: Option<Instant>,
    /// Automatic status has to be (re-)enabled.
    asb_due: bool,
}

impl Session {
    pub(super) fn new(
        transport: Box<dyn Transport>,
        profile: Profile,
        period: Duration,
        limits: Limits,
        dirty: bool,
        now: Instant,
    ) -> Session {
        let state = PrinterState { link: Link::Opening, ..PrinterState::default() };
        Session {
            sender: Sender::new(transport.as_ref(), now),
            transport,
            classifier: Classifier::new(),
            watch: Watch::new(&profile, now),
            asb_due: profile.asb,
            profile,
            period,
            limits,
            state,
            draft: state,
            flight: None,
            dirty,
            last_heard: now,
            paused_until: None,
            silent_since: None,
            recovery: (0, None),
            slip_since: None,
        }
    }

    pub(super) fn state(&self) -> PrinterState {
        self.state
    }

    pub(super) fn transport(&self) -> &dyn Transport {
        self.transport.as_ref()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.flight.is_some()
    }

    /// Whether a piece of a job may lie in the printer when the link is lost now.
    pub(super) fn leaves_dirt(&self) -> bool {
        self.dirty || self.flight.as_ref().is_some_and(Flight::has_begun)
    }

    /// Since when the printer has been silent.
    pub(super) fn silent_since(&self) -> Option<Instant> {
        self.silent_since
    }

    /// Takes a job. The caller has checked that the printer is ready and that no other job is under way.
    pub(super) fn begin(&mut self, flight: Flight, groups: Vec<Vec<u8>>) {
        let proof = match self.profile.proof {
            Proof::ProcessId => commands::process_id(flight.token()).to_vec(),
            Proof::QueuedStatus => commands::QUEUED_STATUS.to_vec(),
        };
        self.sender.job(groups, proof);
        self.flight = Some(flight);
    }

    /// Ends the job in flight for `fault`, whatever is still to be sent of it.
    pub(super) fn abandon(&mut self, fault: Fault) -> Option<JobState> {
        let flight = self.flight.as_ref()?;
        let state = flight.given_up(fault);
        self.settle(state);
        Some(state)
    }

    /// Whether the sender would like the link to take bytes.
    pub(super) fn wants_to_write(&self, now: Instant) -> bool {
        self.sender.wants(self.holds(now))
    }

    /// Whether the job has to stop at its next boundary: the printer has said that it is stopped, or something is
    /// wrong that will show soon. What is not sent cannot be lost in a full buffer.
    fn holds(&self, now: Instant) -> bool {
        self.state.fault().is_some()
            || self.paused_until.is_some_and(|until| now < until)
            || self.watch.doubtful(now)
    }

    /// Everything that can be done at `now`: read, decide, write. Called whenever the link is ready, a deadline passes or
    /// a job arrives.
    ///
    /// # Errors
    /// When the link is lost.
    pub(super) fn turn(&mut self, now: Instant, news: &mut Vec<News>) -> Result<(), TransportError> {
        self.read(now, news)?;
        self.watch_over(now);
        self.recover(now);
        if let Some(flight) = self.flight.as_mut() {
            let fault = self.state.fault();
            if let Some(end) = flight.tick(fault, now, &self.limits) {
                self.settle(end);
                news.push(News::Job(end));
            } else if flight.has_begun()
                && let Some(state) = flight.news(fault)
            {
                news.push(News::Job(state));
            }
        }
        self.write(now)
    }

    fn read(&mut self, now: Instant, news: &mut Vec<News>) -> Result<(), TransportError> {
        let mut buffer = [0; 512];
        let mut replies = Vec::new();
        loop {
            let count = self.transport.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            self.last_heard = now;
            self.classifier.feed(&buffer[..count], &mut replies);
            // A printer that never stops talking must not keep the job from being sent.
            if count < buffer.len() {
                break;
            }
        }
        if now.saturating_duration_since(self.last_heard) >= QUIET {
            self.classifier.idle(&mut replies);
        }
        for reply in replies {
            self.hear(&reply, now, news);
        }
        Ok(())
    }

    fn hear(&mut self, reply: &Reply, now: Instant, news: &mut Vec<News>) {
        observe::apply(reply, &mut self.draft);
        let period = if self.flight.is_some() { JOB_PERIOD } else { self.period };
        let round = self.watch.heard(reply, now, period);
        let mut end = None;
        match reply {
            Reply::Asb(_) if self.state.link == Link::Up => self.publish(),
            Reply::Pause => self.paused_until = Some(now + PAUSE_LIMIT),
            Reply::Resume => self.paused_until = None,
            Reply::Noise(_) => self.flight.iter_mut().for_each(Flight::noise),
            Reply::ProcessId(id) => end = self.flight.as_ref().and_then(|flight| flight.process_id(*id)),
            Reply::Queued(byte) => {
                end = self.flight.as_mut().and_then(|flight| flight.queued_status(*byte));
                self.watch.hurry(now);
            }
            _ => {}
        }
        if round {
            self.round_complete(now);
            end = end.or(self.flight.as_mut().and_then(|flight| flight.round(&self.state)));
        }
        if let Some(end) = end {
            self.settle(end);
            news.push(News::Job(end));
        }
    }

    fn publish(&mut self) {
        self.draft.link = self.state.link;
        self.state = self.draft;
    }

    fn round_complete(&mut self, now: Instant) {
        if self.state.link != Link::Up {
            // It was silent: switched off and on perhaps, and then automatic status is off again.
            self.asb_due = self.profile.asb;
            self.state.link = Link::Up;
            self.silent_since = None;
        }
        self.publish();
        if self.state.ready() {
            if std::mem::take(&mut self.asb_due) {
                self.sender.aside(commands::ENABLE_ASB);
            }
            if self.dirty && self.flight.is_none() {
                self.clean_up();
            }
        }
        self.retract(now);
    }

    /// Brings the printer to a known place after a job that may have been cut short: white space fills whatever command
    /// it may be waiting to see the end of, then it starts afresh and cuts off what has been printed, so that the next
    /// slip does not carry a piece of another.
    fn clean_up(&mut self) {
        self.dirty = false;
        self.sender.aside(vec![0; usize::from(self.profile.band_bytes) + 16]);
        let mut fresh = vec![0x1B, 0x40];
        fresh.extend(match self.profile.cut {
            CutMode::FeedPartial => commands::feed_and_cut_partly(0),
            CutMode::FeedFull => commands::feed_and_cut(0),
        });
        self.sender.aside(fresh);
        self.asb_due = self.profile.asb;
    }

    fn settle(&mut self, end: JobState) {
        let Some(flight) = self.flight.take() else { return };
        self.sender.drop_job();
        // A printed job leaves nothing behind. One that was sent whole ends by itself, and a second cut would leave an
        // empty scrap; only a job that stopped on our side needs cleaning up.
        if end != JobState::Printed && flight.has_begun() && !flight.is_sent() {
            self.dirty = true;
        }
        let stopped = matches!(
            end,
            JobState::Unknown(Fault::PaperEnd | Fault::CoverOpen | Fault::Offline | Fault::Cutter)
        );
        if stopped && self.profile.clear_buffer {
            // Nobody waits for this slip any more; it must not come out when the roll is changed tomorrow.
            self.sender.aside(commands::CLEAR_BUFFERS);
            self.dirty = true;
        }
        self.recovery = (0, None);
    }

    /// Asks what is due and draws the conclusion from what is not answered.
    fn watch_over(&mut self, now: Instant) {
        if self.flight.as_ref().is_some_and(Flight::wants_round) {
            self.watch.hurry(now);
        }
        let stopped = self.state.link == Link::Up && self.state.device_fault().is_some();
        // A question still on its way cannot have been answered; what the link refuses is not the printer's silence.
        if self.sender.has_asides() {
            if self.sender.stalled(now, STALL) && self.state.link == Link::Up {
                self.state.online = false;
            }
            return;
        }
        if let Step::Ask(question) = self.watch.step(now, stopped) {
            self.classifier.forget_realtime();
            self.classifier.expect(question);
            self.sender.aside(match question {
                Question::Realtime(n) => commands::realtime_status(n),
                Question::Full => commands::realtime_status(20),
                Question::Queued => commands::QUEUED_STATUS,
            });
        }
        if self.watch.silent() && !stopped && self.state.link != Link::Silent {
            self.state.link = Link::Silent;
            self.silent_since = Some(now);
            if let Some(flight) = self.flight.as_mut()
                && flight.has_begun()
                && !flight.is_sent()
            {
                // It may have been switched off and on: then the rest would come out as a slip of its own, or as signs.
                flight.cut_short();
                self.sender.drop_job();
                self.dirty = true;
            }
        }
    }

    /// Frees a stuck cutter by command where the model can: first printing on, without a job clearing.
    fn recover(&mut self, now: Instant) {
        if !self.profile.recover || !self.state.cutter_error || self.state.link != Link::Up {
            self.recovery = (0, None);
            return;
        }
        let due = self.recovery.1.is_none_or(|last| now >= last + RECOVERY_PERIOD);
        if due && self.recovery.0 < RECOVERY_ATTEMPTS {
            self.recovery = (self.recovery.0 + 1, Some(now));
            let command = if self.flight.is_some() { commands::RECOVER } else { commands::RECOVER_AND_CLEAR };
            self.sender.aside(command);
        }
    }

    /// Draws an untaken slip back.
    fn retract(&mut self, now: Instant) {
        let Some(presenter) = self.profile.presenter.filter(|presenter| presenter.retract_after_s > 0) else {
            return;
        };
        if !self.state.slip_waiting {
            self.slip_since = None;
            return;
        }
        let since = *self.slip_since.get_or_insert(now);
        if now >= since + Duration::from_secs(u64::from(presenter.retract_after_s)) && self.flight.is_none() {
            self.sender.aside(commands::RETRACT);
            self.slip_since = None;
        }
    }

    fn write(&mut self, now: Instant) -> Result<(), TransportError> {
        let hold = self.holds(now);
        let asking = self.sender.has_asides();
        let mut happened = Vec::new();
        self.sender.write(self.transport.as_mut(), hold, now, &mut happened)?;
        if asking && !self.sender.has_asides() {
            self.watch.written(now);
        }
        for event in happened {
            let Some(flight) = self.flight.as_mut() else { continue };
            match event {
                Wrote::JobBegan => flight.began(),
                Wrote::JobEnded => {
                    flight.ended(now);
                    if self.profile.proof == Proof::QueuedStatus {
                        self.classifier.expect(Question::Queued);
                    }
                }
            }
        }
        Ok(())
    }

    /// How long the worker may sleep if nothing comes in.
    pub(super) fn sleep(&mut self, now: Instant) -> Duration {
        let mut until = vec![now + Duration::from_secs(1)];
        if !self.sender.has_asides() {
            until.push(self.watch.next());
        }
        until.extend(self.flight.as_ref().and_then(|flight| flight.next_tick(&self.limits)));
        until.extend((now < self.last_heard + QUIET).then_some(self.last_heard + QUIET));
        let mut sleep = until.into_iter().min().unwrap_or(now).saturating_duration_since(now);
        if self.wants_to_write(now)
            && let Some(wait) = self.sender.pace_wait(now)
        {
            sleep = sleep.min(wait);
        }
        sleep.max(Duration::from_millis(1))
    }

    /// Whether `poll` should wait for room in the link: only when the pace does not hold the bytes back anyway.
    pub(super) fn poll_for_room(&mut self, now: Instant) -> bool {
        self.wants_to_write(now) && self.sender.pace_wait(now).is_none()
    }
}
