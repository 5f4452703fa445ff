// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes down to halls: configuration as versioned documents with a desired
//! and a reported state, rollouts in waves, signed commands, and the firmware of devices.

mod commands;
mod documents;
pub mod http;
mod revoke;
mod rollout;
mod software;

pub(crate) use crate::audit::note;
pub(crate) use commands::became;
pub use commands::{Kind, Ordered, order, ordered};
pub use documents::{
    AS_IT_IS, Faults, HallState, Reported, Version, Wrong, desire, digest, hall_state, newest, propose,
    reported, set_province, set_reported, version, versions,
};
pub use revoke::{Belongs, TakenBack, belongs, take_back};
pub use rollout::{Rollout, RolloutState, Stop, back, rollouts, start, step};
pub use software::{Bundle, BundleError, FOLDER, add, bundles, keep, remove};

use motcua_link::db::{Db, DbError, Step, Tx};
use tokio::sync::watch;

/// Steps of the part `steer`.
pub const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE documents(
    site TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, text TEXT NOT NULL, digest TEXT NOT NULL,
    made_ms BIGINT NOT NULL, made_by TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY(site, name, version));
CREATE TABLE desired(
    site TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, since_ms BIGINT NOT NULL,
    by_whom TEXT NOT NULL, PRIMARY KEY(site, name));
CREATE TABLE reported(
    site TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, digest TEXT NOT NULL,
    applied BIGINT NOT NULL, detail TEXT, text TEXT, at_ms BIGINT NOT NULL, PRIMARY KEY(site, name));
CREATE TABLE commands(
    id TEXT PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, signed TEXT NOT NULL, made_ms BIGINT NOT NULL,
    made_by TEXT NOT NULL, expires_ms BIGINT NOT NULL, state TEXT NOT NULL, detail TEXT, at_ms BIGINT);
CREATE INDEX commands_source ON commands(source, state);
CREATE TABLE rollouts(
    id TEXT PRIMARY KEY, note TEXT NOT NULL, plan TEXT NOT NULL, wave BIGINT NOT NULL, state TEXT NOT NULL,
    started_ms BIGINT NOT NULL, started_by TEXT NOT NULL, changed_ms BIGINT NOT NULL, detail TEXT);
CREATE TABLE steer_changes(id BIGINT PRIMARY KEY, generation BIGINT NOT NULL);
",
), Step::both(
    "
CREATE TABLE software(
    version TEXT NOT NULL, arch TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BIGINT NOT NULL, made_ms BIGINT NOT NULL,
    made_by TEXT NOT NULL, PRIMARY KEY(version, arch));
",
)];

/// Wakes the devices that wait for something. Cheap to clone.
#[derive(Clone, Debug)]
pub struct News(watch::Sender<i64>);

impl Default for News {
    fn default() -> News {
        News(watch::Sender::new(0))
    }
}

impl News {
    /// For a device that waits.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.subscribe()
    }

    /// Looks whether anything changed, here or at another gateway.
    ///
    /// # Errors
    /// The database's.
    pub async fn look(&self, db: &Db) -> Result<(), DbError> {
        let sql = "SELECT generation FROM steer_changes WHERE id = 1";
        let row = db.read(move |tx| Box::pin(async move { tx.one(sql, &[]).await })).await?;
        let generation = row.map(|r| r.int(0)).transpose()?.unwrap_or(0);
        self.0.send_if_modified(|known| std::mem::replace(known, generation) != generation);
        Ok(())
    }
}

/// Something was decided; in the transaction that decides it.
pub(crate) async fn changed(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let sql = "INSERT INTO steer_changes(id, generation) VALUES(1, 1)
               ON CONFLICT(id) DO UPDATE SET generation = steer_changes.generation + 1";
    tx.execute(sql, &[]).await?;
    Ok(())
}
