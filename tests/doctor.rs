// SPDX-License-Identifier: MIT OR Apache-2.0
//! `motcua doctor` on a prepared system with a simulated printer on a pty: what
//! passes, what fails and what is then to be done, and the form of its JSON.

use crate::support::*;
use motcua_hal::printer::Profile;
use motcua_hal::printer::sim::{SimConfig, SimFault, SimPrinter, SimTransport};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A healthy Raspberry Pi with a kiosk that is stopped.
struct Machine {
    dir: Dir,
    printer: Option<SimPrinter>,
}

impl Machine {
    fn new() -> Machine {
        let dir = Dir::new();
        let link = dir.path().join("printer");
        let transport = SimTransport::Pty { link: Some(link.clone()) };
        let profile = Profile::builtin("epson-tm").unwrap();
        let config = SimConfig { transport, time_scale: 8.0, ..SimConfig::pty(profile) };
        let machine = Machine { printer: Some(SimPrinter::start(config).unwrap()), dir };
        let device = format!(
            "role = \"kiosk\"\nname = \"kiosk-1\"\nhub = \"here\"\nrotation = 90\n[printer]\nurl = \"serial:{}\"\nprofile = \"epson-tm\"\n",
            link.display()
        );
        machine.put("run/motcua/device.toml", &device);
        machine.put("run/systemd/timesync/synchronized", "");
        machine.put("run/systemd/resolve/resolv.conf", "nameserver 192.0.2.1\n");
        machine.put("data/motcua/hall.toml", motcua_core::hall::SAMPLE);
        machine.put("sys/class/drm/card1-HDMI-A-1/status", "connected\n");
        machine.put("sys/class/drm/card1-HDMI-A-1/modes", "1080x1920\n720x480\n");
        machine.put("sys/class/drm/card1-HDMI-A-2/status", "disconnected\n");
        machine.put("sys/class/input/event3/device/name", "ILITEK ILITEK-TP\n");
        machine.put("sys/class/input/event3/device/properties", "2\n");
        machine.put("sys/class/input/event3/device/capabilities/abs", "260800000000003\n");
        machine.put("sys/class/input/event0/device/name", "pwr_button\n");
        machine.put("sys/class/net/lo/carrier", "1\n");
        machine.put("sys/class/net/end0/carrier", "1\n");
        let routes = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n\
                      end0 00000000 010200C0 0003 0 0 1024 00000000\n\
                      end0 000200C0 00000000 0001 0 0 1024 00FFFFFF\n";
        machine.put("proc/net/route", routes);
        machine.put("sys/class/rtc/rtc0/name", "rtc-pcf85063\n");
        machine.put("sys/fs/ext4/mmcblk0p5/errors_count", "0\n");
        machine.put("sys/block/mmcblk0/device/life_time", "0x02 0x01\n");
        machine.put("proc/meminfo", "MemTotal: 3884000 kB\nMemAvailable: 3100000 kB\n");
        machine.put("sys/class/thermal/thermal_zone0/temp", "52100\n");
        machine.put("sys/class/watchdog/watchdog0/identity", "Broadcom BCM2835 Watchdog timer\n");
        machine.put("sys/class/watchdog/watchdog0/state", "active\n");
        machine.put("sys/class/watchdog/watchdog0/bootstatus", "0\n");
        machine.put("sys/class/rtc/rtc0/since_epoch", &format!("{}\n", motcua::clock::unix_ms() / 1_000));
        machine.put("sys/block/mmcblk0/device/pre_eol_info", "0x01\n");
        // 500 MB in twelve hours: a GB a day.
        machine.put("sys/block/mmcblk0/stat", "9000 120 800000 4000 30000 900 976562 90000 0 50000 94000\n");
        machine.put("proc/uptime", "43200.55 160000.00\n");
        machine.put("proc/cmdline", "console=none motcua.slot=A motcua.roothash=c0ffee0123456789aa quiet\n");
        machine.put("proc/mounts", "/dev/dm-0 / erofs ro,relatime 0 0\n/dev/mmcblk0p5 /data ext4 rw 0 0\n");
        machine
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn remove(&self, path: &str) {
        let path: PathBuf = self.dir.path().join(path);
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        let root = self.dir.path().to_str().unwrap();
        Command::new(PROGRAM).args(["doctor", "--root", root]).args(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> (bool, Value) {
        let out = self.run(&[&["--json"], args].concat());
        (out.status.success(), serde_json::from_slice(&out.stdout).unwrap())
    }

    /// The check of that name.
    fn check(&self, name: &str) -> Value {
        of(&self.json(&[]).1, name)
    }
}

fn of(report: &Value, name: &str) -> Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}")).clone()
}

#[test]
fn a_healthy_device_passes_and_the_form_is_as_documented() {
    let machine = Machine::new();
    let (good, report) = machine.json(&[]);
    assert!(good, "{report:#}");
    assert_eq!(
        (&report["form"], &report["device"], &report["role"]),
        (&json!(1), &json!("kiosk-1"), &json!("kiosk"))
    );
    assert_eq!(report["root_hash"], "c0ffee0123456789aa");
    // How full this machine's disk is, no prepared tree says.
    let worst = if of(&report, "disk")["state"] == "warn" { "warn" } else { "pass" };
    assert_eq!(report["state"], worst, "{report:#}");
    for passing in ["screen", "touch", "printer", "network", "clock", "memory", "temperature", "watchdog"] {
        assert_eq!(of(&report, passing)["state"], "pass", "{:#}", of(&report, passing));
    }
    for passing in ["slot", "root", "boot", "plugged", "keyboard", "usb", "writes"] {
        assert_eq!(of(&report, passing)["state"], "pass", "{:#}", of(&report, passing));
    }
    for absent in ["scanner", "card-reader", "buttons", "lamps", "speaker"] {
        assert_eq!(of(&report, absent)["state"], "skipped", "{:#}", of(&report, absent));
    }
    assert_eq!(of(&report, "screen")["found"]["vi"], "HDMI-A-1 1080x1920");
    assert_eq!(of(&report, "plugged")["found"]["en"], "nothing");
    assert_eq!(of(&report, "touch")["found"]["en"], "ILITEK ILITEK-TP");
    assert_eq!(of(&report, "writes")["found"]["en"], "mmcblk0: 0.49 GB since the start, 0.99 GB a day");
    assert_eq!(of(&report, "clock")["found"]["en"], "synchronised, chip rtc-pcf85063");
    assert!(of(&report, "network")["found"]["en"].as_str().unwrap().contains("gateway 192.0.2.1"));
    // Every check has the same fields, and every name stands in the documentation.
    let documented =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md")).unwrap();
    let (_, table) = documented.split_once("| `name` |").unwrap();
    for check in report["checks"].as_array().unwrap() {
        let fields: Vec<&String> = check.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["found", "name", "state", "what_to_do"]);
        let name = check["name"].as_str().unwrap();
        assert!(table.contains(&format!("`{name}`")), "{name} is not documented");
        let (vi, en) = (check["found"]["vi"].as_str().unwrap(), check["found"]["en"].as_str().unwrap());
        assert!(!vi.is_empty() && !en.is_empty(), "{check:#}");
    }
    assert!(report["hall"].as_str().unwrap().ends_with("PHƯỜNG NGÔ QUYỀN"), "{report:#}");
    let fields: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["addresses", "at_ms", "checks", "device", "form", "hall", "role", "root_hash", "state", "version"]
    );
}

#[test]
fn a_printer_without_paper_and_one_that_is_unplugged_fail_with_what_to_do() {
    let mut machine = Machine::new();
    let printer = machine.printer.as_ref().unwrap();
    printer.set_fault(SimFault::PaperEnd);
    let empty = machine.check("printer");
    assert_eq!((&empty["state"], &empty["found"]["vi"]), (&json!("fail"), &json!("hết giấy")));
    assert!(empty["what_to_do"]["en"].as_str().unwrap().contains("new roll"), "{empty:#}");
    printer.clear_fault();
    assert_eq!(machine.check("printer")["state"], "pass");
    machine.printer.take();
    let gone = machine.check("printer");
    assert_eq!((&gone["state"], &gone["found"]["en"]), (&json!("fail"), &json!("not found")), "{gone:#}");
    assert!(!machine.json(&[]).0, "it fails as a whole");
}

#[test]
fn a_slip_that_was_asked_for_comes_out() {
    let machine = Machine::new();
    let printer = machine.printer.as_ref().unwrap();
    machine.json(&[]);
    assert_eq!(printer.slips().len(), 0, "nobody asked for one");
    let (_, report) = machine.json(&["--slip"]);
    assert_eq!(of(&report, "printer")["state"], "pass", "{report:#}");
    assert_eq!(printer.slips().len(), 1);
}

#[test]
fn a_running_role_speaks_for_its_parts() {
    let machine = Machine::new();
    let state = |drawn_ago: i64, at_ago: i64| {
        let now = motcua::clock::unix_ms();
        let state = json!({
            "role": "kiosk", "pid": 1, "at_ms": now - at_ago, "drawn_ms": now - drawn_ago, "database": "ok",
            "hub": "here", "open": true, "waiting": 2, "busy": false,
            "parts": { "printer": { "state": "warning", "fault": "paper-low" },
                       "keyboard": { "state": "warning", "fault": "used" } },
        });
        machine.put("run/motcua/state/kiosk.json", &state.to_string());
        machine.json(&[]).1
    };
    let report = state(500, 500);
    assert_eq!(of(&report, "printer")["found"]["en"], "paper is nearly used up");
    assert_eq!(of(&report, "keyboard")["state"], "warn");
    assert_eq!(
        (&of(&report, "screen")["state"], &of(&report, "database")["state"]),
        (&json!("pass"), &json!("pass"))
    );
    assert_eq!(of(&state(30_000, 500), "screen")["state"], "fail", "nothing was drawn for half a minute");
    // Left by a role that ended: the printer is asked itself.
    assert_eq!(of(&state(60_000, 60_000), "printer")["state"], "pass");
}

#[test]
fn what_is_wrong_with_the_machine_is_found() {
    let machine = Machine::new();
    let fails = |path: &str, text: &str, name: &str, state: &str| {
        let path_before = machine.dir.path().join(path);
        let before = std::fs::read_to_string(&path_before).ok();
        machine.put(path, text);
        let found = machine.check(name);
        assert_eq!(found["state"], state, "{path}: {found:#}");
        assert!(found["what_to_do"]["vi"].is_string() && found["what_to_do"]["en"].is_string());
        match before {
            Some(before) => machine.put(path, &before),
            None => machine.remove(path),
        }
    };
    fails("sys/class/drm/card1-HDMI-A-1/status", "disconnected\n", "screen", "fail");
    fails("sys/class/input/event3/device/properties", "0\n", "touch", "fail");
    fails("sys/class/net/end0/carrier", "0\n", "network", "fail");
    fails("sys/fs/ext4/mmcblk0p5/errors_count", "3\n", "disk", "fail");
    fails("sys/block/mmcblk0/device/life_time", "0x09 0x02\n", "disk", "warn");
    fails("sys/block/mmcblk0/device/life_time", "0x0b 0x02\n", "disk", "fail");
    fails("sys/block/mmcblk0/device/pre_eol_info", "0x02\n", "disk", "warn");
    fails("sys/block/mmcblk0/device/pre_eol_info", "0x03\n", "disk", "fail");
    fails("sys/block/mmcblk0/stat", "1 0 8 0 1 0 2500000 0 0 0 0\n", "writes", "warn");
    fails("sys/class/rtc/rtc0/since_epoch", "86400\n", "clock", "warn");
    fails("proc/meminfo", "MemTotal: 3884000 kB\nMemAvailable: 200000 kB\n", "memory", "warn");
    fails("sys/class/thermal/thermal_zone0/temp", "84000\n", "temperature", "warn");
    fails("sys/class/thermal/thermal_zone0/temp", "91000\n", "temperature", "fail");
    fails("sys/class/watchdog/watchdog0/state", "inactive\n", "watchdog", "fail");
    fails("sys/class/watchdog/watchdog0/bootstatus", "32\n", "boot", "warn");
    fails("sys/fs/pstore/dmesg-efi-1", "Oops\n", "boot", "warn");
    fails("proc/cmdline", "console=tty1\n", "slot", "warn");
    fails("proc/mounts", "/dev/mmcblk0p2 / ext4 rw 0 0\n", "root", "warn");
    machine.put("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    fails("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n", "temperature", "fail");
    machine.put("sys/bus/usb/devices/1-1.4/product", "USB Keyboard\n");
    fails("sys/bus/usb/devices/1-1.4/authorized", "0\n", "usb", "warn");
    blocked_devices(&machine);
    machine.remove("run/systemd/timesync/synchronized");
    assert_eq!(machine.check("clock")["state"], "warn");
    machine.remove("sys/class/rtc");
    assert_eq!(machine.check("clock")["state"], "fail");
}

#[test]
fn what_is_plugged_in_is_listed_as_the_settings_write_it() {
    let machine = Machine::new();
    let usb = "sys/bus/usb/devices";
    machine.put(&format!("{usb}/usb1/idVendor"), "1d6b\n");
    machine.put(&format!("{usb}/usb1/bDeviceClass"), "09\n");
    for (port, product, vendor, id, allowed) in
        [("1-1.1", "Newland Scanner", "1eab", "1306", "1"), ("1-1.2", "Keyboard", "046d", "c31c", "0")]
    {
        machine.put(&format!("{usb}/{port}/product"), &format!("{product}\n"));
        machine.put(&format!("{usb}/{port}/idVendor"), &format!("{vendor}\n"));
        machine.put(&format!("{usb}/{port}/idProduct"), &format!("{id}\n"));
        machine.put(&format!("{usb}/{port}/authorized"), &format!("{allowed}\n"));
    }
    machine.put("dev/serial/by-id/usb-Newland_Scanner-if00", "");
    machine.put("dev/usb/lp0", "");
    machine.put("dev/usb/hiddev0", "");
    let cards = " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n                      bcm2835 Headphones\n";
    machine.put("proc/asound/cards", cards);
    let found = machine.check("plugged");
    assert_eq!(found["state"], "pass");
    assert_eq!(
        found["found"]["en"],
        "USB: Newland Scanner 1eab:1306; serial: serial:/dev/serial/by-id/usb-Newland_Scanner-if00; \
         printers: usb:/dev/usb/lp0; sound: alsa:plughw:CARD=Headphones (bcm2835 Headphones)"
    );
}

/// The descriptors of a device: itself, its configuration, and an interface for each of these.
fn descriptors(interfaces: &[[u8; 3]]) -> Vec<u8> {
    let mut bytes = vec![18, 1];
    bytes.resize(18, 0);
    bytes.extend([9, 2, 0, 0, 1, 1, 0, 0x80, 50]);
    for [class, sub, protocol] in interfaces {
        bytes.extend([9, 4, 0, 0, 1, *class, *sub, *protocol, 0]);
        bytes.extend([7, 5, 0x81, 3, 8, 0, 10]);
    }
    bytes
}

fn blocked_devices(machine: &Machine) {
    let dir = "sys/bus/usb/devices/1-1.4";
    machine.put(&format!("{dir}/authorized"), "0\n");
    machine.put(&format!("{dir}/idVendor"), "0c2e\n");
    machine.put(&format!("{dir}/idProduct"), "0b61\n");
    let of = |interfaces: &[[u8; 3]]| {
        std::fs::write(machine.dir.path().join(dir).join("descriptors"), descriptors(interfaces)).unwrap();
        let found = machine.check("usb");
        assert_eq!(found["state"], "warn", "{found:#}");
        (
            found["found"]["en"].as_str().unwrap().to_owned(),
            found["what_to_do"]["vi"].as_str().unwrap().to_owned(),
        )
    };
    let (found, to_do) = of(&[[3, 1, 1], [3, 0, 0]]);
    assert!(found.contains("0c2e:0b61 [03:00:00 03:01:01]"), "{found}");
    assert!(to_do.contains("\"keys:usb:0c2e:0b61\" vào [scanner]"), "{to_do}");
    let (_, to_do) = of(&[[8, 6, 80]]);
    assert!(!to_do.contains("keys:") && to_do.contains("USB nhớ"), "{to_do}");
    let (_, to_do) = of(&[[3, 1, 1], [8, 6, 80]]);
    assert!(!to_do.contains("keys:") && !to_do.contains("USB nhớ"), "neither scanner nor stick: {to_do}");
    machine.remove(dir);
}

type Message = (u32, u32, u32, u32, i32, u64, u64, Vec<u8>, u64, u64, u64, u64, bool, u64, u64);

/// systemd-timesyncd, whose clock was behind its server's by so many microseconds at the last of so many exchanges.
struct TimeSync {
    behind_us: u64,
    exchanges: u64,
}

#[zbus::interface(name = "org.freedesktop.timesync1.Manager")]
impl TimeSync {
    #[zbus(property, name = "NTPMessage")]
    fn ntp_message(&self) -> Message {
        let sent = 1_795_000_000_000_000;
        // Ten milliseconds each way, one at the server.
        let received = sent + self.behind_us + 10_000;
        let (answered, back) = (received + 1_000, sent + 21_000);
        let reference = vec![192, 0, 2, 1];
        (0, 4, 4, 2, -20, 0, 0, reference, sent, received, answered, back, false, self.exchanges, 0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_server_says_how_far_the_clock_is() {
    let machine = Machine::new();
    let found = async |behind_us, exchanges| {
        let bus = Bus::start();
        let service = TimeSync { behind_us, exchanges };
        let _connection = zbus::connection::Builder::address(bus.address.as_str())
            .unwrap()
            .name("org.freedesktop.timesync1")
            .unwrap()
            .serve_at("/org/freedesktop/timesync1", service)
            .unwrap()
            .build()
            .await
            .unwrap();
        of(&machine.json(&["--bus", &bus.address]).1, "clock")
    };
    let near = found(120_000, 5).await;
    assert_eq!(
        (&near["state"], &near["found"]["en"]),
        (&json!("pass"), &json!("0.1 s from the time server, chip rtc-pcf85063"))
    );
    assert_eq!(
        found(7_300_000, 5).await["found"]["vi"],
        "lệch 7.3 giây so với máy chủ giờ, chip rtc-pcf85063"
    );
    assert_eq!(found(7_300_000, 5).await["state"], "warn");
    assert_eq!(found(90_000_000, 5).await["state"], "fail");
    assert_eq!(found(90_000_000, 1).await["state"], "pass", "how far it was before it was set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_asks_its_central_under_its_certificate() {
    let machine = Machine::new();
    let device = "role = \"hub\"\nname = \"hub\"\nrotation = 0\n";
    machine.put("run/motcua/device.toml", device);
    assert_eq!(machine.check("central")["state"], "skipped", "not enrolled at any");
    let dir = Dir::new();
    let (ended, url) = crate::central::start_central(dir.path());
    let line = crate::central::central_ticket(dir.path(), "ngo-quyen.hub", "hub", &url);
    let place = motcua::enrolled::at_central(&machine.dir.path().join("data/motcua"));
    motcua::enrolled::join(&place, Some(&motcua::enrolled::Given::Line(line))).await.unwrap();
    let reached = machine.check("central");
    assert_eq!(reached["state"], "pass", "{reached:#}");
    assert!(reached["found"]["en"].as_str().unwrap().contains("certificate good for"), "{reached:#}");
    // Something else that listens there is not the central.
    drop(ended);
    let port = url.rsplit(':').next().unwrap().trim_end_matches('/').parse::<u16>().unwrap();
    let other = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || other.incoming().flatten().for_each(drop));
    let lost = machine.check("central");
    assert_eq!(lost["state"], "warn", "{lost:#}");
    assert!(lost["what_to_do"]["vi"].as_str().unwrap().contains("đường ra internet"), "{lost:#}");
}

#[test]
fn the_table_speaks_both_languages() {
    let machine = Machine::new();
    let text = |args: &[&str]| String::from_utf8(machine.run(args).stdout).unwrap();
    assert!(text(&[]).contains("ĐẠT       Máy in"), "{}", text(&[]));
    assert!(text(&["--lang", "en"]).contains("PASS     Printer"), "{}", text(&["--lang", "en"]));
}
