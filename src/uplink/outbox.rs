// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's own events as an outbox: `hall.db` is read behind a cursor, on a
//! connection that cannot write. How far they were delivered stands in
//! `link.db`; it may be lost and is found out again.

use super::map;
use crate::store;
use motcua_core::queue::Event;
use motcua_link::data::Body;
use motcua_link::send::{Outbox, Ring};
use motcua_link::wire::{Chain, CloudEvent, Epoch, Lane, Source};
use rusqlite::{Connection, OpenFlags, params};
use std::path::Path;

/// The business lane of a hall.
pub struct HallOutbox {
    db: Connection,
    source: Source,
    ring: Ring,
    name: Name,
    epoch: Epoch,
    start: u64,
}

/// The hall's name as it is now.
pub type Name = Box<dyn Fn() -> String + Send + Sync>;

/// The outbox cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The database.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// An event of a newer program, or damaged.
    #[error("event {seq} cannot be read: {source}")]
    Event {
        /// Which.
        seq: i64,
        /// Why.
        source: serde_json::Error,
    },
    /// The database has no epoch.
    #[error("the hall's database has no epoch")]
    Epoch,
}

impl std::fmt::Debug for HallOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HallOutbox")
            .field("source", &self.source)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl HallOutbox {
    /// Opens the hall's database in `data` for reading.
    ///
    /// # Errors
    /// The hub has not made it yet, or it cannot be read.
    pub fn open(data: &Path, source: Source, ring: Ring, name: Name) -> Result<HallOutbox, OutboxError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(data.join(store::FILE), flags)?;
        db.pragma_update(None, "query_only", "ON")?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        let own: String = db.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |r| r.get(0))?;
        let own: Epoch = own.parse().map_err(|_| OutboxError::Epoch)?;
        // A database that was restored speaks under another name than the one it was born with.
        let (epoch, start) = ring.begun(&own)?.unwrap_or((own, 1));
        Ok(HallOutbox { db, source, ring, name, epoch, start })
    }
}

impl Outbox for HallOutbox {
    type Error = OutboxError;

    fn source(&self) -> Source {
        self.source.clone()
    }

    fn lane(&self) -> Lane {
        Lane::Business
    }

    fn epoch(&mut self) -> Result<(Epoch, u64), OutboxError> {
        Ok((self.epoch.clone(), self.start))
    }

    fn head(&mut self) -> Result<u64, OutboxError> {
        let mut query = self.db.prepare_cached("SELECT coalesce(max(site_seq), 0) FROM events")?;
        let head: i64 = query.query_row([], |r| r.get(0))?;
        Ok(u64::try_from(head).unwrap_or(0).max(self.start - 1))
    }

    fn after(&mut self, seq: u64, limit: usize) -> Result<Vec<(u64, CloudEvent)>, OutboxError> {
        let sql = "SELECT site_seq, at_ms, body FROM events WHERE site_seq > ?1 ORDER BY site_seq LIMIT ?2";
        let mut query = self.db.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = query.query(params![i64::try_from(seq).unwrap_or(i64::MAX), limit])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let (seq, at_ms, text): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let wrong = |source| OutboxError::Event { seq, source };
            let event: Event = serde_json::from_str(&text).map_err(wrong)?;
            let mut body = map::body(&event);
            if let Body::DayOpened(day) = &mut body {
                day.name = Some((self.name)());
            }
            let number = u64::try_from(seq).unwrap_or(0);
            let made =
                CloudEvent::new(&self.source, &self.epoch, Lane::Business, number, body.kind(), at_ms, &body);
            out.push((number, made.map_err(wrong)?));
        }
        Ok(out)
    }

    fn acked(&mut self) -> Result<Option<(u64, Chain)>, OutboxError> {
        Ok(self.ring.acked(&self.source, Lane::Business, &self.epoch)?)
    }

    fn keep(&mut self, through: u64, chain: Chain) -> Result<(), OutboxError> {
        Ok(self.ring.keep(&self.source, Lane::Business, &self.epoch, through, chain)?)
    }

    fn new_epoch(&mut self, after: u64) -> Result<(), OutboxError> {
        let own: String =
            self.db.query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |r| r.get(0))?;
        let own: Epoch = own.parse().map_err(|_| OutboxError::Epoch)?;
        (self.epoch, self.start) = self.ring.begin(&own, after + 1)?;
        Ok(())
    }
}
