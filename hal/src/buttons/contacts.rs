// SPDX-License-Identifier: MIT OR Apache-2.0
//! From edges to presses: locks out repeated presses, finds stuck buttons, notices lost edges. Pure: the time comes in with
//! each call, on the clock of [`Edge::at`].

use std::time::Duration;

use super::{ButtonEvent, Change, Edge};

/// All buttons of a panel.
#[derive(Debug, Clone)]
pub struct Contacts {
    lockout: Duration,
    stuck_after: Duration,
    contacts: Vec<Contact>,
}

#[derive(Debug, Clone, Default)]
struct Contact {
    down: Option<Down>,
    /// The last press that was told.
    accepted: Option<Duration>,
    /// Number of the last edge.
    seqno: u32,
}

/// A button that is down.
#[derive(Debug, Clone, Copy)]
struct Down {
    since: Duration,
    /// The press was told.
    told: bool,
    stuck: bool,
}

impl Contacts {
    /// So many buttons, all up. `lockout` is the time after a press in which the same button's presses are ignored;
    /// `stuck_after` is how long a button may be down.
    pub fn new(buttons: usize, lockout: Duration, stuck_after: Duration) -> Contacts {
        Contacts { lockout, stuck_after, contacts: vec![Contact::default(); buttons] }
    }

    /// The lines have been opened, with this button down or up. Down is not a press: nobody may have touched it.
    pub fn opened(&mut self, button: usize, down: bool, now: Duration) {
        if let Some(contact) = self.contacts.get_mut(button) {
            contact.seqno = 0;
            contact.down = down.then_some(Down { since: now, told: false, stuck: false });
        }
    }

    /// The lines are gone: whatever was down counts as let go.
    pub fn lost(&mut self, now: Duration, events: &mut Vec<ButtonEvent>) {
        for button in 0..self.contacts.len() {
            self.release(button, now, events);
        }
    }

    /// An edge has arrived. Edges of a button that does not exist are ignored.
    pub fn edge(&mut self, edge: &Edge, events: &mut Vec<ButtonEvent>) {
        let Edge { button, at, .. } = *edge;
        // What was overdue at that moment comes first, however late the thread was.
        self.tick(at, events);
        let Some(contact) = self.contacts.get_mut(button) else { return };
        let missed = edge.seqno.wrapping_sub(contact.seqno).wrapping_sub(1);
        // Backwards is a driver that counts in its own way; nothing is concluded from that.
        if missed > 0 && missed < u32::MAX / 2 {
            events.push(ButtonEvent::Missed { button, edges: missed });
        }
        contact.seqno = edge.seqno;
        // Down twice: the release between was lost.
        self.release(button, at, events);
        if edge.change == Change::Pressed {
            self.press(button, at, events);
        }
    }

    fn press(&mut self, button: usize, at: Duration, events: &mut Vec<ButtonEvent>) {
        let Some(contact) = self.contacts.get_mut(button) else { return };
        let told = contact.accepted.is_none_or(|last| at.saturating_sub(last) >= self.lockout);
        if told {
            contact.accepted = Some(at);
            events.push(ButtonEvent::Pressed { button, at });
        }
        contact.down = Some(Down { since: at, told, stuck: false });
    }

    fn release(&mut self, button: usize, at: Duration, events: &mut Vec<ButtonEvent>) {
        let Some(down) = self.contacts.get_mut(button).and_then(|contact| contact.down.take()) else {
            return;
        };
        if down.stuck {
            events.push(ButtonEvent::Freed { button });
        } else if down.told {
            events.push(ButtonEvent::Released { button, at, held: at.saturating_sub(down.since) });
        }
    }

    /// Time has passed: finds the buttons that have been down for too long.
    pub fn tick(&mut self, now: Duration, events: &mut Vec<ButtonEvent>) {
        for (button, contact) in self.contacts.iter_mut().enumerate() {
            if let Some(down) = contact.down.as_mut()
                && !down.stuck
                && now.saturating_sub(down.since) >= self.stuck_after
            {
                down.stuck = true;
                events.push(ButtonEvent::Stuck { button });
            }
        }
    }

    /// When `tick` has something to find at the earliest.
    pub fn next_tick(&self) -> Option<Duration> {
        let downs = self.contacts.iter().filter_map(|contact| contact.down);
        downs.filter(|down| !down.stuck).map(|down| down.since + self.stuck_after).min()
    }

    /// The buttons that are stuck now, by index.
    pub fn stuck(&self) -> impl Iterator<Item = usize> + '_ {
        let is_stuck = |contact: &Contact| contact.down.is_some_and(|down| down.stuck);
        self.contacts
            .iter()
            .enumerate()
            .filter(move |(_, contact)| is_stuck(contact))
            .map(|(button, _)| button)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOCKOUT: Duration = Duration::from_secs(1);
    const STUCK: Duration = Duration::from_secs(10);

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Feeds edges of button 0 (milliseconds, down?) with right numbers.
    fn run(edges: &[(u64, bool)], end_ms: u64) -> Vec<ButtonEvent> {
        let mut contacts = Contacts::new(1, LOCKOUT, STUCK);
        let mut events = Vec::new();
        for (seqno, &(at, down)) in (1..).zip(edges) {
            let change = if down { Change::Pressed } else { Change::Released };
            contacts.edge(&Edge { button: 0, change, at: ms(at), seqno }, &mut events);
        }
        contacts.tick(ms(end_ms), &mut events);
        events
    }

    fn pressed(at: u64) -> ButtonEvent {
        ButtonEvent::Pressed { button: 0, at: ms(at) }
    }

    fn released(at: u64, held: u64) -> ButtonEvent {
        ButtonEvent::Released { button: 0, at: ms(at), held: ms(held) }
    }

    #[test]
    fn a_press_is_told_once_and_repeats_are_locked_out() {
        let edges = [(100, true), (200, false), (400, true), (500, false), (1099, true), (1150, false)];
        assert_eq!(run(&edges, 1200), [pressed(100), released(200, 100)]);
        let later = [(100, true), (200, false), (1100, true), (1200, false)];
        assert_eq!(run(&later, 1300), [pressed(100), released(200, 100), pressed(1100), released(1200, 100)]);
    }

    #[test]
    fn a_button_that_stays_down_is_stuck_until_it_comes_up() {
        let stuck = ButtonEvent::Stuck { button: 0 };
        let freed = ButtonEvent::Freed { button: 0 };
        assert_eq!(run(&[(100, true)], 10_099), [pressed(100)]);
        assert_eq!(run(&[(100, true)], 10_100), [pressed(100), stuck]);
        let again = [(100, true), (20_000, false), (20_050, true), (20_150, false)];
        assert_eq!(run(&again, 30_000), [pressed(100), stuck, freed, pressed(20_050), released(20_150, 100)]);
        // Also a press that was locked out, and nothing is told of it before.
        let edges = [(100, true), (200, false), (300, true)];
        assert_eq!(run(&edges, 10_300), [pressed(100), released(200, 100), stuck]);
    }

    #[test]
    fn a_button_that_is_down_at_the_start_is_no_press() {
        let mut contacts = Contacts::new(2, LOCKOUT, STUCK);
        let mut events = Vec::new();
        contacts.opened(1, true, ms(50));
        assert_eq!(contacts.next_tick(), Some(ms(10_050)));
        contacts.tick(ms(10_049), &mut events);
        assert_eq!(events, []);
        contacts.tick(ms(10_050), &mut events);
        assert_eq!(events, [ButtonEvent::Stuck { button: 1 }]);
        assert_eq!(contacts.stuck().collect::<Vec<_>>(), [1]);
        assert_eq!(contacts.next_tick(), None);
    }

    #[test]
    fn lost_edges_are_counted_and_presses_stay_in_pairs() {
        let mut contacts = Contacts::new(1, LOCKOUT, STUCK);
        let mut events = Vec::new();
        let press = |at, seqno| Edge { button: 0, change: Change::Pressed, at: ms(at), seqno };
        contacts.edge(&press(100, 1), &mut events);
        contacts.edge(&press(2000, 5), &mut events);
        let missed = ButtonEvent::Missed { button: 0, edges: 3 };
        assert_eq!(events, [pressed(100), missed, released(2000, 1900), pressed(2000)]);
        events.clear();
        contacts.lost(ms(2500), &mut events);
        assert_eq!(events, [released(2500, 500)]);
        events.clear();
        contacts.opened(0, false, ms(3000));
        contacts.edge(&press(3100, 1), &mut events);
        assert_eq!(events, [pressed(3100)]);
        contacts.edge(&Edge { button: 7, ..press(3200, 1) }, &mut events);
        assert_eq!(events.len(), 1);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Edge { button: usize, down: bool, skip: u32 },
        Tick,
        Reopen { down: bool },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0..2usize, any::<bool>(), prop_oneof![9 => Just(0), 1 => 1..4u32])
                .prop_map(|(button, down, skip)| Step::Edge { button, down, skip }),
            3 => Just(Step::Tick),
            1 => any::<bool>().prop_map(|down| Step::Reopen { down }),
        ]
    }

    /// What an application may rely on, whatever the wires do.
    #[derive(Debug, Default)]
    struct Judge {
        down: Option<Duration>,
        stuck: bool,
        last_press: Option<Duration>,
    }

    impl Judge {
        fn hear(&mut self, event: &ButtonEvent) {
            match *event {
                ButtonEvent::Pressed { at, .. } => {
                    assert!(self.down.is_none() && !self.stuck, "a press of a button that is down");
                    assert!(self.last_press.is_none_or(|last| at - last >= LOCKOUT), "not locked out");
                    self.last_press = Some(at);
                    self.down = Some(at);
                }
                ButtonEvent::Released { at, held, .. } => {
                    let since = self.down.take().expect("a release without a press");
                    assert!(!self.stuck, "a stuck button is ignored");
                    assert_eq!(held, at - since);
                    assert!(held < STUCK, "this was stuck");
                }
                ButtonEvent::Stuck { .. } => {
                    assert!(!std::mem::replace(&mut self.stuck, true), "stuck twice");
                    self.down = None;
                }
                ButtonEvent::Freed { .. } => {
                    assert!(std::mem::take(&mut self.stuck), "freed without being stuck");
                }
                ButtonEvent::Missed { edges, .. } => assert!(edges > 0),
            }
        }
    }

    fn button_of(event: &ButtonEvent) -> usize {
        match *event {
            ButtonEvent::Pressed { button, .. }
            | ButtonEvent::Released { button, .. }
            | ButtonEvent::Stuck { button }
            | ButtonEvent::Freed { button }
            | ButtonEvent::Missed { button, .. } => button,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn presses_come_in_pairs_locked_out_and_never_from_a_stuck_button(
            steps in proptest::collection::vec((0..6000u64, step()), 1..80),
        ) {
            let mut contacts = Contacts::new(2, LOCKOUT, STUCK);
            let mut judges = [Judge::default(), Judge::default()];
            let mut seqno = [0u32; 2];
            let mut now = Duration::ZERO;
            for (pause, step) in steps {
                now += ms(pause);
                let mut events = Vec::new();
                match step {
                    Step::Edge { button, down, skip } => {
                        seqno[button] += 1 + skip;
                        let change = if down { Change::Pressed } else { Change::Released };
                        contacts.edge(&Edge { button, change, at: now, seqno: seqno[button] }, &mut events);
                        let missed: u32 = events.iter().map(|event| match event {
                            ButtonEvent::Missed { edges, .. } => *edges,
                            _ => 0,
                        }).sum();
                        prop_assert_eq!(missed, skip);
                    }
                    Step::Tick => contacts.tick(now, &mut events),
                    Step::Reopen { down } => {
                        contacts.tick(now, &mut events);
                        contacts.lost(now, &mut events);
                        seqno = [0; 2];
                        for button in 0..2 {
                            contacts.opened(button, down, now);
                        }
                    }
                }
                for event in &events {
                    judges[button_of(event)].hear(event);
                }
                // Nothing is overdue after a step other than a bare reopening.
                prop_assert!(contacts.next_tick().is_none_or(|next| next > now));
                let stuck: Vec<_> = (0..2).filter(|&button| judges[button].stuck).collect();
                prop_assert_eq!(contacts.stuck().collect::<Vec<_>>(), stuck);
            }
        }
    }
}
