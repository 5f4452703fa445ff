// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall's configuration as text: nothing goes down that the hall could not
//! read, every fault is said with its line, and nothing typed is lost.

use super::super::Pages;
use super::super::session::{Signed, Who};
use super::{beginning, faults};
use crate::people::Right;
use crate::reports::{Scope, Wording};
use crate::steer;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use motcua_core::hall::{Hall, HallFault};
use motcua_link::db::DbError;
use motcua_web::parts::csrf;
use motcua_web::token::sha256;

/// What the form shows.
struct Draft<'a> {
    /// The text to change.
    text: &'a str,
    /// Digest of the text that the change began with.
    base: &'a str,
    note: &'a str,
    faults: Vec<String>,
}

/// The page.
pub async fn edit(
    State(app): State<Pages>,
    who: Who,
    Path(site): Path<String>,
) -> Result<Response, Response> {
    who.needs(Right::Configure)?;
    who.sees(&site)?;
    let hall = site.clone();
    let text = app.db().read(move |tx| Box::pin(async move { beginning(tx, &hall).await })).await;
    let Some(text) = text.map_err(|e| who.broken(&e))? else { return Err(who.missing()) };
    let draft = Draft { base: &sha256(&text), text: &text, note: "", faults: Vec::new() };
    draw(&app, &who, &site, &draft).await.map_err(|e| who.broken(&e))
}

async fn draw(app: &Pages, who: &Who, site: &str, draft: &Draft<'_>) -> Result<Response, DbError> {
    let lang = who.lang();
    let scope = Scope::Sites(vec![site.to_owned()]);
    let words = app.db().read(move |tx| Box::pin(async move { Wording::read(tx, &scope).await })).await?;
    let name = words.hall_name(site);
    let rows = (draft.text.lines().count() + 2).clamp(16, 40);
    let body = html! { main {
        p.path {
            a href="/config" { (t!("nav.config", locale = lang)) } " › "
            a href=(format!("/config/{site}")) { (name) } " › " (t!("config.edit", locale = lang))
        }
        h1 { (t!("config.edit", locale = lang)) small { (name) } }
        (faults(&draft.faults))
        form.card.text method="post" action=(format!("/config/{site}/edit")) {
            (csrf(&who.session.csrf))
            input type="hidden" name="base" value=(draft.base);
            label { span { (t!("config.text", locale = lang)) }
                textarea.toml name="text" rows=(rows) spellcheck="false" autocapitalize="off" wrap="off" required { "\n" (draft.text) }
            }
            div.row {
                label.wide { span { (t!("config.note", locale = lang)) } input name="note" value=(draft.note) maxlength="200" autocomplete="off" required; }
                button.strong type="submit" { (t!("config.save", locale = lang)) }
                a.button href=(format!("/config/{site}")) { (t!("cancel", locale = lang)) }
            }
            p.hint { (t!("config.hint", locale = lang)) }
        }
    } };
    let status = if draft.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, who.page("/config").show(&t!("config.edit", locale = lang), &body)).into_response())
}

/// A fault with its line, and the line itself.
fn said(lang: &str, text: &str, fault: &HallFault) -> String {
    let line = text.lines().nth(fault.line.saturating_sub(1)).unwrap_or_default().trim();
    t!("config.fault", locale = lang, n = fault.line, what = fault.said(lang), line = line).into_owned()
}

/// Checks a text, keeps it as a version and sends it down.
pub async fn save(
    State(app): State<Pages>,
    Path(site): Path<String>,
    form: Signed,
) -> Result<Response, Response> {
    form.who.needs(Right::Configure)?;
    form.who.sees(&site)?;
    let (who, lang) = (&form.who, form.who.lang());
    // Browsers send the ends of lines as in letters.
    let text = format!("{}\n", form.fields.get("text").replace("\r\n", "\n"));
    let (base, note) = (form.fields.get("base"), form.fields.get("note"));
    let faults = match Hall::parse(&text) {
        Err(faults) => faults.iter().map(|f| said(lang, &text, f)).collect(),
        Ok(hall) if hall.id != site => {
            vec![t!("config.other_hall", locale = lang, id = &hall.id).into_owned()]
        }
        Ok(_) if note.is_empty() => vec![t!("config.no_note", locale = lang).into_owned()],
        Ok(_) => keep(&app, who, &site, (&text, base, note)).await.map_err(|e| who.broken(&e))?,
    };
    if faults.is_empty() {
        app.wake().await;
        return Ok(Redirect::to(&format!("/config/{site}")).into_response());
    }
    let draft = Draft { text: text.trim_end_matches('\n'), base, note, faults };
    draw(&app, who, &site, &draft).await.map_err(|e| who.broken(&e))
}

/// Both steps or none; faults where somebody else was faster.
async fn keep(
    app: &Pages,
    who: &Who,
    site: &str,
    (text, base, note): (&str, &str, &str),
) -> Result<Vec<String>, DbError> {
    let (site, text, base) = (site.to_owned(), text.to_owned(), base.to_owned());
    let (by, note) = (who.id().to_owned(), note.chars().take(200).collect::<String>());
    let lang = who.lang().to_owned();
    let meanwhile = t!("config.meanwhile", locale = lang.as_str()).into_owned();
    app.db()
        .write(move |tx| {
            Box::pin(async move {
                let now = beginning(tx, &site).await?;
                if now.is_none_or(|now| sha256(&now) != base) {
                    return Ok(vec![meanwhile]);
                }
                match steer::propose(tx, &site, &text, &by, &note).await? {
                    Ok(version) => {
                        steer::desire(tx, &site, version, &by).await?;
                        Ok(Vec::new())
                    }
                    Err(faults) => Ok(faults.iter().map(|f| f.said(&lang).to_owned()).collect()),
                }
            })
        })
        .await
}
