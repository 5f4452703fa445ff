// SPDX-License-Identifier: MIT OR Apache-2.0
//! The queue against a model so plain that it can be checked by reading: lists
//! of what was given, nothing counted ahead of time.

use super::*;
use crate::citizen::Mark;
use crate::day::Now;
use crate::hall::{Hall, SAMPLE};
use proptest::prelude::*;

/// Bookings of each of three people; the fourth booking is of somebody who shows no card.
const BOOKED: [&[usize]; 3] = [&[], &[1], &[2, 3]];

const SERVICES: [&str; 4] = ["certify", "birth", "marriage", "building"];

#[derive(Clone, Debug)]
enum Act {
    Issue {
        service: usize,
        priority: bool,
        person: Option<usize>,
        booking: Option<usize>,
    },
    Void(usize),
    Mark(usize, PrintState),
    Reprint(usize),
    Pause(usize),
    Resume(usize),
    PauseAll,
    ResumeAll,
    Close,
    Open,
    /// Minutes, backwards too.
    Clock(i64),
    Replay,
}

fn act() -> impl Strategy<Value = Act> {
    let print = prop_oneof![
        Just(PrintState::Printing),
        Just(PrintState::Printed),
        Just(PrintState::PrintFailed),
        Just(PrintState::PrintUnknown)
    ];
    prop_oneof![
        6 => (0..4_usize, any::<bool>())
            .prop_map(|(service, priority)| Act::Issue { service, priority, person: None, booking: None }),
        6 => (0..4_usize, prop::option::of(0..3_usize), prop::option::of(1..5_usize))
            .prop_map(|(service, person, booking)| Act::Issue { service, priority: false, person, booking }),
        2 => any::<usize>().prop_map(Act::Void),
        3 => (any::<usize>(), print).prop_map(|(t, p)| Act::Mark(t, p)),
        1 => any::<usize>().prop_map(Act::Reprint),
        1 => (0..4_usize).prop_map(Act::Pause),
        1 => (0..4_usize).prop_map(Act::Resume),
        1 => Just(Act::PauseAll),
        2 => Just(Act::ResumeAll),
        1 => Just(Act::Close),
        2 => Just(Act::Open),
        2 => (-3000_i64..3000).prop_map(Act::Clock),
        1 => Just(Act::Replay),
    ]
}

/// One ticket as the model knows it.
#[derive(Clone, Debug)]
struct Given {
    id: Uuid,
    day: String,
    label: String,
    service: &'static str,
    priority: bool,
    waiting: bool,
    voided: bool,
    person: Option<usize>,
    booking: Option<usize>,
}

#[derive(Clone, Default)]
struct Model {
    given: Vec<Given>,
    paused: Vec<&'static str>,
    all_paused: bool,
    closed: bool,
    day: String,
}

impl Model {
    /// What the queue must answer to an issue, worked out from the lists alone.
    fn expect(&self, service: &'static str, priority: bool, hall: &Hall, now: Now) -> Option<(String, u32)> {
        let open = crate::day::gives_numbers(hall, &crate::day::hours(hall, now.local));
        let config = hall.service(service)?;
        let today = || self.given.iter().filter(|g| g.day == self.day);
        let given = today().filter(|g| g.service == service && !g.voided).count();
        if !open
            || self.closed
            || self.all_paused
            || self.paused.contains(&service)
            || config.daily_cap.is_some_and(|c| given >= c as usize)
        {
            return None;
        }
        let letter = config.series.to_string();
        let number = today().filter(|g| g.label.starts_with(&letter)).count() + 1;
        let ahead =
            today().filter(|g| g.service == service && g.waiting && (!priority || g.priority)).count();
        Some((format!("{letter}{number:03}"), u32::try_from(ahead).unwrap()))
    }

    /// Whether this person may have another number, and this booking be checked in: two a day, one a service.
    fn may(&self, service: &str, person: Option<usize>, booking: Option<usize>) -> bool {
        let held: Vec<&Given> = self.given.iter().filter(|g| g.day == self.day && !g.voided).collect();
        if booking.is_some() && held.iter().any(|g| g.booking == booking) {
            return false;
        }
        let Some(person) = person else { return true };
        let booked = BOOKED[person];
        let of = |g: &&&Given| g.person == Some(person) || g.booking.is_some_and(|b| booked.contains(&b));
        let mine: Vec<&&Given> = held.iter().filter(of).collect();
        let open = booked.iter().filter(|b| !mine.iter().any(|g| g.booking == Some(**b)));
        let still = if booking.is_some() { 0 } else { open.count() };
        mine.iter().all(|g| g.service != service) && mine.len() + still < 2
    }

    /// A day never goes back; a new one forgets pauses and closings.
    fn turn(&mut self, now: Now) {
        let date = now.local.date().to_string();
        if date > self.day {
            self.day = date;
            self.paused.clear();
            self.all_paused = false;
            self.closed = false;
            self.given.iter_mut().for_each(|g| g.waiting = false);
        }
    }
}

struct Run {
    hall: Hall,
    state: State,
    log: Vec<(Event, i64)>,
    kept: Vec<(Uuid, Kept)>,
    model: Model,
    now: Now,
    next: u128,
}

impl Run {
    fn decide(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.next += 1;
        let events = decide(&self.hall, &self.state, Uuid::from_u128(self.next), "k1", command, self.now)?;
        for e in &events {
            self.state.apply(e, self.now.unix_ms);
            self.log.push((e.clone(), self.now.unix_ms));
        }
        if let Some(kept) = Kept::of(&self.hall, command) {
            self.state.keep(Uuid::from_u128(self.next), kept.clone());
            self.kept.push((Uuid::from_u128(self.next), kept));
        }
        Ok(events)
    }

    /// Ids with `pick` chosen among all tickets ever given.
    fn pick(&self, pick: usize) -> Option<Given> {
        (!self.model.given.is_empty()).then(|| self.model.given[pick % self.model.given.len()].clone())
    }

    fn act(&mut self, act: &Act) {
        let why = || "model".to_owned();
        match act {
            Act::Clock(minutes) => {
                self.now = Now::new((self.now.unix_ms + minutes * 60_000).max(0), 420, true);
            }
            Act::Issue { service, priority, person, booking } => {
                let mut turned = self.model.clone();
                turned.turn(self.now);
                let service = SERVICES[*service];
                let expected = turned.expect(service, *priority, &self.hall, self.now);
                let expected = expected.filter(|_| turned.may(service, *person, *booking));
                let code = |b: usize| format!("LH-{b}");
                let mark = |p: usize| Mark {
                    mark: format!("{p:064}"),
                    booked: BOOKED[p].iter().map(|b| code(*b)).collect(),
                };
                let got = self.decide(&Command::Issue {
                    service: service.into(),
                    priority: *priority,
                    lang: "vi".into(),
                    person: person.map(mark),
                    booking: booking.map(code),
                });
                let got = got.ok().map(|events| match events.last() {
                    Some(Event::Issued { ticket }) => (**ticket).clone(),
                    other => panic!("{other:?}"),
                });
                assert_eq!(got.as_ref().map(|t| (t.label.clone(), t.ahead)), expected);
                if let Some(t) = got {
                    // A refusal leaves no event, the turn of the day included.
                    self.model = turned;
                    self.model.given.push(Given {
                        id: t.id,
                        day: t.day.to_string(),
                        label: t.label,
                        service,
                        priority: *priority,
                        waiting: true,
                        voided: false,
                        person: *person,
                        booking: *booking,
                    });
                }
            }
            Act::Void(pick) => {
                let Some(g) = self.pick(*pick) else { return };
                let mut turned = self.model.clone();
                turned.turn(self.now);
                let waiting = turned.given.iter().any(|x| x.id == g.id && x.waiting);
                assert_eq!(self.decide(&Command::Void { ticket: g.id, reason: why() }).is_ok(), waiting);
                if !waiting {
                    return;
                }
                self.model = turned;
                for x in self.model.given.iter_mut().filter(|x| x.id == g.id && x.waiting) {
                    x.waiting = false;
                    x.voided = true;
                }
            }
            Act::Mark(pick, print) => {
                let Some(g) = self.pick(*pick) else { return };
                let before = self.state.ticket(&g.id).map(|t| t.print);
                let ok = self.decide(&Command::MarkPrint { ticket: g.id, print: *print }).is_ok();
                if ok {
                    assert!(before.is_some_and(|b| b.may_become(*print)));
                }
            }
            Act::Reprint(pick) => {
                let Some(g) = self.pick(*pick) else { return };
                let _ = self.decide(&Command::Reprint { ticket: g.id, reason: why() });
            }
            other => self.act_staff(other),
        }
    }

    fn act_staff(&mut self, act: &Act) {
        let why = || "model".to_owned();
        let command = match act {
            Act::Pause(s) => Command::PauseService { service: SERVICES[*s].into(), reason: why() },
            Act::Resume(s) => Command::ResumeService { service: SERVICES[*s].into() },
            Act::PauseAll => Command::PauseIntake { reason: why(), notice: None },
            Act::ResumeAll => Command::ResumeIntake,
            Act::Close => Command::CloseDay { reason: why() },
            Act::Open => Command::OpenDay { date: self.now.local.date() },
            _ => {
                // The log replayed from nothing is the same state.
                let mut again = State::default();
                self.log.iter().for_each(|(e, at)| again.apply(e, *at));
                // As the store reads it back: of tickets of the day.
                let kept = self.kept.iter().filter(|(id, _)| again.ticket(id).is_some());
                for (id, kept) in kept.cloned().collect::<Vec<_>>() {
                    again.keep(id, kept);
                }
                assert_eq!(again, self.state);
                return;
            }
        };
        let ok = self.decide(&command).is_ok();
        if ok {
            self.model.turn(self.now);
        }
        match act {
            Act::Pause(s) if ok => self.model.paused.push(SERVICES[*s]),
            Act::Resume(s) if ok => self.model.paused.retain(|p| p != &SERVICES[*s]),
            Act::PauseAll if ok => self.model.all_paused = true,
            Act::ResumeAll if ok => self.model.all_paused = false,
            Act::Close if ok => self.model.closed = true,
            Act::Open if ok => self.model.closed = false,
            _ => {}
        }
    }

    /// I1, I2, I6 over everything that was ever given.
    fn check_invariants(&self) {
        let mut labels = BTreeSet::new();
        for g in &self.model.given {
            assert!(labels.insert((g.day.clone(), g.label.clone())), "{} twice on {}", g.label, g.day);
        }
        for (service, waiting) in SERVICES.iter().map(|s| (s, self.state.count(s).waiting)) {
            let model = self.model.given.iter().filter(|g| {
                g.service == *service
                    && g.waiting
                    && Some(&g.day) == self.state.day.map(|d| d.to_string()).as_ref()
            });
            assert_eq!(waiting as usize, model.count(), "{service}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_does_what_the_lists_say(acts in prop::collection::vec(act(), 1..100)) {
        let mut hall = Hall::parse(SAMPLE).unwrap();
        // A small cap is met often.
        hall.services.iter_mut().filter(|s| s.code == "building").for_each(|s| s.daily_cap = Some(3));
        // Monday 23 November 2026, 09:00 local.
        let now = Now::new(1_795_399_200_000, 420, true);
        assert_eq!(now.local.to_string(), "2026-11-23T09:00:00");
        let mut run = Run { hall, state: State::default(), log: Vec::new(), kept: Vec::new(), model: Model::default(), now, next: 0 };
        for act in &acts {
            run.act(act);
            run.check_invariants();
        }
    }
}
