// SPDX-License-Identifier: MIT OR Apache-2.0
//! The application's side of the card reader's thread: [`CardHandle`], which never blocks and never goes stale.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::worker::{Command, Worker};
use super::{Access, CardData, CardError, CardReader, ReaderFault, TrustStore};
use crate::supervise::Latch;

/// Times that a product leaves as they are and a test changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pause after the first failure to open the reader; it doubles with each further one.
    pub reopen_first: Duration,
    /// Longest pause between two attempts.
    pub reopen_longest: Duration,
    /// How long one reading may take.
    pub limit: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            reopen_first: Duration::from_millis(200),
            reopen_longest: Duration::from_secs(10),
            limit: Duration::from_secs(10),
        }
    }
}

/// The latest that is known of the reader. A snapshot: never blocking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ReaderState {
    /// The reader is there and watched.
    pub up: bool,
    /// Its name; empty while it is not there.
    pub reader: String,
    /// A card lies on it.
    pub card: bool,
    /// What is wrong; `None` when all is well, and before the first attempt.
    pub fault: Option<ReaderFault>,
}

/// What the reader's thread tells the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardEvent {
    /// Something about the reader as a device has changed.
    State(ReaderState),
    /// A card was laid on the reader.
    Inserted,
    /// The card is gone: what was read of it is forgotten now.
    Removed,
}

/// Wakes the thread while it waits for a card.
pub(super) type Waker = Box<dyn Fn() + Send + Sync>;

/// What the handle and the thread share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<ReaderState>,
    pub(super) waker: Mutex<Option<Waker>>,
    pub(super) reading: AtomicBool,
    pub(super) cancelled: AtomicBool,
    pub(super) ended: Latch,
}

/// A card reader, found or not. Clones speak of the same one; when the last is dropped, the thread ends.
#[derive(Clone)]
pub struct CardHandle {
    commands: Sender<Command>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for CardHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CardHandle").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl CardHandle {
    /// Starts watching the first reader whose name contains `reader`; empty takes any. `events` is called on the reader's
    /// thread and should return quickly: it is where the application posts to its own loop.
    #[cfg(feature = "pcsc")]
    pub fn spawn(reader: &str, trust: TrustStore, events: impl Fn(CardEvent) + Send + 'static) -> CardHandle {
        let wanted = reader.to_owned();
        CardHandle::spawn_with(trust, Options::default(), move || super::pcsc::open(&wanted), events)
    }

    /// The same with other times, and with a reader that `open` opens.
    pub fn spawn_with(
        trust: TrustStore,
        options: Options,
        open: impl FnMut() -> Result<Box<dyn CardReader>, ReaderFault> + Send + 'static,
        events: impl Fn(CardEvent) + Send + 'static,
    ) -> CardHandle {
        let (commands, inbox) = channel();
        let shared = Arc::new(Shared::default());
        let thread_shared = Arc::clone(&shared);
        let spawned = std::thread::Builder::new().name("card".to_owned()).spawn(move || {
            Worker::new(trust, options, Box::new(open), inbox, thread_shared, Box::new(events)).run();
        });
        if let Err(error) = spawned {
            // Without its thread the reader stays down, which is what the application then shows.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot start the card reader's thread"
            );
            shared.ended.open();
        }
        CardHandle { commands, shared }
    }

    /// The latest that is known. Never blocks.
    pub fn state(&self) -> ReaderState {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the card that lies on the reader. `reply` is called once, on the reader's thread, or at once when it cannot
    /// be read now.
    pub fn read(&self, access: Access, reply: impl FnOnce(Result<CardData, CardError>) + Send + 'static) {
        if self.shared.reading.swap(true, Ordering::AcqRel) {
            reply(Err(CardError::Busy));
            return;
        }
        self.shared.cancelled.store(false, Ordering::Release);
        if let Err(unsent) = self.commands.send(Command::Read(access, Box::new(reply))) {
            self.shared.reading.store(false, Ordering::Release);
            if let Command::Read(_, reply) = unsent.0 {
                reply(Err(CardError::NoReader));
            }
            return;
        }
        self.wake();
    }

    /// Ends the reading that is under way, before its next command; its reply is [`CardError::Cancelled`].
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Release);
    }

    /// Ends the thread and waits for its end, at most `limit`; not to be called from within the events.
    pub fn shutdown(&self, limit: Duration) {
        let _ = self.commands.send(Command::End);
        self.wake();
        self.shared.ended.wait(limit);
    }

    fn wake(&self) {
        if let Some(waker) = self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            waker();
        }
    }
}
