// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages over HTTP: who gets in, who may see what, what is kept from
//! strangers.

use crate::sites::*;
use crate::support::*;
use crate::visitor::*;
use motcua_central::audit::now_ms;
use motcua_central::people;
use motcua_central::reports::day_of;
use motcua_link::testing::Postgres;

on_both!(
    nothing_is_done_without_the_token_of_the_session_or_for_another_site,
    every_role_sees_its_pages_and_no_other,
    a_hall_manager_sees_the_own_hall_alone,
    what_is_open_to_all_names_nobody_and_tells_no_small_group,
    words_of_citizens_are_text_and_their_contact_stays_sealed,
    people_are_added_changed_and_switched_off_on_their_page,
);

/// Two halls with half a day each, one with a word of a citizen and an alarm.
async fn told(app: &App) {
    let now = now_ms();
    let mut dice = Dice::new(3);
    for (site, name, people) in [("ngo-quyen", "PHƯỜNG NGÔ QUYỀN", 40), ("hong-bang", "PHƯỜNG HỒNG BÀNG", 3)]
    {
        let mut hub = Hub::new(site);
        configured(app, site, name, now - 300 * MINUTE).await;
        hub.open(now - 299 * MINUTE, &day_of(now).to_string());
        a_day(&mut hub, &mut dice, now - 180 * MINUTE, people, 170);
        hub.word(now, &format!("GY-{site}"), "complaint", "Chờ lâu & nóng <b>", true);
        hub.noted(now, "clock-doubted", "the clock jumped");
        hub.lane.send(app, now).await;
        healths(app, site, "kiosk-1", "kiosk", now, site == "ngo-quyen").await;
    }
}

#[tokio::test]
async fn the_first_account_is_made_with_the_code_and_only_once() {
    let dir = Dir::new();
    let app = sqlite(&dir).await;
    let url = serve(&app).await;
    let mut visitor = Visitor::new(&url);
    assert_eq!(visitor.get("/signin").await.header("location"), "/setup");
    assert_eq!(visitor.get("/").await.header("location"), "/signin");
    let code = people::setup_code(app.db()).await.unwrap().unwrap();
    let fields = |code: &str| {
        [("code", code), ("full", "Trần Thị Lan"), ("name", "Lan"), ("secret", SECRET), ("again", SECRET)]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    async fn send(visitor: &Visitor, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        visitor.post("/setup", &fields).await
    }
    let wrong = send(&visitor, &fields("000000000000")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Mã thiết lập không đúng"));
    let right = send(&visitor, &fields(&code)).await;
    assert_eq!((right.status, right.header("location")), (303, "/"));
    let cookie = right.header("set-cookie");
    assert!(cookie.contains("HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"), "{cookie}");
    visitor.keep(&right).await;
    let home = visitor.get("/").await;
    assert!(home.text.contains("Chưa có bộ phận một cửa nào báo về"), "{}", home.text);
    assert!(home.header("content-security-policy").contains("default-src 'self'"));
    assert_eq!(send(&visitor, &fields(&code)).await.status, 422);
    assert_eq!(visitor.get("/setup").await.header("location"), "/signin");
    let out = visitor.send("/signout", &[]).await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(visitor.get("/").await.header("location"), "/signin");
}

async fn nothing_is_done_without_the_token_of_the_session_or_for_another_site(place: &Place) {
    let (_app, url) = staffed_at(place).await;
    let lan = Visitor::signed_in(&url, "lan").await;
    let fields = [("do", "secret"), ("id", "mai"), ("secret", "another long secret")];
    for path in [
        "/people",
        "/alarms/seen",
        "/lang",
        "/signout",
        "/enrol",
        "/config/ngo-quyen",
        "/config/ngo-quyen/edit",
        "/rollouts",
        "/devices/a/b",
    ] {
        let answer = lan.post(path, &fields).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text.contains("out of date"));
    }
    // The password is still the old one.
    Visitor::signed_in(&url, "mai").await;
    let http = reqwest::Client::new();
    let elsewhere = http.post(format!("{url}/signin")).header("sec-fetch-site", "cross-site");
    let elsewhere = elsewhere.form(&[("name", "lan"), ("secret", SECRET)]).send().await.unwrap();
    assert_eq!(elsewhere.status().as_u16(), 403);
    let away = lan.send("/lang", &[("lang", "vi"), ("to", "//example.org")]).await;
    assert_eq!(away.header("location"), "/");
    let part = http.get(format!("{url}/live")).header("hx-request", "true").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.headers()["hx-redirect"].to_str().unwrap()), (401, "/signin"));
}

const REPORTS: &[&str] = &[
    "/",
    "/live",
    "/halls/ngo-quyen",
    "/halls/ngo-quyen/live",
    "/compare",
    "/compare.csv",
    "/figures",
    "/figures.csv",
    "/ratings",
    "/ratings.csv",
    "/report.xlsx",
    "/feedback",
];
const DEVICES: &[&str] =
    &["/devices", "/devices/live", "/devices/ngo-quyen/kiosk-1", "/alarms", "/alarms/live"];
const ENROL: &[&str] = &["/enrol"];
const CONFIG: &[&str] = &["/config", "/config/ngo-quyen", "/config/ngo-quyen/edit"];
const AUDIT: &[&str] = &["/audit", "/audit.csv"];
const OPEN: &[&str] = &[
    "/open/v1/halls.json",
    "/open/v1/halls.csv",
    "/open/v1/figures.json",
    "/open/v1/figures.csv?by=service",
    "/open/v1/figures.csv?by=day",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_from_postgresql_too() {
    let server = Postgres::start();
    let app = postgres(&server).await;
    let url = with_people(&app).await;
    told(&app).await;
    for id in ["lan", "hung"] {
        let visitor = Visitor::signed_in(&url, id).await;
        for path in [
            REPORTS,
            DEVICES,
            CONFIG,
            AUDIT,
            OPEN,
            ENROL,
            &["/people", "/rollouts", "/audit?who=lan&action=signed-in"],
        ]
        .concat()
        {
            let answer = visitor.get(path).await;
            let closed = ["/audit", "/people", "/enrol", "/rollouts"];
            let own = id == "lan" || !closed.iter().any(|c| path.starts_with(c));
            assert_eq!(answer.status, if own { 200 } else { 403 }, "{id} {path}: {}", answer.text);
        }
    }
    let lan = Visitor::signed_in(&url, "lan").await;
    let alarm = "ngo-quyen.hub/clock-doubted/the clock jumped";
    assert_eq!(lan.send("/alarms/seen", &[("id", alarm)]).await.status, 303);
    assert!(lan.get("/audit?who=lan&action=alarm-seen").await.text.contains("ngo-quyen.hub"));
    assert_eq!(lan.send("/lang", &[("lang", "vi"), ("to", "/audit")]).await.header("location"), "/audit");
    assert_eq!(lan.send("/signout", &[]).await.status, 303);
    // The database goes away: the pages say so, and nobody is thrown out.
    let lan = Visitor::signed_in(&url, "lan").await;
    drop(server);
    let away = lan.get("/").await;
    assert_eq!(away.status, 503);
    assert!(away.text.contains("Chưa đọc được dữ liệu"), "{}", away.text);
}

async fn every_role_sees_its_pages_and_no_other(place: &Place) {
    let (app, url) = staffed_at(place).await;
    told(&app).await;
    let people: &[&str] = &["/people", "/rollouts"];
    for (id, may) in [
        ("lan", [true; 6]),
        ("hung", [true, true, false, false, false, true]),
        ("mai", [true, false, true, false, false, false]),
        ("tu", [false, true, false, false, true, false]),
    ] {
        let visitor = Visitor::signed_in(&url, id).await;
        let groups = [
            (REPORTS, may[0]),
            (DEVICES, may[1]),
            (AUDIT, may[2]),
            (people, may[3]),
            (ENROL, may[4]),
            (CONFIG, may[5]),
        ];
        for (paths, may) in groups {
            for path in paths {
                let status = visitor.get(path).await.status;
                let start = *path == "/" && !may;
                assert_eq!(
                    status,
                    if start {
                        303
                    } else if may {
                        200
                    } else {
                        403
                    },
                    "{id} {path}"
                );
            }
        }
    }
    let mai = Visitor::signed_in(&url, "mai").await;
    for path in ["/people", "/alarms/seen"] {
        assert_eq!(mai.send(path, &[("do", "secret"), ("id", "lan")]).await.status, 403, "{path}");
    }
}

async fn a_hall_manager_sees_the_own_hall_alone(place: &Place) {
    let (app, url) = staffed_at(place).await;
    told(&app).await;
    let hung = Visitor::signed_in(&url, "hung").await;
    let pages = [
        "/",
        "/live",
        "/compare",
        "/compare.csv",
        "/figures?by=hall",
        "/figures.csv?by=counter",
        "/figures?site=hong-bang",
        "/ratings?by=hall",
        "/ratings.csv",
        "/feedback",
        "/devices",
        "/alarms",
        "/figures.csv?site=hong-bang",
    ];
    for path in pages {
        let text = hung.get(path).await.text;
        assert!(!text.contains("HỒNG BÀNG") && !text.contains("GY-hong-bang"), "{path}");
    }
    assert!(hung.get("/").await.text.contains("NGÔ QUYỀN"));
    for path in ["/halls/hong-bang", "/halls/hong-bang/live", "/devices/hong-bang/kiosk-1", "/halls/none"] {
        assert_eq!(hung.get(path).await.status, 404, "{path}");
    }
    let other = "hong-bang.hub/clock-doubted/the clock jumped";
    assert_eq!(hung.send("/alarms/seen", &[("id", other)]).await.status, 404);
    let own = "ngo-quyen.hub/clock-doubted/the clock jumped";
    assert_eq!(hung.send("/alarms/seen", &[("id", own)]).await.status, 303);
    let alarms = hung.get("/alarms").await.text;
    assert!(alarms.contains("Seen by") && alarms.contains("hung"), "{alarms}");
    let lan = Visitor::signed_in(&url, "lan").await;
    let log = lan.get("/audit.csv?action=alarm-seen").await.text;
    assert!(log.contains(",hung,alarm-seen,ngo-quyen.hub,ngo-quyen,clock-doubted"), "{log}");
    assert!(lan.get("/audit?who=nobody").await.text.contains("Nothing in this period"));
}

async fn what_is_open_to_all_names_nobody_and_tells_no_small_group(place: &Place) {
    let (app, url) = staffed_at(place).await;
    told(&app).await;
    let anybody = Visitor::new(&url);
    for path in OPEN {
        let answer = anybody.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        for word in ["officer", "\"an\"", ",an,", "binh", "chi\"", "GY-", "SEALED", "counter\"", "reason"] {
            assert!(!answer.text.contains(word), "{word} in {path}: {}", answer.text);
        }
    }
    let body: serde_json::Value =
        serde_json::from_str(&anybody.get("/open/v1/figures.json").await.text).unwrap();
    let line =
        |site: &str| body["figures"].as_array().unwrap().iter().find(|f| f["key"] == site).cloned().unwrap();
    assert!(
        line("ngo-quyen")["ratings"].as_u64().unwrap() >= 5
            && !line("ngo-quyen")["satisfied_percent"].is_null()
    );
    // Three people came: at most three rated.
    assert!(line("hong-bang")["ratings"].is_null() && line("hong-bang")["satisfied_percent"].is_null());
    for (path, status) in [
        ("by=officer", 400),
        ("by=counter", 400),
        ("from=tomorrow", 400),
        ("from=2026-01-01&to=2026-12-31", 400),
        ("from=2026-02-01&to=2026-01-01", 400),
    ] {
        assert_eq!(anybody.get(&format!("/open/v1/figures.json?{path}")).await.status, status, "{path}");
    }
}

async fn words_of_citizens_are_text_and_their_contact_stays_sealed(place: &Place) {
    let (app, url) = staffed_at(place).await;
    told(&app).await;
    let lan = Visitor::signed_in(&url, "lan").await;
    let page = lan.get("/feedback").await.text;
    assert!(
        page.contains("Chờ lâu &amp; nóng &lt;b&gt;") && page.contains("left a contact (sealed)"),
        "{page}"
    );
    assert!(!page.contains("SEALED-CONTACT") && !page.contains("ENCAPSULATED"));
    let book = lan.get("/report.xlsx?by=service").await;
    assert!(book.text.starts_with("PK"));
    let name = book.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"motcua-report-"), "{name}");
    let csv = lan.get("/ratings.csv?by=officer").await.text;
    let columns: Vec<&str> = csv.lines().find(|l| l.contains("Satisfied")).unwrap().split(',').collect();
    let different: std::collections::BTreeSet<&&str> = columns.iter().collect();
    assert_eq!(different.len(), columns.len(), "{columns:?}");
    assert!(csv.contains("an · PHƯỜNG NGÔ QUYỀN"), "{csv}");
}

async fn people_are_added_changed_and_switched_off_on_their_page(place: &Place) {
    let (app, url) = staffed_at(place).await;
    told(&app).await;
    let lan = Visitor::signed_in(&url, "lan").await;
    let add = [
        ("do", "add"),
        ("id", "Binh"),
        ("full", "Lê Bình"),
        ("role", "hall-manager"),
        ("secret", SECRET),
        ("active", "yes"),
    ];
    let refused = lan.send("/people", &add).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("A hall manager needs at least one hall"));
    let placed = [&add[..], &[("site", "hong-bang")]].concat();
    assert_eq!(lan.send("/people", &placed).await.status, 303);
    let binh = Visitor::signed_in(&url, "binh").await;
    assert!(binh.get("/").await.text.contains("HỒNG BÀNG"));
    let off = [("do", "change"), ("id", "binh"), ("full", "Lê Bình"), ("role", "auditor")];
    assert_eq!(lan.send("/people", &off).await.status, 303);
    assert_eq!(binh.get("/").await.header("location"), "/signin", "sessions end at once");
    let last = [("do", "change"), ("id", "lan"), ("full", "Lan"), ("role", "auditor"), ("active", "yes")];
    assert!(lan.send("/people", &last).await.text.contains("One account of the province must remain"));
    let log = lan.get("/audit").await.text;
    for word in ["Account added", "Account changed", "hall-manager: hong-bang", "auditor, switched off"] {
        assert!(log.contains(word), "{word}");
    }
}
