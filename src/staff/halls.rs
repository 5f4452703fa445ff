// SPDX-License-Identifier: MIT OR Apache-2.0
//! The versions of the hall's configuration: what the file said at first, and
//! every change made on the pages, with who and why. The newest one serves,
//! until the file itself is changed: then the file is the newest.

use super::Staff;
use rusqlite::{OptionalExtension, Row};

/// Who is named for what came from the file.
const FROM_FILE: &str = "file";

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HallVersion {
    /// From 1.
    pub version: i64,
    /// Milliseconds UTC.
    pub at_ms: i64,
    /// Sign-in name, or `file`.
    pub who: String,
    /// What was changed.
    pub note: String,
    /// The whole configuration.
    pub text: String,
}

/// Versions, newest first.
pub type HallVersions = Vec<HallVersion>;

fn version(row: &Row<'_>) -> rusqlite::Result<HallVersion> {
    Ok(HallVersion {
        version: row.get(0)?,
        at_ms: row.get(1)?,
        who: row.get(2)?,
        note: row.get(3)?,
        text: row.get(4)?,
    })
}

impl Staff {
    /// The text to serve by, given what the file says now.
    pub fn hall_text(&self, file: &str, now_ms: i64) -> rusqlite::Result<String> {
        let last_file = self.one("WHERE who = 'file' ORDER BY version DESC LIMIT 1", 0)?;
        if last_file.is_none_or(|v| v.text != file) {
            self.add_hall(file, FROM_FILE, "", now_ms)?;
        }
        let newest = self.one("ORDER BY version DESC LIMIT 1", 0)?;
        Ok(newest.map_or_else(|| file.to_owned(), |v| v.text))
    }

    /// Keeps a new version.
    pub fn add_hall(&self, text: &str, who: &str, note: &str, now_ms: i64) -> rusqlite::Result<()> {
        let sql = "INSERT INTO halls(at_ms, who, note, text) VALUES(?1, ?2, ?3, ?4)";
        self.db().execute(sql, (now_ms, who, note, text))?;
        Ok(())
    }

    /// One version.
    pub fn hall_version(&self, number: i64) -> rusqlite::Result<Option<HallVersion>> {
        self.one("WHERE version = ?1", number)
    }

    /// The newest versions.
    pub fn hall_versions(&self) -> rusqlite::Result<HallVersions> {
        let db = self.db();
        let sql = "SELECT version, at_ms, who, note, text FROM halls ORDER BY version DESC LIMIT 100";
        db.prepare_cached(sql)?.query_map([], version)?.collect()
    }

    fn one(&self, which: &str, number: i64) -> rusqlite::Result<Option<HallVersion>> {
        let sql = format!("SELECT version, at_ms, who, note, text FROM halls {which}");
        let db = self.db();
        let mut query = db.prepare_cached(&sql)?;
        if which.contains("?1") { query.query_row([number], version) } else { query.query_row([], version) }
            .optional()
    }
}
