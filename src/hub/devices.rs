// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which devices the hall has: name, role, counter, number. Who is asking is
//! proved by a certificate (`trust.rs`); a device that is not listed is refused.

use motcua_link::trust;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// File inside the data directory.
pub const FILE: &str = "devices.toml";

/// What a device may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Numbers and their paper.
    Kiosk,
    /// Every command.
    Manager,
    /// The waiting room's screen: looks and listens.
    Display,
    /// The rating panel of one counter.
    Panel,
}

impl From<Role> for trust::Role {
    fn from(role: Role) -> trust::Role {
        match role {
            Role::Kiosk => trust::Role::Kiosk,
            Role::Manager => trust::Role::Manager,
            Role::Display => trust::Role::Display,
            Role::Panel => trust::Role::Panel,
        }
    }
}

/// A device of the hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Name.
    pub id: String,
    /// Rights.
    pub role: Role,
    /// Counter of a panel.
    pub counter: Option<String>,
    /// Number of a kiosk in its hall, for the series that it gives on its own.
    pub number: Option<u8>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// Highest number ever given to a kiosk: a number that was on paper today is not given to another.
    #[serde(default)]
    last_kiosk: u8,
    #[serde(default)]
    device: BTreeMap<String, Entry>,
}

// Lists of the first release hold a digest of a secret too, which is passed over.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u8>,
}

impl Entry {
    fn device(&self, id: &str) -> Device {
        Device { id: id.to_owned(), role: self.role, counter: self.counter.clone(), number: self.number }
    }
}

/// The device list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Disk.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a device list.
    #[error("{path} is not a device list; remove the wrong part or the file and add the devices again")]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Why.
        source: toml::de::Error,
    },
    /// Names stand in logs and on paper of the audit.
    #[error(
        "`{0}` không phải tên thiết bị: dùng 1 đến 40 chữ thường không dấu, chữ số và gạch nối\n  \
         `{0}` is not a device name: use 1 to 40 small letters, digits and hyphens"
    )]
    Name(String),
    /// A panel belongs to a counter, nothing else does.
    #[error(
        "bảng đánh giá thì ghi quầy bằng --counter, thiết bị khác thì không\n  \
         name the counter of a panel with --counter, and of nothing else"
    )]
    Counter,
}

/// The devices of one hall, read again when the file changes.
#[derive(Debug)]
pub struct Devices {
    path: PathBuf,
    read: Mutex<(Option<SystemTime>, Listed)>,
}

impl Devices {
    /// Reads the list in `dir`; none is an empty list.
    pub fn open(dir: &Path) -> Result<Devices, ListError> {
        let path = dir.join(FILE);
        let list = read(&path)?;
        Ok(Devices { read: Mutex::new((changed(&path), list)), path })
    }

    /// The list, read again when another program (`motcua device`) has changed it.
    fn newest(&self) -> MutexGuard<'_, (Option<SystemTime>, Listed)> {
        let mut guard = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let now = changed(&self.path);
        if guard.0 != now {
            match read(&self.path) {
                Ok(list) => *guard = (now, list),
                Err(e) => tracing::error!(error = %e, "the device list was not read again"),
            }
        }
        guard
    }

    /// Number of devices listed.
    pub fn len(&self) -> usize {
        self.newest().1.device.len()
    }

    /// No device is listed yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The devices by name.
    pub fn list(&self) -> Vec<Device> {
        let guard = self.newest();
        guard.1.device.iter().map(|(id, entry)| entry.device(id)).collect()
    }

    /// Takes a device's rights away; false when there is none of that name.
    pub fn remove(&self, id: &str) -> Result<bool, ListError> {
        let mut guard = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = read(&self.path)?;
        let was = list.device.remove(id).is_some();
        write(&self.path, &list)?;
        *guard = (changed(&self.path), list);
        Ok(was)
    }

    /// The device of that name.
    pub fn of(&self, id: &str) -> Option<Device> {
        self.newest().1.device.get(id).map(|entry| entry.device(id))
    }

    /// Adds or replaces a device. A panel names its counter; a kiosk gets the lowest free number, and keeps
    /// the one it had.
    pub fn add(&self, id: &str, role: Role, counter: Option<&str>) -> Result<(), ListError> {
        if (role == Role::Panel) != counter.is_some() {
            return Err(ListError::Counter);
        }
        let good = (1..=40).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !good {
            return Err(ListError::Name(id.to_owned()));
        }
        let mut guard = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = read(&self.path)?;
        let before = list.device.get(id).and_then(|e| e.number);
        let taken: Vec<u8> =
            list.device.iter().filter(|(name, _)| *name != id).filter_map(|(_, e)| e.number).collect();
        let number = match role {
            Role::Kiosk => {
                let fresh = (list.last_kiosk + 1..=99).chain(1..=99);
                before.or_else(|| fresh.into_iter().find(|n| !taken.contains(n)))
            }
            _ => None,
        };
        list.last_kiosk = list.last_kiosk.max(number.unwrap_or(0));
        let counter = counter.map(str::to_owned);
        list.device.insert(id.to_owned(), Entry { role, counter, number });
        write(&self.path, &list)?;
        *guard = (changed(&self.path), list);
        Ok(())
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|m| m.modified()).ok()
}

fn read(path: &Path) -> Result<Listed, ListError> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            toml::from_str(&text).map_err(|source| ListError::Wrong { path: path.to_owned(), source })
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Listed::default()),
        Err(source) => Err(ListError::File { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, list: &Listed) -> Result<(), ListError> {
    let text = toml::to_string(list).unwrap_or_default();
    crate::disk::keep(path, text.as_bytes())
        .map_err(|source| ListError::File { path: path.to_owned(), source })
}
