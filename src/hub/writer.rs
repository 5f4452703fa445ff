// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one thread that decides and writes. It takes all waiting commands,
//! decides each on the queue in memory, writes rows and events in one
//! transaction, commits, and only then answers all of them (group commit).

use super::*;
use crate::store::Decided;
use motcua_core::queue::{Event, Kept, Refusal, decide};
use motcua_link::province::DayKey;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Commands in one commit at most, so that no answer waits for a crowd.
const GROUP: usize = 512;
/// Without commands the clock is looked at this often.
const TICK: Duration = Duration::from_secs(1);
/// A group waits for its companions at most this long.
const LINGER: Duration = Duration::from_millis(2);
/// Commits that the percentile is taken over.
const COMMITS_KEPT: usize = 256;

pub(super) struct Writer {
    pub hall: Arc<Hall>,
    /// Set in a kiosk's own desk.
    pub own: Option<OwnNumbers>,
    pub told: watch::Sender<Arc<Hall>>,
    pub state: State,
    pub store: Store,
    pub clock: WallClock,
    pub now: watch::Sender<Arc<HallNow>>,
    pub vitals: Arc<Mutex<Vitals>>,
    pub pace: Pace,
    /// The key of the day's marks; none at a kiosk's own desk.
    pub key: watch::Sender<Option<(Date, DayKey)>>,
}

/// How long the last groups took and how large they were.
#[derive(Default)]
pub(super) struct Pace {
    last_group: usize,
    last_commit: Duration,
    commits_ms: std::collections::VecDeque<f64>,
}

struct Waiting {
    request: Request,
    digest: [u8; 32],
    device: String,
    reply: Reply,
}

impl Writer {
    /// Runs until asked to stop, or until nobody can ask any more.
    pub fn run(mut self, inbox: &Receiver<Job>) {
        let asked = self.work(inbox);
        if let Err(e) = self.store.checkpoint() {
            // The log is read at the next start: nothing is lost.
            tracing::warn!(error = chain(&e), "checkpoint");
        }
        // The file is free for the next hub before anybody is told.
        drop(self);
        if let Some(asked) = asked {
            let _ = asked.send(());
        }
    }

    fn work(&mut self, inbox: &Receiver<Job>) -> Option<oneshot::Sender<()>> {
        let mut ticked = Instant::now();
        loop {
            // By the clock, not by silence: questions that keep coming must not stop the day.
            if ticked.elapsed() >= TICK {
                self.tick();
                ticked = Instant::now();
            }
            let first = match inbox.recv_timeout(TICK.saturating_sub(ticked.elapsed())) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return None,
            };
            let (commands, others) = self.gather(first, inbox);
            if !commands.is_empty() {
                self.group(commands);
            }
            for job in others {
                match job {
                    Job::Tickets { device, reply } => self.tickets(device.as_deref(), reply),
                    Job::Desk { counter, reply } => {
                        let desk = DeskNow::of(&self.hall, &self.state, &counter, self.clock.now());
                        let _ = reply.send(desk);
                    }
                    Job::Hall { hall, reply } => {
                        self.told.send_replace(hall.clone());
                        self.hall = hall;
                        self.publish();
                        let _ = reply.send(());
                    }
                    Job::Note { event, reply } => {
                        let _ = reply.send(self.note(&event));
                    }
                    Job::Own { own, reply } => {
                        self.own = Some(own);
                        own.rule(&mut self.state);
                        let _ = reply.send(());
                    }
                    Job::Ping { reply } => {
                        let _ = reply.send(self.store.ping().map_err(|e| HubError::Store(chain(&e))));
                    }
                    Job::Undelivered { reply } => {
                        let found = self.store.undelivered();
                        let _ = reply.send(found.map_err(|e| HubError::Store(chain(&e))));
                    }
                    Job::Stop(asked) => return Some(asked),
                    Job::Command { .. } => {}
                }
            }
        }
    }

    /// All that waits, and for a crowd a moment more: clients that were answered together come back
    /// together, and one commit for all of them beats one for the first and one for the rest.
    fn gather(&self, first: Job, inbox: &Receiver<Job>) -> (Vec<Waiting>, Vec<Job>) {
        let linger = (self.pace.last_commit / 4).min(LINGER);
        let until = Instant::now() + linger;
        let (mut commands, mut others) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Command { request, digest, device, reply } => {
                    commands.push(Waiting { request, digest, device, reply });
                }
                stop @ Job::Stop(_) => {
                    others.push(stop);
                    break;
                }
                other => others.push(other),
            }
            if commands.len() >= GROUP {
                break;
            }
            next = inbox.try_recv().ok().or_else(|| {
                let left = until.saturating_duration_since(Instant::now());
                let more_expected = commands.len() < self.pace.last_group && others.is_empty();
                if more_expected { inbox.recv_timeout(left).ok() } else { None }
            });
        }
        (commands, others)
    }

    fn group(&mut self, commands: Vec<Waiting>) {
        let size = commands.len();
        let mut answers: Vec<(Reply, Outcome)> = Vec::with_capacity(size);
        let started = Instant::now();
        let written = self.store.begin().and_then(|()| {
            for c in commands {
                let outcome = self.one(&c.request, &c.digest, &c.device);
                let failed = matches!(outcome, Err(HubError::Store(_)));
                answers.push((c.reply, outcome));
                if failed {
                    return Err(StoreError::Sqlite(rusqlite::Error::InvalidQuery));
                }
            }
            self.store.commit()
        });
        match written {
            Ok(()) => self.pace.note(size, started.elapsed()),
            Err(e) => self.undo(&e, &mut answers),
        }
        self.publish();
        for (reply, outcome) in answers {
            reply(outcome);
        }
    }

    /// Decides one command inside the open group.
    fn one(&mut self, request: &Request, digest: &[u8; 32], device: &str) -> Outcome {
        let fail = |e: StoreError| HubError::Store(chain(&e));
        if let Some((known, answer)) = self.store.answer(request.id).map_err(fail)? {
            return if known == *digest { Ok(answer) } else { Err(HubError::IdReused) };
        }
        let now = self.clock.now();
        let decided = decide(&self.hall, &self.state, request.id, device, &request.command, now);
        let outcome: Result<&[Event], &Refusal> = decided.as_deref();
        let row =
            crate::store::Decided { id: request.id, digest: *digest, device, at_ms: now.unix_ms, outcome };
        let first_seq = self.store.record(&[row]).map_err(fail)?;
        Ok(match decided {
            Ok(events) => {
                events.iter().for_each(|e| self.state.apply(e, now.unix_ms));
                if let Some(kept) = Kept::of(&self.hall, &request.command) {
                    self.store.keep(request.id, &kept).map_err(fail)?;
                    self.state.keep(request.id, kept);
                }
                // As the store will repeat it.
                let first_seq = if events.is_empty() { 0 } else { first_seq };
                Answer::Accepted { first_seq, events }
            }
            Err(refusal) => Answer::Refused(refusal),
        })
    }

    /// The group is not on disk: nobody gets a number from it, and the queue is read back from what is.
    fn undo(&mut self, error: &StoreError, answers: &mut [(Reply, Outcome)]) {
        let said = answers.iter().find_map(|(_, o)| match o {
            Err(HubError::Store(text)) => Some(text.clone()),
            _ => None,
        });
        let text = said.unwrap_or_else(|| chain(error));
        tracing::error!(text, "the group was not written");
        if let Err(e) = self.store.roll_back() {
            tracing::error!(error = chain(&e), "roll back");
        }
        match self.store.load() {
            Ok(mut state) => {
                if let Some(own) = self.own {
                    own.rule(&mut state);
                }
                self.state = state;
            }
            Err(e) => tracing::error!(error = chain(&e), "the queue could not be read back"),
        }
        for (_, outcome) in answers.iter_mut() {
            *outcome = Err(HubError::Store(text.clone()));
        }
        self.vitals.lock().unwrap_or_else(PoisonError::into_inner).store_fault = Some(text);
    }

    /// Turns the day when it is time to, and keeps the picture of the hall fresh.
    fn tick(&mut self) {
        let now = self.clock.now();
        let id = Uuid::now_v7();
        let turns =
            decide(&self.hall, &self.state, id, "hub", &Command::Tick, now).is_ok_and(|e| !e.is_empty());
        if turns {
            let request = Request { id, command: Command::Tick };
            let digest = digest("hub", &request.command);
            let reply: Reply = Box::new(|_| {});
            self.group(vec![Waiting { request, digest, device: "hub".into(), reply }]);
        } else {
            self.state.heard(now.unix_ms);
            self.publish();
        }
    }

    /// One event that the queue does not decide about.
    fn note(&mut self, event: &Event) -> Result<(), HubError> {
        let at_ms = self.clock.now().unix_ms;
        let id = Uuid::now_v7();
        let events = std::slice::from_ref(event);
        let decided = Decided { id, digest: [0; 32], device: "hub", at_ms, outcome: Ok(events) };
        let kept = self.store.begin().and_then(|()| self.store.record(&[decided]));
        match kept.and_then(|_| self.store.commit()) {
            Ok(()) => {
                self.publish();
                Ok(())
            }
            Err(e) => {
                self.undo(&e, &mut []);
                Err(HubError::Store(chain(&e)))
            }
        }
    }

    /// Each business day has a key of its own, and nothing of the day before stays on the disk.
    pub(super) fn keep_key(&mut self) {
        if let Err(e) = self.store.wipe() {
            tracing::warn!(error = chain(&e), "what was deleted is still in the log");
        }
        let Some(day) = self.state.day.filter(|_| self.own.is_none()) else { return };
        if self.key.borrow().as_ref().is_some_and(|(of, _)| *of == day) {
            return;
        }
        match self.store.person_key(day) {
            Ok(key) => drop(self.key.send_replace(Some((day, key)))),
            Err(e) => {
                tracing::error!(
                    error = chain(&e),
                    "no key for the marks of the day: numbers are not counted by person"
                );
            }
        }
    }

    fn publish(&mut self) {
        self.keep_key();
        let fresh = HallNow::of(&self.hall, &self.state, self.clock.now());
        self.now.send_replace(Arc::new(fresh));
        let mut v = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        if v.last_seq != self.store.last_seq() {
            v.last_seq = self.store.last_seq();
            v.store_fault = None;
        }
        v.commit_p99_ms = self.pace.p99_ms();
    }

    fn tickets(&self, device: Option<&str>, reply: oneshot::Sender<Vec<Ticket>>) {
        let mut out: Vec<Ticket> =
            self.state.tickets().filter(|t| device.is_none_or(|d| d == t.device)).cloned().collect();
        out.sort_by_key(|t| (t.series, t.number));
        let _ = reply.send(out);
    }
}

impl Pace {
    fn note(&mut self, size: usize, took: Duration) {
        self.last_group = size;
        self.last_commit = took;
        self.commits_ms.push_back(took.as_secs_f64() * 1000.0);
        if self.commits_ms.len() > COMMITS_KEPT {
            self.commits_ms.pop_front();
        }
    }

    fn p99_ms(&self) -> f64 {
        let mut sorted: Vec<f64> = self.commits_ms.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(0.0)
    }
}

/// An error with its causes on one line.
pub(crate) fn chain(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}
