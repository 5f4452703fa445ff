// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the device is made of, as the steward writes it to
//! `/run/motcua/device.toml`: of that, what a self-test needs.

use super::Roots;
use motcua_hal::buttons::PanelConfig;
use serde::Deserialize;
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

/// One device.
#[derive(Clone, Debug, Deserialize)]
pub struct Device {
    /// `kiosk`, `hub`, `display`, `panel`.
    pub role: String,
    /// Its name in the hall.
    pub name: String,
    /// `here`, or the hub's address.
    #[serde(default)]
    pub hub: Option<String>,
    /// The hall it started with.
    #[serde(default)]
    pub hall: Option<Named>,
    /// Degrees clockwise.
    #[serde(default)]
    pub rotation: u16,
    /// Its printer.
    #[serde(default)]
    pub printer: Option<Printer>,
    /// Its scanner's address.
    #[serde(default)]
    pub scanner: Option<String>,
    /// Part of its card reader's name; empty takes any.
    #[serde(default)]
    pub card_reader: Option<String>,
    /// Its loudspeaker: `alsa` or `alsa:DEVICE`.
    #[serde(default)]
    pub speaker: Option<String>,
    /// It has no screen.
    #[serde(default)]
    pub screenless: bool,
    /// Buttons and lamps.
    #[serde(default)]
    pub wiring: Option<PanelConfig>,
}

/// A hall, of which the name is shown.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
}

/// Where a printer is, and which.
#[derive(Clone, Debug, Deserialize)]
pub struct Printer {
    /// As `hal` writes it.
    pub url: String,
    /// The model's profile.
    pub profile: String,
}

impl Device {
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

    /// It is touched by people.
    pub fn is_touched(&self) -> bool {
        !self.screenless && ["kiosk", "panel"].contains(&self.role.as_str())
    }

    /// It has a screen.
    pub fn has_screen(&self) -> bool {
        self.role != "hub" && !self.screenless
    }

    /// The ALSA device of its loudspeaker.
    pub fn alsa(&self) -> Option<&str> {
        let speaker = self.speaker.as_deref().filter(|s| *s != "none")?;
        Some(speaker.split_once(':').map_or("default", |(_, device)| device))
    }
}
