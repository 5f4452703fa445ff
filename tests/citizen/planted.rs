// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thousand people who do not exist go through everything that a kiosk asks
//! for them; then every file of hub and kiosk and everything that the hub logged
//! is searched for them, live and after a kill.

use super::dossiers::{KNOWN, Province};
use super::walk::Walk;
use super::{always_open, give_token};
use crate::support::planted::{Found, Person, Searcher, encodings, people};
use crate::support::*;
use motcua::citizen::Desk;
use motcua::client::HubClient;
use motcua::enrolled::at_hub;
use motcua_core::citizen::BookingKey;
use motcua_core::view::Intent;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process};
use tokio::runtime::Runtime;

/// A hub that logs everything into files.
struct Chatty(Child);

impl Chatty {
    fn start(dir: &Dir, ports: Ports, logs: &Path, hall: &str) -> Chatty {
        let hall = dir.file("hall.toml", hall);
        let log = |name: &str| std::fs::File::create(logs.join(name)).unwrap();
        let hub = Process::new(PROGRAM)
            .args(["hub", "--data"])
            .arg(dir.path())
            .arg("--hall")
            .arg(hall)
            .args(ports.args())
            .env("MOTCUA_LOG", "trace")
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .spawn()
            .unwrap();
        assert!(until(|| dir.path().join("address.toml").exists()), "the hub did not start");
        Chatty(hub)
    }
}

impl Drop for Chatty {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The searcher finds each encoding, in the log of a database and in what is packed.
fn controls(dir: &Path, person: &Person) {
    let mut searcher = Searcher::new(person.needles());
    for needle in person.needles() {
        for (name, pattern) in encodings(needle) {
            let found = searcher.within(dir, &[b"..".as_slice(), &pattern, b".."].concat());
            assert!(found.iter().any(|f| f.needle == needle && f.encoding == name), "{name} of {needle}");
        }
        for lead in ["", "x", "xx"] {
            use base64::Engine as _;
            let text = format!("{lead}{needle}, và hết.");
            let coded = base64::engine::general_purpose::STANDARD.encode(text);
            let found = searcher.within(dir, coded.as_bytes());
            assert!(found.iter().any(|f| f.needle == needle), "{needle} in {coded}");
        }
        let packed = zstd::encode_all(format!("a{needle}b").as_bytes(), 3).unwrap();
        let found = searcher.within(dir, &[b"12", packed.as_slice(), b"34"].concat());
        assert!(found.iter().any(|f| f.packed && f.needle == needle), "{needle}, packed");
    }
    let file = dir.join("control.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t(x);").unwrap();
    db.execute("INSERT INTO t VALUES(?1)", [&person.number]).unwrap();
    let found = searcher.under(dir);
    let wal = |f: &Found| f.file.ends_with("control.db-wal") && f.needle == person.number;
    assert!(found.iter().any(wal), "{found:?}");
    drop(db);
    std::fs::remove_file(file).unwrap();
}

/// Everything that one of them does at a kiosk.
async fn visit(walk: &mut Walk, person: &Person, n: usize) {
    let card = format!("{}|{}|{}|15021990|Nữ|Số 1 Phố Mẫu|20062021", person.number, person.old, person.name);
    // A booking, by the card it was made with.
    for intent in [Intent::Booking, Intent::UseCard, Intent::Agree] {
        walk.touch(intent).await;
    }
    walk.scan(&card).await;
    walk.stands_at("sheet");
    walk.touch(Intent::Main).await;
    walk.stands_at("list");
    walk.touch(Intent::Choose(format!("LH-{n:05}"))).await;
    walk.touch(Intent::Priority(None)).await;
    walk.stands_at("number");
    walk.touch(Intent::Home).await;
    // A dossier; now and then a whole number in place of its code, or of the four digits.
    walk.touch(Intent::Dossier).await;
    match n % 3 {
        0 => walk.scan(&format!("https://dichvucong.example/?SGT={}&MHS={}", person.number, KNOWN.0)).await,
        _ => {
            walk.touch(Intent::TypeInstead).await;
            walk.type_in(if n % 3 == 1 { &person.number } else { KNOWN.0 }).await;
            walk.touch(Intent::Send).await;
        }
    }
    // A number is no code and is asked for nowhere; a code leads to the second factor.
    if n % 3 != 1 {
        walk.stands_at("entry");
        walk.type_in(&person.number).await;
        walk.touch(Intent::Send).await;
    }
    walk.stands_at("sorry");
    walk.touch(Intent::Home).await;
    // And words with all of it in them.
    walk.touch(Intent::Feedback).await;
    walk.touch(Intent::Choose("report".into())).await;
    let text = format!("Tôi là {}, số {}, trước là {}.", person.name, person.number, person.old);
    walk.type_in(&text).await;
    for intent in [Intent::Send, Intent::Agree] {
        walk.touch(intent).await;
    }
    walk.type_in(&person.phone).await;
    walk.touch(Intent::Send).await;
    walk.stands_at("kept");
    walk.touch(Intent::Home).await;
    walk.stands_at("home");
}

fn delivered(data: &Path) -> usize {
    super::letters(data).len()
}

fn import(data: &Path, day: &str, people: &[Person]) {
    let elsewhere = Dir::new();
    let line = |(n, p): (usize, &Person)| format!("LH-{n:05},certify,,{day},12:00,13:30,{}\n", p.number);
    let lines: String = people.iter().enumerate().map(line).collect();
    let csv = format!("code,service,procedure,day,from,to,id_number\n{lines}");
    let file = elsewhere.file("bookings-ngo-quyen.csv", &csv);
    let said =
        Process::new(PROGRAM).args(["province", "import", "--data"]).arg(data).arg(file).output().unwrap();
    assert!(said.status.success(), "{said:?}");
}

#[test]
fn a_thousand_people_leave_nothing_behind() {
    let (dir, logs, ports) = (Dir::new(), Dir::new(), Ports::free());
    let people = people(1_000);
    controls(logs.path(), &people[17]);
    let runtime = Runtime::new().unwrap();
    let province = runtime.block_on(Province::start("127.0.0.1:0"));
    let rules = format!("[dossiers]\nurl = \"{}\"\nsecond_factor = \"number-end\" ", province.url);
    let hall = always_open().replacen("[dossiers] ", &rules, 1);
    let hub = Chatty::start(&dir, ports, logs.path(), &hall);
    give_token(&dir);
    let kiosk: PathBuf = enrolled(&dir, "kiosk-1", "kiosk");
    let url = format!("https://127.0.0.1:{}", ports.devices());
    let client = HubClient::new(&at_hub(&kiosk).read().unwrap().unwrap(), Some(&url)).unwrap();
    let api = Client::new(&url, &kiosk);
    let (_, now) = runtime.block_on(api.get("/v1/state"));
    import(dir.path(), &now["local_time"].as_str().unwrap()[..10], &people);
    let desk = Desk::remote(client.clone(), &kiosk);
    desk.start(runtime.handle());
    let there =
        || runtime.block_on(desk.bookings(BookingKey::Code("LH-00000".into()))).is_ok_and(|b| b.len() == 1);
    assert!(until(there), "the bookings did not serve");
    let log = std::fs::File::create(logs.path().join("kiosk")).unwrap();
    let hall = motcua_core::hall::Hall::parse(&hall).unwrap();
    runtime.block_on(async {
        let mut walk = Walk::new(hall, desk, client, log).await;
        for (n, person) in people.iter().enumerate() {
            visit(&mut walk, person, n).await;
        }
    });
    let tickets = runtime.block_on(api.tickets()).len();
    assert_eq!(tickets, people.len());
    assert!(until_for(std::time::Duration::from_secs(120), || delivered(dir.path()) == people.len()));

    let mut searcher = Searcher::new(people.iter().flat_map(Person::needles));
    let mut search = || [searcher.under(dir.path()), searcher.under(logs.path())].concat();
    let live = search();
    drop(hub);
    let dead = search();
    println!(
        "{} files, {} bytes, {} packed frames searched",
        searcher.files, searcher.bytes, searcher.frames
    );
    for found in [live, dead] {
        assert!(found.is_empty(), "{} finds, first {:?}", found.len(), &found[..found.len().min(5)]);
    }
    let log = std::fs::read_to_string(logs.path().join("stderr")).unwrap();
    let told = std::fs::read_to_string(logs.path().join("kiosk")).unwrap();
    println!("{} and {} bytes of log", log.len(), told.len());
    assert!(told.contains("wants Feedback"), "the kiosk's log is not searched");
    assert!(log.contains("set-up code"), "the log is not searched: {log}");
}
