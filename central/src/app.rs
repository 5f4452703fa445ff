// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every part of the program holds.

use crate::trust::{Certificates, Revoked};
use motcua_link::receive::SqlStore;
use motcua_link::trust::{Authority, Signer};
use std::sync::Arc;

/// The database with its receiver, and the keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Events as they came, and everything made of them.
    pub store: SqlStore,
    /// Tickets of enrolment and certificates.
    pub certificates: Certificates,
    /// What was taken back.
    pub revoked: Revoked,
    /// Signs devices' certificates.
    pub authority: Arc<Authority>,
    /// Signs commands.
    pub signer: Arc<Signer>,
    /// Where devices reach this central, for tickets of enrolment.
    pub devices_url: String,
}

impl App {
    /// The database.
    pub fn db(&self) -> &motcua_link::db::Db {
        self.store.db()
    }
}
