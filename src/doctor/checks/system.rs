// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is installed: the slot that runs, its verified root, and that the root cannot be written.

use crate::doctor::{Finding, Look, Words};

/// Letters of the hash that people compare.
const SHOWN: usize = 16;

pub fn slot(look: &Look) -> Finding {
    let slot = look.roots.boot_word("motcua.slot").or_else(|| look.roots.boot_word("rauc.slot"));
    let hash = look.roots.boot_word("motcua.roothash");
    let version = env!("CARGO_PKG_VERSION");
    match (slot, hash) {
        (Some(slot), Some(hash)) => {
            let short = hash.get(..SHOWN).unwrap_or(&hash);
            Finding::pass(
                "slot",
                Words::new(
                    format!("{version}, ngăn {slot}, mã gốc {short}"),
                    format!("{version}, slot {slot}, root hash {short}"),
                ),
            )
        }
        (slot, None) => {
            let at = slot.map(|slot| format!(", {slot}")).unwrap_or_default();
            Finding::warn(
                "slot",
                Words::new(
                    format!("{version}{at}; hệ thống không được kiểm chứng"),
                    format!("{version}{at}; the system is not verified"),
                ),
                Words::new("cài ảnh thiết bị của motcua", "install motcua's device image"),
            )
        }
        (None, Some(_)) => Finding::warn(
            "slot",
            Words::new(
                format!("{version}; không rõ ngăn nào đang chạy"),
                format!("{version}; the slot is not known"),
            ),
            Words::new(
                "khởi động lại; nếu vẫn vậy thì cài lại ảnh",
                "restart; install the image again if it stays",
            ),
        ),
    }
}

pub fn root(look: &Look) -> Finding {
    let Some((device, kind, options)) = look.roots.mount("/") else {
        return Finding::skipped("root", Words::new("không xem được", "cannot be looked at"));
    };
    let read_only = options.split(',').any(|option| option == "ro");
    let found = Words::same(format!("{device} {kind}"));
    if read_only {
        return Finding::pass("root", found);
    }
    Finding::warn(
        "root",
        Words::new(format!("{device} {kind} ghi được"), format!("{device} {kind} can be written")),
        Words::new("cài ảnh thiết bị của motcua", "install motcua's device image"),
    )
}
