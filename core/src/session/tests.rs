// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::hall::SAMPLE;
use crate::queue::{Command, Event, State, decide};
use crate::view::*;

/// A session with a real queue behind it.
struct Kiosk {
    session: Session,
    hall: Hall,
    state: State,
    at: Moment,
    ids: u128,
}

impl Kiosk {
    fn new() -> Kiosk {
        Kiosk::of(Hall::parse(SAMPLE).unwrap())
    }

    fn of(hall: Hall) -> Kiosk {
        // Monday 23 November 2026, 09:00 local.
        let at = Moment { steady_ms: 0, now: Now::new(1_795_399_200_000, 420, true) };
        let session = Session::new(hall.clone(), at);
        let mut k = Kiosk { session, hall, state: State::default(), at, ids: 0 };
        k.hall_news();
        k
    }

    fn give(&mut self, input: Input) -> Option<Effect> {
        let ids = &mut self.ids;
        let effects = self.session.step(input, self.at, || {
            *ids += 1;
            Uuid::from_u128(*ids)
        });
        assert!(effects.len() <= 1, "{effects:?}");
        effects.into_iter().next()
    }

    fn touch(&mut self, intent: Intent) -> Option<Effect> {
        self.give(Input::Touched(intent))
    }

    fn hall_news(&mut self) {
        let now = HallNow::of(&self.hall, &self.state, self.at.now);
        self.give(Input::Hall(Box::new(now)));
    }

    fn pass(&mut self, seconds: u64) -> Option<Effect> {
        self.at.steady_ms += seconds * 1000;
        self.give(Input::Tick)
    }

    fn screen(&self) -> Screen {
        self.session.view().screen
    }

    /// Lets the queue answer an effect.
    fn answer(&mut self, effect: Option<Effect>) -> Uuid {
        let Some(Effect::Issue { command, service, priority, lang, .. }) = effect else {
            panic!("{effect:?}")
        };
        let issue = Command::Issue { service, priority, lang, person: None, booking: None };
        match decide(&self.hall, &self.state, command, "k1", &issue, self.at.now) {
            Ok(events) => {
                events.iter().for_each(|e| self.state.apply(e, self.at.now.unix_ms));
                let Some(Event::Issued { ticket }) = events.last() else { panic!("{events:?}") };
                self.give(Input::Issued(ticket.clone()));
            }
            Err(refusal) => {
                self.give(Input::Refused { command, refusal });
            }
        }
        command
    }

    fn take_number(&mut self) -> Uuid {
        self.touch(Intent::TakeNumber);
        self.touch(Intent::Service("certify".into()));
        let effect = self.touch(Intent::Priority(None));
        self.answer(effect)
    }
}

#[test]
fn three_touches_give_a_number() {
    let mut k = Kiosk::new();
    assert_eq!(k.screen().name(), "home");
    k.touch(Intent::TakeNumber);
    assert_eq!(k.screen().name(), "services");
    k.touch(Intent::Service("certify".into()));
    assert_eq!(k.screen().name(), "priority");
    let effect = k.touch(Intent::Priority(None));
    assert_eq!(k.screen().name(), "preparing");
    let id = k.answer(effect);
    let Screen::Number(n) = k.screen() else { panic!() };
    assert_eq!((n.label.as_str(), n.counters.as_str(), n.paper), ("A001", "2, 3", PaperStep::Printing));
    assert!(n.qr.contains("A001") && n.qr.contains(&id.simple().to_string()));
    k.give(Input::Paper { ticket: id, step: PaperStep::Take });
    k.pass(15);
    assert_eq!(k.screen().name(), "home");
}

#[test]
fn one_touch_is_one_command_whatever_the_finger_does() {
    let mut k = Kiosk::new();
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    assert!(k.touch(Intent::Priority(None)).is_some());
    for intent in [
        Intent::Priority(None),
        Intent::Service("certify".into()),
        Intent::TakeNumber,
        Intent::Back,
        Intent::Home,
    ] {
        assert_eq!(k.touch(intent), None);
        assert_eq!(k.screen().name(), "preparing");
    }
    assert_eq!(k.ids, 1);
}

#[test]
fn only_priority_leaves_the_screen_not_which() {
    let mut k = Kiosk::new();
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    let effect = k.touch(Intent::Priority(Some("disabled".into())));
    assert!(matches!(&effect, Some(Effect::Issue { priority: true, .. })));
    assert!(!format!("{effect:?}{:?}", k.session.step).contains("disabled"));
}

#[test]
fn a_silent_hub_is_said_after_its_patience_and_the_answer_still_counts() {
    let mut k = Kiosk::new();
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    let effect = k.touch(Intent::Priority(None));
    k.at.steady_ms += HUB_PATIENCE_MS;
    k.give(Input::Tick);
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::HubAway));
    k.answer(effect);
    assert_eq!(k.screen().name(), "number");
}

#[test]
fn an_answer_for_a_citizen_who_left_shows_nothing() {
    let mut k = Kiosk::new();
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    let effect = k.touch(Intent::Priority(None));
    k.pass(HUB_PATIENCE_MS / 1000);
    k.touch(Intent::Home);
    k.answer(effect);
    assert_eq!(k.screen().name(), "home");
}

#[test]
fn a_number_of_the_kiosk_itself_comes_under_another_id_and_claims_no_place_in_the_queue() {
    let mut k = Kiosk::new();
    k.state.on_its_own(crate::label::Series::kiosk(2).unwrap());
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Service("certify".into()));
    let Some(Effect::Issue { command, service, priority, lang, .. }) = k.touch(Intent::Priority(None)) else {
        panic!()
    };
    let (other, own) = (Uuid::from_u128(90), Uuid::from_u128(91));
    k.give(Input::Renamed { from: other, to: own });
    assert!(k.session.awaits(command), "nobody waits for that one");
    k.give(Input::Renamed { from: command, to: own });
    assert!(k.session.awaits(own));
    k.answer(Some(Effect::Issue {
        command: own,
        service,
        priority,
        lang,
        person: None,
        booked: Vec::new(),
        booking: None,
    }));
    let Screen::Number(n) = k.screen() else { panic!() };
    assert_eq!((n.label.as_str(), n.ahead, n.wait), ("K2-001", None, None));
}

#[test]
fn a_changed_hall_shows_at_once_and_takes_nothing_else_from_the_citizen() {
    let mut k = Kiosk::new();
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Page(1));
    k.touch(Intent::LargeText);
    let mut hall = k.hall.clone();
    hall.services.truncate(3);
    k.give(Input::HallChanged(Box::new(hall.clone())));
    let Screen::Services(s) = k.screen() else { panic!() };
    assert_eq!((s.page, s.tiles.len()), (0, 3));
    assert!(k.session.view().prefs.large_text);
    // A question about a service that is gone leads back to the list.
    k.touch(Intent::Service(hall.services[2].code.clone()));
    assert_eq!(k.screen().name(), "priority");
    hall.services.truncate(2);
    k.give(Input::HallChanged(Box::new(hall.clone())));
    assert_eq!(k.screen().name(), "services");
    // An idle screen speaks the hall's new first language and nobody's session begins by it.
    k.touch(Intent::Home);
    hall.languages.reverse();
    k.give(Input::HallChanged(Box::new(hall.clone())));
    assert_eq!(k.session.view().prefs.lang, hall.languages[0]);
    assert_eq!(k.pass(3600), None);
}

#[test]
fn idle_warns_then_forgets_everything() {
    let mut k = Kiosk::new();
    k.touch(Intent::Language("en".into()));
    k.touch(Intent::LargeText);
    k.touch(Intent::TakeNumber);
    k.touch(Intent::Search(true));
    k.touch(Intent::Letter('K'));
    assert_eq!(k.pass(59), None);
    assert_eq!(k.pass(1), Some(Effect::WarningSound));
    assert_eq!(k.pass(1), None, "one warning, not one a second");
    assert_eq!(k.session.view().idle_warning, Some(19));
    k.touch(Intent::StillHere);
    assert_eq!(k.session.view().idle_warning, None);
    assert_eq!(k.screen().name(), "services");
    assert_eq!(k.pass(60), Some(Effect::WarningSound));
    k.pass(20);
    assert_eq!(k.screen().name(), "home");
    assert_eq!(k.session.view().prefs, default_prefs(&k.hall));
    assert!(!format!("{:?}", k.session.step).contains('K'));
}

#[test]
fn search_narrows_without_accents_and_knows_the_next_letters() {
    let mut k = Kiosk::new();
    k.touch(Intent::TakeNumber);
    let Screen::Services(s) = k.screen() else { panic!() };
    assert_eq!((s.tiles.len(), s.pages, s.searchable), (8, 2, true));
    k.touch(Intent::Page(7));
    let Screen::Services(s) = k.screen() else { panic!() };
    assert_eq!((s.page, s.tiles.len()), (1, 3));
    k.touch(Intent::Search(true));
    "datd".chars().for_each(|c| {
        k.touch(Intent::Letter(c));
    });
    let Screen::Services(s) = k.screen() else { panic!() };
    assert_eq!(s.tiles.iter().map(|t| t.code.as_str()).collect::<Vec<_>>(), ["land"]);
    assert_eq!((s.query.as_str(), s.next_letters.as_str()), ("DATD", "A"));
    // English names are found on a Vietnamese screen too.
    (0..4).for_each(|_| {
        k.touch(Intent::Erase);
    });
    "BUSI".chars().for_each(|c| {
        k.touch(Intent::Letter(c));
    });
    let Screen::Services(s) = k.screen() else { panic!() };
    assert_eq!(s.tiles[0].code, "business");
}

#[test]
fn a_full_service_says_so_without_asking_the_hub() {
    let mut k = Kiosk::new();
    k.hall.services.iter_mut().for_each(|s| s.daily_cap = Some(1));
    k.session.hall = k.hall.clone();
    k.take_number();
    k.touch(Intent::Home);
    k.hall_news();
    k.touch(Intent::TakeNumber);
    assert_eq!(k.touch(Intent::Service("certify".into())), None);
    let Screen::Refused(r) = k.screen() else { panic!() };
    assert_eq!((r.reason, r.given, r.whole_hall), (RefusedReason::CapReached, Some(1), false));
    k.touch(Intent::Back);
    assert_eq!(k.screen().name(), "services");
}

#[test]
fn closed_lunch_and_holiday_take_the_idle_screen() {
    let mut k = Kiosk::new();
    let mut reason = |hours: i64| {
        k.at.now = Now::new(1_795_399_200_000 + hours * 3_600_000, 420, true);
        k.hall_news();
        match k.screen() {
            Screen::Refused(r) => Some((r.reason, r.whole_hall, r.opens.unwrap().today)),
            _ => None,
        }
    };
    assert_eq!(reason(0), None);
    assert_eq!(reason(3), Some((RefusedReason::Lunch, true, true)));
    assert_eq!(reason(9), Some((RefusedReason::Closed, true, false)));
    assert_eq!(reason(39 * 24), Some((RefusedReason::Holiday, true, false)));
}

#[test]
fn paper_faults_follow_the_hall_policy() {
    let mut k = Kiosk::new();
    let out = PrinterNow { fault: Some(PaperFault::NoPaper), low: true };
    k.give(Input::Printer(out));
    assert!(matches!(k.screen(), Screen::Home(Home { paper: Some(PaperFault::NoPaper), .. })));
    k.take_number();
    let Screen::Number(n) = k.screen() else { panic!() };
    assert_eq!(n.paper, PaperStep::OnScreen(PaperFault::NoPaper));
    k.pass(15);
    assert_eq!(k.screen().name(), "number", "a number that is only on the screen stays for the idle rule");

    let mut hall = Hall::parse(SAMPLE).unwrap();
    hall.kiosk.without_paper = WithoutPaper::Stop;
    let mut k = Kiosk::of(hall);
    k.give(Input::Printer(out));
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::NoPaper));
    k.touch(Intent::TakeNumber);
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::NoPaper));
    k.give(Input::Printer(PrinterNow { fault: Some(PaperFault::CoverOpen), low: false }));
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::Printer));
    k.give(Input::Printer(PrinterNow::default()));
    assert_eq!(k.screen().name(), "home");
}

#[test]
fn hub_away_and_technical_pause_are_said() {
    let mut k = Kiosk::new();
    k.give(Input::HubAway);
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::HubAway));
    k.state.apply(&Event::IntakePaused { reason: "x".into(), notice: None }, 0);
    k.hall_news();
    // The day is not opened yet, so yesterday's pause would not count; open it first.
    k.state = State::default();
    k.state.apply(&Event::day_opened(k.at.now.local.date()), k.at.now.unix_ms);
    k.state.apply(&Event::IntakePaused { reason: "x".into(), notice: None }, k.at.now.unix_ms);
    k.hall_news();
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::TechnicalPause));
    let notice = "Mất điện đến 13 giờ 30".to_owned();
    k.state
        .apply(&Event::IntakePaused { reason: "x".into(), notice: Some(notice.clone()) }, k.at.now.unix_ms);
    k.hall_news();
    assert_eq!(k.screen(), Screen::OutOfOrder(OutOfOrder::Message(notice)));
}

#[test]
fn a_break_of_the_only_counter_is_said_on_the_tile_and_numbers_go_on() {
    let mut k = Kiosk::new();
    let officer = crate::feed::Officer { id: "an".into(), name: "An".into() };
    k.state.apply(&Event::day_opened(k.at.now.local.date()), k.at.now.unix_ms);
    k.state.apply(&Event::SignedIn { counter: "4".into(), officer }, k.at.now.unix_ms);
    k.state.apply(&Event::CounterPaused { counter: "4".into(), reason: "Họp".into() }, k.at.now.unix_ms);
    k.hall_news();
    k.give(Input::Touched(Intent::TakeNumber));
    let tile = |k: &Kiosk, code: &str| match k.screen() {
        Screen::Services(s) => s.tiles.into_iter().find(|t| t.code == code).unwrap().state,
        other => panic!("{other:?}"),
    };
    assert_eq!(tile(&k, "land"), crate::view::TileState::DesksPaused);
    assert_eq!(tile(&k, "certify"), crate::view::TileState::Open);
    k.give(Input::Touched(Intent::Service("land".into())));
    assert_eq!(k.screen().name(), "priority", "a number can be had");
    k.state.apply(&Event::CounterOpened { counter: "4".into() }, k.at.now.unix_ms);
    k.hall_news();
    k.give(Input::Touched(Intent::Back));
    assert_eq!(tile(&k, "land"), crate::view::TileState::Open);
}

#[test]
fn reading_aloud_is_for_one_citizen_and_only_where_there_is_a_voice() {
    use crate::view::Speed;
    let mut k = Kiosk::new();
    k.touch(Intent::ReadAloud);
    assert_eq!((k.session.view().voice, k.session.view().prefs.aloud), (false, None));
    let voice = |voice| Input::Abilities(Abilities { voice, ..Abilities::default() });
    k.give(voice(true));
    let mut heard = Vec::new();
    for _ in 0..5 {
        k.touch(Intent::ReadAloud);
        heard.push(k.session.view().prefs.aloud);
    }
    let (slow, normal, fast) = (Some(Speed::Slow), Some(Speed::Normal), Some(Speed::Fast));
    assert_eq!(heard, [normal, slow, fast, None, normal]);
    k.give(voice(false));
    assert_eq!(k.session.view().prefs.aloud, None, "the voice is gone");
    k.give(voice(true));
    k.touch(Intent::ReadAloud);
    k.touch(Intent::Home);
    assert_eq!(k.session.view().prefs.aloud, None, "the next citizen chooses for himself");
}

#[test]
fn a_number_that_is_read_out_stays_until_the_warning() {
    let mut k = Kiosk::new();
    k.give(Input::Abilities(Abilities { voice: true, ..Abilities::default() }));
    k.touch(Intent::ReadAloud);
    let id = k.take_number();
    k.give(Input::Paper { ticket: id, step: PaperStep::Take });
    k.pass(u64::from(k.hall.kiosk.number_seconds) + 1);
    assert_eq!((k.screen().name(), k.session.view().idle_warning), ("number", None));
    k.pass(u64::from(k.hall.kiosk.idle_seconds));
    assert!(k.session.view().idle_warning.is_some(), "asked before it goes");
    k.pass(u64::from(k.hall.kiosk.warning_seconds));
    assert_eq!(k.screen().name(), "home");
}
