// SPDX-License-Identifier: MIT OR Apache-2.0
//! Halls beside each other over a period.

use super::Pages;
use super::layout::{chart_scripts, nothing};
use super::period::{Asked, chooser};
use super::session::Who;
use super::tables::{class_name, comparison_table, stem};
use crate::people::Right;
use crate::reports::{self, HallScore, Wording};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_web::download;
use motcua_web::parts::{self, chart};
use motcua_web::text::decimal;
use serde_json::json;

async fn read(app: &Pages, who: &Who, asked: &Asked) -> Result<(Wording, Vec<HallScore>), DbError> {
    let (scope, period) = (who.scope(), asked.period());
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &scope).await?;
                let halls = reports::compare(tx, &scope, period, &words).await?;
                Ok((words, halls))
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
    who.needs(Right::Reports)?;
    let lang = who.lang();
    let (words, halls) = read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    let told = halls.iter().any(|h| h.line.given + h.line.served + h.ratings.forms > 0);
    let body = html! {
        main {
            h1 { (t!("nav.compare", locale = lang)) }
            (chooser(&who, &asked, &words, "/compare", &[]))
            @if told {
                (charts(lang, &words, &halls))
                section.card {
                    (parts::table(lang, &comparison_table(lang, &words, &halls, asked.period(), &who.scope()), false))
                    p.hint { (t!("compare.hint", locale = lang)) }
                }
                section.card { (indices(lang, &words, &halls)) }
            } @else { (nothing(&t!("figures.none", locale = lang))) }
        }
        (chart_scripts())
    };
    Ok(who.page("/compare").show(&t!("nav.compare", locale = lang), &body).into_response())
}

fn charts(lang: &str, words: &Wording, halls: &[HallScore]) -> Markup {
    let labels: Vec<String> = halls.iter().map(|h| words.hall_name(&h.site)).collect();
    let waits = json!({ "labels": labels, "across": true, "unit": t!("unit.minutes_long", locale = lang), "sets": [
        { "name": t!("figures.wait_mean", locale = lang), "values": halls.iter().map(|h| h.line.waits.mean()).collect::<Vec<_>>() },
        { "name": t!("figures.wait_p90", locale = lang), "values": halls.iter().map(|h| h.line.waits.percentile(90)).collect::<Vec<_>>() },
    ]});
    let rates = json!({ "labels": labels, "across": true, "unit": "%", "sets": [
        { "name": t!("ratings.rate", locale = lang), "values": halls.iter().map(|h| h.ratings.rate()).collect::<Vec<_>>() },
    ]});
    html! {
        div.two.charts {
            (chart(&t!("compare.chart_waits", locale = lang), &waits))
            (chart(&t!("compare.chart_rates", locale = lang), &rates))
        }
    }
}

/// The nine indices of every hall; what is not known stays empty.
fn indices(lang: &str, words: &Wording, halls: &[HallScore]) -> Markup {
    let show = |v: Option<f64>| v.map_or_else(|| super::words::NONE.to_owned(), |v| decimal(lang, v, 1));
    html! {
        h2 { (t!("official.nine", locale = lang)) }
        p.hint { (t!("compare.nine_hint", locale = lang)) }
        div.scroll { table.figures {
            thead { tr {
                th scope="col" { (t!("group.hall", locale = lang)) }
                @for number in 1..=9 { th.n scope="col" title=(super::words::word(lang, &format!("official.i{number}"))) { (number) } }
                th.n scope="col" { (t!("official.total", locale = lang)) } th.n scope="col" { (t!("official.class", locale = lang)) }
            } }
            tbody { @for hall in halls { tr {
                td { (words.hall_name(&hall.site)) }
                @for index in &hall.nine.indices { td.n { (show(index.map(|i| i.points))) } }
                td.n { b { (show(hall.nine.total)) } }
                td.n { @match hall.nine.class {
                    Some(class) => (class_name(lang, class)),
                    None => span.hint { (t!("official.no_class", locale = lang)) },
                } }
            } } }
        } }
    }
}

/// The table as a file.
pub async fn csv(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let (words, halls) = read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    let table = comparison_table(who.lang(), &words, &halls, asked.period(), &who.scope());
    Ok(download::csv(&table, &stem("motcua-halls", asked.period())))
}
