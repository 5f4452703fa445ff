// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the device is made of, as the steward writes it to `/run/motcua/device.toml`.

use super::Roots;
use crate::machine::Device;
use std::path::PathBuf;

/// Settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The file.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// What stands in it.
    #[error("{path} does not say what this device is")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: toml::de::Error,
    },
}

/// The settings in force; none before the device was set up.
///
/// # Errors
/// The file is there and of no use.
pub fn read(roots: &Roots) -> Result<Option<Device>, DeviceError> {
    let path = roots.run.join("motcua/device.toml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(DeviceError::File { path, source }),
    };
    toml::from_str(&text).map(Some).map_err(|source| DeviceError::Form { path, source })
}
