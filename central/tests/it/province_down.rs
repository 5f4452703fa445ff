// SPDX-License-Identifier: MIT OR Apache-2.0
//! The province's documents as a hub fetches them, and on the pages; and an
//! identity number, which is found nowhere.

use crate::process::Central;
use crate::province::{SITE, in_dir, put, today};
use crate::sites::*;
use crate::support::*;
use crate::visitor::*;
use motcua_central::audit::now_ms;
use motcua_central::province::{self, Adapter, Media, Origin, sample};
use motcua_central::steer::{self, http::Desired};
use motcua_link::data::DossierApologyPrinted;
use motcua_link::province::{Bookings, Kind, digest, unpack};
use motcua_link::testing::Postgres;
use motcua_link::trust::Identity;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::Duration;

async fn desired(central: &Central, hub: &Identity, known: &str) -> Desired {
    let route = central.route(hub);
    let url = format!("{}/v1/devices/{}/desired?{known}&wait=10", route.base, hub.name());
    let answer = route.client.get(url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.json().await.unwrap()
}

/// Whether a file under the directory holds the bytes.
fn holds(dir: &Path, bytes: &[u8]) -> Option<std::path::PathBuf> {
    // What a running database deletes meanwhile holds nothing; its socket cannot be read.
    let entries = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    entries.map(|e| e.path()).find_map(|path| {
        let kind = std::fs::symlink_metadata(&path).ok()?.file_type();
        if kind.is_dir() {
            return holds(&path, bytes);
        }
        let text = kind.is_file().then(|| std::fs::read(&path).unwrap_or_default())?;
        text.windows(bytes.len()).any(|w| w == bytes).then_some(path)
    })
}

/// Everything with the real program: three thousand procedures go down packed, an older hub goes on, a number that
/// came by every way is in no file.
async fn way_down(database: Option<String>) {
    let central = Central::with(database, &[]);
    let hub = central.enrol("ngo-quyen.hub", "hub").await;
    let kiosk = central.enrol("ngo-quyen.kiosk-1", "kiosk").await;
    let route = central.route(&hub);
    let me = format!("{}/v1/devices/{}", route.base, hub.name());
    let text = hall_file(SITE, "PHƯỜNG NGÔ QUYỀN");
    let said = json!({"version": 0, "digest": digest(&text), "applied": true, "text": text});
    let report =
        |name: &str, said: &Json| route.client.put(format!("{me}/reported/{name}")).json(said).send();
    assert_eq!(report("hall", &said).await.unwrap().status().as_u16(), 204);

    let db = central.db();
    let key = province::make_key(&db, "IOC", "test").await.unwrap();
    db.close().await;
    province::push_sample(&central.pages, &key, &[SITE.to_owned()], None, 3000).await.unwrap();
    let base = format!("{}/v1/province/halls/{SITE}", central.pages);
    // Twelve digits that are wrong in every way that is told about: in a value, a name, a code, as a hall.
    let planted = "079085123456";
    let booking = json!({"code": "LH-9", "service": "birth", "day": today().to_string(), "from": "08:00", "to": "09:00",
                         "id_number": planted});
    let bookings =
        |more: Json| json!({"format": "motcua.bookings-input.v1", "bookings": [booking, more]}).to_string();
    for wrong in [
        json!({"code": planted, "day": "x"}),
        json!({"code": planted, "service": planted, "day": today().to_string(), "from": planted, "to": planted, "id_number": format!("{planted}9")}),
        json!({"code": "LH-9", "day": today().to_string(), planted: 1}),
        json!({"code": 79085123456_u64}),
    ] {
        let (status, said) =
            put(&format!("{base}/bookings"), &key, "application/json", bookings(wrong)).await;
        assert!(status == 422 && !said.to_string().contains(planted), "{said}");
    }
    put(&format!("{}/v1/province/halls/{planted}/dossiers", central.pages), &key, "application/json", "{}")
        .await;
    let good = json!({"format": "motcua.bookings-input.v1", "bookings": [booking]}).to_string();
    let (status, said) = put(&format!("{base}/bookings"), &key, "application/json", good.clone()).await;
    assert_eq!(status, 200, "{said}");
    let inbox = central.path("inbox");
    std::fs::write(inbox.join("part"), good.replace("LH-9", "LH-10")).unwrap();
    std::fs::rename(inbox.join("part"), inbox.join("bookings-ngo-quyen.json")).unwrap();
    let taken = || !inbox.join("bookings-ngo-quyen.json").exists();
    crate::process::wait_until(taken, || format!("{:?}", in_dir(&inbox))).await;

    let older = desired(&central, &hub, "hall=0").await;
    assert!(older.documents.is_empty() && older.offers.is_empty());
    let offers = desired(&central, &hub, "hall=0&catalogue=0&bookings=0&dossiers=0").await.offers;
    let names: Vec<Kind> = offers.iter().map(|o| o.name).collect();
    assert_eq!(names, Kind::ALL);
    for offer in &offers {
        let url = format!("{me}/documents/{}/{}", offer.name, offer.version);
        let answer = route.client.get(&url).header("accept-encoding", "gzip, zstd").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "zstd");
        let packed = answer.bytes().await.unwrap();
        let text = unpack(&packed).unwrap();
        assert_eq!((digest(&text), text.len() as u64), (offer.digest.clone(), offer.bytes));
        let plain = route.client.get(&url).send().await.unwrap().text().await.unwrap();
        assert_eq!(plain, text);
        if offer.name == Kind::Catalogue {
            assert!(
                text.len() > 2_000_000 && packed.len() < text.len() / 8,
                "{} {}",
                packed.len(),
                text.len()
            );
        }
        if offer.name == Kind::Bookings {
            assert_eq!(Bookings::read(&text, SITE).unwrap().by_card(today(), planted)[0].code, "LH-10");
        }
        let said = json!({"version": offer.version, "digest": offer.digest, "applied": true});
        assert_eq!(report(offer.name.word(), &said).await.unwrap().status().as_u16(), 204);
    }
    let gone = route.client.get(format!("{me}/documents/bookings/1")).send().await.unwrap();
    assert_eq!(gone.status().as_u16(), 404, "an older version holds what was deleted");
    assert_eq!(
        report("weather", &json!({"version": 1, "digest": "", "applied": true}))
            .await
            .unwrap()
            .status()
            .as_u16(),
        404
    );
    let other = central.route(&kiosk);
    let url = format!("{}/v1/devices/{}/documents/catalogue/1", other.base, kiosk.name());
    assert_eq!(other.client.get(url).send().await.unwrap().status().as_u16(), 403);
    // The long poll wakes for a new version.
    let has: String = offers.iter().map(|o| format!("&{}={}", o.name, o.version)).collect();
    let known = format!("hall=0{has}");
    let (news, _) = tokio::join!(desired(&central, &hub, &known), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let text = sample::text(Kind::Catalogue, "", today(), 0);
        put(&format!("{}/v1/province/catalogue", central.pages), &key, "application/json", text).await
    });
    assert_eq!(news.offers.iter().map(|o| (o.name, o.version)).collect::<Vec<_>>(), [(Kind::Catalogue, 2)]);
    assert_eq!(holds(central.path("").as_path(), planted.as_bytes()), None);
    assert_eq!(holds(central.path("").as_path(), &key.as_bytes()[16..]), None);
    let rows = central.rows("SELECT name FROM reported ORDER BY name", Vec::new()).await;
    assert_eq!(rows.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_go_down_whole_and_a_number_is_found_nowhere() {
    way_down(None).await;
    let server = Postgres::start();
    way_down(Some(server.url())).await;
    assert_eq!(holds(server.dir(), b"079085123456"), None, "in PostgreSQL's files and its log");
}

#[test]
fn the_openapi_document_is_that_of_this_program() {
    let text = format!("{}\n", serde_json::to_string_pretty(&province::openapi::openapi()).unwrap());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/province-openapi.json");
    let kept = std::fs::read_to_string(kept).unwrap_or_default();
    assert_eq!(text, kept, "motcua-central province openapi > docs/province-openapi.json");
    for path in ["/v1/province/catalogue", "/v1/province/halls/{site}/bookings", "/halls/{site}/dossiers"] {
        assert!(text.contains(&format!("\"{path}\"")), "{path}");
    }
}

async fn apologised(app: &App, url: &str) {
    let now = now_ms();
    let mut hub = Hub::new(SITE);
    configured(app, SITE, "PHƯỜNG NGÔ QUYỀN", now).await;
    hub.open(now - MINUTE, &today().to_string());
    for (n, (field, days)) in
        [(Some("G15-HT01"), 3), (Some("G15-HT01"), 8), (None, 1)].into_iter().enumerate()
    {
        let printed = DossierApologyPrinted {
            apology: uuid::Uuid::from_u128(n as u128 + 1),
            procedure: "1.001193".into(),
            field: field.map(str::to_owned),
            days_late: days,
            new_due: None,
        };
        hub.lane.tell(now, printed.clone());
        // Told again after a restored back-up.
        hub.lane.tell(now, printed);
    }
    hub.lane.send(app, now).await;
    let origin = Origin { adapter: Adapter::File, by: "catalogue.csv".into() };
    let text = sample::CATALOGUE.as_bytes().to_vec();
    province::take(app.db(), &origin, (Kind::Catalogue, ""), text, Media::Csv).await.unwrap().unwrap();
    let lan = Visitor::signed_in(url, "lan").await;
    let csv = lan.get("/apologies.csv").await.text;
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows.iter().any(|r| r.contains("Civil status") && r.contains("2") && r.contains("5.5")), "{csv}");
    assert!(rows.last().unwrap().starts_with("Total"), "{csv}");
    let page = lan.get("/figures").await.text;
    assert!(page.contains("Apologies for late dossiers") && page.contains("Civil status"), "{page}");
    assert_eq!(lan.get("/report.xlsx").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn apologies_are_counted_once_and_shown_by_hall_and_field() {
    let dir = Dir::new();
    let (app, url) = staffed(&dir).await;
    apologised(&app, &url).await;
    let server = Postgres::start();
    let app = postgres(&server).await;
    let url = with_people(&app).await;
    apologised(&app, &url).await;
}

#[tokio::test]
async fn the_page_shows_what_came_and_only_the_province_makes_keys() {
    let dir = Dir::new();
    let (app, url) = staffed(&dir).await;
    configured(&app, SITE, "PHƯỜNG NGÔ QUYỀN", now_ms()).await;
    configured(&app, "hong-bang", "PHƯỜNG HỒNG BÀNG", now_ms()).await;
    let lan = Visitor::signed_in(&url, "lan").await;
    assert!(lan.get("/province").await.text.contains("No catalogue has come yet"));
    let origin = Origin { adapter: Adapter::File, by: "catalogue.csv".into() };
    for text in [sample::CATALOGUE.to_owned(), sample::CATALOGUE.replacen("1.001193", "x", 1)] {
        let _ = province::take(app.db(), &origin, (Kind::Catalogue, ""), text.into_bytes(), Media::Csv)
            .await
            .unwrap();
    }
    for site in [SITE, "hong-bang"] {
        let body = sample::text(Kind::Dossiers, site, today(), 0).into_bytes();
        let push = Origin { adapter: Adapter::Push, by: "IOC".into() };
        province::take(app.db(), &push, (Kind::Dossiers, site), body, Media::Json).await.unwrap().unwrap();
    }
    let page = lan.get("/province").await.text;
    for text in
        ["Line 2, field code", "file catalogue.csv", "On its way", "PHƯỜNG HỒNG BÀNG", "pushed by IOC", "65"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let made = lan.send("/province", &[("do", "make"), ("name", "IOC tỉnh")]).await.text;
    assert!(made.contains("motcua_province_"), "{made}");
    let page = lan.get("/province").await.text;
    assert!(!page.contains("motcua_province_") && page.contains("IOC tỉnh"));
    let id = page.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(lan.send("/province", &[("do", "make"), ("name", " ")]).await.status, 422);
    for other in ["tu", "hung"] {
        let other = Visitor::signed_in(&url, other).await;
        let page = other.get("/province").await;
        assert!(page.status == 200 && !page.text.contains("IOC tỉnh"), "{}", page.text);
        assert_eq!(other.send("/province", &[("do", "revoke"), ("key", &id)]).await.status, 403);
    }
    let hung = Visitor::signed_in(&url, "hung").await;
    assert!(!hung.get("/province").await.text.contains("HỒNG BÀNG"));
    assert_eq!(Visitor::signed_in(&url, "mai").await.get("/province").await.status, 403);
    assert_eq!(lan.send("/province", &[("do", "revoke"), ("key", &id)]).await.status, 303);
    assert_eq!(lan.send("/province", &[("do", "revoke"), ("key", &id)]).await.status, 404);
}

/// What a provincial system sends on an ordinary day, with what goes wrong on it.
pub async fn a_provincial_system(app: &App) {
    let from = |adapter, by: &str| Origin { adapter, by: by.into() };
    let (file, push) = (from(Adapter::File, "catalogue_20261126.csv"), from(Adapter::Push, "VNPT iGate"));
    let wrong = sample::CATALOGUE.replacen(",at-once,", ",sometimes,", 3).replacen("1.000894", "894", 1);
    for text in [sample::CATALOGUE.to_owned(), wrong] {
        let at = (Kind::Catalogue, "");
        let _ = province::take(app.db(), &file, at, text.into_bytes(), Media::Csv).await.unwrap();
    }
    for site in ["ngo-quyen", "hong-bang", "le-chan"] {
        for kind in [Kind::Bookings, Kind::Dossiers] {
            let body = sample::text(kind, site, today(), 0).into_bytes();
            province::take(app.db(), &push, (kind, site), body, Media::Json).await.unwrap().unwrap();
        }
    }
    let late = "code,procedure,status,received,due,full_name\n".as_bytes().to_vec();
    let _ = province::take(app.db(), &push, (Kind::Dossiers, "do-son"), late, Media::Csv).await.unwrap();
    let now = now_ms();
    for (site, kind, applied) in [
        ("ngo-quyen", Kind::Catalogue, true),
        ("ngo-quyen", Kind::Bookings, true),
        ("ngo-quyen", Kind::Dossiers, true),
        ("hong-bang", Kind::Catalogue, true),
        ("hong-bang", Kind::Bookings, false),
        ("le-chan", Kind::Catalogue, true),
    ] {
        let detail =
            (!applied).then(|| "Line 1, field days[0].key: must be 64 hexadecimal digits".to_owned());
        let said = steer::Reported { version: 1, digest: String::new(), applied, detail, at_ms: now };
        let done = app
            .db()
            .write(move |tx| Box::pin(async move { steer::set_province(tx, site, kind, &said, now).await }));
        done.await.unwrap();
    }
    let pulls =
        "INSERT INTO province_pulls(site, name, next_ms, failures, tried_ms, good_ms, outcome, detail)
                 VALUES('', 'catalogue', $1, 0, $2, $3, 'unchanged', ''),
                       ('do-son', 'bookings', $4, 4, $5, $6, 'timeout', 'operation timed out')";
    let values = [now + 900_000, now, now, now + 240_000, now, now - 7_200_000].map(Into::into).to_vec();
    app.db().write(move |tx| Box::pin(async move { tx.execute(pulls, &values).await })).await.unwrap();
    province::make_key(app.db(), "VNPT iGate", "lan").await.unwrap();
    for (n, site) in ["ngo-quyen", "ngo-quyen", "hong-bang"].into_iter().enumerate() {
        let apology = "INSERT INTO apologies(site, apology, day, at_ms, procedure, field, days_late)
                       VALUES($1, $2, $3, $4, '1.001193', 'G15-HT01', $5)";
        let n = n as u64 + 1;
        let values =
            vec![site.into(), n.to_string().into(), today().to_string().into(), now.into(), (n * 2).into()];
        app.db().write(move |tx| Box::pin(async move { tx.execute(apology, &values).await })).await.unwrap();
    }
}
