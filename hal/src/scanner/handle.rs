// SPDX-License-Identifier: MIT OR Apache-2.0
//! The application's side of the scanner's thread: [`ScannerHandle`], which never blocks and never goes stale.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::worker::{Command, Worker};
use super::{Scanner, ScannerConfig, ScannerError, ScannerEvent, ScannerState};
use crate::supervise::Latch;

/// Times that a product leaves as they are and a test changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pause after the first failure to open the scanner; it doubles with each further one.
    pub reopen_first: Duration,
    /// Longest pause between two attempts.
    pub reopen_longest: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options { reopen_first: Duration::from_millis(200), reopen_longest: Duration::from_secs(10) }
    }
}

/// What the handle and the thread share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<ScannerState>,
    pub(super) ended: Latch,
}

/// A scanner, found or not. Clones speak of the same one; when the last is dropped, the thread ends.
#[derive(Debug, Clone)]
pub struct ScannerHandle {
    commands: Sender<Command>,
    shared: Arc<Shared>,
}

impl ScannerHandle {
    /// Starts watching a scanner. `events` is called on the scanner's thread and should return quickly: it is where the
    /// application posts to its own loop.
    pub fn spawn(config: ScannerConfig, events: impl Fn(ScannerEvent) + Send + 'static) -> ScannerHandle {
        let device = config.device.clone();
        ScannerHandle::spawn_with(device, Options::default(), move || super::open(&config), events)
    }

    /// The same with other times, and with a scanner that `open` opens. `device` is what messages call it.
    pub fn spawn_with(
        device: impl Into<String>,
        options: Options,
        open: impl FnMut() -> Result<Box<dyn Scanner>, ScannerError> + Send + 'static,
        events: impl Fn(ScannerEvent) + Send + 'static,
    ) -> ScannerHandle {
        let device = device.into();
        let (commands, inbox) = channel();
        let shared = Arc::new(Shared::default());
        let thread_shared = Arc::clone(&shared);
        let spawned = std::thread::Builder::new().name("scanner".to_owned()).spawn(move || {
            Worker::new(device, &options, Box::new(open), inbox, thread_shared, Box::new(events)).run();
        });
        if let Err(error) = spawned {
            // Without its thread the scanner stays down, which is what the application then shows.
            tracing::error!(error = &error as &dyn std::error::Error, "cannot start the scanner's thread");
            shared.ended.open();
        }
        ScannerHandle { commands, shared }
    }

    /// The latest that is known. Never blocks.
    pub fn state(&self) -> ScannerState {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts one reading where the scanner waits to be told.
    pub fn trigger(&self) {
        let _ = self.commands.send(Command::Trigger);
    }

    /// Ends the thread and waits for its end, at most `limit`; not to be called from within the events.
    pub fn shutdown(&self, limit: Duration) {
        let _ = self.commands.send(Command::End);
        self.shared.ended.wait(limit);
    }
}
