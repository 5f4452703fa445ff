// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers of the first-run screen as the text of a `motcua.toml`, so that a device set up by touch goes through
//! the same checks as one set up by file; and a typed network in it, which the technician's menu writes, too.

use super::{HERE, Role};
use std::fmt;
use toml_edit::{Array, DocumentMut, Item, Table, value};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How a proxy begins; nothing more typed is none.
pub const PROXY: &str = "http://";

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
    /// The address does not come by itself.
    pub fixed: bool,
    /// It, with the length of its network.
    pub address: String,
    /// The way out of it.
    pub gateway: String,
    /// Name servers, with spaces between.
    pub dns: String,
    /// The network has a proxy or time servers of its own.
    pub extras: bool,
    /// The proxy; may hold a password.
    pub proxy: String,
    /// Time servers, with spaces between.
    pub ntp: String,
    /// The printer's address.
    pub printer: String,
    /// The printer's profile.
    pub profile: String,
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
            set(&mut file, table, key, (!text.is_empty()).then(|| value(text)));
        };
        if self.has_hub() {
            put("hall", "name", self.hall.trim());
        } else {
            put("enrolment", "ticket", self.ticket.trim());
        }
        if role == Role::Kiosk {
            put("printer", "url", self.printer.trim());
            put("printer", "profile", &self.profile);
        }
        put("technician", "pin", self.pin.trim());
        if self.rotation != 0 {
            set(&mut file, "screen", "rotation", Some(value(i64::from(self.rotation))));
        }
        self.network().put(&mut file);
        file.to_string()
    }

    /// What was typed for another choice than the last one is left out.
    fn network(&self) -> NetworkText<'_> {
        fn if_so(so: bool, text: &str) -> &str {
            if so { text.trim() } else { "" }
        }
        let proxy = if_so(self.extras, &self.proxy);
        NetworkText {
            ssid: if self.wifi { &self.ssid } else { "" },
            passphrase: &self.passphrase,
            country: None,
            address: if_so(self.fixed, &self.address),
            gateway: if_so(self.fixed, &self.gateway),
            dns: if_so(self.fixed, &self.dns),
            ntp: if_so(self.extras, &self.ntp),
            proxy: (!matches!(proxy, "" | PROXY)).then_some(proxy),
        }
    }
}

/// A network as it was typed. What is empty is left out.
#[derive(Clone, Copy)]
pub struct NetworkText<'a> {
    /// The wireless network; empty is the cable.
    pub ssid: &'a str,
    /// Its passphrase; empty keeps the one that the device has for it.
    pub passphrase: &'a str,
    /// Whose rules of radio hold.
    pub country: Option<&'a str>,
    /// With the length of its network; empty asks by DHCP.
    pub address: &'a str,
    /// The way out of it.
    pub gateway: &'a str,
    /// Name servers, with spaces or commas between.
    pub dns: &'a str,
    /// Time servers, with spaces or commas between.
    pub ntp: &'a str,
    /// None leaves it as it is in the file.
    pub proxy: Option<&'a str>,
}

impl fmt::Debug for NetworkText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkText").field("address", &self.address).finish_non_exhaustive()
    }
}

impl NetworkText<'_> {
    /// Writes it into the file, in place of what is there.
    pub fn put(&self, file: &mut DocumentMut) {
        for (key, typed) in [("address", self.address), ("gateway", self.gateway)] {
            set(file, "network", key, (!typed.is_empty()).then(|| value(typed)));
        }
        for (key, typed) in [("dns", self.dns), ("ntp", self.ntp)] {
            let list: Vec<&str> = parts(typed).collect();
            set(file, "network", key, (!list.is_empty()).then(|| value(Array::from_iter(list))));
        }
        if let Some(proxy) = self.proxy {
            set(file, "network", "proxy", Some(value(proxy)));
        }
        let wifi = (!self.ssid.is_empty()).then(|| {
            let mut wifi = Table::new();
            wifi["ssid"] = value(self.ssid);
            if let Some(country) = self.country {
                wifi["country"] = value(country);
            }
            if !self.passphrase.is_empty() {
                wifi["passphrase"] = value(self.passphrase);
            }
            Item::Table(wifi)
        });
        set(file, "network", "wifi", wifi);
    }
}

/// The servers of a line.
pub fn parts(typed: &str) -> impl Iterator<Item = &str> {
    typed.split([' ', ',']).filter(|part| !part.is_empty())
}

/// Puts one thing into a part of the file, or takes it out.
pub fn set(file: &mut DocumentMut, part: &str, key: &str, item: Option<Item>) {
    match item {
        Some(item) => {
            if file.get(part).is_none() {
                file[part] = Item::Table(Table::new());
            }
            file[part][key] = item;
        }
        None => drop(file.get_mut(part).and_then(Item::as_table_like_mut).map(|table| table.remove(key))),
    }
}
