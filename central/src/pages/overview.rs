// SPDX-License-Identifier: MIT OR Apache-2.0
//! All halls now: what needs somebody first, then every hall.

use super::Pages;
use super::layout::{minutes, nothing, percent};
use super::session::Who;
use super::words::{NONE, ago, since};
use crate::audit::now_ms;
use crate::people::Right;
use crate::reports::{HallNow, LevelCount, halls_now};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_web::page::Html;
use motcua_web::parts::number;

/// A hall that is silent for this long is not shown as if it were now, milliseconds.
const SILENT_MS: i64 = 5 * 60_000;

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Response {
    if !who.may(Right::Reports) {
        return Redirect::to("/devices").into_response();
    }
    let part = match part(&app, &who).await {
        Ok(part) => part,
        Err(e) => return who.broken(&e),
    };
    let title = t!("nav.overview", locale = who.lang());
    let body = html! {
        main {
            h1 { (title) }
            div #live hx-get="/live" hx-trigger="every 5s" { (part) }
        }
    };
    who.page("/").show(&title, &body).into_response()
}

/// The part that is drawn again.
pub async fn live(State(app): State<Pages>, who: Who) -> Result<Html, Response> {
    who.needs(Right::Reports)?;
    part(&app, &who).await.map(Html).map_err(|e| who.broken(&e))
}

async fn part(app: &Pages, who: &Who) -> Result<Markup, DbError> {
    let (scope, now, lang) = (who.scope(), now_ms(), who.lang());
    let halls = app.db().read(move |tx| Box::pin(async move { halls_now(tx, &scope, now).await })).await?;
    if halls.is_empty() {
        return Ok(nothing(&t!("overview.none", locale = lang)));
    }
    Ok(html! {
        (sums(lang, &halls, now))
        section.card { div.scroll { (table(lang, &halls, now)) } }
    })
}

/// Mean over halls, each by its number of services.
fn weighted(halls: &[HallNow], pick: fn(&HallNow) -> Option<f64>) -> Option<f64> {
    let parts = halls.iter().filter_map(|h| Some((pick(h)?, (h.served + h.absent).max(1) as f64)));
    let (sum, weight) = parts.fold((0.0, 0.0), |(s, w), (value, n)| (s + value * n, w + n));
    (weight > 0.0).then(|| sum / weight)
}

fn sums(lang: &str, halls: &[HallNow], now: i64) -> Markup {
    let of = |pick: fn(&HallNow) -> u64| halls.iter().map(pick).sum::<u64>();
    let mut ratings = LevelCount::default();
    for hall in halls {
        ratings.forms += hall.ratings.forms;
        ratings.satisfied += hall.ratings.satisfied;
    }
    let silent = halls.iter().filter(|h| now - h.last_ms > SILENT_MS).count();
    html! {
        @if silent > 0 { p.warn role="status" { (t!("overview.silent", locale = lang, n = silent)) } }
        div.numbers {
            (number(&t!("overview.waiting", locale = lang), &of(|h| h.waiting).to_string()))
            (number(&t!("overview.served", locale = lang), &of(|h| h.served).to_string()))
            (number(&t!("overview.wait", locale = lang), &minutes(lang, weighted(halls, |h| h.wait_mean))))
            (number(&t!("overview.rate", locale = lang), &percent(lang, ratings.rate())))
            (number(&t!("overview.counters", locale = lang), &format!("{} / {}", of(|h| h.counters_open), of(|h| h.counters))))
            (number(&t!("overview.trouble", locale = lang), &(of(|h| h.alarms) + of(|h| h.devices_ill)).to_string()))
        }
    }
}

/// Whether the hall works, in a word.
pub fn state(lang: &str, hall: &HallNow, now: i64) -> Markup {
    html! {
        @if now - hall.last_ms > SILENT_MS { span.state.gone { (t!("hall_state.silent", locale = lang)) } }
        @else if !hall.is_open { span.state.closed { (t!("hall_state.closed", locale = lang)) } }
        @else if hall.intake.is_some() { span.state.paused { (t!("hall_state.paused", locale = lang)) } }
        @else if hall.is_idle() { span.state.closed { (t!("hall_state.idle", locale = lang)) } }
        @else { span.state.open { (t!("hall_state.open", locale = lang)) } }
    }
}

fn table(lang: &str, halls: &[HallNow], now: i64) -> Markup {
    html! {
        table.halls {
            thead { tr {
                th scope="col" { (t!("group.hall", locale = lang)) }
                th.n scope="col" { (t!("overview.waiting", locale = lang)) }
                th scope="col" { (t!("overview.state", locale = lang)) }
                th.n scope="col" { (t!("overview.longest", locale = lang)) }
                th.n scope="col" { (t!("overview.counters", locale = lang)) }
                th.n scope="col" { (t!("overview.served", locale = lang)) }
                th.n scope="col" { (t!("overview.wait", locale = lang)) }
                th.n scope="col" { (t!("overview.rate", locale = lang)) }
                th.n scope="col" { (t!("overview.trouble", locale = lang)) }
                th.n scope="col" { (t!("overview.heard", locale = lang)) }
            } }
            tbody { @for hall in halls { tr {
                td { a href=(format!("/halls/{}", hall.site)) { b { (hall.name) } } }
                td.n.big { (hall.waiting) }
                td { (state(lang, hall, now)) }
                td.n { (hall.waiting_since_ms.map_or_else(|| NONE.to_owned(), |ms| since(lang, now, ms))) }
                td.n { (hall.counters_open) " / " (hall.counters) }
                td.n { (hall.served) }
                td.n { (minutes(lang, hall.wait_mean)) }
                td.n {
                    (percent(lang, hall.ratings.rate()))
                    @if hall.ratings.forms > 0 { " " span.hint { "(" (hall.ratings.forms) ")" } }
                }
                td.n { @match hall.alarms + hall.devices_ill {
                    0 => span.hint { "0" },
                    n => a.flag href=(if hall.alarms > 0 { "/alarms" } else { "/devices" }) { (n) },
                } }
                td.n { (ago(lang, now, hall.last_ms)) }
            } } }
        }
    }
}
