// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why the device started last: by a crash, by the watchdog, or as it should.

use crate::doctor::roots::{entries, text};
use crate::doctor::{Finding, Look, Words};

/// WDIOF_CARDRESET of linux/watchdog.h: the chip has reset the machine.
const CARD_RESET: u32 = 0x20;

pub fn boot(look: &Look) -> Finding {
    let crashed = entries(&look.roots.sys.join("fs/pstore")).len();
    if crashed > 0 {
        return Finding::warn(
            "boot",
            Words::new("lần trước nhân hệ thống bị sập", "the kernel crashed last time"),
            Words::new("chép nhật ký ra USB gửi đơn vị hỗ trợ", "copy the logs to a USB stick for support"),
        );
    }
    let chips = entries(&look.roots.sys.join("class/watchdog"));
    let status = chips.iter().filter_map(|chip| text(&chip.join("bootstatus"))?.parse::<u32>().ok());
    if status.fold(0, |all, one| all | one) & CARD_RESET != 0 {
        return Finding::warn(
            "boot",
            Words::new(
                "bộ canh đã khởi động lại thiết bị vì treo",
                "the watchdog restarted a device that hung",
            ),
            Words::new(
                "nếu lặp lại: xem nhiệt độ, nguồn điện, rồi gửi nhật ký",
                "if it happens again: see temperature and power, then send the logs",
            ),
        );
    }
    if crate::doctor::denied(&look.roots.sys.join("fs/pstore")) {
        let vi = "bộ canh không báo gì; tài khoản này không xem được dấu vết sập";
        let en = "nothing from the watchdog; this account cannot look for traces of a crash";
        return Finding::skipped("boot", Words::new(vi, en));
    }
    Finding::pass("boot", Words::new("bình thường", "as it should"))
}
