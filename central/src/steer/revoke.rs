// SPDX-License-Identifier: MIT OR Apache-2.0
//! Taking a device's rights back, by whoever gave them: this central itself, or
//! the hub of its hall, which is told by a command.

use super::{Kind, order};
use crate::audit::now_ms;
use crate::trust::{Certificates, Revoke};
use motcua_link::db::{Db, DbError, Tx};
use motcua_link::trust::Signer;
use motcua_link::wire::Source;
use std::sync::Arc;

/// Who let a device in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// This central.
    Here,
    /// The hub of its hall, which is enrolled here.
    Hub,
    /// Another central, which brings the hall.
    Central(String),
}

/// What was done about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// It is refused from now on.
    Here,
    /// Its hub was told; the command says what came of it.
    Ordered,
}

/// Who let this device in.
///
/// # Errors
/// The database's.
pub async fn belongs(tx: &mut Tx<'_>, source: &str) -> Result<Belongs, DbError> {
    for table in ["certificates", "tokens"] {
        let sql = format!("SELECT 1 FROM {table} WHERE source = $1 LIMIT 1");
        if tx.one(&sql, &[source.into()]).await?.is_some() {
            return Ok(Belongs::Here);
        }
    }
    let (site, device) = source.split_once('.').unwrap_or((source, ""));
    let central = tx.one("SELECT central FROM relays WHERE site = $1", &[site.into()]).await?;
    match central {
        Some(row) => Ok(Belongs::Central(row.text(0)?)),
        // A hub has its rights from a central, also where its certificate is not known any more.
        None if device == "hub" => Ok(Belongs::Here),
        None => Ok(Belongs::Hub),
    }
}

/// Takes a device's rights back, here or at its hub.
///
/// # Errors
/// The database's.
pub async fn take_back(
    certificates: &Certificates,
    db: &Db,
    signer: &Arc<Signer>,
    source: &Source,
    by: &str,
) -> Result<TakenBack, DbError> {
    let name = source.to_string();
    match db.read(move |tx| Box::pin(async move { belongs(tx, &name).await })).await? {
        Belongs::Here => {
            certificates.revoke(Revoke::Device(source.clone()), by, now_ms()).await?;
            Ok(TakenBack::Here)
        }
        Belongs::Hub => {
            let hub = Source::new(source.site(), "hub").map_err(|e| DbError::Refused(e.to_string()))?;
            let (signer, device, by) = (signer.clone(), source.device().to_owned(), by.to_owned());
            db.write(move |tx| {
                Box::pin(async move { order(tx, &signer, &hub, Kind::RemoveDevice, &device, &by).await })
            })
            .await?;
            Ok(TakenBack::Ordered)
        }
        Belongs::Central(central) => {
            Err(DbError::Refused(format!("{source} belongs to {central}; take its rights back there")))
        }
    }
}
