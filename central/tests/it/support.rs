// SPDX-License-Identifier: MIT OR Apache-2.0
//! Databases, and halls that report to them through the receiver.

use motcua_central::serve;
use motcua_central::steer::News;
use motcua_central::trust::{Revoked, certificates};
use motcua_link::data::Body;
use motcua_link::db::Db;
use motcua_link::receive::{Store, TakeError};
use motcua_link::testing::Postgres;
use motcua_link::trust::{Authority, Signer};
use motcua_link::wire::{Batch, Chain, CloudEvent, Epoch, Heading, Lane, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Dir {
        let dir = std::env::temp_dir().join(format!("motcua-central-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub use motcua_central::app::App;

/// The central's tables in a database, with keys that live as long as the test.
pub async fn central(db: Db) -> App {
    let store = serve::prepare(db.clone()).await.unwrap();
    let keys = Dir::new();
    App {
        store,
        certificates: certificates(db),
        revoked: Revoked::default(),
        authority: Arc::new(Authority::open_or_make(keys.path(), "motcua central").unwrap()),
        signer: Arc::new(Signer::open_or_make(keys.path()).unwrap()),
        news: News::default(),
        devices_url: "https://central.example:8701".into(),
        software: keys.path().join("software"),
        oidc: None,
    }
}

pub async fn sqlite(dir: &Dir) -> App {
    central(Db::sqlite(&dir.path().join("central.db")).unwrap()).await
}

pub async fn postgres(server: &Postgres) -> App {
    central(Db::postgres(&server.url(), 8, None).unwrap()).await
}

/// One lane of a device, as its uplink would send it.
pub struct Sender {
    source: Source,
    lane: Lane,
    epoch: Epoch,
    acked: u64,
    chain: Chain,
    next: Vec<CloudEvent>,
}

impl Sender {
    pub fn new(site: &str, device: &str, lane: Lane) -> Sender {
        let source = Source::new(site, device).unwrap();
        let epoch = Epoch::random().unwrap();
        Sender { source, lane, epoch, acked: 0, chain: Chain::START, next: Vec::new() }
    }

    /// Something happened.
    pub fn tell(&mut self, at_ms: i64, body: impl Into<Body>) {
        let body = body.into();
        let seq = self.acked + self.next.len() as u64 + 1;
        let event =
            CloudEvent::new(&self.source, &self.epoch, self.lane, seq, body.kind(), at_ms, &body).unwrap();
        self.next.push(event);
    }

    fn batch(&self, events: &[CloudEvent], received_ms: i64) -> Batch {
        let first = self.acked + 1;
        let last = self.acked + events.len() as u64;
        let prior = (self.lane == Lane::Business).then_some(self.chain);
        let heading = Heading {
            epoch: self.epoch.clone(),
            first,
            last: Some(last),
            start: 1,
            prior,
            sent_ms: Some(received_ms),
        };
        let raw = |e: &CloudEvent| serde_json::value::to_raw_value(e).unwrap();
        let events = (first..).zip(events.iter().map(raw)).collect();
        Batch { source: self.source.clone(), lane: self.lane, heading, last, events, vouched: false }
    }

    /// Sends what has happened once, and keeps it when it is not taken.
    pub async fn try_send(&mut self, app: &App, received_ms: i64) -> Result<(), TakeError> {
        app.store.take(self.batch(&self.next, received_ms), received_ms).await.map(|_| ())
    }

    /// Sends what has happened, every batch twice, as after a lost answer.
    pub async fn send(&mut self, app: &App, received_ms: i64) {
        for events in std::mem::take(&mut self.next).chunks(200) {
            for _ in 0..2 {
                let receipt = app.store.take(self.batch(events, received_ms), received_ms).await.unwrap();
                assert_eq!(receipt.quarantined, []);
            }
            for event in events {
                self.chain = self.chain.then(&event.id, &event.kind, &event.time);
            }
            self.acked += events.len() as u64;
        }
    }
}

/// Milliseconds of a moment.
pub fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// Where a central of a test keeps what it knows.
pub struct Place {
    pub dir: Dir,
    server: Option<Postgres>,
}

impl Place {
    pub fn sqlite() -> Place {
        Place { dir: Dir::new(), server: None }
    }

    pub fn postgresql() -> Place {
        Place { dir: Dir::new(), server: Some(Postgres::start()) }
    }

    /// Of the database, where it is a server.
    pub fn url(&self) -> Option<String> {
        self.server.as_ref().map(Postgres::url)
    }

    pub async fn app(&self) -> App {
        match &self.server {
            Some(server) => postgres(server).await,
            None => sqlite(&self.dir).await,
        }
    }
}

/// Runs each of these functions on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name(&crate::support::Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgresql() {
                super::$name(&crate::support::Place::postgresql()).await;
            }
        }
    )+};
}
pub(crate) use on_both;
