// SPDX-License-Identifier: MIT OR Apache-2.0
//! The application's side of the speaker's thread: [`SpeakerHandle`], which never blocks and never goes stale.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::worker::{Request, Worker};
use super::{Pcm, SoundId, Speaker, SpeakerError, SpeakerEvent, SpeakerState};
use crate::supervise::Latch;

/// Times that a product leaves as they are and a test changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pause after the first failure to open the device; it doubles with each further one.
    pub reopen_first: Duration,
    /// Longest pause between two attempts.
    pub reopen_longest: Duration,
    /// Pause between looks after an idle device.
    pub check: Duration,
    /// How long a device may take no samples and get no further before it counts as stalled.
    pub stall: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            reopen_first: Duration::from_millis(200),
            reopen_longest: Duration::from_secs(10),
            check: Duration::from_secs(1),
            stall: Duration::from_secs(3),
        }
    }
}

/// What the handle and the thread share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<SpeakerState>,
    pub(super) ended: Latch,
}

/// A loudspeaker, found or not. Clones speak of the same one; when the last is dropped, the thread ends and what is being
/// heard is cut off.
#[derive(Debug, Clone)]
pub struct SpeakerHandle {
    requests: Sender<Request>,
    shared: Arc<Shared>,
}

impl SpeakerHandle {
    /// Starts watching the device that `open` opens, now and again after each loss. `events` is called on the speaker's
    /// thread and should return quickly: it is where the application posts to its own loop.
    pub fn spawn(
        open: impl FnMut() -> Result<Box<dyn Speaker>, SpeakerError> + Send + 'static,
        events: impl Fn(SpeakerEvent) + Send + 'static,
    ) -> SpeakerHandle {
        SpeakerHandle::spawn_with(Options::default(), open, events)
    }

    /// The same with other times.
    pub fn spawn_with(
        options: Options,
        open: impl FnMut() -> Result<Box<dyn Speaker>, SpeakerError> + Send + 'static,
        events: impl Fn(SpeakerEvent) + Send + 'static,
    ) -> SpeakerHandle {
        let (requests, inbox) = channel();
        let shared = Arc::new(Shared::default());
        let thread_shared = Arc::clone(&shared);
        let spawned = std::thread::Builder::new().name("speaker".to_owned()).spawn(move || {
            Worker::new(options, Box::new(open), inbox, thread_shared, Box::new(events)).run();
        });
        if let Err(error) = spawned {
            // Without its thread the speaker stays "not found", which is what the application then shows.
            tracing::error!(error = &error as &dyn std::error::Error, "cannot start the speaker's thread");
            shared.ended.open();
        }
        SpeakerHandle { requests, shared }
    }

    /// Plays a sound at a volume of 0 (silence) to 100 (as it is; [`Pcm::at_volume`]). Never blocks; what becomes of it
    /// arrives as events. While another sound is heard, or the device is not there, it fails at once.
    pub fn play(&self, id: SoundId, sound: Pcm, volume: u8) {
        // A thread that has ended takes nothing; the state says so.
        let _ = self.requests.send(Request::Play { id, sound, volume });
    }

    /// Cuts off what is being heard; it ends as [`super::SpeakerFault::Stopped`]. Never blocks.
    pub fn stop(&self) {
        let _ = self.requests.send(Request::Stop);
    }

    /// The latest that is known. Never blocks.
    pub fn state(&self) -> SpeakerState {
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the thread: what is being heard may go on for at most `limit`. Blocks until the thread has ended, or a little
    /// longer than `limit`; not to be called from within the events.
    pub fn shutdown(&self, limit: Duration) {
        let _ = self.requests.send(Request::End(limit));
        // Opening a device may take its time; nobody waits for that.
        self.shared.ended.wait(limit + Duration::from_millis(500));
    }
}
