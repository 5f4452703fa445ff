// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every page in a real browser, in both languages and three sizes, over a week
//! of four halls: nothing runs out of its page, nothing is left untranslated,
//! the browser complains about nothing. With `MOTCUA_PAGES=DIR` pictures come
//! out.

use crate::sites::*;
use crate::support::*;
use crate::visitor::*;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use motcua_central::audit::now_ms;
use motcua_central::reports::day_of;
use motcua_central::steer;
use motcua_link::data::DeviceLog;
use motcua_link::wire::Lane;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SIZES: [(u32, u32); 3] = [(1366, 768), (1920, 1080), (390, 844)];

/// The driver, ended with the test.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub fn start() -> Driver {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is there: tools/setup.sh installs Debian's chromium-driver");
        Driver { child, port }
    }

    async fn browser(&self, profile: &Dir) -> Client {
        let data = format!("--user-data-dir={}", profile.path().display());
        let args =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", &data];
        // The OpenID provider of `oidc` has a certificate of the test's own authority.
        let caps = json!({
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
            "acceptInsecureCerts": true,
        });
        for _ in 0..100 {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(caps.as_object().unwrap().clone());
            if let Ok(client) = builder.connect(&format!("http://127.0.0.1:{}", self.port)).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no browser");
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the browser wrote into its console.
#[derive(Debug)]
struct Console;

impl WebDriverCompatibleCommand for Console {
    fn endpoint(
        &self,
        base: &reqwest::Url,
        session: Option<&str>,
    ) -> Result<reqwest::Url, <reqwest::Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &reqwest::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// What a page must not have; one line a fault.
const LOOK: &str = r#"
const [lang, sections] = arguments, faults = [], width = document.documentElement.clientWidth;
const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
const clipped = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
if (document.documentElement.scrollWidth > width) faults.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
for (const e of document.body.querySelectorAll("*")) {
  if (!seen(e) || clipped(e)) continue;
  const box = e.getBoundingClientRect();
  if (box.width && (box.right > width + 1 || box.left < -1)) faults.push(`outside: ${e.tagName}.${e.className} ${box.left}..${box.right} ${e.textContent.slice(0, 40)}`);
}
for (const e of document.querySelectorAll("button, a, h1, h2, summary, th, label > span")) if (seen(e) && !e.textContent.trim()) faults.push(`empty: ${e.tagName} in ${e.parentElement.className}`);
const key = new RegExp(`\\b(${sections.join("|")})\\.[a-z0-9_]+`);
for (const text of document.body.innerText.split("\n").concat([document.title])) {
  if (key.test(text)) faults.push(`a raw key: ${text}`);
  if (text.includes("%{")) faults.push(`not filled in: ${text}`);
}
if (document.documentElement.lang !== lang) faults.push(`the page says it is in ${document.documentElement.lang}`);
return faults;
"#;

pub struct Eyes {
    pub client: Client,
    pub url: String,
    out: Option<std::path::PathBuf>,
    sections: Vec<String>,
}

impl Eyes {
    pub async fn js(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    pub async fn until(&self, script: &str) {
        for _ in 0..200 {
            if self.js(script).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let there = self.js("return location.href + '\\n' + document.body.innerText").await;
        panic!("never: {script}, at {}", there.as_str().unwrap_or_default());
    }

    /// The inside of the window, without the browser's own edges. A phone is narrower than a window may be, so
    /// the browser is told to believe in one.
    pub async fn size(&self, (width, height): (u32, u32)) {
        self.client.issue_cmd(Metrics(width, height)).await.unwrap();
        self.until(&format!("return innerWidth === {width} && innerHeight === {height}")).await;
    }

    pub async fn look(&self, name: &str, lang: &str, path: &str) {
        for (width, height) in SIZES {
            self.size((width, height)).await;
            self.client.goto(&format!("{}{path}", self.url)).await.unwrap();
            self.see(name, lang, width).await;
        }
    }

    /// The page as it stands in the window.
    pub async fn see(&self, name: &str, lang: &str, width: u32) {
        let ready = "return document.readyState === 'complete' && document.fonts.status === 'loaded' \
                         && [...document.querySelectorAll('canvas')].every((c) => Chart.getChart(c))";
        self.until(ready).await;
        let faults = self.client.execute(LOOK, vec![json!(lang), json!(self.sections)]).await.unwrap();
        if let Some(out) = &self.out {
            let whole = self.client.issue_cmd(Picture).await.unwrap();
            let bytes = decoded(whole["data"].as_str().unwrap());
            std::fs::write(out.join(format!("{name}-{width}-{lang}.png")), bytes).unwrap();
        }
        assert_eq!(faults, json!([]), "{name} {lang} {width}");
    }

    async fn quiet(&self) {
        let lines = self.client.issue_cmd(Console).await.unwrap();
        // A page that is refused is refused on purpose.
        let bad = |l: &&Value| l["level"] == "SEVERE" && !l.to_string().contains("404");
        let bad: Vec<&Value> = lines.as_array().unwrap().iter().filter(bad).collect();
        assert!(bad.is_empty(), "{bad:#?}");
    }

    async fn sign_in(&self, lang: &str) {
        self.client.delete_all_cookies().await.unwrap();
        self.client.goto(&format!("{}/signin?lang={lang}", self.url)).await.unwrap();
        for (name, text) in [("name", "lan"), ("secret", SECRET)] {
            let field = self.client.find(Locator::Css(&format!("input[name={name}]"))).await.unwrap();
            field.send_keys(text).await.unwrap();
        }
        self.client.find(Locator::Css("button[type=submit]")).await.unwrap().click().await.unwrap();
        self.until("return location.pathname === '/'").await;
    }
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// A command of the browser's own protocol.
fn cdp(
    base: &reqwest::Url,
    session: Option<&str>,
) -> Result<reqwest::Url, <reqwest::Url as std::str::FromStr>::Err> {
    base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
}

#[derive(Debug)]
struct Metrics(u32, u32);

impl WebDriverCompatibleCommand for Metrics {
    fn endpoint(
        &self,
        base: &reqwest::Url,
        session: Option<&str>,
    ) -> Result<reqwest::Url, <reqwest::Url as std::str::FromStr>::Err> {
        cdp(base, session)
    }

    fn method_and_body(&self, _: &reqwest::Url) -> (reqwest::Method, Option<String>) {
        let params = json!({ "width": self.0, "height": self.1, "deviceScaleFactor": 1, "mobile": false });
        (
            reqwest::Method::POST,
            Some(json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params }).to_string()),
        )
    }
}

/// The whole page, below the window's edge too.
#[derive(Debug)]
struct Picture;

impl WebDriverCompatibleCommand for Picture {
    fn endpoint(
        &self,
        base: &reqwest::Url,
        session: Option<&str>,
    ) -> Result<reqwest::Url, <reqwest::Url as std::str::FromStr>::Err> {
        cdp(base, session)
    }

    fn method_and_body(&self, _: &reqwest::Url) -> (reqwest::Method, Option<String>) {
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        (
            reqwest::Method::POST,
            Some(json!({ "cmd": "Page.captureScreenshot", "params": params }).to_string()),
        )
    }
}

/// A week of four halls: two well, one that gives no numbers, one that has gone silent.
async fn a_province(app: &App) {
    let (now, mut dice) = (now_ms(), Dice::new(11));
    let halls = [
        ("ngo-quyen", "PHƯỜNG NGÔ QUYỀN", 60),
        ("hong-bang", "PHƯỜNG HỒNG BÀNG", 45),
        ("le-chan", "PHƯỜNG LÊ CHÂN", 30),
        ("do-son", "", 12),
    ];
    for (site, name, people) in halls {
        let mut hub = Hub::new(site);
        let day = |back: i64| now - back * 86_400_000;
        if !name.is_empty() {
            configured(app, site, name, day(6) - 200 * MINUTE).await;
        }
        for back in (0..6).rev() {
            hub.open(day(back) - 190 * MINUTE, &day_of(day(back)).to_string());
            let left = a_day(&mut hub, &mut dice, day(back) - 180 * MINUTE, people, 178);
            if back > 0 {
                hub.end(day(back) + MINUTE, &left);
            }
        }
        let heard = if site == "do-son" { now - 47 * MINUTE } else { now };
        if site == "ngo-quyen" {
            extras(&mut hub, now);
        }
        if site == "le-chan" {
            let reason = "Mất điện khu vực máy lấy số".to_owned();
            hub.lane.tell(now, motcua_link::data::IntakePaused { service: None, for_today: false, reason });
        }
        hub.lane.send(app, heard).await;
        healths(app, site, "hub", "hub", heard, false).await;
        healths(app, site, "kiosk-1", "kiosk", heard, site == "ngo-quyen").await;
        healths(app, site, "panel-1", "panel", heard, false).await;
    }
}

fn extras(hub: &mut Hub, now: i64) {
    let ticket = hub.give(now - 20 * MINUTE, "land");
    let held = hub.call(now - 12 * MINUTE, ticket, "land", ("2", "binh"));
    hub.serve((now - 11 * MINUTE, now - 3 * MINUTE), held, "land", ("2", "binh"));
    hub.rate(now - 2 * MINUTE, held, "land", ("2", "binh"), &HARASSED);
    let ticket = hub.give(now - 9 * MINUTE, "certify");
    let held = hub.call(now - 4 * MINUTE, ticket, "certify", ("1", "an"));
    hub.start(now - 3 * MINUTE, held, "1");
    let long = "Tôi đến từ sáng sớm, máy lấy số báo hết giấy, phải đợi gần một giờ mới có người thay. Đề nghị bố trí người trực.";
    hub.word(now - 90 * MINUTE, "GY-2611-004", "complaint", long, true);
    hub.word(now - 60 * MINUTE, "GY-2611-005", "proposal", "Nên có thêm ghế và nước uống.", false);
    hub.word(now - 30 * MINUTE, "GY-2611-006", "praise", "Cán bộ quầy 3 hướng dẫn rất tận tình.", false);
    hub.noted(now - 40 * MINUTE, "clock-doubted", "the clock jumped by 27 h without time synchronisation");
    hub.noted(now - 45 * MINUTE, "epoch-begun", "a new database was made");
}

const PAGES: [(&str, &str); 20] = [
    ("overview", "/"),
    ("hall", "/halls/ngo-quyen"),
    ("hall-silent", "/halls/do-son"),
    ("compare", "/compare"),
    ("figures", "/figures?by=service"),
    ("figures-day", "/figures?by=day&site=ngo-quyen"),
    ("ratings", "/ratings?by=officer"),
    ("ratings-hall", "/ratings?by=hour&site=ngo-quyen"),
    ("devices", "/devices"),
    ("device", "/devices/ngo-quyen/kiosk-1"),
    ("alarms", "/alarms"),
    ("feedback", "/feedback"),
    ("audit", "/audit"),
    ("device-hub", "/devices/ngo-quyen/hub"),
    ("enrol", "/enrol"),
    ("config", "/config"),
    ("config-hall", "/config/ngo-quyen"),
    ("config-edit", "/config/ngo-quyen/edit"),
    ("rollouts", "/rollouts"),
    ("province", "/province"),
];

/// What somebody of the province has done: commands, tickets, versions, a rollout that a hall refused.
async fn a_busy_day(app: &App, lan: &Visitor) {
    let now = now_ms();
    let mut log = Sender::new("ngo-quyen", "hub", Lane::Log);
    for (level, message) in [
        ("warn", "the printer of kiosk-1 says that its roll is nearly used up"),
        ("error", "the uplink was refused: database 0f3a was followed by another; tried again in a minute"),
    ] {
        let (level, target) = (level.to_owned(), "motcua".to_owned());
        log.tell(now, DeviceLog { level, target, message: message.into() });
    }
    log.send(app, now).await;
    let mut copy = Hub::new("ngo-quyen");
    copy.open(now, "2026-11-26");
    assert!(copy.lane.try_send(app, now).await.is_err());
    let hub = "/devices/ngo-quyen/hub";
    let close = [("do", "order"), ("kind", "close"), ("message", "Mất điện, hẹn buổi chiều")];
    assert_eq!(lan.send(hub, &close).await.status, 303);
    for device in ["kiosk-2", "panel-7"] {
        let ticket = [("site", "ngo-quyen"), ("device", device), ("role", "kiosk"), ("hours", "72")];
        assert_eq!(lan.send("/enrol", &ticket).await.status, 200);
    }
    for (site, seconds) in [("ngo-quyen", "8"), ("hong-bang", "9"), ("ngo-quyen", "10")] {
        let at = format!("/config/{site}/edit");
        let page = lan.get(&at).await.text;
        let base = page.split("name=\"base\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let name = if site == "ngo-quyen" { "PHƯỜNG NGÔ QUYỀN" } else { "PHƯỜNG HỒNG BÀNG" };
        let new = hall_file(site, name).replace("call_seconds = 6", &format!("call_seconds = {seconds}"));
        let send = [("base", base), ("text", &new), ("note", "Gọi lâu hơn cho người lớn tuổi")];
        assert_eq!(lan.send(&at, &send).await.status, 303);
    }
    let start = [
        ("do", "start"),
        ("change", "[display]\ncall_seconds = 7"),
        ("site", "hong-bang"),
        ("site", "le-chan"),
        ("waves", "1"),
        ("note", "Thống nhất thời gian gọi số"),
    ];
    assert_eq!(lan.send("/rollouts", &start).await.status, 303);
    let why = Some("line 41: people wait for service certify · 6 people".to_owned());
    for (site, version, applied) in [("ngo-quyen", 2, false), ("hong-bang", 3, true)] {
        let text = hall_file(site, if site == "ngo-quyen" { "PHƯỜNG NGÔ QUYỀN" } else { "PHƯỜNG HỒNG BÀNG" });
        let detail = why.clone().filter(|_| !applied);
        let said = steer::Reported { version, digest: steer::digest(&text), applied, detail, at_ms: now };
        let done = app.db().write(move |tx| {
            Box::pin(async move {
                steer::set_reported(tx, site, &said, Some(&text), now).await?;
                steer::step(tx).await
            })
        });
        done.await.unwrap();
    }
}

/// A ticket as it is shown once, and as a sheet of paper.
async fn a_ticket(eyes: &Eyes, lang: &str) {
    eyes.size(SIZES[0]).await;
    eyes.client.goto(&format!("{}/enrol", eyes.url)).await.unwrap();
    for (name, text) in [("site", "ngo-quyen"), ("device", "hub"), ("names", "hub.local")] {
        let field = eyes.client.find(Locator::Css(&format!("input[name={name}]"))).await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    eyes.client.find(Locator::Css("form.grid button")).await.unwrap().click().await.unwrap();
    eyes.until("return !!document.querySelector('.ticket svg')").await;
    eyes.see("ticket", lang, SIZES[0].0).await;
}

pub async fn eyes(driver: &Driver, profile: &Dir, url: String) -> Eyes {
    let words = include_str!("../../locales/central.yml").lines();
    let sections =
        words.filter(|l| !l.starts_with([' ', '#', '_'])).map(|l| l.trim_end_matches(':').to_owned());
    let out = std::env::var("MOTCUA_PAGES").ok().map(std::path::PathBuf::from);
    out.iter().for_each(|dir| std::fs::create_dir_all(dir).unwrap());
    Eyes { client: driver.browser(profile).await, url, out, sections: sections.collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_whole_in_both_languages_and_three_sizes() {
    let (dir, profile, driver) = (Dir::new(), Dir::new(), Driver::start());
    let (app, url) = staffed(&dir).await;
    let eyes = eyes(&driver, &profile, url.clone()).await;
    for lang in ["vi", "en"] {
        eyes.look("signin", lang, &format!("/signin?lang={lang}")).await;
        eyes.sign_in(lang).await;
        eyes.look("overview-empty", lang, "/").await;
        eyes.look("figures-empty", lang, "/figures").await;
        eyes.look("province-empty", lang, "/province").await;
    }
    a_province(&app).await;
    let lan = Visitor::signed_in(&url, "lan").await;
    let seen = "ngo-quyen.hub/epoch-begun/a new database was made";
    assert_eq!(lan.send("/alarms/seen", &[("id", seen)]).await.status, 303);
    a_busy_day(&app, &lan).await;
    crate::province_down::a_provincial_system(&app).await;
    for lang in ["vi", "en"] {
        eyes.sign_in(lang).await;
        for (name, path) in PAGES {
            eyes.look(name, lang, path).await;
        }
        a_ticket(&eyes, lang).await;
        eyes.look("people", lang, "/people").await;
        eyes.look("missing", lang, "/halls/none").await;
    }
    eyes.quiet().await;
    eyes.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_number_appears_by_itself_and_a_central_that_is_away_is_said() {
    let (dir, profile, driver) = (Dir::new(), Dir::new(), Driver::start());
    let app = sqlite(&dir).await;
    let code = motcua_central::people::setup_code(app.db()).await.unwrap().unwrap();
    motcua_central::people::set_up(app.db(), &code, new("lan", motcua_central::people::Role::Province, &[]))
        .await
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let router = motcua_central::pages::router(&app);
    runtime.spawn(async move { axum::serve(listener, router).await });
    let eyes = eyes(&driver, &profile, format!("http://{at}")).await;
    eyes.sign_in("vi").await;
    let now = now_ms();
    let mut hub = Hub::new("ngo-quyen");
    hub.open(now, &day_of(now).to_string());
    hub.give(now, "certify");
    hub.lane.send(&app, now).await;
    eyes.until("return document.querySelector('#live .number b')?.textContent === '1'").await;
    assert_eq!(eyes.js("return document.getElementById('lost').hidden").await, true);
    runtime.shutdown_background();
    eyes.until("return !document.getElementById('lost').hidden").await;
    eyes.client.close().await.unwrap();
}
