// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices in and out of the hall: a ticket of enrolment as a code and a sheet
//! of paper, shown once, and taking a device off the list.

use super::Pages;
use super::devices::role_name;
use super::form::Signed;
use super::layout::{Html, local, word};
use super::session::{Technician, Who};
use crate::clock::unix_ms;
use crate::hub::devices::{Device, ListError, Role};
use crate::hub::trust::{Address, TrustError};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::trust::EnrolmentTicket;
use motcua_web::form::Fields;
use motcua_web::parts::{TicketSheet, csrf};

/// Hours that a ticket lives: the technician stands before the device, or comes tomorrow.
const HOURS: u32 = 72;
/// What a device can be, the most frequent first.
const ROLES: [Role; 4] = [Role::Kiosk, Role::Panel, Role::Display, Role::Manager];

/// A ticket as it is shown once.
struct Made {
    device: Device,
    ticket: EnrolmentTicket,
}

/// Why there is no ticket.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    List(#[from] ListError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("there is a device of that name")]
    There,
    #[error("there is no device of that name")]
    NotThere,
    #[error("no such counter")]
    Counter,
}

impl Fault {
    fn text(&self, lang: &str) -> String {
        match self {
            Fault::There => t!("enrol.there", locale = lang),
            Fault::NotThere => t!("enrol.not_there", locale = lang),
            Fault::Counter | Fault::List(ListError::Counter) => t!("enrol.bad_counter", locale = lang),
            Fault::List(ListError::Name(_)) => t!("enrol.bad_name", locale = lang),
            other => t!("system_fault", locale = lang, why = crate::hub::chain(other)),
        }
        .into_owned()
    }
}

/// Adds a device, makes a new ticket for one that is there, or takes one away.
pub async fn act(State(pages): State<Pages>, Technician(_): Technician, form: Signed) -> Response {
    let (who, fields) = (&form.who, &form.fields);
    let done = match fields.get("do") {
        "remove" => remove(&pages, who, fields.get("id")).await.map(|()| None),
        "cancel" => pages.api.trust.cancel(fields.get("id")).await.map(|_| None).map_err(Fault::from),
        "ticket" => again(&pages, who, fields.get("id")).await.map(Some),
        _ => add(&pages, who, fields).await.map(Some),
    };
    match done {
        Ok(None) => Redirect::to("/console/devices").into_response(),
        Ok(Some(made)) => show(&pages, who, &Fields::default(), Ok(Some(&made))).await.into_response(),
        Err(fault) => {
            tracing::warn!(error = crate::hub::chain(&fault), "no ticket was made");
            let page = show(&pages, who, fields, Err(&fault.text(who.lang()))).await;
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
    }
}

/// The page with its form and, after a wish, what came of it.
async fn show(pages: &Pages, who: &Who, typed: &Fields, came: Result<Option<&Made>, &str>) -> Html {
    let body = html! { main {
        @match came {
            Ok(Some(made)) => (sheet(pages, who, made)),
            Ok(None) => {},
            Err(text) => p.fault role="alert" { (text) },
        }
        (super::devices::lists(pages, who).await)
        (form(who, typed))
    } };
    who.page("/console/devices").show(&t!("nav.devices", locale = who.lang()), &body)
}

async fn add(pages: &Pages, who: &Who, fields: &Fields) -> Result<Made, Fault> {
    let id = fields.get("id").trim().to_lowercase();
    let role = ROLES.into_iter().find(|r| word_of(*r) == fields.get("role")).unwrap_or(Role::Kiosk);
    let counter = Some(fields.get("counter")).filter(|_| role == Role::Panel);
    if counter.is_some_and(|c| pages.api.hub.hall().counter(c).is_none()) {
        return Err(Fault::Counter);
    }
    if pages.api.devices.of(&id).is_some() {
        return Err(Fault::There);
    }
    pages.api.devices.add(&id, role, counter)?;
    again(pages, who, &id).await
}

async fn again(pages: &Pages, who: &Who, id: &str) -> Result<Made, Fault> {
    let device = pages.api.devices.of(id).ok_or(Fault::NotThere)?;
    let url = Address::read(&pages.data)?.url;
    let ticket = pages.api.trust.ticket(id, device.role, &url, HOURS, who.id()).await?;
    Ok(Made { device, ticket })
}

async fn remove(pages: &Pages, who: &Who, id: &str) -> Result<(), Fault> {
    if !pages.api.devices.remove(id)? {
        return Err(Fault::NotThere);
    }
    Ok(pages.api.trust.revoke(id, who.id()).await?)
}

fn word_of(role: Role) -> &'static str {
    motcua_link::trust::Role::from(role).as_str()
}

/// The form for a new device; below the lists, which are drawn anew every few seconds.
pub fn form(who: &Who, typed: &Fields) -> Markup {
    let lang = who.lang();
    html! {
        section.card {
            h2 { (t!("enrol.new", locale = lang)) }
            form.grid method="post" action="/console/devices" {
                (csrf(&who.session.csrf))
                input type="hidden" name="do" value="add";
                label { span { (t!("devices.name", locale = lang)) } input name="id" value=(typed.get("id")) placeholder="kiosk-2" autocomplete="off" required; }
                label { span { (t!("devices.role", locale = lang)) } select name="role" {
                    @for role in ROLES { option value=(word_of(role)) selected[word_of(role) == typed.get("role")] { (role_name(lang, role)) } }
                } }
                label { span { (t!("enrol.counter", locale = lang)) } select name="counter" {
                    @for c in &who.hall.counters { option value=(c.id) selected[c.id == typed.get("counter")] { (c.name.get(lang)) } }
                } }
                button.primary type="submit" { (t!("enrol.make", locale = lang)) }
            }
            p.hint { (t!("enrol.hint", locale = lang)) }
        }
    }
}

/// For whoever stands before the device, in the hall's language.
fn sheet(pages: &Pages, who: &Who, made: &Made) -> Markup {
    let (vi, lang) = ("vi", who.lang());
    let line = made.ticket.line().to_string();
    let until = unix_ms() + i64::from(HOURS) * 3_600_000;
    let sheet = TicketSheet {
        title: t!("sheet.title", locale = vi).into_owned(),
        code: t!("sheet.code", locale = vi).into_owned(),
        facts: vec![
            (word(vi, "devices.name"), made.device.id.clone()),
            (word(vi, "devices.role"), role_name(vi, made.device.role)),
            (word(vi, "devices.place"), super::devices::place(who, &made.device)),
            (word(vi, "sheet.until"), local(&pages.api.hub.hall(), until)),
        ],
        steps: vec![
            html! { (t!("sheet.step_1", locale = vi)) },
            html! { (t!("sheet.step_2", locale = vi)) code { "motcua enrol" } (t!("sheet.step_2_end", locale = vi)) },
            html! { (t!("sheet.step_3", locale = vi)) },
        ],
        secret: t!("sheet.secret", locale = vi).into_owned(),
        line,
    };
    html! {
        section.card.ticket lang=(vi) {
            (sheet.draw())
            p.screen lang=(lang) { (t!("enrol.once", locale = lang)) " " button type="button" data-print="" { (t!("enrol.print", locale = lang)) } }
        }
    }
}
