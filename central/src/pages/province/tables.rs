// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of the page: which hall has what, what came, what was refused,
//! how the questions go.

use super::super::layout::nothing;
use super::super::session::Who;
use super::super::words::{ago, moment, word, word_or};
use super::Found;
use crate::audit::now_ms;
use crate::people::Right;
use crate::province::{Intake, Pulled};
use maud::{Markup, html};
use motcua_link::province::{Kind, Said};
use motcua_web::parts::csrf;

/// Faults of one refusal on the page; the file's note has more.
const TOLD: usize = 5;
/// A question of before is none any more: the central was started without the address.
const RECENT_MS: i64 = 2 * 86_400_000;

/// Name of a document.
fn document(lang: &str, name: &str) -> String {
    match name {
        "catalogue" => word(lang, "document.catalogue"),
        "bookings" => word(lang, "document.bookings"),
        "dossiers" => word(lang, "document.dossiers"),
        other => other.to_owned(),
    }
}

/// By which way it came.
pub(super) fn way(lang: &str, adapter: &str, origin: &str) -> String {
    match adapter {
        "file" => t!("province.by_file", locale = lang, name = origin),
        "push" => t!("province.by_push", locale = lang, name = origin),
        _ => t!("province.by_pull", locale = lang, name = origin),
    }
    .into_owned()
}

fn hall_of(lang: &str, found: &Found, site: &str) -> String {
    if site.is_empty() { t!("all_halls", locale = lang).into_owned() } else { found.words.hall_name(site) }
}

pub(super) fn halls(lang: &str, found: &Found) -> Markup {
    html! {
        section.card {
            h2 { (t!("province.halls", locale = lang)) }
            @if found.words.halls().next().is_none() { p.hint { (t!("overview.none", locale = lang)) } }
            @else { div.scroll { table.halls.of_province {
                thead { tr {
                    th scope="col" { (t!("group.hall", locale = lang)) }
                    @for kind in Kind::ALL { th scope="col" { (document(lang, kind.word())) } }
                } }
                tbody { @for (site, hall) in found.words.halls() { tr {
                    td { b { (hall.name) } br; span.hint { (site) } }
                    @for kind in Kind::ALL { td { (cell(lang, found, site, kind)) } }
                } } }
            } } }
        }
    }
}

/// What a hall should have of a document and has.
fn cell(lang: &str, found: &Found, site: &str, kind: Kind) -> Markup {
    let Some(now) = found.current(site, kind) else {
        return html! { span.hint { (t!("province.never", locale = lang)) } };
    };
    let said = found.standing(site, kind);
    let (class, state) = match said {
        Some(s) if !s.applied && s.version == now.version => ("state gone", "standing.refused"),
        Some(s) if s.applied && s.version == now.version => ("state open", "standing.in_force"),
        _ => ("state paused", "standing.on_its_way"),
    };
    let has = said.filter(|s| s.applied && s.version != now.version);
    html! {
        span class=(class) { (word(lang, state)) }
        div.hint {
            (t!("province.version_of", locale = lang, version = now.version, n = now.entries))
            @if let Some(has) = has { " · " (t!("province.has", locale = lang, version = has.version)) }
        }
        @if let Some(why) = said.filter(|s| !s.applied).and_then(|s| s.detail.as_ref()) { div.hint.long { (why) } }
    }
}

/// What is refused and still matters first; what was corrected since, or seen, is a matter of the past.
pub(super) fn refused(who: &Who, found: &Found) -> Markup {
    let lang = who.lang();
    let corrected = |i: &Intake| {
        let now = found.current.iter().find(|c| c.site == i.site && c.name == i.name);
        now.filter(|c| c.seen_ms > i.last_ms)
    };
    let (old, new): (Vec<&Intake>, Vec<&Intake>) =
        found.refused.iter().partition(|i| i.seen.is_some() || corrected(i).is_some());
    html! {
        @if !new.is_empty() { section.card {
            h2 { (t!("province.refused", locale = lang)) b { (new.len()) } }
            p.hint { (t!("province.refused_hint", locale = lang)) }
            @for i in &new {
                (refusal(lang, found, i, "state gone"))
                @if who.may(Right::Tend) { form method="post" action="/province" {
                    (csrf(&who.session.csrf))
                    input type="hidden" name="do" value="seen";
                    input type="hidden" name="id" value=(i.id);
                    button.small type="submit" { (t!("alarms.mark", locale = lang)) }
                } }
            }
        } }
        @if !old.is_empty() { details.card {
            summary { (t!("province.refused_before", locale = lang, n = old.len())) }
            @for i in &old {
                (refusal(lang, found, i, "state"))
                p.hint { @match (corrected(i), &i.seen) {
                    (Some(c), _) => (t!("province.corrected", locale = lang, version = c.version, at = moment(c.seen_ms))),
                    (None, Some((ms, by))) => (t!("province.seen_by", locale = lang, who = by, at = moment(*ms))),
                    (None, None) => {},
                } }
            }
        } }
    }
}

fn refusal(lang: &str, found: &Found, i: &Intake, class: &str) -> Markup {
    let said = |s: &Said| if lang == "vi" { s.in_vi() } else { s.in_en() };
    let more = i.faults.len().saturating_sub(TOLD);
    html! {
        article.refusal {
            p.row.kind {
                span class=(class) { (document(lang, &i.name)) } b { (hall_of(lang, found, &i.site)) }
                span.hint { (way(lang, &i.adapter, &i.origin)) " · " (moment(i.last_ms)) @if i.times > 1 { " · " (t!("province.times", locale = lang, n = i.times)) } }
            }
            ul { @for s in i.faults.iter().take(TOLD) { li { (said(s)) } } }
            @if more > 0 { p.hint { (t!("province.more", locale = lang, n = more)) } }
        }
    }
}

pub(super) fn taken(lang: &str, found: &Found) -> Markup {
    html! {
        section.card {
            h2 { (t!("province.taken", locale = lang)) }
            @if found.taken.is_empty() { (nothing(&t!("province.nothing", locale = lang))) }
            @else { div.scroll { table {
                thead { tr {
                    th scope="col" { (t!("province.when", locale = lang)) } th scope="col" { (t!("province.document", locale = lang)) }
                    th scope="col" { (t!("group.hall", locale = lang)) } th scope="col" { (t!("province.way", locale = lang)) }
                    th.n scope="col" { (t!("province.version", locale = lang)) } th.n scope="col" { (t!("province.entries", locale = lang)) }
                } }
                tbody { @for i in &found.taken { tr {
                    td.when { (moment(i.at_ms)) } td { (document(lang, &i.name)) } td { (hall_of(lang, found, &i.site)) }
                    td { (way(lang, &i.adapter, &i.origin)) } td.n { (i.version) } td.n { (i.entries) }
                } } }
            } } }
        }
    }
}

/// How the questions to the provincial system go; only while it is asked at all.
pub(super) fn asked(lang: &str, found: &Found) -> Markup {
    let now = now_ms();
    let recent = |ms: i64| ms > now - RECENT_MS;
    let tried: Vec<&Pulled> = found.pulls.iter().filter(|p| p.tried_ms.is_some_and(recent)).collect();
    let ill = |p: &&&Pulled| !matches!(p.outcome.as_str(), "good" | "unchanged" | "nothing");
    let wrong: Vec<&Pulled> = tried.iter().filter(ill).copied().collect();
    let last = tried.iter().filter_map(|p| p.good_ms).max();
    html! {
        @if !tried.is_empty() { section.card {
            h2 { (t!("province.asked", locale = lang)) @if wrong.is_empty() { span.state.open { (t!("province.answers", locale = lang)) } } }
            p.hint {
                @match last {
                    Some(ms) => (t!("province.last_good", locale = lang, n = tried.len(), ago = ago(lang, now, ms))),
                    None => (t!("province.never_good", locale = lang, n = tried.len())),
                }
            }
            @if !wrong.is_empty() { div.scroll { table {
                thead { tr {
                    th scope="col" { (t!("province.document", locale = lang)) } th scope="col" { (t!("group.hall", locale = lang)) }
                    th scope="col" { (t!("province.what_failed", locale = lang)) } th.n scope="col" { (t!("province.failures", locale = lang)) }
                    th scope="col" { (t!("province.again", locale = lang)) }
                } }
                tbody { @for p in wrong { tr {
                    td { (document(lang, &p.name)) } td { (hall_of(lang, found, &p.site)) }
                    td { (word_or(lang, "pull_fault", &p.outcome)) @if !p.detail.is_empty() && p.outcome != "refused" { div.hint.long { (p.detail) } } }
                    td.n { (p.failures) } td.when { @if p.next_ms > now { (moment(p.next_ms)) } @else { (t!("province.at_once", locale = lang)) } }
                } } }
            } } }
        } }
    }
}
