// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages' rules, as a browser that means no good would try them: sessions,
//! tokens, roles, double clicks; and what a manager changes.

use crate::support::*;
use reqwest::blocking::{Client as Http, Response};
use reqwest::redirect::Policy;
use std::path::Path;
use tokio::runtime::Runtime;

/// A browser without a window.
pub struct Browser {
    http: Http,
    url: String,
    cookie: String,
    csrf: String,
}

impl Browser {
    fn new(url: &str) -> Browser {
        motcua_link::trust::ready();
        let http = Http::builder().redirect(Policy::none()).build().unwrap();
        Browser { http, url: url.to_owned(), cookie: String::new(), csrf: String::new() }
    }

    pub fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).send().unwrap()
    }

    pub fn text(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().unwrap()
    }

    /// A form with the session's token.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(path, fields, &self.csrf)
    }

    fn send(&self, path: &str, fields: &[(&str, &str)], csrf: &str) -> Response {
        let call = self.http.post(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        call.header("x-csrf-token", csrf).form(fields).send().unwrap()
    }

    pub fn signed_in(url: &str, name: &str, secret: &str) -> Browser {
        let mut browser = Browser::new(url);
        let answer = browser.post("/console/signin", &[("name", name), ("secret", secret)]);
        assert_eq!(answer.status(), 303, "{}", answer.text().unwrap());
        browser.take_cookie(&answer);
        browser
    }

    fn take_cookie(&mut self, answer: &Response) {
        let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"),
            "{set}"
        );
        self.cookie = set.split(';').next().unwrap().to_owned();
        let page = self.text("/console/desk");
        let token = page.split("data-csrf=\"").nth(1).unwrap();
        self.csrf = token.split('"').next().unwrap().to_owned();
        assert_eq!(self.csrf.len(), 64);
    }
}

pub struct Office {
    pub dir: Dir,
    pub hub: Running,
    pub manager: Browser,
}

impl Office {
    pub fn open() -> Office {
        let dir = Dir::new();
        let hub = start_hub(&dir);
        let mut manager = Browser::new(&hub.url);
        let code = hub.setup_code();
        let fields = [
            ("code", code.as_str()),
            ("full", "Trần Thị Lan"),
            ("name", "lan"),
            ("secret", "correct horse"),
            ("again", "correct horse"),
        ];
        let answer = manager.post("/console/setup", &fields);
        assert_eq!(answer.status(), 303, "{}", answer.text().unwrap());
        manager.take_cookie(&answer);
        Office { dir, hub, manager }
    }

    pub fn officer(&self) -> Browser {
        let fields = [
            ("do", "add"),
            ("id", "an"),
            ("full", "Nguyễn Văn An"),
            ("secret", "250981"),
            ("role", "officer"),
        ];
        assert_eq!(self.manager.post("/console/officers", &fields).status(), 303);
        Browser::signed_in(&self.hub.url, "an", "250981")
    }
}

#[test]
fn without_a_session_there_is_only_the_way_in() {
    let office = Office::open();
    let nobody = Browser::new(&office.hub.url);
    for path in
        ["/console/desk", "/console/hall", "/console/figures.csv", "/console/officers", "/console/history"]
    {
        let answer = nobody.get(path);
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["location"]),
            (303, &"/console/signin".parse().unwrap()),
            "{path}"
        );
    }
    let call = nobody.http.get(format!("{}/console/desk/live", nobody.url)).header("hx-request", "true");
    assert_eq!(call.send().unwrap().status(), 401);
    assert_eq!(nobody.get("/console/setup").status(), 303, "the set-up is over");
    let page = nobody.get("/console/signin");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"), "{policy}");
    // From another site, even with the right secret.
    let call =
        nobody.http.post(format!("{}/console/signin", nobody.url)).header("sec-fetch-site", "cross-site");
    let answer = call.form(&[("name", "lan"), ("secret", "correct horse")]).send().unwrap();
    assert_eq!(answer.status(), 403);
}

#[test]
fn a_form_without_the_session_s_token_does_nothing() {
    let office = Office::open();
    let an = office.officer();
    for token in ["", "0000", &office.manager.csrf] {
        let answer = an.send("/console/desk/do", &[("do", "sit"), ("counter", "3")], token);
        assert_eq!(answer.status(), 403, "token {token:?}");
    }
    assert!(!an.text("/console/desk").contains("Quầy 3<small>"), "nobody sat down");
    assert_eq!(an.post("/console/desk/do", &[("do", "sit"), ("counter", "3")]).status(), 200);
    assert!(an.text("/console/desk").contains("Đang mở"));
}

#[test]
fn an_officer_stays_an_officer() {
    let office = Office::open();
    let an = office.officer();
    for path in [
        "/console/hall",
        "/console/figures",
        "/console/ratings.xlsx",
        "/console/services",
        "/console/history",
    ] {
        assert_eq!(an.get(path).status(), 403, "{path}");
    }
    let make =
        [("do", "add"), ("id", "eve"), ("full", "Eve"), ("secret", "correct horse"), ("role", "manager")];
    assert_eq!(an.post("/console/officers", &make).status(), 403);
    assert_eq!(an.post("/console/hall/do", &[("do", "close_day")]).status(), 403);
    assert_eq!(an.post("/console/hours", &[("mon", "")]).status(), 403);
    // Signed out is signed out, also for whoever kept the cookie; the counter is free again.
    an.post("/console/desk/do", &[("do", "sit"), ("counter", "3")]);
    assert!(office.manager.text("/console/desk").contains("Nguyễn Văn An đang ngồi"));
    assert_eq!(an.post("/console/signout", &[]).status(), 303);
    assert_eq!(an.get("/console/desk").status(), 303);
    assert!(!office.manager.text("/console/desk").contains("Nguyễn Văn An đang ngồi"));
}

#[test]
fn a_button_pressed_twice_is_one_command() {
    let office = Office::open();
    let an = office.officer();
    let kiosk = enrolled(&office.dir, "kiosk-1", "kiosk");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = Client::new(office.hub.devices(), &kiosk);
    for _ in 0..3 {
        assert_eq!(runtime.block_on(client.command(issue("certify"))).0, 200);
    }
    an.post("/console/desk/do", &[("do", "sit"), ("counter", "3")]);
    let id = uuid::Uuid::now_v7().to_string();
    let press = [("do", "next"), ("id", id.as_str()), ("seen", "0")];
    let first = an.post("/console/desk/do", &press).text().unwrap();
    let second = an.post("/console/desk/do", &press).text().unwrap();
    assert!(first.contains("A001") && second.contains("A001"));
    // Another tab, drawn before the call.
    let tab = [("do", "next"), ("seen", "0")];
    let third = an.post("/console/desk/do", &tab).text().unwrap();
    assert!(third.contains("Số này vừa được gọi") && third.contains("A001"), "{third}");
    let called = runtime.block_on(client.tickets()).iter().filter(|t| t.counter.is_some()).count();
    assert_eq!(called, 1);
}

fn service<'f>(name: &'f str, cap: &'f str, counters: &[&'f str]) -> Vec<(&'f str, &'f str)> {
    let mut fields = vec![("do", "save"), ("code", "certify"), ("name.vi", name), ("name.en", "Copies")];
    fields.extend([("series", "A"), ("icon", "rubber-stamp"), ("cap", cap)]);
    fields.extend(counters.iter().map(|c| ("counter", *c)));
    fields
}

fn hall(url: &str) -> String {
    reqwest::blocking::get(format!("{url}/v1/hall")).unwrap().text().unwrap()
}

#[test]
fn services_and_hours_are_changed_with_history() {
    let office = Office::open();
    let (lan, url) = (&office.manager, &office.hub.url);
    let before = hall(url);
    // Wrong input is refused in a sentence and changes nothing.
    let wrong = lan.post("/console/services", &service("Chứng thực", "0", &["2"]));
    assert_eq!(wrong.status(), 422);
    let said = wrong.text().unwrap();
    assert!(said.contains("Giới hạn mỗi ngày là số từ 1 đến 9999"), "{said}");
    // What was typed is still there.
    assert!(said.contains("<details class=\"card service\" open>") && said.contains("value=\"0\""), "{said}");
    let none = lan.post("/console/services", &service("Chứng thực", "", &[]));
    assert_eq!(none.status(), 422, "a service without a counter");
    assert!(none.text().unwrap().contains("Chọn ít nhất một quầy"));
    assert_eq!(hall(url), before);
    // Right input serves at once, and comments stay.
    assert_eq!(
        lan.post("/console/services", &service("Sao y <b>bản chính</b>", "50", &["3", "4"])).status(),
        303
    );
    let after = hall(url);
    assert!(after.contains("Sao y <b>bản chính</b>") && after.contains("daily_cap = 50"), "{after}");
    assert!(after.contains("# Levels from best to worst"), "comments are kept");
    let page = lan.text("/console/services");
    assert!(page.contains("Sao y &lt;b&gt;") && !page.contains("<b>bản chính"), "names are text, not markup");
    // The version is in the history with its author, and the one before can be used again.
    let history = lan.text("/console/history");
    assert!(history.contains("#2") && history.contains("lan"), "{history}");
    assert_eq!(lan.post("/console/history", &[("version", "1")]).status(), 303);
    assert_eq!(hall(url), before);
    // A restart serves by the newest version, not by the file.
    assert_eq!(lan.post("/console/services", &service("Sao y", "60", &["3"])).status(), 303);
    let days = [
        ("mon", "08:00-12:00, 13:30-17:00"),
        ("tue", "07:30-11:30"),
        ("lunch", "1"),
        ("from", "2027-01-01"),
        ("to", ""),
        ("name.vi", "Tết"),
        ("name.en", "New Year"),
    ];
    assert_eq!(lan.post("/console/hours", &days).status(), 303);
    // What the pages know nothing of stays as it was written.
    for kept in [
        "[[faq]]",
        "[cards]\nread = \"chip\"",
        "fields = [\"G15-CT02\"]",
        "procedures = [\"1.000894\"",
        "[feedback]",
    ] {
        assert!(hall(url).contains(kept), "{kept} is gone");
    }
    let bad = lan.post("/console/hours", &[("mon", "8h-12h"), ("tue", "13:00-17:00, 07:30-11:30")]);
    assert_eq!(bad.status(), 422);
    let said = bad.text().unwrap();
    for text in ["Thứ Hai: “8h-12h”", "Thứ Ba: giờ phải theo thứ tự", "value=\"8h-12h\""] {
        assert!(said.contains(text), "no {text} in {said}");
    }
    // As people write it.
    assert_eq!(
        lan.post("/console/hours", &[&days[1..], &[("mon", "8:00 - 12:00; 13:30–17:00")]].concat()).status(),
        303
    );
    let now = hall(url);
    assert!(now.contains("# or \"issue\""), "the comment beside a changed value is kept: {now}");
    // Saving what is there already makes no version.
    let versions = || lan.text("/console/history").matches("<summary>").count();
    let before = versions();
    assert_eq!(lan.post("/console/hours", &days).status(), 303);
    assert_eq!(versions(), before);
    assert!(lan.text("/console/hours?saved=true").contains("Đã lưu"), "a save is confirmed");
    assert!(
        now.contains("08:00-12:00") && now.contains("lunch = \"issue\"") && now.contains("\"Tết\""),
        "{now}"
    );
    assert_restart(&office.dir, &office.hub.url, &now);
}

#[test]
fn a_service_that_people_wait_for_is_not_removed() {
    let office = Office::open();
    let kiosk = Client::new(office.hub.devices(), &enrolled(&office.dir, "kiosk-1", "kiosk"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(runtime.block_on(kiosk.command(issue("land"))).0, 200);
    let remove = [("do", "remove"), ("code", "land")];
    let refused = office.manager.post("/console/services", &remove);
    assert_eq!(refused.status(), 422);
    assert!(refused.text().unwrap().contains("Đất đai, sổ đỏ: còn 1 số chưa phục vụ xong"));
    assert!(hall(&office.hub.url).contains("code = \"land\""));
    // Nobody waits for this one.
    assert_eq!(
        office.manager.post("/console/services", &[("do", "remove"), ("code", "social")]).status(),
        303
    );
}

fn assert_restart(dir: &Dir, _old: &str, text: &str) {
    let data = dir.path();
    let copy = Dir::new();
    for file in ["staff.db", "staff.db-wal", "hall.toml", "devices.toml"] {
        let from = data.join(file);
        if from.exists() {
            std::fs::copy(&from, copy.path().join(file)).unwrap();
        }
    }
    let (at, file) = (copy.path().to_str().unwrap(), copy.path().join("hall.toml"));
    let again = Running::start(&[
        "hub",
        "--data",
        at,
        "--hall",
        file.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--devices",
        "127.0.0.1:0",
    ]);
    assert_eq!(hall(&again.url), text);
}

#[test]
fn people_have_photos_and_only_pictures_are_photos() {
    let office = Office::open();
    let an = office.officer();
    let (lan, url) = (&office.manager, format!("{}/console/officers/an/photo", office.hub.url));
    let upload = |body: Vec<u8>, browser: &Browser| {
        let call = browser.http.post(&url).header("cookie", &browser.cookie);
        call.header("x-csrf-token", &browser.csrf).body(body).send().unwrap().status().as_u16()
    };
    assert_eq!(upload(b"<svg onload=alert(1)>".to_vec(), lan), 422);
    let photo = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/icons/drum.png")).unwrap();
    assert_eq!(upload(photo.clone(), &an), 403, "not by the officer");
    assert_eq!(upload(photo.clone(), lan), 204);
    let shown = an.get("/console/officers/an/photo");
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.bytes().unwrap(), photo);
    // The panel of his counter gets it with its certificate, nobody without.
    let panel = enrol(&add_panel(office.dir.path(), "panel-3", "3"), office.dir.path().join("panel"));
    let status = |url: &str, http: reqwest::ClientBuilder| {
        let call = http.build().unwrap().get(format!("{url}/v1/officers/an/photo"));
        Runtime::new().unwrap().block_on(async { call.send().await }).unwrap().status()
    };
    let stranger = motcua_link::trust::client::pinned_client(&authority(&panel)).unwrap();
    assert_eq!(status(office.hub.devices(), stranger), 403);
    assert_eq!(status(&office.hub.url, reqwest::Client::builder()), 404, "not on the address of the pages");
    assert_eq!(status(office.hub.devices(), certified(&panel)), 200);
}

/// Fingerprint of the authority that a device believes.
fn authority(data: &Path) -> String {
    motcua::enrolled::at_hub(data).read().unwrap().unwrap().identity.ca().fingerprint()
}

#[test]
fn a_technician_sees_which_devices_hear_the_hub() {
    let office = Office::open();
    let fields =
        [("do", "add"), ("id", "tu"), ("full", "Đỗ Anh Tú"), ("secret", "250981"), ("role", "technician")];
    assert_eq!(office.manager.post("/console/officers", &fields).status(), 303);
    let technician = Browser::signed_in(&office.hub.url, "tu", "250981");
    assert_eq!(technician.get("/console").headers()["location"], "/console/devices");
    assert_eq!(technician.get("/console/hall").status(), 403);
    assert_eq!(office.officer().get("/console/devices").status(), 403);
    let ticket = add_panel(office.dir.path(), "panel-2", "2");
    let page = || technician.text("/console/devices/live");
    assert!(page().contains("panel-2") && page().contains("Quầy 2"), "{}", page());
    assert!(page().contains("Chưa thấy từ khi máy chủ khởi động"), "{}", page());
    // The panel listens for as long as its stream is open.
    let panel = certified(&enrol(&ticket, office.dir.path().join("panel"))).build().unwrap();
    let runtime = Runtime::new().unwrap();
    let open = panel.get(format!("{}/v1/feed/panel", office.hub.devices()));
    let open = runtime.block_on(async { open.send().await }).unwrap();
    assert_eq!(open.status(), 200);
    assert!(until(|| page().contains("Đang kết nối")), "{}", page());
    drop((open, panel));
    assert!(until(|| page().contains("Mất kết nối")), "{}", page());
    // It has a screen without a name beside it.
    let wall = office.manager.http.get(format!("{}/v1/feed/display", office.hub.url)).send().unwrap();
    assert!(until(|| page().contains("có 1 màn hình chờ không đăng ký")), "{}", page());
    drop(wall);
}
