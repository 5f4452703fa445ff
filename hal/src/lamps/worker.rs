// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lamps' thread: switches each output as its pattern says, opens the lines again after a loss.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::handle::{Options, Shared};
use super::{Lamps, LampsEvent, LampsState, Output, Pattern};
use crate::buttons::LineError;
use crate::supervise::{Backoff, Once};

/// What the application asks of the thread.
#[derive(Debug)]
pub(super) enum Request {
    Set(Output, Pattern),
    End,
}

pub(super) type Open = Box<dyn FnMut() -> Result<Box<dyn Lamps>, LineError> + Send>;
pub(super) type Events = Box<dyn Fn(LampsEvent) + Send>;

/// What an output should do.
struct Task {
    pattern: Pattern,
    begun: Instant,
    /// What it was last set to; `None` when that has to be done anew.
    shown: Option<bool>,
}

pub(super) struct Worker {
    options: Options,
    open: Open,
    inbox: Receiver<Request>,
    shared: Arc<Shared>,
    events: Events,
    device: Option<Box<dyn Lamps>>,
    tasks: BTreeMap<Output, Task>,
    backoff: Backoff,
    logged: Once,
    next_refresh: Instant,
    fault: Option<LineError>,
    published: LampsState,
}

impl Worker {
    pub(super) fn new(
        options: Options,
        open: Open,
        inbox: Receiver<Request>,
        shared: Arc<Shared>,
        events: Events,
    ) -> Worker {
        let now = Instant::now();
        Worker {
            backoff: Backoff::new(options.reopen_first, options.reopen_longest, now),
            options,
            open,
            inbox,
            shared,
            events,
            device: None,
            tasks: BTreeMap::new(),
            logged: Once::default(),
            next_refresh: now,
            fault: None,
            published: LampsState::default(),
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.device.is_none() && self.backoff.due(now) {
                self.open();
            }
            let wait = self.turn(now);
            match self.inbox.recv_timeout(wait) {
                Ok(Request::Set(output, pattern)) => {
                    let shown = self.tasks.get(&output).and_then(|task| task.shown);
                    self.tasks.insert(output, Task { pattern, begun: Instant::now(), shown });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Request::End) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(device) = self.device.as_mut() {
            for output in self.tasks.keys() {
                // The last word; nobody could do anything about a failure.
                let _ = device.set(*output, false);
            }
        }
        self.device = None;
        self.shared.ended.open();
    }

    fn open(&mut self) {
        match (self.open)() {
            Ok(device) => {
                tracing::info!("the lamps' lines are open");
                self.logged.clear();
                self.device = Some(device);
                self.fault = None;
                self.forget();
            }
            Err(error) => {
                if self.logged.is_news(&error.to_string()) {
                    tracing::warn!(error = &error as &dyn std::error::Error, kind = ?error.kind(), "no lamps");
                }
                self.fault = Some(error);
                self.backoff.failed(Instant::now());
            }
        }
        self.publish();
    }

    /// Nothing is known of what the outputs show.
    fn forget(&mut self) {
        for task in self.tasks.values_mut() {
            task.shown = None;
        }
    }

    /// Switches what is due and says how long there is nothing to do.
    fn turn(&mut self, now: Instant) -> Duration {
        if now >= self.next_refresh {
            self.next_refresh = now + self.options.refresh;
            self.forget();
        }
        let Some(device) = self.device.as_mut() else { return self.backoff.wait(now) };
        match switch(device.as_mut(), &mut self.tasks, now) {
            Ok(next) => {
                let refresh = self.next_refresh.saturating_duration_since(now);
                next.map_or(refresh, |next| next.min(refresh))
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the lamps' lines are lost");
                self.device = None;
                self.fault = Some(error);
                self.backoff.lost(now);
                self.publish();
                self.backoff.wait(now)
            }
        }
    }

    fn publish(&mut self) {
        let state =
            LampsState { up: self.device.is_some(), fault: self.fault.as_ref().map(LineError::fault) };
        if state == self.published {
            return;
        }
        self.published = state.clone();
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = state.clone();
        (self.events)(LampsEvent::State(state));
    }
}

/// Sets the outputs that have to change and says how long until the next change.
fn switch(
    device: &mut dyn Lamps,
    tasks: &mut BTreeMap<Output, Task>,
    now: Instant,
) -> Result<Option<Duration>, LineError> {
    let mut soonest: Option<Duration> = None;
    for (&output, task) in tasks {
        let (on, next) = task.pattern.at(now.saturating_duration_since(task.begun));
        if task.shown != Some(on) {
            device.set(output, on)?;
            task.shown = Some(on);
        }
        soonest = soonest.into_iter().chain(next).min();
    }
    Ok(soonest)
}
