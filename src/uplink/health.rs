// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the machine is, as far as it can be measured; what cannot is left out.

use crate::hub::Hub;
use crate::steward::told::Told;
use motcua_link::data::{DeviceHealth, Part, PartState};
use motcua_link::send::Status;
use motcua_link::wire::Lane;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Parts of this machine and how they are, told by whoever drives them.
#[derive(Clone, Debug, Default)]
pub struct Parts(Arc<Mutex<BTreeMap<String, Part>>>);

impl Parts {
    /// News of a part; `fault` is a word that does not change.
    pub fn tell(&self, name: &str, state: PartState, fault: Option<&str>) {
        let part = Part { state, fault: fault.map(str::to_owned) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), part);
    }

    fn all(&self) -> BTreeMap<String, Part> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A device's machine.
pub(super) fn of_device(role: &str, started: Instant, uplink: &Status, parts: &Parts) -> DeviceHealth {
    DeviceHealth { role: role.to_owned(), uptime_s: started.elapsed().as_secs(), ..of_machine(uplink, parts) }
}

/// What is measured alike everywhere.
fn of_machine(uplink: &Status, parts: &Parts) -> DeviceHealth {
    let mut parts = parts.all();
    let image = Told::read();
    if let Some(image) = &image {
        parts.insert("update".into(), image.update.clone());
    }
    let (free, size) = disk().unzip();
    let now_ms = crate::clock::unix_ms();
    DeviceHealth {
        version: image.as_ref().map_or_else(|| env!("CARGO_PKG_VERSION").to_owned(), |i| i.version.clone()),
        slot: image.and_then(|i| i.slot),
        parts,
        cpu_celsius: temperature(),
        memory_bytes: memory(),
        disk_free_bytes: free,
        disk_bytes: size,
        clock_off_ms: uplink.clock_off_ms,
        certificate_days: uplink.certificate_ends_ms.map(|ms| motcua_link::trust::days_left(ms, now_ms)),
        ..DeviceHealth::default()
    }
}

/// The hub's machine.
pub(super) fn of_hub(hub: &Hub, uplink: &Status, parts: &Parts) -> DeviceHealth {
    let vitals = hub.vitals();
    let mut machine = of_machine(uplink, parts);
    let mut parts = std::mem::take(&mut machine.parts);
    let store = match (&vitals.store_fault, &vitals.damaged_database) {
        (Some(_), _) => Part { state: PartState::Fault, fault: Some("cannot-write".into()) },
        (None, Some(_)) => Part { state: PartState::Warning, fault: Some("was-damaged".into()) },
        (None, None) => Part { state: PartState::Ok, fault: None },
    };
    parts.insert("database".into(), store);
    let business = uplink.lanes.iter().find(|l| l.lane == Lane::Business);
    let now_ms = crate::clock::unix_ms();
    DeviceHealth {
        role: "hub".into(),
        uptime_s: vitals.uptime_s,
        commit_p99_ms: Some(vitals.commit_p99_ms),
        backlog: business.map(|l| l.waiting),
        backlog_age_s: business
            .and_then(|l| l.oldest_ms)
            .map(|ms| u64::try_from((now_ms - ms) / 1000).unwrap_or(0)),
        parts,
        ..machine
    }
}

/// `VmRSS` of this process.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// The first thermal zone; a Raspberry Pi's is its processor.
fn temperature() -> Option<f64> {
    let text = std::fs::read_to_string("/sys/class/thermal/thermal_zone0/temp").ok()?;
    Some(text.trim().parse::<f64>().ok()? / 1000.0)
}

/// Free and whole bytes of the disk under the working directory, which a service sets to its data.
fn disk() -> Option<(u64, u64)> {
    let stat = rustix::fs::statvfs(".").ok()?;
    Some((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
}
