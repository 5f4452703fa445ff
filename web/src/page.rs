// SPDX-License-Identifier: MIT OR Apache-2.0
//! A page with its headers, and the head that every page has.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

/// A whole page with its headers. Only our own scripts run on it, and nobody frames it.
#[derive(Clone, Debug)]
pub struct Html(pub Markup);

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        let policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      frame-ancestors 'none'; form-action 'self'; base-uri 'none'";
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, self.0.into_string()).into_response()
    }
}

/// The head of a page: its title, style sheets and scripts, the last two by their addresses.
pub fn head(title: &str, sheets: &[&str], scripts: &[&str]) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            // No inline script and no eval: the policy of the page forbids both.
            // New buttons work at once: what is pressed before they "settle" would be lost.
            meta name="htmx-config" content=r#"{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"defaultSettleDelay":0}"#;
            title { (title) }
            link rel="icon" href="data:,";
            @for sheet in sheets { link rel="stylesheet" href=(sheet); }
            @for script in scripts { script src=(script) defer {} }
        }
    }
}

/// `hx-headers` of a page whose htmx requests carry the session's token.
pub fn token_header(csrf: &str) -> String {
    format!("{{\"X-CSRF-Token\":\"{csrf}\"}}")
}
