// SPDX-License-Identifier: MIT OR Apache-2.0
//! The yardstick: how fast the same database takes rows of the same shape when
//! nothing else is done with them.

use super::LoadError;
use super::script::Script;
use motcua_link::db::{Db, DbError, Kind, Value};
use motcua_link::wire::{Epoch, Lane, Source};
use rusqlite::Connection;
use std::path::Path;
use std::time::Instant;

/// Rows of one measurement.
const ROWS: u64 = 100_000;
/// Rows of one transaction, as a full batch of the link.
const BATCH: usize = 500;

const TABLE: &str = "CREATE TABLE bare(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    type TEXT NOT NULL, at_ms BIGINT NOT NULL, received_ms BIGINT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq))";
const COLUMNS: &[(&str, Kind)] = &[
    ("source", Kind::Text),
    ("lane", Kind::Text),
    ("epoch", Kind::Text),
    ("seq", Kind::Int),
    ("type", Kind::Text),
    ("at_ms", Kind::Int),
    ("received_ms", Kind::Int),
    ("data", Kind::Text),
];

/// What was measured.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Bare {
    /// How the rows were written.
    pub what: &'static str,
    /// Rows each second.
    pub rows_per_s: f64,
    /// Processor time of one row, microseconds, where it can be told.
    pub cpu_us: Option<f64>,
}

fn rows() -> Result<Vec<Vec<Value>>, LoadError> {
    let wrong = |e: &dyn std::fmt::Display| LoadError::Device(e.to_string());
    let epoch = Epoch::random().map_err(|e| wrong(&e))?;
    let mut out = Vec::new();
    // In the order of ingest: full batches of hall after hall.
    for n in 0..ROWS / BATCH as u64 {
        let source = Source::new(&format!("load-bare-{n}"), "hub").map_err(|e| wrong(&e))?;
        let script = Script::new(n, 20_400);
        for seq in 1..=BATCH as u64 {
            let (at_ms, body) = script.event(seq);
            let data = serde_json::to_string(&body).map_err(|e| wrong(&e))?;
            out.push(vec![
                source.to_string().into(),
                Lane::Business.word().into(),
                epoch.as_str().into(),
                seq.into(),
                body.kind().into(),
                at_ms.into(),
                at_ms.into(),
                data.into(),
            ]);
        }
    }
    Ok(out)
}

/// SQLite: one prepared statement, 500 rows and one flush in each transaction, on the same disk.
pub(super) fn sqlite(dir: &Path) -> Result<Bare, LoadError> {
    let rows = rows()?;
    let path = dir.join("bare.db");
    let fail = |e: rusqlite::Error| LoadError::Db(DbError::Sqlite(e));
    let done = (|| {
        let mut db = Connection::open(&path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch(&format!("{TABLE} WITHOUT ROWID"))?;
        let (begun, cpu) = (Instant::now(), super::host::cpu_s(std::process::id()));
        for batch in rows.chunks(BATCH) {
            let tx = db.transaction()?;
            {
                let mut insert =
                    tx.prepare_cached("INSERT INTO bare VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
                for row in batch {
                    insert.execute(rusqlite::params_from_iter(row))?;
                }
            }
            tx.commit()?;
        }
        let cpu_us = (super::host::cpu_s(std::process::id()) - cpu) * 1e6 / ROWS as f64;
        Ok((begun.elapsed().as_secs_f64(), cpu_us))
    })();
    let (took_s, cpu_us) = done.map_err(fail)?;
    let _ = std::fs::remove_file(&path);
    Ok(Bare {
        what: "SQLite, 500 rows and one flush a transaction",
        rows_per_s: ROWS as f64 / took_s,
        cpu_us: Some(cpu_us),
    })
}

/// PostgreSQL: one binary COPY on one connection, committed durably.
pub(super) async fn postgres(db: &Db) -> Result<Bare, LoadError> {
    let rows = rows()?;
    db.write(|tx| Box::pin(async move { tx.batch(&format!("DROP TABLE IF EXISTS bare; {TABLE}")).await }))
        .await?;
    let backend =
        db.write(|tx| Box::pin(async move { tx.one("SELECT pg_backend_pid()", &[]).await })).await?;
    let backend = backend.map(|r| r.number(0)).transpose()?.unwrap_or(0);
    let backend = u32::try_from(backend).unwrap_or(0);
    let (begun, cpu) = (Instant::now(), super::host::cpu_s(backend));
    db.write(move |tx| Box::pin(async move { tx.copy("bare", COLUMNS, rows).await })).await?;
    let took_s = begun.elapsed().as_secs_f64();
    let cpu_us = (super::host::cpu_s(backend) - cpu) * 1e6 / ROWS as f64;
    db.write(|tx| Box::pin(async move { tx.batch("DROP TABLE bare").await })).await?;
    let rows_per_s = ROWS as f64 / took_s;
    Ok(Bare { what: "PostgreSQL, one binary COPY", rows_per_s, cpu_us: (cpu_us > 0.0).then_some(cpu_us) })
}
