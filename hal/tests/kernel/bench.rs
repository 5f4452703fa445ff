// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated GPIO chip that looks like a Raspberry Pi's, the panel that is wired to it, and the buttons' events.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use gpiosim::{Bank, Level, Sim};
use motcua_hal::buttons::{
    ButtonConfig, ButtonEvent, ButtonsEvent, ButtonsHandle, Driver, LineName, OutputConfig, PanelConfig,
};

/// For broken programs only; the guest is slow.
pub const LIMIT: Duration = Duration::from_secs(30);
/// The label by which rppal knows the chip of a Raspberry Pi 4.
pub const LABEL: &str = "pinctrl-bcm2711";
/// Offsets of the lines on the chip, which are BCM numbers as well.
pub const GOOD: u32 = 17;
pub const BAD: u32 = 27;
pub const LAMP: u32 = 22;
pub const BUZZER: u32 = 23;
/// Longer than in the product: the guest may be held up between two writes, and then a bounce would be a press.
pub const DEBOUNCE_MS: u16 = 100;

/// Registers of the BCM2711's GPIO (datasheet, 5.2), as offsets into its page.
const GPSET0: u64 = 0x1C;
const GPCLR0: u64 = 0x28;
const GPLEV0: u64 = 0x34;
const GPIOMEM: &str = "/dev/gpiomem";

/// Waits a moment without sleeping.
pub fn pause(ms: u64) {
    let (_sender, receiver) = channel::<()>();
    let _ = receiver.recv_timeout(Duration::from_millis(ms));
}

/// Waits until something is so.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < LIMIT, "in vain: {what}");
        pause(10);
    }
}

/// Plugs the chip in, its button lines up.
pub fn plug_in() -> Sim {
    let mut bank = Bank::new(28, LABEL);
    for (offset, name) in [(GOOD, "GPIO17"), (BAD, "GPIO27"), (LAMP, "GPIO22"), (BUZZER, "GPIO23")] {
        bank.name(offset, name);
    }
    let sim = gpiosim::builder().with_bank(&bank).live().unwrap();
    for offset in [GOOD, BAD] {
        sim.chips()[0].set_pull(offset, Level::High).unwrap();
    }
    // The registers do not follow the simulated lines: all inputs read as high, as with pull-ups.
    set_register(GPLEV0, u32::MAX);
    sim
}

pub fn line(name: &str) -> LineName {
    LineName::new(name).unwrap()
}

pub fn panel(driver: Driver) -> PanelConfig {
    let button =
        |name: &str, on| ButtonConfig { debounce_ms: DEBOUNCE_MS, ..ButtonConfig::new(name, line(on)) };
    PanelConfig {
        driver,
        buttons: vec![button("good", "GPIO17"), button("bad", "GPIO27")],
        lamps: vec![OutputConfig::new("good", line("GPIO22"))],
        buzzer: Some(OutputConfig { active_low: true, ..OutputConfig::new("buzzer", line("GPIO23")) }),
        ..PanelConfig::default()
    }
}

fn set_register(register: u64, value: u32) {
    let file = OpenOptions::new().write(true).open(GPIOMEM).unwrap();
    file.write_all_at(&value.to_le_bytes(), register).unwrap();
}

fn register(register: u64) -> u32 {
    let mut bytes = [0; 4];
    OpenOptions::new().read(true).open(GPIOMEM).unwrap().read_exact_at(&mut bytes, register).unwrap();
    u32::from_le_bytes(bytes)
}

/// Forgets what was last written to the registers that set and clear outputs.
pub fn forget_writes() {
    set_register(GPSET0, 0);
    set_register(GPCLR0, 0);
}

/// Whether the line was last written high, or low, through the registers.
pub fn was_written(offset: u32, high: bool) -> bool {
    register(if high { GPSET0 } else { GPCLR0 }) & (1 << offset) != 0
}

/// A panel that is watched.
pub struct Bench {
    pub sim: Option<Sim>,
    pub buttons: ButtonsHandle,
    events: Receiver<ButtonsEvent>,
}

impl Bench {
    pub fn new(panel: PanelConfig) -> Bench {
        let sim = plug_in();
        let (sender, events) = channel();
        let buttons = ButtonsHandle::spawn(panel, move |event| {
            let _ = sender.send(event);
        });
        let bench = Bench { sim: Some(sim), buttons, events };
        bench.wait_until_up();
        bench
    }

    pub fn wait_until_up(&self) {
        let mut state = self.buttons.state();
        let begun = Instant::now();
        while !state.up {
            assert!(begun.elapsed() < LIMIT, "the lines are not open: {state:?}");
            pause(10);
            state = self.buttons.state();
        }
    }

    pub fn pull(&self, offset: u32, level: Level) {
        self.sim.as_ref().unwrap().chips()[0].set_pull(offset, level).unwrap();
    }

    /// A contact to ground closes or opens, bouncing five times.
    pub fn bounce(&self, offset: u32, down: bool) {
        let (to, from) = if down { (Level::Low, Level::High) } else { (Level::High, Level::Low) };
        for _ in 0..5 {
            self.pull(offset, to);
            self.pull(offset, from);
        }
        self.pull(offset, to);
    }

    /// A press that is longer than the debounce.
    pub fn press(&self, offset: u32) {
        self.pull(offset, Level::Low);
        pause(u64::from(DEBOUNCE_MS) * 3);
        self.pull(offset, Level::High);
        pause(u64::from(DEBOUNCE_MS) * 3);
    }

    /// The next event of a button.
    pub fn next(&self) -> ButtonEvent {
        loop {
            match self.events.recv_timeout(LIMIT).unwrap() {
                ButtonsEvent::Button(event) => return event,
                ButtonsEvent::State(_) => {}
            }
        }
    }

    /// Every event of a button until nothing has come for half a second.
    pub fn rest(&self) -> Vec<ButtonEvent> {
        let mut events = Vec::new();
        while let Ok(event) = self.events.recv_timeout(Duration::from_millis(500)) {
            if let ButtonsEvent::Button(event) = event {
                events.push(event);
            }
        }
        events
    }
}

impl Drop for Bench {
    /// The lines are let go before the chip is pulled out: a chip that is still held keeps its number, the next one would
    /// be the second, and rppal gives up at the first number that is missing.
    fn drop(&mut self) {
        self.buttons.shutdown(LIMIT);
    }
}
