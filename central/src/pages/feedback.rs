// SPDX-License-Identifier: MIT OR Apache-2.0
//! What citizens wrote. How they may be reached stays sealed: the central's
//! pages have no key to it.

use super::Pages;
use super::layout::nothing;
use super::session::Who;
use super::words::{moment, word_or};
use crate::people::Right;
use crate::reports::{Scope, Wording};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::db::{DbError, Value};

/// Words listed at most.
const LISTED: i64 = 300;

struct Word {
    site: String,
    code: String,
    at_ms: i64,
    kind: String,
    text: String,
    has_contact: bool,
}

async fn read(app: &Pages, scope: Scope) -> Result<(Wording, Vec<Word>), DbError> {
    app.db()
        .read(move |tx| {
            Box::pin(async move {
                let words = Wording::read(tx, &scope).await?;
                let (condition, mut values) = scope.condition("f.site", 0);
                values.push(Value::Int(LISTED));
                // The sealed contact itself is not even read.
                let sql = format!(
                    "SELECT f.site, f.code, f.at_ms, f.kind, f.text, CASE WHEN f.contact IS NULL THEN 0 ELSE 1 END
                     FROM feedback f WHERE 1 = 1{condition} ORDER BY f.at_ms DESC, f.code LIMIT ${}",
                    values.len()
                );
                let rows = tx.rows(&sql, &values).await?;
                let read = |r: &motcua_link::db::Row| {
                    Ok(Word {
                        site: r.text(0)?,
                        code: r.text(1)?,
                        at_ms: r.int(2)?,
                        kind: r.text(3)?,
                        text: r.text(4)?,
                        has_contact: r.flag(5)?,
                    })
                };
                let found = rows.iter().map(read).collect::<Result<_, DbError>>()?;
                Ok((words, found))
            })
        })
        .await
}

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let lang = who.lang();
    let (words, found) = read(&app, who.scope()).await.map_err(|e| who.broken(&e))?;
    let body = html! { main {
        h1 { (t!("nav.feedback", locale = lang)) }
        p.hint { (t!("feedback.sealed", locale = lang)) }
        @if found.is_empty() { (nothing(&t!("feedback.none", locale = lang))) }
        @else { div.words { @for w in &found { (card(lang, &words, w)) } } }
    } };
    Ok(who.page("/feedback").show(&t!("nav.feedback", locale = lang), &body).into_response())
}

fn card(lang: &str, words: &Wording, w: &Word) -> Markup {
    let class = match w.kind.as_str() {
        "complaint" => "state gone",
        "praise" => "state open",
        _ => "state closed",
    };
    html! {
        article.card {
            p.row.kind { span class=(class) { (word_or(lang, "feedback_kind", &w.kind)) } b { (words.hall_name(&w.site)) } span.hint { (moment(w.at_ms)) } }
            p.said_text { (w.text) }
            p.hint {
                (t!("feedback.code", locale = lang, code = w.code)) " · "
                (if w.has_contact { t!("feedback.contact", locale = lang) } else { t!("feedback.no_contact", locale = lang) })
            }
        }
    }
}
