// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receipt printers that speak ESC/POS.
//!
//! | module | what lives there |
//! |---|---|
//! | [`document`] | what is to stand on a slip, as blocks |
//! | [`profile`] | what a model can do, as data |
//! | [`raster`], [`bitmap`], [`tcvn`] | text and QR codes as dots, and as TCVN-3 bytes |
//! | [`escpos`] | documents to bytes; the printer's bytes to replies |
//! | [`transport`] | serial, USB and TCP |
//! | `supervisor` | the thread that finds, opens, watches and prints: [`PrinterHandle`] |
//! | [`state`] | what is known of a printer, and its faults |
//! | `sim` (feature `sim`) | a whole printer on a pty or a TCP port |
//!
//! A job is called printed only with a proof from the printer, failed only when nothing of it has gone out, and unknown
//! otherwise. A job is never sent twice: after paper end the printer itself goes on with what it has in its buffer.

pub mod bitmap;
pub mod document;
pub mod escpos;
mod page;
pub mod profile;
pub mod raster;
#[cfg(feature = "sim")]
pub mod sim;
pub mod state;
mod supervisor;
pub mod tcvn;
pub mod transport;

pub use document::{Align, Block, Document, Line, Style};
pub use escpos::plain_raster;
pub use profile::Profile;
pub use state::{Fault, Link, Paper, PrinterState};
pub use supervisor::{Options, PrinterConfig, PrinterHandle};
pub use transport::{PrinterUrl, UrlError};

/// Names a job; the application chooses it, for example the UUID of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u128);

/// What a printer's thread tells the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterEvent {
    /// Something about the printer has changed.
    State(PrinterState),
    /// Something about a job has changed.
    Job {
        /// Which.
        job: JobId,
        /// What is known of it now.
        state: JobState,
    },
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// On its way; also said again when a stopped printer goes on.
    Sending,
    /// The printer is stopped in the middle of it and goes on by itself when the fault is gone: do not print it again.
    Waiting(Fault),
    /// The printer has confirmed that it is out. Final.
    Printed,
    /// Surely not on paper: nothing of it was sent. Final.
    Failed(Fault),
    /// It may or may not be on paper; a person has to look. Final.
    Unknown(Fault),
}

impl JobState {
    /// Whether nothing further will be said of the job.
    pub fn is_final(&self) -> bool {
        matches!(self, JobState::Printed | JobState::Failed(_) | JobState::Unknown(_))
    }
}
