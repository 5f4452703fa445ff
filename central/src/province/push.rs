// SPDX-License-Identifier: MIT OR Apache-2.0
//! The provincial system pushes: one request for one whole document, with a
//! bearer key. The answer comes after the data are durable.

use super::take::{Adapter, Origin, take};
use super::{Taken, key_of};
use crate::app::App;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use motcua_link::province::input::Media;
use motcua_link::province::{Fault, Kind, LARGEST, Said};
use motcua_link::wire::{PROBLEM_TYPE, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// Documents that are held in memory at once.
static TURNS: Semaphore = Semaphore::const_new(4);
/// Seconds until a system that was sent away comes again.
const AGAIN: &str = "5";

/// The answer to a document that was right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// Which.
    pub document: Kind,
    /// For which hall; absent for the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub taken: Taken,
}

/// An RFC 9457 document that says why nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// `urn:motcua:…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// With `urn:motcua:wrong-data`: what is wrong, at most fifty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Said>,
}

/// Why nothing is taken: status, stable word, title.
type Why = (StatusCode, &'static str, &'static str);
const NO_KEY: Why = (StatusCode::UNAUTHORIZED, "key-unknown", "The key is missing, unknown or revoked");
const NO_SITE: Why = (StatusCode::NOT_FOUND, "no-such-hall", "The address names no hall");
const TOO_LARGE: Why = (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The document is too large");
const UNSUPPORTED: Why = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported", "Another type than is taken");
const BROKEN: Why = (StatusCode::BAD_REQUEST, "malformed", "The body did not arrive whole");
const WRONG: Why = (StatusCode::UNPROCESSABLE_ENTITY, "wrong-data", "The data are wrong");
const BUSY: Why = (StatusCode::TOO_MANY_REQUESTS, "busy", "Too many documents at once");
const UNAVAILABLE: Why = (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Nothing can be stored now");
/// Every way to be refused, for the OpenAPI document.
pub(super) const WHYS: [Why; 8] = [NO_KEY, NO_SITE, TOO_LARGE, UNSUPPORTED, BROKEN, WRONG, BUSY, UNAVAILABLE];

fn refuse(why: Why, detail: &str, faults: &[Fault]) -> Response {
    let (status, code, title) = why;
    let faults = faults.iter().map(Fault::said).collect();
    let body = Refusal {
        kind: format!("urn:motcua:{code}"),
        title: title.into(),
        status: status.as_u16(),
        detail: detail.into(),
        faults,
    };
    let mut response = (status, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN));
    }
    response
}

/// The routes.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/v1/province/catalogue", put(catalogue))
        .route("/v1/province/halls/{site}/bookings", put(bookings))
        .route("/v1/province/halls/{site}/dossiers", put(dossiers))
        .with_state(app)
}

async fn catalogue(State(app): State<App>, request: Request) -> Response {
    answer(&app, Kind::Catalogue, "", request).await
}

async fn bookings(State(app): State<App>, Path(site): Path<String>, request: Request) -> Response {
    answer(&app, Kind::Bookings, &site, request).await
}

async fn dossiers(State(app): State<App>, Path(site): Path<String>, request: Request) -> Response {
    answer(&app, Kind::Dossiers, &site, request).await
}

async fn answer(app: &App, kind: Kind, site: &str, request: Request) -> Response {
    match taken(app, kind, site, request).await {
        Ok(taken) => {
            let site = (!site.is_empty()).then(|| site.to_owned());
            axum::Json(Answer { document: kind, site, taken }).into_response()
        }
        Err(response) => *response,
    }
}

async fn taken(app: &App, kind: Kind, site: &str, request: Request) -> Result<Taken, Box<Response>> {
    let no = |why, detail: &str| Box::new(refuse(why, detail, &[]));
    let unavailable = |e: motcua_link::db::DbError| {
        tracing::error!(error = %e, "data of the province were not kept");
        no(UNAVAILABLE, "the central cannot write to its database now; send the same again")
    };
    let (parts, body) = request.into_parts();
    // Who it is, before a byte of the body is read.
    let shown =
        bearer(&parts.headers).ok_or_else(|| no(NO_KEY, "send the key as `Authorization: Bearer …`"))?;
    let by = key_of(app.db(), shown).await.map_err(unavailable)?;
    let by = by.ok_or_else(|| {
        no(NO_KEY, "ask whoever runs the central for a key: motcua-central province key add NAME")
    })?;
    if !site.is_empty() && Source::new(site, "hub").is_err() {
        return Err(no(NO_SITE, "a hall's name is 1 to 40 small letters, digits and hyphens"));
    }
    let media = media(&parts.headers)
        .ok_or_else(|| no(UNSUPPORTED, "send application/json or text/csv, without Content-Encoding"))?;
    let _turn = TURNS.try_acquire().map_err(|_| no(BUSY, "wait as Retry-After says and send it again"))?;
    let bytes = whole(body).await.map_err(|why| {
        let detail = format!("at most {LARGEST} bytes, all of them; nothing was taken");
        no(why, &detail)
    })?;
    let origin = Origin { adapter: Adapter::Push, by };
    match take(app.db(), &origin, (kind, site), bytes, media).await.map_err(unavailable)? {
        Ok(taken) => {
            if let Err(e) = app.news.look(app.db()).await {
                tracing::warn!(error = %e, "halls were not woken; they ask again by themselves");
            }
            Ok(taken)
        }
        Err(faults) => {
            let detail =
                "nothing was taken and what is in use is unchanged; correct the faults and send it all again";
            Err(Box::new(refuse(WRONG, detail, &faults)))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

fn media(headers: &HeaderMap) -> Option<Media> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|e| e != "identity") {
        return None;
    }
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Some(Media::Json),
        "text/csv" => Some(Media::Csv),
        _ => None,
    }
}

async fn whole(body: Body) -> Result<Vec<u8>, Why> {
    use futures_util::StreamExt;
    let mut out = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| BROKEN)?;
        if out.len() + chunk.len() > LARGEST {
            return Err(TOO_LARGE);
        }
        out.extend_from_slice(&chunk);
    }
    Ok(out)
}
