// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lamps and a buzzer that a program looks at, for tests and the bench.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Lamps, Output};
use crate::buttons::{ErrorKind, LineError};

/// The simulated lamps of a panel. Clones speak of the same ones.
#[derive(Debug, Clone)]
pub struct SimLamps {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    machine: Mutex<Machine>,
    changed: Condvar,
}

#[derive(Debug)]
struct Machine {
    /// For each output: on, and how often it has changed.
    outputs: BTreeMap<Output, (bool, u64)>,
    plugged: bool,
    /// Counts losses, so that lamps opened before one stay lost.
    losses: u64,
}

impl SimLamps {
    /// So many lamps, and a buzzer or none; all off and plugged in.
    pub fn new(lamps: usize, buzzer: bool) -> SimLamps {
        let lamps = (0..lamps).map(Output::Lamp);
        let outputs =
            lamps.chain(buzzer.then_some(Output::Buzzer)).map(|output| (output, (false, 0))).collect();
        let machine = Mutex::new(Machine { outputs, plugged: true, losses: 0 });
        SimLamps { shared: Arc::new(Shared { machine, changed: Condvar::new() }) }
    }

    /// Opens them; what [`super::LampsHandle::spawn_with`] wants is `move || sim.open()`.
    ///
    /// # Errors
    /// While they are unplugged.
    pub fn open(&self) -> Result<Box<dyn Lamps>, LineError> {
        let machine = self.machine();
        if !machine.plugged {
            return Err(LineError::new(ErrorKind::NotFound, "cannot find the line", "sim", None));
        }
        Ok(Box::new(Opened { sim: self.clone(), losses: machine.losses }))
    }

    /// Whether an output is on now; one that does not exist is off.
    pub fn is_on(&self, output: Output) -> bool {
        self.machine().outputs.get(&output).is_some_and(|state| state.0)
    }

    /// How often an output has changed.
    pub fn changes(&self, output: Output) -> u64 {
        self.machine().outputs.get(&output).map_or(0, |state| state.1)
    }

    /// Waits until an output is on or off. `false` when that does not happen within `limit`.
    pub fn wait_for(&self, output: Output, on: bool, limit: Duration) -> bool {
        self.wait(limit, |machine| machine.outputs.get(&output).is_some_and(|state| state.0 == on))
    }

    /// Waits until an output has changed so often. `false` when that does not happen within `limit`.
    pub fn wait_for_changes(&self, output: Output, changes: u64, limit: Duration) -> bool {
        self.wait(limit, |machine| machine.outputs.get(&output).is_some_and(|state| state.1 >= changes))
    }

    /// The panel's cable is pulled out: all go dark.
    pub fn unplug(&self) {
        let mut machine = self.machine();
        machine.plugged = false;
        machine.losses += 1;
        let outputs: Vec<Output> = machine.outputs.keys().copied().collect();
        for output in outputs {
            machine.set(output, false);
        }
        self.shared.changed.notify_all();
    }

    /// The panel's cable is in again.
    pub fn plug_in(&self) {
        self.machine().plugged = true;
    }

    fn wait(&self, limit: Duration, done: impl Fn(&Machine) -> bool) -> bool {
        let waited = self.shared.changed.wait_timeout_while(self.machine(), limit, |machine| !done(machine));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.shared.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine {
    fn set(&mut self, output: Output, on: bool) {
        if let Some(state) = self.outputs.get_mut(&output)
            && state.0 != on
        {
            *state = (on, state.1 + 1);
        }
    }
}

/// The lamps as they were opened once.
struct Opened {
    sim: SimLamps,
    losses: u64,
}

impl Lamps for Opened {
    fn set(&mut self, output: Output, on: bool) -> Result<(), LineError> {
        let mut machine = self.sim.machine();
        if machine.losses != self.losses {
            return Err(LineError::new(ErrorKind::Lost, "lost the line", "sim", None));
        }
        machine.set(output, on);
        self.sim.shared.changed.notify_all();
        Ok(())
    }
}
