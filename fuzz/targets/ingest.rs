// SPDX-License-Identifier: MIT OR Apache-2.0
//! The receiver's endpoints, any headers and any body, in-process on the store
//! in memory and the one on SQLite, which must say and hold the same.
//!
//! An input is a byte of flags, a byte that says how many events a right batch has, header lines, an empty line, the
//! body. Flags: bits 0 and 1 choose the lane, bit 2 the device, bit 3 leaves the right headers out, bit 4 takes the
//! input's body instead of the right one, bit 5 packs the body, bit 6 puts a right event before the input's ones,
//! bit 7 asks where the lane stands instead. A header of the input takes the place of the right one; in header values
//! and body `$E` is the epoch, `$N` the next number, `$S` the source, `$C` the chain.
//!
//! Promises that are checked: nothing panics; the status is one of the document's; every no is a problem document that
//! says the same; a refused batch changes nothing; on business the cursor covers exactly the events and those set
//! aside; the chain is that of the events held; both stores agree.
#![no_main]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use libfuzzer_sys::{Corpus, fuzz_target};
use motcua_link::db::Db;
use motcua_link::receive::{Admit, Limits, Memory, NotAdmitted, Problems, SqlStore, Store, router};
use motcua_link::wire::{
    CONTENT_TYPE, Chain, CloudEvent, Cursor, DEVICE_EPOCH, Epoch, FIRST_SEQ, Lane, PRIOR_CHAIN, PROBLEM_TYPE,
    Problem, Receipt, SENT_AT, Source,
};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// Requests to one pair of stores, so that a long run meets many fresh ones.
const REQUESTS: u32 = 1_000;
/// What the document names.
const STATUSES: [u16; 6] = [200, 400, 403, 409, 413, 415];

struct Everybody;

impl Admit for Everybody {
    fn admit<'a>(&'a self, _: &'a Parts, _: &'a Source) -> BoxFuture<'a, Result<(), Box<NotAdmitted>>> {
        ready(Ok(())).boxed()
    }
}

struct Nobody;

impl Problems for Nobody {
    fn answered(&self, _: Lane, _: Result<u64, u16>, _: Duration) {}
}

struct Bench {
    runtime: Runtime,
    _dir: tempfile::TempDir,
    memory: Arc<Memory>,
    sqlite: Arc<SqlStore>,
    routers: [Router; 2],
    epoch: Epoch,
    requests: u32,
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::start());
}

/// What is asked.
struct Ask {
    lane: Lane,
    source: Source,
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    kind: String,
    body: Vec<u8>,
}

impl Bench {
    fn start() -> Bench {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let dir = tempfile::tempdir().expect("a directory");
        let memory = Arc::new(Memory::default());
        let sqlite = runtime.block_on(async {
            let db = Db::sqlite(&dir.path().join("link.db")).expect("a database");
            Arc::new(SqlStore::open(db, Arc::new(())).await.expect("a store"))
        });
        let serve =
            |store: Arc<dyn Store>| router(store, Arc::new(Everybody), Arc::new(Nobody), Limits::default());
        let routers = [serve(memory.clone()), serve(sqlite.clone())];
        let epoch = "00112233445566778899aabbccddeeff".parse().expect("an epoch");
        Bench { runtime, _dir: dir, memory, sqlite, routers, epoch, requests: 0 }
    }

    /// Of the store in memory; [`Bench::holds`] compares the other one with it.
    fn cursor(&self, source: &Source, lane: Lane) -> Option<Cursor> {
        self.memory.cursor(source, lane).now_or_never().expect("answers at once").expect("memory")
    }

    fn ask(&self, router: &Router, ask: &Ask) -> Option<Answer> {
        let method = if ask.body.is_some() { "POST" } else { "GET" };
        let mut request = Request::builder().method(method).uri(&ask.path);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(ask.body.clone().unwrap_or_default())).ok()?;
        self.runtime.block_on(async {
            let response = router.clone().oneshot(request).await.expect("the router never fails");
            let status = response.status().as_u16();
            let kind = response
                .headers()
                .get("content-type")
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
                .into();
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec();
            Some(Answer { status, kind, body })
        })
    }

    /// Reads an input; nothing for what no HTTP server hands on.
    fn read(&self, data: &[u8]) -> Option<Ask> {
        let [flags, count, text @ ..] = data else { return None };
        let lane = Lane::ALL[usize::from(flags & 3) % 3];
        let source =
            Source::new("ngo-quyen", if flags & 4 == 0 { "hub" } else { "kiosk-1" }).expect("a name");
        let path = format!("/v1/devices/{source}/lanes/{lane}");
        if flags & 0x80 != 0 {
            return Some(Ask { lane, source, path, headers: Vec::new(), body: None });
        }
        let cursor = self.cursor(&source, lane);
        let (held, chain) = cursor.map_or((0, Chain::START), |c| (c.acked_through, c.chain));
        let fill = |text: &[u8]| -> Vec<u8> {
            let Ok(text) = std::str::from_utf8(text) else { return text.to_vec() };
            if !text.contains('$') {
                return text.as_bytes().to_vec();
            }
            let text = text.replace("$E", self.epoch.as_str()).replace("$N", &(held + 1).to_string());
            text.replace("$S", &source.uri()).replace("$C", &chain.to_string()).into_bytes()
        };
        let mut headers = Vec::new();
        let mut right = |name: &str, value: &str| {
            headers.push((name.parse().expect("a header"), value.parse().expect("a value")));
        };
        if flags & 8 == 0 {
            right("content-type", CONTENT_TYPE);
            right(DEVICE_EPOCH, self.epoch.as_str());
            right(FIRST_SEQ, &(held + 1).to_string());
            right(PRIOR_CHAIN, &chain.to_string());
            right(SENT_AT, "2026-11-26T01:00:00.000Z");
        }
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|b| *b == b':')?;
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            let value = HeaderValue::from_bytes(&fill(&line[colon + 1..])).ok()?;
            headers.retain(|(n, _)| *n != name);
            headers.push((name, value));
        }
        let mut body = Vec::new();
        let right = if flags & 0x10 == 0 { u64::from(count % 12) } else { u64::from(flags & 0x40 != 0) };
        for seq in held + 1..=held + right {
            let data = serde_json::json!({"ticket": uuid::Uuid::from_u128(seq.into()), "reason": "thử"});
            let at_ms = 1_764_000_000_000 + i64::try_from(seq).unwrap_or(0);
            let kind = "motcua.ticket.voided.v1";
            let event =
                CloudEvent::new(&source, &self.epoch, lane, seq, kind, at_ms, &data).expect("an event");
            body.push(serde_json::to_string(&event).expect("JSON").into_bytes());
        }
        if flags & 0x10 != 0 && flags & 0x40 != 0 {
            body.push(fill(rest));
        }
        let mut body = if flags & 0x10 != 0 && flags & 0x40 == 0 {
            fill(rest)
        } else {
            [b"[".as_slice(), &body.join(&b','), b"]"].concat()
        };
        if flags & 0x20 != 0 {
            body = zstd::encode_all(&body[..], 1).expect("packed");
            headers.push(("content-encoding".parse().expect("a header"), "zstd".parse().expect("a value")));
        }
        Some(Ask { lane, source, path: path + "/events", headers, body: Some(body) })
    }

    /// What is held of a lane agrees with its cursor, in both stores.
    fn holds(&self, ask: &Ask) {
        let cursor = self.cursor(&ask.source, ask.lane);
        let events = self.memory.events(&ask.source, ask.lane);
        let aside = self.memory.quarantined(&ask.source, ask.lane);
        let key = [ask.source.to_string().into(), ask.lane.word().into()];
        let table = if ask.lane.sheds() { "signals" } else { "events" };
        let sql = format!(
            "SELECT (SELECT count(*) FROM {table} WHERE source = $1 AND lane = $2),
                    (SELECT count(*) FROM quarantine WHERE source = $1 AND lane = $2),
                    (SELECT min(seq) FROM (SELECT seq FROM {table} WHERE source = $1 AND lane = $2
                        UNION ALL SELECT seq FROM quarantine WHERE source = $1 AND lane = $2)),
                    (SELECT epoch || acked || chain FROM lanes WHERE source = $1 AND lane = $2)"
        );
        let row = self.runtime.block_on(async {
            let job = self.sqlite.db().read(move |tx| Box::pin(async move { tx.one(&sql, &key).await }));
            job.await.expect("SQLite").expect("a row")
        });
        let stands = cursor.as_ref().map(|c| format!("{}{}{}", c.epoch, c.acked_through, c.chain));
        assert_eq!(row.text_or_none(3).expect("a text"), stands, "the stores stand elsewhere");
        let Some(cursor) = cursor else { return };
        let counted = (row.number(0).expect("a number"), row.number(1).expect("a number"));
        assert_eq!(counted, (events.len() as u64, aside), "the stores hold other events");
        if ask.lane.sheds() {
            return;
        }
        // An epoch may begin later than 1; nothing is missing after its first event.
        if let Some(first) = row.int_or_none(2).expect("a number") {
            let first = u64::try_from(first).expect("a number from 0");
            assert_eq!(
                cursor.acked_through + 1 - first,
                counted.0 + counted.1,
                "the cursor covers something else"
            );
        }
        if aside == 0 {
            let along = events.iter().fold(Chain::START, |chain, e| chain.then(&e.id, &e.kind, &e.time));
            assert_eq!(along, cursor.chain, "another chain than that of the events");
        }
    }
}

fn check(bench: &Bench, ask: &Ask) -> Option<()> {
    let before = bench.cursor(&ask.source, ask.lane);
    let [memory, sqlite] = &bench.routers;
    let (one, two) = (bench.ask(memory, ask)?, bench.ask(sqlite, ask)?);
    assert_eq!(one.status, two.status, "{one:?} {two:?}");
    assert!(STATUSES.contains(&one.status), "{one:?}");
    if one.status == 200 && ask.body.is_some() {
        let receipt: Receipt = serde_json::from_slice(&one.body).expect("a receipt");
        let cursor = bench.cursor(&ask.source, ask.lane);
        assert_eq!(cursor.map(|c| c.acked_through), Some(receipt.acked_through));
    } else if one.status != 200 {
        assert_eq!(one, two, "another refusal");
        assert_eq!(one.kind, PROBLEM_TYPE);
        let problem: Problem = serde_json::from_slice(&one.body).expect("a problem document");
        assert_eq!(problem.status, one.status);
        assert_eq!(bench.cursor(&ask.source, ask.lane), before, "a refused batch moved the lane");
    }
    bench.holds(ask);
    Some(())
}

fuzz_target!(|data: &[u8]| -> Corpus {
    BENCH.with_borrow_mut(|bench| {
        let done = bench.read(data).and_then(|ask| check(bench, &ask));
        bench.requests += 1;
        if bench.requests >= REQUESTS {
            bench.runtime.block_on(bench.sqlite.db().close());
            *bench = Bench::start();
        }
        if done.is_some() { Corpus::Keep } else { Corpus::Reject }
    })
});
