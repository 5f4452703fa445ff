// SPDX-License-Identifier: MIT OR Apache-2.0
//! One hall's configuration: what it should have, what it has, and every
//! version that there was.

use super::super::Pages;
use super::super::session::{Signed, Who};
use super::super::words::{NONE, by, moment, note_of};
use super::{Standing, diff, reported_name, standing};
use crate::people::Right;
use crate::reports::{Scope, Wording};
use crate::steer::{self, HallState, Version};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_web::parts::csrf;

struct Found {
    name: String,
    state: HallState,
    desired: Option<Version>,
    standing: Standing,
    versions: Vec<Version>,
    /// What serves there.
    text: Option<String>,
}

async fn read(app: &Pages, site: &str) -> Result<Found, DbError> {
    let site = site.to_owned();
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &Scope::Sites(vec![site.clone()])).await?;
                let (state, desired, standing) = standing(tx, &site).await?;
                Ok(Found {
                    name: words.hall_name(&site),
                    versions: steer::versions(tx, &site).await?,
                    text: steer::newest(tx, &site).await?,
                    state,
                    desired,
                    standing,
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
    who.needs(Right::Configure)?;
    who.sees(&site)?;
    let lang = who.lang();
    let found = read(&app, &site).await.map_err(|e| who.broken(&e))?;
    if found.text.is_none() && found.name == site {
        return Err(who.missing());
    }
    let body = html! { main {
        p.path { a href="/config" { (t!("nav.config", locale = lang)) } " › " (found.name) }
        h1 { (found.name) " " (found.standing.chip(lang)) }
        (now(lang, &site, &found))
        h2 { (t!("config.history", locale = lang)) }
        @if found.versions.is_empty() { p.hint { (t!("config.no_history", locale = lang)) } }
        @for (i, v) in found.versions.iter().enumerate() {
            (version(&who, &site, &found, v, found.versions.get(i + 1)))
        }
    } };
    let title = format!("{} · {}", t!("nav.config", locale = lang), found.name);
    Ok(who.page("/config").show(&title, &body).into_response())
}

fn now(lang: &str, site: &str, found: &Found) -> Markup {
    let reported = found.state.reported.as_ref();
    let none = || NONE.to_owned();
    html! {
        section.card {
            p.lead { (found.standing.meaning(lang)) }
            @if let Some(detail) = reported.filter(|_| found.standing == Standing::Refused).and_then(|r| r.detail.as_ref()) {
                p.fault { (t!("config.because", locale = lang)) " " (detail) }
            }
            dl.facts {
                dt { (t!("config.desired", locale = lang)) }
                dd { (found.desired.as_ref().map_or_else(none, |v| format!("{} · {} · {}", v.version, by(lang, &v.made_by), note_of(lang, &v.note)))) }
                dt { (t!("config.reported", locale = lang)) }
                dd { (reported.map_or_else(none, |r| format!("{} · {}", reported_name(lang, r), moment(r.at_ms)))) }
            }
            @if let (Standing::Changed, Some(desired), Some(text)) = (found.standing, &found.desired, &found.text) {
                h2 { (t!("config.changed_there", locale = lang)) }
                (diff(lang, &desired.text, text))
            }
            @if found.text.is_some() {
                p.links { a.button href=(format!("/config/{site}/edit")) { (t!("config.edit", locale = lang)) } }
            }
        }
    }
}

fn version(who: &Who, site: &str, found: &Found, v: &Version, before: Option<&Version>) -> Markup {
    let lang = who.lang();
    let is_desired = found.state.desired == Some(v.version);
    html! {
        details.card.version {
            summary {
                b { "#" (v.version) } " " (moment(v.made_ms)) " · " (by(lang, &v.made_by)) " " span.hint { (note_of(lang, &v.note)) }
                @if is_desired { " " span.state.open { (t!("config.desired", locale = lang)) } }
            }
            @match before {
                Some(before) => (diff(lang, &before.text, &v.text)),
                None => pre.diff tabindex="0" { (v.text) },
            }
            @if !is_desired {
                form method="post" action=(format!("/config/{site}")) {
                    (csrf(&who.session.csrf))
                    input type="hidden" name="version" value=(v.version);
                    button type="submit" data-ask=(t!("config.ask_back", locale = lang, n = v.version)) { (t!("config.back", locale = lang)) }
                }
            }
        }
    }
}

/// Sends an older version down again.
pub async fn back(
    State(app): State<Pages>,
    Path(site): Path<String>,
    form: Signed,
) -> Result<Response, Response> {
    form.who.needs(Right::Configure)?;
    form.who.sees(&site)?;
    let Ok(number) = form.fields.get("version").parse::<u64>() else { return Err(form.who.missing()) };
    let (by, hall) = (form.who.id().to_owned(), site.clone());
    let done = app.db().write(move |tx| {
        Box::pin(async move {
            if steer::version(tx, &hall, number).await?.is_none() {
                return Ok(false);
            }
            steer::desire(tx, &hall, number, &by).await?;
            Ok(true)
        })
    });
    if !done.await.map_err(|e| form.who.broken(&e))? {
        return Err(form.who.missing());
    }
    app.wake().await;
    Ok(Redirect::to(&format!("/config/{site}")).into_response())
}
