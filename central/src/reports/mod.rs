// SPDX-License-Identifier: MIT OR Apache-2.0
//! Read models into figures. The database counts and this adds up: every
//! statement groups its rows, so that a quarter of a province comes as some
//! thousand lines, and both databases give the same.
//!
//! - `figures`: waits, service times, outcomes
//! - `ratings`: levels, reasons, answers, the official reports
//! - `compare`: halls beside each other
//! - `apologies`: papers for late dossiers
//! - `live`: halls now
//! - `device`: devices, what is wrong with them, their past day
//! - `wording`: how halls name things

mod apologies;
mod compare;
mod device;
mod figures;
mod live;
mod ratings;
mod wording;

pub use apologies::{Apologies, apologies};
pub use compare::{HallScore, compare};
pub use device::{Device, Warning, device, devices, history};
pub use figures::{Figures, Line, figures};
pub use live::{CounterNow, HallNow, ServiceNow, counters_now, halls_now, services_now};
pub use ratings::{AnswerCount, LevelCount, Low, Ratings, ratings};
pub use wording::{HallWords, Wording};

use jiff::civil::Date;
use motcua_link::db::Value;

/// Viet Nam's offset, milliseconds. The link tells moments in UTC and days of the hall; hours of the day are
/// counted with this.
pub const OFFSET_MS: i64 = 7 * 3_600_000;

/// The day of a moment, `2026-11-24`.
pub fn day_of(ms: i64) -> Date {
    let local = jiff::Timestamp::from_millisecond(ms.saturating_add(OFFSET_MS)).unwrap_or_default();
    jiff::tz::Offset::UTC.to_datetime(local).date()
}

/// A moment on the halls' wall clock, in a form of `strftime`.
pub fn local(ms: i64, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(ms.saturating_add(OFFSET_MS)).unwrap_or_default();
    at.strftime(form).to_string()
}

/// Business days, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Period {
    /// One day.
    pub fn day(day: Date) -> Period {
        Period { from: day, to: day }
    }

    fn values(self, scope: &Scope) -> Vec<Value> {
        let mut out = vec![self.from.to_string().into(), self.to.to_string().into()];
        out.extend(scope.values());
        out
    }
}

/// Halls that are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every hall.
    All,
    /// These.
    Sites(Vec<String>),
}

impl Scope {
    /// The hall is one of them.
    pub fn has(&self, site: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Sites(sites) => sites.iter().any(|s| s == site),
        }
    }

    /// Only this hall, where it is one of them; all of them without one.
    #[must_use]
    pub fn only(&self, site: Option<&str>) -> Scope {
        match site {
            Some(site) if self.has(site) => Scope::Sites(vec![site.to_owned()]),
            Some(_) => Scope::Sites(Vec::new()),
            None => self.clone(),
        }
    }

    /// The condition on a column and its values, for a statement with `before` places before it.
    pub fn condition(&self, column: &str, before: usize) -> (String, Vec<Value>) {
        (self.clause(column, before), self.values())
    }

    /// The condition on a column, with `before` places used before it.
    fn clause(&self, column: &str, before: usize) -> String {
        match self {
            Scope::All => String::new(),
            Scope::Sites(sites) if sites.is_empty() => " AND 1 = 0".into(),
            Scope::Sites(sites) => {
                let places: Vec<String> = (1..=sites.len()).map(|n| format!("${}", before + n)).collect();
                format!(" AND {column} IN ({})", places.join(", "))
            }
        }
    }

    fn values(&self) -> Vec<Value> {
        match self {
            Scope::All => Vec::new(),
            Scope::Sites(sites) => sites.iter().map(|s| s.as_str().into()).collect(),
        }
    }
}

/// What lines are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Hall.
    Hall,
    /// Service, across halls: the procedure field.
    Service,
    /// Counter; its key is `hall/counter`.
    Counter,
    /// Officer; the key is `hall/officer`.
    Officer,
    /// Business day.
    Day,
    /// Hour of the day: when the number was given, called, rated.
    Hour,
}

impl Group {
    /// As it stands in addresses.
    pub const WORDS: [(&'static str, Group); 6] = [
        ("hall", Group::Hall),
        ("service", Group::Service),
        ("counter", Group::Counter),
        ("officer", Group::Officer),
        ("day", Group::Day),
        ("hour", Group::Hour),
    ];

    /// From an address; by hall where it says nothing known.
    pub fn read(word: &str) -> Group {
        Group::WORDS.iter().find(|(w, _)| *w == word).map_or(Group::Hall, |(_, g)| *g)
    }

    /// For an address.
    pub fn word(self) -> &'static str {
        Group::WORDS.iter().find(|(_, g)| *g == self).map_or("hall", |(w, _)| w)
    }

    /// The key's column of a table by its short name; `at` is its moment.
    fn column(self, table: &str, at: &str) -> String {
        match self {
            Group::Hall => format!("{table}.site"),
            Group::Service => format!("{table}.service"),
            Group::Counter => format!("{table}.site || '/' || {table}.counter"),
            Group::Officer => format!("{table}.site || '/' || {table}.officer"),
            Group::Day => format!("{table}.day"),
            Group::Hour => format!("(({table}.{at} + {OFFSET_MS}) / 3600000) % 24"),
        }
    }
}

/// A key of a group: a text, or an hour with two digits.
fn key(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(hour) => format!("{hour:02}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_viet_nam() {
        let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!(day_of(ms("2026-11-23T16:59:59Z")).to_string(), "2026-11-23");
        assert_eq!(day_of(ms("2026-11-23T17:00:00Z")).to_string(), "2026-11-24");
    }

    #[test]
    fn whoever_asks_for_a_hall_that_is_not_theirs_gets_none() {
        let mine = Scope::Sites(vec!["a".into(), "b".into()]);
        assert_eq!(mine.only(Some("c")).clause("t.site", 2), " AND 1 = 0");
        assert_eq!(mine.only(None).clause("t.site", 2), " AND t.site IN ($3, $4)");
        assert_eq!(Scope::All.only(Some("c")), Scope::Sites(vec!["c".into()]));
    }
}
