// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of the hub's one file and the steps from older versions to this
//! one. `PRAGMA user_version` counts the steps done.

use super::StoreError;
use rusqlite::Connection;

/// SQLite below this may corrupt a WAL file when it is reset (fixed in 3.51.3).
pub const LOWEST_SQLITE: i32 = 3_051_003;

/// Step `n` leads from version `n` to `n + 1`. Steps are never changed once released.
pub const STEPS: &[&str] = &[
    "
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Append-only. The uplink reads it behind its own cursor, so the domain row and what is to be
-- delivered are one row and one commit.
CREATE TABLE events(
    site_seq INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    command  BLOB NOT NULL,
    device   TEXT NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX events_day_opened ON events(site_seq) WHERE kind IN ('day_opened', 'recovered');
CREATE INDEX events_served ON events(site_seq) WHERE kind = 'served';
-- I8: same id, same answer, for ever. An accepted command is answered from its events.
CREATE TABLE commands(
    id        BLOB PRIMARY KEY,
    digest    BLOB NOT NULL,
    first_seq INTEGER,
    events    INTEGER NOT NULL,
    refusal   TEXT
) WITHOUT ROWID;
-- I1: one printed label in a business day. The site is the file's.
CREATE TABLE tickets(
    id     BLOB NOT NULL PRIMARY KEY,
    day    TEXT NOT NULL,
    series TEXT NOT NULL,
    number INTEGER NOT NULL,
    print  TEXT NOT NULL,
    stage  TEXT NOT NULL,
    UNIQUE(day, series, number)
) WITHOUT ROWID;
",
    "
-- What the figures of a day need of a ticket, beside its label.
ALTER TABLE tickets ADD COLUMN service TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN issued_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX step_2 ON events(command) WHERE kind = 'issued';
UPDATE tickets SET (service, priority, issued_ms) = (
    SELECT body ->> '$.ticket.service', body ->> '$.ticket.priority', body ->> '$.ticket.issued_ms'
    FROM events WHERE kind = 'issued' AND command = tickets.id
) WHERE EXISTS (SELECT 1 FROM events WHERE kind = 'issued' AND command = tickets.id);
DROP INDEX step_2;
-- One row for each service session: a ticket at a desk, from the call to how it ended there.
CREATE TABLE visits(
    session    BLOB PRIMARY KEY,
    ticket     BLOB NOT NULL,
    day        TEXT NOT NULL,
    service    TEXT NOT NULL,
    counter    TEXT NOT NULL,
    officer    TEXT NOT NULL,
    called_ms  INTEGER NOT NULL,
    calls      INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms   INTEGER,
    -- open, served, absent, transferred, returned
    outcome    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX visits_day ON visits(day);
-- I10: one rating for each service session. Nothing in it leads to a person but through the session.
CREATE TABLE ratings(
    session BLOB PRIMARY KEY,
    day     TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    service TEXT NOT NULL,
    counter TEXT NOT NULL,
    officer TEXT NOT NULL,
    level   INTEGER NOT NULL,
    scale   INTEGER NOT NULL,
    code    TEXT NOT NULL,
    -- JSON arrays: reason keys, pairs of question and answer keys.
    reasons TEXT NOT NULL,
    answers TEXT NOT NULL,
    partial INTEGER NOT NULL,
    late    INTEGER NOT NULL,
    -- 0 none, 1 raised, 2 seen
    alarm   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ratings_day ON ratings(day);
",
    "
-- Whose number is whose, for one business day and by nobody's name: deleted when the day turns.
CREATE TABLE persons(
    ticket  BLOB PRIMARY KEY,
    day     TEXT NOT NULL,
    service TEXT NOT NULL,
    mark    TEXT,
    booking TEXT
) WITHOUT ROWID;
CREATE TABLE person_keys(day TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
",
];

/// Settings of every connection: durable commits, no surprise checkpoints by readers.
pub fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    // What is deleted is overwritten: marks and their key go with the day.
    db.pragma_update(None, "secure_delete", "ON")?;
    db.busy_timeout(std::time::Duration::from_secs(5))
}

/// Brings the file to the version of this program, each step in its own transaction.
pub fn migrate(db: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (version, step) in steps.iter().enumerate().skip(done) {
        let tx = db.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", i64::try_from(version + 1).unwrap_or(i64::MAX))?;
        tx.commit()?;
    }
    Ok(())
}
