// SPDX-License-Identifier: MIT OR Apache-2.0
//! Both drivers of the lamps: what is switched shows on the simulated line, or in the chip's registers.

use gpiosim::{Level, Sim};
use motcua_hal::buttons::{Driver, ErrorKind};
use motcua_hal::lamps::{LampsHandle, Output, Pattern};

use crate::bench::{BUZZER, LAMP, LIMIT, forget_writes, panel, plug_in, wait_until, was_written};

fn is(sim: &Sim, offset: u32, level: Level) -> bool {
    sim.chips()[0].get_level(offset).unwrap() == level
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn lamps_of_any_board_shine_and_a_vanished_chip_is_said() {
    let sim = plug_in();
    let lamps = LampsHandle::spawn(panel(Driver::Gpiocdev), |_| {});
    wait_until("the lines are open", || lamps.state().up);
    // The buzzer sounds at a low level, so off is high.
    assert!(is(&sim, LAMP, Level::Low) && is(&sim, BUZZER, Level::High));
    lamps.set(Output::Lamp(0), Pattern::On);
    wait_until("the lamp is on", || is(&sim, LAMP, Level::High));
    lamps.set(Output::Buzzer, Pattern::On);
    wait_until("the buzzer sounds", || is(&sim, BUZZER, Level::Low));
    drop(sim);
    wait_until("the loss is shown", || !lamps.state().up);
    let fault = lamps.state().fault.unwrap();
    assert!(matches!(fault.kind, ErrorKind::Lost | ErrorKind::NotFound), "{fault:?}");
    assert!(fault.line == "GPIO22" || fault.line == "GPIO23", "{fault:?}");
    let sim = plug_in();
    wait_until("the lamp is on again", || is(&sim, LAMP, Level::High) && is(&sim, BUZZER, Level::Low));
    lamps.set(Output::Buzzer, Pattern::Off);
    wait_until("the buzzer is silent", || is(&sim, BUZZER, Level::High));
    lamps.shutdown(LIMIT);
}

#[test]
#[ignore = "needs the guest: make test-kernel"]
fn lamps_of_a_raspberry_pi_shine_in_its_registers() {
    let _sim = plug_in();
    let lamps = LampsHandle::spawn(panel(Driver::Rppal), |_| {});
    wait_until("the lines are open", || lamps.state().up);
    for (output, offset, on_is_high) in [(Output::Lamp(0), LAMP, true), (Output::Buzzer, BUZZER, false)] {
        for on in [true, false] {
            forget_writes();
            lamps.set(output, if on { Pattern::On } else { Pattern::Off });
            wait_until("the register is written", || was_written(offset, on == on_is_high));
        }
    }
    lamps.shutdown(LIMIT);
}
