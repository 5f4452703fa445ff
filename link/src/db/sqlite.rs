// SPDX-License-Identifier: MIT OR Apache-2.0
//! SQLite: WAL, durable commits, one writer thread. Jobs that wait together are
//! committed together, each in a savepoint of its own, so that one disk flush
//! serves many batches and one job's failure takes nothing from the others.

use super::{DbError, Inner, Job, Kind, Put, Row, Tx, Value};
use futures_util::FutureExt;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// SQLite below this may corrupt a WAL file when it is reset.
const LOWEST: i32 = 3_051_003;
/// Jobs in one commit at most.
const GROUP: usize = 256;
/// Idle readers kept open.
const READERS: usize = 4;

/// An open file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sqlite {
    jobs: Sender<Work>,
    path: Arc<PathBuf>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

enum Work {
    Write(Write),
    Close(oneshot::Sender<()>),
}

/// Runs in a savepoint and returns what tells its caller, once the group is durable or lost.
type Write = Box<dyn FnOnce(&mut Connection) -> Told + Send>;

/// Tells a caller how it ended; an error is that of the group.
type Told = Box<dyn FnOnce(Result<(), &str>) + Send>;

impl Sqlite {
    /// `alone` keeps other programs that want to be alone away.
    pub(super) fn open(path: &Path, alone: bool) -> Result<Sqlite, DbError> {
        if rusqlite::version_number() < LOWEST {
            return Err(DbError::OldSqlite(rusqlite::version()));
        }
        let lock = if alone { Some(lock(path)?) } else { None };
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", "ON")?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        db.set_prepared_statement_cache_capacity(64);
        let (jobs, inbox) = channel();
        std::thread::Builder::new()
            .name("db-writer".into())
            .spawn(move || writer(db, &inbox, lock))
            .map_err(|source| DbError::Path { path: path.to_owned(), source })?;
        Ok(Sqlite { jobs, path: Arc::new(path.to_owned()), readers: Arc::default() })
    }

    pub(super) async fn write<T: Send + 'static>(&self, job: impl Job<T>) -> Result<T, DbError> {
        let (tell, told) = oneshot::channel();
        let work = move |db: &mut Connection| -> Told {
            let result = savepoint(db, job);
            Box::new(move |durable| {
                let result = match durable {
                    Ok(()) => result,
                    Err(text) => Err(result.err().unwrap_or_else(|| lost(text))),
                };
                // A caller that left needs no answer.
                let _ = tell.send(result);
            })
        };
        self.jobs.send(Work::Write(Box::new(work))).map_err(|_| DbError::Closed)?;
        told.await.unwrap_or(Err(DbError::Closed))
    }

    pub(super) async fn read<T: Send + 'static>(&self, job: impl Job<T>) -> Result<T, DbError> {
        let this = self.clone();
        let read = move || -> Result<T, DbError> {
            let mut db = this.reader()?;
            db.execute_batch("BEGIN")?;
            let result = run(&mut db, job);
            db.execute_batch("ROLLBACK")?;
            let mut kept = this.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < READERS {
                kept.push(db);
            }
            result
        };
        tokio::task::spawn_blocking(read).await.unwrap_or(Err(DbError::Closed))
    }

    fn reader(&self) -> Result<Connection, DbError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(db) = kept {
            return Ok(db);
        }
        let db = Connection::open_with_flags(
            self.path.as_ref(),
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // Only the writer may move the log into the file.
        db.pragma_update(None, "query_only", "ON")?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(db)
    }

    pub(super) async fn close(&self) {
        let (tell, told) = oneshot::channel();
        if self.jobs.send(Work::Close(tell)).is_ok() {
            let _ = told.await;
        }
    }
}

fn lock(path: &Path) -> Result<File, DbError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let lock = path.with_extension("lock");
    let fail = |source| DbError::Path { path: lock.clone(), source };
    std::fs::create_dir_all(dir).map_err(fail)?;
    let file = File::create(&lock).map_err(fail)?;
    file.try_lock().map_err(|_| DbError::InUse(path.to_owned()))?;
    Ok(file)
}

fn writer(mut db: Connection, inbox: &Receiver<Work>, lock: Option<File>) {
    while let Ok(first) = inbox.recv() {
        let mut group = Vec::new();
        let mut closing = None;
        let mut next = Some(first);
        while let Some(work) = next {
            match work {
                Work::Write(work) => group.push(work),
                Work::Close(tell) => closing = Some(tell),
            }
            let full = group.len() >= GROUP || closing.is_some();
            next = if full { None } else { inbox.try_recv().ok() };
        }
        commit(&mut db, group);
        if let Some(tell) = closing {
            if let Err(e) = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
                tracing::warn!(error = %e, "the log stays beside the file");
            }
            drop(db);
            drop(lock);
            let _ = tell.send(());
            return;
        }
    }
}

fn commit(db: &mut Connection, group: Vec<Write>) {
    if group.is_empty() {
        return;
    }
    let begun = db.execute_batch("BEGIN IMMEDIATE");
    let told: Vec<Told> = group.into_iter().map(|work| work(db)).collect();
    let done = begun.and_then(|()| db.execute_batch("COMMIT"));
    let durable = done.map_err(|e| e.to_string());
    if let Err(text) = &durable {
        tracing::error!(text, "a group was not written");
        if !db.is_autocommit()
            && let Err(e) = db.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %e, "roll back");
        }
    }
    for tell in told {
        tell(durable.as_ref().map_err(String::as_str).copied());
    }
}

fn savepoint<T>(db: &mut Connection, job: impl Job<T>) -> Result<T, DbError> {
    // Without a transaction around it a release would commit this job alone and tell it of the group's failure.
    if db.is_autocommit() {
        return Err(lost("no transaction"));
    }
    db.execute_batch("SAVEPOINT job")?;
    // A job that panics must not take the writer with it: every later batch of every device would fail.
    let result = catch_unwind(AssertUnwindSafe(|| run(db, job))).unwrap_or_else(|_| {
        Err(DbError::Refused("a job of the database panicked; its work is undone".into()))
    });
    db.execute_batch(if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    result
}

fn run<T>(db: &mut Connection, job: impl Job<T>) -> Result<T, DbError> {
    let mut tx = Tx(Inner::Sqlite(db));
    // Every await of a job is on its transaction, which answers at once here.
    job(&mut tx).now_or_never().unwrap_or_else(|| {
        Err(DbError::Refused("a job waited for something else than its transaction".into()))
    })
}

fn lost(text: &str) -> DbError {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
    DbError::Sqlite(rusqlite::Error::SqliteFailure(code, Some(text.to_owned())))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Real(n) => ValueRef::Real(*n),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub(super) fn execute(db: &Connection, sql: &str, values: &[Value]) -> Result<u64, DbError> {
    let mut statement = db.prepare_cached(sql)?;
    Ok(statement.execute(rusqlite::params_from_iter(values))? as u64)
}

pub(super) fn rows(db: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut found = statement.query(rusqlite::params_from_iter(values))?;
    let mut out = Vec::new();
    while let Some(row) = found.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Real(n) => Value::Real(n),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
            });
        }
        out.push(Row(values));
    }
    Ok(out)
}

pub(super) fn rows_of(
    db: &Connection,
    sql: &str,
    values: &[Value],
    keys: &[String],
) -> Result<Vec<Row>, DbError> {
    let place = values.len() + 1;
    let keys = serde_json::to_string(keys).unwrap_or_default();
    let values = [values, &[keys.into()]].concat();
    rows(db, &format!("{sql} IN (SELECT value FROM json_each(${place}))"), &values)
}

pub(super) fn put(db: &Connection, put: &Put, rows: &[Vec<Value>]) -> Result<(), DbError> {
    insert(db, put.table, put.columns, put.conflict, rows)
}

pub(super) fn insert(
    db: &Connection,
    table: &str,
    columns: &[(&str, Kind)],
    conflict: &str,
    rows: &[Vec<Value>],
) -> Result<(), DbError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
    let sql = format!("INSERT INTO {table}({}) VALUES({}) {conflict}", names.join(", "), places.join(", "));
    let mut statement = db.prepare_cached(&sql)?;
    for row in rows {
        statement.execute(rusqlite::params_from_iter(row))?;
    }
    Ok(())
}
