// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub as the receiver of its hall's devices: how they are, what they log,
//! what became of commands, over the link's protocol; the commands of the
//! central that wait for them; and everything of theirs on its way up.

use super::api::Api;
use super::problem::Problem as ApiProblem;
use super::{Hub, HubError};
use crate::clock::unix_ms;
use crate::console::Pages;
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use motcua_core::queue::{DeviceNews, Event};
use motcua_link::data::{Body, DeviceHealth};
use motcua_link::db::{DbError, Tx};
use motcua_link::receive::{self, Admit, Alarm, Follow, Limits, NotAdmitted, Problems, Voice};
use motcua_link::send::{Relay, Uplink, relay};
use motcua_link::trust::SignedCommand;
use motcua_link::wire::{CloudEvent, Lane, Problem, ProblemKind, Quarantined, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

/// Longest a device may wait for a command, seconds.
const LONGEST: u64 = 55;
/// How often the chores are done: revocations of the command line, news of devices, lanes that are new.
const CHORES_EVERY: Duration = Duration::from_secs(2);
/// How often old health and logs are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How long they are kept, delivered or not, milliseconds.
const KEPT_MS: i64 = 14 * 86_400_000;

/// The newest health of a device.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it said.
    pub health: DeviceHealth,
    /// When, milliseconds UTC.
    pub at_ms: i64,
}

/// Follows the lanes of the devices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follower;

impl Follow for Follower {
    fn follow<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        source: &'t Source,
        _: Lane,
        events: &'t [(u64, CloudEvent)],
        _: i64,
    ) -> BoxFuture<'t, Result<Vec<Quarantined>, DbError>> {
        async move {
            // What this program does not understand is passed on all the same; the central may.
            for (_, event) in events {
                let Ok(Some(Body::DeviceHealth(_))) = Body::read(&event.kind, &event.data) else { continue };
                let sql = "INSERT INTO health(device, at_ms, data) VALUES($1, $2, $3)
                           ON CONFLICT(device) DO UPDATE SET at_ms = excluded.at_ms, data = excluded.data";
                let at_ms = event.at_ms().unwrap_or_else(unix_ms);
                tx.execute(sql, &[source.device().into(), at_ms.into(), event.data.get().into()]).await?;
            }
            Ok(Vec::new())
        }
        .boxed()
    }

    fn alarm<'t>(
        &'t self,
        _: &'t mut Tx<'_>,
        source: &'t Source,
        lane: Lane,
        alarm: &'t Alarm,
        _: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        tracing::error!(%source, %lane, ?alarm, "{}; enrol the device with a new ticket if that stays", alarm.words());
        async { Ok(()) }.boxed()
    }
}

impl super::trust::Trust {
    /// The newest health of a device; none before it spoke.
    pub async fn health(&self, device: &str) -> Option<Told> {
        let device = device.to_owned();
        let sql = "SELECT at_ms, data FROM health WHERE device = $1";
        let read =
            self.store.db().read(move |tx| Box::pin(async move { tx.one(sql, &[device.into()]).await }));
        let row = read.await.ok().flatten()?;
        Some(Told { health: serde_json::from_str(&row.text(1).ok()?).ok()?, at_ms: row.int(0).ok()? })
    }
}

/// Commands of the central for devices of this hall, until they end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Orders(watch::Sender<Held>);

#[derive(Clone, Debug, Default)]
struct Held {
    key: String,
    commands: Vec<SignedCommand>,
}

impl Default for Orders {
    fn default() -> Orders {
        Orders(watch::Sender::new(Held::default()))
    }
}

impl Orders {
    /// Keeps what waits for others, under the key that it is signed with.
    pub fn keep(&self, key: &str, commands: impl Iterator<Item = SignedCommand>) {
        let fresh: Vec<SignedCommand> = commands.collect();
        self.0.send_if_modified(|held| {
            let before = held.commands.len();
            held.commands.retain(|c| c.expires_ms > unix_ms());
            let new: Vec<_> =
                fresh.into_iter().filter(|c| held.commands.iter().all(|h| h.id != c.id)).collect();
            let changed = !new.is_empty() || held.key != key || before != held.commands.len();
            held.commands.extend(new);
            key.clone_into(&mut held.key);
            changed
        });
    }

    /// Ids of those that are held.
    pub fn ids(&self) -> Vec<Uuid> {
        self.0.borrow().commands.iter().filter(|c| c.expires_ms > unix_ms()).map(|c| c.id).collect()
    }

    fn of(&self, source: &Source, holds: &BTreeSet<Uuid>) -> Desired {
        let held = self.0.borrow();
        let mine =
            |c: &&SignedCommand| c.device == *source && c.expires_ms > unix_ms() && !holds.contains(&c.id);
        Desired {
            command_key: held.key.clone(),
            documents: Vec::new(),
            commands: held.commands.iter().filter(mine).cloned().collect(),
        }
    }
}

/// What a device should do; the form of the central's answer.
#[derive(Debug, Serialize)]
struct Desired {
    command_key: String,
    documents: Vec<serde_json::Value>,
    commands: Vec<SignedCommand>,
}

#[derive(Debug, Deserialize)]
struct Known {
    #[serde(default)]
    wait: u64,
    /// Commands that the device has, between commas.
    #[serde(default)]
    holds: String,
}

/// A device speaks for itself.
struct Gate(Api);

impl Gate {
    fn judge(&self, parts: &Parts, source: &Source) -> Result<(), Box<Problem>> {
        let coded = |p: Box<ApiProblem>| {
            let word = p.kind.rsplit(':').next().unwrap_or_default().to_owned();
            Box::new(Problem::coded(p.status, &word, &p.title, p.detail))
        };
        let device = self.0.device(&parts.extensions).map_err(coded)?;
        if self.0.trust.site == source.site() && device.id == source.device() {
            return Ok(());
        }
        let detail = format!("this certificate is of {}, it cannot speak for {source}", device.id);
        Err(Box::new(Problem::new(ProblemKind::NotYours, detail)))
    }
}

impl Admit for Gate {
    fn admit<'a>(
        &'a self,
        parts: &'a Parts,
        source: &'a Source,
    ) -> BoxFuture<'a, Result<Voice, Box<NotAdmitted>>> {
        let judged =
            self.judge(parts, source).map(|()| Voice::Own).map_err(|p| Box::new(NotAdmitted::from(*p)));
        std::future::ready(judged).boxed()
    }
}

struct Uncounted;

impl Problems for Uncounted {
    fn answered(&self, _: Lane, _: Result<u64, u16>, _: Duration) {}
}

/// The lanes and what waits for devices.
pub fn router(pages: &Pages) -> Router {
    let gate = Arc::new(Gate(pages.api.clone()));
    let store = Arc::new(pages.api.trust.store.clone());
    let desired = Router::new()
        .route("/v1/devices/{id}/desired", get(desired))
        .with_state((pages.api.clone(), gate.clone()));
    receive::router(store, gate, Arc::new(Uncounted), Limits::default()).merge(desired)
}

async fn desired(
    State((api, gate)): State<(Api, Arc<Gate>)>,
    Path(id): Path<String>,
    Query(known): Query<Known>,
    parts: Parts,
) -> Response {
    let source: Source = match id.parse() {
        Ok(source) => source,
        Err(e) => {
            let e: motcua_link::wire::WordError = e;
            return Problem::new(ProblemKind::Malformed, e.to_string()).into_response();
        }
    };
    if let Err(problem) = gate.judge(&parts, &source) {
        return problem.into_response();
    }
    let holds = known.holds.split(',').filter_map(|id| id.parse().ok()).collect();
    let until = Instant::now() + Duration::from_secs(known.wait.min(LONGEST));
    let mut news = api.orders.0.subscribe();
    loop {
        news.mark_unchanged();
        let found = api.orders.of(&source, &holds);
        if !found.commands.is_empty() || Instant::now() >= until {
            return Json(found).into_response();
        }
        // The time is up, or the central ordered something.
        let _ = tokio::time::timeout_at(until, news.changed()).await;
    }
}

/// Tells the hall's events what happened to devices, and passes their lanes on. Runs until the runtime ends.
pub async fn chores(api: Api, uplink: Uplink) {
    let mut relayed = BTreeSet::new();
    let (mut every, mut seldom) = (tokio::time::interval(CHORES_EVERY), tokio::time::interval(FORGET_EVERY));
    loop {
        tokio::select! {
            _ = every.tick() => {
                if let Err(e) = look(&api, &uplink, &mut relayed).await {
                    tracing::error!(error = %e, "the devices' database");
                }
            }
            _ = seldom.tick() => {
                if let Err(e) = api.trust.store.forget_signals(unix_ms() - KEPT_MS).await {
                    tracing::error!(error = %e, "old health and logs were not forgotten");
                }
            }
        }
    }
}

async fn look(
    api: &Api,
    uplink: &Uplink,
    relayed: &mut BTreeSet<(String, Lane)>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    api.trust.look().await?;
    api.trust.keep_server()?;
    tell(&api.hub, &api.trust).await?;
    let db = api.trust.store.db();
    for (source, lane) in relay::received(db).await? {
        if !relayed.insert((source.to_string(), lane)) {
            continue;
        }
        let (way, db, runtime) = (uplink.beside(), db.clone(), tokio::runtime::Handle::current());
        tokio::spawn(async move {
            way.run(move || Ok(Relay::new(db.clone(), source.clone(), lane, runtime.clone()))).await;
        });
    }
    Ok(())
}

/// What happened to devices, into the hall's events, which the central hears.
async fn tell(
    hub: &Hub,
    trust: &super::trust::Trust,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    for (id, what, device, detail) in trust.news().await? {
        let what = match what.as_str() {
            "enrolled" => DeviceNews::Enrolled,
            "revoked" => DeviceNews::Revoked,
            _ => DeviceNews::Cloned,
        };
        match hub.note(Event::DeviceNoted { device, what, detail }).await {
            Ok(()) => trust.told(id).await?,
            Err(HubError::Stopping) => return Ok(()),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}
