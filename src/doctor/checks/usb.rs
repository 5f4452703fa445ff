// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was plugged in that does not belong here: blocked devices, keyboards.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Words};

pub fn usb(look: &Look) -> Finding {
    let devices = entries(&look.roots.sys.join("bus/usb/devices"));
    let blocked: Vec<String> = devices
        .into_iter()
        .filter(|d| text(&d.join("authorized")).as_deref() == Some("0"))
        .map(|d| {
            let get = |file: &str| text(&d.join(file)).unwrap_or_default();
            let ids = format!("{}:{}", get("idVendor"), get("idProduct"));
            let called = format!("{} {}", get("product"), ids);
            format!("{} ({})", called.trim(), name(&d))
        })
        .collect();
    if blocked.is_empty() {
        return Finding::pass("usb", Words::new("không có", "none"));
    }
    let list = blocked.join(", ");
    Finding::warn(
        "usb",
        Words::new(format!("đã chặn: {list}"), format!("blocked: {list}")),
        Words::new(
            "rút ra nếu không thuộc thiết bị; nếu thuộc thì báo để thêm vào danh sách cho phép",
            "unplug what does not belong here; report what does, so that it is allowed",
        ),
    )
}

pub fn keyboard(look: &Look) -> Finding {
    match look.part("keyboard") {
        Some(part) => super::told("keyboard", part),
        None => Finding::pass("keyboard", Words::new("không có", "none")),
    }
}
