// SPDX-License-Identifier: MIT OR Apache-2.0
//! What people of the bench hold before the readers: cards of three people who do
//! not exist, with their codes and chips, and codes of every other kind.

use motcua_hal::card::sim::{Chip, Document, Issuer};
use serde::Serialize;

/// What can be done with it on the page.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Sample {
    /// Its name in requests.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// What a scanner reads of it.
    #[serde(skip)]
    pub code: &'static str,
}

/// What is scanned.
pub(super) const CODES: [Sample; 9] = [
    Sample {
        name: "card-2021",
        title: "ID card of 2021",
        code: "001190000017|100000001|Trần Thị Ví Dụ|15021990|Nữ|Số 1 Phố Mẫu, Hà Nội|20062021",
    },
    Sample {
        name: "card-2024",
        title: "ID card of 2024",
        code: "079085000024||Nguyễn Văn Mẫu|10031985|Nam|Số 2 Phố Mẫu, TP. Hồ Chí Minh|10072024||||",
    },
    Sample {
        name: "card-80",
        title: "ID card, aged 80",
        code: "001146000033||Lê Thị Cao Niên|05051946|Nữ|Số 3 Phố Mẫu, Hà Nội|20062021",
    },
    Sample {
        name: "zone-2021",
        title: "Zone of the card of 2021",
        // In one line: the end of a line is the end of a scan.
        code: "IDVNM1900000174001190000017<<59002155F3002153VNM<<<<<<<<<<<0TRAN<<THI<VI<DU<<<<<<<<<<<<<<<",
    },
    Sample {
        name: "receipt",
        title: "Receipt with an ID number in its address",
        code: "https://dichvucong.example/tra-cuu?SGT=001190000017&MHS=H56.14-240823-0001",
    },
    Sample { name: "booking", title: "Booking", code: "LH-7" },
    Sample { name: "procedure", title: "Procedure", code: "1.001193" },
    Sample {
        name: "insurance",
        title: "Health insurance card",
        code: "GD4010000000017|5472E1BAA76E|15/02/1990|2|48|01",
    },
    Sample { name: "garbage", title: "Garbage", code: "\u{1b}[2J\u{7}7E000801\u{0}" },
];

/// A chip card of somebody.
struct Person {
    number: &'static str,
    name: &'static str,
    zone_name: &'static str,
    /// Birth and expiry as `yymmdd`, `M` or `F`.
    zone: (&'static str, &'static str, char),
    /// Birth, issue and expiry as they stand on the card.
    dates: [&'static str; 3],
}

const PEOPLE: [Person; 3] = [
    Person {
        number: "001190000017",
        name: "Trần Thị Ví Dụ",
        zone_name: "TRAN<<THI<VI<DU",
        zone: ("900215", "300215", 'F'),
        dates: ["15/02/1990", "20/06/2021", "15/02/2030"],
    },
    Person {
        number: "079085000024",
        name: "Nguyễn Văn Mẫu",
        zone_name: "NGUYEN<<VAN<MAU",
        zone: ("850310", "450310", 'M'),
        dates: ["10/03/1985", "10/07/2024", "10/03/2045"],
    },
    Person {
        number: "001146000033",
        name: "Lê Thị Cao Niên",
        zone_name: "LE<<THI<CAO<NIEN",
        zone: ("460505", "991231", 'F'),
        dates: ["05/05/1946", "20/06/2021", "Không thời hạn"],
    },
];

/// Chips that can be laid on the reader: name and title.
pub(super) const CHIPS: [(&str, &str); 6] = [
    ("2021", "Card of 2021, PACE, signed by the state"),
    ("2024", "Card of 2024, without PACE"),
    ("80", "Card of the one aged 80, PACE"),
    ("unknown", "Card of 2021, signed in a way that is not known"),
    ("forged", "Card of 2021, contents changed after signing"),
    ("stranger", "Another chip card, no ID card"),
];

/// The chip of that name; `None` when there is none.
pub(super) fn chip(name: &str, issuer: &Issuer) -> Option<Chip> {
    let of = |person: &Person| Document::new(&zone(person), &fields(person), issuer);
    Some(match name {
        "2021" | "stranger" => Chip::new(of(&PEOPLE[0])?),
        "2024" => Chip::new(of(&PEOPLE[1])?).without_pace(),
        "80" => Chip::new(of(&PEOPLE[2])?),
        "unknown" => Chip::new(of(&PEOPLE[0])?.signed_otherwise()),
        "forged" => {
            let mut fields = fields(&PEOPLE[0]);
            fields[2].1 = "15/02/1930";
            Chip::new(of(&PEOPLE[0])?.forged(&fields))
        }
        _ => return None,
    })
}

fn fields(person: &Person) -> [(u8, &'static str); 5] {
    let [birth, issued, expiry] = person.dates;
    [(1, person.number), (2, person.name), (3, birth), (11, issued), (12, expiry)]
}

/// The machine-readable zone, with its check digits (Doc 9303-5, 4.2.2).
fn zone(person: &Person) -> String {
    let (birth, expiry, sex) = person.zone;
    let document = &person.number[3..];
    let optional = format!("{}<<", person.number);
    let first = format!("IDVNM{document}{}{optional}{}", digit(document), digit(&optional));
    let (born, ends) = (format!("{birth}{}", digit(birth)), format!("{expiry}{}", digit(expiry)));
    let whole = digit(&format!("{}{born}{ends}{:<<11}", &first[5..], ""));
    format!("{first}{born}{sex}{ends}VNM{:<<11}{whole}{:<<30}", "", person.zone_name)
}

/// Weights 7, 3, 1; digits as themselves, letters from 10, `<` as nothing.
fn digit(field: &str) -> u32 {
    let value = |c: char| c.to_digit(36).unwrap_or(0);
    field.chars().zip([7, 3, 1].into_iter().cycle()).map(|(c, weight)| value(c) * weight).sum::<u32>() % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use motcua_core::scan::{Mrz, Rules, Scan, access_key, expiries, read};

    #[test]
    fn every_sample_is_what_it_is_called() {
        let kinds: Vec<&str> =
            CODES.iter().map(|sample| read(sample.code.as_bytes(), &Rules::default()).kind()).collect();
        let expected = [
            "cccd_2021",
            "cancuoc_2024",
            "cccd_2021",
            "mrz",
            "dossier",
            "booking",
            "procedure",
            "unknown",
            "unknown",
        ];
        assert_eq!(kinds, expected);
        let issuer = Issuer::new(2099).unwrap();
        assert!(CHIPS.iter().all(|(name, _)| chip(name, &issuer).is_some()));
    }

    #[test]
    fn codes_open_the_chips_of_the_same_people() {
        for (person, sample) in PEOPLE.iter().zip(&CODES) {
            let Scan::Card(card) = read(sample.code.as_bytes(), &Rules::default()) else {
                panic!("{}", sample.name)
            };
            let mrz = Mrz::parse(&zone(person)).unwrap();
            assert_eq!(mrz.number, card.number, "{}", sample.name);
            let keys: Vec<_> = expiries(&card.birth, card.issued.as_ref().unwrap())
                .iter()
                .filter_map(|expiry| access_key(&card.number, &card.birth, expiry))
                .collect();
            assert!(keys.contains(&mrz.access_key()), "{}", sample.name);
        }
        assert_eq!(zone(&PEOPLE[0]), CODES[3].code);
    }
}
