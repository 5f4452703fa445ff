// SPDX-License-Identifier: MIT OR Apache-2.0
//! Serial lines. Speed, framing and flow control are set by the `serialport` crate; the bytes go through a second,
//! non-blocking descriptor of the same line, because the crate's own one blocks in `write` once the kernel's buffer
//! is full, which a printer out of paper makes happen.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use serialport::{FlowControl, TTYPort};

use super::{Flow, Transport, TransportError, read_now, write_now};

/// An open serial line.
pub(super) struct Serial {
    file: File,
    /// Holds the exclusive lock of the line and its settings.
    _port: TTYPort,
    place: String,
    baud: u32,
}

impl Serial {
    pub(super) fn open(path: &Path, baud: u32, flow: Flow) -> Result<Serial, TransportError> {
        let place = path.display().to_string();
        let opening = |source| TransportError::opening(place.clone(), source);
        let setting = |error: serialport::Error| TransportError::opening(place.clone(), error.into());
        let flow = match flow {
            Flow::None => FlowControl::None,
            Flow::XonXoff => FlowControl::Software,
            Flow::RtsCts => FlowControl::Hardware,
        };
        let mut port =
            serialport::new(place.as_str(), baud).flow_control(flow).open_native().map_err(setting)?;
        // The kernel refuses a second descriptor while the first is exclusive.
        port.set_exclusive(false).map_err(setting)?;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits() as i32)
            .open(path)
            .map_err(opening)?;
        port.set_exclusive(true).map_err(setting)?;
        Ok(Serial { file, _port: port, place, baud })
    }
}

impl AsFd for Serial {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Transport for Serial {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        read_now(self.file.read(buffer), &self.place)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportError> {
        write_now(self.file.write(bytes), &self.place)
    }

    fn bytes_per_second(&self) -> Option<u32> {
        // Ten bits on the line for each byte: start, eight, stop.
        Some(self.baud / 10)
    }
}
