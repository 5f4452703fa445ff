// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words whose keys are put together, moments and spans of time in words.

use crate::reports::{Group, OFFSET_MS, Wording};
use motcua_web::text::{Span, day};

/// A word whose key is put together.
pub fn word(lang: &str, key: &str) -> String {
    t!(key, locale = lang).into_owned()
}

/// A word of a list that others may lengthen: what is not in it is shown as it is.
pub fn word_or(lang: &str, list: &str, code: &str) -> String {
    let key = format!("{list}.{}", code.replace('-', "_"));
    let said = word(lang, &key);
    if said.ends_with(&key) { code.to_owned() } else { said }
}

/// How long since `ms`, in words.
pub fn since(lang: &str, now_ms: i64, ms: i64) -> String {
    match Span::between(ms, now_ms) {
        Span::Moment => t!("span.moment", locale = lang),
        Span::Minutes(n) => t!("span.minutes", locale = lang, n = n),
        Span::Hours(h, _) if h >= 48 => t!("span.days", locale = lang, n = h / 24),
        Span::Hours(h, m) => t!("span.hours", locale = lang, h = h, m = m),
    }
    .into_owned()
}

/// How long ago, in a sentence.
pub fn ago(lang: &str, now_ms: i64, ms: i64) -> String {
    t!("span.ago", locale = lang, span = since(lang, now_ms, ms)).into_owned()
}

/// A moment on the wall clock: `24/11/2026 08:05`.
pub fn moment(ms: i64) -> String {
    local(ms, "%d/%m/%Y %H:%M")
}

/// A moment of today: `08:05`.
pub fn clock(ms: i64) -> String {
    local(ms, "%H:%M")
}

fn local(ms: i64, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(ms.saturating_add(OFFSET_MS)).unwrap_or_default();
    at.strftime(form).to_string()
}

/// Where there is nothing.
pub const NONE: &str = "–";

/// A key of a group in words.
pub fn name_of(words: &Wording, lang: &str, group: Group, key: &str) -> String {
    // With one hall on the page its name before every counter says nothing.
    let several = words.halls().nth(1).is_some();
    let at = |site: &str, what: String| {
        if several { format!("{what} · {}", words.hall_name(site)) } else { what }
    };
    match (group, key.split_once('/')) {
        (Group::Hall, _) => words.hall_name(key),
        (Group::Service, _) => words.service(key, lang),
        (Group::Day, _) => day(key),
        (Group::Hour, _) => format!("{key}:00"),
        (Group::Counter, Some((site, id))) => at(site, words.counter(site, id, lang)),
        (Group::Officer, Some((site, ""))) => at(site, NONE.to_owned()),
        (Group::Officer, Some((site, id))) => at(site, id.to_owned()),
        (_, None) => key.to_owned(),
    }
}
