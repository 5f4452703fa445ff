// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is asked for in JSON: health and metrics for operators, and what goes
//! down to devices.

use crate::app::App;
use crate::trust::Gate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use std::sync::Arc;

/// How the central is.
#[derive(Debug, Serialize)]
pub struct Health {
    /// `ok`, or `fault` with status 503.
    pub status: &'static str,
    /// Program version.
    pub version: &'static str,
    /// `sqlite` or `postgresql`.
    pub database: &'static str,
    /// What is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Routes of the devices' address beside the link's own.
pub fn for_devices(app: App, gate: Arc<Gate>) -> Router {
    let steer = crate::steer::http::router(app.clone(), gate);
    Router::new().route("/v1/health", get(health)).with_state(app).merge(steer)
}

/// Routes of the people's address.
pub fn for_people(app: App, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/v1/health", get(health))
        .route("/metrics", get(move || async move { metrics.render() }))
        .with_state(app)
}

/// One read in the database, so that a gateway without it is taken out of the row.
async fn health(State(app): State<App>) -> impl IntoResponse {
    let database = if app.db().is_postgres() { "postgresql" } else { "sqlite" };
    let read = app.db().read(|tx| {
        Box::pin(async move { tx.one("SELECT count(*) FROM schema_parts", &[]).await.map(|_| ()) })
    });
    let fault = read.await.err().map(|e| e.to_string());
    let status = if fault.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if fault.is_none() { "ok" } else { "fault" };
    (status, Json(Health { status: word, version: env!("CARGO_PKG_VERSION"), database, fault }))
}
