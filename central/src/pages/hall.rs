// SPDX-License-Identifier: MIT OR Apache-2.0
//! One hall: its counters and queue now, its day in charts, its ratings, its
//! devices.

use super::Pages;
use super::devices;
use super::layout::{chart_scripts, minutes, nothing, percent};
use super::overview::state;
use super::session::Who;
use super::words::{NONE, ago, moment, since, word_or};
use crate::audit::now_ms;
use crate::people::Right;
use crate::reports::{
    self, CounterNow, Device, Figures, Group, HallNow, Period, Ratings, Scope, ServiceNow, Wording, day_of,
};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_web::page::Html;
use motcua_web::parts::{chart, number};
use serde_json::json;

struct Now {
    hall: HallNow,
    counters: Vec<CounterNow>,
    services: Vec<ServiceNow>,
    words: Wording,
}

async fn now_of(app: &Pages, site: &str, now: i64) -> Result<Option<Now>, DbError> {
    let site = site.to_owned();
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let scope = Scope::Sites(vec![site.clone()]);
                let Some(hall) = reports::halls_now(tx, &scope, now).await?.pop() else { return Ok(None) };
                let counters = reports::counters_now(tx, &site, now).await?;
                let services = reports::services_now(tx, &site, now).await?;
                let words = Wording::read(tx, &scope).await?;
                Ok(Some(Now { hall, counters, services, words }))
            })
        })
        .await
}

struct Today {
    hours: Figures,
    ratings: Ratings,
    devices: Vec<Device>,
}

async fn today_of(app: &Pages, site: &str, now: i64) -> Result<Today, DbError> {
    let scope = Scope::Sites(vec![site.to_owned()]);
    let period = Period::day(day_of(now));
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &scope).await?;
                Ok(Today {
                    hours: reports::figures(tx, &scope, period, Group::Hour).await?,
                    ratings: reports::ratings(tx, &scope, period, Group::Hall, &words).await?,
                    devices: reports::devices(tx, &scope).await?,
                })
            })
        })
        .await
}

/// The page.
pub async fn page(
    State(app): State<Pages>,
    who: Who,
    Path(site): Path<String>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    who.sees(&site)?;
    let (now, lang) = (now_ms(), who.lang());
    let found = now_of(&app, &site, now).await.map_err(|e| who.broken(&e))?;
    let Some(found) = found else { return Err(who.missing()) };
    let today = today_of(&app, &site, now).await.map_err(|e| who.broken(&e))?;
    let name = found.hall.name.clone();
    let body = html! {
        main {
            p.path { a href="/" { (t!("nav.overview", locale = lang)) } " › " (name) }
            (alarm(lang, &found.words, &today))
            div #live hx-get=(format!("/halls/{site}/live")) hx-trigger="every 5s" { (part(lang, &found, now)) }
            (day_charts(lang, &found.words, &today))
            p.links {
                a.button href=(format!("/figures?site={site}&by=service")) { (t!("hall.figures", locale = lang)) }
                a.button href=(format!("/ratings?site={site}&by=officer")) { (t!("hall.ratings", locale = lang)) }
                @if who.may(Right::Configure) { a.button href=(format!("/config/{site}")) { (t!("nav.config", locale = lang)) } }
            }
            @if who.may(Right::Devices) {
                section.card {
                    h2 { (t!("nav.devices", locale = lang)) b { (today.devices.len()) } }
                    div.scroll { (devices::table(lang, None, &today.devices, now)) }
                }
            }
        }
        (chart_scripts())
    };
    Ok(who.page("/").show(&name, &body).into_response())
}

/// The part that is drawn again.
pub async fn live(State(app): State<Pages>, who: Who, Path(site): Path<String>) -> Result<Html, Response> {
    who.needs(Right::Reports)?;
    who.sees(&site)?;
    let now = now_ms();
    let found = now_of(&app, &site, now).await.map_err(|e| who.broken(&e))?;
    found.map(|f| Html(part(who.lang(), &f, now))).ok_or_else(|| who.missing())
}

fn part(lang: &str, found: &Now, now: i64) -> Markup {
    let hall = &found.hall;
    html! {
        h1 { (hall.name) " " (state(lang, hall, now)) small { (t!("hall.heard", locale = lang, ago = ago(lang, now, hall.last_ms))) } }
        @if let Some(reason) = hall.intake.as_ref().filter(|_| hall.is_open) {
            p.warn { (t!("hall.paused", locale = lang, reason = reason)) }
        }
        div.numbers {
            (number(&t!("overview.waiting", locale = lang), &hall.waiting.to_string()))
            (number(&t!("overview.longest", locale = lang), &hall.waiting_since_ms.map_or_else(|| NONE.to_owned(), |ms| since(lang, now, ms))))
            (number(&t!("overview.served", locale = lang), &hall.served.to_string()))
            (number(&t!("overview.wait", locale = lang), &minutes(lang, hall.wait_mean)))
            (number(&t!("hall.service", locale = lang), &minutes(lang, hall.service_mean)))
            (number(&t!("overview.rate", locale = lang), &percent(lang, hall.ratings.rate())))
        }
        div.two {
            section.card { h2 { (t!("hall.counters", locale = lang)) } (counters(lang, found, now)) }
            section.card { h2 { (t!("hall.queue", locale = lang)) } (services(lang, found, now)) }
        }
    }
}

fn chip(lang: &str, state: &str) -> Markup {
    let class = match state {
        "open" => "open",
        "paused" => "paused",
        _ => "closed",
    };
    html! { span class=(format!("state {class}")) { (word_or(lang, "counter_state", state)) } }
}

fn counters(lang: &str, found: &Now, now: i64) -> Markup {
    // Those that nobody has opened yet have said nothing; they are in the configuration all the same.
    let told = |id: &str| found.counters.iter().any(|c| c.counter == id);
    let configured = found.words.hall(&found.hall.site).and_then(|w| w.hall.as_ref());
    let silent: Vec<&str> = configured
        .map(|h| h.counters.iter().map(|c| c.id.as_str()).filter(|id| !told(id)).collect())
        .unwrap_or_default();
    if found.counters.is_empty() && silent.is_empty() {
        return html! { p.hint { (t!("hall.no_counters", locale = lang)) } };
    }
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (t!("group.counter", locale = lang)) } th scope="col" { (t!("group.officer", locale = lang)) }
                th scope="col" { (t!("overview.state", locale = lang)) } th scope="col" { (t!("hall.number", locale = lang)) }
            } }
            tbody { @for c in &found.counters { tr {
                td { b { (found.words.counter(&found.hall.site, &c.counter, lang)) } }
                td { (c.officer.as_deref().unwrap_or(NONE)) }
                td { div.chips { (chip(lang, &c.state)) span.hint { (since(lang, now, c.since_ms)) } } }
                td { @match &c.ticket {
                    Some((label, ms)) => { b { (label) } " " span.hint { (since(lang, now, *ms)) } },
                    None => (NONE),
                } }
            } }
            @for id in &silent { tr {
                td { b { (found.words.counter(&found.hall.site, id, lang)) } } td { (NONE) }
                td { div.chips { (chip(lang, "closed")) } } td { (NONE) }
            } } }
        } }
    }
}

fn services(lang: &str, found: &Now, now: i64) -> Markup {
    if found.services.is_empty() {
        return html! { p.hint { (t!("hall.nobody", locale = lang)) } };
    }
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (t!("group.service", locale = lang)) }
                th.n scope="col" { (t!("overview.waiting", locale = lang)) } th.n scope="col" { (t!("overview.longest", locale = lang)) }
            } }
            tbody { @for s in &found.services { tr {
                td { (found.words.service(&s.service, lang)) }
                td.n { (s.waiting) } td.n { (since(lang, now, s.since_ms)) }
            } } }
        } }
    }
}

fn day_charts(lang: &str, words: &Wording, today: &Today) -> Markup {
    let lines = &today.hours.lines;
    if lines.is_empty() {
        return nothing(&t!("hall.no_day", locale = lang));
    }
    let labels: Vec<String> = lines.iter().map(|l| format!("{}:00", l.key)).collect();
    let people = json!({ "labels": labels, "whole": true, "unit": t!("unit.people", locale = lang), "sets": [
        { "name": t!("figures.given", locale = lang), "values": lines.iter().map(|l| l.given).collect::<Vec<_>>() },
        { "name": t!("figures.served", locale = lang), "values": lines.iter().map(|l| l.served).collect::<Vec<_>>() },
    ]});
    let levels = &today.ratings.levels;
    let rated = json!({ "labels": levels.iter().map(|c| words.level(c, lang)).collect::<Vec<_>>(), "unit": "%", "across": true, "sets": [
        { "name": t!("ratings.share", locale = lang), "values": levels.iter().map(|c| today.ratings.sum.share(c)).collect::<Vec<_>>() },
    ]});
    html! {
        div.two.charts {
            (chart(&t!("hall.chart_day", locale = lang), &people))
            @if levels.is_empty() {
                figure.chart { figcaption { (t!("hall.chart_rated", locale = lang, n = 0)) } p.hint { (t!("ratings.none", locale = lang)) } }
            } @else {
                (chart(&t!("hall.chart_rated", locale = lang, n = today.ratings.sum.forms), &rated))
            }
        }
    }
}

/// A grave rating that the hall has not looked at stands before everything else.
fn alarm(lang: &str, words: &Wording, today: &Today) -> Markup {
    html! {
        @if let Some(low) = today.ratings.low.iter().find(|l| l.alarm && !l.seen) {
            p.fault role="alert" {
                (t!("hall.alarm", locale = lang, counter = words.counter(&low.site, &low.counter, lang), at = moment(low.at_ms)))
            }
        }
    }
}
