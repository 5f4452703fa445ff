// SPDX-License-Identifier: MIT OR Apache-2.0
//! Enrolment: tickets that let devices in, as a line, a code and a sheet of
//! paper. The token is shown once; the central keeps its digest only.

use super::Pages;
use super::session::{Signed, Who};
use super::words::{by, moment, word_or};
use crate::audit::now_ms;
use crate::people::Right;
use crate::reports::Wording;
use crate::trust::{self, Ticket};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_link::trust::{EnrolmentTicket, Role, ServerNames, Token, TokenRecord};
use motcua_link::wire::Source;
use motcua_web::form::Fields;
use motcua_web::parts::{TicketSheet, csrf};
use std::net::IpAddr;

/// Hours that a ticket can live: at most thirty days.
const HOURS: std::ops::RangeInclusive<i64> = 1..=720;
/// What a device can be. A central is enrolled from the command line.
const ROLES: [Role; 5] = [Role::Hub, Role::Kiosk, Role::Display, Role::Panel, Role::Manager];

/// A ticket as it is shown once.
struct Made {
    source: Source,
    role: Role,
    line: String,
    expires_ms: i64,
}

/// What was typed, so that a refused form loses nothing.
#[derive(Default)]
struct Typed {
    site: String,
    device: String,
    role: String,
    hours: String,
    names: String,
}

impl Typed {
    fn of(f: &Fields) -> Typed {
        let own = |name: &str| f.get(name).to_owned();
        Typed {
            site: own("site"),
            device: own("device"),
            role: own("role"),
            hours: own("hours"),
            names: own("names"),
        }
    }
}

/// Why no ticket is made.
enum Fault {
    /// A key of the words.
    Said(&'static str),
    /// The hall is not this person's.
    Missing,
    /// The database.
    Db(DbError),
}

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Operate)?;
    draw(&app, &who, &Typed::default(), None, None).await.map_err(|e| who.broken(&e))
}

/// Makes a ticket and shows it, or cancels one.
pub async fn act(State(app): State<Pages>, form: Signed) -> Result<Response, Response> {
    form.who.needs(Right::Operate)?;
    if form.fields.get("do") == "cancel" {
        return cancel(&app, &form).await;
    }
    let (who, typed) = (&form.who, Typed::of(&form.fields));
    let drawn = match made(&app, who, &typed).await {
        Ok(made) => draw(&app, who, &Typed::default(), None, Some(&made)).await,
        Err(Fault::Said(key)) => draw(&app, who, &typed, Some(key), None).await,
        Err(Fault::Missing) => return Err(who.missing()),
        Err(Fault::Db(e)) => Err(e),
    };
    drawn.map_err(|e| who.broken(&e))
}

async fn cancel(app: &Pages, form: &Signed) -> Result<Response, Response> {
    let (scope, by) = (form.who.scope(), form.who.id().to_owned());
    let digest = form.fields.get("ticket").to_owned();
    let done =
        app.db().write(move |tx| Box::pin(async move { trust::cancel(tx, &scope, &digest, &by).await }));
    match done.await.map_err(|e| form.who.broken(&e))? {
        true => Ok(Redirect::to("/enrol").into_response()),
        false => Err(form.who.missing()),
    }
}

async fn made(app: &Pages, who: &Who, typed: &Typed) -> Result<Made, Fault> {
    let source = Source::new(&typed.site, &typed.device).map_err(|_| Fault::Said("enrol.bad_name"))?;
    if !who.scope().has(source.site()) {
        return Err(Fault::Missing);
    }
    let role = ROLES.into_iter().find(|r| r.as_str() == typed.role).ok_or(Fault::Said("enrol.bad_role"))?;
    let hours = typed.hours.parse::<i64>().ok().filter(|h| HOURS.contains(h));
    let hours = hours.ok_or(Fault::Said("enrol.bad_hours"))?;
    let server = server_names(&typed.names).ok_or(Fault::Said("enrol.bad_names"))?;
    let system = |e: &dyn std::fmt::Display| {
        tracing::error!(error = %e, "no ticket was made");
        Fault::Said("enrol.failed")
    };
    let (app, now) = (app.app(), now_ms());
    let token = Token::generate().map_err(|e| system(&e))?;
    let expires_ms = now + hours * 3_600_000;
    let digest = token.digest();
    let record = TokenRecord { digest, name: source.clone(), role, server, expires_ms, used_at_ms: None };
    let fingerprint = app.authority.fingerprint();
    let ticket = EnrolmentTicket::new(&app.devices_url, &fingerprint, source.clone(), token)
        .map_err(|e| system(&e))?;
    let line = ticket.line().to_string();
    app.certificates.add(record, who.id(), now).await.map_err(Fault::Db)?;
    Ok(Made { source, role, line, expires_ms })
}

/// Names and addresses, between commas or blanks; `None` where one of them is neither.
fn server_names(text: &str) -> Option<ServerNames> {
    let mut out = ServerNames::default();
    for name in text.split([',', ' ', ';', '\n']).map(str::trim).filter(|n| !n.is_empty()) {
        match name.parse::<IpAddr>() {
            Ok(ip) => out.ips.push(ip),
            Err(_) if is_host(name) => out.dns.push(name.to_ascii_lowercase()),
            Err(_) => return None,
        }
    }
    Some(out)
}

fn is_host(name: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

async fn draw(
    app: &Pages,
    who: &Who,
    typed: &Typed,
    fault: Option<&str>,
    made: Option<&Made>,
) -> Result<Response, DbError> {
    let (lang, scope) = (who.lang(), who.scope());
    let (words, tickets) = app
        .db()
        .read(move |tx| {
            Box::pin(async move { Ok((Wording::read(tx, &scope).await?, trust::tickets(tx, &scope).await?)) })
        })
        .await?;
    let title = t!("nav.enrol", locale = lang);
    let now = now_ms();
    let (open, past): (Vec<&Ticket>, Vec<&Ticket>) =
        tickets.iter().partition(|t| t.used_ms.is_none() && t.expires_ms > now);
    let body = html! { main {
        p.path { a href="/devices" { (t!("nav.devices", locale = lang)) } " › " (title) }
        h1 { (title) }
        @if let Some(key) = fault { p.fault role="alert" { (t!(key, locale = lang)) } }
        @if let Some(made) = made { (shown(lang, &words, made)) }
        (form(app, who, &words, typed))
        (list(who, &words, "enrol.open", &open, now))
        (list(who, &words, "enrol.past", &past, now))
    } };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, who.page("/devices").show(&title, &body)).into_response())
}

fn role_name(lang: &str, role: &str) -> String {
    word_or(lang, "role_of_device", role)
}

fn form(app: &Pages, who: &Who, words: &Wording, typed: &Typed) -> Markup {
    let lang = who.lang();
    let hours = if typed.hours.is_empty() { "72" } else { &typed.hours };
    html! {
        section.card {
            h2 { (t!("enrol.new", locale = lang)) }
            form.grid method="post" action="/enrol" {
                (csrf(&who.session.csrf))
                label { span { (t!("enrol.site", locale = lang)) } input name="site" value=(typed.site) list="sites" autocomplete="off" placeholder="ngo-quyen" required; }
                datalist id="sites" { @for (site, hall) in words.halls() { option value=(site) { (hall.name) } } }
                label { span { (t!("enrol.device", locale = lang)) } input name="device" value=(typed.device) autocomplete="off" placeholder="kiosk-1" required; }
                label { span { (t!("devices.role", locale = lang)) }
                    select name="role" { @for r in ROLES { option value=(r.as_str()) selected[r.as_str() == typed.role] { (role_name(lang, r.as_str())) } } }
                }
                label { span { (t!("enrol.hours", locale = lang)) } input name="hours" type="number" min=(HOURS.start()) max=(HOURS.end()) value=(hours) required; }
                label { span { (t!("enrol.names", locale = lang)) } input name="names" value=(typed.names) autocomplete="off" placeholder="hub.local, 10.1.2.3"; }
                button.strong type="submit" { (t!("enrol.make", locale = lang)) }
            }
            p.hint { (t!("enrol.hint", locale = lang, url = &app.app().devices_url)) }
        }
    }
}

/// The ticket on the screen, and on paper: a sheet in Vietnamese for whoever stands before the device.
fn shown(lang: &str, words: &Wording, made: &Made) -> Markup {
    let vi = "vi";
    let text = |key: &str| t!(key, locale = vi).into_owned();
    let sheet = TicketSheet {
        title: text("sheet.title"),
        code: text("enrol.code"),
        facts: vec![
            (text("sheet.device"), made.source.to_string()),
            (text("group.hall"), words.hall_name(made.source.site()).to_string()),
            (text("devices.role"), role_name(vi, made.role.as_str())),
            (text("sheet.until"), moment(made.expires_ms)),
        ],
        steps: vec![
            html! { (text("sheet.step_1")) },
            html! { (text("sheet.step_2")) code { "motcua enrol" } (text("sheet.step_2_end")) },
            html! { (text("sheet.step_3")) },
        ],
        line: made.line.clone(),
        secret: text("sheet.secret"),
    };
    html! {
        section.card.ticket lang=(vi) {
            (sheet.draw())
            p.screen lang=(lang) { (t!("enrol.once", locale = lang)) " " button type="button" data-print="" { (t!("enrol.print", locale = lang)) } }
        }
    }
}

fn list(who: &Who, words: &Wording, title: &str, tickets: &[&Ticket], now: i64) -> Markup {
    let lang = who.lang();
    html! {
        section.card.list {
            h2 { (t!(title, locale = lang)) b { (tickets.len()) } }
            @if tickets.is_empty() { p.hint { (t!("enrol.none", locale = lang)) } }
            @else { div.scroll { table {
                thead { tr {
                    th scope="col" { (t!("devices.name", locale = lang)) } th scope="col" { (t!("devices.role", locale = lang)) }
                    th scope="col" { (t!("enrol.made", locale = lang)) } th scope="col" { (t!("enrol.until", locale = lang)) }
                    th scope="col" { (t!("enrol.used", locale = lang)) }
                } }
                tbody { @for t in tickets { tr {
                    td { b { (t.source) } br; span.hint { (words.hall_name(t.source.site())) } }
                    td { (role_name(lang, &t.role)) }
                    td.when { (moment(t.made_ms)) br; span.hint { (by(lang, &t.made_by)) } }
                    td.when { (moment(t.expires_ms)) }
                    td.when { @match t.used_ms {
                        Some(ms) => span.state.open { (moment(ms)) },
                        None if t.expires_ms <= now => span.state.closed { (t!("enrol.expired", locale = lang)) },
                        None => form method="post" action="/enrol" {
                            (csrf(&who.session.csrf))
                            input type="hidden" name="do" value="cancel";
                            input type="hidden" name="ticket" value=(t.digest);
                            button.small type="submit" data-ask=(t!("enrol.ask_cancel", locale = lang, device = t.source.to_string())) { (t!("enrol.cancel", locale = lang)) }
                        },
                    } }
                } } }
            } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_hub_are_hosts_and_addresses_and_nothing_else() {
        let names = server_names("hub.local, 10.1.2.3;Hub-2").unwrap();
        assert_eq!((names.dns.len(), names.ips.len()), (2, 1));
        assert_eq!(server_names(" ").unwrap(), ServerNames::default());
        for wrong in ["a_b", "-a", "a..b", "<x>"] {
            assert!(server_names(wrong).is_none(), "{wrong}");
        }
    }
}
