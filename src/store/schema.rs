// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of the hub's one file and the steps from older versions to this
//! one. `PRAGMA user_version` counts the steps done, `PRAGMA application_id` says
//! how many of them a program must know: both stand in the file's head and
//! change with the step, in one commit.

use super::StoreError;
use motcua_link::db::{Needs, Step, step};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// SQLite below this may corrupt a WAL file when it is reset (fixed in 3.51.3).
pub const LOWEST_SQLITE: i32 = 3_051_003;

/// Step `n` leads from version `n` to `n + 1`. Steps are never changed once released. Expand first, contract one release
/// later (docs/updates.md): what an older program cannot work with is for the release after the one that does without
/// it. A new kind of event is such a step, too, if need be without a statement: older programs cannot replay it.
pub const STEPS: &[Step] = &[
    Step::both(
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
    ),
    // Shuts: tickets written without the new columns would be missing in figures.
    Step::both(
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
    ),
    // Shuts: a program that does not know the marks would not delete them with the day.
    Step::both(
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
    ),
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

/// Brings the file to the version of this program, each step in its own transaction. A file that a newer program left
/// and that lets this one in stays as it is; the newer one goes on from there.
pub fn migrate(db: &mut Connection, steps: &[Step]) -> Result<(), StoreError> {
    let number = |db: &Connection, pragma| db.pragma_query_value(None, pragma, |r| r.get::<_, i64>(0));
    let (found, lowest) = (number(db, "user_version")?, number(db, "application_id")?);
    let known = step::count(steps.len());
    if found > known {
        if !step::lets_in(known, found, lowest) {
            return Err(StoreError::Newer { found, lowest, known });
        }
        tracing::warn!(file = ?db.path(), found, known, "a newer program was here; this one goes on with what it knows");
        return Ok(());
    }
    let done = usize::try_from(found).unwrap_or(0);
    // As the older program left it; a file that is made only now was nobody's.
    if done > 0 && steps[done..].iter().any(|step| step.needs != Needs::Nothing) {
        copy_aside(db, done)?;
    }
    for (version, next) in steps.iter().enumerate().skip(done) {
        let tx = db.transaction()?;
        tx.execute_batch(next.sqlite)?;
        tx.pragma_update(None, "user_version", step::count(version + 1))?;
        tx.pragma_update(None, "application_id", step::lowest(&steps[..=version]))?;
        tx.commit()?;
    }
    // A file of a program that did not tell yet.
    if done == steps.len() && lowest != step::lowest(steps) {
        db.pragma_update(None, "application_id", step::lowest(steps))?;
    }
    Ok(())
}

/// What stands between the name of a file and the version of its copy.
pub const BEFORE: &str = ".before-";

/// Before a step that shuts older programs out: a copy beside the file, for a person who must go back behind it. There
/// is one, of the last such step; the steward deletes it when the update is kept. Like the central's back-ups it is a
/// picture that waits for nobody and holds no page of what was deleted.
fn copy_aside(db: &Connection, version: usize) -> Result<(), StoreError> {
    let Some(path) = db.path().filter(|p| !p.is_empty()).map(PathBuf::from) else { return Ok(()) };
    let fail = |source| StoreError::Path { path: path.clone(), source };
    for older in copies(&path).map_err(fail)? {
        std::fs::remove_file(older).map_err(fail)?;
    }
    let mut name = path.clone().into_os_string();
    name.push(format!("{BEFORE}{version}"));
    let copy = PathBuf::from(name);
    db.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    // Whose number is whose ends with the day, and the copy does not.
    super::persons::scrub_copy(&copy)?;
    let file = std::fs::File::open(&copy).and_then(|file| file.sync_all());
    file.map_err(fail)?;
    tracing::info!(copy = %copy.display(), "copied before a step that older programs cannot work with");
    Ok(())
}

/// Removes the copies in a data directory and the directories in it: the version that made them stays.
pub fn forget_copies(data: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(data)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            forget_copies(&entry.path())?;
        } else if kind.is_file() && entry.file_name().to_string_lossy().contains(BEFORE) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The copies beside a file.
fn copies(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let name = format!("{}{BEFORE}", path.file_name().unwrap_or_default().to_string_lossy());
    let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&name) {
            found.push(entry.path());
        }
    }
    Ok(found)
}
