// SPDX-License-Identifier: MIT OR Apache-2.0
//! From SQLite to PostgreSQL when one machine is outgrown: every table in one
//! transaction, so that a move that broke off left nothing, then rows and
//! checksums of both sides side by side.

use super::checksum::Sum;
use crate::serve::{FILE, prepare};
use motcua_link::db::{Db, DbError, Kind, Tx, Value};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Rows that travel at once.
const CHUNK: usize = 2_000;

/// Nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// No database there.
    #[error("there is no database in {}; give the central's directory with --from", .0.display())]
    Missing(PathBuf),
    /// A database is in use, or says no.
    #[error("{0}")]
    Db(#[from] DbError),
    /// SQLite.
    #[error("the database to move cannot be read: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The target holds something.
    #[error("table {0} of the target holds rows; move into an empty database")]
    NotEmpty(String),
    /// A column that the program does not know how to move.
    #[error("column {column} of {table} is of type {kind}, which is not moved; update the program")]
    Kind {
        /// Table.
        table: String,
        /// Column.
        column: String,
        /// As declared.
        kind: String,
    },
}

/// A table on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub table: String,
    /// Rows and sum in SQLite.
    pub from: Sum,
    /// Rows and sum in PostgreSQL.
    pub to: Sum,
}

impl Compared {
    /// Both sides hold the same.
    pub fn same(&self) -> bool {
        self.from == self.to
    }
}

#[derive(Clone, Debug)]
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

impl Table {
    fn select(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        format!("SELECT {} FROM {}", names.join(", "), self.name)
    }
}

/// Moves what is in the directory `from` into the empty database `to`; with `only_compare` nothing is written. The
/// central on SQLite must be stopped. The authority's directory stays and is used on.
///
/// # Errors
/// What is in the way; the target then is as it was.
pub async fn transfer(from: &Path, to: Db, only_compare: bool) -> Result<Vec<Compared>, TransferError> {
    let file = from.join(FILE);
    if !file.is_file() {
        return Err(TransferError::Missing(from.to_owned()));
    }
    // Alone, and of this program's version, before anything is read.
    let source = Db::sqlite(&file)?;
    prepare(source.clone()).await?;
    let store = prepare(to.clone()).await?;
    let tables = tables(&file)?;
    if !only_compare {
        empty(&to, &tables).await?;
        if let Some((first, last)) = received(&file)? {
            store.prepare_between(first, last).await?;
        }
        let (sender, receiver) = mpsc::channel(4);
        let (path, list) = (file.clone(), tables.clone());
        let reading = tokio::task::spawn_blocking(move || read_all(&path, &list, &sender));
        let written = to.write(move |tx| Box::pin(write_all(tx, tables, receiver))).await;
        // A reader that failed is why the writer got too little.
        reading.await.map_err(|e| DbError::Refused(e.to_string()))??;
        written?;
    }
    let compared = compare(&file, &to).await;
    source.close().await;
    compared
}

/// Every table with its columns, as SQLite has them; the versions of the schema are those of both sides already.
fn tables(file: &Path) -> Result<Vec<Table>, TransferError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
               AND name NOT IN ('schema_parts', 'schema_lowest') ORDER BY name";
    let names: Vec<String> =
        db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut out = Vec::new();
    for name in names {
        let mut query = db.prepare("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid")?;
        let found = query.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut columns = Vec::new();
        for column in found {
            let (column, declared): (String, String) = column?;
            let kind = match declared.to_ascii_uppercase().as_str() {
                "BIGINT" | "INTEGER" => Kind::Int,
                "TEXT" => Kind::Text,
                "REAL" | "DOUBLE PRECISION" => Kind::Real,
                "BLOB" | "BYTEA" => Kind::Blob,
                _ => return Err(TransferError::Kind { table: name, column, kind: declared }),
            };
            columns.push((column, kind));
        }
        out.push(Table { name, columns });
    }
    Ok(out)
}

async fn empty(to: &Db, tables: &[Table]) -> Result<(), TransferError> {
    for table in tables {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        let row = to.read(move |tx| Box::pin(async move { tx.one(&sql, &[]).await })).await?;
        if row.is_some() {
            return Err(TransferError::NotEmpty(table.name.clone()));
        }
    }
    Ok(())
}

/// First and last moment of receipt, for the partitions.
fn received(file: &Path) -> Result<Option<(i64, i64)>, TransferError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let sql = "SELECT min(received_ms), max(received_ms) FROM
               (SELECT received_ms FROM events UNION ALL SELECT received_ms FROM signals)";
    let (first, last): (Option<i64>, Option<i64>) =
        db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last))
}

type Chunk = (usize, Vec<Vec<Value>>);

fn read_all(file: &Path, tables: &[Table], to: &mpsc::Sender<Chunk>) -> Result<(), TransferError> {
    for (at, table) in tables.iter().enumerate() {
        each_chunk(file, table, |rows| to.blocking_send((at, rows)).is_ok())?;
    }
    // The end is said and not only heard: a reader that broke off must not look like one that is done.
    let _ = to.blocking_send((tables.len(), Vec::new()));
    Ok(())
}

/// Gives a table's rows away in chunks, until `take` wants no more.
fn each_chunk(
    file: &Path,
    table: &Table,
    mut take: impl FnMut(Vec<Vec<Value>>) -> bool,
) -> Result<(), TransferError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut query = db.prepare(&table.select())?;
    let mut rows = query.query([])?;
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(table.columns.len());
        for column in 0..table.columns.len() {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Real(n) => Value::Real(n),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
            });
        }
        chunk.push(values);
        if chunk.len() == CHUNK && !take(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK))) {
            return Ok(());
        }
    }
    take(chunk);
    Ok(())
}

async fn write_all(
    tx: &mut Tx<'_>,
    tables: Vec<Table>,
    mut from: mpsc::Receiver<Chunk>,
) -> Result<(), DbError> {
    while let Some((at, rows)) = from.recv().await {
        let Some(table) = tables.get(at) else { return Ok(()) };
        let columns: Vec<(&str, Kind)> = table.columns.iter().map(|(n, k)| (n.as_str(), *k)).collect();
        tx.copy(&table.name, &columns, rows).await?;
    }
    Err(DbError::Refused("the database to move could not be read to its end; nothing was moved".into()))
}

async fn compare(file: &Path, to: &Db) -> Result<Vec<Compared>, TransferError> {
    let mut out = Vec::new();
    for table in tables(file)? {
        let (path, of) = (file.to_owned(), table.clone());
        let from = tokio::task::spawn_blocking(move || {
            let mut sum = Sum::default();
            each_chunk(&path, &of, |rows| {
                rows.iter().for_each(|row| sum.add(row));
                true
            })?;
            Ok::<_, TransferError>(sum)
        });
        let from = from.await.map_err(|e| DbError::Refused(e.to_string()))??;
        let of = table.clone();
        let to = to.read(move |tx| Box::pin(async move { sum_of(tx, &of).await })).await?;
        out.push(Compared { table: table.name, from, to });
    }
    Ok(out)
}

/// Through a cursor: the table may be larger than the memory.
async fn sum_of(tx: &mut Tx<'_>, table: &Table) -> Result<Sum, DbError> {
    let cursor = format!("move_{}", table.name);
    tx.batch(&format!("DECLARE {cursor} CURSOR FOR {}", table.select())).await?;
    let mut sum = Sum::default();
    loop {
        let rows = tx.rows(&format!("FETCH {CHUNK} FROM {cursor}"), &[]).await?;
        if rows.is_empty() {
            return Ok(sum);
        }
        rows.into_iter().for_each(|row| sum.add(&row.values()));
    }
}

/// Both sides for a person.
pub fn table(compared: &[Compared]) -> String {
    let mut out = format!("{:<16} {:>12} {:>12}  {:<32}\n", "table", "SQLite", "PostgreSQL", "checksum");
    for c in compared {
        let sum = format!("{:032x}", c.from.sum);
        let word = if c.same() { sum } else { format!("{sum} IS NOT {:032x}", c.to.sum) };
        out += &format!("{:<16} {:>12} {:>12}  {word}\n", c.table, c.from.rows, c.to.rows);
    }
    out
}
