// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's page: how the hub is, and which devices hear it.

use super::Pages;
use super::layout::{Html, local, since, word};
use super::session::{Technician, Who};
use crate::clock::unix_ms;
use crate::hub::api::{Ill, ills};
use crate::hub::devices::{Device, Role};
use crate::hub::lanes::Told;
use crate::hub::presence::Heard;
use crate::uplink::Standing;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::data::PartState;
use motcua_link::province::Kind;
use motcua_web::form::Fields;
use motcua_web::parts::csrf;

pub async fn page(State(pages): State<Pages>, Technician(who): Technician) -> Html {
    let body = html! { main {
        (lists(&pages, &who).await)
        (super::enrol::form(&who, &Fields::default()))
    } };
    who.page("/console/devices").show(&t!("nav.devices", locale = who.lang()), &body)
}

/// The part that is drawn anew: devices come and go without anything happening in the queue.
pub async fn lists(pages: &Pages, who: &Who) -> Markup {
    html! { div #live data-live="/console/devices/live" data-every="3" { (part(pages, who).await) } }
}

pub async fn live(State(pages): State<Pages>, Technician(who): Technician) -> Response {
    part(&pages, &who).await.into_string().into_response()
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

async fn part(pages: &Pages, who: &Who) -> Markup {
    let lang = who.lang();
    // A page that cannot say which tickets are open still says everything else.
    let tickets = pages.api.trust.open_tickets().await.unwrap_or_default();
    let mut devices = Vec::new();
    for device in pages.api.devices.list() {
        let told = pages.api.trust.health(&device.id).await;
        let ticket = tickets.iter().find(|(name, _)| name.device() == device.id).map(|(_, ms)| *ms);
        devices.push(Row { device, told, ticket });
    }
    html! {
        (hub(pages, who))
        (super::central::card(who, &Standing::of(&pages.reports.uplink.status())))
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

/// A device with what is known of it.
struct Row {
    device: Device,
    told: Option<Told>,
    /// Until when its open ticket can be used, milliseconds UTC.
    ticket: Option<i64>,
}

fn table(pages: &Pages, who: &Who, devices: &[Row]) -> Markup {
    let lang = who.lang();
    html! { div.scroll {
        table {
            thead { tr {
                th { (t!("devices.name", locale = lang)) } th { (t!("devices.role", locale = lang)) }
                th { (t!("devices.place", locale = lang)) } th { (t!("hall.state", locale = lang)) }
                th { (t!("devices.parts", locale = lang)) } th {}
            } }
            tbody { @for Row { device, told, ticket } in devices { tr {
                td { b { (device.id) } }
                td { (role_name(lang, device.role)) }
                td { (place(who, device)) }
                td { (state(lang, device.role, pages.api.presence.of(&device.id))) }
                td { (told.as_ref().map(|t| parts(lang, t)).unwrap_or_default()) }
                td { div.row {
                    @if let Some(ms) = ticket {
                        span.hint { (t!("enrol.open", locale = lang, at = local(&who.hall, *ms))) }
                        (wish(who, device, "cancel", "enrol.cancel", "enrol.ask_cancel"))
                    }
                    (wish(who, device, "ticket", "enrol.again", "enrol.ask_again"))
                    (wish(who, device, "remove", "enrol.remove", "enrol.ask_remove"))
                } }
            } } }
        }
    } }
}

/// A small button behind which something happens to a device.
fn wish(who: &Who, device: &Device, what: &str, name: &str, ask: &str) -> Markup {
    let lang = who.lang();
    html! {
        form method="post" action="/console/devices" {
            (csrf(&who.session.csrf))
            input type="hidden" name="do" value=(what);
            input type="hidden" name="id" value=(device.id);
            button.small type="submit" data-ask=(t!(ask, locale = lang, device = device.id)) { (t!(name, locale = lang)) }
        }
    }
}

/// What a device says of itself: its program, and each part that wants somebody.
fn parts(lang: &str, told: &Told) -> Markup {
    let ill = told.health.parts.iter().filter(|(_, p)| p.state != PartState::Ok);
    html! {
        span.hint { (told.health.version) }
        @for (name, part) in ill {
            @let (class, fault) = (if part.state == PartState::Fault { "gone" } else { "closed" }, part.fault.as_deref().unwrap_or("fault"));
            " " span.state.(class) { (word(lang, &format!("part.{name}"))) ": " (word(lang, &format!("part_fault.{fault}"))) }
        }
    }
}

/// What kind of device it is, in words.
pub fn role_name(lang: &str, role: Role) -> String {
    word(lang, &format!("devices.{}", role_key(role)))
}

fn role_key(role: Role) -> &'static str {
    match role {
        Role::Kiosk => "kiosk",
        Role::Manager => "program",
        Role::Display => "display",
        Role::Panel => "panel",
    }
}

/// Where a device belongs.
pub fn place(who: &Who, device: &Device) -> String {
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
