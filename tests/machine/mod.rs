// SPDX-License-Identifier: MIT OR Apache-2.0
//! A blank device and its steward: the real program on a root of its own, with programs of the system that note what
//! they were asked, over the real socket.

mod air;
mod provision;
mod rauc;
mod technician;
mod update;

use crate::support::*;
use motcua::machine::Fault;
use motcua::steward::client::{Asked, StewardClient};
use motcua::steward::layout::Layout;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Settings of a kiosk with its hub inside; every secret is one that can be looked for.
const KIOSK: &str = r#"role = "kiosk"
name = "kiosk-1"
hub = "here"
[hall]
name = "Trung tâm Phục vụ hành chính công phường Ngô Quyền"
[printer]
url = "usb:/dev/usb/lp0"
[screen]
rotation = 90
[network]
address = "192.168.1.20/24"
gateway = "192.168.1.1"
ntp = ["vn.pool.ntp.org"]
proxy = "http://nguoi:matkhauproxy@192.168.1.2:3128"
[network.wifi]
ssid = "MOT-CUA"
passphrase = "mat khau wifi"
[technician]
pin = "714905"
day_code_secret = "7a31c09e52d8b4f6610e"
"#;

/// What must not be found where others than root can read, nor in logs.
const SECRETS: [&str; 4] = ["matkhauproxy", "mat khau wifi", "714905", "7a31c09e52d8b4f6610e"];

/// Notes its name and arguments; what it does besides stands in a file of its own.
const RECORDER: &str = r#"#!/bin/sh
root=$(dirname "$0")/../..
name=$(basename "$0")
echo "$name $*" >> "$root/asked"
[ -f "$root/does-$name" ] && . "$root/does-$name"
exit 0
"#;

/// A device: its file system, and the steward on it.
struct Device {
    dir: Dir,
    steward: Option<Child>,
    /// Where RAUC is.
    bus: Option<String>,
}

impl Device {
    fn blank() -> Device {
        let dir = Dir::new();
        let device = Device { dir, steward: None, bus: None };
        for made in [
            "bootcfg",
            "usr/bin",
            "usr/sbin",
            "proc/sys/kernel",
            "etc/motcua",
            "sys/class/net/wlp3s0/wireless",
        ] {
            std::fs::create_dir_all(device.path(made)).unwrap();
        }
        for program in ["systemctl", "udevadm", "mount", "umount", "journalctl"] {
            let path = device.path("usr/bin").join(program);
            std::fs::write(&path, RECORDER).unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        std::os::unix::fs::symlink("../bin/systemctl", device.path("usr/sbin/wpa_cli")).unwrap();
        device.put("proc/sys/kernel/hostname", "localhost");
        device.put("proc/cmdline", "quiet motcua.roothash=ab12 rauc.slot=A motcua.slot=B");
        device.put("etc/motcua/release.toml", "version = \"0.1.0\"\ncommit = \"c0ffee\"\narch = \"arm64\"\n");
        device
    }

    /// With those settings in its card.
    fn with(text: &str) -> Device {
        let device = Device::blank();
        device.put("bootcfg/motcua.toml", text);
        device
    }

    fn layout(&self) -> Layout {
        Layout::at(self.dir.path())
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.dir.path().join(inside)
    }

    fn put(&self, inside: &str, text: &str) {
        std::fs::write(self.path(inside), text).unwrap();
    }

    fn read(&self, inside: &str) -> String {
        std::fs::read_to_string(self.path(inside)).unwrap_or_else(|e| panic!("{inside}: {e}"))
    }

    /// What the programs of the system were asked since the last look.
    fn asked(&self) -> String {
        let text = std::fs::read_to_string(self.path("asked")).unwrap_or_default();
        self.put("asked", "");
        text
    }

    /// Power on: /run is empty, the steward starts.
    fn on(&mut self) -> StewardClient {
        self.off();
        let _ = std::fs::remove_dir_all(self.path("run"));
        self.restart()
    }

    /// The steward alone starts again.
    fn restart(&mut self) -> StewardClient {
        self.off();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let child = Command::new(PROGRAM)
            .args(["steward", "--pace", "60", "--root"])
            .arg(self.dir.path())
            .args(self.bus.iter().flat_map(|bus| ["--bus", bus]))
            .env("MOTCUA_LOG", "debug")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.steward = Some(child);
        let socket = self.layout().socket();
        assert!(until(|| std::os::unix::net::UnixStream::connect(&socket).is_ok()), "{}", self.read("log"));
        StewardClient::new(&socket).unwrap()
    }

    /// The plug is pulled.
    fn off(&mut self) {
        if let Some(mut child) = self.steward.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.off();
    }
}

/// Every file below, with its path.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            out.extend(files(&path));
        } else if entry.file_type().unwrap().is_file() {
            out.push((path.clone(), std::fs::read(path).unwrap()));
        }
    }
    out
}

/// The faults of a refusal.
fn faults(answer: Result<(), Asked>) -> Vec<Fault> {
    match answer {
        Err(Asked::Refused(problem)) => {
            assert_eq!(problem.status, 422, "{problem:?}");
            problem.faults
        }
        other => panic!("{other:?}"),
    }
}

/// Status and document of a refusal.
fn refused(answer: Result<(), Asked>) -> motcua::steward::api::Problem {
    match answer {
        Err(Asked::Refused(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}
