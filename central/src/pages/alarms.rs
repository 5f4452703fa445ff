// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alarms: what receivers and halls called one, and what is the matter with
//! devices now. A person marks the first as seen; the second pass by themselves.

use super::Pages;
use super::devices::warning;
use super::layout::nothing;
use super::session::{Signed, Who};
use super::words::{moment, word_or};
use crate::audit::{self, now_ms};
use crate::people::Right;
use crate::reports::{self, Device, Scope, Wording};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::{DbError, Row, Value};
use motcua_web::page::Html;
use motcua_web::parts::csrf;

/// Alarms listed at most.
const LISTED: i64 = 200;

struct Alarm {
    id: String,
    site: String,
    source: String,
    kind: String,
    detail: String,
    first_ms: i64,
    last_ms: i64,
    times: i64,
    seen_ms: Option<i64>,
    seen_by: Option<String>,
}

impl Alarm {
    fn read(row: &Row) -> Result<Alarm, DbError> {
        Ok(Alarm {
            id: row.text(0)?,
            site: row.text(1)?,
            source: row.text(2)?,
            kind: row.text(3)?,
            detail: row.text(4)?,
            first_ms: row.int(5)?,
            last_ms: row.int(6)?,
            times: row.int(7)?,
            seen_ms: row.int_or_none(8)?,
            seen_by: row.text_or_none(9)?,
        })
    }

    /// One that came again after it was seen is new.
    fn is_new(&self) -> bool {
        self.seen_ms.is_none_or(|ms| ms < self.last_ms)
    }
}

struct Found {
    words: Wording,
    alarms: Vec<Alarm>,
    devices: Vec<Device>,
}

async fn read(app: &Pages, scope: Scope) -> Result<Found, DbError> {
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &scope).await?;
                let devices = reports::devices(tx, &scope).await?;
                let (condition, mut values) = scope.condition("a.site", 0);
                values.push(Value::Int(LISTED));
                let sql = format!(
                    "SELECT a.id, a.site, a.source, a.kind, a.detail, a.first_ms, a.last_ms, a.times, a.seen_ms,
                            a.seen_by
                     FROM alarms a WHERE 1 = 1{condition}
                     ORDER BY CASE WHEN a.seen_ms IS NULL OR a.seen_ms < a.last_ms THEN 0 ELSE 1 END, a.last_ms DESC
                     LIMIT ${}",
                    values.len()
                );
                let alarms = tx.rows(&sql, &values).await?.iter().map(Alarm::read).collect::<Result<_, _>>()?;
                Ok(Found { words, alarms, devices })
            })
        })
        .await
}

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Devices)?;
    let part = part(&app, &who).await?;
    let title = t!("nav.alarms", locale = who.lang());
    let body = html! { main {
        h1 { (title) }
        div #live hx-get="/alarms/live" hx-trigger="every 10s" { (part) }
    } };
    Ok(who.page("/alarms").show(&title, &body).into_response())
}

/// The part that is drawn again.
pub async fn live(State(app): State<Pages>, who: Who) -> Result<Html, Response> {
    who.needs(Right::Devices)?;
    part(&app, &who).await.map(Html)
}

async fn part(app: &Pages, who: &Who) -> Result<Markup, Response> {
    let (lang, now) = (who.lang(), now_ms());
    let found = read(app, who.scope()).await.map_err(|e| who.broken(&e))?;
    let ill: Vec<&Device> = found.devices.iter().filter(|d| !d.warnings(now).is_empty()).collect();
    let (new, seen): (Vec<&Alarm>, Vec<&Alarm>) = found.alarms.iter().partition(|a| a.is_new());
    if ill.is_empty() && found.alarms.is_empty() {
        return Ok(nothing(&t!("alarms.none", locale = lang)));
    }
    Ok(html! {
        @if !new.is_empty() {
            section.card {
                h2 { (t!("alarms.new", locale = lang)) b { (new.len()) } }
                div.scroll { (table(who, &found.words, &new)) }
            }
        }
        @if !ill.is_empty() {
            section.card {
                h2 { (t!("alarms.devices", locale = lang)) b { (ill.len()) } }
                p.hint { (t!("alarms.devices_hint", locale = lang)) }
                div.scroll { (now_table(lang, &found.words, &ill, now)) }
            }
        }
        @if !seen.is_empty() {
            section.card.past {
                h2 { (t!("alarms.seen", locale = lang)) b { (seen.len()) } }
                div.scroll { (table(who, &found.words, &seen)) }
            }
        }
    })
}

fn now_table(lang: &str, words: &Wording, ill: &[&Device], now: i64) -> Markup {
    html! {
        table { tbody { @for d in ill { tr {
            td { a href=(format!("/devices/{}/{}", d.site, d.device)) { b { (d.device) } } " " span.hint { (words.hall_name(&d.site)) } }
            td { div.chips { @for w in d.warnings(now) {
                span class=(if w.is_grave() { "state gone" } else { "state paused" }) { (warning(lang, &w)) }
            } } }
        } } } }
    }
}

fn table(who: &Who, words: &Wording, alarms: &[&Alarm]) -> Markup {
    let lang = who.lang();
    html! {
        table {
            thead { tr {
                th scope="col" { (t!("alarms.what", locale = lang)) } th scope="col" { (t!("group.hall", locale = lang)) }
                th scope="col" { (t!("alarms.last", locale = lang)) } th.n scope="col" { (t!("ratings.times", locale = lang)) }
                th scope="col" { (t!("alarms.seen_by", locale = lang)) }
            } }
            tbody { @for a in alarms { tr {
                td { b { (word_or(lang, "alarm", &a.kind)) } br; span.hint { (a.detail) " · " (a.source) } }
                td { (words.hall_name(&a.site)) }
                td.when { (moment(a.last_ms)) @if a.times > 1 { br; span.hint { (t!("alarms.since", locale = lang, at = moment(a.first_ms))) } } }
                td.n { (a.times) }
                td {
                    @if !a.is_new() { (a.seen_by.as_deref().unwrap_or_default()) " " span.hint { (a.seen_ms.map(moment).unwrap_or_default()) } }
                    @else if who.may(Right::Tend) {
                        form method="post" action="/alarms/seen" {
                            (csrf(&who.session.csrf))
                            input type="hidden" name="id" value=(a.id);
                            button.small type="submit" { (t!("alarms.mark", locale = lang)) }
                        }
                    }
                }
            } } }
        }
    }
}

/// Marks an alarm as seen.
pub async fn seen(State(app): State<Pages>, form: Signed) -> Result<Response, Response> {
    form.who.needs(Right::Tend)?;
    let (id, by, scope) = (form.fields.get("id").to_owned(), form.who.id().to_owned(), form.who.scope());
    let done = app.db().write(move |tx| {
        Box::pin(async move {
            let found =
                tx.one("SELECT site, source, kind FROM alarms WHERE id = $1", &[id.as_str().into()]).await?;
            let Some(row) = found else { return Ok(false) };
            let (site, source, kind) = (row.text(0)?, row.text(1)?, row.text(2)?);
            if !scope.has(&site) {
                return Ok(false);
            }
            let sql = "UPDATE alarms SET seen_ms = $1, seen_by = $2 WHERE id = $3";
            tx.execute(sql, &[now_ms().into(), by.as_str().into(), id.into()]).await?;
            audit::note(tx, &by, &site, "alarm-seen", &source, &kind).await?;
            Ok(true)
        })
    });
    match done.await.map_err(|e| form.who.broken(&e))? {
        true => Ok(Redirect::to("/alarms").into_response()),
        false => Err(form.who.missing()),
    }
}
