// SPDX-License-Identifier: MIT OR Apache-2.0
//! USBGuard, which lets in neither storage nor keyboards by itself (deploy/image/root/etc/usbguard). While the
//! technician's menu is open, sticks are let in; when it closes, they are out again. A scanner that is a keyboard is let
//! in where the settings name its id.

use super::layout::Layout;
use super::provision::open_to_all;
use super::system::{Program, System, SystemError};
use super::usb::own_ports;

/// The class of storage in the lists of USBGuard.
const STORAGE: &str = "08:";
/// A keyboard, and what a scanner may have beside it: an interface for its settings.
const KEYBOARD: [&str; 2] = ["03:01:01", "03:00:00"];
/// Which scanner USBGuard was told of since the power came.
const TOLD: &str = "usb-scanner";

/// Lets in every stick that is plugged in and blocked, and says how many. Called again whenever somebody looks for
/// sticks; the kernel takes some seconds for one that was just let in.
pub fn let_sticks_in(system: &System) -> usize {
    each(system, "--blocked", "allow-device", stick)
}

/// Shuts every stick out; the disk that the device runs from is none, though it may be one by its interfaces.
pub fn shut_sticks_out(system: &System, layout: &Layout) {
    let own = own_ports(layout);
    each(system, "--allowed", "block-device", |line| {
        stick(line).filter(|_| !port(line).is_some_and(|port| own.contains(&port)))
    });
}

/// Lets in the keyboard with that id and no other one: what is plugged in now, and what is plugged in later. The rules
/// live in USBGuard's memory only, for its file is on the verified root; so it begins anew where another scanner was
/// let in before.
pub fn let_scanner_in(system: &System, layout: &Layout, scanner: Option<(u16, u16)>) {
    let told = layout.run().join(TOLD);
    let before = std::fs::read_to_string(&told).unwrap_or_default();
    let wanted = scanner.map(|(vendor, product)| format!("{vendor:04x}:{product:04x}")).unwrap_or_default();
    if before != wanted {
        if !before.is_empty() {
            system.try_run(Program::Systemctl, &["restart", "usbguard.service"]);
        }
        if let Err(e) = tell(system, &wanted).and_then(|()| Ok(open_to_all(&told, &wanted, 0o644)?)) {
            tracing::error!(error = crate::hub::chain(&e), "USBGuard was not told of the scanner");
        }
    }
    if !wanted.is_empty() {
        each(system, "--blocked", "allow-device", |line| keyboard(line, &wanted));
    }
}

/// USBGuard did not take a rule.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error(transparent)]
    System(#[from] SystemError),
    #[error("it cannot be noted")]
    Note(#[from] std::io::Error),
}

fn tell(system: &System, id: &str) -> Result<(), TellError> {
    if id.is_empty() {
        return Ok(());
    }
    let [keyboard, settings] = KEYBOARD;
    for interfaces in [keyboard.to_owned(), format!("{settings} {keyboard}")] {
        let rule = format!("allow id {id} with-interface equals {{ {interfaces} }}");
        system.run(Program::Usbguard, &["append-rule", "-t", &rule])?;
    }
    Ok(())
}

fn each(system: &System, which: &str, verdict: &str, number: impl Fn(&str) -> Option<String>) -> usize {
    let mut found = Vec::new();
    let listed = system.lines(Program::Usbguard, &["list-devices", which], |line| {
        found.extend(number(line));
        Ok(())
    });
    if let Err(e) = listed {
        tracing::warn!(error = crate::hub::chain(&e), "USBGuard does not say what is plugged in");
    }
    for number in &found {
        system.try_run(Program::Usbguard, &[verdict, number]);
    }
    found.len()
}

/// The number of a device that is storage and nothing else.
fn stick(line: &str) -> Option<String> {
    let (number, interfaces) = parts(line)?;
    interfaces.iter().all(|i| i.starts_with(STORAGE)).then_some(number)
}

/// Where a device is plugged in, `1-2`.
fn port(line: &str) -> Option<String> {
    Some(line.split_once(" via-port \"")?.1.split_once('"')?.0.to_owned())
}

/// The number of a device with that id that is a keyboard and nothing that a scanner has not.
fn keyboard(line: &str, id: &str) -> Option<String> {
    let (number, mut interfaces) = parts(line)?;
    interfaces.sort_unstable();
    let own = line.split(" id ").nth(1)?.split(' ').next()?.eq_ignore_ascii_case(id);
    let [keyboard, settings] = KEYBOARD;
    let is = interfaces == [keyboard] || interfaces == [settings, keyboard];
    (own && is).then_some(number)
}

/// Number and interfaces of a device: `12: block id 0781:5567 … with-interface 08:06:50 …`, or a set of interfaces in
/// braces.
fn parts(line: &str) -> Option<(String, Vec<&str>)> {
    let (number, rest) = line.split_once(": ")?;
    let interfaces = rest.split_once(" with-interface ")?.1;
    let interfaces = match interfaces.strip_prefix("{ ") {
        Some(set) => set.split_once(" }")?.0,
        None => interfaces.split(' ').next()?,
    };
    number.parse::<u32>().ok()?;
    Some((number.to_owned(), interfaces.split_whitespace().collect()))
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
        assert_eq!((port(&line("08:06:50")), port("nothing")), (Some("1-2".into()), None));
    }

    #[test]
    fn only_the_named_keyboard_is_the_scanner() {
        let line = |id: &str, interfaces: &str| {
            format!(
                "7: block id {id} serial \"\" name \"Scanner\" hash \"aQ=\" with-interface {interfaces} with-connect-type \"hotplug\""
            )
        };
        let is = |id: &str, interfaces: &str| keyboard(&line(id, interfaces), "0c2e:0b61").is_some();
        assert!(is("0c2e:0b61", "03:01:01") && is("0c2e:0b61", "{ 03:01:01 03:00:00 }"));
        assert!(!is("0c2e:0b62", "03:01:01"), "another model");
        assert!(!is("0c2e:0b61", "{ 03:01:01 08:06:50 }"), "with storage");
        assert!(!is("0c2e:0b61", "{ 03:01:01 03:01:01 }"), "two keyboards");
        assert!(!is("0c2e:0b61", "03:00:00"), "no keyboard: the rules of the image decide");
        assert!(!is("0c2e:0b61", "{ 03:01:01 03:01:02 }"), "with a mouse");
    }
}
