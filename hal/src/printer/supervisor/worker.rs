// SPDX-License-Identifier: MIT OR Apache-2.0
//! The printer's thread: waits for the link, the clock and the application, opens and reopens the link, and hands jobs
//! to the session one after the other.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::flight::{Flight, Limits};
use super::session::{News, Session};
use super::{Options, PrinterConfig, Request, Shared};
use crate::printer::document::Document;
use crate::printer::escpos;
use crate::printer::state::{Fault, Link, PrinterState};
use crate::printer::transport;
use crate::printer::{JobId, JobState, PrinterEvent};

/// Jobs that may wait behind the one in flight.
const LONGEST_QUEUE: usize = 16;
/// Silence after which the link is opened anew: the other end of a connection may have forgotten it, and an adapter
/// between USB and a serial line may have stopped to hand on what it receives.
const RECONNECT_AFTER: Duration = Duration::from_secs(4);

pub(super) struct Worker {
    config: PrinterConfig,
    options: Options,
    shared: Arc<Shared>,
    events: Box<dyn Fn(PrinterEvent) + Send>,
    session: Option<Session>,
    in_flight: Option<JobId>,
    queue: VecDeque<(JobId, Document)>,
    next_open: Instant,
    /// A job was under way when the link was lost.
    dirty: bool,
    /// The link was opened anew because of silence, and the printer has said nothing since.
    silent: bool,
    published: PrinterState,
    /// The last failure to open that was logged, so that the log does not fill while a printer is unplugged.
    logged: Option<String>,
    stop_at: Option<Instant>,
}

impl Worker {
    pub(super) fn new(
        config: PrinterConfig,
        options: Options,
        shared: Arc<Shared>,
        events: Box<dyn Fn(PrinterEvent) + Send>,
    ) -> Worker {
        let profile = config.profile.on_link(&config.url);
        Worker {
            config: PrinterConfig { profile, ..config },
            options,
            shared,
            events,
            session: None,
            in_flight: None,
            queue: VecDeque::new(),
            next_open: Instant::now(),
            dirty: false,
            silent: false,
            published: PrinterState::default(),
            logged: None,
            stop_at: None,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.session.is_none() && now >= self.next_open {
                self.open(now);
            }
            self.turn(now);
            self.take_requests(now);
            self.start_next();
            // The first byte of a job that has just begun leaves in this turn, not after the next wait.
            self.turn(Instant::now());
            if self.may_end(now) {
                break;
            }
            self.wait();
        }
        self.shared.inbox().ended = true;
        self.shared.ended.notify_all();
    }

    fn open(&mut self, now: Instant) {
        match transport::open(&self.config.url, &self.options.roots) {
            Ok(link) => {
                if !self.silent {
                    tracing::info!(printer = %self.config.url, "the printer's link is open");
                }
                self.logged = None;
                let limits = Limits {
                    wait: self.options.wait_limit,
                    silence: self.options.silence_limit,
                    proof: self.options.proof_limit,
                };
                let profile = self.config.profile.clone();
                // Opening may have taken its time.
                let begun = Instant::now();
                self.session =
                    Some(Session::new(link, profile, self.options.poll, limits, self.dirty, begun));
            }
            Err(error) => {
                self.silent = false;
                let message = error.to_string();
                if self.logged.as_ref() != Some(&message) {
                    tracing::warn!(error = &error as &dyn std::error::Error, kind = ?error.kind(), "no printer");
                    self.logged = Some(message);
                }
                self.next_open = now + self.options.reopen;
            }
        }
    }

    fn turn(&mut self, now: Instant) {
        let mut news = Vec::new();
        let lost = match self.session.as_mut() {
            Some(session) => session.turn(now, &mut news).err(),
            None => None,
        };
        for News::Job(state) in news {
            self.report(state);
        }
        if let Some(error) = lost {
            tracing::warn!(error = &error as &dyn std::error::Error, "the printer's link is lost");
            self.close(now);
        } else if self.silent_link(now) {
            if !self.silent {
                tracing::warn!(printer = %self.config.url, "the printer is silent; its link is opened anew until it speaks");
            }
            self.silent = true;
            self.close(now);
        }
        let mut state = self.session.as_ref().map_or_else(PrinterState::default, Session::state);
        self.silent &= state.link != Link::Up;
        if self.silent {
            // Whoever looks at the printer sees one fault, not each attempt.
            state.link = Link::Silent;
        }
        self.publish(state);
    }

    fn silent_link(&self, now: Instant) -> bool {
        self.session.as_ref().is_some_and(|session| {
            !session.is_busy() && session.silent_since().is_some_and(|since| now >= since + RECONNECT_AFTER)
        })
    }

    fn close(&mut self, now: Instant) {
        if let Some(mut session) = self.session.take() {
            self.dirty = session.leaves_dirt();
            if let Some(end) = session.abandon(Fault::LinkLost) {
                self.report(end);
            }
        }
        // Soon: a replugged printer or a restarted one is often back at once.
        self.next_open = now + self.options.reopen.min(Duration::from_millis(200));
    }

    fn report(&mut self, state: JobState) {
        let Some(job) = self.in_flight else { return };
        if state.is_final() {
            self.in_flight = None;
        }
        (self.events)(PrinterEvent::Job { job, state });
    }

    fn publish(&mut self, state: PrinterState) {
        if state == self.published {
            return;
        }
        self.published = state;
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        (self.events)(PrinterEvent::State(state));
    }

    fn take_requests(&mut self, now: Instant) {
        let (requests, stop) = {
            let mut inbox = self.shared.inbox();
            (std::mem::take(&mut inbox.requests), inbox.stop)
        };
        if let Some(limit) = stop
            && self.stop_at.is_none()
        {
            self.stop_at = Some(now + limit);
        }
        for Request::Print(job, document) in requests {
            let refused = if self.stop_at.is_some() {
                Some(Fault::ShuttingDown)
            } else if self.queue.len() >= LONGEST_QUEUE {
                Some(Fault::Busy)
            } else {
                None
            };
            match refused {
                Some(fault) => self.fail(job, fault),
                None => self.queue.push_back((job, document)),
            }
        }
    }

    fn fail(&self, job: JobId, fault: Fault) {
        (self.events)(PrinterEvent::Job { job, state: JobState::Failed(fault) });
    }

    /// Hands the next job to the session, or refuses every waiting one when the printer cannot print.
    fn start_next(&mut self) {
        let fault = if self.stop_at.is_some() { Some(Fault::ShuttingDown) } else { self.published.fault() };
        if let Some(fault) = fault {
            while let Some((job, _)) = self.queue.pop_front() {
                self.fail(job, fault);
            }
            return;
        }
        let Some(session) = self.session.as_mut().filter(|session| !session.is_busy()) else { return };
        let Some((job, document)) = self.queue.pop_front() else { return };
        let groups = escpos::encode_commands(&document, &self.config.profile);
        session.begin(Flight::new(job, self.config.profile.proof), groups);
        self.in_flight = Some(job);
        (self.events)(PrinterEvent::Job { job, state: JobState::Sending });
    }

    fn may_end(&mut self, now: Instant) -> bool {
        let Some(stop_at) = self.stop_at else { return false };
        if self.session.as_ref().is_some_and(Session::is_busy) {
            if now < stop_at {
                return false;
            }
            if let Some(end) = self.session.as_mut().and_then(|session| session.abandon(Fault::ShuttingDown))
            {
                self.report(end);
            }
        }
        true
    }

    /// Sleeps until the link has or takes bytes, the application wants something, or a deadline passes.
    fn wait(&mut self) {
        let now = Instant::now();
        let mut sleep = match self.session.as_mut() {
            Some(session) => session.sleep(now),
            None => self.next_open.saturating_duration_since(now),
        };
        if let Some(stop_at) = self.stop_at {
            sleep = sleep.min(stop_at.saturating_duration_since(now));
        }
        let timeout = Timespec { tv_sec: sleep.as_secs() as i64, tv_nsec: i64::from(sleep.subsec_nanos()) };
        let mut flags = PollFlags::IN;
        if self.session.as_mut().is_some_and(|session| session.poll_for_room(now)) {
            flags |= PollFlags::OUT;
        }
        let mut descriptors = Vec::with_capacity(2);
        if let Some(wake) = &self.shared.wake {
            descriptors.push(PollFd::new(wake, PollFlags::IN));
        }
        if let Some(session) = &self.session {
            descriptors.push(PollFd::from_borrowed_fd(session.transport().as_fd(), flags));
        }
        // Interrupted by a signal is as good as awake.
        let _ = poll(&mut descriptors, Some(&timeout));
        if let Some(wake) = &self.shared.wake {
            let _ = rustix::io::read(wake, &mut [0u8; 8]);
        }
        debug_assert!(self.published.link != Link::Up || self.session.is_some());
    }
}
