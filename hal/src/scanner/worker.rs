// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scanner's thread: opens it, waits for scans, opens it again after a loss.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::handle::{Options, Shared};
use super::{Dropped, Encoding, Input, Scanner, ScannerError, ScannerEvent, ScannerFault, ScannerState};
use crate::supervise::{Backoff, Once, next_command};

/// How long the thread waits for scans before it looks for commands.
const SLICE: Duration = Duration::from_millis(100);

/// What the application wants.
#[derive(Debug)]
pub(super) enum Command {
    Trigger,
    End,
}

pub(super) type Open = Box<dyn FnMut() -> Result<Box<dyn Scanner>, ScannerError> + Send>;
pub(super) type Events = Box<dyn Fn(ScannerEvent) + Send>;

pub(super) struct Worker {
    device: String,
    open: Open,
    inbox: Receiver<Command>,
    shared: Arc<Shared>,
    events: Events,
    scanner: Option<Box<dyn Scanner>>,
    backoff: Backoff,
    logged: Once,
    encoding: Encoding,
    fault: Option<ScannerFault>,
    published: ScannerState,
}

impl Worker {
    pub(super) fn new(
        device: String,
        options: &Options,
        open: Open,
        inbox: Receiver<Command>,
        shared: Arc<Shared>,
        events: Events,
    ) -> Worker {
        Worker {
            device,
            backoff: Backoff::new(options.reopen_first, options.reopen_longest, Instant::now()),
            open,
            inbox,
            shared,
            events,
            scanner: None,
            logged: Once::default(),
            encoding: Encoding::Unknown,
            fault: None,
            published: ScannerState::default(),
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.scanner.is_none() && self.backoff.due(now) {
                self.open(now);
            }
            // A driver that is there waits by itself; one that is not waits for its next attempt.
            let idle = if self.scanner.is_some() { Duration::ZERO } else { self.backoff.wait(now) };
            match next_command(&self.inbox, idle, Command::End) {
                Some(Command::End) => break,
                Some(Command::Trigger) => self.with(|scanner, _| scanner.trigger()),
                None => self.with(|scanner, inputs| scanner.wait(SLICE, inputs)),
            }
        }
        self.shared.ended.open();
    }

    fn open(&mut self, now: Instant) {
        match (self.open)() {
            Ok(scanner) => {
                tracing::info!(device = self.device, "the scanner is open");
                self.logged.clear();
                self.scanner = Some(scanner);
                self.fault = None;
            }
            Err(error) => {
                if self.logged.is_news(&error.to_string()) {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no scanner");
                }
                self.fault = Some(error.fault());
                self.backoff.failed(now);
            }
        }
        self.publish();
    }

    fn with(&mut self, act: impl FnOnce(&mut dyn Scanner, &mut Vec<Input>) -> Result<(), ScannerError>) {
        let Some(scanner) = &mut self.scanner else { return };
        let mut inputs = Vec::new();
        if let Err(error) = act(scanner.as_mut(), &mut inputs) {
            tracing::warn!(error = &error as &dyn std::error::Error, "the scanner is lost");
            // Closed at once: a USB serial port that comes back gets its old number only when nobody holds it.
            self.scanner = None;
            self.encoding = Encoding::Unknown;
            self.fault = Some(error.fault());
            self.backoff.lost(Instant::now());
        }
        for input in inputs {
            match input {
                Input::Scanned(scanned) => (self.events)(ScannerEvent::Scanned(scanned)),
                Input::Dropped(dropped) => self.dropped(dropped),
                Input::Encoding(encoding) => self.encoding = encoding,
            }
        }
        self.publish();
    }

    fn dropped(&self, dropped: Dropped) {
        tracing::warn!(device = self.device, reason = ?dropped, "a scan is not passed on");
        (self.events)(ScannerEvent::Dropped(dropped));
    }

    fn publish(&mut self) {
        let mut faults: Vec<_> = self.fault.iter().cloned().collect();
        if self.encoding == Encoding::Garbles {
            faults.push(ScannerFault::Garbles { device: self.device.clone() });
        }
        let state = ScannerState { up: self.scanner.is_some(), encoding: self.encoding, faults };
        if state == self.published {
            return;
        }
        self.published = state.clone();
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = state.clone();
        (self.events)(ScannerEvent::State(state));
    }
}
