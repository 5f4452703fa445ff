// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names and roles as they stand in certificates, tokens and commands.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest part of a name, in characters.
pub const LONGEST_PART: usize = 40;

/// A device of one site; text form `site.device`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceName {
    site: String,
    device: String,
}

/// Not a device name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No dot, or more than one.
    #[error("`{0}` is not a device name: write site.device, for example hall-7.kiosk-2")]
    Shape(String),
    /// A part has other characters or another length.
    #[error("`{0}` cannot be part of a device name: use 1 to 40 small letters, digits and hyphens")]
    Part(String),
}

impl DeviceName {
    /// Checks both parts: 1 to 40 of `a-z`, `0-9`, `-`.
    pub fn new(site: &str, device: &str) -> Result<DeviceName, NameError> {
        for part in [site, device] {
            if !is_part(part) {
                return Err(NameError::Part(part.to_owned()));
            }
        }
        Ok(DeviceName { site: site.to_owned(), device: device.to_owned() })
    }

    /// The hall.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The device within its hall.
    pub fn device(&self) -> &str {
        &self.device
    }
}

/// Whether a text can be a site or a device of one.
pub fn is_part(text: &str) -> bool {
    (1..=LONGEST_PART).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.site, self.device)
    }
}

impl FromStr for DeviceName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<DeviceName, NameError> {
        match text.split_once('.') {
            Some((site, device)) if !device.contains('.') => DeviceName::new(site, device),
            _ => Err(NameError::Shape(text.to_owned())),
        }
    }
}

impl TryFrom<String> for DeviceName {
    type Error = NameError;

    fn try_from(text: String) -> Result<DeviceName, NameError> {
        text.parse()
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> String {
        name.to_string()
    }
}

/// What a device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Gives numbers.
    Kiosk,
    /// Rating panel on a desk.
    Panel,
    /// The waiting room's screen.
    Display,
    /// A program of the hall's manager.
    Manager,
    /// The hall's own server.
    Hub,
    /// A central system.
    Central,
}

/// Not a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role: use kiosk, panel, display, manager, hub or central")]
pub struct RoleError(
    /// What was written.
    pub String,
);

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] =
        [Role::Kiosk, Role::Panel, Role::Display, Role::Manager, Role::Hub, Role::Central];

    /// The word in certificates and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Kiosk => "kiosk",
            Role::Panel => "panel",
            Role::Display => "display",
            Role::Manager => "manager",
            Role::Hub => "hub",
            Role::Central => "central",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Role, RoleError> {
        Role::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| RoleError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        let name: DeviceName = "hall-7.kiosk-2".parse().unwrap();
        assert_eq!((name.site(), name.device()), ("hall-7", "kiosk-2"));
        assert_eq!(name.to_string(), "hall-7.kiosk-2");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"hall-7.kiosk-2\"");
        for wrong in ["", ".", "a", "a.", ".b", "a.b.c", "A.b", "a_b.c", "a b.c", "a.\u{111}"] {
            assert!(wrong.parse::<DeviceName>().is_err(), "{wrong}");
        }
        assert!(DeviceName::new(&"a".repeat(40), "b").is_ok());
        assert!(DeviceName::new(&"a".repeat(41), "b").is_err());
        assert!(serde_json::from_str::<DeviceName>("\"a.B\"").is_err());
    }

    #[test]
    fn roles_are_read_and_written() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
