// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory, temperature, and whether the power supply is strong enough.

use crate::doctor::roots::{entries, text};
use crate::doctor::{Finding, Look, Words};

/// Available parts of a hundred.
const LOW: u64 = 10;
/// Degrees at which processors slow down, and at which they stop soon.
const WARM: i64 = 80;
const HOT: i64 = 90;

pub fn memory(look: &Look) -> Finding {
    let text = text(&look.roots.proc.join("meminfo")).unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    let (Some(free), Some(all)) = (kilobytes("MemAvailable"), kilobytes("MemTotal")) else {
        return Finding::skipped("memory", Words::new("không xem được", "cannot be looked at"));
    };
    let (free_mb, all_mb) = (free / 1000, all / 1000);
    let found =
        Words::new(format!("còn {free_mb} trên {all_mb} MB"), format!("{free_mb} of {all_mb} MB available"));
    if free * 100 / all.max(1) < LOW {
        return Finding::warn(
            "memory",
            found,
            Words::new("khởi động lại; gửi nhật ký", "restart; send the log"),
        );
    }
    Finding::pass("memory", found)
}

pub fn temperature(look: &Look) -> Finding {
    let sys = &look.roots.sys;
    if let Some(weak) = undervoltage(look) {
        return weak;
    }
    let zones = entries(&sys.join("class/thermal")).into_iter().filter_map(|zone| text(&zone.join("temp")));
    let hottest = zones.filter_map(|milli| milli.parse::<i64>().ok()).max();
    let Some(degrees) = hottest.map(|milli| milli / 1000) else {
        return Finding::skipped("temperature", Words::new("không có cảm biến", "no sensor"));
    };
    let found = Words::same(format!("{degrees} °C"));
    let to_do =
        Words::new("mở khe thoáng, lau bụi, xem quạt", "free the vents, remove dust, look at the fan");
    match degrees {
        d if d >= HOT => Finding::fail("temperature", found, to_do),
        d if d >= WARM => Finding::warn("temperature", found, to_do),
        _ => Finding::pass("temperature", found),
    }
}

/// A Raspberry Pi says when its supply was too weak.
fn undervoltage(look: &Look) -> Option<Finding> {
    let sensors = entries(&look.roots.sys.join("class/hwmon"));
    let pi = sensors.into_iter().find(|s| text(&s.join("name")).as_deref() == Some("rpi_volt"))?;
    (text(&pi.join("in0_lcrit_alarm")).as_deref() == Some("1")).then(|| {
        Finding::fail(
            "temperature",
            Words::new(
                "nguồn điện yếu, điện áp từng sụt",
                "the power supply is weak, its voltage has dropped",
            ),
            Words::new("dùng bộ nguồn đúng loại và dây ngắn", "use the right power supply and a short cable"),
        )
    })
}
