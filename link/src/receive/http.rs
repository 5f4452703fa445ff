// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two endpoints of a receiver. Who may speak for a device is the owner's
//! business ([`Admit`]); how much is taken at once is here.

use super::{Store, TakeError};
use crate::wire::{
    Batch, CONTENT_TYPE, Cursor, Encoding, Heading, Lane, MAX_BODY, Problem, ProblemKind, Receipt, Source,
    inflate,
};
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// In which way somebody speaks for a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// For itself.
    Own,
    /// For another one, whose batches it received and judged: it vouches for the database they are from.
    Relay,
}

/// Who may speak for whom.
pub trait Admit: Send + Sync + 'static {
    /// Judges the request's certificate, or whatever the owner trusts.
    fn admit<'a>(
        &'a self,
        parts: &'a Parts,
        source: &'a Source,
    ) -> BoxFuture<'a, Result<Voice, Box<NotAdmitted>>>;
}

/// A request that is not answered by the store.
#[derive(Clone, Debug)]
pub struct NotAdmitted {
    /// What the sender is told.
    pub problem: Problem,
    /// Seconds after which to ask again.
    pub retry_after_s: Option<u32>,
}

/// How much is taken at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Batches that are unpacked, judged or written at a moment; more are sent away with 503 and a time.
    pub batches: usize,
    /// Longest a batch waits for its turn.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { batches: 256, wait: Duration::from_secs(5) }
    }
}

/// Observes what is answered, for metrics.
pub trait Problems: Send + Sync + 'static {
    /// A batch was taken, with its number of covered events, or not.
    fn answered(&self, lane: Lane, outcome: Result<u64, u16>, took: Duration);
}

#[derive(Clone)]
struct Receiver {
    store: Arc<dyn Store>,
    admit: Arc<dyn Admit>,
    problems: Arc<dyn Problems>,
    turns: Arc<Semaphore>,
    wait: Duration,
}

/// The endpoints `POST …/events` and `GET …` of each lane.
pub fn router(
    store: Arc<dyn Store>,
    admit: Arc<dyn Admit>,
    problems: Arc<dyn Problems>,
    limits: Limits,
) -> Router {
    let turns = Arc::new(Semaphore::new(limits.batches));
    let receiver = Receiver { store, admit, problems, turns, wait: limits.wait };
    Router::new()
        .route("/v1/devices/{id}/lanes/{lane}/events", post(take))
        .route("/v1/devices/{id}/lanes/{lane}", get(standing))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(receiver)
}

impl IntoResponse for NotAdmitted {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        let headers = response.headers_mut();
        if let Some(s) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, s.into());
        }
        response
    }
}

impl From<Problem> for NotAdmitted {
    fn from(problem: Problem) -> NotAdmitted {
        NotAdmitted { problem, retry_after_s: None }
    }
}

impl From<TakeError> for NotAdmitted {
    fn from(e: TakeError) -> NotAdmitted {
        match e {
            TakeError::Problem(problem) => (*problem).into(),
            TakeError::Db(e) => {
                tracing::error!(error = %e, "a batch was not stored");
                later(
                    ProblemKind::Unavailable,
                    "the central cannot store anything now; nothing is lost, send again",
                )
            }
        }
    }
}

/// Devices that are sent away together must not come back together.
fn later(kind: ProblemKind, detail: &str) -> NotAdmitted {
    let mut byte = [0];
    // Without random numbers all wait alike.
    let _ = getrandom::fill(&mut byte);
    NotAdmitted { problem: Problem::new(kind, detail), retry_after_s: Some(1 + u32::from(byte[0]) % 10) }
}

fn names(id: &str, lane: &str) -> Result<(Source, Lane), Problem> {
    let malformed = |e: crate::wire::WordError| Problem::new(ProblemKind::Malformed, e.to_string());
    Ok((id.parse().map_err(malformed)?, lane.parse().map_err(malformed)?))
}

async fn take(
    State(receiver): State<Receiver>,
    Path((id, lane)): Path<(String, String)>,
    parts: Parts,
    body: Bytes,
) -> Result<Json<Receipt>, NotAdmitted> {
    let begun = std::time::Instant::now();
    let (source, lane) = names(&id, &lane)?;
    let voice = receiver.admit.admit(&parts, &source).await.map_err(|e| *e)?;
    let result = receiver.take((source, lane, voice), &parts.headers, body).await;
    let outcome = match &result {
        Ok((_, covered)) => Ok(*covered),
        Err(not) => Err(not.problem.status),
    };
    receiver.problems.answered(lane, outcome, begun.elapsed());
    result.map(|(receipt, _)| Json(receipt))
}

impl Receiver {
    async fn take(
        &self,
        (source, lane, voice): (Source, Lane, Voice),
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(Receipt, u64), NotAdmitted> {
        let turn = tokio::time::timeout(self.wait, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(later(ProblemKind::Unavailable, "too many batches at once; send again later"));
        };
        let encoding = encoding(headers)?;
        let heading = Heading::read(|name| headers.get(name)?.to_str().ok()).map_err(Problem::from)?;
        let read = move || -> Result<Batch, Problem> {
            let body = inflate(encoding, &body)?;
            let batch = Batch::read(source, lane, heading, &body)?;
            Ok(Batch { vouched: voice == Voice::Relay, ..batch })
        };
        // Unpacking eight megabytes takes long enough to hold others up.
        let batch = tokio::task::spawn_blocking(read).await;
        let batch = batch.map_err(|_| later(ProblemKind::Unavailable, "the central is stopping"))??;
        let covered = (batch.last + 1).saturating_sub(batch.heading.first);
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let receipt = self.store.take(batch, now_ms).await?;
        Ok((receipt, covered))
    }
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Problem> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind != CONTENT_TYPE {
        let detail = format!("Content-Type must be {CONTENT_TYPE}, not `{kind}`");
        return Err(Problem::new(ProblemKind::Unsupported, detail));
    }
    match text(header::CONTENT_ENCODING).trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Encoding::Identity),
        "zstd" => Ok(Encoding::Zstd),
        other => {
            let detail = format!("Content-Encoding must be zstd or absent, not `{other}`");
            Err(Problem::new(ProblemKind::Unsupported, detail))
        }
    }
}

/// Where a lane stands.
#[derive(Debug, Serialize)]
struct Standing {
    cursor: Option<Cursor>,
}

async fn standing(
    State(receiver): State<Receiver>,
    Path((id, lane)): Path<(String, String)>,
    parts: Parts,
) -> Result<Json<Standing>, NotAdmitted> {
    let (source, lane) = names(&id, &lane)?;
    receiver.admit.admit(&parts, &source).await.map_err(|e| *e)?;
    let cursor = receiver.store.cursor(&source, lane).await.map_err(TakeError::Db)?;
    Ok(Json(Standing { cursor }))
}
