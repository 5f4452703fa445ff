// SPDX-License-Identifier: MIT OR Apache-2.0
//! One way to a database for receivers and the central: SQLite in a file, or
//! PostgreSQL by a URL. The SQL of the product is written once, in the part that
//! both speak (`$1`, `ON CONFLICT`, `RETURNING`); the differences are here.

#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
pub mod step;
mod value;

pub use step::{Needs, Step};
pub use value::{Row, Value};

use futures_util::future::BoxFuture;
use std::path::PathBuf;

/// The database does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite says no.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL says no.
    #[cfg(feature = "postgres")]
    #[error("PostgreSQL: {}", postgres::said(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// PostgreSQL cannot be reached.
    #[cfg(feature = "postgres")]
    #[error("PostgreSQL cannot be reached: {0}")]
    Pool(String),
    /// An address that is none.
    #[error("`{url}` is no database address: {why}")]
    Url {
        /// Without its password.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// SQLite with a known fault.
    #[error("SQLite {0} may damage its log; build with 3.51.3 or newer")]
    OldSqlite(&'static str),
    /// Written by a newer program, in a way that this one cannot work with.
    #[error(
        "the database is of version {found} and needs a program that knows {lowest}, this one knows {known}; nothing \
         was changed; install the version that ran here last, or a newer one"
    )]
    Newer {
        /// In the database.
        found: i64,
        /// That a program must know at least; 0 where nobody said.
        lowest: i64,
        /// Of this program.
        known: i64,
    },
    /// Directory or lock file.
    #[error("cannot use {path}: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it.
    #[error("another program is using {0}; stop it first, or give another directory")]
    InUse(PathBuf),
    /// A value is not of the kind that the program expects there.
    #[error("column {column}: {found}, expected {expected}")]
    Kind {
        /// From 0.
        column: usize,
        /// What stands there.
        found: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// The worker is gone.
    #[error("the database is being closed")]
    Closed,
    /// What the caller itself found wrong; nothing was written.
    #[error("{0}")]
    Refused(String),
}

impl DbError {
    /// Trying again later may help: the database is away, full or busy.
    pub fn passes(&self) -> bool {
        match self {
            DbError::Sqlite(_) | DbError::Closed => true,
            #[cfg(feature = "postgres")]
            DbError::Pool(_) => true,
            #[cfg(feature = "postgres")]
            DbError::Postgres(e) => postgres::passes(e),
            _ => false,
        }
    }
}

/// A database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file: one writer, whose transactions share their commits, and readers.
    Sqlite(sqlite::Sqlite),
    /// A pool of connections.
    #[cfg(feature = "postgres")]
    Postgres(postgres::Pg),
}

/// A transaction. Dropped without the job's `Ok`, nothing of it is there.
pub struct Tx<'a>(Inner<'a>);

enum Inner<'a> {
    Sqlite(&'a mut rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(deadpool_postgres::Transaction<'a>),
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

/// Work inside a transaction. On SQLite it must not wait for anything but the transaction.
pub trait Job<T>:
    for<'t, 'a> FnOnce(&'t mut Tx<'a>) -> BoxFuture<'t, Result<T, DbError>> + Send + 'static
{
}
impl<T, F> Job<T> for F where
    F: for<'t, 'a> FnOnce(&'t mut Tx<'a>) -> BoxFuture<'t, Result<T, DbError>> + Send + 'static
{
}

/// A table's rows as they are written many at a time.
#[derive(Clone, Copy, Debug)]
pub struct Put {
    /// Table.
    pub table: &'static str,
    /// Columns and their kinds.
    pub columns: &'static [(&'static str, Kind)],
    /// What follows: nothing, or `ON CONFLICT …`.
    pub conflict: &'static str,
}

/// Kind of a column, in both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 64-bit integer; also booleans and milliseconds.
    Int,
    /// Double.
    Real,
    /// UTF-8.
    Text,
    /// Bytes.
    Blob,
}

impl Db {
    /// A file, made when missing; this program alone serves it.
    ///
    /// # Errors
    /// The file cannot be used, or another program has it.
    pub fn sqlite(file: &std::path::Path) -> Result<Db, DbError> {
        Ok(Db::Sqlite(sqlite::Sqlite::open(file, true)?))
    }

    /// The same file beside the program that has it: for a command line that adds a row to a running server's
    /// database.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn sqlite_beside(file: &std::path::Path) -> Result<Db, DbError> {
        Ok(Db::Sqlite(sqlite::Sqlite::open(file, false)?))
    }

    /// PostgreSQL by its URL, `postgres://user:password@host:port/name`; `connections` at most. With `ca`, the
    /// PEM file of an authority, the connection is encrypted and the server must have a certificate of it.
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// Not such a URL, or the file cannot be read.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str, connections: usize, ca: Option<&std::path::Path>) -> Result<Db, DbError> {
        Ok(Db::Postgres(postgres::Pg::open(url, connections, ca)?))
    }

    /// It is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        !matches!(self, Db::Sqlite(_))
    }

    /// Runs a job in a transaction and makes it durable.
    ///
    /// # Errors
    /// The job's own, or the database's; nothing was written.
    pub async fn write<T: Send + 'static>(&self, job: impl Job<T>) -> Result<T, DbError> {
        match self {
            Db::Sqlite(db) => db.write(job).await,
            #[cfg(feature = "postgres")]
            Db::Postgres(db) => db.run(job, false).await,
        }
    }

    /// Runs a job that only reads, on one picture of the data.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub async fn read<T: Send + 'static>(&self, job: impl Job<T>) -> Result<T, DbError> {
        match self {
            Db::Sqlite(db) => db.read(job).await,
            #[cfg(feature = "postgres")]
            Db::Postgres(db) => db.run(job, true).await,
        }
    }

    /// Brings a part of the schema to this program's version. `part` names it, so that several parts live in
    /// one database; step `n` leads from version `n` to `n + 1`. A part that a newer program left is left as it is.
    ///
    /// # Errors
    /// A step fails, or the part is newer than the program and shuts it out.
    pub async fn migrate(&self, part: &'static str, steps: &'static [Step]) -> Result<(), DbError> {
        self.write(move |tx| Box::pin(migrate(tx, part, steps))).await
    }

    /// Finishes what was handed in and closes the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite(db) => db.close().await,
            #[cfg(feature = "postgres")]
            Db::Postgres(db) => db.close(),
        }
    }
}

/// What each part of the schema has, and how many of its steps a program must know. The second is a table of its own, for
/// databases that had the first already.
const PARTS: &str = "CREATE TABLE IF NOT EXISTS schema_parts(part TEXT PRIMARY KEY, version BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS schema_lowest(part TEXT PRIMARY KEY, steps BIGINT NOT NULL);";

async fn version(tx: &mut Tx<'_>, sql: &str, part: &'static str) -> Result<i64, DbError> {
    Ok(tx.one(sql, &[part.into()]).await?.map(|r| r.int(0)).transpose()?.unwrap_or(0))
}

async fn migrate(tx: &mut Tx<'_>, part: &'static str, steps: &'static [Step]) -> Result<(), DbError> {
    // Gateways that start together wait here for each other.
    if tx.is_postgres() {
        tx.execute("SELECT pg_advisory_xact_lock(6088117)", &[]).await?;
    }
    tx.batch(PARTS).await?;
    let found = version(tx, "SELECT version FROM schema_parts WHERE part = $1", part).await?;
    let lowest = version(tx, "SELECT steps FROM schema_lowest WHERE part = $1", part).await?;
    let known = step::count(steps.len());
    if found > known {
        if !step::lets_in(known, found, lowest) {
            return Err(DbError::Newer { found, lowest, known });
        }
        tracing::warn!(part, found, known, "a newer program was here; this one goes on with what it knows");
        return Ok(());
    }
    for step in steps.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.batch(if tx.is_postgres() { step.postgres } else { step.sqlite }).await?;
    }
    let set = "INSERT INTO schema_parts(part, version) VALUES($1, $2)
               ON CONFLICT(part) DO UPDATE SET version = excluded.version";
    tx.execute(set, &[part.into(), known.into()]).await?;
    let set = "INSERT INTO schema_lowest(part, steps) VALUES($1, $2)
               ON CONFLICT(part) DO UPDATE SET steps = excluded.steps";
    tx.execute(set, &[part.into(), step::lowest(steps).into()]).await?;
    Ok(())
}

impl Tx<'_> {
    /// It is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        !matches!(self.0, Inner::Sqlite(_))
    }

    /// Statements without values.
    ///
    /// # Errors
    /// The database's.
    pub async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.0 {
            Inner::Sqlite(db) => Ok(db.execute_batch(sql)?),
            #[cfg(feature = "postgres")]
            Inner::Postgres(tx) => Ok(tx.batch_execute(sql).await?),
        }
    }

    /// One statement; how many rows it changed. Places are `$1`, `$2`, …, first named in this order.
    ///
    /// # Errors
    /// The database's.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DbError> {
        match &mut self.0 {
            Inner::Sqlite(db) => sqlite::execute(db, sql, values),
            #[cfg(feature = "postgres")]
            Inner::Postgres(tx) => postgres::execute(tx, sql, values).await,
        }
    }

    /// All rows of one statement.
    ///
    /// # Errors
    /// The database's.
    pub async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
        match &mut self.0 {
            Inner::Sqlite(db) => sqlite::rows(db, sql, values),
            #[cfg(feature = "postgres")]
            Inner::Postgres(tx) => postgres::rows(tx, sql, values).await,
        }
    }

    /// The first row of one statement.
    ///
    /// # Errors
    /// The database's.
    pub async fn one(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Rows of `sql`, which ends with a column, for each of these texts in it: `… WHERE site = $1 AND ticket` for
    /// instance, with the values of its places.
    ///
    /// # Errors
    /// The database's.
    pub async fn rows_of(
        &mut self,
        sql: &str,
        values: &[Value],
        keys: Vec<String>,
    ) -> Result<Vec<Row>, DbError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match &mut self.0 {
            Inner::Sqlite(db) => sqlite::rows_of(db, sql, values, &keys),
            #[cfg(feature = "postgres")]
            Inner::Postgres(tx) => postgres::rows_of(tx, sql, values, keys).await,
        }
    }

    /// Writes many rows. One key must not come twice where `put` has a conflict rule.
    ///
    /// # Errors
    /// The database's.
    pub async fn put(&mut self, put: &Put, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
        if rows.is_empty() {
            return Ok(());
        }
        match &mut self.0 {
            Inner::Sqlite(db) => sqlite::put(db, put, &rows),
            #[cfg(feature = "postgres")]
            Inner::Postgres(tx) => postgres::put(tx, put, rows).await,
        }
    }

    /// Writes many new rows by the fastest way that the database has; no row may exist yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn copy(
        &mut self,
        table: &str,
        columns: &[(&str, Kind)],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), DbError> {
        match &mut self.0 {
            Inner::Sqlite(db) => sqlite::insert(db, table, columns, "", &rows),
            #[cfg(feature = "postgres")]
            Inner::Postgres(tx) => postgres::copy(tx, table, columns, &rows).await,
        }
    }
}
