// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use proptest::prelude::*;

const PROCEDURE: &str = r#"{"code":"1.001193","name":{"vi":"Đăng ký khai sinh","en":"Birth registration"},
 "field":{"code":"G15-HT01","name":{"vi":"Hộ tịch"}},"online":"full","time":{"vi":"Trong ngày"},
 "fee":{"vi":"Không"},"where":{"vi":"Bộ phận Một cửa"},"reception":"at-once","non_territorial":true,"by_post":true}"#;

fn catalogue(list: &str) -> String {
    format!("{{\"format\": \"motcua.catalogue.v1\",\n \"procedures\": [\n{list}\n]}}")
}

fn said(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|f| f.said().in_en()).collect()
}

#[test]
fn a_fault_names_its_line_and_field() {
    let good = Catalogue::read(&catalogue(PROCEDURE), Strictness::Strict).unwrap();
    assert_eq!(good.procedure("1.001193").unwrap().name.said("en"), "Birth registration");
    let second = PROCEDURE.replace("1.001193", "2.000815").replace("\"Không\"", "\" \"");
    let third = PROCEDURE.replace("\"by_post\":true", "\"by_pots\":true");
    let text = catalogue(&[PROCEDURE, &second, &third, &second].join(",\n"));
    let faults = Catalogue::read(&text, Strictness::Strict).unwrap_err();
    assert_eq!(
        said(&faults),
        [
            "Line 6, field fee.vi: missing or empty",
            "Line 9, field by_pots: there is no such field; remove it or correct its name",
            "Line 11, field by_post: missing or empty",
            "Line 12, field code: `2.000815` came in an earlier entry; each code once",
            "Line 12, field fee.vi: missing or empty",
        ]
    );
    let faults =
        Catalogue::read(&catalogue(&[PROCEDURE, &second, PROCEDURE].join(",\n")), Strictness::Strict);
    let faults = faults.unwrap_err();
    assert_eq!((faults[0].line, faults[0].field.as_str()), (Some(6), "fee.vi"));
    assert_eq!(faults[0].said().in_vi(), "Dòng 6, trường fee.vi: thiếu, hoặc để trống");
    assert_eq!((faults[1].line, &faults[1].what), (Some(9), &What::Twice("1.001193".into())));
    let empty = Catalogue::read(&catalogue(""), Strictness::Strict).unwrap_err();
    assert_eq!(empty, [Fault::whole(What::Nothing)]);
    let cut = Catalogue::read(&catalogue(PROCEDURE)[..200], Strictness::Strict).unwrap_err();
    assert!(matches!(cut[0].what, What::NotJson(_)), "{cut:?}");
}

#[test]
fn what_serde_quotes_is_blotted() {
    let text = catalogue(&PROCEDURE.replace("\"full\"", "\"001099012345\""));
    let faults = Catalogue::read(&text, Strictness::Strict).unwrap_err();
    assert!(!format!("{faults:?}").contains("001099012345"), "{faults:?}");
    assert_eq!(faults[0].field, "online");
}

fn bookings(key: &DayKey) -> Bookings {
    let day: jiff::civil::Date = "2026-11-26".parse().unwrap();
    let card = Some(mark(key, "ngo-quyen", "2026-11-26", "001099012345"));
    let booking = |code: &str, card| Booking {
        code: code.into(),
        service: Some("birth".into()),
        procedure: None,
        from: "08:00".into(),
        to: "08:30".into(),
        card,
    };
    let days = ["2026-11-25".parse().unwrap(), day].map(|day| BookingDay {
        day,
        key: key.hex(),
        bookings: if day == "2026-11-26".parse().unwrap() {
            vec![booking("LH-1", card.clone()), booking("LH-2", None)]
        } else {
            Vec::new()
        },
    });
    Bookings { format: "motcua.bookings.v1".into(), site: "ngo-quyen".into(), days: days.to_vec() }
}

#[test]
fn a_booking_is_found_by_its_code_and_by_the_card_on_its_day_only() {
    let key = DayKey::random().unwrap();
    let text = serde_json::to_string(&bookings(&key)).unwrap();
    assert!(!text.contains("001099012345"));
    let mut read = Bookings::read(&text, "ngo-quyen").unwrap();
    let (day, before) = ("2026-11-26".parse().unwrap(), "2026-11-25".parse().unwrap());
    assert_eq!(read.by_code(day, " lh-2 ").unwrap().code, "LH-2");
    assert!(read.by_code(before, "LH-2").is_none());
    assert_eq!(read.by_card(day, "001099012345")[0].code, "LH-1");
    assert!(read.by_card(day, "001099012346").is_empty() && read.by_card(before, "001099012345").is_empty());
    assert!(read.forget_before(day) && !read.forget_before(day) && read.days.len() == 1);
    let other = Bookings::read(&text, "hong-bang").unwrap_err();
    assert_eq!(other[0].what, What::OtherHall("ngo-quyen".into()));
    assert!(format!("{key:?}").len() < 20, "the key is in no log");
    assert!(mark(&key, "ngo-quyen", "2026-11-26", "1") != mark(&key, "hong-bang", "2026-11-26", "1"));
}

#[test]
fn a_dossier_is_late_when_its_day_is_past_and_a_number_of_somebody_is_refused() {
    let text = r#"{"format":"motcua.dossiers.v1","site":"ngo-quyen","dossiers":[
        {"code":"H56.14-261101-0001","procedure":"1.001193","status":4,"received":"2026-11-01","due":"2026-11-20"},
        {"code":"H56.14-261101-0002","procedure":"1.001193","status":10,"due":"2026-11-20"}]}"#;
    let read = Dossiers::read(text, "ngo-quyen").unwrap();
    let late: Vec<bool> = read.dossiers.iter().map(|d| d.is_late("2026-11-26".parse().unwrap())).collect();
    assert_eq!(late, [true, false]);
    let wrong = text.replace("\"status\":10", "\"status\":11").replace(
        "\"due\":\"2026-11-20\"}]",
        "\"new_due\":\"2026-11-30\",\"next\":{\"vi\":\"Gọi 0912345678\"}}]",
    );
    let faults = Dossiers::read(&wrong, "ngo-quyen").unwrap_err();
    let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["status", "due", "next"]);
    assert!(faults.iter().all(|f| f.line == Some(3)));
}

#[test]
fn a_document_comes_back_from_its_packing_and_a_bomb_does_not() {
    let text = catalogue(PROCEDURE);
    assert_eq!(unpack(&pack(&text).unwrap()).unwrap(), text);
    let bomb = zstd::encode_all(std::io::repeat(b'a').take(LARGEST as u64 + 10), 1).unwrap();
    assert!(unpack(&bomb).is_err());
    assert!(unpack(b"no").is_err());
}

proptest! {
    /// Whatever comes, it is read or refused; nothing panics.
    #[test]
    fn anything_is_read_or_refused(cut in 0_usize..900, byte in any::<u8>(), text in ".{0,200}") {
        let mut bytes = catalogue(PROCEDURE).into_bytes();
        let at = cut % bytes.len();
        bytes[at] = byte;
        let broken = String::from_utf8_lossy(&bytes).into_owned();
        for text in [broken, text] {
            for kind in Kind::ALL {
                let _ = Document::read(kind, "ngo-quyen", &text);
            }
        }
    }
}
