// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's HTTP API, any request, in-process on a real store.
//!
//! An input is a byte of flags, then a request much as on the wire: `METHOD path`, header lines, an empty line, the body.
//! Bits 0 to 2 of the flags choose who asks, bit 3 lets an hour pass first, bit 4 stops the hub and starts it again
//! first. In path and body `$ID` is a new UUIDv7, `$OLD` the id of the last command, `$T` the last ticket.
//!
//! Promises that are checked: nothing panics; no status from 500 up; every no is an RFC 9457 problem document; nobody
//! without a good certificate gets anything but health and the document; the same id gets the same answer; the numbers of a series
//! have no gap and no double; what is told to clients is what was answered before, also after a restart.
#![no_main]

mod bench;

use axum::body::Body;
use axum::http::{Method, Request};
use bench::{Answer, Bench};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::cell::RefCell;

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::start());
}

/// What an input asks for.
struct Input<'a> {
    flags: u8,
    method: Method,
    path: String,
    headers: Vec<(&'a [u8], &'a [u8])>,
    body: Vec<u8>,
}

/// Splits at the first `at`; the second half is empty when there is none.
fn split(data: &[u8], at: u8) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == at) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}

fn read<'a>(data: &'a [u8], bench: &Bench) -> Option<Input<'a>> {
    let (&flags, data) = data.split_first()?;
    let (first, mut rest) = split(data, b'\n');
    let (method, path) = split(first, b' ');
    let mut headers = Vec::new();
    while !rest.is_empty() {
        let (line, after) = split(rest, b'\n');
        rest = after;
        if line.is_empty() {
            break;
        }
        let (name, value) = split(line, b':');
        headers.push((name, value));
    }
    let path = String::from_utf8(bench.fill_in(path)).ok()?;
    Some(Input { flags, method: Method::from_bytes(method).ok()?, path, headers, body: bench.fill_in(rest) })
}

/// `None` for what no HTTP server hands on: header names and paths that are not such.
fn request(input: &Input<'_>, bench: &Bench) -> Option<Request<Body>> {
    let mut request = Request::builder().method(input.method.clone()).uri(&input.path);
    for (name, value) in &input.headers {
        request = request.header(*name, *value);
    }
    request = request.extension(bench.certificate(input.flags));
    request.body(Body::from(input.body.clone())).ok()
}

/// What holds for every answer.
fn well_formed(input: &Input<'_>, answer: &Answer) {
    let Answer { status, content_type, body } = answer;
    assert!(*status < 500, "{status}: {}", String::from_utf8_lossy(body));
    // To HEAD the same is said without a body.
    if (200..300).contains(status) || input.method == Method::HEAD {
        return;
    }
    assert_eq!(content_type, "application/problem+json", "{status}: {}", String::from_utf8_lossy(body));
    let problem = answer.json();
    assert_eq!(problem["status"], *status);
    for member in ["type", "title", "detail"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member} in {problem}");
    }
}

fn one(data: &[u8], bench: &mut Bench) -> Corpus {
    let Some(input) = read(data, bench) else { return Corpus::Reject };
    let Some(first) = request(&input, bench) else { return Corpus::Reject };
    if input.flags & 0x10 != 0 {
        bench.restart();
    }
    if input.flags & 0x08 != 0 {
        bench.an_hour_passes();
    }
    let answer = bench.ask(first);
    well_formed(&input, &answer);
    let path = input.path.split('?').next().unwrap_or_default();
    let open = matches!(path, "/v1/health" | "/v1/hall" | "/v1/openapi.json");
    if (200..300).contains(&answer.status) && !open {
        assert!(bench.may_ask(&input), "answered {} to a stranger", input.path);
    }
    if input.method == Method::POST
        && path == "/v1/commands"
        && matches!(answer.status, 200 | 404 | 409 | 422)
    {
        let again = request(&input, bench).map(|request| bench.ask(request));
        // 422 without a usable id is decided anew, to the same end.
        let same = again.as_ref() == Some(&answer);
        assert!(same, "another answer to the same command: {answer:?}, then {again:?}");
        bench.commanded(&input.body, &answer);
    }
    if input.method == Method::GET && answer.status == 200 {
        bench.told(&input.path, &answer);
    }
    bench.next();
    Corpus::Keep
}

fuzz_target!(|data: &[u8]| -> Corpus { BENCH.with_borrow_mut(|bench| one(data, bench)) });
