// SPDX-License-Identifier: MIT OR Apache-2.0
//! The application's side of the buttons' thread: [`ButtonsHandle`], which never blocks and never goes stale.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::worker::{End, Worker};
use super::{Buttons, ButtonsEvent, ButtonsState, LineError, PanelConfig};
use crate::supervise::Latch;

/// Times that a product leaves as they are and a test changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pause after the first failure to open the lines; it doubles with each further one.
    pub reopen_first: Duration,
    /// Longest pause between two attempts.
    pub reopen_longest: Duration,
    /// Pause between looks after the lines, for kernels that do not say when a chip is gone.
    pub check: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            reopen_first: Duration::from_millis(200),
            reopen_longest: Duration::from_secs(10),
            check: Duration::from_secs(2),
        }
    }
}

/// What the handle and the thread share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<ButtonsState>,
    pub(super) ended: Latch,
}

/// The buttons of a panel, found or not. Clones speak of the same ones; when the last is dropped, the thread ends.
#[derive(Debug, Clone)]
pub struct ButtonsHandle {
    end: Sender<End>,
    shared: Arc<Shared>,
}

impl ButtonsHandle {
    /// Starts watching the panel's buttons with the driver that it names. `events` is called on the buttons' thread and
    /// should return quickly: it is where the application posts to its own loop.
    pub fn spawn(config: PanelConfig, events: impl Fn(ButtonsEvent) + Send + 'static) -> ButtonsHandle {
        let opened = config.clone();
        ButtonsHandle::spawn_with(config, Options::default(), move || super::open(&opened), events)
    }

    /// The same with other times, and with lines that `open` opens: the simulator's, or another driver's.
    pub fn spawn_with(
        config: PanelConfig,
        options: Options,
        open: impl FnMut() -> Result<Box<dyn Buttons>, LineError> + Send + 'static,
        events: impl Fn(ButtonsEvent) + Send + 'static,
    ) -> ButtonsHandle {
        let (end, inbox) = channel();
        let shared = Arc::new(Shared::default());
        let thread_shared = Arc::clone(&shared);
        let spawned = std::thread::Builder::new().name("buttons".to_owned()).spawn(move || {
            Worker::new(config, options, Box::new(open), inbox, thread_shared, Box::new(events)).run();
        });
        if let Err(error) = spawned {
            // Without its thread the panel stays down, which is what the application then shows.
            tracing::error!(error = &error as &dyn std::error::Error, "cannot start the buttons' thread");
            shared.ended.open();
        }
        ButtonsHandle { end, shared }
    }

    /// The latest that is known. Never blocks.
    pub fn state(&self) -> ButtonsState {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the thread and waits for its end, at most `limit`; not to be called from within the events.
    pub fn shutdown(&self, limit: Duration) {
        let _ = self.end.send(End);
        self.shared.ended.wait(limit);
    }
}
