// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receivers to speak to, and a sender's events.

use futures_util::future::{BoxFuture, FutureExt, ready};
use motcua_link::db::Db;
use motcua_link::receive::{Admit, Limits, NotAdmitted, Problems, SqlStore, Store, Voice, router};
use motcua_link::send::{Outbox, Route};
use motcua_link::testing::Postgres;
use motcua_link::wire::{Chain, CloudEvent, Epoch, Lane, Problem, ProblemKind, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Dir {
        let dir = std::env::temp_dir().join(format!("motcua-link-{}", uuid::Uuid::now_v7().simple()));
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

/// Takes every device of one hall; certificates have their own tests.
struct OneHall;

impl Admit for OneHall {
    fn admit<'a>(
        &'a self,
        _: &'a axum::http::request::Parts,
        source: &'a Source,
    ) -> BoxFuture<'a, Result<Voice, Box<NotAdmitted>>> {
        let right = source.site() == "ngo-quyen";
        let not = || Box::new(Problem::new(ProblemKind::NotYours, "another hall").into());
        ready(right.then_some(Voice::Own).ok_or_else(not)).boxed()
    }
}

struct Quiet;

impl Problems for Quiet {
    fn answered(&self, _: Lane, _: Result<u64, u16>, _: Duration) {}
}

/// Serves a store on a free port.
pub async fn serve(store: Arc<dyn Store>) -> Route {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = router(store, Arc::new(OneHall), Arc::new(Quiet), Limits::default());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Route { base, client: http() }
}

/// A client without an identity.
pub fn http() -> reqwest::Client {
    motcua_link::trust::ready();
    reqwest::Client::new()
}

pub async fn sqlite(dir: &Dir) -> SqlStore {
    let db = Db::sqlite(&dir.path().join("link.db")).unwrap();
    SqlStore::open(db, Arc::new(())).await.unwrap()
}

pub async fn postgres(server: &Postgres) -> SqlStore {
    let db = Db::postgres(&server.url(), 8, None).unwrap();
    SqlStore::open(db, Arc::new(())).await.unwrap()
}

/// A sender's database in memory: its events are known by their numbers, so that nothing has to be stored.
#[derive(Clone, Debug)]
pub struct Made {
    pub source: Source,
    pub epoch: Epoch,
    pub start: u64,
    pub head: u64,
    pub acked: Option<(u64, Chain)>,
    /// Told apart from another past.
    pub past: u64,
}

impl Made {
    pub fn new(device: &str) -> Made {
        let source = Source::new("ngo-quyen", device).unwrap();
        Made { source, epoch: Epoch::random().unwrap(), start: 1, head: 0, acked: None, past: 0 }
    }

    pub fn event(&self, seq: u64) -> CloudEvent {
        let at_ms = 1_764_000_000_000 + i64::try_from(seq * 1000 + self.past).unwrap();
        let data = serde_json::json!({"ticket": uuid::Uuid::from_u128(u128::from(seq)), "reason": "thử"});
        let kind = "motcua.ticket.voided.v1";
        CloudEvent::new(&self.source, &self.epoch, Lane::Business, seq, kind, at_ms, &data).unwrap()
    }
}

impl Outbox for Made {
    type Error = std::io::Error;

    fn source(&self) -> Source {
        self.source.clone()
    }

    fn lane(&self) -> Lane {
        Lane::Business
    }

    fn epoch(&mut self) -> std::io::Result<(Epoch, u64)> {
        Ok((self.epoch.clone(), self.start))
    }

    fn head(&mut self) -> std::io::Result<u64> {
        Ok(self.head)
    }

    fn after(&mut self, seq: u64, limit: usize) -> std::io::Result<Vec<(u64, CloudEvent)>> {
        Ok((seq + 1..=self.head).take(limit).map(|seq| (seq, self.event(seq))).collect())
    }

    fn acked(&mut self) -> std::io::Result<Option<(u64, Chain)>> {
        Ok(self.acked)
    }

    fn keep(&mut self, through: u64, chain: Chain) -> std::io::Result<()> {
        self.acked = Some((through, chain));
        Ok(())
    }

    fn new_epoch(&mut self, after: u64) -> std::io::Result<()> {
        self.epoch = Epoch::random().unwrap();
        self.start = after + 1;
        self.acked = None;
        Ok(())
    }
}
