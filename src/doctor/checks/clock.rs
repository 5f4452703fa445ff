// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clock: set by a time server, by a chip, or by nobody.

use crate::doctor::{Finding, Look, Words};

/// Before this no clock can be right: 2026-01-01.
const FLOOR_MS: i64 = 1_767_225_600_000;

pub fn clock(look: &Look) -> Finding {
    let synchronised = look.roots.run.join("systemd/timesync/synchronized").exists();
    let chip = look.roots.sys.join("class/rtc/rtc0").exists();
    if look.now_ms < FLOOR_MS {
        return Finding::fail(
            "clock",
            Words::new("giờ của thiết bị sai hẳn", "the clock is wrong by years"),
            Words::new(
                "nối mạng có máy chủ giờ (ntp trong motcua.toml)",
                "connect it to a time server (ntp in motcua.toml)",
            ),
        );
    }
    match (synchronised, chip) {
        (true, true) => Finding::pass(
            "clock",
            Words::new("đã đồng bộ, có chip đồng hồ", "synchronised, with a clock chip"),
        ),
        (true, false) => Finding::pass(
            "clock",
            Words::new("đã đồng bộ; không có chip đồng hồ", "synchronised; no clock chip"),
        ),
        (false, true) => Finding::warn(
            "clock",
            Words::new("chưa đồng bộ, chạy theo chip đồng hồ", "not synchronised, runs by its chip"),
            Words::new(
                "xem máy chủ giờ (ntp trong motcua.toml)",
                "look at the time server (ntp in motcua.toml)",
            ),
        ),
        (false, false) => Finding::fail(
            "clock",
            Words::new("chưa đồng bộ và không có chip đồng hồ", "not synchronised and without a clock chip"),
            Words::new(
                "đặt ntp trong motcua.toml, ví dụ địa chỉ của máy chủ bộ phận; nên lắp chip đồng hồ",
                "set ntp in motcua.toml, such as the hub's address; fit a clock chip",
            ),
        ),
    }
}
