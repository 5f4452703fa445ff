// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole hall at work: a number is taken, called, seen, heard, served and
//! rated, in a real browser and on the devices of the bench.

use crate::browser::{Driver, touch_to};
use crate::support::*;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

/// A browser with the calls that tests of pages need, each waiting for what it wants.
pub struct Page<'r> {
    pub client: Client,
    pub runtime: &'r tokio::runtime::Runtime,
    pub url: String,
}

impl Page<'_> {
    pub fn go(&self, path: &str) {
        self.runtime.block_on(self.client.goto(&format!("{}{path}", self.url))).unwrap();
    }

    pub fn js(&self, script: &str) -> Value {
        self.runtime.block_on(self.client.execute(script, vec![])).unwrap()
    }

    pub fn has(&self, text: &str) {
        let seen = || self.js("return document.body.innerText.replaceAll('\\u00a0', ' ')");
        assert!(until(|| seen().as_str().unwrap().contains(text)), "no `{text}` in {}", seen());
    }

    pub fn fill(&self, name: &str, text: &str) {
        let css = format!("[name={name}]");
        let typed = async { self.client.find(Locator::Css(&css)).await.unwrap().send_keys(text).await };
        self.runtime.block_on(typed).unwrap();
    }

    pub fn click(&self, css: &str) {
        let found = || self.js(&format!("return document.querySelector(`{css}`) !== null"));
        assert!(until(|| found() == true), "no {css}");
        let click = || {
            let click = async { self.client.find(Locator::Css(css)).await?.click().await };
            match self.runtime.block_on(click) {
                Ok(()) => true,
                // The page draws itself just now; this was no click.
                Err(e) if e.is_stale_element_reference() || e.is_no_such_element() => false,
                Err(e) if e.is_element_not_interactable() => false,
                Err(e) => panic!("{css}: {e}"),
            }
        };
        assert!(until(click), "{css} cannot be clicked");
    }

    /// A key pressed anywhere on the page.
    pub fn key(&self, key: &str) {
        let body = async { self.client.find(Locator::Css("body")).await.unwrap().send_keys(key).await };
        self.runtime.block_on(body).unwrap();
    }

    pub fn sign_in(&self, bench: &Bench, id: &str) {
        self.go("/console/signin");
        self.fill("name", id);
        self.fill("secret", &bench.pin(id));
        self.click("button[type=submit]");
        assert!(until(|| self.js("return location.pathname") != "/console/signin"), "not signed in");
    }

    /// What a download of this session would be.
    pub fn fetch(&self, path: &str) -> String {
        let script = format!(
            "const done = arguments[0]; fetch('{path}').then((a) => a.arrayBuffer()).then((b) => \
             done(new TextDecoder().decode(b)));"
        );
        let text = self.runtime.block_on(self.client.execute_async(&script, vec![])).unwrap();
        text.as_str().unwrap().to_owned()
    }
}

#[test]
fn a_number_is_taken_called_seen_heard_served_and_rated() {
    let bench = Bench::small_hall();
    let (display, panel) = (bench.device("display"), bench.device("panel"));
    let (driver, profile) = (Driver::start(), Dir::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(driver.browser(&profile));
    let page = Page { client, runtime: &runtime, url: bench.run.url.clone() };

    // A citizen touches the glass.
    page.go("/");
    assert!(until(|| page.js("return document.getElementById('screen').naturalWidth") == 1080));
    for (label, next) in [
        ("Lấy số", "services"),
        ("Chứng thực", "consent"),
        ("Không dùng thẻ", "priority"),
        ("Không thuộc", "number"),
    ] {
        touch_to(&runtime, &page.client, &bench, label, next);
    }
    // The officer sits down at counter 2 and presses one key.
    page.sign_in(&bench, "an");
    page.click("[data-key='2']");
    page.has("Đang mở");
    page.has("A001");
    page.key("n");
    page.has("Bắt đầu phục vụ");
    // Seen in the waiting room, on the device and on a TV's browser; heard once.
    display.wait("A001", |s| s["view"]["stage"]["label"] == "A001" && s["view"]["stage"]["counter"] == "2");
    display.wait("a sound", |s| s["heard"] == 1);
    let wav = display.bytes("/sounds/0");
    assert!(is_speech(&wav), "{} bytes of sound", wav.len());
    panel.wait("the number at the desk", |s| s["screen"] == "idle");
    page.key("n");
    page.has("Đang phục vụ");
    page.key("f");
    page.has("Gọi số tiếp");
    page.has("Chưa có ai chờ quầy này");
    // The citizen rates it.
    panel.wait("a question", |s| s["screen"] == "ask");
    panel.tap_to("Không hài lòng", "reasons");
    panel.tap("Có biểu hiện nhũng nhiễu");
    // No further question holds such an answer up.
    panel.tap_to("Gửi", "thanks");
    panel.wait("delivery", |s| s["waiting"] == 0);
    // The TV in a browser tells the same.
    page.go("/display");
    page.has("A001");
    // The manager sees the alarm, the report and its export.
    page.sign_in(&bench, "lan");
    page.has("nhũng nhiễu ở quầy 2");
    page.go("/console/ratings");
    page.has("Có biểu hiện nhũng nhiễu");
    page.has("Nguyễn Văn An");
    page.has("có câu hỏi, chưa có phiếu nào trả lời");
    let csv = page.fetch("/console/ratings.csv");
    assert!(csv.contains("Nguyễn Văn An,1,0.0"), "{csv}");
    assert!(csv.starts_with('\u{feff}') || csv.starts_with("Cán bộ"), "{csv}");
    assert!(page.fetch("/console/ratings.xlsx").starts_with("PK"));
    let figures = page.fetch("/console/figures.csv?by=counter");
    assert!(figures.contains("2 · Tư pháp – Hộ tịch"), "{figures}");
    runtime.block_on(page.client.close()).unwrap();
}

/// A WAV of a few seconds in which something is loud.
fn is_speech(wav: &[u8]) -> bool {
    let samples: Vec<f64> =
        wav[44..].chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0).collect();
    let seconds = samples.len() as f64 / 22_050.0;
    let rms = (samples.iter().map(|s| s * s).sum::<f64>() / samples.len().max(1) as f64).sqrt();
    wav.starts_with(b"RIFF") && (2.0..12.0).contains(&seconds) && rms > 0.01
}

#[test]
fn the_console_says_that_the_hub_is_away_and_comes_back_by_itself() {
    let dir = Dir::new();
    let port = Ports::free();
    let hub = start_hub_at(&dir, port);
    let (driver, profile) = (Driver::start(), Dir::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(driver.browser(&profile));
    let page = Page { client, runtime: &runtime, url: hub.url.clone() };
    let code = hub.setup_code();
    page.go("/console");
    for (name, text) in [
        ("code", code.as_str()),
        ("full", "Trần Thị Ví Dụ"),
        ("name", "lan"),
        ("secret", "correct horse"),
        ("again", "correct horse"),
    ] {
        page.fill(name, text);
    }
    page.click("button[type=submit]");
    page.has("Các quầy");
    page.go("/console/desk");
    page.click("[data-key='3']");
    page.has("Đang mở");
    hub.kill();
    page.has("Mất kết nối với máy chủ");
    assert_eq!(page.js("return getComputedStyle(document.getElementById('live')).pointerEvents"), "none");
    let again = start_hub_at(&dir, port);
    let gone = || page.js("return document.getElementById('lost').hidden");
    assert!(until(|| gone() == true), "the page did not come back");
    // The session and the seat have survived, and what happened meanwhile is shown.
    let kiosk = enrolled(&dir, "kiosk-9", "kiosk");
    let client = crate::support::Client::new(again.devices(), &kiosk);
    assert_eq!(runtime.block_on(client.command(issue("certify"))).0, 200);
    page.has("A001");
    page.has("Đang mở");
    runtime.block_on(page.client.close()).unwrap();
}

#[test]
fn a_double_click_on_call_does_not_start_the_service_as_well() {
    let bench = Bench::small_hall();
    let (driver, profile) = (Driver::start(), Dir::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(driver.browser(&profile));
    let page = Page { client, runtime: &runtime, url: bench.run.url.clone() };
    let take = || bench.post("/staff", &serde_json::to_value(issue("certify")).unwrap());
    (0..2).for_each(|_| assert_eq!(take().0, 200));
    page.sign_in(&bench, "an");
    page.click("[data-key='2']");
    page.has("Đang mở");
    // A browser under load must not make two slow clicks of a double one.
    page.js("document.body.dataset.againMs = 60000");
    let desk = || bench.get("/state")["hall"]["counters"][1]["in_hand"].clone();
    let called = |label: &str| {
        page.has("Bắt đầu phục vụ");
        assert_eq!((&desk()["label"], &desk()["stage"]), (&json!(label), &json!("called")), "{}", desk());
    };
    page.click("button.primary");
    page.has("Bắt đầu phục vụ");
    page.click("button.primary");
    called("A001");
    // Another control is another wish, and so is a key.
    page.key("n");
    page.has("Đang phục vụ");
    page.key("f");
    page.has("Gọi số tiếp");
    page.key("n");
    page.has("Bắt đầu phục vụ");
    page.key("n");
    called("A002");
    runtime.block_on(page.client.close()).unwrap();
}

#[test]
fn a_tv_that_is_switched_on_shows_the_last_call_and_replays_none() {
    let bench = Bench::small_hall();
    let (driver, profile) = (Driver::start(), Dir::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(driver.browser(&profile));
    let page = Page { client, runtime: &runtime, url: bench.run.url.clone() };
    let ask = |command: Value| assert_eq!(bench.post("/staff", &command).0, 200, "{command}");
    for counter in ["2", "3"] {
        let officer = json!({ "id": format!("of-{counter}"), "name": "An" });
        ask(json!({ "type": "sign_in", "counter": counter, "officer": officer }));
        ask(json!({ "type": "open_counter", "counter": counter }));
        ask(serde_json::to_value(issue("certify")).unwrap());
    }
    for counter in ["2", "3"] {
        ask(json!({ "type": "call_next", "counter": counter }));
    }
    page.go("/display");
    // What is large, and was: the list beside it has both.
    page.has("A001");
    page.has("A002");
    let large = "return document.getElementById('call').className === 'notice' ? '' \
                 : document.getElementById('number').textContent";
    let mut seen = std::collections::BTreeSet::new();
    until_for(std::time::Duration::from_secs(9), || {
        seen.insert(page.js(large).as_str().unwrap().to_owned());
        false
    });
    assert!(!seen.contains("A001"), "{seen:?}");
    runtime.block_on(page.client.close()).unwrap();
}

/// A panel of the bench in a process of its own.
fn panel_of(ticket: &str, data: &std::path::Path, more: &[&str]) -> (Running, Device) {
    let mut args = vec!["sim", "--role", "panel", "--listen", "127.0.0.1:0", "--ticket", ticket];
    args.extend(["--data", data.to_str().unwrap()]);
    args.extend(more);
    let run = Running::start(&args);
    let device = Device::at(&run.url);
    (run, device)
}

#[test]
fn the_keypad_s_buttons_rate_and_a_rating_waits_for_a_hub_that_is_away() {
    let dir = Dir::new();
    let port = Ports::free();
    let hub = start_hub_at(&dir, port);
    let manager = enrolled(&dir, "test", "manager");
    let ticket = add_panel(dir.path(), "panel-2", "2");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let desk = DeskClient { client: crate::support::Client::new(hub.devices(), &manager), counter: "2" };
    let data = dir.path().join("panel");
    let (run, panel) = panel_of(&ticket, &data, &[]);
    runtime.block_on(desk.serve_one());
    let asked = panel.wait("a question", |s| s["screen"] == "ask" && s["lamps"][0] == true);
    assert_eq!(asked["lamps"], json!([true, true, true, true, false]), "a lamp for each level");
    // The hub goes away in the middle; a contact bounces as they do.
    hub.kill();
    panel.wait("away", |s| !s["view"]["away"].is_null());
    assert_eq!(panel.post("/buttons/1/bounce", &json!({})), 204);
    panel.wait("the next question", |s| s["screen"] == "question");
    panel.tap_to("Lần này là lần đầu", "thanks");
    panel.wait("kept", |s| s["screen"] == "thanks" && s["waiting"] == 1);
    // The panel loses its power as well.
    run.kill();
    let again = start_hub_at(&dir, port);
    let (_run, panel) = panel_of(&ticket, &data, &[]);
    panel.wait("delivered", |s| s["waiting"] == 0);
    // Rated once: the session is not asked for again.
    panel.wait("idle", |s| s["screen"] == "idle");
    let report = ratings(dir.path());
    assert_eq!(report, [("very-satisfied".to_owned(), 1, false)]);
    drop(again);
}

#[test]
fn a_box_of_buttons_without_a_screen_rates_with_one_press() {
    let dir = Dir::new();
    let hub = start_hub(&dir);
    let manager = enrolled(&dir, "test", "manager");
    let ticket = add_panel(dir.path(), "panel-2", "2");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let desk = DeskClient { client: crate::support::Client::new(hub.devices(), &manager), counter: "2" };
    let data = dir.path().join("box");
    let (_run, keypad) = panel_of(&ticket, &data, &["--screenless"]);
    // Dark and deaf while nobody is asked.
    keypad.wait("dark", |s| s["lamps"] == json!([false, false, false, false, false]));
    assert_eq!(keypad.post("/buttons/4/press", &json!({})), 204);
    // A press lasts a moment; it is over before the question comes.
    pause(std::time::Duration::from_millis(700));
    runtime.block_on(desk.serve_one());
    let asks = |s: &Value| s["lamps"] == json!([true, true, true, true, false]) && s["beeps"] == 1;
    keypad.wait("four lit lamps and a beep", asks);
    assert_eq!(keypad.post("/buttons/2/bounce", &json!({})), 204);
    let chosen = |s: &Value| s["lamps"] == json!([false, true, false, false, false]) && s["waiting"] == 0;
    keypad.wait("the chosen lamp", chosen);
    keypad.wait("dark again", |s| s["lamps"] == json!([false, false, false, false, false]));
    assert_eq!(ratings(dir.path()), [("satisfied".to_owned(), 2, false)]);
}
