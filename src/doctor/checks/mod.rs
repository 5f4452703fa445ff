// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks in the order in which they are made and shown.

pub mod boot;
pub mod clock;
pub mod disk;
pub mod heat;
pub mod hub;
pub mod network;
pub mod panel;
pub mod plugged;
pub mod printer;
pub mod readers;
pub mod screen;
pub mod speaker;
pub mod system;
pub mod touch;
pub mod usb;
pub mod watchdog;
pub mod writes;

use super::{Finding, Look, Words};
use motcua_link::data::{Part, PartState};

/// A check.
pub type Check = fn(&Look) -> Finding;

/// All of them.
pub const ALL: [(&str, Check); 24] = [
    ("screen", screen::screen),
    ("touch", touch::touch),
    ("printer", printer::printer),
    ("scanner", readers::scanner),
    ("card-reader", readers::card_reader),
    ("buttons", panel::buttons),
    ("lamps", panel::lamps),
    ("speaker", speaker::speaker),
    ("network", network::network),
    ("hub", hub::hub),
    ("central", hub::central),
    ("database", hub::database),
    ("clock", clock::clock),
    ("disk", disk::disk),
    ("writes", writes::writes),
    ("memory", heat::memory),
    ("temperature", heat::temperature),
    ("watchdog", watchdog::watchdog),
    ("slot", system::slot),
    ("root", system::root),
    ("boot", boot::boot),
    ("plugged", plugged::plugged),
    ("keyboard", usb::keyboard),
    ("usb", usb::usb),
];

/// The device has no such part.
fn none_here(name: &'static str) -> Finding {
    Finding::skipped(name, Words::new("thiết bị này không có", "this device has none"))
}

/// The part is in use by a role that does not say how it is.
fn in_use(name: &'static str) -> Finding {
    let vi = "ứng dụng đang dùng và chưa báo tình trạng; thử trong chế độ kỹ thuật viên";
    Finding::skipped(name, Words::new(vi, "in use and not reported yet; test it in technician mode"))
}

/// What a running role says of a part.
fn told(name: &'static str, part: &Part) -> Finding {
    let Some(fault) = part.fault.as_deref().filter(|_| part.state != PartState::Ok) else {
        return Finding::pass(name, Words::new("hoạt động tốt", "works"));
    };
    let (found, to_do) = fault_words(fault);
    match part.state {
        PartState::Warning => Finding::warn(name, found, to_do),
        _ => Finding::fail(name, found, to_do),
    }
}

/// The words of the state files in sentences: what is the matter in both languages, then what to do.
const FAULTS: [(&str, &str, &str, &str, &str); 15] = [
    (
        "gone",
        "không tìm thấy",
        "not found",
        "kiểm tra dây và nguồn, rồi xem địa chỉ trong cài đặt",
        "check cable and power, then its address in the settings",
    ),
    (
        "silent",
        "không trả lời",
        "does not answer",
        "bật nguồn, kiểm tra dây và tốc độ đường truyền trong cài đặt",
        "switch it on, check the cable and the speed in the settings",
    ),
    (
        "offline",
        "đang ngoại tuyến",
        "off line",
        "bấm nút đẩy giấy, hoặc tắt rồi bật lại",
        "press its feed button, or switch it off and on",
    ),
    (
        "paper-end",
        "hết giấy",
        "out of paper",
        "lắp cuộn giấy mới rồi đóng nắp",
        "put in a new roll and close the cover",
    ),
    (
        "paper-low",
        "sắp hết giấy",
        "paper is nearly used up",
        "chuẩn bị cuộn giấy mới",
        "have a new roll at hand",
    ),
    (
        "cover-open",
        "nắp đang mở",
        "the cover is open",
        "đóng nắp đến khi nghe tiếng khớp",
        "close it until it clicks",
    ),
    (
        "cutter",
        "dao cắt bị kẹt",
        "the cutter is stuck",
        "mở nắp, lấy giấy kẹt ra rồi đóng lại",
        "open the cover, remove the jammed paper, close it again",
    ),
    (
        "overheated",
        "đầu in quá nóng",
        "the print head is too hot",
        "chờ cho nguội",
        "wait until it has cooled",
    ),
    (
        "broken",
        "hỏng, không tự phục hồi",
        "has an error it cannot leave by itself",
        "tắt rồi bật lại; nếu vẫn vậy thì thay máy khác",
        "switch it off and on; if it stays, replace it",
    ),
    (
        "garbles",
        "đọc sai dấu tiếng Việt",
        "garbles letters",
        "đặt đầu đọc ở chế độ COM ảo; xem docs/readers.md",
        "set it to its serial mode; see docs/readers.md",
    ),
    (
        "denied",
        "chương trình khác đang giữ",
        "another program has it",
        "khởi động lại thiết bị",
        "restart the device",
    ),
    (
        "no-service",
        "dịch vụ đọc thẻ không chạy",
        "the card service does not run",
        "khởi động lại thiết bị",
        "restart the device",
    ),
    (
        "used",
        "có người vừa dùng bàn phím; thiết bị không nhận phím nào",
        "somebody used a keyboard; the device obeyed no key",
        "rút bàn phím ra, khóa nắp che cổng USB",
        "unplug it and lock the cover of the USB ports",
    ),
    (
        "cannot-write",
        "không ghi được",
        "cannot be written",
        "xem mục ổ lưu trữ; thay thẻ hoặc ổ nếu cần",
        "see the disk; replace the card or drive if need be",
    ),
    (
        "was-damaged",
        "từng bị hỏng, bản hỏng đã được cất riêng",
        "was damaged and moved aside",
        "báo đơn vị hỗ trợ, xem mục ổ lưu trữ",
        "tell support, and see the disk",
    ),
];

/// What is the matter, what to do.
fn fault_words(fault: &str) -> (Words, Words) {
    let known = FAULTS.iter().find(|(word, ..)| *word == fault);
    let Some((_, vi, en, do_vi, do_en)) = known else {
        return (
            Words::new(format!("có sự cố ({fault})"), format!("out of order ({fault})")),
            Words::new("kiểm tra dây và nguồn, xem nhật ký", "check cable and power, look at the log"),
        );
    };
    (Words::new(*vi, *en), Words::new(*do_vi, *do_en))
}
