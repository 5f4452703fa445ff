// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first account, signing in and out, the language of the pages.

use super::Pages;
use super::layout::{LANGUAGES, Page};
use super::session::{COOKIE, Signed, is_secure};
use crate::audit::now_ms;
use crate::people::{self, AccountFault, Change, New, Role, SignInFault};
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use motcua_web::form::{Fields, from_here};
use motcua_web::page::Html;

/// A choice of language in an address.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Lang {
    #[serde(default)]
    lang: Option<String>,
}

fn known(lang: Option<&str>) -> &'static str {
    LANGUAGES.into_iter().find(|l| Some(*l) == lang).unwrap_or(LANGUAGES[0])
}

fn outside(lang: &str, title: &str, body: &Markup) -> Html {
    Page { lang, session: None, at: "" }.show(title, body)
}

fn field(name: &str, label: &str, kind: &str, value: &str, complete: &str) -> Markup {
    let first = value.is_empty() && matches!(complete, "username" | "off");
    html! {
        label { span { (label) } input name=(name) type=(kind) value=(value) autocomplete=(complete) required autofocus[first]; }
    }
}

/// The other languages, each under its own name.
fn languages(lang: &str, path: &str) -> Markup {
    html! {
        p.hint { @for l in LANGUAGES.iter().filter(|l| **l != lang) {
            a href=(format!("{path}?lang={l}")) lang=(l) { (t!("language", locale = l)) } " "
        } }
    }
}

async fn is_new(app: &Pages) -> bool {
    people::needs_setup(app.db()).await.unwrap_or(false)
}

/// The sign-in page.
pub async fn page(State(app): State<Pages>, Query(asked): Query<Lang>) -> Response {
    if is_new(&app).await {
        return Redirect::to("/setup").into_response();
    }
    sign_in_page(known(asked.lang.as_deref()), "", None).into_response()
}

fn sign_in_page(lang: &str, id: &str, fault: Option<&str>) -> Html {
    let body = html! {
        main.narrow {
            form.card.sign method="post" action="/signin" {
                p.place { span { (t!("product", locale = lang)) } }
                h1 { (t!("sign.title", locale = lang)) }
                @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
                (field("name", &t!("sign.name", locale = lang), "text", id, "username"))
                (field("secret", &t!("sign.secret", locale = lang), "password", "", "current-password"))
                input type="hidden" name="lang" value=(lang);
                button.primary type="submit" { (t!("sign.in", locale = lang)) }
                p.hint { (t!("sign.help", locale = lang)) }
                (languages(lang, "/signin"))
            }
        }
    };
    outside(lang, &t!("sign.title", locale = lang), &body)
}

/// Signs in.
pub async fn sign_in(State(app): State<Pages>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let lang = known(fields.some("lang").as_deref());
    if !from_here(&headers) {
        return (StatusCode::FORBIDDEN, sign_in_page(lang, "", None)).into_response();
    }
    let id = fields.get("name").to_lowercase();
    let fault = match people::sign_in(app.db(), &id, fields.get("secret"), lang, now_ms()).await {
        Ok(token) => {
            let cookie = COOKIE.set(&token, is_secure(&headers));
            return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
        }
        Err(SignInFault::Wrong) => t!("sign.wrong", locale = lang),
        Err(SignInFault::Locked { minutes }) => t!("sign.locked", locale = lang, minutes = minutes),
        Err(SignInFault::Busy) => t!("sign.busy", locale = lang),
        Err(e) => {
            tracing::error!(error = %e, "sign in");
            t!("broken", locale = lang)
        }
    };
    (StatusCode::UNAUTHORIZED, sign_in_page(lang, &id, Some(&fault))).into_response()
}

/// Signs out.
pub async fn sign_out(State(app): State<Pages>, headers: HeaderMap, form: Signed) -> Response {
    if let Err(e) = people::sign_out(app.db(), &form.who.session).await {
        return form.who.broken(&e);
    }
    let cookie = COOKIE.set("", is_secure(&headers));
    ([(header::SET_COOKIE, cookie)], Redirect::to("/signin")).into_response()
}

/// Another language for this session.
pub async fn lang(State(app): State<Pages>, form: Signed) -> Response {
    let lang = known(Some(form.fields.get("lang")));
    if let Err(e) = people::set_lang(app.db(), &form.who.session, lang).await {
        return form.who.broken(&e);
    }
    let to = form.fields.get("to");
    // Only to our own pages: `//elsewhere` is another host.
    let ours = to.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']));
    Redirect::to(if ours { to } else { "/" }).into_response()
}

/// The page for the first account.
pub async fn setup_page(State(app): State<Pages>, Query(asked): Query<Lang>) -> Response {
    if !is_new(&app).await {
        return Redirect::to("/signin").into_response();
    }
    setup_form(known(asked.lang.as_deref()), &Fields::default(), None).into_response()
}

fn setup_form(lang: &str, given: &Fields, fault: Option<&str>) -> Html {
    let body = html! {
        main.narrow {
            form.card.sign method="post" action="/setup" {
                p.place { span { (t!("product", locale = lang)) } }
                h1 { (t!("setup.title", locale = lang)) }
                p { (t!("setup.text", locale = lang)) }
                @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
                (field("code", &t!("setup.code", locale = lang), "text", given.get("code"), "off"))
                (field("full", &t!("people.full", locale = lang), "text", given.get("full"), "name"))
                (field("name", &t!("sign.name", locale = lang), "text", given.get("name"), "username"))
                (field("secret", &t!("people.secret", locale = lang), "password", "", "new-password"))
                (field("again", &t!("setup.again", locale = lang), "password", "", "new-password"))
                input type="hidden" name="lang" value=(lang);
                button.primary type="submit" { (t!("setup.create", locale = lang)) }
                (languages(lang, "/setup"))
            }
        }
    };
    outside(lang, &t!("setup.title", locale = lang), &body)
}

/// Makes the first account and signs it in.
pub async fn setup(State(app): State<Pages>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let lang = known(fields.some("lang").as_deref());
    if !from_here(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let refused = |fault: &str| {
        (StatusCode::UNPROCESSABLE_ENTITY, setup_form(lang, &fields, Some(fault))).into_response()
    };
    if fields.get("secret") != fields.get("again") {
        return refused(&t!("setup.differ", locale = lang));
    }
    let change =
        Change { name: fields.get("full").to_owned(), role: Role::Province, sites: Vec::new(), active: true };
    let new = New { id: fields.get("name").to_lowercase(), change, secret: fields.get("secret").to_owned() };
    match people::set_up(app.db(), fields.get("code"), new).await {
        Ok(()) => sign_in(State(app), headers, body).await,
        Err(e) => refused(&fault_text(&e, lang)),
    }
}

/// Why an account is not changed, in the person's language.
pub fn fault_text(fault: &AccountFault, lang: &str) -> String {
    use motcua_web::secret::WeakSecret;
    match fault {
        AccountFault::Id => t!("people.bad_id", locale = lang),
        AccountFault::Name => t!("people.bad_name", locale = lang),
        AccountFault::There(id) => t!("people.there", locale = lang, id = id),
        AccountFault::NotThere(id) => t!("people.not_there", locale = lang, id = id),
        AccountFault::NoSite => t!("people.no_site", locale = lang),
        AccountFault::Weak(WeakSecret::Unhashed) => t!("broken", locale = lang),
        AccountFault::Weak(WeakSecret::NotLong) => t!("people.short", locale = lang),
        AccountFault::Weak(_) => t!("people.simple", locale = lang),
        AccountFault::LastProvince => t!("people.last", locale = lang),
        AccountFault::SetupCode => t!("setup.bad_code", locale = lang),
        AccountFault::Db(e) => {
            tracing::error!(error = %e, "an account could not be changed");
            t!("broken", locale = lang)
        }
    }
    .into_owned()
}
