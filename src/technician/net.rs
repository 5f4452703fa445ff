// SPDX-License-Identifier: MIT OR Apache-2.0
//! The menu's pages of the network: what is changed is gathered, put in force at once by one touch, looked after for a
//! minute, and taken back by another.

use super::input::Effect;
use super::joined::Aim;
use super::menu::Menu;
use super::page::{Ask, Hidden, Line, ListOf, Pad, Page, Row};
use super::settings::{self, Network};
use crate::machine::Device;

/// The longest that can be typed on the keyboard.
const LONGEST: usize = 200;
/// Bytes of a wireless network's name.
const SSID: usize = 32;

impl Menu {
    /// The network as it is to be; without a change, as it is.
    pub(super) fn network(&self) -> Network {
        let in_force = || self.status.settings.as_ref().map(Network::of).unwrap_or_default();
        self.draft.clone().unwrap_or_else(in_force)
    }

    fn change(&mut self, change: impl FnOnce(&mut Network)) {
        let mut network = self.network();
        change(&mut network);
        self.draft = Some(network);
        self.list(ListOf::Network);
    }

    pub(super) fn network_rows(&self) -> Vec<Row> {
        let none = self.pick("không có", "none");
        let or_none = |text: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        let list = |all: &[String]| or_none(&all.join(", "));
        let network = self.network();
        let way = if network.ssid.is_empty() {
            self.pick("dây mạng", "cable").to_owned()
        } else {
            format!("Wi-Fi {}", network.ssid)
        };
        let by_itself = self.pick("tự nhận (DHCP)", "by itself (DHCP)").to_owned();
        let address = if network.address.is_empty() { by_itself } else { network.address.clone() };
        let gateway = if network.address.is_empty() {
            self.net.gateway.clone().unwrap_or_default()
        } else {
            network.gateway
        };
        let dns = if network.dns.is_empty() { self.net.dns.join(" ") } else { network.dns };
        let proxied = self.status.settings.as_ref().is_some_and(|s| s.network.proxied);
        let proxied = network.proxy.as_ref().map_or(proxied, |proxy| !proxy.text().is_empty());
        let proxy = if proxied { self.pick("đã đặt, không hiện", "set, not shown") } else { none };
        let deed = |title, found| Row { deed: true, ..Row::fact(title, found) };
        let now = format!("{} {}", self.net.up.join(", "), self.net.addresses.join(", "));
        vec![
            Row::fact(self.pick("Đang nối", "Connected"), or_none(now.trim())),
            deed(self.pick("Nối bằng", "Connected by"), way),
            deed(self.pick("Địa chỉ", "Address"), address),
            Row::fact(self.pick("Cổng ra", "Gateway"), or_none(&gateway)),
            deed(self.pick("Máy chủ tên miền", "Name servers"), list(&[dns])),
            deed(self.pick("Máy chủ giờ", "Time servers"), or_none(&network.ntp)),
            deed("Proxy", proxy.to_owned()),
        ]
    }

    /// The cable, what is in the air, and a name that is typed.
    pub(super) fn air_rows(&self) -> Vec<Row> {
        let network = self.network();
        let used = |is: bool| if is { self.pick("đang chọn", "chosen") } else { "" };
        let deed = |title: &str, found: String| Row { deed: true, ..Row::fact(title, found) };
        let mut rows = vec![deed(self.pick("Dây mạng", "Cable"), used(network.ssid.is_empty()).to_owned())];
        rows.extend(self.air.iter().map(|heard| {
            let strength = match heard.signal {
                -60.. => self.pick("sóng mạnh", "strong"),
                -75.. => self.pick("sóng vừa", "fair"),
                _ => self.pick("sóng yếu", "weak"),
            };
            let used = used(heard.ssid == network.ssid);
            let found = if used.is_empty() { strength.to_owned() } else { format!("{strength}, {used}") };
            deed(&heard.ssid, found)
        }));
        rows.push(deed(
            self.pick("Wi-Fi khác", "Another Wi-Fi"),
            self.pick("gõ tên mạng", "its name is typed").to_owned(),
        ));
        rows
    }

    /// A row of the network was touched.
    pub(super) fn network_row(&mut self, row: usize) -> Vec<Effect> {
        let network = self.network();
        match row {
            1 => {
                self.air.clear();
                self.ask(Ask::Working, "");
                vec![Effect::Air]
            }
            2 => self.typed(Pad::Address, network.address),
            4 => self.typed(Pad::Dns, network.dns),
            5 => self.letters(Line::Ntp, Hidden::new(&network.ntp)),
            6 => self.letters(Line::Proxy, network.proxy.unwrap_or_else(|| Hidden::new("http://"))),
            _ => Vec::new(),
        }
    }

    /// A row of what is in the air was touched.
    pub(super) fn air_row(&mut self, row: usize) -> Vec<Effect> {
        if row == 0 {
            self.change(|network| network.ssid.clear());
            return Vec::new();
        }
        match self.air.get(row - 1).map(|heard| heard.ssid.clone()) {
            Some(ssid) => self.chosen(&ssid),
            None => self.letters(Line::Ssid, Hidden::default()),
        }
    }

    /// The network that the device has already needs no passphrase again.
    fn chosen(&mut self, ssid: &str) -> Vec<Effect> {
        let same = self.status.settings.as_ref().is_some_and(|s| s.network.ssid.as_deref() == Some(ssid));
        self.change(|network| {
            ssid.clone_into(&mut network.ssid);
            network.passphrase = Hidden::default();
        });
        if same { Vec::new() } else { self.letters(Line::Passphrase, Hidden::default()) }
    }

    /// A letter more or less on the keyboard.
    pub(super) fn letters(&mut self, line: Line, typed: Hidden) -> Vec<Effect> {
        let text = typed.text();
        let complete = match line {
            Line::Ssid => (1..=SSID).contains(&text.len()),
            Line::Passphrase => (8..=63).contains(&text.len()),
            Line::Ntp => true,
            Line::Proxy => text.is_empty() || text.len() > "http://".len(),
        };
        self.at = Page::Letters { line, typed, complete };
        Vec::new()
    }

    /// A key of the keyboard.
    pub(super) fn letter(&mut self, line: Line, mut typed: Hidden, key: char) -> Vec<Effect> {
        if typed.text().len() < LONGEST {
            typed.push(key);
        }
        self.letters(line, typed)
    }

    /// What was typed on the keyboard is taken.
    pub(super) fn lettered(&mut self, line: Line, typed: Hidden) -> Vec<Effect> {
        match line {
            Line::Ssid => {
                let ssid = typed.text().to_owned();
                return self.chosen(&ssid);
            }
            Line::Passphrase => self.change(|network| network.passphrase = typed),
            Line::Ntp => self.change(|network| typed.text().trim().clone_into(&mut network.ntp)),
            Line::Proxy => self.change(|network| network.proxy = Some(typed)),
        }
        Vec::new()
    }

    /// An address was typed on its pad.
    pub(super) fn addressed(&mut self, pad: Pad, typed: String) -> Vec<Effect> {
        match pad {
            Pad::Address if typed.is_empty() => self.change(|network| {
                network.address.clear();
                network.gateway.clear();
            }),
            Pad::Address => {
                self.change(|network| network.address = typed);
                let gateway = self.network().gateway;
                return self.typed(Pad::Gateway, gateway);
            }
            Pad::Gateway => self.change(|network| network.gateway = typed),
            Pad::Dns => self.change(|network| network.dns = typed),
            Pad::ResetWord => {}
        }
        Vec::new()
    }

    /// The gathered changes are put in force.
    pub(super) fn apply_network(&mut self) -> Vec<Effect> {
        let Some(network) = self.draft.clone() else { return Vec::new() };
        let effects = self.put(|known| settings::networked(known, &network));
        self.joining = !effects.is_empty();
        effects
    }

    /// Settings are in force: a network is looked after, anything else shows itself.
    pub(super) fn settled(&mut self) -> Vec<Effect> {
        let network = self.network();
        self.draft = None;
        if !std::mem::take(&mut self.joining) {
            self.list(ListOf::Network);
            return vec![Effect::Status, Effect::Network];
        }
        let hub = self.status.settings.as_ref().and_then(Device::hub_url).map(str::to_owned);
        let aim = Aim { wireless: !network.ssid.is_empty(), address: network.address, hub };
        self.ask(Ask::Joining, "");
        vec![Effect::Status, Effect::Join(aim)]
    }

    /// The network of before, by one touch.
    pub(super) fn take_back(&mut self) -> Vec<Effect> {
        self.ask(Ask::Working, "");
        vec![Effect::Undo]
    }
}
