// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cards that are read, in every way that opens them.

use std::time::Instant;

use motcua_hal::card::sim::{Chip, Faults};
use motcua_hal::card::{Access, Authenticity, CardError, CardEvent, Protocol, Unproven};

use super::bench::{Bench, CAN, MRZ_KEY, alone, can};

/// EF.CardAccess, then DG1, DG13 and the document security object: nothing else, and never a face or a finger.
const BY_PACE: [u16; 4] = [0x011C, 0x0101, 0x010D, 0x011D];

fn opens(bench: &Bench, chip: &Chip, access: Access, protocol: Protocol) -> Vec<u16> {
    let driver = bench.driver(bench.trust());
    let card = bench.insert(chip, &Faults::default());
    driver.wait_for(&CardEvent::Inserted);
    let data = driver.read(access).unwrap();
    assert_eq!((data.protocol, data.authenticity), (protocol, Authenticity::Verified));
    let document = bench.document();
    assert_eq!((data.dg1.as_slice(), data.dg13.unwrap().as_slice()), (document.dg1(), document.dg13()));
    let selected = card.selected();
    drop(card);
    driver.wait_for(&CardEvent::Removed);
    selected
}

#[test]
fn a_card_is_opened_with_its_number_and_only_two_groups_are_read() {
    alone("reading::a_card_is_opened_with_its_number_and_only_two_groups_are_read", |bench| {
        let selected = opens(bench, &Chip::new(bench.document()), can(), Protocol::Pace);
        assert_eq!(selected, BY_PACE);
    });
}

#[test]
fn a_card_that_wants_its_master_file_first_is_given_it() {
    alone("reading::a_card_that_wants_its_master_file_first_is_given_it", |bench| {
        let chip = Chip::new(bench.document()).with_master_file();
        let selected = opens(bench, &chip, can(), Protocol::Pace);
        assert_eq!(selected, [[0x011C, 0x3F00].as_slice(), &BY_PACE].concat());
    });
}

#[test]
fn a_card_without_pace_is_opened_with_its_zone() {
    alone("reading::a_card_without_pace_is_opened_with_its_zone", |bench| {
        let chip = Chip::new(bench.document()).without_pace();
        // The second of two zones, as for a birthday on 29 February.
        let access = can().and_mrz("190000017490022893002283").and_mrz(MRZ_KEY);
        let selected = opens(bench, &chip, access, Protocol::Bac);
        assert_eq!(selected, [[0x011C].as_slice(), &BY_PACE].concat(), "EF.CardAccess is looked for twice");
    });
}

#[test]
fn a_number_that_is_refused_gives_way_to_the_zone() {
    alone("reading::a_number_that_is_refused_gives_way_to_the_zone", |bench| {
        let access = Access::with_can("999999").and_mrz(MRZ_KEY);
        opens(bench, &Chip::new(bench.document()), access, Protocol::Bac);
    });
}

#[test]
fn every_curve_and_cipher_opens_a_card() {
    alone("reading::every_curve_and_cipher_opens_a_card", |bench| {
        for (number, bits) in [(12, 128), (12, 112), (13, 192), (13, 256), (15, 256), (16, 192), (18, 128)] {
            let chip = Chip::new(bench.document()).with_pace(number, bits).unwrap();
            opens(bench, &chip, can(), Protocol::Pace);
        }
    });
}

#[test]
fn what_does_not_open_a_card_is_said() {
    alone("reading::what_does_not_open_a_card_is_said", |bench| {
        let driver = bench.driver(bench.trust());
        driver.wait_until_up(true);
        assert!(matches!(driver.read(can()), Err(CardError::NoCard)));
        let card = bench.insert(&Chip::new(bench.document()), &Faults::default());
        driver.wait_for(&CardEvent::Inserted);
        assert!(matches!(driver.read(Access::with_can("000018")), Err(CardError::WrongAccess)));
        let both = Access::with_can("000018").and_mrz("190000018490021553002153");
        assert!(matches!(driver.read(both), Err(CardError::WrongAccess)));
        // The card is as good as before.
        assert_eq!(driver.read(can()).unwrap().protocol, Protocol::Pace);
        drop(card);
        driver.wait_for(&CardEvent::Removed);
        let card = bench.insert(&Chip::new(bench.document()).without_pace(), &Faults::default());
        driver.wait_for(&CardEvent::Inserted);
        assert!(matches!(driver.read(can()), Err(CardError::NoAccess)));
        drop(card);
    });
}

#[test]
fn from_the_card_laid_down_to_its_contents_takes_less_than_two_seconds() {
    alone("reading::from_the_card_laid_down_to_its_contents_takes_less_than_two_seconds", |bench| {
        let driver = bench.driver(bench.trust());
        driver.wait_until_up(true);
        // vpcd listens now.
        let first = bench.insert(&Chip::new(bench.document()), &Faults::default());
        driver.wait_for(&CardEvent::Inserted);
        drop(first);
        driver.wait_for(&CardEvent::Removed);
        let begun = Instant::now();
        let _card = bench.insert(&Chip::new(bench.document()), &Faults::default());
        driver.wait_for(&CardEvent::Inserted);
        let seen = begun.elapsed();
        let data = driver.read(can()).unwrap();
        let all = begun.elapsed();
        println!("laid down to seen {seen:?}, to read {all:?}, of which reading {:?}", data.took);
        assert!(all.as_millis() < 2000, "{all:?}");
    });
}

#[test]
fn nothing_of_a_person_is_in_what_is_logged_of_a_reading() {
    alone("reading::nothing_of_a_person_is_in_what_is_logged_of_a_reading", |bench| {
        let driver = bench.driver(motcua_hal::card::TrustStore::new());
        let _card = bench.insert(&Chip::new(bench.document()), &Faults::default());
        driver.wait_for(&CardEvent::Inserted);
        let access = can().and_mrz(MRZ_KEY);
        let shown = format!("{access:?}");
        let data = driver.read(access).unwrap();
        assert_eq!(data.authenticity, Authenticity::Unverified(Unproven::NoCertificates));
        let shown = format!("{shown} {data:?}");
        for secret in [CAN, "190000017", "TRAN", "900215", "Ví Dụ"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    });
}
