// SPDX-License-Identifier: MIT OR Apache-2.0
use super::tests_hands::{CARD, Kiosk, NINE_MS, OLD, booked, found};
use super::*;
use crate::citizen::{Away, BookingKey, CardFacts, CardNews, CardTrouble, Proof};
use crate::scan::{Rules, Scan, read};
use crate::view::*;

#[test]
fn nothing_is_read_before_consent_and_without_it_the_number_comes_all_the_same() {
    let mut k = Kiosk::new();
    k.reach_consent();
    assert!(k.scan(CARD).is_empty());
    k.is("consent");
    k.touch(Intent::Decline);
    k.is("priority");
    let effects = k.touch(Intent::Priority(None));
    let [Effect::Issue { person: None, booking: None, booked, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(booked.is_empty());
}

#[test]
fn a_card_shown_unasked_at_home_is_forgotten_and_its_holder_asked() {
    let mut k = Kiosk::new();
    assert!(k.scan(CARD).is_empty());
    k.is("consent");
    assert!(!format!("{:?}", k.session).contains("001190000017"));
    assert_eq!(k.touch(Intent::Agree), [Effect::Scan(true)]);
    k.is("reader");
}

#[test]
fn the_readers_run_only_while_a_screen_waits_for_them() {
    let mut k = Kiosk::new();
    k.reach_consent();
    assert_eq!(k.touch(Intent::Agree), [Effect::Scan(true)]);
    let effects = k.scan(CARD);
    assert!(matches!(effects.as_slice(), [Effect::ReadChip(_), Effect::Scan(false)]), "{effects:?}");
    k.give(Input::Card(CardNews::Laid));
    let Screen::Reader(reader) = k.screen() else { panic!() };
    assert_eq!((reader.what, reader.now), (ReaderWhat::Chip, ReaderNow::Reading));
    assert_eq!(k.touch(Intent::Home), [Effect::ForgetChip]);
    k.is("home");
}

#[test]
fn a_chip_tells_whose_card_it_is_and_how_far_that_is_proven() {
    let mut k = Kiosk::new();
    k.reach_consent();
    k.touch(Intent::Agree);
    k.scan(CARD);
    let Scan::Card(card) = read(CARD.as_bytes(), &Rules::default()) else { panic!() };
    let facts = CardFacts { how: Proof::Verified, ..CardFacts::of_code(&card) };
    assert_eq!(k.give(Input::Card(CardNews::Read(Box::new(facts)))), [Effect::ForgetChip]);
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    let part = |caption| sheet.parts.iter().find(|p| p.caption == caption).cloned().unwrap();
    assert_eq!(part(Caption::Name).text, "Trần Thị Ví Dụ");
    assert_eq!(part(Caption::Number).text, "001******017");
    assert_eq!(part(Caption::Proof).word, PartWord::ProofVerified);
}

#[test]
fn a_chip_that_fails_its_check_counts_for_nothing() {
    let mut k = Kiosk::new();
    k.reach_consent();
    k.touch(Intent::Agree);
    k.scan(OLD);
    let Scan::Card(card) = read(OLD.as_bytes(), &Rules::default()) else { panic!() };
    let facts = CardFacts { how: Proof::Failed, ..CardFacts::of_code(&card) };
    k.give(Input::Card(CardNews::Read(Box::new(facts))));
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    assert_eq!((sheet.main, sheet.also), (Deed::WithoutCard, Deed::OtherCard));
    k.touch(Intent::Main);
    // Self-declared, as without a card.
    k.is("priority");
    let effects = k.touch(Intent::Priority(None));
    assert!(
        matches!(effects.as_slice(), [Effect::Issue { person: None, priority: false, .. }]),
        "{effects:?}"
    );
}

#[test]
fn age_gives_priority_and_the_person_is_counted() {
    let mut k = Kiosk::new();
    let effects = k.with_code(OLD);
    let [Effect::Bookings { ask, by: BookingKey::Card(number) }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(number.expose(), "079045000024");
    let effects = k.give(Input::Bookings { ask: *ask, found: Ok(vec![booked("LH-1", 14)]) });
    let [Effect::Issue { command, priority: true, person: Some(person), booked, .. }] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    // The id of the number is the touch's own.
    assert_eq!(
        (command, person.expose(), booked.as_slice()),
        (ask, "079045000024", ["LH-1".to_owned()].as_slice())
    );
    k.is("preparing");
    assert!(!format!("{:?}", k.session).contains("079045000024"));
}

#[test]
fn the_young_are_asked_and_a_silent_hub_keeps_nobody_from_a_number() {
    let mut k = Kiosk::new();
    let effects = k.with_code(CARD);
    let [Effect::Bookings { ask, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(k.give(Input::Bookings { ask: *ask, found: Err(Away::Silent) }).is_empty());
    k.is("priority");
    let effects = k.touch(Intent::Priority(Some("disabled".into())));
    assert!(
        matches!(effects.as_slice(), [Effect::Issue { priority: true, person: Some(_), .. }]),
        "{effects:?}"
    );
}

#[test]
fn a_hall_that_does_not_count_sends_nobody_along() {
    let mut k = Kiosk::with(|hall| (hall.cards.per_day, hall.cards.per_service) = (None, None));
    let effects = k.with_code(OLD);
    assert!(
        matches!(effects.as_slice(), [Effect::Issue { priority: true, person: None, .. }]),
        "{effects:?}"
    );
    let mut k = Kiosk::with(|hall| hall.cards = crate::hall::Cards::default());
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    k.is("priority");
}

#[test]
fn the_hub_refuses_who_has_his_numbers_already() {
    let refusals = [
        (Refusal::PersonDay { given: 2 }, SorryReason::PersonDay),
        (
            Refusal::PersonService { service: "certify".into(), label: "A007".into() },
            SorryReason::PersonService,
        ),
    ];
    for (refusal, reason) in refusals {
        let mut k = Kiosk::new();
        let Some(Effect::Bookings { ask, .. }) = k.with_code(OLD).pop() else { panic!() };
        let Some(Effect::Issue { command, .. }) = k.give(Input::Bookings { ask, found: Ok(vec![]) }).pop()
        else {
            panic!()
        };
        k.give(Input::Refused { command, refusal });
        let Screen::Sorry(sorry) = k.screen() else { panic!("{:?}", k.screen()) };
        assert_eq!(sorry.reason, reason);
        k.touch(Intent::Main);
        k.is("home");
    }
}

#[test]
fn a_booking_becomes_a_number_in_its_time() {
    for (from, screen) in [(9, "priority"), (14, "sorry"), (7, "sorry")] {
        let mut k = Kiosk::new();
        k.touch(Intent::Booking);
        let Some(Effect::Bookings { ask, by }) = k.scan("lh-0123").into_iter().next() else { panic!() };
        assert_eq!(by, BookingKey::Code("LH-0123".into()));
        k.give(Input::Bookings { ask, found: Ok(vec![booked("LH-0123", from)]) });
        k.is("list");
        k.choose("LH-0123");
        k.is(screen);
        if screen == "priority" {
            let effects = k.touch(Intent::Priority(None));
            let [Effect::Issue { booking: Some(code), service, .. }] = effects.as_slice() else {
                panic!("{effects:?}")
            };
            assert_eq!((code.as_str(), service.as_str()), ("LH-0123", "certify"));
        }
    }
}

#[test]
fn a_booking_is_found_by_card_after_consent() {
    let mut k = Kiosk::new();
    k.touch(Intent::Booking);
    k.touch(Intent::UseCard);
    let Screen::Consent(consent) = k.screen() else { panic!() };
    assert_eq!(consent.purpose, Purpose::Booking);
    k.touch(Intent::Agree);
    k.scan(CARD);
    k.give(Input::Card(CardNews::Failed(CardTrouble::Reader)));
    let Some(Effect::Bookings { ask, by: BookingKey::Card(_) }) = k.touch(Intent::Main).pop() else {
        panic!()
    };
    k.give(Input::Bookings { ask, found: Ok(Vec::new()) });
    let Screen::Sorry(sorry) = k.screen() else { panic!() };
    assert_eq!(sorry.reason, SorryReason::NoBooking);
}

#[test]
fn an_answer_to_an_older_question_shows_nothing() {
    let mut k = Kiosk::new();
    let Some(Effect::Dossier { ask, .. }) = k.scan("H56.14-261103-0007").pop() else { panic!() };
    k.touch(Intent::Home);
    k.give(Input::Dossier { ask, answer: found(true) });
    k.is("home");
}

#[test]
fn a_receipt_leads_to_its_dossier_and_a_late_one_to_the_apology() {
    let mut k = Kiosk::new();
    let link = "https://dvc.example.gov.vn/tra-cuu?SGT=001190000017&MHS=H56.14-261103-0007";
    let Some(Effect::Dossier { ask, code, factor: None }) = k.scan(link).pop() else { panic!() };
    assert_eq!(code, "H56.14-261103-0007");
    k.give(Input::Dossier { ask, answer: found(true) });
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    assert_eq!((sheet.kind, sheet.main), (SheetKind::Dossier, Deed::PrintApology));
    let Some(Effect::Print { ask, paper, .. }) = k.touch(Intent::Main).pop() else { panic!() };
    assert!(matches!(*paper, Paper::Apology { procedure: Some(_), .. }));
    assert!(k.touch(Intent::Main).is_empty(), "one wish is one paper");
    k.give(Input::Sheet { ask, step: PaperStep::Take });
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    assert_eq!(sheet.paper, Some(PaperStep::Take));
}

#[test]
fn the_second_factor_is_asked_where_the_hall_wants_it() {
    let mut k = Kiosk::with(|hall| {
        hall.dossiers.as_mut().unwrap().second_factor = crate::hall::SecondFactor::NumberEnd;
    });
    assert!(k.scan("H56.14-261103-0007").is_empty());
    for key in "0a017".chars() {
        k.touch(Intent::Sign(key));
    }
    let Some(Effect::Dossier { factor: Some(factor), .. }) = k.touch(Intent::Send).pop() else { panic!() };
    assert_eq!(factor.expose(), "0017");
    assert!(!format!("{:?}", k.session).contains("0017"));
}

#[test]
fn what_to_bring_leads_to_a_checklist_and_straight_to_a_number() {
    let mut k = Kiosk::new();
    k.touch(Intent::WhatToBring);
    k.choose("G15-HT01");
    k.choose("1.001193");
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    assert_eq!((sheet.main, sheet.also), (Deed::TakeNumber, Deed::PrintChecklist));
    let Some(Effect::Print { paper, .. }) = k.touch(Intent::Also).pop() else { panic!() };
    assert!(matches!(*paper, Paper::Checklist(_)));
    k.touch(Intent::Main);
    k.is("consent");
    k.touch(Intent::Decline);
    k.is("priority");
    k.touch(Intent::Back);
    k.is("sheet");
    k.touch(Intent::Back);
    k.is("list");
}

#[test]
fn a_procedure_without_a_service_says_so() {
    let mut k = Kiosk::new();
    k.scan("9.999999");
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    assert_eq!(sheet.main, Deed::None);
    k.touch(Intent::Home);
    k.scan("1.000001");
    let Screen::Sorry(sorry) = k.screen() else { panic!() };
    assert_eq!(sorry.reason, SorryReason::NoProcedure);
}

#[test]
fn feedback_needs_no_contact_and_is_forgotten_once_it_is_kept() {
    let mut k = Kiosk::new();
    k.touch(Intent::Feedback);
    k.choose("report");
    for key in "Tooi chowf ddaats ddai".chars() {
        k.touch(if key == ' ' { Intent::Sign(key) } else { Intent::Key(key) });
    }
    k.touch(Intent::Send);
    let Screen::Consent(consent) = k.screen() else { panic!() };
    assert_eq!(consent.purpose, Purpose::Contact);
    let Some(Effect::Feedback { ask, feedback }) = k.touch(Intent::Decline).pop() else { panic!() };
    assert_eq!((feedback.text.expose(), feedback.contact.is_none()), ("Tôi chờ đất đai", true));
    let effects = k.give(Input::FeedbackKept { ask, code: Some("PA-7K3F-92QM".into()) });
    assert!(matches!(effects.as_slice(), [Effect::Print { .. }]), "{effects:?}");
    let Screen::Kept(kept) = k.screen() else { panic!() };
    assert_eq!((kept.code.as_str(), kept.with_contact), ("PA-7K3F-92QM", false));
    k.touch(Intent::Back);
    k.is("home");
}

#[test]
fn feedback_that_was_not_kept_is_still_there_to_be_sent_again() {
    let mut k = Kiosk::new();
    k.touch(Intent::Feedback);
    k.choose("proposal");
    "Nen mo cua som hon".chars().for_each(|key| drop(k.touch(Intent::Sign(key))));
    k.touch(Intent::Send);
    k.touch(Intent::Agree);
    "0912345678".chars().for_each(|key| drop(k.touch(Intent::Sign(key))));
    let Some(Effect::Feedback { ask, feedback }) = k.touch(Intent::Send).pop() else { panic!() };
    assert!(feedback.contact.is_some());
    k.give(Input::FeedbackKept { ask, code: None });
    k.is("sorry");
    k.touch(Intent::Main);
    let Some(Effect::Feedback { feedback: again, .. }) = k.touch(Intent::Send).pop() else { panic!() };
    assert_eq!(again.text, feedback.text);
}

#[test]
fn an_idle_kiosk_forgets_what_was_typed_and_whose_card_it_was() {
    let mut k = Kiosk::new();
    k.with_code(CARD);
    k.at.steady_ms += 200_000;
    k.give(Input::Tick);
    k.is("home");
    let fresh = Session::new(k.session.hall.clone(), k.at);
    assert_eq!((&k.session.visit, &k.session.step), (&fresh.visit, &fresh.step));
}

#[test]
fn a_closed_hall_still_answers_questions() {
    let mut k = Kiosk::new();
    // Saturday evening.
    k.at.now = Now::new(NINE_MS + (5 * 24 + 11) * 3_600_000, 420, true);
    let now = HallNow::of(&k.session.hall, &crate::queue::State::default(), k.at.now);
    k.give(Input::Hall(Box::new(now)));
    k.is("refused");
    k.touch(Intent::Information);
    let Screen::List(list) = k.screen() else { panic!() };
    assert_eq!((list.rows[0].word, list.rows[1].word), (RowWord::Papers, RowWord::Dossier));
    k.choose("papers");
    k.choose("G15-HT01");
    k.choose("1.001193");
    // No number can be had, so none is offered.
    let Screen::Sheet(sheet) = k.screen() else { panic!() };
    assert_eq!((sheet.main, sheet.also), (Deed::None, Deed::PrintChecklist));
}

#[test]
fn without_a_hub_questions_are_answered_all_the_same() {
    let mut k = Kiosk::with(|hall| hall.cards = crate::hall::Cards::default());
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    k.touch(Intent::Priority(None));
    k.at.steady_ms += HUB_PATIENCE_MS;
    k.give(Input::Tick);
    k.is("out_of_order");
    k.touch(Intent::Information);
    k.is("list");
    k.touch(Intent::Home);
    k.give(Input::HubAway);
    k.is("out_of_order");
    k.touch(Intent::Information);
    k.choose("feedback");
    k.choose("praise");
    k.is("entry");
}

#[test]
fn every_wrong_code_gets_its_own_sentence() {
    for (text, expected) in [
        (CARD, Unfit::Card),
        ("123456789", Unfit::OldCard),
        ("motcua:ngo-quyen/2026-11-23/A017/00000000000000000000000000000007", Unfit::Ticket),
        ("https://example.com", Unfit::Other),
        ("001190000017|", Unfit::Again),
    ] {
        let mut k = Kiosk::new();
        k.touch(Intent::Booking);
        k.scan(text);
        let Screen::Reader(reader) = k.screen() else { panic!("{text}") };
        assert_eq!(reader.now, ReaderNow::Unfit(expected), "{text}");
    }
}

#[test]
fn another_code_of_the_hall_leads_to_what_it_is_about() {
    let mut k = Kiosk::new();
    k.touch(Intent::Dossier);
    k.scan("1.001193");
    assert!(matches!(k.screen(), Screen::Sheet(sheet) if sheet.title == "Đăng ký khai sinh"));
    k.touch(Intent::Back);
    k.is("reader");
    let asked = k.scan("LH-7");
    assert!(matches!(asked[..], [Effect::Bookings { .. }, Effect::Scan(false)]), "{asked:?}");
    k.touch(Intent::Home);
    k.touch(Intent::Booking);
    let asked = k.scan("H56.14-240823-0001");
    assert!(matches!(asked[..], [Effect::Dossier { .. }, Effect::Scan(false)]), "{asked:?}");
}

#[test]
fn a_number_typed_in_place_of_a_code_goes_nowhere() {
    let mut k = Kiosk::new();
    for (start, reason) in
        [(Intent::Booking, SorryReason::NoBooking), (Intent::Dossier, SorryReason::NoDossier)]
    {
        k.touch(start);
        k.touch(Intent::TypeInstead);
        for digit in "001190000017".chars() {
            k.touch(Intent::Sign(digit));
        }
        assert!(k.touch(Intent::Send).is_empty());
        let screen = k.screen();
        assert!(matches!(&screen, Screen::Sorry(sorry) if sorry.reason == reason && sorry.about.is_empty()));
        k.touch(Intent::Home);
    }
}
