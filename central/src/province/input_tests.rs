// SPDX-License-Identifier: MIT OR Apache-2.0
//! The samples of the reference system, read as tables and as JSON.
use super::sample;
use jiff::civil::Date;
use motcua_link::province::input::*;
use motcua_link::province::{Kind, Reception};

fn today() -> Date {
    "2026-11-26".parse().unwrap()
}

fn taken(kind: Kind, text: &str, media: Media) -> Result<Input, Vec<String>> {
    let read = read(kind, "ngo-quyen", text.as_bytes(), media, today());
    read.map_err(|faults| faults.iter().map(|f| f.said().in_en()).collect())
}

#[test]
fn a_table_and_its_json_are_the_same_catalogue() {
    let Ok(Input::Catalogue(table)) = taken(Kind::Catalogue, sample::CATALOGUE, Media::Csv) else {
        panic!("{:?}", taken(Kind::Catalogue, sample::CATALOGUE, Media::Csv))
    };
    let json = serde_json::to_string_pretty(&table).unwrap();
    let Ok(Input::Catalogue(again)) = taken(Kind::Catalogue, &json, Media::Json) else { panic!("{json}") };
    assert_eq!(table, again);
    assert!(table.procedures.len() >= 60, "{}", table.procedures.len());
    let fields: std::collections::BTreeSet<&str> =
        table.procedures.iter().map(|p| p.field.code.as_str()).collect();
    assert_eq!(fields.len(), 10, "{fields:?}");
    let birth = table.procedure("1.001193").unwrap();
    assert_eq!(birth.reception, Reception::AtOnce);
    assert!(birth.papers.len() >= 2 && birth.papers[0].originals == 1 && birth.papers[0].name.en.is_some());
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_line_and_name() {
    let csv = "code,service,day,from,to,id_number\n\
               LH-1,birth,2026-11-26,08:00,08:30,001099012345\n\
               LH-2,birth,26/11/2026,08:00,08:30,\n\
               LH-1,birth,2026-11-26,8h,08:30,0010990123\n\
               LH-3,,2027-11-26,09:00,08:30,\n";
    let said = taken(Kind::Bookings, csv, Media::Csv).unwrap_err();
    // What cannot be read does not hide what is wrong with the content of other lines.
    assert_eq!(said[0], "Line 3, field day: not a day; write 2026-11-26");
    assert!(said[1].starts_with("Line 4, field code") && said.len() == 7, "{said:?}");
    let said = taken(Kind::Bookings, &csv.replace("26/11/2026", "2026-11-26"), Media::Csv).unwrap_err();
    let said: Vec<&str> = said.iter().map(|s| s.split(':').next().unwrap()).collect();
    let expected = [
        "Line 4, field code",
        "Line 4, field from",
        "Line 4, field id_number",
        "Line 5, field service",
        "Line 5, field to",
        "Line 5, field day",
    ];
    assert_eq!(said, expected);
    let named = taken(Kind::Bookings, &csv.replace("id_number", "full_name"), Media::Csv).unwrap_err();
    assert_eq!(named, ["Line 1, field full_name: there is no such field; remove it or correct its name"]);
    let short = "code,day,from,to\nLH-1,2026-11-26\nLH-2,never,08:00,08:30\n";
    let short = taken(Kind::Bookings, short, Media::Csv).unwrap_err();
    assert!(short.len() == 2 && short[1].starts_with("Line 3, field day"), "{short:?}");
    let short = taken(Kind::Bookings, "code,day,from,to\nLH-1,2026-11-26\n", Media::Csv).unwrap_err();
    assert!(short[0].starts_with("Line 2: not valid CSV (2 / 4)"), "{short:?}");
}

#[test]
fn a_table_with_semicolons_is_the_same_and_an_empty_one_is_told_its_columns() {
    let csv = "code,service,day,from,to,id_number\nLH-1,birth,2026-11-26,08:00,08:30,\n";
    let with = |media_text: &str| format!("{:?}", taken(Kind::Bookings, media_text, Media::Csv));
    assert_eq!(with(&csv.replace(',', ";")), with(csv));
    assert!(with(csv).contains("LH-1"));
    for empty in ["", "\u{feff}", "  \r\n"] {
        let said = taken(Kind::Bookings, empty, Media::Csv).unwrap_err();
        assert_eq!(
            said,
            [
                "The file is empty; its first line must name the columns: code,service,procedure,day,from,to,id_number"
            ]
        );
    }
}

#[test]
fn what_is_wrong_on_one_line_is_said_with_entry_and_code_and_with_the_rest() {
    let json = r#"{"format":"motcua.bookings-input.v1","site":"ngo-quyen","bookings":[{"code":"LH-1","service":"birth","day":"2026-11-26","from":"08:00","to":"08:30"},{"code":"LH-2","service":"birth","day":"26/11","from":"08:00","to":"08:30"},{"code":"LH-3","service":"birth","day":"2026-11-26","from":"08:00","to":"07:30"},{"code":"001099012345","service":"birth","day":"2026-11-26","from":"8h","to":"09:30"}]}"#;
    let said = taken(Kind::Bookings, json, Media::Json).unwrap_err();
    let places: Vec<&str> = said.iter().map(|s| s.split(':').next().unwrap()).collect();
    let expected = [
        "Entry 2 (LH-2), field day",
        "Entry 3 (LH-3), field to",
        "Entry 4, field code",
        "Entry 4, field from",
    ];
    assert_eq!(places, expected, "{said:?}");
    assert!(!said.concat().contains("001099012345"), "{said:?}");
    let cut = taken(Kind::Bookings, &json[..200], Media::Json).unwrap_err();
    assert!(cut[0].contains("column 200"), "{cut:?}");
}

#[test]
fn bookings_that_are_over_are_left_out_and_numbers_are_in_no_debug_output() {
    let json = r#"{"format":"motcua.bookings-input.v1","site":"ngo-quyen","bookings":[
        {"code":"LH-2","service":"birth","day":"2026-11-26","from":"09:00","to":"09:30","id_number":"001099012345"},
        {"code":"LH-1","procedure":"1.001193","day":"2026-11-26","from":"08:00","to":"08:30"},
        {"code":"LH-0","service":"birth","day":"2026-11-25","from":"08:00","to":"08:30"}]}"#;
    let Ok(Input::Bookings(ahead, over)) = taken(Kind::Bookings, json, Media::Json) else { panic!() };
    assert_eq!(over, 1);
    assert_eq!(ahead.iter().map(|b| b.code.as_str()).collect::<Vec<_>>(), ["LH-1", "LH-2"]);
    assert!(!format!("{ahead:?}").contains("001099012345"));
    let other = json.replace("\"ngo-quyen\"", "\"hong-bang\"");
    assert!(taken(Kind::Bookings, &other, Media::Json).unwrap_err()[0].contains("hong-bang"));
    let named = json.replace("\"id_number\"", "\"001099012345\"");
    let said = taken(Kind::Bookings, &named, Media::Json).unwrap_err();
    assert!(!said.concat().contains("001099012345"), "{said:?}");
}

#[test]
fn dossiers_come_as_a_table_too() {
    let csv = "code,procedure,status,received,due,late,new_due,next_vi\n\
               H56.14-261101-0001,1.001193,4,2026-11-01,2026-11-20,true,2026-11-30,Chờ kết quả\n";
    let Ok(Input::Dossiers(d)) = taken(Kind::Dossiers, csv, Media::Csv) else { panic!() };
    assert_eq!((d.dossiers[0].status.number(), d.dossiers[0].late), (4, Some(true)));
    let wrong = taken(Kind::Dossiers, &csv.replace(",4,", ",12,"), Media::Csv).unwrap_err();
    assert_eq!(wrong, ["Line 2, field status: must be a number from 1 to 10"]);
}

/// Whoever copies an example from the guides gets what is taken.
#[test]
fn the_examples_of_the_guides_are_taken_and_their_tables_say_the_same() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let file = |name: &str| std::fs::read_to_string(docs.join(name)).unwrap();
    for kind in Kind::ALL {
        let (json, csv) = (file(&format!("province/{kind}.json")), file(&format!("province/{kind}.csv")));
        let as_json = format!("{:?}", taken(kind, &json, Media::Json).unwrap());
        let as_csv = format!("{:?}", taken(kind, &csv, Media::Csv).unwrap());
        if kind != Kind::Catalogue {
            assert_eq!(as_json, as_csv);
        }
        for guide in ["province-integration.md", "tich-hop-he-thong-tinh.md"] {
            let guide = file(guide);
            assert!(guide.contains(json.trim()) && guide.contains(csv.trim()), "{kind}");
        }
    }
}
