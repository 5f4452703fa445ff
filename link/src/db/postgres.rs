// SPDX-License-Identifier: MIT OR Apache-2.0
//! PostgreSQL: a pool of connections, READ COMMITTED, statements prepared once
//! for each connection. Many rows travel as one array for each column.

use super::{DbError, Inner, Job, Kind, Put, Row, Tx, Value};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts, Transaction};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Config, NoTls};

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// A pool. Cheap to clone.
#[derive(Clone)]
pub struct Pg(Pool);

impl std::fmt::Debug for Pg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pg")
    }
}

impl Pg {
    pub(super) fn open(url: &str, connections: usize, ca: Option<&Path>) -> Result<Pg, DbError> {
        let wrong = |why: String| DbError::Url { url: without_password(url), why };
        let mut config: Config = url.parse().map_err(|e| wrong(said(&e)))?;
        if ca.is_none() && config.get_ssl_mode() == SslMode::Require {
            return Err(wrong("sslmode=require needs the database's authority; give its PEM file".into()));
        }
        config.connect_timeout(WAIT).application_name("motcua");
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match ca {
            None => Manager::from_config(config, NoTls, manager),
            Some(ca) => {
                config.ssl_mode(SslMode::Require);
                Manager::from_config(config, tls(ca)?, manager)
            }
        };
        let timeouts = Timeouts { wait: Some(WAIT), create: Some(WAIT), recycle: Some(WAIT) };
        let pool = Pool::builder(manager).max_size(connections).timeouts(timeouts).runtime(Runtime::Tokio1);
        pool.build().map(Pg).map_err(|e| DbError::Pool(e.to_string()))
    }

    pub(super) async fn run<T>(&self, job: impl Job<T>, reads: bool) -> Result<T, DbError> {
        let mut client = self.0.get().await.map_err(|e| DbError::Pool(pool_said(&e)))?;
        let builder = client.build_transaction();
        let begun = if reads {
            builder.read_only(true).isolation_level(tokio_postgres::IsolationLevel::RepeatableRead).start()
        } else {
            builder.start()
        };
        let mut tx = Tx(Inner::Postgres(begun.await?));
        let result = job(&mut tx).await?;
        match tx.0 {
            Inner::Postgres(tx) => tx.commit().await?,
            Inner::Sqlite(_) => {}
        }
        Ok(result)
    }

    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// Trusts only the authority in this PEM file.
fn tls(ca: &Path) -> Result<tokio_postgres_rustls::MakeRustlsConnect, DbError> {
    let fail = |why: String| DbError::Path { path: ca.to_owned(), source: std::io::Error::other(why) };
    let mut roots = rustls::RootCertStore::empty();
    for cert in CertificateDer::pem_file_iter(ca).map_err(|e| fail(e.to_string()))? {
        roots.add(cert.map_err(|e| fail(e.to_string()))?).map_err(|e| fail(e.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| fail(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}

fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            let user = url[scheme + 3..at].split(':').next().unwrap_or("");
            format!("{}://{user}@{}", &url[..scheme], &url[at + 1..])
        }
        _ => url.to_owned(),
    }
}

fn pool_said(e: &deadpool_postgres::PoolError) -> String {
    match e {
        deadpool_postgres::PoolError::Backend(e) => said(e),
        other => other.to_string(),
    }
}

/// What the server or the connection said, on one line.
pub(super) fn said(e: &tokio_postgres::Error) -> String {
    if let Some(db) = e.as_db_error() {
        return format!("{} ({})", db.message(), db.code().code());
    }
    let mut text = e.to_string();
    let mut source = std::error::Error::source(e);
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}

/// Connection lost (08), resources (53), operator's stop (57), serialisation and deadlock (40), or no answer.
pub(super) fn passes(e: &tokio_postgres::Error) -> bool {
    match e.code() {
        Some(code) => ["08", "53", "57", "40", "58"].iter().any(|class| code.code().starts_with(class)),
        None => true,
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(n) => match *ty {
                Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
                Type::FLOAT8 => (*n as f64).to_sql(ty, out),
                _ => n.to_sql(ty, out),
            },
            Value::Real(n) => n.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8 | Type::INT4 | Type::FLOAT8 | Type::TEXT | Type::VARCHAR | Type::BYTEA | Type::UNKNOWN
        )
    }

    to_sql_checked!();
}

pub(super) async fn execute(tx: &Transaction<'_>, sql: &str, values: &[Value]) -> Result<u64, DbError> {
    let statement = tx.prepare_cached(sql).await?;
    Ok(tx.execute_raw(&statement, values).await?)
}

pub(super) async fn rows(tx: &Transaction<'_>, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
    let statement = tx.prepare_cached(sql).await?;
    let places: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as &(dyn ToSql + Sync)).collect();
    tx.query(&statement, &places).await?.iter().map(row).collect()
}

pub(super) async fn rows_of(
    tx: &Transaction<'_>,
    sql: &str,
    values: &[Value],
    keys: Vec<String>,
) -> Result<Vec<Row>, DbError> {
    let place = values.len() + 1;
    let statement = tx.prepare_cached(&format!("{sql} = ANY(${place}::text[])")).await?;
    let mut places: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as &(dyn ToSql + Sync)).collect();
    places.push(&keys);
    tx.query(&statement, &places).await?.iter().map(row).collect()
}

fn row(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    let value = |(i, column): (usize, &tokio_postgres::Column)| -> Result<Value, DbError> {
        Ok(match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(i)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(i)?.map(i64::from).into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(i)?.into(),
            Type::FLOAT8 => row.try_get::<_, Option<f64>>(i)?.into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(i)?.into(),
            Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(i)?.into(),
            ref other => {
                return Err(DbError::Kind {
                    column: i,
                    found: other.to_string(),
                    expected: "int8, float8, text or bytea",
                });
            }
        })
    };
    row.columns().iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}

pub(super) async fn put(tx: &Transaction<'_>, put: &Put, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
    let names: Vec<&str> = put.columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<String> = put
        .columns
        .iter()
        .enumerate()
        .map(|(i, (_, kind))| format!("${}::{}[]", i + 1, array_type(*kind)))
        .collect();
    let sql = format!(
        "INSERT INTO {}({}) SELECT * FROM unnest({}) {}",
        put.table,
        names.join(", "),
        arrays.join(", "),
        put.conflict
    );
    let statement = tx.prepare_cached(&sql).await?;
    let mut columns: Vec<Column> = put.columns.iter().map(|(_, kind)| Column::of(*kind)).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let places: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Column::place).collect();
    tx.execute(&statement, &places).await?;
    Ok(())
}

/// Binary COPY: no statement for each row, no array in memory on the server's side.
pub(super) async fn copy(
    tx: &Transaction<'_>,
    table: &str,
    columns: &[(&str, Kind)],
    rows: &[Vec<Value>],
) -> Result<(), DbError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let sql = format!("COPY {table}({}) FROM STDIN (FORMAT binary)", names.join(", "));
    let types: Vec<Type> = columns.iter().map(|(_, kind)| wire_type(*kind)).collect();
    let writer = BinaryCopyInWriter::new(tx.copy_in(&sql).await?, &types);
    let mut writer = std::pin::pin!(writer);
    for row in rows {
        writer.as_mut().write_raw(row).await?;
    }
    writer.finish().await?;
    Ok(())
}

fn wire_type(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8,
        Kind::Real => Type::FLOAT8,
        Kind::Text => Type::TEXT,
        Kind::Blob => Type::BYTEA,
    }
}

fn array_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "int8",
        Kind::Real => "float8",
        Kind::Text => "text",
        Kind::Blob => "bytea",
    }
}

enum Column {
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Blob(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn of(kind: Kind) -> Column {
        match kind {
            Kind::Int => Column::Int(Vec::new()),
            Kind::Real => Column::Real(Vec::new()),
            Kind::Text => Column::Text(Vec::new()),
            Kind::Blob => Column::Blob(Vec::new()),
        }
    }

    /// A value of another kind than the column's counts as nothing; `NOT NULL` then refuses the row.
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Column::Int(c), Value::Int(n)) => c.push(Some(n)),
            (Column::Real(c), Value::Real(n)) => c.push(Some(n)),
            (Column::Text(c), Value::Text(text)) => c.push(Some(text)),
            (Column::Blob(c), Value::Blob(bytes)) => c.push(Some(bytes)),
            (Column::Int(c), _) => c.push(None),
            (Column::Real(c), _) => c.push(None),
            (Column::Text(c), _) => c.push(None),
            (Column::Blob(c), _) => c.push(None),
        }
    }

    fn place(&self) -> &(dyn ToSql + Sync) {
        match self {
            Column::Int(c) => c,
            Column::Real(c) => c,
            Column::Text(c) => c,
            Column::Blob(c) => c,
        }
    }
}
