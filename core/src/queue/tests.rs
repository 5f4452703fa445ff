// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::day::Now;
use crate::hall::{Clock, Hall, SAMPLE};

/// A hall with its queue and a clock, driven by command.
pub(super) struct Driver {
    pub hall: Hall,
    pub state: State,
    pub now: Now,
    next_id: u128,
}

impl Driver {
    /// Monday 23 November 2026, 09:00.
    pub fn new() -> Driver {
        let hall = Hall::parse(SAMPLE).unwrap();
        let mut driver = Driver { hall, state: State::default(), now: Now::new(0, 420, true), next_id: 1 };
        driver.at("2026-11-23T09:00:00");
        driver
    }

    pub fn at(&mut self, local: &str) {
        let local: DateTime = local.parse().unwrap();
        let since = local.duration_since(DateTime::constant(1970, 1, 1, 7, 0, 0, 0));
        self.now = Now { unix_ms: since.as_secs() * 1000, local, synced: self.now.synced };
    }

    pub fn run(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let id = Uuid::from_u128(self.next_id);
        self.next_id += 1;
        let events = decide(&self.hall, &self.state, id, "k1", command, self.now)?;
        for event in &events {
            self.state.apply(event, self.now.unix_ms);
        }
        Ok(events)
    }

    pub fn issue(&mut self, service: &str) -> Result<Ticket, Refusal> {
        self.ask(service, false)
    }

    pub fn ask(&mut self, service: &str, priority: bool) -> Result<Ticket, Refusal> {
        let events = self.run(&Command::Issue {
            service: service.into(),
            priority,
            lang: "vi".into(),
            person: None,
            booking: None,
        })?;
        match events.last() {
            Some(Event::Issued { ticket }) => Ok((**ticket).clone()),
            other => panic!("{other:?}"),
        }
    }
}

fn why() -> String {
    "test".into()
}

#[test]
fn numbers_start_at_001_and_services_may_share_a_series() {
    let mut d = Driver::new();
    assert_eq!(d.issue("certify").unwrap().label, "A001");
    assert_eq!(d.issue("certify").unwrap().label, "A002");
    assert_eq!(d.issue("birth").unwrap().label, "B001");
    assert_eq!(d.issue("marriage").unwrap().label, "B002");
}

#[test]
fn labels_roll_over_to_four_digits() {
    let mut d = Driver::new();
    let labels: Vec<String> = (0..1001).map(|_| d.issue("results").unwrap().label).collect();
    assert_eq!(labels[998..], ["T999", "T1000", "T1001"]);
}

#[test]
fn people_ahead_is_the_count_at_commit() {
    let mut d = Driver::new();
    let first = d.issue("certify").unwrap();
    assert_eq!(first.ahead, 0);
    assert_eq!(d.issue("certify").unwrap().ahead, 1);
    // Another service does not count.
    assert_eq!(d.issue("land").unwrap().ahead, 0);
    // Priority goes before the two, behind nobody.
    assert_eq!(d.ask("certify", true).unwrap().ahead, 0);
    assert_eq!(d.ask("certify", true).unwrap().ahead, 1);
    // A voided ticket is not ahead of anybody.
    d.run(&Command::Void { ticket: first.id, reason: why() }).unwrap();
    assert_eq!(d.issue("certify").unwrap().ahead, 3);
}

#[test]
fn the_hours_refuse_each_with_its_own_word() {
    let mut d = Driver::new();
    let mut refusal = |at: &str| {
        d.at(at);
        d.issue("certify").unwrap_err()
    };
    assert!(matches!(refusal("2026-11-23T07:00:00"), Refusal::Closed { opens: Some(_) }));
    assert!(matches!(refusal("2026-11-23T12:00:00"), Refusal::Lunch { .. }));
    assert!(matches!(refusal("2027-02-08T09:00:00"), Refusal::Holiday { .. }));
}

#[test]
fn lunch_may_issue_for_the_afternoon() {
    let mut d = Driver::new();
    d.hall.hours.lunch = crate::hall::Lunch::Issue;
    d.at("2026-11-23T12:00:00");
    assert_eq!(d.issue("certify").unwrap().label, "A001");
    d.at("2026-11-23T17:00:00");
    assert!(matches!(d.issue("certify"), Err(Refusal::Closed { .. })));
}

#[test]
fn the_cap_counts_numbers_that_were_not_voided() {
    let mut d = Driver::new();
    let first = d.issue("building").unwrap();
    for _ in 1..60 {
        d.issue("building").unwrap();
    }
    let full = Refusal::CapReached { service: "building".into(), given: 60 };
    assert_eq!(d.issue("building").unwrap_err(), full);
    assert_eq!(d.issue("land").unwrap().label, "C061", "the series goes on for its other service");
    d.run(&Command::Void { ticket: first.id, reason: why() }).unwrap();
    assert_eq!(d.issue("building").unwrap().label, "C062", "a voided number is not used again");
    assert_eq!(d.issue("building").unwrap_err(), full);
}

#[test]
fn pauses_of_a_service_and_of_the_hall() {
    let mut d = Driver::new();
    d.run(&Command::PauseService { service: "land".into(), reason: why() }).unwrap();
    assert_eq!(d.issue("land"), Err(Refusal::ServicePaused { service: "land".into() }));
    assert!(d.issue("certify").is_ok());
    d.run(&Command::ResumeService { service: "land".into() }).unwrap();
    assert!(d.issue("land").is_ok());
    d.run(&Command::PauseIntake { reason: why(), notice: None }).unwrap();
    assert_eq!(d.issue("certify"), Err(Refusal::IntakePaused { notice: None }));
    assert_eq!(d.run(&Command::PauseIntake { reason: why(), notice: None }), Err(Refusal::AlreadySo));
    d.run(&Command::ResumeIntake).unwrap();
    assert!(d.issue("certify").is_ok());
    assert_eq!(d.issue("dragons"), Err(Refusal::UnknownService { service: "dragons".into() }));
}

#[test]
fn a_day_closed_by_hand_can_be_opened_again() {
    let mut d = Driver::new();
    d.issue("certify").unwrap();
    d.run(&Command::CloseDay { reason: why() }).unwrap();
    let tomorrow = Some("2026-11-24T07:30:00".parse().unwrap());
    assert_eq!(d.issue("certify"), Err(Refusal::Closed { opens: tomorrow }));
    assert_eq!(d.run(&Command::CloseDay { reason: why() }), Err(Refusal::AlreadySo));
    let today = d.now.local.date();
    let other = Command::OpenDay { date: today.tomorrow().unwrap() };
    assert_eq!(d.run(&other), Err(Refusal::OtherDate { device: today }));
    d.run(&Command::OpenDay { date: today }).unwrap();
    assert_eq!(d.issue("certify").unwrap().label, "A002", "numbers go on");
    assert_eq!(d.run(&Command::OpenDay { date: today }), Err(Refusal::AlreadySo));
}

#[test]
fn a_new_day_starts_at_001_and_tells_who_was_not_served() {
    let mut d = Driver::new();
    let old = d.issue("certify").unwrap();
    d.at("2026-11-24T09:00:00");
    let events = d.run(&Command::Tick).unwrap();
    assert_eq!(events.iter().map(Event::kind).collect::<Vec<_>>(), ["day_ended", "day_opened"]);
    assert!(matches!(&events[0], Event::DayEnded { unserved, .. } if *unserved == [old.id]));
    assert_eq!(d.issue("certify").unwrap().label, "A001");
    assert_eq!(d.run(&Command::Tick).unwrap(), []);
}

#[test]
fn a_clock_that_jumps_back_never_reopens_a_series() {
    let mut d = Driver::new();
    d.issue("certify").unwrap();
    d.at("2026-11-20T09:00:00");
    let ticket = d.issue("certify").unwrap();
    assert_eq!((ticket.label.as_str(), ticket.day.to_string().as_str()), ("A002", "2026-11-23"));
    assert_eq!(
        HallNow::of(&d.hall, &d.state, d.now).clock_doubted,
        Some(d.now.local.date()),
        "staff are told"
    );
}

#[test]
fn a_clock_that_is_not_believed_keeps_the_day_until_a_person_confirms() {
    let mut d = Driver::new();
    d.hall.clock = Clock::NeedsSync;
    d.now.synced = false;
    d.at("2026-11-23T09:00:00");
    d.issue("certify").unwrap();
    d.at("2026-11-26T09:00:00");
    let events = d
        .run(&Command::Issue {
            service: "certify".into(),
            priority: false,
            lang: "vi".into(),
            person: None,
            booking: None,
        })
        .unwrap();
    assert_eq!(events[0].kind(), "clock_doubted");
    let Event::Issued { ticket } = &events[1] else { panic!("{events:?}") };
    assert_eq!((ticket.label.as_str(), ticket.day.to_string().as_str()), ("A002", "2026-11-23"));
    assert_eq!(d.state.doubted.unwrap().to_string(), "2026-11-26");
    d.run(&Command::OpenDay { date: d.now.local.date() }).unwrap();
    let ticket = d.issue("certify").unwrap();
    assert_eq!((ticket.label.as_str(), ticket.day.to_string().as_str()), ("A001", "2026-11-26"));
}

#[test]
fn paper_takes_allowed_steps_only() {
    let mut d = Driver::new();
    let id = d.issue("certify").unwrap().id;
    let mut mark = |print| d.run(&Command::MarkPrint { ticket: id, print }).map(|_| ());
    assert!(mark(PrintState::Printed).is_err(), "committed cannot be printed without printing");
    mark(PrintState::Printing).unwrap();
    mark(PrintState::PrintUnknown).unwrap();
    mark(PrintState::Printed).unwrap();
    assert!(mark(PrintState::PrintFailed).is_err(), "printed is final");
    d.run(&Command::Reprint { ticket: id, reason: why() }).unwrap();
    let ticket = d.state.ticket(&id).unwrap();
    assert_eq!((ticket.copies, ticket.print), (2, PrintState::Committed));
}

#[test]
fn staff_see_tickets_without_paper() {
    let mut d = Driver::new();
    let id = d.issue("certify").unwrap().id;
    d.run(&Command::MarkPrint { ticket: id, print: PrintState::PrintFailed }).unwrap();
    let now = HallNow::of(&d.hall, &d.state, d.now);
    assert_eq!(now.without_paper[0].label, "A001");
    d.run(&Command::Reprint { ticket: id, reason: why() }).unwrap();
    assert_eq!(HallNow::of(&d.hall, &d.state, d.now).without_paper, []);
}

#[test]
fn what_left_the_queue_cannot_be_printed_or_voided_again() {
    let mut d = Driver::new();
    let id = d.issue("certify").unwrap().id;
    assert_eq!(d.run(&Command::Void { ticket: id, reason: "  ".into() }), Err(Refusal::ReasonMissing));
    d.run(&Command::Void { ticket: id, reason: why() }).unwrap();
    let gone = Err(Refusal::NotWaiting { stage: Stage::Voided });
    assert_eq!(d.run(&Command::Void { ticket: id, reason: why() }), gone);
    assert_eq!(d.run(&Command::Reprint { ticket: id, reason: why() }), gone);
    let ticket = Uuid::from_u128(999);
    assert_eq!(d.run(&Command::Void { ticket, reason: why() }), Err(Refusal::UnknownTicket { ticket }));
}

#[test]
fn the_picture_of_a_day_that_is_over_counts_nothing() {
    let mut d = Driver::new();
    d.issue("certify").unwrap();
    assert_eq!(HallNow::of(&d.hall, &d.state, d.now).waiting, 1);
    d.at("2026-11-24T07:00:00");
    let now = HallNow::of(&d.hall, &d.state, d.now);
    assert_eq!((now.waiting, now.day), (0, Some(d.now.local.date())), "the new day, with its counts");
    assert!(matches!(now.refusal, Some(Refusal::Closed { .. })));
}

#[test]
fn service_times_survive_the_night_and_give_the_range() {
    let mut d = Driver::new();
    for _ in 0..5 {
        let id = d.issue("certify").unwrap().id;
        let served = Event::Served {
            ticket: id,
            service: "certify".into(),
            counter: "3".into(),
            started_ms: d.now.unix_ms - 240_000,
            ended_ms: d.now.unix_ms,
            session: Uuid::nil(),
            officer: None,
            rate: false,
            next: None,
        };
        d.state.apply(&served, d.now.unix_ms);
    }
    d.at("2026-11-24T09:00:00");
    for _ in 0..3 {
        d.issue("certify").unwrap();
    }
    let ticket = d.issue("certify").unwrap();
    assert_eq!((ticket.ahead, ticket.wait), (3, Some(WaitRange { from: 10, to: 15 })));
}

#[test]
fn commands_and_events_read_back_from_json() {
    let mut d = Driver::new();
    let events = d
        .run(&Command::Issue {
            service: "certify".into(),
            priority: true,
            lang: "en".into(),
            person: None,
            booking: None,
        })
        .unwrap();
    let text = serde_json::to_string(&events).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Event>>(&text).unwrap(), events);
    assert!(
        serde_json::from_str::<Command>(r#"{"type":"pause_intake","reason":"r","x":1}"#).is_err(),
        "unknown keys are refused"
    );
}

#[test]
fn numbers_go_on_after_those_of_a_lost_store_once_somebody_resumes() {
    let a = Series::try_from('A').unwrap();
    for day in [Some("2026-11-23".parse().unwrap()), None] {
        let mut d = Driver::new();
        let lost = Event::Recovered { day, last_numbers: [(a, 41)].into(), reason: why() };
        d.state.apply(&lost, d.now.unix_ms);
        assert_eq!(d.issue("certify"), Err(Refusal::IntakePaused { notice: None }), "{day:?}");
        d.run(&Command::ResumeIntake).unwrap();
        assert_eq!(d.issue("certify").unwrap().label, "A042");
        d.at("2026-11-24T09:00:00");
        assert_eq!(d.issue("certify").unwrap().label, "A001", "the next day is a day like any other");
    }
}

#[test]
fn an_apology_is_noted_with_its_command_s_id_and_without_a_dossier() {
    let mut d = Driver::new();
    d.issue("certify").unwrap();
    let mut apology =
        Command::Apologise { procedure: " 1.001193 ".into(), field: None, days_late: 3, new_due: None };
    let events = d.run(&apology).unwrap();
    let id = Uuid::from_u128(2);
    let noted = Event::Apologised {
        apology: id,
        procedure: "1.001193".into(),
        field: None,
        days_late: 3,
        new_due: None,
    };
    assert_eq!(events, [noted]);
    if let Command::Apologise { procedure, .. } = &mut apology {
        procedure.clear();
    }
    assert_eq!(d.run(&apology), Err(Refusal::ReasonMissing));
}
