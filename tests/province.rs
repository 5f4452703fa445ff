// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the reference provincial system through the central to the hub's disk,
//! each a real process.

use crate::support::*;
use motcua::province::Province;
use motcua_core::queue::Command;
use motcua_link::province::{Bookings, Kind};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn data(bench: &Bench) -> PathBuf {
    PathBuf::from(bench.get("/state")["data"].as_str().unwrap())
}

/// Rows of the central's database, as texts.
fn rows(bench: &Bench, sql: &str) -> Vec<String> {
    let db = rusqlite::Connection::open(data(bench).join("central-data/central.db")).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let mut query = db.prepare(sql).unwrap();
    let columns = query.column_count();
    let text = |r: &rusqlite::Row<'_>, c: usize| -> rusqlite::Result<String> {
        Ok(match r.get_ref(c)? {
            rusqlite::types::ValueRef::Text(t) => String::from_utf8_lossy(t).into_owned(),
            rusqlite::types::ValueRef::Integer(n) => n.to_string(),
            _ => String::new(),
        })
    };
    let read = query.query_map([], |r| {
        Ok((0..columns).map(|c| text(r, c)).collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
    });
    read.unwrap().map(Result::unwrap).collect()
}

const STANDING: &str = "SELECT name, version, applied FROM reported WHERE name <> 'hall' ORDER BY name";

fn held(bench: &Bench, kind: Kind) -> Option<Value> {
    let file = std::fs::read_to_string(data(bench).join(format!("province/{kind}.json"))).ok()?;
    serde_json::from_str(file.split_once('\n')?.0).ok()
}

/// No file under a directory holds one of the sample's identity numbers.
fn no_number_under(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            no_number_under(&path);
        } else if let Some(bytes) = kind.is_file().then(|| std::fs::read(&path).unwrap_or_default()) {
            let found = bytes.windows(8).any(|w| w.starts_with(b"0010990") && w[7].is_ascii_digit());
            assert!(!found, "a number is in {}", path.display());
        }
    }
}

#[test]
fn what_the_province_says_is_on_the_hub_s_disk_and_the_central_knows() {
    let bench = Bench::small_hall();
    let all = ["bookings 1 1", "catalogue 1 1", "dossiers 1 1"];
    assert!(until(|| rows(&bench, STANDING) == all), "{:?}", rows(&bench, STANDING));
    assert_eq!(held(&bench, Kind::Catalogue).unwrap()["entries"], 65);
    // What a kiosk would ask, read from the same files.
    let province = Province::open(&data(&bench), "ngo-quyen");
    let birth = province.catalogue().unwrap().procedure("1.001193").unwrap().clone();
    assert_eq!(birth.name.vi, "Đăng ký khai sinh");
    let file = std::fs::read_to_string(data(&bench).join("province/bookings.json")).unwrap();
    let bookings = Bookings::read(file.split_once('\n').unwrap().1, "ngo-quyen").unwrap();
    let first = &bookings.days[0];
    let today = first.day;
    assert_eq!(province.booking(today, &first.bookings[0].code).unwrap(), first.bookings[0]);
    assert_eq!(province.bookings_of_card(today, "001099000000")[0].code, first.bookings[0].code);
    assert!(province.bookings_of_card(today, "001099009999").is_empty());
    assert!(file.contains("\"card\"") && !file.contains("00109900"), "marks, no numbers");
    let dossiers = rows(&bench, "SELECT entries FROM province_documents WHERE name = 'dossiers'");
    assert_eq!(dossiers, ["41"]);
    no_number_under(&data(&bench));

    // A wrong document is refused at the central, and the hall keeps what it has.
    let stub = bench.get("/state")["central"]["province"].as_str().unwrap().to_owned();
    let http = reqwest::blocking::Client::new();
    let fault = json!({"fault": "wrong", "times": 3});
    http.put(format!("{stub}/stub/fault")).json(&fault).send().unwrap();
    let refused = || rows(&bench, "SELECT count(*) FROM province_intake WHERE outcome = 'refused'");
    assert!(until(|| refused() != ["0"]));
    assert_eq!(rows(&bench, STANDING), all);

    // An apology that is printed is counted at the central.
    let apology = Command::Apologise {
        procedure: "1.001193".into(),
        field: Some("G15-HT01".into()),
        days_late: 3,
        new_due: Some("2026-11-30".parse().unwrap()),
    };
    bench.post("/staff", &serde_json::to_value(&apology).unwrap());
    let counted = || rows(&bench, "SELECT procedure, field, days_late, new_due FROM apologies");
    assert!(until(|| counted() == ["1.001193 G15-HT01 3 2026-11-30"]), "{:?}", counted());
}
