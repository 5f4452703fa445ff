// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of the central: halls now, figures, ratings, devices, alarms,
//! feedback, enrolment, configurations, the audit log, people; and the open data. Rendered here, refreshed
//! in parts; siblings of the hub's console, in its style sheet.

mod alarms;
mod audit;
mod compare;
mod config;
mod devices;
mod enrol;
mod feedback;
mod figures;
mod hall;
mod layout;
mod manage;
mod oidc;
mod open;
mod overview;
mod people;
mod period;
mod province;
mod ratings;
mod session;
mod sign;
mod tables;
mod words;

use crate::app::App;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use motcua_link::db::Db;
use motcua_web::asset;

/// What every page needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pages {
    app: App,
}

impl Pages {
    /// The database.
    pub fn db(&self) -> &Db {
        self.app.db()
    }

    /// Keys, certificates, and whoever waits for news.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Wakes the devices that wait. What was decided is kept; a failure here only makes them wait a little longer.
    async fn wake(&self) {
        if let Err(e) = self.app.news.look(self.db()).await {
            tracing::warn!(error = %e, "devices were not woken; they ask again by themselves");
        }
    }
}

/// All pages and the open data. Their tables are made by [`crate::serve::prepare`] before.
pub fn router(app: &App) -> Router {
    Router::new()
        .route("/", get(overview::page))
        .route("/live", get(overview::live))
        .route("/signin", get(sign::page).post(sign::sign_in))
        .route("/signin/oidc", get(oidc::begin))
        .route(crate::oidc::BACK, get(oidc::back))
        .route("/signin/oidc/out", get(oidc::out))
        .route("/setup", get(sign::setup_page).post(sign::setup))
        .route("/signout", post(sign::sign_out))
        .route("/lang", post(sign::lang))
        .route("/halls/{site}", get(hall::page))
        .route("/halls/{site}/live", get(hall::live))
        .route("/compare", get(compare::page))
        .route("/compare.csv", get(compare::csv))
        .route("/figures", get(figures::page))
        .route("/figures.csv", get(figures::csv))
        .route("/apologies.csv", get(figures::apologies_csv))
        .route("/ratings", get(ratings::page))
        .route("/ratings.csv", get(ratings::csv))
        .route("/report.xlsx", get(tables::book))
        .route("/devices", get(devices::page))
        .route("/devices/live", get(devices::live))
        .route("/devices/{site}/{device}", get(devices::one).post(manage::act))
        .route("/enrol", get(enrol::page).post(enrol::act))
        .route("/config", get(config::list))
        .route("/config/{site}", get(config::hall).post(config::back))
        .route("/config/{site}/edit", get(config::edit).post(config::save))
        .route("/rollouts", get(config::rollouts).post(config::rollouts_act))
        .route("/province", get(province::page).post(province::act))
        .route("/alarms", get(alarms::page))
        .route("/alarms/live", get(alarms::live))
        .route("/alarms/seen", post(alarms::seen))
        .route("/feedback", get(feedback::page))
        .route("/audit", get(audit::page))
        .route("/audit.csv", get(audit::csv))
        .route("/people", get(people::page).post(people::act))
        .route("/open/v1/halls.json", get(open::halls_json))
        .route("/open/v1/halls.csv", get(open::halls_csv))
        .route("/open/v1/figures.json", get(open::figures_json))
        .route("/open/v1/figures.csv", get(open::figures_csv))
        .route("/assets/{name}", get(asset_of))
        .with_state(Pages { app: app.clone() })
}

async fn asset_of(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "central.css" => asset::file(asset::STYLE, include_bytes!("assets/central.css")),
        "central.js" => asset::file(asset::SCRIPT, include_bytes!("assets/central.js")),
        other => asset::shared(other).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response()),
    }
}
