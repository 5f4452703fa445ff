// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bookings of today: by their code, typed or scanned, and by the card they were
//! made with; used up, too early, too late, not there.

use super::{Flow, catalogue, today};
use crate::support::always_open;

/// It is noon in a hall that is always open, and stays so for an hour.
fn bookings() -> (&'static str, String) {
    let day = today();
    let lines = [
        "LH-0001,certify,,{day},12:00,13:30,",
        "LH-0002,,1.001193,{day},12:00,13:30,",
        "LH-0003,certify,,{day},15:00,15:15,",
        "LH-0004,certify,,{day},08:00,08:15,",
        "LH-0005,land,,{day},12:00,13:30,001190000017",
        "LH-0006,certify,,{day},12:00,13:30,001190000017",
    ];
    let lines: String = lines.iter().map(|l| format!("{}\n", l.replace("{day}", &day))).collect();
    ("bookings-ngo-quyen.csv", format!("code,service,procedure,day,from,to,id_number\n{lines}"))
}

/// From the bookings that were found to the number for the first.
fn check_in(flow: &Flow, start: &str) -> serde_json::Value {
    // Whose it is is known by the booking: no card is asked for.
    flow.to(start, "priority");
    flow.to("Không thuộc diện nào", "number");
    flow.number()
}

#[test]
fn a_booking_by_scanned_and_by_typed_code_once_and_in_its_time() {
    let flow = Flow::of(&always_open(), &[bookings(), catalogue()]);
    let scan = |code: &str| {
        flow.to("Tôi đã đặt lịch hẹn", "reader");
        flow.scan(code);
    };
    scan("LH-0001");
    let list = flow.screen("list");
    assert_eq!((&list["kind"], &list["rows"][0]["note"]), (&"bookings".into(), &"12:00–13:30".into()));
    let number = check_in(&flow, "Chứng thực");
    assert_eq!(number["label"], "A001");
    flow.home();
    // It is used up.
    scan("LH-0001");
    flow.screen("list");
    flow.to("Chứng thực", "priority");
    let sorry = flow.to("Không thuộc diện nào", "sorry");
    assert_eq!((&sorry["reason"], &sorry["about"]), (&"booking_used".into(), &"A001".into()));
    flow.home();
    flow.to("Tôi đã đặt lịch hẹn", "reader");
    flow.to("Nhập mã", "entry");
    flow.spell("LH-0002");
    flow.to("Tra cứu", "list");
    // By its procedure, which the catalogue gives to a service.
    let number = check_in(&flow, "Đăng ký khai sinh");
    assert_eq!(number["label"], "B001");
    flow.home();
    for (code, reason, main) in
        [("LH-0003", "booking_early", "home"), ("LH-0004", "booking_late", "take_number")]
    {
        scan(code);
        flow.screen("list");
        let sorry = flow.to("Chứng thực", "sorry");
        assert_eq!((&sorry["reason"], &sorry["main"]), (&reason.into(), &main.into()), "{sorry}");
        if main == "take_number" {
            flow.to("Lấy số thường", "services");
        }
        flow.home();
    }
    scan("LH-9999");
    assert_eq!(flow.screen("sorry")["reason"], "no_booking");
    assert_eq!(flow.bench.tickets().len(), 2);
}

#[test]
fn bookings_by_card_count_with_the_numbers_of_the_day() {
    let flow = Flow::of(&always_open(), &[bookings()]);
    flow.to("Tôi đã đặt lịch hẹn", "reader");
    let consent = flow.to("Dùng thẻ căn cước", "consent");
    assert_eq!(consent["purpose"], "booking");
    flow.shows_card("card-2021", "2021");
    let list = flow.to("Đúng, tiếp tục", "list");
    let codes: Vec<&str> =
        list["rows"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["LH-0005", "LH-0006"], "his own only");
    flow.to("Chứng thực", "priority");
    flow.to("Không thuộc diện nào", "number");
    assert_eq!(flow.number()["label"], "A001");
    flow.home();
    // Two bookings are two numbers of the day: no third without one.
    flow.wants("Khai sinh");
    flow.shows_card("card-2021", "2021");
    flow.to("Đúng, tiếp tục", "priority");
    let sorry = flow.to("Không thuộc diện nào", "sorry");
    assert_eq!(sorry["reason"], "person_day", "{sorry}");
    flow.home();
    // Another person has none.
    flow.to("Tôi đã đặt lịch hẹn", "reader");
    flow.to("Dùng thẻ căn cước", "consent");
    flow.shows_card("card-2024", "2024");
    assert_eq!(flow.to("Đúng, tiếp tục", "sorry")["reason"], "no_booking");
}
