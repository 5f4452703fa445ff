// SPDX-License-Identifier: MIT OR Apache-2.0
//! What citizens wrote at the kiosks, for the hall's manager: the list, one
//! letter opened, and the note of how it was answered. A letter is opened by a
//! press only, and who opened it first is kept.

use super::Pages;
use super::form::Signed;
use super::layout::{Html, csrf, local, since};
use super::session::{Manager, Who};
use crate::citizen::letters::{Entry, KEPT_DAYS, LettersError};
use crate::citizen::wire::Words;
use crate::clock::unix_ms;
use crate::hub::chain;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

/// The list.
pub async fn page(State(pages): State<Pages>, Manager(who): Manager) -> Response {
    draw(&pages, &who, None).await
}

/// Opens a letter, or notes how it was answered.
pub async fn act(State(pages): State<Pages>, form: Signed) -> Response {
    let Signed { who, fields } = form;
    if !who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let code = fields.get("code").to_owned();
    if fields.get("do") != "answer" {
        return draw(&pages, &who, Some(code)).await;
    }
    let (office, by, note) = (pages.office.clone(), who.id().to_owned(), fields.get("note").to_owned());
    let done =
        tokio::task::spawn_blocking(move || office.letters()?.answer(&code, &by, &note, unix_ms())).await;
    match done {
        Ok(Ok(_)) => Redirect::to("/console/feedback").into_response(),
        Ok(Err(e)) => failed(&who, &chain(&e)),
        Err(e) => failed(&who, &e.to_string()),
    }
}

fn failed(who: &Who, why: &str) -> Response {
    let text = t!("system_fault", locale = who.lang(), why = why);
    (StatusCode::INTERNAL_SERVER_ERROR, who.page("").plain(&text)).into_response()
}

type Found = (Vec<Entry>, Option<Result<Option<(Entry, Words)>, LettersError>>);

async fn draw(pages: &Pages, who: &Who, open: Option<String>) -> Response {
    let (office, by) = (pages.office.clone(), who.id().to_owned());
    let read = move || -> Result<Found, LettersError> {
        let letters = office.letters()?;
        // Opened first, so that the list says so.
        let opened = open.map(|code| letters.read(&code, &by, unix_ms()));
        Ok((letters.list()?, opened))
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok((list, opened))) => show(who, &list, opened).into_response(),
        Ok(Err(e)) => failed(who, &chain(&e)),
        Err(e) => failed(who, &e.to_string()),
    }
}

fn show(who: &Who, list: &[Entry], opened: Option<Result<Option<(Entry, Words)>, LettersError>>) -> Html {
    let lang = who.lang();
    let body = html! {
        main {
            h1 { (t!("nav.feedback", locale = lang)) }
            p.hint { (t!("feedback.hint", locale = lang, days = KEPT_DAYS)) }
            @match opened {
                Some(Ok(Some((entry, words)))) => (letter(who, &entry, &words)),
                Some(Ok(None)) => p.fault role="alert" { (t!("feedback.gone", locale = lang)) },
                Some(Err(e)) => p.fault role="alert" { (t!("feedback.closed", locale = lang, why = chain(&e))) },
                None => {}
            }
            section.card {
                @if list.is_empty() { p.lead { (t!("feedback.none", locale = lang)) } } @else { (table(who, list)) }
            }
        }
    };
    who.page("/console/feedback").show(&t!("nav.feedback", locale = lang), &body)
}

/// One letter with the person's words.
fn letter(who: &Who, entry: &Entry, words: &Words) -> Markup {
    let lang = who.lang();
    html! {
        section.card #letter {
            h2 { (entry.code) " · " (kind(lang, entry)) }
            p.lead { (words.text) }
            p {
                @match &words.contact {
                    Some(contact) => { b { (t!("feedback.contact", locale = lang)) } " " (contact) },
                    None => span.hint { (t!("feedback.no_contact", locale = lang)) },
                }
            }
            @if entry.answered_ms.is_none() {
                form.grid method="post" action="/console/feedback" {
                    (csrf(&who.session))
                    input type="hidden" name="code" value=(entry.code);
                    label { span { (t!("feedback.note", locale = lang)) } textarea name="note" rows="3" maxlength="1000" required {} }
                    div.row { button.strong type="submit" name="do" value="answer" { (t!("feedback.answered", locale = lang)) } }
                }
            }
        }
    }
}

fn kind(lang: &str, entry: &Entry) -> String {
    match entry.kind.as_str() {
        "report" => t!("feedback.kind.report", locale = lang),
        "proposal" => t!("feedback.kind.proposal", locale = lang),
        _ => t!("feedback.kind.praise", locale = lang),
    }
    .into_owned()
}

fn table(who: &Who, list: &[Entry]) -> Markup {
    let lang = who.lang();
    html! {
        table {
            thead { tr {
                th { (t!("feedback.code", locale = lang)) } th { (t!("feedback.what", locale = lang)) }
                th { (t!("feedback.written", locale = lang)) } th { (t!("feedback.state", locale = lang)) } th {}
            } }
            tbody {
                @for entry in list {
                    tr.flagged[overdue(who, entry)] {
                        td { b { (entry.code) } }
                        td { (kind(lang, entry)) }
                        td { (local(&who.hall, entry.at_ms)) }
                        td { (state(who, entry)) }
                        td {
                            form method="post" action="/console/feedback" {
                                (csrf(&who.session))
                                input type="hidden" name="code" value=(entry.code);
                                button type="submit" name="do" value="open" { (t!("feedback.open", locale = lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn overdue(who: &Who, entry: &Entry) -> bool {
    who.hall.feedback.is_some_and(|rules| entry.is_overdue(rules.answer_days, unix_ms()))
}

fn state(who: &Who, entry: &Entry) -> Markup {
    let lang = who.lang();
    html! {
        @if let Some(at) = entry.answered_ms {
            (t!("feedback.answered_by", locale = lang, when = local(&who.hall, at), who = entry.answered_by.as_deref().unwrap_or_default()))
            @if let Some(note) = &entry.note { br; span.hint { (note) } }
        } @else {
            @if entry.opened_ms.is_some() { (t!("feedback.read", locale = lang)) } @else { b { (t!("feedback.new", locale = lang)) } }
            " " span.hint { (t!("feedback.waits", locale = lang, long = since(lang, unix_ms(), entry.at_ms))) }
            @if overdue(who, entry) { " " span.flag { (t!("feedback.overdue", locale = lang)) } }
        }
    }
}
