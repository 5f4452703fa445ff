// SPDX-License-Identifier: MIT OR Apache-2.0
//! The made-up province: a catalogue, bookings of the next three days, dossiers
//! in every status. Every person in it is made up; identity numbers begin with
//! 001, as Hà Nội's do, and go on with a counter.

use jiff::ToSpan;
use jiff::civil::Date;
use motcua_link::province::input::Input;
use motcua_link::province::input::{BOOKINGS, BookingIn, Media, read};
use motcua_link::province::{Catalogue, Dossier, Dossiers, Kind, Procedure, Status, Words};
use serde_json::json;

/// Procedures as a provincial system would export them. Codes as far as they are public; where a line has no public
/// code its number is made up.
pub const CATALOGUE: &str = include_str!("catalogue.csv");
/// Bookings on each day.
const A_DAY: usize = 24;

/// The document that the reference system serves.
pub fn text(kind: Kind, site: &str, today: Date, procedures: usize) -> String {
    match kind {
        Kind::Catalogue => serde_json::to_string(&catalogue(procedures)).unwrap_or_default(),
        Kind::Bookings => {
            json!({ "format": BOOKINGS, "site": site, "bookings": bookings(site, today) }).to_string()
        }
        Kind::Dossiers => serde_json::to_string(&dossiers(site, today)).unwrap_or_default(),
    }
}

/// The sample, with as many more that a province may have.
pub fn catalogue(procedures: usize) -> Catalogue {
    let day = Date::constant(2026, 11, 26);
    let mut found = match read(Kind::Catalogue, "", CATALOGUE.as_bytes(), Media::Csv, day) {
        Ok(Input::Catalogue(catalogue)) => catalogue,
        _ => Catalogue { format: Kind::Catalogue.format().into(), procedures: Vec::new() },
    };
    let own = found.procedures.clone();
    for (at, model) in (own.len()..procedures).zip(own.iter().cycle()) {
        let name =
            Words { vi: format!("{} (trường hợp {at})", model.name.vi), en: model.name.en.clone() };
        let more = Procedure { code: format!("3.{:06}", 900_000 + at), name, ..model.clone() };
        found.procedures.push(more);
    }
    found
}

/// Bookings of today and the two days after.
pub fn bookings(site: &str, today: Date) -> Vec<BookingIn> {
    let services = ["certify", "birth", "marriage", "land", "building", "business"];
    let mut out = Vec::new();
    for ahead in 0..3_i64 {
        let day = today.saturating_add(ahead.days());
        for n in 0..A_DAY {
            let minutes = 7 * 60 + 30 + n * 20;
            let clock = |m: usize| format!("{:02}:{:02}", m / 60, m % 60);
            out.push(BookingIn {
                code: format!("LH{}-{}{:03}", day.strftime("%y%m%d"), short(site), n + 1),
                service: services.get(n % services.len()).map(|s| (*s).to_owned()),
                procedure: None,
                day,
                from: clock(minutes),
                to: clock(minutes + 20),
                // One in four booked without naming a card.
                id_number: (n % 4 != 3).then(|| format!("0010990{ahead}{n:04}")),
            });
        }
    }
    // That of the bench's sample card, all day, so that it can be tried whenever somebody looks.
    out.push(BookingIn {
        code: "LH-7".into(),
        service: Some("certify".into()),
        procedure: None,
        day: today,
        from: "07:45".into(),
        to: "17:00".into(),
        id_number: Some("001190000017".into()),
    });
    out
}

fn short(site: &str) -> String {
    site.split('-').filter_map(|w| w.chars().next()).collect::<String>().to_ascii_uppercase()
}

/// Dossiers in every status, two of them late.
pub fn dossiers(site: &str, today: Date) -> Dossiers {
    let procedures = ["1.001193", "1.000894", "2.000815", "1.001612", "1.004194", "1.001776"];
    let mut dossiers = Vec::new();
    for n in 0..40_u16 {
        let number = u8::try_from(n % 10).unwrap_or(0) + 1;
        let Some(status) = Status::new(number) else { continue };
        let received = today.saturating_sub(i64::from(n % 17 + 1).days());
        let allowed = if n % 13 == 3 { 2 } else { 20 };
        let due = received.saturating_add(allowed.days());
        let late = status.is_open() && due < today;
        let next = next(number);
        dossiers.push(Dossier {
            code: format!("H56.{}-{}-{:04}", site.len() % 90 + 10, received.strftime("%y%m%d"), n + 1),
            procedure: procedures.get(usize::from(n) % procedures.len()).map_or("1.001193", |p| p).to_owned(),
            status,
            received: Some(received),
            due: Some(due),
            late: Some(late),
            new_due: late.then(|| today.saturating_add(3.days())),
            next,
        });
    }
    // That of the bench's sample receipt: late, with a new day.
    dossiers.extend(Status::new(4).map(|status| Dossier {
        code: "H56.14-240823-0001".into(),
        procedure: "1.001193".into(),
        status,
        received: Some(today.saturating_sub(20.days())),
        due: Some(today.saturating_sub(4.days())),
        late: Some(true),
        new_due: Some(today.saturating_add(3.days())),
        next: None,
    }));
    Dossiers { format: Kind::Dossiers.format().into(), site: site.into(), dossiers }
}

fn next(status: u8) -> Option<Words> {
    let (vi, en) = match status {
        3 => (
            "Mời ông/bà đến quầy để được hướng dẫn lại.",
            "Please come to the desk; we explain what is needed.",
        ),
        5 => (
            "Mời ông/bà bổ sung giấy tờ theo phiếu yêu cầu.",
            "Please bring the papers that the letter names.",
        ),
        6 => ("Mời ông/bà nộp phí, lệ phí tại quầy thu.", "Please pay the fee at the cashier's desk."),
        9 => ("Mời ông/bà đến nhận kết quả.", "Please come and collect the result."),
        _ => return None,
    };
    Some(Words { vi: vi.into(), en: Some(en.into()) })
}
