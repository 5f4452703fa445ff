// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the steward tells the roles of the image and its update, `/run/motcua/update.json`: they pass it on with their
//! health. Nothing is there on a machine that was not started from an image.

use super::layout::Layout;
use super::provision::open_to_all;
use super::release::{Booted, Release};
use motcua_link::data::Part;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Version of the image.
    pub version: String,
    /// `arm64` or `amd64`.
    pub arch: String,
    /// The slot that runs.
    pub slot: Option<String>,
    /// How the update stands.
    pub update: Part,
}

/// Below the run directory.
const FILE: &str = "update.json";

impl Told {
    /// On this machine.
    pub fn read() -> Option<Told> {
        let text = std::fs::read(Layout::at(Path::new("/")).run().join(FILE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Tells it.
    pub(super) fn write(layout: &Layout, release: &Release, booted: &Booted, update: Part) {
        let told = Told {
            version: release.version.clone(),
            arch: release.arch.clone(),
            slot: booted.slot.clone(),
            update,
        };
        let text = serde_json::to_string(&told).unwrap_or_default();
        if let Err(e) = open_to_all(&layout.run().join(FILE), &text, 0o644) {
            tracing::warn!(error = %e, "the roles are not told of the update");
        }
    }
}
