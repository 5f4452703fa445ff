// SPDX-License-Identifier: MIT OR Apache-2.0
//! The provincial system's data by all three ways, on both databases.

use crate::sites::*;
use crate::support::*;
use motcua_central::audit::now_ms;
use motcua_central::province::{
    self, Adapter, DropFolder, Media, Options, Origin, Puller, Stub, StubFault, StubOptions, sample,
};
use motcua_central::reports::{Scope, day_of};
use motcua_link::db::Value;
use motcua_link::province::{Bookings, Catalogue, Kind, Strictness, unpack};
use motcua_link::testing::Postgres;
use serde_json::{Value as Json, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

pub const SITE: &str = "ngo-quyen";

pub async fn texts(app: &App, sql: &'static str) -> Vec<String> {
    let read = app.db().read(move |tx| {
        Box::pin(async move { tx.rows(sql, &[]).await?.iter().map(|r| r.text(0)).collect() })
    });
    read.await.unwrap()
}

async fn run(app: &App, sql: &'static str, values: Vec<Value>) {
    app.db().write(move |tx| Box::pin(async move { tx.execute(sql, &values).await })).await.unwrap();
}

async fn version(app: &App, name: &str) -> u64 {
    let name = name.to_owned();
    let read = app.db().read(move |tx| Box::pin(async move { province::current(tx, &Scope::All).await }));
    read.await.unwrap().iter().find(|c| c.name == name).map_or(0, |c| c.version)
}

pub fn today() -> jiff::civil::Date {
    day_of(now_ms())
}

/// The document that a hall would fetch.
async fn fetched(app: &App, kind: Kind, version: u64) -> String {
    let read =
        app.db().read(move |tx| Box::pin(async move { province::packed(tx, SITE, kind, version).await }));
    unpack(&read.await.unwrap().unwrap()).unwrap()
}

/// Drops a file as a careful system does, and lets it be taken.
async fn drop_file(app: &App, folder: &mut DropFolder, inbox: &Path, name: &str, text: &str) {
    let part = inbox.join(format!("{name}.part"));
    std::fs::write(&part, text).unwrap();
    folder.look(app.db()).await;
    std::fs::rename(&part, inbox.join(name)).unwrap();
    folder.look(app.db()).await;
    assert!(inbox.join(name).exists(), "not before it was seen twice");
    folder.look(app.db()).await;
    assert!(!inbox.join(name).exists(), "{name}");
}

pub fn in_dir(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

async fn files(app: &App) {
    configured(app, SITE, "PHƯỜNG NGÔ QUYỀN", now_ms()).await;
    let dir = Dir::new();
    let inbox = dir.path().join("inbox");
    let mut folder = DropFolder::open(&inbox).unwrap();
    drop_file(app, &mut folder, &inbox, "catalogue-1.csv", sample::CATALOGUE).await;
    assert_eq!(version(app, "catalogue").await, 1);
    let done = in_dir(&inbox.join("done"));
    assert!(
        done.len() == 2 && done[0].ends_with("catalogue-1.csv") && done[1].ends_with(".csv.txt"),
        "{done:?}"
    );
    // Named by the halls' clock, and for nobody but both sides.
    let hour = |ago_s: i64| {
        let there = jiff::SignedDuration::from_secs(7 * 3600 - ago_s);
        (jiff::Timestamp::now() + there).strftime("%Y%m%d-%H").to_string()
    };
    let near = [hour(0), hour(300)];
    assert!(near.iter().any(|t| done[0].starts_with(t)), "{done:?} {near:?}");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inbox), 0o770);
    for dir in ["done", "refused"] {
        assert_eq!(mode(&inbox.join(dir)), 0o750);
    }
    for file in &done {
        assert_eq!(mode(&inbox.join("done").join(file)), 0o640, "{file}");
    }

    // Killed between the commit and the move: the file is there again, and nothing changes.
    std::fs::copy(inbox.join("done").join(&done[0]), inbox.join("catalogue-1.csv")).unwrap();
    let mut after = DropFolder::open(&inbox).unwrap();
    for _ in 0..2 {
        after.look(app.db()).await;
    }
    assert!(!inbox.join("catalogue-1.csv").exists());
    assert_eq!(version(app, "catalogue").await, 1);

    // A file that still grows is not taken.
    let rest = sample::CATALOGUE.replacen("Đăng ký khai sinh,", "Đăng ký khai sinh mới,", 1);
    let path = inbox.join("catalogue-2.csv");
    for end in [20, 40, 60] {
        std::fs::write(&path, rest.lines().take(end).collect::<Vec<_>>().join("\n")).unwrap();
        folder.look(app.db()).await;
        assert_eq!(version(app, "catalogue").await, 1);
    }
    std::fs::write(&path, &rest).unwrap();
    folder.look(app.db()).await;
    folder.look(app.db()).await;
    assert_eq!(version(app, "catalogue").await, 2);
    let Ok(catalogue) = Catalogue::read(&fetched(app, Kind::Catalogue, 2).await, Strictness::Tolerant) else {
        panic!("a hall would refuse it")
    };
    assert_eq!(catalogue.procedure("1.001193").unwrap().name.vi, "Đăng ký khai sinh mới");

    // Wrong ones are moved aside with a sentence, and what is in use stays.
    let wrong = sample::CATALOGUE.replacen(",at-once,", ",sometimes,", 1);
    drop_file(app, &mut folder, &inbox, "catalogue.csv", &wrong).await;
    drop_file(app, &mut folder, &inbox, "catalog.csv", "code").await;
    let day = today();
    let planted = format!("code,service,day,from,to,id_number\nLH-1,birth,{day},08:00,08:30,00109900000X\n");
    drop_file(app, &mut folder, &inbox, &format!("bookings-{SITE}.csv"), &planted).await;
    drop_file(app, &mut folder, &inbox, "bookings-nowhere.csv", &planted).await;
    assert_eq!(version(app, "catalogue").await, 2);
    let refused = in_dir(&inbox.join("refused"));
    let note = |name: &str| {
        let file =
            refused.iter().find(|f| f.ends_with(name)).unwrap_or_else(|| panic!("{name} in {refused:?}"));
        std::fs::read_to_string(inbox.join("refused").join(file)).unwrap()
    };
    let said = note("-catalogue.csv.txt");
    assert!(said.contains("- Dòng 2, trường reception: phải là một trong: at-once"), "{said}");
    assert!(said.contains("- Line 2, field reception: must be one of: at-once"), "{said}");
    assert!(note("catalog.csv.txt").contains("catalogue*.csv|json"));
    let said = note("bookings-ngo-quyen.csv.txt");
    assert!(said.contains("Dòng 2, trường id_number") && said.contains("đã được xóa"), "{said}");
    assert!(!refused.iter().any(|f| f.contains("bookings") && !f.ends_with(".txt")), "{refused:?}");
    assert!(note("bookings-nowhere.csv.txt").contains("No hall `nowhere`"));
    let refusals =
        texts(app, "SELECT name FROM province_intake WHERE outcome = 'refused' ORDER BY name").await;
    assert_eq!(refusals, ["bookings", "bookings", "catalogue"]);
    let audit = texts(app, "SELECT who || ' ' || action || ' ' || subject FROM audit ORDER BY id").await;
    for line in [
        "file catalogue-1.csv province-taken catalogue 1",
        "file catalogue-2.csv province-taken catalogue 2",
        "file catalogue.csv province-refused catalogue",
    ] {
        assert_eq!(audit.iter().filter(|l| *l == line).count(), 1, "{line}: {audit:#?}");
    }
}

/// A day that is over takes its bookings and its key along.
async fn days(app: &App) {
    let origin = Origin { adapter: Adapter::Push, by: "IOC".into() };
    let body = sample::text(Kind::Bookings, SITE, today(), 0).into_bytes();
    let take = || province::take(app.db(), &origin, (Kind::Bookings, SITE), body.clone(), Media::Json);
    let first = take().await.unwrap().unwrap();
    assert!(first.changed && first.entries == 73, "{first:?}");
    let again = take().await.unwrap().unwrap();
    assert!(!again.changed && again.version == first.version, "the keys stay for the day: {again:?}");
    let read = Bookings::read(&fetched(app, Kind::Bookings, first.version).await, SITE).unwrap();
    assert_eq!(read.by_card(today(), "001099000000")[0].from, "07:30");
    assert_eq!(texts(app, "SELECT day FROM province_day_keys ORDER BY day").await.len(), 3);
    let gone = read.days[0].key.clone();
    assert_eq!(province::sweep(app.db(), today(), now_ms()).await.unwrap(), 0);
    let tomorrow = today().tomorrow().unwrap();
    assert_eq!(province::sweep(app.db(), tomorrow, now_ms()).await.unwrap(), 1);
    assert_eq!(province::sweep(app.db(), tomorrow, now_ms()).await.unwrap(), 0);
    let left = fetched(app, Kind::Bookings, first.version + 1).await;
    assert!(!left.contains(&gone) && Bookings::read(&left, SITE).unwrap().days.len() == 2);
    let keys = texts(app, "SELECT secret FROM province_day_keys ORDER BY day").await;
    assert!(keys.len() == 2 && !keys.contains(&gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_whole_once_and_wrong_ones_are_explained() {
    let dir = Dir::new();
    let app = sqlite(&dir).await;
    files(&app).await;
    days(&app).await;
    let server = Postgres::start();
    let app = postgres(&server).await;
    files(&app).await;
    days(&app).await;
}

async fn served(app: &App) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/province", listener.local_addr().unwrap());
    let router = province::router(app.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub async fn put(url: &str, key: &str, media: &str, body: impl Into<reqwest::Body>) -> (u16, Json) {
    motcua_link::trust::ready();
    let http = reqwest::Client::new();
    let mut call = http.put(url).header("content-type", media);
    if !key.is_empty() {
        call = call.bearer_auth(key);
    }
    let answer = call.body(body).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Json::String(text)))
}

async fn pushed(app: &App) {
    configured(app, SITE, "PHƯỜNG NGÔ QUYỀN", now_ms()).await;
    let url = served(app).await;
    let key = province::make_key(app.db(), "IOC tỉnh", "lan").await.unwrap();
    let (at, json) = (format!("{url}/catalogue"), "application/json");
    let text = sample::text(Kind::Catalogue, "", today(), 0);
    for wrong in ["", "motcua_province_0", &key[..key.len() - 1], "Bearer"] {
        let (status, said) = put(&at, wrong, json, text.clone()).await;
        assert_eq!((status, said["type"].as_str()), (401, Some("urn:motcua:key-unknown")), "{wrong}");
    }
    assert_eq!(version(app, "catalogue").await, 0);
    let (status, said) = put(&at, &key, json, text.clone()).await;
    let expected = json!({"document": "catalogue", "version": 1, "entries": 65, "changed": true, "over": 0});
    assert_eq!((status, said), (200, expected));
    let (_, said) = put(&at, &key, "text/csv; charset=utf-8", sample::CATALOGUE).await;
    assert_eq!((&said["changed"], &said["version"]), (&json!(false), &json!(1)), "a table of the same");
    // Another order and spaces around texts say nothing else.
    let mut other: Json = serde_json::from_str(&text).unwrap();
    let list = other["procedures"].as_array_mut().unwrap();
    list.reverse();
    list[0]["fee"]["vi"] = format!(" {} ", list[0]["fee"]["vi"].as_str().unwrap()).into();
    let (_, said) = put(&at, &key, json, other.to_string()).await;
    assert_eq!((&said["changed"], &said["version"]), (&json!(false), &json!(1)), "{said}");
    other["procedures"][5]["by_post"] = json!(!other["procedures"][5]["by_post"].as_bool().unwrap());
    let (_, said) = put(&at, &key, json, other.to_string()).await;
    assert_eq!((&said["changed"], &said["version"]), (&json!(true), &json!(2)), "{said}");
    assert_eq!(put(&at, &key, "application/xml", text.clone()).await.0, 415);
    let (status, said) = put(&at, &key, json, text.replacen("\"1.001193\"", "\"1193\"", 1)).await;
    assert_eq!(status, 422);
    assert_eq!(said["faults"][0]["field"], "code", "{said}");
    assert!(said["faults"][0]["vi"].as_str().unwrap().contains("mã hợp lệ"));
    let (status, said) = put(&at, &key, json, "{}").await;
    assert!(status == 422 && said["faults"].as_array().unwrap().len() == 2, "{said}");
    let halls = format!("{url}/halls");
    for (site, status) in [("nowhere", 422), ("Ngô", 404)] {
        let at = format!("{halls}/{site}/dossiers");
        assert_eq!(
            put(&at, &key, json, sample::text(Kind::Dossiers, site, today(), 0)).await.0,
            status,
            "{site}"
        );
    }
    for kind in [Kind::Bookings, Kind::Dossiers] {
        let (status, said) =
            put(&format!("{halls}/{SITE}/{kind}"), &key, json, sample::text(kind, SITE, today(), 0)).await;
        assert_eq!((status, &said["site"]), (200, &json!(SITE)), "{said}");
    }
    // A name comes to nothing.
    let named = sample::text(Kind::Dossiers, SITE, today(), 0).replacen(
        "\"status\"",
        "\"full_name\":\"x\",\"status\"",
        1,
    );
    let (status, said) = put(&format!("{halls}/{SITE}/dossiers"), &key, json, named).await;
    assert_eq!((status, &said["faults"][0]["field"]), (422, &json!("full_name")));

    let keys = app.db().read(|tx| Box::pin(province::keys(tx))).await.unwrap();
    assert!(keys.len() == 1 && keys[0].used_ms.is_some());
    assert!(!texts(app, "SELECT digest FROM province_keys").await.concat().contains(&key[16..]));
    assert!(province::revoke_key(app.db(), &keys[0].id, "lan").await.unwrap());
    assert!(!province::revoke_key(app.db(), &keys[0].id, "lan").await.unwrap());
    assert_eq!(put(&at, &key, json, text).await.0, 401);
    let audit = texts(app, "SELECT who || ' ' || action FROM audit ORDER BY id").await;
    for line in ["lan province-key-made", "lan province-key-revoked", "push IOC tỉnh province-taken"] {
        assert!(audit.iter().any(|l| l == line), "{audit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_with_a_key_pushes_and_nobody_else() {
    let dir = Dir::new();
    pushed(&sqlite(&dir).await).await;
    let server = Postgres::start();
    pushed(&postgres(&server).await).await;
}

async fn stub(token: Option<&str>) -> String {
    let options = StubOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        token: token.map(str::to_owned),
        procedures: 0,
        today: None,
    };
    let stub = Stub::bind(options).await.unwrap();
    let url = format!("http://{}", stub.at().unwrap());
    tokio::spawn(stub.serve());
    url
}

async fn order(stub: &str, fault: StubFault) {
    let body = json!({ "fault": fault });
    reqwest::Client::new().put(format!("{stub}/stub/fault")).json(&body).send().await.unwrap();
}

/// Asks for the catalogue now; what became of it, and in how many seconds it is asked again.
async fn ask(app: &App, puller: &Puller) -> (String, u64, f64) {
    run(app, "UPDATE province_pulls SET next_ms = $1", vec![(now_ms() + 3_600_000).into()]).await;
    run(app, "UPDATE province_pulls SET next_ms = $1 WHERE name = 'catalogue'", vec![0_i64.into()]).await;
    assert_eq!(puller.step(app.db()).await.unwrap(), 1);
    let pulls = app.db().read(|tx| Box::pin(province::pulls(tx))).await.unwrap();
    let is = pulls.into_iter().find(|p| p.name == "catalogue").unwrap();
    (is.outcome, is.failures, (is.next_ms - now_ms()) as f64 / 1000.0)
}

async fn pulled(app: &App) {
    configured(app, SITE, "PHƯỜNG NGÔ QUYỀN", now_ms()).await;
    let stub = stub(Some("bí mật")).await;
    let dir = Dir::new();
    let token = dir.path().join("token");
    std::fs::write(&token, "sai\n").unwrap();
    let options = Options {
        url: Some(stub.clone()),
        every: Duration::from_secs(600),
        token: Some(token.clone()),
        patience: Some(Duration::from_millis(800)),
        ..Options::default()
    };
    let stranger = Puller::new(&options).unwrap().unwrap();
    assert_eq!(stranger.step(app.db()).await.unwrap(), 3, "the catalogue, and two documents of the hall");
    assert_eq!(ask(app, &stranger).await.0, "not-let-in");
    std::fs::write(&token, "bí mật\n").unwrap();
    let puller = Puller::new(&options).unwrap().unwrap();
    run(app, "UPDATE province_pulls SET failures = 0", Vec::new()).await;
    for (fault, outcome) in [
        (StubFault::Broken, "status"),
        (StubFault::Half, "cut-off"),
        (StubFault::Slow, "timeout"),
        (StubFault::Busy, "status"),
    ] {
        order(&stub, fault).await;
        let (is, failures, wait) = ask(app, &puller).await;
        assert_eq!(is, outcome, "{fault:?}");
        assert!(failures >= 1 && wait < 9.0, "{fault:?} {failures} {wait}");
        if fault == StubFault::Busy {
            assert!((1.5..3.1).contains(&wait), "Retry-After is 2: {wait}");
        }
    }
    for fault in [StubFault::Garbage, StubFault::Wrong, StubFault::Wrong] {
        order(&stub, fault).await;
        assert_eq!(ask(app, &puller).await.0, "refused", "{fault:?}");
    }
    assert_eq!(version(app, "catalogue").await, 0);
    let times = texts(app, "SELECT CAST(times AS TEXT) FROM province_intake ORDER BY times").await;
    assert_eq!(times, ["3"], "what is asked for again and again is one refusal, the last");
    let first = || async {
        let read =
            app.db().read(|tx| Box::pin(async move { province::intakes(tx, &Scope::All, "refused").await }));
        read.await.unwrap().remove(0)
    };
    let refused = first().await;
    assert!(refused.faults[0].field == "code" && refused.seen.is_none(), "{refused:?}");
    // Seen, it stays seen while it is the same, and not when it says something else.
    assert!(province::seen(app.db(), Scope::All, &refused.id, "lan", now_ms()).await.unwrap());
    assert!(!province::seen(app.db(), Scope::All, "none", "lan", now_ms()).await.unwrap());
    order(&stub, StubFault::Wrong).await;
    assert_eq!(ask(app, &puller).await.0, "refused");
    assert_eq!(first().await.seen.unwrap().1, "lan");
    order(&stub, StubFault::Garbage).await;
    assert_eq!(ask(app, &puller).await.0, "refused");
    let refused = first().await;
    assert!(refused.seen.is_none() && refused.times == 5, "{refused:?}");
    let (is, failures, wait) = ask(app, &puller).await;
    assert_eq!((is.as_str(), failures, version(app, "catalogue").await), ("good", 0, 1));
    assert!((500.0..700.0).contains(&wait), "{wait}");
    assert_eq!(ask(app, &puller).await.0, "unchanged");
    run(app, "UPDATE province_pulls SET next_ms = 0", Vec::new()).await;
    assert_eq!(puller.step(app.db()).await.unwrap(), 3);
    assert_eq!((version(app, "bookings").await, version(app, "dossiers").await), (1, 1));
    assert_eq!(puller.step(app.db()).await.unwrap(), 0, "nothing is due");
    let asked: Json = reqwest::get(format!("{stub}/stub/asked")).await.unwrap().json().await.unwrap();
    assert_eq!(asked["unchanged"], 2);
    // Never in the clear beyond this machine.
    let far = Options { url: Some("http://tinh.example".into()), ..Options::default() };
    assert!(Puller::new(&far).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_with_faults_is_asked_again_and_what_failed_is_said() {
    let dir = Dir::new();
    pulled(&sqlite(&dir).await).await;
    let server = Postgres::start();
    pulled(&postgres(&server).await).await;
}
