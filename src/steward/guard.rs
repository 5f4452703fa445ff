// SPDX-License-Identifier: MIT OR Apache-2.0
//! USBGuard, which lets in no storage by itself (deploy/image/root/etc/usbguard): while the technician's menu is open,
//! sticks are let in; when it closes, they are out again.

use super::system::{Program, System};

/// The class of storage in the lists of USBGuard.
const STORAGE: &str = "08:";

/// Lets in every stick that is plugged in and blocked. Called again whenever somebody looks for sticks.
pub fn let_sticks_in(system: &System) {
    judge(system, "--blocked", "allow-device");
}

/// Shuts every stick out.
pub fn shut_sticks_out(system: &System) {
    judge(system, "--allowed", "block-device");
}

fn judge(system: &System, which: &str, verdict: &str) {
    let mut sticks = Vec::new();
    let listed = system.lines(Program::Usbguard, &["list-devices", which], |line| {
        sticks.extend(stick(line));
        Ok(())
    });
    if let Err(e) = listed {
        tracing::warn!(error = crate::hub::chain(&e), "USBGuard does not say what is plugged in");
    }
    for number in sticks {
        system.try_run(Program::Usbguard, &[verdict, &number]);
    }
}

/// The number of a device that is storage and nothing else: `12: block id 0781:5567 … with-interface 08:06:50 …`, or a
/// set of interfaces in braces.
fn stick(line: &str) -> Option<String> {
    let (number, rest) = line.split_once(": ")?;
    let interfaces = rest.split_once(" with-interface ")?.1;
    let interfaces = match interfaces.strip_prefix("{ ") {
        Some(set) => set.split_once(" }")?.0,
        None => interfaces.split(' ').next()?,
    };
    let all = interfaces.split_whitespace().all(|i| i.starts_with(STORAGE));
    (all && number.parse::<u32>().is_ok()).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_storage_is_a_stick() {
        let line = |interfaces: &str| {
            format!(
                "12: block id 0781:5567 serial \"4C53\" name \"Cruzer: Blade\" hash \"aQ=\" parent-hash \"x=\" via-port \"1-2\" \
                 with-interface {interfaces} with-connect-type \"hotplug\""
            )
        };
        assert_eq!(stick(&line("08:06:50")), Some("12".into()));
        assert_eq!(stick(&line("{ 08:06:50 08:06:62 }")), Some("12".into()));
        // A keyboard in a stick's clothes.
        assert_eq!(stick(&line("{ 08:06:50 03:01:01 }")), None);
        assert_eq!(stick(&line("03:01:01")), None);
        assert_eq!(stick("nothing"), None);
    }
}
