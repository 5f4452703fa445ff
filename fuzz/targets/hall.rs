// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall file, any text. It is read or refused, never worse; what is read keeps every promise that the rest of the
//! program relies on, at any time of any day; what is refused names lines that exist.
#![no_main]

use libfuzzer_sys::fuzz_target;
use motcua_core::day::{Hours, Now, gives_numbers, hours};
use motcua_core::hall::{CardRead, Hall, ICONS, LANGUAGES, SecondFactor, Words};
use motcua_core::queue::{HallNow, State};
use std::collections::BTreeSet;

/// Moments that are hard on calendars: the epoch, a clock before it, a leap day, new year's eve, an ordinary Monday, the
/// last second that the calendar knows, and what lies beyond it.
const MOMENTS_MS: [i64; 9] = [
    0,
    -1,
    1_709_164_799_999,
    1_798_736_399_000,
    1_795_399_500_000,
    253_402_207_199_999,
    253_402_300_799_999,
    i64::MAX,
    i64::MIN,
];

fn words(words: &Words, hall: &Hall, max: usize) {
    for text in words.all() {
        line(text, max);
    }
    for lang in &hall.languages {
        assert!(!words.get(lang).is_empty(), "no text for {lang}");
    }
}

fn line(text: &str, max: usize) {
    assert!(!text.trim().is_empty() && text.chars().count() <= max, "{text:?}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn key(key: &str) {
    assert!((1..=40).contains(&key.len()), "{key:?}");
    assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{key:?}");
}

fn unique<'a>(keys: impl Iterator<Item = &'a String>) {
    let mut seen = BTreeSet::new();
    for key in keys {
        assert!(seen.insert(key), "{key} twice");
    }
}

fn checked(hall: &Hall) {
    key(&hall.id);
    assert!((2..=3).contains(&hall.lines.len()));
    hall.lines.iter().for_each(|text| line(text, 60));
    assert!(!hall.languages.is_empty() && hall.languages.iter().all(|l| LANGUAGES.contains(&l.as_str())));
    unique(hall.languages.iter());
    assert!(hall.utc_offset_minutes.abs() <= 24 * 60, "{}", hall.utc_offset_minutes);
    for day in &hall.hours.week {
        assert!(day.iter().all(|p| p.from < p.to), "{day:?}");
        assert!(day.windows(2).all(|p| p[0].to <= p[1].from), "{day:?}");
    }
    for holiday in &hall.holidays {
        assert!(holiday.from <= holiday.to);
        words(&holiday.name, hall, 60);
    }
    assert!(hall.priority.len() <= 6);
    unique(hall.priority.iter().map(|class| &class.code));
    for class in &hall.priority {
        key(&class.code);
        words(&class.name, hall, 60);
        assert!(ICONS.contains(&class.icon.as_str()));
    }
    services(hall);
    words(&hall.ticket.thanks, hall, 60);
    if let Some(note) = &hall.ticket.note {
        words(note, hall, 120);
    }
    assert!(hall.ticket.qr.contains("{ticket}") && hall.ticket.qr.len() <= 160);
    assert!((15..=600).contains(&hall.kiosk.idle_seconds));
    assert!((5..=120).contains(&hall.kiosk.warning_seconds));
    assert!((5..=300).contains(&hall.kiosk.number_seconds));
}

fn services(hall: &Hall) {
    assert!(!hall.counters.is_empty() && !hall.services.is_empty());
    unique(hall.counters.iter().map(|counter| &counter.id));
    for counter in &hall.counters {
        assert!((1..=4).contains(&counter.id.len()));
        words(&counter.name, hall, 60);
    }
    unique(hall.services.iter().map(|service| &service.code));
    for service in &hall.services {
        key(&service.code);
        words(&service.name, hall, 60);
        assert!(ICONS.contains(&service.icon.as_str()));
        assert!(!service.counters.is_empty());
        unique(service.counters.iter());
        assert!(service.counters.iter().all(|id| hall.counters.iter().any(|c| c.id == *id)));
        assert!(service.daily_cap.is_none_or(|cap| (1..=9999).contains(&cap)));
        assert!(std::ptr::eq(hall.service(&service.code).unwrap(), service));
    }
}

fn citizen(hall: &Hall) {
    unique(hall.services.iter().flat_map(|service| &service.fields));
    unique(hall.services.iter().flat_map(|service| &service.procedures));
    for service in &hall.services {
        for code in &service.procedures {
            assert!(std::ptr::eq(hall.service_for(code, "").unwrap(), service));
        }
    }
    assert!(!hall.cards.limits() || hall.cards.read != CardRead::Never);
    if let Some(bookings) = &hall.bookings {
        assert!((1..=8).contains(&bookings.prefixes.len()));
    }
    if let Some(dossiers) = &hall.dossiers {
        assert!(dossiers.url.is_some() || dossiers.second_factor == SecondFactor::None);
    }
    if let Some(pay) = &hall.pay {
        unique(pay.fees.iter().map(|fee| &fee.code));
        for fee in &pay.fees {
            assert!(pay.account.code(Some(fee.amount), &fee.content).is_ok());
        }
    }
    assert!(hall.faq.len() <= 40);
    for faq in &hall.faq {
        words(&faq.question, hall, 120);
        words(&faq.answer, hall, 900);
    }
    if let Some(post) = &hall.post {
        words(post, hall, 600);
    }
}

fn used(hall: &Hall) {
    for unix_ms in MOMENTS_MS {
        let now = Now::new(unix_ms, hall.utc_offset_minutes, true);
        let hours = hours(hall, now.local);
        let _ = gives_numbers(hall, &hours);
        match hours {
            Hours::Open { until } => assert!(until > now.local),
            Hours::Lunch { opens } => assert!(opens > now.local),
            Hours::Closed { opens } | Hours::Holiday { opens, .. } => {
                assert!(opens.is_none_or(|opens| opens > now.local));
            }
        }
        let shown = HallNow::of(hall, &State::default(), now);
        assert_eq!(shown.services.len(), hall.services.len());
    }
}

fuzz_target!(|data: &[u8]| {
    // Files that are not UTF-8 are refused before they come here.
    let text = String::from_utf8_lossy(data);
    match Hall::parse(&text) {
        Ok(hall) => {
            checked(&hall);
            citizen(&hall);
            used(&hall);
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            let lines = text.split('\n').count();
            for fault in &faults {
                assert!((1..=lines).contains(&fault.line), "line {} of {lines}", fault.line);
                assert!(!fault.message.is_empty());
            }
            assert!(faults.is_sorted_by_key(|fault| fault.line));
        }
    }
});
