// SPDX-License-Identifier: MIT OR Apache-2.0
//! The watchdog's chain: the chip, systemd that feeds it, the role that feeds systemd.

use crate::doctor::roots::{entries, text};
use crate::doctor::{Finding, Look, Words};
use std::process::Command;

pub fn watchdog(look: &Look) -> Finding {
    let chips = entries(&look.roots.sys.join("class/watchdog"));
    let Some(chip) = chips.first() else {
        return Finding::warn(
            "watchdog",
            Words::new("không có bộ canh phần cứng", "no hardware watchdog"),
            Words::new(
                "bật trong BIOS nếu có; ứng dụng vẫn được systemd canh",
                "switch it on in the BIOS if there is one; systemd still watches the role",
            ),
        );
    };
    let identity = text(&chip.join("identity")).unwrap_or_default();
    let active = text(&chip.join("state")).as_deref() == Some("active");
    if !active {
        return Finding::fail(
            "watchdog",
            Words::new(format!("{identity}: không chạy"), format!("{identity}: not running")),
            Words::new(
                "cài lại ảnh thiết bị (RuntimeWatchdogSec)",
                "install the image again (RuntimeWatchdogSec)",
            ),
        );
    }
    let mut found = identity;
    if look.roots.live {
        let of_system = property("RuntimeWatchdogUSec", None);
        let units = look.states.iter().map(|state| format!("motcua-{}.service", state.role));
        let of_roles = units
            .filter_map(|unit| property("WatchdogUSec", Some(&unit)).map(|limit| format!("{unit} {limit}")));
        let all: Vec<String> =
            of_system.map(|limit| format!("systemd {limit}")).into_iter().chain(of_roles).collect();
        found = format!("{found}; {}", all.join(", "));
    }
    Finding::pass("watchdog", Words::same(found.trim_end_matches("; ")))
}

/// What systemd says of itself or of a unit.
fn property(name: &str, unit: Option<&str>) -> Option<String> {
    let mut ask = Command::new("systemctl");
    ask.args(["show", "--value", "--property", name]).args(unit);
    let out = ask.output().ok().filter(|out| out.status.success())?;
    let value = String::from_utf8(out.stdout).ok()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}
