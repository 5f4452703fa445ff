// SPDX-License-Identifier: MIT OR Apache-2.0
//! The receiving side: the decision about a batch, what remembers it, and the
//! HTTP endpoints in front.

#[cfg(feature = "server")]
mod http;
mod judge;
mod memory;
mod sql;

#[cfg(feature = "server")]
pub use http::{Admit, Limits, NotAdmitted, Problems, Voice, router};
pub use judge::{Alarm, NotTaken, Standing, Taken, judge};
pub use memory::Memory;
pub use sql::{Follow, SqlStore, accept, accept_next, refuse};

use crate::db::DbError;
use crate::wire::{Batch, Cursor, Lane, Problem, Receipt, Source};
use futures_util::future::BoxFuture;

/// Remembers what was received. Each call is one transaction.
pub trait Store: Send + Sync + 'static {
    /// Judges a batch and keeps what is new of it, all or nothing. `received_ms` is the receiver's clock.
    fn take(&self, batch: Batch, received_ms: i64) -> BoxFuture<'_, Result<Receipt, TakeError>>;

    /// Where a lane stands; `None` before its first batch.
    fn cursor(&self, source: &Source, lane: Lane) -> BoxFuture<'_, Result<Option<Cursor>, DbError>>;
}

/// A batch is not held.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The rules say no.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// The store cannot; ask again later.
    #[error(transparent)]
    Db(#[from] DbError),
}
