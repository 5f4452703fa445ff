// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people of the office: accounts, sign-in, sessions, photos, and the
//! versions of the hall's configuration they wrote. One SQLite file beside the
//! hall's; nothing about citizens is in it.

mod accounts;
mod halls;
mod sessions;

pub use accounts::{Account, AccountFault, Photo, StaffRole};
pub use halls::{HallVersion, HallVersions};
pub use motcua_web::secret::WeakSecret;
pub use sessions::{SESSION_HOURS, Session, SignInFault};

use crate::store::StoreError;
use motcua_link::db::Step;
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// File name inside the data directory.
pub const FILE: &str = "staff.db";

pub(crate) const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE officers(
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    -- PHC string, argon2id.
    hash     TEXT NOT NULL,
    active   INTEGER NOT NULL DEFAULT 1,
    photo    BLOB,
    photo_type TEXT,
    -- Digest of the photo, so that nobody reads the photo to tell whether it is a new one.
    photo_version TEXT,
    -- Wrong secrets since the last right one, and until when none is looked at.
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
-- Only digests of the tokens that browsers hold.
CREATE TABLE sessions(
    digest     TEXT PRIMARY KEY,
    officer    TEXT NOT NULL,
    csrf       TEXT NOT NULL,
    lang       TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE halls(
    version INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    who     TEXT NOT NULL,
    note    TEXT NOT NULL,
    text    TEXT NOT NULL
);
-- What was done to accounts, by whom.
CREATE TABLE audit(at_ms INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL);
",
)];

/// The open file.
#[derive(Debug)]
pub struct Staff {
    db: Mutex<Connection>,
    /// Shown once on the hub's terminal; whoever reads it there may create the first manager.
    setup_code: String,
}

impl Staff {
    /// Opens or creates the file in `dir`.
    pub fn open(dir: &Path) -> Result<Staff, StoreError> {
        let mut db = Connection::open(dir.join(FILE))?;
        crate::store::schema::prepare(&db)?;
        crate::store::schema::migrate(&mut db, STEPS)?;
        let code = motcua_web::token::random().unwrap_or_default();
        let setup_code: String = code.chars().take(8).collect();
        Ok(Staff { db: Mutex::new(db), setup_code })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn audit(&self, db: &Connection, now_ms: i64, who: &str, what: &str) -> rusqlite::Result<()> {
        db.execute("INSERT INTO audit(at_ms, who, what) VALUES(?1, ?2, ?3)", (now_ms, who, what))?;
        Ok(())
    }

    /// The code for the first manager; none once there is one.
    pub fn setup_code(&self) -> Option<&str> {
        let there: rusqlite::Result<i64> =
            self.db().query_row("SELECT count(*) FROM officers WHERE role = 'manager'", [], |r| r.get(0));
        (there.is_ok_and(|n| n == 0) && !self.setup_code.is_empty()).then_some(self.setup_code.as_str())
    }
}

#[cfg(test)]
mod tests;
