// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::clock::WallClock;
use crate::hub::{Hub, HubError, Request};
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::queue::{Command, PrintState};
use std::io::{Seek, SeekFrom, Write};

/// An empty directory that goes away with the test.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Dir {
        let dir = std::env::temp_dir().join(format!("motcua-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn start(dir: &Dir) -> Hub {
    let hall = Hall::parse(SAMPLE).unwrap();
    let clock = WallClock::starting_at("2026-11-23T09:00:00".parse().unwrap(), 420);
    Hub::start(dir.path(), hall, clock).unwrap()
}

pub(super) async fn issue(hub: &Hub) -> Result<String, Refusal> {
    let command = Command::Issue {
        service: "certify".into(),
        priority: false,
        lang: "vi".into(),
        person: None,
        booking: None,
    };
    match hub.ask("k1", Request { id: Uuid::now_v7(), command }).await.unwrap() {
        Answer::Accepted { events, .. } => match events.last().unwrap() {
            Event::Issued { ticket } => Ok(ticket.label.clone()),
            other => panic!("{other:?}"),
        },
        Answer::Refused(refusal) => Err(refusal),
    }
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let dir = Dir::new();
    drop(Store::open(dir.path()).unwrap());
    let db = Connection::open(dir.path().join(FILE)).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    db.pragma_update(None, "application_id", 99).unwrap();
    drop(db);
    let e = Store::open(dir.path()).unwrap_err();
    assert!(matches!(e, StoreError::Newer { found: 99, lowest: 99, .. }), "{e}");
    let db = Connection::open(dir.path().join(FILE)).unwrap();
    assert_eq!(db.query_row("PRAGMA user_version", [], |r| r.get::<_, i64>(0)).unwrap(), 99);
}

#[test]
fn two_hubs_never_share_a_file() {
    let dir = Dir::new();
    let _first = Store::open(dir.path()).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::InUse(_))));
}

#[test]
fn commits_are_durable_ones() {
    let dir = Dir::new();
    let store = Store::open(dir.path()).unwrap();
    let text = |sql: &str| store.db.query_row(sql, [], |r| r.get::<_, String>(0)).unwrap();
    assert_eq!(text("PRAGMA journal_mode"), "wal");
    assert_eq!(store.db.query_row("PRAGMA synchronous", [], |r| r.get::<_, i64>(0)).unwrap(), 2);
}

#[tokio::test]
async fn the_label_is_unique_by_constraint() {
    let dir = Dir::new();
    let hub = start(&dir);
    assert_eq!(issue(&hub).await.unwrap(), "A001");
    hub.stop().await;
    let db = Connection::open(dir.path().join(FILE)).unwrap();
    let again = db.execute(
        "INSERT INTO tickets(id, day, series, number, print, stage)
         SELECT randomblob(16), day, series, number, print, stage FROM tickets",
        [],
    );
    assert!(again.unwrap_err().to_string().contains("UNIQUE"));
}

#[tokio::test]
async fn the_queue_is_read_back_as_it_was() {
    let dir = Dir::new();
    let hub = start(&dir);
    for _ in 0..5 {
        issue(&hub).await.unwrap();
    }
    let ticket = hub.tickets(None).await.unwrap()[2].id;
    for print in [PrintState::Printing, PrintState::PrintUnknown] {
        let command = Command::MarkPrint { ticket, print };
        hub.ask("k1", Request { id: Uuid::now_v7(), command }).await.unwrap();
    }
    let before = hub.tickets(None).await.unwrap();
    hub.stop().await;
    let hub = start(&dir);
    assert_eq!(hub.tickets(None).await.unwrap(), before);
    assert_eq!(hub.now().borrow().without_paper[0].label, "A003");
    assert_eq!(issue(&hub).await.unwrap(), "A006");
    let stored = Connection::open(dir.path().join(FILE)).unwrap();
    let print: String =
        stored.query_row("SELECT print FROM tickets WHERE number = 3", [], |r| r.get(0)).unwrap();
    assert_eq!(print, "print_unknown");
}

#[tokio::test]
async fn the_same_id_gets_the_same_answer_across_restarts() {
    let dir = Dir::new();
    let hub = start(&dir);
    let id = Uuid::now_v7();
    let issue = |service: &str| Request {
        id,
        command: Command::Issue {
            service: service.into(),
            priority: false,
            lang: "vi".into(),
            person: None,
            booking: None,
        },
    };
    let first = hub.ask("k1", issue("certify")).await.unwrap();
    assert_eq!(hub.ask("k1", issue("certify")).await.unwrap(), first);
    assert_eq!(hub.ask("k1", issue("birth")).await, Err(HubError::IdReused));
    assert_eq!(hub.ask("k2", issue("certify")).await, Err(HubError::IdReused), "ids belong to a device");
    // A command with nothing to do is answered the same way again, too.
    let tick = Request { id: Uuid::now_v7(), command: Command::Tick };
    let nothing = hub.ask("m", tick.clone()).await.unwrap();
    assert_eq!(hub.ask("m", tick).await.unwrap(), nothing);
    let refused_id = Uuid::now_v7();
    let refused = || Request { id: refused_id, command: Command::ResumeIntake };
    let refusal = hub.ask("m", refused()).await.unwrap();
    hub.stop().await;
    let hub = start(&dir);
    assert_eq!(hub.ask("k1", issue("certify")).await.unwrap(), first);
    // Even where the queue would decide otherwise by now.
    let pause = Command::PauseIntake { reason: "x".into(), notice: None };
    hub.ask("m", Request { id: Uuid::now_v7(), command: pause }).await.unwrap();
    assert_eq!(hub.ask("m", refused()).await.unwrap(), refusal);
}

#[tokio::test]
async fn a_damaged_file_is_kept_and_no_number_comes_twice() {
    let dir = Dir::new();
    let hub = start(&dir);
    for _ in 0..50 {
        issue(&hub).await.unwrap();
    }
    hub.stop().await;
    drop(hub);
    // The page of the events table is overwritten; the tickets can still be read.
    let path = dir.path().join(FILE);
    let root: u32 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'events'", [], |r| r.get(0))
        .unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(u64::from(root - 1) * 4096)).unwrap();
    file.write_all(&[0xA5; 4096]).unwrap();
    drop(file);

    let hub = start(&dir);
    let moved = hub.vitals().damaged_database.expect("said");
    assert!(Path::new(&moved).exists(), "the damaged file is kept");
    assert!(crate::hub::api::health(&hub).faults[0].contains(&moved));
    assert_eq!(issue(&hub).await, Err(Refusal::IntakePaused { notice: None }));
    hub.ask("m", Request { id: Uuid::now_v7(), command: Command::ResumeIntake }).await.unwrap();
    assert_eq!(issue(&hub).await.unwrap(), "A051");
}

#[tokio::test]
async fn a_file_that_is_no_database_goes_on_far_above() {
    let dir = Dir::new();
    std::fs::write(dir.path().join(FILE), vec![0x5A; 40_960]).unwrap();
    let hub = start(&dir);
    assert_eq!(issue(&hub).await, Err(Refusal::IntakePaused { notice: None }));
    hub.ask("m", Request { id: Uuid::now_v7(), command: Command::ResumeIntake }).await.unwrap();
    assert_eq!(issue(&hub).await.unwrap(), "A1001");
}

/// The day opens after the loss, and the hub starts once more: pause and numbers must still hold.
#[tokio::test]
async fn a_restart_after_a_lost_file_forgets_nothing() {
    let dir = Dir::new();
    std::fs::write(dir.path().join(FILE), vec![0x5A; 40_960]).unwrap();
    let hub = start(&dir);
    hub.ask("m", Request { id: Uuid::now_v7(), command: Command::Tick }).await.unwrap();
    hub.stop().await;
    let hub = start(&dir);
    assert_eq!(issue(&hub).await, Err(Refusal::IntakePaused { notice: None }));
    hub.ask("m", Request { id: Uuid::now_v7(), command: Command::ResumeIntake }).await.unwrap();
    hub.stop().await;
    let hub = start(&dir);
    assert_eq!(issue(&hub).await.unwrap(), "A1001");
}
