// SPDX-License-Identifier: MIT OR Apache-2.0
//! Wireless networks by the kernel's own simulated radios (mac80211_hwsim): a real wpa_supplicant under the steward's
//! file, and two more that are the access points. Runs in the guest of `make test-kernel` only.

use super::technician::opened;
use super::*;
use motcua::steward::network::CONTROL;
use std::time::{Duration, Instant};

const SUPPLICANT: &str = "/usr/sbin/wpa_supplicant";
const OLD: &str = "Một cửa";
const NEW: &str = "UBND \"T\\1\"";
const PASSPHRASE: &str = "mat khau wifi";

/// What systemd does with the unit of wpa_supplicant.
const SYSTEMCTL: &str = r#"
case "$*" in
*wpa_supplicant@wlan0*)
    pid=$root/supplicant.pid
    runs() { [ -f "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }
    end() { runs && kill "$(cat "$pid")"; while runs; do sleep 0.1; done; rm -f "$pid"; }
    begin() { mkdir -p /run/wpa_supplicant; /usr/sbin/wpa_supplicant -B -P "$pid" -f "$root/supplicant.log" -i wlan0 -c "$root/run/wpa_supplicant/wpa_supplicant-wlan0.conf"; }
    case $1 in
    stop) end || true ;;
    start) runs || begin ;;
    try-*) if runs; then end; begin; fi ;;
    *restart) end || true; begin ;;
    esac ;;
esac
"#;

/// The hall's access points: WPA2 as most are, and one with WPA3 alone.
struct AccessPoints(Vec<Child>);

impl AccessPoints {
    fn on(dir: &Dir) -> AccessPoints {
        let point = |radio: &str, ssid: &str, frequency: u32, keys: &str| {
            let ssid: String = ssid.bytes().map(|b| format!("{b:02x}")).collect();
            let text = format!(
                "network={{\nssid={ssid}\nmode=2\nfrequency={frequency}\n{keys}\nproto=RSN\npairwise=CCMP\ngroup=CCMP\n\
                 psk=\"{PASSPHRASE}\"\n}}\n"
            );
            let file = dir.file(&format!("{radio}.conf"), &text);
            let log = std::fs::File::create(dir.path().join(format!("{radio}.log"))).unwrap();
            Command::new(SUPPLICANT).args(["-i", radio, "-c"]).arg(file).stdout(log).spawn().unwrap()
        };
        AccessPoints(vec![
            point("wlan1", OLD, 2412, "key_mgmt=WPA-PSK"),
            point("wlan2", NEW, 2437, "key_mgmt=SAE\nieee80211w=2"),
        ])
    }
}

impl Drop for AccessPoints {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// A device whose radio is the guest's first.
fn device(settings: &str) -> Device {
    let device = Device::with(settings);
    std::fs::remove_dir_all(device.path("sys/class/net/wlp3s0")).unwrap();
    std::fs::create_dir_all(device.path("sys/class/net/wlan0/wireless")).unwrap();
    std::fs::remove_file(device.path("usr/sbin/wpa_cli")).unwrap();
    std::os::unix::fs::symlink("/usr/sbin/wpa_cli", device.path("usr/sbin/wpa_cli")).unwrap();
    device.put("does-systemctl", SYSTEMCTL);
    device
}

fn wireless(ssid: &str, passphrase: &str) -> String {
    KIOSK
        .replace("ssid = \"MOT-CUA\"", &format!("ssid = '{ssid}'"))
        .replace("passphrase = \"mat khau wifi\"", &format!("passphrase = \"{passphrase}\""))
}

/// Which network it is in, and by which keys; none while it is in none.
fn joined() -> Option<(String, String)> {
    let out =
        Command::new("/usr/sbin/wpa_cli").args(["-p", CONTROL, "-i", "wlan0", "status"]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let value =
        |key: &str| text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned);
    (value("wpa_state")? == "COMPLETED").then_some((value("ssid")?, value("key_mgmt")?))
}

/// The guest is slow.
async fn joins_within(seconds: u64, keys: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if joined().is_some_and(|(_, by)| by == keys) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    false
}

#[tokio::test]
#[ignore = "needs the guest: make test-kernel"]
async fn a_device_by_cable_hears_the_networks_in_the_air() {
    let mut device = device(KIOSK.split("[network.wifi]").next().unwrap());
    device.put(
        "bootcfg/motcua.toml",
        &format!("{}[technician]\npin = \"714905\"\n", device.read("bootcfg/motcua.toml")),
    );
    let _points = AccessPoints::on(&device.dir);
    let steward = opened(&mut device).await;
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let heard = steward.wifi().await.unwrap();
        let mut names: Vec<&str> = heard.iter().map(|h| h.ssid.as_str()).collect();
        names.sort_unstable();
        if names == [OLD, NEW] {
            assert!(heard.iter().all(|h| (-95..0).contains(&h.signal)), "{heard:?}");
            break;
        }
        assert!(Instant::now() < end, "{heard:?} {}", device.read("log"));
    }
    steward.order("technician/leave").await.unwrap();
    let runs = || std::fs::read_to_string(device.path("supplicant.pid")).is_ok();
    assert!(until(|| !runs()), "the radio is silent once the menu is left");
}

#[tokio::test]
#[ignore = "needs the guest: make test-kernel"]
async fn a_device_joins_wpa2_and_wpa3_and_no_network_by_a_wrong_passphrase() {
    let mut device = device(&wireless(OLD, PASSPHRASE));
    let _points = AccessPoints::on(&device.dir);
    let steward = opened(&mut device).await;
    let log = |device: &Device| format!("{}\n{}", device.read("supplicant.log"), device.read("log"));
    assert!(joins_within(60, "WPA2-PSK").await, "{:?} {}", joined(), log(&device));
    steward.settings(&wireless(NEW, PASSPHRASE)).await.unwrap();
    assert!(joins_within(60, "SAE").await, "{:?} {}", joined(), log(&device));
    steward.settings(&wireless(OLD, "khong phai mat khau")).await.unwrap();
    assert!(!joins_within(20, "WPA2-PSK").await, "{}", log(&device));
    // What the technician's menu offers where a new network does not work.
    steward.order("settings/undo").await.unwrap();
    assert!(joins_within(60, "SAE").await, "{:?} {}", joined(), log(&device));
    device.off();
    let _ = Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("kill $(cat {})", device.path("supplicant.pid").display()))
        .status();
}
