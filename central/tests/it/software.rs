// SPDX-License-Identifier: MIT OR Apache-2.0
//! Firmware at the central: what is taken from the build, what a hub is sent of it, and when a wave of a rollout is over.

use crate::process::{Central, PROGRAM};
use crate::sites::{configured, hall_file};
use crate::support::*;
use motcua_central::audit::now_ms;
use motcua_central::steer::{self, Rollout, RolloutState};
use motcua_link::data::{DeviceHealth, Part, PartState};
use motcua_link::wire::{Lane, hex};
use reqwest::header::{CONTENT_RANGE, RANGE};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

on_both!(
    an_update_is_taken_once_and_a_hub_is_sent_all_or_the_rest_of_it,
    a_hall_is_promised_no_firmware_that_is_not_here,
    a_wave_is_over_when_its_devices_run_the_version,
);

/// A file as the build of the image makes it: a squashfs image begins so.
fn bundle(dir: &Path, name: &str, bytes: usize) -> PathBuf {
    let mut text = b"hsqs".to_vec();
    text.extend((0..bytes - 4).map(|n| (n * 31 % 251) as u8));
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What the program said, and whether it did it.
fn said(central: &Central, place: &Place, args: &[&str]) -> (bool, String) {
    let mut command = Command::new(PROGRAM);
    command.arg("software").args(args).arg("--data").arg(central.path(""));
    if let Some(url) = place.url() {
        command.args(["--database-url", &url]);
    }
    let out = command.output().unwrap();
    let text = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (out.status.success(), text)
}

async fn an_update_is_taken_once_and_a_hub_is_sent_all_or_the_rest_of_it(place: &Place) {
    let (central, build) = (Central::with(place.url(), &[]), Dir::new());
    let add = |path: &Path| said(&central, place, &["add", path.to_str().unwrap()]);
    let good = bundle(build.path(), "motcua-0.2.0-arm64.raucb", 3_000_000);
    let whole = std::fs::read(&good).unwrap();
    let sum = hex(&Sha256::digest(&whole));
    // Wrong names, wrong files.
    for name in ["update.raucb", "motcua-0.2.0-riscv64.raucb", "motcua-next-arm64.raucb"] {
        let (done, text) = add(&bundle(build.path(), name, 1_000));
        assert!(!done && text.contains("motcua-VERSION-arm64.raucb"), "{name}: {text}");
    }
    let image = build.path().join("motcua-0.3.0-arm64.raucb");
    for text in ["PK\u{3}\u{4} an archive of something else", ""] {
        std::fs::write(&image, text).unwrap();
        let (done, text) = add(&image);
        assert!(!done && text.contains("is not an update"), "{text}");
    }
    let (done, text) = add(&good);
    assert!(done && text.contains(&sum), "{text}");
    assert!(add(&good).0, "the same once more changes nothing");
    // A version that was given out does not change, and what hubs fetch is as it was.
    let mut other = whole.clone();
    other[2_000_000] ^= 1;
    for other in [&other[..], &whole[..2_000_000]] {
        std::fs::write(&good, other).unwrap();
        let (done, text) = add(&good);
        assert!(!done && text.contains("there already with other bytes"), "{text}");
    }
    let (_, list) = said(&central, place, &["list"]);
    assert!(list.lines().count() == 1 && list.contains("0.2.0") && list.contains(&sum), "{list}");

    let hub = central.enrol("ngo-quyen.hub", "hub").await;
    let route = central.route(&hub);
    let get = |path: &str| route.client.get(format!("{}/v1/devices/{path}", route.base));
    let at = "ngo-quyen.hub/software/0.2.0/arm64";
    let answer = get(at).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["sha256"], *sum);
    assert!(answer.bytes().await.unwrap() == whole, "all of it");
    let rest = get(at).header(RANGE, "bytes=2999000-").send().await.unwrap();
    assert_eq!((rest.status().as_u16(), &rest.headers()["sha256"]), (206, &sum.parse().unwrap()));
    assert_eq!(rest.headers()[CONTENT_RANGE], "bytes 2999000-2999999/3000000");
    assert!(rest.bytes().await.unwrap() == whole[2_999_000..], "the rest of it");
    for unknown in ["0.2.0/amd64", "0.9.0/arm64", "..%2f..%2fcentral.db/arm64"] {
        let answer = get(&format!("ngo-quyen.hub/software/{unknown}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{unknown}");
    }
    // Not in another hall's name, and not without a certificate.
    let answer = get("hong-bang.hub/software/0.2.0/arm64").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);

    let (done, text) = said(&central, place, &["remove", "0.2.0", "arm64"]);
    assert!(done, "{text}");
    assert_eq!(get(at).send().await.unwrap().status().as_u16(), 404);
    assert_eq!(std::fs::read_dir(central.path("software")).unwrap().count(), 0, "its file is gone");
    let (done, text) = said(&central, place, &["remove", "0.2.0", "arm64"]);
    assert!(!done && text.contains("no firmware 0.2.0 for arm64"), "{text}");
}

const CHANGE: &str = "[software]\nversion = \"0.2.0\"\n";
const HALLS: [(&str, &str); 2] = [("ngo-quyen", "PHƯỜNG NGÔ QUYỀN"), ("hong-bang", "PHƯỜNG HỒNG BÀNG")];

/// Begins a rollout of one hall a wave; in words what is wrong.
async fn start(app: &App) -> Result<String, Vec<[String; 2]>> {
    let done = app.db().write(|tx| {
        Box::pin(async move {
            let sites = HALLS.map(|(site, _)| site.to_owned());
            steer::start(tx, &sites, CHANGE, &[1], "lan", "bản tháng 12").await
        })
    });
    let done = done.await.unwrap().map(|id| id.to_string());
    done.map_err(|faults| faults.iter().map(|f| [f.said("vi").to_owned(), f.said("en").to_owned()]).collect())
}

async fn known(app: &App) {
    for (site, name) in HALLS {
        configured(app, site, name, now_ms()).await;
    }
    let build = Dir::new();
    let file = bundle(build.path(), "motcua-0.2.0-arm64.raucb", 1_000);
    let bundle = steer::add(&app.software, &file, "lan").unwrap();
    app.db()
        .write(move |tx| {
            let bundle = bundle.clone();
            Box::pin(async move { steer::keep(tx, &bundle).await })
        })
        .await
        .unwrap();
}

async fn a_hall_is_promised_no_firmware_that_is_not_here(place: &Place) {
    let app = place.app().await;
    for (site, name) in HALLS {
        configured(&app, site, name, now_ms()).await;
    }
    let propose = || {
        let text = format!("{}\n{CHANGE}", hall_file("ngo-quyen", "PHƯỜNG NGÔ QUYỀN"));
        app.db().write(move |tx| {
            let text = text.clone();
            Box::pin(async move { steer::propose(tx, "ngo-quyen", &text, "lan", "thử").await })
        })
    };
    let faults = propose().await.unwrap().unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let (vi, en) = (faults[0].said("vi"), faults[0].said("en"));
    assert!(vi.contains("chưa có phần mềm phiên bản 0.2.0") && vi.contains("software add"), "{vi}");
    assert!(en.contains("has no firmware of version 0.2.0") && en.contains("software add"), "{en}");
    // A rollout says it of each hall, and begins in none.
    let faults = start(&app).await.unwrap_err();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[1][0].starts_with("hong-bang: ") && faults[1][1].contains("no firmware"), "{faults:?}");
    assert_eq!(rollouts(&app).await, []);
    known(&app).await;
    assert!(propose().await.unwrap().is_ok());
}

async fn rollouts(app: &App) -> Vec<Rollout> {
    app.db().read(|tx| Box::pin(steer::rollouts(tx))).await.unwrap()
}

/// The only rollout, after the central looked at it.
async fn stepped(app: &App) -> Rollout {
    app.db().write(|tx| Box::pin(steer::step(tx))).await.unwrap();
    rollouts(app).await.remove(0)
}

/// The hall says that the configuration of the rollout serves.
async fn took(app: &App, rollout: &Rollout, wave: usize) {
    let stop = rollout.waves[wave][0].clone();
    let said = steer::Reported {
        version: stop.version,
        digest: "0".repeat(64),
        applied: true,
        detail: None,
        at_ms: now_ms(),
    };
    let done = app.db().write(move |tx| {
        let (site, said) = (stop.site.clone(), said.clone());
        Box::pin(async move { steer::set_reported(tx, &site, &said, None, now_ms()).await })
    });
    done.await.unwrap();
}

/// A device of a hall that tells how it is.
struct Told(Sender);

impl Told {
    fn new(site: &str, device: &str) -> Told {
        Told(Sender::new(site, device, Lane::Health))
    }

    /// `update` is the part of that name; a device without an image has none.
    async fn runs(&mut self, app: &App, version: &str, update: Option<(PartState, &str)>) {
        let part = |(state, fault): (PartState, &str)| Part {
            state,
            fault: (!fault.is_empty()).then(|| fault.to_owned()),
        };
        let parts: BTreeMap<String, Part> =
            update.map(|update| ("update".to_owned(), part(update))).into_iter().collect();
        let health = DeviceHealth {
            role: "hub".into(),
            version: version.into(),
            uptime_s: 60,
            slot: Some("A".into()),
            cpu_celsius: None,
            memory_bytes: None,
            disk_free_bytes: None,
            disk_bytes: None,
            disk_wear_percent: None,
            commit_p99_ms: None,
            backlog: None,
            backlog_age_s: None,
            clock_off_ms: None,
            certificate_days: None,
            parts,
        };
        self.0.tell(now_ms(), health);
        self.0.send(app, now_ms()).await;
    }
}

async fn a_wave_is_over_when_its_devices_run_the_version(place: &Place) {
    let app = place.app().await;
    known(&app).await;
    let [mut hub, mut kiosk, mut display] =
        ["hub", "kiosk-1", "tv-1"].map(|device| Told::new("ngo-quyen", device));
    hub.runs(&app, "0.1.0", Some((PartState::Ok, ""))).await;
    kiosk.runs(&app, "0.1.0", Some((PartState::Ok, ""))).await;
    // A television with a program of its own, no image: nobody waits for it.
    display.runs(&app, "0.0.9", None).await;
    start(&app).await.unwrap();
    let rollout = stepped(&app).await;
    assert_eq!((rollout.wave, rollout.state), (1, RolloutState::Running));
    took(&app, &rollout, 0).await;
    assert_eq!(stepped(&app).await.wave, 1, "the configuration serves, the devices are as they were");
    hub.runs(&app, "0.2.0", Some((PartState::Ok, ""))).await;
    kiosk.runs(&app, "0.1.0", Some((PartState::Ok, "waiting"))).await;
    assert_eq!(stepped(&app).await.wave, 1, "people wait at the kiosk");
    kiosk.runs(&app, "0.2.0", Some((PartState::Ok, ""))).await;
    let rollout = stepped(&app).await;
    assert_eq!((rollout.wave, rollout.state), (2, RolloutState::Running));

    // In the next hall the panel comes back with the old version.
    let mut panel = Told::new("hong-bang", "panel-2");
    panel.runs(&app, "0.1.0", Some((PartState::Ok, "trying"))).await;
    took(&app, &rollout, 1).await;
    assert_eq!(stepped(&app).await.state, RolloutState::Running);
    panel.runs(&app, "0.1.0", Some((PartState::Fault, "returned"))).await;
    let rollout = stepped(&app).await;
    assert_eq!(rollout.state, RolloutState::Halted);
    let why = rollout.detail.unwrap();
    for word in ["hong-bang", "panel-2", "0.2.0", "returned"] {
        assert!(why.contains(word), "{why}");
    }
}
