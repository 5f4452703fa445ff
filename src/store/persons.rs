// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose number is whose, for one business day and by nobody's name: marks,
//! bookings that are checked in, and the key of the marks. Apart from the
//! events, which are for ever. All of it is deleted when the day turns, from the
//! file and from its log.

use super::{Store, StoreError};
use jiff::civil::Date;
use motcua_core::queue::{Kept, State};
use motcua_link::province::DayKey;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;
use uuid::Uuid;

/// In the transaction that begins a day: nothing of an earlier one stays. True when there was something.
pub(super) fn turn(db: &Connection, day: &str) -> Result<bool, StoreError> {
    let marks = db.execute("DELETE FROM persons WHERE day <> ?1", [day])?;
    let keys = db.execute("DELETE FROM person_keys WHERE day <> ?1", [day])?;
    Ok(marks + keys > 0)
}

/// Of a damaged file that was moved aside, as far as it still lets itself be written.
pub(super) fn scrub(path: &Path) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "secure_delete", "ON")?;
    db.execute_batch("DELETE FROM persons; DELETE FROM person_keys;")?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Of a copy, which holds whatever tables its version had.
pub(super) fn scrub_copy(path: &Path) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "secure_delete", "ON")?;
    for table in ["persons", "person_keys"] {
        if db.table_exists(None, table)? {
            db.execute(&format!("DELETE FROM {table}"), [])?;
        }
    }
    Ok(())
}

impl Store {
    /// Keeps this beside a ticket; in the group that gives it.
    pub fn keep(&self, ticket: Uuid, kept: &Kept) -> Result<(), StoreError> {
        let mut insert = self.db.prepare_cached(
            "INSERT INTO persons(ticket, day, service, mark, booking) VALUES(?1, ?2, ?3, ?4, ?5)",
        )?;
        insert.execute(params![ticket.as_bytes(), self.day, kept.service, kept.mark, kept.booking])?;
        Ok(())
    }

    /// Reads back what is kept of the day.
    pub(super) fn load_kept(&self, state: &mut State) -> Result<(), StoreError> {
        let Some(day) = state.day else { return Ok(()) };
        let mut query =
            self.db.prepare("SELECT ticket, service, mark, booking FROM persons WHERE day = ?1")?;
        let rows = query.query_map([day.to_string()], |r| {
            let kept = Kept { service: r.get(1)?, mark: r.get(2)?, booking: r.get(3)? };
            Ok((Uuid::from_bytes(r.get(0)?), kept))
        })?;
        for row in rows {
            let (ticket, kept) = row?;
            state.keep(ticket, kept);
        }
        Ok(())
    }

    /// The key of a day's marks; made when there is none. Keys of other days are deleted.
    pub fn person_key(&mut self, day: Date) -> Result<DayKey, StoreError> {
        let day = day.to_string();
        let known: Option<String> = self
            .db
            .query_row("SELECT key FROM person_keys WHERE day = ?1", [&day], |r| r.get(0))
            .optional()?;
        if let Some(key) = known.and_then(|text| text.parse().ok()) {
            return Ok(key);
        }
        let key = DayKey::random().map_err(|e| StoreError::NoKey(e.to_string()))?;
        let tx = self.db.transaction()?;
        self.unwiped |= turn(&tx, &day)?;
        tx.execute("INSERT OR REPLACE INTO person_keys(day, key) VALUES(?1, ?2)", [&day, &key.hex()])?;
        tx.commit()?;
        Ok(key)
    }

    /// Takes what was deleted out of the log, too. While somebody reads the file it has to wait; asked again with
    /// each tick.
    pub fn wipe(&mut self) -> Result<(), StoreError> {
        if self.unwiped {
            let busy: i64 = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
            self.unwiped = busy != 0;
        }
        Ok(())
    }
}
