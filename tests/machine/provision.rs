// SPDX-License-Identifier: MIT OR Apache-2.0
//! Settings from the card, from a code and by hand: into force, or refused with the line; and where their secrets are
//! afterwards.

use super::*;
use motcua::steward::partition::Data;
use motcua_core::hall::Clock;
use std::process::Output;

#[tokio::test]
async fn a_file_on_the_card_makes_a_kiosk() {
    let mut device = Device::with(KIOSK);
    let steward = device.on();
    let status = steward.status().await.unwrap();
    assert!(status.provisioned && status.faults.is_empty() && !status.technician, "{status:?}");
    assert_eq!(
        (status.version.as_str(), status.commit.as_str(), status.arch.as_str()),
        ("0.1.0", "c0ffee", "arm64")
    );
    assert_eq!((status.root_hash.as_deref(), status.slot.as_deref()), (Some("ab12"), Some("B")));
    let settings = status.settings.unwrap();
    assert_eq!((settings.name.as_str(), settings.rotation, settings.is_hub()), ("kiosk-1", 90, true));

    let network = device.read("run/systemd/network/10-motcua.network");
    assert!(network.contains("Type=wlan") && network.contains("Address=192.168.1.20/24"), "{network}");
    let wireless = device.read("run/wpa_supplicant/wpa_supplicant-wlp3s0.conf");
    assert!(wireless.contains("psk=\"mat khau wifi\""), "{wireless}");
    let mode = |inside: &str| std::fs::metadata(device.path(inside)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("run/wpa_supplicant/wpa_supplicant-wlp3s0.conf"), 0o600);
    assert_eq!((mode("data/device"), mode("data/device/device.toml")), (0o700, 0o600));
    assert_eq!((mode("run/motcua/steward.sock"), mode("run/motcua/proxy.env")), (0o660, 0o640));
    assert_eq!(device.read("run/motcua/screen.env"), "SLINT_KMS_ROTATION=90\n");
    assert!(device.read("run/udev/rules.d/70-motcua-touch.rules").contains("\"0 1 0 -1 0 1\""));
    assert!(device.read("run/systemd/timesyncd.conf.d/motcua.conf").contains("NTP=vn.pool.ntp.org"));
    assert_eq!(device.read("proc/sys/kernel/hostname"), "kiosk-1");
    let hall = motcua_core::hall::Hall::parse(&device.read("data/motcua/hall.toml")).unwrap();
    assert_eq!(hall.lines, ["TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", "PHƯỜNG NGÔ QUYỀN"]);
    assert_eq!(hall.clock, Clock::NeedsSync, "no clock with a battery is known here");

    let asked = device.asked();
    let at = |line: &str| asked.find(line).unwrap_or_else(|| panic!("no {line}: {asked}"));
    assert!(
        at("systemctl start --no-block motcua-hub.service")
            < at("systemctl start --no-block motcua-kiosk.service")
    );
    assert!(
        at("systemctl try-reload-or-restart --no-block systemd-networkd.service")
            < at("systemctl start --no-block wpa_supplicant@wlp3s0.service")
    );
    at("udevadm control --reload");
    at("systemctl stop --no-block ssh.service");
    assert!(!asked.contains("start --no-block motcua-setup"), "{asked}");
}

#[tokio::test]
async fn the_card_s_secrets_are_gone_and_nobody_else_can_read_them() {
    let mut device = Device::with(KIOSK);
    device.on();
    assert!(!device.path("bootcfg/motcua.toml").exists());
    for (path, bytes) in files(device.dir.path()) {
        let inside = path.strip_prefix(device.dir.path()).unwrap().to_string_lossy().into_owned();
        let found = SECRETS.iter().filter(|s| bytes.windows(s.len()).any(|w| w == s.as_bytes()));
        let found: Vec<_> = found.copied().collect();
        let may: &[&str] = match inside.as_str() {
            "data/device/device.toml" => &["matkhauproxy", "mat khau wifi"],
            "data/device/technician.json" => &["7a31c09e52d8b4f6610e"],
            "run/motcua/proxy.env" => &["matkhauproxy"],
            "run/wpa_supplicant/wpa_supplicant-wlp3s0.conf" => &["mat khau wifi"],
            _ => &[],
        };
        assert!(found.iter().all(|f| may.contains(f)), "{inside} has {found:?}");
    }
    // And it is the same device after the next start.
    let status = device.on().status().await.unwrap();
    assert_eq!(status.settings.unwrap().name, "kiosk-1");
    assert!(device.asked().contains("motcua-kiosk.service"));
}

#[tokio::test]
async fn a_wrong_file_is_told_with_its_line_and_stays_to_be_mended() {
    let mut device = Device::with(&KIOSK.replace("rotation = 90", "rotation = 45"));
    let status = device.on().status().await.unwrap();
    assert!(!status.provisioned && status.settings.is_none());
    assert_eq!((status.faults.len(), status.faults[0].line), (1, 9), "{:?}", status.faults);
    assert!(status.faults[0].message_vi.contains("0, 90, 180 hoặc 270"), "{:?}", status.faults);
    assert!(device.asked().contains("systemctl start --no-block motcua-setup.service"));
    assert!(device.path("bootcfg/motcua.toml").exists(), "it is still to be mended");

    // A device at work goes on with what it has.
    device.put("bootcfg/motcua.toml", KIOSK);
    device.on();
    device
        .put("bootcfg/motcua.toml", "role = \"display\"\nhub = \"https://192.168.1.10:8611\"\nnam = \"d\"\n");
    let status = device.on().status().await.unwrap();
    assert_eq!(status.settings.unwrap().name, "kiosk-1");
    assert_eq!((status.faults.len(), status.faults[0].line), (1, 3), "{:?}", status.faults);
    assert!(device.asked().contains("systemctl start --no-block motcua-kiosk.service"));
}

#[tokio::test]
async fn a_hall_beside_the_settings_is_used_and_a_wrong_one_refused_with_its_line() {
    let mut device = Device::with(&KIOSK.replace("[hall]\nname", "#"));
    let status = device.on().status().await.unwrap();
    assert!(status.faults[0].message_en.contains("a hub needs its hall"), "{:?}", status.faults);
    device
        .put("bootcfg/hall.toml", &motcua_core::hall::SAMPLE.replacen("series = \"A\"", "series = \"a\"", 1));
    let status = device.on().status().await.unwrap();
    assert!(!status.provisioned && status.faults[0].line > 1, "{:?}", status.faults);
    assert!(status.faults[0].message_vi.starts_with("hall.toml: series `a`"), "{:?}", status.faults);
    device.put("bootcfg/hall.toml", motcua_core::hall::SAMPLE);
    assert!(device.on().status().await.unwrap().provisioned);
    assert_eq!(device.read("data/motcua/hall.toml"), motcua_core::hall::SAMPLE);
    assert!(!device.path("bootcfg/hall.toml").exists(), "it would go before what the manager changes");
}

#[tokio::test]
async fn a_hall_that_cannot_be_read_stays_on_the_card() {
    let settings = KIOSK.replace("[hall]\nname", "#");
    let mut device = Device::with(&settings);
    device.put("bootcfg/hall.toml", motcua_core::hall::SAMPLE);
    assert!(device.on().status().await.unwrap().provisioned);
    device.put("bootcfg/motcua.toml", &settings);
    std::fs::write(device.path("bootcfg/hall.toml"), [0xff, 0xfe]).unwrap();
    assert!(!device.on().status().await.unwrap().faults.is_empty());
    assert!(device.path("bootcfg/hall.toml").exists(), "it was not used, and somebody wrote it");
}

#[tokio::test]
async fn a_hub_that_served_a_hall_takes_no_other_hall_s_id() {
    let mut device = Device::with(&KIOSK.replace("[hall]\nname", "#"));
    device.put("bootcfg/hall.toml", motcua_core::hall::SAMPLE);
    assert!(device.on().status().await.unwrap().provisioned);
    let other = motcua_core::hall::SAMPLE.replacen("id = \"ngo-quyen\"", "id = \"le-loi\"", 1);
    // Until the hub has run, nothing goes by the id.
    device.put("bootcfg/motcua.toml", &KIOSK.replace("[hall]\nname", "#"));
    device.put("bootcfg/hall.toml", &other);
    assert!(device.on().status().await.unwrap().faults.is_empty());
    assert_eq!(device.read("data/motcua/hall.toml"), other);
    device.put("data/motcua/devices.db", "");
    device.put("bootcfg/motcua.toml", &KIOSK.replace("[hall]\nname", "#"));
    device.put("bootcfg/hall.toml", motcua_core::hall::SAMPLE);
    let status = device.on().status().await.unwrap();
    let fault = &status.faults[0];
    let line =
        1 + motcua_core::hall::SAMPLE.lines().position(|l| l.starts_with("id = \"ngo-quyen\"")).unwrap();
    assert_eq!(fault.line, line, "{fault:?}");
    assert!(fault.message_en.contains("serves the hall `le-loi`"), "{fault:?}");
    assert!(fault.message_vi.contains("xóa về ban đầu"), "{fault:?}");
    assert_eq!(device.read("data/motcua/hall.toml"), other, "nothing was changed");
}

#[tokio::test]
async fn a_code_before_the_scanner_makes_a_display() {
    let mut device = Device::blank();
    let steward = device.on();
    assert!(device.asked().contains("systemctl start --no-block motcua-setup.service"));
    let ticket =
        format!("motcua:enrol?u=https://192.0.2.1:8611&f={}&d=w.tv-1&t={}", "0".repeat(64), "A".repeat(32));
    let compact =
        format!("role=\"display\"\nname=\"tv-1\"\nscreen.rotation=270\nenrolment.ticket=\"{ticket}\"\n");
    let found = faults(steward.settings(&compact.replace("270", "27")).await);
    assert_eq!((found.len(), found[0].line), (1, 3), "{found:?}");
    let found =
        faults(steward.check("role=\"display\"\nname=\"tv-1\"\nhub=\"https://192.0.2.1:8611\"\n").await);
    assert!(found[0].message_en.contains("not enrolled"), "{found:?}");
    steward.check(&compact).await.unwrap();
    assert!(!steward.status().await.unwrap().provisioned, "a check changes nothing");

    steward.settings(&compact).await.unwrap();
    let asked = device.asked();
    assert!(asked.contains("systemctl stop --no-block motcua-setup.service"), "{asked}");
    assert!(asked.contains("systemctl restart --no-block motcua-display.service"), "{asked}");
    let kept: motcua_link::trust::EnrolmentTicket =
        device.read("data/motcua/enrolment-ticket").parse().unwrap();
    assert_eq!(kept, ticket.parse().unwrap());
    assert!(!device.read("run/motcua/device.toml").contains("motcua:enrol"));
    assert!(!device.read("log").contains("AAAA"));
    // Who is not a technician changes nothing afterwards.
    assert_eq!(refused(steward.settings(&compact).await).status, 403);
}

#[tokio::test]
async fn a_wrong_file_goes_when_settings_come_another_way() {
    let mut device = Device::with(&KIOSK.replace("rotation = 90", "rotation = 45"));
    let steward = device.on();
    steward.settings(KIOSK).await.unwrap();
    assert!(steward.status().await.unwrap().faults.is_empty());
    assert!(!device.path("bootcfg/motcua.toml").exists());
    assert!(device.on().status().await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn the_text_behind_a_link_is_overwritten_too() {
    let mut device = Device::blank();
    device.put("settings", KIOSK);
    std::os::unix::fs::symlink(device.path("settings"), device.path("bootcfg/motcua.toml")).unwrap();
    device.on();
    assert!(!device.read("settings").contains("714905"), "the text behind the link is overwritten");
    assert!(!device.path("bootcfg/motcua.toml").exists());
}

#[tokio::test]
async fn support_has_a_way_in_only_with_a_key() {
    let key = format!("ssh-ed25519 {} ho-tro", "A".repeat(68));
    let mut device = Device::with(&format!("{KIOSK}[support]\nssh_key = \"{key}\"\n"));
    device.on();
    assert_eq!(device.read("run/motcua/ssh/authorized_keys"), format!("{key}\n"));
    assert!(device.asked().contains("systemctl start --no-block ssh.service"));
}

/// A kiosk beside its hub: the hub's unit runs with what the steward left, and the kiosk's command line is told by a
/// build without a screen.
#[tokio::test]
async fn the_units_run_with_what_the_steward_left() {
    let mut device = Device::with(KIOSK);
    device.on();
    let start = |role: &str| -> Output {
        Command::new(PROGRAM).args(["start", role, "--root"]).arg(device.dir.path()).output().unwrap()
    };
    let said = |out: Output| String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said(start("display")).contains("the settings make this device a kiosk"));
    if cfg!(not(any(feature = "desktop", feature = "linuxkms"))) {
        let told = said(start("kiosk"));
        assert!(
            told.contains("motcua kiosk --data=") && told.contains("--hub=https://127.0.0.1:8611"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_hub_with_a_battery_for_its_clock_believes_it() {
    let mut device = Device::with(KIOSK);
    std::fs::create_dir_all(device.path("sys/class/rtc/rtc0")).unwrap();
    device.put("sys/class/rtc/rtc0/name", "rtc_cmos 00:04\n");
    device.on();
    let hall = motcua_core::hall::Hall::parse(&device.read("data/motcua/hall.toml")).unwrap();
    assert_eq!(hall.clock, Clock::Trusted);
}

#[test]
fn settings_are_checked_at_the_office() {
    let dir = Dir::new();
    let good = dir.file("motcua.toml", &motcua::machine::SAMPLE.replace("000000", "714905"));
    let check = |path: &Path| Command::new(PROGRAM).args(["setup", "check"]).arg(path).output().unwrap();
    let out = check(&good);
    assert!(out.status.success(), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("kiosk kiosk-1: good"));
    assert!(out.stderr.is_empty(), "{out:?}");
    let bare =
        "role = \"kiosk\"\nname = \"kiosk-1\"\nhub = \"here\"\n[printer]\nurl = \"usb:/dev/usb/lp0\"\n";
    let bare = dir.file("bare.toml", bare);
    let out = check(&bare);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && said.contains("no PIN") && said.contains("no [hall]"), "{out:?}");
    let ticket =
        format!("motcua:enrol?u=https://h:8611&f={}&d=ward.tv-1&t={}", "0".repeat(64), "A".repeat(32));
    let other =
        format!("role=\"display\"\nname=\"tv-1\"\nhub=\"https://i\"\nenrolment.ticket=\"{ticket}\"\n");
    let out = check(&dir.file("other.toml", &other));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        out.status.success() && said.contains("of the hub at https://h:8611 and `hub` says https://i:8611"),
        "{out:?}"
    );
    std::fs::write(dir.path().join("unicode.toml"), [0xff, 0xfe, b'r', 0]).unwrap();
    let out = check(&dir.path().join("unicode.toml"));
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("UTF-8"), "{out:?}");
    let out = check(&dir.file("motcua.toml.txt", &motcua::machine::SAMPLE.replace("000000", "714905")));
    assert!(String::from_utf8_lossy(&out.stderr).contains("must be motcua.toml"), "{out:?}");
    let bad = dir.file("bad.toml", &KIOSK.replace("passphrase", "pasphrase"));
    let out = check(&bad);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success() && said.contains("bad.toml: dòng 17: không có khóa `pasphrase`"), "{said}");
    assert!(said.contains("line 17: there is no key `pasphrase`; is `passphrase` meant?"), "{said}");
}

#[test]
fn the_office_tells_the_code_of_a_day() {
    let dir = Dir::new();
    let secret = dir.file("secret", "9f1c2b7d4e8a6053c1f2\n");
    let out = Command::new(PROGRAM)
        .args(["day-code", "--date", "2026-11-26", "--secret-file"])
        .arg(&secret)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout), "21983484\n", "{out:?}");
    // A code of something else would look as good and open nothing.
    for wrong in ["# secret\n9f1c2b7d4e8a6053c1f2\n", "day_code_secret=\"9f1c2b7d4e8a6053c1f2\"", "short"] {
        let file = dir.file("wrong", wrong);
        let out = Command::new(PROGRAM).args(["day-code", "--secret-file"]).arg(&file).output().unwrap();
        assert!(!out.status.success() && out.stdout.is_empty(), "{wrong}: {out:?}");
    }
}

/// The kernel's list of mounts, with or without the writable partition.
fn mounts(device: &Device, data: bool) {
    std::fs::create_dir_all(device.path("proc/self")).unwrap();
    let root = "22 1 254:0 / / ro,relatime - ext4 /dev/dm-0 ro\n";
    let card = "31 22 179:7 / /data rw,noatime - ext4 /dev/mmcblk0p7 rw\n";
    device.put("proc/self/mountinfo", &format!("{root}{}", if data { card } else { "" }));
}

#[tokio::test]
async fn a_card_that_cannot_be_mounted_leaves_a_screen_that_says_so_and_nothing_is_written() {
    let mut device = Device::with(KIOSK);
    mounts(&device, false);
    let steward = device.on();
    assert_eq!(device.asked(), "systemctl start --no-block motcua-setup.service\n");
    let status = steward.status().await.unwrap();
    assert_eq!((status.data, status.provisioned), (Data::Missing, false));
    assert_eq!(status.version, "0.1.0", "the screen shows it");
    let problem = refused(steward.settings(KIOSK).await);
    assert_eq!((problem.status, problem.kind.as_str()), (409, "urn:motcua:problem:data-missing"));
    assert!(problem.detail_vi.contains("Thay thẻ nhớ mới") && problem.detail.contains("Put in a new card"));
    assert_eq!(refused(steward.enter("714905").await).status, 403);
    assert!(!device.path("data").exists(), "the empty directory in the root stays empty");
    assert!(
        device.read("bootcfg/motcua.toml").contains("role"),
        "the settings wait for a card that can keep them"
    );
    // The card is read after all at the next start.
    mounts(&device, true);
    let status = device.on().status().await.unwrap();
    assert_eq!((status.data, status.provisioned), (Data::There, true));
}

/// What USBGuard prints of what is plugged in and blocked: the scanner, another keyboard, a stick.
const BLOCKED: &str = r#"[ "$1" = list-devices ] && cat <<'END'
7: block id 0c2e:0b61 serial "" name "Scanner" hash "aQ=" parent-hash "x=" via-port "1-1.2" with-interface { 03:01:01 03:00:00 } with-connect-type "hotplug"
8: block id 046d:c31c serial "" name "Keyboard" hash "bQ=" parent-hash "x=" via-port "1-1.3" with-interface { 03:01:01 03:00:00 } with-connect-type "hotplug"
9: block id 0781:5567 serial "1" name "Stick" hash "cQ=" parent-hash "x=" via-port "1-1.4" with-interface 08:06:50 with-connect-type "hotplug"
END
"#;

#[tokio::test]
async fn a_keyboard_is_let_in_where_the_settings_name_it_as_the_scanner() {
    let with = |url: &str| KIOSK.replace("[screen]", &format!("[scanner]\nurl = \"{url}\"\n[screen]"));
    let mut device = Device::with(&with("keys:usb:0c2e:0b61"));
    let program = device.path("usr/bin/usbguard");
    std::fs::write(&program, RECORDER).unwrap();
    std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).unwrap();
    device.put("does-usbguard", BLOCKED);
    device.on();
    let guarded = |device: &Device| {
        let asked = device.asked();
        let told: Vec<String> = asked.lines().filter(|l| l.contains("usbguard")).map(str::to_owned).collect();
        told
    };
    let let_in = |id: &str| {
        [
            format!("usbguard append-rule -t allow id {id} with-interface equals {{ 03:01:01 }}"),
            format!("usbguard append-rule -t allow id {id} with-interface equals {{ 03:00:00 03:01:01 }}"),
            "usbguard list-devices --blocked".to_owned(),
        ]
    };
    let mut wanted = let_in("0c2e:0b61").to_vec();
    wanted.push("usbguard allow-device 7".to_owned());
    assert_eq!(guarded(&device), wanted);
    // A steward that starts again does not tell it twice.
    device.restart();
    assert_eq!(guarded(&device), ["usbguard list-devices --blocked", "usbguard allow-device 7"]);
    // With another scanner the first one is out: USBGuard begins with the rules of the image.
    let steward = device.restart();
    steward.enter("714905").await.unwrap();
    guarded(&device);
    steward.settings(&with("keys:usb:05e0:1200")).await.unwrap();
    let wanted = let_in("05e0:1200");
    let asked = guarded(&device);
    assert_eq!(asked.first().map(String::as_str), Some("systemctl restart usbguard.service"));
    assert_eq!(asked[1..], wanted, "none of what is plugged in is that");
}
