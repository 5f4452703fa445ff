// SPDX-License-Identifier: MIT OR Apache-2.0
//! What devices ask for: `GET …/desired`, a long poll, the documents that it offers, firmware, and `PUT …/reported/NAME`.

use super::commands::waiting;
use super::documents::{self, HALL, Reported, Version};
use super::software;
use crate::app::App;
use crate::province;
use crate::trust::Gate;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use motcua_link::db::DbError;
use motcua_link::province::{Kind, Offer};
use motcua_link::trust::SignedCommand;
use motcua_link::wire::{Problem, ProblemKind, Source};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_http::services::ServeFile;

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
        .route("/v1/devices/{id}/documents/{name}/{version}", get(document))
        .route("/v1/devices/{id}/reported/{name}", put(report))
        .route("/v1/devices/{id}/software/{version}/{arch}", get(firmware))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Steer { app, gate })
}

/// What a device has already.
#[derive(Debug, Deserialize)]
struct Known {
    /// Version of the hall's configuration that it has, or has refused.
    #[serde(default)]
    hall: u64,
    /// Versions of the provincial documents; absent where the hub knows nothing of them.
    catalogue: Option<u64>,
    bookings: Option<u64>,
    dossiers: Option<u64>,
    /// Seconds to wait for something new.
    #[serde(default)]
    wait: u64,
    /// Commands that it has, between commas; they are not told again.
    #[serde(default)]
    holds: String,
}

impl Known {
    fn province(&self) -> Vec<(Kind, u64)> {
        let all = [self.catalogue, self.bookings, self.dossiers];
        Kind::ALL.into_iter().zip(all).filter_map(|(kind, has)| Some((kind, has?))).collect()
    }
}

/// What a device should have and do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Desired {
    /// Ed25519 key of this central's commands, base64. A device keeps the first one.
    pub command_key: String,
    /// Documents in a version that the device does not have.
    pub documents: Vec<Version>,
    /// Documents of the province in a version that the device does not have; to be fetched one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
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
    let mut changes = steer.app.news.subscribe();
    loop {
        let found = steer.find(&source, &known).await.map_err(|e| unavailable(&e))?;
        let news = !(found.documents.is_empty() && found.offers.is_empty() && found.commands.is_empty());
        if news || Instant::now() >= until {
            return Ok(Json(found));
        }
        // The time is up, or something changed somewhere.
        let _ = tokio::time::timeout_at(until, changes.changed()).await;
    }
}

impl Steer {
    async fn find(&self, source: &Source, known: &Known) -> Result<Desired, DbError> {
        let (source, hall, holds) = (source.clone(), known.hall, known.holds.clone());
        let known = known.province();
        let (documents, offers, commands) = self
            .app
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let mut commands = waiting(tx, &source).await?;
                    commands.retain(|c| !holds.contains(&c.id.to_string()));
                    let (mut documents, mut offers) = (Vec::new(), Vec::new());
                    // The hall's documents are the hub's.
                    if source.device() == "hub" {
                        let state = documents::hall_state(tx, source.site()).await?;
                        if let Some(number) = state.desired.filter(|v| *v != hall) {
                            documents.extend(documents::version(tx, source.site(), number).await?);
                        }
                        offers = province::offers(tx, source.site(), &known).await?;
                    }
                    Ok((documents, offers, commands))
                })
            })
            .await?;
        Ok(Desired { command_key: self.app.signer.public().to_string(), documents, offers, commands })
    }
}

/// An update, in parts where the hub asks for the rest of one that broke off.
async fn firmware(
    State(steer): State<Steer>,
    Path((id, version, arch)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let source = source(&id)?;
    let (parts, _) = request.into_parts();
    steer.gate.judge(&parts, &source).map_err(|e| *e)?;
    let found = steer
        .app
        .db()
        .read(move |tx| Box::pin(async move { software::of(tx, &version, &arch).await }))
        .await
        .map_err(|e| unavailable(&e))?;
    let missing = || (StatusCode::NOT_FOUND, "the central has no such firmware\n").into_response();
    let Some(bundle) = found else { return Ok(missing()) };
    let file = ServeFile::new(bundle.file(&steer.app.software));
    let mut request = axum::http::Request::new(axum::body::Body::empty());
    *request.headers_mut() = parts.headers;
    let served = match file.oneshot(request).await {
        Ok(served) if !served.status().is_client_error() => served,
        _ => {
            tracing::error!(
                version = bundle.version,
                arch = bundle.arch,
                "the file of this firmware is missing"
            );
            return Ok(missing());
        }
    };
    let mut answer = served.map(axum::body::Body::new).into_response();
    // The whole file's sum, also where a part of it is sent.
    if let Ok(sum) = header::HeaderValue::from_str(&bundle.sha256) {
        answer.headers_mut().insert("sha256", sum);
    }
    Ok(answer)
}

/// A document of the province, packed where the device takes it so.
async fn document(
    State(steer): State<Steer>,
    Path((id, name, version)): Path<(String, Kind, u64)>,
    parts: Parts,
) -> Result<Response, Problem> {
    let source = source(&id)?;
    steer.gate.judge(&parts, &source).map_err(|e| *e)?;
    if source.device() != "hub" {
        return Err(Problem::new(ProblemKind::NotYours, "documents of the province are the hub's"));
    }
    let site = source.site().to_owned();
    let read = steer
        .app
        .db()
        .read(move |tx| Box::pin(async move { province::packed(tx, &site, name, version).await }));
    let Some(packed) = read.await.map_err(|e| unavailable(&e))? else {
        let detail = format!("version {version} of {name} is no longer the newest; ask what is desired");
        return Err(Problem::coded(404, "no-such-version", "There is no such version", detail));
    };
    let json = (header::CONTENT_TYPE, "application/json");
    let takes = parts.headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if takes.split(',').any(|t| t.trim() == "zstd") {
        return Ok(([json, (header::CONTENT_ENCODING, "zstd")], packed).into_response());
    }
    let text = motcua_link::province::unpack(&packed)
        .map_err(|e| Problem::new(ProblemKind::Unavailable, e.to_string()))?;
    Ok(([json], text).into_response())
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
    Path((id, name)): Path<(String, String)>,
    parts: Parts,
    Json(report): Json<Report>,
) -> Result<StatusCode, Problem> {
    let source = source(&id)?;
    steer.gate.judge(&parts, &source).map_err(|e| *e)?;
    if name != HALL {
        return report_province(&steer, &source, &name, report.state).await;
    }
    if source.device() != "hub" {
        return Err(Problem::new(ProblemKind::NotYours, "the hall's configuration is the hub's"));
    }
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

/// What a hall says of a document of the province. A refusal is for the audit as well.
async fn report_province(
    steer: &Steer,
    source: &Source,
    name: &str,
    said: Reported,
) -> Result<StatusCode, Problem> {
    let Ok(kind) = name.parse::<Kind>() else {
        return Err(Problem::coded(
            404,
            "no-such-document",
            "There is no such document",
            format!("`{name}`"),
        ));
    };
    if source.device() != "hub" {
        return Err(Problem::new(ProblemKind::NotYours, "documents of the province are the hub's"));
    }
    let (site, now_ms) = (source.site().to_owned(), jiff::Timestamp::now().as_millisecond());
    let done = steer.app.db().write(move |tx| {
        Box::pin(async move {
            documents::set_province(tx, &site, kind, &said, now_ms).await?;
            if said.applied {
                return Ok(());
            }
            let (subject, detail) = (format!("{kind} {}", said.version), said.detail.unwrap_or_default());
            super::note(tx, "hall", &site, "document-refused", &subject, &detail).await
        })
    });
    done.await.map_err(|e| unavailable(&e))?;
    Ok(StatusCode::NO_CONTENT)
}
