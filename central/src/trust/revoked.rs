// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was taken back, in memory, because every request asks. Read again every
//! few seconds, so that several gateways agree.

use motcua_link::db::{Db, DbError};
use motcua_link::trust::Revocation;
use motcua_link::wire::Source;
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

/// Revoked certificates and devices. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Revoked(Arc<RwLock<HashSet<(String, String)>>>);

impl Revoked {
    /// Reads what the database says now.
    ///
    /// # Errors
    /// The database's; what was known stays.
    pub async fn read(&self, db: &Db) -> Result<(), DbError> {
        let rows = db
            .read(|tx| Box::pin(async move { tx.rows("SELECT what, name FROM revocations", &[]).await }))
            .await?;
        let fresh: Result<HashSet<_>, DbError> = rows.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh?;
        Ok(())
    }

    /// Whether a certificate or its device was taken back.
    pub fn of(&self, serial_hex: &str, name: &Source) -> Revocation {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return Revocation::No;
        }
        if known.contains(&("serial".to_owned(), serial_hex.to_owned())) {
            return Revocation::Serial;
        }
        let device = known.contains(&("device".to_owned(), name.to_string()));
        if device { Revocation::Device } else { Revocation::No }
    }
}
