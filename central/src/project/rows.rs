// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows that are written one at a time: halls, devices, alarms.

use crate::audit::note;
use motcua_link::data::{AuditNoted, Body, DeviceHealth};
use motcua_link::db::{DbError, Tx};
use motcua_link::wire::Source;
use sha2::{Digest, Sha256};

/// A device and its hall spoke.
pub(super) async fn heard(tx: &mut Tx<'_>, source: &Source, at_ms: i64) -> Result<(), DbError> {
    let hall = "INSERT INTO halls(site, first_ms, last_ms) VALUES($1, $2, $3)
                ON CONFLICT(site) DO UPDATE SET last_ms = excluded.last_ms";
    tx.execute(hall, &[source.site().into(), at_ms.into(), at_ms.into()]).await?;
    let device = "INSERT INTO devices(source, site, device, first_ms, last_ms) VALUES($1, $2, $3, $4, $5)
                  ON CONFLICT(source) DO UPDATE SET last_ms = excluded.last_ms";
    let values =
        [source.to_string().into(), source.site().into(), source.device().into(), at_ms.into(), at_ms.into()];
    tx.execute(device, &values).await?;
    Ok(())
}

/// The newest health of a device.
pub(super) async fn healthy(
    tx: &mut Tx<'_>,
    source: &Source,
    at_ms: i64,
    health: &DeviceHealth,
) -> Result<(), DbError> {
    let text = serde_json::to_string(health).unwrap_or_default();
    let sql = "UPDATE devices SET role = $1, health = $2, health_ms = $3 WHERE source = $4";
    let role = health.role.as_str();
    tx.execute(sql, &[role.into(), text.into(), at_ms.into(), source.to_string().into()]).await?;
    Ok(())
}

/// An alarm; the same one again only counts.
pub(crate) async fn alarm(
    tx: &mut Tx<'_>,
    source: &Source,
    kind: &str,
    detail: &str,
    at_ms: i64,
) -> Result<(), DbError> {
    let sql = "INSERT INTO alarms(id, site, source, kind, detail, first_ms, last_ms, times)
               VALUES($1, $2, $3, $4, $5, $6, $7, 1)
               ON CONFLICT(id) DO UPDATE SET last_ms = excluded.last_ms, times = alarms.times + 1";
    let id = alarm_id(source, kind, detail);
    let values = [
        id.into(),
        source.site().into(),
        source.to_string().into(),
        kind.into(),
        detail.into(),
        at_ms.into(),
        at_ms.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// What a hall notes for the audit. Most of it is an alarm; that a device of the hall was let in or shut out by
/// its hub is not.
pub(super) async fn noted(
    tx: &mut Tx<'_>,
    source: &Source,
    noted: &AuditNoted,
    now_ms: i64,
) -> Result<(), DbError> {
    // Only the hub speaks for the devices of its hall.
    let device = noted.facts.get("device").filter(|_| source.device() == "hub");
    let device = device.and_then(|d| Source::new(source.site(), d).ok());
    match (noted.what.as_str(), device) {
        ("device-enrolled", Some(device)) => {
            let sql = "UPDATE devices SET revoked_ms = NULL WHERE source = $1";
            tx.execute(sql, &[device.to_string().into()]).await?;
            note(tx, "hall", source.site(), "device-enrolled", &device.to_string(), &noted.detail).await
        }
        ("device-revoked", Some(device)) => {
            let sql = "UPDATE devices SET revoked_ms = $1 WHERE source = $2";
            tx.execute(sql, &[now_ms.into(), device.to_string().into()]).await?;
            note(tx, "hall", source.site(), "device-revoked", &device.to_string(), &noted.detail).await
        }
        (what, Some(device)) => alarm(tx, &device, what, &noted.detail, now_ms).await,
        (what, None) => alarm(tx, source, what, &noted.detail, now_ms).await,
    }
}

/// What a hall made of what came down to it.
pub(super) async fn steered(
    tx: &mut Tx<'_>,
    source: &Source,
    at_ms: i64,
    body: &Body,
) -> Result<(), DbError> {
    match body {
        Body::CommandReported(e) => {
            let detail = e.detail.as_deref();
            crate::steer::became(tx, source.site(), e.command, e.done, detail, at_ms).await
        }
        Body::ConfigReported(e) => {
            let action = if e.applied { "config-applied" } else { "config-refused" };
            let subject = format!("{} {}", e.document, e.version);
            crate::steer::note(tx, "hall", source.site(), action, &subject, e.detail.as_deref().unwrap_or(""))
                .await
        }
        _ => Ok(()),
    }
}

/// The words themselves while they are short enough for a key; else their digest.
fn alarm_id(source: &Source, kind: &str, detail: &str) -> String {
    let id = format!("{source}/{kind}/{detail}");
    if id.len() <= super::fit::LONGEST * 2 {
        return id;
    }
    let digest = Sha256::digest(id.as_bytes());
    format!("{source}/{}", motcua_link::wire::hex(&digest))
}
