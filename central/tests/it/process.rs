// SPDX-License-Identifier: MIT OR Apache-2.0
//! The real program as a process, devices that enrol at it by tickets and send
//! to it over mutual TLS, and a look into its database.

use motcua_central::load::Script;
use motcua_link::data::Body;
use motcua_link::db::{Db, Row, Value};
use motcua_link::send::{Outbox, Ring, Route, Uplink};
use motcua_link::trust::{Identity, client};
use motcua_link::wire::{Chain, CloudEvent, Epoch, Lane, Source};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_motcua-central");
/// Free ports.
const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"];
/// Only for programs that hang.
const HANGS: Duration = Duration::from_secs(120);

/// A central in a directory of its own, stopped when dropped.
pub struct Central {
    dir: TempDir,
    database: Option<String>,
    options: Vec<String>,
    child: Option<(Child, BufReader<ChildStdout>)>,
    /// Where devices reach it.
    pub url: String,
    /// Where people reach it.
    pub pages: String,
}

impl Central {
    /// On SQLite.
    pub fn start() -> Central {
        Central::with(None, &[])
    }

    /// With more options; on PostgreSQL with a URL.
    pub fn with(database: Option<String>, options: &[&str]) -> Central {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let options = options.iter().map(|o| (*o).to_owned()).collect();
        let (url, pages) = Default::default();
        let mut made = Central { dir, database, options, child: None, url, pages };
        made.go();
        made
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg(name).arg("--data").arg(self.dir.path());
        if let Some(url) = &self.database {
            command.args(["--database-url", url]);
        }
        command.env("MOTCUA_LOG", "warn");
        command
    }

    /// On this database from the next start on.
    pub fn on(&mut self, database: String) {
        self.database = Some(database);
    }

    /// Starts it, on free ports.
    pub fn go(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut child = self
            .command("serve")
            .args(&self.options)
            .args(if self.options.iter().any(|o| o == "--listen") { &[][..] } else { &ANYWHERE[..] })
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut address = |what: &str| {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            let found = line.trim().strip_prefix(what).map(str::to_owned);
            found.unwrap_or_else(|| panic!("`{line}`: {}", self.log()))
        };
        let pages = address("motcua-central: pages on ");
        let url = address("motcua-central: devices on ");
        (self.pages, self.url) = (pages, url);
        self.child = Some((child, out));
    }

    /// Starts it again where it was reached before, as after a power cut.
    pub fn again(&mut self, url: &str, pages: &str) {
        let at = |url: &str| url.split_once("://").unwrap().1.trim_end_matches('/').to_owned();
        let kept = std::mem::take(&mut self.options);
        self.options =
            [vec!["--listen".into(), at(pages), "--devices".into(), at(url)], kept.clone()].concat();
        self.go();
        self.options = kept;
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some((mut child, _)) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// As an operator stops it; it must end well.
    pub fn stop(&mut self) {
        if let Some((mut child, _)) = self.child.take() {
            Command::new("kill").arg(child.id().to_string()).status().unwrap();
            assert!(child.wait().unwrap().success(), "{}", self.log());
        }
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// A file or directory of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A ticket of enrolment from the command line.
    pub fn ticket(&self, device: &str, role: &str) -> String {
        let mut command = self.command("ticket");
        let out = command.args([device, "--role", role, "--url", &self.url]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// A device that enrolled; its files are in the central's directory.
    pub async fn enrol(&self, device: &str, role: &str) -> Identity {
        client::enrol(&self.ticket(device, role), &self.path(device)).await.unwrap()
    }

    /// The way of a device to it, at the address of now.
    pub fn route(&self, identity: &Identity) -> Route {
        Route { base: self.url.clone(), client: client::client(identity).unwrap().build().unwrap() }
    }

    /// Its database.
    pub fn db(&self) -> Db {
        match &self.database {
            Some(url) => Db::postgres(url, 2, None).unwrap(),
            None => Db::sqlite_beside(&self.path("central.db")).unwrap(),
        }
    }

    /// Rows of its database.
    pub async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Vec<Row> {
        let db = self.db();
        let rows = db.read(move |tx| Box::pin(async move { tx.rows(sql, &values).await })).await.unwrap();
        db.close().await;
        rows
    }

    /// One number of its database.
    pub async fn number(&self, sql: &'static str) -> u64 {
        self.rows(sql, Vec::new()).await[0].number(0).unwrap()
    }

    /// I9: what is held of a device's business is exactly the beginning of `script`; how much that is.
    pub async fn prefix(&self, source: &Source, script: &Script) -> u64 {
        let db = self.db();
        let name = source.to_string();
        // On one picture: the central may be writing.
        let read = db.read(move |tx| {
            Box::pin(async move {
                let events =
                    "SELECT seq, type, data FROM events WHERE source = $1 AND lane = 'business' ORDER BY seq";
                let cursor = "SELECT acked FROM lanes WHERE source = $1 AND lane = 'business'";
                let rows = tx.rows(events, &[name.as_str().into()]).await?;
                Ok((rows, tx.one(cursor, &[name.into()]).await?))
            })
        });
        let (rows, acked) = read.await.unwrap();
        db.close().await;
        for (at, row) in rows.iter().enumerate() {
            let seq = at as u64 + 1;
            let (_, body) = script.event(seq);
            assert_eq!(row.number(0).unwrap(), seq);
            assert_eq!(row.text(1).unwrap(), body.kind());
            assert_eq!(row.text(2).unwrap(), serde_json::to_string(&body).unwrap());
        }
        let acked = acked.map_or(0, |r| r.number(0).unwrap());
        assert_eq!(acked, rows.len() as u64, "the cursor is not the number of events");
        acked
    }

    /// The read models are what these many events of one hall make.
    pub async fn shows(&self, script: &Script, events: u64) {
        let (mut issued, mut called, mut finished, mut rated) = (0, 0, 0, 0);
        for seq in 1..=events {
            match script.event(seq).1 {
                Body::TicketIssued(_) => issued += 1,
                Body::CallMade(_) => called += 1,
                Body::ServiceFinished(_) => finished += 1,
                Body::RatingGiven(_) => rated += 1,
                _ => {}
            }
        }
        assert_eq!(self.number("SELECT count(*) FROM tickets").await, issued);
        assert_eq!(self.number("SELECT count(*) FROM visits").await, called);
        assert_eq!(self.number("SELECT count(*) FROM visits WHERE outcome = 'served'").await, finished);
        assert_eq!(self.number("SELECT count(*) FROM tickets WHERE stage = 'served'").await, finished);
        assert_eq!(self.number("SELECT count(*) FROM ratings").await, rated);
        assert_eq!(self.number("SELECT count(*) FROM quarantine").await, 0);
        assert_eq!(self.number("SELECT count(*) FROM alarms").await, 0);
    }
}

impl Drop for Central {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A hub with its outbox on disk, which sends.
pub struct Hub {
    pub identity: Identity,
    pub ring: Ring,
    pub uplink: Uplink,
    pub script: Script,
}

impl Hub {
    /// Enrols and begins to send what comes into its outbox.
    pub async fn start(central: &Central, device: &str) -> Hub {
        let identity = central.enrol(device, "hub").await;
        let ring = Ring::open(&central.path(&format!("{device}.db")), identity.name().clone()).unwrap();
        let uplink = sends(&ring);
        uplink.set_route(central.route(&identity));
        Hub { identity, ring, uplink, script: Script::new(1, 20_000) }
    }

    pub fn source(&self) -> &Source {
        self.identity.name()
    }

    /// The script's events up to this number come into the outbox.
    pub fn fill(&self, until: u64) -> tokio::task::JoinHandle<()> {
        let (ring, uplink) = (self.ring.clone(), self.uplink.clone());
        tokio::task::spawn_blocking(move || {
            motcua_central::load::fill(&ring, until, || uplink.news()).unwrap();
        })
    }

    /// What this hub knows to be held by the central.
    pub fn acked(&self) -> u64 {
        self.ring.lane(Lane::Business).acked().unwrap().map_or(0, |(through, _)| through)
    }

    /// Waits until everything up to this number is acknowledged.
    pub async fn delivered(&self, until: u64) {
        wait_until(|| self.acked() >= until, || format!("{:?}", self.uplink.status())).await;
    }

    /// Waits for a refusal: its `urn:motcua:` word and its sentence.
    pub async fn refused(&self) -> (String, String) {
        refused(&self.uplink).await
    }
}

/// Sends the business lane of an outbox, once it has a way.
pub fn sends(ring: &Ring) -> Uplink {
    let uplink = Uplink::default();
    let (sending, ring) = (uplink.clone(), ring.clone());
    tokio::spawn(async move { sending.run(move || Ok(ring.lane(Lane::Business))).await });
    uplink
}

/// Waits for a refusal: its word and its sentence.
pub async fn refused(uplink: &Uplink) -> (String, String) {
    let stuck = || uplink.status().lanes.first().and_then(|l| l.stuck.clone()).filter(|s| !s.kind.is_empty());
    wait_until(|| stuck().is_some(), || format!("{:?}", uplink.status())).await;
    let stuck = stuck().unwrap();
    (stuck.kind.trim_start_matches("urn:motcua:").to_owned(), stuck.detail)
}

pub async fn wait_until(done: impl Fn() -> bool, why: impl Fn() -> String) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < HANGS, "{}", why());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A number below `n`.
pub fn draw(n: u32) -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes) % n
}

/// How often something is killed.
pub fn runs(usual: u32) -> u32 {
    std::env::var("MOTCUA_KILL_RUNS").map_or(usual, |n| n.parse().unwrap())
}

/// An outbox of its own in a directory.
pub fn ring(dir: &Path, source: &Source) -> Ring {
    Ring::open(&dir.join(format!("{source}-{}.db", draw(u32::MAX))), source.clone()).unwrap()
}

/// A hub's own table of events, which forgets nothing that was acknowledged: event `n` is what the script says.
#[derive(Clone)]
pub struct Kept {
    pub source: Source,
    pub epoch: Epoch,
    pub script: Script,
    pub head: Arc<AtomicU64>,
    pub acked: Arc<Mutex<Option<(u64, Chain)>>>,
}

impl Kept {
    pub fn new(source: &Source) -> Kept {
        let (head, acked) = Default::default();
        let script = Script::new(1, 20_000);
        Kept { source: source.clone(), epoch: Epoch::random().unwrap(), script, head, acked }
    }

    /// Goes on to this number and waits until all is acknowledged.
    pub async fn delivers(&self, uplink: &Uplink, until: u64) {
        self.head.store(until, Ordering::Relaxed);
        uplink.news();
        let acked = || self.acked.lock().unwrap().map_or(0, |(through, _)| through);
        wait_until(|| acked() >= until, || format!("{:?}", uplink.status())).await;
    }
}

impl Outbox for Kept {
    type Error = std::io::Error;

    fn source(&self) -> Source {
        self.source.clone()
    }

    fn lane(&self) -> Lane {
        Lane::Business
    }

    fn epoch(&mut self) -> std::io::Result<(Epoch, u64)> {
        Ok((self.epoch.clone(), 1))
    }

    fn head(&mut self) -> std::io::Result<u64> {
        Ok(self.head.load(Ordering::Relaxed))
    }

    fn after(&mut self, seq: u64, limit: usize) -> std::io::Result<Vec<(u64, CloudEvent)>> {
        let event = |n| Ok((n, self.script.cloud_event(&self.source, &self.epoch, n)?));
        (seq + 1..=self.head.load(Ordering::Relaxed)).take(limit).map(event).collect()
    }

    fn acked(&mut self) -> std::io::Result<Option<(u64, Chain)>> {
        Ok(*self.acked.lock().unwrap())
    }

    fn keep(&mut self, through: u64, chain: Chain) -> std::io::Result<()> {
        *self.acked.lock().unwrap() = Some((through, chain));
        Ok(())
    }

    fn new_epoch(&mut self, _: u64) -> std::io::Result<()> {
        panic!("the central holds nothing that this hub did not send");
    }
}
