// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a scanner read, and what a card's chip holds: anything, as anybody can hold anything before a scanner.
//!
//! Promises that are checked: an answer to everything; what comes out keeps its shape; a personal number never comes out
//! as a code; debug output shows nothing of a person; suffixes of a scanner change nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use motcua_core::scan::{CardQr, Holder, MAX_BYTES, Mrz, Rules, Scan, Unknown, expiries, read};

fn code(code: &str) {
    assert!((3..=50).contains(&code.len()), "{code:?}");
    assert!(code.bytes().all(|b| b.is_ascii_alphanumeric() || b".-/_".contains(&b)), "{code:?}");
    assert!(code.len() < 9 || !code.bytes().all(|b| b.is_ascii_digit()), "a bare number: {code:?}");
}

fn card(card: &CardQr) {
    let shown = format!("{card:?}");
    assert!(!shown.contains(card.number.expose()));
    for text in [&card.name, &card.address].into_iter().flatten().map(|text| text.expose()) {
        assert!(
            !text.is_empty()
                && !text.contains(char::is_control)
                && !text.contains("  ")
                && !text.contains('|')
        );
    }
    assert!(
        card.old_number.as_ref().is_none_or(|old| old.expose().len() == 9 && !shown.contains(old.expose()))
    );
    assert!(card.issued.as_ref().is_none_or(|issued| issued.date().is_some()));
    if let Some(issued) = &card.issued {
        assert!(expiries(&card.birth, issued).len() <= 2);
    }
    assert!(card.warnings.len() <= 8);
}

fuzz_target!(|data: &[u8]| {
    let rules = Rules::default();
    let scan = read(data, &rules);
    match &scan {
        Scan::Card(read) => card(read),
        Scan::Number(number) => assert_eq!(number.expose().len(), 12),
        Scan::Mrz(mrz) => assert_eq!(mrz.access_key().len(), 24),
        Scan::Dossier(text) | Scan::Booking(text) | Scan::Procedure(text) | Scan::Code(text) => code(text),
        Scan::Unknown(unknown) => assert!(!unknown.to_string().is_empty() && !unknown.code().is_empty()),
    }
    assert_eq!(data.len() > MAX_BYTES, scan == Scan::Unknown(Unknown::TooLong));
    if data.len() + 2 <= MAX_BYTES {
        assert_eq!(read(&[data, b"\r\n"].concat(), &rules), scan);
    }
    if let Ok(mrz) = Mrz::from_dg1(data) {
        assert_eq!(mrz.access_key().len(), 24);
    }
    if let Some(holder) = Holder::from_dg13(data) {
        assert!(!format!("{holder:?}").contains(holder.number.expose()));
    }
});
