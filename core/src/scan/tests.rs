// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole of `read`: a corpus of wrong and hostile input, worked examples, and properties of anything.

use proptest::prelude::*;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::*;

const CARD: &str = "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Phường Thử Nghiệm, Quận Ba Đình, Hà Nội|20062021";
const MRZ: [&str; 3] =
    ["IDVNM1900000174001190000017<<5", "9002155F3002153VNM<<<<<<<<<<<0", "TRAN<<THI<VI<DU<<<<<<<<<<<<<<<"];
const MRZ_NO_END: [&str; 3] =
    ["IDVNM0450000247079045000024<<7", "4501011M9912315VNM<<<<<<<<<<<0", "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"];

fn scan(text: &str) -> Scan {
    read(text.as_bytes(), &Rules::default())
}

fn card(text: &str) -> CardQr {
    match scan(text) {
        Scan::Card(card) => *card,
        other => panic!("{text}: {other:?}"),
    }
}

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Case>,
}

/// One scan: a text with `\xNN` for bytes, repeated, and what is answered: the kind, with the reason of an unknown one
/// and the warnings behind it.
#[derive(Deserialize)]
struct Case {
    name: String,
    scan: String,
    #[serde(default = "once")]
    times: usize,
    answer: String,
}

fn once() -> usize {
    1
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        let mut parts = self.scan.split("\\x");
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            let (hex, rest) = part.split_at(2);
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            bytes.extend(rest.as_bytes());
        }
        bytes.repeat(self.times)
    }
}

fn answer(scan: &Scan) -> String {
    match scan {
        Scan::Unknown(unknown) => format!("unknown {}", unknown.code()),
        Scan::Card(card) => {
            let warnings = card.warnings.iter().map(|warning| format!(" {}", warning.code()));
            format!("{}{}", scan.kind(), warnings.collect::<String>())
        }
        Scan::Dossier(code) | Scan::Booking(code) | Scan::Procedure(code) | Scan::Code(code) => {
            format!("{} {code}", scan.kind())
        }
        _ => scan.kind().to_owned(),
    }
}

#[test]
fn every_case_of_the_corpus_gets_its_answer() {
    let corpus: Corpus = toml::from_str(include_str!("corpus.toml")).unwrap();
    assert!(corpus.case.len() >= 60);
    let wrong = corpus.case.iter().filter_map(|case| {
        let answered = answer(&read(&case.bytes(), &Rules::default()));
        (answered != case.answer).then(|| format!("{}: {answered}, not {}", case.name, case.answer))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_card_of_2021_gives_its_seven_fields() {
    let card = card(CARD);
    assert_eq!((card.generation, card.number.expose()), (Generation::Cccd2021, "001190000017"));
    assert_eq!(card.old_number.as_ref().map(Personal::expose), Some("100000001"));
    assert_eq!(card.name.as_ref().map(Personal::expose), Some("Trần Thị Ví Dụ"));
    assert_eq!((card.birth.expose().as_str(), card.sex), ("1990-02-15", Some(Sex::Female)));
    assert_eq!(card.issued.map(|issued| issued.expose().to_string()).as_deref(), Some("2021-06-20"));
    assert_eq!((card.cancelled, card.warnings), (None, vec![]));
}

#[test]
fn a_card_of_2024_keeps_a_cancelled_number_and_nothing_of_the_parents() {
    let held = card(&format!("{CARD}|001190000018|Trần Văn Cha|Lê Thị Mẹ|"));
    assert_eq!(held.generation, Generation::CanCuoc2024);
    assert_eq!(held.cancelled.as_ref().map(PersonalNumber::expose), Some("001190000018"));
    assert_eq!(card(&format!("{CARD}||||")).cancelled, None);
}

#[test]
fn decomposed_letters_are_composed() {
    let nfd: String = CARD.nfd().collect();
    assert_ne!(nfd, CARD);
    assert_eq!(card(&nfd), card(CARD));
}

#[test]
fn nothing_of_a_person_shows_in_debug_output() {
    for text in [CARD.to_owned(), MRZ.concat()] {
        let shown = format!("{:?}", scan(&text));
        for secret in ["190000017", "100000001", "Trần", "TRAN", "1990", "Phố Mẫu", "900215"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    let Scan::Mrz(mrz) = scan(&MRZ.concat()) else { panic!() };
    assert!(!format!("{mrz:?}").contains("900215"));
}

#[test]
fn a_machine_readable_zone_is_read_with_and_without_line_ends() {
    let mrz = Mrz::parse(&MRZ.join("\r\n")).unwrap();
    assert_eq!(scan(&MRZ.join("\n").to_lowercase()), Scan::Mrz(Box::new(mrz.clone())));
    assert_eq!((mrz.document_number.expose(), mrz.number.expose()), ("190000017", "001190000017"));
    assert_eq!((mrz.birth.expose().as_str(), mrz.sex), ("1990-02-15", Some(Sex::Female)));
    assert_eq!(mrz.name.as_ref().map(Personal::expose), Some("TRAN THI VI DU"));
    assert_eq!(*mrz.access_key(), "190000017490021553002153");
    let no_end = Mrz::parse(&MRZ_NO_END.concat()).unwrap();
    assert_eq!((no_end.expiry, no_end.birth.expose().as_str()), (Expiry::Never, "1945-01-01"));
}

#[test]
fn the_qr_code_alone_gives_what_basic_access_control_needs() {
    for (card, expected) in [
        (card(CARD), Mrz::parse(&MRZ.concat()).unwrap()),
        (
            card("079045000024||Nguyễn Văn Mẫu|01011945|Nam|Số 2|20062021"),
            Mrz::parse(&MRZ_NO_END.concat()).unwrap(),
        ),
    ] {
        let expiries = expiries(&card.birth, card.issued.as_ref().unwrap());
        assert_eq!(expiries, std::slice::from_ref(&expected.expiry));
        assert_eq!(access_key(&card.number, &card.birth, &expiries[0]), Some(expected.access_key()));
    }
}

/// Every character of the zone that a check digit covers.
#[test]
fn one_wrong_digit_is_noticed() {
    let zone = MRZ.concat();
    for at in
        (5..30).chain(30..37).chain(38..45).chain([59]).filter(|at| zone.as_bytes()[*at].is_ascii_digit())
    {
        let mut wrong = zone.clone().into_bytes();
        wrong[at] = if wrong[at] == b'9' { b'0' } else { wrong[at] + 1 };
        let wrong = String::from_utf8(wrong).unwrap();
        assert!(matches!(Mrz::parse(&wrong), Err(MrzError::CheckDigit(_))), "{at}");
        assert_eq!(scan(&wrong), Scan::Unknown(Unknown::MrzDamaged), "{at}");
    }
}

fn tlv(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let length = match value.len() {
        0..=0x7F => vec![value.len() as u8],
        0x80..=0xFF => vec![0x81, value.len() as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [tag, &length, value].concat()
}

fn dg13(fields: &[(u8, &str)], in_a_set: bool) -> Vec<u8> {
    let field = |(number, text): &(u8, &str)| {
        tlv(&[0x30], &[tlv(&[2], &[*number]), tlv(&[0x0C], text.as_bytes())].concat())
    };
    let mut fields: Vec<u8> = fields.iter().flat_map(field).collect();
    let parents =
        [tlv(&[2], &[13]), tlv(&[0x30], &[tlv(&[0x0C], b"Cha"), tlv(&[0x0C], b"Me")].concat())].concat();
    fields.extend(tlv(&[0x30], &parents));
    if in_a_set {
        fields = tlv(&[0x30], &[tlv(&[2], &[1]), tlv(&[6], &[0x2A, 3]), tlv(&[0x31], &fields)].concat());
    }
    tlv(&[0x6D], &fields)
}

#[test]
fn dg1_and_dg13_are_read_in_both_wrappings() {
    let dg1 = tlv(&[0x61], &tlv(&[0x5F, 0x1F], MRZ.concat().as_bytes()));
    assert_eq!(Mrz::from_dg1(&dg1), Mrz::parse(&MRZ.concat()));
    assert_eq!(Mrz::from_dg1(&dg1[..50]), Err(MrzError::DataGroup));
    let fields = [
        (1, "001190000017"),
        (2, "Trần Thị Ví Dụ"),
        (3, "15/02/1990"),
        (4, "Nữ"),
        (5, "Việt Nam"),
        (6, "Kinh"),
        (7, "Không"),
        (8, "Hà Nội"),
        (9, "Số 1 Phố Mẫu"),
        (10, "Nốt ruồi"),
        (11, "20/06/2021"),
        (12, "15/02/2030"),
        (15, "100000001"),
    ];
    for in_a_set in [false, true] {
        let holder = Holder::from_dg13(&dg13(&fields, in_a_set)).unwrap();
        assert_eq!(holder.number.expose(), "001190000017");
        assert_eq!(holder.name.as_ref().map(Personal::expose), Some("Trần Thị Ví Dụ"));
        assert_eq!(holder.expiry, Some(Expiry::On(PersonalDate::new(2030, 2, 15).unwrap())));
        assert_eq!(holder.old_number.as_ref().map(Personal::expose), Some("100000001"));
    }
    let none_ends = dg13(&[(1, "079045000024"), (3, "1945"), (12, "Không thời hạn")], false);
    let holder = Holder::from_dg13(&none_ends).unwrap();
    assert_eq!((holder.expiry, holder.name), (Some(Expiry::Never), None));
    assert_eq!(Holder::from_dg13(&dg13(&[(2, "x")], true)), None);
}

proptest! {
    #[test]
    fn anything_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..1200)) {
        let _ = read(&bytes, &Rules::default());
        let _ = Mrz::from_dg1(&bytes);
        let _ = Holder::from_dg13(&bytes);
    }

    /// A card with any name, dates and sex comes back as it was put in.
    #[test]
    fn a_card_is_read_back(
        digits in "[0-9]{12}",
        name in "[A-ZĐ][a-zăâêôơưđ]{0,6}( [A-ZĐ][a-zạảấầẩẫậ]{0,6}){0,4}",
        (year, month, day) in (1900u16..2026, 1u8..=12, 1u8..=28),
        female in any::<bool>(),
        extra in prop::sample::select(vec!["", "||||"]),
    ) {
        let sex = if female { "Nữ" } else { "Nam" };
        let text = format!("{digits}||{name}|{day:02}{month:02}{year}|{sex}|Số 1|01072024{extra}");
        let card = card(&text);
        prop_assert_eq!(card.number.expose(), digits);
        let composed: String = name.nfc().collect();
        prop_assert_eq!(card.name.as_ref().map(Personal::expose), Some(composed.as_str()));
        prop_assert_eq!(Some(card.birth), PersonalDate::new(year, month, day));
        prop_assert_eq!(card.generation, if extra.is_empty() { Generation::Cccd2021 } else { Generation::CanCuoc2024 });
    }

    /// Whatever is cut off or changed, a number of a person never comes out as a code.
    #[test]
    fn a_receipt_never_gives_the_person_away(number in "[0-9]{12}", code in "[A-Z][0-9]{2}-2[0-9]0[1-9]1[0-9]-[0-9]{4}") {
        let text = format!("https://x.example/tra-cuu?SGT={number}&MHS={code}");
        prop_assert_eq!(scan(&text), Scan::Dossier(code));
        let shown = format!("{:?}", scan(&format!("https://x.example/tra-cuu?MHS={number}")));
        prop_assert!(!shown.contains(&number));
    }
}
