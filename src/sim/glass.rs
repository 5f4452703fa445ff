// SPDX-License-Identifier: MIT OR Apache-2.0
//! One glass over HTTP: its picture, what is on it, fingers. The kiosk, the
//! display and the panel of the bench all have one.

use super::Ring;
use crate::ui::headless::{Element, Pointer, Remote};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A picture that nobody waits for longer than this is sent again as it is.
const LONGEST_POLL: Duration = Duration::from_secs(10);
/// How often a waiting request looks for a new picture.
const LOOK: Duration = Duration::from_millis(15);

/// An error of the bench: a status and what to do.
pub(super) struct Fault(pub StatusCode, pub String);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

pub(super) fn bad(text: impl Into<String>) -> Fault {
    Fault(StatusCode::BAD_REQUEST, text.into())
}

/// What is on a glass at the moment: its elements and the name of its screen.
pub(super) type Look =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Option<(Vec<Element>, String)>> + Send>> + Send + Sync>;

/// A glass that the bench reaches.
pub(super) struct Eyes {
    pub remote: Remote,
    pub look: Look,
}

type Shared = State<Arc<Eyes>>;

pub(super) fn router(eyes: Eyes) -> Router {
    Router::new()
        .route("/screen.png", get(screen))
        .route("/elements", get(get_elements))
        .route("/touch", post(touch))
        .route("/tap", post(tap))
        .route("/log", get(log))
        .with_state(Arc::new(eyes))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: Option<u64>,
}

async fn screen(State(eyes): Shared, Query(q): Query<After>) -> Result<Response, Fault> {
    if let Some(after) = q.after {
        let wait = async {
            while eyes.remote.frame_number() <= after {
                tokio::time::sleep(LOOK).await;
            }
        };
        // Nothing new is an answer as well.
        let _ = tokio::time::timeout(LONGEST_POLL, wait).await;
    }
    let glass = eyes.remote.clone();
    let drawn = tokio::task::spawn_blocking(move || {
        let frame = glass.frame();
        frame.png().map(|png| (frame.number, png))
    });
    let fault = |e: String| Fault(StatusCode::INTERNAL_SERVER_ERROR, e);
    let (number, png) = drawn.await.map_err(|e| fault(e.to_string()))?.map_err(|e| fault(e.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-frame", HeaderValue::from(number));
    Ok((headers, png).into_response())
}

/// Each thing once, with plain spaces in the labels.
fn each_once(all: Vec<Element>) -> Vec<Element> {
    let mut found: Vec<Element> = Vec::new();
    for mut e in all {
        e.label = e.label.replace('\u{a0}', " ");
        // A component and the element inside it that carries the same role are one thing to touch.
        if !found.iter().any(|f| f.role == e.role && f.label == e.label && f.center() == e.center()) {
            found.push(e);
        }
    }
    found
}

impl Eyes {
    async fn see(&self) -> Result<(Vec<Element>, String), Fault> {
        let stopping = || Fault(StatusCode::SERVICE_UNAVAILABLE, "the device is stopping".into());
        let (elements, screen) = (self.look)().await.ok_or_else(stopping)?;
        Ok((each_once(elements), screen))
    }
}

async fn get_elements(State(eyes): Shared) -> Result<Json<Value>, Fault> {
    let (found, _) = eyes.see().await?;
    let list: Vec<Value> = found
        .iter()
        .map(|e| {
            json!({ "id": e.id, "label": e.label, "role": e.role, "enabled": e.enabled, "checked": e.checked,
                    "rect": { "x": e.x, "y": e.y, "width": e.width, "height": e.height } })
        })
        .collect();
    Ok(Json(Value::Array(list)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Touch {
    x: f32,
    y: f32,
    /// One step of a finger; without, it comes down and leaves.
    #[serde(default)]
    phase: Option<Phase>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Press,
    Move,
    Release,
}

async fn touch(State(eyes): Shared, Json(t): Json<Touch>) -> Result<Json<Value>, Fault> {
    let (width, height) = eyes.remote.size();
    if !(0.0..=width as f32).contains(&t.x) || !(0.0..=height as f32).contains(&t.y) {
        return Err(bad(format!("the glass is {width} x {height} pixels")));
    }
    let phases: &[Pointer] = match t.phase {
        None => &[Pointer::Press, Pointer::Release],
        Some(Phase::Press) => &[Pointer::Press],
        Some(Phase::Move) => &[Pointer::Move],
        Some(Phase::Release) => &[Pointer::Release],
    };
    phases.iter().for_each(|p| eyes.remote.pointer(*p, t.x, t.y));
    Ok(Json(json!({ "screen": eyes.see().await?.1 })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    label: String,
}

async fn tap(State(eyes): Shared, Json(tap): Json<Tap>) -> Result<Json<Value>, Fault> {
    let (found, _) = eyes.see().await?;
    let mut buttons = found.into_iter().filter(|e| e.role == "button" && e.enabled);
    let Some(target) = buttons.find(|e| e.label == tap.label) else {
        let labels: Vec<String> = eyes
            .see()
            .await?
            .0
            .into_iter()
            .filter(|e| e.role == "button" && e.enabled)
            .map(|e| e.label)
            .collect();
        let text = format!("nothing to touch is labelled `{}`; there are {labels:?}", tap.label);
        return Err(Fault(StatusCode::NOT_FOUND, text));
    };
    let (x, y) = target.center();
    eyes.remote.pointer(Pointer::Press, x, y);
    eyes.remote.pointer(Pointer::Release, x, y);
    Ok(Json(json!({ "screen": eyes.see().await?.1 })))
}

async fn log(Query(q): Query<After>) -> Json<Value> {
    let (last, lines) = Ring::after(q.after.unwrap_or(0));
    Json(json!({ "last": last, "lines": lines }))
}
