// SPDX-License-Identifier: MIT OR Apache-2.0
//! The settings in force without their secrets, as the steward leaves them below `/run` for everybody
//! who runs or looks at the device.

use super::Device;
use motcua_core::hall::Hall;
use std::path::{Path, PathBuf};

/// Where they lie below `/run`.
pub const IN_RUN: &str = "motcua/device.toml";

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
    #[error("{path} is not of this program; restart motcua-steward")]
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
pub fn read(path: &Path) -> Result<Option<Device>, DeviceError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(DeviceError::File { path: path.to_owned(), source }),
    };
    toml::from_str(&text).map(Some).map_err(|source| DeviceError::Form { path: path.to_owned(), source })
}

/// The hall that a device serves, out of the roles' directory `data`: what the hub told it last, else what it was set
/// up with; none where it knows neither.
pub fn hall(device: &Device, data: &Path) -> Option<Hall> {
    let known = [data.join(device.role.word()).join("hall.toml"), data.join("hall.toml")];
    known.iter().find_map(|path| Hall::parse(&std::fs::read_to_string(path).ok()?).ok())
}
