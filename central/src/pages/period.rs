// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a page of figures is asked for: days, hall, grouping; and the form that
//! asks.

use super::session::Who;
use super::words::word;
use crate::audit::now_ms;
use crate::reports::{Group, Period, Scope, Wording, day_of};
use maud::{Markup, html};
use motcua_web::text::day;
use serde::Deserialize;

/// The address of a page of figures.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// First day.
    #[serde(default)]
    pub from: String,
    /// Last day.
    #[serde(default)]
    pub to: String,
    /// Grouping.
    #[serde(default)]
    pub by: String,
    /// One hall; empty: all.
    #[serde(default)]
    pub site: String,
}

impl Asked {
    /// The days meant; where nothing readable is given, the last seven for a comparison over time.
    pub fn period(&self) -> Period {
        let today = day_of(now_ms());
        let week = day_of(now_ms() - 6 * 86_400_000);
        let from = self.from.parse().unwrap_or(week);
        let to = self.to.parse().unwrap_or(today);
        Period { from: from.min(to), to: to.max(from) }
    }

    /// The hall meant.
    pub fn site(&self) -> Option<&str> {
        Some(self.site.as_str()).filter(|s| !s.is_empty())
    }

    /// The halls meant, of those that the person sees.
    pub fn scope(&self, who: &Who) -> Scope {
        who.scope().only(self.site())
    }

    /// The same question as part of an address.
    pub fn query(&self) -> String {
        let period = self.period();
        let mut query = vec![("from", period.from.to_string()), ("to", period.to.to_string())];
        query.extend(self.site().map(|s| ("site", s.to_owned())));
        query.push(("by", self.group().word().to_owned()));
        serde_urlencoded::to_string(&query).unwrap_or_default()
    }

    /// The grouping meant.
    pub fn group(&self) -> Group {
        Group::read(&self.by)
    }
}

/// Days as they stand in a title.
pub fn days(period: Period) -> String {
    let (from, to) = (day(&period.from.to_string()), day(&period.to.to_string()));
    if from == to { from } else { format!("{from} – {to}") }
}

/// Where the hall and the days of a table or chart stand.
pub fn title(lang: &str, what: &str, words: &Wording, scope: &Scope, period: Period) -> String {
    let halls = match scope {
        Scope::Sites(sites) if sites.len() == 1 => words.hall_name(&sites[0]),
        _ => t!("all_halls", locale = lang).into_owned(),
    };
    format!("{what} · {halls} · {}", days(period))
}

/// Form of days, hall and grouping, with the files that the same question gives.
pub fn chooser(who: &Who, asked: &Asked, words: &Wording, path: &str, groups: &[Group]) -> Markup {
    let lang = who.lang();
    let (period, group) = (asked.period(), asked.group());
    let query = asked.query();
    html! {
        form.row.chooser method="get" action=(path) {
            label { span { (t!("period.from", locale = lang)) } input type="date" name="from" value=(period.from) required; }
            label { span { (t!("period.to", locale = lang)) } input type="date" name="to" value=(period.to) required; }
            @if path != "/compare" && words.halls().nth(1).is_some() {
                label { span { (t!("period.hall", locale = lang)) }
                    select name="site" {
                        option value="" selected[asked.site().is_none()] { (t!("all_halls", locale = lang)) }
                        @for (site, hall) in words.halls() {
                            option value=(site) selected[asked.site() == Some(site)] { (hall.name) }
                        }
                    }
                }
            } @else if let Some(site) = asked.site() { input type="hidden" name="site" value=(site); }
            @if !groups.is_empty() {
                label { span { (t!("period.by", locale = lang)) }
                    select name="by" {
                        @for g in groups { option value=(g.word()) selected[*g == group] { (word(lang, &format!("group.{}", g.word()))) } }
                    }
                }
            }
            button.strong type="submit" { (t!("period.show", locale = lang)) }
            span.files {
                a.button href=(format!("{path}.csv?{query}")) { "CSV" }
                a.button href=(format!("/report.xlsx?{query}")) { "XLSX" }
            }
        }
    }
}
