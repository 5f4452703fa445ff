// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever people hold before the scanner where something else is asked for:
//! a kind sentence each time, and the next code is read as if nothing had been.

use super::{Flow, catalogue};
use crate::support::*;
use std::time::Duration;

/// What is held there, and what is said; no two neighbours are answered alike, so that each answer is a new one.
const WRONG: [(&str, &str); 10] = [
    ("GD4010000000017|5472E1BAA76E|15/02/1990|2|48|01", "health_insurance"),
    ("\u{1b}[2J\u{7}7E000801\u{0}", "other"),
    ("100000001", "old_card"),
    ("https://example.com/?q=1", "other"),
    ("001190000017|100000001|Trần Thị", "again"),
    (
        "00020101021238540010A00000072701240006970400011000000000010208QRIBFTTA53037045802VN6304ABCD",
        "payment",
    ),
    ("🙂🙂🙂🙂", "again"),
    ("motcua:1:A001", "ticket"),
    ("'; DROP TABLE tickets; --", "other"),
    ("IDVNM1900000174001190000017<<59002155F3002153VNM<<<<<<<<<<<9TRAN<<THI<VI<DU<<<<<<<<<<<<<<<", "again"),
];

fn each_is_answered(flow: &Flow, more: &[(&str, &str)]) {
    let long = "a".repeat(4_096);
    let list = WRONG.iter().chain(more).copied();
    for (text, answer) in list {
        flow.scan(text);
        flow.shows(answer, |s| s["screen"] == "reader" && s["now"]["unfit"] == answer);
    }
    flow.scan("100000001");
    flow.shows("old_card", |s| s["now"]["unfit"] == "old_card");
    flow.scan(&long);
    flow.shows("other", |s| s["now"]["unfit"] == "other");
}

#[test]
fn whatever_is_held_before_the_scanner_is_answered_kindly_on_every_screen() {
    let flow = Flow::of(&always_open(), &[catalogue()]);
    let card = ("001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Hà Nội|20062021", "card");
    flow.to("Tra cứu hồ sơ", "reader");
    each_is_answered(&flow, &[card]);
    flow.home();
    flow.to("Tôi đã đặt lịch hẹn", "reader");
    each_is_answered(&flow, &[card]);
    flow.home();
    flow.wants("Chứng thực");
    flow.to("Dùng thẻ", "reader");
    each_is_answered(&flow, &[("1.001193", "not_a_card")]);
    // And the right code is taken.
    flow.sample("card-2021");
    flow.shows("a card is waited for", |s| s["what"] == "chip");
    flow.lay("2021");
    flow.shows("the card's sheet", |s| s["kind"] == "card");
    flow.take_away();
    flow.home();
    // A code of the hall's own leads to what it is about, whatever was asked for.
    flow.to("Tra cứu hồ sơ", "reader");
    flow.scan("1.999999");
    assert_eq!(flow.screen("sorry")["reason"], "no_procedure");
    flow.home();
    // On the first screen the scanner is dark.
    for (text, _) in WRONG.into_iter().chain([card]) {
        flow.scan(text);
        pause(Duration::from_millis(100));
        assert_eq!(flow.bench.get("/state")["screen"], "home", "{text}");
    }
}
