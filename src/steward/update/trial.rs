// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a started system is well, from what its roles say of themselves in their state files.

use crate::doctor::Words;
use crate::machine::{Device, Role};
use crate::watch::RoleState;
use motcua_link::data::PartState;
use std::collections::BTreeMap;

/// A state that is older than this is of a role that hangs, milliseconds.
const FRESH_MS: i64 = 10_000;
/// A screen that was not drawn for so long is not, milliseconds: the watched pixel is drawn every few seconds.
const DRAWN_MS: i64 = 40_000;

/// The roles of a device, and whether each has a screen.
pub fn roles(device: &Device) -> Vec<(&'static str, bool)> {
    let mut roles = Vec::new();
    if device.is_hub() {
        roles.push((Role::Hub.word(), false));
    }
    if device.role != Role::Hub {
        roles.push((device.role.word(), !device.screenless));
    }
    roles
}

/// How every part is, by role and name.
pub fn parts(states: &[RoleState]) -> BTreeMap<String, PartState> {
    let each = states
        .iter()
        .flat_map(|s| s.facts.parts.iter().map(|(name, part)| (format!("{}/{name}", s.role), part.state)));
    each.collect()
}

/// What is not as it must be; nothing where the system is well. A part may be no worse than `before`.
pub fn missing(
    device: &Device,
    states: &[RoleState],
    before: &BTreeMap<String, PartState>,
    now_ms: i64,
) -> Vec<Words> {
    let mut missing = Vec::new();
    for (role, screen) in roles(device) {
        let vi = role_vi(role);
        let mut miss = |of_vi: &str, of_en: String| missing.push(Words::new(of_vi.replace("{}", vi), of_en));
        let Some(state) = states.iter().find(|s| s.role == role && now_ms - s.at_ms <= FRESH_MS) else {
            miss("{} không chạy", format!("{role} does not run"));
            continue;
        };
        if screen && state.drawn_ms.is_none_or(|ms| now_ms - ms > DRAWN_MS) {
            miss("{} không vẽ ra màn hình", format!("{role} draws nothing"));
        }
        if state.database.as_deref() == Some("fault") {
            miss("cơ sở dữ liệu của {} không trả lời", format!("the database of {role} does not answer"));
        }
        if screen && state.facts.hub.is_none() {
            let en = format!("{role} has neither its hub nor a way without it");
            miss("{} không nối được máy chủ bộ phận, cũng không tự chạy được", en);
        }
    }
    let now = parts(states);
    for (name, state) in before {
        let was_there = matches!(state, PartState::Ok | PartState::Warning);
        match now.get(name) {
            Some(PartState::Fault) if was_there => {
                let vi = format!("{} hỏng, trước đó vẫn tốt", part_vi(name));
                missing.push(Words::new(vi, format!("{name} has a fault it had not before")));
            }
            None if was_there => {
                missing
                    .push(Words::new(format!("không còn thấy {}", part_vi(name)), format!("{name} is gone")));
            }
            _ => {}
        }
    }
    missing
}

/// A role as technicians call it.
fn role_vi(role: &str) -> &str {
    match role {
        "hub" => "máy chủ bộ phận",
        "display" => "màn hình gọi số",
        "panel" => "bảng đánh giá",
        other => other,
    }
}

/// `kiosk/printer` in Vietnamese.
fn part_vi(name: &str) -> String {
    let (role, part) = name.split_once('/').unwrap_or(("", name));
    let part = crate::doctor::title(part).vi;
    format!("{} của {}", part.to_lowercase(), role_vi(role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Settings;
    use crate::watch::{Facts, HubWay};

    const NOW: i64 = 1_000_000;

    fn device() -> Device {
        let text = "role = \"kiosk\"\nname = \"kiosk-1\"\nhub = \"here\"\n[hall]\nname = \"Hội trường\"\n[printer]\nurl = \
                    \"tcp:192.0.2.7:9100\"\n";
        Settings::parse(text).unwrap().device
    }

    fn well() -> Vec<RoleState> {
        let mut facts = Facts { hub: Some(HubWay::Reached), ..Facts::default() };
        facts.part("printer", PartState::Ok, None);
        let state = |role: &str, drawn, facts| RoleState {
            role: role.into(),
            pid: 1,
            at_ms: NOW - 1_000,
            drawn_ms: drawn,
            database: Some("ok".into()),
            facts,
        };
        let hub = Facts { hub: Some(HubWay::Here), ..Facts::default() };
        vec![state("hub", None, hub), state("kiosk", Some(NOW - 2_000), facts)]
    }

    #[test]
    fn a_system_that_works_as_before_misses_nothing() {
        let before = parts(&well());
        assert_eq!(missing(&device(), &well(), &before, NOW), Vec::<Words>::new());
        // Alone is a way, too.
        let mut alone = well();
        alone[1].facts.hub = Some(HubWay::Alone);
        assert!(missing(&device(), &alone, &before, NOW).is_empty());
    }

    #[test]
    fn each_thing_that_must_be_is_named_when_it_is_not() {
        type Break = fn(&mut Vec<RoleState>);
        let breaks: [(Break, &str, &str); 8] = [
            (|s| drop(s.remove(0)), "hub does not run", "máy chủ bộ phận không chạy"),
            (|s| s[1].at_ms = NOW - 60_000, "kiosk does not run", "kiosk không chạy"),
            (|s| s[1].drawn_ms = None, "kiosk draws nothing", "kiosk không vẽ"),
            (|s| s[1].drawn_ms = Some(NOW - 120_000), "kiosk draws nothing", "kiosk không vẽ"),
            (
                |s| s[0].database = Some("fault".into()),
                "the database of hub does not answer",
                "cơ sở dữ liệu của máy chủ bộ phận",
            ),
            (|s| s[1].facts.hub = None, "neither its hub nor a way without it", "không nối được máy chủ"),
            (
                |s| s[1].facts.part("printer", PartState::Fault, Some("silent")),
                "printer has a fault",
                "máy in của kiosk hỏng",
            ),
            (|s| s[1].facts.parts.clear(), "printer is gone", "không còn thấy máy in của kiosk"),
        ];
        let before = parts(&well());
        for (break_it, said, said_vi) in breaks {
            let mut states = well();
            break_it(&mut states);
            let missing = missing(&device(), &states, &before, NOW);
            let both = |m: &Words| m.en.contains(said) && m.vi.contains(said_vi);
            assert!(missing.iter().any(both), "{said}: {missing:?}");
        }
    }

    #[test]
    fn a_part_that_was_broken_before_keeps_no_update_out() {
        let mut states = well();
        states[1].facts.part("printer", PartState::Fault, Some("paper-end"));
        let before = parts(&states);
        assert!(missing(&device(), &states, &before, NOW).is_empty());
    }
}
