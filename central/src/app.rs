// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every part of the program holds.

use motcua_link::receive::SqlStore;

/// The database with its receiver. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Events as they came, and everything made of them.
    pub store: SqlStore,
}

impl App {
    /// The database.
    pub fn db(&self) -> &motcua_link::db::Db {
        self.store.db()
    }
}
