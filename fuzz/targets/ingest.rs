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
//! aside; the chain is that of the events held; both stores agree. After each request only what it brought is added up;
//! before the stores are emptied, everything is, and SQLite's events are compared with those in memory.
#![no_main]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use libfuzzer_sys::{Corpus, fuzz_target};
use motcua_link::db::{Db, Row};
use motcua_link::receive::{Admit, Limits, Memory, NotAdmitted, Problems, SqlStore, Store, router};
use motcua_link::wire::{
    CONTENT_TYPE, Chain, CloudEvent, Cursor, DEVICE_EPOCH, Epoch, FIRST_SEQ, Lane, PRIOR_CHAIN, PROBLEM_TYPE,
    Problem, Quarantined, Receipt, SENT_AT, Source,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// Requests until the stores are emptied, so that a long run meets many empty ones. The database stays: opening one
/// costs as much as many requests.
const REQUESTS: u32 = 250;
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

/// The store in memory, and how far its lanes are added up.
struct Side {
    memory: Arc<Memory>,
    router: Router,
    added: BTreeMap<(Source, Lane), Added>,
    requests: u32,
}

/// Of a lane.
#[derive(Clone, Debug, PartialEq)]
struct Added {
    events: usize,
    chain: Chain,
    /// Lowest number among events and those set aside.
    first: Option<u64>,
    /// Set aside, as the receipts said.
    aside: u64,
}

struct Bench {
    runtime: Runtime,
    _dir: tempfile::TempDir,
    side: Side,
    sqlite: Arc<SqlStore>,
    sqlite_router: Router,
    epoch: Epoch,
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

fn serve(store: Arc<dyn Store>) -> Router {
    router(store, Arc::new(Everybody), Arc::new(Nobody), Limits::default())
}

impl Side {
    fn new() -> Side {
        let memory = Arc::new(Memory::default());
        let router = serve(memory.clone());
        Side { memory, router, added: BTreeMap::new(), requests: 0 }
    }

    fn cursor(&self, source: &Source, lane: Lane) -> Option<Cursor> {
        self.memory.cursor(source, lane).now_or_never().expect("answers at once").expect("memory")
    }

    /// What a lane holds, with what a receipt set aside.
    fn add_up(&mut self, source: &Source, lane: Lane, aside: &[Quarantined]) -> Added {
        let none = Added { events: 0, chain: Chain::START, first: None, aside: 0 };
        let added = self.added.entry((source.clone(), lane)).or_insert(none);
        let mut seqs: Vec<u64> = aside.iter().map(|q| q.seq).collect();
        for e in self.memory.events_after(source, lane, added.events) {
            added.events += 1;
            added.chain = added.chain.then(&e.id, &e.kind, &e.time);
            seqs.push(e.sequence.parse().expect("a number"));
        }
        added.first = added.first.into_iter().chain(seqs).min();
        added.aside += aside.len() as u64;
        added.clone()
    }
}

impl Bench {
    fn start() -> Bench {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let dir = tempfile::tempdir().expect("a directory");
        let sqlite = runtime.block_on(async {
            let db = Db::sqlite(&dir.path().join("link.db")).expect("a database");
            Arc::new(SqlStore::open(db, Arc::new(())).await.expect("a store"))
        });
        let sqlite_router = serve(sqlite.clone());
        let epoch = "00112233445566778899aabbccddeeff".parse().expect("an epoch");
        Bench { runtime, _dir: dir, side: Side::new(), sqlite, sqlite_router, epoch }
    }

    /// Begins again with empty stores, after everything in the old ones was compared.
    fn begin_again(&mut self) {
        let old = std::mem::replace(&mut self.side, Side::new());
        for ((source, lane), added) in &old.added {
            let events = old.memory.events_after(source, *lane, 0);
            let whole = events.iter().fold(Chain::START, |chain, e| chain.then(&e.id, &e.kind, &e.time));
            assert_eq!((events.len(), whole), (added.events, added.chain), "an event changed");
            self.same_events(source, *lane, &events);
        }
        let job = self.sqlite.db().write(|tx| {
            Box::pin(async move {
                for table in ["lanes", "epochs", "events", "signals", "quarantine"] {
                    tx.execute(&format!("DELETE FROM {table}"), &[]).await?;
                }
                Ok(())
            })
        });
        self.runtime.block_on(job).expect("SQLite");
    }

    /// SQLite holds these events and says the same of each.
    fn same_events(&self, source: &Source, lane: Lane, events: &[CloudEvent]) {
        let key = [source.to_string().into(), lane.word().into()];
        let table = if lane.sheds() { "signals" } else { "events" };
        let sql = format!(
            "SELECT epoch || '/' || lane || '/' || seq, type, data FROM {table} WHERE source = $1 AND lane = $2"
        );
        let job = self.sqlite.db().read(move |tx| Box::pin(async move { tx.rows(&sql, &key).await }));
        let rows = self.runtime.block_on(job).expect("SQLite");
        let text = |row: &Row, at| row.text(at).expect("a text");
        let mut kept: Vec<_> = rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect();
        let mut had: Vec<_> =
            events.iter().map(|e| (e.id.clone(), e.kind.clone(), e.data.get().to_owned())).collect();
        kept.sort();
        had.sort();
        assert_eq!(kept, had, "SQLite holds other events");
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
        let cursor = self.side.cursor(&source, lane);
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

    /// What is held of a lane agrees with its cursor.
    fn holds(&mut self, ask: &Ask, aside: &[Quarantined]) {
        let cursor = self.side.cursor(&ask.source, ask.lane);
        let added = self.side.add_up(&ask.source, ask.lane, aside);
        assert_eq!(added.aside, self.side.memory.quarantined(&ask.source, ask.lane), "other receipts");
        self.same_standing(ask, cursor.as_ref(), &added);
        let Some(cursor) = cursor else { return };
        if ask.lane.sheds() {
            return;
        }
        // An epoch may begin later than 1; nothing is missing after its first event.
        if let Some(first) = added.first {
            let covered = cursor.acked_through + 1 - first;
            assert_eq!(covered, added.events as u64 + added.aside, "the cursor covers something else");
        }
        if added.aside == 0 {
            assert_eq!(added.chain, cursor.chain, "another chain than that of the events");
        }
    }

    /// SQLite stands where memory stands.
    fn same_standing(&self, ask: &Ask, cursor: Option<&Cursor>, added: &Added) {
        let key = [ask.source.to_string().into(), ask.lane.word().into()];
        let table = if ask.lane.sheds() { "signals" } else { "events" };
        let sql = format!(
            "SELECT (SELECT count(*) FROM {table} WHERE source = $1 AND lane = $2),
                    (SELECT count(*) FROM quarantine WHERE source = $1 AND lane = $2),
                    (SELECT min(seq) FROM (SELECT seq FROM {table} WHERE source = $1 AND lane = $2
                        UNION ALL SELECT seq FROM quarantine WHERE source = $1 AND lane = $2)),
                    (SELECT epoch || acked || chain FROM lanes WHERE source = $1 AND lane = $2)"
        );
        let job = self.sqlite.db().read(move |tx| Box::pin(async move { tx.one(&sql, &key).await }));
        let row = self.runtime.block_on(job).expect("SQLite").expect("a row");
        let stands = cursor.map(|c| format!("{}{}{}", c.epoch, c.acked_through, c.chain));
        assert_eq!(row.text_or_none(3).expect("a text"), stands, "the stores stand elsewhere");
        let number = |at| row.int_or_none(at).expect("a number").map(|n| u64::try_from(n).expect("from 0"));
        let counted = (number(0), number(1), number(2));
        let expected = (Some(added.events as u64), Some(added.aside), added.first);
        assert_eq!(counted, expected, "the stores hold other events");
    }
}

fn check(bench: &mut Bench, data: &[u8]) -> Option<()> {
    let ask = bench.read(data)?;
    let before = bench.side.cursor(&ask.source, ask.lane);
    let (one, two) = (bench.ask(&bench.side.router, &ask)?, bench.ask(&bench.sqlite_router, &ask)?);
    assert_eq!(one.status, two.status, "{one:?} {two:?}");
    assert!(STATUSES.contains(&one.status), "{one:?}");
    let mut aside = Vec::new();
    if one.status == 200 && ask.body.is_some() {
        let receipt: Receipt = serde_json::from_slice(&one.body).expect("a receipt");
        let cursor = bench.side.cursor(&ask.source, ask.lane);
        assert_eq!(cursor.map(|c| c.acked_through), Some(receipt.acked_through));
        aside = receipt.quarantined;
    } else if one.status != 200 {
        assert_eq!(one, two, "another refusal");
        assert_eq!(one.kind, PROBLEM_TYPE);
        let problem: Problem = serde_json::from_slice(&one.body).expect("a problem document");
        assert_eq!(problem.status, one.status);
        assert_eq!(bench.side.cursor(&ask.source, ask.lane), before, "a refused batch moved the lane");
    }
    bench.holds(&ask, &aside);
    bench.side.requests += 1;
    if bench.side.requests >= REQUESTS {
        bench.begin_again();
    }
    Some(())
}

fuzz_target!(|data: &[u8]| -> Corpus {
    BENCH.with_borrow_mut(|bench| if check(bench, data).is_some() { Corpus::Keep } else { Corpus::Reject })
});
