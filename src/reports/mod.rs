// SPDX-License-Identifier: MIT OR Apache-2.0
//! Figures of days that were: waits, service times, outcomes and ratings, read
//! from the hall's projections on a connection of their own, so that a long
//! report never holds the writer up.

mod figures;
mod ratings;

pub use figures::{Figures, Group, Line};
pub use ratings::{LevelCount, Low, RatingGroup, RatingReport};

use jiff::civil::Date;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// Business days, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Opens the hall's file for reading.
pub fn open(data: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(data.join(crate::store::FILE), flags)?;
    db.busy_timeout(std::time::Duration::from_secs(2))?;
    Ok(db)
}
