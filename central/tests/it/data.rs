// SPDX-License-Identifier: MIT OR Apache-2.0
//! Back-ups, restores and moves of real data by the real command line.

use crate::process::{Central, Hub, Kept, PROGRAM};
use motcua_link::db::Db;
use motcua_link::send::Uplink;
use motcua_link::testing::Postgres;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn program(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).output().unwrap()
}

/// Runs a command that must fail and returns what it says.
fn fails(args: &[&str]) -> String {
    let out = program(args);
    assert!(!out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout)
}

fn works(args: &[&str]) -> String {
    let out = program(args);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A running central with a hall's day in it.
async fn filled(events: u64) -> (Central, Hub) {
    let central = Central::start();
    let hub = Hub::start(&central, "ngo-quyen.hub").await;
    hub.fill(events).await.unwrap();
    hub.delivered(events).await;
    (central, hub)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_made_under_load_is_a_central_again() {
    let central = Central::start();
    let identity = central.enrol("ngo-quyen.hub", "hub").await;
    let (hub, uplink) = (Kept::new(identity.name()), Uplink::default());
    uplink.set_route(central.route(&identity));
    let (sending, outbox) = (uplink.clone(), hub.clone());
    tokio::spawn(async move { sending.run(move || Ok(outbox.clone())).await });
    hub.delivers(&uplink, 500).await;
    hub.head.store(4_000, std::sync::atomic::Ordering::Relaxed);
    uplink.news();
    // Enrolled at a central above: that certificate is one of the keys.
    let nation = Central::start();
    works(&["enrol", &nation.ticket("hai-phong.central", "central"), "--data", text(&central.path(""))]);
    let to = central.path("backup");
    works(&["backup", text(&to), "--data", text(&central.path(""))]);
    hub.delivers(&uplink, 4_000).await;
    for file in ["central.db", "authority/ca.key.pem", "above/identity.pem"] {
        let mode = std::fs::metadata(to.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let said = fails(&["backup", text(&to), "--data", text(&central.path(""))]);
    assert!(said.contains("exists already"), "{said}");

    // Restored elsewhere, it is the same authority, and the hub sends what came after the back-up once more.
    let mut second = Central::start();
    second.stop();
    let said = fails(&["restore", text(&to), "--data", text(&second.path(""))]);
    assert!(said.contains("nothing is overwritten"), "{said}");
    std::fs::remove_dir_all(second.path("authority")).unwrap();
    let said = fails(&["restore", text(&to), "--data", text(&second.path(""))]);
    assert!(said.contains("central.db exists"), "{said}");
    for name in ["central.db", "central.db-wal", "central.db-shm"] {
        let _ = std::fs::remove_file(second.path(name));
    }
    works(&["restore", text(&to), "--data", text(&second.path(""))]);
    for entry in std::fs::read_dir(central.path("above")).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |c: &Central| std::fs::read(c.path("above").join(&name)).unwrap();
        assert_eq!(read(&second), read(&central), "{name:?}");
    }
    let enrolled = motcua_central::above::place(&second.path("")).read().unwrap().unwrap();
    assert_eq!(enrolled.identity.name().to_string(), "hai-phong.central");
    let held = second.prefix(&hub.source, &hub.script).await;
    assert!((500..=4_000).contains(&held), "{held}");
    second.go();
    uplink.set_route(second.route(&identity));
    hub.delivers(&uplink, 4_100).await;
    assert_eq!(second.prefix(&hub.source, &hub.script).await, 4_100);
    second.shows(&hub.script, 4_100).await;
    // It passes the halls' business on, under the certificate that came with the back-up.
    for _ in 0..600 {
        if nation.prefix(&hub.source, &hub.script).await == 4_100 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(nation.prefix(&hub.source, &hub.script).await, 4_100, "{}", second.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_back_up_is_refused() {
    let (central, _) = filled(2_000).await;
    let (to, back) = (central.path("backup"), central.path("back"));
    works(&["backup", text(&to), "--data", text(&central.path(""))]);
    let restore = || fails(&["restore", text(&to), "--data", text(&back)]);
    let database = to.join("central.db");
    let whole = std::fs::read(&database).unwrap();
    let mut file = std::fs::File::options().write(true).open(&database).unwrap();
    file.seek(SeekFrom::Start(whole.len() as u64 / 2)).unwrap();
    file.write_all(b"another byte").unwrap();
    let said = restore();
    assert!(said.contains("central.db is damaged: it is not what the manifest says"), "{said}");
    std::fs::write(&database, &whole[..whole.len() - 4096]).unwrap();
    assert!(restore().contains("central.db is damaged"));
    // Damaged before it was backed up: the manifest fits, the pages do not.
    let mut broken = whole.clone();
    let at = 4096 * 3;
    broken[at..at + 2048].fill(0xa5);
    std::fs::write(&database, &broken).unwrap();
    let manifest = std::fs::read_to_string(to.join("manifest.json")).unwrap();
    let digest = |bytes: &[u8]| {
        use sha2::Digest;
        motcua_link::wire::hex(&sha2::Sha256::digest(bytes))
    };
    let forged = manifest.replace(&digest(&whole), &digest(&broken));
    assert_ne!(forged, manifest);
    std::fs::write(to.join("manifest.json"), forged).unwrap();
    let said = restore();
    assert!(said.contains("the database in the back-up is damaged"), "{said}");
    std::fs::write(&database, &whole).unwrap();
    std::fs::write(to.join("manifest.json"), manifest.replace("authority/ca.pem", "authority/../ca.pem"))
        .unwrap();
    assert!(restore().contains("it names `authority/../ca.pem`"));
    std::fs::remove_file(to.join("manifest.json")).unwrap();
    assert!(restore().contains("is no back-up of a central"));
    assert!(!back.exists(), "something was restored all the same");
    std::fs::write(to.join("manifest.json"), manifest).unwrap();
    works(&["restore", text(&to), "--data", text(&back)]);
}

#[test]
fn postgresql_is_backed_up_by_its_own_programs() {
    let said = fails(&["backup", "/tmp/never", "--database-url", "postgres://nobody@127.0.0.1:1/none"]);
    assert!(said.contains("pg_basebackup") && said.contains("pg_dump"), "{said}");
    assert!(!Path::new("/tmp/never").exists());
    let said = fails(&["backup", "/tmp/never", "--data", "/tmp/not-there"]);
    assert!(said.contains("there is no database in"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_proved_table_by_table() {
    let server = Postgres::start();
    let (mut central, _) = filled(5_000).await;
    let (url, dir) = (server.url(), central.path("").to_str().unwrap().to_owned());
    let moves = ["move", "--from", &dir, "--to", &url];
    let said = fails(&moves);
    assert!(said.contains("another program is using"), "{said}");
    central.stop();
    let table = works(&moves);
    let line = table.lines().find(|l| l.starts_with("events ")).unwrap();
    let counts: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(counts[1..3], ["5000", "5000"], "{table}");
    let said = fails(&moves);
    assert!(said.contains("of the target holds rows; move into an empty database"), "{said}");
    let compare = [&moves[..], &["--compare"]].concat();
    works(&compare);

    // One letter, one row: found, and the table is named.
    let pg = Db::postgres(&url, 2, None).unwrap();
    let change = |sql: &'static str| {
        let pg = pg.clone();
        async move { pg.write(move |tx| Box::pin(async move { tx.batch(sql).await })).await.unwrap() }
    };
    change("UPDATE tickets SET label = 'A0l7' WHERE label = 'A017'").await;
    let said = fails(&compare);
    assert!(said.contains("PostgreSQL does not hold the same in: tickets;"), "{said}");
    change("UPDATE tickets SET label = 'A017' WHERE label = 'A0l7'").await;
    works(&compare);
    change("DELETE FROM events WHERE seq = 7; UPDATE visits SET ended_ms = NULL WHERE officer = 'cb-1'")
        .await;
    let said = fails(&compare);
    assert!(said.contains("the same in: events, visits;"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_central_goes_on_where_it_stopped() {
    let server = Postgres::start();
    let (mut central, hub) = filled(3_000).await;
    central.stop();
    works(&["move", "--from", text(&central.path("")), "--to", &server.url()]);
    central.on(server.url());
    central.go();
    hub.uplink.set_route(central.route(&hub.identity));
    hub.fill(4_500).await.unwrap();
    hub.delivered(4_500).await;
    assert_eq!(central.prefix(hub.source(), &hub.script).await, 4_500);
    central.shows(&hub.script, 4_500).await;
    let sql = "SELECT count(*) FROM events_default";
    assert_eq!(central.number(sql).await, 0, "days without a partition");
}
