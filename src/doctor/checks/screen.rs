// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screen: whether it was drawn lately, and what hangs on the connectors.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Words};

/// A role that has drawn nothing for this long is stuck.
const LATELY_MS: i64 = 10_000;

pub fn screen(look: &Look) -> Finding {
    if look.device.as_ref().is_some_and(|device| !device.has_screen()) {
        return super::none_here("screen");
    }
    let connected = connected(look);
    if let Some(state) = look.states.iter().find(|state| state.role != "hub") {
        let drawn = state.drawn_ms.is_some_and(|ms| look.now_ms - ms <= LATELY_MS);
        if !drawn {
            let vi = "hình đứng yên, không được vẽ lại";
            let to_do =
                Words::new("khởi động lại thiết bị, xem nhật ký", "restart the device, look at the log");
            return Finding::fail("screen", Words::new(vi, "the picture stands still"), to_do);
        }
    }
    match connected.first() {
        Some(screen) => Finding::pass("screen", Words::same(screen)),
        None => {
            let found = Words::new("không thấy màn hình nào được nối", "no screen is connected");
            let to_do = Words::new(
                "cắm chặt dây HDMI hoặc DisplayPort, bật nguồn màn hình",
                "plug the HDMI or DisplayPort cable in firmly, switch the screen on",
            );
            Finding::fail("screen", found, to_do)
        }
    }
}

/// Connectors with a screen, and the mode it likes best: `HDMI-A-1 1080x1920`.
fn connected(look: &Look) -> Vec<String> {
    let all = entries(&look.roots.sys.join("class/drm"));
    let used = all.into_iter().filter(|c| text(&c.join("status")).as_deref() == Some("connected"));
    used.map(|connector| {
        let modes = text(&connector.join("modes")).unwrap_or_default();
        let label = name(&connector).split_once('-').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        format!("{label} {}", modes.lines().next().unwrap_or_default()).trim_end().to_owned()
    })
    .collect()
}
