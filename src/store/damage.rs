// SPDX-License-Identifier: MIT OR Apache-2.0
//! A database that SQLite finds damaged: checked at every start, moved aside
//! (never deleted), and today's highest numbers saved from it so that no label
//! is printed twice. Intake stays paused until a person has read what happened.

use super::{Decided, StoreError, schema};
use motcua_core::label::Series;
use motcua_core::queue::Event;
use motcua_link::db::Step;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Where numbers go on when nothing could be read: four digits, visibly another run.
const BEYOND: u32 = 1000;

pub(super) struct Damage {
    pub moved_to: PathBuf,
    event: Event,
    id: Uuid,
    at_ms: i64,
}

impl Damage {
    pub fn event(&self) -> Decided<'_> {
        Decided {
            id: self.id,
            digest: [0; 32],
            device: "hub",
            at_ms: self.at_ms,
            outcome: Ok(std::slice::from_ref(&self.event)),
        }
    }
}

/// Opens, migrates and checks; `Ok(Err(_))` says that a damaged file was moved aside.
pub(super) fn open_checked(path: &Path, steps: &[Step]) -> Result<Result<Connection, Damage>, StoreError> {
    match open(path, steps) {
        Ok(db) => Ok(Ok(db)),
        Err(StoreError::Sqlite(e)) if is_damage(&e) => Ok(Err(move_aside(path)?)),
        Err(e) => Err(e),
    }
}

fn open(path: &Path, steps: &[Step]) -> Result<Connection, StoreError> {
    let mut db = Connection::open(path)?;
    schema::prepare(&db)?;
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if verdict != "ok" {
        tracing::error!(verdict, "quick_check");
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, Some(verdict))));
    }
    schema::migrate(&mut db, steps)?;
    Ok(db)
}

fn is_damage(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn move_aside(path: &Path) -> Result<Damage, StoreError> {
    let saved = salvage(path).ok().filter(|(_, last)| !last.is_empty());
    let at_ms = crate::clock::unix_ms();
    let moved_to = path.with_file_name(format!("hall.damaged-{at_ms}.db"));
    for suffix in ["", "-wal", "-shm"] {
        let with = |p: &Path| PathBuf::from(format!("{}{suffix}", p.display()));
        let (from, to) = (with(path), with(&moved_to));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|source| StoreError::Path { path: from.clone(), source })?;
        }
    }
    if let Err(e) = super::persons::scrub(&moved_to) {
        // Whoever has both can find out which identity cards took numbers that day.
        tracing::warn!(error = %e, file = %moved_to.display(), "marks of the day and their key may still be in \
            the damaged database; delete it once it was looked at");
    }
    let reason = format!("the database was damaged and moved to {}", moved_to.display());
    tracing::error!("{reason}; numbers are paused until somebody resumes them");
    let event = match saved {
        Some((day, last_numbers)) => Event::Recovered { day: Some(day), last_numbers, reason },
        None => {
            let last_numbers =
                ('A'..='Z').filter_map(|c| Series::try_from(c).ok()).map(|s| (s, BEYOND)).collect();
            Event::Recovered { day: None, last_numbers, reason }
        }
    };
    Ok(Damage { moved_to, event, id: Uuid::from_u128(u128::from(at_ms.unsigned_abs())), at_ms })
}

/// The newest day and the highest number of each series, as far as the pages still tell.
fn salvage(path: &Path) -> rusqlite::Result<(jiff::civil::Date, BTreeMap<Series, u32>)> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let day: String = db.query_row("SELECT max(day) FROM tickets", [], |r| r.get(0))?;
    let mut query = db.prepare("SELECT series, max(number) FROM tickets WHERE day = ?1 GROUP BY series")?;
    let rows = query.query_map([&day], |r| Ok((r.get::<_, String>(0)?, r.get::<_, u32>(1)?)))?;
    let mut last = BTreeMap::new();
    for row in rows {
        let (letter, number) = row?;
        if let Ok(series) = letter.parse::<Series>() {
            last.insert(series, number);
        }
    }
    let day = day.parse().map_err(|_| rusqlite::Error::InvalidQuery)?;
    Ok((day, last))
}
