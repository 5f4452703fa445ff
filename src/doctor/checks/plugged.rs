// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is plugged in and let in, with the names by which the settings call it: a list for who writes `motcua.toml`,
//! and no fault whatever it says.

use crate::doctor::roots::{entries, name, text};
use crate::doctor::{Finding, Look, Words};
use std::path::Path;

/// The class of a hub, which is no part.
const HUB: &str = "09";

pub fn plugged(look: &Look) -> Finding {
    let roots = &look.roots;
    let usb: Vec<String> =
        entries(&roots.sys.join("bus/usb/devices")).iter().filter_map(|d| device(d)).collect();
    let serial = names("serial:/dev/serial/by-id/", &roots.dev.join("serial/by-id"), "");
    let printers = names("usb:/dev/usb/", &roots.dev.join("usb"), "lp");
    let cards: Vec<String> = text(&roots.proc.join("asound/cards"))
        .iter()
        .flat_map(|cards| cards.lines().filter_map(card))
        .collect();
    let (mut vi, mut en) = (Vec::new(), Vec::new());
    for (kind_vi, kind_en, found) in [
        ("USB", "USB", usb),
        ("cổng nối tiếp", "serial", serial),
        ("máy in", "printers", printers),
        ("âm thanh", "sound", cards),
    ] {
        if !found.is_empty() {
            let found = found.join(", ");
            vi.push(format!("{kind_vi}: {found}"));
            en.push(format!("{kind_en}: {found}"));
        }
    }
    if vi.is_empty() {
        return Finding::pass("plugged", Words::new("không có gì", "nothing"));
    }
    Finding::pass("plugged", Words::new(vi.join("; "), en.join("; ")))
}

/// Name and id of a device that was let in; interfaces, ports and hubs have their own entries there.
fn device(dir: &Path) -> Option<String> {
    let get = |file: &str| text(&dir.join(file)).unwrap_or_default();
    let id = (get("idVendor"), get("idProduct"));
    if id.0.is_empty() || get("bDeviceClass") == HUB || get("authorized") == "0" {
        return None;
    }
    Some(format!("{} {}:{}", get("product"), id.0, id.1).trim().to_owned())
}

/// The entries whose names begin so, as the settings write them.
fn names(prefix: &str, dir: &Path, begin: &str) -> Vec<String> {
    let all = entries(dir).into_iter().map(|path| name(&path));
    all.filter(|name| name.starts_with(begin)).map(|name| format!("{prefix}{name}")).collect()
}

/// ` 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones`; the line below it has no bracket.
fn card(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('[')?;
    let (id, title) = rest.split_once(']')?;
    let title = title.rsplit(" - ").next().unwrap_or_default().trim_start_matches(':').trim();
    Some(format!("alsa:plughw:CARD={} ({title})", id.trim()))
}
