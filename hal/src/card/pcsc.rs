// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readers behind PC/SC (pcscd). Readers for contactless cards present a chip as if it lay in a slot.

use std::ffi::{CStr, CString};
use std::time::Duration;

use pcsc::{Card, Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};
use zeroize::Zeroizing;

use super::handle::Waker;
use super::{CardError, CardLink, CardReader, ReaderFault};

/// Longest answer: 256 bytes and a status word, with room for a reader that adds something.
const MAX_ANSWER: usize = 512;

/// A reader.
struct PcscReader {
    context: Context,
    state: ReaderState,
    wanted: String,
}

/// A card that this program has for itself. Reset when it is let go, so that nothing stays open.
struct PcscLink {
    card: Option<Card>,
    /// The card did not answer any more.
    lost: bool,
}

/// The first reader whose name contains `wanted`; empty takes any.
pub(crate) fn open(wanted: &str) -> Result<Box<dyn CardReader>, ReaderFault> {
    let fault = |error| fault(error, wanted);
    let context = Context::establish(Scope::User).map_err(fault)?;
    let readers = context.list_readers_owned().map_err(fault)?;
    let found = readers.into_iter().find(|name| name.to_string_lossy().contains(wanted));
    let name: CString = found.ok_or_else(|| ReaderFault::NotFound { wanted: wanted.to_owned() })?;
    let mut reader =
        PcscReader { context, state: ReaderState::new(name, State::UNAWARE), wanted: wanted.to_owned() };
    reader.wait(Duration::ZERO)?;
    Ok(Box::new(reader))
}

fn fault(error: Error, wanted: &str) -> ReaderFault {
    match error {
        Error::NoService | Error::ServiceStopped => ReaderFault::NoService,
        Error::NoReadersAvailable | Error::UnknownReader | Error::ReaderUnavailable => {
            ReaderFault::NotFound { wanted: wanted.to_owned() }
        }
        Error::SecurityViolation => ReaderFault::Denied,
        other => ReaderFault::Other { message: other.to_string() },
    }
}

impl CardReader for PcscReader {
    fn name(&self) -> String {
        self.state.name().to_string_lossy().into_owned()
    }

    fn has_card(&self) -> bool {
        // A mute one as well: it is something that lies there, and connecting wakes what was only jolted.
        self.state.event_state().contains(State::PRESENT)
    }

    fn wait(&mut self, limit: Duration) -> Result<(), ReaderFault> {
        match self.context.get_status_change(limit, std::slice::from_mut(&mut self.state)) {
            Ok(()) => {
                self.state.sync_current_state();
                let gone = State::UNKNOWN | State::UNAVAILABLE | State::IGNORE;
                if self.state.event_state().intersects(gone) {
                    return Err(ReaderFault::NotFound { wanted: self.wanted.clone() });
                }
                Ok(())
            }
            Err(Error::Timeout | Error::Cancelled) => Ok(()),
            Err(error) => Err(fault(error, &self.wanted)),
        }
    }

    fn connect(&mut self) -> Result<Box<dyn CardLink>, CardError> {
        let name: &CStr = self.state.name();
        let card =
            self.context.connect(name, ShareMode::Exclusive, Protocols::ANY).map_err(
                |error| match error {
                    Error::NoSmartcard => CardError::NoCard,
                    error => trouble(error),
                },
            )?;
        Ok(Box::new(PcscLink { card: Some(card), lost: false }))
    }

    fn waker(&self) -> Option<Waker> {
        let context = self.context.clone();
        Some(Box::new(move || {
            let _ = context.cancel();
        }))
    }
}

fn trouble(error: Error) -> CardError {
    match error {
        // What PC/SC says when a card left the field in the middle of a command is `NotTransacted`.
        Error::RemovedCard
        | Error::ResetCard
        | Error::NoSmartcard
        | Error::UnpoweredCard
        | Error::UnresponsiveCard
        | Error::NotTransacted
        | Error::CommError => CardError::Removed,
        Error::NoService | Error::ServiceStopped | Error::ReaderUnavailable | Error::UnknownReader => {
            CardError::NoReader
        }
        Error::InsufficientBuffer => CardError::Malformed { what: "an answer" },
        other => CardError::Transport(Box::new(other)),
    }
}

impl PcscLink {
    fn checked<T>(&mut self, result: Result<T, CardError>) -> Result<T, CardError> {
        self.lost |= matches!(result, Err(CardError::Removed | CardError::NoReader));
        result
    }
}

impl CardLink for PcscLink {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let card = self.card.as_ref().ok_or(CardError::Removed)?;
        let mut buffer = Zeroizing::new([0; MAX_ANSWER]);
        let answer = card.transmit(command, buffer.as_mut()).map_err(trouble).and_then(|answer| {
            // Some readers answer with nothing when the card left in the middle; a chip's shortest answer is a status word.
            if answer.len() < 2 { Err(CardError::Removed) } else { Ok(Zeroizing::new(answer.to_vec())) }
        });
        self.checked(answer)
    }

    fn reset(&mut self) -> Result<(), CardError> {
        let card = self.card.as_mut().ok_or(CardError::Removed)?;
        let reset =
            card.reconnect(ShareMode::Exclusive, Protocols::ANY, Disposition::ResetCard).map_err(trouble);
        self.checked(reset)
    }
}

impl Drop for PcscLink {
    fn drop(&mut self) {
        // A reset that nobody answers makes pcscd believe in a mute card, and blind to the next one.
        let disposition = if self.lost { Disposition::LeaveCard } else { Disposition::ResetCard };
        if let Some(card) = self.card.take() {
            let _ = card.disconnect(disposition);
        }
    }
}
