// SPDX-License-Identifier: MIT OR Apache-2.0
//! Durable issuing at 1, 8 and 64 clients beside one bare durable commit per
//! ticket on the same disk, with an empty and a million-ticket database.

use crate::{Report, paper, quantile, time};
use motcua::clock::WallClock;
use motcua::console::Pages;
use motcua::enrolled::at_hub;
use motcua::hub::api::Api;
use motcua::hub::devices::{Devices, Role};
use motcua::hub::trust::Trust;
use motcua::hub::{Hub, Request, serve};
use motcua::staff::Staff;
use motcua::store::{Decided, Store};
use motcua_core::hall::{Hall, SAMPLE};
use motcua_core::label::Label;
use motcua_core::queue::{Command, Event};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Tickets a day of the old database: a busy hall's.
const A_DAY: u32 = 1_000;
const OLD_DAYS: i64 = 1_000;
/// Long enough for a steady rate, short enough for a coffee.
const SPELL: Duration = Duration::from_secs(4);

/// On the disk of the build, as the database of a hall is on a disk and not in memory.
pub fn dir(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

pub fn run(report: &mut Report) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let bare = bare(report);
    let empty = dir("empty");
    rates(report, &runtime, &empty, "empty database", bare);
    let old = dir("million");
    let filled = Instant::now();
    fill(&old);
    println!("(a million tickets written in {:.0} s)", filled.elapsed().as_secs_f64());
    rates(report, &runtime, &old, "million tickets", bare);
    let size = std::fs::metadata(old.join("hall.db")).unwrap().len() as f64 / 1e6;
    report.add("hub", "million tickets: file", size, "MB", format!("{size:.0} bytes a ticket"));
    let _ = std::fs::remove_dir_all(&old);
    bare
}

/// Commits a second of one ticket row and one event of 400 bytes each.
pub fn bare(report: &mut Report) -> f64 {
    let db = rusqlite::Connection::open(dir("bare").join("bare.db")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.pragma_update(None, "synchronous", "FULL").unwrap();
    db.execute_batch("CREATE TABLE t(id BLOB PRIMARY KEY, number INTEGER); CREATE TABLE e(seq INTEGER PRIMARY KEY, body TEXT);").unwrap();
    let body = "x".repeat(400);
    let mut times = time(600, || {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        db.execute("INSERT INTO t VALUES(?1, 1)", [Uuid::now_v7().as_bytes()]).unwrap();
        db.execute("INSERT INTO e(body) VALUES(?1)", [&body]).unwrap();
        db.execute_batch("COMMIT").unwrap();
    });
    let rate = times.len() as f64 / times.iter().sum::<Duration>().as_secs_f64();
    report.add("hub", "bare durable commit, one ticket each", rate, "1/s", "the yardstick");
    report.add("hub", "bare durable commit, p50", quantile(&mut times, 0.5), "ms", "");
    report.add("hub", "bare durable commit, p99", quantile(&mut times, 0.99), "ms", "");
    rate
}

pub fn rates(report: &mut Report, runtime: &tokio::runtime::Runtime, data: &Path, name: &str, bare: f64) {
    let mut hall = Hall::parse(SAMPLE).unwrap();
    hall.services.iter_mut().for_each(|s| s.daily_cap = None);
    let clock = WallClock::starting_at("2026-11-23T09:00:00".parse().unwrap(), 420);
    let start = Instant::now();
    let hub = Hub::start(data, hall, clock).unwrap();
    report.add(
        "hub",
        format!("{name}: start, checked and rebuilt"),
        start.elapsed().as_secs_f64() * 1000.0,
        "ms",
        "",
    );
    for clients in [1, 8, 64] {
        let (rate, p50, p99) = runtime.block_on(spell(clients, |_| {
            let hub = hub.clone();
            move |request| {
                let hub = hub.clone();
                async move {
                    hub.ask("bench", request).await.unwrap();
                }
            }
        }));
        let budget = match clients {
            8 => ", budget 5 x",
            64 => ", budget 20 x",
            _ => "",
        };
        report.add(
            "hub",
            format!("{name}: issue, {clients} clients"),
            rate,
            "1/s",
            format!("{:.1} x bare{budget}; p50 {p50:.1} ms, p99 {p99:.1} ms", rate / bare),
        );
    }
    over_http(report, runtime, data, &hub, name, bare);
    runtime.block_on(hub.stop());
}

/// The same through the API, as devices on the network do.
fn over_http(
    report: &mut Report,
    runtime: &tokio::runtime::Runtime,
    data: &Path,
    hub: &Hub,
    name: &str,
    bare: f64,
) {
    let devices = Arc::new(Devices::open(data).unwrap());
    devices.add("bench", Role::Manager, None).unwrap();
    let trust = runtime.block_on(Trust::open(data, "bench")).unwrap();
    let staff = Arc::new(Staff::open(data).unwrap());
    let reports = motcua::uplink::Reports::open(data, "bench", Default::default()).unwrap();
    let office = motcua::citizen::Office::open(hub.clone(), reports.province.clone(), data);
    let pages = Pages {
        api: Api {
            hub: hub.clone(),
            devices,
            presence: Arc::default(),
            trust: trust.clone(),
            orders: Default::default(),
        },
        software: motcua::hub::software::Software::new(data, None),
        staff,
        data: data.to_owned(),
        reports,
        office,
    };
    motcua_link::trust::ready();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (url, serving) = runtime.block_on(async {
        let anywhere = "127.0.0.1:0".parse().unwrap();
        let doors = serve::Doors::open(anywhere, anywhere).await.unwrap();
        let url = format!("https://{}", doors.devices.local_addr().unwrap());
        let stop = async move {
            let _ = stopped.await;
        };
        (url, tokio::spawn(serve::serve(pages, doors, Default::default(), stop)))
    });
    let identity = runtime.block_on(async {
        let ticket = trust.ticket("bench", Role::Manager, &url, 1, "bench").await.unwrap();
        at_hub(&data.join("program")).enrol(&ticket.line()).await.unwrap()
    });
    for clients in [8, 64] {
        let (rate, p50, p99) = runtime.block_on(spell(clients, |_| {
            let http = motcua_link::trust::client::client(&identity).unwrap().build().unwrap();
            let url = format!("{url}/v1/commands");
            move |request| {
                let call = http.post(&url).json(&request);
                async move {
                    let answer = call.send().await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answer.bytes().await.unwrap();
                }
            }
        }));
        report.add(
            "hub",
            format!("{name}: issue over mutual TLS, {clients} clients"),
            rate,
            "1/s",
            format!(
                "{:.1} x bare; p50 {p50:.1} ms, p99 {p99:.1} ms; clients share the two cores",
                rate / bare
            ),
        );
    }
    drop(stop);
    serving.abort();
}

/// `clients` ask one after the other for a while; rate, median and 99th percentile.
async fn spell<C, F>(clients: usize, client: impl Fn(usize) -> C) -> (f64, f64, f64)
where
    C: Fn(Request) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let done = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let all: Vec<_> = (0..clients)
        .map(|n| {
            let (ask, done) = (client(n), done.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while start.elapsed() < SPELL {
                    let command = Command::Issue {
                        service: "certify".into(),
                        priority: false,
                        lang: "vi".into(),
                        person: None,
                        booking: None,
                    };
                    let asked = Instant::now();
                    ask(Request { id: Uuid::now_v7(), command }).await;
                    times.push(asked.elapsed());
                    done.fetch_add(1, Ordering::Relaxed);
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in all {
        times.extend(client.await.unwrap());
    }
    let rate = done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    (rate, quantile(&mut times, 0.5), quantile(&mut times, 0.99))
}

/// Nearly three years of a busy hall, written through the store itself.
fn fill(data: &Path) {
    let (_, ticket) = paper::ticket();
    let mut store = Store::open(data).unwrap();
    let first = ticket.day.checked_sub(jiff::Span::new().days(OLD_DAYS)).unwrap();
    for n in 0..OLD_DAYS {
        let day = first.checked_add(jiff::Span::new().days(n)).unwrap();
        store.begin().unwrap();
        record(&mut store, &[Event::day_opened(day)], Uuid::now_v7());
        for number in 1..=A_DAY {
            let mut t = ticket.clone();
            (t.id, t.day, t.number) = (Uuid::now_v7(), day, number);
            t.label = Label { series: t.series, number }.to_string();
            let id = t.id;
            record(&mut store, &[Event::Issued { ticket: Box::new(t) }], id);
        }
        store.commit().unwrap();
    }
    store.checkpoint().unwrap();
}

fn record(store: &mut Store, events: &[Event], id: Uuid) {
    let decided = Decided { id, digest: [7; 32], device: "kiosk-1", at_ms: 0, outcome: Ok(events) };
    store.record(&[decided]).unwrap();
}
