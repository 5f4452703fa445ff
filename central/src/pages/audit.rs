// SPDX-License-Identifier: MIT OR Apache-2.0
//! The audit log: who did what, filtered, and as a file.

use super::Pages;
use super::layout::nothing;
use super::period::days;
use super::session::Who;
use super::words::{by, moment, note_of, word_or};
use crate::audit::now_ms;
use crate::people::Right;
use crate::reports::{OFFSET_MS, Period, Wording, day_of};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::db::{DbError, Row, Value};
use motcua_web::download;
use motcua_web::table::{Cell, Table};
use serde::Deserialize;

/// Lines of a page; the file has [`IN_FILE`].
const LISTED: i64 = 300;
/// Lines of a file: a year of a province.
const IN_FILE: i64 = 200_000;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    action: String,
}

impl Asked {
    fn period(&self) -> Period {
        let now = now_ms();
        let from = self.from.parse().unwrap_or(day_of(now - 29 * 86_400_000));
        let to = self.to.parse().unwrap_or(day_of(now));
        Period { from: from.min(to), to: to.max(from) }
    }
}

struct Line {
    at_ms: i64,
    who: String,
    site: String,
    action: String,
    subject: String,
    detail: String,
}

fn line(r: &Row) -> Result<Line, DbError> {
    Ok(Line {
        at_ms: r.int(0)?,
        who: r.text(1)?,
        site: r.text(2)?,
        action: r.text(3)?,
        subject: r.text(4)?,
        detail: r.text(5)?,
    })
}

/// Midnight of a day in Viet Nam, milliseconds UTC.
fn midnight(day: jiff::civil::Date) -> i64 {
    let utc = day.to_zoned_datetime(jiff::tz::TimeZone::UTC).map(|z| z.timestamp().as_millisecond());
    utc.unwrap_or(0) - OFFSET_MS
}

struct Found {
    lines: Vec<Line>,
    actions: Vec<String>,
    words: Wording,
}

async fn read(app: &Pages, who: &Who, asked: &Asked, limit: i64) -> Result<Found, DbError> {
    let (period, by, action, scope) =
        (asked.period(), asked.who.trim().to_lowercase(), asked.action.clone(), who.scope());
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let (from, to) = (midnight(period.from), midnight(period.to) + 86_400_000);
                let (condition, values) = scope.condition("a.site", 6);
                let places: [Value; 6] = [
                    from.into(),
                    to.into(),
                    by.as_str().into(),
                    by.as_str().into(),
                    action.as_str().into(),
                    action.as_str().into(),
                ];
                let mut values = [places.to_vec(), values].concat();
                values.push(Value::Int(limit));
                let sql = format!(
                    "SELECT a.at_ms, a.who, a.site, a.action, a.subject, a.detail FROM audit a
                     WHERE a.at_ms >= $1 AND a.at_ms < $2 AND (CAST($3 AS TEXT) = '' OR a.who = $4)
                        AND (CAST($5 AS TEXT) = '' OR a.action = $6){condition} ORDER BY a.at_ms DESC, a.id DESC LIMIT ${}",
                    values.len()
                );
                let lines = tx.rows(&sql, &values).await?.iter().map(line).collect::<Result<_, _>>()?;
                let rows = {
                    let sql = "SELECT DISTINCT action FROM audit WHERE at_ms >= $1 AND at_ms < $2 ORDER BY 1";
                    tx.rows(sql, &[from.into(), to.into()]).await?
                };
                let actions = rows.iter().map(|r| r.text(0)).collect::<Result<_, _>>()?;
                Ok(Found { lines, actions, words: Wording::read(tx, &scope).await? })
            })
        })
        .await
}

/// The page.
pub async fn page(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Audit)?;
    let lang = who.lang();
    let found = read(&app, &who, &asked, LISTED).await.map_err(|e| who.broken(&e))?;
    let body = html! { main {
        h1 { (t!("nav.audit", locale = lang)) }
        (filter(lang, &asked, &found.actions))
        @if found.lines.is_empty() { (nothing(&t!("audit.none", locale = lang))) }
        @else {
            section.card {
                div.scroll { (table(lang, &found)) }
                @if i64::try_from(found.lines.len()).unwrap_or(0) == LISTED { p.hint { (t!("audit.more", locale = lang, n = LISTED)) } }
            }
        }
    } };
    Ok(who.page("/audit").show(&t!("nav.audit", locale = lang), &body).into_response())
}

fn filter(lang: &str, asked: &Asked, actions: &[String]) -> Markup {
    let period = asked.period();
    let query = [
        ("from", period.from.to_string()),
        ("to", period.to.to_string()),
        ("who", asked.who.clone()),
        ("action", asked.action.clone()),
    ];
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    html! {
        form.row.chooser method="get" action="/audit" {
            label { span { (t!("period.from", locale = lang)) } input type="date" name="from" value=(period.from) required; }
            label { span { (t!("period.to", locale = lang)) } input type="date" name="to" value=(period.to) required; }
            label { span { (t!("audit.who", locale = lang)) } input name="who" value=(asked.who) size="12"; }
            label { span { (t!("audit.action", locale = lang)) }
                select name="action" {
                    option value="" selected[asked.action.is_empty()] { (t!("audit.all", locale = lang)) }
                    @for a in actions { option value=(a) selected[*a == asked.action] { (word_or(lang, "action", a)) } }
                }
            }
            button.strong type="submit" { (t!("period.show", locale = lang)) }
            span.files { a.button href=(format!("/audit.csv?{query}")) { "CSV" } }
        }
    }
}

fn place(found: &Found, site: &str) -> String {
    if site.is_empty() { String::new() } else { found.words.hall_name(site) }
}

fn table(lang: &str, found: &Found) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { (t!("audit.at", locale = lang)) } th scope="col" { (t!("audit.who", locale = lang)) }
                th scope="col" { (t!("audit.action", locale = lang)) } th scope="col" { (t!("audit.subject", locale = lang)) }
                th scope="col" { (t!("group.hall", locale = lang)) } th scope="col" { (t!("audit.detail", locale = lang)) }
            } }
            tbody { @for l in &found.lines { tr {
                td.when { (moment(l.at_ms)) } td { (by(lang, &l.who)) } td { (word_or(lang, "action", &l.action)) }
                td { (l.subject) } td { (place(found, &l.site)) } td { (detail(lang, l)) }
            } } }
        }
    }
}

/// What a command came to, which alarm and which role are words; anything else stands as it was said.
fn detail(lang: &str, line: &Line) -> String {
    match line.action.as_str() {
        "command-done" | "command-refused" => word_or(lang, "command_end", &line.detail),
        "config-proposed" => note_of(lang, &line.detail),
        "alarm-seen" => word_or(lang, "alarm", &line.detail),
        "ticket-made" | "device-enrolled" => word_or(lang, "role_of_device", &line.detail),
        _ => line.detail.clone(),
    }
}

/// The lines as a file.
pub async fn csv(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Audit)?;
    let lang = who.lang();
    let found = read(&app, &who, &asked, IN_FILE).await.map_err(|e| who.broken(&e))?;
    let columns = ["audit.at", "audit.who", "audit.action", "audit.subject", "group.hall", "audit.detail"];
    let rows = found.lines.iter().map(|l| {
        // As it is kept: a program reads the file.
        let at = jiff::Timestamp::from_millisecond(l.at_ms).unwrap_or_default().to_string();
        [&at, &l.who, &l.action, &l.subject, &l.site, &l.detail].map(|t| Cell::Text(t.clone())).to_vec()
    });
    let table = Table {
        title: format!("{} · {}", t!("nav.audit", locale = lang), days(asked.period())),
        columns: columns.map(|k| super::words::word(lang, k)).to_vec(),
        rows: rows.collect(),
    };
    Ok(download::csv(&table, &super::tables::stem("motcua-audit", asked.period())))
}
