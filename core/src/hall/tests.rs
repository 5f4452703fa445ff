// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

/// The sample with `from` replaced by `to` must be refused with `message` on the changed line.
#[track_caller]
fn check(from: &str, to: &str, message: &str) {
    let at = SAMPLE.find(from).unwrap_or_else(|| panic!("the sample has no `{from}`"));
    let changed = SAMPLE.replacen(from, to, 1);
    // The fault stands on the last line of what was replaced.
    let line = SAMPLE[..at].matches('\n').count() + 1 + to.trim_end().matches('\n').count();
    let faults = Hall::parse(&changed).expect_err("a fault");
    assert!(
        faults.iter().any(|f| f.message.contains(message) && f.line == line),
        "expected `{message}` on line {line}, got {faults:#?}"
    );
}

#[test]
fn the_sample_is_a_ward() {
    let hall = Hall::parse(SAMPLE).unwrap();
    assert!((8..=12).contains(&hall.services.len()));
    assert_eq!(hall.counters.len(), 6);
    assert_eq!(hall.service("certify").unwrap().name.get("en"), "Certified copies and signatures");
    assert_eq!(hall.service("certify").unwrap().name.get("fr"), "Chứng thực bản sao, chữ ký");
    for service in &hall.services {
        assert!(service.counters.iter().all(|id| hall.counters.iter().any(|c| c.id == *id)), "{service:?}");
    }
}

#[test]
fn wrong_syntax_names_the_line() {
    check("lunch = \"refuse\"", "lunch = refuse", "stand in double quotes");
    check("[kiosk]", "[kiosk", "unclosed");
    check("id = \"ngo-quyen\"", "id = 7", "text in double quotes is expected");
}

#[test]
fn unknown_keys_are_faults() {
    check("daily_cap = 300", "dayly_cap = 300", "there is no key `dayly_cap`");
    check("idle_seconds = 60", "idle_second = 60", "there is no key `idle_second`");
    check("lunch = \"refuse\"", "noon = \"refuse\"", "there is no key `noon`");
}

#[test]
fn every_value_is_checked() {
    check("id = \"ngo-quyen\"", "id = \"Ngô Quyền\"", "small letters");
    check("\"PHƯỜNG NGÔ QUYỀN\"", "\"A\", \"B\", \"C\"", "two or three lines");
    check("[\"vi\", \"en\"]", "[\"vi\", \"fr\"]", "no screen texts for language `fr`");
    check("[\"vi\", \"en\"]", "[\"vi\", \"vi\"]", "named twice");
    check("\"+07:00\"", "\"7\"", "not an offset");
    check("mon = [\"07:30-11:30\"", "mon = [\"7:30-11:30\"", "not a period");
    check("mon = [\"07:30-11:30\"", "mon = [\"11:30-07:30\"", "ends before it begins");
    check("mon = [\"07:30-11:30\"", "mon = [\"07:30-13:30\"", "begins before the period before it ends");
    check("date = \"2027-01-01\"", "date = \"2027-02-30\"", "not a date");
    check("until = \"2027-02-11\"", "until = \"2027-02-01\"", "before it begins");
    check("lunch = \"refuse\"", "lunch = \"maybe\"", "no such value; choose one of: ");
    check("code = \"disabled\"", "code = \"elder\"", "`elder` is there twice");
    check("icon = \"old\"", "icon = \"dragon\"", "no icon `dragon`");
    check("id = \"2\"", "id = \"1\"", "`1` is there twice");
    check("id = \"2\"", "id = \"quầy 2\"", "1 to 4 letters or digits");
    check("counters = [\"2\", \"3\"]", "counters = [\"2\", \"9\"]", "no counter `9`");
    check("counters = [\"2\", \"3\"]", "counters = [\"2\", \"2\"]", "`2` is there twice");
    check("counters = [\"2\", \"3\"]", "counters = []", "no counter serves");
    check("series = \"A\"", "series = \"AB\"", "one capital letter");
    check("daily_cap = 300", "daily_cap = 0", "1 to 9999");
    check("code = \"birth\"", "code = \"certify\"", "`certify` is there twice");
    check("idle_seconds = 60", "idle_seconds = 1", "15 to 600");
    check(", en = \"New Year's Day\" }", " }", "no text for language `en`");
    check("thanks = { vi = \"Cảm ơn ông/bà. Mời ông/bà chờ gọi số.\"", "thanks = { vi = \" \"", "is empty");
    check("[ticket]\n", "[ticket]\nqr = \"https://x.example/{name}\"\n", "");
}

#[test]
fn a_qr_text_must_tell_tickets_apart() {
    let with =
        |qr: &str| Hall::parse(&SAMPLE.replacen("[ticket]\n", &format!("[ticket]\nqr = \"{qr}\"\n"), 1));
    assert!(with("https://hall.example/{day}/{ticket}").is_ok());
    for (qr, message) in [
        ("https://hall.example/{name}", "{site}, {day}, {label} and {ticket} only"),
        ("https://hall.example/{label}", "must contain {ticket}"),
        ("https://hall.example/ á/{ticket}", "ASCII"),
    ] {
        let faults = with(qr).unwrap_err();
        assert!(faults[0].message.contains(message), "{qr}: {faults:?}");
    }
}

#[test]
fn several_faults_come_in_the_order_of_their_lines() {
    let text =
        SAMPLE.replacen("series = \"A\"", "series = \"1\"", 1).replacen("icon = \"old\"", "icon = \"x\"", 1);
    let faults = Hall::parse(&text).unwrap_err();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].line < faults[1].line);
}

#[test]
fn a_line_that_cannot_be_read_hides_no_other_fault() {
    let text = SAMPLE
        .replacen("lunch = \"refuse\"", "lunch = refuse", 1)
        .replacen("series = \"A\"", "series = 1", 1)
        .replacen("icon = \"old\"", "icon = \"x\"", 1);
    let faults = Hall::parse(&text).unwrap_err();
    assert_eq!(faults.len(), 3, "{faults:#?}");
    assert!(faults.windows(2).all(|f| f[0].line < f[1].line), "{faults:#?}");
}

#[test]
fn a_fault_is_said_in_both_languages() {
    let said = |from: &str, to: &str| {
        let faults = Hall::parse(&SAMPLE.replacen(from, to, 1)).unwrap_err();
        (faults[0].said("vi").to_owned(), faults[0].said("en").to_owned())
    };
    let (vi, en) = said("idle_seconds = 60", "idle_seconds = 1");
    assert_eq!(
        (vi.as_str(), en.as_str()),
        ("idle_seconds phải từ 15 đến 600 giây", "idle_seconds must be 15 to 600 seconds")
    );
    assert_eq!(said("code = \"birth\"", "code = \"certify\"").0, "dịch vụ `certify` có hai lần");
    assert_eq!(said(", en = \"New Year's Day\" }", " }").0, "tên ngày nghỉ thiếu bản cho ngôn ngữ `en`");
    assert_eq!(
        said("idle_seconds = 60", "idel_seconds = 60").0,
        "không có khóa `idel_seconds`; có phải là `idle_seconds` không?"
    );
    assert!(said("idle_seconds = 60", "idle_seconds = ").0.starts_with("dòng này không đúng cú pháp TOML"));
}

#[test]
fn a_hall_that_never_opens_is_a_fault() {
    let text: String = SAMPLE
        .lines()
        .filter(|l| !["mon", "tue", "wed", "thu", "fri", "sat"].iter().any(|d| l.starts_with(d)))
        .map(|l| format!("{l}\n"))
        .collect();
    assert!(Hall::parse(&text).unwrap_err()[0].message.contains("never open"));
}

#[test]
fn what_citizens_do_themselves_is_checked() {
    check("per_day = 2 ", "per_day = 0 ", "per_day must be 1 to 99");
    check("priority_from = 75 ", "priority_from = 18 ", "50 to 110");
    check("early_minutes = 30", "early_minutes = 999", "0 to 480");
    check("prefixes = [\"LH\"]", "prefixes = [\"lh\"]", "capital letters");
    check("prefixes = [\"LH\"]", "prefixes = []", "one to eight");
    check("[dossiers] ", "[dossiers]\nurl = \"http://hoso.example.vn/\" ", "only for this machine");
    check("[dossiers] ", "[dossiers]\nsecond_factor = \"number-end\" ", "needs `url`");
    check("bank = \"970499\"", "bank = \"VCB\"", "`VCB` is no bank");
    check("account = \"0000000000000\"", "account = \"00 00\"", "1 to 19 letters and digits");
    check("amount = 8000\n", "amount = 0\n", "whole number of đồng");
    check(
        "content = \"Phi trich luc ho tich\"",
        "content = \"Nộp phí trích lục hộ tịch, một bản\"",
        "at most 25",
    );
    check("code = \"signature\"", "code = \"copy\"", "`copy` is there twice");
    check("answer_days = 10 ", "answer_days = 0 ", "1 to 90");
    check("fields = [\"G15-HT01\"]", "fields = [\"G15-CT02\"]", "field `G15-CT02` is there twice");
    check("\"1.000894\", \"1.004873\"", "\"1.000894\", \"1.000894\"", "procedure `1.000894` is there twice");
    check("\"1.000894\", \"1.004873\"", "\"khai sinh\", \"1.004873\"", "no code of a procedure");
    check("[cards]\nread = \"chip\" ", "[cards]\nread = \"always\" ", "no such value; choose one of: ");
    let none = SAMPLE.replacen("read = \"chip\"", "read = \"never\"", 1);
    let faults = Hall::parse(&none).unwrap_err();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults.iter().all(|f| f.message.contains("set read =")), "{faults:?}");
}

#[test]
fn without_its_sections_nothing_is_offered() {
    let old = &SAMPLE[..SAMPLE.find("# What citizens do themselves").unwrap()];
    let hall = Hall::parse(old).unwrap();
    assert_eq!(
        hall.cards,
        Cards { read: CardRead::Never, priority_from: None, per_day: None, per_service: None }
    );
    assert!(!hall.cards.limits());
    assert!(hall.bookings.is_none() && hall.dossiers.is_none() && hall.pay.is_none());
    assert!(hall.faq.is_empty() && hall.post.is_none() && hall.feedback.is_none());
    let bare = Hall::parse(&format!("{old}\n[bookings]\n[dossiers]\n[feedback]\n")).unwrap();
    let usual = Bookings {
        queue: BookingQueue::Arrival,
        early_minutes: 30,
        late_minutes: 15,
        prefixes: vec!["LH-".into()],
    };
    assert_eq!(bare.bookings, Some(usual));
    assert_eq!(bare.dossiers, Some(Dossiers { url: None, second_factor: SecondFactor::None }));
    assert_eq!(bare.feedback, Some(FeedbackRules { answer_days: 10 }));
}

/// The catalogue of the reference system and the sample hall belong together.
#[test]
fn every_procedure_of_the_sample_has_its_service() {
    let hall = Hall::parse(SAMPLE).unwrap();
    let mut count = 0;
    for line in include_str!("../../../central/src/province/stub/catalogue.csv").lines().skip(1) {
        let code = line.split(',').next().unwrap();
        let field = line.split(',').find(|cell| cell.len() == 8 && cell.starts_with('G')).unwrap();
        assert!(hall.service_for(code, field).is_some(), "{code} {field}");
        count += 1;
    }
    assert_eq!(count, 65);
    assert_eq!(hall.service_for("1.000894", "G15-HT01").unwrap().code, "marriage");
    assert_eq!(hall.service_for("1.001193", "G15-HT01").unwrap().code, "birth");
    assert!(hall.service_for("1.001193", "").is_none());
    let pay = hall.pay.unwrap();
    assert!(pay.fees.iter().all(|f| pay.account.code(Some(f.amount), &f.content).is_ok()));
    assert!(hall.faq.len() >= 6);
}

#[test]
fn the_version_of_the_firmware_is_a_version() {
    let with = |v: &str| Hall::parse(&format!("{SAMPLE}\n[software]\nversion = \"{v}\"\n"));
    for good in ["1.2", "0.10.3", "1.2.3-rc1"] {
        assert_eq!(with(good).unwrap().software.as_deref(), Some(good));
    }
    for wrong in ["", "newest", "1", "1.2.", "1.2.3.4.5", "../1.2", "1.2-", "1.2-a/b"] {
        let faults = with(wrong).unwrap_err();
        assert!(faults[0].message.contains("is not a version"), "{wrong}: {faults:?}");
    }
    assert_eq!(Hall::parse(SAMPLE).unwrap().software, None);
}
