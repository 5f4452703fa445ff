// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must be known after a restart, `/data/device/update.json`: which version was written into which slot, how the
//! parts were before, and below which version this device never goes again.

use super::version;
use crate::disk::keep;
use motcua_link::data::PartState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file.
const FILE: &str = "update.json";

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// A version that was written and has not proved itself.
    #[serde(default)]
    pub written: Option<Written>,
    /// The last version that did not prove itself, and why.
    #[serde(default)]
    pub returned: Option<Returned>,
    /// The highest floor of all versions that ever proved themselves here.
    #[serde(default)]
    pub floor: String,
}

/// A version in the other slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Which.
    pub version: String,
    /// The slot that was running.
    pub from: String,
    /// How the parts were, by role and name.
    pub parts: BTreeMap<String, PartState>,
    /// The oldest version that may follow it, by its own word.
    #[serde(default)]
    pub floor: Option<String>,
    /// Why the trial was given up; none while it was not.
    #[serde(default)]
    pub failed: Option<String>,
    /// The same in Vietnamese. A field of its own: the older program reads this file after a return.
    #[serde(default)]
    pub failed_vi: Option<String>,
}

/// A version that did not prove itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Which.
    pub version: String,
    /// Why.
    pub detail: String,
    /// The same in Vietnamese.
    #[serde(default)]
    pub detail_vi: Option<String>,
}

impl Record {
    /// What is kept in `dir`. A file that cannot be read is as none: the boot loader's own count still leads back.
    pub fn read(dir: &Path) -> Record {
        let text = match std::fs::read(dir.join(FILE)) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Record::default(),
            Err(e) => {
                tracing::error!(error = %e, "the record of updates cannot be read");
                return Record::default();
            }
        };
        serde_json::from_slice(&text).unwrap_or_else(|e| {
            tracing::error!(error = %e, "the record of updates is damaged");
            Record::default()
        })
    }

    /// Durably.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        keep(&dir.join(FILE), &serde_json::to_vec(self)?)
    }

    /// The version below which nothing is installed: the image's own floor, or a higher one that was here before.
    pub fn floor<'a>(&'a self, own: &'a str) -> &'a str {
        if self.floor.is_empty() { own } else { version::later(own, &self.floor) }
    }
}
