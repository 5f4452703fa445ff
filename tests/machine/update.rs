// SPDX-License-Identifier: MIT OR Apache-2.0
//! Updates as a device goes through them: what is refused, what is written, and what becomes of a new system that is
//! well, that is not, and that never starts. RAUC is simulated, and so is the restart: the other slot on the kernel's
//! command line.

use super::rauc::Rauc;
use super::technician::{opened, plug_in};
use super::*;
use motcua::clock::unix_ms;
use motcua::steward::update::record::Record;
use motcua::steward::update::{Standing, Wait};
use motcua::watch::{Facts, HubWay, RoleState};
use motcua_link::data::PartState;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The roles of a kiosk with its hub inside, which say how they are until this is dropped.
struct Roles {
    kiosk: Arc<Mutex<Facts>>,
    ended: Arc<AtomicBool>,
}

impl Roles {
    fn well(device: &Device) -> Roles {
        let mut facts = Facts { hub: Some(HubWay::Reached), waiting: Some(0), ..Facts::default() };
        facts.part("printer", PartState::Ok, None);
        let roles = Roles { kiosk: Arc::new(Mutex::new(facts)), ended: Arc::default() };
        let (kiosk, ended, dir) = (roles.kiosk.clone(), roles.ended.clone(), device.path("run/motcua/state"));
        std::fs::create_dir_all(&dir).unwrap();
        let told = Told { dir };
        told.all(&kiosk);
        std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                told.all(&kiosk);
                pause(Duration::from_millis(200));
            }
        });
        roles
    }

    fn now(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.kiosk.lock().unwrap());
    }
}

impl Drop for Roles {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

struct Told {
    dir: PathBuf,
}

impl Told {
    fn all(&self, kiosk: &Mutex<Facts>) {
        let hub = Facts { hub: Some(HubWay::Here), ..Facts::default() };
        self.one("hub", None, hub);
        self.one("kiosk", Some(unix_ms()), kiosk.lock().unwrap().clone());
    }

    /// Where the device was switched off there is nowhere to write.
    fn one(&self, role: &str, drawn_ms: Option<i64>, facts: Facts) {
        let database = Some("ok".to_owned());
        let state = RoleState { role: role.into(), pid: 1, at_ms: unix_ms(), drawn_ms, database, facts };
        let beside = self.dir.join(format!("{role}.new"));
        if std::fs::write(&beside, serde_json::to_vec(&state).unwrap()).is_ok() {
            let _ = std::fs::rename(beside, self.dir.join(format!("{role}.json")));
        }
    }
}

/// A device with an image and RAUC.
async fn with_rauc(settings: &str) -> (Device, Rauc) {
    let (mut device, rauc) = (Device::with(settings), Rauc::start().await);
    device.bus = Some(rauc.address.clone());
    release(&device, "B", "0.1.0", "0.1.0");
    (device, rauc)
}

/// What is in the slot that is started next.
fn release(device: &Device, slot: &str, version: &str, floor: &str) {
    device.put("proc/cmdline", &format!("quiet motcua.roothash=ab12 motcua.slot={slot}"));
    let text =
        format!("version = \"{version}\"\ncommit = \"c0ffee\"\narch = \"arm64\"\nfloor = \"{floor}\"\n");
    device.put("etc/motcua/release.toml", &text);
}

fn http(device: &Device) -> reqwest::Client {
    reqwest::Client::builder().unix_socket(device.layout().socket()).no_proxy().build().unwrap()
}

async fn standing(device: &Device) -> Standing {
    http(device).get("http://steward/update").send().await.unwrap().json().await.unwrap()
}

/// Waits until the update stands so.
async fn stands(device: &Device, so: impl Fn(&Standing) -> bool) -> Standing {
    let end = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let now = standing(device).await;
        if so(&now) {
            return now;
        }
        assert!(std::time::Instant::now() < end, "{now:?}\n{}", device.read("log"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// An update on a stick, and the technician who asks for it.
async fn asked_for(device: &Device, name: &str, text: &str) {
    device.put(&format!("stick/{name}"), text);
    let asked = serde_json::json!({ "bundle": name });
    let answer = http(device).post("http://steward/update/usb").json(&asked).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 202, "{}", answer.text().await.unwrap());
}

fn good(version: &str) -> String {
    format!("compatible=motcua-arm64\nversion={version}\n")
}

fn record(device: &Device) -> Record {
    Record::read(&device.path("data/device"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_this_device_is_refused_in_both_languages_and_nothing_is_written() {
    let (mut device, rauc) = with_rauc(KIOSK).await;
    opened(&mut device).await;
    plug_in(&device);
    let forged = good("0.2.0") + "signature=self-signed certificate\n";
    for (name, text, en, vi) in [
        ("forged", forged.as_str(), "signature verification failed", "Bản cập nhật không dùng được"),
        (
            "other",
            "compatible=motcua-amd64\nversion=0.2.0\n",
            "take the update for motcua-arm64",
            "Lấy bản dành cho motcua-arm64",
        ),
        ("old", &good("0.0.9"), "older than 0.1.0", "cũ hơn 0.1.0"),
        ("same", &good("0.1.0"), "version 0.1.0 runs already", "đang chạy phiên bản 0.1.0"),
        (
            "malformed",
            &(good("0.2.0") + "floor=0.3.0\n"),
            "nothing older than 0.3.0 may be installed",
            "phiên bản 0.2.0 mà lại tự ghi thấp nhất là 0.3.0",
        ),
    ] {
        asked_for(&device, &format!("{name}.raucb"), text).await;
        let so = |s: &Standing| matches!(s, Standing::Refused { detail, .. } if detail.contains(en));
        let Standing::Refused { detail_vi, .. } = stands(&device, so).await else { unreachable!() };
        assert!(detail_vi.contains(vi), "{detail_vi}");
    }
    assert_eq!(rauc.done().iter().filter(|d| d.contains("installed")).count(), 0);
    assert!(record(&device).written.is_none() && !device.asked().contains("reboot"));
    assert!(device.read("run/motcua/update.json").contains("refused"), "the central hears of it");
    // RAUC's last words where the writing fails.
    asked_for(
        &device,
        "broken.raucb",
        &(good("0.2.0") + "image=Failed updating slot rootfs.0: No space left\n"),
    )
    .await;
    let so = |s: &Standing| matches!(s, Standing::Refused { detail, .. } if detail.contains("No space left"));
    stands(&device, so).await;
    assert!(record(&device).written.is_none() && !device.asked().contains("reboot"));
    let status: serde_json::Value =
        http(&device).get("http://steward/status").send().await.unwrap().json().await.unwrap();
    assert_eq!(status["update"]["state"], "refused");
}

/// Waits for the device to be started again.
fn restarts(device: &Device) -> bool {
    let asked = || std::fs::read_to_string(device.path("asked")).unwrap_or_default();
    let restarts = until(|| asked().contains("systemctl reboot --no-block"));
    device.asked();
    restarts
}

/// Writes 0.2.0 from a stick while the roles are well, up to the restart.
async fn written(device: &mut Device, rauc: &Rauc) {
    written_as(device, rauc, &good("0.2.0")).await;
}

async fn written_as(device: &mut Device, rauc: &Rauc, bundle: &str) {
    opened(device).await;
    plug_in(device);
    let _roles = Roles::well(device);
    rauc.done();
    asked_for(device, "motcua-0.2.0-arm64.raucb", bundle).await;
    stands(device, |s| matches!(s, Standing::Installing { percent, .. } if *percent > 0)).await;
    stands(device, |s| matches!(s, Standing::Restarting { version } if version == "0.2.0")).await;
    assert!(rauc.done().contains(&"installed 0.2.0".to_owned()));
    assert!(restarts(device));
    let written = record(device).written.unwrap();
    assert_eq!((written.version.as_str(), written.from.as_str()), ("0.2.0", "B"));
    assert_eq!(written.parts["kiosk/printer"], PartState::Ok);
    device.off();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_system_that_is_well_stays_and_nothing_older_than_its_floor_comes_back() {
    let (mut device, rauc) = with_rauc(KIOSK).await;
    written(&mut device, &rauc).await;
    release(&device, "A", "0.2.0", "0.2.0");
    let steward = device.on();
    let missing = |s: &Standing| matches!(s, Standing::Trying { missing, .. } if !missing.is_empty());
    stands(&device, missing).await;
    assert_eq!(rauc.done(), [""; 0], "nothing is decided before the roles are there");
    device.put("data/motcua/hall.db.before-3", "for a way back");
    let _roles = Roles::well(&device);
    stands(&device, |s| *s == Standing::Done { version: "0.2.0".into() }).await;
    assert_eq!(rauc.done(), ["marked booted good"]);
    assert!(
        !device.path("data/motcua/hall.db.before-3").exists(),
        "nobody goes back behind a version that is kept"
    );
    assert_eq!((record(&device).written, record(&device).floor.as_str()), (None, "0.2.0"));
    // An image with a lower floor of its own does not lead below.
    release(&device, "A", "0.3.0", "0.1.0");
    device.off();
    drop(steward);
    opened(&mut device).await;
    plug_in(&device);
    asked_for(&device, "older.raucb", &good("0.1.9")).await;
    let so =
        |s: &Standing| matches!(s, Standing::Refused { detail, .. } if detail.contains("older than 0.2.0"));
    stands(&device, so).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_floor_that_a_kept_update_named_itself_is_the_devices() {
    let (mut device, rauc) = with_rauc(KIOSK).await;
    written_as(&mut device, &rauc, &(good("0.2.0") + "floor=0.1.5\n")).await;
    assert_eq!(record(&device).floor, "", "not before it is kept");
    // The image in the slot says less than the update did.
    release(&device, "A", "0.2.0", "0.1.0");
    device.on();
    let roles = Roles::well(&device);
    stands(&device, |s| *s == Standing::Done { version: "0.2.0".into() }).await;
    assert_eq!(record(&device).floor, "0.1.5");
    drop(roles);
    opened(&mut device).await;
    plug_in(&device);
    asked_for(&device, "older.raucb", &good("0.1.4")).await;
    stands(&device, |s| matches!(s, Standing::Refused { detail, .. } if detail.contains("older than 0.1.5")))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_system_with_a_part_that_is_gone_gives_way_to_the_old_one() {
    let (mut device, rauc) = with_rauc(KIOSK).await;
    written(&mut device, &rauc).await;
    release(&device, "A", "0.2.0", "0.1.0");
    device.on();
    let roles = Roles::well(&device);
    roles.now(|facts| facts.part("printer", PartState::Fault, Some("silent")));
    let printer = |s: &Standing| matches!(s, Standing::Trying { missing, .. } if missing.iter().any(|m| m.en.contains("printer has a fault") && m.vi.contains("máy in của kiosk hỏng")));
    stands(&device, printer).await;
    assert_eq!(rauc.done(), [""; 0], "it may still warm up");
    assert!(restarts(&device), "{}", device.read("log"));
    assert_eq!(rauc.done(), ["marked booted bad"]);
    drop(roles);

    // The boot loader starts the other slot; the old system tells why, and keeps the new one from coming again.
    release(&device, "B", "0.1.0", "0.1.0");
    device.on();
    let why = |s: &Standing| {
        matches!(s, Standing::Returned { detail, detail_vi, .. }
            if detail.contains("printer has a fault") && detail_vi.contains("máy in của kiosk hỏng"))
    };
    stands(&device, why).await;
    assert!(until(|| device.read("run/motcua/update.json").contains("returned")), "the central hears of it");
    assert_eq!(rauc.done(), ["marked other bad", "marked booted good"]);
    assert_eq!(record(&device).written, None);
    let roles = Roles::well(&device);
    wanted(&device, "0.2.0");
    let tried = |s: &Standing| matches!(s, Standing::Refused { detail, .. } if detail.contains("was tried on this device"));
    stands(&device, tried).await;
    drop(roles);
    std::fs::remove_dir_all(device.path("data/motcua/software")).unwrap();
    // A technician who stands there may try again.
    written(&mut device, &rauc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_system_that_never_starts_is_told_of_by_the_old_one() {
    let (mut device, rauc) = with_rauc(KIOSK).await;
    written(&mut device, &rauc).await;
    device.on();
    let why = |s: &Standing| matches!(s, Standing::Returned { version, detail, detail_vi } if version == "0.2.0" && detail.contains("did not start") && detail_vi.contains("không khởi động được"));
    stands(&device, why).await;
    assert!(until(|| record(&device).written.is_none()));
    let mut done = rauc.done();
    assert!(
        until(|| {
            done.extend(rauc.done());
            done == ["marked other bad", "marked booted good"]
        }),
        "{done:?}"
    );
}

/// The hub on this machine has the update that the hall should run.
fn wanted(device: &Device, version: &str) {
    std::fs::create_dir_all(device.path("data/motcua/software")).unwrap();
    device.put("data/motcua/software/wanted", version);
    device.put(&format!("data/motcua/software/motcua-{version}-arm64.raucb"), &good(version));
}

/// Hours for updates, in minutes from now.
fn with_hours(from: i64, to: i64) -> String {
    let at = |minutes: i64| {
        let minute = (unix_ms() / 60_000 + 7 * 60 + minutes).rem_euclid(24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    format!("{KIOSK}[updates]\nwindow = \"{}-{}\"\n", at(from), at(to))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hall_wants_waits_for_its_hours_and_for_people() {
    let (mut device, rauc) = with_rauc(&with_hours(120, 180)).await;
    wanted(&device, "0.2.0");
    device.on();
    let waits =
        |why: Wait| move |s: &Standing| matches!(s, Standing::Waiting { why: now, .. } if *now == why);
    let roles = Roles::well(&device);
    stands(&device, waits(Wait::Hours)).await;
    drop(roles);
    device.put("bootcfg/motcua.toml", &with_hours(-60, 60));
    device.on();
    let roles = Roles::well(&device);
    roles.now(|facts| facts.waiting = Some(2));
    stands(&device, waits(Wait::People)).await;
    roles.now(|facts| (facts.waiting, facts.busy) = (Some(0), true));
    stands(&device, waits(Wait::Busy)).await;
    assert!(!rauc.done().iter().any(|d| d.contains("installed")) && !device.asked().contains("reboot"));
    roles.now(|facts| facts.busy = false);
    stands(&device, |s| matches!(s, Standing::Restarting { version } if version == "0.2.0")).await;
    assert!(rauc.done().contains(&"installed 0.2.0".to_owned()));
    assert!(restarts(&device));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technicians_stick_goes_before_what_waits_for_the_night() {
    let (mut device, rauc) = with_rauc(&with_hours(120, 180)).await;
    wanted(&device, "0.3.0");
    device.on();
    let roles = Roles::well(&device);
    stands(&device, |s| matches!(s, Standing::Waiting { version, .. } if version == "0.3.0")).await;
    let steward = motcua::steward::client::StewardClient::new(&device.layout().socket()).unwrap();
    steward.enter("714905").await.unwrap();
    plug_in(&device);
    asked_for(&device, "motcua-0.2.0-arm64.raucb", &good("0.2.0")).await;
    stands(&device, |s| matches!(s, Standing::Restarting { version } if version == "0.2.0")).await;
    let installed: Vec<String> = rauc.done().into_iter().filter(|d| d.starts_with("installed")).collect();
    assert_eq!(installed, ["installed 0.2.0"]);
    assert!(restarts(&device));
    drop(roles);
}
