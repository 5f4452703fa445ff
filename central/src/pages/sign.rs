// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first account, signing in and out, the language of the pages. The way
//! through an OpenID provider is in `oidc`.

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
    /// After signing out of an account of the provider.
    #[serde(default)]
    out: Option<String>,
}

impl Lang {
    /// What was asked for.
    pub fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }
}

/// What the sign-in page says first.
#[derive(Clone, Copy)]
pub enum Why<'a> {
    Nothing,
    /// Of the name and the password.
    Password(&'a str),
    /// Of the provider.
    Outside(&'a str),
    /// Signed out here, not at the provider.
    Out,
}

/// A language of the pages.
pub fn known(lang: Option<&str>) -> &'static str {
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
    // Where a provider lets people in, the first account is not the only way.
    if app.app().oidc.is_none() && is_new(&app).await {
        return Redirect::to("/setup").into_response();
    }
    let why = if asked.out.is_some() && app.app().oidc.is_some() { Why::Out } else { Why::Nothing };
    sign_in_page(&app, known(asked.lang()), "", why).into_response()
}

/// Passwords are taken.
fn takes_passwords(app: &Pages) -> bool {
    app.app().oidc.as_ref().is_none_or(|o| o.config().local_sign_in)
}

/// The sign-in page with why nobody is signed in.
pub fn sign_in_page(app: &Pages, lang: &str, id: &str, why: Why<'_>) -> Html {
    let (local, oidc) = (takes_passwords(app), app.app().oidc.as_ref());
    let title = html! {
        p.place { span { (t!("product", locale = lang)) } }
        h1 { (t!("sign.title", locale = lang)) }
    };
    let fault = |text: &str| html! { p.fault role="alert" { (text) } };
    let body = html! {
        main.narrow {
            @if let Some(oidc) = oidc {
                div.card.sign {
                    (title)
                    @if let Why::Outside(text) = why { (fault(text)) }
                    @if let Why::Out = why {
                        p role="status" { (t!("oidc.out", locale = lang)) " " a href="/signin/oidc/out" { (t!("oidc.out_there", locale = lang)) } }
                    }
                    a.button.primary href=(format!("/signin/oidc?lang={lang}")) autofocus { (button_text(oidc, lang)) }
                    @if !local {
                        p.hint { (t!("oidc.only", locale = lang)) " " a href=(format!("/setup?lang={lang}")) { (t!("oidc.code", locale = lang)) } }
                        (languages(lang, "/signin"))
                    }
                }
            }
            @if local { form.card.sign method="post" action="/signin" {
                @if oidc.is_none() { (title) } @else { h2 { (t!("oidc.or", locale = lang)) } }
                @if let Why::Password(text) = why { (fault(text)) }
                (field("name", &t!("sign.name", locale = lang), "text", id, "username"))
                (field("secret", &t!("sign.secret", locale = lang), "password", "", "current-password"))
                input type="hidden" name="lang" value=(lang);
                button.primary[oidc.is_none()].strong[oidc.is_some()] type="submit" { (t!("sign.in", locale = lang)) }
                p.hint { (t!("sign.help", locale = lang)) }
                (languages(lang, "/signin"))
            } }
        }
    };
    outside(lang, &t!("sign.title", locale = lang), &body)
}

fn button_text(oidc: &crate::oidc::Oidc, lang: &str) -> String {
    let own = oidc.config().button.as_ref().map(|b| if lang == "en" { &b.en } else { &b.vi });
    own.cloned().unwrap_or_else(|| t!("oidc.button", locale = lang).into_owned())
}

/// Signs in.
pub async fn sign_in(State(app): State<Pages>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let lang = known(fields.some("lang").as_deref());
    if !from_here(&headers) || !takes_passwords(&app) {
        return (StatusCode::FORBIDDEN, sign_in_page(&app, lang, "", Why::Nothing)).into_response();
    }
    proven(&app, &headers, &fields, lang).await
}

async fn proven(app: &Pages, headers: &HeaderMap, fields: &Fields, lang: &str) -> Response {
    let id = fields.get("name").to_lowercase();
    let fault = match people::sign_in(app.db(), &id, fields.get("secret"), lang, now_ms()).await {
        Ok(token) => {
            let cookie = COOKIE.set(&token, is_secure(headers));
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
    (StatusCode::UNAUTHORIZED, sign_in_page(app, lang, &id, Why::Password(&fault))).into_response()
}

/// Signs out.
pub async fn sign_out(State(app): State<Pages>, headers: HeaderMap, form: Signed) -> Response {
    if let Err(e) = people::sign_out(app.db(), &form.who.session).await {
        return form.who.broken(&e);
    }
    let cookie = COOKIE.set("", is_secure(&headers));
    let to = if form.who.session.account.outside {
        format!("/signin?out=1&lang={}", form.who.lang())
    } else {
        "/signin".to_owned()
    };
    ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
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
    let broken_glass = !takes_passwords(&app);
    if !broken_glass && !is_new(&app).await {
        return Redirect::to("/signin").into_response();
    }
    setup_form(known(asked.lang()), &Fields::default(), None, broken_glass).into_response()
}

fn setup_form(lang: &str, given: &Fields, fault: Option<&str>, broken_glass: bool) -> Html {
    let (title, text) = if broken_glass {
        (t!("oidc.break_glass", locale = lang), t!("oidc.break_glass_text", locale = lang))
    } else {
        (t!("setup.title", locale = lang), t!("setup.text", locale = lang))
    };
    let body = html! {
        main.narrow {
            form.card.sign method="post" action="/setup" {
                p.place { span { (t!("product", locale = lang)) } }
                h1 { (title) }
                p { (text) }
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
    outside(lang, &title, &body)
}

/// Makes the first account and signs it in.
pub async fn setup(State(app): State<Pages>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let lang = known(fields.some("lang").as_deref());
    if !from_here(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let broken_glass = !takes_passwords(&app);
    let refused = |fault: &str| {
        let form = setup_form(lang, &fields, Some(fault), broken_glass);
        (StatusCode::UNPROCESSABLE_ENTITY, form).into_response()
    };
    if fields.get("secret") != fields.get("again") {
        return refused(&t!("setup.differ", locale = lang));
    }
    let change =
        Change { name: fields.get("full").to_owned(), role: Role::Province, sites: Vec::new(), active: true };
    let new = New { id: fields.get("name").to_lowercase(), change, secret: fields.get("secret").to_owned() };
    let code = fields.get("code");
    let made = if broken_glass {
        people::break_glass(app.db(), code, new).await
    } else {
        people::set_up(app.db(), code, new).await
    };
    match made {
        Ok(()) => proven(&app, &headers, &fields, lang).await,
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
        AccountFault::Outside(id) => t!("oidc.changed_there", locale = lang, id = id),
        AccountFault::LastProvince => t!("people.last", locale = lang),
        AccountFault::SetupCode => t!("setup.bad_code", locale = lang),
        AccountFault::Db(e) => {
            tracing::error!(error = %e, "an account could not be changed");
            t!("broken", locale = lang)
        }
    }
    .into_owned()
}
