// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which release the image is, and which slot with which root was booted.

use super::layout::Layout;
use serde::{Deserialize, Serialize};

/// `/etc/motcua/release.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Of the image.
    pub version: String,
    /// That it was made from.
    pub commit: String,
    /// `arm64` or `amd64`.
    pub arch: String,
    /// The oldest version that may follow it.
    #[serde(default)]
    pub floor: String,
}

impl Release {
    /// Of the image; of this program alone where there is no image.
    pub fn read(layout: &Layout) -> Release {
        let text = std::fs::read_to_string(layout.path("/etc/motcua/release.toml")).ok();
        text.and_then(|t| toml::from_str(&t).ok()).unwrap_or_else(|| Release {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: String::new(),
            arch: std::env::consts::ARCH.to_owned(),
            floor: String::new(),
        })
    }
}

/// What the kernel was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booted {
    /// The verified root's hash.
    pub root_hash: Option<String>,
    /// A or B.
    pub slot: Option<String>,
}

impl Booted {
    /// From the kernel's command line.
    pub fn read(layout: &Layout) -> Booted {
        let line = std::fs::read_to_string(layout.path("/proc/cmdline")).unwrap_or_default();
        let find = |key: &str| line.split_whitespace().find_map(|w| w.strip_prefix(key)).map(str::to_owned);
        Booted {
            root_hash: find("motcua.roothash="),
            slot: find("motcua.slot=").or_else(|| find("rauc.slot=")),
        }
    }
}
