// SPDX-License-Identifier: MIT OR Apache-2.0
//! The desks by example: what an officer does in a day.

use super::tests::Driver;
use super::*;
use crate::hall::{PriorityPolicy, ReturnWithin, TransferTo};

fn officer(id: &str) -> Officer {
    Officer { id: id.into(), name: format!("Officer {id}") }
}

impl Driver {
    /// A hall with an open counter.
    fn with_desk(counter: &str) -> Driver {
        let mut d = Driver::new();
        d.sit(counter, "an");
        d
    }

    fn sit(&mut self, counter: &str, who: &str) {
        self.run(&Command::SignIn { counter: counter.into(), officer: officer(who) }).unwrap();
        self.run(&Command::OpenCounter { counter: counter.into() }).unwrap();
    }

    fn later(&mut self, seconds: i64) {
        let local = self.now.local.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        self.at(&local.to_string());
    }

    fn desk(&self, counter: &str) -> DeskNow {
        DeskNow::of(&self.hall, &self.state, counter, self.now).unwrap()
    }

    fn next(&mut self, counter: &str) -> Result<String, Refusal> {
        let seen = self.desk(counter).counter.last_call;
        let events = self.run(&Command::CallNext { counter: counter.into(), seen: Some(seen) })?;
        Ok(label_in_hand(&events))
    }

    fn at_desk(&mut self, counter: &str) -> String {
        let label = self.next(counter).unwrap();
        self.run(&Command::Start { counter: counter.into() }).unwrap();
        label
    }

    fn serve(&mut self, counter: &str) -> String {
        let label = self.at_desk(counter);
        self.later(60);
        self.run(&Command::Finish { counter: counter.into() }).unwrap();
        label
    }

    fn ticket(&self, id: Uuid) -> &Ticket {
        self.state.ticket(&id).unwrap()
    }
}

fn label_in_hand(events: &[Event]) -> String {
    match events.last() {
        Some(Event::Called { call, .. }) => call.label.clone(),
        other => panic!("{other:?}"),
    }
}

fn c3() -> String {
    "3".into()
}

#[test]
fn an_officer_signs_in_opens_calls_serves_and_signs_out() {
    let mut d = Driver::new();
    let call = Command::CallNext { counter: c3(), seen: None };
    assert_eq!(d.run(&call), Err(Refusal::NobodyAtCounter { counter: c3() }));
    d.run(&Command::SignIn { counter: c3(), officer: officer("an") }).unwrap();
    assert_eq!(d.run(&call), Err(Refusal::CounterNotOpen { counter: c3() }));
    d.run(&Command::OpenCounter { counter: c3() }).unwrap();
    assert_eq!(d.run(&call), Err(Refusal::NobodyWaiting { counter: c3() }));
    let ticket = d.issue("certify").unwrap();
    assert_eq!(d.next("3").unwrap(), "A001");
    assert_eq!(
        d.run(&Command::SignOut { counter: c3() }),
        Err(Refusal::TicketInHand { counter: c3(), label: "A001".into() })
    );
    d.run(&Command::Start { counter: c3() }).unwrap();
    d.later(300);
    d.run(&Command::Finish { counter: c3() }).unwrap();
    assert_eq!(d.ticket(ticket.id).stage, Stage::Served);
    assert_eq!(d.state.count("certify").waiting, 0);
    d.run(&Command::SignOut { counter: c3() }).unwrap();
    assert_eq!(d.desk("3").counter.officer, None);
}

#[test]
fn one_seat_has_one_officer_and_one_officer_has_one_seat() {
    let mut d = Driver::with_desk("3");
    let taken = d.run(&Command::SignIn { counter: c3(), officer: officer("binh") });
    assert_eq!(taken, Err(Refusal::CounterTaken { counter: c3(), name: "Officer an".into() }));
    d.run(&Command::SignIn { counter: "2".into(), officer: officer("an") }).unwrap();
    assert_eq!(d.desk("3").counter.officer, None, "he came over");
    d.run(&Command::OpenCounter { counter: "2".into() }).unwrap();
    d.issue("birth").unwrap();
    d.next("2").unwrap();
    let busy = d.run(&Command::SignIn { counter: c3(), officer: officer("an") });
    assert_eq!(busy, Err(Refusal::TicketInHand { counter: "2".into(), label: "B001".into() }));
}

#[test]
fn a_double_click_a_retry_and_a_second_tab_get_the_same_ticket() {
    let mut d = Driver::with_desk("3");
    for _ in 0..3 {
        d.issue("certify").unwrap();
    }
    let click = Command::CallNext { counter: c3(), seen: Some(0) };
    assert_eq!(label_in_hand(&d.run(&click).unwrap()), "A001");
    let first = d.desk("3").ticket.unwrap().ticket;
    // The second click and the tab that has not been told yet.
    let again = d.run(&click).unwrap();
    assert_eq!(again, [Event::CallRepeated { counter: c3(), ticket: first }]);
    // A program without a screen.
    let blind = d.run(&Command::CallNext { counter: c3(), seen: None }).unwrap();
    assert_eq!(blind, [Event::CallRepeated { counter: c3(), ticket: first }]);
    // On purpose, having seen it: the citizen is neither there nor absent yet.
    let seen = d.desk("3").counter.last_call;
    let next = Command::CallNext { counter: c3(), seen: Some(seen) };
    assert_eq!(d.run(&next), Err(Refusal::TicketInHand { counter: c3(), label: "A001".into() }));
    d.run(&Command::Start { counter: c3() }).unwrap();
    // One key: finish and call.
    let events = d.run(&next).unwrap();
    assert!(matches!(events[0], Event::Served { .. }));
    assert_eq!(label_in_hand(&events), "A002");
    // A tab from before the call, after the ticket is gone.
    d.run(&Command::Start { counter: c3() }).unwrap();
    d.run(&Command::Finish { counter: c3() }).unwrap();
    assert_eq!(d.run(&click), Err(Refusal::NotUpToDate));
}

#[test]
fn strict_priority_goes_first_and_one_in_n_has_its_turn() {
    let mut d = Driver::with_desk("3");
    let fill = |d: &mut Driver| {
        (0..4).for_each(|_| drop(d.ask("certify", false).unwrap()));
        (0..3).for_each(|_| drop(d.ask("certify", true).unwrap()));
    };
    fill(&mut d);
    let order: Vec<String> = (0..7).map(|_| d.serve("3")).collect();
    assert_eq!(order, ["A005", "A006", "A007", "A001", "A002", "A003", "A004"]);

    let mut d = Driver::new();
    d.hall.queue.priority = PriorityPolicy::OneIn(3);
    d.sit("3", "an");
    fill(&mut d);
    let order: Vec<String> = (0..7).map(|_| d.serve("3")).collect();
    assert_eq!(order, ["A005", "A001", "A002", "A006", "A003", "A004", "A007"]);
}

#[test]
fn a_counter_calls_only_what_it_serves() {
    let mut d = Driver::with_desk("3");
    let land = d.issue("land").unwrap();
    assert_eq!(d.next("3"), Err(Refusal::NobodyWaiting { counter: c3() }));
    let chosen = d.run(&Command::CallTicket { counter: c3(), ticket: land.id });
    assert_eq!(chosen, Err(Refusal::NotForCounter { counter: c3() }));
    d.issue("certify").unwrap();
    let third = d.issue("certify").unwrap();
    d.run(&Command::CallTicket { counter: c3(), ticket: third.id }).unwrap();
    assert_eq!(d.desk("3").ticket.unwrap().label, "A002");
}

#[test]
fn a_number_whose_service_was_taken_out_of_the_hall_is_called_all_the_same() {
    let mut d = Driver::with_desk("3");
    d.issue("land").unwrap();
    d.hall.services.retain(|s| s.code != "land");
    assert_eq!(d.serve("3"), "C001");
}

#[test]
fn absent_needs_its_calls_and_comes_back_behind_a_few() {
    let mut d = Driver::with_desk("3");
    let late = d.issue("certify").unwrap();
    for _ in 0..5 {
        d.issue("certify").unwrap();
    }
    d.next("3").unwrap();
    assert_eq!(d.run(&Command::Absent { counter: c3() }), Err(Refusal::RecallFirst { left: 1 }));
    d.later(4);
    assert_eq!(d.run(&Command::Recall { counter: c3() }), Err(Refusal::RecallTooSoon { seconds: 6 }));
    d.later(6);
    d.run(&Command::Recall { counter: c3() }).unwrap();
    d.run(&Command::Absent { counter: c3() }).unwrap();
    assert_eq!(d.ticket(late.id).stage, Stage::Absent);
    assert_eq!(d.desk("3").absent.len(), 1);
    d.run(&Command::Return { ticket: late.id }).unwrap();
    let order: Vec<String> = (0..6).map(|_| d.serve("3")).collect();
    assert_eq!(order, ["A002", "A003", "A004", "A001", "A005", "A006"]);
}

#[test]
fn who_comes_back_after_lunch_takes_a_new_number() {
    let absent = |d: &mut Driver| {
        let ticket = d.issue("certify").unwrap();
        d.next("3").unwrap();
        d.later(15);
        d.run(&Command::Recall { counter: c3() }).unwrap();
        d.run(&Command::Absent { counter: c3() }).unwrap();
        Command::Return { ticket: ticket.id }
    };
    let mut d = Driver::with_desk("3");
    let back = absent(&mut d);
    d.at("2026-11-23T13:05:00");
    assert_eq!(d.run(&back), Err(Refusal::ReturnExpired));
    d.hall.queue.return_within = ReturnWithin::Day;
    assert!(d.run(&back).is_ok());
    let mut d = Driver::with_desk("3");
    d.hall.queue.return_within = ReturnWithin::Never;
    let back = absent(&mut d);
    assert_eq!(d.run(&back), Err(Refusal::ReturnExpired));
}

#[test]
fn a_transfer_keeps_number_and_time_and_goes_first_there() {
    let mut d = Driver::with_desk("3");
    d.sit("2", "binh");
    let ticket = d.issue("certify").unwrap();
    d.issue("birth").unwrap();
    d.at_desk("3");
    let nowhere = Command::Transfer { counter: c3(), service: None, to: None };
    assert_eq!(d.run(&nowhere), Err(Refusal::AlreadySo));
    let unknown = Command::Transfer { counter: c3(), service: Some("x".into()), to: None };
    assert_eq!(d.run(&unknown), Err(Refusal::UnknownService { service: "x".into() }));
    d.run(&Command::Transfer { counter: c3(), service: Some("birth".into()), to: None }).unwrap();
    assert_eq!(d.ticket(ticket.id).service, "birth");
    assert_eq!((d.state.count("certify").waiting, d.state.count("birth").waiting), (0, 2));
    assert_eq!(d.next("2").unwrap(), "A001", "already waited once");
    assert_eq!(d.ticket(ticket.id).issued_ms, ticket.issued_ms);

    // By arrival, where the hall wants it so.
    let mut d = Driver::with_desk("3");
    d.hall.queue.transfer = TransferTo::Arrival;
    d.sit("2", "binh");
    d.issue("birth").unwrap();
    d.issue("certify").unwrap();
    d.at_desk("3");
    d.run(&Command::Transfer { counter: c3(), service: Some("birth".into()), to: None }).unwrap();
    assert_eq!(d.next("2").unwrap(), "B001");
}

#[test]
fn a_transfer_to_one_counter_is_called_by_no_other() {
    let mut d = Driver::with_desk("3");
    d.sit("2", "binh");
    d.issue("certify").unwrap();
    d.at_desk("2");
    d.run(&Command::Transfer { counter: "2".into(), service: None, to: Some("3".into()) }).unwrap();
    assert_eq!(d.next("2"), Err(Refusal::NobodyWaiting { counter: "2".into() }));
    assert_eq!(d.next("3").unwrap(), "A001");
}

#[test]
fn a_hold_frees_the_desk_and_goes_on_without_a_call() {
    let mut d = Driver::with_desk("3");
    let ticket = d.issue("certify").unwrap();
    d.issue("certify").unwrap();
    d.at_desk("3");
    d.later(120);
    d.run(&Command::Hold { counter: c3() }).unwrap();
    assert_eq!(d.desk("3").held.len(), 1);
    d.serve("3");
    let calls = d.state.calls.len();
    d.run(&Command::Resume { counter: c3(), ticket: ticket.id }).unwrap();
    assert_eq!(d.state.calls.len(), calls);
    d.later(60);
    let events = d.run(&Command::Finish { counter: c3() }).unwrap();
    let Event::Served { started_ms, ended_ms, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(ended_ms - started_ms, 180_000, "the hold does not count");
}

#[test]
fn a_further_service_keeps_the_number_and_is_a_session_of_its_own() {
    let mut d = Driver::with_desk("2");
    d.issue("certify").unwrap();
    let first = {
        d.at_desk("2");
        d.ticket(d.desk("2").ticket.unwrap().ticket).session
    };
    let add = Command::AddService { counter: "2".into(), service: "birth".into() };
    d.run(&add).unwrap();
    assert_eq!(d.run(&add), Err(Refusal::ServiceThere));
    d.run(&Command::Finish { counter: "2".into() }).unwrap();
    assert_eq!(d.state.count("birth").waiting, 1);
    assert_eq!(d.next("2").unwrap(), "A001");
    let ticket = d.ticket(d.desk("2").ticket.unwrap().ticket).clone();
    assert_eq!(ticket.service, "birth");
    assert_ne!(ticket.session, first);
    d.run(&Command::Start { counter: "2".into() }).unwrap();
    d.run(&Command::Finish { counter: "2".into() }).unwrap();
    assert_eq!(d.ticket(ticket.id).stage, Stage::Served);
}

fn answer(open: &RatingOpen, level: u32, reasons: &[&str]) -> Rated {
    Rated {
        session: open.session,
        counter: open.counter.clone(),
        service: open.service.clone(),
        officer: open.officer.clone(),
        level,
        scale: 4,
        code: "satisfied".into(),
        reasons: reasons.iter().map(|r| (*r).to_owned()).collect(),
        answers: Vec::new(),
        partial: false,
    }
}

#[test]
fn a_service_is_rated_once_and_the_manager_hears_of_harassment() {
    let mut d = Driver::with_desk("3");
    d.issue("certify").unwrap();
    d.serve("3");
    let open = d.desk("3").counter.rating.unwrap();
    assert_eq!(open.officer.as_deref(), Some("an"));
    let rating = answer(&open, 4, &["wait", "harassment"]);
    d.run(&Command::Rate { rating: rating.clone() }).unwrap();
    assert_eq!(d.run(&Command::Rate { rating }), Err(Refusal::RatedAlready));
    assert_eq!(d.desk("3").counter.rating, None);
    let now = HallNow::of(&d.hall, &d.state, d.now);
    assert_eq!(now.alarms.len(), 1);
    d.run(&Command::SeeAlarm { session: open.session }).unwrap();
    assert!(HallNow::of(&d.hall, &d.state, d.now).alarms.is_empty());
    let mut wrong = answer(&open, 5, &[]);
    wrong.session = Uuid::from_u128(7);
    assert!(matches!(d.run(&Command::Rate { rating: wrong }), Err(Refusal::BadRating { .. })));
}

#[test]
fn the_next_citizen_at_the_desk_cannot_rate_for_the_last() {
    let mut d = Driver::with_desk("3");
    d.issue("certify").unwrap();
    d.issue("certify").unwrap();
    d.serve("3");
    d.next("3").unwrap();
    assert!(d.desk("3").counter.rating.is_some(), "the last one may still stand there");
    d.run(&Command::Start { counter: c3() }).unwrap();
    assert_eq!(d.desk("3").counter.rating, None);
    // By request of the officer, before the end; then not again at the end.
    d.run(&Command::RequestRating { counter: c3() }).unwrap();
    let open = d.desk("3").counter.rating.unwrap();
    d.run(&Command::Rate { rating: answer(&open, 1, &[]) }).unwrap();
    d.run(&Command::Finish { counter: c3() }).unwrap();
    assert_eq!(d.desk("3").counter.rating, None);
}

#[test]
fn a_rating_from_yesterday_is_kept_as_late() {
    let mut d = Driver::with_desk("3");
    d.issue("certify").unwrap();
    d.serve("3");
    let open = d.desk("3").counter.rating.unwrap();
    d.at("2026-11-24T08:00:00");
    let events = d.run(&Command::Rate { rating: answer(&open, 1, &[]) }).unwrap();
    assert!(matches!(events.last(), Some(Event::Rated { late: true, .. })), "{events:?}");
}

#[test]
fn pausing_shows_at_the_kiosk() {
    let mut d = Driver::with_desk("4");
    let land = |d: &Driver| HallNow::of(&d.hall, &d.state, d.now).service("land").cloned().unwrap();
    assert_eq!((land(&d).counters_open, land(&d).counters_paused), (1, false));
    d.run(&Command::PauseCounter { counter: "4".into(), reason: "Họp".into() }).unwrap();
    assert_eq!((land(&d).counters_open, land(&d).counters_paused), (0, true));
}

#[test]
fn the_end_of_the_day_carries_over_without_a_label_twice() {
    let mut d = Driver::with_desk("3");
    let ids: Vec<Uuid> = (0..3).map(|_| d.issue("certify").unwrap().id).collect();
    d.at_desk("3");
    let end = Command::EndDay { carry: true, reason: "Mất điện".into() };
    assert_eq!(d.run(&end), Err(Refusal::DeskBusy { counters: vec![c3()] }));
    d.run(&Command::Finish { counter: c3() }).unwrap();
    d.run(&end).unwrap();
    assert_eq!(d.ticket(ids[1]).stage, Stage::CarriedOver);
    assert!(matches!(d.issue("certify"), Err(Refusal::Closed { .. })));
    d.at("2026-11-24T08:00:00");
    assert_eq!(HallNow::of(&d.hall, &d.state, d.now).waiting, 2, "seen before the first command");
    assert_eq!(d.issue("certify").unwrap().label, "A004", "A002 and A003 wait in the room");
    d.sit("3", "an");
    assert_eq!((d.serve("3"), d.serve("3"), d.serve("3")), ("A002".into(), "A003".into(), "A004".into()));

    let mut d = Driver::with_desk("3");
    let id = d.issue("certify").unwrap().id;
    d.run(&Command::EndDay { carry: false, reason: "Hết giờ".into() }).unwrap();
    assert_eq!(d.ticket(id).stage, Stage::Unserved);
}

fn offline(d: &Driver, id: u128, number: u32, issued_ms: i64) -> OfflineTicket {
    OfflineTicket {
        id: Uuid::from_u128(1 << 100 | id),
        day: d.now.local.date(),
        series: Series::kiosk(2).unwrap(),
        number,
        service: "certify".into(),
        priority: false,
        lang: "vi".into(),
        issued_ms,
        issued_at: d.now.local,
        print: PrintState::Printed,
    }
}

#[test]
fn a_kiosk_on_its_own_begins_after_what_the_hub_knows_and_only_on_that_day() {
    let mut d = Driver::with_desk("3");
    d.state.on_its_own(Series::kiosk(2).unwrap());
    d.state.not_below(d.now.local.date(), 7);
    assert_eq!(d.issue("certify").unwrap().label, "K2-008");
    assert_eq!(d.issue("certify").unwrap().label, "K2-009");
    d.later(24 * 3600);
    let next = d.issue("certify").unwrap();
    assert_eq!(next.label, "K2-001", "a new day");
    d.later(24 * 3600);
    let events = d.run(&Command::Delivered { ticket: next.id }).unwrap();
    assert_eq!(events.last(), Some(&Event::Delivered { ticket: next.id }), "its day is over");
}

#[test]
fn numbers_of_a_kiosk_on_its_own_are_adopted_where_they_belong() {
    let mut d = Driver::with_desk("3");
    d.issue("certify").unwrap();
    d.later(60);
    let away = d.now.unix_ms;
    d.later(60);
    d.issue("certify").unwrap();
    d.later(60);
    let ticket = offline(&d, 1, 1, away);
    d.run(&Command::Adopt { ticket: ticket.clone() }).unwrap();
    assert_eq!(d.run(&Command::Adopt { ticket: ticket.clone() }), Err(Refusal::AlreadySo));
    let twin = OfflineTicket { id: Uuid::from_u128(5), ..ticket };
    assert_eq!(d.run(&Command::Adopt { ticket: twin }), Err(Refusal::LabelTaken { label: "K2-001".into() }));
    let order: Vec<String> = (0..3).map(|_| d.serve("3")).collect();
    assert_eq!(order, ["A001", "K2-001", "A002"]);
    // Of a day that is over only the record is kept.
    let old = OfflineTicket { day: d.now.local.date().yesterday().unwrap(), ..offline(&d, 2, 1, 0) };
    let events = d.run(&Command::Adopt { ticket: old }).unwrap();
    let Some(Event::Issued { ticket }) = events.last() else { panic!("{events:?}") };
    assert_eq!(ticket.stage, Stage::Unserved);
    assert_eq!(d.state.count("certify").waiting, 0);
    assert!(matches!(
        d.run(&Command::Adopt {
            ticket: OfflineTicket { series: 'A'.try_into().unwrap(), ..offline(&d, 3, 1, 0) }
        }),
        Err(Refusal::NotAKioskSeries)
    ));
}
