// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is at the browser: the session cookie as an extractor, and the stream
//! that tells pages when to look again.

use super::Pages;
use super::layout::Page;
use crate::clock::unix_ms;
use crate::hub::feeds::feed;
use crate::staff::{SESSION_HOURS, Session, StaffRole};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use motcua_core::hall::Hall;
use motcua_web::cookie::Cookie;
use std::sync::Arc;

const COOKIE: Cookie = Cookie { name: "motcua_session", hours: SESSION_HOURS };

/// The header that sets the cookie. Not Secure while the hall's network has no certificates.
pub fn cookie(token: &str) -> HeaderValue {
    COOKIE.set(token, false)
}

/// A signed-in person. Without a session the browser is sent to the sign-in page.
pub struct Who {
    pub session: Session,
    pub hall: Arc<Hall>,
}

impl Who {
    pub fn id(&self) -> &str {
        &self.session.account.id
    }

    pub fn lang(&self) -> &str {
        &self.session.lang
    }

    pub fn is_manager(&self) -> bool {
        self.session.account.role == StaffRole::Manager
    }

    pub fn is_technician(&self) -> bool {
        self.session.account.role == StaffRole::Technician
    }

    fn refused(&self) -> Response {
        let text = t!("not_for_you", locale = self.lang()).into_owned();
        (StatusCode::FORBIDDEN, self.page("").plain(&text)).into_response()
    }

    /// The shell of a page for this person.
    pub fn page<'a>(&'a self, at: &'a str) -> Page<'a> {
        Page { lang: self.lang(), hall: &self.hall, session: Some(&self.session), at }
    }
}

/// Nobody is signed in.
pub struct NoSession {
    partial: bool,
}

impl IntoResponse for NoSession {
    fn into_response(self) -> Response {
        if self.partial {
            // A part of a page cannot redirect by itself.
            return (StatusCode::UNAUTHORIZED, [("hx-redirect", "/console/signin")]).into_response();
        }
        Redirect::to("/console/signin").into_response()
    }
}

impl FromRequestParts<Pages> for Who {
    type Rejection = NoSession;
    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Who, NoSession> {
        let partial = parts.headers.contains_key("hx-request")
            || parts.headers.get(header::ACCEPT).is_some_and(|a| a == "text/event-stream");
        let found = COOKIE.read(&parts.headers).map(|t| pages.staff.session(t, unix_ms()));
        match found {
            Some(Ok(Some(session))) => Ok(Who { session, hall: pages.api.hub.hall() }),
            _ => Err(NoSession { partial }),
        }
    }
}

/// A signed-in manager.
pub struct Manager(pub Who);

impl FromRequestParts<Pages> for Manager {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Manager, Response> {
        let who = Who::from_request_parts(parts, pages).await.map_err(IntoResponse::into_response)?;
        if who.is_manager() {
            return Ok(Manager(who));
        }
        Err(who.refused())
    }
}

/// A signed-in technician or manager.
pub struct Technician(pub Who);

impl FromRequestParts<Pages> for Technician {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Technician, Response> {
        let who = Who::from_request_parts(parts, pages).await.map_err(IntoResponse::into_response)?;
        if who.is_technician() || who.is_manager() { Ok(Technician(who)) } else { Err(who.refused()) }
    }
}

/// A line for every change of the hall and a beat every second.
pub async fn events(State(pages): State<Pages>, _who: Who, headers: HeaderMap) -> Response {
    feed(&pages.api.hub, &headers, None, |now| Some(now.clone()))
}
