// SPDX-License-Identifier: MIT OR Apache-2.0
//! A [`Registry`] in a database: tickets of enrolment, certificates and
//! revocations. The same for a hub, which is the authority of its hall, and for
//! a central system; what else they note stands in their [`Book`].

use super::authority::Issued;
use super::enrol::{Answered, Kept, Registry, RegistryError, Take};
use super::judge::{Peer, Revocation};
use super::name::Role;
use super::{ServerNames, TokenDigest, TokenRecord};
use crate::db::{Db, DbError, Row, Step, Tx, Value};
use crate::receive::accept_next;
use crate::wire::Source;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

/// Steps of the part `trust`; the link's own part must be migrated too.
pub const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE tokens(
    digest TEXT PRIMARY KEY, source TEXT NOT NULL, role TEXT NOT NULL, server TEXT NOT NULL,
    made_ms BIGINT NOT NULL, made_by TEXT NOT NULL, expires_ms BIGINT NOT NULL, used_ms BIGINT, answered TEXT);
CREATE INDEX tokens_source ON tokens(source);
CREATE TABLE certificates(
    serial TEXT PRIMARY KEY, source TEXT NOT NULL, role TEXT NOT NULL, key_sha256 TEXT NOT NULL,
    issued_ms BIGINT NOT NULL, not_after_ms BIGINT NOT NULL, follows TEXT);
CREATE INDEX certificates_source ON certificates(source);
CREATE TABLE revocations(
    what TEXT NOT NULL, name TEXT NOT NULL, at_ms BIGINT NOT NULL, who TEXT NOT NULL, PRIMARY KEY(what, name));
",
)];

/// What can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// Every certificate of a device.
    Device(Source),
    /// One certificate.
    Serial(String),
}

/// What else is written in the transactions of a registry.
pub trait Book: Send + Sync + 'static {
    /// A ticket was made.
    fn ticket<'t>(
        &'t self,
        _: &'t mut Tx<'_>,
        _: &'t TokenRecord,
        _by: &'t str,
        _now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async { Ok(()) }.boxed()
    }

    /// A certificate was issued: by a ticket, or after another one.
    fn issued<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        name: &'t Source,
        role: Role,
        issued: &'t Issued,
        renewed: bool,
        now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>>;

    /// A device or a certificate was taken back.
    fn revoked<'t>(
        &'t self,
        _: &'t mut Tx<'_>,
        _: &'t Revoke,
        _by: &'t str,
        _now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async { Ok(()) }.boxed()
    }

    /// Two keys followed one certificate: a device was copied.
    fn cloned<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        name: &'t Source,
        detail: &'t str,
        now_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>>;
}

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct SqlRegistry {
    db: Db,
    book: Arc<dyn Book>,
}

impl std::fmt::Debug for SqlRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqlRegistry")
    }
}

const COLUMNS: &str = "digest, source, role, server, expires_ms, used_ms, answered";

impl SqlRegistry {
    /// In this database, whose parts `trust` and `link` are migrated.
    pub fn new(db: Db, book: Arc<dyn Book>) -> SqlRegistry {
        SqlRegistry { db, book }
    }

    /// Keeps a new ticket. One for the same device that nobody used ends with it: whoever finds the older paper
    /// must not become the device. A device that was revoked as a whole is let in again by it.
    ///
    /// # Errors
    /// The database's.
    pub async fn add(&self, record: TokenRecord, by: &str, now_ms: i64) -> Result<(), DbError> {
        let (by, book) = (by.to_owned(), self.book.clone());
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    end_tickets(tx, &record.name, now_ms).await?;
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
                    book.ticket(tx, &record, &by, now_ms).await
                })
            })
            .await
    }

    /// Takes a device, or one certificate by its serial number, back. An open ticket of the device ends too.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke(&self, what: Revoke, by: &str, now_ms: i64) -> Result<(), DbError> {
        let (by, book) = (by.to_owned(), self.book.clone());
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let (kind, name) = match &what {
                        Revoke::Device(source) => ("device", source.to_string()),
                        Revoke::Serial(serial) => ("serial", serial.clone()),
                    };
                    let sql = "INSERT INTO revocations(what, name, at_ms, who) VALUES($1, $2, $3, $4)
                               ON CONFLICT(what, name) DO NOTHING";
                    let values = [kind.into(), name.into(), now_ms.into(), by.as_str().into()];
                    tx.execute(sql, &values).await?;
                    if let Revoke::Device(source) = &what {
                        end_tickets(tx, source, now_ms).await?;
                    }
                    book.revoked(tx, &what, &by, now_ms).await
                })
            })
            .await
    }
}

/// What is kept of the ticket with this digest.
///
/// # Errors
/// The database's, or its row is damaged.
pub async fn token(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Kept>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM tokens WHERE digest = $1");
    tx.one(&sql, &[digest.into()]).await?.map(|row| kept(&row)).transpose()
}

/// Ends the open tickets of a device; how many there were.
///
/// # Errors
/// The database's.
pub async fn end_tickets(tx: &mut Tx<'_>, name: &Source, now_ms: i64) -> Result<u64, DbError> {
    let sql = "UPDATE tokens SET expires_ms = $1 WHERE source = $2 AND used_ms IS NULL AND expires_ms > $1";
    tx.execute(sql, &[now_ms.into(), name.to_string().into()]).await
}

/// Until when a ticket of each device can be used, milliseconds UTC; devices without an open ticket are not
/// named.
///
/// # Errors
/// The database's, or a row is damaged.
pub async fn open_tickets(tx: &mut Tx<'_>, now_ms: i64) -> Result<BTreeMap<Source, i64>, DbError> {
    let sql = "SELECT source, max(expires_ms) FROM tokens WHERE used_ms IS NULL AND expires_ms > $1 GROUP BY source";
    let mut out = BTreeMap::new();
    for row in tx.rows(sql, &[now_ms.into()]).await? {
        let source = row.text(0)?;
        let source = source.parse().map_err(|_| DbError::Refused(format!("a ticket is for `{source}`")))?;
        out.insert(source, row.int(1)?);
    }
    Ok(out)
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
    role: Role,
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
        role.as_str().into(),
        answered.key_sha256.as_str().into(),
        now_ms.into(),
        issued.not_after_ms.into(),
        follows.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

fn failed(e: DbError) -> RegistryError {
    RegistryError(Box::new(e))
}

impl Registry for SqlRegistry {
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
        let (digest, answered, book) = (digest.0.clone(), answered.clone(), self.book.clone());
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
                let TokenRecord { name, role, .. } = &stands.record;
                replace(tx, name, now_ms).await?;
                note(tx, name, *role, &answered, None, now_ms).await?;
                book.issued(tx, name, *role, &answered.issued, false, now_ms).await?;
                Ok(Take::Done)
            })
        });
        done.await.map_err(failed)
    }

    async fn renewed(&self, peer: &Peer, answered: &Answered, now_ms: i64) -> Result<(), RegistryError> {
        let (peer, answered, book) = (peer.clone(), answered.clone(), self.book.clone());
        let done = self.db.write(move |tx| {
            Box::pin(async move {
                let sql = "SELECT key_sha256 FROM certificates WHERE follows = $1 AND key_sha256 <> $2";
                let other = [peer.serial_hex.as_str().into(), answered.key_sha256.as_str().into()];
                if tx.one(sql, &other).await?.is_some() {
                    let detail = format!("two keys followed certificate {}", peer.serial_hex);
                    book.cloned(tx, &peer.name, &detail, now_ms).await?;
                }
                note(tx, &peer.name, peer.role, &answered, Some(peer.serial_hex.clone()), now_ms).await?;
                book.issued(tx, &peer.name, peer.role, &answered.issued, true, now_ms).await
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

/// What was taken back, in memory, because every request asks. Read again every few seconds, so that several
/// gateways and the command line agree. Cheap to clone.
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
