// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a network that was just put in force works: a link of the right kind, an address, and the hub behind it.

use crate::doctor::checks::network::Net;
use crate::doctor::{Roots, Words};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// For a connection to the hub.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the new network is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aim {
    /// Wireless.
    pub wireless: bool,
    /// The fixed address, with its length; empty is any.
    pub address: String,
    /// The hub's address where it is another device.
    pub hub: Option<String>,
}

/// What is still missing; none when all is there.
pub fn missing(roots: &Roots, aim: &Aim) -> Option<Words> {
    let net = Net::of(roots);
    let is_radio = |name: &String| roots.sys.join("class/net").join(name).join("wireless").exists();
    if !net.up.iter().any(|name| is_radio(name) == aim.wireless) {
        return Some(if aim.wireless {
            Words::new(
                "Chưa vào được Wi-Fi: xem lại tên mạng, mật khẩu và khoảng cách đến bộ phát.",
                "The Wi-Fi is not joined: look at its name, its passphrase and the distance to the access point.",
            )
        } else {
            Words::new(
                "Dây mạng chưa có tín hiệu: cắm lại dây, xem đèn ở cổng.",
                "The cable has no link: plug it in again, look at the port's lights.",
            )
        });
    }
    let fixed = aim.address.split('/').next().unwrap_or_default();
    if !net.addresses.iter().any(|has| fixed.is_empty() || has == fixed) {
        return Some(Words::new(
            "Chưa có địa chỉ: xem bộ cấp địa chỉ (DHCP), hoặc đặt địa chỉ cố định.",
            "There is no address: look at the DHCP server, or set a fixed address.",
        ));
    }
    let hub = aim.hub.as_deref().filter(|hub| !answers(hub))?;
    Some(Words::new(
        format!("Có địa chỉ nhưng không tới được máy chủ {hub}: xem lại cổng ra và máy chủ."),
        format!("There is an address, but {hub} is not reached: look at the gateway and at the hub."),
    ))
}

fn answers(hub: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(hub) else { return false };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    let host = host.trim_matches(['[', ']']);
    let mut found = (host, port).to_socket_addrs().into_iter().flatten();
    found.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_in_the_order_in_which_it_must_be_mended() {
        let root = std::env::temp_dir().join(format!("motcua-joined-{}", uuid::Uuid::now_v7().simple()));
        let roots = Roots::under(&root);
        let aim = Aim { wireless: true, ..Aim::default() };
        let said = |aim: &Aim| missing(&roots, aim).unwrap().get("en").to_owned();
        assert!(said(&Aim::default()).contains("cable"));
        let card = root.join("sys/class/net/end0");
        std::fs::create_dir_all(&card).unwrap();
        std::fs::write(card.join("carrier"), "1\n").unwrap();
        assert!(said(&Aim::default()).contains("no address"), "a cable has its link");
        assert!(said(&aim).contains("Wi-Fi is not joined"), "and is no radio");
        std::fs::create_dir_all(root.join("sys/class/net/wlan0/wireless")).unwrap();
        std::fs::write(root.join("sys/class/net/wlan0/carrier"), "1\n").unwrap();
        assert!(said(&aim).contains("no address"));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_hub_answers_where_somebody_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        assert!(answers(&url));
        drop(listener);
        assert!(!answers(&url) && !answers("hub"));
    }
}
