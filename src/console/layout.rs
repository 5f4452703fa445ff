// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shell of every page: head, navigation, language, sign-out.

use crate::staff::{Session, StaffRole};
use maud::{DOCTYPE, Markup, html};
use motcua_core::hall::Hall;
pub use motcua_web::page::Html;
use motcua_web::page::{head, token_header};
use motcua_web::text::Span;
pub use motcua_web::text::decimal;

/// A page about to be drawn.
pub struct Page<'a> {
    pub lang: &'a str,
    pub hall: &'a Hall,
    pub session: Option<&'a Session>,
    /// Path of the page, to mark it in the navigation.
    pub at: &'a str,
}

impl Page<'_> {
    pub fn show(&self, title: &str, body: &Markup) -> Html {
        let csrf = self.session.map_or("", |s| s.csrf.as_str());
        let token = token_header(csrf);
        let title = format!("{title} · {}", self.hall.lines.last().map_or("motcua", String::as_str));
        Html(html! {
            (DOCTYPE)
            html lang=(self.lang) {
                (head(&title, &["/console/assets/console.css"], &["/console/assets/htmx.js", "/console/assets/console.js"]))
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
            // Written before a hall stopped taking any, letters are still there.
            links.push(("/console/feedback", t!("nav.feedback", locale = lang)));
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
    motcua_web::parts::csrf(&session.csrf)
}

/// A word of the pages whose key is put together.
pub fn word(lang: &str, key: &str) -> String {
    t!(key, locale = lang).into_owned()
}

/// A moment on the hall's wall clock.
pub fn local(hall: &Hall, ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms + i64::from(hall.utc_offset_minutes) * 60_000);
    at.map(|t| t.strftime("%H:%M %d/%m/%Y").to_string()).unwrap_or_default()
}

/// How long since `ms`, in words.
pub fn since(lang: &str, now_ms: i64, ms: i64) -> String {
    match Span::between(ms, now_ms) {
        Span::Moment => t!("under_a_minute", locale = lang),
        Span::Minutes(n) => t!("minutes", locale = lang, n = n),
        Span::Hours(h, m) => t!("hours", locale = lang, h = h, m = m),
    }
    .into_owned()
}
