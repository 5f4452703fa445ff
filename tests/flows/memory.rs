// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kiosk's process remembers: while somebody stands there his card's
//! number is in its memory, and once he has left it is nowhere in it, nor on the
//! disk or in the log. Reads `/proc/PID/mem`, which takes root.

use super::Flow;
use crate::remote::hub_with;
use crate::support::planted::{Person, Searcher, people};
use crate::support::*;
use memchr::memmem;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// A piece of readable memory.
struct Region {
    name: String,
    bytes: Vec<u8>,
}

/// Everything of a process that a dump of it would hold.
fn memory(pid: u32) -> Vec<Region> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut mem = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut regions = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, access) = (words.next().unwrap(), words.next().unwrap());
        let name = words.nth(3).unwrap_or("anonymous");
        // What nobody can have written to is the program itself.
        if !access.starts_with("rw") || name == "[vvar]" {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = Vec::new();
        mem.seek(SeekFrom::Start(from)).unwrap();
        // Some pages, as of a guard, cannot be read.
        let _ = (&mut mem).take(to - from).read_to_end(&mut bytes);
        regions.push(Region { name: format!("{name} {range}"), bytes });
    }
    regions
}

/// Where a text stands in memory, and what is around it.
fn finds(regions: &[Region], text: &str) -> Vec<String> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let mut found = Vec::new();
    for (coding, pattern) in [("utf-8", text.as_bytes().to_vec()), ("utf-16", utf16), ("utf-32", utf32)] {
        let finder = memmem::Finder::new(&pattern);
        for region in regions {
            for at in finder.find_iter(&region.bytes) {
                let around =
                    &region.bytes[at.saturating_sub(48)..(at + pattern.len() + 48).min(region.bytes.len())];
                found.push(format!(
                    "{text} as {coding} in {} at {at:#x}: {}",
                    region.name,
                    around.escape_ascii()
                ));
            }
        }
    }
    found
}

/// Everything that the bench's own page keeps of a request or an answer is overwritten by the next one.
fn overwritten(flow: &Flow) {
    for _ in 0..3 {
        flow.scan(&"a".repeat(4_096));
        flow.glass.post("/devices/scanner/scan", &serde_json::json!({ "text": "b".repeat(4_096) }));
        flow.bench.get("/elements");
        flow.glass.get("/elements");
    }
}

/// A number by the printed code of the card.
fn takes_number(flow: &Flow, person: &Person) {
    flow.wants("Chứng thực");
    flow.to("Dùng thẻ", "reader");
    flow.scan(&card(person));
    flow.shows("the card's sheet", |s| s["kind"] == "card");
}

fn card(person: &Person) -> String {
    format!("{}|{}|{}|15021990|Nữ|Số 1 Phố Mẫu|20062021", person.number, person.old, person.name)
}

/// From the sheet to the number and home.
fn goes(flow: &Flow) {
    flow.to("Đúng, tiếp tục", "priority");
    flow.to("Không thuộc diện nào", "number");
    flow.home();
}

fn writes(flow: &Flow, person: &Person) {
    flow.to("Phản ánh, kiến nghị", "list");
    flow.to("Phản ánh", "entry");
    flow.bench.tap("Chữ số");
    flow.spell(&person.number);
    flow.spell("-");
    flow.spell(&person.old);
    assert!(flow.screen("entry")["text"].as_str().unwrap().contains(&person.number));
}

/// With a telephone number, and home.
fn sends(flow: &Flow, person: &Person) {
    flow.to("Tiếp tục", "consent");
    flow.to("Có, nhập số điện thoại", "entry");
    flow.spell(&person.phone);
    flow.to("Gửi", "kept");
    flow.home();
}

fn kiosk(dir: &Dir, logs: &Path, ports: Ports) -> Flow {
    let data = enrol(&add_device(dir.path(), "kiosk-7", "kiosk"), dir.path().join("kiosk"));
    let hall = dir.path().join("hall.toml");
    let hub = format!("https://127.0.0.1:{}", ports.devices());
    let args = [
        "--hub",
        &hub,
        "--data",
        data.to_str().unwrap(),
        "--hall",
        hall.to_str().unwrap(),
        "--no-pcscd",
        "--printer-speed",
        "20",
    ];
    let bench = Bench::loud(&args, logs);
    let known = data.join("citizen/feedback.public");
    assert!(until(|| known.exists()), "the kiosk never heard for whom to seal");
    Flow::with(bench, Dir::new())
}

#[test]
fn a_kiosk_forgets_who_stood_there() {
    let (dir, logs, ports) = (Dir::new(), Dir::new(), Ports::free());
    let hub = hub_with(&dir, ports, &always_open().replacen("read = \"chip\"", "read = \"code\"", 1));
    let flow = kiosk(&dir, logs.path(), ports);
    let pid = flow.bench.run.pid();
    let people = people(26);
    let (first, last) = (&people[0], &people[25]);
    if let Err(e) = File::open(format!("/proc/{pid}/mem")) {
        return println!("skipped: the memory of another process cannot be read: {e}");
    }
    takes_number(&flow, first);
    let there = memory(pid);
    for text in [&first.number, &first.name] {
        assert!(!finds(&there, text).is_empty(), "control: {text} is not found while it is needed");
    }
    goes(&flow);
    for person in &people[1..25] {
        takes_number(&flow, person);
        goes(&flow);
    }
    // As a code of a dossier, and into words.
    flow.to("Tra cứu hồ sơ", "reader");
    flow.to("Nhập mã", "entry");
    flow.spell(&last.number);
    flow.to("Tra cứu", "sorry");
    flow.home();
    writes(&flow, last);
    let there = memory(pid);
    assert!(!finds(&there, &last.number).is_empty(), "control: what is being written is not found");
    drop(there);
    sends(&flow, last);
    overwritten(&flow);

    let needles: Vec<&str> = people.iter().flat_map(Person::needles).collect();
    let left = memory(pid);
    let found: Vec<String> = needles.iter().flat_map(|text| finds(&left, text)).collect();
    let size: usize = left.iter().map(|r| r.bytes.len()).sum();
    println!("{} MiB in {} regions, {} finds", size >> 20, left.len(), found.len());
    found.iter().for_each(|f| println!("{f}"));

    let mut searcher = Searcher::new(needles);
    for place in [dir.path(), logs.path()] {
        let written = searcher.under(place);
        assert!(written.is_empty(), "{} finds, first {:?}", written.len(), &written[..written.len().min(5)]);
    }
    let log = std::fs::metadata(logs.path().join("stderr")).unwrap().len();
    assert!(log > 10_000, "the kiosk logged {log} bytes only");
    assert!(found.is_empty(), "{} finds in memory", found.len());
    drop(hub);
}

#[test]
fn a_hub_leaves_no_core_dump() {
    let dir = Dir::new();
    let hub = start_hub(&dir);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", hub.pid())).unwrap();
    let core = limits.lines().find(|l| l.starts_with("Max core file size")).unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}
