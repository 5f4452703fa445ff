// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a receiver passes on: a lane of somebody else, as it was received, on
//! its way to the next receiver. A hub relays the lanes of its devices, a
//! province those of its halls. Epochs and numbers stay the sender's own.

use super::Outbox;
use crate::db::{Db, DbError, Job, Step, Tx, Value};
use crate::wire::{Chain, CloudEvent, Epoch, Lane, Source, WordError};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use tokio::runtime::Handle;

/// Steps of the part `relay`, beside those of the receiver.
pub const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE relayed(
    source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, start BIGINT NOT NULL,
    through BIGINT NOT NULL, chain TEXT NOT NULL, PRIMARY KEY(source, lane, epoch));
",
)];

/// In place of an event that the receiver could not read: the next one sets it aside too.
const UNREADABLE: &str = "motcua.unreadable";

/// One lane of somebody else. Its methods must not run on a thread of the runtime's own.
#[derive(Debug)]
pub struct Relay {
    db: Db,
    source: Source,
    lane: Lane,
    runtime: Handle,
    /// The epoch that is relayed now and its first number; known after the first look.
    now: Option<(Epoch, u64)>,
}

/// A lane cannot be relayed now.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The receiver's database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A word in it.
    #[error("the receiver's database is damaged: {0}")]
    Word(#[from] WordError),
    /// An event in it.
    #[error("event {seq} of {source_name} cannot be read: {why}")]
    Event {
        /// Whose.
        source_name: Source,
        /// Which.
        seq: u64,
        /// Why.
        why: serde_json::Error,
    },
    /// All of one epoch is delivered, the next one begins.
    #[error("{0} speaks from a new database; its lane is relayed from there")]
    NextEpoch(Source),
    /// Only the device itself can begin anew.
    #[error(
        "the receiver above holds another past of {0}; accept its database there, or enrol the device anew"
    )]
    OtherPast(Source),
}

/// Every lane that was received so far.
///
/// # Errors
/// The database's.
pub async fn received(db: &Db) -> Result<Vec<(Source, Lane)>, DbError> {
    let rows = db
        .read(|tx| {
            Box::pin(
                async move { tx.rows("SELECT source, lane FROM lanes ORDER BY source, lane", &[]).await },
            )
        })
        .await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        if let (Ok(source), Ok(lane)) = (row.text(0)?.parse(), row.text(1)?.parse()) {
            out.push((source, lane));
        }
    }
    Ok(out)
}

impl Relay {
    /// A lane in a receiver's database, whose parts `link` and `relay` are migrated.
    pub fn new(db: Db, source: Source, lane: Lane, runtime: Handle) -> Relay {
        Relay { db, source, lane, runtime, now: None }
    }

    fn read<T: Send + 'static>(&self, job: impl Job<T>) -> Result<T, DbError> {
        self.runtime.block_on(self.db.read(job))
    }

    fn key(&self) -> [Value; 2] {
        [self.source.to_string().into(), self.lane.word().into()]
    }

    fn current(&mut self) -> Result<(Epoch, u64), RelayError> {
        if let Some(now) = &self.now {
            return Ok(now.clone());
        }
        let (key, table) = (self.key(), table(self.lane));
        let (epoch, start) = self.read(move |tx| Box::pin(oldest(tx, key, table)))?;
        let now = (epoch.parse()?, start);
        self.now = Some(now.clone());
        Ok(now)
    }
}

/// Where a lane's events are.
fn table(lane: Lane) -> &'static str {
    if lane.sheds() { "signals" } else { "events" }
}

/// The oldest epoch that is not delivered whole, else the newest; with its first number.
async fn oldest(tx: &mut Tx<'_>, key: [Value; 2], table: &str) -> Result<(String, u64), DbError> {
    let sql = "SELECT epoch FROM epochs WHERE source = $1 AND lane = $2 AND state = 'retired' ORDER BY at_ms";
    let mut epochs: Vec<String> =
        tx.rows(sql, &key).await?.iter().map(|r| r.text(0)).collect::<Result<_, _>>()?;
    let sql = "SELECT epoch FROM lanes WHERE source = $1 AND lane = $2";
    let now = tx.one(sql, &key).await?.map(|r| r.text(0)).transpose()?;
    let now = now.ok_or_else(|| DbError::Refused("nothing was received on this lane yet".into()))?;
    epochs.retain(|e| *e != now);
    for epoch in epochs {
        let (start, end) = numbers(tx, &key, table, &epoch).await?;
        let through = relayed(tx, &key, &epoch).await?.map_or(start - 1, |(_, through, _)| through);
        if through < end {
            return Ok((epoch, start));
        }
    }
    let (start, _) = numbers(tx, &key, table, &now).await?;
    Ok((now, start))
}

/// First and last number of an epoch as it was received; the first one stays what it was at the first look,
/// though a lane that sheds forgets.
async fn numbers(tx: &mut Tx<'_>, key: &[Value; 2], table: &str, epoch: &str) -> Result<(u64, u64), DbError> {
    let [source, lane] = key.clone();
    let values = [source, lane, epoch.into()];
    let (mut first, mut last) = (None, 0);
    for table in [table, "quarantine"] {
        let sql =
            format!("SELECT min(seq), max(seq) FROM {table} WHERE source = $1 AND lane = $2 AND epoch = $3");
        let Some(row) = tx.one(&sql, &values).await? else { continue };
        let (Some(low), Some(high)) = (row.int_or_none(0)?, row.int_or_none(1)?) else { continue };
        let (low, high) = (u64::try_from(low).unwrap_or(1), u64::try_from(high).unwrap_or(0));
        first = Some(first.map_or(low, |f: u64| f.min(low)));
        last = last.max(high);
    }
    let known = relayed(tx, key, epoch).await?.map(|(start, ..)| start);
    Ok((known.or(first).unwrap_or(1), last))
}

async fn relayed(
    tx: &mut Tx<'_>,
    key: &[Value; 2],
    epoch: &str,
) -> Result<Option<(u64, u64, String)>, DbError> {
    let [source, lane] = key.clone();
    let sql = "SELECT start, through, chain FROM relayed WHERE source = $1 AND lane = $2 AND epoch = $3";
    let row = tx.one(sql, &[source, lane, epoch.into()]).await?;
    row.map(|r| Ok((r.number(0)?, r.number(1)?, r.text(2)?))).transpose()
}

/// An event as it came: number, type, time, data.
type Held = (u64, String, i64, String);

async fn after(
    tx: &mut Tx<'_>,
    (key, table, epoch): ([Value; 2], &str, String),
    seq: u64,
    limit: usize,
) -> Result<Vec<Held>, DbError> {
    let [source, lane] = key;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [source, lane, epoch.into(), seq.into(), limit.into()];
    let whose = "WHERE source = $1 AND lane = $2 AND epoch = $3 AND seq > $4 ORDER BY seq LIMIT $5";
    let mut found = BTreeMap::new();
    let sql = format!("SELECT seq, type, at_ms, data FROM {table} {whose}");
    for r in tx.rows(&sql, &values).await? {
        found.insert(r.number(0)?, (r.text(1)?, r.int(2)?, r.text(3)?));
    }
    // What was set aside keeps its number, or the lane would have a hole for ever.
    let sql = format!("SELECT seq, received_ms FROM quarantine {whose}");
    for r in tx.rows(&sql, &values).await? {
        found.entry(r.number(0)?).or_insert((UNREADABLE.to_owned(), r.int(1)?, "{}".to_owned()));
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(found.into_iter().take(most).map(|(seq, (kind, at_ms, data))| (seq, kind, at_ms, data)).collect())
}

impl Outbox for Relay {
    type Error = RelayError;

    fn source(&self) -> Source {
        self.source.clone()
    }

    fn lane(&self) -> Lane {
        self.lane
    }

    fn epoch(&mut self) -> Result<(Epoch, u64), RelayError> {
        self.current()
    }

    fn head(&mut self) -> Result<u64, RelayError> {
        let (epoch, start) = self.current()?;
        let (key, table) = (self.key(), table(self.lane));
        let head = self.read(move |tx| {
            Box::pin(async move {
                let [source, lane] = key.clone();
                let sql = "SELECT acked FROM lanes WHERE source = $1 AND lane = $2 AND epoch = $3";
                // Covers what the device shed at the end of its lane.
                let acked = tx.one(sql, &[source, lane, epoch.as_str().into()]).await?;
                match acked {
                    Some(row) => row.number(0),
                    None => Ok(numbers(tx, &key, table, epoch.as_str()).await?.1),
                }
            })
        })?;
        Ok(head.max(start - 1))
    }

    fn after(&mut self, seq: u64, limit: usize) -> Result<Vec<(u64, CloudEvent)>, RelayError> {
        let (epoch, _) = self.current()?;
        let (key, table, text) = (self.key(), table(self.lane), String::from(epoch.clone()));
        let held = self.read(move |tx| {
            Box::pin(async move {
                let held = after(tx, (key.clone(), table, text.clone()), seq, limit).await?;
                if !held.is_empty() {
                    return Ok((held, text));
                }
                let sql = "SELECT epoch FROM lanes WHERE source = $1 AND lane = $2";
                let newest = tx.one(sql, &key).await?.map(|r| r.text(0)).transpose()?;
                Ok((held, newest.unwrap_or(text)))
            })
        });
        let (held, newest) = held?;
        if held.is_empty() && newest != epoch.as_str() {
            self.now = None;
            return Err(RelayError::NextEpoch(self.source.clone()));
        }
        let mut out = Vec::with_capacity(held.len());
        for (seq, kind, at_ms, data) in held {
            let wrong = |why| RelayError::Event { source_name: self.source.clone(), seq, why };
            let data = RawValue::from_string(data).map_err(wrong)?;
            let event = CloudEvent::new(&self.source, &epoch, self.lane, seq, &kind, at_ms, &data);
            out.push((seq, event.map_err(wrong)?));
        }
        Ok(out)
    }

    fn acked(&mut self) -> Result<Option<(u64, Chain)>, RelayError> {
        let (epoch, _) = self.current()?;
        let key = self.key();
        let kept = self.read(move |tx| Box::pin(async move { relayed(tx, &key, epoch.as_str()).await }))?;
        kept.map(|(_, through, chain)| Ok((through, chain.parse()?))).transpose()
    }

    fn keep(&mut self, through: u64, chain: Chain) -> Result<(), RelayError> {
        let (epoch, start) = self.current()?;
        let [source, lane] = self.key();
        let values =
            [source, lane, epoch.as_str().into(), start.into(), through.into(), chain.to_string().into()];
        let sql = "INSERT INTO relayed(source, lane, epoch, start, through, chain) VALUES($1, $2, $3, $4, $5, $6)
                   ON CONFLICT(source, lane, epoch) DO UPDATE SET through = excluded.through, chain = excluded.chain";
        let job = self.db.write(move |tx| Box::pin(async move { tx.execute(sql, &values).await }));
        self.runtime.block_on(job)?;
        Ok(())
    }

    fn new_epoch(&mut self, _: u64) -> Result<(), RelayError> {
        Err(RelayError::OtherPast(self.source.clone()))
    }
}
