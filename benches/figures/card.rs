// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a card laid on the reader to its holder's name: a virtual card, a real pcscd, the driver's thread, the parser. In a
//! process of its own, because libpcsclite reads once where its daemon is.

use crate::{Figure, Report, quantile};
use motcua_core::scan::Holder;
use motcua_hal::card::sim::{Chip, Document, Faults, Issuer, VirtualCard, VirtualReader};
use motcua_hal::card::{Access, CardEvent, CardHandle, TrustStore};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Set in the process that measures, to the port of the virtual reader.
const MARK: &str = "MOTCUA_BENCH_CARD";
const TIMES: usize = 30;
const LIMIT: Duration = Duration::from_secs(20);
const MRZ: &str =
    "IDVNM1900000174001190000017<<59002155F3002153VNM<<<<<<<<<<<0TRAN<<THI<VI<DU<<<<<<<<<<<<<<<";

/// This is the process that measures.
pub fn is_here() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Starts a pcscd, measures in a process of its own and takes its figures over.
pub fn run(report: &mut Report) {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-card");
    std::fs::create_dir_all(&directory).unwrap();
    let reader = match VirtualReader::start(&directory) {
        Ok(reader) => reader,
        Err(error) => return println!("(no figures of cards: {error})"),
    };
    let out = std::process::Command::new(std::env::current_exe().unwrap())
        .env(MARK, reader.port().to_string())
        .env(VirtualReader::VARIABLE, reader.socket())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let figures: Vec<Figure> = serde_json::from_slice(&out.stdout).unwrap();
    figures.into_iter().for_each(|figure| report.take(figure));
}

/// In that process: figures as JSON on standard output.
pub fn measure() {
    let port: u16 = std::env::var(MARK).unwrap().parse().unwrap();
    let issuer = Issuer::new(2099).unwrap();
    let fields = [
        (1, "001190000017"),
        (2, "Trần Thị Ví Dụ"),
        (9, "Số 1 Phố Mẫu, Phường Thử Nghiệm, Hà Nội"),
        (11, "20/06/2021"),
    ];
    let chip = Chip::new(Document::new(MRZ, &fields, &issuer).unwrap());
    let mut trust = TrustStore::new();
    trust.add(issuer.certificate()).unwrap();
    let (sender, events) = channel();
    let handle = CardHandle::spawn("Virtual PCD", trust, move |event| {
        let _ = sender.send(event);
    });
    let wait_for = |wanted: &CardEvent| while &events.recv_timeout(LIMIT).unwrap() != wanted {};
    let (mut seen, mut named, mut reading) = (Vec::new(), Vec::new(), Vec::new());
    for access in std::iter::repeat_n(Access::with_can("000017"), TIMES + 1) {
        let (card, begun) = insert(port, &chip);
        wait_for(&CardEvent::Inserted);
        let at_seen = begun.elapsed();
        let (reply, answer) = channel();
        handle.read(access, move |result| {
            let _ = reply.send(result);
        });
        let data = answer.recv_timeout(LIMIT).unwrap().unwrap();
        let holder = Holder::from_dg13(data.dg13.as_ref().unwrap()).unwrap();
        assert!(holder.name.is_some());
        named.push(begun.elapsed());
        seen.push(at_seen);
        reading.push(data.took);
        drop(card);
        wait_for(&CardEvent::Removed);
    }
    let mut report = Report { quiet: true, ..Report::default() };
    // The first one waits for vpcd to listen.
    for (what, times) in [
        ("laid down to seen by pcscd's poll", &mut seen),
        ("reading, PACE", &mut reading),
        ("laid down to name", &mut named),
    ] {
        times.remove(0);
        for part in [0.5, 0.95] {
            let what = format!("{what}, p{:.0}", part * 100.0);
            report.add("card", what, quantile(times, part), "ms", "budget to name: 2000 ms");
        }
    }
    println!("{}", report.json());
}

fn insert(port: u16, chip: &Chip) -> (VirtualCard, Instant) {
    let begun = Instant::now();
    loop {
        let at = Instant::now();
        match VirtualCard::insert(port, chip.fresh(), Faults::default()) {
            Ok(card) => return (card, at),
            Err(error) => assert!(begun.elapsed() < LIMIT, "vpcd does not listen: {error}"),
        }
        std::thread::yield_now();
    }
}
