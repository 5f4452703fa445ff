// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waits, services and outcomes over a period.

use super::Pages;
use super::layout::{chart_scripts, minutes, nothing, percent};
use super::period::{Asked, chooser};
use super::session::Who;
use super::tables::{Report, stem};
use crate::people::Right;
use crate::reports::{Group, Line};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_web::download;
use motcua_web::parts::{self, chart, number};
use serde_json::json;

const GROUPS: [Group; 6] =
    [Group::Hall, Group::Service, Group::Counter, Group::Officer, Group::Day, Group::Hour];
/// More names than this make a chart that nobody reads; the table has them all.
const CHARTED: usize = 30;

/// The page.
pub async fn page(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let lang = who.lang();
    let report = Report::read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    let sum = &report.figures.sum;
    let body = html! {
        main {
            h1 { (t!("nav.figures", locale = lang)) }
            (chooser(&who, &asked, &report.all, "/figures", &GROUPS))
            @if sum.given == 0 && sum.served == 0 { (nothing(&t!("figures.none", locale = lang))) }
            @else {
                div.numbers {
                    (number(&t!("figures.given", locale = lang), &sum.given.to_string()))
                    (number(&t!("figures.served", locale = lang), &sum.served.to_string()))
                    (number(&t!("figures.wait_mean", locale = lang), &minutes(lang, sum.waits.mean())))
                    (number(&t!("figures.wait_p90", locale = lang), &minutes(lang, sum.waits.percentile(90))))
                    (number(&t!("figures.service_mean", locale = lang), &minutes(lang, sum.services.mean())))
                    (number(&t!("figures.absent_share", locale = lang), &percent(lang, sum.absent_rate())))
                }
                (charts(lang, &report))
                section.card {
                    (parts::table(lang, &report.figures_table(lang), true))
                    p.hint { (t!("figures.hint", locale = lang)) }
                }
            }
            @if !report.apologies.is_empty() {
                section.card {
                    h2 { (t!("apologies.title", locale = lang)) }
                    (parts::table(lang, &report.apologies_table(lang), true))
                    p.links { a.button href=(format!("/apologies.csv?{}", asked.query())) { "CSV" } }
                    p.hint { (t!("apologies.hint", locale = lang)) }
                }
            }
        }
        (chart_scripts())
    };
    Ok(who.page("/figures").show(&t!("nav.figures", locale = lang), &body).into_response())
}

fn charts(lang: &str, report: &Report) -> Markup {
    // Names are longer than days and hours.
    let across = !matches!(report.group, Group::Day | Group::Hour);
    let mut lines: Vec<&Line> = report.figures.lines.iter().collect();
    if across {
        lines.sort_by_key(|l| std::cmp::Reverse(l.served));
        lines.truncate(CHARTED);
    }
    let labels: Vec<String> = lines.iter().map(|l| report.name(lang, &l.key)).collect();
    let values = |pick: fn(&Line) -> Option<f64>| lines.iter().map(|l| pick(l)).collect::<Vec<_>>();
    let people = json!({ "labels": labels, "across": across, "whole": true, "stacked": true, "unit": t!("unit.people", locale = lang), "sets": [
        { "name": t!("figures.served", locale = lang), "values": lines.iter().map(|l| l.served).collect::<Vec<_>>() },
        { "name": t!("figures.absent", locale = lang), "values": lines.iter().map(|l| l.absent).collect::<Vec<_>>() },
    ]});
    let times = json!({ "labels": labels, "across": across, "unit": t!("unit.minutes_long", locale = lang), "sets": [
        { "name": t!("figures.wait_mean", locale = lang), "values": values(|l| l.waits.mean()) },
        { "name": t!("figures.service_mean", locale = lang), "values": values(|l| l.services.mean()) },
    ]});
    html! {
        div.two.charts {
            (chart(&t!("figures.chart_people", locale = lang), &people))
            (chart(&t!("figures.chart_minutes", locale = lang), &times))
        }
    }
}

/// The table as a file.
pub async fn csv(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let report = Report::read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    Ok(download::csv(&report.figures_table(who.lang()), &stem("motcua-figures", report.period)))
}

/// Papers for late dossiers as a file.
pub async fn apologies_csv(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let report = Report::read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    Ok(download::csv(&report.apologies_table(who.lang()), &stem("motcua-apologies", report.period)))
}
