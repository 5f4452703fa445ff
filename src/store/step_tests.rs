// SPDX-License-Identifier: MIT OR Apache-2.0
//! Older programs on newer files: who is let in, that he can work, and that a step which says it only adds does only
//! that.

use super::schema::{BEFORE, STEPS, migrate};
use super::tests::{Dir, issue, start};
use super::*;
use motcua_link::db::{Needs, step};

/// What later releases may add.
const ADDS: &[&str] = &[
    "CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    "ALTER TABLE tickets ADD COLUMN floor INTEGER NOT NULL DEFAULT 0; ALTER TABLE events ADD COLUMN origin TEXT",
    "CREATE INDEX tickets_service ON tickets(service)",
];
/// What must shut older programs out.
const SHUTS: &[&str] = &[
    "CREATE UNIQUE INDEX one_a_minute ON tickets(service, issued_ms)",
    "ALTER TABLE visits DROP COLUMN calls",
    "ALTER TABLE tickets RENAME COLUMN stage TO place",
    "DROP TABLE ratings",
    "CREATE TRIGGER only_some BEFORE INSERT ON tickets BEGIN SELECT raise(ABORT, 'no'); END",
    "CREATE TABLE renewed(key TEXT PRIMARY KEY, value TEXT NOT NULL, by_whom TEXT NOT NULL) WITHOUT ROWID;
     DROP TABLE meta; ALTER TABLE renewed RENAME TO meta;",
];

/// This program's steps and those of releases to come: three that add, one that takes away what the second of them
/// replaced, one that shuts, one that adds.
fn to_come() -> Vec<Step> {
    let adds = ADDS.iter().map(|sql| Step::both(sql).expands());
    let contracts = Step::both("ALTER TABLE visits DROP COLUMN calls").contracts(STEPS.len() + 2);
    let shut = Step::both("ALTER TABLE tickets RENAME COLUMN stage TO place");
    let last = Step::both("CREATE TABLE later(id INTEGER PRIMARY KEY)").expands();
    STEPS.iter().copied().chain(adds).chain([contracts, shut, last]).collect()
}

fn pragma(dir: &Dir, name: &str) -> i64 {
    let db = Connection::open(dir.path().join(FILE)).unwrap();
    db.pragma_query_value(None, name, |r| r.get(0)).unwrap()
}

/// Whether the file's marks let a program of so many steps in.
fn marked(dir: &Dir, known: usize) -> bool {
    let (found, lowest) = (pragma(dir, "user_version"), pragma(dir, "application_id"));
    step::lets_in(step::count(known), found, lowest)
}

#[tokio::test]
async fn a_program_opens_what_a_newer_one_left_where_the_marks_say_so_and_gives_numbers_with_it() {
    let all = to_come();
    let mut worked = 0;
    for newer in 1..=all.len() {
        for older in 1..newer {
            let dir = Dir::new();
            drop(Store::open_with(dir.path(), &all[..newer]).unwrap());
            let lets_in = marked(&dir, older);
            let opened = Store::open_with(dir.path(), &all[..older]);
            assert_eq!(opened.is_ok(), lets_in, "{older} steps on a file of {newer}: {:?}", opened.err());
            if let Err(e) = &opened {
                let text = e.to_string();
                assert!(text.contains("install the version that ran here last"), "{text}");
            }
            assert_eq!(pragma(&dir, "user_version"), step::count(newer), "nothing is changed");
            drop(opened);
            if older == STEPS.len() && lets_in {
                let hub = start(&dir);
                assert_eq!(issue(&hub).await.unwrap(), "A001", "on a file of {newer} steps");
                hub.stop().await;
                worked += 1;
            }
            assert!(
                older >= STEPS.len() || !lets_in,
                "programs of {older} steps are let in: write here what they write, so that it is tried"
            );
            // The newer program goes on from where it was, and finds what the older one wrote.
            let again = Store::open_with(dir.path(), &all[..newer]).unwrap();
            let tickets: i64 = again.db.query_row("SELECT count(*) FROM tickets", [], |r| r.get(0)).unwrap();
            assert_eq!(tickets > 0, older == STEPS.len() && lets_in);
        }
    }
    assert_eq!(worked, ADDS.len(), "each step that adds was tried with the hub itself");
}

#[test]
fn a_step_that_says_it_adds_does_nothing_else() {
    for steps in [STEPS, crate::staff::STEPS, crate::citizen::letters::STEPS, crate::devices::outbox::STEPS] {
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.needs == Needs::Nothing) {
            assert_eq!(adds(&steps[..at], step.sqlite), Ok(()), "step {at}: {}", step.sqlite);
        }
    }
    for sql in ADDS {
        assert_eq!(adds(STEPS, sql), Ok(()), "{sql}");
    }
    for sql in SHUTS {
        assert!(adds(STEPS, sql).is_err(), "{sql}");
    }
}

/// Whether a statement after these steps only adds to what they made.
fn adds(steps: &[Step], sql: &str) -> Result<(), String> {
    let mut db = Connection::open_in_memory().unwrap();
    migrate(&mut db, steps).unwrap();
    let before = form(&db);
    db.execute_batch(sql).unwrap();
    let after = form(&db);
    for line in &before {
        if !after.contains(line) {
            return Err(format!("gone or changed: {line}"));
        }
    }
    let tables: Vec<&str> = before.iter().filter_map(|l| l.strip_prefix("table ")).collect();
    let new = after.iter().filter(|line| !before.contains(line));
    for line in new {
        let mut words = line.split(' ');
        let (kind, table) = (words.next().unwrap(), words.next().unwrap());
        let of_old = tables.contains(&table);
        if of_old && (kind == "trigger" || line.contains("unique") || line.contains("demanded")) {
            return Err(line.clone());
        }
    }
    Ok(())
}

/// Tables, columns, indexes and triggers, one a line.
fn form(db: &Connection) -> Vec<String> {
    let sql = "SELECT 'table ' || name FROM sqlite_schema WHERE type = 'table'
        UNION ALL SELECT 'trigger ' || tbl_name || ' ' || name FROM sqlite_schema WHERE type = 'trigger'
        UNION ALL SELECT 'column ' || t.name || ' ' || c.name || ' ' || c.type || ' ' || c.pk
            || iif(c.\"notnull\" AND c.dflt_value IS NULL, ' demanded', '')
            FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'
        UNION ALL SELECT 'index ' || t.name || ' ' || i.name || iif(i.\"unique\", ' unique', '')
            FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table'";
    let mut query = db.prepare(sql).unwrap();
    query.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn before_a_step_that_shuts_there_is_one_copy_without_marks() {
    let dir = Dir::new();
    let all = to_come();
    let shut = STEPS.len() + ADDS.len() + 1;
    let store = Store::open_with(dir.path(), &all[..shut]).unwrap();
    store.db.execute("INSERT INTO meta(key, value) VALUES('told', 'before')", []).unwrap();
    let mark = "INSERT INTO persons(ticket, day, service, mark) VALUES(x'00', '2026-11-23', 'certify', 'm')";
    store.db.execute(mark, []).unwrap();
    drop(store);
    let older = dir.path().join(format!("{FILE}{BEFORE}1"));
    std::fs::write(&older, "of an earlier step").unwrap();
    drop(Store::open_with(dir.path(), &all).unwrap());
    assert!(!older.exists(), "one copy only");
    let copy = dir.path().join(format!("{FILE}{BEFORE}{shut}"));
    let db = Connection::open(copy).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |r| r.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT value FROM meta WHERE key = 'told'"), "before");
    assert_eq!(text("SELECT CAST(count(*) AS TEXT) FROM persons"), "0");
    let version: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
    assert_eq!(version, step::count(shut));
}

/// Whoever adds a step that shuts older programs out has to raise the floor of the image with it, or devices go back
/// to programs that do not open their database.
#[test]
fn a_step_that_shuts_raises_the_floor() {
    let floor = include_str!("../../deploy/image/floor").trim();
    assert_eq!(
        (step::lowest(STEPS), floor),
        (3, "0.1.0"),
        "raise deploy/image/floor with the steps, then this line"
    );
}
