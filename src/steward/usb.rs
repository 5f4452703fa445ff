// SPDX-License-Identifier: MIT OR Apache-2.0
//! USB sticks: found by what the kernel and udev say of them, mounted only while something is read or written, never
//! with programs or devices on them.

use super::guard;
use super::layout::Layout;
use super::scrub::Scrub;
use super::system::{Program, System, SystemError, rest};
use super::update::agent::Hold;
use super::update::rauc::Source;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// File systems that are read: no others have their parsers in reach of a stranger's stick.
const FILE_SYSTEMS: [&str; 3] = ["vfat", "exfat", "ext4"];
/// How long a stick that was just let in may take until its partitions are known.
const LOOKED_AT: Duration = Duration::from_secs(12);
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);
/// The ending of updates.
const BUNDLE: &str = "raucb";

/// A stick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stick {
    /// `sdb1`.
    pub device: String,
    /// As its owner called it.
    pub label: String,
    /// Updates on it.
    pub bundles: Vec<String>,
}

/// A stick is of no use.
#[derive(Debug, thiserror::Error)]
pub enum UsbError {
    /// None, or none of those.
    #[error("no USB stick with FAT, exFAT or ext4 is plugged in; plug one in and try again")]
    None,
    /// No such update.
    #[error("no stick has the update {0}; plug in the stick that has it and look again")]
    NoBundle(String),
    /// Mounting.
    #[error("the stick cannot be used; try another one")]
    Mount(#[source] SystemError),
    /// The logs.
    #[error("the logs cannot be read")]
    Logs(#[source] SystemError),
    /// Writing.
    #[error("the stick cannot be written; look whether it is full or protected")]
    Write(#[source] std::io::Error),
}

impl UsbError {
    /// In Vietnamese, for the technician's screen.
    pub fn vi(&self) -> String {
        match self {
            UsbError::None => "Chưa cắm USB có FAT, exFAT hoặc ext4. Cắm USB rồi thử lại.".to_owned(),
            UsbError::NoBundle(name) => {
                format!("Không USB nào có bản cập nhật {name}. Cắm USB có tệp đó rồi xem lại.")
            }
            UsbError::Mount(_) => "USB này không dùng được. Thử USB khác.".to_owned(),
            UsbError::Logs(_) => "Không đọc được nhật ký của thiết bị. Khởi động lại rồi thử lại.".to_owned(),
            UsbError::Write(_) => "Không ghi được vào USB. Xem USB có đầy hoặc bị khóa ghi không.".to_owned(),
        }
    }
}

/// A partition that may be mounted.
#[derive(Clone, Debug)]
struct Partition {
    device: String,
    label: String,
    file_system: String,
}

/// The sticks, with the updates on each. One that cannot be read has none.
pub fn sticks(layout: &Layout, system: &System) -> Vec<Stick> {
    let list = let_in(layout, system).into_iter().map(|p| {
        let bundles = mounted(layout, system, &p, "ro", |dir| Ok(bundles(dir))).unwrap_or_else(|e| {
            tracing::warn!(device = p.device, error = crate::hub::chain(&e), "a stick was not read");
            Vec::new()
        });
        Stick { device: p.device, label: p.label, bundles }
    });
    list.collect()
}

/// Writes the scrubbed logs of our units to the first stick; the file's name.
pub fn write_logs(layout: &Layout, system: &System, scrub: &Scrub, name: &str) -> Result<String, UsbError> {
    let file = format!("motcua-{name}-logs-{}.txt", stamp());
    on_first(layout, system, |dir| {
        let mut out = std::io::BufWriter::new(fs::File::create(dir.join(&file)).map_err(UsbError::Write)?);
        let mut earlier = |name: &str| -> std::io::Result<()> {
            let Ok(kept) = fs::File::open(layout.path("/data/system/log").join(name)) else { return Ok(()) };
            writeln!(out, "--- kept of earlier starts: {name}")?;
            for line in std::io::BufReader::new(kept).split(b'\n') {
                writeln!(out, "{}", scrub.line(&String::from_utf8_lossy(&line?)))?;
            }
            Ok(())
        };
        earlier("previous.log").and_then(|()| earlier("current.log")).map_err(UsbError::Write)?;
        writeln!(out, "--- this start").map_err(UsbError::Write)?;
        let args = ["--no-pager", "--output=short-iso-precise", "--unit=motcua-*"];
        let mut failed = None;
        let read = system.lines(Program::Journalctl, &args, |line| {
            writeln!(out, "{}", scrub.line(line)).map_err(|e| {
                let kind = e.kind();
                failed = Some(e);
                kind.into()
            })
        });
        if let Some(e) = failed {
            return Err(UsbError::Write(e));
        }
        read.map_err(UsbError::Logs)?;
        let file = out.into_inner().map_err(|e| UsbError::Write(e.into_error()))?;
        file.sync_all().map_err(UsbError::Write)
    })?;
    Ok(file)
}

/// Writes a report to the first stick, scrubbed too; the file's name.
pub fn write_report(
    layout: &Layout,
    system: &System,
    scrub: &Scrub,
    (name, text): (&str, &str),
) -> Result<String, UsbError> {
    let file = format!("motcua-{name}-report-{}.txt", stamp());
    let text: String = text.lines().map(|l| scrub.line(l) + "\n").collect();
    on_first(layout, system, |dir| {
        let mut out = fs::File::create(dir.join(&file)).map_err(UsbError::Write)?;
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(UsbError::Write)
    })?;
    Ok(file)
}

/// Mounts the stick that has an update, until the hold is dropped: RAUC reads from it while it writes.
pub fn hold_bundle(layout: &Layout, system: &System, name: &str) -> Result<(Source, Hold), UsbError> {
    for partition in partitions(layout) {
        let Ok(dir) = mount(layout, system, &partition, "ro") else { continue };
        if bundles(&dir).iter().any(|b| b == name) {
            let place = dir.join(name).to_string_lossy().into_owned();
            let system = system.clone();
            let hold = Hold(Some(Box::new(move || unmount(&system, &dir))));
            return Ok((Source { place, tls: None }, hold));
        }
        unmount(system, &dir);
    }
    Err(UsbError::NoBundle(name.to_owned()))
}

/// Of the file's name, in the hall's time.
fn stamp() -> String {
    let now = jiff::Timestamp::from_millisecond(crate::clock::unix_ms() + 7 * 3_600_000).unwrap_or_default();
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

fn on_first(
    layout: &Layout,
    system: &System,
    job: impl FnOnce(&Path) -> Result<(), UsbError>,
) -> Result<(), UsbError> {
    let first = let_in(layout, system).into_iter().next().ok_or(UsbError::None)?;
    mounted(layout, system, &first, "rw", job)
}

/// What is plugged in, with the sticks that were blocked until now; the kernel is given time to look at those.
fn let_in(layout: &Layout, system: &System) -> Vec<Partition> {
    let new = guard::let_sticks_in(system) > 0;
    let end = Instant::now() + LOOKED_AT;
    loop {
        let found = partitions(layout);
        if !found.is_empty() || !new || Instant::now() >= end {
            return found;
        }
        rest(BETWEEN_LOOKS);
    }
}

fn mounted<T>(
    layout: &Layout,
    system: &System,
    partition: &Partition,
    mode: &str,
    job: impl FnOnce(&Path) -> Result<T, UsbError>,
) -> Result<T, UsbError> {
    let dir = mount(layout, system, partition, mode)?;
    let done = job(&dir);
    unmount(system, &dir);
    done
}

fn mount(layout: &Layout, system: &System, partition: &Partition, mode: &str) -> Result<PathBuf, UsbError> {
    let dir = layout.run().join("usb").join(&partition.device);
    fs::create_dir_all(&dir).map_err(UsbError::Write)?;
    let device = layout.path("/dev").join(&partition.device);
    let (device, at) = (device.to_string_lossy(), dir.to_string_lossy());
    let options = format!("{mode},noexec,nodev,nosuid");
    let args = ["-t", &partition.file_system, "-o", &options, &device, &at];
    system.run(Program::Mount, &args).map_err(UsbError::Mount)?;
    Ok(dir)
}

fn unmount(system: &System, dir: &Path) {
    system.try_run(Program::Umount, &[&dir.to_string_lossy()]);
    let _ = fs::remove_dir(dir);
}

fn bundles(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|e| e.path().extension().is_some_and(|x| x == BUNDLE))
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Partitions of USB disks, and USB disks without partitions, that hold a file system which is read. The disk that the
/// device was started from may be on USB too; it is left alone.
fn partitions(layout: &Layout) -> Vec<Partition> {
    let own = own_disks(layout);
    let entries = fs::read_dir(layout.path("/sys/class/block")).into_iter().flatten().flatten();
    let mut found: Vec<Partition> = entries
        .filter_map(|entry| {
            let device = entry.file_name().into_string().ok()?;
            let real = fs::canonicalize(entry.path()).ok()?;
            let on_usb = real.components().any(|c| c.as_os_str().to_string_lossy().starts_with("usb"));
            let disk = disk_of(&real)?;
            if !on_usb || own.contains(&disk) {
                return None;
            }
            let number = fs::read_to_string(real.join("dev")).ok()?;
            let told =
                fs::read_to_string(layout.path("/run/udev/data").join(format!("b{}", number.trim()))).ok()?;
            let of = |key: &str| told.lines().find_map(|l| l.strip_prefix(key)).map(str::to_owned);
            let file_system = of("E:ID_FS_TYPE=").filter(|t| FILE_SYSTEMS.contains(&t.as_str()))?;
            Some(Partition { device, label: of("E:ID_FS_LABEL=").unwrap_or_default(), file_system })
        })
        .collect();
    found.sort_by(|a, b| a.device.cmp(&b.device));
    found
}

/// The disk of a partition, or the disk itself.
fn disk_of(real: &Path) -> Option<PathBuf> {
    Some(if real.join("partition").exists() { real.parent()?.to_owned() } else { real.to_owned() })
}

/// Where the disks that the system lives on are plugged in, as USBGuard calls it: `1-2`; none inside the box.
pub(super) fn own_ports(layout: &Layout) -> Vec<String> {
    let is_port = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_digit()) && name.contains('-') && !name.contains(':')
    };
    let port = |disk: PathBuf| {
        let mut names = disk.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        names.rfind(is_port)
    };
    own_disks(layout).into_iter().filter_map(port).collect()
}

/// Disks with a partition that the system lives on.
fn own_disks(layout: &Layout) -> Vec<PathBuf> {
    let mounts = fs::read_to_string(layout.path("/proc/mounts")).unwrap_or_default();
    let sources = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (source, at) = (words.next()?, words.next()?);
        (["/", "/data", "/bootcfg"].contains(&at)).then(|| source.trim_start_matches("/dev/").to_owned())
    });
    let disk =
        |device: String| disk_of(&fs::canonicalize(layout.path("/sys/class/block").join(device)).ok()?);
    sources.filter_map(disk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sysfs of a box that was started from USB (sda), with a stick (sdb), one of another file system (sdc), and an
    /// internal disk.
    #[test]
    fn only_sticks_are_found() {
        let root = std::env::temp_dir().join(format!("motcua-usb-{}", uuid::Uuid::now_v7().simple()));
        let layout = Layout::at(&root);
        let class = layout.path("/sys/class/block");
        fs::create_dir_all(&class).unwrap();
        fs::create_dir_all(layout.path("/run/udev/data")).unwrap();
        for (n, (bus, disk, kind)) in [
            ("usb1/1-1/1-1.4/1-1.4:1.0/host0/block", "sda", "vfat"),
            ("usb2", "sdb", "vfat"),
            ("usb2", "sdc", "ntfs"),
            ("ata1", "sdd", "ext4"),
        ]
        .into_iter()
        .enumerate()
        {
            let real = layout.path("/sys/devices").join(bus).join(disk);
            let part = real.join(format!("{disk}1"));
            fs::create_dir_all(&part).unwrap();
            fs::write(real.join("dev"), format!("8:{}\n", n * 16)).unwrap();
            fs::write(part.join("dev"), format!("8:{}\n", n * 16 + 1)).unwrap();
            fs::write(part.join("partition"), "1\n").unwrap();
            std::os::unix::fs::symlink(&real, class.join(disk)).unwrap();
            std::os::unix::fs::symlink(&part, class.join(format!("{disk}1"))).unwrap();
            let told = format!("E:ID_FS_LABEL=KY-THUAT\nE:ID_FS_TYPE={kind}\n");
            fs::write(layout.path("/run/udev/data").join(format!("b8:{}", n * 16 + 1)), told).unwrap();
        }
        fs::create_dir_all(layout.path("/proc")).unwrap();
        fs::write(layout.path("/proc/mounts"), "/dev/dm-0 / erofs ro 0 0\n/dev/sda1 /data ext4 rw 0 0\n")
            .unwrap();
        assert_eq!(own_ports(&layout), ["1-1.4"]);
        let found = partitions(&layout);
        assert_eq!(found.iter().map(|p| p.device.as_str()).collect::<Vec<_>>(), ["sdb1"], "{found:?}");
        assert_eq!((found[0].label.as_str(), found[0].file_system.as_str()), ("KY-THUAT", "vfat"));
        fs::remove_dir_all(root).unwrap();
    }
}
