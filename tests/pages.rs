// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every page of the hub in a real browser, in both languages and two sizes, of
//! a hall that has had a morning: nothing runs out of its page, nothing is left
//! untranslated, the browser has nothing to complain about. With
//! `MOTCUA_PAGES=DIR` the pictures of the documentation come out.

use crate::browser::Driver;
use crate::hall::Page;
use crate::support::*;
use crate::tidy::catalogue;
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::str::FromStr;

const SIZES: [(u32, u32); 2] = [(1366, 768), (1920, 1080)];
const LANGUAGES: [&str; 2] = ["vi", "en"];

/// What the browser wrote into its console.
#[derive(Debug)]
struct Console;

impl WebDriverCompatibleCommand for Console {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// What a page must not have; one line a fault.
const LOOK: &str = r#"
const [lang, other, sections] = arguments;
const faults = [], width = document.documentElement.clientWidth;
const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
const name = (e) => `${e.tagName.toLowerCase()}.${e.className} "${(e.innerText || e.value || "").slice(0, 40)}"`;
// Inside of what scrolls or clips on purpose, a long line is none of the page's.
const clipped = (e) => {
  for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
    if (getComputedStyle(p).overflowX !== "visible") return true;
  }
  return false;
};
if (document.documentElement.scrollWidth > width) faults.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
for (const e of document.body.querySelectorAll("*")) {
  if (!seen(e) || clipped(e)) continue;
  const box = e.getBoundingClientRect();
  if (box.width && (box.right > width + 1 || box.left < -1)) faults.push(`outside: ${name(e)} ${box.left}..${box.right}`);
  if (!/^(inline|contents)$/.test(getComputedStyle(e).display) && !/^(SELECT|INPUT|CANVAS|BODY)$/.test(e.tagName)
    && getComputedStyle(e).overflowX === "visible" && e.scrollWidth > e.clientWidth + 1) faults.push(`wider than itself: ${name(e)} ${e.scrollWidth} > ${e.clientWidth}`);
}
for (const e of document.querySelectorAll("button, a, h1, h2, summary, legend, figcaption, option, label > span")) {
  if (seen(e) && !e.textContent.trim()) faults.push(`empty: ${name(e)}`);
}
const texts = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n = walk.nextNode(); n; n = walk.nextNode()) {
  // A sheet for somebody else is in the hall's language, and says so.
  if (n.textContent.trim() && seen(n.parentElement) && n.parentElement.closest("[lang]").lang === lang) texts.push(n.textContent.trim());
}
for (const e of document.querySelectorAll("[placeholder], [aria-label]")) if (e.closest("[lang]").lang === lang) texts.push(e.placeholder || "", e.ariaLabel || "");
texts.push(document.title);
const key = new RegExp(`\\b(${sections.join("|")})\\.[a-z0-9_]+`);
for (const t of texts) {
  if (key.test(t) && !t.includes("hall.toml")) faults.push(`a raw key: ${t}`);
  if (/%\{/.test(t)) faults.push(`not filled in: ${t}`);
  if (other.includes(t)) faults.push(`not in ${lang}: ${t}`);
}
if (document.documentElement.lang !== lang) faults.push(`the page says it is in ${document.documentElement.lang}`);
return faults;
"#;

/// A browser that looks at pages.
struct Eyes<'r> {
    page: Page<'r>,
    out: Option<std::path::PathBuf>,
    words: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>,
}

impl Eyes<'_> {
    /// The inside of the window, without the browser's own edges.
    fn size(&self, (width, height): (u32, u32)) {
        let set = |w: i64, h: i64| {
            let asked = (u32::try_from(w).unwrap(), u32::try_from(h).unwrap());
            self.page.runtime.block_on(self.page.client.set_window_size(asked.0, asked.1)).unwrap();
        };
        let inner = || {
            let found = self.page.js("return [innerWidth, innerHeight]");
            (found[0].as_i64().unwrap(), found[1].as_i64().unwrap())
        };
        let wanted = (i64::from(width), i64::from(height));
        let outer = self.page.js("return [outerWidth, outerHeight]");
        let edges = (outer[0].as_i64().unwrap() - inner().0, outer[1].as_i64().unwrap() - inner().1);
        set(wanted.0 + edges.0, wanted.1 + edges.1);
        assert!(until(|| inner() == wanted), "{:?}", inner());
    }

    /// Texts that only the other language has.
    fn foreign(&self, lang: &str) -> Vec<&str> {
        let other = if lang == "vi" { "en" } else { "vi" };
        let own: BTreeSet<&str> = self.words.values().map(|t| t[lang].as_str()).collect();
        let named = &self.words["language"][other];
        let all = self.words.values().map(|t| t[other].as_str());
        all.filter(|t| !own.contains(t) && t != named && !t.contains("%{")).collect()
    }

    /// Looks at what is shown, and keeps its picture.
    fn look(&self, name: &str, lang: &str, size: (u32, u32)) {
        let ready = "return document.readyState === 'complete' && document.fonts.status === 'loaded' \
                     && [...document.querySelectorAll('canvas')].every((c) => Chart.getChart(c)) \
                     && [...document.images].every((i) => i.complete) \
                     && document.querySelector('.bar #clock, #clock b')?.textContent !== ''";
        assert!(until(|| self.page.js(ready) == true), "{name} is not ready");
        let sections: BTreeSet<&str> =
            self.words.keys().filter_map(|k| k.split_once('.')).map(|(s, _)| s).collect();
        let arguments = vec![json!(lang), json!(self.foreign(lang)), json!(sections)];
        let faults = self.page.runtime.block_on(self.page.client.execute(LOOK, arguments)).unwrap();
        if let Some(out) = &self.out {
            let picture = self.page.runtime.block_on(self.page.client.screenshot()).unwrap();
            std::fs::write(out.join(format!("{name}-{}x{}-{lang}.png", size.0, size.1)), picture).unwrap();
        }
        assert_eq!(faults, json!([]), "{name} {lang} {size:?}");
    }

    /// The browser has complained about nothing but what `but` explains.
    fn quiet(&self, name: &str, but: &str) {
        let lines = self.page.runtime.block_on(self.page.client.issue_cmd(Console)).unwrap();
        let bad = |l: &&Value| l["level"] == "SEVERE" && (but.is_empty() || !l.to_string().contains(but));
        let bad: Vec<&Value> = lines.as_array().unwrap().iter().filter(bad).collect();
        assert!(bad.is_empty(), "{name}: {bad:#?}");
    }

    /// What the browser said while the hub was away is no fault of a page.
    fn forget(&self) {
        self.page.go("/console/signin");
        self.page.runtime.block_on(self.page.client.issue_cmd(Console)).unwrap();
    }

    /// A page in every language and size; `then` brings it into the state to be seen.
    fn every(&self, name: &str, path: &str, then: impl Fn(&Page<'_>)) {
        self.every_but(name, path, "", then);
    }

    /// The same for a page of which the browser notes `but`.
    fn every_but(&self, name: &str, path: &str, but: &str, then: impl Fn(&Page<'_>)) {
        for lang in LANGUAGES {
            self.speak(lang);
            for size in SIZES {
                self.size(size);
                self.page.go(path);
                then(&self.page);
                self.look(name, lang, size);
            }
        }
        self.quiet(name, but);
    }

    /// A page without a session, in every language and size.
    fn outside(&self, name: &str, path: &str, then: impl Fn(&Page<'_>)) {
        for lang in LANGUAGES {
            for size in SIZES {
                self.size(size);
                self.page.go(&format!("{path}?lang={lang}"));
                then(&self.page);
                self.look(name, lang, size);
            }
        }
        self.quiet(name, "");
    }

    /// Sends a form of the session, as its page would.
    fn send(&self, path: &str, fields: &[(&str, &str)]) {
        let fields: Vec<[&str; 2]> = fields.iter().map(|(k, v)| [*k, *v]).collect();
        let script = "const [path, fields, done] = arguments;
            const body = new URLSearchParams([['csrf', document.body.dataset.csrf], ...fields]);
            fetch(path, { method: 'POST', body }).then((a) => done(a.status));";
        let sent = self.page.client.execute_async(script, vec![json!(path), json!(fields)]);
        assert_eq!(self.page.runtime.block_on(sent).unwrap(), 200, "{path} {fields:?}");
    }

    fn speak(&self, lang: &str) {
        if self.page.js("return document.body.dataset.csrf || ''") == "" {
            self.page.go("/console/desk");
        }
        self.send("/console/lang", &[("lang", lang), ("to", "/console/desk")]);
    }
}

/// A morning in the hall, by commands of the office and a clock that is set.
struct Morning<'b> {
    bench: &'b Bench,
}

impl Morning<'_> {
    fn at(&self, time: &str) {
        let local = format!("2026-11-23T{time}:00");
        assert_eq!(self.bench.post("/clock", &json!({ "local": local })).0, 204);
    }

    /// The picture of the hall is renewed every second.
    fn settles(&self, time: &str) {
        let local = format!("2026-11-23T{time}");
        self.bench.wait(time, |s| s["hall"]["local_time"].as_str() >= Some(&local));
    }

    /// What happened; nothing here is refused.
    fn asks(&self, command: &Value) -> Value {
        let (status, events) = self.bench.post("/staff", command);
        assert_eq!(status, 200, "{command}: {events}");
        events
    }

    fn takes(&self, service: &str, priority: bool) -> Value {
        let events =
            self.asks(&json!({ "type": "issue", "service": service, "priority": priority, "lang": "vi" }));
        events[0]["ticket"]["id"].clone()
    }

    fn desk(&self, what: &str, counter: &str) -> Value {
        self.asks(&json!({ "type": what, "counter": counter }))
    }

    /// The officer sits down and opens.
    fn sits(&self, counter: &str, id: &str, name: &str) {
        self.asks(&json!({ "type": "sign_in", "counter": counter, "officer": { "id": id, "name": name } }));
        self.desk("open_counter", counter);
    }

    /// Ends what is served at a counter, and what the citizen thought of it.
    fn ends(&self, counter: &str, level: Option<u64>, reasons: &[&str]) {
        let events = self.desk("finish", counter);
        let served = events.as_array().unwrap().iter().find(|e| e["type"] == "served").unwrap();
        let codes = ["very-satisfied", "satisfied", "neutral", "dissatisfied"];
        if let Some(level) = level {
            self.asks(&json!({ "type": "rate", "rating": {
                "session": served["session"], "counter": counter, "service": served["service"],
                "officer": served["officer"], "level": level, "scale": 4,
                "code": codes[usize::try_from(level - 1).unwrap()], "reasons": reasons,
                "answers": [["trips", if level == 1 { "none" } else { "one" }]],
            } }));
        }
    }

    /// From the opening to five past nine.
    fn passes(&self) {
        let officers = [
            // Counter 3 has one service only and chooses first.
            ("3", "chi", "Phạm Thị Minh Chi"),
            ("2", "an", "Nguyễn Văn An"),
            ("4", "binh", "Lê Thị Bình"),
            ("5", "dung", "Võ Tiến Dũng"),
        ];
        self.at("07:32");
        officers.iter().for_each(|(counter, id, name)| self.sits(counter, id, name));
        for round in 0..7_usize {
            let at = |add: usize| {
                let minute = 7 * 60 + 34 + round * 12 + add;
                self.at(&format!("{:02}:{:02}", minute / 60, minute % 60));
            };
            at(0);
            for service in ["certify", "land", "business"] {
                self.takes(service, false);
            }
            self.takes("birth", round % 3 == 1);
            for (every, service) in [(2, "residence"), (3, "social"), (4, "results")] {
                if round % every == 0 {
                    self.takes(service, false);
                }
            }
            at(2);
            for (counter, ..) in officers {
                self.desk("call_next", counter);
            }
            at(3);
            for (counter, ..) in officers {
                self.desk("start", counter);
            }
            for (place, (counter, ..)) in officers.iter().enumerate() {
                at(5 + place * 2);
                let nth = round * 4 + place;
                let level = [1, 1, 2, 1, 3, 1, 2, 4, 1][nth % 9];
                let reasons: &[&str] = match (level, nth) {
                    (4, 7) => &["harassment", "papers"],
                    (4, _) => &["wait"],
                    _ => &[],
                };
                // Not everybody stays for the question.
                self.ends(counter, (nth % 5 != 4).then_some(level), reasons);
            }
        }
    }

    /// At five past nine: one on hold, one absent, a counter paused, a service without numbers.
    fn stands(&self) {
        self.at("08:59");
        for (service, priority) in
            [("certify", false), ("birth", true), ("land", false), ("business", false), ("certify", false)]
        {
            self.takes(service, priority);
        }
        self.at("09:01");
        self.desk("call_next", "2");
        self.desk("start", "2");
        self.at("09:02");
        self.desk("hold", "2");
        self.desk("call_next", "2");
        self.at("09:03");
        self.desk("recall", "2");
        self.at("09:04");
        self.desk("absent", "2");
        self.desk("call_next", "4");
        self.desk("start", "4");
        self.desk("call_next", "5");
        self.asks(&json!({ "type": "pause_counter", "counter": "3", "reason": "Họp" }));
        self.asks(&json!({ "type": "pause_service", "service": "building", "reason": "Chờ bản đồ" }));
        self.takes("residence", true);
        self.at("09:05");
        self.settles("09:05");
    }
}

/// A hub that nobody has signed in to yet; then one that goes away.
fn first_day(eyes: &Eyes<'_>, dir: &Dir, hub: Running) {
    eyes.outside("setup", "/console/setup", |_| {});
    let (code, page) = (hub.setup_code(), &eyes.page);
    let secret = "correct horse";
    let fields = [
        ("code", code.as_str()),
        ("full", "Trần Thị Lan"),
        ("name", "lan"),
        ("secret", secret),
        ("again", secret),
    ];
    fields.iter().for_each(|(name, text)| page.fill(name, text));
    page.click("button[type=submit]");
    page.has("The day");
    page.go("/console/desk");
    page.click("[data-key='2']");
    page.has("Call next");
    eyes.quiet("the first manager", "");
    hub.kill();
    page.has("Connection to the hub is lost");
    for size in SIZES {
        eyes.size(size);
        eyes.look("desk-lost", "en", size);
    }
    assert!(dir.path().join("staff.db").exists());
}

fn manager_pages(eyes: &Eyes<'_>) {
    eyes.every("hall", "/console/hall", |_| {});
    eyes.every("figures", "/console/figures?by=service", |_| {});
    eyes.every("figures-hour", "/console/figures?by=hour", |_| {});
    eyes.every("devices", "/console/devices", |_| {});
    let ticket = |p: &Page<'_>| {
        p.js("document.querySelector('form.grid [name=id]').value = 'kiosk-' + Math.floor(Math.random() * 1e9)");
        p.js("document.querySelector('form.grid').requestSubmit()");
        p.has("motcua enrol");
    };
    eyes.every("devices-ticket", "/console/devices", ticket);
    let refused = |p: &Page<'_>| {
        p.js("document.querySelector('form.grid [name=id]').value = 'Quầy 3'");
        p.js("document.querySelector('form.grid').requestSubmit()");
        p.js("return document.querySelector('.fault').innerText");
    };
    eyes.every_but("devices-refused", "/console/devices", "422", refused);
    eyes.every("figures-none", "/console/figures?from=2026-11-02&to=2026-11-03", |_| {});
    eyes.every("ratings", "/console/ratings?by=officer", |_| {});
    let last = "document.querySelector('main > section:last-of-type').scrollIntoView()";
    eyes.every("ratings-official", "/console/ratings", |p| drop(p.js(last)));
    eyes.every("feedback", "/console/feedback", |_| {});
    let open = |p: &Page<'_>| drop(p.js("document.querySelector('main details').open = true"));
    eyes.every("services", "/console/services", open);
    eyes.every("hours", "/console/hours", |_| {});
    eyes.every("officers", "/console/officers", |_| {});
    eyes.every("officers-change", "/console/officers", open);
    let land = [
        ("do", "save"),
        ("code", "land"),
        ("name.vi", "Đất đai, sổ đỏ"),
        ("name.en", "Land and land-use certificates"),
        ("icon", "map-2"),
        ("series", "C"),
        ("counter", "4"),
        ("cap", "60"),
        ("papers", "1"),
    ];
    eyes.send("/console/services", &land);
    eyes.every("history", "/console/history", open);
}

fn desk_pages(eyes: &Eyes<'_>, morning: &Morning<'_>) {
    let desk = |name: &str, then: &dyn Fn(&Page<'_>)| eyes.every(name, "/console/desk", then);
    morning.desk("sign_out", "2");
    desk("desk-choose", &|_| {});
    morning.sits("2", "an", "Nguyễn Văn An");
    desk("desk-free", &|_| {});
    let called = morning.desk("call_next", "2");
    let label =
        called.as_array().unwrap().iter().find_map(|e| e["call"]["label"].as_str()).unwrap().to_owned();
    morning.at("09:06");
    desk("desk-called", &|_| {});
    // What is refused is said on the page.
    desk("desk-refused", &|p| {
        p.click("[data-key='V']");
        assert!(until(|| p.js("return document.querySelector('.said').hidden") == false));
    });
    // The same call in the waiting room, once more for each look at it.
    let minute = std::cell::Cell::new(7);
    eyes.outside("tv-call", "/display", |p| {
        morning.at(&format!("09:{:02}", minute.get()));
        minute.set(minute.get() + 1);
        morning.desk("recall", "2");
        let large = "const c = document.getElementById('call'); return c.className === '' \
                     && c.getAnimations().length === 0 ? document.getElementById('number').textContent : ''";
        assert!(until(|| p.js(large) == label.as_str()), "{}", p.js(large));
    });
    morning.at("09:15");
    morning.settles("09:15");
    eyes.outside("tv-notice", "/display", |p| {
        let calm = "return document.getElementById('call').className === 'notice' && document.querySelector('#last li') !== null";
        assert!(until(|| p.js(calm) == true));
    });
    morning.desk("start", "2");
    morning.asks(&json!({ "type": "add_service", "counter": "2", "service": "marriage" }));
    morning.at("09:19");
    desk("desk-serving", &|_| {});
    desk("desk-transfer", &|p| {
        p.click("summary[data-key='T']");
        assert!(until(|| p.js("return document.querySelector('.menu[open]') !== null") == true));
    });
    morning.ends("2", None, &[]);
    morning.asks(&json!({ "type": "pause_counter", "counter": "2", "reason": "Nghỉ giải lao" }));
    desk("desk-paused", &|_| {});
    for lang in LANGUAGES {
        eyes.speak(lang);
        eyes.page.go("/console/hall");
        eyes.look("not-for-you", lang, SIZES[1]);
    }
    eyes.quiet("not-for-you", "403");
}

#[test]
fn every_page_is_whole_in_both_languages_and_sizes() {
    let out = std::env::var("MOTCUA_PAGES").ok().map(std::path::PathBuf::from);
    out.iter().for_each(|dir| std::fs::create_dir_all(dir).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (driver, profile, dir) = (Driver::start(), Dir::new(), Dir::new());
    let (hub, bench) = (start_hub(&dir), Bench::small_hall());
    let client = runtime.block_on(driver.browser(&profile));
    let eyes_at = |url: &str| Eyes {
        page: Page { client: client.clone(), runtime: &runtime, url: url.to_owned() },
        out: out.clone(),
        words: catalogue(),
    };
    let eyes = eyes_at(&hub.url);
    first_day(&eyes, &dir, hub);

    let (eyes, morning) = (eyes_at(&bench.run.url), Morning { bench: &bench });
    eyes.forget();
    eyes.outside("signin", "/console/signin", |_| {});
    eyes.page.sign_in(&bench, "lan");
    // People first, as the figures name them.
    for (id, full) in [("chi", "Phạm Thị Minh Chi"), ("dung", "Võ Tiến Dũng")] {
        let fields =
            [("do", "add"), ("id", id), ("full", full), ("role", "officer"), ("secret", "x7 Rồng xanh")];
        eyes.send("/console/officers", &fields);
    }
    morning.passes();
    morning.stands();
    manager_pages(&eyes);
    eyes.page.sign_in(&bench, "an");
    desk_pages(&eyes, &morning);
    // The hub goes away under an officer.
    eyes.speak("vi");
    eyes.page.go("/console/desk");
    eyes.page.has("Nghỉ giải lao");
    assert!(bench.run.terminate().0.success());
    eyes.page.has("Mất kết nối với máy chủ");
    for size in SIZES {
        eyes.size(size);
        eyes.look("desk-lost", "vi", size);
    }
    runtime.block_on(client.close()).unwrap();
}
