// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ratings over a period: rates by level, reasons, answers, low ones, and the
//! two official reports with what they can and cannot tell.

use super::Pages;
use super::layout::{chart_scripts, nothing, percent};
use super::period::{Asked, chooser};
use super::session::Who;
use super::tables::{Report, class_name, index_source, stem};
use super::words::{NONE, moment, word};
use crate::people::Right;
use crate::reports::Group;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_web::download;
use motcua_web::parts::{self, chart};
use motcua_web::text::decimal;
use serde_json::json;

const GROUPS: [Group; 6] =
    [Group::Hall, Group::Service, Group::Counter, Group::Officer, Group::Day, Group::Hour];

/// Low ratings on the page; the book has more of them.
const LISTED: usize = 25;

/// The page.
pub async fn page(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let lang = who.lang();
    let report = Report::read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    let body = html! {
        main {
            h1 { (t!("nav.ratings", locale = lang)) }
            (chooser(&who, &asked, &report.all, "/ratings", &GROUPS))
            @if report.ratings.sum.forms == 0 { (nothing(&t!("ratings.none", locale = lang))) }
            @else {
                div.two.charts { (levels_chart(lang, &report)) (reasons_chart(lang, &report)) }
                section.card { (parts::table(lang, &report.ratings_table(lang), true)) }
                @if !report.ratings.answers.is_empty() {
                    section.card {
                        h2 { (t!("ratings.answers", locale = lang)) }
                        (answers(lang, &report))
                    }
                }
                @if !report.ratings.low.is_empty() { section.card #low { (low(lang, &report)) } }
            }
            section.card { (official(lang, &report)) }
        }
        (chart_scripts())
    };
    Ok(who.page("/ratings").show(&t!("nav.ratings", locale = lang), &body).into_response())
}

fn levels_chart(lang: &str, report: &Report) -> Markup {
    let (levels, sum) = (&report.ratings.levels, &report.ratings.sum);
    let spec = json!({ "labels": levels.iter().map(|c| report.words.level(c, lang)).collect::<Vec<_>>(), "unit": "%", "sets": [
        { "name": t!("ratings.share", locale = lang), "values": levels.iter().map(|c| sum.share(c)).collect::<Vec<_>>() },
    ]});
    chart(&t!("ratings.chart_levels", locale = lang, n = sum.forms), &spec)
}

fn reasons_chart(lang: &str, report: &Report) -> Markup {
    let label = t!("ratings.chart_reasons", locale = lang);
    let reasons = &report.ratings.reasons;
    if reasons.is_empty() {
        return html! { figure.chart { figcaption { (label) } p.hint { (t!("ratings.no_reasons", locale = lang)) } } };
    }
    let spec = json!({ "labels": reasons.iter().map(|(c, _)| report.words.reason(c, lang)).collect::<Vec<_>>(),
        "unit": t!("ratings.times", locale = lang), "across": true, "whole": true, "sets": [
        { "name": t!("ratings.reasons", locale = lang), "values": reasons.iter().map(|(_, n)| n).collect::<Vec<_>>() },
    ]});
    chart(&label, &spec)
}

/// The same question is written once above its answers.
fn answers(lang: &str, report: &Report) -> Markup {
    let answers = &report.ratings.answers;
    let before = std::iter::once(None).chain(answers.iter().map(Some));
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (t!("ratings.question", locale = lang)) } th scope="col" { (t!("ratings.answer", locale = lang)) }
                th.n scope="col" { (t!("ratings.times", locale = lang)) }
            } }
            tbody { @for (a, before) in answers.iter().zip(before) {
                @let (question, answer) = report.words.answer(&a.question, &a.answer, lang);
                @let first = before.is_none_or(|b| b.question != a.question);
                tr { td { @if first { (question) } } td { (answer) } td.n { (a.times) } }
            } }
        } }
    }
}

fn low(lang: &str, report: &Report) -> Markup {
    let (words, several) = (&report.words, report.words.halls().nth(1).is_some());
    html! {
        h2 { (t!("ratings.low", locale = lang)) b { (report.ratings.low.len()) } }
        div.scroll { table {
            thead { tr {
                th scope="col" { (t!("ratings.when", locale = lang)) }
                @if several { th scope="col" { (t!("group.hall", locale = lang)) } }
                th scope="col" { (t!("group.counter", locale = lang)) } th scope="col" { (t!("group.service", locale = lang)) }
                th scope="col" { (t!("group.officer", locale = lang)) } th scope="col" { (t!("ratings.reasons", locale = lang)) }
            } }
            tbody { @for l in report.ratings.low.iter().take(LISTED) { tr.flagged[l.alarm] {
                td.when { (moment(l.at_ms)) }
                @if several { td { (words.hall_name(&l.site)) } }
                td { (words.counter(&l.site, &l.counter, lang)) }
                td { (words.service(&l.service, lang)) }
                td { (if l.officer.is_empty() { NONE } else { &l.officer }) }
                td {
                    (l.reasons.iter().map(|r| words.reason(r, lang)).collect::<Vec<_>>().join("; "))
                    @if l.alarm { " " span.flag { (t!("ratings.flag", locale = lang)) } }
                    @if l.seen { " " span.hint { (t!("ratings.seen", locale = lang)) } }
                }
            } } }
        } }
        @if report.ratings.low.len() > LISTED { p.hint { (t!("ratings.more", locale = lang, n = LISTED)) } }
    }
}

fn official(lang: &str, report: &Report) -> Markup {
    let (nine, group) = (&report.ratings.nine, &report.ratings.group_766);
    let show = |v: Option<f64>| v.map_or_else(|| NONE.to_owned(), |v| decimal(lang, v, 1));
    html! {
        h2 { (t!("official.nine", locale = lang)) }
        p.hint { (t!("official.nine_hint", locale = lang)) }
        div.scroll { table {
            thead { tr {
                th scope="col" { (t!("official.index", locale = lang)) } th.n scope="col" { (t!("official.points", locale = lang)) }
                th scope="col" { (t!("official.source", locale = lang)) }
            } }
            tbody {
                @for (number, index) in (1_u32..).zip(&nine.indices) { tr {
                    td { (number) ". " (word(lang, &format!("official.i{number}"))) }
                    td.n { (show(index.map(|i| i.points))) }
                    td.hint { (index_source(lang, &report.words, nine, number)) }
                } }
                tr.sum {
                    td { (t!("official.total", locale = lang)) } td.n { (show(nine.total)) }
                    td { @match nine.class {
                        Some(class) => b { (class_name(lang, class)) },
                        None => span.hint { (t!("official.no_total", locale = lang)) },
                    } }
                }
                tr { td { (t!("official.official", locale = lang)) } td.n { (show(nine.official)) } td.hint { (t!("official.official_hint", locale = lang)) } }
            }
        } }
        h2 { (t!("official.group", locale = lang)) }
        p.hint { (t!("official.group_hint", locale = lang)) }
        div.scroll { table { tbody {
            tr { td { (t!("official.petitions_on_time", locale = lang)) } td.n { (percent(lang, group.petitions_on_time)) } }
            tr { td { (t!("official.petitions_satisfied", locale = lang)) } td.n { (percent(lang, group.petitions_satisfied)) } }
            tr.sum { td { (t!("official.reception", locale = lang)) } td.n { (percent(lang, group.reception_satisfied)) " · " (show(group.reception_points)) " / 6" } }
        } } }
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
    Ok(download::csv(&report.ratings_table(who.lang()), &stem("motcua-ratings", report.period)))
}
