// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every version of the hall's configuration: who, when, what; and back to it.

use super::{Faults, faults, save};
use crate::console::Pages;
use crate::console::form::Signed;
use crate::console::layout::csrf;
use crate::console::session::{Manager, Who};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use motcua_core::day::Now;

pub async fn page(State(pages): State<Pages>, Manager(who): Manager) -> Response {
    draw(&pages, &who, &Vec::new())
}

fn draw(pages: &Pages, who: &Who, list: &Faults) -> Response {
    let lang = who.lang();
    let versions = match pages.staff.hall_versions() {
        Ok(versions) => versions,
        Err(e) => return (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    };
    let when = |ms: i64| {
        Now::new(ms, who.hall.utc_offset_minutes, true).local.strftime("%d/%m/%Y %H:%M").to_string()
    };
    let body = html! {
        main {
            h1 { (t!("config.history", locale = lang)) }
            (faults(list))
            @for (i, v) in versions.iter().enumerate() {
                @let before = versions.get(i + 1).map_or("", |v| v.text.as_str());
                details.card {
                    summary {
                        b { "#" (v.version) } " " (when(v.at_ms)) " · " (author(lang, &v.who))
                        " " span.hint { (note(who, &v.note)) }
                        @if i == 0 { " " span.state.open { (t!("config.serves", locale = lang)) } }
                    }
                    pre.diff { @for (mark, line) in changed(before, &v.text) { span class=(mark) { (line) "\n" } } }
                    @if i > 0 {
                        form method="post" action="/console/history" {
                            (csrf(&who.session))
                            input type="hidden" name="version" value=(v.version);
                            button type="submit" data-ask=(t!("config.ask_restore", locale = lang)) { (t!("config.restore", locale = lang)) }
                        }
                    }
                }
            }
        }
    };
    who.page("/console/history").show(&t!("nav.history", locale = lang), &body).into_response()
}

/// Who made a version: a person by the name of the account, what is no person in words.
fn author(lang: &str, who: &str) -> String {
    match who {
        "file" => t!("config.from_file", locale = lang).into_owned(),
        "central" => t!("config.from_central", locale = lang).into_owned(),
        account => account.to_owned(),
    }
}

/// What a version is kept under, in words; a service by its name while it has one.
fn note(who: &Who, kept: &str) -> String {
    let lang = who.lang();
    let name = |code: &str| who.hall.service(code).map_or(code, |s| s.name.get(lang)).to_owned();
    match kept.split_once(' ') {
        Some(("add", code)) => t!("config.did.add", locale = lang, code = name(code)),
        Some(("save", code)) => t!("config.did.save", locale = lang, code = name(code)),
        Some(("remove", code)) => t!("config.did.remove", locale = lang, code = name(code)),
        Some(("restore", number)) => t!("config.did.restore", locale = lang, number = number),
        _ if kept == "hours" => t!("config.did.hours", locale = lang),
        _ => return kept.to_owned(),
    }
    .into_owned()
}

/// Lines that only one of two texts has, in their order.
fn changed(before: &str, after: &str) -> Vec<(&'static str, String)> {
    let diff = similar::TextDiff::from_lines(before, after);
    diff.iter_all_changes()
        .filter_map(|c| {
            let line = c.value().trim_end_matches('\n').to_owned();
            match c.tag() {
                similar::ChangeTag::Delete => Some(("gone", line)),
                similar::ChangeTag::Insert => Some(("new", line)),
                similar::ChangeTag::Equal => None,
            }
        })
        .collect()
}

pub async fn restore(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let number = form.fields.get("version").parse().unwrap_or(0);
    let Ok(Some(old)) = pages.staff.hall_version(number) else {
        return draw(&pages, &form.who, &vec![t!("form_is_old", locale = form.who.lang()).into_owned()]);
    };
    match save(&pages, &form.who, &old.text, &format!("restore #{number}")).await {
        Ok(()) => Redirect::to("/console/history").into_response(),
        Err(list) => draw(&pages, &form.who, &list),
    }
}
