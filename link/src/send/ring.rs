// SPDX-License-Identifier: MIT OR Apache-2.0
//! The outbox of the lanes that shed, in a small SQLite file: how the device is,
//! and what it logs. Under pressure health is thinned out, the log forgets its
//! oldest. Also keeps how far the lanes were delivered.

use super::Outbox;
use crate::wire::{Chain, CloudEvent, Epoch, Lane, Source};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::value::RawValue;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Health kept at most: at one a minute, a week. When it is full, every second of the older half goes.
const HEALTH_KEPT: i64 = 10_080;
/// Log lines kept at most.
const LOG_KEPT: i64 = 5_000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads(lane TEXT PRIMARY KEY, head INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting(
    lane TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS acked(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, through INTEGER NOT NULL, chain TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch)) WITHOUT ROWID;
-- Epochs begun after the one that a database was born with.
CREATE TABLE IF NOT EXISTS begun(born TEXT PRIMARY KEY, epoch TEXT NOT NULL, start INTEGER NOT NULL) WITHOUT ROWID;
";

/// The file. Cheap to clone; each clone can be the outbox of a lane.
#[derive(Clone, Debug)]
pub struct Ring {
    db: Arc<Mutex<Connection>>,
    source: Source,
}

/// One lane of a ring as an outbox.
#[derive(Debug)]
pub struct RingLane {
    ring: Ring,
    lane: Lane,
}

impl Ring {
    /// Opens or makes the file. One that is damaged is moved aside: what it held can be missed.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn open(path: &Path, source: Source) -> rusqlite::Result<Ring> {
        let db = match open(path) {
            Ok(db) => db,
            Err(e) => {
                let aside = path.with_extension("damaged");
                tracing::error!(error = %e, aside = %aside.display(), "the file of health and log is moved aside");
                let _ = std::fs::rename(path, aside);
                for log in ["-wal", "-shm"] {
                    let mut name = path.as_os_str().to_owned();
                    name.push(log);
                    let _ = std::fs::remove_file(name);
                }
                open(path)?
            }
        };
        Ok(Ring { db: Arc::new(Mutex::new(db)), source })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event. What is too much for the lane goes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(
        &self,
        lane: Lane,
        kind: &str,
        at_ms: i64,
        data: &impl serde::Serialize,
    ) -> rusqlite::Result<()> {
        let data =
            serde_json::to_string(data).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        let mut db = self.db();
        let tx = db.transaction()?;
        let head: i64 = tx.query_row(
            "INSERT INTO heads(lane, head) VALUES(?1, 1) ON CONFLICT(lane) DO UPDATE SET head = head + 1 RETURNING head",
            [lane.word()],
            |r| r.get(0),
        )?;
        tx.execute(
            "INSERT INTO waiting(lane, seq, type, at_ms, data) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![lane.word(), head, kind, at_ms, data],
        )?;
        shed(&tx, lane)?;
        tx.commit()
    }

    /// A note of the owner, by its name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn note(&self, name: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.db().query_row(sql, [format!("note/{name}")], |r| r.get(0)).optional()
    }

    /// Keeps a note of the owner. Durable.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_note(&self, name: &str, value: &str) -> rusqlite::Result<()> {
        let db = self.db();
        let sql = "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
        db.execute(sql, [&format!("note/{name}"), value])?;
        db.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))
    }

    /// This lane as an outbox.
    pub fn lane(&self, lane: Lane) -> RingLane {
        RingLane { ring: self.clone(), lane }
    }

    /// How far a lane of this epoch was delivered; for outboxes whose events are kept elsewhere.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn acked(
        &self,
        source: &Source,
        lane: Lane,
        epoch: &Epoch,
    ) -> rusqlite::Result<Option<(u64, Chain)>> {
        let sql = "SELECT through, chain FROM acked WHERE source = ?1 AND lane = ?2 AND epoch = ?3";
        let row: Option<(i64, String)> = self
            .db()
            .query_row(sql, params![source.to_string(), lane.word(), epoch.as_str()], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        Ok(row.and_then(|(through, chain)| Some((u64::try_from(through).ok()?, chain.parse().ok()?))))
    }

    /// The epoch under which a database speaks that was born with `born`, and where it begins, if another one
    /// was begun.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn begun(&self, born: &Epoch) -> rusqlite::Result<Option<(Epoch, u64)>> {
        let sql = "SELECT epoch, start FROM begun WHERE born = ?1";
        let row: Option<(String, i64)> =
            self.db().query_row(sql, [born.as_str()], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        Ok(row.and_then(|(epoch, start)| Some((epoch.parse().ok()?, u64::try_from(start).ok()?))))
    }

    /// Begins a new epoch for the database that was born with `born`. Durable.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(&self, born: &Epoch, start: u64) -> rusqlite::Result<(Epoch, u64)> {
        let epoch = Epoch::random().map_err(|_| rusqlite::Error::InvalidQuery)?;
        let sql = "INSERT INTO begun(born, epoch, start) VALUES(?1, ?2, ?3)
                   ON CONFLICT(born) DO UPDATE SET epoch = excluded.epoch, start = excluded.start";
        let first = i64::try_from(start).unwrap_or(i64::MAX);
        let db = self.db();
        db.execute(sql, params![born.as_str(), epoch.as_str(), first])?;
        db.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))?;
        Ok((epoch, start))
    }

    /// Keeps how far a lane was delivered.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(
        &self,
        source: &Source,
        lane: Lane,
        epoch: &Epoch,
        through: u64,
        chain: Chain,
    ) -> rusqlite::Result<()> {
        let sql = "INSERT INTO acked(source, lane, epoch, through, chain) VALUES(?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT(source, lane, epoch) DO UPDATE SET through = excluded.through, chain = excluded.chain";
        let through = i64::try_from(through).unwrap_or(i64::MAX);
        let values = params![source.to_string(), lane.word(), epoch.as_str(), through, chain.to_string()];
        self.db().execute(sql, values)?;
        Ok(())
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A lost minute of health is no loss; a flush for each would wear the card.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.execute_batch(SCHEMA)?;
    for lane in Lane::ALL {
        let epoch = Epoch::random().map_err(|_| rusqlite::Error::InvalidQuery)?;
        let sql = "INSERT OR IGNORE INTO meta(key, value) VALUES(?1, ?2)";
        db.execute(sql, [format!("epoch/{lane}"), epoch.into()])?;
    }
    Ok(db)
}

fn shed(db: &Connection, lane: Lane) -> rusqlite::Result<()> {
    // Counting a week of business at each event would cost more than the event.
    if !lane.sheds() {
        return Ok(());
    }
    let count: i64 =
        db.query_row("SELECT count(*) FROM waiting WHERE lane = ?1", [lane.word()], |r| r.get(0))?;
    match lane {
        Lane::Health if count > HEALTH_KEPT => {
            let sql = "DELETE FROM waiting WHERE lane = 'health' AND seq IN (SELECT seq FROM (
                SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM waiting WHERE lane = 'health')
                WHERE n % 2 = 0 AND n <= ?1)";
            db.execute(sql, [HEALTH_KEPT / 2])?;
        }
        Lane::Log if count > LOG_KEPT => {
            let sql = "DELETE FROM waiting WHERE lane = 'log' AND seq IN (
                SELECT seq FROM waiting WHERE lane = 'log' ORDER BY seq LIMIT ?1)";
            db.execute(sql, [count - LOG_KEPT])?;
        }
        _ => {}
    }
    Ok(())
}

impl Outbox for RingLane {
    type Error = rusqlite::Error;

    fn source(&self) -> Source {
        self.ring.source.clone()
    }

    fn lane(&self) -> Lane {
        self.lane
    }

    fn epoch(&mut self) -> rusqlite::Result<(Epoch, u64)> {
        let db = self.ring.db();
        let value = |key: &str| -> rusqlite::Result<Option<String>> {
            db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |r| r.get(0)).optional()
        };
        let epoch = value(&format!("epoch/{}", self.lane))?
            .and_then(|text| text.parse().ok())
            .ok_or(rusqlite::Error::InvalidQuery)?;
        let start = value(&format!("start/{}", self.lane))?.and_then(|text| text.parse().ok()).unwrap_or(1);
        Ok((epoch, start))
    }

    fn head(&mut self) -> rusqlite::Result<u64> {
        let start = self.epoch()?.1;
        let sql = "SELECT head FROM heads WHERE lane = ?1";
        let head: Option<i64> = self.ring.db().query_row(sql, [self.lane.word()], |r| r.get(0)).optional()?;
        Ok(head.and_then(|h| u64::try_from(h).ok()).unwrap_or(0).max(start - 1))
    }

    fn after(&mut self, seq: u64, limit: usize) -> rusqlite::Result<Vec<(u64, CloudEvent)>> {
        let (epoch, _) = self.epoch()?;
        let db = self.ring.db();
        let sql =
            "SELECT seq, type, at_ms, data FROM waiting WHERE lane = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let mut query = db.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows =
            query.query(params![self.lane.word(), i64::try_from(seq).unwrap_or(i64::MAX), limit])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
            let (kind, data): (String, String) = (row.get(1)?, row.get(3)?);
            let wrong = |e: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(e.into());
            let data = RawValue::from_string(data).map_err(wrong)?;
            let event = CloudEvent::new(&self.ring.source, &epoch, self.lane, seq, &kind, row.get(2)?, &data);
            out.push((seq, event.map_err(wrong)?));
        }
        Ok(out)
    }

    fn acked(&mut self) -> rusqlite::Result<Option<(u64, Chain)>> {
        let (epoch, _) = self.epoch()?;
        self.ring.acked(&self.ring.source, self.lane, &epoch)
    }

    fn keep(&mut self, through: u64, chain: Chain) -> rusqlite::Result<()> {
        let (epoch, _) = self.epoch()?;
        self.ring.keep(&self.ring.source, self.lane, &epoch, through, chain)?;
        let sql = "DELETE FROM waiting WHERE lane = ?1 AND seq <= ?2";
        let through = i64::try_from(through).unwrap_or(i64::MAX);
        self.ring.db().execute(sql, params![self.lane.word(), through])?;
        Ok(())
    }

    fn new_epoch(&mut self, after: u64) -> rusqlite::Result<()> {
        let epoch = Epoch::random().map_err(|_| rusqlite::Error::InvalidQuery)?;
        let db = self.ring.db();
        let sql = "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
        db.execute(sql, [format!("start/{}", self.lane), (after + 1).to_string()])?;
        db.execute(sql, [format!("epoch/{}", self.lane), epoch.into()])?;
        Ok(())
    }
}
