// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices: how they are, what they run, what was done to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How a device is; once a minute. What a device does not have or cannot measure is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceHealth {
    /// `hub`, `kiosk`, `display`, `panel`.
    pub role: String,
    /// Program version.
    pub version: String,
    /// Seconds since the program started.
    pub uptime_s: u64,
    /// Boot slot, `A` or `B`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// Processor, degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_celsius: Option<f64>,
    /// Memory in use by the program, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Free on the disk of the data, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_free_bytes: Option<u64>,
    /// Size of that disk, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_bytes: Option<u64>,
    /// Life of the disk that is used up, percent, as the disk says (eMMC, NVMe).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_wear_percent: Option<u32>,
    /// 99th percentile of the last durable commits, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_p99_ms: Option<f64>,
    /// Business events that are not delivered upwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<u64>,
    /// Age of the oldest of them, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog_age_s: Option<u64>,
    /// The receiver's clock minus the device's, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_off_ms: Option<i64>,
    /// Days until the certificate ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_days: Option<i64>,
    /// Parts by name (`printer`, `scanner`, `speaker`, `buttons`, `hub`) and how each is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, Part>,
}

/// How a part of a device is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// `ok`, `warning`, `fault`.
    pub state: PartState,
    /// What is the matter, in a word that does not change: `paper-low`, `cover-open`, `gone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Whether a part serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartState {
    /// Serves.
    Ok,
    /// Serves, and somebody should come.
    Warning,
    /// Does not serve.
    Fault,
}

/// A line of a device's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceLog {
    /// `error`, `warn`, `info`.
    pub level: String,
    /// Part of the program.
    pub target: String,
    /// The line; long numbers are blotted out.
    pub message: String,
}

/// A configuration was taken or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigReported {
    /// Name of the document, `hall`.
    pub document: String,
    /// Version of it, as the central numbers it; 0 for one that was written in the hall.
    pub version: u64,
    /// SHA-256 of its text, hexadecimal.
    pub digest: String,
    /// It is in force.
    pub applied: bool,
    /// Why it is not, or who changed it in the hall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A command was carried out or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommandReported {
    /// Its id.
    pub command: Uuid,
    /// It was carried out.
    pub done: bool,
    /// Why not, or what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Something that an auditor wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditNoted {
    /// What happened, in a word that does not change: `database-recovered`, `clock-doubted`, `epoch-begun`.
    pub what: String,
    /// In words, for a person.
    pub detail: String,
    /// Numbers, names of parts, days.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// Blots out what may be somebody's number: runs of eight digits or more, with their separators.
pub fn blot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        if digits >= 8 {
            // What separated the number from the next word stays.
            out.push_str("***");
            out.extend(run.chars().rev().take_while(|c| !c.is_ascii_digit()));
        } else {
            out.push_str(run);
        }
        run.clear();
    };
    for c in text.chars() {
        let separates = matches!(c, ' ' | '.' | '-') && !run.is_empty();
        if c.is_ascii_digit() || separates {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::blot;

    #[test]
    fn long_numbers_are_blotted_out_and_labels_stay() {
        assert_eq!(blot("CCCD 001099012345 sai"), "CCCD *** sai");
        assert_eq!(blot("gọi 0912 345 678, A017"), "gọi ***, A017");
        assert_eq!(blot("2 lần, quầy 12"), "2 lần, quầy 12");
        assert_eq!(blot("số 001.099.012345"), "số ***");
        assert_eq!(blot("A017 lúc 9 giờ 15"), "A017 lúc 9 giờ 15");
    }
}
