// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands to the chip and its answers (ISO/IEC 7816-4), and the channel that they go through: in the clear at first,
//! under secure messaging once the chip has been opened.

use std::time::Instant;

use zeroize::Zeroizing;

use super::sm::SecureMessaging;
use super::{CardError, CardLink};

/// All is well.
pub(crate) const OK: u16 = 0x9000;

/// A short command. `le`: bytes that may come back, 0 for 256.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub header: [u8; 4],
    pub data: Vec<u8>,
    pub le: Option<u8>,
}

impl Command {
    pub(crate) fn new(header: [u8; 4], data: impl Into<Vec<u8>>, le: Option<u8>) -> Command {
        Command { header, data: data.into(), le }
    }

    /// SELECT of an elementary file below what is selected, without an answer.
    pub(crate) fn select_file(file: u16) -> Command {
        Command::new([0x00, 0xA4, 0x02, 0x0C], file.to_be_bytes(), None)
    }

    /// READ BINARY of the selected file.
    pub(crate) fn read(offset: u16, count: u8) -> Command {
        let [high, low] = offset.to_be_bytes();
        Command::new([0x00, 0xB0, high, low], [], Some(count))
    }

    /// The bytes as they are sent.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, CardError> {
        let mut bytes = self.header.to_vec();
        if !self.data.is_empty() {
            bytes
                .push(u8::try_from(self.data.len()).map_err(|_| CardError::Malformed { what: "a command" })?);
            bytes.extend_from_slice(&self.data);
        }
        bytes.extend(self.le);
        Ok(bytes)
    }
}

/// An answer: data and status word.
pub(crate) struct Response {
    pub data: Zeroizing<Vec<u8>>,
    pub status: u16,
}

impl Response {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Response, CardError> {
        let Some((data, &[high, low])) = bytes.split_last_chunk() else {
            return Err(CardError::Malformed { what: "an answer" });
        };
        Ok(Response { data: Zeroizing::new(data.to_vec()), status: u16::from_be_bytes([high, low]) })
    }

    /// The data of an answer that must be a success.
    pub(crate) fn ok(self, step: &'static str) -> Result<Zeroizing<Vec<u8>>, CardError> {
        if self.status == OK { Ok(self.data) } else { Err(CardError::Refused { step, status: self.status }) }
    }
}

/// The way to a chip during one reading.
pub(crate) struct Channel<'a> {
    link: &'a mut dyn CardLink,
    pub(crate) secure: Option<SecureMessaging>,
    deadline: Instant,
}

impl<'a> Channel<'a> {
    pub(crate) fn new(link: &'a mut dyn CardLink, deadline: Instant) -> Channel<'a> {
        Channel { link, secure: None, deadline }
    }

    /// One command and its answer.
    pub(crate) fn send(&mut self, command: &Command) -> Result<Response, CardError> {
        if Instant::now() >= self.deadline {
            return Err(CardError::Slow);
        }
        match &mut self.secure {
            None => Response::parse(&self.link.transmit(&command.bytes()?)?),
            Some(secure) => {
                let protected = secure.protect(command)?;
                let answer = self.link.transmit(&protected)?;
                secure.unprotect(&answer)
            }
        }
    }

    /// Resets the chip: what was opened is shut, what was selected is not.
    pub(crate) fn reset(&mut self) -> Result<(), CardError> {
        self.secure = None;
        self.link.reset()
    }
}
