// SPDX-License-Identifier: MIT OR Apache-2.0
//! The manager's figures of days, as table, chart and files.

use super::Pages;
use super::layout::{Html, word};
use super::session::{Manager, Who};
use crate::reports::{Figures, Group, Line, Period};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_web::download;
use motcua_web::parts::{self, chart};
use motcua_web::table::{Cell, Table};
use motcua_web::text::day;
use serde::Deserialize;
use serde_json::json;

/// What a figures page is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub by: String,
}

impl Asked {
    /// The days meant; today where nothing readable is given.
    pub fn period(&self, pages: &Pages) -> Period {
        let today = pages.api.hub.now().borrow().local_time.date();
        let from = self.from.parse().unwrap_or(today);
        let to = self.to.parse().unwrap_or(today);
        Period { from: from.min(to), to: to.max(from) }
    }
}

/// Reads on a thread that may block.
pub async fn read<T: Send + 'static>(
    pages: &Pages,
    what: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, Response> {
    let data = pages.data.clone();
    let done =
        tokio::task::spawn_blocking(move || crate::reports::open(&data).and_then(|db| what(&db))).await;
    let text = match done {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(e)) => e.to_string(),
        Err(e) => e.to_string(),
    };
    tracing::error!(text, "a report could not be read");
    Err((StatusCode::INTERNAL_SERVER_ERROR, text).into_response())
}

/// A key of a group in words.
pub fn name_of(pages: &Pages, who: &Who, group: &str, key: &str) -> String {
    let lang = who.lang();
    match group {
        "service" => who.hall.service(key).map_or(key.to_owned(), |s| s.name.get(lang).to_owned()),
        "counter" => match who.hall.counter(key) {
            Some(c) => format!("{key} · {}", c.name.get(lang)),
            None => key.to_owned(),
        },
        "officer" => match pages.staff.account(key) {
            Ok(Some(account)) => account.name,
            _ if key.is_empty() => "–".to_owned(),
            _ => key.to_owned(),
        },
        "day" => day(key),
        "hour" => format!("{key}:00"),
        _ => key.to_owned(),
    }
}

async fn figures(pages: &Pages, who: &Who, asked: &Asked) -> Result<(Figures, Period, Group), Response> {
    let (period, group) = (asked.period(pages), Group::read(&asked.by));
    let offset = who.hall.utc_offset_minutes;
    let found = read(pages, move |db| Figures::read(db, period, group, offset)).await?;
    Ok((found, period, group))
}

fn columns(lang: &str, group: &str) -> Vec<String> {
    let mut out = vec![word(lang, &format!("group.{group}"))];
    for name in
        ["given", "served", "absent", "unserved", "wait_mean", "wait_p90", "service_mean", "service_p90"]
    {
        out.push(word(lang, &format!("figures.{name}")));
    }
    out
}

fn cells(line: &Line, name: String, with_given: bool) -> Vec<Cell> {
    let count = |n: u32| if with_given { Cell::from(n) } else { Cell::Empty };
    vec![
        Cell::Text(name),
        count(line.given),
        line.served.into(),
        line.absent.into(),
        count(line.unserved),
        line.wait_mean.into(),
        line.wait_p90.into(),
        line.service_mean.into(),
        line.service_p90.into(),
    ]
}

fn table(pages: &Pages, who: &Who, (found, period, group): &(Figures, Period, Group)) -> Table {
    let lang = who.lang();
    // Which counter or officer a number will meet is not known when it is given.
    let with_given = !matches!(group, Group::Counter | Group::Officer);
    let mut rows: Vec<Vec<Cell>> =
        found.lines.iter().map(|l| cells(l, name_of(pages, who, group.word(), &l.key), with_given)).collect();
    rows.push(cells(&found.sum, t!("figures.sum", locale = lang).into_owned(), true));
    Table { title: title(who, *period, "figures.title"), columns: columns(lang, group.word()), rows }
}

/// Hall, what, and which days.
pub fn title(who: &Who, period: Period, key: &str) -> String {
    let (from, to) = (day(&period.from.to_string()), day(&period.to.to_string()));
    let days = if from == to { from } else { format!("{from} – {to}") };
    format!("{} · {} · {days}", who.hall.lines.join(" "), t!(key, locale = who.lang()))
}

/// The choice of days and grouping, and the files.
pub fn chooser(who: &Who, period: Period, path: &str, groups: &[&str], group: &str) -> Markup {
    let lang = who.lang();
    let query = format!("from={}&to={}&by={group}", period.from, period.to);
    html! {
        form.row.chooser method="get" action=(path) {
            label { span { (t!("figures.from", locale = lang)) } input type="date" name="from" value=(period.from) required; }
            label { span { (t!("figures.to", locale = lang)) } input type="date" name="to" value=(period.to) required; }
            label { span { (t!("figures.by", locale = lang)) }
                select name="by" {
                    @for g in groups { option value=(g) selected[*g == group] { (word(lang, &format!("group.{g}"))) } }
                }
            }
            button.strong type="submit" { (t!("figures.show", locale = lang)) }
            span.files {
                a.button href=(format!("{path}.csv?{query}")) { "CSV" }
                a.button href=(format!("{path}.xlsx?{query}")) { "XLSX" }
            }
        }
    }
}

pub async fn page(
    State(pages): State<Pages>,
    Manager(who): Manager,
    Query(asked): Query<Asked>,
) -> Result<Html, Response> {
    let lang = who.lang();
    let found = figures(&pages, &who, &asked).await?;
    let (figures, period, group) = &found;
    let names: Vec<String> =
        figures.lines.iter().map(|l| name_of(&pages, &who, group.word(), &l.key)).collect();
    let minutes = |pick: fn(&Line) -> Option<f64>| figures.lines.iter().map(pick).collect::<Vec<_>>();
    // Names are longer than days and hours.
    let across = matches!(group.word(), "service" | "counter" | "officer");
    let numbers = json!({ "labels": names, "across": across, "whole": true, "unit": t!("figures.people", locale = lang), "stacked": true, "sets": [
        { "name": t!("figures.served", locale = lang), "values": figures.lines.iter().map(|l| l.served).collect::<Vec<_>>() },
        { "name": t!("figures.absent", locale = lang), "values": figures.lines.iter().map(|l| l.absent).collect::<Vec<_>>() },
    ]});
    let waits = json!({ "labels": names, "across": across, "unit": t!("figures.minutes", locale = lang), "sets": [
        { "name": t!("figures.wait_mean", locale = lang), "values": minutes(|l| l.wait_mean) },
        { "name": t!("figures.service_mean", locale = lang), "values": minutes(|l| l.service_mean) },
    ]});
    let groups: Vec<&str> = Group::WORDS.iter().map(|(w, _)| *w).collect();
    let body = html! {
        main {
            h1 { (t!("nav.figures", locale = lang)) }
            (chooser(&who, *period, "/console/figures", &groups, group.word()))
            @if figures.sum.given == 0 && figures.sum.served == 0 {
                div.card { p.lead { (t!("figures.none", locale = lang)) } }
            } @else {
                div.two.charts {
                    (chart(&t!("figures.chart_people", locale = lang), &numbers))
                    (chart(&t!("figures.chart_minutes", locale = lang), &waits))
                }
                section.card { (parts::table(lang, &table(&pages, &who, &found), true)) }
            }
        }
        script src="/console/assets/chart.js" defer {}
        script src="/console/assets/charts.js" defer {}
    };
    Ok(who.page("/console/figures").show(&t!("nav.figures", locale = lang), &body))
}

/// A table as the file that the address asks for.
pub fn export(table: &Table, stem: &str, period: Period, xlsx: bool) -> Response {
    let stem = format!("{stem}-{}-{}", period.from, period.to);
    if xlsx { download::xlsx(&[("motcua", table)], &stem) } else { download::csv(table, &stem) }
}

async fn exported(pages: &Pages, who: &Who, asked: &Asked, xlsx: bool) -> Result<Response, Response> {
    let found = figures(pages, who, asked).await?;
    Ok(export(&table(pages, who, &found), "motcua-figures", found.1, xlsx))
}

pub async fn csv(
    State(pages): State<Pages>,
    Manager(who): Manager,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    exported(&pages, &who, &asked, false).await
}

pub async fn xlsx(
    State(pages): State<Pages>,
    Manager(who): Manager,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    exported(&pages, &who, &asked, true).await
}
