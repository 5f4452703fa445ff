// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signing in through the province's OpenID provider: to it, back from it, and
//! out there as well.

use super::Pages;
use super::layout::Page;
use super::session::{COOKIE, is_secure};
use super::sign::{Lang, Why, known, sign_in_page};
use crate::audit::now_ms;
use crate::oidc::{Back, Fault, NotGranted, Oidc};
use crate::people::{self, OutsideFault};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use maud::html;
use motcua_web::cookie::Cookie;

/// Holds the token of a sign-in under way, behind its language.
const FLOW: Cookie = Cookie { name: "motcua_central_flow", hours: 1 };
/// Where it is sent.
const PATH: &str = "/signin/oidc";

fn flow_cookie(oidc: &Oidc, headers: &HeaderMap, token: &str) -> HeaderValue {
    FLOW.set_for_return(token, oidc.config().is_secure() || is_secure(headers), PATH)
}

/// To the provider.
pub async fn begin(State(app): State<Pages>, Query(asked): Query<Lang>, headers: HeaderMap) -> Response {
    let lang = known(asked.lang());
    let Some(oidc) = app.app().oidc.clone() else { return Redirect::to("/signin").into_response() };
    match oidc.begin(lang, now_ms()).await {
        Ok((token, url)) => {
            let cookie = flow_cookie(&oidc, &headers, &format!("{lang}.{token}"));
            ([(header::SET_COOKIE, cookie)], Redirect::to(&url)).into_response()
        }
        Err(e) => refused(&app, lang, &e),
    }
}

/// Back from the provider.
pub async fn back(State(app): State<Pages>, Query(back): Query<Back>, headers: HeaderMap) -> Response {
    let Some(oidc) = app.app().oidc.clone() else { return Redirect::to("/signin").into_response() };
    let (lang, token) = FLOW.read(&headers).and_then(|c| c.split_once('.')).unwrap_or_default();
    let lang = known(Some(lang));
    let mut answer = match oidc.finish(token, back, now_ms()).await {
        Ok(person) => match people::sign_in_outside(app.db(), person, token, lang, now_ms()).await {
            Ok(session) => entered(lang, &oidc, &headers, &session),
            Err(OutsideFault::Off) => say(&app, lang, StatusCode::FORBIDDEN, &t!("oidc.off", locale = lang)),
            Err(OutsideFault::Used) => refused(&app, lang, &Fault::Stale),
            Err(e) => {
                tracing::error!(error = %e, "sign in through the provider");
                say(&app, lang, StatusCode::SERVICE_UNAVAILABLE, &t!("broken", locale = lang))
            }
        },
        Err(fault) => {
            if let Fault::NotGranted { who, why } = &fault
                && let Err(e) = people::note_refused(app.db(), who, &why.to_string()).await
            {
                tracing::error!(error = %e, "a refused sign-in is not in the audit log");
            }
            refused(&app, lang, &fault)
        }
    };
    // Whatever came of it: it is over.
    answer.headers_mut().append(header::SET_COOKIE, flow_cookie(&oidc, &headers, ""));
    answer
}

/// A page of ours that goes on by itself: the session's cookie is strict, and a browser does not send it where the
/// provider's page led.
fn entered(lang: &str, oidc: &Oidc, headers: &HeaderMap, session: &str) -> Response {
    let cookie = COOKIE.set(session, oidc.config().is_secure() || is_secure(headers));
    let body = html! {
        main.narrow { div.card {
            p.lead { (t!("oidc.entered", locale = lang)) }
            a.button href="/" { (t!("back", locale = lang)) }
        } }
    };
    let page = Page { lang, session: None, at: "" }.show(&t!("sign.title", locale = lang), &body);
    let on = HeaderValue::from_static("0; url=/");
    (AppendHeaders([(header::SET_COOKIE, cookie), (header::REFRESH, on)]), page).into_response()
}

fn say(app: &Pages, lang: &str, status: StatusCode, text: &str) -> Response {
    (status, sign_in_page(app, lang, "", Why::Outside(text))).into_response()
}

fn refused(app: &Pages, lang: &str, fault: &Fault) -> Response {
    let (status, text) = match fault {
        Fault::Stale => (StatusCode::BAD_REQUEST, t!("oidc.stale", locale = lang)),
        Fault::Declined(_) => (StatusCode::UNAUTHORIZED, t!("oidc.declined", locale = lang)),
        Fault::Code(_) | Fault::Token(_) => (StatusCode::UNAUTHORIZED, t!("oidc.not_proven", locale = lang)),
        Fault::Away(_) => (StatusCode::BAD_GATEWAY, t!("oidc.away", locale = lang)),
        Fault::NotGranted { who, why: NotGranted::Role } => {
            (StatusCode::FORBIDDEN, t!("oidc.no_role", locale = lang, who = who))
        }
        Fault::NotGranted { who, why: NotGranted::Site } => {
            (StatusCode::FORBIDDEN, t!("oidc.no_hall", locale = lang, who = who))
        }
    };
    tracing::warn!(error = %fault, "nobody is signed in through the provider");
    say(app, lang, status, &text)
}

/// To the provider's own sign-out; where it has none, nothing more is to do.
pub async fn out(State(app): State<Pages>) -> Response {
    let Some(oidc) = app.app().oidc.clone() else { return Redirect::to("/signin").into_response() };
    match oidc.end_session().await {
        Ok(Some(url)) => Redirect::to(&url).into_response(),
        Ok(None) => Redirect::to("/signin").into_response(),
        Err(e) => refused(&app, known(None), &e),
    }
}
