// SPDX-License-Identifier: MIT OR Apache-2.0
//! What kiosks ask for their citizens, at a real hub over mutual TLS: limits
//! over two kiosks, bookings, the catalogue, dossiers, feedback.

pub mod dossiers;
mod planted;
mod walk;

use crate::console::Office;
use crate::remote::hub_with;
use crate::support::*;
use dossiers::{Does, KNOWN, Province, TOKEN};
use motcua::citizen::Desk;
use motcua::client::HubClient;
use motcua::enrolled::at_hub;
use motcua::hub::Request;
use motcua::store::Answer;
use motcua_core::citizen::{Away, BookingKey, DossierAnswer, Feedback, FeedbackKind, Mark};
use motcua_core::queue::{Command, Event, Refusal, Ticket};
use motcua_core::scan::{Personal, PersonalNumber};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A hub with two kiosks.
struct Hall {
    dir: Dir,
    ports: Ports,
    text: String,
    hub: Option<Running>,
    kiosks: [PathBuf; 2],
    runtime: Runtime,
}

impl Hall {
    fn new(text: &str) -> Hall {
        let (dir, ports) = (Dir::new(), Ports::free());
        let hub = hub_with(&dir, ports, text);
        let kiosks = ["kiosk-1", "kiosk-2"].map(|id| enrolled(&dir, id, "kiosk"));
        let runtime = Runtime::new().unwrap();
        // The day is opened within a second of the hub's first start, and its key made.
        let client = Client::new(hub.devices(), &kiosks[0]);
        let limits = motcua_core::hall::Hall::parse(text).unwrap().cards.limits();
        let key = || runtime.block_on(client.get("/v1/citizen/keys")).1["person"].is_string();
        assert!(until(|| key() == limits), "no key of the day");
        Hall { dir, ports, text: text.to_owned(), hub: Some(hub), kiosks, runtime }
    }

    fn kill(&mut self) {
        self.hub.take().unwrap().kill();
    }

    fn restart(&mut self) {
        self.hub = Some(hub_with(&self.dir, self.ports, &self.text));
    }

    fn client(&self, kiosk: usize) -> HubClient {
        let enrolled = at_hub(&self.kiosks[kiosk]).read().unwrap().unwrap();
        HubClient::new(&enrolled, Some(&format!("https://127.0.0.1:{}", self.ports.devices()))).unwrap()
    }

    fn desk(&self, kiosk: usize) -> Desk {
        let desk = Desk::remote(self.client(kiosk), &self.kiosks[kiosk]);
        desk.start(self.runtime.handle());
        desk
    }

    fn ask(&self, kiosk: usize, command: Command) -> Answer {
        let request = Request { id: Uuid::now_v7(), command };
        self.runtime.block_on(self.client(kiosk).ask(&request)).unwrap()
    }

    fn take(&self, kiosk: usize, service: &str, person: Option<Mark>, booking: Option<&str>) -> Taken {
        let booking = booking.map(str::to_owned);
        let lang = "vi".to_owned();
        let issue = Command::Issue { service: service.into(), priority: false, lang, person, booking };
        match self.ask(kiosk, issue) {
            Answer::Accepted { events, .. } => match events.into_iter().next_back() {
                Some(Event::Issued { ticket }) => Ok(*ticket),
                other => panic!("{other:?}"),
            },
            Answer::Refused(refusal) => Err(refusal),
        }
    }

    fn import(&self, name: &str, text: &str) -> std::process::Output {
        let file = self.dir.file(name, text);
        let mut program = std::process::Command::new(PROGRAM);
        program.args(["province", "import", "--data"]).arg(self.dir.path()).arg(file).output().unwrap()
    }

    /// The day in the hall.
    fn today(&self) -> String {
        let client = Client::new(self.hub.as_ref().unwrap().devices(), &self.kiosks[0]);
        let (_, now) = self.runtime.block_on(client.get("/v1/state"));
        now["local_time"].as_str().unwrap()[..10].to_owned()
    }
}

type Taken = Result<Ticket, Refusal>;

fn number(digits: &str) -> PersonalNumber {
    PersonalNumber::new(digits).unwrap()
}

const CATALOGUE: &str = include_str!("../../central/src/province/stub/catalogue.csv");

#[test]
fn a_person_s_limits_hold_over_two_kiosks_and_a_restart() {
    let mut hall = Hall::new(&always_open());
    let (one, two) = (hall.desk(0), hall.desk(1));
    let an = number("001090000017");
    let mark = |desk: &Desk| hall.runtime.block_on(desk.mark(&an, vec![])).unwrap();
    let (at_one, at_two) = (mark(&one), mark(&two));
    assert_eq!(at_one, at_two, "one key for the hall");
    let other = hall.runtime.block_on(one.mark(&number("001090000018"), vec![])).unwrap();
    assert_ne!(at_one, other);
    let first = hall.take(0, "certify", Some(at_one.clone()), None).unwrap();
    let again = hall.take(1, "certify", Some(at_two.clone()), None);
    assert_eq!(again, Err(Refusal::PersonService { service: "certify".into(), label: first.label.clone() }));
    hall.kill();
    // Told a moment ago, the key serves on without the hub; after a restart it is the same.
    assert_eq!(hall.runtime.block_on(one.mark(&an, vec![])).unwrap(), at_one);
    hall.restart();
    hall.take(1, "birth", Some(at_two.clone()), None).unwrap();
    assert_eq!(hall.take(0, "land", Some(at_one.clone()), None), Err(Refusal::PersonDay { given: 2 }));
    assert_eq!(hall.runtime.block_on(hall.desk(1).mark(&an, vec![])).unwrap(), at_one);
    hall.ask(0, Command::Void { ticket: first.id, reason: "left".into() });
    hall.take(1, "certify", Some(at_two), None).unwrap();
    // A number in the clear is no mark, and nobody but a kiosk gets the key.
    let clear = Mark { mark: "001090000017".into(), booked: vec![] };
    assert_eq!(hall.take(0, "certify", Some(clear), None), Err(Refusal::BadMark));
    let display = enrolled(&hall.dir, "display-1", "display");
    let display = Client::new(hall.hub.as_ref().unwrap().devices(), &display);
    assert_eq!(hall.runtime.block_on(display.get("/v1/citizen/keys")).0, 403);
    assert_eq!(hall.runtime.block_on(display.get("/v1/citizen/catalogue")).0, 403);
}

#[test]
fn without_limits_there_is_no_key() {
    let text = always_open().replace("per_day = 2", "# per_day").replace("per_service = 1", "");
    let hall = Hall::new(&text);
    assert_eq!(hall.runtime.block_on(hall.desk(0).mark(&number("001090000017"), vec![])), None);
}

#[test]
fn a_hall_without_a_central_imports_what_the_province_sends() {
    let mut hall = Hall::new(&always_open());
    let desk = hall.desk(0);
    let an = number("001090000017");
    let early = hall.runtime.block_on(desk.bookings(BookingKey::Code("LH-1".into())));
    assert_eq!(early, Err(Away::NotSetUp));
    let wrong = hall.import("catalogue.csv", "code,name\n1,x\n");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("name"), "{wrong:?}");
    assert!(hall.import("catalogue-2026.csv", CATALOGUE).status.success());
    let shelf = desk.procedures();
    // Looked for every 20 s by the kiosk.
    assert!(until(|| shelf.borrow().shelves().len() == 10), "no catalogue came");
    assert_eq!(shelf.borrow().search("khai sinh", 1)[0].code, "1.001193");

    let day = hall.today();
    let csv = format!(
        "code,service,procedure,day,from,to,id_number\n\
         LH-0002,certify,,{day},09:00,09:15,001090000017\n\
         LH-0001,,1.001193,{day},08:00,08:30,001090000017\n\
         LH-0003,,1.001193,{day},10:00,10:30,\n"
    );
    let other = hall.import("bookings-hoan-kiem.csv", &csv);
    assert!(String::from_utf8_lossy(&other.stderr).contains("hoan-kiem"), "{other:?}");
    let said = hall.import("bookings-ngo-quyen.csv", &csv);
    assert!(said.status.success() && String::from_utf8_lossy(&said.stdout).contains("3 entries"), "{said:?}");
    let by = |key: BookingKey| hall.runtime.block_on(desk.bookings(key));
    assert!(until(|| by(BookingKey::Code("lh-0003".into())).is_ok_and(|b| b.len() == 1)));
    let mine = by(BookingKey::Card(an.clone())).unwrap();
    let codes: Vec<String> = mine.iter().map(|b| b.code.clone()).collect();
    assert_eq!(codes, ["LH-0001", "LH-0002"], "by time");
    assert_eq!(mine[0].service.as_deref(), Some("birth"), "the catalogue knows the field");
    assert_eq!(by(BookingKey::Card(number("001090000099"))).unwrap(), []);
    assert_eq!(by(BookingKey::Code("LH-9999".into())).unwrap(), []);

    // Both channels count together, and a booking is checked in once.
    let mark = hall.runtime.block_on(desk.mark(&an, codes)).unwrap();
    assert_eq!(hall.take(0, "land", Some(mark.clone()), None), Err(Refusal::PersonDay { given: 2 }));
    let first = hall.take(0, "birth", None, Some("LH-0001")).unwrap();
    let used = Err(Refusal::BookingUsed { label: first.label });
    assert_eq!(hall.take(1, "birth", None, Some("LH-0001")), used);
    hall.restart_and(|hall| assert_eq!(hall.take(1, "birth", None, Some("LH-0001")), used));
    hall.take(1, "certify", Some(mark), Some("LH-0002")).unwrap();

    // What to bring is there without the hub.
    hall.kill();
    assert_eq!(by_of(&hall, &desk), Err(Away::Silent));
    let alone = hall.desk(0);
    let shelf = alone.procedures();
    assert!(until(|| shelf.borrow().shelves().len() == 10), "the catalogue was not kept");
}

fn by_of(hall: &Hall, desk: &Desk) -> Result<Vec<motcua_core::citizen::Booked>, Away> {
    hall.runtime.block_on(desk.bookings(BookingKey::Code("LH-0003".into())))
}

impl Hall {
    fn restart_and(&mut self, then: impl Fn(&Hall)) {
        self.kill();
        self.restart();
        then(self);
    }
}

/// The answer, and how long it took.
fn look_up(hall: &Hall, desk: &Desk, code: &str, factor: Option<&str>) -> (DossierAnswer, Duration) {
    let started = Instant::now();
    let answer = hall.runtime.block_on(desk.dossier(code, factor.and_then(Personal::new)));
    (answer, started.elapsed())
}

pub fn with_dossiers(lines: &str) -> String {
    let text = always_open();
    let at = text.find("[dossiers]").unwrap();
    let end = at + text[at..].find('\n').unwrap();
    format!("{}[dossiers]\n{lines}{}", &text[..at], &text[end..])
}

pub fn give_token(dir: &Dir) {
    let token = dir.file("dossiers.token", TOKEN);
    std::fs::set_permissions(token, std::fs::Permissions::from_mode(0o600)).unwrap();
}

const SILENT: DossierAnswer = DossierAnswer::Away(Away::Silent);
/// What the kiosk promises.
const PROMISED: Duration = Duration::from_secs(3);

#[test]
fn a_dossier_is_answered_within_three_seconds_whatever_the_province_does() {
    let outside = Runtime::new().unwrap();
    let mut province = outside.block_on(Province::start("127.0.0.1:0"));
    let hall = Hall::new(&with_dossiers(&format!("url = \"{}\"\n", province.url)));
    let desk = hall.desk(0);
    // Others may read the token: it is not used.
    hall.dir.file("dossiers.token", TOKEN);
    assert_eq!(look_up(&hall, &desk, KNOWN.0, None).0, SILENT);
    give_token(&hall.dir);
    let (found, _) = look_up(&hall, &desk, &KNOWN.0.to_lowercase(), None);
    let DossierAnswer::Found(found) = found else { panic!("{found:?}") };
    assert_eq!((found.status, found.late, found.as_of), (4, true, None));
    assert_eq!(found.next.unwrap().1.as_deref(), Some("Please wait for the result."));
    assert_eq!(look_up(&hall, &desk, "H56.14-261120-9999", None).0, DossierAnswer::Unknown);
    for wrong in [
        Does::Slow,
        Does::Drips,
        Does::Broken,
        Does::Garbage,
        Does::Endless,
        Does::Other,
        Does::NoSuchStatus,
        Does::Elsewhere,
    ] {
        province.does(wrong);
        let (answer, took) = look_up(&hall, &desk, KNOWN.0, None);
        assert!(answer == SILENT && took < PROMISED, "{wrong:?}: {answer:?} in {took:?}");
    }
    // Asked in a body: the code stands in no address.
    let asked = province.asked.lock().unwrap()[0].clone();
    assert_eq!(asked, serde_json::json!({ "code": KNOWN.0 }));
    province.down();
    let (answer, took) = look_up(&hall, &desk, KNOWN.0, None);
    assert!(answer == SILENT && took < PROMISED, "{answer:?} in {took:?}");

    // The file that came last answers instead, and says of when it is.
    let file = format!(
        "code,procedure,status,received,due,late,new_due,next_vi,next_en\n{},1.001193,9,2026-11-20,2026-11-24,,,,\n",
        KNOWN.0
    );
    assert!(hall.import("dossiers-ngo-quyen.csv", &file).status.success());
    let cached = || match look_up(&hall, &desk, KNOWN.0, None).0 {
        DossierAnswer::Found(found) => Some(found),
        _ => None,
    };
    assert!(until(|| cached().is_some_and(|f| f.status == 9 && f.as_of.is_some())));
    assert_eq!(look_up(&hall, &desk, "H56.14-261120-9999", None).0, SILENT, "a file may be older");
}

#[test]
fn a_second_factor_is_asked_by_the_province_and_never_passed_over() {
    let outside = Runtime::new().unwrap();
    let mut province = outside.block_on(Province::start("127.0.0.1:0"));
    let lines = format!("url = \"{}\"\nsecond_factor = \"number-end\"\n", province.url);
    let mut hall = Hall::new(&with_dossiers(&lines));
    give_token(&hall.dir);
    let desk = hall.desk(0);
    assert!(matches!(look_up(&hall, &desk, KNOWN.0, Some(KNOWN.1)).0, DossierAnswer::Found(_)));
    for wrong in [None, Some("0018"), Some("17"), Some("abcd")] {
        assert_eq!(look_up(&hall, &desk, KNOWN.0, wrong).0, DossierAnswer::Unknown, "{wrong:?}");
    }
    // Down: the file has no second factor, so it does not answer.
    let file = format!("code,procedure,status\n{},1.001193,9\n", KNOWN.0);
    assert!(hall.import("dossiers-ngo-quyen.csv", &file).status.success());
    province.down();
    pause(Duration::from_secs(6));
    assert_eq!(look_up(&hall, &desk, KNOWN.0, Some(KNOWN.1)).0, SILENT);
    hall.kill();
    let (answer, took) = look_up(&hall, &desk, KNOWN.0, Some(KNOWN.1));
    assert!(answer == SILENT && took < PROMISED, "{answer:?} in {took:?}");
}

#[test]
fn dossiers_of_a_file_and_none_at_all() {
    let hall = Hall::new(&always_open());
    let desk = hall.desk(0);
    assert_eq!(look_up(&hall, &desk, KNOWN.0, None).0, SILENT, "no file came yet");
    let file = format!("code,procedure,status,received,due\n{},1.001193,4,2026-01-20,2026-01-24\n", KNOWN.0);
    assert!(hall.import("dossiers-ngo-quyen.csv", &file).status.success());
    let late = || matches!(look_up(&hall, &desk, KNOWN.0, None).0, DossierAnswer::Found(f) if f.late);
    assert!(until(late));
    assert_eq!(look_up(&hall, &desk, "H56.14-261120-9999", None).0, DossierAnswer::Unknown);
    let none = Hall::new(&with_dossiers("").replace("[dossiers]\n", ""));
    assert_eq!(look_up(&none, &none.desk(0), KNOWN.0, None).0, DossierAnswer::Away(Away::NotSetUp));
}

fn words(text: &str) -> Feedback {
    Feedback {
        kind: FeedbackKind::Proposal,
        text: Personal::new(text).unwrap(),
        contact: Personal::new("0912 345 678"),
        lang: "vi".into(),
    }
}

pub fn letters(data: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(data.join("feedback/feedback.db")).unwrap();
    let mut query = db.prepare("SELECT code FROM letters ORDER BY at_ms").unwrap();
    let rows = query.query_map([], |r| r.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn feedback_is_lost_by_nobody_and_read_by_the_manager_only() {
    let mut hall = Hall::new(&always_open());
    let desk = hall.desk(0);
    let ask = Uuid::now_v7();
    let keep = |desk: &Desk, ask, text: &str| hall.runtime.block_on(desk.feedback(ask, words(text)));
    let code = keep(&desk, ask, "Nên có thêm ghế ngồi.").unwrap();
    assert!(until(|| letters(hall.dir.path()) == [code.clone()]));
    let out = hall.kiosks[0].join("feedback-out");
    assert!(until(|| std::fs::read_dir(&out).unwrap().count() == 0), "kept after it was delivered");
    // The same touch again, also after a restart: the same code, one letter.
    assert_eq!(keep(&hall.desk(0), ask, "Nên có thêm ghế ngồi.").as_ref(), Some(&code));
    hall.kill();
    // Offline, and the kiosk ends at once: it is on the disk, sealed.
    let later = Uuid::now_v7();
    let second = {
        let short = Runtime::new().unwrap();
        let desk = Desk::remote(hall.client(0), &hall.kiosks[0]);
        short.block_on(desk.feedback(later, words("Viết khi mất mạng"))).unwrap()
    };
    let kept = std::fs::read_to_string(out.join(format!("{later}.json"))).unwrap();
    assert!(!kept.contains("mạng") && !kept.contains("345"), "{kept}");
    hall.restart();
    let _desk = hall.desk(0);
    assert!(until(|| letters(hall.dir.path()) == [code.clone(), second.clone()]));
    assert!(until(|| std::fs::read_dir(&out).unwrap().count() == 0));
    // A kiosk that never heard for whom to seal takes none.
    hall.kill();
    let stranger = Desk::remote(hall.client(1), &hall.kiosks[1]);
    assert_eq!(hall.runtime.block_on(stranger.feedback(Uuid::now_v7(), words("x"))), None);
}

#[test]
fn the_manager_opens_feedback_and_notes_the_answer() {
    let office = Office::open();
    let kiosk = enrolled(&office.dir, "kiosk-1", "kiosk");
    let runtime = Runtime::new().unwrap();
    let client = HubClient::new(&at_hub(&kiosk).read().unwrap().unwrap(), None).unwrap();
    let desk = Desk::remote(client, &kiosk);
    desk.start(runtime.handle());
    let code = runtime.block_on(desk.feedback(Uuid::now_v7(), words("Quầy 2 rất tận tình."))).unwrap();
    let list = || office.manager.text("/console/feedback");
    assert!(until(|| list().contains(&code)));
    assert!(list().contains("Kiến nghị") && list().contains("Chưa đọc"));
    assert!(!list().contains("tận tình") && !list().contains("0912"), "a list opens nothing");
    let officer = office.officer();
    assert_eq!(officer.get("/console/feedback").status(), 403);
    let open = [("do", "open"), ("code", code.as_str())];
    assert_eq!(officer.post("/console/feedback", &open).status(), 403);
    let page = office.manager.post("/console/feedback", &open).text().unwrap();
    assert!(page.contains("Quầy 2 rất tận tình.") && page.contains("0912 345 678"), "{page}");
    assert!(list().contains("Đã đọc"));
    let gone = office.manager.post("/console/feedback", &[("do", "open"), ("code", "PA-2222-2222")]);
    assert!(gone.text().unwrap().contains("Không còn góp ý này"));
    let answer = [("do", "answer"), ("code", code.as_str()), ("note", "Đã cảm ơn qua điện thoại")];
    assert_eq!(office.manager.post("/console/feedback", &answer).status(), 303);
    assert!(list().contains("Đã trả lời") && list().contains("Đã cảm ơn qua điện thoại"));
}

#[test]
fn a_lost_key_of_feedback_stops_no_hall() {
    let mut hall = Hall::new(&always_open());
    hall.kill();
    hall.dir.file("feedback/sealing.key", "not a key");
    hall.restart();
    let desk = hall.desk(0);
    assert_eq!(hall.runtime.block_on(desk.feedback(Uuid::now_v7(), words("x"))), None);
    hall.take(0, "certify", None, None).unwrap();
}
