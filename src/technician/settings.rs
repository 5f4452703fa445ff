// SPDX-License-Identifier: MIT OR Apache-2.0
//! The settings that the steward told, as a `motcua.toml` with one thing changed; the steward checks it. It told no
//! secrets, and keeps those that the text leaves out.

use serde_json::Value;
use std::net::IpAddr;
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// What is typed of a network. Empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// `192.168.1.20/24`.
    pub address: String,
    /// The way out.
    pub gateway: String,
    /// The name server.
    pub dns: String,
}

/// An address.
pub fn is_address(typed: &str) -> bool {
    typed.parse::<IpAddr>().is_ok()
}

/// An address with the length of its network.
pub fn is_network(typed: &str) -> bool {
    typed.split_once('/').is_some_and(|(ip, length)| {
        let longest = match ip.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|length| (1..=longest).contains(&length))
    })
}

/// The same device with this network.
pub fn networked(settings: &Value, network: &Network) -> String {
    let mut file = file(settings);
    for (key, typed) in [("address", &network.address), ("gateway", &network.gateway)] {
        set(&mut file, "network", key, (!typed.is_empty()).then(|| value(typed)));
    }
    let dns = (!network.dns.is_empty()).then(|| value(Array::from_iter([network.dns.as_str()])));
    set(&mut file, "network", "dns", dns);
    file.to_string()
}

/// The same device with its picture turned.
pub fn rotated(settings: &Value, angle: u16) -> String {
    let mut file = file(settings);
    set(&mut file, "screen", "rotation", Some(value(i64::from(angle))));
    file.to_string()
}

/// Puts one thing into a part of the file, or takes it out.
fn set(file: &mut DocumentMut, part: &str, key: &str, item: Option<Item>) {
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

/// What the steward told, in the form of the file.
fn file(settings: &Value) -> DocumentMut {
    let mut file = DocumentMut::new();
    let text = |key: &str| settings[key].as_str().map(str::to_owned);
    for key in ["role", "name", "hub"] {
        if let Some(text) = text(key) {
            file[key] = value(text);
        }
    }
    let mut put = |part: &str, key: &str, found: Option<String>| {
        if let Some(found) = found {
            set(&mut file, part, key, Some(value(found)));
        }
    };
    put("scanner", "url", text("scanner"));
    put("card_reader", "name", text("card_reader"));
    put("speaker", "device", text("speaker"));
    put("updates", "window", text("updates"));
    for (table, keys) in [
        ("hall", &["name", "id"][..]),
        ("printer", &["url", "profile"]),
        ("network", &["address", "gateway"]),
    ] {
        for key in keys {
            put(table, key, settings[table][key].as_str().map(str::to_owned));
        }
    }
    for key in ["dns", "ntp"] {
        let list: Vec<&str> =
            settings["network"][key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !list.is_empty() {
            set(&mut file, "network", key, Some(value(Array::from_iter(list))));
        }
    }
    if let Some(rotation) = settings["rotation"].as_i64() {
        set(&mut file, "screen", "rotation", Some(value(rotation)));
    }
    if let Some(ssid) = settings["network"]["ssid"].as_str() {
        let mut wifi = Table::new();
        wifi["ssid"] = value(ssid);
        if let Some(country) = settings["network"]["country"].as_str() {
            wifi["country"] = value(country);
        }
        set(&mut file, "network", "wifi", Some(Item::Table(wifi)));
    }
    wired(&mut file, settings);
    file
}

/// Buttons and lamps belong to the panel, or to a kiosk's keypad.
fn wired(file: &mut DocumentMut, settings: &Value) {
    let panel = settings["role"] == "panel";
    let text = settings["wiring"].as_object().and_then(|wiring| toml::to_string(wiring).ok());
    if let Some(wiring) = text.and_then(|text| text.parse::<DocumentMut>().ok()) {
        let part = if panel { "panel" } else { "keypad" };
        set(file, part, "wiring", Some(Item::Table(wiring.as_table().clone())));
    }
    if settings["screenless"].as_bool() == Some(true) {
        set(file, "panel", "screenless", Some(value(true)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_changed_and_the_rest_stays() {
        let settings = serde_json::json!({
            "role": "kiosk", "name": "kiosk-1", "hub": "here", "rotation": 90, "card_reader": "",
            "printer": { "url": "usb:/dev/usb/lp0", "profile": "epson-tm" },
            "network": { "address": "192.0.2.9/24", "gateway": "192.0.2.1", "ntp": ["192.0.2.1"], "proxied": false },
        });
        let typed =
            Network { address: "192.0.2.20/24".into(), gateway: "192.0.2.2".into(), dns: String::new() };
        let back: Value = toml::from_str(&networked(&settings, &typed)).unwrap();
        assert_eq!(back["network"]["address"], "192.0.2.20/24");
        assert_eq!(back["network"]["gateway"], "192.0.2.2");
        assert_eq!(back["network"]["ntp"][0], "192.0.2.1");
        assert_eq!(
            (&back["screen"]["rotation"], &back["printer"]["profile"]),
            (&90.into(), &"epson-tm".into())
        );
        assert_eq!(back["card_reader"]["name"], "");
        let dhcp: Value = toml::from_str(&networked(&settings, &Network::default())).unwrap();
        assert!(dhcp["network"].get("address").is_none() && dhcp["network"].get("gateway").is_none());
        let turned: Value = toml::from_str(&rotated(&settings, 270)).unwrap();
        assert_eq!(
            (&turned["screen"]["rotation"], &turned["network"]["address"]),
            (&270.into(), &"192.0.2.9/24".into())
        );
    }

    #[test]
    fn a_wireless_network_stays_by_its_name_and_its_passphrase_is_left_out() {
        let settings = serde_json::json!({
            "role": "display", "name": "tv-1", "rotation": 0, "support": true,
            "network": { "ssid": "MOT-CUA", "country": "VN", "proxied": true },
        });
        let turned = rotated(&settings, 90);
        let back: Value = toml::from_str(&turned).unwrap();
        assert_eq!(back["network"]["wifi"], serde_json::json!({ "ssid": "MOT-CUA", "country": "VN" }));
        // For the steward this is a good text: what it leaves out is kept there.
        assert!(!turned.contains("passphrase") && !turned.contains("proxy") && !turned.contains("support"));
        let typed = Network { address: "192.0.2.20/24".into(), ..Network::default() };
        let back: Value = toml::from_str(&networked(&settings, &typed)).unwrap();
        assert_eq!(back["network"]["wifi"]["ssid"], "MOT-CUA");
        assert_eq!(back["network"]["address"], "192.0.2.20/24");
    }

    #[test]
    fn addresses_are_checked_while_they_are_typed() {
        assert!(is_network("192.168.1.20/24") && is_network("fd00::2/64"));
        assert!(!is_network("192.168.1.20") && !is_network("192.168.1.20/33") && !is_network("192.168.1/24"));
        assert!(is_address("192.168.1.1") && !is_address("192.168.1.256"));
    }
}
