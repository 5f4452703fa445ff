// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the hall stands with its central, on the technician's page.

use super::layout::{local, since, word};
use super::session::Who;
use crate::clock::unix_ms;
use crate::uplink::{Standing, UNUSABLE, With};
use maud::{Markup, html};

/// Reasons that have a sentence of their own; the central's own words stand below each.
const REASONS: [&str; 12] = [
    UNUSABLE,
    "certificate-missing",
    "certificate-unknown-authority",
    "certificate-expired",
    "certificate-only-renewal",
    "certificate-not-yet-valid",
    "certificate-revoked",
    "certificate-wrong-site",
    "certificate-not-a-device",
    "not-yours",
    "retired",
    "epoch",
];

/// What somebody in the hall must do about a refusal; none while there is nothing to do here.
pub fn refusal(standing: &Standing, lang: &str) -> Option<String> {
    if standing.state != With::Refused {
        return None;
    }
    let why = standing.why.as_deref().unwrap_or_default();
    let why = if REASONS.contains(&why) { why.replace('-', "_") } else { "other".to_owned() };
    Some(word(lang, &format!("refused_by_central.{why}")))
}

/// The card.
pub fn card(who: &Who, standing: &Standing) -> Markup {
    let lang = who.lang();
    let (class, state) = match standing.state {
        With::None => ("closed", "central.none"),
        With::Heard => ("open", "central.heard"),
        With::Silent => ("gone", "central.silent"),
        With::Refused => ("gone", "central.refused"),
    };
    html! {
        section.card {
            h2 { (t!("central.title", locale = lang)) span.state.(class) { (word(lang, state)) } }
            @if let Some(text) = refusal(standing, lang) { p.fault role="alert" { (text) } }
            @if standing.state == With::None {
                p.hint { (t!("central.how", locale = lang)) }
            } @else {
                dl.facts {
                    @if let Some(url) = &standing.receiver { dt { (t!("central.address", locale = lang)) } dd { (url) } }
                    dt { (t!("central.waiting", locale = lang)) } dd { (standing.waiting) }
                    @if let Some(ms) = standing.heard_ms {
                        dt { (t!("central.last", locale = lang)) } dd { (t!("central.ago", locale = lang, ago = since(lang, unix_ms(), ms))) }
                    }
                    @if let Some(ms) = standing.certificate_ends_ms {
                        dt { (t!("central.certificate", locale = lang)) } dd { (local(&who.hall, ms)) }
                    }
                }
                @if standing.state == With::Silent { p.hint { (t!("central.kept", locale = lang)) } }
                @if let Some(detail) = &standing.detail { p.hint lang="en" { (detail) } }
            }
        }
    }
}
