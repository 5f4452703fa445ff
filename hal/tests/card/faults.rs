// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cards and readers that fail.

use std::time::Duration;

use motcua_hal::card::sim::{Chip, Faults};
use motcua_hal::card::{Advice, CardError, CardEvent, Protocol, ReaderFault};

use super::bench::{MRZ_KEY, alone, can};

#[test]
fn a_card_that_is_taken_away_at_any_command_is_read_when_it_is_back() {
    alone("faults::a_card_that_is_taken_away_at_any_command_is_read_when_it_is_back", |bench| {
        let driver = bench.driver(bench.trust());
        for at in [1, 4, 8, 9, 12, 15] {
            let faults = Faults { remove_at: Some(at), ..Faults::default() };
            let card = bench.insert(&Chip::new(bench.document()), &faults);
            driver.wait_for(&CardEvent::Inserted);
            let error = driver.read(can()).unwrap_err();
            assert!(matches!(error, CardError::Removed), "command {at}: {error:?}");
            assert_eq!(error.advice(), Advice::HoldStill);
            drop(card);
            driver.wait_for(&CardEvent::Removed);
        }
        let _card = bench.insert(&Chip::new(bench.document()), &Faults::default());
        driver.wait_for(&CardEvent::Inserted);
        assert_eq!(driver.read(can()).unwrap().protocol, Protocol::Pace);
    });
}

#[test]
fn noise_from_any_command_on_is_an_error_and_nothing_worse() {
    alone("faults::noise_from_any_command_on_is_an_error_and_nothing_worse", |bench| {
        let driver = bench.driver(bench.trust());
        for from in [1, 2, 3, 5, 7, 8, 9, 12, 15] {
            let faults = Faults { garbage_from: Some(from), ..Faults::default() };
            let card = bench.insert(&Chip::new(bench.document()), &faults);
            driver.wait_for(&CardEvent::Inserted);
            let error = driver.read(can().and_mrz(MRZ_KEY)).unwrap_err();
            let expected = matches!(
                error,
                CardError::Malformed { .. }
                    | CardError::Altered
                    | CardError::NoAccess
                    | CardError::Refused { .. }
            );
            assert!(expected, "command {from}: {error:?}");
            drop(card);
            driver.wait_for(&CardEvent::Removed);
        }
    });
}

#[test]
fn one_changed_bit_under_secure_messaging_is_noticed() {
    alone("faults::one_changed_bit_under_secure_messaging_is_noticed", |bench| {
        let driver = bench.driver(bench.trust());
        // The ninth command is the first under secure messaging: see the list of files in `reading`.
        for at in [9, 11, 14] {
            let faults = Faults { flip_at: Some(at), ..Faults::default() };
            let card = bench.insert(&Chip::new(bench.document()), &faults);
            driver.wait_for(&CardEvent::Inserted);
            let error = driver.read(can()).unwrap_err();
            assert!(matches!(error, CardError::Altered), "command {at}: {error:?}");
            drop(card);
            driver.wait_for(&CardEvent::Removed);
        }
    });
}

#[test]
fn a_slow_card_is_read_and_a_too_slow_one_given_up() {
    alone("faults::a_slow_card_is_read_and_a_too_slow_one_given_up", |bench| {
        let slow = || Faults { delay: Duration::from_millis(60), ..Faults::default() };
        let driver = bench.driver(bench.trust());
        let card = bench.insert(&Chip::new(bench.document()), &slow());
        driver.wait_for(&CardEvent::Inserted);
        assert!(driver.read(can()).unwrap().took > Duration::from_millis(600));
        drop(card);
        driver.wait_for(&CardEvent::Removed);
        drop(driver);
        let driver = bench.driver_with(bench.trust(), Duration::from_millis(300));
        let _card = bench.insert(&Chip::new(bench.document()), &slow());
        driver.wait_for(&CardEvent::Inserted);
        assert!(matches!(driver.read(can()), Err(CardError::Slow)));
    });
}

#[test]
fn a_second_reading_at_once_is_told_to_wait() {
    alone("faults::a_second_reading_at_once_is_told_to_wait", |bench| {
        let driver = bench.driver(bench.trust());
        let faults = Faults { delay: Duration::from_millis(30), ..Faults::default() };
        let _card = bench.insert(&Chip::new(bench.document()), &faults);
        driver.wait_for(&CardEvent::Inserted);
        let (sender, receiver) = std::sync::mpsc::channel();
        driver.handle.read(can(), move |result| sender.send(result.is_ok()).unwrap());
        assert!(matches!(driver.read(can()), Err(CardError::Busy)));
        assert!(receiver.recv_timeout(super::bench::LIMIT).unwrap());
        assert!(driver.read(can()).is_ok());
    });
}

#[test]
fn a_reader_whose_service_ends_is_found_again() {
    alone("faults::a_reader_whose_service_ends_is_found_again", |bench| {
        bench.reader.stop();
        let driver = bench.driver(bench.trust());
        while driver.handle.state().fault != Some(ReaderFault::NoService) {
            driver.events.recv_timeout(super::bench::LIMIT).unwrap();
        }
        assert!(matches!(driver.read(can()), Err(CardError::NoReader)));
        for _ in 0..2 {
            bench.reader.resume().unwrap();
            driver.wait_until_up(true);
            let card = bench.insert(&Chip::new(bench.document()), &Faults::default());
            driver.wait_for(&CardEvent::Inserted);
            assert_eq!(driver.read(can()).unwrap().protocol, Protocol::Pace);
            bench.reader.stop();
            driver.wait_until_up(false);
            let state = driver.handle.state();
            assert!(state.fault.is_some() && !state.card && state.reader.is_empty(), "{state:?}");
            drop(card);
        }
    });
}
