// SPDX-License-Identifier: MIT OR Apache-2.0
//! People: accounts, their roles and halls, new passwords.

use super::Pages;
use super::session::{Signed, Who};
use super::sign::fault_text;
use super::words::{moment, word};
use crate::audit::now_ms;
use crate::people::{self, Account, AccountFault, Change, New, Right, Role};
use crate::reports::{Scope, Wording};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_link::db::DbError;
use motcua_web::form::Fields;
use motcua_web::parts::csrf;

/// The page.
pub async fn page(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::People)?;
    draw(&app, &who, None).await.map_err(|e| who.broken(&e))
}

async fn draw(app: &Pages, who: &Who, fault: Option<&str>) -> Result<Response, DbError> {
    let lang = who.lang();
    let accounts = people::accounts(app.db()).await?;
    let words = app.db().read(|tx| Box::pin(async move { Wording::read(tx, &Scope::All).await })).await?;
    let body = html! { main {
        h1 { (t!("nav.people", locale = lang)) }
        @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
        div.people { @for a in &accounts { (card(who, &words, a)) } }
        section.card {
            h2 { (t!("people.new", locale = lang)) }
            form.grid method="post" action="/people" {
                (csrf(&who.session.csrf))
                input type="hidden" name="do" value="add";
                (text(&t!("sign.name", locale = lang), "id", "", "off"))
                (text(&t!("people.full", locale = lang), "full", "", "off"))
                (role_field(lang, Role::HallManager))
                label { span { (t!("people.secret", locale = lang)) } input type="password" name="secret" autocomplete="new-password" required; }
                (sites_field(lang, &words, &[]))
                input type="hidden" name="active" value="yes";
                button.strong type="submit" { (t!("people.add", locale = lang)) }
            }
            p.hint { (t!("people.hint", locale = lang)) }
        }
    } };
    let page = who.page("/people").show(&t!("nav.people", locale = lang), &body);
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, page).into_response())
}

fn text(label: &str, name: &str, value: &str, complete: &str) -> Markup {
    html! { label { span { (label) } input name=(name) value=(value) autocomplete=(complete) required; } }
}

fn role_name(lang: &str, role: Role) -> String {
    let role_key = match role {
        Role::Province => "province",
        Role::HallManager => "hall_manager",
        Role::Auditor => "auditor",
        Role::Technician => "technician",
    };
    word(lang, &format!("role.{role_key}"))
}

fn role_field(lang: &str, chosen: Role) -> Markup {
    html! {
        label { span { (t!("people.role", locale = lang)) }
            select name="role" { @for r in Role::ALL { option value=(r.word()) selected[r == chosen] { (role_name(lang, r)) } } }
        }
    }
}

fn sites_field(lang: &str, words: &Wording, chosen: &[String]) -> Markup {
    html! {
        fieldset {
            legend { (t!("people.sites", locale = lang)) }
            @for (site, hall) in words.halls() {
                label.check { input type="checkbox" name="site" value=(site) checked[chosen.iter().any(|s| s == site)]; span { (hall.name) } }
            }
            @if words.halls().next().is_none() { span.hint { (t!("overview.none", locale = lang)) } }
        }
    }
}

fn card(who: &Who, words: &Wording, a: &Account) -> Markup {
    let (lang, locked) = (who.lang(), a.locked_until_ms > now_ms());
    let hidden = |what: &str| html! { (csrf(&who.session.csrf)) input type="hidden" name="do" value=(what); input type="hidden" name="id" value=(a.id); };
    html! {
        article.card.person.off[!a.active] {
            div.face {
                span aria-hidden="true" { (a.name.split_whitespace().last().and_then(|w| w.chars().next()).unwrap_or('?')) }
                div { b { (a.name) } span.hint { (a.id) " · " (role_name(lang, a.role)) } }
            }
            @if !a.sites.is_empty() { p.hint { (a.sites.iter().map(|s| words.hall_name(s)).collect::<Vec<_>>().join(", ")) } }
            @if !a.active { p { span.state.closed { (t!("people.off", locale = lang)) } } }
            @if locked { p { span.state.gone { (t!("people.locked", locale = lang, at = moment(a.locked_until_ms))) } } }
            @if a.outside { p.hint { (t!("oidc.vouched", locale = lang)) } }
            @if a.outside { details {
                summary { (t!("people.edit", locale = lang)) }
                form method="post" action="/people" {
                    (hidden("change"))
                    // What stands at the provider is only sent along; the switch is ours.
                    input type="hidden" name="full" value=(a.name);
                    input type="hidden" name="role" value=(a.role.word());
                    @for site in &a.sites { input type="hidden" name="site" value=(site); }
                    label.check { input type="checkbox" name="active" value="yes" checked[a.active]; span { (t!("people.active", locale = lang)) } }
                    button.strong type="submit" { (t!("save", locale = lang)) }
                }
            } } @else { (edit(who, words, a)) }
        }
    }
}

fn edit(who: &Who, words: &Wording, a: &Account) -> Markup {
    let lang = who.lang();
    let hidden = |what: &str| html! { (csrf(&who.session.csrf)) input type="hidden" name="do" value=(what); input type="hidden" name="id" value=(a.id); };
    html! {
            details {
                summary { (t!("people.edit", locale = lang)) }
                form method="post" action="/people" {
                    (hidden("change"))
                    (text(&t!("people.full", locale = lang), "full", &a.name, "off"))
                    (role_field(lang, a.role))
                    (sites_field(lang, words, &a.sites))
                    label.check { input type="checkbox" name="active" value="yes" checked[a.active]; span { (t!("people.active", locale = lang)) } }
                    button.strong type="submit" { (t!("save", locale = lang)) }
                }
                form method="post" action="/people" {
                    (hidden("secret"))
                    label { span { (t!("people.secret", locale = lang)) } input type="password" name="secret" autocomplete="new-password" required; }
                    button type="submit" { (t!("people.set_secret", locale = lang)) }
                }
            }
    }
}

/// Carries out what a form asks.
pub async fn act(State(app): State<Pages>, form: Signed) -> Result<Response, Response> {
    form.who.needs(Right::People)?;
    match carry_out(&app, &form).await {
        Ok(()) => Ok(Redirect::to("/people").into_response()),
        Err(AccountFault::Db(e)) => Err(form.who.broken(&e)),
        Err(fault) => {
            let text = fault_text(&fault, form.who.lang());
            draw(&app, &form.who, Some(&text)).await.map_err(|e| form.who.broken(&e))
        }
    }
}

fn change_of(f: &Fields) -> Change {
    Change {
        name: f.get("full").to_owned(),
        // Whoever sends a role that there is not gets the one that may least.
        role: Role::read(f.get("role")).unwrap_or(Role::Auditor),
        sites: f.each("site").into_iter().map(str::to_owned).collect(),
        active: f.get("active") == "yes",
    }
}

async fn carry_out(app: &Pages, form: &Signed) -> Result<(), AccountFault> {
    let (f, by) = (&form.fields, form.who.id());
    let id = f.get("id").to_lowercase();
    match f.get("do") {
        "add" => {
            let new = New { id, change: change_of(f), secret: f.get("secret").to_owned() };
            people::add(app.db(), by, new).await
        }
        "change" => people::change(app.db(), by, &id, change_of(f)).await,
        "secret" => people::set_secret(app.db(), by, &id, f.get("secret")).await,
        _ => Ok(()),
    }
}
