// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys with which the provincial system pushes. Shown once; only a digest is
//! kept. The digest of 256 random bits needs no slow hash.

use crate::audit::{note, now_ms};
use motcua_link::db::{Db, DbError, Tx};
use motcua_web::token;
use uuid::Uuid;

/// Before every key, so that a scanner of repositories finds one that was lost.
const PREFIX: &str = "motcua_province_";

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Who has it.
    pub name: String,
    /// When it was made.
    pub made_ms: i64,
    /// Account.
    pub made_by: String,
    /// When it was used last.
    pub used_ms: Option<i64>,
    /// Since when it is worth nothing.
    pub revoked_ms: Option<i64>,
}

/// Makes a key for `name` and returns it; it is never seen again.
///
/// # Errors
/// The database's, or an empty name.
pub async fn make_key(db: &Db, name: &str, by: &str) -> Result<String, DbError> {
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(DbError::Refused("name the system that gets the key, in 1 to 60 characters".into()));
    }
    let secret = token::random().map_err(|e| DbError::Refused(e.to_string()))?;
    let key = format!("{PREFIX}{secret}");
    let (digest, by) = (token::sha256(&key), by.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            let sql =
                "INSERT INTO province_keys(id, name, digest, made_ms, made_by) VALUES($1, $2, $3, $4, $5)";
            let id = Uuid::now_v7().to_string();
            let values =
                [id.into(), name.as_str().into(), digest.into(), now_ms().into(), by.as_str().into()];
            tx.execute(sql, &values).await?;
            note(tx, &by, "", "province-key-made", &name, "").await
        })
    })
    .await?;
    Ok(key)
}

/// Every key, newest first.
///
/// # Errors
/// The database's.
pub async fn keys(tx: &mut Tx<'_>) -> Result<Vec<Key>, DbError> {
    let sql =
        "SELECT id, name, made_ms, made_by, used_ms, revoked_ms FROM province_keys ORDER BY made_ms DESC, id";
    let read = |r: &motcua_link::db::Row| {
        Ok(Key {
            id: r.text(0)?,
            name: r.text(1)?,
            made_ms: r.int(2)?,
            made_by: r.text(3)?,
            used_ms: r.int_or_none(4)?,
            revoked_ms: r.int_or_none(5)?,
        })
    };
    tx.rows(sql, &[]).await?.iter().map(read).collect()
}

/// Makes a key worthless; whether there was one.
///
/// # Errors
/// The database's.
pub async fn revoke_key(db: &Db, id: &str, by: &str) -> Result<bool, DbError> {
    let (id, by) = (id.to_owned(), by.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "UPDATE province_keys SET revoked_ms = $1, revoked_by = $2 WHERE id = $3 AND revoked_ms IS NULL";
            let values = [now_ms().into(), by.as_str().into(), id.as_str().into()];
            if tx.execute(sql, &values).await? == 0 {
                return Ok(false);
            }
            let name = tx.one("SELECT name FROM province_keys WHERE id = $1", &[id.into()]).await?;
            let name = name.map(|r| r.text(0)).transpose()?.unwrap_or_default();
            note(tx, &by, "", "province-key-revoked", &name, "").await?;
            Ok(true)
        })
    })
    .await
}

/// Who has the key that was shown, and notes its use.
///
/// # Errors
/// The database's.
pub async fn key_of(db: &Db, shown: &str) -> Result<Option<String>, DbError> {
    if !shown.starts_with(PREFIX) {
        return Ok(None);
    }
    let digest = token::sha256(shown);
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "UPDATE province_keys SET used_ms = $1 WHERE digest = $2 AND revoked_ms IS NULL";
            if tx.execute(sql, &[now_ms().into(), digest.as_str().into()]).await? == 0 {
                return Ok(None);
            }
            let row = tx.one("SELECT name FROM province_keys WHERE digest = $1", &[digest.into()]).await?;
            row.map(|r| r.text(0)).transpose()
        })
    })
    .await
}
