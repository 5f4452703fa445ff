// SPDX-License-Identifier: MIT OR Apache-2.0
//! What to bring: by field, by a search with a slip and without accents, on
//! paper, and straight on to a number.

use super::{Flow, catalogue, part};
use crate::support::always_open;

#[test]
fn what_to_bring_is_found_printed_and_led_back_to_by_the_paper_s_code() {
    let flow = Flow::of(&always_open(), &[catalogue()]);
    flow.to("Giấy tờ cần mang", "list");
    flow.tap_until("Hộ tịch", |s| s["kind"] == "procedures");
    let sheet = flow.to("Đăng ký khai sinh", "sheet");
    assert_eq!(
        (&sheet["kind"], &part(&sheet, "procedure")["text"]),
        (&"procedure".into(), &"1.001193".into())
    );
    assert_eq!(part(&sheet, "papers")["originals"], 1);
    flow.tap_until("In danh sách này", |s| s["paper"] == "take");
    let codes = flow.codes_of(0);
    assert!(codes.len() == 1 && codes[0].starts_with("https://dichvucong.gov.vn/"), "{codes:?}");
    flow.home();
    // The kiosk's own paper before its own scanner, wherever that waits for a code.
    flow.to("Tra cứu hồ sơ", "reader");
    flow.scan(&codes[0]);
    let again = flow.screen("sheet");
    assert_eq!(again["title"], "Đăng ký khai sinh");
    flow.home();

    flow.to("Giấy tờ cần mang", "list");
    flow.to("Tìm", "search");
    flow.spell("DANG KI KAI SINH");
    let found = flow.shows("the right one first", |s| s["rows"][0]["code"] == "1.001193");
    assert_eq!(found["query"].as_str().map(str::to_lowercase).as_deref(), Some("dang ki kai sinh"));
    flow.to("Đăng ký khai sinh", "sheet");
    let consent = flow.to("Lấy số ngay", "consent");
    assert_eq!(consent["purpose"], "number");
    flow.to("Không dùng thẻ", "priority");
    flow.to("Không thuộc diện nào", "number");
    assert_eq!(flow.number()["label"], "B001", "by the field of the procedure");
    flow.home();
    flow.to("Giấy tờ cần mang", "list");
    flow.to("Tìm", "search");
    flow.spell("QQQQQ");
    let none = flow.shows("nothing", |s| s["query"].as_str().is_some_and(|q| q.len() == 5));
    assert_eq!(none["rows"], serde_json::json!([]));
    flow.home();
}
