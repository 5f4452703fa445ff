// SPDX-License-Identifier: MIT OR Apache-2.0
//! The manager's page of people: accounts, roles, new PINs, photos.

use super::Pages;
use super::form::Signed;
use super::layout::{csrf, word};
use super::session::{Manager, Who};
use crate::clock::unix_ms;
use crate::staff::{Account, AccountFault, StaffRole, WeakSecret};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

const ROLES: [StaffRole; 3] = [StaffRole::Officer, StaffRole::Manager, StaffRole::Technician];

/// A fault in the person's language.
pub fn fault_text(fault: &AccountFault, lang: &str) -> String {
    match fault {
        AccountFault::Id => t!("account.bad_id", locale = lang),
        AccountFault::Name => t!("account.bad_name", locale = lang),
        AccountFault::There(id) => t!("account.there", locale = lang, id = id),
        AccountFault::NotThere(id) => t!("account.not_there", locale = lang, id = id),
        AccountFault::Weak(WeakSecret::Short) => t!("account.short", locale = lang),
        AccountFault::Weak(WeakSecret::Guessable) => t!("account.guessable", locale = lang),
        AccountFault::LastManager => t!("account.last_manager", locale = lang),
        AccountFault::SetupCode => t!("account.setup_code", locale = lang),
        AccountFault::Photo => t!("account.bad_photo", locale = lang),
        other => return t!("system_fault", locale = lang, why = crate::hub::chain(other)).into_owned(),
    }
    .into_owned()
}

pub async fn page(State(pages): State<Pages>, Manager(who): Manager) -> Response {
    draw(&pages, &who, None)
}

fn draw(pages: &Pages, who: &Who, said: Option<&str>) -> Response {
    let lang = who.lang();
    let accounts = match pages.staff.accounts() {
        Ok(accounts) => accounts,
        Err(e) => return (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    };
    let body = html! {
        main {
            h1 { (t!("nav.officers", locale = lang)) }
            p.said role="status" hidden[said.is_none()] { (said.unwrap_or_default()) }
            div.people { @for a in &accounts { (card(who, a)) } }
            section.card {
                h2 { (t!("account.new", locale = lang)) }
                form.grid method="post" action="/console/officers" {
                    (csrf(&who.session))
                    input type="hidden" name="do" value="add";
                    label { span { (t!("setup.full", locale = lang)) } input name="full" required maxlength="60" autocomplete="off"; }
                    label { span { (t!("sign.name", locale = lang)) } input name="id" required pattern="[a-z0-9.\\-]{2,30}" autocomplete="off"; }
                    label { span { (t!("sign.secret", locale = lang)) } input name="secret" type="password" required autocomplete="new-password"; }
                    (role_select(lang, StaffRole::Officer))
                    button.strong type="submit" { (t!("account.add", locale = lang)) }
                }
                p.hint { (t!("account.hint", locale = lang)) }
            }
        }
    };
    who.page("/console/officers").show(&t!("nav.officers", locale = lang), &body).into_response()
}

fn role_select(lang: &str, role: StaffRole) -> Markup {
    html! {
        label { span { (t!("account.role", locale = lang)) }
            select name="role" { @for r in ROLES {
                option value=(r.word()) selected[r == role] { (word(lang, &format!("account.{}", r.word()))) }
            } }
        }
    }
}

fn card(who: &Who, a: &Account) -> Markup {
    let lang = who.lang();
    let hidden = |what: &str| html! { (csrf(&who.session)) input type="hidden" name="do" value=(what); input type="hidden" name="id" value=(a.id); };
    html! {
        section.card.person.off[!a.active] {
            div.face {
                @match &a.photo {
                    Some(version) => img src=(format!("/console/officers/{}/photo?v={version}", a.id)) alt="";,
                    None => span aria-hidden="true" { (initials(&a.name)) },
                }
                div { b { (a.name) } small { (a.id) " · " (word(lang, &format!("account.{}", a.role.word()))) } }
            }
            @if a.locked_until_ms > unix_ms() { p.warn { (t!("account.locked", locale = lang)) } }
            details {
                summary { (t!("account.change", locale = lang)) }
                form method="post" action="/console/officers" {
                    (hidden("change"))
                    label { span { (t!("setup.full", locale = lang)) } input name="full" value=(a.name) required maxlength="60"; }
                    (role_select(lang, a.role))
                    label.check { input type="checkbox" name="active" value="1" checked[a.active]; span { (t!("account.active", locale = lang)) } }
                    button type="submit" { (t!("save", locale = lang)) }
                }
                form method="post" action="/console/officers" {
                    (hidden("secret"))
                    label { span { (t!("account.new_secret", locale = lang)) } input name="secret" type="password" required autocomplete="new-password"; }
                    button type="submit" { (t!("save", locale = lang)) }
                }
                label.photo { span { (t!("account.photo", locale = lang)) }
                    input type="file" accept="image/jpeg,image/png" data-photo=(format!("/console/officers/{}/photo", a.id));
                }
            }
        }
    }
}

fn initials(name: &str) -> String {
    // The given name stands last in Vietnamese.
    name.split_whitespace().last().and_then(|w| w.chars().next()).map(String::from).unwrap_or_default()
}

pub async fn act(State(pages): State<Pages>, form: Signed) -> Response {
    if !form.who.is_manager() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let by = form.who.id().to_owned();
    let fields = form.fields;
    let staff = pages.staff.clone();
    // Hashing takes its time on purpose.
    let done = tokio::task::spawn_blocking(move || {
        let by = (by.as_str(), unix_ms());
        let id = fields.get("id").to_lowercase();
        let role = ROLES.into_iter().find(|r| r.word() == fields.get("role")).unwrap_or(StaffRole::Officer);
        match fields.get("do") {
            "add" => staff.add(&id, fields.get("full"), role, fields.get("secret"), by),
            "change" => staff.change(&id, fields.get("full"), role, fields.get("active") == "1", by),
            "secret" => staff.set_secret(&id, fields.get("secret"), by),
            _ => Ok(()),
        }
    })
    .await;
    match done {
        Ok(Ok(())) => Redirect::to("/console/officers").into_response(),
        Ok(Err(e)) => draw(&pages, &form.who, Some(&fault_text(&e, form.who.lang()))),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

pub async fn photo(State(pages): State<Pages>, _who: Who, Path(id): Path<String>) -> Response {
    super::photo_response(&pages.staff, &id)
}

/// The file itself as the body; sent by the page's script with the session's token.
pub async fn set_photo(
    State(pages): State<Pages>,
    Manager(who): Manager,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let token = headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !motcua_web::token::same(token, &who.session.csrf) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let bytes = (!body.is_empty()).then_some(&body[..]);
    match pages.staff.set_photo(&id, bytes, (who.id(), unix_ms())) {
        Ok(()) => ([(header::CACHE_CONTROL, "no-store")], StatusCode::NO_CONTENT).into_response(),
        Err(e) => (StatusCode::UNPROCESSABLE_ENTITY, fault_text(&e, who.lang())).into_response(),
    }
}
