// SPDX-License-Identifier: MIT OR Apache-2.0
//! Feedback at the hub: `<data>/feedback/`. Text and contact stay sealed on the
//! disk; they are opened only to be shown to the hall's manager. A letter is
//! taken once, and deleted a year after it came.

use super::wire::{FEEDBACK, Letter, Words};
use crate::store::schema;
use motcua_core::citizen::FeedbackKind;
use motcua_link::db::Step;
use motcua_link::trust::seal::{OpenError, SealingKey, SealingKeyError};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Directory in the hub's data.
pub const DIR: &str = "feedback";
const FILE: &str = "feedback.db";
/// Days that a letter is kept.
pub const KEPT_DAYS: i64 = 365;
/// Letters listed at most.
const LISTED: i64 = 500;
/// Longest note, characters.
const LONGEST_NOTE: usize = 1_000;

pub(crate) const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE letters(
    ask         BLOB PRIMARY KEY,
    code        TEXT NOT NULL UNIQUE,
    device      TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    lang        TEXT NOT NULL,
    -- Sealed text and contact as JSON.
    sealed      TEXT NOT NULL,
    opened_ms   INTEGER,
    opened_by   TEXT,
    answered_ms INTEGER,
    answered_by TEXT,
    note        TEXT
) WITHOUT ROWID;
CREATE INDEX letters_received ON letters(received_ms);
",
)];

/// The letters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    /// The directory.
    #[error("cannot use {path}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database.
    #[error("{FILE} cannot be used")]
    Sqlite(#[from] rusqlite::Error),
    /// Its version.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The key.
    #[error(transparent)]
    Key(#[from] SealingKeyError),
    /// The letter does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// They could not be opened when the hub started.
    #[error("feedback could not be opened when the hub started; its log says why")]
    Closed,
    /// What was sealed is no letter.
    #[error("what was sealed cannot be read: {0}")]
    Form(#[from] serde_json::Error),
}

/// What is known of a letter without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Made at the touch.
    pub ask: Uuid,
    /// Code on the receipt.
    pub code: String,
    /// When it was written, milliseconds UTC.
    pub at_ms: i64,
    /// When it came.
    pub received_ms: i64,
    /// Kind.
    pub kind: String,
    /// When it was first opened.
    pub opened_ms: Option<i64>,
    /// When it was answered.
    pub answered_ms: Option<i64>,
    /// By whom.
    pub answered_by: Option<String>,
    /// What was done.
    pub note: Option<String>,
}

impl Entry {
    /// Not answered within so many days after it was written.
    pub fn is_overdue(&self, answer_days: u32, now_ms: i64) -> bool {
        self.answered_ms.is_none() && now_ms - self.at_ms > i64::from(answer_days) * 86_400_000
    }
}

/// The letters of a hall.
#[derive(Debug)]
pub struct Letters {
    db: Mutex<Connection>,
    key: SealingKey,
}

impl Letters {
    /// Opens or makes them in the hub's `data`.
    ///
    /// # Errors
    /// The directory, the database or the key.
    pub fn open(data: &Path) -> Result<Letters, LettersError> {
        let dir = data.join(DIR);
        std::fs::create_dir_all(&dir).map_err(|source| LettersError::Path { path: dir.clone(), source })?;
        let key = SealingKey::open_or_make(&dir)?;
        let mut db = Connection::open(dir.join(FILE))?;
        schema::prepare(&db)?;
        schema::migrate(&mut db, STEPS)?;
        Ok(Letters { db: Mutex::new(db), key })
    }

    /// For whom feedback is sealed.
    pub fn public_key(&self) -> String {
        self.key.public().to_string()
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a letter durably; the same one again changes nothing. False for one that nobody here could open.
    ///
    /// # Errors
    /// The database.
    pub fn take(&self, letter: &Letter, device: &str, now_ms: i64) -> Result<bool, LettersError> {
        if letter.sealed.key != self.key.public().id() {
            return Ok(false);
        }
        self.db().execute(
            "INSERT INTO letters(ask, code, device, at_ms, received_ms, kind, lang, sealed)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            params![
                letter.ask.as_bytes(),
                letter.code,
                device,
                letter.at_ms,
                now_ms,
                word(letter.kind),
                letter.lang,
                serde_json::to_string(&letter.sealed)?
            ],
        )?;
        Ok(true)
    }

    /// Newest first; those that wait for an answer before the others.
    ///
    /// # Errors
    /// The database.
    pub fn list(&self) -> Result<Vec<Entry>, LettersError> {
        let db = self.db();
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM letters ORDER BY answered_ms IS NOT NULL, at_ms DESC, code LIMIT ?1"
        ))?;
        let rows = query.query_map([LISTED], entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One of them, opened for this person; `None` when there is none of this code.
    ///
    /// # Errors
    /// The database, or it does not open.
    pub fn read(&self, code: &str, by: &str, now_ms: i64) -> Result<Option<(Entry, Words)>, LettersError> {
        let db = self.db();
        db.execute(
            "UPDATE letters SET opened_ms = ?2, opened_by = ?3 WHERE code = ?1 AND opened_ms IS NULL",
            params![code, now_ms, by],
        )?;
        let sql = format!("SELECT {COLUMNS}, sealed FROM letters WHERE code = ?1");
        let found =
            db.query_row(&sql, [code], |r| Ok((entry(r)?, r.get::<_, String>("sealed")?))).optional()?;
        let Some((entry, sealed)) = found else { return Ok(None) };
        let text = self.key.open(FEEDBACK, code.as_bytes(), &serde_json::from_str(&sealed)?)?;
        Ok(Some((entry, serde_json::from_slice(&text)?)))
    }

    /// Notes that it was answered, and how; false when there is none, or it was answered before.
    ///
    /// # Errors
    /// The database.
    pub fn answer(&self, code: &str, by: &str, note: &str, now_ms: i64) -> Result<bool, LettersError> {
        let note: String = note.trim().chars().take(LONGEST_NOTE).collect();
        let changed = self.db().execute(
            "UPDATE letters SET answered_ms = ?2, answered_by = ?3, note = ?4
             WHERE code = ?1 AND answered_ms IS NULL",
            params![code, now_ms, by, note],
        )?;
        Ok(changed == 1)
    }

    /// Deletes what was kept long enough, from the log as well.
    ///
    /// # Errors
    /// The database.
    pub fn forget(&self, now_ms: i64) -> Result<usize, LettersError> {
        let before = now_ms - KEPT_DAYS * 86_400_000;
        let db = self.db();
        let gone = db.execute("DELETE FROM letters WHERE received_ms < ?1", [before])?;
        if gone > 0 {
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(gone)
    }
}

const COLUMNS: &str = "ask, code, at_ms, received_ms, kind, opened_ms, answered_ms, answered_by, note";

fn entry(r: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        ask: Uuid::from_bytes(r.get("ask")?),
        code: r.get("code")?,
        at_ms: r.get("at_ms")?,
        received_ms: r.get("received_ms")?,
        kind: r.get("kind")?,
        opened_ms: r.get("opened_ms")?,
        answered_ms: r.get("answered_ms")?,
        answered_by: r.get("answered_by")?,
        note: r.get("note")?,
    })
}

fn word(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Report => "report",
        FeedbackKind::Proposal => "proposal",
        FeedbackKind::Praise => "praise",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::Dir;
    use motcua_link::trust::seal::seal;

    fn letter(letters: &Letters, ask: Uuid, text: &str) -> Letter {
        let code = super::super::mail::receipt(ask);
        let words = serde_json::json!({ "text": text, "contact": "0901234567" }).to_string();
        let public = letters.public_key().parse().unwrap();
        let sealed = seal(&public, FEEDBACK, code.as_bytes(), words.as_bytes()).unwrap();
        Letter { ask, code, at_ms: 1_000, kind: FeedbackKind::Report, lang: "vi".into(), sealed }
    }

    #[test]
    fn a_letter_is_taken_once_opened_answered_and_forgotten() {
        let dir = Dir::new();
        let letters = Letters::open(dir.path()).unwrap();
        let ask = Uuid::now_v7();
        let sent = letter(&letters, ask, "Cán bộ rất tận tình.");
        assert!(letters.take(&sent, "kiosk-1", 2_000).unwrap());
        assert!(letters.take(&sent, "kiosk-1", 9_000).unwrap());
        drop(letters);
        let letters = Letters::open(dir.path()).unwrap();
        let all = letters.list().unwrap();
        assert_eq!((all.len(), all[0].received_ms, all[0].opened_ms), (1, 2_000, None));
        let (entry, words) = letters.read(&sent.code, "quan-ly", 3_000).unwrap().unwrap();
        assert_eq!((entry.opened_ms, words.text.as_str()), (Some(3_000), "Cán bộ rất tận tình."));
        assert_eq!(words.contact.as_deref(), Some("0901234567"));
        assert!(letters.read("PA-NONE-NONE", "quan-ly", 3_000).unwrap().is_none());
        let day = 86_400_000;
        assert!(!entry.is_overdue(10, 10 * day) && entry.is_overdue(10, 11 * day));
        assert!(letters.answer(&sent.code, "quan-ly", " đã gọi lại ", 4_000).unwrap());
        assert!(!letters.answer(&sent.code, "quan-ly", "again", 5_000).unwrap());
        let entry = &letters.list().unwrap()[0];
        assert_eq!(entry.note.as_deref(), Some("đã gọi lại"));
        assert!(!entry.is_overdue(10, 99 * day));
        assert_eq!(letters.forget(2_000 + KEPT_DAYS * day).unwrap(), 0);
        assert_eq!(letters.forget(2_001 + KEPT_DAYS * day).unwrap(), 1);
    }

    #[test]
    fn what_nobody_here_can_open_is_not_taken() {
        let (here, there) = (Dir::new(), Dir::new());
        let (letters, others) = (Letters::open(here.path()).unwrap(), Letters::open(there.path()).unwrap());
        let sent = letter(&others, Uuid::now_v7(), "x");
        assert!(!letters.take(&sent, "kiosk-1", 1).unwrap());
    }
}
