// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ratings on the panel's own disk until the hub has answered for them. Each
//! has the id that it is sent under for ever, so that it counts once however
//! often it is sent.

use crate::client::HubClient;
use crate::hub::Request;
use crate::store::{Answer, StoreError, schema};
use futures_util::FutureExt;
use motcua_core::feed::Rated;
use motcua_core::queue::Command;
use motcua_link::db::Step;
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// File name inside the device's directory.
const FILE: &str = "panel.db";
/// Waits between two attempts grow up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

pub(crate) const STEPS: &[Step] = &[Step::both(
    "
-- 0 to be sent, 1 the hub has it, 2 the hub refused it
CREATE TABLE ratings(
    session BLOB PRIMARY KEY,
    id      BLOB NOT NULL,
    body    TEXT NOT NULL,
    done    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ratings_open ON ratings(id) WHERE done = 0;
",
)];

/// A rating cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Disk or database.
    #[error("the ratings' file cannot be used")]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for OutboxError {
    fn from(e: rusqlite::Error) -> Self {
        OutboxError::Store(StoreError::Sqlite(e))
    }
}

/// The ratings of one panel.
#[derive(Clone, Debug)]
pub struct Outbox {
    db: Arc<Mutex<Connection>>,
    new: Arc<Notify>,
}

impl Outbox {
    /// Opens or creates the file in `data`.
    pub fn open(data: &Path) -> Result<Outbox, OutboxError> {
        let path = data.join(FILE);
        let mut db = Connection::open(path)?;
        schema::prepare(&db)?;
        schema::migrate(&mut db, STEPS)?;
        Ok(Outbox { db: Arc::new(Mutex::new(db)), new: Arc::new(Notify::new()) })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a rating, durably. A second one for the same session is dropped.
    pub fn keep(&self, rating: &Rated) -> Result<(), OutboxError> {
        let body = serde_json::to_string(rating).unwrap_or_default();
        self.db().execute(
            "INSERT OR IGNORE INTO ratings(session, id, body) VALUES(?1, ?2, ?3)",
            (rating.session.as_bytes(), Uuid::now_v7().as_bytes(), body),
        )?;
        self.new.notify_one();
        Ok(())
    }

    /// Sessions rated here, newest first.
    pub fn rated(&self) -> Result<Vec<Uuid>, OutboxError> {
        let db = self.db();
        let mut query = db.prepare("SELECT session FROM ratings ORDER BY id DESC LIMIT 1000")?;
        let rows = query.query_map([], |r| r.get::<_, [u8; 16]>(0))?;
        Ok(rows.map(|r| r.map(Uuid::from_bytes)).collect::<Result<_, _>>()?)
    }

    /// How many wait for the hub.
    pub fn waiting(&self) -> Result<u32, OutboxError> {
        Ok(self.db().query_row("SELECT count(*) FROM ratings WHERE done = 0", [], |r| r.get(0))?)
    }

    /// Asks the file whether it can be read, for who watches this program.
    pub fn ping(&self) -> crate::watch::Ping {
        let this = self.clone();
        Box::new(move || {
            let this = this.clone();
            let asked = tokio::task::spawn_blocking(move || this.waiting().is_ok());
            async move { Some(asked.await.unwrap_or(false)) }.boxed()
        })
    }

    fn oldest(&self) -> Result<Option<(Uuid, Rated)>, OutboxError> {
        let sql = "SELECT id, body FROM ratings WHERE done = 0 ORDER BY id LIMIT 1";
        let row = self.db().query_row(sql, [], |r| Ok((r.get::<_, [u8; 16]>(0)?, r.get::<_, String>(1)?)));
        let Some((id, body)) = row.optional()? else { return Ok(None) };
        let rating =
            serde_json::from_str(&body).map_err(|source| StoreError::BadEvent { site_seq: 0, source })?;
        Ok(Some((Uuid::from_bytes(id), rating)))
    }

    fn done(&self, id: Uuid, done: i64) -> Result<(), OutboxError> {
        self.db().execute("UPDATE ratings SET done = ?2 WHERE id = ?1", (id.as_bytes(), done))?;
        Ok(())
    }

    /// Sends what waits, oldest first, for ever.
    pub async fn deliver(self, client: HubClient) {
        let mut wait = Duration::from_millis(200);
        loop {
            match self.send_one(&client).await {
                Ok(true) => {
                    wait = Duration::from_millis(200);
                    continue;
                }
                Ok(false) => self.new.notified().await,
                Err(why) => {
                    tracing::debug!(why, "a rating waits for the hub");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    /// False when nothing waits.
    async fn send_one(&self, client: &HubClient) -> Result<bool, String> {
        let Some((id, rating)) = self.oldest().map_err(|e| e.to_string())? else { return Ok(false) };
        let request = Request { id, command: Command::Rate { rating } };
        let done = match client.ask(&request).await.map_err(|e| e.to_string())? {
            Answer::Accepted { .. } => 1,
            Answer::Refused(refusal) => {
                // It is kept and not sent again: the hub's answer to this id stays the same.
                tracing::error!(%id, %refusal, "the hub did not take a rating");
                2
            }
        };
        self.done(id, done).map_err(|e| e.to_string())?;
        Ok(true)
    }
}
