// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sound: announcements and chimes on one loudspeaker.
//!
//! | module | what lives there |
//! |---|---|
//! | `pcm` | [`Pcm`]: samples, their length and level, WAV files |
//! | `handle`, `worker` | the thread that opens, watches and plays: [`SpeakerHandle`] |
//! | `error` | the drivers' [`SpeakerError`], and the [`SpeakerFault`] that is shown |
//! | `alsa` (feature `alsa`) | the driver for sound cards |
//! | `sim` (feature `sim`) | a loudspeaker that leaves each sound as a WAV file |
//!
//! One sound at a time: a second one is refused while the first is heard. What is to be said next, and what matters more,
//! is the application's business.

#[cfg(feature = "alsa")]
pub mod alsa;
mod error;
mod handle;
mod pcm;
#[cfg(feature = "sim")]
pub mod sim;
mod worker;

use std::time::Duration;

pub use error::{ErrorKind, SpeakerError, SpeakerFault};
pub use handle::{Options, SpeakerHandle};
pub use pcm::{Pcm, WavError};

/// A loudspeaker that is open. Nothing here waits: what the device does not take now is offered again a little later.
pub trait Speaker: Send {
    /// Makes ready for a sound of so many samples per second.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the rate cannot be played; [`ErrorKind::Lost`] when the device is gone.
    fn begin(&mut self, rate_hz: u32) -> Result<(), SpeakerError>;

    /// Hands over further samples and says how many were taken; `Ok(0)` means none at the moment.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when the device is gone.
    fn write(&mut self, samples: &[i16]) -> Result<usize, SpeakerError>;

    /// The sound has been handed over whole: how long until its last sample has been heard. Called again until it
    /// answers zero, which ends the sound.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when the device is gone.
    fn drain(&mut self) -> Result<Duration, SpeakerError>;

    /// Silence at once; what has not been heard is forgotten.
    fn stop(&mut self);

    /// Whether the device is still there; asked between sounds.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when it is gone.
    fn check(&mut self) -> Result<(), SpeakerError>;
}

/// Names a sound; the application chooses it, for example the number of an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SoundId(pub u128);

/// The latest that is known of the speaker. A snapshot: cheap to copy and never blocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpeakerState {
    /// What keeps it from playing; `None` when it would play now. Before the first attempt to open it: not found.
    pub fault: Option<SpeakerFault>,
    /// What is being heard.
    pub playing: Option<SoundId>,
}

impl Default for SpeakerState {
    fn default() -> SpeakerState {
        SpeakerState { fault: Some(SpeakerFault::NotFound), playing: None }
    }
}

/// What the speaker's thread tells the application. Each sound that is asked for ends in exactly one
/// [`SpeakerEvent::Finished`] or [`SpeakerEvent::Failed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeakerEvent {
    /// Something about the speaker has changed.
    State(SpeakerState),
    /// The sound is beginning to be heard.
    Started(SoundId),
    /// The sound has been heard to its end.
    Finished(SoundId),
    /// The sound was not heard, or not to its end.
    Failed(SoundId, SpeakerFault),
}
