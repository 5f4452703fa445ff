// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits of one person and check-in of bookings, one rule each.
use super::tests::Driver;
use super::*;
use crate::citizen::Mark;
use crate::hall::BookingQueue;

fn mark(of: u32, booked: &[&str]) -> Option<Mark> {
    Some(Mark { mark: format!("{of:064x}"), booked: booked.iter().map(|b| (*b).to_owned()).collect() })
}

fn take(
    d: &mut Driver,
    service: &str,
    person: Option<Mark>,
    booking: Option<&str>,
) -> Result<Ticket, Refusal> {
    let command = Command::Issue {
        service: service.into(),
        priority: false,
        lang: "vi".into(),
        person,
        booking: booking.map(str::to_owned),
    };
    let events = d.run(&command)?;
    let Some(Event::Issued { ticket }) = events.last() else { panic!("{events:?}") };
    if let Some(kept) = Kept::of(&d.hall, &command) {
        d.state.keep(ticket.id, kept);
    }
    Ok((**ticket).clone())
}

#[test]
fn one_a_service_and_two_a_day_and_a_voided_one_frees_its_place() {
    let mut d = Driver::new();
    let first = take(&mut d, "certify", mark(1, &[]), None).unwrap();
    let again = take(&mut d, "certify", mark(1, &[]), None);
    assert_eq!(again, Err(Refusal::PersonService { service: "certify".into(), label: first.label.clone() }));
    take(&mut d, "birth", mark(1, &[]), None).unwrap();
    assert_eq!(take(&mut d, "land", mark(1, &[]), None), Err(Refusal::PersonDay { given: 2 }));
    // Others, and whoever shows no card, are not counted.
    take(&mut d, "certify", mark(2, &[]), None).unwrap();
    take(&mut d, "certify", None, None).unwrap();
    d.run(&Command::Void { ticket: first.id, reason: "left".into() }).unwrap();
    take(&mut d, "certify", mark(1, &[]), None).unwrap();
    // The next day begins anew.
    d.at("2026-11-24T09:00:00");
    take(&mut d, "certify", mark(1, &[]), None).unwrap();
}

#[test]
fn both_channels_count_together() {
    let mut d = Driver::new();
    let booked = &["LH-1", "LH-2"];
    assert_eq!(take(&mut d, "land", mark(1, booked), None), Err(Refusal::PersonDay { given: 2 }));
    // Checked in without a card: his all the same.
    take(&mut d, "certify", None, Some("LH-1")).unwrap();
    let served = take(&mut d, "certify", mark(1, booked), None);
    assert_eq!(served, Err(Refusal::PersonService { service: "certify".into(), label: "A001".into() }));
    assert_eq!(take(&mut d, "land", mark(1, booked), None), Err(Refusal::PersonDay { given: 2 }));
    take(&mut d, "birth", mark(1, booked), Some("LH-2")).unwrap();
    assert_eq!(take(&mut d, "land", mark(1, booked), None), Err(Refusal::PersonDay { given: 2 }));
}

#[test]
fn bookings_do_not_stand_in_each_others_way() {
    let mut d = Driver::new();
    let booked = &["LH-1", "LH-2", "LH-3"];
    take(&mut d, "certify", mark(1, booked), Some("LH-1")).unwrap();
    take(&mut d, "birth", mark(1, booked), Some("LH-2")).unwrap();
    let third = take(&mut d, "land", mark(1, booked), Some("LH-3"));
    assert_eq!(third, Err(Refusal::PersonDay { given: 2 }));
}

#[test]
fn a_booking_is_checked_in_once_and_stands_where_the_hall_says() {
    let mut d = Driver::new();
    let ticket = take(&mut d, "certify", None, Some("LH-1")).unwrap();
    assert!(!ticket.priority);
    let again = take(&mut d, "birth", None, Some("LH-1"));
    assert_eq!(again, Err(Refusal::BookingUsed { label: ticket.label }));
    d.run(&Command::Void { ticket: ticket.id, reason: "left".into() }).unwrap();
    d.hall.bookings.as_mut().unwrap().queue = BookingQueue::Priority;
    assert!(take(&mut d, "birth", None, Some("LH-1")).unwrap().priority);
    assert!(!take(&mut d, "birth", None, None).unwrap().priority);
}

#[test]
fn without_limits_nothing_is_counted_and_no_mark_is_kept() {
    let mut d = Driver::new();
    (d.hall.cards.per_day, d.hall.cards.per_service) = (None, None);
    for _ in 0..3 {
        take(&mut d, "certify", mark(1, &["LH-1"]), None).unwrap();
    }
    assert!(d.state.kept.is_empty());
    d.hall.cards.per_day = Some(2);
    take(&mut d, "certify", mark(1, &[]), None).unwrap();
}

#[test]
fn what_is_no_mark_is_refused_and_nothing_of_it_is_said() {
    let mut d = Driver::new();
    let number = |text: &str| Some(Mark { mark: text.into(), booked: vec![] });
    let long = "A".repeat(64);
    for (person, booking) in [
        (number("001090000001"), None),
        (number(&long), None),
        (mark(1, &["nguyễn văn a"]), None),
        (None, Some("lh-1")),
        (None, Some("001090000001")),
    ] {
        assert_eq!(take(&mut d, "certify", person, booking), Err(Refusal::BadMark));
    }
    let person = mark(0xabcdef, &["LH-77"]);
    let command = Command::Issue {
        service: "certify".into(),
        priority: false,
        lang: "vi".into(),
        person,
        booking: None,
    };
    d.state.keep(Uuid::nil(), Kept::of(&d.hall, &command).unwrap());
    let said = format!("{command:?} {:?}", d.state);
    assert!(!said.contains("abcdef") && !said.contains("LH-77"), "{said}");
}
