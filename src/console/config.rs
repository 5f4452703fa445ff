// SPDX-License-Identifier: MIT OR Apache-2.0
//! Services, hours and holidays on pages, and the history of what was changed.
//! A change edits the text of `hall.toml`, keeps its comments, passes the same
//! checks as the file, is kept as a version and serves at once.

use super::Pages;
use super::form::{Fields, Signed};
use super::layout::{Html, csrf, word};
use super::session::{Manager, Who};
use crate::clock::unix_ms;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_core::day::Now;
use motcua_core::hall::{Hall, ICONS, Service};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What is wrong, one sentence a line.
type Faults = Vec<String>;

/// Checks, keeps and serves by a new text.
async fn save(pages: &Pages, who: &Who, text: &str, note: &str) -> Result<(), Faults> {
    let hall = Hall::parse(text).map_err(|f| f.iter().map(|f| f.message.clone()).collect::<Faults>())?;
    if hall.id != who.hall.id {
        return Err(vec![t!("config.other_hall", locale = who.lang()).into_owned()]);
    }
    let system =
        |e: &dyn std::error::Error| vec![t!("system_fault", locale = who.lang(), why = e).into_owned()];
    // Kept first: what serves is never lost with a power cut.
    pages.staff.add_hall(text, who.id(), note, unix_ms()).map_err(|e| system(&e))?;
    pages.api.hub.set_hall(hall).await.map_err(|e| system(&e))
}

fn document(hall: &Hall) -> Result<DocumentMut, Faults> {
    hall.source.parse::<DocumentMut>().map_err(|e| vec![e.to_string()])
}

async fn edited(
    pages: &Pages,
    form: &Signed,
    note: &str,
    edit: impl FnOnce(&mut DocumentMut) -> Result<(), Faults>,
) -> Result<(), Faults> {
    let mut doc = document(&form.who.hall)?;
    edit(&mut doc)?;
    save(pages, &form.who, &doc.to_string(), note).await
}

fn faults(list: &Faults) -> Markup {
    html! { @if !list.is_empty() { ul.fault role="alert" { @for f in list { li { (f) } } } } }
}

// ---- services

pub async fn services_page(Manager(who): Manager) -> Html {
    services_html(&who, &Vec::new())
}

fn services_html(who: &Who, list: &Faults) -> Html {
    let lang = who.lang();
    let body = html! {
        main {
            h1 { (t!("nav.services", locale = lang)) }
            (faults(list))
            p.hint { (t!("config.services_hint", locale = lang)) }
            div.services { @for s in &who.hall.services { (service_card(who, Some(s))) } }
            (service_card(who, None))
        }
    };
    who.page("/console/services").show(&t!("nav.services", locale = lang), &body)
}

fn service_card(who: &Who, service: Option<&Service>) -> Markup {
    let lang = who.lang();
    let is_new = service.is_none();
    html! {
        details.card.service open[false] {
            summary {
                @match service {
                    Some(s) => { b { (s.name.get(lang)) } span.hint { (s.series) " · " (t!("config.counters", locale = lang)) " " (s.counters.join(", ")) } },
                    None => b { (t!("config.new_service", locale = lang)) },
                }
            }
            form.grid method="post" action="/console/services" {
                (csrf(&who.session))
                @if is_new {
                    label { span { (t!("config.code", locale = lang)) } input name="code" required pattern="[a-z0-9\\-]{1,40}"; }
                } @else { input type="hidden" name="code" value=(service.map_or("", |s| s.code.as_str())); }
                @for l in &who.hall.languages {
                    label { span { (t!("config.name", locale = lang)) " (" (l) ")" }
                        input name=(format!("name.{l}")) required maxlength="60" value=(service.map_or("", |s| s.name.get(l))); }
                }
                label { span { (t!("config.series", locale = lang)) } input name="series" required maxlength="1" pattern="[A-Z]" value=(service.map_or(String::new(), |s| s.series.to_string())); }
                label { span { (t!("config.cap", locale = lang)) } input name="cap" type="number" min="1" max="9999" value=[service.and_then(|s| s.daily_cap)]; }
                label { span { (t!("config.icon", locale = lang)) }
                    select name="icon" { @for icon in ICONS { option selected[service.is_some_and(|s| s.icon == *icon)] { (icon) } } }
                }
                fieldset { legend { (t!("config.counters", locale = lang)) }
                    @for c in &who.hall.counters {
                        label.check { input type="checkbox" name="counter" value=(c.id) checked[service.is_some_and(|s| s.counters.contains(&c.id))]; span { (c.id) " · " (c.name.get(lang)) } }
                    }
                }
                label.check { input type="checkbox" name="papers" value="1" checked[service.is_some_and(|s| s.needs_papers)]; span { (t!("config.papers", locale = lang)) } }
                div.row {
                    button.strong type="submit" name="do" value=(if is_new { "add" } else { "save" }) { (t!(if is_new { "config.add" } else { "save" }, locale = lang)) }
                    @if !is_new { button.danger type="submit" name="do" value="remove" data-ask=(t!("config.ask_remove", locale = lang)) { (t!("config.remove", locale = lang)) } }
                }
            }
        }
    }
}

pub async fn services(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let note = format!("{} {}", form.fields.get("do"), form.fields.get("code"));
    let done = edited(&pages, &form, &note, |doc| edit_services(doc, &form)).await;
    match done {
        Ok(()) => Redirect::to("/console/services").into_response(),
        Err(list) => (StatusCode::UNPROCESSABLE_ENTITY, services_html(&form.who, &list)).into_response(),
    }
}

fn edit_services(doc: &mut DocumentMut, form: &Signed) -> Result<(), Faults> {
    let f = &form.fields;
    let broken = || vec![t!("form_is_old", locale = form.who.lang()).into_owned()];
    let tables = doc.get_mut("services").and_then(Item::as_array_of_tables_mut).ok_or_else(broken)?;
    let at = tables.iter().position(|t| t.get("code").and_then(Item::as_str) == Some(f.get("code")));
    match (f.get("do"), at) {
        ("add", None) => {
            let mut table = Table::new();
            table.insert("code", value(f.get("code")));
            fill_service(&mut table, form);
            tables.push(table);
        }
        ("save", Some(at)) => fill_service(tables.get_mut(at).ok_or_else(broken)?, form),
        ("remove", Some(at)) => {
            let waiting = form.who.hall.services.len() == 1;
            if waiting {
                return Err(vec![t!("config.last_service", locale = form.who.lang()).into_owned()]);
            }
            tables.remove(at);
        }
        ("add", Some(_)) => return Err(vec![t!("config.code_there", locale = form.who.lang()).into_owned()]),
        _ => return Err(broken()),
    }
    Ok(())
}

fn fill_service(table: &mut Table, form: &Signed) {
    let f = &form.fields;
    table.insert("name", value(words(f, "name", &form.who.hall.languages)));
    table.insert("icon", value(f.get("icon")));
    table.insert("series", value(f.get("series")));
    table.insert("counters", value(f.each("counter").into_iter().collect::<Array>()));
    match f.get("cap").parse::<i64>() {
        Ok(cap) => drop(table.insert("daily_cap", value(cap))),
        Err(_) => drop(table.remove("daily_cap")),
    }
    match f.get("papers") {
        "1" => drop(table.insert("needs_papers", value(true))),
        _ => drop(table.remove("needs_papers")),
    }
}

fn words(f: &Fields, name: &str, languages: &[String]) -> toml_edit::InlineTable {
    languages.iter().map(|l| (l.as_str(), f.get(&format!("{name}.{l}")).to_owned())).collect()
}

// ---- hours

pub async fn hours_page(Manager(who): Manager) -> Html {
    hours_html(&who, &Vec::new())
}

fn hours_html(who: &Who, list: &Faults) -> Html {
    let lang = who.lang();
    let hall = &who.hall;
    let lunch = hall.hours.lunch == motcua_core::hall::Lunch::Issue;
    let body = html! {
        main {
            h1 { (t!("nav.hours", locale = lang)) }
            (faults(list))
            form.card method="post" action="/console/hours" {
                (csrf(&who.session))
                p.hint { (t!("config.hours_hint", locale = lang)) }
                div.grid {
                    @for (day, periods) in DAYS.iter().zip(&hall.hours.week) {
                        @let text = periods.iter().map(|p| format!("{:02}:{:02}-{:02}:{:02}", p.from.hour(), p.from.minute(), p.to.hour(), p.to.minute())).collect::<Vec<_>>().join(", ");
                        label { span { (word(lang, &format!("day.{day}"))) } input name=(day) value=(text) placeholder=(t!("config.closed", locale = lang)); }
                    }
                }
                label.check { input type="checkbox" name="lunch" value="1" checked[lunch]; span { (t!("config.lunch", locale = lang)) } }
                h2 { (t!("config.holidays", locale = lang)) }
                p.hint { (t!("config.holidays_hint", locale = lang)) }
                div.holidays {
                    @for h in hall.holidays.iter().map(Some).chain([None, None]) {
                        div.row {
                            input type="date" name="from" value=[h.map(|h| h.from)] aria-label=(t!("figures.from", locale = lang));
                            input type="date" name="to" value=[h.filter(|h| h.to != h.from).map(|h| h.to)] aria-label=(t!("figures.to", locale = lang));
                            @for l in &hall.languages {
                                input name=(format!("name.{l}")) value=(h.map_or("", |h| h.name.get(l))) placeholder=(format!("{} ({l})", t!("config.name", locale = lang))) aria-label=(format!("{} ({l})", t!("config.name", locale = lang)));
                            }
                        }
                    }
                }
                button.strong type="submit" { (t!("save", locale = lang)) }
            }
        }
    };
    who.page("/console/hours").show(&t!("nav.hours", locale = lang), &body)
}

pub async fn hours(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let done = edited(&pages, &form, "hours", |doc| {
        edit_hours(doc, &form.fields, &form.who.hall.languages);
        Ok(())
    })
    .await;
    match done {
        Ok(()) => Redirect::to("/console/hours").into_response(),
        Err(list) => (StatusCode::UNPROCESSABLE_ENTITY, hours_html(&form.who, &list)).into_response(),
    }
}

fn edit_hours(doc: &mut DocumentMut, f: &Fields, languages: &[String]) {
    if let Some(table) = doc.get_mut("hours").and_then(Item::as_table_mut) {
        for day in DAYS {
            let periods: Array =
                f.get(day).split([',', ';']).map(str::trim).filter(|p| !p.is_empty()).collect();
            if periods.is_empty() {
                table.remove(day);
            } else {
                table.insert(day, value(periods));
            }
        }
        table.insert("lunch", value(if f.get("lunch") == "1" { "issue" } else { "refuse" }));
    }
    let mut holidays = ArrayOfTables::new();
    let names: Vec<Vec<&str>> = languages.iter().map(|l| f.each(&format!("name.{l}"))).collect();
    for (i, (from, to)) in f.each("from").into_iter().zip(f.each("to")).enumerate() {
        if from.is_empty() {
            continue;
        }
        let mut table = Table::new();
        table.insert("date", value(from));
        if !to.is_empty() {
            table.insert("until", value(to));
        }
        let name: toml_edit::InlineTable = languages
            .iter()
            .zip(&names)
            .map(|(l, all)| (l.as_str(), all.get(i).copied().unwrap_or_default().to_owned()))
            .collect();
        table.insert("name", value(name));
        holidays.push(table);
    }
    if holidays.is_empty() {
        doc.remove("holidays");
    } else {
        doc.insert("holidays", Item::ArrayOfTables(holidays));
    }
}

// ---- history

pub async fn history_page(State(pages): State<Pages>, Manager(who): Manager) -> Response {
    history(&pages, &who, &Vec::new())
}

fn history(pages: &Pages, who: &Who, list: &Faults) -> Response {
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
            h1 { (t!("nav.history", locale = lang)) }
            (faults(list))
            @for (i, v) in versions.iter().enumerate() {
                @let before = versions.get(i + 1).map_or("", |v| v.text.as_str());
                details.card {
                    summary {
                        b { "#" (v.version) } " " (when(v.at_ms)) " · " (if v.who == "file" { t!("config.from_file", locale = lang).into_owned() } else { v.who.clone() })
                        " " span.hint { (note(lang, &v.note)) }
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

/// What a version is kept under, in words.
fn note(lang: &str, kept: &str) -> String {
    match kept.split_once(' ') {
        Some(("add", code)) => t!("config.did.add", locale = lang, code = code),
        Some(("save", code)) => t!("config.did.save", locale = lang, code = code),
        Some(("remove", code)) => t!("config.did.remove", locale = lang, code = code),
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
        return history(&pages, &form.who, &vec![t!("form_is_old", locale = form.who.lang()).into_owned()]);
    };
    match save(&pages, &form.who, &old.text, &format!("restore #{number}")).await {
        Ok(()) => Redirect::to("/console/history").into_response(),
        Err(list) => history(&pages, &form.who, &list),
    }
}
