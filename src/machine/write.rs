// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers of the first-run screen as the text of a `motcua.toml`, so that a device set up by touch goes through
//! the same checks as one set up by file.

use super::{HERE, Role};
use std::fmt;
use toml_edit::{DocumentMut, Item, Table, value};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What was typed and chosen. Empty is left out.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct Answers {
    /// What the device is.
    #[zeroize(skip)]
    pub role: Option<Role>,
    /// Its name.
    pub name: String,
    /// The hub is inside.
    pub here: bool,
    /// The hub's address otherwise.
    pub hub: String,
    /// The hall's name, for a hub.
    pub hall: String,
    /// This device's ticket.
    pub ticket: String,
    /// Wi-Fi in place of the cable.
    pub wifi: bool,
    /// Its name.
    pub ssid: String,
    /// Its passphrase.
    pub passphrase: String,
    /// The printer's address.
    pub printer: String,
    /// Degrees.
    pub rotation: u16,
    /// The technician's PIN.
    pub pin: String,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Answers {
    /// The hub is this device.
    pub fn has_hub(&self) -> bool {
        self.role == Some(Role::Hub) || (self.role == Some(Role::Kiosk) && self.here)
    }

    /// As a file.
    pub fn text(&self) -> String {
        let mut file = DocumentMut::new();
        let role = self.role.unwrap_or(Role::Kiosk);
        file["role"] = value(role.word());
        file["name"] = value(self.name.trim());
        let hub = if self.has_hub() { HERE } else { self.hub.trim() };
        if !hub.is_empty() {
            file["hub"] = value(hub);
        }
        let mut put = |table: &str, key: &str, text: &str| {
            if !text.is_empty() {
                let entry = file.entry(table).or_insert(Item::Table(Table::new()));
                entry[key] = value(text);
            }
        };
        if self.has_hub() {
            put("hall", "name", self.hall.trim());
        } else {
            put("enrolment", "ticket", self.ticket.trim());
        }
        if role == Role::Kiosk {
            put("printer", "url", self.printer.trim());
        }
        put("technician", "pin", self.pin.trim());
        if self.rotation != 0 {
            file["screen"] = Item::Table(Table::new());
            file["screen"]["rotation"] = value(i64::from(self.rotation));
        }
        if self.wifi {
            let mut wifi = Table::new();
            wifi["ssid"] = value(self.ssid.as_str());
            wifi["passphrase"] = value(self.passphrase.as_str());
            let mut network = Table::new();
            network["wifi"] = Item::Table(wifi);
            file["network"] = Item::Table(network);
        }
        file.to_string()
    }
}
