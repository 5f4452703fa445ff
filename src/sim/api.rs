// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the bench answers: the page, the glass, the paper, the devices and
//! their faults. Local and unauthenticated; bound to the loopback address by
//! default.

use super::Bench;
use super::central::Central;
use super::glass::{Fault, bad};
use crate::hub::Request;
use crate::kiosk::{Kiosk, on_its_thread};
use crate::store::Answer;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use motcua_core::queue::Command;
use motcua_hal::printer::sim::{SimFault, SimPrinter};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use uuid::Uuid;

type Shared = State<Arc<Bench>>;

pub(super) fn router(bench: Arc<Bench>) -> Router {
    let readers = super::readers::router(bench.readers.clone());
    Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route(
            "/page.js",
            get(async || ([(header::CONTENT_TYPE, "text/javascript")], include_str!("page.js"))),
        )
        .route("/paper.png", get(paper_png))
        .route("/paper.bin", get(paper_bin))
        .route("/paper", delete(clear_paper))
        .route("/slips", get(slips))
        .route("/slips/{n}", get(slip))
        .route("/devices", get(devices))
        .route("/devices/{name}/fault", post(fault))
        .route("/state", get(state))
        .route("/clock", post(set_clock))
        .route("/staff", post(staff))
        .route("/central", post(set_central))
        .with_state(bench)
        .merge(readers)
        .merge(looks())
}

/// What every page of the bench wears.
pub(super) fn looks<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/page.css", get(async || ([(header::CONTENT_TYPE, "text/css")], include_str!("page.css"))))
        .route(
            "/font-regular.ttf",
            get(async || font(include_bytes!("../../assets/fonts/BeVietnamPro-Regular.ttf"))),
        )
        .route(
            "/font-semibold.ttf",
            get(async || font(include_bytes!("../../assets/fonts/BeVietnamPro-SemiBold.ttf"))),
        )
}

fn font(bytes: &'static [u8]) -> Response {
    ([(header::CONTENT_TYPE, "font/ttf"), (header::CACHE_CONTROL, "max-age=86400")], bytes).into_response()
}

async fn ui<T: Send + 'static>(call: impl FnOnce(&Kiosk) -> T + Send + 'static) -> Result<T, Fault> {
    on_its_thread(call).await.ok_or(Fault(StatusCode::SERVICE_UNAVAILABLE, "the kiosk is stopping".into()))
}

impl Bench {
    fn sim(&self) -> Result<&SimPrinter, Fault> {
        self.sim.as_ref().ok_or_else(|| {
            Fault(StatusCode::NOT_FOUND, format!("the printer is an external one at {}", self.printer_url))
        })
    }
}

fn png(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

/// The last slip that was cut, else what hangs out of the printer.
async fn paper_png(State(bench): Shared) -> Result<Response, Fault> {
    let sim = bench.sim()?;
    let picture = match sim.slips().last() {
        Some(slip) => slip.png(),
        None => sim.current_paper_png(),
    };
    if picture.is_empty() {
        return Err(Fault(StatusCode::NOT_FOUND, "no paper has come out yet".into()));
    }
    Ok(png(picture))
}

async fn paper_bin(State(bench): Shared) -> Result<Response, Fault> {
    let bytes = bench.sim()?.raw_bytes();
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

async fn clear_paper(State(bench): Shared) -> Result<StatusCode, Fault> {
    let sim = bench.sim()?;
    sim.clear_paper();
    sim.clear_raw();
    Ok(StatusCode::NO_CONTENT)
}

async fn slips(State(bench): Shared) -> Result<Json<Value>, Fault> {
    let slips = bench.sim()?.slips();
    let list: Vec<Value> = slips
        .iter()
        .map(|s| json!({ "bytes": s.bytes.len(), "length_mm": s.length_mm(), "cut": s.cut, "text": s.text, "qr": s.qr }))
        .collect();
    Ok(Json(Value::Array(list)))
}

async fn slip(State(bench): Shared, Path(n): Path<usize>) -> Result<Response, Fault> {
    let slips = bench.sim()?.slips();
    let slip = slips.get(n).ok_or_else(|| Fault(StatusCode::NOT_FOUND, "no such slip".into()))?;
    Ok(png(slip.png()))
}

async fn devices(State(bench): Shared) -> Result<Json<Value>, Fault> {
    let printer = ui(Kiosk::printer).await?;
    let (codes, cards) = ui(|k| (k.readers().scanner_state(), k.readers().card_state())).await?;
    let [scanner, card] = bench.readers.told(&codes.unwrap_or_default(), &cards.unwrap_or_default());
    let faults: Vec<&str> = bench.sim.iter().flat_map(SimPrinter::faults).map(SimFault::name).collect();
    let all: Vec<&str> = SimFault::ALL.iter().map(|(_, name)| *name).collect();
    let none: [&str; 0] = [];
    let away = bench.hub_away.load(Ordering::Relaxed);
    Ok(Json(json!([
        { "name": "printer", "url": bench.printer_url.to_string(), "simulated": bench.sim.is_some(),
          "fault": printer.fault().map(|f| f.to_string()), "near_end": printer.near_end(),
          "set": faults, "kinds": if bench.sim.is_some() { all } else { none.to_vec() } },
        { "name": "hub", "set": if away { vec!["away"] } else { vec![] }, "kinds": ["away"] },
        scanner, card,
    ])))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFault {
    /// One of the device's kinds, or `none`.
    kind: String,
    /// Printer only: comes after this many more bytes.
    #[serde(default)]
    at_byte: Option<usize>,
    /// Ends this fault instead of setting it.
    #[serde(default)]
    off: bool,
}

async fn fault(
    State(bench): Shared,
    Path(name): Path<String>,
    Json(f): Json<SetFault>,
) -> Result<StatusCode, Fault> {
    match (name.as_str(), f.kind.as_str()) {
        ("printer", "none") => bench.sim()?.clear_fault(),
        ("printer", "power-cycle") => bench.sim()?.power_cycle(),
        ("printer", kind) => {
            let sim = bench.sim()?;
            let fault =
                SimFault::from_name(kind).ok_or_else(|| bad(format!("a printer has no fault `{kind}`")))?;
            match f.at_byte {
                _ if f.off => sim.clear(fault),
                Some(bytes) => sim.fault_at_byte(bytes, fault),
                None => sim.set_fault(fault),
            }
        }
        ("hub", "away") => bench.hub_away.store(!f.off, Ordering::Relaxed),
        ("hub", "none") => bench.hub_away.store(false, Ordering::Relaxed),
        ("scanner" | "card", kind) => bench.readers.fault(&name, kind, f.off)?,
        _ => {
            return Err(Fault(StatusCode::NOT_FOUND, format!("there is no device `{name}` with that fault")));
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn state(State(bench): Shared) -> Result<Json<Value>, Fault> {
    let view = ui(Kiosk::view).await?;
    let (hall, tickets) = match &bench.hub {
        Some(hub) => {
            let now = (**hub.now().borrow()).clone();
            (Some(now), hub.tickets(None).await.ok())
        }
        None => (None, None),
    };
    let (width, height) = bench.glass.size();
    Ok(Json(json!({
        "screen": view.screen.name(), "view": view, "hall": hall, "tickets": tickets,
        "lines": bench.hall.lines, "services": bench.hall.services.iter().map(|s| &s.code).collect::<Vec<_>>(),
        "local_time": bench.clock.now().local, "data": bench.data, "program": { "url": bench.program.url, "identity": bench.program.identity.get() },
        "devices": *bench.devices.lock().unwrap_or_else(PoisonError::into_inner), "people": bench.people,
        "central": bench.central.as_ref().map(Central::told),
        "glass": { "width": width, "height": height, "frame": bench.glass.frame_number() },
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    /// Between hub and central.
    cut: bool,
}

async fn set_central(State(bench): Shared, Json(network): Json<Network>) -> Result<StatusCode, Fault> {
    let Some(central) = &bench.central else { return Err(bad("this bench has no central")) };
    central.cut(network.cut);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    local: jiff::civil::DateTime,
}

async fn set_clock(State(bench): Shared, Json(c): Json<Clock>) -> StatusCode {
    bench.clock.set(c.local);
    StatusCode::NO_CONTENT
}

/// A command of the office, with a fresh id.
async fn staff(State(bench): Shared, Json(command): Json<Command>) -> Result<Response, Fault> {
    let Some(hub) = &bench.hub else { return Err(bad("the hub is another process; ask it directly")) };
    let request = Request { id: Uuid::now_v7(), command };
    Ok(match hub.ask("bench", request).await {
        Ok(Answer::Accepted { events, .. }) => Json(events).into_response(),
        Ok(Answer::Refused(refusal)) => {
            (StatusCode::CONFLICT, Json(json!({ "error": refusal.to_string() }))).into_response()
        }
        Err(e) => return Err(Fault(StatusCode::SERVICE_UNAVAILABLE, e.to_string())),
    })
}
