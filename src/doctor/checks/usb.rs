// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was plugged in that does not belong here: blocked devices, keyboards.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Words};
use std::path::Path;

/// The class, subclass and protocol of a keyboard, and of what scanners have beside it.
const KEYBOARD: &str = "03:01:01";
const SETTINGS: &str = "03:00:00";

/// A device that was not let in.
struct Blocked {
    /// Its own name, and the port.
    called: String,
    id: String,
    /// Sorted, each once.
    interfaces: Vec<String>,
}

impl Blocked {
    /// A scanner may be such a keyboard.
    fn types(&self) -> bool {
        self.interfaces.iter().any(|i| i == KEYBOARD)
            && self.interfaces.iter().all(|i| [KEYBOARD, SETTINGS].contains(&i.as_str()))
    }

    fn is_stick(&self) -> bool {
        !self.interfaces.is_empty() && self.interfaces.iter().all(|i| i.starts_with("08:"))
    }

    fn shown(&self) -> String {
        format!("{} {} [{}]", self.called, self.id, self.interfaces.join(" "))
    }
}

pub fn usb(look: &Look) -> Finding {
    let devices = entries(&look.roots.sys.join("bus/usb/devices"));
    let blocked: Vec<Blocked> = devices.iter().filter_map(|d| blocked(d)).collect();
    if blocked.is_empty() {
        return Finding::pass("usb", Words::new("không có", "none"));
    }
    let list = blocked.iter().map(Blocked::shown).collect::<Vec<_>>().join(", ");
    let (mut vi, mut en) = (Vec::new(), Vec::new());
    for device in blocked.iter().filter(|b| b.types()) {
        vi.push(format!(
            "nếu {0} là đầu đọc mã, ghi \"keys:usb:{0}\" vào [scanner] của motcua.toml",
            device.id
        ));
        en.push(format!(
            "if {0} is the scanner, write \"keys:usb:{0}\" at [scanner] in motcua.toml",
            device.id
        ));
    }
    if blocked.iter().any(Blocked::is_stick) {
        vi.push("USB nhớ chỉ dùng được khi mở mục nhật ký hoặc cập nhật".to_owned());
        en.push("sticks are let in by the menu's logs and update only".to_owned());
    }
    vi.push(
        "rút ra nếu không thuộc thiết bị; nếu thuộc thì báo mã và các số trong ngoặc cho đơn vị hỗ trợ"
            .to_owned(),
    );
    en.push(
        "unplug what does not belong here; of what does, tell support the id and what is in brackets"
            .to_owned(),
    );
    Finding::warn(
        "usb",
        Words::new(format!("chưa cho dùng: {list}"), format!("not let in: {list}")),
        Words::new(vi.join("; "), en.join("; ")),
    )
}

fn blocked(dir: &Path) -> Option<Blocked> {
    (text(&dir.join("authorized")).as_deref() == Some("0")).then(|| {
        let get = |file: &str| text(&dir.join(file)).unwrap_or_default();
        let called = format!("{} ({})", get("product"), name(dir)).trim().to_owned();
        let id = format!("{}:{}", get("idVendor"), get("idProduct"));
        let interfaces = interfaces(&std::fs::read(dir.join("descriptors")).unwrap_or_default());
        Blocked { called, id, interfaces }
    })
}

/// Of the descriptors, which the kernel reads before a device is let in; its interfaces have no directories yet.
fn interfaces(mut bytes: &[u8]) -> Vec<String> {
    const INTERFACE: u8 = 4;
    let mut found = Vec::new();
    while let [length, kind, ..] = *bytes {
        let Some((descriptor, rest)) = bytes.split_at_checked(usize::from(length).max(2)) else { break };
        if let (INTERFACE, [_, _, _, _, _, class, sub, protocol, ..]) = (kind, descriptor) {
            found.push(format!("{class:02x}:{sub:02x}:{protocol:02x}"));
        }
        bytes = rest;
    }
    found.sort();
    found.dedup();
    found
}

pub fn keyboard(look: &Look) -> Finding {
    match look.part("keyboard") {
        Some(part) => super::told("keyboard", part),
        None => Finding::pass("keyboard", Words::new("không có", "none")),
    }
}
