// SPDX-License-Identifier: MIT OR Apache-2.0
use super::auth::{Devices, Role};
use crate::store::tests::Dir;

#[test]
fn secrets_are_random_hashed_and_needed() {
    let dir = Dir::new();
    let devices = Devices::open(dir.path()).unwrap();
    let secret = devices.add("kiosk-1", Role::Kiosk, None).unwrap();
    assert_eq!(secret.len(), 64);
    assert_ne!(secret, devices.add("kiosk-2", Role::Kiosk, None).unwrap());
    let file = std::fs::read_to_string(dir.path().join(super::auth::FILE)).unwrap();
    assert!(!file.contains(&secret), "only the digest is kept");
    let good = format!("Bearer kiosk-1:{secret}");
    assert_eq!(devices.check(Some(&good)).unwrap().id, "kiosk-1");
    for wrong in
        ["", "Bearer kiosk-1:", "Bearer kiosk-1:00", "Basic kiosk-1", &good.replace("kiosk-1", "kiosk-2")]
    {
        assert_eq!(devices.check(Some(wrong)), None, "{wrong}");
    }
    assert_eq!(devices.check(None), None);
}

#[test]
fn a_list_changed_by_another_process_is_read_again() {
    let dir = Dir::new();
    let running = Devices::open(dir.path()).unwrap();
    assert!(running.is_empty());
    let secret = Devices::open(dir.path()).unwrap().add("kiosk-9", Role::Kiosk, None).unwrap();
    assert!(running.check(Some(&format!("Bearer kiosk-9:{secret}"))).is_some());
}

#[test]
fn odd_names_and_a_broken_list_are_refused() {
    let dir = Dir::new();
    let devices = Devices::open(dir.path()).unwrap();
    for name in ["", "Kiosk 1", "quầy", "a:b"] {
        assert!(devices.add(name, Role::Kiosk, None).is_err(), "{name}");
    }
    std::fs::write(dir.path().join(super::auth::FILE), "not a list").unwrap();
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
    // A new secret for the same kiosk; another kiosk after one is gone: its labels may be on paper today.
    devices.add("kiosk-a", Role::Kiosk, None).unwrap();
    assert_eq!(number("kiosk-a"), Some(1));
    assert!(devices.remove("kiosk-b").unwrap());
    devices.add("kiosk-c", Role::Kiosk, None).unwrap();
    assert_eq!(number("kiosk-c"), Some(3));
    assert!(devices.add("panel-1", Role::Panel, None).is_err(), "a panel names its counter");
}
