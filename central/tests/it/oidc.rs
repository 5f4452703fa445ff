// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sign-in through an OpenID provider that nobody here wrote, in a browser, and
//! everything that a sign-in must not be taken for.

use crate::browser::{Driver, Eyes, eyes};
use crate::process::PROGRAM;
use crate::provider::{GRANTS, Hall, Peer, free_port};
use crate::support::*;
use crate::visitor::*;
use fantoccini::Locator;
use motcua_central::audit::now_ms;
use motcua_central::oidc::{Back, Config, Fault, Oidc};
use motcua_central::people::{self, Change, Role};
use motcua_link::testing::Postgres;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// At the provider's own pages.
async fn log_in(eyes: &Eyes, login: &str) {
    eyes.until("return !!document.querySelector('input[name=login]')").await;
    for (name, text) in [("login", login), ("password", "any")] {
        let field = eyes.client.find(Locator::Css(&format!("input[name={name}]"))).await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    press(eyes, "button[type=submit]").await;
    agree(eyes).await;
}

/// Past the page that asks whether this central may know, where it comes.
async fn agree(eyes: &Eyes) {
    let asks = "location.hostname === 'localhost' && document.readyState === 'complete' \
                && !!document.querySelector('input[value=consent]')";
    eyes.until(&format!("return location.hostname === '127.0.0.1' || ({asks})")).await;
    if eyes.js(&format!("return {asks}")).await == true {
        press(eyes, "button[type=submit]").await;
    }
    eyes.until("return location.hostname === '127.0.0.1'").await;
}

async fn press(eyes: &Eyes, what: &str) {
    eyes.client.find(Locator::Css(what)).await.unwrap().click().await.unwrap();
}

/// Nobody is known to either side any more.
async fn forget(eyes: &Eyes, peer: &Peer) {
    for url in [format!("{}/.well-known/openid-configuration", peer.at), format!("{}/signin", eyes.url)] {
        eyes.client.goto(&url).await.unwrap();
        eyes.client.delete_all_cookies().await.unwrap();
    }
}

async fn sign_in(eyes: &Eyes, peer: &Peer, login: &str, lang: &str) {
    forget(eyes, peer).await;
    eyes.client.goto(&format!("{}/signin?lang={lang}", eyes.url)).await.unwrap();
    press(eyes, "a.button.primary").await;
    log_in(eyes, login).await;
}

/// Good sign-ins, the ones that have no role here, and the way out.
async fn every_role(client: &str, in_token: bool) {
    let (profile, driver) = (Dir::new(), Driver::start());
    let hall = Hall::start(client, in_token).await;
    let eyes = eyes(&driver, &profile, hall.url.clone()).await;
    for (login, name, page) in [
        ("lan", "Trần Thị Lan", "/people"),
        ("hung", "Lê Văn Hùng", "/config"),
        ("mai", "Phạm Thị Mai", "/audit"),
        ("tu", "Vũ Anh Tú", "/devices"),
    ] {
        sign_in(&eyes, &hall.peer, login, "vi").await;
        // The page goes on by itself, with the strict cookie.
        eyes.until("return !location.pathname.startsWith('/signin') && !!document.querySelector('.me .who')")
            .await;
        assert_eq!(eyes.js("return document.querySelector('.me .who').textContent").await, name);
        eyes.client.goto(&format!("{}{page}", hall.url)).await.unwrap();
        assert_eq!(eyes.js("return !!document.querySelector('.bar a[aria-current]')").await, true, "{login}");
    }
    let made = hall.texts("SELECT role || ' ' || name FROM people ORDER BY role").await;
    assert_eq!(
        made,
        ["auditor Phạm Thị Mai", "hall-manager Lê Văn Hùng", "province Trần Thị Lan", "technician Vũ Anh Tú"]
    );
    assert_eq!(hall.texts("SELECT site FROM people_sites").await, ["ngo-quyen"]);
    for (login, says) in [("khach", "chưa được cấp quyền"), ("binh", "chưa được gán bộ phận")]
    {
        sign_in(&eyes, &hall.peer, login, "vi").await;
        let fault = eyes.js("return document.querySelector('.fault').textContent").await;
        assert!(fault.as_str().unwrap().contains(says) && fault.as_str().unwrap().contains(login), "{fault}");
    }
    let log = hall.texts("SELECT who || ' ' || action || ' ' || detail FROM audit ORDER BY id").await;
    assert_eq!(log[0], "openid account-added province");
    assert!(log[1].starts_with("lan@") && log[1].ends_with(" signed-in openid"), "{log:?}");
    assert_eq!(log[log.len() - 2..], ["openid sign-in-refused no role", "openid sign-in-refused no hall"]);
    out(&hall, &eyes).await;
    eyes.client.close().await.unwrap();
}

/// Signed out here, then at the provider too: the next one types a name again.
async fn out(hall: &Hall, eyes: &Eyes) {
    sign_in(eyes, &hall.peer, "lan", "en").await;
    eyes.until("return !!document.querySelector('.me .who')").await;
    for lang in ["vi", "en"] {
        eyes.js(&format!(
            "document.querySelector('form[action=\"/lang\"] input[value={lang}]')?.form.submit(); return true"
        ))
        .await;
        eyes.until(&format!("return document.documentElement.lang === '{lang}'")).await;
        eyes.look("people-oidc", lang, "/people").await;
    }
    press(eyes, "form[action='/signout'] button").await;
    eyes.until("return !!document.querySelector('[role=status] a')").await;
    eyes.client.goto(&hall.url).await.unwrap();
    assert_eq!(eyes.js("return location.pathname").await, "/signin");
    eyes.client.goto(&format!("{}/signin?out=1&lang=en", hall.url)).await.unwrap();
    press(eyes, "[role=status] a").await;
    eyes.until("return location.hostname === 'localhost' && !!document.querySelector('button[name=logout]')")
        .await;
    press(eyes, "button[name=logout]").await;
    eyes.until("return !document.querySelector('button[name=logout]')").await;
    eyes.client.goto(&format!("{}/signin/oidc?lang=en", hall.url)).await.unwrap();
    eyes.until("return !!document.querySelector('input[name=login]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_signs_in_by_what_the_provider_says_when_asked_again() {
    every_role("motcua", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_signs_in_by_what_a_token_with_an_elliptic_key_says() {
    every_role("motcua-es", true).await;
}

/// Somebody signed in at the provider begins again and is sent back; `hold` has the cookie, as the one browser that
/// began. Where it was sent back to.
async fn a_way_back(hall: &Hall, eyes: &Eyes, hold: &mut Visitor) -> String {
    let begun = hold.get("/signin/oidc?lang=en").await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    hold.cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
    eyes.client.goto(begun.header("location")).await.unwrap();
    // A code that came twice has ended what was agreed.
    agree(eyes).await;
    // This browser did not begin it: somebody else's answer does not sign it in.
    let fault = eyes.js("return document.querySelector('.fault').textContent").await;
    assert!(fault.as_str().unwrap().contains("quá lâu"), "{fault}");
    let last = hall.peer.ask("/test/last").await;
    last.strip_prefix(&hall.url).unwrap().to_owned()
}

/// What a broken or hostile provider, or somebody on the way, may send; and that each is refused.
const WRONG: [&str; 11] = [
    "signature",
    "payload",
    "none",
    "hmac",
    "nonce",
    "no_nonce",
    "audience",
    "issuer",
    "expired",
    "access",
    "missing",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proven_signs_nobody_in() {
    let (profile, driver) = (Dir::new(), Driver::start());
    let mut hall = Hall::start("motcua", false).await;
    let eyes = eyes(&driver, &profile, hall.url.clone()).await;
    sign_in(&eyes, &hall.peer, "tu", "vi").await;
    eyes.until("return !!document.querySelector('.me .who')").await;
    let mut hold = Visitor::new(&hall.url);
    let before = hall.texts("SELECT digest FROM sessions").await;
    for fault in WRONG {
        assert_eq!(hall.peer.ask(&format!("/test/next?fault={fault}")).await, "ok");
        let back = a_way_back(&hall, &eyes, &mut hold).await;
        let answer = hold.get(&back).await;
        assert_eq!(answer.status, 401, "{fault}");
        assert!(answer.text.contains("could not be verified"), "{fault}: {}", answer.text);
    }
    // It answers for another person when asked again.
    hall.peer.ask("/test/next?fault=other_person").await;
    let back = a_way_back(&hall, &eyes, &mut hold).await;
    assert_eq!(hold.get(&back).await.status, 401);
    // Another state, none, another provider's answer.
    for (from, to) in [("state=", "state=0"), ("state=", "other="), ("iss=https", "iss=http")] {
        let back = a_way_back(&hall, &eyes, &mut hold).await;
        assert!(back.contains(from));
        let answer = hold.get(&back.replace(from, to)).await;
        assert_eq!(answer.status, 400, "{to}: {}", answer.text);
    }
    // Cancelled there.
    let back = a_way_back(&hall, &eyes, &mut hold).await;
    let no = hold.get(&back.replace("code=", "error=access_denied&old=")).await;
    assert!(no.status == 401 && no.text.contains("you cancelled"), "{}", no.text);
    // Too late by the clock, although everything else is right.
    let back = a_way_back(&hall, &eyes, &mut hold).await;
    let query: Back = serde_urlencoded::from_str(back.split_once('?').unwrap().1).unwrap();
    let token = hold.cookie.split_once('=').unwrap().1.split_once('.').unwrap().1.to_owned();
    let oidc = hall.app.oidc.clone().unwrap();
    let late = oidc.finish(&token, query, now_ms() + motcua_central::oidc::LIMIT_MS).await;
    assert!(matches!(late, Err(Fault::Stale)), "{late:?}");
    assert_eq!(hall.texts("SELECT digest FROM sessions").await, before, "somebody got in");
    // The right answer works, and once.
    let good = hold.get(&back).await;
    assert!(good.status == 200 && good.header("refresh") == "0; url=/", "{}", good.text);
    let again = hold.get(&back).await;
    assert!(again.status == 401 && again.text.contains("could not be verified"), "{}", again.text);
    the_provider_goes_and_comes(&mut hall, &eyes, &mut hold).await;
    eyes.client.close().await.unwrap();
}

/// Away before and after the redirect; back with other keys.
async fn the_provider_goes_and_comes(hall: &mut Hall, eyes: &Eyes, hold: &mut Visitor) {
    let back = a_way_back(hall, eyes, hold).await;
    hall.peer.stop();
    let away = hold.get(&back).await;
    assert!(away.status == 502 && away.text.contains("cannot be reached now"), "{}", away.text);
    // A central that never heard of it starts and says the same; passwords work on.
    let mut cold = hall.app.clone();
    cold.oidc = Some(Arc::new(hall.peer.oidc()));
    let url = with_people(&cold).await;
    let visitor = Visitor::new(&url);
    assert_eq!(visitor.get("/signin/oidc?lang=en").await.status, 502);
    assert_eq!(Visitor::signed_in(&url, "lan").await.get("/").await.status, 200);
    hall.peer.go();
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    sign_in(eyes, &hall.peer, "mai", "vi").await;
    eyes.until("return document.querySelector('.me .who')?.textContent === 'Phạm Thị Mai'").await;
}

/// On both databases: the same person at every sign-in, what changed at the provider, the switch of the province.
async fn accounts_follow_the_provider(app: &App) {
    use motcua_central::oidc::{Granted, Person};
    use people::{AccountFault, OutsideFault};
    let db = app.db();
    let person = |role, sites: &[&str]| Person {
        issuer: "https://id.example".into(),
        subject: "248289761001".into(),
        name: "Lê Văn Hùng".into(),
        login: "hung@tinh.example".into(),
        granted: Granted { role, sites: sites.iter().map(|s| (*s).to_owned()).collect() },
    };
    let enter = |person, flow: &'static str| people::sign_in_outside(db, person, flow, "en", now_ms());
    let token = enter(person(Role::HallManager, &["ngo-quyen"]), "flow 1").await.unwrap();
    let session = people::session(db, &token, now_ms()).await.unwrap().unwrap();
    let id = session.account.id.clone();
    assert!(id.starts_with("hung@") && session.account.outside && session.lang == "en");
    let used = enter(person(Role::Province, &[]), "flow 1").await;
    assert!(matches!(used, Err(OutsideFault::Used)), "{used:?}");
    // Promoted there; the same account.
    enter(person(Role::Province, &[]), "flow 2").await.unwrap();
    let all = people::accounts(db).await.unwrap();
    assert_eq!((all.len(), all[0].role, all[0].sites.len()), (1, Role::Province, 0));
    // The same mark at another provider is another person.
    let mut other = person(Role::Auditor, &[]);
    other.issuer = "https://elsewhere.example".into();
    enter(other, "flow 3").await.unwrap();
    assert_eq!(people::accounts(db).await.unwrap().len(), 2);
    // Nobody with a password yet, so there still is a set-up code; and no password for who comes from outside.
    let code = people::setup_code(db).await.unwrap().unwrap();
    people::set_up(db, &code, new("lan", Role::Province, &[])).await.unwrap();
    let set = people::set_secret(db, "lan", &id, SECRET).await;
    assert!(matches!(set, Err(AccountFault::Outside(_))), "{set:?}");
    assert!(people::sign_in(db, &id, "-", "vi", now_ms()).await.is_err());
    // Of the account itself only the switch is the province's.
    let off = Change { name: "Ai đó".into(), role: Role::Auditor, sites: Vec::new(), active: false };
    people::change(db, "lan", &id, off).await.unwrap();
    let had = people::account(db, &id).await.unwrap().unwrap();
    assert_eq!((had.name.as_str(), had.role, had.active), ("Lê Văn Hùng", Role::Province, false));
    assert!(people::session(db, &token, now_ms()).await.unwrap().is_none());
    let refused = enter(person(Role::Province, &[]), "flow 4").await;
    assert!(matches!(refused, Err(OutsideFault::Off)), "{refused:?}");
    // Wrong passwords for it lock nobody out at the provider.
    let on = Change { name: "x".into(), role: Role::Province, sites: Vec::new(), active: true };
    people::change(db, "lan", &id, on).await.unwrap();
    for _ in 0..6 {
        assert!(people::sign_in(db, &id, "a wrong one here", "vi", now_ms()).await.is_err());
    }
    enter(person(Role::Province, &[]), "flow 5").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_a_provider_on_sqlite() {
    let dir = Dir::new();
    accounts_follow_the_provider(&sqlite(&dir).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_a_provider_on_postgresql() {
    let server = Postgres::start();
    accounts_follow_the_provider(&postgres(&server).await).await;
}

/// The real program, told to take no passwords, while the provider is away.
#[tokio::test(flavor = "multi_thread")]
async fn without_passwords_the_set_up_code_is_the_way_in_while_the_provider_is_away() {
    let dir = Dir::new();
    let file = dir.path().join("oidc.toml");
    let head = format!(
        "issuer = 'http://127.0.0.1:{}'\nclient_id = 'motcua'\npages = 'http://127.0.0.1:8700'\nlocal_sign_in = false\n\
         button = {{ vi = 'Vào bằng SSO', en = 'Enter by SSO' }}\n",
        free_port()
    );
    write!(std::fs::File::create(&file).unwrap(), "{head}{GRANTS}").unwrap();
    for (round, name) in ["lan", "hai"].into_iter().enumerate() {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0", "--child", "--oidc"])
            .arg(&file)
            .arg("--data")
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let url = lines.next().unwrap().rsplit(' ').next().unwrap().to_owned();
        let said = lines.nth(1).unwrap();
        assert!(said.contains("while the OpenID provider is away"), "{said}");
        let code = said.rsplit(' ').next().unwrap();
        let mut visitor = Visitor::new(&url);
        let page = visitor.get("/signin?lang=en").await.text;
        assert!(
            page.contains("Enter by SSO")
                && page.contains("Use the set-up code")
                && !page.contains("type=\"password\"")
        );
        let by_password = visitor.post("/signin", &[("name", "lan"), ("secret", SECRET)]).await;
        assert_eq!(by_password.status, 403);
        let form = |code: &str| {
            [("code", code), ("full", "Trực ban"), ("name", name), ("secret", SECRET), ("again", SECRET)]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
        };
        for (code, expected) in [("000000000000", 422), (code, 303), (code, 422)] {
            let fields = form(code);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let answer = visitor.post("/setup", &fields).await;
            assert_eq!(answer.status, expected, "round {round}: {}", answer.text);
            if expected == 303 {
                visitor.keep(&answer).await;
                assert_eq!(visitor.get("/people").await.status, 200);
            }
        }
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_pages_are_whole_in_both_languages_and_three_sizes() {
    let (profile, driver, dir) = (Dir::new(), Driver::start(), Dir::new());
    let mut app = sqlite(&dir).await;
    for (name, local) in [("signin-oidc", true), ("signin-oidc-only", false)] {
        let file = dir.path().join("oidc.toml");
        let head = format!(
            "issuer = 'http://127.0.0.1:{}'\nclient_id = 'm'\npages = 'http://127.0.0.1:1'\nlocal_sign_in = {local}\n",
            free_port()
        );
        std::fs::write(&file, format!("{head}{GRANTS}")).unwrap();
        app.oidc = Some(Arc::new(Oidc::new(Config::read(&file).unwrap()).unwrap()));
        let url = serve(&app).await;
        let eyes = eyes(&driver, &profile, url).await;
        for lang in ["vi", "en"] {
            eyes.look(name, lang, &format!("/signin?lang={lang}")).await;
            eyes.look(&format!("{name}-away"), lang, &format!("/signin/oidc?lang={lang}")).await;
            eyes.look(&format!("{name}-out"), lang, &format!("/signin?lang={lang}&out=1")).await;
        }
        if !local {
            eyes.look("break-glass", "vi", "/setup?lang=vi").await;
        }
        eyes.client.close().await.unwrap();
    }
}
