// SPDX-License-Identifier: MIT OR Apache-2.0
//! What devices ask for: `GET …/desired`, a long poll, and `PUT …/reported/hall`.

use super::commands::waiting;
use super::documents::{self, HALL, Reported, Version};
use crate::app::App;
use crate::trust::Gate;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, put};
use axum::{Json, Router};
use motcua_link::db::DbError;
use motcua_link::trust::SignedCommand;
use motcua_link::wire::{Problem, ProblemKind, Source};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest a device may wait for something, seconds.
const LONGEST: u64 = 55;
/// Bytes of what a hall reports; its configuration is a few kilobytes.
const LARGEST: usize = 256 * 1024;

#[derive(Clone)]
struct Steer {
    app: App,
    gate: Arc<Gate>,
}

/// The routes.
pub fn router(app: App, gate: Arc<Gate>) -> Router {
    Router::new()
        .route("/v1/devices/{id}/desired", get(desired))
        .route("/v1/devices/{id}/reported/hall", put(report))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Steer { app, gate })
}

/// What a device has already.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Version of the hall's configuration that it has, or has refused.
    #[serde(default)]
    hall: u64,
    /// Seconds to wait for something new.
    #[serde(default)]
    wait: u64,
    /// Commands that it has, between commas; they are not told again.
    #[serde(default)]
    holds: String,
}

/// What a device should have and do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Desired {
    /// Ed25519 key of this central's commands, base64. A device keeps the first one.
    pub command_key: String,
    /// Documents in a version that the device does not have.
    pub documents: Vec<Version>,
    /// Commands, oldest first.
    pub commands: Vec<SignedCommand>,
}

fn source(id: &str) -> Result<Source, Problem> {
    id.parse().map_err(|e: motcua_link::wire::WordError| Problem::new(ProblemKind::Malformed, e.to_string()))
}

fn unavailable(e: &DbError) -> Problem {
    tracing::error!(error = %e, "steering");
    Problem::new(ProblemKind::Unavailable, "the central cannot read its database now; ask again")
}

async fn desired(
    State(steer): State<Steer>,
    Path(id): Path<String>,
    Query(known): Query<Known>,
    parts: Parts,
) -> Result<Json<Desired>, Problem> {
    let source = source(&id)?;
    steer.gate.judge(&parts, &source).map_err(|e| *e)?;
    let until = Instant::now() + Duration::from_secs(known.wait.min(LONGEST));
    let mut news = steer.app.news.subscribe();
    loop {
        let found = steer.find(&source, &known).await.map_err(|e| unavailable(&e))?;
        if !found.documents.is_empty() || !found.commands.is_empty() || Instant::now() >= until {
            return Ok(Json(found));
        }
        // The time is up, or something changed somewhere.
        let _ = tokio::time::timeout_at(until, news.changed()).await;
    }
}

impl Steer {
    async fn find(&self, source: &Source, known: &Known) -> Result<Desired, DbError> {
        let (source, hall, holds) = (source.clone(), known.hall, known.holds.clone());
        let (documents, commands) = self
            .app
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let mut commands = waiting(tx, &source).await?;
                    commands.retain(|c| !holds.contains(&c.id.to_string()));
                    let mut documents = Vec::new();
                    // The hall's documents are the hub's.
                    if source.device() == "hub" {
                        let state = documents::hall_state(tx, source.site()).await?;
                        if let Some(number) = state.desired.filter(|v| *v != hall) {
                            documents.extend(documents::version(tx, source.site(), number).await?);
                        }
                    }
                    Ok((documents, commands))
                })
            })
            .await?;
        Ok(Desired { command_key: self.app.signer.public().to_string(), documents, commands })
    }
}

/// What a hall says of its configuration.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// About which version, and whether it serves.
    #[serde(flatten)]
    pub state: Reported,
    /// The text that serves.
    #[serde(default)]
    pub text: Option<String>,
}

async fn report(
    State(steer): State<Steer>,
    Path(id): Path<String>,
    parts: Parts,
    Json(report): Json<Report>,
) -> Result<StatusCode, Problem> {
    let source = source(&id)?;
    steer.gate.judge(&parts, &source).map_err(|e| *e)?;
    if report.text.as_ref().is_some_and(|t| documents::digest(t) != report.state.digest) {
        let detail = format!("the digest is not that of the text of document {HALL}");
        return Err(Problem::new(ProblemKind::Malformed, detail));
    }
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let done = steer.app.db().write(move |tx| {
        Box::pin(async move {
            documents::set_reported(tx, source.site(), &report.state, report.text.as_deref(), now_ms).await?;
            super::step(tx).await
        })
    });
    done.await.map_err(|e| unavailable(&e))?;
    Ok(StatusCode::NO_CONTENT)
}
