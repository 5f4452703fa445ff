// SPDX-License-Identifier: MIT OR Apache-2.0
//! A receiver that forgets with its process: for tests of senders, for
//! `motcua link-check` of itself, and as the shortest statement of what a store
//! must do.

use super::{Standing, Store, TakeError, judge};
use crate::db::DbError;
use crate::wire::{Batch, CloudEvent, Cursor, Epoch, Lane, Receipt, Source};
use futures_util::future::{BoxFuture, FutureExt, ready};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Holds everything in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<(Source, Lane), Held>>);

#[derive(Debug, Default)]
struct Held {
    standing: Standing,
    events: Vec<CloudEvent>,
    quarantined: u64,
}

impl Memory {
    /// The events of a lane, in the order of their acceptance.
    pub fn events(&self, source: &Source, lane: Lane) -> Vec<CloudEvent> {
        self.events_after(source, lane, 0)
    }

    /// The same without the first `skip`, for who has seen those.
    pub fn events_after(&self, source: &Source, lane: Lane, skip: usize) -> Vec<CloudEvent> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.get(&(source.clone(), lane));
        held.and_then(|h| h.events.get(skip..)).map(<[CloudEvent]>::to_vec).unwrap_or_default()
    }

    /// Events of a lane that were set aside.
    pub fn quarantined(&self, source: &Source, lane: Lane) -> u64 {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&(source.clone(), lane)).map_or(0, |h| h.quarantined)
    }

    /// Says that this epoch follows the present one.
    pub fn accept(&self, source: &Source, lane: Lane, epoch: Epoch) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.entry((source.clone(), lane)).or_default().standing.accepted = Some(epoch);
    }

    fn take_now(&self, batch: &Batch, received_ms: i64) -> Result<Receipt, TakeError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = held.entry((batch.source.clone(), batch.lane)).or_default();
        let taken = judge(&lane.standing, batch).map_err(|n| TakeError::Problem(Box::new(n.problem)))?;
        lane.standing.retired.extend(taken.retires);
        if lane.standing.accepted.as_ref() == Some(&taken.cursor.epoch) {
            lane.standing.accepted = None;
        }
        lane.standing.cursor = Some(taken.cursor.clone());
        lane.events.extend(taken.events.into_iter().map(|(_, event)| event));
        lane.quarantined += taken.quarantined.len() as u64;
        Ok(Receipt {
            acked_through: taken.cursor.acked_through,
            received_ms,
            quarantined: taken.quarantined.into_iter().map(|(q, _)| q).collect(),
            waiting: false,
        })
    }
}

impl Store for Memory {
    fn take(&self, batch: Batch, received_ms: i64) -> BoxFuture<'_, Result<Receipt, TakeError>> {
        ready(self.take_now(&batch, received_ms)).boxed()
    }

    fn cursor(&self, source: &Source, lane: Lane) -> BoxFuture<'_, Result<Option<Cursor>, DbError>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cursor = held.get(&(source.clone(), lane)).and_then(|h| h.standing.cursor.clone());
        ready(Ok(cursor)).boxed()
    }
}
