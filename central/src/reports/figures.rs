// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waits, service times and outcomes. A wait is from the number to the first
//! call of it, as the hub's own figures have it; a service is one ticket at one
//! desk.

use super::{Group, Period, Scope, key};
use motcua_link::db::{DbError, Row, Tx};
use motcua_web::figures::Times;
use std::collections::BTreeMap;

/// One line of figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Key of the group; empty for the sum.
    pub key: String,
    /// Numbers given. Unknown by counter and officer: which one a number will meet is open when it is given.
    pub given: u64,
    /// Services finished.
    pub served: u64,
    /// Did not come when called.
    pub absent: u64,
    /// Voided, or not served when the day ended.
    pub unserved: u64,
    /// From the number to the first call.
    pub waits: Times,
    /// At the desk.
    pub services: Times,
}

impl Line {
    /// Who did not come, in percent of those who were called to an end.
    pub fn absent_rate(&self) -> Option<f64> {
        let all = self.served + self.absent;
        (all > 0).then(|| self.absent as f64 * 100.0 / all as f64)
    }
}

/// Lines and their sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// By key.
    pub lines: Vec<Line>,
    /// Over all.
    pub sum: Line,
    /// Days on which numbers were given.
    pub days: u64,
}

impl Figures {
    /// Services of a line for each day on which numbers were given.
    pub fn per_day(&self, line: &Line) -> Option<f64> {
        (self.days > 0).then(|| line.served as f64 / self.days as f64)
    }
}

#[derive(Default)]
struct Lines {
    lines: BTreeMap<String, Line>,
    sum: Line,
}

impl Lines {
    /// Does the same to the line of a row's key and to the sum.
    fn both(&mut self, row: &Row, grouped: bool, each: impl Fn(&mut Line)) {
        each(&mut self.sum);
        if grouped {
            let key = key(row.value(0));
            each(self.lines.entry(key.clone()).or_insert_with(|| Line { key, ..Line::default() }));
        }
    }
}

/// The figures of a period.
///
/// # Errors
/// The database's.
pub async fn figures(tx: &mut Tx<'_>, scope: &Scope, period: Period, by: Group) -> Result<Figures, DbError> {
    let mut lines = Lines::default();
    given(tx, scope, period, by, &mut lines).await?;
    outcomes(tx, scope, period, by, &mut lines).await?;
    times(tx, scope, period, by, &mut lines).await?;
    let sql = format!(
        "SELECT COUNT(DISTINCT t.day) FROM tickets t WHERE t.day BETWEEN $1 AND $2{}",
        scope.clause("t.site", 2)
    );
    let days = tx.one(&sql, &period.values(scope)).await?.map(|r| r.number(0)).transpose()?.unwrap_or(0);
    Ok(Figures { lines: lines.lines.into_values().collect(), sum: lines.sum, days })
}

async fn given(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
    by: Group,
    lines: &mut Lines,
) -> Result<(), DbError> {
    let grouped = !matches!(by, Group::Counter | Group::Officer);
    let key = if grouped { by.column("t", "issued_ms") } else { "t.site".into() };
    let sql = format!(
        "SELECT {key}, COUNT(*), SUM(CASE WHEN t.stage IN ('voided', 'unserved') THEN 1 ELSE 0 END)
         FROM tickets t WHERE t.day BETWEEN $1 AND $2{} GROUP BY 1",
        scope.clause("t.site", 2)
    );
    for row in tx.rows(&sql, &period.values(scope)).await? {
        let (given, unserved) = (row.number(1)?, row.number(2)?);
        lines.both(&row, grouped, |line| {
            line.given += given;
            line.unserved += unserved;
        });
    }
    Ok(())
}

async fn outcomes(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
    by: Group,
    lines: &mut Lines,
) -> Result<(), DbError> {
    let sql = format!(
        "SELECT {}, SUM(CASE WHEN v.outcome = 'served' THEN 1 ELSE 0 END),
                SUM(CASE WHEN v.outcome = 'absent' THEN 1 ELSE 0 END)
         FROM visits v WHERE v.day BETWEEN $1 AND $2{} GROUP BY 1",
        by.column("v", "called_ms"),
        scope.clause("v.site", 2)
    );
    for row in tx.rows(&sql, &period.values(scope)).await? {
        let (served, absent) = (row.number(1)?, row.number(2)?);
        lines.both(&row, true, |line| {
            line.served += served;
            line.absent += absent;
        });
    }
    Ok(())
}

/// Counted by whole seconds: percentiles need the order of times, and the databases have no common way to it.
async fn times(
    tx: &mut Tx<'_>,
    scope: &Scope,
    period: Period,
    by: Group,
    lines: &mut Lines,
) -> Result<(), DbError> {
    let (key, clause) = (by.column("v", "called_ms"), scope.clause("v.site", 2));
    let waits = format!(
        "SELECT {key}, v.waited_ms / 1000, COUNT(*), CAST(SUM(v.waited_ms) AS BIGINT)
         FROM visits v JOIN tickets t ON t.site = v.site AND t.ticket = v.ticket AND t.first_call_ms = v.called_ms
         WHERE v.day BETWEEN $1 AND $2{clause} GROUP BY 1, 2"
    );
    for row in tx.rows(&waits, &period.values(scope)).await? {
        let (second, count, sum) = (row.int(1)?, row.number(2)?, row.int(3)?);
        lines.both(&row, true, |line| line.waits.add(second, count, sum));
    }
    let services = format!(
        "SELECT {key}, (v.ended_ms - v.started_ms) / 1000, COUNT(*), CAST(SUM(v.ended_ms - v.started_ms) AS BIGINT)
         FROM visits v WHERE v.day BETWEEN $1 AND $2{clause}
            AND v.outcome = 'served' AND v.started_ms IS NOT NULL AND v.ended_ms >= v.started_ms GROUP BY 1, 2"
    );
    for row in tx.rows(&services, &period.values(scope)).await? {
        let (second, count, sum) = (row.int(1)?, row.number(2)?, row.int(3)?);
        lines.both(&row, true, |line| line.services.add(second, count, sum));
    }
    Ok(())
}
