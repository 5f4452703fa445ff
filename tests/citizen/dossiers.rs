// SPDX-License-Identifier: MIT OR Apache-2.0
//! A reference provincial system for the state of one dossier, as
//! docs/dossiers.md describes it: real HTTP, with whatever can go wrong.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// As the contract says.
    Well,
    /// Answers after ten seconds.
    Slow,
    /// Sends a byte a second.
    Drips,
    /// Answers 500.
    Broken,
    /// Answers 200 and something else.
    Garbage,
    /// Answers 200 and megabytes.
    Endless,
    /// Answers with somebody else's dossier.
    Other,
    /// Answers with a status that no list has.
    NoSuchStatus,
    /// Sends the kiosk elsewhere.
    Elsewhere,
}

/// The system.
pub struct Province {
    pub url: String,
    pub does: Arc<Mutex<Does>>,
    /// Bodies that it was sent.
    pub asked: Arc<Mutex<Vec<Value>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

/// The bearer token that it wants.
pub const TOKEN: &str = "bi-mat-cua-tinh";
/// A dossier that it knows, and the end of the applicant's number.
pub const KNOWN: (&str, &str) = ("H56.14-261120-0007", "0017");

type Shared = (Arc<Mutex<Does>>, Arc<Mutex<Vec<Value>>>);

impl Province {
    pub async fn start(at: &str) -> Province {
        let does = Arc::new(Mutex::new(Does::Well));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let listener = tokio::net::TcpListener::bind(at).await.unwrap();
        let url = format!("http://{}/v1/status", listener.local_addr().unwrap());
        let app = Router::new().route("/v1/status", post(answer)).with_state((does.clone(), asked.clone()));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let ended = async {
                let _ = stopped.await;
            };
            tokio::select! { served = axum::serve(listener, app) => served.unwrap(), () = ended => {} }
        });
        Province { url, does, asked, stop: Some(stop) }
    }

    pub fn does(&self, what: Does) {
        *self.does.lock().unwrap() = what;
    }

    /// Gone; nobody listens any more.
    pub fn down(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }
}

async fn answer(State((does, asked)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted = format!("Bearer {TOKEN}");
    if headers.get("authorization").is_none_or(|a| a.as_bytes() != wanted.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let question: Value = serde_json::from_slice(&body).unwrap();
    asked.lock().unwrap().push(question.clone());
    let does = *does.lock().unwrap();
    let dossier = |code: &str, status: u8| {
        json!({ "dossier": {
            "code": code, "procedure": "1.001193", "status": status, "received": "2026-11-20",
            "due": "2026-11-24", "new_due": "2026-12-01", "late": true,
            "next": { "vi": "Ông/bà chờ kết quả.", "en": "Please wait for the result." } } })
    };
    match does {
        Does::Slow => tokio::time::sleep(Duration::from_secs(10)).await,
        Does::Broken => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Does::Garbage => return "<html>Đăng nhập</html>".into_response(),
        Does::Endless => return "x".repeat(8 << 20).into_response(),
        Does::Other => return Json(dossier("H56.14-261120-0008", 4)).into_response(),
        Does::NoSuchStatus => return Json(dossier(KNOWN.0, 11)).into_response(),
        Does::Elsewhere => {
            return (StatusCode::TEMPORARY_REDIRECT, [("location", "http://127.0.0.1:1/")]).into_response();
        }
        Does::Drips => {
            let drips = futures_util::stream::unfold(0, |n| async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                (n < 60).then_some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), n + 1))
            });
            return Response::new(axum::body::Body::from_stream(drips));
        }
        Does::Well => {}
    }
    let factor = question.get("number_end").and_then(Value::as_str);
    if question["code"] != KNOWN.0 || factor.is_some_and(|f| f != KNOWN.1) {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(dossier(KNOWN.0, 4)).into_response()
}
