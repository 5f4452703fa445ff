// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shell of every page: head, navigation, language, sign-out.

use crate::staff::{Session, StaffRole};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use motcua_core::hall::Hall;

/// A page about to be drawn.
pub struct Page<'a> {
    pub lang: &'a str,
    pub hall: &'a Hall,
    pub session: Option<&'a Session>,
    /// Path of the page, to mark it in the navigation.
    pub at: &'a str,
}

/// A whole page with its headers. Only our own scripts run on it, and nobody frames it.
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

impl Page<'_> {
    pub fn show(&self, title: &str, body: &Markup) -> Html {
        let csrf = self.session.map_or("", |s| s.csrf.as_str());
        let token = format!("{{\"X-CSRF-Token\":\"{csrf}\"}}");
        Html(html! {
            (DOCTYPE)
            html lang=(self.lang) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    // No inline script and no eval: the policy of the page forbids both.
                    // New buttons work at once: what is pressed before they "settle" would be lost.
                    meta name="htmx-config" content=r#"{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"defaultSettleDelay":0}"#;
                    title { (title) " · " (self.hall.lines.last().map_or("motcua", String::as_str)) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href="/console/assets/console.css";
                    script src="/console/assets/htmx.js" defer {}
                    script src="/console/assets/console.js" defer {}
                }
                body hx-headers=(token) data-csrf=(csrf) {
                    @if let Some(session) = self.session { (self.bar(session)) }
                    (body)
                    @if self.session.is_some() {
                        div id="lost" role="alert" hidden {
                            strong { (t!("lost.title", locale = self.lang)) }
                            span { (t!("lost.text", locale = self.lang)) }
                        }
                    }
                }
            }
        })
    }

    fn bar(&self, session: &Session) -> Markup {
        let lang = self.lang;
        let role = session.account.role;
        let mut links = vec![("/console/desk", t!("nav.desk", locale = lang))];
        if role == StaffRole::Manager {
            links.push(("/console/hall", t!("nav.hall", locale = lang)));
            links.push(("/console/figures", t!("nav.figures", locale = lang)));
            links.push(("/console/ratings", t!("nav.ratings", locale = lang)));
            links.push(("/console/services", t!("nav.services", locale = lang)));
            links.push(("/console/hours", t!("nav.hours", locale = lang)));
            links.push(("/console/officers", t!("nav.officers", locale = lang)));
            links.push(("/console/history", t!("nav.history", locale = lang)));
        }
        if matches!(role, StaffRole::Manager | StaffRole::Technician) {
            links.push(("/console/devices", t!("nav.devices", locale = lang)));
        }
        html! {
            header.bar {
                div.place {
                    @for line in &self.hall.lines { span { (line) } }
                }
                nav aria-label=(t!("nav.label", locale = lang)) {
                    @for (path, name) in &links {
                        a href=(path) aria-current=[(*path == self.at).then_some("page")] { (name) }
                    }
                }
                div.me {
                    time id="clock" {}
                    span.who { (session.account.name) }
                    @for other in self.hall.languages.iter().filter(|l| *l != lang) {
                        form method="post" action="/console/lang" {
                            (csrf(session))
                            input type="hidden" name="lang" value=(other);
                            input type="hidden" name="to" value=(self.at);
                            button.quiet type="submit" lang=(other) { (t!("language", locale = other)) }
                        }
                    }
                    form method="post" action="/console/signout" {
                        (csrf(session))
                        button.quiet type="submit" { (t!("nav.sign_out", locale = lang)) }
                    }
                }
            }
        }
    }

    /// A page with one sentence.
    pub fn plain(&self, text: &str) -> Html {
        let body = html! { main.narrow { div.card { p.lead { (text) } a.button href="/console" { (t!("back", locale = self.lang)) } } } };
        self.show(&t!("notice", locale = self.lang), &body)
    }
}

/// The session's token as a field of a form.
pub fn csrf(session: &Session) -> Markup {
    html! { input type="hidden" name="csrf" value=(session.csrf); }
}

/// A word of the pages whose key is put together.
pub fn word(lang: &str, key: &str) -> String {
    t!(key, locale = lang).into_owned()
}

/// How long since `ms`, in words.
pub fn since(lang: &str, now_ms: i64, ms: i64) -> String {
    let minutes = now_ms.saturating_sub(ms).max(0) / 60_000;
    if minutes < 1 {
        t!("under_a_minute", locale = lang).into_owned()
    } else if minutes < 60 {
        t!("minutes", locale = lang, n = minutes).into_owned()
    } else {
        t!("hours", locale = lang, h = minutes / 60, m = minutes % 60).into_owned()
    }
}

/// A number with so many decimals as the language writes it.
pub fn decimal(lang: &str, n: f64, decimals: usize) -> String {
    let text = format!("{n:.decimals$}");
    if lang == "vi" { text.replace('.', ",") } else { text }
}
