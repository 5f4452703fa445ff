// SPDX-License-Identifier: MIT OR Apache-2.0
//! A receiver in a database: the events, one row for each lane, the events that
//! were set aside, and the alarms. Whoever builds on it follows the events
//! inside the same transaction ([`Follow`]).

use super::{Alarm, NotTaken, Standing, Store, TakeError, Taken, judge};
use crate::db::{Db, DbError, Kind, Needs, Put, Step, Tx, Value};
use crate::wire::{Batch, CloudEvent, Cursor, Epoch, Lane, Quarantined, Receipt, Source};
use futures_util::future::{BoxFuture, FutureExt};
use std::sync::Arc;

/// The part of the schema that is the link's.
const STEPS: &[Step] = &[Step {
    sqlite: "
CREATE TABLE lanes(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, acked BIGINT NOT NULL,
    chain TEXT NOT NULL, accepted TEXT, heard_ms BIGINT NOT NULL, skew_ms BIGINT,
    PRIMARY KEY(source, lane)) WITHOUT ROWID;
CREATE TABLE epochs(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, state TEXT NOT NULL,
    at_ms BIGINT NOT NULL, PRIMARY KEY(source, lane, epoch)) WITHOUT ROWID;
CREATE TABLE events(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    type TEXT NOT NULL, at_ms BIGINT NOT NULL, received_ms BIGINT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq)) WITHOUT ROWID;
CREATE TABLE signals(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    type TEXT NOT NULL, at_ms BIGINT NOT NULL, received_ms BIGINT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq)) WITHOUT ROWID;
CREATE TABLE quarantine(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    received_ms BIGINT NOT NULL, reason TEXT NOT NULL, raw TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq)) WITHOUT ROWID;
",
    // One partition for each day of receipt: a day is dropped or moved as a whole, and the index of the day that is
    // written stays in memory. The row of the lane, locked by each batch, keeps an event from coming twice.
    postgres: "
CREATE TABLE lanes(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, acked BIGINT NOT NULL,
    chain TEXT NOT NULL, accepted TEXT, heard_ms BIGINT NOT NULL, skew_ms BIGINT,
    PRIMARY KEY(source, lane)) WITH (fillfactor = 50);
CREATE TABLE epochs(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, state TEXT NOT NULL,
    at_ms BIGINT NOT NULL, PRIMARY KEY(source, lane, epoch));
CREATE TABLE events(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    type TEXT NOT NULL, at_ms BIGINT NOT NULL, received_ms BIGINT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq, received_ms)) PARTITION BY RANGE (received_ms);
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE TABLE signals(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    type TEXT NOT NULL, at_ms BIGINT NOT NULL, received_ms BIGINT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq, received_ms)) PARTITION BY RANGE (received_ms);
CREATE TABLE signals_default PARTITION OF signals DEFAULT;
CREATE TABLE quarantine(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    received_ms BIGINT NOT NULL, reason TEXT NOT NULL, raw TEXT NOT NULL,
    PRIMARY KEY(source, lane, epoch, seq));
",
    needs: Needs::Itself,
}];

/// Business, kept for ever.
const EVENTS: Put = Put { table: "events", columns: EVENT, conflict: "" };
/// Health and log, kept for some weeks.
const SIGNALS: Put = Put { table: "signals", columns: EVENT, conflict: "" };
const EVENT: &[(&str, Kind)] = &[
    ("source", Kind::Text),
    ("lane", Kind::Text),
    ("epoch", Kind::Text),
    ("seq", Kind::Int),
    ("type", Kind::Text),
    ("at_ms", Kind::Int),
    ("received_ms", Kind::Int),
    ("data", Kind::Text),
];

const QUARANTINE: Put = Put {
    table: "quarantine",
    columns: &[
        ("source", Kind::Text),
        ("lane", Kind::Text),
        ("epoch", Kind::Text),
        ("seq", Kind::Int),
        ("received_ms", Kind::Int),
        ("reason", Kind::Text),
        ("raw", Kind::Text),
    ],
    conflict: "",
};

/// In place of an accepted epoch: the one that comes next.
const NEXT: &str = "next";
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What else happens in the transaction that keeps a batch.
pub trait Follow: Send + Sync + 'static {
    /// Takes the new events of a lane into read models. An event that cannot be understood is returned with
    /// the reason and set aside; an error undoes the whole batch.
    fn follow<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        source: &'t Source,
        lane: Lane,
        events: &'t [(u64, CloudEvent)],
        received_ms: i64,
    ) -> BoxFuture<'t, Result<Vec<Quarantined>, DbError>>;

    /// Hears of what people must know. Of a batch that was not taken in a transaction of its own, else in the one
    /// that keeps the batch.
    fn alarm<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        source: &'t Source,
        lane: Lane,
        alarm: &'t Alarm,
        at_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>>;

    /// Something waits for the device (configuration, commands).
    fn waiting<'t>(&'t self, _: &'t mut Tx<'_>, _: &'t Source) -> BoxFuture<'t, Result<bool, DbError>> {
        async { Ok(false) }.boxed()
    }
}

/// Keeps the events and nothing else.
impl Follow for () {
    fn follow<'t>(
        &'t self,
        _: &'t mut Tx<'_>,
        _: &'t Source,
        _: Lane,
        _: &'t [(u64, CloudEvent)],
        _: i64,
    ) -> BoxFuture<'t, Result<Vec<Quarantined>, DbError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn alarm<'t>(
        &'t self,
        _: &'t mut Tx<'_>,
        source: &'t Source,
        lane: Lane,
        alarm: &'t Alarm,
        _: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        tracing::error!(%source, %lane, ?alarm, "{}", alarm.words());
        async { Ok(()) }.boxed()
    }
}

/// A store in a database.
#[derive(Clone)]
pub struct SqlStore {
    db: Db,
    follow: Arc<dyn Follow>,
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqlStore")
    }
}

impl SqlStore {
    /// Prepares the link's tables in `db`.
    ///
    /// # Errors
    /// The database cannot be used or is newer than the program.
    pub async fn open(db: Db, follow: Arc<dyn Follow>) -> Result<SqlStore, DbError> {
        db.migrate("link", STEPS).await?;
        let store = SqlStore { db, follow };
        store.prepare_days(now_ms()).await?;
        Ok(store)
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Makes the partitions of this day and the next seven, where the database has partitions. Called at start
    /// and then daily; what comes for a day without one goes to the default partition and is not lost.
    ///
    /// # Errors
    /// The database's.
    pub async fn prepare_days(&self, now_ms: i64) -> Result<(), DbError> {
        self.prepare_between(now_ms, now_ms + 7 * DAY_MS).await
    }

    /// Makes the partitions of the days between two moments, for rows that are brought from elsewhere.
    ///
    /// # Errors
    /// The database's.
    pub async fn prepare_between(&self, first_ms: i64, last_ms: i64) -> Result<(), DbError> {
        if !self.db.is_postgres() {
            return Ok(());
        }
        let (first, last) = (first_ms.div_euclid(DAY_MS), last_ms.div_euclid(DAY_MS));
        self.db
            .write(move |tx| {
                async move {
                    tx.execute("SELECT pg_advisory_xact_lock(6088118)", &[]).await?;
                    for day in first..=last {
                        make_day(tx, "events", day).await?;
                        make_day(tx, "signals", day).await?;
                    }
                    Ok(())
                }
                .boxed()
            })
            .await
    }

    /// Forgets health and log that were received before `ms`.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_signals(&self, ms: i64) -> Result<(), DbError> {
        self.db
            .write(move |tx| {
                async move {
                    if tx.is_postgres() {
                        let sql = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname LIKE 'signals_%'";
                        for row in tx.rows(sql, &[]).await? {
                            let name = row.text(0)?;
                            let day = name.trim_start_matches("signals_").parse::<i64>();
                            if day.is_ok_and(|d| (d + 1) * DAY_MS <= ms) {
                                tx.batch(&format!("DROP TABLE {name}")).await?;
                            }
                        }
                    }
                    tx.execute("DELETE FROM signals WHERE received_ms < $1", &[ms.into()]).await?;
                    Ok(())
                }
                .boxed()
            })
            .await
    }

    /// Says that `epoch` follows the one that is received now. The old one is refused from its first batch on.
    ///
    /// # Errors
    /// The database's, or the lane is not known.
    pub async fn accept(&self, source: &Source, lane: Lane, epoch: &Epoch) -> Result<(), DbError> {
        let (source, epoch) = (source.clone(), epoch.clone());
        self.db.write(move |tx| async move { accept(tx, &source, lane, &epoch).await }.boxed()).await
    }
}

/// Says that `epoch` follows the one that is received now; inside a transaction that notes who said so.
///
/// # Errors
/// The database's, or the lane is not known.
pub async fn accept(tx: &mut Tx<'_>, source: &Source, lane: Lane, epoch: &Epoch) -> Result<(), DbError> {
    let values: [Value; 3] = [epoch.as_str().into(), source.to_string().into(), lane.word().into()];
    let sql = "UPDATE lanes SET accepted = $1 WHERE source = $2 AND lane = $3";
    if tx.execute(sql, &values).await? == 1 {
        return Ok(());
    }
    Err(DbError::Refused("nothing was received on this lane yet; no epoch needs accepting".into()))
}

/// Says that this epoch is a copy: it is refused from now on like one that was followed.
///
/// # Errors
/// The database's.
pub async fn refuse(tx: &mut Tx<'_>, source: &Source, epoch: &Epoch) -> Result<(), DbError> {
    let sql = "UPDATE epochs SET state = 'retired' WHERE source = $1 AND epoch = $2 AND state = 'waits'";
    tx.execute(sql, &[source.to_string().into(), epoch.as_str().into()]).await?;
    Ok(())
}

/// Whatever epoch the device speaks with next follows the present one, on each of its lanes: it was enrolled
/// anew. Inside the transaction that enrols it. A device that goes on with the epoch it had uses this up too:
/// what stayed open would let a later copy of its database in. Databases that waited for a person wait no more.
///
/// # Errors
/// The database's.
pub async fn accept_next(tx: &mut Tx<'_>, source: &Source) -> Result<(), DbError> {
    let name = Value::from(source.to_string());
    tx.execute("UPDATE lanes SET accepted = $1 WHERE source = $2", &[NEXT.into(), name.clone()]).await?;
    tx.execute("DELETE FROM epochs WHERE source = $1 AND state = 'waits'", &[name]).await?;
    Ok(())
}

async fn make_day(tx: &mut Tx<'_>, table: &str, day: i64) -> Result<(), DbError> {
    let name = format!("{table}_{day}");
    if tx.one("SELECT 1 FROM pg_class WHERE relname::text = $1", &[name.as_str().into()]).await?.is_some() {
        return Ok(());
    }
    let (from, to) = (day * DAY_MS, (day + 1) * DAY_MS);
    // Rows that fell into the default partition keep this one from being made; they are found there all the same.
    let inside =
        format!("SELECT 1 FROM {table}_default WHERE received_ms >= $1 AND received_ms < $2 LIMIT 1");
    if tx.one(&inside, &[from.into(), to.into()]).await?.is_some() {
        return Ok(());
    }
    tx.batch(&format!("CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ({from}) TO ({to})")).await
}

impl Store for SqlStore {
    fn take(&self, batch: Batch, received_ms: i64) -> BoxFuture<'_, Result<Receipt, TakeError>> {
        async move {
            let (source, lane) = (batch.source.clone(), batch.lane);
            let follow = self.follow.clone();
            let done = self.db.write(move |tx| take(tx, follow, batch, received_ms).boxed()).await?;
            let not = match done {
                Ok(receipt) => return Ok(receipt),
                Err(not) => not,
            };
            if let Some(alarm) = not.alarm {
                let follow = self.follow.clone();
                let told =
                    self.db.write(move |tx| raise(tx, follow, source, lane, alarm, received_ms).boxed());
                told.await?;
            }
            Err(TakeError::Problem(Box::new(not.problem)))
        }
        .boxed()
    }

    fn cursor(&self, source: &Source, lane: Lane) -> BoxFuture<'_, Result<Option<Cursor>, DbError>> {
        let key: [Value; 2] = [source.to_string().into(), lane.word().into()];
        self.db
            .read(move |tx| {
                async move {
                    let sql = "SELECT epoch, acked, chain FROM lanes WHERE source = $1 AND lane = $2";
                    let row = tx.one(sql, &key).await?;
                    row.map(|r| cursor(&r.text(0)?, r.number(1)?, &r.text(2)?)).transpose()
                }
                .boxed()
            })
            .boxed()
    }
}

async fn take(
    tx: &mut Tx<'_>,
    follow: Arc<dyn Follow>,
    batch: Batch,
    received_ms: i64,
) -> Result<Result<Receipt, Box<NotTaken>>, DbError> {
    let (standing, permitted) = standing(tx, &batch).await?;
    let mut taken = match judge(&standing, &batch) {
        Ok(taken) => taken,
        Err(not) => return Ok(Err(not)),
    };
    let key: [Value; 2] = [batch.source.to_string().into(), batch.lane.word().into()];
    if let Some(old) = &taken.retires {
        let sql = "INSERT INTO epochs(source, lane, epoch, state, at_ms) VALUES($1, $2, $3, 'retired', $4)
                   ON CONFLICT(source, lane, epoch) DO UPDATE SET state = excluded.state";
        let [source, lane] = key.clone();
        tx.execute(sql, &[source, lane, old.as_str().into(), received_ms.into()]).await?;
    }
    let unread = follow.follow(tx, &batch.source, batch.lane, &taken.events, received_ms).await?;
    for refused in unread {
        if let Some(at) = taken.events.iter().position(|(seq, _)| *seq == refused.seq) {
            let (_, event) = taken.events.remove(at);
            taken.quarantined.push((refused, serde_json::to_string(&event).unwrap_or_default()));
        }
    }
    keep(tx, &key, batch.lane, &taken, received_ms).await?;
    if !taken.quarantined.is_empty() {
        let aside = Alarm::SetAside(taken.quarantined.iter().map(|(q, _)| q.clone()).collect());
        follow.alarm(tx, &batch.source, batch.lane, &aside, received_ms).await?;
    }
    let skew = batch.heading.sent_ms.map(|sent| received_ms - sent);
    // The permission for whatever comes next is used up by whoever knows all that is held. Who knows less will begin
    // anew in a moment, and still needs it.
    let goes_on = standing.cursor.as_ref().is_some_and(|c| c.epoch == taken.cursor.epoch);
    let used_up = permitted.as_deref() == Some(NEXT) && batch.last >= taken.cursor.acked_through;
    let permitted = permitted.filter(|_| goes_on && !used_up);
    let sql = "INSERT INTO lanes(source, lane, epoch, acked, chain, accepted, heard_ms, skew_ms)
               VALUES($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT(source, lane) DO UPDATE SET
                   accepted = excluded.accepted,
                   epoch = excluded.epoch, acked = excluded.acked, chain = excluded.chain,
                   heard_ms = excluded.heard_ms, skew_ms = excluded.skew_ms";
    let [source, lane] = key;
    let cursor = &taken.cursor;
    let values = [
        source,
        lane,
        cursor.epoch.as_str().into(),
        cursor.acked_through.into(),
        cursor.chain.to_string().into(),
        permitted.into(),
        received_ms.into(),
        skew.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(Ok(Receipt {
        acked_through: cursor.acked_through,
        received_ms,
        quarantined: taken.quarantined.into_iter().map(|(q, _)| q).collect(),
        waiting: follow.waiting(tx, &batch.source).await?,
    }))
}

/// Reads where the lane stands and which epoch was permitted, and locks it until the transaction ends.
async fn standing(tx: &mut Tx<'_>, batch: &Batch) -> Result<(Standing, Option<String>), DbError> {
    let key: [Value; 2] = [batch.source.to_string().into(), batch.lane.word().into()];
    // Two first batches at once find no row to lock; the name of the lane is locked instead.
    if tx.is_postgres() {
        let name = format!("{}/{}", batch.source, batch.lane);
        tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[name.into()]).await?;
    }
    let sql = "SELECT epoch, acked, chain, accepted FROM lanes WHERE source = $1 AND lane = $2";
    let Some(row) = tx.one(sql, &key).await? else { return Ok((Standing::default(), None)) };
    let cursor = cursor(&row.text(0)?, row.number(1)?, &row.text(2)?)?;
    let permitted = row.text_or_none(3)?;
    let accepted = match permitted.as_deref() {
        Some(NEXT) => Some(batch.heading.epoch.clone()),
        Some(text) => Some(word(text)?),
        None => None,
    };
    let mut retired = Vec::new();
    if cursor.epoch != batch.heading.epoch {
        let sql = "SELECT epoch FROM epochs WHERE source = $1 AND lane = $2 AND state = 'retired'";
        for row in tx.rows(sql, &key).await? {
            retired.push(word(&row.text(0)?)?);
        }
    }
    Ok((Standing { cursor: Some(cursor), accepted, retired }, permitted))
}

async fn keep(
    tx: &mut Tx<'_>,
    key: &[Value; 2],
    of: Lane,
    taken: &Taken,
    received_ms: i64,
) -> Result<(), DbError> {
    let epoch = Value::from(taken.cursor.epoch.as_str());
    let [source, lane] = key;
    let mut rows = Vec::with_capacity(taken.events.len());
    for (seq, event) in &taken.events {
        rows.push(vec![
            source.clone(),
            lane.clone(),
            epoch.clone(),
            (*seq).into(),
            event.kind.as_str().into(),
            event.at_ms().unwrap_or(received_ms).into(),
            received_ms.into(),
            // PostgreSQL keeps no NUL in a text; JSON writes it as an escape, so the bytes have none.
            event.data.get().into(),
        ]);
    }
    tx.put(if of.sheds() { &SIGNALS } else { &EVENTS }, rows).await?;
    let mut rows = Vec::with_capacity(taken.quarantined.len());
    for (aside, raw) in &taken.quarantined {
        tracing::error!(seq = aside.seq, reason = aside.reason, "an event was set aside");
        rows.push(vec![
            source.clone(),
            lane.clone(),
            epoch.clone(),
            aside.seq.into(),
            received_ms.into(),
            aside.reason.as_str().into(),
            raw.as_str().into(),
        ]);
    }
    tx.put(&QUARANTINE, rows).await
}

async fn raise(
    tx: &mut Tx<'_>,
    follow: Arc<dyn Follow>,
    source: Source,
    lane: Lane,
    alarm: Alarm,
    at_ms: i64,
) -> Result<(), DbError> {
    if let Alarm::NewEpoch(epoch) = &alarm {
        let sql = "INSERT INTO epochs(source, lane, epoch, state, at_ms) VALUES($1, $2, $3, 'waits', $4)
                   ON CONFLICT(source, lane, epoch) DO NOTHING";
        let values = [source.to_string().into(), lane.word().into(), epoch.as_str().into(), at_ms.into()];
        tx.execute(sql, &values).await?;
    }
    follow.alarm(tx, &source, lane, &alarm, at_ms).await
}

fn cursor(epoch: &str, acked_through: u64, chain: &str) -> Result<Cursor, DbError> {
    Ok(Cursor { epoch: word(epoch)?, acked_through, chain: word(chain)? })
}

fn word<T: std::str::FromStr>(text: &str) -> Result<T, DbError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e: T::Err| DbError::Refused(format!("the database is damaged: {e}")))
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
