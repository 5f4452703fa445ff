// SPDX-License-Identifier: MIT OR Apache-2.0
//! A scanner that is a keyboard, made by the kernel's uinput: grabbed, read, unplugged and back.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, BusType, EventType, InputEvent, InputId, KeyCode};
use motcua_hal::scanner::{
    Connection, Encoding, ScannerConfig, ScannerEvent, ScannerFault, ScannerHandle, typed,
};

use crate::bench::{LIMIT, pause, wait_until};

const NAME: &str = "Motcua test scanner";
const LEFT_SHIFT: u16 = 42;

fn plug_in() -> VirtualDevice {
    let keys: AttributeSet<KeyCode> = (1..128).map(KeyCode::new).collect();
    let id = InputId::new(BusType::BUS_USB, 0x0c2e, 0x0b61, 1);
    let builder = VirtualDevice::builder().unwrap().name(NAME).input_id(id);
    let mut device = builder.with_keys(&keys).unwrap().build().unwrap();
    // Its node appears a moment later.
    wait_until("the keyboard has a node", || {
        device.enumerate_dev_nodes_blocking().unwrap().flatten().next().is_some()
    });
    device
}

fn press(device: &mut VirtualDevice, code: u16, value: i32) {
    device.emit(&[InputEvent::new(EventType::KEY.0, code, value)]).unwrap();
}

fn scan(device: &mut VirtualDevice, text: &str) {
    for byte in text.bytes() {
        let (code, shift) = typed(byte).unwrap();
        if shift {
            press(device, LEFT_SHIFT, 1);
        }
        press(device, code, 1);
        press(device, code, 0);
        if shift {
            press(device, LEFT_SHIFT, 0);
        }
        // Scanners leave a moment too; the kernel keeps 64 events for each reader and drops what comes faster.
        pause(5);
    }
}

fn next(events: &Receiver<ScannerEvent>) -> Vec<u8> {
    loop {
        if let ScannerEvent::Scanned(scanned) = events.recv_timeout(LIMIT).unwrap() {
            return scanned.bytes().to_vec();
        }
    }
}

#[test]
#[ignore = "wants the guest of make test-kernel"]
fn a_keyboard_is_grabbed_and_its_scans_are_read() {
    for named in [format!("name:{NAME}"), "usb:0c2e:0b61".to_owned()] {
        grabbed_and_read(&named);
    }
}

fn grabbed_and_read(named: &str) {
    let mut device = plug_in();
    let node = device.enumerate_dev_nodes_blocking().unwrap().flatten().next().unwrap();
    // Somebody else listens too, as a console does.
    let mut other = evdev::Device::open(&node).unwrap();
    other.set_nonblocking(true).unwrap();
    let (sender, events) = channel();
    // The guest is slow: a longer pause than in the product.
    let mut config = ScannerConfig::new(named, Connection::Keyboard);
    config.gap_ms = 500;
    let handle = ScannerHandle::spawn(config.clone(), move |event| {
        let _ = sender.send(event);
    });
    wait_until("the keyboard is grabbed", || handle.state().encoding == Encoding::AsciiOnly);
    assert!(other.grab().is_err(), "it is grabbed already");
    for text in
        ["001190000017", "H56.14-240823-0001", "https://x.example/tra-cuu?MHS=H56.14-240823-0001&a=%20"]
    {
        scan(&mut device, &format!("{text}\r"));
        assert_eq!(next(&events), text.as_bytes());
    }
    // Without a suffix, by the pause.
    scan(&mut device, "1.001193");
    assert_eq!(next(&events), b"1.001193");
    let heard = other.fetch_events().map(Iterator::count).unwrap_or(0);
    assert_eq!(heard, 0, "nobody else hears what is scanned");

    drop(device);
    wait_until("the loss is said", || !handle.state().up);
    let fault = handle.state().faults[0].clone();
    assert!(matches!(fault, ScannerFault::Lost { .. } | ScannerFault::NotFound { .. }), "{fault}");
    let mut device = plug_in();
    wait_until("the keyboard is found again", || handle.state().up);
    pause(100);
    scan(&mut device, "LH-1\r");
    assert_eq!(next(&events), b"LH-1");
    handle.shutdown(Duration::from_secs(5));
}
