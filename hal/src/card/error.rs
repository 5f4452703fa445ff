// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a card cannot be read, and what is wrong with a reader.

use std::error::Error;
use std::fmt;

/// Why a card could not be read. Says nothing of what is on the card.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// No card lies on the reader.
    #[error("no card lies on the reader")]
    NoCard,
    /// The card was taken away before it was read.
    #[error("the card was taken away before it was read")]
    Removed,
    /// The number that was given is not this card's.
    #[error("the number does not open this card")]
    WrongAccess,
    /// The chip offers no way to open it with what was given.
    #[error(
        "the chip cannot be opened with what was given: it takes the machine-readable zone only, or is no ID card"
    )]
    NoAccess,
    /// The chip refused a step.
    #[error("the chip refused {step} with status {status:04X}")]
    Refused {
        /// What was asked.
        step: &'static str,
        /// Its status word (ISO/IEC 7816-4, 5.6).
        status: u16,
    },
    /// Something of the chip is not built as Doc 9303 says.
    #[error("{what} cannot be read")]
    Malformed {
        /// What.
        what: &'static str,
    },
    /// An answer was changed on the way, or the chip does not have the session's keys.
    #[error("the chip's answer was changed on the way")]
    Altered,
    /// The reading took longer than it may.
    #[error("the card answers too slowly: hold it still")]
    Slow,
    /// There is no reader, or it is out of order.
    #[error("the card reader is not ready")]
    NoReader,
    /// Another reading is not finished.
    #[error("a card is being read already")]
    Busy,
    /// Nobody wants it any more.
    #[error("the reading was ended")]
    Cancelled,
    /// The way to the card failed.
    #[error("the reader failed to reach the card")]
    Transport(#[source] Box<dyn Error + Send + Sync>),
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random,
}

impl CardError {
    /// The error as one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            CardError::NoCard => "no_card",
            CardError::Removed => "removed",
            CardError::WrongAccess => "wrong_access",
            CardError::NoAccess => "no_access",
            CardError::Refused { .. } => "refused",
            CardError::Malformed { .. } => "malformed",
            CardError::Altered => "altered",
            CardError::Slow => "slow",
            CardError::NoReader => "no_reader",
            CardError::Busy => "busy",
            CardError::Cancelled => "cancelled",
            CardError::Transport(_) => "transport",
            CardError::Random => "random",
        }
    }

    /// What the citizen can do about it.
    pub fn advice(&self) -> Advice {
        match self {
            CardError::NoCard | CardError::Removed | CardError::Slow => Advice::HoldStill,
            CardError::Altered | CardError::Malformed { .. } | CardError::Transport(_) => Advice::HoldStill,
            CardError::WrongAccess => Advice::CheckNumber,
            CardError::NoAccess | CardError::Refused { .. } => Advice::OtherCard,
            CardError::NoReader | CardError::Busy | CardError::Cancelled | CardError::Random => {
                Advice::WithoutCard
            }
        }
    }
}

/// What the citizen can do when a card was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Lay the card on the reader again and leave it there.
    HoldStill,
    /// Scan the card's own code again, or type its number again.
    CheckNumber,
    /// This is no chip ID card: take the right one, or go on without.
    OtherCard,
    /// The device is the trouble: go on without a card.
    WithoutCard,
}

/// What is wrong with a reader. `Display` is one sentence for the technician that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReaderFault {
    /// The PC/SC service does not run.
    NoService,
    /// The service knows no reader, or not the one that is configured.
    NotFound {
        /// The configured name; empty for any.
        wanted: String,
    },
    /// The service does not let this user in.
    Denied,
    /// Anything else.
    Other {
        /// What PC/SC says.
        message: String,
    },
}

impl fmt::Display for ReaderFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReaderFault::NoService => {
                formatter.write_str("The smart card service does not run: install pcscd, then systemctl enable --now pcscd.socket.")
            }
            ReaderFault::NotFound { wanted } if wanted.is_empty() => formatter.write_str(
                "No card reader was found: plug it in; if it stays unknown, install libccid or the maker's driver, and \
                 see that no kernel module has taken it (pn533_usb).",
            ),
            ReaderFault::NotFound { wanted } => {
                write!(formatter, "The card reader \"{wanted}\" was not found: check its cable, or its name with pcsc_scan.")
            }
            ReaderFault::Denied => formatter.write_str(
                "The smart card service refuses this user: allow org.debian.pcsc-lite.access_pcsc and access_card to \
                 the service's user (polkit).",
            ),
            ReaderFault::Other { message } => {
                write!(formatter, "The card reader has failed ({message}): unplug it and plug it in again.")
            }
        }
    }
}

impl Error for ReaderFault {}
