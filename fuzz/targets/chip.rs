// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chip that answers anything. An input that begins with 77 is a document security object, checked against a data group;
//! anything else is the answers to commands, each a length byte and so many bytes, then silence that says 9000.
//!
//! Promises that are checked: an end, without a panic; never a card that was read, as nobody guesses a session's keys; never
//! genuine, as the country whose certificate is installed signed nothing.
#![no_main]

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use motcua_hal::card::sim::Issuer;
use motcua_hal::card::{Access, Authenticity, CardError, CardLink, TrustStore, authenticate, read_card};
use zeroize::Zeroizing;

struct Answers<'a>(&'a [u8]);

impl CardLink for Answers<'_> {
    fn transmit(&mut self, _command: &[u8]) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let Some((&length, rest)) = self.0.split_first() else {
            return Ok(Zeroizing::new(vec![0x90, 0x00]));
        };
        let (answer, rest) = rest.split_at(usize::from(length).min(rest.len()));
        self.0 = rest;
        Ok(Zeroizing::new(answer.to_vec()))
    }

    fn reset(&mut self) -> Result<(), CardError> {
        Ok(())
    }
}

fn trust() -> &'static TrustStore {
    static TRUST: OnceLock<TrustStore> = OnceLock::new();
    TRUST.get_or_init(|| {
        let mut trust = TrustStore::new();
        trust.add(Issuer::new(2099).unwrap().certificate()).unwrap();
        trust
    })
}

fuzz_target!(|data: &[u8]| {
    if data.first() == Some(&0x77) {
        let found = authenticate(Some(data), &[(1, b"\x61\x03\x01\x02\x03")], trust(), SystemTime::now());
        assert_ne!(found, Authenticity::Verified);
        return;
    }
    let access = Access::with_can("000017").and_mrz("190000017490021553002153");
    let mut chip = Answers(data);
    let read = read_card(&mut chip, &access, trust(), SystemTime::now(), Duration::from_secs(20));
    assert!(read.is_err(), "{read:?}");
});
