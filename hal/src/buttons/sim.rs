// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buttons that a program presses, for tests and the bench. They bounce as contacts do, and what a driver gets of them is
//! debounced as the kernel does it: an edge counts when the contact has rested for the configured time.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{ButtonConfig, Buttons, Change, Edge, ErrorKind, LineError, monotonic};

/// How long a quick press takes.
const PRESS: Duration = Duration::from_millis(120);
/// Changes of a contact that bounces, and the time between two of them.
const BOUNCES: u32 = 9;
const BOUNCE: Duration = Duration::from_millis(1);

/// The simulated buttons of a panel. Clones speak of the same ones.
#[derive(Clone)]
pub struct SimButtons {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for SimButtons {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let buttons = self.machine().contacts.len();
        formatter.debug_struct("SimButtons").field("buttons", &buttons).finish_non_exhaustive()
    }
}

struct Shared {
    machine: Mutex<Machine>,
    changed: Condvar,
}

struct Machine {
    contacts: Vec<Contact>,
    edges: VecDeque<Edge>,
    plugged: bool,
    /// Counts losses, so that buttons opened before one stay lost.
    losses: u64,
}

struct Contact {
    line: String,
    debounce: Duration,
    /// Closed at the moment.
    closed: bool,
    /// Since when it rests.
    since: Duration,
    /// Changes to come, in order of time.
    ahead: VecDeque<(Duration, bool)>,
    /// The level after the last edge that was reported.
    reported: bool,
    seqno: u32,
    /// Edges that will be lost.
    swallow: u32,
    jammed: bool,
}

impl SimButtons {
    /// The buttons of a panel's configuration, all up and plugged in.
    pub fn new(buttons: &[ButtonConfig]) -> SimButtons {
        let contacts = buttons.iter().map(Contact::new).collect();
        let machine = Machine { contacts, edges: VecDeque::new(), plugged: true, losses: 0 };
        SimButtons { shared: Arc::new(Shared { machine: Mutex::new(machine), changed: Condvar::new() }) }
    }

    /// Opens them; what [`super::ButtonsHandle::spawn_with`] wants is `move || sim.open()`.
    ///
    /// # Errors
    /// While they are unplugged.
    pub fn open(&self) -> Result<Box<dyn Buttons>, LineError> {
        let mut machine = self.machine();
        machine.advance(monotonic());
        if !machine.plugged {
            return Err(LineError::new(
                ErrorKind::NotFound,
                "cannot find the line",
                machine.first_line(),
                None,
            ));
        }
        machine.edges.clear();
        for contact in &mut machine.contacts {
            contact.reported = contact.closed;
            contact.seqno = 0;
        }
        Ok(Box::new(Opened { sim: self.clone(), losses: machine.losses }))
    }

    /// Presses a button for a moment. A press under way is finished first.
    pub fn press(&self, button: usize) {
        self.plan(button, |contact, now| {
            let start = contact.at_rest(now);
            contact.plan(start, true);
            contact.plan(start + PRESS, false);
        });
    }

    /// The same with a contact that bounces on the way down and on the way up.
    pub fn bounce(&self, button: usize) {
        self.plan(button, |contact, now| {
            let start = contact.at_rest(now);
            contact.plan_bouncing(start, true);
            contact.plan_bouncing(start + PRESS, false);
        });
    }

    /// Presses a button and keeps it down.
    pub fn hold(&self, button: usize) {
        self.plan(button, |contact, now| contact.plan(now, true));
    }

    /// Lets go of a button.
    pub fn release(&self, button: usize) {
        self.plan(button, |contact, now| contact.plan(now, false));
    }

    /// A button jams: it goes down and letting go does not help.
    pub fn stick(&self, button: usize) {
        self.plan(button, |contact, now| {
            contact.ahead.clear();
            contact.plan(now, true);
            contact.jammed = true;
        });
    }

    /// Someone frees a jammed button.
    pub fn free(&self, button: usize) {
        self.plan(button, |contact, now| {
            contact.jammed = false;
            contact.plan(now, false);
        });
    }

    /// The next so many edges of a button never arrive, as when the kernel's buffer is full.
    pub fn lose_edges(&self, button: usize, edges: u32) {
        self.plan(button, |contact, _| contact.swallow = edges);
    }

    /// The panel's cable is pulled out.
    pub fn unplug(&self) {
        let mut machine = self.machine();
        machine.plugged = false;
        machine.losses += 1;
        self.shared.changed.notify_all();
    }

    /// The panel's cable is in again.
    pub fn plug_in(&self) {
        self.machine().plugged = true;
    }

    /// Whether a button is down at the moment.
    pub fn is_down(&self, button: usize) -> bool {
        let mut machine = self.machine();
        machine.advance(monotonic());
        machine.contacts.get(button).is_some_and(|contact| contact.closed)
    }

    fn plan(&self, button: usize, plan: impl FnOnce(&mut Contact, Duration)) {
        let now = monotonic();
        let mut machine = self.machine();
        machine.advance(now);
        if let Some(contact) = machine.contacts.get_mut(button) {
            plan(contact, now);
        }
        self.shared.changed.notify_all();
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.shared.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contact {
    fn new(button: &ButtonConfig) -> Contact {
        Contact {
            line: button.line.to_string(),
            debounce: button.debounce(),
            closed: false,
            since: Duration::ZERO,
            ahead: VecDeque::new(),
            reported: false,
            seqno: 0,
            swallow: 0,
            jammed: false,
        }
    }

    /// When the contact has rested as long as a press after what is planned already.
    fn at_rest(&self, now: Duration) -> Duration {
        self.ahead.back().map_or(now, |last| now.max(last.0 + PRESS))
    }

    /// Adds a change behind those that are planned already.
    fn plan(&mut self, at: Duration, closed: bool) {
        if !self.jammed {
            let at = self.ahead.back().map_or(at, |last| at.max(last.0));
            self.ahead.push_back((at, closed));
        }
    }

    fn plan_bouncing(&mut self, at: Duration, closed: bool) {
        for bounce in 0..BOUNCES {
            self.plan(at + BOUNCE * bounce, (bounce % 2 == 0) == closed);
        }
    }

    /// When the debounced level follows the contact, if nothing else happens to it.
    fn settles(&self) -> Option<Duration> {
        (self.closed != self.reported).then(|| self.since + self.debounce)
    }

    /// Brings the contact to the present and says what the driver gets of it: when, and which way.
    fn advance(&mut self, now: Duration) -> Vec<(Duration, bool)> {
        let mut edges = Vec::new();
        loop {
            let change = self.ahead.front().copied().filter(|change| change.0 <= now);
            let until = change.map_or(now, |change| change.0);
            if let Some(at) = self.settles().filter(|&at| at <= until) {
                self.reported = self.closed;
                edges.push((at, self.closed));
            }
            let Some((at, closed)) = change else { return edges };
            self.ahead.pop_front();
            if closed != self.closed {
                self.closed = closed;
                self.since = at;
            }
        }
    }

    /// When something happens next.
    fn next(&self) -> Option<Duration> {
        self.ahead.front().map(|change| change.0).into_iter().chain(self.settles()).min()
    }
}

impl Machine {
    fn advance(&mut self, now: Duration) {
        let mut edges = Vec::new();
        for (button, contact) in self.contacts.iter_mut().enumerate() {
            for (at, closed) in contact.advance(now) {
                contact.seqno += 1;
                if contact.swallow > 0 {
                    contact.swallow -= 1;
                    continue;
                }
                let change = if closed { Change::Pressed } else { Change::Released };
                edges.push(Edge { button, change, at, seqno: contact.seqno });
            }
        }
        edges.sort_by_key(|edge| edge.at);
        self.edges.extend(edges);
    }

    fn first_line(&self) -> String {
        self.contacts.first().map_or_else(String::new, |contact| contact.line.clone())
    }
}

/// The buttons as they were opened once.
struct Opened {
    sim: SimButtons,
    losses: u64,
}

impl Opened {
    fn check(&self, machine: &Machine) -> Result<(), LineError> {
        if machine.losses == self.losses {
            return Ok(());
        }
        Err(LineError::new(ErrorKind::Lost, "lost the line", machine.first_line(), None))
    }
}

impl Buttons for Opened {
    fn is_down(&mut self, button: usize) -> Result<bool, LineError> {
        let machine = self.sim.machine();
        self.check(&machine)?;
        Ok(machine.contacts.get(button).is_some_and(|contact| contact.reported))
    }

    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, LineError> {
        let until = monotonic() + limit;
        let mut machine = self.sim.machine();
        loop {
            self.check(&machine)?;
            let now = monotonic();
            machine.advance(now);
            if let Some(edge) = machine.edges.pop_front() {
                return Ok(Some(edge));
            }
            if now >= until {
                return Ok(None);
            }
            let next = machine.contacts.iter().filter_map(Contact::next).min().unwrap_or(until).min(until);
            let pause = next.saturating_sub(now);
            let waited = self.sim.shared.changed.wait_timeout(machine, pause);
            machine = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buttons::LineName;

    /// Edges of a contact whose changes are planned at these milliseconds, looked at once at the end.
    fn edges(debounce_ms: u16, plan: impl FnOnce(&mut Contact)) -> Vec<(Duration, bool)> {
        let button = ButtonConfig { debounce_ms, ..ButtonConfig::new("a", LineName::new("L").unwrap()) };
        let mut contact = Contact::new(&button);
        plan(&mut contact);
        contact.advance(Duration::from_secs(100))
    }

    #[test]
    fn a_bouncing_press_is_two_edges_with_debounce_and_many_without() {
        let bounce = |contact: &mut Contact| {
            contact.plan_bouncing(Duration::from_millis(100), true);
            contact.plan_bouncing(Duration::from_millis(300), false);
        };
        let settled = [(Duration::from_millis(138), true), (Duration::from_millis(338), false)];
        assert_eq!(edges(30, bounce), settled);
        assert_eq!(edges(0, bounce).len(), 2 * BOUNCES as usize);
    }
}
