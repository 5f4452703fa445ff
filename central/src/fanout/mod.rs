// SPDX-License-Identifier: MIT OR Apache-2.0
//! Business events to a broker, for programs that want to hear of them: after
//! they are durable here, behind a cursor of the broker's own in the database,
//! at least once. A broker's acknowledgement reaches only the broker, so it is
//! never the record; while it is away the cursor waits, and ingest does not.

#[cfg(feature = "mqtt")]
mod mqtt;
#[cfg(feature = "nats")]
mod nats;

use futures_util::future::BoxFuture;
use motcua_link::db::{Db, DbError, Kind, Put, Step, Tx, Value};
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinSet;

/// Steps of the part `fanout`.
pub const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE fanout(
    adapter TEXT NOT NULL, source TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
    PRIMARY KEY(adapter, source, lane, epoch));
",
)];

/// How often it looks for new events while there are none.
const LOOK: Duration = Duration::from_millis(500);
/// Pauses after a failure: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long a broker may take for a round.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events of one round; a round that fails is published again as a whole.
const ROUND: usize = 1_000;

const CURSOR: Put = Put {
    table: "fanout",
    columns: &[
        ("adapter", Kind::Text),
        ("source", Kind::Text),
        ("lane", Kind::Text),
        ("epoch", Kind::Text),
        ("seq", Kind::Int),
    ],
    conflict: "ON CONFLICT(adapter, source, lane, epoch) DO UPDATE SET seq = excluded.seq",
};

/// Lanes of this epoch with something after the cursor: the present epoch, and those that were followed by another.
const DUE: &str = "
SELECT l.source, l.epoch, l.acked, coalesce(f.seq, 0) FROM lanes l
    LEFT JOIN fanout f ON f.adapter = $1 AND f.source = l.source AND f.lane = l.lane AND f.epoch = l.epoch
    WHERE l.lane = 'business' AND l.acked > coalesce(f.seq, 0)
UNION ALL
SELECT e.source, e.epoch, e.last, coalesce(f.seq, 0) FROM (
        SELECT source, epoch, (SELECT max(seq) FROM events v WHERE v.source = epochs.source
            AND v.lane = 'business' AND v.epoch = epochs.epoch) AS last
        FROM epochs WHERE lane = 'business' AND state = 'retired') e
    LEFT JOIN fanout f ON f.adapter = $1 AND f.source = e.source AND f.lane = 'business' AND f.epoch = e.epoch
    WHERE e.last > coalesce(f.seq, 0)
LIMIT 200";

/// Where events are published, besides the database.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// `mqtt://[user:password@]host[:port]`, or `mqtts://`.
    pub mqtt: Option<String>,
    /// `nats://[user:password@]host[:port]`, or `tls://`.
    pub nats: Option<String>,
    /// PEM file of the authority of the brokers' certificates.
    pub ca: Option<PathBuf>,
}

/// A broker's address or certificate file cannot be used, or it does not take what it is given.
#[derive(Debug, thiserror::Error)]
pub enum FanoutError {
    /// Not an address of a broker.
    #[error("`{0}` is no address of a broker; give SCHEME://HOST[:PORT]")]
    Address(String),
    /// The program was built without it.
    #[error("this program was built without {0}; build it with --features {0}")]
    Without(&'static str),
    /// The authority's file.
    #[error("{path}: {why}; give the PEM file of the broker's authority")]
    Authority {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The broker is away or refuses.
    #[error("the broker: {0}")]
    Broker(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// One event on its way to a broker.
#[derive(Clone, Debug)]
#[cfg_attr(not(any(feature = "mqtt", feature = "nats")), allow(dead_code, reason = "no adapter is built"))]
struct Published {
    site: String,
    /// CloudEvents' `source`.
    source: String,
    /// CloudEvents' `id`.
    id: String,
    kind: String,
    time: String,
    data: String,
}

/// A broker. Publishes a round and returns when it has acknowledged all of it.
trait Broker: Send {
    /// Name of its cursors.
    fn adapter(&self) -> &'static str;

    /// Publishes; after an error nothing is known of the round.
    fn publish<'a>(&'a mut self, round: &'a [Published]) -> BoxFuture<'a, Result<(), FanoutError>>;
}

/// Starts an adapter for each target. They end with the set.
///
/// # Errors
/// An address or a file that cannot be used.
pub fn start(db: &Db, targets: &Targets) -> Result<JoinSet<()>, FanoutError> {
    let mut tasks = JoinSet::new();
    for broker in brokers(targets)? {
        tasks.spawn(run(db.clone(), broker));
    }
    Ok(tasks)
}

fn brokers(targets: &Targets) -> Result<Vec<Box<dyn Broker>>, FanoutError> {
    let mqtt = targets.mqtt.as_deref().map(|url| mqtt_at(url, targets)).transpose()?;
    let nats = targets.nats.as_deref().map(|url| nats_at(url, targets)).transpose()?;
    Ok(mqtt.into_iter().chain(nats).collect())
}

#[cfg(feature = "mqtt")]
fn mqtt_at(url: &str, targets: &Targets) -> Result<Box<dyn Broker>, FanoutError> {
    Ok(Box::new(mqtt::Mqtt::new(url, targets.ca.as_deref())?))
}

#[cfg(not(feature = "mqtt"))]
fn mqtt_at(_: &str, _: &Targets) -> Result<Box<dyn Broker>, FanoutError> {
    Err(FanoutError::Without("mqtt"))
}

#[cfg(feature = "nats")]
#[allow(clippy::unnecessary_wraps, reason = "as the other adapter, whose address is read here")]
fn nats_at(url: &str, targets: &Targets) -> Result<Box<dyn Broker>, FanoutError> {
    Ok(Box::new(nats::Nats::new(url, targets.ca.as_deref())))
}

#[cfg(not(feature = "nats"))]
fn nats_at(_: &str, _: &Targets) -> Result<Box<dyn Broker>, FanoutError> {
    Err(FanoutError::Without("nats"))
}

async fn run(db: Db, mut broker: Box<dyn Broker>) {
    let mut pause = PAUSES.0;
    loop {
        match round(&db, &mut *broker).await {
            Ok(0) => {
                pause = PAUSES.0;
                tokio::time::sleep(LOOK).await;
            }
            Ok(_) => pause = PAUSES.0,
            Err(e) => {
                tracing::warn!(adapter = broker.adapter(), error = %e, "events wait for the broker");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// Publishes what is due, at most one round, and moves the cursors behind it; how many lanes moved.
async fn round(db: &Db, broker: &mut dyn Broker) -> Result<usize, FanoutError> {
    let adapter = broker.adapter();
    let (events, cursors) = db.read(move |tx| Box::pin(due(tx, adapter))).await?;
    let moved = cursors.len();
    if moved == 0 {
        return Ok(0);
    }
    let done = tokio::time::timeout(PATIENCE, broker.publish(&events)).await;
    done.unwrap_or_else(|_| Err(FanoutError::Broker("it does not answer".into())))?;
    db.write(move |tx| Box::pin(async move { tx.put(&CURSOR, cursors).await })).await?;
    Ok(moved)
}

type Due = (Vec<Published>, Vec<Vec<Value>>);

async fn due(tx: &mut Tx<'_>, adapter: &'static str) -> Result<Due, DbError> {
    let (mut events, mut cursors) = (Vec::new(), Vec::new());
    for lane in tx.rows(DUE, &[adapter.into()]).await? {
        let room = ROUND - events.len();
        if room == 0 {
            break;
        }
        let (source, epoch, acked, after) = (lane.text(0)?, lane.text(1)?, lane.number(2)?, lane.number(3)?);
        let sql = "SELECT seq, type, at_ms, data FROM events WHERE source = $1 AND lane = 'business'
                   AND epoch = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5";
        let values =
            [source.as_str().into(), epoch.as_str().into(), after.into(), acked.into(), (room as u64).into()];
        let rows = tx.rows(sql, &values).await?;
        // Numbers that were set aside have no row; behind the last row the cursor passes over them.
        let through =
            if rows.len() < room { acked } else { rows.last().map_or(Ok(acked), |r| r.number(0))? };
        for row in &rows {
            events.push(published(&source, &epoch, row.number(0)?, row.text(1)?, row.int(2)?, row.text(3)?));
        }
        cursors.push(vec![adapter.into(), source.into(), "business".into(), epoch.into(), through.into()]);
    }
    Ok((events, cursors))
}

fn published(source: &str, epoch: &str, seq: u64, kind: String, at_ms: i64, data: String) -> Published {
    let (site, device) = source.split_once('.').unwrap_or((source, ""));
    let time = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    Published {
        site: site.to_owned(),
        source: format!("/sites/{site}/devices/{device}"),
        id: format!("{epoch}/business/{seq}"),
        kind,
        time: format!("{time:.3}"),
        data,
    }
}
