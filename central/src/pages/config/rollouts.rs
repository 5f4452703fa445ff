// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rollouts: one change for many halls, wave by wave, how far each is, and the
//! way back.

use super::super::Pages;
use super::super::layout::nothing;
use super::super::session::{Signed, Who};
use super::super::words::{by, moment, word};
use super::faults;
use crate::people::Right;
use crate::reports::{Scope, Wording};
use crate::steer::{self, Reported, Rollout, RolloutState};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_web::form::Fields;
use motcua_web::parts::csrf;
use std::collections::{BTreeMap, BTreeSet};

/// What was typed, so that a refused form loses nothing.
#[derive(Default)]
struct Typed {
    change: String,
    sites: Vec<String>,
    waves: String,
    note: String,
}

impl Typed {
    fn of(f: &Fields) -> Typed {
        Typed {
            change: f.get("change").replace("\r\n", "\n"),
            sites: f.each("site").into_iter().map(str::to_owned).collect(),
            waves: f.get("waves").to_owned(),
            note: f.get("note").to_owned(),
        }
    }
}

struct Found {
    words: Wording,
    rollouts: Vec<Rollout>,
    said: BTreeMap<String, Reported>,
}

async fn read(app: &Pages, scope: Scope) -> Result<Found, DbError> {
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &scope).await?;
                let rollouts: Vec<Rollout> =
                    steer::rollouts(tx).await?.into_iter().filter(|r| is_within(r, &scope)).collect();
                let sites: BTreeSet<String> = rollouts.iter().flat_map(sites_of).collect();
                let mut said = BTreeMap::new();
                for site in sites {
                    if let Some(reported) = steer::reported(tx, &site).await? {
                        said.insert(site, reported);
                    }
                }
                Ok(Found { words, rollouts, said })
            })
        })
        .await
}

fn sites_of(rollout: &Rollout) -> Vec<String> {
    rollout.waves.iter().flatten().map(|stop| stop.site.clone()).collect()
}

/// Every hall of a rollout is one of these.
fn is_within(rollout: &Rollout, scope: &Scope) -> bool {
    rollout.waves.iter().flatten().all(|stop| scope.has(&stop.site))
}

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Rollouts)?;
    draw(&app, &who, &Typed::default(), &[]).await.map_err(|e| who.broken(&e))
}

async fn draw(app: &Pages, who: &Who, typed: &Typed, list: &[String]) -> Result<Response, DbError> {
    let lang = who.lang();
    let found = read(app, who.scope()).await?;
    let title = t!("nav.rollouts", locale = lang);
    let body = html! { main {
        p.path { a href="/config" { (t!("nav.config", locale = lang)) } " › " (title) }
        h1 { (title) }
        (faults(list))
        @if found.rollouts.is_empty() { (nothing(&t!("rollout.none", locale = lang))) }
        @for rollout in &found.rollouts { (card(who, &found, rollout)) }
        (form(who, &found.words, typed))
    } };
    let status = if list.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, who.page("/config").show(&title, &body)).into_response())
}

fn form(who: &Who, words: &Wording, typed: &Typed) -> Markup {
    let lang = who.lang();
    let waves = if typed.waves.is_empty() { "1" } else { &typed.waves };
    html! {
        form.card.text method="post" action="/rollouts" {
            h2 { (t!("rollout.new", locale = lang)) }
            p.hint { (t!("rollout.hint", locale = lang)) }
            (csrf(&who.session.csrf))
            input type="hidden" name="do" value="start";
            label { span { (t!("rollout.change", locale = lang)) }
                textarea.toml name="change" rows="6" spellcheck="false" autocapitalize="off" wrap="off" placeholder="[kiosk]\nidle_seconds = 90" required { "\n" (typed.change) }
            }
            fieldset {
                legend { (t!("rollout.sites", locale = lang)) }
                @for (site, hall) in words.halls() {
                    label.check { input type="checkbox" name="site" value=(site) checked[typed.sites.iter().any(|s| s == site)]; span { (hall.name) } }
                }
            }
            div.row {
                label { span { (t!("rollout.waves", locale = lang)) } input name="waves" value=(waves) pattern="[0-9]+( *, *[0-9]+)*" autocomplete="off" required; }
                label.wide { span { (t!("config.note", locale = lang)) } input name="note" value=(typed.note) maxlength="200" autocomplete="off" required; }
                button.strong type="submit" data-ask=(t!("rollout.ask_start", locale = lang)) { (t!("rollout.start", locale = lang)) }
            }
        }
    }
}

fn card(who: &Who, found: &Found, r: &Rollout) -> Markup {
    let lang = who.lang();
    let halls: usize = r.waves.iter().map(Vec::len).sum();
    let class = match r.state {
        RolloutState::Running => "paused",
        RolloutState::Halted => "gone",
        RolloutState::Done => "open",
        RolloutState::RolledBack => "closed",
    };
    let state = word(lang, &format!("rollout_state.{}", r.state.word().replace('-', "_")));
    html! {
        section.card.rollout {
            h2 { (r.note) " " span class=(format!("state {class}")) { (state) } }
            p.hint { (t!("rollout.facts", locale = lang, at = moment(r.started_ms), who = by(lang, &r.started_by), wave = r.wave, waves = r.waves.len(), halls = halls)) }
            @if let Some(detail) = r.detail.as_ref().filter(|_| r.state == RolloutState::Halted) {
                p.fault { (t!("rollout.halted", locale = lang)) " " (of_hall(&found.words, detail)) }
            }
            @for (n, wave) in r.waves.iter().enumerate() {
                p.wave { b { (t!("rollout.wave", locale = lang, n = n + 1)) } }
                div.scroll { table { tbody { @for stop in wave { tr {
                    td { a href=(format!("/config/{}", stop.site)) { (found.words.hall_name(&stop.site)) } }
                    td.n { "#" (stop.before) " → #" (stop.version) }
                    td.n { (stop_state(lang, r, n, found.said.get(&stop.site), stop.version)) }
                } } } } }
            }
            @if r.state != RolloutState::RolledBack {
                form method="post" action="/rollouts" {
                    (csrf(&who.session.csrf))
                    input type="hidden" name="do" value="back";
                    input type="hidden" name="id" value=(r.id);
                    button.danger type="submit" data-ask=(t!("rollout.ask_back", locale = lang)) { (t!("rollout.back", locale = lang)) }
                }
            }
        }
    }
}

/// What a hall said, under the hall's name in place of its key.
fn of_hall(words: &Wording, detail: &str) -> String {
    match detail.split_once(": ") {
        Some((site, said)) if words.hall(site).is_some() => format!("{}: {said}", words.hall_name(site)),
        _ => detail.to_owned(),
    }
}

/// How far one hall of a rollout is.
fn stop_state(lang: &str, r: &Rollout, wave: usize, said: Option<&Reported>, version: u64) -> Markup {
    let (class, key) = match said.filter(|s| s.version == version) {
        _ if wave >= r.wave => ("closed", "standing.waits"),
        Some(s) if s.applied => ("open", "standing.in_force"),
        Some(_) => ("gone", "standing.refused"),
        // It went on to a later version, by hand or on the way back.
        None if r.state != RolloutState::Running => ("closed", "standing.other"),
        None => ("paused", "standing.on_its_way"),
    };
    html! { span class=(format!("state {class}")) { (word(lang, key)) } }
}

/// Starts a rollout, or takes one back.
pub async fn act(State(app): State<Pages>, form: Signed) -> Result<Response, Response> {
    form.who.needs(Right::Rollouts)?;
    let who = &form.who;
    match form.fields.get("do") {
        "back" => {
            if !back(&app, who, form.fields.get("id")).await.map_err(|e| who.broken(&e))? {
                return Err(who.missing());
            }
        }
        "start" => {
            let typed = Typed::of(&form.fields);
            let list = start(&app, who, &typed).await.map_err(|e| who.broken(&e))?;
            if !list.is_empty() {
                return draw(&app, who, &typed, &list).await.map_err(|e| who.broken(&e));
            }
        }
        _ => return Err(who.missing()),
    }
    app.wake().await;
    Ok(Redirect::to("/rollouts").into_response())
}

async fn start(app: &Pages, who: &Who, typed: &Typed) -> Result<Vec<String>, DbError> {
    let said = |key: &str| vec![word(who.lang(), key)];
    let scope = who.scope();
    if typed.sites.is_empty() || !typed.sites.iter().all(|s| scope.has(s)) {
        return Ok(said("rollout.no_site"));
    }
    if typed.note.is_empty() {
        return Ok(said("config.no_note"));
    }
    let sizes: Result<Vec<usize>, _> = typed.waves.split(',').map(|n| n.trim().parse::<usize>()).collect();
    let Some(sizes) = sizes.ok().filter(|s| s.iter().all(|n| *n > 0)) else {
        return Ok(said("rollout.bad_waves"));
    };
    if typed.change.is_empty() {
        return Ok(said("rollout.no_change"));
    }
    let (sites, change, by) = (typed.sites.clone(), typed.change.clone(), who.id().to_owned());
    let note: String = typed.note.chars().take(200).collect();
    let done = app.db().write(move |tx| {
        Box::pin(async move { steer::start(tx, &sites, &change, &sizes, &by, &note).await })
    });
    let Err(faults) = done.await? else { return Ok(Vec::new()) };
    let scope = who.scope();
    let words = app.db().read(move |tx| Box::pin(async move { Wording::read(tx, &scope).await })).await?;
    Ok(faults.iter().map(|f| of_hall(&words, f.said(who.lang()))).collect())
}

async fn back(app: &Pages, who: &Who, id: &str) -> Result<bool, DbError> {
    let (id, by, scope) = (id.to_owned(), who.id().to_owned(), who.scope());
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                let found = steer::rollouts(tx).await?.into_iter().find(|r| r.id == id);
                let open = |r: &Rollout| r.state != RolloutState::RolledBack && is_within(r, &scope);
                if !found.as_ref().is_some_and(open) {
                    return Ok(false);
                }
                steer::back(tx, &id, &by).await?;
                Ok(true)
            })
        })
        .await
}
