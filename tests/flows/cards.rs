// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers with and without a card: PACE and the older way, priority by age,
//! limits, cards that are not what they say, cards that move.

use super::{Flow, part};
use serde_json::Value;

/// Through the priority question to the number.
fn on_to_number(flow: &Flow) -> Value {
    flow.to("Đúng, tiếp tục", "priority");
    flow.to("Không thuộc diện nào", "number");
    flow.number()
}

#[test]
fn a_number_with_the_card_of_2021_and_of_2024_and_of_the_one_aged_80() {
    let flow = Flow::new();
    flow.wants("Chứng thực");
    let sheet = flow.shows_card("card-2021", "2021");
    assert_eq!(part(&sheet, "name")["text"], "Trần Thị Ví Dụ");
    assert_eq!(part(&sheet, "proof")["word"], "proof_verified");
    assert!(!sheet.to_string().contains("001190000017"), "the number is masked: {sheet}");
    let number = on_to_number(&flow);
    assert_eq!((&number["label"], &number["priority"]), (&"A001".into(), &false.into()));
    flow.home();
    // Without PACE.
    flow.wants("Chứng thực");
    let sheet = flow.shows_card("card-2024", "2024");
    assert_eq!(part(&sheet, "proof")["word"], "proof_verified");
    assert_eq!(on_to_number(&flow)["label"], "A002");
    flow.home();
    // By the zone that machines read, in place of the square code.
    flow.wants("Chứng thực");
    let sheet = flow.shows_card("zone-2021", "2021");
    assert_eq!(part(&sheet, "proof")["word"], "proof_verified");
    flow.home();
    // Nobody asks the eldest whether something applies.
    flow.wants("Chứng thực");
    let sheet = flow.shows_card("card-80", "80");
    assert_eq!(part(&sheet, "birth")["text"], "1946");
    flow.to("Đúng, tiếp tục", "number");
    let number = flow.number();
    assert_eq!((&number["label"], &number["priority"]), (&"A003".into(), &true.into()));
    flow.home();
    // Whoever shows no card is served all the same.
    flow.wants("Chứng thực");
    flow.to("Không dùng thẻ", "priority");
    flow.to("Không thuộc diện nào", "number");
    assert_eq!(flow.number()["label"], "A004");
}

#[test]
fn limits_are_kept_kindly_and_cost_no_number() {
    let flow = Flow::new();
    let again = |service: &str| {
        flow.wants(service);
        flow.shows_card("card-2021", "2021");
        flow.to("Đúng, tiếp tục", "priority");
    };
    again("Chứng thực");
    flow.to("Không thuộc diện nào", "number");
    flow.number();
    flow.home();
    again("Chứng thực");
    let sorry = flow.to("Không thuộc diện nào", "sorry");
    assert_eq!((&sorry["reason"], &sorry["about"]), (&"person_service".into(), &"A001".into()), "{sorry}");
    flow.home();
    again("Khai sinh");
    flow.to("Không thuộc diện nào", "number");
    assert_eq!(flow.number()["label"], "B001");
    flow.home();
    again("Đất đai");
    let sorry = flow.to("Không thuộc diện nào", "sorry");
    assert_eq!((&sorry["reason"], &sorry["about"]), (&"person_day".into(), &"2".into()), "{sorry}");
    assert_eq!(flow.bench.tickets().len(), 2, "a refusal takes no number");
    // Another person is not meant.
    flow.home();
    flow.wants("Đất đai");
    flow.shows_card("card-2024", "2024");
    on_to_number(&flow);
}

#[test]
fn a_forged_card_proves_nothing_and_an_unknown_signature_is_said() {
    let flow = Flow::new();
    flow.wants("Chứng thực");
    // The forged contents say an age that would go first.
    let sheet = flow.shows_card("card-2021", "forged");
    assert_eq!(part(&sheet, "proof")["word"], "proof_failed");
    assert_eq!((&sheet["main"], &sheet["also"]), (&"without_card".into(), &"other_card".into()));
    flow.to("Tiếp tục không dùng thẻ", "priority");
    flow.to("Không thuộc diện nào", "number");
    assert_eq!(flow.number()["priority"], false);
    flow.home();
    flow.wants("Khai sinh");
    let sheet = flow.shows_card("card-2021", "unknown");
    let proof = part(&sheet, "proof")["word"].as_str().unwrap();
    assert!(["proof_unverified", "proof_failed"].contains(&proof), "{proof}");
}

#[test]
fn a_card_that_moves_or_is_another_one_is_asked_for_again() {
    let flow = Flow::new();
    let trouble = |what: &str| flow.shows(what, |s| s["now"]["trouble"] == what);
    flow.wants("Chứng thực");
    flow.to("Dùng thẻ", "reader");
    flow.sample("card-2021");
    flow.shows("a card is waited for", |s| s["what"] == "chip");
    flow.card_fault("removed");
    flow.lay("2021");
    trouble("hold_still");
    flow.card_fault("none");
    flow.take_away();
    flow.lay("2021");
    let sheet = flow.shows("the card's sheet", |s| s["kind"] == "card");
    assert_eq!(part(&sheet, "proof")["word"], "proof_verified");
    flow.take_away();

    // Another card than the code's.
    flow.tap_until("Thẻ khác", |s| s["screen"] == "reader");
    flow.sample("card-2024");
    flow.shows("a card is waited for", |s| s["what"] == "chip");
    flow.lay("2021");
    trouble("other_number");
    flow.take_away();
    flow.lay("stranger");
    trouble("other_card");
    flow.take_away();
    flow.card_fault("garbage");
    flow.lay("2024");
    flow.shows("some trouble", |s| s["now"]["trouble"].is_string());
    flow.take_away();
    flow.card_fault("none");
    flow.card_fault("slow");
    flow.lay("2024");
    flow.shows("the slow card's sheet", |s| s["kind"] == "card");
}
