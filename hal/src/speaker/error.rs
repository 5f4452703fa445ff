// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a speaker cannot be opened or used: the driver's error with its kind, and the fault that the application shows.

use std::error::Error;
use std::fmt;

/// What kind of failure a [`SpeakerError`] is, for code that reacts to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No such sound card.
    NotFound,
    /// Another program has it.
    Busy,
    /// It is there, but may not be opened.
    Denied,
    /// It was open and is gone.
    Lost,
    /// It cannot play this rate or format.
    Unsupported,
    /// Anything else.
    Other,
}

/// Why a speaker cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[error("{action} the sound device {device}")]
pub struct SpeakerError {
    kind: ErrorKind,
    action: &'static str,
    device: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SpeakerError {
    /// An error of a driver. `action` is completed by "the sound device …", for example "cannot open".
    pub fn new(
        kind: ErrorKind,
        action: &'static str,
        device: &str,
        source: Option<Box<dyn Error + Send + Sync>>,
    ) -> SpeakerError {
        SpeakerError { kind, action, device: device.to_owned(), source }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// What keeps a sound from being heard. `Display` is one sentence for the technician that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpeakerFault {
    /// No sound card.
    NotFound,
    /// Another program plays.
    Busy,
    /// No permission.
    Denied,
    /// The card was lost while it played.
    Lost,
    /// The card cannot play this sound.
    Unsupported,
    /// The card takes no more samples.
    Stalled,
    /// Another failure of the card.
    Other,
    /// A sound is being played already.
    Playing,
    /// Stopped by the application.
    Stopped,
    /// The program is ending.
    ShuttingDown,
}

impl fmt::Display for SpeakerFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            SpeakerFault::NotFound => "No sound device was found: plug it in, or check the configured name with aplay -L.",
            SpeakerFault::Busy => "Another program uses the sound device: end it, or configure a device that is shared.",
            SpeakerFault::Denied => "The sound device may not be opened: put the service's user into the group audio.",
            SpeakerFault::Lost => "The sound device was lost while it played: check its cable.",
            SpeakerFault::Unsupported => {
                "The sound device cannot play this sound: configure a device that converts (default or plughw)."
            }
            SpeakerFault::Stalled => "The sound device has stopped taking sound: unplug it and plug it in again.",
            SpeakerFault::Other => "The sound device has failed: look into the log.",
            SpeakerFault::Playing => "A sound is being played already.",
            SpeakerFault::Stopped => "The sound was stopped before its end.",
            SpeakerFault::ShuttingDown => "The program is ending: the sound was not played to its end.",
        })
    }
}

impl Error for SpeakerFault {}

impl From<ErrorKind> for SpeakerFault {
    fn from(kind: ErrorKind) -> SpeakerFault {
        match kind {
            ErrorKind::NotFound => SpeakerFault::NotFound,
            ErrorKind::Busy => SpeakerFault::Busy,
            ErrorKind::Denied => SpeakerFault::Denied,
            ErrorKind::Lost => SpeakerFault::Lost,
            ErrorKind::Unsupported => SpeakerFault::Unsupported,
            ErrorKind::Other => SpeakerFault::Other,
        }
    }
}
