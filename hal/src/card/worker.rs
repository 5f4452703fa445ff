// SPDX-License-Identifier: MIT OR Apache-2.0
//! The card reader's thread: finds the reader, waits for cards, reads when it is told to, finds the reader again after a
//! loss.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::handle::{CardEvent, Options, ReaderState, Shared};
use super::{Access, CardData, CardError, CardLink, CardReader, ReaderFault, TrustStore, read_card};
use crate::supervise::{Backoff, Once, next_command};
use zeroize::Zeroizing;

/// How long the thread waits for a card before it looks for commands. The waker is quicker; it can come too early, when
/// the wait has not begun.
const SLICE: Duration = Duration::from_millis(200);

pub(super) type Reply = Box<dyn FnOnce(Result<CardData, CardError>) + Send>;
pub(super) type Open = Box<dyn FnMut() -> Result<Box<dyn CardReader>, ReaderFault> + Send>;
pub(super) type Events = Box<dyn Fn(CardEvent) + Send>;

/// What the application wants.
pub(super) enum Command {
    Read(Access, Reply),
    End,
}

pub(super) struct Worker {
    trust: TrustStore,
    options: Options,
    open: Open,
    inbox: Receiver<Command>,
    shared: Arc<Shared>,
    events: Events,
    reader: Option<Box<dyn CardReader>>,
    backoff: Backoff,
    logged: Once,
    fault: Option<ReaderFault>,
    published: ReaderState,
}

impl Worker {
    pub(super) fn new(
        trust: TrustStore,
        options: Options,
        open: Open,
        inbox: Receiver<Command>,
        shared: Arc<Shared>,
        events: Events,
    ) -> Worker {
        Worker {
            backoff: Backoff::new(options.reopen_first, options.reopen_longest, Instant::now()),
            trust,
            options,
            open,
            inbox,
            shared,
            events,
            reader: None,
            logged: Once::default(),
            fault: None,
            published: ReaderState::default(),
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.reader.is_none() && self.backoff.due(now) {
                self.open(now);
            }
            // A driver that is there waits by itself; one that is not waits for its next attempt.
            let idle = if self.reader.is_some() { Duration::ZERO } else { self.backoff.wait(now) };
            match next_command(&self.inbox, idle, Command::End) {
                Some(Command::End) => break,
                Some(Command::Read(access, reply)) => self.read(&access, reply),
                None => self.watch(),
            }
        }
        *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.shared.ended.open();
    }

    fn open(&mut self, now: Instant) {
        match (self.open)() {
            Ok(reader) => {
                tracing::info!(reader = reader.name(), "the card reader is there");
                self.logged.clear();
                self.fault = None;
                *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = reader.waker();
                self.reader = Some(reader);
            }
            Err(fault) => {
                if self.logged.is_news(&fault.to_string()) {
                    tracing::warn!(fault = &fault as &dyn std::error::Error, "no card reader");
                }
                self.fault = Some(fault);
                self.backoff.failed(now);
            }
        }
        self.publish();
    }

    /// Waits a slice for a card to come or go.
    fn watch(&mut self) {
        if let Some(reader) = &mut self.reader
            && let Err(fault) = reader.wait(SLICE)
        {
            self.lose(fault);
        }
        self.publish();
    }

    fn lose(&mut self, fault: ReaderFault) {
        tracing::warn!(fault = &fault as &dyn std::error::Error, "the card reader is lost");
        *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.reader = None;
        self.fault = Some(fault);
        self.backoff.lost(Instant::now());
    }

    fn read(&mut self, access: &Access, reply: Reply) {
        // A card that was laid down a moment ago is known now.
        if let Some(reader) = &mut self.reader
            && let Err(fault) = reader.wait(Duration::ZERO)
        {
            self.lose(fault);
        }
        self.publish();
        let result = match &mut self.reader {
            None => Err(CardError::NoReader),
            Some(reader) => reader.connect().and_then(|mut link| {
                let mut link = Ending { link: link.as_mut(), cancelled: &self.shared.cancelled };
                read_card(&mut link, access, &self.trust, SystemTime::now(), self.options.limit)
            }),
        };
        match &result {
            Ok(data) => tracing::info!(?data, "a card was read"),
            Err(error) => tracing::info!(error = error as &dyn std::error::Error, "a card was not read"),
        }
        self.shared.reading.store(false, Ordering::Release);
        reply(result);
    }

    fn publish(&mut self) {
        let state = ReaderState {
            up: self.reader.is_some(),
            reader: self.reader.as_ref().map(|reader| reader.name()).unwrap_or_default(),
            card: self.reader.as_ref().is_some_and(|reader| reader.has_card()),
            fault: self.fault.clone(),
        };
        if state == self.published {
            return;
        }
        let before = std::mem::replace(&mut self.published, state.clone());
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = state.clone();
        (self.events)(CardEvent::State(state.clone()));
        match (before.card, state.card) {
            (false, true) => (self.events)(CardEvent::Inserted),
            (true, false) => (self.events)(CardEvent::Removed),
            _ => {}
        }
    }
}

/// A way to a card that ends when nobody wants the reading any more.
struct Ending<'a> {
    link: &'a mut dyn CardLink,
    cancelled: &'a AtomicBool,
}

impl CardLink for Ending<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        if self.cancelled.load(Ordering::Acquire) {
            return Err(CardError::Cancelled);
        }
        self.link.transmit(command)
    }

    fn reset(&mut self) -> Result<(), CardError> {
        self.link.reset()
    }
}
