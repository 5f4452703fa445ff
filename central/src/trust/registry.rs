// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the central notes of tickets and certificates beside the registry:
//! devices, audit, alarms; and its tickets as pages show them.

use crate::audit;
use crate::reports::Scope;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use motcua_link::db::{Db, DbError, Tx, Value};
use motcua_link::trust::registry::token;
use motcua_link::trust::{Book, Issued, Revoke, Role, SqlRegistry, TokenRecord};
use motcua_link::wire::Source;
use std::sync::Arc;

/// The central's registry.
pub type Certificates = SqlRegistry;

/// The registry in this database, whose parts are migrated.
pub fn certificates(db: Db) -> Certificates {
    SqlRegistry::new(db, Arc::new(Ledger))
}

/// Devices, audit and alarms of the central.
struct Ledger;

impl Book for Ledger {
    fn ticket<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        record: &'t TokenRecord,
        by: &'t str,
        _: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async move {
            let (name, role) = (&record.name, record.role.as_str());
            audit::note(tx, by, name.site(), "ticket-made", &name.to_string(), role).await
        }
        .boxed()
    }

    fn issued<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        name: &'t Source,
        role: Role,
        issued: &'t Issued,
        renewed: bool,
        now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async move {
            let sql = "INSERT INTO devices(source, site, device, role, first_ms, last_ms, serial, not_after_ms)
                       VALUES($1, $2, $3, $4, $5, $6, $7, $8)
                       ON CONFLICT(source) DO UPDATE SET role = excluded.role, serial = excluded.serial,
                           not_after_ms = excluded.not_after_ms, last_ms = excluded.last_ms, revoked_ms = NULL";
            let values: [Value; 8] = [
                name.to_string().into(),
                name.site().into(),
                name.device().into(),
                role.as_str().into(),
                now_ms.into(),
                now_ms.into(),
                issued.serial_hex.as_str().into(),
                issued.not_after_ms.into(),
            ];
            tx.execute(sql, &values).await?;
            if renewed {
                return Ok(());
            }
            let (site, role) = (name.site(), role.as_str());
            audit::note(tx, "device", site, "device-enrolled", &name.to_string(), role).await
        }
        .boxed()
    }

    fn revoked<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        what: &'t Revoke,
        by: &'t str,
        now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async move {
            let (site, name) = match what {
                Revoke::Device(source) => {
                    let sql = "UPDATE devices SET revoked_ms = $1 WHERE source = $2";
                    tx.execute(sql, &[now_ms.into(), source.to_string().into()]).await?;
                    (source.site(), source.to_string())
                }
                Revoke::Serial(serial) => ("", serial.clone()),
            };
            audit::note(tx, by, site, "device-revoked", &name, "").await
        }
        .boxed()
    }

    fn cloned<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        name: &'t Source,
        detail: &'t str,
        now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        crate::project::alarm(tx, name, "cloned-device", detail, now_ms).boxed()
    }
}

/// A ticket of enrolment that was made. Its token is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Digest of its token, by which it is named.
    pub digest: String,
    /// For which device.
    pub source: Source,
    /// What it will be.
    pub role: String,
    /// Milliseconds UTC.
    pub made_ms: i64,
    /// Account.
    pub made_by: String,
    /// Milliseconds UTC.
    pub expires_ms: i64,
    /// When a device came with it.
    pub used_ms: Option<i64>,
}

/// The last tickets of some halls, newest first.
///
/// # Errors
/// The database's.
pub async fn tickets(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Ticket>, DbError> {
    let sql = "SELECT source, role, made_ms, made_by, expires_ms, used_ms, digest FROM tokens
               ORDER BY made_ms DESC LIMIT 1000";
    let mut out = Vec::new();
    for row in tx.rows(sql, &[]).await? {
        let Ok(source) = row.text(0)?.parse::<Source>() else { continue };
        if !scope.has(source.site()) {
            continue;
        }
        out.push(Ticket {
            source,
            role: row.text(1)?,
            made_ms: row.int(2)?,
            made_by: row.text(3)?,
            expires_ms: row.int(4)?,
            used_ms: row.int_or_none(5)?,
            digest: row.text(6)?,
        });
    }
    Ok(out)
}

/// Ends a ticket that nobody used; false where there is none such in these halls.
///
/// # Errors
/// The database's.
pub async fn cancel(tx: &mut Tx<'_>, scope: &Scope, digest: &str, by: &str) -> Result<bool, DbError> {
    let now_ms = audit::now_ms();
    let Some(kept) = token(tx, digest).await? else { return Ok(false) };
    let source = kept.record.name;
    if !scope.has(source.site()) {
        return Ok(false);
    }
    let sql = "UPDATE tokens SET expires_ms = $1 WHERE digest = $2 AND used_ms IS NULL AND expires_ms > $1";
    if tx.execute(sql, &[now_ms.into(), digest.into()]).await? == 0 {
        return Ok(false);
    }
    audit::note(tx, by, source.site(), "ticket-cancelled", &source.to_string(), "").await?;
    Ok(true)
}
