// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a dossier is: by the code on the receipt, from a file and from a
//! provincial system over HTTP that is well, slow or gone.

use super::{Flow, catalogue, part};
use crate::citizen::dossiers::{Does, KNOWN, Province};
use crate::citizen::{give_token, with_dossiers};
use crate::support::*;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// As some provinces print it on the receipt: with the applicant's number.
fn receipt(code: &str) -> String {
    format!("https://dichvucong.example/tra-cuu?SGT=001190000017&MHS={code}")
}

/// Holds a receipt where one is waited for.
fn present(flow: &Flow, code: &str) {
    flow.to("Tra cứu hồ sơ", "reader");
    flow.scan(code);
}

/// Apologies that the hub has counted.
fn apologies(flow: &Flow) -> Vec<String> {
    let db = rusqlite::Connection::open(flow.dir.path().join("hall.db")).unwrap();
    let mut query = db.prepare("SELECT body FROM events WHERE kind = 'apologised'").unwrap();
    let rows = query.query_map([], |r| r.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_late_dossier_of_a_file_is_apologised_for_on_paper() {
    let file = "code,procedure,status,received,due,late,new_due,next_vi,next_en\n\
                H56.14-240823-0001,1.001193,4,2026-01-20,2026-01-24,,,,\n\
                H56.14-240823-0002,1.001193,9,2026-01-20,2099-01-24,,,,\n";
    let flow = Flow::of(&always_open(), &[catalogue(), ("dossiers-ngo-quyen.csv", file.to_owned())]);
    flow.to("Tra cứu hồ sơ", "reader");
    flow.sample("receipt");
    let sheet = flow.shows("the dossier", |s| s["kind"] == "dossier");
    assert_eq!(part(&sheet, "status")["word"], "in_progress");
    assert_eq!(part(&sheet, "dossier")["text"], "H56.14-240823-0001");
    assert_eq!((&sheet["title"], &sheet["main"]), (&"Đăng ký khai sinh".into(), &"print_apology".into()));
    assert!(!sheet.to_string().contains("001190000017"));
    flow.tap_until("In thư xin lỗi", |s| s["paper"] == "take");
    // The code on the letter leads back to the sheet.
    let codes = flow.codes_of(0);
    assert_eq!(codes, ["H56.14-240823-0001"]);
    let counted = || apologies(&flow);
    assert!(until(|| counted().len() == 1), "the hub counted {:?}", counted());
    let counted = counted().remove(0);
    assert!(counted.contains("1.001193") && !counted.contains("H56.14"), "{counted}");
    flow.home();
    present(&flow, &codes[0]);
    flow.shows("the dossier", |s| s["kind"] == "dossier" && s["main"] == "print_apology");
    flow.home();
    // One that is finished leads to a number; typed by hand it is the same.
    flow.to("Tra cứu hồ sơ", "reader");
    flow.to("Nhập mã", "entry");
    flow.spell("H56.14-240823-0002");
    let sheet = flow.to("Tra cứu", "sheet");
    assert_eq!(
        (&part(&sheet, "status")["word"], &sheet["main"]),
        (&"finished".into(), &"take_number".into())
    );
    flow.home();
    present(&flow, "H56.14-240823-9999");
    assert_eq!(flow.screen("sorry")["reason"], "no_dossier");
}

#[test]
fn a_province_that_is_slow_or_gone_is_said_within_seconds() {
    let outside = Runtime::new().unwrap();
    let mut province = outside.block_on(Province::start("127.0.0.1:0"));
    let hall = with_dossiers(&format!("url = \"{}\"\n", province.url));
    let flow = Flow::prepared(&hall, &[], give_token);
    let ask = |screen: &str| {
        flow.to("Tra cứu hồ sơ", "reader");
        let begun = Instant::now();
        flow.scan(&receipt(KNOWN.0));
        let shown = flow.screen(screen);
        let took = begun.elapsed();
        flow.home();
        (shown, took)
    };
    let (sheet, _) = ask("sheet");
    assert_eq!(
        (part(&sheet, "next")["text"].as_str(), &sheet["main"]),
        (Some("Ông/bà chờ kết quả."), &"print_apology".into())
    );
    for wrong in [Does::Slow, Does::Drips, Does::Broken, Does::Garbage] {
        province.does(wrong);
        let (sorry, took) = ask("sorry");
        println!("{wrong:?}: {took:?}");
        assert_eq!(sorry["reason"], "dossier_away");
        // Three are promised; the rest is for a busy machine and the looking.
        assert!(took < Duration::from_secs(5), "{wrong:?}: {took:?}");
    }
    province.down();
    let (sorry, took) = ask("sorry");
    assert!(sorry["reason"] == "dossier_away" && took < Duration::from_secs(5), "{sorry} in {took:?}");
    // What left the hall is the code and nothing of the receipt's owner.
    let asked = province.asked.lock().unwrap();
    assert!(asked.iter().all(|q| *q == serde_json::json!({ "code": KNOWN.0 })), "{asked:?}");
}

#[test]
fn a_second_factor_is_typed_and_never_passed_over() {
    let outside = Runtime::new().unwrap();
    let province = outside.block_on(Province::start("127.0.0.1:0"));
    let hall = with_dossiers(&format!("url = \"{}\"\nsecond_factor = \"number-end\"\n", province.url));
    let flow = Flow::prepared(&hall, &[], give_token);
    let factor = |digits: &str, screen: &str| {
        present(&flow, &receipt(KNOWN.0));
        assert_eq!(flow.screen("entry")["kind"], "factor");
        flow.spell(digits);
        flow.to("Tra cứu", screen)
    };
    assert_eq!(factor("0018", "sorry")["reason"], "no_dossier");
    flow.home();
    let sheet = factor(KNOWN.1, "sheet");
    assert_eq!(part(&sheet, "dossier")["text"], KNOWN.0);
    flow.home();
    drop(province);
}
