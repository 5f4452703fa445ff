// SPDX-License-Identifier: MIT OR Apache-2.0
//! Services, hours and holidays on pages, and the history of what was changed.
//! A change edits the text of `hall.toml`, keeps its comments, passes the same
//! checks as the file, is kept as a version and serves at once. What a form
//! gets wrong is said in the person's language and nothing typed is lost.

pub mod history;
pub mod hours;
pub mod services;

use super::Pages;
use super::form::Signed;
use super::session::Who;
use crate::clock::unix_ms;
use maud::{Markup, html};
use motcua_core::hall::Hall;
use motcua_core::queue::{Stage, Ticket};
use toml_edit::{DocumentMut, Item, Table, Value};

/// What is wrong, one sentence a line.
pub type Faults = Vec<String>;

/// Checks, keeps and serves by a new text that somebody wrote on the pages.
async fn save(pages: &Pages, who: &Who, text: &str, note: &str) -> Result<(), Faults> {
    take_hall(pages, &who.hall, who.lang(), who.id(), text, note).await?;
    Ok(())
}

/// Checks, keeps and serves by a new text in place of `old`, in the name of `who`. Faults are said in `lang`.
pub async fn take_hall(
    pages: &Pages,
    old: &Hall,
    lang: &str,
    who: &str,
    text: &str,
    note: &str,
) -> Result<(), Faults> {
    let hall =
        Hall::parse(text).map_err(|f| f.iter().map(|f| f.said(lang).to_owned()).collect::<Faults>())?;
    if hall.id != old.id {
        return Err(vec![t!("config.other_hall", locale = lang).into_owned()]);
    }
    if text == &*old.source {
        return Ok(());
    }
    let needed = still_needed(pages, old, lang, &hall).await;
    if !needed.is_empty() {
        return Err(needed);
    }
    let system = |e: &dyn std::error::Error| vec![t!("system_fault", locale = lang, why = e).into_owned()];
    // Kept first: what serves is never lost with a power cut.
    pages.staff.add_hall(text, who, note, unix_ms()).map_err(|e| system(&e))?;
    pages.api.hub.set_hall(hall).await.map_err(|e| system(&e))
}

/// Services and counters that the new hall has no more and that people wait for or sit at.
async fn still_needed(pages: &Pages, old: &Hall, lang: &str, hall: &Hall) -> Faults {
    let tickets = match pages.api.hub.tickets(None).await {
        Ok(tickets) => tickets,
        Err(e) => return vec![t!("system_fault", locale = lang, why = e).into_owned()],
    };
    let now = pages.api.hub.now().borrow().clone();
    let open: Vec<&Ticket> =
        tickets.iter().filter(|t| t.stage.is_open() || t.stage == Stage::Absent).collect();
    let mut needed = Faults::new();
    for service in old.services.iter().filter(|s| hall.service(&s.code).is_none()) {
        let wanted = |t: &&&Ticket| t.service == service.code || t.further.contains(&service.code);
        let n = open.iter().filter(wanted).count();
        if n > 0 {
            let name = service.name.get(lang);
            needed.push(t!("config.service_in_use", locale = lang, name = name, n = n).into_owned());
        }
    }
    for counter in now.counters.iter().filter(|c| hall.counter(&c.id).is_none()) {
        let aimed = open.iter().any(|t| t.aim.as_ref() == Some(&counter.id));
        if counter.officer.is_some() || aimed {
            needed.push(t!("config.counter_in_use", locale = lang, id = &counter.id).into_owned());
        }
    }
    needed
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

/// Puts a value in the place of another and keeps the comment beside it.
fn put(table: &mut Table, key: &str, new: impl Into<Value>) {
    let mut new = new.into();
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, Item::Value(new));
}

/// Says once that something was saved.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Done {
    #[serde(default)]
    saved: bool,
}

fn saved(done: &Done, lang: &str) -> Markup {
    html! { @if done.saved { p.said role="status" { (t!("config.saved", locale = lang)) } } }
}

fn faults(list: &Faults) -> Markup {
    html! { @if !list.is_empty() { ul.fault role="alert" { @for f in list { li { (f) } } } } }
}
