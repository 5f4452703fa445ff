// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip of an ID card, over PC/SC: read once, after its holder laid it down and gave its number.
//!
//! | module | what lives there |
//! |---|---|
//! | `read` | the whole of one reading: open, read DG1 and DG13, check the signatures: [`read_card`] |
//! | `pace`, `bac`, `curve` | the two ways to open a chip (ICAO Doc 9303-11) and the curves of the first |
//! | `sm`, `suite`, `apdu`, `ber` | secure messaging, its cryptography, commands, blocks |
//! | `passive` | passive authentication: whether what was read is what the state signed: [`TrustStore`] |
//! | `handle`, `worker` | the thread that watches the reader and reads: [`CardHandle`] |
//! | `pcsc` (feature `pcsc`) | readers behind pcscd |
//! | `sim` (feature `sim`) | a card that speaks to a real pcscd through its virtual reader, with faults |
//!
//! Data group 2 (the face) and 3 (the fingerprints) are never selected. What was read is wiped when dropped, and no
//! message holds any of it. What the data groups say is for the application to read.

mod apdu;
mod bac;
mod ber;
mod curve;
mod error;
mod handle;
mod pace;
mod passive;
#[cfg(feature = "pcsc")]
pub(crate) mod pcsc;
mod read;
#[cfg(feature = "sim")]
pub mod sim;
mod sm;
mod suite;
mod worker;

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

pub use error::{Advice, CardError, ReaderFault};
pub use handle::{CardEvent, CardHandle, Options, ReaderState};
pub use passive::{Authenticity, Flaw, TrustError, TrustStore, Unproven, authenticate};
pub use read::read_card;

/// The way to one chip that lies on a reader.
pub trait CardLink: Send {
    /// Sends one command and gives its answer, both as bytes of ISO/IEC 7816-4.
    ///
    /// # Errors
    /// [`CardError::Removed`] when the card is gone, [`CardError::Transport`] when it cannot be reached.
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError>;

    /// Resets the chip.
    ///
    /// # Errors
    /// As `transmit`.
    fn reset(&mut self) -> Result<(), CardError>;
}

/// A reader that is open.
pub trait CardReader: Send {
    /// Its name.
    fn name(&self) -> String;

    /// Whether a card lies on it.
    fn has_card(&self) -> bool;

    /// Waits until a card comes or goes, at most `limit`; then [`CardReader::has_card`] is true to the present.
    ///
    /// # Errors
    /// When the reader or its service is gone.
    fn wait(&mut self, limit: Duration) -> Result<(), ReaderFault>;

    /// A way to the card that lies there, for this program alone.
    ///
    /// # Errors
    /// [`CardError::NoCard`] when none does.
    fn connect(&mut self) -> Result<Box<dyn CardLink>, CardError>;

    /// What ends [`CardReader::wait`] from another thread; `None` when nothing does.
    fn waker(&self) -> Option<Box<dyn Fn() + Send + Sync>> {
        None
    }
}

/// What opens a card. Wiped when dropped, hidden in debug output.
#[derive(Clone, Default)]
pub struct Access {
    can: Option<Zeroizing<String>>,
    mrz: Vec<Zeroizing<String>>,
}

impl Access {
    /// By the six digits of the card access number: the last six of a Vietnamese card's number.
    pub fn with_can(can: &str) -> Access {
        Access { can: Some(Zeroizing::new(can.to_owned())), mrz: Vec::new() }
    }

    /// By the 24 characters of the machine-readable zone too, for chips that do not offer PACE. Called again, it adds what
    /// is tried next.
    #[must_use]
    pub fn and_mrz(mut self, key: &str) -> Access {
        self.mrz.push(Zeroizing::new(key.to_owned()));
        self
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Access { can, mrz } = self;
        write!(formatter, "Access {{ can: {}, mrz: {} }}", can.is_some(), mrz.len())
    }
}

/// How a chip was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Password-authenticated connection establishment with the card access number.
    Pace,
    /// Basic access control with the machine-readable zone.
    Bac,
}

/// What was read from a card. Wiped when dropped, hidden in debug output.
#[derive(Clone)]
pub struct CardData {
    /// How it was opened.
    pub protocol: Protocol,
    /// Data group 1: the machine-readable zone. Doc 9303-10, 4.7.1; tag 61.
    pub dg1: Zeroizing<Vec<u8>>,
    /// Data group 13, when the card has one: what stands on a Vietnamese card; tag 6D.
    pub dg13: Option<Zeroizing<Vec<u8>>>,
    /// Whether it is what the state signed.
    pub authenticity: Authenticity,
    /// How long it took, from the first command to the last check.
    pub took: Duration,
}

impl fmt::Debug for CardData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CardData")
            .field("protocol", &self.protocol)
            .field("dg13", &self.dg13.is_some())
            .field("authenticity", &self.authenticity)
            .field("took", &self.took)
            .finish_non_exhaustive()
    }
}

/// The first reader behind PC/SC whose name contains `wanted`; empty takes any.
///
/// # Errors
/// What is wrong with the reader or its service.
#[cfg(feature = "pcsc")]
pub fn open(wanted: &str) -> Result<Box<dyn CardReader>, ReaderFault> {
    pcsc::open(wanted)
}

/// Random bytes for keys.
fn random(bytes: &mut [u8]) -> Result<(), CardError> {
    getrandom::fill(bytes).map_err(|_| CardError::Random)
}

#[cfg(test)]
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
