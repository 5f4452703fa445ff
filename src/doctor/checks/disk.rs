// SPDX-License-Identifier: MIT OR Apache-2.0
//! The disk: room, faults of the file system, wear of the flash memory.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Roots, Verdict, Words};

/// Free parts of a hundred below which somebody should look, and below which it does not go on for long.
const LOW: u64 = 10;
const FULL: u64 = 3;
/// JEDEC's steps of a tenth of the life; 0x0b is beyond the end.
const WORN: u8 = 0x09;
const ENDED: u8 = 0x0b;

pub fn disk(look: &Look) -> Finding {
    let mut parts = Vec::new();
    parts.extend(room(&look.roots));
    parts.extend(faults(&look.roots));
    parts.extend(wear(&look.roots));
    let worst = parts.iter().map(|p| p.state).max();
    let Some(worst) = worst else {
        return Finding::skipped(
            "disk",
            Words::new("không xem được ổ lưu trữ", "the disk cannot be looked at"),
        );
    };
    let join = |get: fn(&Words) -> &String| {
        let said: Vec<&str> = parts.iter().map(|p| get(&p.found).as_str()).collect();
        said.join("; ")
    };
    let found = Words::new(join(|w| &w.vi), join(|w| &w.en));
    let to_do = parts.iter().find(|p| p.state == worst).and_then(|p| p.what_to_do.clone());
    Finding { name: "disk", state: worst, found, what_to_do: to_do }
}

fn room(roots: &Roots) -> Option<Finding> {
    let stat = rustix::fs::statvfs(&roots.data).ok()?;
    let (free, all) = (stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize);
    let percent = free * 100 / all.max(1);
    let gigabytes = |bytes: u64| format!("{}.{}", bytes / 1_000_000_000, bytes / 100_000_000 % 10);
    let (free, all) = (gigabytes(free), gigabytes(all));
    let found = Words::new(format!("còn trống {free} trên {all} GB"), format!("{free} of {all} GB free"));
    let to_do = Words::new(
        "xóa tệp lạ trong /data, báo đơn vị hỗ trợ",
        "remove foreign files from /data, tell support",
    );
    Some(match percent {
        p if p < FULL => Finding::fail("disk", found, to_do),
        p if p < LOW => Finding::warn("disk", found, to_do),
        _ => Finding::pass("disk", found),
    })
}

/// Faults that ext4 has counted since it was made.
fn faults(roots: &Roots) -> Vec<Finding> {
    let counted = entries(&roots.sys.join("fs/ext4")).into_iter().filter_map(|fs| {
        let errors: u64 = text(&fs.join("errors_count"))?.parse().ok()?;
        (errors > 0).then(|| (name(&fs), errors))
    });
    counted
        .map(|(fs, errors)| {
            Finding::fail(
                "disk",
                Words::new(format!("{fs}: {errors} sự cố ghi đọc"), format!("{fs}: {errors} faults")),
                Words::new("sao lưu rồi thay thẻ hoặc ổ", "back up and replace the card or drive"),
            )
        })
        .collect()
}

/// What eMMC and NVMe say of themselves. SD cards say nothing; what NVMe and SATA drives count of their wear (SMART) needs
/// commands to the drive, which no file of the kernel passes on.
fn wear(roots: &Roots) -> Vec<Finding> {
    let mut found = Vec::new();
    for disk in entries(&roots.sys.join("block")) {
        let Some(life) = text(&disk.join("device/life_time")) else { continue };
        let hex = |word: &str| u8::from_str_radix(word.trim_start_matches("0x"), 16).ok();
        let Some(step) = life.split_whitespace().filter_map(hex).max().filter(|step| *step > 0) else {
            continue;
        };
        let used = u32::from(step) * 10;
        let said = Words::new(
            format!("{} đã dùng khoảng {used} % tuổi thọ", name(&disk)),
            format!("{}: about {used} % of its life used", name(&disk)),
        );
        let to_do = Words::new("chuẩn bị thay bộ nhớ", "have a replacement ready");
        found.push(match step {
            s if s >= ENDED => Finding::fail("disk", said, to_do),
            s if s >= WORN => Finding::warn("disk", said, to_do),
            _ => Finding::pass("disk", said),
        });
    }
    found.extend(spare(roots));
    for nvme in entries(&roots.sys.join("class/nvme")) {
        if let Some(state) = text(&nvme.join("state")).filter(|state| state != "live") {
            let said = Words::same(format!("{}: {state}", name(&nvme)));
            found.push(Finding::fail("disk", said, Words::new("thay ổ NVMe", "replace the NVMe drive")));
        }
    }
    found.sort_by_key(|f| std::cmp::Reverse(f.state == Verdict::Fail));
    found
}

/// JEDEC's word on the spare blocks of an eMMC: 2 when eight tenths of them are used, 3 when nearly all are.
fn spare(roots: &Roots) -> Vec<Finding> {
    let told = entries(&roots.sys.join("block")).into_iter().filter_map(|disk| {
        let word = text(&disk.join("device/pre_eol_info"))?;
        let step = u8::from_str_radix(word.trim_start_matches("0x"), 16).ok()?;
        let name = name(&disk);
        let to_do = Words::new("sao lưu rồi thay bộ nhớ", "back up and replace the memory");
        match step {
            2 => Some(Finding::warn(
                "disk",
                Words::new(
                    format!("{name}: đã dùng 80 % khối dự phòng"),
                    format!("{name}: 80 % of its spare blocks are used"),
                ),
                to_do,
            )),
            3 => Some(Finding::fail(
                "disk",
                Words::new(
                    format!("{name}: gần hết khối dự phòng"),
                    format!("{name}: nearly all spare blocks are used"),
                ),
                to_do,
            )),
            _ => None,
        }
    });
    told.collect()
}
