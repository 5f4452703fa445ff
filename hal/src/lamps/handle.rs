// SPDX-License-Identifier: MIT OR Apache-2.0
//! The application's side of the lamps' thread: [`LampsHandle`], which never blocks and never goes stale.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::worker::{Request, Worker};
use super::{Lamps, LampsEvent, LampsState, Output, Pattern};
use crate::buttons::{LineError, PanelConfig};
use crate::supervise::Latch;

/// Times that a product leaves as they are and a test changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pause after the first failure to open the lines; it doubles with each further one.
    pub reopen_first: Duration,
    /// Longest pause between two attempts.
    pub reopen_longest: Duration,
    /// How often each output is set anew to what it should be: that is how a lost line is noticed.
    pub refresh: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            reopen_first: Duration::from_millis(200),
            reopen_longest: Duration::from_secs(10),
            refresh: Duration::from_secs(2),
        }
    }
}

/// What the handle and the thread share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<LampsState>,
    pub(super) ended: Latch,
}

/// The lamps and the buzzer of a panel, found or not. Clones speak of the same ones; when the last is dropped, all go out
/// and the thread ends.
#[derive(Debug, Clone)]
pub struct LampsHandle {
    requests: Sender<Request>,
    shared: Arc<Shared>,
}

impl LampsHandle {
    /// Starts keeping the panel's lamps as they should be, with the driver that the panel names. `events` is called on the
    /// lamps' thread and should return quickly.
    pub fn spawn(config: PanelConfig, events: impl Fn(LampsEvent) + Send + 'static) -> LampsHandle {
        LampsHandle::spawn_with(Options::default(), move || super::open(&config), events)
    }

    /// The same with other times, and with lamps that `open` opens: the simulator's, or another driver's.
    pub fn spawn_with(
        options: Options,
        open: impl FnMut() -> Result<Box<dyn Lamps>, LineError> + Send + 'static,
        events: impl Fn(LampsEvent) + Send + 'static,
    ) -> LampsHandle {
        let (requests, inbox) = channel();
        let shared = Arc::new(Shared::default());
        let thread_shared = Arc::clone(&shared);
        let spawned = std::thread::Builder::new().name("lamps".to_owned()).spawn(move || {
            Worker::new(options, Box::new(open), inbox, thread_shared, Box::new(events)).run();
        });
        if let Err(error) = spawned {
            // Without its thread the panel stays dark, which is what the application then shows.
            tracing::error!(error = &error as &dyn std::error::Error, "cannot start the lamps' thread");
            shared.ended.open();
        }
        LampsHandle { requests, shared }
    }

    /// Gives an output a pattern, which begins now and stays until the next one; also while the lines are away. Never
    /// blocks.
    pub fn set(&self, output: Output, pattern: Pattern) {
        // A thread that has ended takes nothing; the state says so.
        let _ = self.requests.send(Request::Set(output, pattern));
    }

    /// The latest that is known. Never blocks.
    pub fn state(&self) -> LampsState {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Switches everything off, ends the thread and waits for its end, at most `limit`; not to be called from within the
    /// events.
    pub fn shutdown(&self, limit: Duration) {
        let _ = self.requests.send(Request::End);
        self.shared.ended.wait(limit);
    }
}
