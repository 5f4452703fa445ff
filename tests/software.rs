// SPDX-License-Identifier: MIT OR Apache-2.0
//! Firmware on its way: from the central over a cable that breaks to the hub, which keeps one copy for its devices.

use crate::central::{central_program, central_ticket, start_central};
use crate::support::*;
use motcua_link::wire::hex;
use reqwest::header::{CONTENT_RANGE, RANGE};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Some looks of the hub, which are half a minute apart.
const LOOKS: Duration = Duration::from_secs(150);
const SIZE: usize = 9_000_000;

/// A cable to a central that counts what comes down, and once breaks in the middle of it.
struct Cable {
    url: String,
    passed: Arc<AtomicU64>,
    breaks_at: Arc<AtomicU64>,
}

impl Cable {
    fn to(central: &str) -> Cable {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (passed, breaks_at) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
        let cable = Cable { url, passed: passed.clone(), breaks_at: breaks_at.clone() };
        let far = central.trim_start_matches("https://").to_owned();
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(&far) else { continue };
                let up = (near.try_clone().unwrap(), far.try_clone().unwrap());
                std::thread::spawn(move || carry(up, &AtomicU64::new(0), &AtomicU64::new(u64::MAX)));
                let (passed, breaks_at) = (passed.clone(), breaks_at.clone());
                std::thread::spawn(move || carry((far, near), &passed, &breaks_at));
            }
        });
        cable
    }
}

/// One direction, until an end is closed or the cable breaks.
fn carry((mut from, mut to): (TcpStream, TcpStream), passed: &AtomicU64, breaks_at: &AtomicU64) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        let sum = passed.fetch_add(count as u64, Ordering::SeqCst) + count as u64;
        if sum > breaks_at.load(Ordering::SeqCst) {
            // A cable breaks once.
            breaks_at.store(u64::MAX, Ordering::SeqCst);
            break;
        }
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// A file as the build of the image makes it, that nothing packs on the way.
fn bundle(dir: &Path, version: &str, bytes: usize) -> (PathBuf, Vec<u8>) {
    let (mut text, mut state) = (b"hsqs".to_vec(), bytes as u64);
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push((state >> 56) as u8);
    }
    let path = dir.join(format!("motcua-{version}-arm64.raucb"));
    std::fs::write(&path, &text).unwrap();
    (path, text)
}

fn told(data: &Path, args: &[&str]) -> String {
    let out = Command::new(central_program()).args(args).arg("--data").arg(data).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The hall is to run that version, from the central.
fn wants(dir: &Dir, data: &Path, version: &str) {
    let text = format!("{}\n[software]\nversion = \"{version}\"\n", always_open());
    let file = dir.file("wanted.toml", &text);
    told(data, &["config", "set", "ngo-quyen", file.to_str().unwrap(), "--note", version]);
}

/// A device, or a stranger, at the devices' door of the hub.
struct Visitor<'a> {
    runtime: &'a Runtime,
    http: reqwest::Client,
    url: String,
}

impl Visitor<'_> {
    /// Status, where the part lies in the whole, body.
    fn get(&self, path: &str, range: Option<&str>) -> (u16, String, Vec<u8>) {
        let mut call = self.http.get(format!("{}/v1/software/{path}", self.url));
        if let Some(range) = range {
            call = call.header(RANGE, range);
        }
        self.runtime.block_on(async {
            let answer = call.send().await.unwrap();
            let place = answer.headers().get(CONTENT_RANGE).map(|v| v.to_str().unwrap().to_owned());
            (answer.status().as_u16(), place.unwrap_or_default(), answer.bytes().await.unwrap().to_vec())
        })
    }

    /// The version that this device should run, and its length.
    fn wanted(&self) -> Option<(String, u64)> {
        let (status, _, body) = self.get("arm64", None);
        if status == 204 {
            return None;
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        Some((body["version"].as_str().unwrap().to_owned(), body["bytes"].as_u64().unwrap()))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_hub_fetches_an_update_once_and_gives_it_to_its_devices_only() {
    let (dir, data) = (Dir::new(), Dir::new());
    let (_central, devices) = start_central(data.path());
    let cable = Cable::to(&devices);
    let hub = start_hub(&dir);
    let runtime = Runtime::new().unwrap();
    let kiosk = enrolled(&dir, "kiosk-1", "kiosk");
    let visitor = |http: reqwest::Client| Visitor { runtime: &runtime, http, url: hub.devices().to_owned() };
    let device = visitor(certified(&kiosk).build().unwrap());
    assert_eq!(device.wanted(), None, "no version is wanted");

    let (file, whole) = bundle(dir.path(), "0.2.0", SIZE);
    told(data.path(), &["software", "add", file.to_str().unwrap()]);
    enrol(&central_ticket(data.path(), "ngo-quyen.hub", "hub", &cable.url), dir.path().to_owned());
    let before = cable.passed.load(Ordering::SeqCst);
    cable.breaks_at.store(before + 5_000_000, Ordering::SeqCst);
    wants(&dir, data.path(), "0.2.0");
    let folder = dir.path().join("software");
    let broken = || cable.breaks_at.load(Ordering::SeqCst) == u64::MAX;
    assert!(until_for(LOOKS, broken), "{:?}, {}", names(&folder), cable.passed.load(Ordering::SeqCst));
    assert_eq!(device.wanted(), None, "half of it is nothing");
    let half = std::fs::metadata(folder.join("motcua-0.2.0-arm64.part")).unwrap().len();
    assert!((3_000_000..6_000_000).contains(&half), "{half}");
    let here = || device.wanted() == Some(("0.2.0".into(), SIZE as u64));
    assert!(until_for(LOOKS, here), "{:?}", names(&folder));
    assert_eq!(names(&folder), ["motcua-0.2.0-arm64.raucb", "wanted"]);
    let passed = cable.passed.load(Ordering::SeqCst) - before;
    assert!(passed < SIZE as u64 + 2_000_000, "it went on where it broke off: {passed}");

    let (status, _, body) = device.get("0.2.0/arm64", None);
    assert_eq!((status, hex(&Sha256::digest(&body))), (200, hex(&Sha256::digest(&whole))));
    // As RAUC reads it, in parts.
    for (from, to) in [(0, 4_095), (4_500_000, 4_599_999), (SIZE - 10, SIZE - 1)] {
        let (status, place, body) = device.get("0.2.0/arm64", Some(&format!("bytes={from}-{to}")));
        assert_eq!((status, place), (206, format!("bytes {from}-{to}/{SIZE}")));
        assert!(body == whole[from..=to], "{from}-{to}");
    }
    for unknown in ["0.2.0/amd64", "0.3.0/arm64", "0.2.0/mips", "..%2F..%2Fhall.db/arm64", "mips"] {
        assert_eq!(device.get(unknown, None).0, 404, "{unknown}");
    }
    // Whoever is no device of this hub gets neither word nor file.
    let identity = motcua::enrolled::at_hub(&kiosk).read().unwrap().unwrap().identity;
    let stranger = motcua_link::trust::client::pinned_client(&identity.ca().fingerprint()).unwrap();
    let stranger = visitor(stranger.build().unwrap());
    for path in ["arm64", "0.2.0/arm64"] {
        let (status, _, body) = stranger.get(path, None);
        assert!(status == 403 && !body.starts_with(b"hsqs"), "{path}: {status}");
    }

    let (next, _) = bundle(dir.path(), "0.3.0", 1_000_000);
    told(data.path(), &["software", "add", next.to_str().unwrap()]);
    wants(&dir, data.path(), "0.3.0");
    let here = || device.wanted() == Some(("0.3.0".into(), 1_000_000));
    assert!(until_for(LOOKS, here), "{:?}", names(&folder));
    assert_eq!(names(&folder), ["motcua-0.3.0-arm64.raucb", "wanted"], "there is room for one");
    assert_eq!(device.get("0.2.0/arm64", None).0, 404);
}
