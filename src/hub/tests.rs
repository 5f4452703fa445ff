// SPDX-License-Identifier: MIT OR Apache-2.0
use super::devices::{Devices, Role};
use crate::store::tests::Dir;

#[test]
fn a_list_changed_by_another_process_is_read_again() {
    let dir = Dir::new();
    let running = Devices::open(dir.path()).unwrap();
    assert!(running.is_empty());
    Devices::open(dir.path()).unwrap().add("kiosk-9", Role::Kiosk, None).unwrap();
    assert_eq!(running.of("kiosk-9").unwrap().role, Role::Kiosk);
    assert_eq!(running.of("kiosk-8"), None);
}

#[test]
fn odd_names_and_a_broken_list_are_refused() {
    let dir = Dir::new();
    let devices = Devices::open(dir.path()).unwrap();
    for name in ["", "Kiosk 1", "quầy", "a:b"] {
        assert!(devices.add(name, Role::Kiosk, None).is_err(), "{name}");
    }
    std::fs::write(dir.path().join(super::devices::FILE), "not a list").unwrap();
    assert!(Devices::open(dir.path()).unwrap_err().to_string().contains("not a device list"));
}

#[test]
fn a_kiosk_keeps_its_number_and_nobody_inherits_one() {
    let dir = Dir::new();
    let devices = Devices::open(dir.path()).unwrap();
    let number = |id: &str| devices.list().into_iter().find(|d| d.id == id).unwrap().number;
    for id in ["kiosk-a", "kiosk-b"] {
        devices.add(id, Role::Kiosk, None).unwrap();
    }
    assert_eq!((number("kiosk-a"), number("kiosk-b")), (Some(1), Some(2)));
    // A new ticket for the same kiosk; another kiosk after one is gone: its labels may be on paper today.
    devices.add("kiosk-a", Role::Kiosk, None).unwrap();
    assert_eq!(number("kiosk-a"), Some(1));
    assert!(devices.remove("kiosk-b").unwrap());
    devices.add("kiosk-c", Role::Kiosk, None).unwrap();
    assert_eq!(number("kiosk-c"), Some(3));
    assert!(devices.add("panel-1", Role::Panel, None).is_err(), "a panel names its counter");
}
