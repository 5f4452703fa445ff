// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is at the browser: the session cookie as an extractor, forms with the
//! session's token, and what is answered when something cannot be done.

use super::Pages;
use super::layout::Page;
use crate::audit::now_ms;
use crate::people::{self, Right, SESSION_HOURS, Session};
use crate::reports::Scope;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use motcua_link::db::DbError;
use motcua_web::cookie::Cookie;
use motcua_web::form::Fields;
use motcua_web::token::same;

/// Another name than the hub's: on one computer browsers do not tell ports apart.
pub const COOKIE: Cookie = Cookie { name: "motcua_central", hours: SESSION_HOURS };

/// The browser speaks over TLS, as the server before us says. Whoever writes that header itself only keeps its
/// own cookie off the connection in the clear.
pub fn is_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
}

/// The page that says why not.
#[derive(Debug)]
pub struct Refused(Box<Response>);

impl From<Refused> for Response {
    fn from(refused: Refused) -> Response {
        *refused.0
    }
}

/// A signed-in person. Without a session the browser is sent to the sign-in page.
pub struct Who {
    /// Its session.
    pub session: Session,
}

impl Who {
    /// Sign-in name.
    pub fn id(&self) -> &str {
        &self.session.account.id
    }

    /// Language.
    pub fn lang(&self) -> &str {
        &self.session.lang
    }

    /// The role may.
    pub fn may(&self, right: Right) -> bool {
        self.session.account.role.may(right)
    }

    /// Halls this person sees.
    pub fn scope(&self) -> Scope {
        self.session.account.scope()
    }

    /// The shell of a page for this person.
    pub fn page<'a>(&'a self, at: &'a str) -> Page<'a> {
        Page { lang: self.lang(), session: Some(&self.session), at }
    }

    /// The role may, or the page that says it may not.
    pub fn needs(&self, right: Right) -> Result<(), Refused> {
        if self.may(right) {
            return Ok(());
        }
        let text = t!("not_for_you", locale = self.lang());
        Err(Refused(Box::new(self.page("").plain(StatusCode::FORBIDDEN, &text))))
    }

    /// The person may see this hall, or the page that says there is none.
    pub fn sees(&self, site: &str) -> Result<(), Refused> {
        if self.scope().has(site) { Ok(()) } else { Err(Refused(Box::new(self.missing()))) }
    }

    /// What was asked for is not there, or not for this person: the same words, so that nobody learns which.
    pub fn missing(&self) -> Response {
        self.page("").plain(StatusCode::NOT_FOUND, &t!("missing", locale = self.lang()))
    }

    /// The database does not do what it was asked.
    pub fn broken(&self, e: &DbError) -> Response {
        tracing::error!(error = %e, "a page could not be drawn");
        let text = t!("broken", locale = self.lang());
        self.page("").plain(StatusCode::SERVICE_UNAVAILABLE, &text)
    }
}

/// Nobody is signed in.
fn nobody(parts: &Parts) -> Response {
    if parts.headers.contains_key("hx-request") {
        // A part of a page cannot redirect by itself.
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", "/signin")]).into_response();
    }
    Redirect::to("/signin").into_response()
}

impl FromRequestParts<Pages> for Who {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &Pages) -> Result<Who, Response> {
        let Some(token) = COOKIE.read(&parts.headers) else { return Err(nobody(parts)) };
        match people::session(app.db(), token, now_ms()).await {
            Ok(Some(session)) => Ok(Who { session }),
            Ok(None) => Err(nobody(parts)),
            Err(e) => {
                tracing::error!(error = %e, "a session could not be read");
                let lang = super::layout::LANGUAGES[0];
                let page = Page { lang, session: None, at: "" };
                Err(page.plain(StatusCode::SERVICE_UNAVAILABLE, &t!("broken", locale = lang)))
            }
        }
    }
}

/// A form of a signed-in person, with the token of the session in it.
pub struct Signed {
    /// Who sent it.
    pub who: Who,
    /// What was sent.
    pub fields: Fields,
}

impl FromRequest<Pages> for Signed {
    type Rejection = Response;
    async fn from_request(request: Request, app: &Pages) -> Result<Signed, Response> {
        let (mut parts, body) = request.into_parts();
        let who = Who::from_request_parts(&mut parts, app).await?;
        let header = parts.headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let fields = Fields::read(&body.map_err(IntoResponse::into_response)?);
        let given = header.unwrap_or_else(|| fields.get("csrf").to_owned());
        if !same(&given, &who.session.csrf) {
            let text = t!("form_is_old", locale = who.lang());
            return Err(who.page("").plain(StatusCode::FORBIDDEN, &text));
        }
        Ok(Signed { who, fields })
    }
}
