// SPDX-License-Identifier: MIT OR Apache-2.0
//! The settings that the steward told, as a `motcua.toml` with one thing changed; the steward checks it. It told no
//! secrets, and keeps those that the text leaves out.

use super::page::Hidden;
use crate::machine::write::{NetworkText, set};
use crate::machine::{Device, Role};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// A network as it is chosen and typed. What is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The wireless network; empty is the cable.
    pub ssid: String,
    /// Its passphrase; empty keeps the one that the device has for it.
    pub passphrase: Hidden,
    /// `192.168.1.20/24`; empty asks by DHCP.
    pub address: String,
    /// The way out.
    pub gateway: String,
    /// Name servers, with spaces between.
    pub dns: String,
    /// Time servers, with spaces between.
    pub ntp: String,
    /// The proxy; none keeps it, an empty one takes it out.
    pub proxy: Option<Hidden>,
}

impl Network {
    /// As it is in force.
    pub fn of(device: &Device) -> Network {
        let network = &device.network;
        Network {
            ssid: network.ssid.clone().unwrap_or_default(),
            address: network.address.clone().unwrap_or_default(),
            gateway: network.gateway.clone().unwrap_or_default(),
            dns: network.dns.join(" "),
            ntp: network.ntp.join(" "),
            ..Network::default()
        }
    }
}

/// The same device with this network.
pub fn networked(device: &Device, network: &Network) -> Hidden {
    let mut file = file(device);
    let text = NetworkText {
        ssid: &network.ssid,
        passphrase: network.passphrase.text(),
        country: device.network.country.as_deref(),
        address: &network.address,
        gateway: &network.gateway,
        dns: &network.dns,
        ntp: &network.ntp,
        proxy: network.proxy.as_ref().map(Hidden::text),
    };
    text.put(&mut file);
    Hidden::new(&file.to_string())
}

/// The same device with its picture turned.
pub fn rotated(device: &Device, angle: u16) -> String {
    let mut file = file(device);
    set(&mut file, "screen", "rotation", Some(value(i64::from(angle))));
    file.to_string()
}

/// What the steward told, in the form of the file.
fn file(device: &Device) -> DocumentMut {
    let mut file = DocumentMut::new();
    file["role"] = value(device.role.word());
    file["name"] = value(&device.name);
    if let Some(hub) = &device.hub {
        file["hub"] = value(hub);
    }
    let (hall, printer, network) = (device.hall.as_ref(), device.printer.as_ref(), &device.network);
    for (table, key, text) in [
        ("scanner", "url", device.scanner.as_ref()),
        ("card_reader", "name", device.card_reader.as_ref()),
        ("speaker", "device", device.speaker.as_ref()),
        ("updates", "window", device.updates.as_ref()),
        ("hall", "name", hall.map(|h| &h.name)),
        ("hall", "id", hall.map(|h| &h.id)),
        ("printer", "url", printer.map(|p| &p.url)),
        ("printer", "profile", printer.map(|p| &p.profile)),
        ("network", "address", network.address.as_ref()),
        ("network", "gateway", network.gateway.as_ref()),
    ] {
        if let Some(text) = text {
            set(&mut file, table, key, Some(value(text)));
        }
    }
    for (key, list) in [("dns", &network.dns), ("ntp", &network.ntp)] {
        if !list.is_empty() {
            set(&mut file, "network", key, Some(value(Array::from_iter(list))));
        }
    }
    set(&mut file, "screen", "rotation", Some(value(i64::from(device.rotation))));
    if let Some(ssid) = &network.ssid {
        let mut wifi = Table::new();
        wifi["ssid"] = value(ssid);
        if let Some(country) = &network.country {
            wifi["country"] = value(country);
        }
        set(&mut file, "network", "wifi", Some(Item::Table(wifi)));
    }
    wired(&mut file, device);
    file
}

/// Buttons and lamps belong to the panel, or to a kiosk's keypad.
fn wired(file: &mut DocumentMut, device: &Device) {
    let text = device.wiring.as_ref().and_then(|wiring| toml::to_string(wiring).ok());
    if let Some(wiring) = text.and_then(|text| text.parse::<DocumentMut>().ok()) {
        let part = if device.role == Role::Panel { "panel" } else { "keypad" };
        set(file, part, "wiring", Some(Item::Table(wiring.as_table().clone())));
    }
    if device.screenless {
        set(file, "panel", "screenless", Some(value(true)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn device(told: Value) -> Device {
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn one_thing_is_changed_and_the_rest_stays() {
        let settings = device(serde_json::json!({
            "role": "kiosk", "name": "kiosk-1", "hub": "here", "rotation": 90, "card_reader": "",
            "printer": { "url": "usb:/dev/usb/lp0", "profile": "epson-tm" },
            "network": { "address": "192.0.2.9/24", "gateway": "192.0.2.1", "ntp": ["192.0.2.1"], "proxied": false },
        }));
        let typed = Network {
            address: "192.0.2.20/24".into(),
            gateway: "192.0.2.2".into(),
            dns: "192.0.2.2 192.0.2.3".into(),
            ..Network::of(&settings)
        };
        let back: Value = toml::from_str(networked(&settings, &typed).text()).unwrap();
        assert_eq!(back["network"]["dns"], serde_json::json!(["192.0.2.2", "192.0.2.3"]));
        assert!(back["network"].get("proxy").is_none(), "the steward keeps it");
        assert_eq!(back["network"]["address"], "192.0.2.20/24");
        assert_eq!(back["network"]["gateway"], "192.0.2.2");
        assert_eq!(back["network"]["ntp"][0], "192.0.2.1");
        assert_eq!(
            (&back["screen"]["rotation"], &back["printer"]["profile"]),
            (&90.into(), &"epson-tm".into())
        );
        assert_eq!(back["card_reader"]["name"], "");
        let none = Network { proxy: Some(Hidden::default()), ..Network::default() };
        let dhcp: Value = toml::from_str(networked(&settings, &none).text()).unwrap();
        assert_eq!(dhcp["network"], serde_json::json!({ "proxy": "" }));
        let turned: Value = toml::from_str(&rotated(&settings, 270)).unwrap();
        assert_eq!(
            (&turned["screen"]["rotation"], &turned["network"]["address"]),
            (&270.into(), &"192.0.2.9/24".into())
        );
    }

    #[test]
    fn a_wireless_network_stays_by_its_name_and_its_passphrase_is_left_out() {
        let settings = device(serde_json::json!({
            "role": "display", "name": "tv-1", "rotation": 0, "support": true,
            "network": { "ssid": "MOT-CUA", "country": "VN", "proxied": true },
        }));
        let turned = rotated(&settings, 90);
        let back: Value = toml::from_str(&turned).unwrap();
        assert_eq!(back["network"]["wifi"], serde_json::json!({ "ssid": "MOT-CUA", "country": "VN" }));
        // For the steward this is a good text: what it leaves out is kept there.
        assert!(!turned.contains("passphrase") && !turned.contains("proxy") && !turned.contains("support"));
        let typed = Network { address: "192.0.2.20/24".into(), ..Network::of(&settings) };
        let back: Value = toml::from_str(networked(&settings, &typed).text()).unwrap();
        assert_eq!(back["network"]["wifi"]["ssid"], "MOT-CUA");
        assert!(back["network"]["wifi"].get("passphrase").is_none());
        assert_eq!(back["network"]["address"], "192.0.2.20/24");
        let other = Network {
            ssid: "Tầng 2".into(),
            passphrase: Hidden::new("mat khau \"2\""),
            ..Network::of(&settings)
        };
        let back: Value = toml::from_str(networked(&settings, &other).text()).unwrap();
        let wifi = serde_json::json!({ "ssid": "Tầng 2", "country": "VN", "passphrase": "mat khau \"2\"" });
        assert_eq!(back["network"]["wifi"], wifi);
        assert!(!format!("{other:?}").contains("mat khau"), "{other:?}");
        let cable = Network { ssid: String::new(), ..Network::of(&settings) };
        assert!(!networked(&settings, &cable).text().contains("wifi"));
    }
}
