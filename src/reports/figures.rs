// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waits, service times and outcomes, by service, counter, officer, day or hour.

use super::Period;
use motcua_web::figures::{mean, minutes, percentile};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// What lines are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Service code.
    Service,
    /// Counter id.
    Counter,
    /// Officer's key.
    Officer,
    /// Business day.
    Day,
    /// Hour of the day at which the number was taken.
    Hour,
}

impl Group {
    /// As it stands in addresses.
    pub const WORDS: [(&'static str, Group); 5] = [
        ("service", Group::Service),
        ("counter", Group::Counter),
        ("officer", Group::Officer),
        ("day", Group::Day),
        ("hour", Group::Hour),
    ];

    /// From an address; by service where it says nothing known.
    pub fn read(word: &str) -> Group {
        Group::WORDS.iter().find(|(w, _)| *w == word).map_or(Group::Service, |(_, g)| *g)
    }

    /// For an address.
    pub fn word(self) -> &'static str {
        Group::WORDS.iter().find(|(_, g)| *g == self).map_or("service", |(w, _)| w)
    }
}

/// One line of figures. Minutes are means and 90th percentiles over what is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Key of the group; empty for the sum.
    pub key: String,
    /// Numbers given.
    pub given: u32,
    /// Services finished.
    pub served: u32,
    /// Did not come.
    pub absent: u32,
    /// Voided, or not served when the day ended.
    pub unserved: u32,
    /// Mean wait from the number to the first call, minutes.
    pub wait_mean: Option<f64>,
    /// 90th percentile of the wait.
    pub wait_p90: Option<f64>,
    /// Mean time at the desk, minutes.
    pub service_mean: Option<f64>,
    /// 90th percentile of the time at the desk.
    pub service_p90: Option<f64>,
}

/// Lines and their sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// By key.
    pub lines: Vec<Line>,
    /// Over all.
    pub sum: Line,
}

#[derive(Default)]
struct Sums {
    line: Line,
    waits: Vec<f64>,
    services: Vec<f64>,
}

impl Sums {
    fn line(mut self, key: String) -> Line {
        self.line.key = key;
        self.line.wait_mean = mean(&self.waits);
        self.line.wait_p90 = percentile(&mut self.waits, 90);
        self.line.service_mean = mean(&self.services);
        self.line.service_p90 = percentile(&mut self.services, 90);
        self.line
    }
}

impl Figures {
    /// Reads the figures of a period; hours are of the hall's wall clock.
    pub fn read(
        db: &Connection,
        period: Period,
        by: Group,
        utc_offset_minutes: i16,
    ) -> rusqlite::Result<Figures> {
        let mut groups: BTreeMap<String, Sums> = BTreeMap::new();
        let mut sum = Sums::default();
        let hour = |ms: i64| {
            let local = ms.div_euclid(3_600_000 / 60) + i64::from(utc_offset_minutes);
            format!("{:02}", local.div_euclid(60).rem_euclid(24))
        };
        tickets(db, period, |day, service, issued_ms, stage| {
            // A ticket belongs to a counter and an officer only when it was called; see `visits`.
            let key = match by {
                Group::Service => Some(service.to_owned()),
                Group::Day => Some(day.to_owned()),
                Group::Hour => Some(hour(issued_ms)),
                Group::Counter | Group::Officer => None,
            };
            let count = |s: &mut Sums| {
                s.line.given += 1;
                s.line.unserved += u32::from(matches!(stage, "voided" | "unserved"));
            };
            count(&mut sum);
            if let Some(key) = key {
                count(groups.entry(key).or_default());
            }
        })?;
        visits(db, period, |v| {
            let key = match by {
                Group::Service => v.service.clone(),
                Group::Counter => v.counter.clone(),
                Group::Officer => v.officer.clone(),
                Group::Day => v.day.clone(),
                Group::Hour => hour(v.issued_ms),
            };
            v.count(&mut sum);
            v.count(groups.entry(key).or_default());
        })?;
        let lines = groups.into_iter().map(|(key, sums)| sums.line(key)).collect();
        Ok(Figures { lines, sum: sum.line(String::new()) })
    }
}

fn tickets(db: &Connection, p: Period, mut each: impl FnMut(&str, &str, i64, &str)) -> rusqlite::Result<()> {
    let mut query =
        db.prepare("SELECT day, service, issued_ms, stage FROM tickets WHERE day BETWEEN ?1 AND ?2")?;
    let mut rows = query.query(params![p.from.to_string(), p.to.to_string()])?;
    while let Some(row) = rows.next()? {
        let (day, service, stage): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
        each(&day, &service, row.get(2)?, &stage);
    }
    Ok(())
}

struct Visit {
    day: String,
    service: String,
    counter: String,
    officer: String,
    issued_ms: i64,
    called_ms: i64,
    started_ms: Option<i64>,
    ended_ms: Option<i64>,
    outcome: String,
    first: bool,
}

impl Visit {
    fn count(&self, s: &mut Sums) {
        if self.first {
            s.waits.push(minutes(self.issued_ms, self.called_ms));
        }
        match self.outcome.as_str() {
            "served" => {
                s.line.served += 1;
                if let (Some(from), Some(to)) = (self.started_ms, self.ended_ms) {
                    s.services.push(minutes(from, to));
                }
            }
            "absent" => s.line.absent += 1,
            _ => {}
        }
    }
}

fn visits(db: &Connection, p: Period, mut each: impl FnMut(&Visit)) -> rusqlite::Result<()> {
    let sql = "SELECT v.day, v.service, v.counter, v.officer, coalesce(t.issued_ms, v.called_ms), v.called_ms,
                      v.started_ms, v.ended_ms, v.outcome,
                      v.called_ms = (SELECT min(called_ms) FROM visits f WHERE f.ticket = v.ticket AND f.day = v.day)
               FROM visits v LEFT JOIN tickets t ON t.id = v.ticket WHERE v.day BETWEEN ?1 AND ?2";
    let mut query = db.prepare(sql)?;
    let mut rows = query.query(params![p.from.to_string(), p.to.to_string()])?;
    while let Some(r) = rows.next()? {
        each(&Visit {
            day: r.get(0)?,
            service: r.get(1)?,
            counter: r.get(2)?,
            officer: r.get(3)?,
            issued_ms: r.get(4)?,
            called_ms: r.get(5)?,
            started_ms: r.get(6)?,
            ended_ms: r.get(7)?,
            outcome: r.get(8)?,
            first: r.get(9)?,
        });
    }
    Ok(())
}
