// SPDX-License-Identifier: MIT OR Apache-2.0
//! The texts of the network's files: systemd-networkd, wpa_supplicant, systemd-timesyncd, the proxy of the roles.

use crate::machine::{Device, Private};
use std::fmt::Write;

/// `/run/systemd/network/10-motcua.network`.
pub fn networkd(device: &Device) -> String {
    let net = &device.network;
    let kind = if net.ssid.is_some() { "Type=wlan" } else { "Type=ether\nKind=!*" };
    let mut text = format!("[Match]\n{kind}\n\n[Network]\n");
    match &net.address {
        None => text.push_str("DHCP=yes\n"),
        Some(address) => {
            let _ = writeln!(text, "Address={address}");
        }
    }
    for (key, values) in [("Gateway", net.gateway.as_slice()), ("DNS", &net.dns)] {
        for value in values {
            let _ = writeln!(text, "{key}={value}");
        }
    }
    if net.ssid.is_some() {
        // Between two access points the address stays.
        text.push_str("IgnoreCarrierLoss=3s\n");
    }
    // The same lease for the same machine, also after its card was written anew.
    text.push_str("\n[DHCPv4]\nClientIdentifier=mac\nUseDomains=no\n");
    text
}

/// Where wpa_supplicant may be asked; only root opens it.
pub const CONTROL: &str = "/run/wpa_supplicant/control";

/// The configuration of wpa_supplicant where there is a cable and the air is only listened to.
pub fn listening() -> String {
    format!("ctrl_interface={CONTROL}\ncountry=VN\nupdate_config=0\n")
}

/// The configuration of wpa_supplicant; none for a cable. It holds the passphrase.
pub fn wpa(device: &Device, private: &Private) -> Option<String> {
    let (ssid, passphrase) = (device.network.ssid.as_ref()?, private.passphrase.as_ref()?);
    let country = device.network.country.as_deref().unwrap_or("VN");
    // Hexadecimal digits need no escapes. A passphrase is read to the last quote of its line.
    let ssid: String = ssid.bytes().map(|b| format!("{b:02x}")).collect();
    Some(format!(
        "ctrl_interface={CONTROL}\ncountry={country}\nupdate_config=0\n\nnetwork={{\n\tssid={ssid}\n\tscan_ssid=1\n\
         \tkey_mgmt=WPA-PSK WPA-PSK-SHA256 SAE\n\tieee80211w=1\n\tpsk=\"{passphrase}\"\n}}\n"
    ))
}

/// `/run/systemd/timesyncd.conf.d/motcua.conf`; none where no servers are named.
pub fn timesyncd(device: &Device) -> Option<String> {
    let servers = &device.network.ntp;
    (!servers.is_empty()).then(|| format!("[Time]\nNTP={}\n", servers.join(" ")))
}

/// `/run/motcua/proxy.env`. It may hold a password. The hall's own network is never asked for through the proxy.
pub fn proxy(device: &Device, private: &Private) -> String {
    let Some(proxy) = &private.proxy else { return String::new() };
    let hub = device.hub_url().and_then(|u| reqwest::Url::parse(u).ok());
    let hub = hub.and_then(|u| u.host_str().map(|h| format!(",{h}"))).unwrap_or_default();
    let own = format!("localhost,127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16{hub}");
    format!("HTTP_PROXY={proxy}\nHTTPS_PROXY={proxy}\nhttps_proxy={proxy}\nNO_PROXY={own}\nno_proxy={own}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Settings;

    fn settings(added: &str) -> Settings {
        let hub = "https://hub.ward.example:8611";
        let text =
            format!("role=\"kiosk\"\nname=\"k\"\nhub=\"{hub}\"\nprinter.url=\"usb:/dev/usb/lp0\"\n{added}");
        Settings::parse(&text).unwrap()
    }

    #[test]
    fn a_cable_asks_by_its_own_address() {
        let text = networkd(&settings("").device);
        assert!(text.contains("Type=ether\nKind=!*") && text.contains("DHCP=yes"), "{text}");
        assert!(text.contains("[DHCPv4]\nClientIdentifier=mac"), "{text}");
    }

    #[test]
    fn a_fixed_address_asks_nobody() {
        let net = "network.address=\"10.0.0.5/16\"\nnetwork.gateway=\"10.0.0.1\"\nnetwork.dns=[\"1.1.1.1\",\"8.8.8.8\"]";
        let text = networkd(&settings(net).device);
        assert!(
            !text.contains("DHCP=yes") && text.contains("Address=10.0.0.5/16\nGateway=10.0.0.1\n"),
            "{text}"
        );
        assert!(text.contains("DNS=1.1.1.1\nDNS=8.8.8.8\n"), "{text}");
    }

    #[test]
    fn wireless_has_its_country_and_no_way_out_of_the_quotes() {
        let s = settings("network.wifi.ssid=\"Một cửa\"\nnetwork.wifi.passphrase='a\"} #12345'\n");
        let text = wpa(&s.device, &s.private).unwrap();
        assert!(text.contains("\ncountry=VN\n") && text.contains("\tssid=4de1bb9974"), "{text}");
        assert!(text.contains("\tpsk=\"a\"} #12345\"\n}"), "{text}");
        assert!(networkd(&s.device).contains("Type=wlan") && !networkd(&s.device).contains("12345"));
    }

    #[test]
    fn the_proxy_is_for_the_world_and_not_for_the_hall() {
        let s = settings("network.proxy=\"http://u:p@10.1.1.1:3128\"");
        let text = proxy(&s.device, &s.private);
        assert!(text.contains("HTTPS_PROXY=http://u:p@10.1.1.1:3128\n"), "{text}");
        assert!(text.contains("192.168.0.0/16,hub.ward.example\n"), "{text}");
        assert_eq!(proxy(&settings("").device, &Private::default()), "");
    }
}
