// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of the hub: the officer's desk, the manager's pages and the
//! waiting room on a TV. Rendered here, refreshed in parts; the queue is asked
//! through the same commands as every device uses.

mod accounts;
mod central;
mod config;
mod desk;
mod devices;
mod enrol;
mod feedback;
mod figures;
mod form;
mod hall;
mod layout;
mod ratings;
mod session;
mod sign;
mod tv;

pub use config::take_hall;

use crate::citizen::Office;
use crate::hub::api::Api;
use crate::hub::software::Software;
use crate::hub::{Outcome, Request};
use crate::staff::Staff;
use crate::store::Answer;
use crate::uplink::Reports;
use axum::Router;
use axum::extract::FromRef;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use motcua_core::queue::{Command, Event};
use motcua_web::asset;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// What every page needs.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The queue and its devices.
    pub api: Api,
    /// The people.
    pub staff: Arc<Staff>,
    /// Directory of the databases, for figures.
    pub data: PathBuf,
    /// The way to the central.
    pub reports: Reports,
    /// What kiosks ask for their citizens, and what these wrote.
    pub office: Office,
    /// The firmware of the hall's devices.
    pub software: Software,
}

impl FromRef<Pages> for Api {
    fn from_ref(pages: &Pages) -> Api {
        pages.api.clone()
    }
}

impl Pages {
    /// Carries out a command in a person's name.
    pub async fn act(&self, who: &str, id: Uuid, command: Command) -> Outcome {
        self.api.hub.ask(&format!("staff:{who}"), Request { id, command }).await
    }

    /// As [`Pages::act`], with the refusal as the error.
    pub async fn done(&self, who: &str, id: Uuid, command: Command) -> Result<Vec<Event>, form::Said> {
        match self.act(who, id, command).await {
            Ok(Answer::Accepted { events, .. }) => Ok(events),
            Ok(Answer::Refused(refusal)) => Err(form::Said::Refused(refusal)),
            Err(e) => Err(form::Said::System(e.to_string())),
        }
    }
}

/// All pages.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .route("/console", get(sign::start))
        .route("/console/", get(|| async { Redirect::permanent("/console") }))
        .route("/console/setup", get(sign::setup_page).post(sign::setup))
        .route("/console/signin", get(sign::page).post(sign::sign_in))
        .route("/console/signout", post(sign::sign_out))
        .route("/console/lang", post(sign::lang))
        .route("/console/events", get(session::events))
        .route("/console/desk", get(desk::page))
        .route("/console/desk/live", get(desk::live))
        .route("/console/desk/do", post(desk::act))
        .route("/console/hall", get(hall::page))
        .route("/console/hall/live", get(hall::live))
        .route("/console/hall/do", post(hall::act))
        .route("/console/devices", get(devices::page).post(enrol::act))
        .route("/console/devices/live", get(devices::live))
        .route("/console/figures", get(figures::page))
        .route("/console/figures.csv", get(figures::csv))
        .route("/console/figures.xlsx", get(figures::xlsx))
        .route("/console/ratings", get(ratings::page))
        .route("/console/ratings.csv", get(ratings::csv))
        .route("/console/ratings.xlsx", get(ratings::xlsx))
        .route("/console/feedback", get(feedback::page).post(feedback::act))
        .route("/console/services", get(config::services::page).post(config::services::change))
        .route("/console/hours", get(config::hours::page).post(config::hours::change))
        .route("/console/history", get(config::history::page).post(config::history::restore))
        .route("/console/officers", get(accounts::page).post(accounts::act))
        .route("/console/officers/{id}/photo", get(accounts::photo).post(accounts::set_photo))
        .route("/console/{*elsewhere}", get(|| async { Redirect::to("/console") }))
        .route("/display", get(tv::page))
        .route("/console/assets/{name}", get(asset_of))
        .with_state(pages)
}

async fn asset_of(axum::extract::Path(name): axum::extract::Path<String>) -> Response {
    match name.as_str() {
        "console.js" => asset::file(asset::SCRIPT, include_bytes!("assets/console.js")),
        "tv.css" => asset::file(asset::STYLE, include_bytes!("assets/tv.css")),
        "tv.js" => asset::file(asset::SCRIPT, include_bytes!("assets/tv.js")),
        other => {
            asset::shared(other).unwrap_or_else(|| crate::hub::problem::Problem::not_found().into_response())
        }
    }
}

/// An officer's photo, or that there is none.
pub fn photo_response(staff: &Staff, id: &str) -> Response {
    match staff.photo(id) {
        Ok(Some(photo)) => {
            let headers = [
                (header::CONTENT_TYPE, photo.media_type.as_str()),
                (header::CACHE_CONTROL, "private, max-age=86400"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, photo.bytes).into_response()
        }
        Ok(None) => crate::hub::problem::Problem::not_found().into_response(),
        Err(e) => (axum::http::StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}
