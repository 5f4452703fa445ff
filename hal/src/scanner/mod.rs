// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners of QR codes and barcodes. They give bytes, one scan at a time; what those say is the application's business.
//!
//! | module | what lives there |
//! |---|---|
//! | `config`, `url` | how a scanner is connected: [`ScannerConfig`], as a file and as one line |
//! | `frames` | bytes to scans: suffixes, pauses, lengths, identifiers; no clock, no I/O: [`Framer`] |
//! | `gm` | the command protocol of the GM65/GM8xx modules, replies between the data; no I/O |
//! | `keys` | keys of a scanner that is a keyboard to characters; no I/O |
//! | `serial` | serial lines and USB serial ports (CDC-ACM), with or without that protocol |
//! | `wedge` (feature `evdev`) | scanners that are keyboards, grabbed so that nothing else reads them |
//! | `handle`, `worker` | the thread that opens, watches and reports: [`ScannerHandle`] |
//! | `sim` (feature `sim`) | a GM-class module on a pseudo-terminal, with faults |
//!
//! Scans may be personal data: they are wiped when dropped, hidden in debug output and never logged.

mod config;
mod error;
mod frames;
mod gm;
mod handle;
mod keys;
mod serial;
#[cfg(feature = "sim")]
pub mod sim;
mod url;
#[cfg(feature = "evdev")]
pub mod wedge;
mod worker;

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

pub use config::{Connection, Mode, ScannerConfig, Suffix, Zone};
pub use error::{ScannerError, ScannerFault};
pub use frames::{Framer, MAX_SCAN};
pub use gm::{Splitter, crc16};
pub use handle::{Options, ScannerHandle};
pub use keys::Keys;
#[cfg(feature = "sim")]
pub use keys::typed;
pub use url::UrlError;

/// The bytes of one scan, without suffix and identifier. Wiped when dropped, hidden in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Scanned(Zeroizing<Vec<u8>>);

impl Scanned {
    /// Takes the bytes.
    pub fn new(bytes: Vec<u8>) -> Scanned {
        Scanned(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Scanned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scanned({} bytes)", self.0.len())
    }
}

/// What a scanner gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A scan.
    Scanned(Scanned),
    /// A scan that is not passed on.
    Dropped(Dropped),
    /// What is now known of the scanner's settings.
    Encoding(Encoding),
}

/// Why a scan is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// Longer than [`MAX_SCAN`].
    TooLong,
    /// A code that sets scanners up.
    SetUp,
    /// Parts were lost between the scanner and us.
    Lost,
}

/// How a scanner sends letters beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// It was not asked, or cannot tell.
    #[default]
    Unknown,
    /// As they stand in the code.
    Unchanged,
    /// Changed into something without Vietnamese letters: names and addresses are lost.
    Garbles,
    /// Digits and ASCII only: it is a keyboard, and keyboards cannot send Vietnamese letters.
    AsciiOnly,
}

/// A scanner that is open.
pub trait Scanner: Send {
    /// Waits for input, at most `limit`, and adds what came.
    ///
    /// # Errors
    /// When the scanner is gone, or does not answer any more.
    fn wait(&mut self, limit: Duration, inputs: &mut Vec<Input>) -> Result<(), ScannerError>;

    /// Starts one reading, where the scanner waits to be told; nothing elsewhere.
    ///
    /// # Errors
    /// When the scanner is gone.
    fn trigger(&mut self) -> Result<(), ScannerError>;
}

/// The latest that is known of a scanner. A snapshot: never blocking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ScannerState {
    /// It is open and watched.
    pub up: bool,
    /// How it sends letters.
    pub encoding: Encoding,
    /// What is wrong; empty when all is well, and before the first attempt.
    pub faults: Vec<ScannerFault>,
}

/// What the scanner's thread tells the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerEvent {
    /// Something about the scanner as a device has changed.
    State(ScannerState),
    /// A scan.
    Scanned(Scanned),
    /// A scan that is not passed on: the citizen may be told to try again.
    Dropped(Dropped),
}

/// Opens the scanner that a configuration describes.
///
/// # Errors
/// When it is not there, in use, or this build has no such driver.
pub fn open(config: &ScannerConfig) -> Result<Box<dyn Scanner>, ScannerError> {
    match config.connection {
        Connection::Serial | Connection::Gm => Ok(Box::new(serial::SerialScanner::open(config)?)),
        #[cfg(feature = "evdev")]
        Connection::Keyboard => Ok(Box::new(wedge::WedgeScanner::open(config)?)),
        #[cfg(not(feature = "evdev"))]
        Connection::Keyboard => {
            Err(ScannerError::Config { what: "this build has no driver for scanners that are keyboards" })
        }
    }
}
