// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words in both languages, and the names of the checks.

use serde::{Deserialize, Serialize};

/// The same in Vietnamese and English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Words {
    /// These words.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Words {
        Words { vi: vi.into(), en: en.into() }
    }

    /// Names and figures, which are the same in both languages.
    pub fn same(text: impl Into<String>) -> Words {
        let vi: String = text.into();
        Words { en: vi.clone(), vi }
    }

    /// In that language; Vietnamese where it is another.
    pub fn get(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.vi }
    }
}

/// What a check is called.
pub fn title(name: &str) -> Words {
    let (vi, en) = match name {
        "screen" => ("Màn hình", "Screen"),
        "touch" => ("Cảm ứng", "Touch"),
        "printer" => ("Máy in", "Printer"),
        "scanner" => ("Đầu đọc mã", "Scanner"),
        "card-reader" => ("Đầu đọc thẻ", "Card reader"),
        "buttons" => ("Nút bấm", "Buttons"),
        "lamps" => ("Đèn", "Lamps"),
        "speaker" => ("Loa", "Speaker"),
        "network" => ("Mạng", "Network"),
        "hub" => ("Máy chủ bộ phận", "Hub"),
        "central" => ("Máy chủ trung tâm", "Central"),
        "database" => ("Cơ sở dữ liệu", "Database"),
        "clock" => ("Đồng hồ", "Clock"),
        "disk" => ("Ổ lưu trữ", "Disk"),
        "writes" => ("Ghi vào ổ", "Disk writes"),
        "memory" => ("Bộ nhớ", "Memory"),
        "temperature" => ("Nhiệt độ, nguồn điện", "Temperature, power"),
        "watchdog" => ("Bộ canh treo máy", "Watchdog"),
        "slot" => ("Bản cài đang chạy", "Installed version"),
        "root" => ("Hệ thống chỉ đọc", "Read-only system"),
        "boot" => ("Lần khởi động trước", "Last start"),
        "plugged" => ("Thiết bị đang cắm", "Plugged in"),
        "keyboard" => ("Bàn phím lạ", "Foreign keyboard"),
        "usb" => ("Thiết bị USB lạ", "Foreign USB devices"),
        other => (other, other),
    };
    Words::new(vi, en)
}
