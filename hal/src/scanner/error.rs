// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a scanner cannot be opened or used, and what the technician is told of it.

use std::error::Error;
use std::fmt;

/// Why a scanner cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScannerError {
    /// Nothing is there.
    #[error("there is no scanner at {device}")]
    NotFound {
        /// The configured device.
        device: String,
        /// Why.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It is there, but may not be opened, or another program has it.
    #[error("the scanner at {device} may not be opened")]
    Denied {
        /// The configured device.
        device: String,
        /// Why.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It was open and is gone.
    #[error("the scanner at {device} is gone")]
    Lost {
        /// The configured device.
        device: String,
        /// Why.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The module does not answer its protocol.
    #[error("the scanner at {device} does not answer")]
    Silent {
        /// The configured device.
        device: String,
    },
    /// The configuration asks for what this build cannot do.
    #[error("{what}")]
    Config {
        /// What.
        what: &'static str,
    },
}

impl ScannerError {
    /// What the technician is shown of it.
    pub fn fault(&self) -> ScannerFault {
        match self {
            ScannerError::NotFound { device, .. } => ScannerFault::NotFound { device: device.clone() },
            ScannerError::Denied { device, .. } => ScannerFault::Denied { device: device.clone() },
            ScannerError::Lost { device, .. } => ScannerFault::Lost { device: device.clone() },
            ScannerError::Silent { device } => ScannerFault::Silent { device: device.clone() },
            ScannerError::Config { what } => ScannerFault::Config { what },
        }
    }
}

/// What is wrong with a scanner. `Display` is one sentence for the technician that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScannerFault {
    /// Nothing is there.
    NotFound {
        /// The configured device.
        device: String,
    },
    /// No permission, or another program has it.
    Denied {
        /// The configured device.
        device: String,
    },
    /// It was unplugged.
    Lost {
        /// The configured device.
        device: String,
    },
    /// It does not answer.
    Silent {
        /// The configured device.
        device: String,
    },
    /// It garbles letters and does not let itself be set.
    Garbles {
        /// The configured device.
        device: String,
    },
    /// The configuration is wrong.
    Config {
        /// What.
        what: &'static str,
    },
}

impl fmt::Display for ScannerFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScannerFault::NotFound { device } => {
                write!(
                    formatter,
                    "The scanner {device} was not found: check its cable, or look for its name in /dev/serial/by-id."
                )
            }
            ScannerFault::Denied { device } => write!(
                formatter,
                "The scanner {device} may not be opened: put the service's user into the group dialout (keyboards: input), and \
                 end other programs that use it."
            ),
            ScannerFault::Lost { device } => {
                write!(formatter, "The scanner {device} is gone: check its cable.")
            }
            ScannerFault::Silent { device } => write!(
                formatter,
                "The scanner {device} does not answer: check baud rate and wires, or configure connection = \"serial\" if it is \
                 no GM-class module."
            ),
            ScannerFault::Garbles { device } => write!(
                formatter,
                "The scanner {device} garbles Vietnamese letters and cannot be told otherwise: scan the UTF-8 code of its manual, \
                 or give the zone of its output encoding."
            ),
            ScannerFault::Config { what } => {
                write!(formatter, "The scanner's configuration is wrong: {what}.")
            }
        }
    }
}

impl Error for ScannerFault {}
