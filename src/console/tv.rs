// SPDX-License-Identifier: MIT OR Apache-2.0
//! The waiting room on a TV's browser. A shell; its script draws from the feed
//! that every display gets. No sign-in, as it shows what hangs on the wall.

use super::Pages;
use super::layout::{Html, word};
use axum::extract::{Query, State};
use maud::{DOCTYPE, html};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    lang: Option<String>,
}

pub async fn page(State(pages): State<Pages>, Query(asked): Query<Asked>) -> Html {
    let hall = pages.api.hub.hall();
    let lang =
        asked.lang.filter(|l| hall.languages.contains(l)).unwrap_or_else(|| hall.default_lang().to_owned());
    let lang = lang.as_str();
    let words = |key: &str| word(lang, &format!("tv.{key}"));
    let config = json!({
        "version": hall.version,
        "lang": lang,
        "seconds": hall.display.call_seconds,
        "last": hall.display.last_calls,
        "notice_seconds": hall.display.notice_seconds,
        "notices": hall.display.notices.iter().map(|n| json!({ "title": n.title.get(lang), "text": n.text.get(lang) })).collect::<Vec<_>>(),
        "marquee": hall.display.marquee.as_ref().map(|m| m.get(lang)),
        "services": hall.services.iter().map(|s| (s.code.clone(), s.name.get(lang).to_owned())).collect::<std::collections::BTreeMap<_, _>>(),
        "counters": hall.counters.iter().map(|c| (c.id.clone(), c.name.get(lang).to_owned())).collect::<std::collections::BTreeMap<_, _>>(),
        "words": { "counter": words("counter"), "waiting": words("waiting"), "lost": words("lost"), "welcome": words("welcome"), "closed": words("closed"), "again": words("again"), "last": words("last") },
    });
    Html(html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (hall.lines.join(" ")) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/console/assets/tv.css";
                script src="/console/assets/tv.js" defer {}
            }
            body data-config=(config) {
                header { div.place { @for line in &hall.lines { span { (line) } } } div #clock { b {} span {} } }
                section #call aria-live="assertive" { p.invite { (words("invite")) } div #number {} p #counter {} p #where {} }
                aside { h2 { (words("last")) } ol #last {} }
                section #waiting { h2 { (words("waiting")) } ul {} }
                footer { span #marquee {} }
                div #lost role="alert" hidden {}
            }
        }
    })
}
