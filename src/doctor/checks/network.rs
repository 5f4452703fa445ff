// SPDX-License-Identifier: MIT OR Apache-2.0
//! The network: cable or radio, address, way out, name servers.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Roots, Words};

/// What the kernel and the resolver say.
#[derive(Clone, Debug, Default)]
pub struct Net {
    /// Names of interfaces with a link.
    pub up: Vec<String>,
    /// Their addresses.
    pub addresses: Vec<String>,
    /// There is a network behind one of them.
    pub routed: bool,
    /// The way out.
    pub gateway: Option<String>,
    /// Name servers.
    pub dns: Vec<String>,
}

impl Net {
    /// Looks.
    pub fn of(roots: &Roots) -> Net {
        let (routed, gateway) = routes(roots);
        Net { up: links(roots), addresses: addresses(roots), routed, gateway, dns: servers(roots) }
    }
}

pub fn network(look: &Look) -> Finding {
    let net = Net::of(&look.roots);
    if net.up.is_empty() {
        return Finding::fail(
            "network",
            Words::new("không có mạng nào được nối", "no network is connected"),
            Words::new(
                "cắm lại dây mạng, xem đèn ở cổng; với Wi-Fi xem tên mạng và mật khẩu",
                "plug the cable in, look at the port's lights; for Wi-Fi check name and passphrase",
            ),
        );
    }
    if net.addresses.is_empty() && !net.routed {
        return Finding::fail(
            "network",
            Words::new("có dây nhưng chưa có địa chỉ", "connected, but without an address"),
            Words::new(
                "xem bộ cấp địa chỉ (DHCP) của bộ phận, hoặc đặt địa chỉ cố định",
                "look at the hall's DHCP server, or set a fixed address",
            ),
        );
    }
    let seen = format!("{} {}", net.up.join(", "), net.addresses.join(", "));
    let Some(gateway) = net.gateway else {
        return Finding::warn(
            "network",
            Words::new(format!("{seen}; không có cổng ra"), format!("{seen}; no gateway")),
            Words::new(
                "đủ dùng nếu mọi máy ở cùng mạng; nếu không thì đặt cổng ra",
                "enough if everything is on one network; set a gateway otherwise",
            ),
        );
    };
    if net.dns.is_empty() {
        return Finding::warn(
            "network",
            Words::new(format!("{seen}; không có máy chủ tên miền"), format!("{seen}; no name server")),
            Words::new(
                "đặt dns trong motcua.toml nếu dùng tên máy chủ",
                "set dns in motcua.toml if names are used",
            ),
        );
    }
    let dns = net.dns.join(", ");
    Finding::pass(
        "network",
        Words::new(
            format!("{seen}, cổng ra {gateway}, tên miền {dns}"),
            format!("{seen}, gateway {gateway}, name server {dns}"),
        ),
    )
}

fn links(roots: &Roots) -> Vec<String> {
    let all = entries(&roots.sys.join("class/net"));
    let linked = |i: &std::path::PathBuf| name(i) != "lo" && text(&i.join("carrier")).as_deref() == Some("1");
    all.iter().filter(|i| linked(i)).map(|i| name(i)).collect()
}

/// Only the running system can be asked for them.
fn addresses(roots: &Roots) -> Vec<String> {
    if !roots.live {
        return Vec::new();
    }
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    all.iter().filter(|i| !i.is_loopback() && !i.is_link_local()).map(|i| i.ip().to_string()).collect()
}

/// Whether there is a way to anywhere, and the way out. The kernel prints addresses in its own byte order.
fn routes(roots: &Roots) -> (bool, Option<String>) {
    let table = text(&roots.proc.join("net/route")).unwrap_or_default();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let gateway = rows.iter().find(|row| row.get(1) == Some(&"00000000")).and_then(|row| {
        let number = u32::from_str_radix(row.get(2)?, 16).ok()?;
        Some(std::net::Ipv4Addr::from(number.to_le_bytes()).to_string())
    });
    (!rows.is_empty(), gateway)
}

fn servers(roots: &Roots) -> Vec<String> {
    let files = [roots.run.join("systemd/resolve/resolv.conf"), roots.etc.join("resolv.conf")];
    let text = files.iter().find_map(|file| text(file)).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("nameserver ")).map(|s| s.trim().to_owned()).collect()
}
