// SPDX-License-Identifier: MIT OR Apache-2.0
//! The buttons' thread: opens the lines, waits for edges, gives them to [`Contacts`], opens the lines again after a loss.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::handle::{Options, Shared};
use super::{
    ButtonEvent, Buttons, ButtonsEvent, ButtonsFault, ButtonsState, Contacts, LineError, PanelConfig,
    monotonic,
};
use crate::supervise::{Backoff, Once};

/// How long the thread waits for edges before it looks whether it should end.
const SLICE: Duration = Duration::from_millis(200);

/// The application wants the thread to end.
#[derive(Debug)]
pub(super) struct End;

pub(super) type Open = Box<dyn FnMut() -> Result<Box<dyn Buttons>, LineError> + Send>;
pub(super) type Events = Box<dyn Fn(ButtonsEvent) + Send>;

pub(super) struct Worker {
    config: PanelConfig,
    options: Options,
    open: Open,
    inbox: Receiver<End>,
    shared: Arc<Shared>,
    events: Events,
    device: Option<Box<dyn Buttons>>,
    contacts: Contacts,
    backoff: Backoff,
    logged: Once,
    next_check: Instant,
    /// Why the lines are not open.
    fault: Option<LineError>,
    published: ButtonsState,
}

impl Worker {
    pub(super) fn new(
        config: PanelConfig,
        options: Options,
        open: Open,
        inbox: Receiver<End>,
        shared: Arc<Shared>,
        events: Events,
    ) -> Worker {
        let now = Instant::now();
        Worker {
            contacts: Contacts::new(config.buttons.len(), config.lockout(), config.stuck_after()),
            backoff: Backoff::new(options.reopen_first, options.reopen_longest, now),
            config,
            options,
            open,
            inbox,
            shared,
            events,
            device: None,
            logged: Once::default(),
            next_check: now,
            fault: None,
            published: ButtonsState::default(),
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.device.is_none() && self.backoff.due(now) {
                self.open(now);
            }
            if let Some(device) = self.device.take() {
                self.listen(device);
                match self.inbox.try_recv() {
                    Err(TryRecvError::Empty) => {}
                    Ok(End) | Err(TryRecvError::Disconnected) => break,
                }
            } else {
                match self.inbox.recv_timeout(self.backoff.wait(Instant::now())) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(End) | Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        }
        self.shared.ended.open();
    }

    fn open(&mut self, now: Instant) {
        match (self.open)().and_then(|device| self.first_look(device)) {
            Ok(device) => {
                tracing::info!(buttons = self.config.buttons.len(), "the buttons' lines are open");
                self.logged.clear();
                self.device = Some(device);
                self.fault = None;
                self.next_check = now + self.options.check;
            }
            Err(error) => {
                if self.logged.is_news(&error.to_string()) {
                    tracing::warn!(error = &error as &dyn std::error::Error, kind = ?error.kind(), "no buttons");
                }
                self.fault = Some(error);
                self.backoff.failed(Instant::now());
            }
        }
        self.publish();
    }

    /// How the buttons stand when their lines have just been opened.
    fn first_look(&mut self, mut device: Box<dyn Buttons>) -> Result<Box<dyn Buttons>, LineError> {
        for button in 0..self.config.buttons.len() {
            let down = device.is_down(button)?;
            self.contacts.opened(button, down, monotonic());
        }
        Ok(device)
    }

    /// Waits for one edge or for what is due next.
    fn listen(&mut self, mut device: Box<dyn Buttons>) {
        let due = self.contacts.next_tick().map_or(SLICE, |next| next.saturating_sub(monotonic()));
        let mut events = Vec::new();
        let looked = match device.wait(due.min(SLICE)) {
            Ok(Some(edge)) => {
                self.contacts.edge(&edge, &mut events);
                Ok(())
            }
            Ok(None) => {
                self.contacts.tick(monotonic(), &mut events);
                self.look_after(device.as_mut())
            }
            Err(error) => Err(error),
        };
        match looked {
            Ok(()) => self.device = Some(device),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the buttons' lines are lost");
                // Let go before anyone is told: a chip that comes back gets its old number only when nobody holds it.
                drop(device);
                self.contacts.lost(monotonic(), &mut events);
                self.fault = Some(error);
                self.backoff.lost(Instant::now());
            }
        }
        self.tell(&events);
        self.publish();
    }

    fn look_after(&mut self, device: &mut dyn Buttons) -> Result<(), LineError> {
        let now = Instant::now();
        if now >= self.next_check && !self.config.buttons.is_empty() {
            self.next_check = now + self.options.check;
            device.is_down(0)?;
        }
        Ok(())
    }

    fn tell(&self, events: &[ButtonEvent]) {
        for event in events {
            match *event {
                ButtonEvent::Stuck { button } => {
                    tracing::warn!(line = self.line(button), "a button is stuck and ignored");
                }
                ButtonEvent::Freed { button } => {
                    tracing::info!(line = self.line(button), "a button is free again");
                }
                ButtonEvent::Missed { button, edges } => {
                    tracing::warn!(line = self.line(button), edges, "edges of a button were lost");
                }
                ButtonEvent::Pressed { .. } | ButtonEvent::Released { .. } => {}
            }
            (self.events)(ButtonsEvent::Button(*event));
        }
    }

    fn line(&self, button: usize) -> &str {
        self.config.buttons.get(button).map_or("", |button| button.line.as_str())
    }

    fn publish(&mut self) {
        let mut faults: Vec<_> = self.fault.iter().map(|error| ButtonsFault::Line(error.fault())).collect();
        for button in self.contacts.stuck().filter_map(|button| self.config.buttons.get(button)) {
            faults.push(ButtonsFault::Stuck { button: button.name.clone(), line: button.line.clone() });
        }
        let state = ButtonsState { up: self.device.is_some(), faults };
        if state == self.published {
            return;
        }
        self.published = state.clone();
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = state.clone();
        (self.events)(ButtonsEvent::State(state));
    }
}
