// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's page: how the hub is, and which devices hear it.

use super::Pages;
use super::layout::{Html, since, word};
use super::session::{Technician, Who};
use crate::clock::unix_ms;
use crate::hub::api::{Ill, ills};
use crate::hub::auth::{Device, Role};
use crate::hub::presence::Heard;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::province::Kind;

pub async fn page(State(pages): State<Pages>, Technician(who): Technician) -> Html {
    // Devices come and go without anything happening in the queue.
    let body = html! { main #live data-live="/console/devices/live" data-every="3" { (part(&pages, &who)) } };
    who.page("/console/devices").show(&t!("nav.devices", locale = who.lang()), &body)
}

pub async fn live(State(pages): State<Pages>, Technician(who): Technician) -> Response {
    part(&pages, &who).into_string().into_response()
}

/// What is wrong with the hub, in the person's language.
pub fn sentence(ill: &Ill, lang: &str) -> String {
    match ill {
        Ill::Store { fault } => t!("ill.store", locale = lang, fault = fault),
        Ill::Damaged { path } => t!("ill.damaged", locale = lang, path = path),
        Ill::Clock { says, day } => t!("ill.clock", locale = lang, says = says, day = day),
    }
    .into_owned()
}

fn part(pages: &Pages, who: &Who) -> Markup {
    let lang = who.lang();
    let devices = pages.api.devices.list();
    html! {
        (hub(pages, who))
        section.card {
            h2 { (t!("nav.devices", locale = lang)) b { (devices.len()) } }
            @if devices.is_empty() { p.hint { (t!("devices.none", locale = lang)) } }
            @else { (table(pages, who, &devices)) }
            @let nameless = pages.api.presence.of("").map_or(0, |heard| heard.open);
            @if nameless > 0 { p { (t!("devices.nameless", locale = lang, n = nameless)) } }
            p.hint { (t!("devices.hint", locale = lang)) }
        }
    }
}

fn hub(pages: &Pages, who: &Who) -> Markup {
    let lang = who.lang();
    let (vitals, now) = (pages.api.hub.vitals(), pages.api.hub.now().borrow().clone());
    let ills = ills(&pages.api.hub);
    let started = unix_ms() - i64::try_from(vitals.uptime_s).unwrap_or(0) * 1000;
    html! {
        @for ill in &ills { p.fault role="alert" { (sentence(ill, lang)) } }
        section.card {
            h2 {
                (t!("devices.hub", locale = lang))
                @if ills.is_empty() { span.state.open { (t!("devices.well", locale = lang)) } }
            }
            dl.facts {
                dt { (t!("devices.version", locale = lang)) } dd { (vitals.version) }
                dt { (t!("devices.running", locale = lang)) } dd { (since(lang, unix_ms(), started)) }
                dt { (t!("devices.configuration", locale = lang)) } dd { (now.hall_version) }
                dt { (t!("devices.events", locale = lang)) } dd { (vitals.last_seq) }
                @for (name, kind) in DOCUMENTS { dt { (word(lang, name)) } dd { (held(pages, lang, kind)) } }
            }
        }
    }
}

/// Documents of the province.
const DOCUMENTS: [(&str, Kind); 3] = [
    ("devices.catalogue", Kind::Catalogue),
    ("devices.bookings", Kind::Bookings),
    ("devices.dossiers", Kind::Dossiers),
];

/// Which version of a document of the province is here.
fn held(pages: &Pages, lang: &str, kind: Kind) -> String {
    let Some(held) = pages.reports.province.held(kind) else {
        return t!("devices.not_held", locale = lang).into_owned();
    };
    let ago = since(lang, unix_ms(), held.taken_ms);
    t!("devices.held", locale = lang, version = held.version, n = held.entries, ago = ago).into_owned()
}

fn table(pages: &Pages, who: &Who, devices: &[Device]) -> Markup {
    let lang = who.lang();
    html! {
        table {
            thead { tr {
                th { (t!("devices.name", locale = lang)) } th { (t!("devices.role", locale = lang)) }
                th { (t!("devices.place", locale = lang)) } th { (t!("hall.state", locale = lang)) }
            } }
            tbody { @for device in devices { tr {
                td { b { (device.id) } }
                td { (word(lang, &format!("devices.{}", role_key(device.role)))) }
                td { (place(who, device)) }
                td { (state(lang, device.role, pages.api.presence.of(&device.id))) }
            } } }
        }
    }
}

fn role_key(role: Role) -> &'static str {
    match role {
        Role::Kiosk => "kiosk",
        Role::Manager => "program",
        Role::Display => "display",
        Role::Panel => "panel",
    }
}

fn place(who: &Who, device: &Device) -> String {
    let lang = who.lang();
    match (&device.counter, device.number) {
        (Some(counter), _) if who.hall.counter(counter).is_none() => {
            t!("devices.no_counter", locale = lang, id = counter).into_owned()
        }
        (Some(counter), _) => t!("counter", locale = lang, id = counter).into_owned(),
        (None, Some(number)) => {
            t!("devices.series", locale = lang, series = format!("K{number}")).into_owned()
        }
        (None, None) => "–".to_owned(),
    }
}

fn state(lang: &str, role: Role, heard: Option<Heard>) -> Markup {
    let ago = |heard: Heard| since(lang, unix_ms(), heard.since_ms);
    html! {
        @match heard {
            Some(heard) if heard.open > 0 => {
                span.state.open { (t!("devices.there", locale = lang)) } " " span.hint { (ago(heard)) }
            },
            Some(heard) => span.state.gone { (t!("devices.gone", locale = lang, ago = ago(heard))) },
            // A program asks when it likes and follows nothing.
            None if role == Role::Manager => "–",
            None => span.state.closed { (t!("devices.unheard", locale = lang)) },
        }
    }
}
