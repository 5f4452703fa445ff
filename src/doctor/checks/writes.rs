// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much is written to the disk of /data: flash memory wears by it, and something that writes without end is found
//! here before the card is dead.

use crate::doctor::roots::{Roots, text};
use crate::doctor::{Finding, Look, Words};

/// A day's budget, bytes. A card of 16 GB that takes 500 rewrites and writes four times what it is told lasts two years
/// and nine months at it (docs/doctor.md).
pub const BUDGET: u64 = 2_000_000_000;
/// A rate says nothing before, seconds: a start writes more than the day.
const LONG_ENOUGH_S: u64 = 3_600;
/// Of the kernel's counters, whatever the disk's own are.
const SECTOR: u64 = 512;

pub fn writes(look: &Look) -> Finding {
    let Some((disk, bytes)) = written(&look.roots) else {
        let found = Words::new("không rõ ổ của /data", "the disk of /data is not known");
        return Finding::skipped("writes", found);
    };
    let uptime_s = text(&look.roots.proc.join("uptime"))
        .and_then(|t| t.split(['.', ' ']).next().and_then(|s| s.parse::<u64>().ok()))
        .unwrap_or(0);
    let total = gigabytes(bytes);
    if uptime_s < LONG_ENOUGH_S {
        let found = Words::new(
            format!("{disk}: {total} GB từ lúc bật, chưa đủ một giờ để tính mỗi ngày"),
            format!("{disk}: {total} GB since the start, less than an hour ago"),
        );
        return Finding::pass("writes", found);
    }
    let daily = u64::try_from(u128::from(bytes) * 86_400 / u128::from(uptime_s)).unwrap_or(u64::MAX);
    let per_day = gigabytes(daily);
    let found = Words::new(
        format!("{disk}: {total} GB từ lúc bật, {per_day} GB mỗi ngày"),
        format!("{disk}: {total} GB since the start, {per_day} GB a day"),
    );
    if daily <= BUDGET {
        return Finding::pass("writes", found);
    }
    Finding::warn(
        "writes",
        found,
        Words::new(
            "ghi quá 2 GB mỗi ngày làm thẻ mau hỏng; xuất nhật ký ra USB, báo đơn vị hỗ trợ",
            "more than 2 GB a day wears the card out early; write the logs to a stick and tell support",
        ),
    )
}

/// The disk that /data is on, and the bytes written to it since the start.
fn written(roots: &Roots) -> Option<(String, u64)> {
    let (device, ..) = roots.mount("/data")?;
    let disk = disk_of(device.strip_prefix("/dev/")?).to_owned();
    let stat = text(&roots.sys.join("block").join(&disk).join("stat"))?;
    let sectors: u64 = stat.split_whitespace().nth(6)?.parse().ok()?;
    Some((disk, sectors * SECTOR))
}

/// `mmcblk0p7` is on `mmcblk0`, `nvme0n1p7` on `nvme0n1`, `sda7` on `sda`.
fn disk_of(partition: &str) -> &str {
    let disk = partition.trim_end_matches(|c: char| c.is_ascii_digit());
    match disk.strip_suffix('p') {
        Some(disk) if disk.ends_with(|c: char| c.is_ascii_digit()) => disk,
        _ if disk.ends_with("mmcblk") || disk.contains("nvme") => partition,
        _ => disk,
    }
}

fn gigabytes(bytes: u64) -> String {
    format!("{}.{:02}", bytes / 1_000_000_000, bytes / 10_000_000 % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_leads_to_its_disk() {
        for (partition, disk) in [
            ("mmcblk0p7", "mmcblk0"),
            ("nvme0n1p7", "nvme0n1"),
            ("sda7", "sda"),
            ("vda12", "vda"),
            ("mmcblk0", "mmcblk0"),
            ("nvme0n1", "nvme0n1"),
        ] {
            assert_eq!(disk_of(partition), disk);
        }
    }
}
