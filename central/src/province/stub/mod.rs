// SPDX-License-Identifier: MIT OR Apache-2.0
//! A reference provincial system: what a real one serves and pushes, with a
//! made-up province behind it, and the faults that real ones have. For tests,
//! demonstrations, and for whoever writes the real one.

pub mod sample;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use jiff::civil::Date;
use motcua_link::province::Kind;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The answer takes longer than anybody waits.
    Slow,
    /// HTTP 500.
    Broken,
    /// HTTP 503 with `Retry-After: 2`.
    Busy,
    /// HTTP 200 with a page for people.
    Garbage,
    /// The answer ends in the middle.
    Half,
    /// A document with a wrong entry.
    Wrong,
}

/// Faults to come: what, and how often.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ordered {
    fault: Fault,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// How it runs.
#[derive(Clone, Debug)]
pub struct StubOptions {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The bearer token that it wants; none: anybody may ask.
    pub token: Option<String>,
    /// Procedures in all; made-up ones fill up.
    pub procedures: usize,
    /// The day that it is there; none: the day of the clock.
    pub today: Option<Date>,
}

#[derive(Debug)]
struct Shared {
    options: StubOptions,
    faults: Vec<Ordered>,
    asked: u64,
    unchanged: u64,
}

/// A reference provincial system.
#[derive(Debug)]
pub struct Stub {
    listener: TcpListener,
    shared: Handle,
}

#[derive(Clone, Debug)]
struct Handle(Arc<Mutex<Shared>>);

impl Handle {
    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stub {
    /// Takes its address.
    ///
    /// # Errors
    /// The address is taken.
    pub async fn bind(options: StubOptions) -> std::io::Result<Stub> {
        let listener = TcpListener::bind(options.listen).await?;
        let shared = Shared { options, faults: Vec::new(), asked: 0, unchanged: 0 };
        Ok(Stub { listener, shared: Handle(Arc::new(Mutex::new(shared))) })
    }

    /// Where it is.
    ///
    /// # Errors
    /// The system's.
    pub fn at(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// The system's.
    pub async fn serve(self) -> std::io::Result<()> {
        let routes = Router::new()
            .route("/catalogue", get(catalogue))
            .route("/halls/{site}/bookings", get(bookings))
            .route("/halls/{site}/dossiers", get(dossiers))
            .route("/stub/fault", put(order))
            .route("/stub/asked", get(asked))
            .with_state(self.shared);
        axum::serve(self.listener, routes).await
    }
}

async fn order(State(shared): State<Handle>, axum::Json(ordered): axum::Json<Ordered>) -> StatusCode {
    shared.lock().faults.push(ordered);
    StatusCode::NO_CONTENT
}

async fn asked(State(shared): State<Handle>) -> Response {
    let shared = shared.lock();
    axum::Json(serde_json::json!({ "asked": shared.asked, "unchanged": shared.unchanged })).into_response()
}

async fn catalogue(State(shared): State<Handle>, headers: HeaderMap) -> Response {
    answer(&shared, &headers, Kind::Catalogue, "").await
}

async fn bookings(State(shared): State<Handle>, Path(site): Path<String>, headers: HeaderMap) -> Response {
    answer(&shared, &headers, Kind::Bookings, &site).await
}

async fn dossiers(State(shared): State<Handle>, Path(site): Path<String>, headers: HeaderMap) -> Response {
    answer(&shared, &headers, Kind::Dossiers, &site).await
}

impl Shared {
    fn next_fault(&mut self) -> Option<Fault> {
        let first = self.faults.first_mut()?;
        let fault = first.fault;
        first.times = first.times.saturating_sub(1);
        if first.times == 0 {
            self.faults.remove(0);
        }
        Some(fault)
    }
}

async fn answer(shared: &Handle, headers: &HeaderMap, kind: Kind, site: &str) -> Response {
    let (options, fault) = {
        let mut shared = shared.lock();
        shared.asked += 1;
        (shared.options.clone(), shared.next_fault())
    };
    if let Some(token) = &options.token {
        let wanted = format!("Bearer {token}");
        if headers.get(header::AUTHORIZATION).is_none_or(|v| v.as_bytes() != wanted.as_bytes()) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
    }
    let today = options.today.unwrap_or_else(|| crate::reports::day_of(crate::audit::now_ms()));
    let text = sample::text(kind, site, today, options.procedures);
    let wrong = |text: &str| text.replacen("\"code\":\"", "\"code\":\" ", 1);
    match fault {
        Some(Fault::Slow) => tokio::time::sleep(Duration::from_secs(600)).await,
        Some(Fault::Broken) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Busy) => {
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response();
        }
        Some(Fault::Garbage) => return axum::response::Html("<h1>Bảo trì hệ thống</h1>").into_response(),
        Some(Fault::Half) => return half(&text),
        Some(Fault::Wrong) => return json(wrong(&text), "\"wrong\""),
        None => {}
    }
    let etag = format!("\"{}\"", &motcua_link::province::digest(&text)[..32]);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes()) {
        shared.lock().unchanged += 1;
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    json(text, &etag)
}

fn json(text: String, etag: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, etag.to_owned())];
    (headers, text).into_response()
}

/// Announces all of it and sends half.
fn half(text: &str) -> Response {
    let part = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
    let broken = Err(std::io::Error::other("cut off"));
    let body = Body::from_stream(futures_util::stream::iter([Ok(part), broken]));
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, text.len().to_string()),
    ];
    (headers, body).into_response()
}

/// Nothing was pushed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The way there.
    #[error("the central does not answer: {0}")]
    Away(#[from] reqwest::Error),
    /// It was refused.
    #[error("the central says {status} to {address}: {text}")]
    Said {
        /// Of what.
        address: String,
        /// HTTP.
        status: u16,
        /// Its words.
        text: String,
    },
}

/// Pushes the sample to a central, as a real system would.
///
/// # Errors
/// The central does not take it.
pub async fn push_sample(
    url: &str,
    key: &str,
    sites: &[String],
    today: Option<Date>,
    procedures: usize,
) -> Result<(), PushError> {
    motcua_link::trust::ready();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?;
    let today = today.unwrap_or_else(|| crate::reports::day_of(crate::audit::now_ms()));
    let base = format!("{}/v1/province", url.trim_end_matches('/'));
    let mut all = vec![(format!("{base}/catalogue"), Kind::Catalogue, "")];
    for site in sites {
        all.extend(
            [Kind::Bookings, Kind::Dossiers].map(|k| (format!("{base}/halls/{site}/{k}"), k, site.as_str())),
        );
    }
    for (address, kind, site) in all {
        let body = sample::text(kind, site, today, procedures);
        let call = client.put(&address).bearer_auth(key).header(header::CONTENT_TYPE, "application/json");
        let answer = call.body(body).send().await?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(PushError::Said { address, status, text: answer.text().await.unwrap_or_default() });
        }
    }
    Ok(())
}
