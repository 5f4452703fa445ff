// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every part of the program holds.

use crate::oidc::Oidc;
use crate::steer::News;
use crate::trust::{Certificates, Revoked};
use motcua_link::db::DbError;
use motcua_link::receive::SqlStore;
use motcua_link::trust::{Authority, Signer};
use std::path::PathBuf;
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
    /// Wakes devices that wait.
    pub news: News,
    /// Where devices reach this central, for tickets of enrolment.
    pub devices_url: String,
    /// Where the firmware of devices lies.
    pub software: PathBuf,
    /// Vouches for people, where the province has such a provider.
    pub oidc: Option<Arc<Oidc>>,
}

impl App {
    /// The database.
    pub fn db(&self) -> &motcua_link::db::Db {
        self.store.db()
    }

    /// Sends waves that are due, and wakes the devices when anything changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn steer(&self) -> Result<(), DbError> {
        self.db().write(|tx| Box::pin(crate::steer::step(tx))).await?;
        self.news.look(self.db()).await
    }
}
