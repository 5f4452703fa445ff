// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices: how each was when it last told, and what is the matter with it.

use super::Scope;
use motcua_link::data::{Body, DeviceHealth, PartState};
use motcua_link::db::{DbError, Row, Tx, Value};

/// A device tells its health once a minute; after five silent ones it is away.
const OFFLINE_MS: i64 = 5 * 60_000;
/// Business that waits for longer than this, seconds, is a broken line and no pause of the network.
const BACKLOG_S: u64 = 3600;
/// Waits and calls are told in seconds; a clock off by more tells them wrong, milliseconds.
const CLOCK_MS: i64 = 2000;
/// Disk in use or worn, percent.
const DISK_PERCENT: u64 = 80;
/// Days in which somebody must be able to come before a certificate ends.
const CERTIFICATE_DAYS: i64 = 14;
/// Healths read for a page: a day of them.
const HISTORY: i64 = 1440;

/// One device.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// `site.device`.
    pub source: String,
    /// Hall.
    pub site: String,
    /// Name in the hall.
    pub device: String,
    /// `hub`, `kiosk`, `display`, `panel`; empty before its first health.
    pub role: String,
    /// First heard, milliseconds UTC.
    pub first_ms: i64,
    /// Last heard.
    pub last_ms: i64,
    /// How it was.
    pub health: Option<DeviceHealth>,
    /// When it was so.
    pub health_ms: Option<i64>,
    /// End of its certificate.
    pub not_after_ms: Option<i64>,
    /// It is not let in any more since then.
    pub revoked_ms: Option<i64>,
}

/// What is the matter with a device.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// Not heard for so many milliseconds.
    Offline(i64),
    /// It is not let in any more.
    Revoked,
    /// Its oldest undelivered business is so many seconds old.
    Backlog(u64),
    /// Its clock is off by so many milliseconds.
    Clock(i64),
    /// Percent of its disk in use.
    Disk(u64),
    /// Percent of its disk's life used up.
    Wear(u32),
    /// A part that wants somebody, with what is the matter.
    Part(String, PartState, Option<String>),
    /// Days until its certificate ends.
    Certificate(i64),
}

impl Warning {
    /// It does not serve; all else only wants somebody soon.
    pub fn is_grave(&self) -> bool {
        match self {
            Warning::Offline(_) | Warning::Revoked => true,
            Warning::Part(_, state, _) => *state == PartState::Fault,
            Warning::Certificate(days) => *days <= 0,
            _ => false,
        }
    }
}

impl Device {
    /// Percent of its disk in use.
    pub fn disk_percent(&self) -> Option<u64> {
        self.health.as_ref().and_then(disk_percent)
    }

    /// Days until its certificate ends; 0 and less when it is over.
    pub fn certificate_days(&self, now_ms: i64) -> Option<i64> {
        let days = self.not_after_ms.map(|end| motcua_link::trust::days_left(end, now_ms));
        days.or_else(|| self.health.as_ref()?.certificate_days)
    }

    /// What is the matter with it, the gravest first.
    pub fn warnings(&self, now_ms: i64) -> Vec<Warning> {
        if self.revoked_ms.is_some() {
            return vec![Warning::Revoked];
        }
        let mut out = Vec::new();
        let silent = now_ms - self.last_ms;
        if silent > OFFLINE_MS {
            out.push(Warning::Offline(silent));
        }
        if let Some(health) = &self.health {
            for (name, part) in health.parts.iter().filter(|(_, p)| p.state != PartState::Ok) {
                out.push(Warning::Part(name.clone(), part.state, part.fault.clone()));
            }
            out.extend(health.backlog_age_s.filter(|s| *s > BACKLOG_S).map(Warning::Backlog));
            out.extend(health.clock_off_ms.filter(|ms| ms.abs() > CLOCK_MS).map(Warning::Clock));
            out.extend(disk_percent(health).filter(|p| *p > DISK_PERCENT).map(Warning::Disk));
            let worn = health.disk_wear_percent.filter(|p| u64::from(*p) > DISK_PERCENT);
            out.extend(worn.map(Warning::Wear));
        }
        let days = self.certificate_days(now_ms).filter(|d| *d < CERTIFICATE_DAYS);
        out.extend(days.map(Warning::Certificate));
        out.sort_by_key(|w| !w.is_grave());
        out
    }
}

/// Percent of a disk in use.
fn disk_percent(health: &DeviceHealth) -> Option<u64> {
    let (free, all) = (health.disk_free_bytes?, health.disk_bytes?);
    (all > 0).then(|| all.saturating_sub(free).saturating_mul(100) / all)
}

const COLUMNS: &str = "d.source, d.site, d.device, d.role, d.first_ms, d.last_ms, d.health, d.health_ms,
    d.not_after_ms, d.revoked_ms";

fn read(row: &Row) -> Result<Device, DbError> {
    let health = row.text_or_none(6)?;
    Ok(Device {
        source: row.text(0)?,
        site: row.text(1)?,
        device: row.text(2)?,
        role: row.text(3)?,
        first_ms: row.int(4)?,
        last_ms: row.int(5)?,
        health: health.and_then(|text| serde_json::from_str(&text).ok()),
        health_ms: row.int_or_none(7)?,
        not_after_ms: row.int_or_none(8)?,
        revoked_ms: row.int_or_none(9)?,
    })
}

/// The devices of a scope by hall and name.
///
/// # Errors
/// The database's.
pub async fn devices(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Device>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM devices d WHERE 1 = 1{} ORDER BY d.site, d.device",
        scope.clause("d.site", 0)
    );
    tx.rows(&sql, &scope.values()).await?.iter().map(read).collect()
}

/// One device of a hall.
///
/// # Errors
/// The database's.
pub async fn device(tx: &mut Tx<'_>, site: &str, name: &str) -> Result<Option<Device>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM devices d WHERE d.site = $1 AND d.device = $2");
    tx.one(&sql, &[site.into(), name.into()]).await?.as_ref().map(read).transpose()
}

/// Its healths received since then, oldest first, each with its moment; at most a day of them.
///
/// # Errors
/// The database's.
pub async fn history(
    tx: &mut Tx<'_>,
    source: &str,
    since_ms: i64,
) -> Result<Vec<(i64, DeviceHealth)>, DbError> {
    let sql =
        "SELECT type, at_ms, data FROM signals WHERE source = $1 AND lane = 'health' AND received_ms >= $2
               ORDER BY received_ms DESC, seq DESC LIMIT $3";
    let rows = tx.rows(sql, &[source.into(), since_ms.into(), Value::Int(HISTORY)]).await?;
    let mut out = Vec::new();
    for row in rows.iter().rev() {
        let Ok(raw) = serde_json::value::RawValue::from_string(row.text(2)?) else { continue };
        if let Ok(Some(Body::DeviceHealth(health))) = Body::read(&row.text(0)?, &raw) {
            out.push((row.int(1)?, health));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use motcua_link::data::Part;

    const NOW: i64 = 1_764_000_000_000;

    fn well() -> Device {
        let health = DeviceHealth {
            role: "kiosk".into(),
            backlog_age_s: Some(3600),
            clock_off_ms: Some(-2000),
            disk_bytes: Some(1000),
            disk_free_bytes: Some(200),
            disk_wear_percent: Some(80),
            certificate_days: Some(14),
            ..DeviceHealth::default()
        };
        Device {
            source: "ngo-quyen.kiosk-1".into(),
            site: "ngo-quyen".into(),
            device: "kiosk-1".into(),
            role: "kiosk".into(),
            first_ms: 0,
            last_ms: NOW - OFFLINE_MS,
            health: Some(health),
            health_ms: Some(NOW),
            not_after_ms: None,
            revoked_ms: None,
        }
    }

    #[test]
    fn a_device_at_every_limit_is_well_and_one_past_each_is_not() {
        assert_eq!(well().warnings(NOW), []);
        let mut ill = well();
        ill.last_ms -= 1;
        if let Some(h) = &mut ill.health {
            h.backlog_age_s = Some(3601);
            h.clock_off_ms = Some(-2001);
            h.disk_free_bytes = Some(180);
            h.disk_wear_percent = Some(81);
            h.certificate_days = Some(13);
            h.parts.insert(
                "printer".into(),
                Part { state: PartState::Warning, fault: Some("paper-low".into()) },
            );
        }
        let found = ill.warnings(NOW);
        assert_eq!(found.len(), 7, "{found:?}");
        assert_eq!(found[0], Warning::Offline(OFFLINE_MS + 1), "the gravest is said first");
        ill.revoked_ms = Some(NOW);
        assert_eq!(ill.warnings(NOW), [Warning::Revoked]);
    }

    #[test]
    fn the_certificate_that_was_given_counts_before_what_the_device_says() {
        let mut device = well();
        device.not_after_ms = Some(NOW + 86_400_000 * 3 + 5);
        assert_eq!(device.certificate_days(NOW), Some(3));
        assert_eq!(device.warnings(NOW), [Warning::Certificate(3)]);
    }
}
