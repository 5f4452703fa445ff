// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of the hall while the hub is away: the kiosk's own desk, and
//! beside it what the hub said last of the same day.

use jiff::civil::Date;
use motcua_core::day;
use motcua_core::hall::Hall;
use motcua_core::queue::{HallNow, Refusal, ServiceCount, State, whole_hall_refusal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the hub said last, as far as it binds a kiosk that is alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub day: Option<Date>,
    paused: BTreeSet<String>,
    intake_paused: bool,
    #[serde(default)]
    intake_notice: Option<String>,
    /// Closed by hand within the opening hours.
    closed: bool,
    /// The hub does not believe its clock, so nobody knows which day its numbers are of.
    doubted: bool,
    pub counts: BTreeMap<String, ServiceCount>,
}

impl Seen {
    pub fn of(hall: &Hall, now: &HallNow) -> Seen {
        let by_hours = whole_hall_refusal(hall, &State::default(), now.local_time);
        Seen {
            day: now.day,
            paused: now.services.iter().filter(|s| s.paused).map(|s| s.code.clone()).collect(),
            intake_paused: matches!(now.refusal, Some(Refusal::IntakePaused { .. })),
            intake_notice: match &now.refusal {
                Some(Refusal::IntakePaused { notice }) => notice.clone(),
                _ => None,
            },
            doubted: now.clock_doubted.is_some(),
            closed: matches!(now.refusal, Some(Refusal::Closed { .. })) && by_hours.is_none(),
            counts: now.services.iter().map(|s| (s.code.clone(), s.count)).collect(),
        }
    }

    /// The same but for how many people there are, which changes with every number given in the hall.
    pub fn binds_as(&self, other: &Seen) -> bool {
        Seen { counts: BTreeMap::new(), ..self.clone() } == Seen { counts: BTreeMap::new(), ..other.clone() }
    }
}

/// The hall as a kiosk knows it that is alone. `None` where it does not know the date: a number of the
/// wrong day would never be called.
pub fn alone(hall: &Hall, own: &HallNow, seen: Option<&Seen>) -> Option<HallNow> {
    if own.day != Some(own.local_time.date()) || seen.is_some_and(|s| s.day > own.day || s.doubted) {
        return None;
    }
    let nothing = Seen::default();
    // Pauses and counts end with their day.
    let seen = seen.filter(|s| s.day == own.day).unwrap_or(&nothing);
    let mut now = own.clone();
    if seen.intake_paused {
        now.refusal = Some(Refusal::IntakePaused { notice: seen.intake_notice.clone() });
    } else if seen.closed && now.refusal.is_none() {
        now.refusal = Some(Refusal::Closed { opens: day::next_day_opening(hall, own.local_time) });
    }
    for service in &mut now.services {
        let hub = seen.counts.get(&service.code).copied().unwrap_or_default();
        // Those that wait here are those that the hub does not have.
        let here = service.count;
        service.count = ServiceCount {
            waiting: hub.waiting + here.waiting,
            waiting_priority: hub.waiting_priority + here.waiting_priority,
            given: here.given.max(hub.given + here.waiting),
        };
        let cap = hall.service(&service.code).and_then(|s| s.daily_cap);
        service.cap_reached = cap.is_some_and(|cap| service.count.given >= cap);
        service.paused |= seen.paused.contains(&service.code);
        service.wait = None;
    }
    now.waiting = now.services.iter().map(|s| s.count.waiting).sum();
    Some(now)
}

/// Why the picture gives no number for a service.
pub fn refusal(now: &HallNow, code: &str) -> Option<Refusal> {
    if let Some(refusal) = &now.refusal {
        return Some(refusal.clone());
    }
    let service = code.to_owned();
    match now.service(code) {
        None => Some(Refusal::UnknownService { service }),
        Some(s) if s.paused => Some(Refusal::ServicePaused { service }),
        Some(s) if s.cap_reached => Some(Refusal::CapReached { service, given: s.count.given }),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motcua_core::day::Now;
    use motcua_core::hall::SAMPLE;
    use motcua_core::label::Series;
    use motcua_core::queue::{Command, decide};
    use uuid::Uuid;

    /// Monday 23 November 2026, 09:00 local, and hours later.
    fn at(hours: i64) -> Now {
        Now::new(1_795_399_200_000 + hours * 3_600_000, 420, true)
    }

    struct Two {
        hall: Hall,
        hub: State,
        own: State,
    }

    impl Two {
        fn new() -> Two {
            let mut hall = Hall::parse(SAMPLE).unwrap();
            hall.services.iter_mut().for_each(|s| s.daily_cap = Some(3));
            let mut own = State::default();
            own.on_its_own(Series::kiosk(1).unwrap());
            Two { hall, hub: State::default(), own }
        }

        fn run(hall: &Hall, state: &mut State, command: &Command, now: Now) {
            let id = Uuid::now_v7();
            let events = decide(hall, state, id, "k", command, now).unwrap();
            events.iter().for_each(|e| state.apply(e, now.unix_ms));
        }

        fn hub(&mut self, command: &Command) {
            Two::run(&self.hall, &mut self.hub, command, at(0));
        }

        fn issue(&mut self, alone: bool) {
            let issue = Command::Issue {
                service: "certify".into(),
                priority: false,
                lang: "vi".into(),
                person: None,
                booking: None,
            };
            Two::run(&self.hall, if alone { &mut self.own } else { &mut self.hub }, &issue, at(0));
        }

        fn alone(&self, hours: i64) -> Option<HallNow> {
            let seen = Seen::of(&self.hall, &HallNow::of(&self.hall, &self.hub, at(0)));
            alone(&self.hall, &HallNow::of(&self.hall, &self.own, at(hours)), Some(&seen))
        }
    }

    #[test]
    fn caps_count_both_and_no_ticket_twice() {
        let mut two = Two::new();
        two.issue(false);
        two.issue(true);
        let now = two.alone(0).unwrap();
        assert_eq!((now.waiting, refusal(&now, "certify")), (2, None));
        // Delivered: the hub has it, the own desk has it no longer.
        let id = two.own.tickets().next().unwrap().id;
        Two::run(&two.hall, &mut two.own, &Command::Delivered { ticket: id }, at(0));
        two.issue(false);
        let now = two.alone(0).unwrap();
        assert_eq!((now.waiting, refusal(&now, "certify")), (2, None));
        two.issue(true);
        let now = two.alone(0).unwrap();
        assert_eq!(
            refusal(&now, "certify"),
            Some(Refusal::CapReached { service: "certify".into(), given: 3 })
        );
    }

    #[test]
    fn pauses_hold_on_their_day_and_hours_go_by_the_clock() {
        let mut two = Two::new();
        two.hub(&Command::PauseService { service: "certify".into(), reason: "x".into() });
        let now = two.alone(0).unwrap();
        assert_eq!(refusal(&now, "certify"), Some(Refusal::ServicePaused { service: "certify".into() }));
        assert_eq!(refusal(&now, "birth"), None);
        two.hub(&Command::PauseIntake { reason: "x".into(), notice: Some("Hẹn gặp lại".into()) });
        let notice = Some("Hẹn gặp lại".into());
        assert_eq!(two.alone(0).unwrap().refusal, Some(Refusal::IntakePaused { notice }));
        two.hub(&Command::ResumeIntake);
        assert!(matches!(two.alone(3).unwrap().refusal, Some(Refusal::Lunch { .. })));
        two.hub(&Command::CloseDay { reason: "x".into() });
        assert!(matches!(two.alone(0).unwrap().refusal, Some(Refusal::Closed { opens: Some(_) })));
        let tomorrow = two.alone(24).unwrap();
        assert_eq!(refusal(&tomorrow, "certify"), None);
    }

    #[test]
    fn without_the_date_nothing_is_promised() {
        let mut two = Two::new();
        two.issue(false);
        two.issue(true);
        assert!(two.alone(-24).is_none(), "the clock is behind the own day and the hub's");
        two.own = State::default();
        assert!(two.alone(-24).is_none(), "the clock is behind the hub's day");
        assert!(two.alone(24).is_some());
    }
}
