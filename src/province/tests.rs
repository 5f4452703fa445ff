// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use motcua_link::province::{BookingDay, DayKey, mark};

struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        let dir = std::env::temp_dir().join(format!("motcua-province-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn bookings() -> String {
    let days = ["2026-11-25", "2026-11-26", "2026-11-27"].map(|d| {
        let key = DayKey::random().unwrap();
        let card = Some(mark(&key, "ngo-quyen", d, "001099012345"));
        let (code, service) = (format!("LH-{d}"), Some("birth".into()));
        let (from, to) = ("08:00".into(), "08:30".into());
        let booking = Booking { code, service, procedure: None, from, to, card };
        BookingDay { day: day(d), key: key.hex(), bookings: vec![booking] }
    });
    let all = Bookings { format: "motcua.bookings.v1".into(), site: "ngo-quyen".into(), days: days.to_vec() };
    serde_json::to_string(&all).unwrap()
}

fn file(dir: &Dir) -> String {
    std::fs::read_to_string(dir.0.join("province/bookings.json")).unwrap()
}

#[test]
fn bookings_outlive_a_restart_and_end_with_their_day() {
    let dir = Dir::new();
    let province = Province::open(&dir.0, "ngo-quyen");
    let (text, today) = (bookings(), day("2026-11-26"));
    let held = province.take((Kind::Bookings, 7, &digest(&text)), &text, Some(today), 5).unwrap();
    assert_eq!((held.version, held.entries), (7, 2));
    assert!(!file(&dir).contains("2026-11-25"), "a day that is over is not written");
    for again in [province.clone(), Province::open(&dir.0, "ngo-quyen")] {
        assert_eq!(again.held(Kind::Bookings), Some(held.clone()));
        assert_eq!(again.booking(today, "lh-2026-11-26").unwrap().code, "LH-2026-11-26");
        assert_eq!(again.booking(today, "LH-2026-11-27"), None, "tomorrow's");
        assert_eq!(again.bookings_of_card(today, "001099012345").len(), 1);
        assert!(again.bookings_of_card(today, "001099012346").is_empty());
    }
    assert!(province.forget_before(day("2026-11-27")).unwrap());
    assert!(!province.forget_before(day("2026-11-27")).unwrap());
    assert!(!file(&dir).contains("2026-11-26\""), "{}", file(&dir));
    let again = Province::open(&dir.0, "ngo-quyen");
    assert_eq!(again.held(Kind::Bookings).map(|h| (h.version, h.entries)), Some((7, 1)));
    assert!(again.booking(today, "LH-2026-11-26").is_none());
}

#[test]
fn what_is_wrong_is_refused_and_what_was_there_serves_on() {
    let dir = Dir::new();
    let province = Province::open(&dir.0, "ngo-quyen");
    let text = bookings();
    province.take((Kind::Bookings, 1, &digest(&text)), &text, None, 5).unwrap();
    let other = text.replace("ngo-quyen", "hong-bang");
    for (text, announced) in [(&other, digest(&other)), (&text, digest(&other))] {
        let wrong = province.take((Kind::Bookings, 2, &announced), text, None, 6);
        assert!(matches!(wrong, Err(TakeError::Wrong(_))), "{wrong:?}");
    }
    assert_eq!(province.held(Kind::Bookings).unwrap().version, 1);
    // A damaged file is left out and does not stop the hub.
    let path = dir.0.join("province/bookings.json");
    std::fs::write(&path, file(&dir).replace("LH-", "HL-")).unwrap();
    assert_eq!(Province::open(&dir.0, "ngo-quyen").held(Kind::Bookings), None);
    std::fs::write(&path, "no").unwrap();
    assert_eq!(Province::open(&dir.0, "ngo-quyen").held(Kind::Bookings), None);
}
