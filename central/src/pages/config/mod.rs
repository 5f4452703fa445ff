// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configurations of halls: what each should have, what it says it has, and how
//! the two stand to each other.

mod edit;
mod hall;
mod rollouts;

pub use edit::{edit, save};
pub use hall::{back, page as hall};
pub use rollouts::{act as rollouts_act, page as rollouts};

use super::Pages;
use super::layout::nothing;
use super::session::Who;
use super::words::{NONE, moment, word};
use crate::people::Right;
use crate::reports::Wording;
use crate::steer::{self, HallState, Reported, Version};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use motcua_link::db::{DbError, Tx};

/// How desired and reported stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The hall never told what it has.
    Unknown,
    /// Nothing was ever sent down; the hall has its own.
    Own,
    /// The desired version serves.
    InForce,
    /// It does not have it yet.
    OnItsWay,
    /// It does not take it.
    Refused,
    /// It took it, and somebody there has changed it.
    Changed,
}

impl Standing {
    /// Of a hall; `desired` is the version that it should have.
    pub fn of(desired: Option<&Version>, reported: Option<&Reported>) -> Standing {
        match (desired, reported) {
            (None, None) => Standing::Unknown,
            (None, Some(_)) => Standing::Own,
            (Some(_), None) => Standing::OnItsWay,
            (Some(d), Some(r)) if r.applied && r.digest == d.digest => Standing::InForce,
            (Some(d), Some(r)) if r.version != d.version => Standing::OnItsWay,
            (Some(_), Some(r)) if r.applied => Standing::Changed,
            (Some(_), Some(_)) => Standing::Refused,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Standing::Unknown => "unknown",
            Standing::Own => "own",
            Standing::InForce => "in_force",
            Standing::OnItsWay => "on_its_way",
            Standing::Refused => "refused",
            Standing::Changed => "changed",
        }
    }

    /// As a chip.
    pub fn chip(self, lang: &str) -> Markup {
        let class = match self {
            Standing::InForce => "open",
            Standing::OnItsWay | Standing::Changed => "paused",
            Standing::Refused => "gone",
            Standing::Unknown | Standing::Own => "closed",
        };
        html! { span class=(format!("state {class}")) { (word(lang, &format!("standing.{}", self.word()))) } }
    }

    /// What it means and what to do.
    pub fn meaning(self, lang: &str) -> String {
        word(lang, &format!("standing_is.{}", self.word()))
    }
}

/// Where a hall stands.
async fn standing(tx: &mut Tx<'_>, site: &str) -> Result<(HallState, Option<Version>, Standing), DbError> {
    let state = steer::hall_state(tx, site).await?;
    let desired = match state.desired {
        Some(number) => steer::version(tx, site, number).await?,
        None => None,
    };
    let standing = Standing::of(desired.as_ref(), state.reported.as_ref());
    Ok((state, desired, standing))
}

/// The text that a change begins with: what is on its way or was refused, else what the hall has.
async fn beginning(tx: &mut Tx<'_>, site: &str) -> Result<Option<String>, DbError> {
    match standing(tx, site).await? {
        (_, Some(desired), Standing::OnItsWay | Standing::Refused) => Ok(Some(desired.text)),
        _ => steer::newest(tx, site).await,
    }
}

/// All halls of this person, each with where it stands.
pub async fn list(State(app): State<Pages>, who: Who) -> Result<Response, Response> {
    who.needs(Right::Configure)?;
    let (lang, scope) = (who.lang(), who.scope());
    let read = app.db().read(move |tx| {
        Box::pin(async move {
            let words = Wording::read(tx, &scope).await?;
            let mut halls = Vec::new();
            for (site, hall) in words.halls() {
                halls.push((site.to_owned(), hall.name.clone(), standing(tx, site).await?));
            }
            Ok(halls)
        })
    });
    let halls = read.await.map_err(|e| who.broken(&e))?;
    let title = t!("nav.config", locale = lang);
    let body = html! { main {
        h1 { (title) }
        @if who.may(Right::Rollouts) { p.links { a.button href="/rollouts" { (t!("nav.rollouts", locale = lang)) } } }
        @if halls.is_empty() { (nothing(&t!("overview.none", locale = lang))) }
        @else { section.card { div.scroll { table.halls {
            thead { tr {
                th scope="col" { (t!("group.hall", locale = lang)) } th scope="col" { (t!("devices.state", locale = lang)) }
                th.n scope="col" { (t!("config.desired", locale = lang)) } th.n scope="col" { (t!("config.reported", locale = lang)) }
                th scope="col" { (t!("config.heard", locale = lang)) }
            } }
            tbody { @for (site, name, (state, _, standing)) in &halls { tr {
                td { a href=(format!("/config/{site}")) { b { (name) } } br; span.hint { (site) } }
                td { (standing.chip(lang)) }
                td.n { (state.desired.map_or_else(|| NONE.to_owned(), |v| v.to_string())) }
                td.n { (state.reported.as_ref().map_or_else(|| NONE.to_owned(), |r| reported_name(lang, r))) }
                td.when { (state.reported.as_ref().map_or_else(|| NONE.to_owned(), |r| moment(r.at_ms))) }
            } } }
        } } } }
    } };
    Ok(who.page("/config").show(&title, &body).into_response())
}

/// Which version a hall says it has.
fn reported_name(lang: &str, reported: &Reported) -> String {
    match reported.version {
        // It told of the version that it does not take.
        _ if !reported.applied => t!("config.before", locale = lang).into_owned(),
        0 => t!("config.own", locale = lang).into_owned(),
        n => n.to_string(),
    }
}

/// Sentences about what is wrong.
fn faults(list: &[String]) -> Markup {
    html! { @if !list.is_empty() { ul.fault role="alert" { @for f in list { li { (f) } } } } }
}

/// What changed between two texts, with the lines around it.
fn diff(lang: &str, before: &str, after: &str) -> Markup {
    let diff = similar::TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(3);
    html! {
        @if groups.is_empty() { p.hint { (t!("config.same", locale = lang)) } }
        @else { pre.diff tabindex="0" { @for (n, group) in groups.iter().enumerate() {
            @if n > 0 { span.gap { "⋯\n" } }
            @for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                span class=(match change.tag() { similar::ChangeTag::Delete => "gone", similar::ChangeTag::Insert => "new", similar::ChangeTag::Equal => "same" }) {
                    (change.value().trim_end_matches(['\n', '\r'])) "\n"
                }
            }
        } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u64, text: &str) -> Version {
        Version {
            name: "hall".into(),
            version: number,
            digest: format!("of {text}"),
            text: text.into(),
            made_ms: 0,
            made_by: "lan".into(),
            note: String::new(),
        }
    }

    fn said(number: u64, text: &str, applied: bool) -> Reported {
        Reported { version: number, digest: format!("of {text}"), applied, detail: None, at_ms: 0 }
    }

    #[test]
    fn what_a_hall_says_is_put_beside_what_it_should_have() {
        let two = version(2, "b");
        for (desired, reported, is) in [
            (None, None, Standing::Unknown),
            (None, Some(said(0, "a", true)), Standing::Own),
            (Some(&two), None, Standing::OnItsWay),
            (Some(&two), Some(said(1, "a", true)), Standing::OnItsWay),
            (Some(&two), Some(said(2, "b", true)), Standing::InForce),
            // Another version with the same text.
            (Some(&two), Some(said(1, "b", true)), Standing::InForce),
            (Some(&two), Some(said(2, "a", false)), Standing::Refused),
            (Some(&two), Some(said(2, "c", true)), Standing::Changed),
        ] {
            assert_eq!(Standing::of(desired, reported.as_ref()), is, "{reported:?}");
        }
    }
}
