// SPDX-License-Identifier: MIT OR Apache-2.0
//! Both drivers of the buttons, with contacts that bounce, jam, chatter and vanish.

use std::sync::mpsc::channel;
use std::time::Duration;

use gpiosim::{Bank, Level};
use motcua_hal::buttons::{
    self, ButtonConfig, ButtonEvent, ButtonsEvent, ButtonsFault, ButtonsHandle, Driver, ErrorKind,
    PanelConfig,
};

use crate::bench::{BAD, Bench, DEBOUNCE_MS, GOOD, LABEL, LIMIT, line, panel, pause, plug_in, wait_until};

const DRIVERS: [Driver; 2] = [Driver::Gpiocdev, Driver::Rppal];

fn is_press(event: &ButtonEvent, wanted: usize) -> bool {
    matches!(event, ButtonEvent::Pressed { button, .. } if *button == wanted)
}

fn is_release(event: &ButtonEvent, wanted: usize) -> bool {
    matches!(event, ButtonEvent::Released { button, .. } if *button == wanted)
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn a_bouncing_press_is_one_press_and_one_release() {
    for driver in DRIVERS {
        // Without a lock-out, which would hide what the debounce lets through.
        let bench = Bench::new(PanelConfig { lockout_ms: 0, ..panel(driver) });
        for (button, offset) in [(0, GOOD), (1, BAD)] {
            bench.bounce(offset, true);
            pause(u64::from(DEBOUNCE_MS) * 3);
            bench.bounce(offset, false);
            let events = bench.rest();
            assert_eq!(events.len(), 2, "{driver:?} {events:?}");
            assert!(is_press(&events[0], button) && is_release(&events[1], button), "{driver:?} {events:?}");
        }
    }
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn repeated_presses_are_locked_out() {
    for driver in DRIVERS {
        let bench = Bench::new(PanelConfig { lockout_ms: 3_600_000, ..panel(driver) });
        for _ in 0..3 {
            bench.press(GOOD);
        }
        bench.press(BAD);
        let events = bench.rest();
        let presses = |button| events.iter().filter(|event| is_press(event, button)).count();
        assert_eq!((presses(0), presses(1), events.len()), (1, 1, 4), "{driver:?} {events:?}");
    }
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn a_stuck_button_is_told_by_its_line_and_ignored_until_it_is_free() {
    for driver in DRIVERS {
        let bench = Bench::new(PanelConfig { stuck_after_s: 1, lockout_ms: 0, ..panel(driver) });
        bench.pull(GOOD, Level::Low);
        assert!(is_press(&bench.next(), 0));
        assert_eq!(bench.next(), ButtonEvent::Stuck { button: 0 });
        let stuck = ButtonsFault::Stuck { button: "good".to_owned(), line: line("GPIO17") };
        wait_until("the fault is shown", || bench.buttons.state().faults == [stuck.clone()]);
        bench.press(BAD);
        let events = bench.rest();
        assert!(events.len() == 2 && is_press(&events[0], 1), "{driver:?} {events:?}");
        bench.pull(GOOD, Level::High);
        assert_eq!(bench.next(), ButtonEvent::Freed { button: 0 });
        bench.press(GOOD);
        assert!(is_press(&bench.next(), 0), "{driver:?}");
        assert_eq!(bench.buttons.state().faults, []);
    }
}

/// Presses a button without debounce so many times while the buttons' thread is held up, and says how many edges were told
/// as missed in all.
fn missed_of(presses: u32, driver: Driver) -> u32 {
    let sim = plug_in();
    let buttons = vec![ButtonConfig { debounce_ms: 0, ..ButtonConfig::new("good", line("GPIO17")) }];
    let panel = PanelConfig { buttons, lockout_ms: 0, ..panel(driver) };
    let (sender, events) = channel();
    let (gate, held_up) = channel::<()>();
    let handle = ButtonsHandle::spawn(panel, move |event| {
        let ButtonsEvent::Button(event) = event else { return };
        if matches!(event, ButtonEvent::Pressed { .. }) {
            // Until the gate is dropped.
            let _ = held_up.recv();
        }
        let _ = sender.send(event);
    });
    wait_until("the lines are open", || handle.state().up);
    for _ in 0..presses {
        sim.chips()[0].set_pull(GOOD, Level::Low).unwrap();
        sim.chips()[0].set_pull(GOOD, Level::High).unwrap();
    }
    drop(gate);
    let mut missed = 0;
    while let Ok(event) = events.recv_timeout(Duration::from_secs(1)) {
        if let ButtonEvent::Missed { edges, .. } = event {
            missed += edges;
        }
    }
    handle.shutdown(LIMIT);
    missed
}

/// The kernel keeps 256 edges of a panel with gpiocdev, 1024 of a line with rppal.
#[test]
#[ignore = "needs the guest: make test-kernel"]
fn edges_wait_for_a_late_thread_and_those_without_room_are_told_as_missed() {
    for driver in DRIVERS {
        assert_eq!(missed_of(60, driver), 0, "{driver:?}");
        assert!(missed_of(700, driver) > 100, "{driver:?}");
    }
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn a_chip_that_vanishes_is_said_by_line_and_found_again() {
    for driver in DRIVERS {
        let mut bench = Bench::new(PanelConfig { lockout_ms: 0, ..panel(driver) });
        bench.pull(GOOD, Level::Low);
        assert!(is_press(&bench.next(), 0));
        bench.sim = None;
        // Nobody can know when it is let go.
        assert!(is_release(&bench.next(), 0));
        wait_until("the loss is shown", || !bench.buttons.state().up);
        let faults = bench.buttons.state().faults;
        let [ButtonsFault::Line(fault)] = faults.as_slice() else { panic!("{driver:?} {faults:?}") };
        assert!(matches!(fault.kind, ErrorKind::Lost | ErrorKind::NotFound), "{driver:?} {fault:?}");
        assert!(fault.to_string().contains("GPIO17"), "{fault}");
        bench.sim = Some(plug_in());
        bench.wait_until_up();
        bench.press(BAD);
        let events = bench.rest();
        assert!(events.len() == 2 && is_press(&events[0], 1), "{driver:?} {events:?}");
    }
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn lines_are_found_by_name_and_by_label_and_mistakes_are_named() {
    let _sim = plug_in();
    let with = |name: &str| {
        let buttons = vec![ButtonConfig::new("a", line(name))];
        buttons::open(&PanelConfig { buttons, ..PanelConfig::default() })
    };
    let kind = |name: &str| with(name).map(drop).unwrap_err().kind();
    let open = with("GPIO17").unwrap();
    assert_eq!(kind("GPIO17"), ErrorKind::Busy);
    drop(open);
    assert!(!with(&format!("{LABEL}:{GOOD}")).unwrap().is_down(0).unwrap());
    assert_eq!(kind("GPIO99"), ErrorKind::NotFound);
    assert_eq!(kind(&format!("{LABEL}:28")), ErrorKind::NotFound);
    let mut twin = Bank::new(4, "twin");
    twin.name(1, "GPIO17");
    let _twin = gpiosim::builder().with_bank(&twin).live().unwrap();
    assert_eq!(kind("GPIO17"), ErrorKind::Config);
    assert!(with(&format!("{LABEL}:{GOOD}")).is_ok());
}
