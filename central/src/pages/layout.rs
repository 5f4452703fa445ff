// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shell of every page: head, navigation, language, sign-out.

use super::words::NONE;
use crate::people::{Right, Session};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use motcua_web::page::{Html, head, token_header};
use motcua_web::parts::csrf;
use motcua_web::text::decimal;

/// Languages of the pages; the first is the one before anybody chooses.
pub const LANGUAGES: [&str; 2] = ["vi", "en"];

/// A page about to be drawn.
pub struct Page<'a> {
    /// Language.
    pub lang: &'a str,
    /// Who looks at it.
    pub session: Option<&'a Session>,
    /// Path of the page, to mark it in the navigation.
    pub at: &'a str,
}

impl Page<'_> {
    /// The whole page.
    pub fn show(&self, title: &str, body: &Markup) -> Html {
        let lang = self.lang;
        let token = self.session.map_or("", |s| s.csrf.as_str());
        let title = format!("{title} · {}", t!("product", locale = lang));
        let sheets = ["/assets/console.css", "/assets/central.css"];
        let scripts = ["/assets/htmx.js", "/assets/central.js"];
        Html(html! {
            (DOCTYPE)
            html lang=(lang) {
                (head(&title, &sheets, &scripts))
                body hx-headers=(token_header(token)) {
                    @if let Some(session) = self.session { (self.bar(session)) }
                    (body)
                    @if self.session.is_some() {
                        div id="lost" role="alert" hidden {
                            strong { (t!("lost.title", locale = lang)) }
                            span { (t!("lost.text", locale = lang)) }
                        }
                    }
                }
            }
        })
    }

    fn links(&self, session: &Session) -> Vec<(&'static str, String)> {
        let lang = self.lang;
        let may = |right| session.account.role.may(right);
        let mut out: Vec<(&'static str, String)> = Vec::new();
        if may(Right::Reports) {
            out.push(("/", t!("nav.overview", locale = lang).into()));
            out.push(("/compare", t!("nav.compare", locale = lang).into()));
            out.push(("/figures", t!("nav.figures", locale = lang).into()));
            out.push(("/ratings", t!("nav.ratings", locale = lang).into()));
            out.push(("/feedback", t!("nav.feedback", locale = lang).into()));
        }
        if may(Right::Devices) {
            out.push(("/devices", t!("nav.devices", locale = lang).into()));
            out.push(("/alarms", t!("nav.alarms", locale = lang).into()));
            out.push(("/province", t!("province.title", locale = lang).into()));
        }
        if may(Right::Configure) {
            out.push(("/config", t!("nav.config", locale = lang).into()));
        }
        if may(Right::Audit) {
            out.push(("/audit", t!("nav.audit", locale = lang).into()));
        }
        if may(Right::People) {
            out.push(("/people", t!("nav.people", locale = lang).into()));
        }
        out
    }

    fn bar(&self, session: &Session) -> Markup {
        let lang = self.lang;
        html! {
            header.bar {
                div.place { span { (t!("product", locale = lang)) } }
                nav aria-label=(t!("nav.label", locale = lang)) {
                    @for (path, name) in &self.links(session) {
                        a href=(path) aria-current=[(*path == self.at).then_some("page")] { (name) }
                    }
                }
                div.me {
                    span.who title=(session.account.name) { (session.account.name) }
                    @for other in LANGUAGES.iter().filter(|l| **l != lang) {
                        form method="post" action="/lang" {
                            (csrf(&session.csrf))
                            input type="hidden" name="lang" value=(other);
                            input type="hidden" name="to" value=(self.at);
                            button.quiet type="submit" lang=(other) { (t!("language", locale = other)) }
                        }
                    }
                    form method="post" action="/signout" {
                        (csrf(&session.csrf))
                        button.quiet type="submit" { (t!("nav.sign_out", locale = lang)) }
                    }
                }
            }
        }
    }

    /// A page with one sentence and the way back.
    pub fn plain(&self, status: StatusCode, text: &str) -> Response {
        let body = html! {
            main.narrow { div.card {
                p.lead { (text) }
                a.button href="/" { (t!("back", locale = self.lang)) }
            } }
        };
        (status, self.show(&t!("notice", locale = self.lang), &body)).into_response()
    }
}

/// What stands where a page would be empty.
pub fn nothing(text: &str) -> Markup {
    html! { div.card.nothing { p.lead { (text) } } }
}

/// A number with one decimal and its unit, or a dash.
pub fn with_unit(lang: &str, value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| NONE.to_owned(), |v| format!("{} {unit}", decimal(lang, v, 1)))
}

/// Minutes, or a dash.
pub fn minutes(lang: &str, value: Option<f64>) -> String {
    with_unit(lang, value, &t!("unit.minutes", locale = lang))
}

/// Percent, or a dash.
pub fn percent(lang: &str, value: Option<f64>) -> String {
    with_unit(lang, value, "%")
}

/// The scripts of a page with charts.
pub fn chart_scripts() -> Markup {
    html! {
        script src="/assets/chart.js" defer {}
        script src="/assets/charts.js" defer {}
    }
}
