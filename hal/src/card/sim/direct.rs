// SPDX-License-Identifier: MIT OR Apache-2.0
//! The virtual card without pcscd, for machines whose user may not start one: a reader within this program. The driver's
//! protocols run as ever; what is left out is PC/SC.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Chip, Faults, answered};
use crate::card::{CardError, CardLink, CardReader, ReaderFault};

/// What lies in the slot, and how often that has changed.
#[derive(Default)]
struct Slot {
    laid: Option<(Chip, Faults)>,
    turn: u64,
}

/// A reader within this program. Clones speak of the same one.
#[derive(Clone, Default)]
pub struct DirectReader {
    slot: Arc<(Mutex<Slot>, Condvar)>,
}

impl std::fmt::Debug for DirectReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DirectReader")
    }
}

impl DirectReader {
    /// Lays a card down in place of what lies there.
    pub fn lay(&self, chip: Chip, faults: Faults) {
        self.change(Some((chip, faults)));
    }

    /// Takes the card away.
    pub fn take_away(&self) {
        self.change(None);
    }

    /// The reader's side, for [`crate::card::CardHandle::spawn_with`].
    pub fn open(&self) -> Box<dyn CardReader> {
        let known = self.slot().turn;
        Box::new(Opened { reader: self.clone(), known })
    }

    fn change(&self, laid: Option<(Chip, Faults)>) {
        let mut slot = self.slot();
        slot.laid = laid;
        slot.turn += 1;
        self.slot.1.notify_all();
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Opened {
    reader: DirectReader,
    /// The turn that was seen last.
    known: u64,
}

impl CardReader for Opened {
    fn name(&self) -> String {
        "Virtual reader within this program".to_owned()
    }

    fn has_card(&self) -> bool {
        self.reader.slot().laid.is_some()
    }

    fn wait(&mut self, limit: Duration) -> Result<(), ReaderFault> {
        let slot = self.reader.slot();
        let same = |slot: &mut Slot| slot.turn == self.known;
        let (slot, _) =
            self.reader.slot.1.wait_timeout_while(slot, limit, same).unwrap_or_else(PoisonError::into_inner);
        self.known = slot.turn;
        Ok(())
    }

    fn connect(&mut self) -> Result<Box<dyn CardLink>, CardError> {
        let mut slot = self.reader.slot();
        let turn = slot.turn;
        let (chip, _) = slot.laid.as_mut().ok_or(CardError::NoCard)?;
        // Reset when a program takes it, as a reader powers it up; counted anew, as when it was laid down.
        *chip = chip.fresh();
        Ok(Box::new(Link { reader: self.reader.clone(), turn }))
    }
}

struct Link {
    reader: DirectReader,
    turn: u64,
}

impl CardLink for Link {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let mut slot = self.reader.slot();
        if slot.turn != self.turn {
            return Err(CardError::Removed);
        }
        let (chip, faults) = slot.laid.as_mut().ok_or(CardError::Removed)?;
        let delay = faults.delay;
        let Some(answer) = answered(chip, faults, command) else {
            slot.laid = None;
            slot.turn += 1;
            self.reader.slot.1.notify_all();
            return Err(CardError::Removed);
        };
        // Taken away meanwhile, it does not answer any more.
        let same = |slot: &mut Slot| slot.turn == self.turn;
        let waited = self.reader.slot.1.wait_timeout_while(slot, delay, same);
        let (slot, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if slot.turn == self.turn { Ok(Zeroizing::new(answer)) } else { Err(CardError::Removed) }
    }

    fn reset(&mut self) -> Result<(), CardError> {
        let mut slot = self.reader.slot();
        let (chip, _) = slot.laid.as_mut().ok_or(CardError::Removed)?;
        chip.reset();
        Ok(())
    }
}
