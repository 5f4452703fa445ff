// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first manager, signing in and out, the language of the pages.

use super::Pages;
use super::form::{Fields, Signed};
use super::layout::{Html, Page};
use super::session::{Who, cookie};
use crate::clock::unix_ms;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_core::hall::Hall;
use motcua_core::queue::Command;
use motcua_web::form::from_here;
use uuid::Uuid;

/// The language of a page before anybody is signed in: the hall's, or the one chosen on the page. What
/// the browser asks for is the computer's language, which here is rarely the officer's.
fn asked_lang(pages: &Pages, asked: Option<&str>) -> String {
    let hall = pages.api.hub.hall();
    let offered = asked.filter(|lang| hall.languages.iter().any(|l| l == lang));
    offered.unwrap_or(hall.default_lang()).to_owned()
}

/// A choice of language in an address.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Lang {
    #[serde(default)]
    lang: Option<String>,
}

/// Where a person begins.
pub async fn start(State(pages): State<Pages>, who: Option<WhoElse>) -> Redirect {
    match who {
        Some(WhoElse(who)) if who.is_manager() => Redirect::to("/console/hall"),
        Some(WhoElse(who)) if who.is_technician() => Redirect::to("/console/devices"),
        Some(_) => Redirect::to("/console/desk"),
        None if pages.staff.setup_code().is_some() => Redirect::to("/console/setup"),
        None => Redirect::to("/console/signin"),
    }
}

/// A person, if one is signed in.
pub struct WhoElse(Who);

impl axum::extract::OptionalFromRequestParts<Pages> for WhoElse {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        pages: &Pages,
    ) -> Result<Option<Self>, Self::Rejection> {
        use axum::extract::FromRequestParts;
        Ok(Who::from_request_parts(parts, pages).await.ok().map(WhoElse))
    }
}

fn page_of(pages: &Pages, lang: &str, title: &str, body: &Markup) -> Html {
    let hall = pages.api.hub.hall();
    Page { lang, hall: &hall, session: None, at: "" }.show(title, body)
}

fn field(name: &str, label: &str, kind: &str, value: &str, complete: &str) -> Markup {
    html! {
        label { span { (label) } input name=(name) type=(kind) value=(value) autocomplete=(complete) required autofocus[value.is_empty() && matches!(complete, "username" | "off")]; }
    }
}

pub async fn page(State(pages): State<Pages>, Query(asked): Query<Lang>) -> Response {
    if pages.staff.setup_code().is_some() {
        return Redirect::to("/console/setup").into_response();
    }
    sign_in_page(&pages, &asked_lang(&pages, asked.lang.as_deref()), "", None).into_response()
}

fn sign_in_page(pages: &Pages, lang: &str, id: &str, fault: Option<&str>) -> Html {
    let hall = pages.api.hub.hall();
    let body = html! {
        main.narrow {
            form.card.sign method="post" action="/console/signin" {
                p.place { @for line in &hall.lines { span { (line) } } }
                h1 { (t!("sign.title", locale = lang)) }
                @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
                (field("name", &t!("sign.name", locale = lang), "text", id, "username"))
                (field("secret", &t!("sign.secret", locale = lang), "password", "", "current-password"))
                input type="hidden" name="lang" value=(lang);
                button.primary type="submit" { (t!("sign.in", locale = lang)) }
                p.hint { (t!("sign.help", locale = lang)) }
                (languages(&hall, lang, "/console/signin"))
            }
        }
    };
    page_of(pages, lang, &t!("sign.title", locale = lang), &body)
}

/// The other languages, each under its own name.
fn languages(hall: &Hall, lang: &str, path: &str) -> Markup {
    html! {
        p.hint { @for l in hall.languages.iter().filter(|l| *l != lang) {
            a href=(format!("{path}?lang={l}")) lang=(l) { (t!("language", locale = l)) } " "
        } }
    }
}

pub async fn sign_in(State(pages): State<Pages>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let lang = asked_lang(&pages, fields.some("lang").as_deref());
    if !from_here(&headers) {
        return (StatusCode::FORBIDDEN, sign_in_page(&pages, &lang, "", None)).into_response();
    }
    let id = fields.get("name").to_lowercase();
    let (staff, name, secret, language) =
        (pages.staff.clone(), id.clone(), fields.get("secret").to_owned(), lang.clone());
    let tried =
        tokio::task::spawn_blocking(move || staff.sign_in(&name, &secret, &language, unix_ms())).await;
    use crate::staff::SignInFault::*;
    let fault = match tried {
        Ok(Ok(token)) => {
            return ([(header::SET_COOKIE, cookie(&token))], Redirect::to("/console")).into_response();
        }
        Ok(Err(Wrong)) => t!("sign.wrong", locale = &lang),
        Ok(Err(Locked { minutes })) => t!("sign.locked", locale = &lang, minutes = minutes),
        Ok(Err(System(e))) => t!("system_fault", locale = &lang, why = e),
        Err(e) => t!("system_fault", locale = &lang, why = e),
    };
    (StatusCode::UNAUTHORIZED, sign_in_page(&pages, &lang, &id, Some(&fault))).into_response()
}

pub async fn sign_out(State(pages): State<Pages>, form: Signed) -> Response {
    // Whoever goes home leaves the counter; with somebody still at the desk it stays as it is.
    let now = pages.api.hub.now().borrow().clone();
    if let Some(counter) = super::desk::my_counter(&now, form.who.id()) {
        let left = pages.done(form.who.id(), Uuid::now_v7(), Command::SignOut { counter }).await;
        if let Err(said) = left {
            tracing::info!(who = form.who.id(), ?said, "signed out with the counter still taken");
        }
    }
    if let Err(e) = pages.staff.sign_out(&form.who.session) {
        tracing::error!(error = %e, "sign out");
    }
    ([(header::SET_COOKIE, cookie(""))], Redirect::to("/console/signin")).into_response()
}

pub async fn lang(State(pages): State<Pages>, form: Signed) -> Redirect {
    let lang = form.fields.get("lang");
    if form.who.hall.languages.iter().any(|l| l == lang)
        && let Err(e) = pages.staff.set_lang(&form.who.session, lang)
    {
        tracing::error!(error = %e, "language");
    }
    let to = form.fields.get("to");
    // Only to our own pages.
    Redirect::to(if to.starts_with("/console/") { to } else { "/console" })
}

pub async fn setup_page(State(pages): State<Pages>, Query(asked): Query<Lang>) -> Response {
    if pages.staff.setup_code().is_none() {
        return Redirect::to("/console/signin").into_response();
    }
    setup_form(&pages, &asked_lang(&pages, asked.lang.as_deref()), &Fields::read(b""), None).into_response()
}

fn setup_form(pages: &Pages, lang: &str, given: &Fields, fault: Option<&str>) -> Html {
    let body = html! {
        main.narrow {
            form.card.sign method="post" action="/console/setup" {
                h1 { (t!("setup.title", locale = lang)) }
                p { (t!("setup.text", locale = lang)) }
                @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
                (field("code", &t!("setup.code", locale = lang), "text", given.get("code"), "off"))
                (field("full", &t!("setup.full", locale = lang), "text", given.get("full"), "name"))
                (field("name", &t!("sign.name", locale = lang), "text", given.get("name"), "username"))
                (field("secret", &t!("setup.secret", locale = lang), "password", "", "new-password"))
                (field("again", &t!("setup.again", locale = lang), "password", "", "new-password"))
                input type="hidden" name="lang" value=(lang);
                button.primary type="submit" { (t!("setup.create", locale = lang)) }
                (languages(&pages.api.hub.hall(), lang, "/console/setup"))
            }
        }
    };
    page_of(pages, lang, &t!("setup.title", locale = lang), &body)
}

pub async fn setup(State(pages): State<Pages>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let lang = asked_lang(&pages, fields.some("lang").as_deref());
    if !from_here(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if fields.get("secret") != fields.get("again") {
        let fault = t!("setup.differ", locale = &lang);
        return (StatusCode::UNPROCESSABLE_ENTITY, setup_form(&pages, &lang, &fields, Some(&fault)))
            .into_response();
    }
    let made = pages.staff.set_up(
        fields.get("code"),
        &fields.get("name").to_lowercase(),
        fields.get("full"),
        fields.get("secret"),
        unix_ms(),
    );
    match made {
        Ok(()) => sign_in(State(pages), headers, body).await,
        Err(e) => {
            let fault = super::accounts::fault_text(&e, &lang);
            (StatusCode::UNPROCESSABLE_ENTITY, setup_form(&pages, &lang, &fields, Some(&fault)))
                .into_response()
        }
    }
}
