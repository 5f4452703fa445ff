// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tickets and certificates in the database.

use crate::audit;
use crate::reports::Scope;
use motcua_link::db::{Db, DbError, Row, Tx, Value};
use motcua_link::receive::accept_next;
use motcua_link::trust::{
    Answered, Kept, Peer, Registry, RegistryError, Revocation, Role, ServerNames, Take, TokenDigest,
    TokenRecord,
};
use motcua_link::wire::Source;

/// The central's registry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Certificates {
    db: Db,
}

const COLUMNS: &str = "digest, source, role, server, expires_ms, used_ms, answered";

impl Certificates {
    /// In this database, whose part `trust` is migrated.
    pub fn new(db: Db) -> Certificates {
        Certificates { db }
    }

    /// Keeps a new ticket. A device that was revoked as a whole is let in again by it.
    ///
    /// # Errors
    /// The database's.
    pub async fn add(&self, record: TokenRecord, by: &str, now_ms: i64) -> Result<(), DbError> {
        let by = by.to_owned();
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO tokens(digest, source, role, server, made_ms, made_by, expires_ms)
                               VALUES($1, $2, $3, $4, $5, $6, $7)";
                    let values = [
                        record.digest.0.as_str().into(),
                        record.name.to_string().into(),
                        record.role.as_str().into(),
                        serde_json::to_string(&record.server).unwrap_or_default().into(),
                        now_ms.into(),
                        by.as_str().into(),
                        record.expires_ms.into(),
                    ];
                    tx.execute(sql, &values).await?;
                    let detail = record.role.as_str();
                    audit::note(tx, &by, record.name.site(), "ticket-made", &record.name.to_string(), detail)
                        .await
                })
            })
            .await
    }

    /// Takes a device, or one certificate by its serial number, back.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke(&self, what: Revoke, by: &str, now_ms: i64) -> Result<(), DbError> {
        let by = by.to_owned();
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let (kind, name) = match &what {
                        Revoke::Device(source) => ("device", source.to_string()),
                        Revoke::Serial(serial) => ("serial", serial.clone()),
                    };
                    let sql = "INSERT INTO revocations(what, name, at_ms, who) VALUES($1, $2, $3, $4)
                               ON CONFLICT(what, name) DO NOTHING";
                    let values = [kind.into(), name.as_str().into(), now_ms.into(), by.as_str().into()];
                    tx.execute(sql, &values).await?;
                    let site = match &what {
                        Revoke::Device(source) => {
                            let sql = "UPDATE devices SET revoked_ms = $1 WHERE source = $2";
                            tx.execute(sql, &[now_ms.into(), name.as_str().into()]).await?;
                            source.site()
                        }
                        Revoke::Serial(_) => "",
                    };
                    audit::note(tx, &by, site, "device-revoked", &name, "").await
                })
            })
            .await
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

/// What can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// Every certificate of a device.
    Device(Source),
    /// One certificate.
    Serial(String),
}

fn failed(e: DbError) -> RegistryError {
    RegistryError(Box::new(e))
}

fn kept(row: &Row) -> Result<Kept, DbError> {
    let damaged = |what: &str| DbError::Refused(format!("the row of a token is damaged: {what}"));
    let answered = row.text_or_none(6)?;
    let answered = answered.map(|text| serde_json::from_str::<Answered>(&text)).transpose();
    Ok(Kept {
        record: TokenRecord {
            digest: TokenDigest(row.text(0)?),
            name: row.text(1)?.parse().map_err(|_| damaged("source"))?,
            role: row.text(2)?.parse::<Role>().map_err(|_| damaged("role"))?,
            server: serde_json::from_str::<ServerNames>(&row.text(3)?).map_err(|_| damaged("server"))?,
            expires_ms: row.int(4)?,
            used_at_ms: row.int_or_none(5)?,
        },
        answered: answered.map_err(|_| damaged("answered"))?,
    })
}

async fn token(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Kept>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM tokens WHERE digest = $1");
    tx.one(&sql, &[digest.into()]).await?.map(|row| kept(&row)).transpose()
}

/// A ticket is a technician's word that a new box or card takes the place of the old one: the certificates of
/// the old one end, the new one may speak from a database of its own, and a ban of the device is over.
async fn replace(tx: &mut Tx<'_>, name: &Source, now_ms: i64) -> Result<(), DbError> {
    let source = Value::from(name.to_string());
    let old = "INSERT INTO revocations(what, name, at_ms, who)
               SELECT 'serial', serial, CAST($1 AS BIGINT), 'new ticket' FROM certificates WHERE source = $2
               ON CONFLICT(what, name) DO NOTHING";
    tx.execute(old, &[now_ms.into(), source.clone()]).await?;
    tx.execute("DELETE FROM revocations WHERE what = 'device' AND name = $1", &[source]).await?;
    accept_next(tx, name).await
}

async fn note(
    tx: &mut Tx<'_>,
    source: &Source,
    role: &str,
    answered: &Answered,
    follows: Option<String>,
    now_ms: i64,
) -> Result<(), DbError> {
    let issued = &answered.issued;
    let sql = "INSERT INTO certificates(serial, source, role, key_sha256, issued_ms, not_after_ms, follows)
               VALUES($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        issued.serial_hex.as_str().into(),
        source.to_string().into(),
        role.into(),
        answered.key_sha256.as_str().into(),
        now_ms.into(),
        issued.not_after_ms.into(),
        follows.into(),
    ];
    tx.execute(sql, &values).await?;
    let sql = "INSERT INTO devices(source, site, device, role, first_ms, last_ms, serial, not_after_ms)
               VALUES($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT(source) DO UPDATE SET role = excluded.role, serial = excluded.serial,
                   not_after_ms = excluded.not_after_ms, last_ms = excluded.last_ms, revoked_ms = NULL";
    let values: [Value; 8] = [
        source.to_string().into(),
        source.site().into(),
        source.device().into(),
        role.into(),
        now_ms.into(),
        now_ms.into(),
        issued.serial_hex.as_str().into(),
        issued.not_after_ms.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

impl Registry for Certificates {
    async fn token(&self, digest: &TokenDigest) -> Result<Option<Kept>, RegistryError> {
        let digest = digest.0.clone();
        let found = self.db.read(move |tx| Box::pin(async move { token(tx, &digest).await })).await;
        found.map_err(failed)
    }

    async fn take(
        &self,
        digest: &TokenDigest,
        answered: &Answered,
        now_ms: i64,
    ) -> Result<Take, RegistryError> {
        let (digest, answered) = (digest.0.clone(), answered.clone());
        let done = self.db.write(move |tx| {
            Box::pin(async move {
                let text = serde_json::to_string(&answered).unwrap_or_default();
                let sql =
                    "UPDATE tokens SET used_ms = $1, answered = $2 WHERE digest = $3 AND used_ms IS NULL";
                let used = tx.execute(sql, &[now_ms.into(), text.into(), digest.as_str().into()]).await?;
                let stands = token(tx, &digest).await?;
                let Some(stands) = stands.filter(|_| used == 1) else {
                    return Ok(Take::Stands(token(tx, &digest).await?.map(Box::new)));
                };
                let (source, role) = (stands.record.name.clone(), stands.record.role.as_str());
                replace(tx, &stands.record.name, now_ms).await?;
                note(tx, &source, role, &answered, None, now_ms).await?;
                audit::note(tx, "device", source.site(), "device-enrolled", &source.to_string(), role)
                    .await?;
                Ok(Take::Done)
            })
        });
        done.await.map_err(failed)
    }

    async fn renewed(&self, peer: &Peer, answered: &Answered, now_ms: i64) -> Result<(), RegistryError> {
        let (peer, answered) = (peer.clone(), answered.clone());
        let done = self.db.write(move |tx| {
            Box::pin(async move {
                let (source, role) = (peer.name.clone(), peer.role.as_str());
                let sql = "SELECT key_sha256 FROM certificates WHERE follows = $1 AND key_sha256 <> $2";
                let other = [peer.serial_hex.as_str().into(), answered.key_sha256.as_str().into()];
                if tx.one(sql, &other).await?.is_some() {
                    let detail = format!("two keys followed certificate {}", peer.serial_hex);
                    crate::project::alarm(tx, &peer.name, "cloned-device", &detail, now_ms).await?;
                }
                note(tx, &source, role, &answered, Some(peer.serial_hex.clone()), now_ms).await
            })
        });
        done.await.map_err(failed)
    }

    async fn revocation(&self, serial_hex: &str, name: &Source) -> Result<Revocation, RegistryError> {
        let (serial, source) = (serial_hex.to_owned(), name.to_string());
        let found = self.db.read(move |tx| {
            Box::pin(async move {
                let sql = "SELECT what FROM revocations WHERE (what = 'serial' AND name = $1)
                           OR (what = 'device' AND name = $2)";
                let row = tx.one(sql, &[serial.into(), source.into()]).await?;
                Ok(match row.map(|r| r.text(0)).transpose()?.as_deref() {
                    None => Revocation::No,
                    Some("serial") => Revocation::Serial,
                    Some(_) => Revocation::Device,
                })
            })
        });
        found.await.map_err(failed)
    }
}
