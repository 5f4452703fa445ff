// SPDX-License-Identifier: MIT OR Apache-2.0
//! Halls now: what their people see at this moment, as far as they have told.

use super::{Group, LevelCount, Period, Scope, Wording, day_of, device, figures, ratings};
use motcua_link::db::{DbError, Tx, Value};
use std::collections::BTreeMap;

/// Days back in which a number that was carried over may still wait.
const CARRIED_DAYS: i64 = 14;

/// One hall.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HallNow {
    /// Its key.
    pub site: String,
    /// Its name; its key when it has none.
    pub name: String,
    /// Its business day, where that is today.
    pub is_open: bool,
    /// Why no numbers are given.
    pub intake: Option<String>,
    /// When it was last heard, milliseconds UTC.
    pub last_ms: i64,
    /// People waiting.
    pub waiting: u64,
    /// When the first of them took a number.
    pub waiting_since_ms: Option<i64>,
    /// People at the desks.
    pub serving: u64,
    /// Numbers given today.
    pub given: u64,
    /// Services finished today.
    pub served: u64,
    /// Called today and not there.
    pub absent: u64,
    /// Mean wait today, minutes.
    pub wait_mean: Option<f64>,
    /// Mean service today, minutes.
    pub service_mean: Option<f64>,
    /// Ratings of today.
    pub ratings: LevelCount,
    /// Counters that serve.
    pub counters_open: u64,
    /// Counters that were ever heard of.
    pub counters_told: u64,
    /// All of its counters, as its configuration names them; those that were heard of where that is not known.
    pub counters: u64,
    /// Alarms that nobody has seen.
    pub alarms: u64,
    /// Devices.
    pub devices: u64,
    /// Devices that something is the matter with.
    pub devices_ill: u64,
}

impl HallNow {
    /// Its day is open and no counter serves: before the morning, after the evening. A hall that has not told of
    /// its counters is believed to serve.
    pub fn is_idle(&self) -> bool {
        self.is_open && self.counters_told > 0 && self.counters_open == 0
    }
}

/// The halls of a scope by name.
///
/// # Errors
/// The database's.
pub async fn halls_now(tx: &mut Tx<'_>, scope: &Scope, now_ms: i64) -> Result<Vec<HallNow>, DbError> {
    let today = day_of(now_ms);
    let mut halls: BTreeMap<String, HallNow> = BTreeMap::new();
    let sql = format!(
        "SELECT h.site, h.name, h.day, h.intake, h.last_ms FROM halls h WHERE 1 = 1{}",
        scope.clause("h.site", 0)
    );
    for row in tx.rows(&sql, &scope.values()).await? {
        let (site, name) = (row.text(0)?, row.text(1)?);
        let name = super::wording::short(&site, &name);
        let is_open = row.text(2)? == today.to_string();
        let (intake, last_ms) = (row.text_or_none(3)?, row.int(4)?);
        halls.insert(site.clone(), HallNow { site, name, is_open, intake, last_ms, ..HallNow::default() });
    }
    queue(tx, scope, now_ms, &mut halls).await?;
    counters(tx, scope, &mut halls).await?;
    for line in figures(tx, scope, Period::day(today), Group::Hall).await?.lines {
        if let Some(hall) = halls.get_mut(&line.key) {
            (hall.given, hall.served, hall.absent) = (line.given, line.served, line.absent);
            (hall.wait_mean, hall.service_mean) = (line.waits.mean(), line.services.mean());
        }
    }
    let words = Wording::read(tx, scope).await?;
    for (site, hall) in &mut halls {
        let configured =
            words.hall(site).and_then(|w| w.hall.as_ref()).map_or(0, |h| h.counters.len() as u64);
        hall.counters = hall.counters.max(configured);
    }
    for count in ratings(tx, scope, Period::day(today), Group::Hall, &words).await?.groups {
        if let Some(hall) = halls.get_mut(&count.key) {
            hall.ratings = count;
        }
    }
    trouble(tx, scope, now_ms, &mut halls).await?;
    let mut out: Vec<HallNow> = halls.into_values().collect();
    out.sort_by(|a, b| (&a.name, &a.site).cmp(&(&b.name, &b.site)));
    Ok(out)
}

async fn queue(
    tx: &mut Tx<'_>,
    scope: &Scope,
    now_ms: i64,
    halls: &mut BTreeMap<String, HallNow>,
) -> Result<(), DbError> {
    let sql = format!(
        "SELECT t.site, t.stage, COUNT(*), MIN(t.issued_ms) FROM tickets t
         WHERE t.day BETWEEN $1 AND $2{} AND t.stage IN ('waiting', 'called', 'serving', 'held') GROUP BY 1, 2",
        scope.clause("t.site", 2)
    );
    for row in tx.rows(&sql, &recent(now_ms, scope)).await? {
        let Some(hall) = halls.get_mut(&row.text(0)?).filter(|h| h.is_open) else { continue };
        if row.text(1)? == "waiting" {
            hall.waiting = row.number(2)?;
            hall.waiting_since_ms = row.int_or_none(3)?;
        } else {
            hall.serving += row.number(2)?;
        }
    }
    Ok(())
}

/// Days on which a ticket may have been given that still waits, and the halls.
fn recent(now_ms: i64, scope: &Scope) -> Vec<Value> {
    let from = day_of(now_ms - CARRIED_DAYS * 86_400_000);
    Period { from, to: day_of(now_ms) }.values(scope)
}

async fn counters(
    tx: &mut Tx<'_>,
    scope: &Scope,
    halls: &mut BTreeMap<String, HallNow>,
) -> Result<(), DbError> {
    let sql = format!(
        "SELECT c.site, COUNT(*), SUM(CASE WHEN c.state = 'open' THEN 1 ELSE 0 END) FROM counters c WHERE 1 = 1{}
         GROUP BY 1",
        scope.clause("c.site", 0)
    );
    for row in tx.rows(&sql, &scope.values()).await? {
        if let Some(hall) = halls.get_mut(&row.text(0)?) {
            hall.counters_told = row.number(1)?;
            hall.counters = hall.counters_told;
            hall.counters_open = if hall.is_open { row.number(2)? } else { 0 };
        }
    }
    Ok(())
}

async fn trouble(
    tx: &mut Tx<'_>,
    scope: &Scope,
    now_ms: i64,
    halls: &mut BTreeMap<String, HallNow>,
) -> Result<(), DbError> {
    let sql = format!(
        "SELECT a.site, COUNT(*) FROM alarms a WHERE (a.seen_ms IS NULL OR a.seen_ms < a.last_ms){} GROUP BY 1",
        scope.clause("a.site", 0)
    );
    for row in tx.rows(&sql, &scope.values()).await? {
        if let Some(hall) = halls.get_mut(&row.text(0)?) {
            hall.alarms = row.number(1)?;
        }
    }
    for device in device::devices(tx, scope).await? {
        if let Some(hall) = halls.get_mut(&device.site) {
            hall.devices += 1;
            hall.devices_ill += u64::from(!device.warnings(now_ms).is_empty());
        }
    }
    Ok(())
}

/// A counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterNow {
    /// Counter.
    pub counter: String,
    /// `open`, `paused`, `closed`, `signed-in`, `signed-out`.
    pub state: String,
    /// Key of the officer who sits there.
    pub officer: Option<String>,
    /// Since when the state is so.
    pub since_ms: i64,
    /// The number at the desk, and since when.
    pub ticket: Option<(String, i64)>,
}

/// The counters of a hall.
///
/// # Errors
/// The database's.
pub async fn counters_now(tx: &mut Tx<'_>, site: &str, now_ms: i64) -> Result<Vec<CounterNow>, DbError> {
    let scope = Scope::Sites(vec![site.to_owned()]);
    let sql = "SELECT t.counter, t.label, coalesce(v.started_ms, v.called_ms) FROM tickets t
               JOIN visits v ON v.site = t.site AND v.session = t.session
               WHERE t.day BETWEEN $1 AND $2 AND t.site = $3 AND t.stage IN ('called', 'serving')";
    let mut at_desk: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for row in tx.rows(sql, &recent(now_ms, &scope)).await? {
        if let Some(counter) = row.text_or_none(0)? {
            at_desk.insert(counter, (row.text(1)?, row.int(2)?));
        }
    }
    let sql = "SELECT counter, state, officer, since_ms FROM counters WHERE site = $1";
    let rows = tx.rows(sql, &scope.values()).await?;
    let read = |row: &motcua_link::db::Row| -> Result<CounterNow, DbError> {
        let counter = row.text(0)?;
        Ok(CounterNow {
            ticket: at_desk.remove(&counter),
            counter,
            state: row.text(1)?,
            officer: row.text_or_none(2)?,
            since_ms: row.int(3)?,
        })
    };
    let mut out: Vec<CounterNow> = rows.iter().map(read).collect::<Result<_, _>>()?;
    // Counter 2 stands before counter 10.
    out.sort_by_key(|c| (c.counter.parse::<u64>().unwrap_or(u64::MAX), c.counter.clone()));
    Ok(out)
}

/// A service that people wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceNow {
    /// Service code.
    pub service: String,
    /// People waiting.
    pub waiting: u64,
    /// When the first of them took a number.
    pub since_ms: i64,
}

/// What people of a hall wait for.
///
/// # Errors
/// The database's.
pub async fn services_now(tx: &mut Tx<'_>, site: &str, now_ms: i64) -> Result<Vec<ServiceNow>, DbError> {
    let scope = Scope::Sites(vec![site.to_owned()]);
    let sql = "SELECT t.service, COUNT(*), MIN(t.issued_ms) FROM tickets t
               WHERE t.day BETWEEN $1 AND $2 AND t.site = $3 AND t.stage = 'waiting' GROUP BY 1 ORDER BY 2 DESC, 1";
    let rows = tx.rows(sql, &recent(now_ms, &scope)).await?;
    rows.iter()
        .map(|r| Ok(ServiceNow { service: r.text(0)?, waiting: r.number(1)?, since_ms: r.int(2)? }))
        .collect()
}
