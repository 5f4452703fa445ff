// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks of network settings: addresses, names, Wi-Fi, proxy.

use super::check::Checker;
use super::form::{RawNetwork, RawWifi};
use super::{Network, Private};
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;

/// Whose rules of radio hold where none are named.
const COUNTRY: &str = "VN";

/// Where a hub of the image serves its pages.
pub const PAGES: u16 = 8610;
/// Where it serves its devices.
pub const DEVICES: u16 = 8611;

/// The pages of the hub that has this address in its network, `http://192.168.1.10:8610`.
pub fn pages_at(address: &str) -> String {
    if address.contains(':') {
        format!("http://[{address}]:{PAGES}")
    } else {
        format!("http://{address}:{PAGES}")
    }
}

/// An address.
pub fn is_address(typed: &str) -> bool {
    typed.parse::<IpAddr>().is_ok()
}

/// An address with the length of its network.
pub fn is_network(typed: &str) -> bool {
    network_of(typed).is_some()
}

/// The name or the address of a server.
pub fn is_host(typed: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
    !typed.is_empty() && typed.len() <= 253 && typed.bytes().all(plain)
}

/// A proxy, with or without a password in it.
pub fn is_proxy(typed: &str) -> bool {
    let plain = typed.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'$'));
    plain && reqwest::Url::parse(typed).is_ok_and(|u| u.scheme() == "http" && u.has_host())
}

fn network_of(typed: &str) -> Option<(IpAddr, u8)> {
    let (ip, length) = typed.split_once('/')?;
    let (ip, length): (IpAddr, u8) = (ip.parse().ok()?, length.parse().ok()?);
    let longest = if ip.is_ipv4() { 32 } else { 128 };
    let good = (1..=longest).contains(&length) && !is_edge(ip, length);
    good.then_some((ip, length))
}

/// All bits of an address from the left; IPv4 fills the lower ones.
fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

/// The bits behind the network's.
fn behind(ip: IpAddr, length: u8) -> u128 {
    let longest: u8 = if ip.is_ipv4() { 32 } else { 128 };
    1_u128.checked_shl(u32::from(longest.saturating_sub(length))).map_or(u128::MAX, |one| one - 1)
}

/// The name of a network or the address of all in it: nobody's own. Networks of IPv6, and those of two or one, have none.
fn is_edge(ip: IpAddr, length: u8) -> bool {
    let mask = behind(ip, length);
    ip.is_ipv4() && length < 31 && (bits(ip) & mask == 0 || bits(ip) & mask == mask)
}

/// How a gateway fits to a device with this address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It can be reached.
    Good,
    /// It is the device's own address.
    Itself,
    /// It is in another network.
    Outside,
}

/// How the gateway fits to the address with its length; good where one of them is none yet. An IPv6 gateway by its
/// address on the link is in every network.
pub fn way(address: &str, gateway: &str) -> Way {
    let (Some((own, length)), Ok(gateway)) = (network_of(address), gateway.parse::<IpAddr>()) else {
        return Way::Good;
    };
    let on_link = own.is_ipv6() && matches!(gateway, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let mask = !behind(own, length);
    match gateway {
        _ if gateway == own => Way::Itself,
        _ if on_link => Way::Good,
        _ if own.is_ipv4() != gateway.is_ipv4() => Way::Outside,
        _ if bits(own) & mask == bits(gateway) & mask => Way::Good,
        _ => Way::Outside,
    }
}

impl Checker<'_> {
    pub(super) fn network(&mut self, raw: &RawNetwork) -> (Network, Private) {
        let (ssid, passphrase, country) = match &raw.wifi {
            None => (None, None, None),
            Some(wifi) => self.wifi(wifi),
        };
        let address = raw.address.as_ref().and_then(|a| self.address(a));
        if let (Some(gateway), None) = (&raw.gateway, &raw.address) {
            let vi = "có `gateway` nhưng thiếu `address`; ghi địa chỉ cố định, như \"192.168.1.20/24\", hoặc bỏ \
                      `gateway` để dùng DHCP";
            let en = "there is a `gateway` but no `address`; write the fixed address, such as \
                      \"192.168.1.20/24\", or remove `gateway` to use DHCP";
            self.fault(gateway.span(), vi, en);
        }
        if let (Some(address), None) = (&raw.address, &raw.gateway) {
            let vi = "địa chỉ cố định cần thêm `gateway`, như \"192.168.1.1\"";
            let en = "a fixed address needs a `gateway` too, such as \"192.168.1.1\"";
            self.fault(address.span(), vi, en);
        }
        let gateway = raw.gateway.as_ref().and_then(|g| self.ip(g));
        if let (Some(own), Some(to), Some(raw)) = (&address, &gateway, &raw.gateway) {
            self.way(own, to, raw.span());
        }
        let dns = raw.dns.iter().filter_map(|d| self.ip(d)).collect();
        let ntp = raw.ntp.iter().filter_map(|n| self.host(n)).collect();
        let proxy = raw.proxy.as_ref().and_then(|p| self.proxy(p));
        let proxied = proxy.as_ref().is_some_and(|p| !p.is_empty());
        let network = Network { ssid, country, address, gateway, dns, ntp, proxied };
        (network, Private { passphrase, proxy, ssh_key: None })
    }

    fn way(&mut self, own: &str, to: &str, span: Range<usize>) {
        match way(own, to) {
            Way::Good => {}
            Way::Itself => {
                let vi = format!("`{to}` là địa chỉ của chính thiết bị này; ghi địa chỉ của bộ định tuyến");
                self.fault(
                    span,
                    vi,
                    format!("`{to}` is the address of this device itself; write the router's"),
                );
            }
            Way::Outside => {
                let vi = format!("cổng ra `{to}` không nằm trong mạng `{own}`; xem lại cả hai địa chỉ");
                self.fault(
                    span,
                    vi,
                    format!("the gateway `{to}` is not in the network `{own}`; look at both addresses"),
                );
            }
        }
    }

    fn wifi(&mut self, raw: &RawWifi) -> (Option<String>, Option<String>, Option<String>) {
        let ssid = raw.ssid.get_ref();
        if ssid.is_empty() || ssid.len() > 32 || ssid.chars().any(char::is_control) {
            let vi = "`ssid` là tên mạng Wi-Fi, dài 1 đến 32 byte; chép đúng như trên bộ phát";
            let en = "`ssid` is the name of the Wi-Fi network, 1 to 32 bytes; copy it as the access point shows it";
            self.fault(raw.ssid.span(), vi, en);
        }
        // Left out it is the one that the device has for this network; the steward knows whether there is one.
        let passphrase = raw.passphrase.as_ref().map(|p| p.get_ref().clone());
        if let Some(typed) = &raw.passphrase {
            self.passphrase(typed);
        }
        let country = raw.country.as_ref().map_or(COUNTRY, |c| c.get_ref());
        let good = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        if let Some(raw) = raw.country.as_ref().filter(|_| !good) {
            let vi = format!("`{country}` không phải mã nước hai chữ in hoa, như \"VN\"");
            let en = format!("`{country}` is not a country's two capital letters, such as \"VN\"");
            self.fault(raw.span(), vi, en);
        }
        (Some(ssid.clone()), passphrase, Some(country.to_owned()))
    }

    fn passphrase(&mut self, raw: &Spanned<String>) {
        let passphrase = raw.get_ref();
        let printable = passphrase.bytes().all(|b| (0x20..0x7f).contains(&b));
        if !(8..=63).contains(&passphrase.len()) || !printable {
            let n = passphrase.chars().count();
            let vi = format!("mật khẩu Wi-Fi có 8 đến 63 ký tự không dấu; ở đây có {n} ký tự");
            let en = format!("a Wi-Fi passphrase has 8 to 63 characters without accents; here are {n}");
            self.fault(raw.span(), vi, en);
        }
    }

    fn address(&mut self, raw: &Spanned<String>) -> Option<String> {
        if let Some((ip, len)) = network_of(raw.get_ref()) {
            return Some(format!("{ip}/{len}"));
        }
        let typed = raw.get_ref();
        let edge =
            typed.split_once('/').and_then(|(ip, length)| Some((ip.parse().ok()?, length.parse().ok()?)));
        if edge.is_some_and(|(ip, length)| is_edge(ip, length)) {
            let vi =
                format!("`{typed}` là địa chỉ của cả mạng; ghi địa chỉ riêng của thiết bị trong mạng đó");
            let en =
                format!("`{typed}` is the address of the whole network; write one of the device's own in it");
            self.fault(raw.span(), vi, en);
            return None;
        }
        let vi = format!("`{typed}` không phải địa chỉ kèm độ dài mạng, như \"192.168.1.20/24\"");
        let en = format!(
            "`{typed}` is not an address with the length of its network, such as \"192.168.1.20/24\""
        );
        self.fault(raw.span(), vi, en);
        None
    }

    fn ip(&mut self, raw: &Spanned<String>) -> Option<String> {
        if let Ok(ip) = raw.get_ref().parse::<IpAddr>() {
            return Some(ip.to_string());
        }
        let typed = raw.get_ref();
        let vi = format!("`{typed}` không phải địa chỉ IP, như \"192.168.1.1\"");
        let en = format!("`{typed}` is not an IP address, such as \"192.168.1.1\"");
        self.fault(raw.span(), vi, en);
        None
    }

    fn host(&mut self, raw: &Spanned<String>) -> Option<String> {
        let name = raw.get_ref();
        if is_host(name) {
            return Some(name.clone());
        }
        let vi = format!("`{name}` không phải tên hay địa chỉ máy chủ giờ, như \"vn.pool.ntp.org\"");
        let en = format!("`{name}` is not the name or address of a time server, such as \"vn.pool.ntp.org\"");
        self.fault(raw.span(), vi, en);
        None
    }

    /// May hold a password, so it is not repeated. An empty one says that there is none.
    fn proxy(&mut self, raw: &Spanned<String>) -> Option<String> {
        if raw.get_ref().is_empty() {
            return Some(String::new());
        }
        if is_proxy(raw.get_ref()) {
            return Some(raw.get_ref().clone());
        }
        let vi =
            "`proxy` phải có dạng \"http://192.168.1.2:3128\" hoặc \"http://ten:matkhau@192.168.1.2:3128\"";
        let en =
            "`proxy` must look like \"http://192.168.1.2:3128\" or \"http://user:password@192.168.1.2:3128\"";
        self.fault(raw.span(), vi, en);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_in_the_device_s_network() {
        assert_eq!(way("192.168.1.20/24", "192.168.1.1"), Way::Good);
        assert_eq!(way("192.168.1.20/24", "192.168.2.1"), Way::Outside);
        assert_eq!(way("192.168.1.20/16", "192.168.2.1"), Way::Good);
        assert_eq!(way("192.168.1.20/24", "192.168.1.20"), Way::Itself);
        assert_eq!(way("fd00::2/64", "fe80::1"), Way::Good);
        assert_eq!(way("fd00::2/64", "192.168.1.1"), Way::Outside);
        assert_eq!(way("192.168.1.20/24", "fe80::1"), Way::Outside);
        assert_eq!(way("fd00::2/64", "fd01::1"), Way::Outside);
        assert_eq!(way("192.168.1.20/24", "192.168."), Way::Good);
    }

    #[test]
    fn addresses_are_checked_while_they_are_typed() {
        assert!(is_network("192.168.1.20/24") && is_network("fd00::2/64"));
        assert!(!is_network("192.168.1.20") && !is_network("192.168.1.20/33") && !is_network("192.168.1/24"));
        assert!(
            !is_network("192.168.1.0/24") && !is_network("192.168.1.255/24") && is_network("10.0.0.0/31")
        );
        assert!(is_address("192.168.1.1") && !is_address("192.168.1.256"));
        assert!(is_host("vn.pool.ntp.org") && is_host("fd00::1") && !is_host("") && !is_host("giờ"));
        assert!(is_proxy("http://a:b@192.168.1.2:3128") && !is_proxy("http://") && !is_proxy("socks:1"));
    }
}
