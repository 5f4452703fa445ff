// SPDX-License-Identifier: MIT OR Apache-2.0
//! The manager's ratings: rates by level, reasons, low ones, and the two
//! official reports with what they can and cannot tell.

use super::Pages;
use super::figures::{Asked, chooser, export, name_of, read, title};
use super::layout::{Html, decimal, word};
use super::session::{Manager, Who};
use crate::reports::{LevelCount, Low, Period, RatingGroup, RatingReport};
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use motcua_core::day::Now;
use motcua_core::score::Source;
use motcua_web::parts::{self, chart};
use motcua_web::table::{Cell, Table};
use motcua_web::text::day;
use serde_json::json;

async fn report(
    pages: &Pages,
    who: &Who,
    asked: &Asked,
) -> Result<(RatingReport, Period, RatingGroup), Response> {
    let (period, group, hall) = (asked.period(pages), RatingGroup::read(&asked.by), who.hall.clone());
    let found = read(pages, move |db| RatingReport::read(db, &hall, period, group)).await?;
    Ok((found, period, group))
}

/// Levels of the wording in force, then those that only old forms have.
fn levels(who: &Who, found: &RatingReport) -> Vec<(String, String)> {
    let lang = who.lang();
    let mut out: Vec<(String, String)> =
        who.hall.rating.levels.iter().map(|l| (l.code.clone(), l.name.get(lang).to_owned())).collect();
    for code in found.sum.levels.keys() {
        if !out.iter().any(|(c, _)| c == code) {
            out.push((code.clone(), code.clone()));
        }
    }
    out
}

fn table(pages: &Pages, who: &Who, (found, period, group): &(RatingReport, Period, RatingGroup)) -> Table {
    let lang = who.lang();
    let levels = levels(who, found);
    let mut columns = vec![
        word(lang, &format!("group.{}", group.word())),
        t!("ratings.forms", locale = lang).into_owned(),
        t!("ratings.rate", locale = lang).into_owned(),
    ];
    columns.extend(levels.iter().flat_map(|(_, name)| [name.clone(), format!("{name} (%)")]));
    let row = |c: &LevelCount, name: String| -> Vec<Cell> {
        let counts = levels
            .iter()
            .flat_map(|(code, _)| [c.levels.get(code).copied().unwrap_or(0).into(), c.share(code).into()]);
        [Cell::Text(name), c.forms.into(), c.rate().into()].into_iter().chain(counts).collect()
    };
    let mut rows: Vec<Vec<Cell>> =
        found.groups.iter().map(|g| row(g, name_of(pages, who, group.word(), &g.key))).collect();
    rows.push(row(&found.sum, t!("figures.sum", locale = lang).into_owned()));
    Table { title: title(who, *period, "ratings.title"), columns, rows }
}

fn reason<'h>(who: &'h Who, code: &'h str) -> &'h str {
    who.hall.rating.reasons.iter().find(|r| r.code == code).map_or(code, |r| r.name.get(who.lang()))
}

pub async fn page(
    State(pages): State<Pages>,
    Manager(who): Manager,
    Query(asked): Query<Asked>,
) -> Result<Html, Response> {
    let lang = who.lang();
    let found = report(&pages, &who, &asked).await?;
    let (report, period, group) = &found;
    let groups: Vec<&str> = RatingGroup::WORDS.iter().map(|(w, _)| *w).collect();
    let body = html! {
        main {
            h1 { (t!("nav.ratings", locale = lang)) }
            (chooser(&who, *period, "/console/ratings", &groups, group.word()))
            @if report.sum.forms == 0 {
                div.card { p.lead { (t!("ratings.none", locale = lang)) } }
            } @else {
                div.two.charts { (levels_chart(&who, report)) (reasons_chart(&who, report)) }
                section.card { (parts::table(lang, &table(&pages, &who, &found), true)) }
                @if !report.low.is_empty() { section.card #low { (low(&pages, &who, &report.low)) } }
            }
            section.card { (official(&who, report)) }
        }
        script src="/console/assets/chart.js" defer {}
        script src="/console/assets/charts.js" defer {}
    };
    Ok(who.page("/console/ratings").show(&t!("nav.ratings", locale = lang), &body))
}

fn levels_chart(who: &Who, report: &RatingReport) -> Markup {
    let lang = who.lang();
    let levels = levels(who, report);
    let spec = json!({ "labels": levels.iter().map(|(_, n)| n).collect::<Vec<_>>(), "unit": "%", "sets": [
        { "name": t!("ratings.share", locale = lang), "values": levels.iter().map(|(c, _)| report.sum.share(c)).collect::<Vec<_>>() },
    ]});
    chart(&t!("ratings.chart_levels", locale = lang, n = report.sum.forms), &spec)
}

fn reasons_chart(who: &Who, report: &RatingReport) -> Markup {
    let lang = who.lang();
    let spec = json!({ "labels": report.reasons.iter().map(|(c, _)| reason(who, c)).collect::<Vec<_>>(),
        "unit": t!("ratings.times", locale = lang), "across": true, "whole": true, "sets": [
        { "name": t!("ratings.reasons", locale = lang), "values": report.reasons.iter().map(|(_, n)| n).collect::<Vec<_>>() },
    ]});
    chart(&t!("ratings.chart_reasons", locale = lang), &spec)
}

fn low(pages: &Pages, who: &Who, low: &[Low]) -> Markup {
    let lang = who.lang();
    let time = |ms: i64| Now::new(ms, who.hall.utc_offset_minutes, true).local.strftime("%H:%M").to_string();
    html! {
        h2 { (t!("ratings.low", locale = lang)) }
        table {
            thead { tr {
                th { (t!("ratings.when", locale = lang)) } th { (t!("group.counter", locale = lang)) }
                th { (t!("group.service", locale = lang)) } th { (t!("group.officer", locale = lang)) }
                th { (t!("ratings.reasons", locale = lang)) }
            } }
            tbody {
                @for l in low {
                    tr.flagged[l.alarm] {
                        td { (day(&l.day)) " " (time(l.at_ms)) }
                        td { (l.counter) }
                        td { (name_of(pages, who, "service", &l.service)) }
                        td { (name_of(pages, who, "officer", &l.officer)) }
                        td {
                            (l.reasons.iter().map(|r| reason(who, r)).collect::<Vec<_>>().join("; "))
                            @if l.alarm { " " span.flag { (t!("ratings.flag", locale = lang)) } }
                            @if l.seen { " " span.hint { (t!("ratings.seen", locale = lang)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Why an index has no points, as a key of the catalogue.
fn unknown(who: &Who, number: u32) -> &'static str {
    match number {
        1 | 2 | 8 | 9 => "official.cannot",
        _ if who.hall.rating.questions.iter().any(|q| q.index == Some(number)) => "official.unanswered",
        _ => "official.ask",
    }
}

fn official(who: &Who, report: &RatingReport) -> Markup {
    let lang = who.lang();
    let show = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| decimal(lang, v, 1));
    let rate = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| format!("{} %", decimal(lang, v, 1)));
    let class =
        report.nine.class.map(|c| serde_json::to_value(c).ok()).and_then(|v| v?.as_str().map(str::to_owned));
    html! {
        h2 { (t!("official.nine", locale = lang)) }
        p.hint { (t!("official.nine_hint", locale = lang)) }
        table {
            thead { tr { th { (t!("official.index", locale = lang)) } th.n { (t!("official.points", locale = lang)) } th { (t!("official.source", locale = lang)) } } }
            tbody {
                @for (number, index) in (1..).zip(&report.nine.indices) {
                    tr {
                        td { (number) ". " (word(lang, &format!("official.i{number}"))) }
                        td.n { (show(index.map(|i| i.points))) }
                        td { @match index {
                            Some(i) if i.source == Source::Panels => (t!("official.forms", locale = lang, n = i.forms)),
                            Some(_) => (t!("official.given", locale = lang)),
                            None => span.hint { (word(lang, unknown(who, number))) },
                        } }
                    }
                }
                tr.sum {
                    td { (t!("official.total", locale = lang)) }
                    td.n { (show(report.nine.total)) }
                    td { @match &class {
                        Some(c) => b { (word(lang, &format!("official.{c}"))) },
                        None => span.hint { (t!("official.no_total", locale = lang)) },
                    } }
                }
                tr { td { (t!("official.official", locale = lang)) } td.n { (show(report.nine.official)) } td.hint { (t!("official.official_hint", locale = lang)) } }
            }
        }
        h2 { (t!("official.group", locale = lang)) }
        p.hint { (t!("official.group_hint", locale = lang)) }
        table { tbody {
            tr { td { (t!("official.petitions_on_time", locale = lang)) } td.n { (rate(report.group_766.petitions_on_time)) } }
            tr { td { (t!("official.petitions_satisfied", locale = lang)) } td.n { (rate(report.group_766.petitions_satisfied)) } }
            tr.sum { td { (t!("official.reception", locale = lang)) } td.n { (rate(report.group_766.reception_satisfied)) " · " (show(report.group_766.reception_points)) " / 6" } }
        } }
    }
}

async fn exported(pages: &Pages, who: &Who, asked: &Asked, xlsx: bool) -> Result<Response, Response> {
    let found = report(pages, who, asked).await?;
    Ok(export(&table(pages, who, &found), "motcua-ratings", found.1, xlsx))
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
