// SPDX-License-Identifier: MIT OR Apache-2.0
//! The threads of buttons and lamps against the simulated panel.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test binary say what they expect by unwrapping it, as its tests do"
)]

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use motcua_hal::buttons::sim::SimButtons;
use motcua_hal::buttons::{
    ButtonConfig, ButtonEvent, ButtonsEvent, ButtonsFault, ButtonsHandle, ErrorKind, LineName, Options,
    OutputConfig, PanelConfig,
};
use motcua_hal::lamps::sim::SimLamps;
use motcua_hal::lamps::{self, LampsEvent, LampsHandle, Output, Pattern};

/// For broken programs only.
const LIMIT: Duration = Duration::from_secs(30);

fn line(name: &str) -> LineName {
    LineName::new(name).unwrap()
}

fn panel() -> PanelConfig {
    PanelConfig {
        buttons: vec![
            ButtonConfig { debounce_ms: 5, ..ButtonConfig::new("good", line("GPIO17")) },
            ButtonConfig { debounce_ms: 5, ..ButtonConfig::new("bad", line("GPIO27")) },
        ],
        lamps: vec![OutputConfig::new("good", line("GPIO22"))],
        buzzer: Some(OutputConfig::new("buzzer", line("GPIO23"))),
        ..PanelConfig::default()
    }
}

struct Bench {
    sim: SimButtons,
    buttons: ButtonsHandle,
    events: Receiver<ButtonsEvent>,
}

impl Bench {
    fn new(panel: PanelConfig) -> Bench {
        let sim = SimButtons::new(&panel.buttons);
        let (sender, events) = channel();
        let options = Options {
            reopen_first: Duration::from_millis(10),
            reopen_longest: Duration::from_millis(50),
            ..Options::default()
        };
        let opened = sim.clone();
        let buttons = ButtonsHandle::spawn_with(
            panel,
            options,
            move || opened.open(),
            move |event| {
                let _ = sender.send(event);
            },
        );
        let bench = Bench { sim, buttons, events };
        bench.wait_until(true);
        bench
    }

    fn wait_until(&self, up: bool) {
        while self.buttons.state().up != up {
            let _ = self.events.recv_timeout(LIMIT).unwrap();
        }
    }

    fn next(&self) -> ButtonEvent {
        loop {
            if let ButtonsEvent::Button(event) = self.events.recv_timeout(LIMIT).unwrap() {
                return event;
            }
        }
    }

    fn expect_press(&self, wanted: usize) {
        let event = self.next();
        assert!(matches!(event, ButtonEvent::Pressed { button, .. } if button == wanted), "{event:?}");
    }

    fn expect_release(&self, wanted: usize) {
        let event = self.next();
        assert!(matches!(event, ButtonEvent::Released { button, .. } if button == wanted), "{event:?}");
    }
}

#[test]
fn a_press_that_bounces_is_one_press_and_one_release() {
    let bench = Bench::new(panel());
    bench.sim.bounce(0);
    bench.expect_press(0);
    bench.expect_release(0);
    // The other button is not locked out; what comes next is its own.
    bench.sim.press(1);
    bench.expect_press(1);
    bench.expect_release(1);
}

#[test]
fn repeated_presses_are_locked_out() {
    let bench = Bench::new(PanelConfig { lockout_ms: 3_600_000, ..panel() });
    for _ in 0..3 {
        bench.sim.press(0);
    }
    bench.sim.press(1);
    let mut events: Vec<_> = (0..4).map(|_| bench.next()).collect();
    events.retain(|event| matches!(event, ButtonEvent::Pressed { .. }));
    assert_eq!(events.len(), 2, "{events:?}");
}

#[test]
fn a_stuck_button_is_named_and_ignored_and_the_others_work() {
    let bench = Bench::new(PanelConfig { stuck_after_s: 1, lockout_ms: 0, ..panel() });
    bench.sim.stick(0);
    bench.expect_press(0);
    assert_eq!(bench.next(), ButtonEvent::Stuck { button: 0 });
    while bench.buttons.state().faults.is_empty() {
        bench.events.recv_timeout(LIMIT).unwrap();
    }
    let faults = bench.buttons.state().faults;
    assert_eq!(faults, [ButtonsFault::Stuck { button: "good".to_owned(), line: line("GPIO17") }]);
    assert!(faults[0].to_string().contains("GPIO17"));
    bench.sim.release(0);
    bench.sim.press(1);
    bench.expect_press(1);
    bench.expect_release(1);
    bench.sim.free(0);
    assert_eq!(bench.next(), ButtonEvent::Freed { button: 0 });
    bench.sim.press(0);
    bench.expect_press(0);
    assert_eq!(bench.buttons.state().faults, []);
}

#[test]
fn lost_edges_are_told() {
    let bench = Bench::new(PanelConfig { lockout_ms: 0, ..panel() });
    bench.sim.press(0);
    bench.expect_press(0);
    bench.expect_release(0);
    bench.sim.lose_edges(0, 3);
    bench.sim.press(0);
    bench.sim.press(0);
    assert_eq!(bench.next(), ButtonEvent::Missed { button: 0, edges: 3 });
    bench.sim.press(0);
    bench.expect_press(0);
}

#[test]
fn an_unplugged_panel_is_said_and_found_again() {
    let bench = Bench::new(PanelConfig { lockout_ms: 0, ..panel() });
    bench.sim.hold(0);
    bench.expect_press(0);
    bench.sim.unplug();
    // Nobody can know when it is let go.
    bench.expect_release(0);
    bench.wait_until(false);
    let Some(ButtonsFault::Line(fault)) = bench.buttons.state().faults.first().cloned() else {
        panic!("no fault")
    };
    assert!(matches!(fault.kind, ErrorKind::Lost | ErrorKind::NotFound), "{fault}");
    assert_eq!(fault.line, "GPIO17");
    bench.sim.release(0);
    bench.sim.plug_in();
    bench.wait_until(true);
    assert_eq!(bench.buttons.state().faults, []);
    bench.sim.press(0);
    bench.expect_press(0);
}

#[test]
fn a_panel_that_is_not_there_is_said() {
    let missing = PanelConfig { buttons: vec![ButtonConfig::new("good", line("no-such-line"))], ..panel() };
    let (sender, events) = channel();
    let buttons = ButtonsHandle::spawn(missing, move |event| {
        let _ = sender.send(event);
    });
    let ButtonsEvent::State(state) = events.recv_timeout(LIMIT).unwrap() else { panic!("no state") };
    assert!(!state.up && !state.faults.is_empty(), "{state:?}");
    buttons.shutdown(LIMIT);
    assert!(events.recv_timeout(LIMIT).is_err(), "the thread has ended");
}

struct Lights {
    sim: SimLamps,
    lamps: LampsHandle,
    events: Receiver<LampsEvent>,
}

impl Lights {
    fn new() -> Lights {
        let sim = SimLamps::new(2, true);
        let (sender, events) = channel();
        let opened = sim.clone();
        let options = lamps::Options {
            reopen_first: Duration::from_millis(10),
            reopen_longest: Duration::from_millis(50),
            refresh: Duration::from_millis(50),
        };
        let lamps = LampsHandle::spawn_with(
            options,
            move || opened.open(),
            move |event| {
                let _ = sender.send(event);
            },
        );
        Lights { sim, lamps, events }
    }

    fn wait_until(&self, up: bool) {
        while self.lamps.state().up != up {
            let _ = self.events.recv_timeout(LIMIT).unwrap();
        }
    }
}

#[test]
fn lamps_follow_their_patterns_and_go_out_at_the_end() {
    let lights = Lights::new();
    lights.wait_until(true);
    lights.lamps.set(Output::Lamp(0), Pattern::On);
    assert!(lights.sim.wait_for(Output::Lamp(0), true, LIMIT));
    lights.lamps.set(Output::Lamp(1), Pattern::blink(Duration::from_millis(5)));
    for on in [true, false, true, false] {
        assert!(lights.sim.wait_for(Output::Lamp(1), on, LIMIT));
    }
    lights.lamps.set(Output::Buzzer, Pattern::beeps(2));
    assert!(lights.sim.wait_for_changes(Output::Buzzer, 4, LIMIT));
    assert!(!lights.sim.is_on(Output::Buzzer));
    // An output that the panel does not have is nobody's mistake to die of.
    lights.lamps.set(Output::Lamp(9), Pattern::On);
    lights.lamps.shutdown(LIMIT);
    assert!(!lights.sim.is_on(Output::Lamp(0)) && !lights.sim.is_on(Output::Lamp(1)));
    assert_eq!(lights.sim.changes(Output::Buzzer), 4);
}

#[test]
fn lamps_that_were_unplugged_shine_again() {
    let lights = Lights::new();
    lights.wait_until(true);
    lights.lamps.set(Output::Lamp(0), Pattern::On);
    assert!(lights.sim.wait_for(Output::Lamp(0), true, LIMIT));
    lights.sim.unplug();
    lights.wait_until(false);
    assert!(lights.lamps.state().fault.is_some());
    assert!(!lights.sim.is_on(Output::Lamp(0)));
    lights.lamps.set(Output::Lamp(1), Pattern::On);
    lights.sim.plug_in();
    lights.wait_until(true);
    assert!(lights.sim.wait_for(Output::Lamp(0), true, LIMIT));
    assert!(lights.sim.wait_for(Output::Lamp(1), true, LIMIT));
    assert_eq!(lights.lamps.state().fault, None);
}
