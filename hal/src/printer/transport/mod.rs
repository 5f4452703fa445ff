// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ways to a printer: serial line, USB printer class, TCP. A transport moves bytes and never blocks; what the bytes
//! mean and when to reopen a lost link is the supervisor's business.

mod serial;
mod tcp;
mod url;
mod usb;

use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;

pub use url::{Flow, PrinterUrl, UrlError};

/// An open way to a printer. Reads and writes return at once; the file descriptor tells `poll` when they would do
/// something.
pub trait Transport: AsFd + Send {
    /// Takes what has arrived, at most `buffer.len()` bytes. `Ok(0)` means that nothing is there now.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when the other end is gone.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError>;

    /// Hands over as many bytes as the link takes now. `Ok(0)` means that it takes none at the moment.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when the other end is gone.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportError>;

    /// Bytes per second that the line itself carries, where that is known and slow (a serial line). The kernel takes
    /// bytes much faster than such a line sends them.
    fn bytes_per_second(&self) -> Option<u32> {
        None
    }
}

/// What kind of failure a [`TransportError`] is, for code that reacts to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is there: no such file, no such USB device, no route, connection refused.
    NotFound,
    /// Something is there, but it may not be opened: permissions, or another program has it.
    Denied,
    /// The link was open and is gone.
    Lost,
    /// Anything else.
    Other,
}

/// Why a link cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[error("{action} {place}")]
pub struct TransportError {
    kind: ErrorKind,
    action: &'static str,
    place: String,
    #[source]
    source: Option<io::Error>,
}

impl TransportError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn opening(place: impl Into<String>, source: io::Error) -> TransportError {
        let kind = match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy => ErrorKind::Denied,
            io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => ErrorKind::NotFound,
            // ENXIO, ENODEV and EIO: the node exists, the device behind it does not.
            _ if matches!(source.raw_os_error(), Some(5 | 6 | 19)) => ErrorKind::NotFound,
            _ => ErrorKind::Other,
        };
        TransportError { kind, action: "cannot open", place: place.into(), source: Some(source) }
    }

    fn absent(place: impl Into<String>) -> TransportError {
        TransportError {
            kind: ErrorKind::NotFound,
            action: "no printer is plugged in as",
            place: place.into(),
            source: None,
        }
    }

    fn lost(place: impl Into<String>, source: Option<io::Error>) -> TransportError {
        TransportError { kind: ErrorKind::Lost, action: "lost the link to", place: place.into(), source }
    }
}

/// Where the operating system shows its devices. Tests put their own directories here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// Mount point of sysfs, `/sys`.
    pub sys: PathBuf,
    /// Directory of device nodes, `/dev`.
    pub dev: PathBuf,
}

impl Default for Roots {
    fn default() -> Roots {
        Roots { sys: PathBuf::from("/sys"), dev: PathBuf::from("/dev") }
    }
}

/// Opens the way that `url` names. Takes at most about two seconds (a TCP connection that nobody answers).
///
/// # Errors
/// When nothing is there, or it may not be opened.
pub fn open(url: &PrinterUrl, roots: &Roots) -> Result<Box<dyn Transport>, TransportError> {
    Ok(match url {
        PrinterUrl::Serial { path, baud, flow } => Box::new(serial::Serial::open(path, *baud, *flow)?),
        PrinterUrl::UsbNode { path } => Box::new(usb::UsbPrinter::open(path)?),
        PrinterUrl::UsbId { vendor, product } => {
            Box::new(usb::UsbPrinter::open(&usb::find(roots, *vendor, *product)?)?)
        }
        PrinterUrl::Tcp { address } => Box::new(tcp::Tcp::open(*address)?),
    })
}

/// A read of a non-blocking descriptor: nothing now is `Ok(0)`, end of file is a lost link.
fn read_now(result: io::Result<usize>, place: &str) -> Result<usize, TransportError> {
    match result {
        Ok(0) => Err(TransportError::lost(place, None)),
        other => write_now(other, place),
    }
}

/// A write to a non-blocking descriptor: no room now is `Ok(0)`.
fn write_now(result: io::Result<usize>, place: &str) -> Result<usize, TransportError> {
    match result {
        Ok(count) => Ok(count),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
        Err(error) => Err(TransportError::lost(place, Some(error))),
    }
}
