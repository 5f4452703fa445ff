// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician on site: the lock and its wait, sticks, reset, over power cuts.

use super::*;
use std::time::{Duration, Instant};

pub(super) async fn opened(device: &mut Device) -> StewardClient {
    let steward = device.on();
    steward.enter("714905").await.unwrap();
    device.asked();
    steward
}

#[tokio::test]
async fn the_menu_opens_with_the_pin_or_the_day_s_code_and_takes_the_screen() {
    let mut device = Device::with(KIOSK);
    let steward = device.on();
    device.asked();
    for answer in [
        steward.order("reboot").await,
        steward.order("factory-reset").await,
        steward.sticks().await.map(drop),
    ] {
        assert_eq!(refused(answer).status, 403, "without the code");
    }
    assert_eq!(device.asked(), "");
    steward.enter("714905").await.unwrap();
    let asked = device.asked();
    assert_eq!(
        asked,
        "systemctl stop motcua-kiosk.service\nsystemctl start --no-block motcua-technician.service\n"
    );
    // A steward that is started again keeps the menu open; a device that is does not.
    assert!(device.restart().status().await.unwrap().technician);
    assert!(!device.asked().contains("motcua-kiosk.service"));
    let steward = device.on();
    assert!(!steward.status().await.unwrap().technician);
    let today = motcua::steward::lock::day_of(motcua::clock::unix_ms());
    steward.enter(&motcua::steward::lock::day_code("7a31c09e52d8b4f6610e", today)).await.unwrap();
    device.asked();
    steward.order("technician/leave").await.unwrap();
    assert!(device.asked().starts_with("systemctl start --no-block motcua-kiosk.service\n"));
    assert!(!steward.status().await.unwrap().technician);
}

#[tokio::test]
async fn five_wrong_codes_lock_and_pulling_the_plug_does_not_open() {
    let mut device = Device::with(KIOSK);
    let mut steward = device.on();
    for left in [4, 3] {
        let problem = refused(steward.enter("000000").await);
        assert_eq!((problem.status, problem.left), (403, Some(left)));
    }
    steward = device.on();
    assert_eq!(refused(steward.enter("000000").await).left, Some(2), "the plug gives no further try");
    steward.enter("111111").await.unwrap_err();
    let problem = refused(steward.enter("000000").await);
    assert_eq!((problem.status, problem.wait_s), (429, Some(900)));
    steward = device.on();
    assert!((800..=900).contains(&steward.wait_s().await.unwrap()));
    assert_eq!(refused(steward.enter("714905").await).status, 429, "not even the right one");
    assert!(!device.asked().contains("motcua-technician.service"));
    assert!(!device.read("log").contains("714905") && !device.read("log").contains("000000"));
}

#[tokio::test]
async fn new_settings_are_taken_in_the_menu_and_keep_the_codes() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    let moved = KIOSK.replace("rotation = 90", "rotation = 0").replace("pin = \"714905\"\n", "");
    let moved = moved.replace("day_code_secret = \"7a31c09e52d8b4f6610e\"\n", "");
    // As a screen gives it back that was shown no secrets.
    let lines = moved.lines().filter(|l| !l.starts_with("passphrase") && !l.starts_with("proxy"));
    steward.settings(&lines.map(|l| format!("{l}\n")).collect::<String>()).await.unwrap();
    let wireless = device.read("run/wpa_supplicant/wpa_supplicant-wlp3s0.conf");
    assert!(wireless.contains("psk=\"mat khau wifi\""), "the same network keeps its passphrase");
    assert!(device.read("run/motcua/proxy.env").contains("matkhauproxy"));
    // As the technician's menu makes it of what it was told.
    let told = steward.status().await.unwrap().settings.unwrap();
    steward.settings(&motcua::technician::settings::rotated(&told, 180)).await.unwrap();
    assert_eq!(device.read("run/motcua/screen.env"), "SLINT_KMS_ROTATION=180\n");
    assert_eq!(device.read("run/wpa_supplicant/wpa_supplicant-wlp3s0.conf"), wireless);
    assert!(device.read("run/motcua/proxy.env").contains("matkhauproxy"));
    steward.settings(&motcua::technician::settings::rotated(&told, 0)).await.unwrap();
    let other = moved.replace("ssid = \"MOT-CUA\"", "ssid = \"KHAC\"");
    let found = faults(steward.settings(&other.replace("passphrase = \"mat khau wifi\"\n", "")).await);
    assert!(found[0].message_en.contains("needs its passphrase"), "{found:?}");
    assert_eq!(device.read("run/motcua/screen.env"), "SLINT_KMS_ROTATION=0\n");
    let asked = device.asked();
    assert!(asked.contains("motcua-hub.service") && !asked.contains("motcua-kiosk.service"), "{asked}");
    device.on().enter("714905").await.unwrap();
}

/// A stick as kernel and udev tell of it. "Mounting" it links its directory to the place.
pub(super) fn plug_in(device: &Device) {
    let real = device.path("sys/devices/usb1/block/sdb/sdb1");
    std::fs::create_dir_all(&real).unwrap();
    std::fs::create_dir_all(device.path("sys/class/block")).unwrap();
    std::fs::create_dir_all(device.path("run/udev/data")).unwrap();
    std::fs::create_dir_all(device.path("stick")).unwrap();
    std::fs::write(real.join("partition"), "1").unwrap();
    std::fs::write(real.join("dev"), "8:17\n").unwrap();
    let _ = std::os::unix::fs::symlink(&real, device.path("sys/class/block/sdb1"));
    device.put("run/udev/data/b8:17", "E:ID_FS_LABEL=KY-THUAT\nE:ID_FS_TYPE=vfat\n");
    device.put("does-mount", "for last; do :; done; rmdir \"$last\"; ln -s \"$root/stick\" \"$last\"\n");
    device.put("does-umount", "rm \"$1\"; mkdir \"$1\"\n");
}

#[tokio::test]
async fn logs_on_a_stick_name_nobody_and_hold_no_secret() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    assert_eq!(refused(steward.write_logs().await.map(drop)).status, 409, "there is no stick");
    plug_in(&device);
    std::fs::write(device.path("stick/motcua-0.2.0.raucb"), "").unwrap();
    let sticks = steward.sticks().await.unwrap();
    assert_eq!((sticks[0].device.as_str(), sticks[0].label.as_str()), ("sdb1", "KY-THUAT"));
    assert_eq!(sticks[0].bundles, ["motcua-0.2.0.raucb"]);
    assert!(device.asked().contains("mount -t vfat -o ro,noexec,nodev,nosuid "));

    let said = "2026-11-26T09:00:00+0700 kiosk-1 motcua-kiosk[1]: ready\nread 001099012345 of 0912 345 678\n\
                wifi: mat khau wifi\npin=714905\nused motcua:enrol?t=abc\n";
    device.put("journal", said);
    std::fs::create_dir_all(device.path("data/system/log")).unwrap();
    device.put("data/system/log/current.log", "yesterday: motcua-steward[1]: given up, pin=714905\n");
    device.put("does-journalctl", "cat \"$root/journal\"\n");
    let file = steward.write_logs().await.unwrap();
    assert!(file.starts_with("motcua-kiosk-1-logs-20") && file.ends_with(".txt"), "{file}");
    let text = device.read(&format!("stick/{file}"));
    assert!(text.contains("motcua-kiosk[1]: ready") && text.contains("yesterday: motcua-steward"), "{text}");
    assert_eq!(text.lines().count(), 8, "five of this start, one of an earlier, two headings: {text}");
    for secret in ["001099012345", "0912", "345 678", "mat khau wifi", "714905", "t=abc"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let asked = device.asked();
    assert!(
        asked.contains("mount -t vfat -o rw,noexec,nodev,nosuid ") && asked.contains("umount "),
        "{asked}"
    );
    assert!(asked.contains("journalctl --no-pager --output=short-iso-precise --unit=motcua-*"), "{asked}");
    let file = steward.write_report("printer: good\ntoken: 12345\n").await.unwrap();
    assert_eq!(device.read(&format!("stick/{file}")), "printer: good\ntoken: [secret]\n");
}

#[tokio::test]
async fn a_stick_that_cannot_be_mounted_is_said_and_leaves_nothing() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    plug_in(&device);
    device.put("does-mount", "echo 'wrong fs type' >&2; exit 32\n");
    let problem = refused(steward.write_logs().await.map(drop));
    assert!(problem.status == 409 && problem.detail.contains("wrong fs type"), "{problem:?}");
    assert!(steward.sticks().await.unwrap()[0].bundles.is_empty());
}

#[tokio::test]
async fn power_goes_through_the_system() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    steward.order("reboot").await.unwrap();
    steward.order("power-off").await.unwrap();
    assert_eq!(device.asked(), "systemctl reboot --no-block\nsystemctl poweroff --no-block\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factory_reset_that_is_cut_off_is_finished_at_the_next_start() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    // So many files that the plug can be pulled in between.
    for dir in 0..60 {
        let dir = device.path(&format!("data/motcua/many-{dir}"));
        std::fs::create_dir_all(&dir).unwrap();
        (0..500).for_each(|n| std::fs::write(dir.join(n.to_string()), "x").unwrap());
    }
    let count = |device: &Device| files(&device.path("data/motcua")).len();
    let folders = |device: &Device| std::fs::read_dir(device.path("data/motcua")).unwrap().count();
    let all = folders(&device);
    let reset = tokio::spawn(async move { steward.order("factory-reset").await });
    let end = Instant::now() + Duration::from_secs(20);
    while folders(&device) == all {
        assert!(Instant::now() < end, "it never began");
        tokio::task::yield_now().await;
    }
    device.off();
    assert!(reset.await.unwrap().is_err(), "it was cut off");
    assert!(count(&device) > 0 && device.path("data/factory-reset").exists(), "it was cut off in the middle");

    let status = device.on().status().await.unwrap();
    assert!(!status.provisioned && status.faults.is_empty(), "{status:?}");
    let left = [files(&device.path("data/motcua")), files(&device.path("data/device"))].concat();
    assert!(left.is_empty() && !device.path("data/factory-reset").exists(), "{left:?}");
    assert!(device.asked().contains("systemctl start --no-block motcua-setup.service"));
}

#[tokio::test]
async fn a_factory_reset_leaves_a_blank_device_and_starts_it_anew() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    steward.order("factory-reset").await.unwrap();
    let asked = device.asked();
    assert!(
        asked.starts_with("systemctl stop motcua-hub.service\nsystemctl stop motcua-kiosk.service\n"),
        "{asked}"
    );
    assert!(asked.ends_with("systemctl reboot --no-block\n"), "{asked}");
    assert!(files(&device.path("data")).is_empty());
    // The old PIN opens nothing on a blank device.
    let status = device.on().status().await.unwrap();
    assert!(!status.provisioned, "{status:?}");
}

#[tokio::test]
async fn the_network_of_before_comes_back_with_its_secrets() {
    let mut device = Device::with(KIOSK);
    let steward = opened(&mut device).await;
    assert!(steward.order("settings/undo").await.is_err(), "nothing was changed yet");
    let told = steward.status().await.unwrap().settings.unwrap();
    use motcua::technician::page::Hidden;
    use motcua::technician::settings::{Network, networked};
    let other = Network {
        ssid: "Tầng 2".into(),
        passphrase: Hidden::new("mat khau khac"),
        proxy: Some(Hidden::default()),
        ..Network::of(&told)
    };
    steward.settings(networked(&told, &other).text()).await.unwrap();
    let wireless = "run/wpa_supplicant/wpa_supplicant-wlp3s0.conf";
    assert!(device.read(wireless).contains("psk=\"mat khau khac\""));
    assert_eq!(device.read("run/motcua/proxy.env"), "", "an empty proxy takes it out");
    assert!(!steward.status().await.unwrap().settings.unwrap().network.proxied);
    steward.order("settings/undo").await.unwrap();
    assert!(device.read(wireless).contains("psk=\"mat khau wifi\""));
    assert!(device.read("run/motcua/proxy.env").contains("matkhauproxy"));
    assert!(device.read("data/device/device.toml").contains("MOT-CUA"), "also for the next start");
    assert!(steward.order("settings/undo").await.is_err(), "once");
}

#[tokio::test]
async fn the_air_is_listened_to_on_a_device_with_a_cable_and_silent_again_after() {
    let text = KIOSK.replace("[network.wifi]\nssid = \"MOT-CUA\"\npassphrase = \"mat khau wifi\"\n", "");
    let mut device = Device::with(&text);
    let steward = opened(&mut device).await;
    device.put(
        "does-wpa_cli",
        "case \"$*\" in *scan_results) printf '02:00:00:00:00:01\\t2412\\t-50\\t[WPA2-PSK-CCMP][ESS]\\tMOT-CUA\\n' ;; esac",
    );
    let heard = steward.wifi().await.unwrap();
    assert_eq!(heard.iter().map(|h| h.ssid.as_str()).collect::<Vec<_>>(), ["MOT-CUA"]);
    let asked = device.asked();
    assert!(asked.starts_with("systemctl start wpa_supplicant@wlp3s0.service\nwpa_cli "), "{asked}");
    let file = "run/wpa_supplicant/wpa_supplicant-wlp3s0.conf";
    assert!(!device.read(file).contains("network="), "no network of its own");
    steward.order("technician/leave").await.unwrap();
    assert!(device.asked().contains("systemctl stop --no-block wpa_supplicant@wlp3s0.service\n"));
    assert!(!device.path(file).exists());
}

#[tokio::test]
async fn the_test_mode_takes_the_screen_and_gives_it_back() {
    let mut device = Device::with(KIOSK);
    let steward = device.on();
    assert!(steward.order("trial").await.is_err(), "only from the menu");
    steward.enter("714905").await.unwrap();
    device.asked();
    steward.order("trial").await.unwrap();
    let taken = "systemctl start --no-block motcua-trial.service\n\
                 systemctl stop --no-block motcua-technician.service\n";
    assert_eq!(device.asked(), taken);
    // The gesture leads back to the menu, the role stays away.
    steward.enter("714905").await.unwrap();
    let back = "systemctl stop motcua-trial.service\nsystemctl stop motcua-kiosk.service\n\
                systemctl start --no-block motcua-technician.service\n";
    assert_eq!(device.asked(), back);
    steward.order("trial").await.unwrap();
    device.asked();
    // Nobody touched it: it asks for its own end.
    steward.order("technician/leave").await.unwrap();
    let end = "systemctl start --no-block motcua-kiosk.service\n\
               systemctl stop --no-block motcua-technician.service\nsystemctl stop --no-block motcua-trial.service\n";
    assert!(device.asked().starts_with(end));
    steward.enter("714905").await.unwrap();
    steward.order("trial").await.unwrap();
    device.asked();
    // Power goes and comes: normal service.
    let steward = device.on();
    assert!(!steward.status().await.unwrap().technician);
    let asked = device.asked();
    assert!(
        asked.contains("start --no-block motcua-kiosk.service") && !asked.contains("motcua-trial"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_hub_has_a_face_and_serves_on_while_the_menu_is_open() {
    let hub = "role = \"hub\"\nname = \"hub-1\"\n[hall]\nname = \"Phường Ngô Quyền\"\n[technician]\npin = \"714905\"\n";
    let mut device = Device::with(hub);
    let steward = device.on();
    let asked = device.asked();
    for unit in ["motcua-hub.service", "motcua-face.service"] {
        assert!(asked.contains(&format!("systemctl start --no-block {unit}\n")), "{asked}");
    }
    steward.enter("714905").await.unwrap();
    let asked = device.asked();
    assert!(
        asked.contains("systemctl stop motcua-face.service\n") && !asked.contains("motcua-hub"),
        "{asked}"
    );
    assert!(steward.order("trial").await.is_err(), "it gives no numbers");
}
