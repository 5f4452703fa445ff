// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench's page in a real browser: Debian's chromium through its driver.

use crate::flows::{Flow, catalogue};
use crate::support::*;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::runtime::Runtime;

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

    pub async fn browser(&self, profile: &Dir) -> Client {
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1600,1300",
            &format!("--user-data-dir={}", profile.path().display()),
        ]
        .map(str::to_owned);
        let caps = json!({ "goog:chromeOptions": { "args": args } });
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

/// A click on the picture of the screen, where the button with this label is; none, if there is none.
async fn click_on_glass(page: &Client, elements: &Value, label: &str) {
    let found = elements
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["role"] == "button" && e["label"].as_str().unwrap().starts_with(label));
    let Some(rect) = found.map(|e| &e["rect"]) else { return };
    let part = |at: &str, size: &str| rect[at].as_f64().unwrap() + rect[size].as_f64().unwrap() / 2.0;
    let script = "const i = document.getElementById('screen'), b = i.getBoundingClientRect();
        const s = Math.min(i.clientWidth / i.naturalWidth, i.clientHeight / i.naturalHeight);
        return [b.left + i.clientLeft + arguments[0] * s, b.top + i.clientTop + arguments[1] * s];";
    let args = vec![Value::from(part("x", "width")), part("y", "height").into()];
    // While the page swaps the picture for the next one, there is none to measure.
    let mut at = (None, None);
    for _ in 0..100 {
        let found = page.execute(script, args.clone()).await.unwrap();
        at = (found[0].as_f64(), found[1].as_f64());
        if at.0.is_some() && at.1.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (x, y) = (at.0.unwrap().round(), at.1.unwrap().round());
    let finger = MouseActions::new("finger".into())
        .then(PointerAction::MoveTo { duration: None, x, y })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    page.perform_actions(finger).await.unwrap();
}

/// Touches the glass on the page and waits for the next screen; again only when long after nothing has
/// come of it: a touch that comes sooner than a person could have read the present screen is not taken.
pub fn touch_to(runtime: &Runtime, page: &Client, bench: &Bench, label: &str, screen: &str) {
    let there = || bench.get("/state")["screen"] == screen;
    for _ in 0..6 {
        runtime.block_on(click_on_glass(page, &bench.get("/elements"), label));
        if until_for(Duration::from_secs(8), there) {
            return;
        }
    }
    panic!("{label}: {:#}", bench.get("/state")["view"]);
}

#[test]
fn three_clicks_give_a_ticket_that_can_be_read_on_the_page() {
    let bench = Bench::start(&[]);
    let driver = Driver::start();
    let profile = Dir::new();
    let runtime = Runtime::new().unwrap();
    let page = runtime.block_on(driver.browser(&profile));
    runtime.block_on(page.goto(&bench.run.url)).unwrap();
    let shown = |script: &str| runtime.block_on(page.execute(script, vec![])).unwrap();
    assert!(until(|| shown("return document.getElementById('screen').naturalWidth") == 1080));
    for (label, next) in [
        ("Lấy số", "services"),
        ("Chứng thực", "consent"),
        ("Không dùng thẻ", "priority"),
        ("Không thuộc", "number"),
    ] {
        touch_to(&runtime, &page, &bench, label, next);
        let on_page = "return document.getElementById('screen-name').textContent";
        assert!(until(|| shown(on_page) == next), "the page shows {}", shown(on_page));
    }
    let slip = "const i = document.querySelector('#tray img'); return i && i.complete && i.naturalWidth ? i.alt : ''";
    assert!(
        until(|| shown(slip).as_str().is_some_and(|alt| alt.contains("PHƯỜNG NGÔ QUYỀN"))),
        "{}",
        shown(slip)
    );
    let row = "return document.querySelector('#tickets tr')?.textContent ?? ''";
    assert!(until(|| shown(row).as_str().unwrap().contains("A001certify0printed")), "{}", shown(row));
    // A fault set on the page is said by the device.
    let chip = Locator::XPath("//div[@id='printer-faults']/button[text()='paper-end']");
    runtime.block_on(async { page.find(chip).await.unwrap().click().await }).unwrap();
    let said = "return document.getElementById('printer-state').textContent";
    assert!(until(|| shown(said).as_str().unwrap().contains("paper has run out")), "{}", shown(said));
    if let Ok(path) = std::env::var("MOTCUA_SCREENSHOT") {
        std::fs::write(path, runtime.block_on(page.screenshot()).unwrap()).unwrap();
    }
    runtime.block_on(page.close()).unwrap();
}

#[test]
fn a_card_and_a_receipt_are_presented_on_the_page_and_an_apology_comes_out_of_it() {
    let file = "code,procedure,status,received,due\nH56.14-240823-0001,1.001193,4,2026-01-20,2026-01-24\n";
    let flow = Flow::of(&always_open(), &[catalogue(), ("dossiers-ngo-quyen.csv", file.to_owned())]);
    let bench = &flow.bench;
    let driver = Driver::start();
    let profile = Dir::new();
    let runtime = Runtime::new().unwrap();
    let page = runtime.block_on(driver.browser(&profile));
    runtime.block_on(page.goto(&bench.run.url)).unwrap();
    let shown = |script: &str| runtime.block_on(page.execute(script, vec![])).unwrap();
    let click = |path: &str| {
        let button = Locator::XPath(path);
        runtime.block_on(async { page.wait().for_element(button).await.unwrap().click().await }).unwrap();
    };
    let sample = |title: &str| click(&format!("//div[@id='codes']/button[text()='{title}']"));
    let picture = "return document.getElementById('screen').src";
    assert!(until(|| shown("return document.getElementById('screen').naturalWidth") == 1080));
    for (label, next) in [("Lấy số", "services"), ("Chứng thực", "consent"), ("Dùng thẻ", "reader")]
    {
        touch_to(&runtime, &page, bench, label, next);
    }
    let before = shown(picture);
    sample("ID card of 2021");
    flow.shows("a card is waited for", |s| s["what"] == "chip");
    assert!(until(|| shown(picture) != before), "the picture of the screen is the old one");
    click("//select[@id='chip']/option[@value='2021']");
    click("//button[@id='lay']");
    let sheet = flow.shows("the card's sheet", |s| s["kind"] == "card");
    assert!(sheet.to_string().contains("proof_verified"), "{sheet}");
    click("//button[@id='take-away']");
    flow.home();

    touch_to(&runtime, &page, bench, "Tra cứu hồ sơ", "reader");
    sample("Receipt with an ID number in its address");
    flow.shows("the dossier", |s| s["kind"] == "dossier");
    let paper = "const i = document.querySelector('#tray img'); return i && i.complete && i.naturalWidth ? i.alt : ''";
    assert_eq!(shown(paper), "", "no paper yet");
    let printed = || {
        runtime.block_on(click_on_glass(&page, &bench.get("/elements"), "In thư xin lỗi"));
        until_for(Duration::from_secs(8), || shown(paper).as_str().is_some_and(|alt| alt.contains("XIN LỖI")))
    };
    assert!((0..3).any(|_| printed()), "on the page: {}, slips {}", shown(paper), bench.get("/slips"));
    if let Ok(path) = std::env::var("MOTCUA_SCREENSHOT") {
        std::fs::write(path, runtime.block_on(page.screenshot()).unwrap()).unwrap();
    }
    runtime.block_on(page.close()).unwrap();
}
