// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words whose keys are put together, moments and spans of time in words.

use crate::reports::{Group, Wording, local};
use crate::steer::AS_IT_IS;
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

/// Who did something, in words: a person by the name of the account, and whatever is nobody's account.
pub fn by(lang: &str, who: &str) -> String {
    let said = match who.split_once(' ') {
        Some(("file", name)) => t!("province.by_file", locale = lang, name = name),
        Some(("push", name)) => t!("province.by_push", locale = lang, name = name),
        Some(("pull", name)) => t!("province.by_pull", locale = lang, name = name),
        _ => {
            let code = who.replace(' ', "-");
            let said = word_or(lang, "by", &code);
            return if said == code { who.to_owned() } else { said };
        }
    };
    said.into_owned()
}

/// Why a version was made; what the central notes by itself is said in the reader's language.
pub fn note_of(lang: &str, note: &str) -> String {
    if note == AS_IT_IS { word(lang, "config.as_it_is") } else { note.to_owned() }
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
