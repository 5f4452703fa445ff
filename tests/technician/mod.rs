// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician at the device: the hidden gesture, the pad, the menu, against
//! a real socket that speaks the steward's contract.

mod door;
mod menu;
mod pages;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use motcua::ui::headless::{AnyGlass, Headless, elements};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// The code that opens the menu here.
const CODE: &str = "246810";

/// What the steward's socket was asked for.
#[derive(Default)]
struct Asked {
    wrong: u32,
    deeds: Vec<String>,
    settings: Vec<String>,
}

/// A socket that speaks the steward's contract: three wrong codes lock for some seconds.
struct Steward {
    runtime: Runtime,
    socket: PathBuf,
    asked: Arc<Mutex<Asked>>,
}

type Shared = State<Arc<Mutex<Asked>>>;

impl Steward {
    fn start(dir: &Path) -> Steward {
        motcua_link::trust::ready();
        let runtime = Runtime::new().unwrap();
        let socket = dir.join("steward.sock");
        let asked: Arc<Mutex<Asked>> = Arc::default();
        let listener = runtime.block_on(async { tokio::net::UnixListener::bind(&socket) }).unwrap();
        let deed = |name: &'static str| {
            post(async move |State(asked): Shared| {
                asked.lock().unwrap().deeds.push(name.to_owned());
                StatusCode::NO_CONTENT
            })
        };
        let app = Router::new()
            .route("/technician/enter", post(enter))
            .route("/technician/lock", get(lock))
            .route("/status", get(async || Json(status())))
            .route("/settings", post(settings))
            .route(
                "/usb",
                get(async || {
                    Json(json!([{ "device": "sda1", "label": "USB", "bundles": ["motcua-0.2.0.raucb"] }]))
                }),
            )
            .route("/usb/logs", post(async || Json(json!({ "file": "motcua-logs.tar.gz" }))))
            .route("/wifi", get(async || Json(json!([{ "ssid": "MOT-CUA", "signal": -48 }]))))
            .route("/settings/undo", deed("undo"))
            .route("/trial", deed("trial"))
            .route("/technician/leave", deed("leave"))
            .route("/reboot", deed("reboot"))
            .route("/factory-reset", deed("factory-reset"))
            .with_state(asked.clone());
        runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Steward { runtime, socket, asked }
    }

    fn deeds(&self) -> Vec<String> {
        self.asked.lock().unwrap().deeds.clone()
    }
}

fn refusal(status: StatusCode, more: &Value) -> Response {
    let mut body = json!({ "type": "urn:motcua:problem:code", "status": status.as_u16(), "detail": "no" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (status, Json(body)).into_response()
}

async fn enter(State(asked): Shared, Json(body): Json<Value>) -> Response {
    let mut asked = asked.lock().unwrap();
    if asked.wrong >= 3 {
        return refusal(StatusCode::TOO_MANY_REQUESTS, &json!({ "wait_s": 5 }));
    }
    if body["code"] == CODE {
        asked.deeds.push("enter".into());
        return StatusCode::NO_CONTENT.into_response();
    }
    asked.wrong += 1;
    match 3 - asked.wrong {
        0 => refusal(StatusCode::TOO_MANY_REQUESTS, &json!({ "wait_s": 5 })),
        left => refusal(StatusCode::FORBIDDEN, &json!({ "left": left })),
    }
}

async fn lock(State(asked): Shared) -> Json<Value> {
    Json(json!({ "wait_s": if asked.lock().unwrap().wrong >= 3 { 5 } else { 0 } }))
}

async fn settings(State(asked): Shared, body: String) -> StatusCode {
    asked.lock().unwrap().settings.push(body);
    StatusCode::NO_CONTENT
}

fn status() -> Value {
    json!({
        "version": "0.1.0", "commit": "c94a239", "arch": "arm64", "root_hash": "c0ffee", "slot": "A", "provisioned": true,
        "settings": { "role": "kiosk", "name": "kiosk-1", "hub": "here", "rotation": 0, "support": false,
                      "printer": { "url": "usb:/dev/usb/lp0", "profile": "epson-tm" }, "network": { "proxied": false } },
        "faults": [{ "line": 3, "message_vi": "`hub` sai", "message_en": "`hub` is wrong" }], "technician": true,
    })
}

/// Draws in real time until `done`, as the event loop does.
fn draw_until(headless: &Headless, what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        headless.step();
        crate::support::pause(Duration::from_millis(5));
    }
}

/// Everything that can be read or touched.
fn labels(glass: &impl AnyGlass) -> Vec<String> {
    elements(glass).into_iter().map(|e| e.label).collect()
}
