// SPDX-License-Identifier: MIT OR Apache-2.0
//! The settings in force, `/data/device/device.toml`: only root reads it. PIN and tickets are not in it.

use crate::disk::keep;
use crate::machine::{Device, Private};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Settings in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Without secrets.
    pub device: Device,
    /// The secrets that each start needs.
    #[serde(default)]
    pub private: Private,
}

/// The settings cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// Disk.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Of another program, or damaged. The reader's own words could repeat a secret.
    #[error("{0} is not the settings of this program; give the device its motcua.toml again")]
    Wrong(PathBuf),
}

fn path(dir: &Path) -> PathBuf {
    dir.join("device.toml")
}

impl Kept {
    /// What is in force; none on a blank device.
    pub fn read(dir: &Path) -> Result<Option<Kept>, KeptError> {
        let path = path(dir);
        match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => toml::from_str(&text).map(Some).map_err(|_| KeptError::Wrong(path)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeptError::File { path, source }),
        }
    }

    /// Puts these in force for the next start.
    pub fn write(&self, dir: &Path) -> Result<(), KeptError> {
        let path = path(dir);
        let text = toml::to_string(self).map(Zeroizing::new).map_err(|_| KeptError::Wrong(path.clone()))?;
        keep(&path, text.as_bytes()).map_err(|source| KeptError::File { path, source })
    }
}
