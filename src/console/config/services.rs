// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form of each service, and of a new one.

use super::{Done, Faults, edited, faults, put, saved};
use crate::console::Pages;
use crate::console::form::{Fields, Signed};
use crate::console::layout::{Html, csrf, word};
use crate::console::session::{Manager, Who};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_core::hall::{ICONS, Service};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// What stands in one form: a service as it is, or what somebody typed.
struct Draft {
    code: String,
    /// In the order of the hall's languages.
    names: Vec<String>,
    series: String,
    cap: String,
    icon: String,
    counters: Vec<String>,
    papers: bool,
    /// Typed, and not taken yet.
    refused: bool,
}

impl Draft {
    fn of(service: &Service, languages: &[String]) -> Draft {
        Draft {
            code: service.code.clone(),
            names: languages.iter().map(|l| service.name.get(l).to_owned()).collect(),
            series: service.series.to_string(),
            cap: service.daily_cap.map_or_else(String::new, |cap| cap.to_string()),
            icon: service.icon.clone(),
            counters: service.counters.clone(),
            papers: service.needs_papers,
            refused: false,
        }
    }

    fn typed(f: &Fields, languages: &[String]) -> Draft {
        let get = |name: &str| f.get(name).to_owned();
        Draft {
            code: get("code"),
            names: languages.iter().map(|l| get(&format!("name.{l}"))).collect(),
            series: get("series"),
            cap: get("cap"),
            icon: get("icon"),
            counters: f.each("counter").into_iter().map(str::to_owned).collect(),
            papers: f.get("papers") == "1",
            refused: true,
        }
    }

    fn cap(&self) -> Option<i64> {
        self.cap.parse().ok().filter(|cap| (1..=9_999).contains(cap))
    }

    /// What is wrong with it by itself; the whole file is checked after.
    fn faults(&self, lang: &str) -> Faults {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let wrong = [
            (self.code.is_empty() || !self.code.bytes().all(plain), "bad_code"),
            (self.names.iter().any(String::is_empty), "no_name"),
            (!matches!(self.series.as_bytes(), [b'A'..=b'Z']), "bad_series"),
            (!self.cap.is_empty() && self.cap().is_none(), "bad_cap"),
            (self.counters.is_empty(), "no_counter"),
        ];
        let wrong = wrong.iter().filter(|(wrong, _)| *wrong);
        wrong.map(|(_, key)| word(lang, &format!("config.{key}"))).collect()
    }

    fn write(&self, table: &mut Table, languages: &[String]) {
        let names: toml_edit::InlineTable =
            languages.iter().zip(&self.names).map(|(l, name)| (l.as_str(), name.clone())).collect();
        put(table, "name", names);
        put(table, "icon", &self.icon);
        put(table, "series", &self.series);
        put(table, "counters", self.counters.iter().collect::<Array>());
        match self.cap() {
            Some(cap) => put(table, "daily_cap", cap),
            None => drop(table.remove("daily_cap")),
        }
        if self.papers {
            put(table, "needs_papers", true);
        } else {
            table.remove("needs_papers");
        }
    }
}

pub async fn page(Manager(who): Manager, Query(done): Query<Done>) -> Html {
    draw(&who, None, &Vec::new(), &done)
}

/// All forms; what was typed and refused stands in its form again.
fn draw(who: &Who, typed: Option<&Fields>, list: &Faults, done: &Done) -> Html {
    let (lang, languages) = (who.lang(), &who.hall.languages);
    let typed = typed.map(|f| Draft::typed(f, languages));
    let is_new = typed.as_ref().is_some_and(|t| who.hall.service(&t.code).is_none());
    let body = html! {
        main {
            h1 { (t!("nav.services", locale = lang)) }
            (saved(done, lang))
            (faults(list))
            p.hint { (t!("config.services_hint", locale = lang)) }
            div.services { @for s in &who.hall.services {
                @match typed.as_ref().filter(|t| t.code == s.code) {
                    Some(typed) => (card(who, Some(s), typed)),
                    None => (card(who, Some(s), &Draft::of(s, languages))),
                }
            } }
            @match typed.as_ref().filter(|_| is_new) {
                Some(typed) => (card(who, None, typed)),
                None => {
                    @let empty = Draft { refused: false, ..Draft::typed(&Fields::read(b""), languages) };
                    (card(who, None, &empty))
                }
            }
        }
    };
    who.page("/console/services").show(&t!("nav.services", locale = lang), &body)
}

fn card(who: &Who, service: Option<&Service>, draft: &Draft) -> Markup {
    let lang = who.lang();
    let is_new = service.is_none();
    html! {
        details.card.service open[draft.refused] {
            summary {
                @match service {
                    Some(s) => { b { (s.name.get(lang)) } span.hint { (s.series) " · " (t!("config.counters", locale = lang)) " " (s.counters.join(", ")) } },
                    None => b { (t!("config.new_service", locale = lang)) },
                }
            }
            form.grid method="post" action="/console/services" {
                (csrf(&who.session))
                @if is_new {
                    label { span { (t!("config.code", locale = lang)) } input name="code" required pattern="[a-z0-9\\-]{1,40}" value=(draft.code); }
                } @else { input type="hidden" name="code" value=(draft.code); }
                @for (l, name) in who.hall.languages.iter().zip(&draft.names) {
                    label { span { (t!("config.name", locale = lang)) " (" (l) ")" }
                        input name=(format!("name.{l}")) required maxlength="60" value=(name); }
                }
                label { span { (t!("config.series", locale = lang)) } input name="series" required maxlength="1" pattern="[A-Z]" value=(draft.series); }
                label { span { (t!("config.cap", locale = lang)) } input name="cap" type="number" min="1" max="9999" value=(draft.cap); }
                label { span { (t!("config.icon", locale = lang)) }
                    select name="icon" { @for icon in ICONS { option selected[draft.icon == *icon] { (icon) } } }
                }
                fieldset { legend { (t!("config.counters", locale = lang)) }
                    @for c in &who.hall.counters {
                        label.check { input type="checkbox" name="counter" value=(c.id) checked[draft.counters.contains(&c.id)]; span { (c.id) " · " (c.name.get(lang)) } }
                    }
                }
                label.check { input type="checkbox" name="papers" value="1" checked[draft.papers]; span { (t!("config.papers", locale = lang)) } }
                div.row {
                    button.strong type="submit" name="do" value=(if is_new { "add" } else { "save" }) { (t!(if is_new { "config.add" } else { "save" }, locale = lang)) }
                    @if !is_new { button.danger type="submit" name="do" value="remove" data-ask=(t!("config.ask_remove", locale = lang)) { (t!("config.remove", locale = lang)) } }
                }
            }
        }
    }
}

pub async fn change(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let note = format!("{} {}", form.fields.get("do"), form.fields.get("code"));
    let done = edited(&pages, &form, &note, |doc| edit(doc, &form)).await;
    match done {
        Ok(()) => Redirect::to("/console/services?saved=true").into_response(),
        Err(list) => {
            (StatusCode::UNPROCESSABLE_ENTITY, draw(&form.who, Some(&form.fields), &list, &Done::default()))
                .into_response()
        }
    }
}

fn edit(doc: &mut DocumentMut, form: &Signed) -> Result<(), Faults> {
    let (f, hall, lang) = (&form.fields, &form.who.hall, form.who.lang());
    let broken = || vec![t!("form_is_old", locale = lang).into_owned()];
    let draft = Draft::typed(f, &hall.languages);
    let faults = if f.get("do") == "remove" { Faults::new() } else { draft.faults(lang) };
    if !faults.is_empty() {
        return Err(faults);
    }
    let tables = doc.get_mut("services").and_then(Item::as_array_of_tables_mut).ok_or_else(broken)?;
    let at = tables.iter().position(|t| t.get("code").and_then(Item::as_str) == Some(f.get("code")));
    match (f.get("do"), at) {
        ("add", None) => {
            let mut table = Table::new();
            table.insert("code", value(&draft.code));
            draft.write(&mut table, &hall.languages);
            tables.push(table);
        }
        ("save", Some(at)) => draft.write(tables.get_mut(at).ok_or_else(broken)?, &hall.languages),
        ("remove", Some(_)) if hall.services.len() == 1 => {
            return Err(vec![t!("config.last_service", locale = lang).into_owned()]);
        }
        ("remove", Some(at)) => drop(tables.remove(at)),
        ("add", Some(_)) => return Err(vec![t!("config.code_there", locale = lang).into_owned()]),
        _ => return Err(broken()),
    }
    Ok(())
}
