// SPDX-License-Identifier: MIT OR Apache-2.0
//! Open data, without sign-in: halls now and their figures. Nothing about
//! officers, counters or citizens is in it, and no rate of fewer than five
//! ratings.

use super::Pages;
use crate::audit::now_ms;
use crate::reports::{self, Group, LevelCount, Period, Scope, Wording, day_of};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use motcua_link::db::DbError;
use motcua_web::download;
use motcua_web::table::{Cell, Table};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// Ratings below which a group is not told: few enough to guess who said what.
const FEWEST: u64 = 5;
/// Days in one answer.
const MOST_DAYS: i32 = 92;
/// Answers worked on at once: strangers must not keep the database from the halls.
static TURNS: Semaphore = Semaphore::const_new(4);

/// A hall now.
#[derive(Debug, Serialize)]
struct OpenHall {
    site: String,
    name: String,
    open: bool,
    waiting: u64,
    counters_open: u64,
    served_today: u64,
    mean_wait_minutes: Option<f64>,
    last_heard: String,
}

/// A hall's day or a service's.
#[derive(Debug, Serialize)]
struct OpenFigure {
    key: String,
    name: String,
    given: u64,
    served: u64,
    absent: u64,
    unserved: u64,
    wait_mean_minutes: Option<f64>,
    wait_median_minutes: Option<f64>,
    wait_p90_minutes: Option<f64>,
    service_mean_minutes: Option<f64>,
    /// Absent where fewer than five rated.
    ratings: Option<u64>,
    satisfied_percent: Option<f64>,
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    by: String,
}

impl Asked {
    fn group(&self) -> Result<Group, String> {
        match self.by.as_str() {
            "" | "hall" => Ok(Group::Hall),
            "service" => Ok(Group::Service),
            "day" => Ok(Group::Day),
            _ => Err("`by` is hall, service or day".into()),
        }
    }

    fn period(&self) -> Result<Period, String> {
        let today = day_of(now_ms());
        let read = |text: &str| {
            if text.is_empty() {
                Ok(today)
            } else {
                text.parse().map_err(|_| format!("`{text}` is no day; write 2026-11-24"))
            }
        };
        let (from, to) = (read(&self.from)?, read(&self.to)?);
        let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
        if days < 0 {
            return Err("`from` is after `to`".into());
        }
        if days >= MOST_DAYS {
            return Err(format!("at most {MOST_DAYS} days in one answer; ask for shorter periods"));
        }
        Ok(Period { from, to })
    }
}

/// Anybody may use it from any page, and may keep it for a moment.
fn open(mut response: Response, seconds: u32) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, axum::http::HeaderValue::from_static("*"));
    if let Ok(value) = format!("public, max-age={seconds}").try_into() {
        headers.insert(header::CACHE_CONTROL, value);
    }
    response
}

fn refused(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(serde_json::json!({ "error": text }))).into_response()
}

fn broken(e: &DbError) -> Response {
    tracing::error!(error = %e, "open data");
    refused(StatusCode::SERVICE_UNAVAILABLE, "not now; try again in a minute")
}

fn busy() -> Response {
    let headers = [(header::RETRY_AFTER, "5")];
    (headers, refused(StatusCode::SERVICE_UNAVAILABLE, "too many ask at once; try again in a few seconds"))
        .into_response()
}

async fn halls(app: &Pages) -> Result<Vec<OpenHall>, Response> {
    let Ok(_turn) = TURNS.try_acquire() else { return Err(busy()) };
    let now = now_ms();
    let read =
        app.db().read(move |tx| Box::pin(async move { reports::halls_now(tx, &Scope::All, now).await }));
    let halls = read.await.map_err(|e| broken(&e))?;
    let open = |h: reports::HallNow| OpenHall {
        open: h.is_open && h.intake.is_none() && !h.is_idle(),
        waiting: h.waiting,
        counters_open: h.counters_open,
        served_today: h.served,
        mean_wait_minutes: round(h.wait_mean),
        last_heard: jiff::Timestamp::from_millisecond(h.last_ms).unwrap_or_default().to_string(),
        site: h.site,
        name: h.name,
    };
    Ok(halls.into_iter().map(open).collect())
}

fn round(value: Option<f64>) -> Option<f64> {
    value.map(motcua_core::score::round1)
}

async fn figures(app: &Pages, asked: &Asked) -> Result<(Period, Vec<OpenFigure>), Response> {
    let bad = |text: String| refused(StatusCode::BAD_REQUEST, &text);
    let (period, by) = (asked.period().map_err(bad)?, asked.group().map_err(bad)?);
    let Ok(_turn) = TURNS.try_acquire() else { return Err(busy()) };
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let words = Wording::read(tx, &Scope::All).await?;
            let figures = reports::figures(tx, &Scope::All, period, by).await?;
            let ratings = reports::ratings(tx, &Scope::All, period, by, &words).await?;
            Ok((words, figures, ratings))
        })
    });
    let (words, figures, ratings) = read.await.map_err(|e| broken(&e))?;
    let rated = |key: &str| -> Option<&LevelCount> {
        ratings.groups.iter().find(|g| g.key == key).filter(|g| g.forms >= FEWEST)
    };
    let lines = figures.lines.iter().map(|line| OpenFigure {
        key: line.key.clone(),
        name: super::words::name_of(&words, "vi", by, &line.key),
        given: line.given,
        served: line.served,
        absent: line.absent,
        unserved: line.unserved,
        wait_mean_minutes: round(line.waits.mean()),
        wait_median_minutes: round(line.waits.percentile(50)),
        wait_p90_minutes: round(line.waits.percentile(90)),
        service_mean_minutes: round(line.services.mean()),
        ratings: rated(&line.key).map(|g| g.forms),
        satisfied_percent: rated(&line.key).and_then(LevelCount::rate),
    });
    Ok((period, lines.collect()))
}

/// Halls now.
pub async fn halls_json(State(app): State<Pages>) -> Result<Response, Response> {
    let halls = halls(&app).await?;
    Ok(open(axum::Json(serde_json::json!({ "halls": halls })).into_response(), 15))
}

/// Halls now as a file.
pub async fn halls_csv(State(app): State<Pages>) -> Result<Response, Response> {
    let rows = halls(&app).await?.into_iter().map(|h| {
        vec![
            Cell::Text(h.site),
            Cell::Text(h.name),
            u64::from(h.open).into(),
            h.waiting.into(),
            h.counters_open.into(),
            h.served_today.into(),
            h.mean_wait_minutes.into(),
            Cell::Text(h.last_heard),
        ]
    });
    let columns = [
        "site",
        "name",
        "open",
        "waiting",
        "counters_open",
        "served_today",
        "mean_wait_minutes",
        "last_heard",
    ];
    Ok(open(file(&columns, rows.collect(), "motcua-halls"), 15))
}

/// Figures of a period.
pub async fn figures_json(
    State(app): State<Pages>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let (period, lines) = figures(&app, &asked).await?;
    let body = serde_json::json!({ "from": period.from, "to": period.to, "figures": lines });
    Ok(open(axum::Json(body).into_response(), 300))
}

/// Figures of a period as a file.
pub async fn figures_csv(State(app): State<Pages>, Query(asked): Query<Asked>) -> Result<Response, Response> {
    let (period, lines) = figures(&app, &asked).await?;
    let rows = lines.into_iter().map(|l| {
        vec![
            Cell::Text(l.key),
            Cell::Text(l.name),
            l.given.into(),
            l.served.into(),
            l.absent.into(),
            l.unserved.into(),
            l.wait_mean_minutes.into(),
            l.wait_median_minutes.into(),
            l.wait_p90_minutes.into(),
            l.service_mean_minutes.into(),
            l.ratings.map_or(Cell::Empty, Cell::from),
            l.satisfied_percent.into(),
        ]
    });
    let columns = [
        "key",
        "name",
        "given",
        "served",
        "absent",
        "unserved",
        "wait_mean_minutes",
        "wait_median_minutes",
        "wait_p90_minutes",
        "service_mean_minutes",
        "ratings",
        "satisfied_percent",
    ];
    let stem = super::tables::stem("motcua-figures", period);
    Ok(open(file(&columns, rows.collect(), &stem), 300))
}

/// The columns are names for programs, in no language.
fn file(columns: &[&str], rows: Vec<Vec<Cell>>, stem: &str) -> Response {
    let columns = columns.iter().map(|c| (*c).to_owned()).collect();
    download::csv(&Table { title: String::new(), columns, rows }, stem)
}
