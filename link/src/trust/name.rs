// SPDX-License-Identifier: MIT OR Apache-2.0
//! Roles as they stand in certificates, tokens and commands.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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
    fn roles_are_read_and_written() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
