// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages that change something beyond the central: devices taken back and told
//! what to do, tickets that really enrol, configurations that really go down.

use crate::sites::*;
use crate::support::*;
use crate::visitor::*;
use motcua_central::audit::now_ms;
use motcua_central::people;
use motcua_central::serve::{Central, Options};
use motcua_central::steer::http::Desired;
use motcua_link::data::DeviceLog;
use motcua_link::trust::{ServerNames, client};
use motcua_link::wire::Lane;

on_both!(
    a_technician_orders_and_takes_back_and_others_do_not,
    a_new_database_is_taken_in_once_somebody_said_so,
    a_configuration_is_checked_kept_and_sent_back_and_only_for_the_own_hall,
    a_ticket_of_the_page_enrols_and_an_edited_configuration_goes_down,
);

/// Somebody of every role at a central with one hall that told what it has.
async fn one_hall(place: &Place) -> (App, String) {
    let (app, url) = staffed_at(place).await;
    configured(&app, "ngo-quyen", "PHƯỜNG NGÔ QUYỀN", now_ms()).await;
    configured(&app, "hong-bang", "PHƯỜNG HỒNG BÀNG", now_ms()).await;
    let mut hub = Hub::new("ngo-quyen");
    hub.open(now_ms(), "2026-11-26");
    hub.lane.send(&app, now_ms()).await;
    (app, url)
}

async fn texts(app: &App, sql: &'static str) -> Vec<String> {
    let read = app.db().read(move |tx| {
        Box::pin(async move { tx.rows(sql, &[]).await?.iter().map(|r| r.text(0)).collect() })
    });
    read.await.unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}

async fn a_technician_orders_and_takes_back_and_others_do_not(place: &Place) {
    let (app, url) = one_hall(place).await;
    let mut log = Sender::new("ngo-quyen", "hub", Lane::Log);
    let line = "the roll is nearly used up <b>".to_owned();
    log.tell(now_ms(), DeviceLog { level: "warn".into(), target: "motcua".into(), message: line });
    log.send(&app, now_ms()).await;
    let page = "/devices/ngo-quyen/hub";
    for id in ["hung", "mai"] {
        let other = Visitor::signed_in(&url, id).await;
        for fields in [[("do", "revoke"), ("x", "")], [("do", "order"), ("kind", "restart")]] {
            assert_eq!(other.send(page, &fields).await.status, 403, "{id} {fields:?}");
        }
    }
    let hung = Visitor::signed_in(&url, "hung").await;
    assert!(!hung.get(page).await.text.contains("Revoke the device"));

    let tu = Visitor::signed_in(&url, "tu").await;
    let before = tu.get(page).await.text;
    assert!(before.contains("nearly used up &lt;b&gt;") && before.contains("No commands yet"), "{before}");
    let close = [("do", "order"), ("kind", "close"), ("message", "Mất điện")];
    assert_eq!(tu.send(page, &close).await.status, 303);
    assert_eq!(tu.send(page, &[("do", "order"), ("kind", "test-print")]).await.status, 303);
    for wrong in [[("do", "order"), ("kind", "explode")], [("do", "order"), ("kind", "close")]] {
        assert_eq!(tu.send(page, &wrong).await.status, 404, "{wrong:?}");
    }
    assert_eq!(tu.send("/devices/ngo-quyen/none", &[("do", "revoke")]).await.status, 404);
    let signed = texts(&app, "SELECT signed FROM commands WHERE kind = 'close'").await;
    assert!(signed[0].contains("Mất điện"), "{signed:?}");
    assert!(tu.get(page).await.text.contains("waiting"));
    // A kiosk has its rights from its hub: that one is told, and its page says what comes of it.
    let mut kiosk = Sender::new("ngo-quyen", "kiosk-1", Lane::Log);
    let line = DeviceLog { level: "warn".into(), target: "motcua".into(), message: "lost".into() };
    kiosk.tell(now_ms(), line);
    kiosk.send(&app, now_ms()).await;
    let of_kiosk = "/devices/ngo-quyen/kiosk-1";
    assert!(tu.get(of_kiosk).await.text.contains("the hub is told to remove it"));
    assert_eq!(tu.send(of_kiosk, &[("do", "revoke")]).await.status, 303);
    let signed = texts(&app, "SELECT signed FROM commands WHERE kind = 'remove-device'").await;
    assert!(signed[0].contains("ngo-quyen.hub") && signed[0].contains("kiosk-1"), "{signed:?}");
    assert!(tu.get(page).await.text.contains("Remove a device of the hall"));
    assert!(!tu.get(page).await.text.contains("the hub is told to remove it"));
    assert_eq!(tu.send(page, &[("do", "revoke")]).await.status, 303);
    assert!(tu.get(page).await.text.contains("revoked"));
    let audit = texts(&app, "SELECT who || ' ' || action FROM audit ORDER BY id").await;
    for line in ["tu command", "tu device-revoked"] {
        assert!(audit.iter().any(|l| l == line), "{audit:?}");
    }
}

async fn a_new_database_is_taken_in_once_somebody_said_so(place: &Place) {
    let (app, url) = one_hall(place).await;
    let mut second = Hub::new("ngo-quyen");
    second.open(now_ms(), "2026-11-26");
    let refused = second.lane.try_send(&app, now_ms()).await;
    assert!(refused.is_err(), "{refused:?}");
    let tu = Visitor::signed_in(&url, "tu").await;
    let page = "/devices/ngo-quyen/hub";
    let text = tu.get(page).await.text;
    assert!(text.contains("An unknown database speaks"), "{text}");
    let epoch = between(&text, "name=\"epoch\" value=\"", "\"").to_owned();
    let made_up = [("do", "accept"), ("epoch", "0123456789abcdef0123456789abcdef")];
    assert_eq!(tu.send(page, &made_up).await.status, 404);
    let hung = Visitor::signed_in(&url, "hung").await;
    assert_eq!(hung.send(page, &[("do", "accept"), ("epoch", &epoch)]).await.status, 403);
    assert!(second.lane.try_send(&app, now_ms()).await.is_err());
    assert_eq!(tu.send(page, &[("do", "accept"), ("epoch", &epoch)]).await.status, 303);
    assert!(tu.get(page).await.text.contains("Accepted. The device goes on"));
    second.lane.send(&app, now_ms()).await;
    assert!(!tu.get(page).await.text.contains("An unknown database speaks"));
    let audit = texts(&app, "SELECT who || ' ' || subject FROM audit WHERE action = 'epoch-accepted'").await;
    assert_eq!(audit, ["tu ngo-quyen.hub"]);

    // The next one is a copy: refused for good, and the page has nothing to decide any more.
    let mut copy = Hub::new("ngo-quyen");
    copy.open(now_ms(), "2026-11-26");
    assert!(copy.lane.try_send(&app, now_ms()).await.is_err());
    let text = tu.get(page).await.text;
    let epoch = between(&text, "name=\"epoch\" value=\"", "\"").to_owned();
    assert_eq!(tu.send(page, &[("do", "refuse"), ("epoch", &epoch)]).await.status, 303);
    assert!(!tu.get(page).await.text.contains("An unknown database speaks"));
    assert_eq!(tu.send(page, &[("do", "accept"), ("epoch", &epoch)]).await.status, 404);
    let still = copy.lane.try_send(&app, now_ms()).await;
    assert!(format!("{still:?}").contains("retired"), "{still:?}");
}

/// A whole central on free ports; its pages and what it holds.
async fn started(place: &Place) -> (App, String) {
    let any = "127.0.0.1:0".parse().unwrap();
    let names = ServerNames { dns: vec!["localhost".into()], ..ServerNames::default() };
    let options = Options {
        data: place.dir.path().to_owned(),
        database_url: place.url(),
        database_ca: None,
        connections: 4,
        places_per_address: 100,
        fanout: Default::default(),
        province: Default::default(),
        listen: any,
        devices: any,
        names,
        oidc: None,
    };
    let central = Central::start(&options).await.unwrap();
    let (app, url) = (central.app.clone(), format!("http://{}", central.pages_at));
    tokio::spawn(central.serve(std::future::pending()));
    for other in [
        new("lan", people::Role::Province, &[]),
        new("hung", people::Role::HallManager, &["ngo-quyen"]),
        new("tu", people::Role::Technician, &[]),
    ] {
        people::add(app.db(), "test", other).await.unwrap();
    }
    (app, url)
}

async fn a_ticket_of_the_page_enrols_and_an_edited_configuration_goes_down(place: &Place) {
    let identity = Dir::new();
    let (app, url) = started(place).await;
    let tu = Visitor::signed_in(&url, "tu").await;
    let fields = [
        ("site", "ngo-quyen"),
        ("device", "hub"),
        ("role", "hub"),
        ("hours", "24"),
        ("names", "hub.local, 10.1.2.3"),
    ];
    let hung = Visitor::signed_in(&url, "hung").await;
    assert_eq!(hung.send("/enrol", &fields).await.status, 403);
    assert_eq!(hung.get("/enrol").await.status, 403);
    let wrong = tu.send("/enrol", &[("site", "Ngô Quyền"), ("device", "hub")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("small letters"), "{}", wrong.text);
    let made = tu.send("/enrol", &fields).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(made.text.contains("<svg") && made.text.contains("Phiếu ghi danh thiết bị"));
    let line = format!("motcua:enrol?{}", between(&made.text, "motcua:enrol?", "<")).replace("&amp;", "&");
    let token = line.rsplit_once("t=").unwrap().1;
    assert!(!tu.get("/enrol").await.text.contains(token), "shown once");
    let enrolled = client::enrol(&line, identity.path()).await.unwrap();
    assert_eq!(enrolled.name().to_string(), "ngo-quyen.hub");
    assert_eq!(enrolled.server_names().dns, ["hub.local"]);
    assert!(tu.get("/enrol").await.text.contains("Used or expired tickets<b>1</b>"));
    let audit = texts(&app, "SELECT who || ' ' || action FROM audit ORDER BY id").await;
    for line in ["tu ticket-made", "device device-enrolled"] {
        assert!(audit.iter().any(|l| l == line), "{audit:?}");
    }

    // A cancelled one buys nothing.
    let kiosk = [&fields[..1], &[("device", "kiosk-9"), ("role", "kiosk")], &fields[3..]].concat();
    let made = tu.send("/enrol", &kiosk).await.text;
    let other = format!("motcua:enrol?{}", between(&made, "motcua:enrol?", "<")).replace("&amp;", "&");
    let ticket = between(&made, "name=\"ticket\" value=\"", "\"").to_owned();
    let cancel = [("do", "cancel"), ("ticket", ticket.as_str())];
    assert_eq!(hung.send("/enrol", &cancel).await.status, 403);
    assert_eq!(tu.send("/enrol", &cancel).await.status, 303);
    assert_eq!(tu.send("/enrol", &cancel).await.status, 404);
    assert!(client::enrol(&other, Dir::new().path()).await.is_err());

    configured(&app, "ngo-quyen", "PHƯỜNG NGÔ QUYỀN", now_ms()).await;
    let page = hung.get("/config/ngo-quyen/edit").await.text;
    let base = between(&page, "name=\"base\" value=\"", "\"").to_owned();
    let text = hall_file("ngo-quyen", "PHƯỜNG NGÔ QUYỀN");
    let new = text.replace("call_seconds = 6", "call_seconds = 8").replace('\n', "\r\n");
    let send = [("base", base.as_str()), ("text", &new), ("note", "gọi lâu hơn")];
    assert_eq!(hung.send("/config/ngo-quyen/edit", &send).await.status, 303);
    let http = client::client(&enrolled).unwrap().build().unwrap();
    let asked = format!("{}/v1/devices/ngo-quyen.hub/desired?hall=0&wait=0", app.devices_url);
    let desired: Desired = http.get(&asked).send().await.unwrap().json().await.unwrap();
    assert_eq!(desired.documents.len(), 1);
    let (was, is) = (text.trim_end(), desired.documents[0].text.trim_end());
    assert_eq!(is, was.replace("call_seconds = 6", "call_seconds = 8"));
    // Taken back on the page, it is refused at once.
    assert_eq!(tu.send("/devices/ngo-quyen/hub", &[("do", "revoke")]).await.status, 303);
    assert_eq!(http.get(&asked).send().await.unwrap().status().as_u16(), 403);
}

async fn a_configuration_is_checked_kept_and_sent_back_and_only_for_the_own_hall(place: &Place) {
    let (app, url) = one_hall(place).await;
    let hung = Visitor::signed_in(&url, "hung").await;
    let tu = Visitor::signed_in(&url, "tu").await;
    for path in ["/config", "/config/ngo-quyen", "/config/ngo-quyen/edit", "/rollouts"] {
        assert_eq!(tu.get(path).await.status, 403, "{path}");
    }
    assert_eq!(hung.get("/rollouts").await.status, 403);
    assert_eq!(hung.send("/rollouts", &[("do", "start")]).await.status, 403);
    for path in ["/config/hong-bang", "/config/hong-bang/edit"] {
        assert_eq!(hung.get(path).await.status, 404, "{path}");
        assert_eq!(hung.send(path, &[("version", "1")]).await.status, 404, "{path}");
    }
    let list = hung.get("/config").await.text;
    assert!(list.contains("NGÔ QUYỀN") && !list.contains("HỒNG BÀNG"), "{list}");
    let at = "/config/ngo-quyen/edit";
    let page = hung.get(at).await.text;
    let base = between(&page, "name=\"base\" value=\"", "\"").to_owned();
    let good = hall_file("ngo-quyen", "PHƯỜNG NGÔ QUYỀN");
    let bad = good.replace("call_seconds = 6", "call_seconds = \"six\"");
    let answer = hung.send(at, &[("base", &base), ("text", &bad), ("note", "thử")]).await;
    assert_eq!(answer.status, 422);
    let line = bad.lines().position(|l| l.contains("\"six\"")).unwrap() + 1;
    assert!(answer.text.contains(&format!("Line {line}:")), "{}", answer.text);
    assert!(answer.text.contains("call_seconds = &quot;six&quot;"), "nothing typed is lost");
    let other = hall_file("hong-bang", "x");
    let answer = hung.send(at, &[("base", &base), ("text", &other), ("note", "thử")]).await;
    assert!(answer.text.contains("the configuration of another hall (hong-bang)"));
    let two = good.replace("call_seconds = 6", "call_seconds = 7");
    assert_eq!(hung.send(at, &[("base", &base), ("text", &two), ("note", "thử")]).await.status, 303);
    let late = hung.send(at, &[("base", &base), ("text", &good), ("note", "muộn")]).await;
    assert!(late.status == 422 && late.text.contains("was changed meanwhile"));
    let page = hung.get("/config/ngo-quyen").await.text;
    assert!(page.contains("On its way") && page.contains("call_seconds = 7"), "{page}");

    let lan = Visitor::signed_in(&url, "lan").await;
    let start = [
        ("do", "start"),
        ("change", "[display]\ncall_seconds = 9"),
        ("site", "ngo-quyen"),
        ("site", "hong-bang"),
        ("waves", "1"),
        ("note", "cả tỉnh"),
    ];
    let none = lan.send("/rollouts", &[("do", "start"), ("change", "a = 1"), ("note", "x")]).await;
    assert!(none.status == 422 && none.text.contains("at least one hall"));
    let wrong = [&start[..1], &[("change", "[hall]\nid = \"x\"")], &start[2..]].concat();
    let wrong = lan.send("/rollouts", &wrong).await;
    assert!(wrong.status == 422 && wrong.text.contains("HỒNG BÀNG: "), "{}", wrong.text);
    assert_eq!(lan.send("/rollouts", &start).await.status, 303);
    let page = lan.get("/rollouts").await.text;
    assert!(
        page.contains("cả tỉnh") && page.contains("Running") && page.contains("Not yet its turn"),
        "{page}"
    );
    let id = between(&page, "name=\"id\" value=\"", "\"").to_owned();
    assert_eq!(lan.send("/rollouts", &[("do", "back"), ("id", &id)]).await.status, 303);
    assert!(lan.get("/rollouts").await.text.contains("Taken back"));
    assert_eq!(lan.send("/rollouts", &[("do", "back"), ("id", &id)]).await.status, 404);
    assert_eq!(hung.send("/config/ngo-quyen", &[("version", "1")]).await.status, 303);
    assert_eq!(hung.send("/config/ngo-quyen", &[("version", "99")]).await.status, 404);
    assert_eq!(
        texts(&app, "SELECT CAST(version AS TEXT) FROM desired WHERE site = 'ngo-quyen'").await,
        ["1"]
    );
}
