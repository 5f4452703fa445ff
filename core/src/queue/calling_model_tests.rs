// SPDX-License-Identifier: MIT OR Apache-2.0
//! The desks under random use. What must hold is checked after every command,
//! from the events alone: I2 one end, I4 a call belongs to one desk and its
//! sequence rises, I5 order of arrival, I8 one ticket for a double click, I10
//! one rating per session, and the log replayed is the same state.

use super::tests::Driver;
use super::*;
use proptest::prelude::*;

const SERVICES: [&str; 3] = ["certify", "birth", "residence"];
const COUNTERS: [&str; 3] = ["1", "2", "3"];

#[derive(Clone, Debug)]
enum Act {
    Issue(usize, bool),
    Next { desk: usize, stale: bool },
    Chosen { desk: usize, pick: usize },
    Recall(usize),
    Start(usize),
    Finish(usize),
    Absent(usize),
    Return(usize),
    Transfer { desk: usize, service: Option<usize>, to: Option<usize> },
    Hold(usize),
    Resume { desk: usize, pick: usize },
    Add { desk: usize, service: usize },
    Rate { desk: usize, twice: bool },
    Pause(usize),
    Open(usize),
    Clock(i64),
    EndDay(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let desk = || 0..COUNTERS.len();
    let service = || 0..SERVICES.len();
    prop_oneof![
        8 => (service(), any::<bool>()).prop_map(|(s, p)| Act::Issue(s, p)),
        8 => (desk(), any::<bool>()).prop_map(|(desk, stale)| Act::Next { desk, stale }),
        1 => (desk(), any::<usize>()).prop_map(|(desk, pick)| Act::Chosen { desk, pick }),
        2 => desk().prop_map(Act::Recall),
        6 => desk().prop_map(Act::Start),
        4 => desk().prop_map(Act::Finish),
        2 => desk().prop_map(Act::Absent),
        2 => any::<usize>().prop_map(Act::Return),
        1 => (desk(), prop::option::of(service()), prop::option::of(desk()))
            .prop_map(|(desk, service, to)| Act::Transfer { desk, service, to }),
        1 => desk().prop_map(Act::Hold),
        1 => (desk(), any::<usize>()).prop_map(|(desk, pick)| Act::Resume { desk, pick }),
        1 => (desk(), service()).prop_map(|(desk, service)| Act::Add { desk, service }),
        2 => (desk(), any::<bool>()).prop_map(|(desk, twice)| Act::Rate { desk, twice }),
        1 => desk().prop_map(Act::Pause),
        3 => desk().prop_map(Act::Open),
        2 => (-200_i64..400).prop_map(Act::Clock),
        1 => any::<bool>().prop_map(Act::EndDay),
    ]
}

/// What the events say, kept apart from the state.
#[derive(Default)]
struct Seen {
    log: Vec<(Event, i64)>,
    given: Vec<Uuid>,
    ends: HashMap<Uuid, &'static str>,
    last_call: u64,
    /// Order of arrival by service and priority of tickets that were never moved.
    lines: BTreeMap<(String, bool), VecDeque<Uuid>>,
    rated: BTreeSet<Uuid>,
    desk_of: HashMap<Uuid, String>,
}

impl Seen {
    fn moved(&mut self, id: &Uuid) {
        self.lines.values_mut().for_each(|line| line.retain(|t| t != id));
    }

    fn take(&mut self, event: &Event, state_before: &State) {
        match event {
            Event::Issued { ticket } => {
                self.given.push(ticket.id);
                let key = (ticket.service.clone(), ticket.priority);
                self.lines.entry(key).or_default().push_back(ticket.id);
            }
            Event::Called { ticket, call, recall, chosen, .. } => {
                assert!(call.seq > self.last_call, "the sequence of calls rises (I4)");
                self.last_call = call.seq;
                if *recall {
                    assert_eq!(self.desk_of.get(ticket), Some(&call.counter), "recalled elsewhere (I4)");
                    return;
                }
                assert!(!self.desk_of.contains_key(ticket), "called while at another desk (I4)");
                if !chosen {
                    // Nobody of the same kind who came earlier and was never moved stands before it (I5).
                    let line = self.lines.values().find(|line| line.contains(ticket));
                    if let Some(line) = line {
                        assert_eq!(line.front(), Some(ticket), "out of the order of arrival (I5)");
                    }
                }
                self.desk_of.insert(*ticket, call.counter.clone());
                self.moved(ticket);
            }
            Event::Served { ticket, next, .. } => {
                self.desk_of.remove(ticket);
                if next.is_none() {
                    assert!(self.ends.insert(*ticket, "served").is_none(), "two ends (I2)");
                }
            }
            Event::MarkedAbsent { ticket, .. } => {
                self.desk_of.remove(ticket);
            }
            Event::Returned { ticket, .. }
            | Event::Transferred { ticket, .. }
            | Event::Held { ticket, .. } => {
                self.desk_of.remove(ticket);
                self.moved(ticket);
            }
            Event::Resumed { ticket, counter } => {
                self.desk_of.insert(*ticket, counter.clone());
            }
            Event::DayEnded { unserved, .. } => {
                for id in unserved {
                    assert!(self.ends.insert(*id, "unserved").is_none(), "two ends (I2)");
                    self.moved(id);
                    self.desk_of.remove(id);
                }
            }
            Event::CarriedOver { tickets, .. } => {
                tickets.iter().for_each(|id| self.moved(id));
            }
            Event::Rated { rating, .. } => {
                assert!(self.rated.insert(rating.session), "rated twice (I10)");
            }
            Event::CallRepeated { counter, ticket } => {
                let in_hand = state_before.desks.get(counter).and_then(|d| d.ticket);
                assert_eq!(in_hand, Some(*ticket), "another ticket for the second click (I8)");
            }
            _ => {}
        }
    }
}

struct Run {
    d: Driver,
    seen: Seen,
}

impl Run {
    fn run(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let before = self.d.state.clone();
        let events = self.d.run(command)?;
        for event in &events {
            self.seen.take(event, &before);
            self.seen.log.push((event.clone(), self.d.now.unix_ms));
        }
        Ok(events)
    }

    fn pick(&self, pick: usize) -> Option<Uuid> {
        (!self.seen.given.is_empty()).then(|| self.seen.given[pick % self.seen.given.len()])
    }

    fn act(&mut self, act: &Act) {
        let desk = |i: &usize| COUNTERS[*i].to_owned();
        let why = || "model".to_owned();
        let command = match act {
            Act::Issue(s, priority) => Command::Issue {
                service: SERVICES[*s].into(),
                priority: *priority,
                lang: "vi".into(),
                person: None,
                booking: None,
            },
            Act::Next { desk: i, stale } => {
                let last = self.d.state.desks.get(COUNTERS[*i]).map_or(0, |d| d.last_call);
                let seen = if *stale { last.saturating_sub(1) } else { last };
                Command::CallNext { counter: desk(i), seen: Some(seen) }
            }
            Act::Chosen { desk: i, pick } => match self.pick(*pick) {
                Some(ticket) => Command::CallTicket { counter: desk(i), ticket },
                None => return,
            },
            Act::Recall(i) => Command::Recall { counter: desk(i) },
            Act::Start(i) => Command::Start { counter: desk(i) },
            Act::Finish(i) => Command::Finish { counter: desk(i) },
            Act::Absent(i) => Command::Absent { counter: desk(i) },
            Act::Return(pick) => match self.pick(*pick) {
                Some(ticket) => Command::Return { ticket },
                None => return,
            },
            Act::Transfer { desk: i, service, to } => Command::Transfer {
                counter: desk(i),
                service: service.map(|s| SERVICES[s].to_owned()),
                to: to.map(|t| COUNTERS[t].to_owned()),
            },
            Act::Hold(i) => Command::Hold { counter: desk(i) },
            Act::Resume { desk: i, pick } => match self.pick(*pick) {
                Some(ticket) => Command::Resume { counter: desk(i), ticket },
                None => return,
            },
            Act::Add { desk: i, service } => {
                Command::AddService { counter: desk(i), service: SERVICES[*service].into() }
            }
            Act::Rate { desk: i, twice } => return self.rate(COUNTERS[*i], *twice),
            Act::Pause(i) => Command::PauseCounter { counter: desk(i), reason: why() },
            Act::Open(i) => Command::OpenCounter { counter: desk(i) },
            Act::Clock(minutes) => {
                let ms = (self.d.now.unix_ms + minutes * 60_000).max(0);
                self.d.now = crate::day::Now::new(ms, 420, true);
                Command::Tick
            }
            Act::EndDay(carry) => Command::EndDay { carry: *carry, reason: why() },
        };
        let _ = self.run(&command);
        for (i, counter) in COUNTERS.iter().enumerate() {
            // A day that turned has sent everybody home.
            if self.d.state.desks.get(*counter).is_none_or(|d| d.officer.is_none()) {
                let officer = Officer { id: format!("o{i}"), name: "O".into() };
                let _ = self.run(&Command::SignIn { counter: (*counter).into(), officer });
                let _ = self.run(&Command::OpenCounter { counter: (*counter).into() });
            }
        }
    }

    fn rate(&mut self, counter: &str, twice: bool) {
        let Some(open) = self.d.state.desks.get(counter).and_then(|d| d.rating.clone()) else { return };
        let rating = Rated {
            session: open.session,
            counter: open.counter,
            service: open.service,
            officer: open.officer,
            level: 1,
            scale: 4,
            code: "best".into(),
            reasons: Vec::new(),
            answers: Vec::new(),
            partial: false,
        };
        assert!(self.run(&Command::Rate { rating: rating.clone() }).is_ok(), "an open rating is taken");
        if twice {
            assert_eq!(self.run(&Command::Rate { rating }), Err(Refusal::RatedAlready));
        }
    }

    fn check(&self) {
        let state = &self.d.state;
        let mut at_desk = BTreeSet::new();
        for (counter, desk) in &state.desks {
            if let Some(id) = desk.ticket {
                assert!(at_desk.insert(id), "one ticket at two desks");
                let ticket = state.ticket(&id).unwrap();
                assert!(matches!(ticket.stage, Stage::Called | Stage::Serving), "{ticket:?} at {counter}");
                assert_eq!(ticket.counter.as_deref(), Some(counter.as_str()));
            }
        }
        let in_line: BTreeSet<Uuid> = state.line.iter().copied().collect();
        for ticket in state.tickets() {
            assert_eq!(ticket.stage == Stage::Waiting, in_line.contains(&ticket.id), "{ticket:?}");
            let busy = matches!(ticket.stage, Stage::Called | Stage::Serving);
            assert_eq!(busy, at_desk.contains(&ticket.id), "{ticket:?}");
        }
        let counted: u32 = SERVICES.iter().map(|s| state.count(s).waiting).sum();
        assert_eq!(counted as usize, in_line.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_desks_keep_what_they_promise(acts in prop::collection::vec(act(), 1..120), one_in in 0_u32..4) {
        let mut d = Driver::new();
        d.hall.queue.recall_seconds = 0;
        d.hall.queue.recalls_before_absent = one_in % 2;
        if one_in >= 2 {
            d.hall.queue.priority = crate::hall::PriorityPolicy::OneIn(one_in);
        }
        let mut run = Run { d, seen: Seen::default() };
        for act in &acts {
            run.act(act);
            run.check();
        }
        let mut again = State::default();
        run.seen.log.iter().for_each(|(e, at)| again.apply(e, *at));
        again.heard(run.d.state.last_ms);
        prop_assert!(again == run.d.state, "the log replayed is another state");
    }
}
