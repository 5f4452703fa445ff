// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a day is over its bookings and its key are deleted, at the central and,
//! by a new version, at the hall, which does the same by itself.

use super::state;
use super::take::{Adapter, Origin};
use crate::audit::note;
use jiff::civil::Date;
use motcua_link::db::{Db, DbError, Tx};
use motcua_link::province::{Bookings, Kind, digest, pack, unpack};

/// What is deleted is overwritten in SQLite's file. PostgreSQL's vacuum gives the space to others.
pub(super) async fn overwrite_deleted(tx: &mut Tx<'_>) -> Result<(), DbError> {
    if !tx.is_postgres() {
        tx.rows("PRAGMA secure_delete = ON", &[]).await?;
    }
    Ok(())
}

/// Deletes bookings and keys of the days before `today`; how many halls had any.
///
/// # Errors
/// The database's.
pub async fn sweep(db: &Db, today: Date, now_ms: i64) -> Result<usize, DbError> {
    db.write(move |tx| {
        Box::pin(async move {
            let day = today.to_string();
            let sql = "SELECT site, version, packed FROM province_documents
                       WHERE name = 'bookings' AND first_day <> '' AND first_day < $1";
            let old = tx.rows(sql, &[day.as_str().into()]).await?;
            let swept = old.len();
            overwrite_deleted(tx).await?;
            for row in old {
                let (site, version) = (row.text(0)?, row.number(1)?);
                rewrite(tx, &site, version, &row.blob(2)?, today, now_ms).await?;
            }
            tx.execute("DELETE FROM province_day_keys WHERE day < $1", &[day.into()]).await?;
            let kept = now_ms - state::LISTED_DAYS * 86_400_000;
            tx.execute("DELETE FROM province_intake WHERE last_ms < $1", &[kept.into()]).await?;
            if swept > 0 {
                crate::steer::changed(tx).await?;
            }
            Ok(swept)
        })
    })
    .await
}

async fn rewrite(
    tx: &mut Tx<'_>,
    site: &str,
    version: u64,
    packed: &[u8],
    today: Date,
    now_ms: i64,
) -> Result<(), DbError> {
    let read = unpack(packed).ok().and_then(|text| Bookings::read(&text, site).ok());
    // What cannot be read is deleted all the same.
    let empty = || Bookings { format: Kind::Bookings.format().into(), site: site.into(), days: Vec::new() };
    let mut bookings = read.unwrap_or_else(empty);
    bookings.forget_before(today);
    let failed = |e: String| DbError::Refused(e);
    let text = serde_json::to_string(&bookings).map_err(|e| failed(e.to_string()))?;
    let row = state::Row {
        digest: digest(&text),
        packed: pack(&text).map_err(|e| failed(e.to_string()))?,
        bytes: text.len() as u64,
        entries: bookings.days.iter().map(|d| d.bookings.len() as u64).sum(),
        first_day: bookings.days.iter().map(|d| d.day.to_string()).min().unwrap_or_default(),
    };
    let sql = "SELECT adapter, origin, made_ms FROM province_documents WHERE site = $1 AND name = 'bookings'";
    let found = tx.one(sql, &[site.into()]).await?;
    let made_ms = found.as_ref().map(|r| r.int(2)).transpose()?.unwrap_or(now_ms);
    let by = found.as_ref().map(|r| r.text(1)).transpose()?.unwrap_or_default();
    let adapter = match found.map(|r| r.text(0)).transpose()?.as_deref() {
        Some("push") => Adapter::Push,
        Some("pull") => Adapter::Pull,
        _ => Adapter::File,
    };
    // Who sent what is left stays named.
    state::put(tx, (Kind::Bookings, site, version + 1), &Origin { adapter, by }, &row, made_ms).await?;
    note(tx, "central", site, "province-day-over", &format!("bookings {}", version + 1), "").await
}
