// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::feed::{CounterState, Officer};
use crate::hall::SAMPLE;
use jiff::civil::DateTime;
use proptest::prelude::*;
use std::collections::BTreeMap;

const HUB_MS: i64 = 1_795_399_500_000;

/// The sample hall: four levels, the last one low, one question.
fn hall() -> Hall {
    Hall::parse(SAMPLE).unwrap()
}

fn at(ms: u64) -> At {
    At { mono_ms: ms, local: DateTime::constant(2001, 1, 1, 0, 0, 0, 0) }
}

fn feed(ms: u64) -> PanelFeed {
    PanelFeed {
        unix_ms: HUB_MS + i64::try_from(ms).unwrap(),
        local_time: DateTime::constant(2026, 11, 23, 9, 5, 0, 0),
        hall_version: "v1".into(),
        counter: "3".into(),
        state: CounterState::Open,
        officer: Some(Officer { id: "hoa".into(), name: "nguyễn Thị Hoa".into() }),
        photo: Some("p1".into()),
        label: None,
        rating: None,
    }
}

fn open(session: u128, ms: u64) -> RatingOpen {
    RatingOpen {
        session: Uuid::from_u128(session),
        counter: "3".into(),
        service: "certify".into(),
        officer: Some("hoa".into()),
        opened_ms: HUB_MS + i64::try_from(ms).unwrap(),
    }
}

/// A panel and everything it asked its shell to do.
struct Desk {
    session: PanelSession,
    ms: u64,
    effects: Vec<Effect>,
}

impl Desk {
    fn new() -> Desk {
        Desk::of(&hall(), false)
    }

    fn of(hall: &Hall, screenless: bool) -> Desk {
        let mut desk =
            Desk { session: PanelSession::new(hall, "3", screenless, at(0)), ms: 0, effects: Vec::new() };
        desk.feed(feed(0));
        desk
    }

    fn give(&mut self, input: Input) {
        self.effects.extend(self.session.step(input, at(self.ms)));
    }

    fn feed(&mut self, feed: PanelFeed) {
        self.give(Input::Feed(Box::new(feed)));
    }

    fn ask(&mut self, session: u128) {
        self.feed(PanelFeed { rating: Some(open(session, self.ms)), ..feed(self.ms) });
    }

    fn touch(&mut self, intent: PanelIntent) {
        self.give(Input::Touch(intent));
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.ms += 1000;
            self.give(Input::Tick);
        }
    }

    fn screen(&self) -> &'static str {
        self.session.view().screen.name()
    }

    fn submitted(&self) -> Vec<&Rated> {
        self.effects
            .iter()
            .filter_map(|e| match e {
                Effect::Submit(rated) => Some(&**rated),
                _ => None,
            })
            .collect()
    }

    /// The lamps as they are now: `x` lit, `.` dark.
    fn lamps(&self) -> String {
        let last = self.effects.iter().rev().find_map(|e| match e {
            Effect::Lamps { on } => Some(on.clone()),
            _ => None,
        });
        last.unwrap().iter().map(|on| if *on { 'x' } else { '.' }).collect()
    }
}

#[test]
fn a_good_level_and_an_answer_are_one_rating() {
    let mut desk = Desk::new();
    assert_eq!((desk.screen(), desk.lamps().as_str()), ("idle", "...."));
    desk.ask(7);
    assert_eq!((desk.screen(), desk.lamps().as_str()), ("ask", "xxxx"));
    assert!(desk.effects.contains(&Effect::Beep));
    desk.touch(PanelIntent::Level(1));
    assert_eq!((desk.screen(), desk.lamps().as_str()), ("question", ".x.."));
    desk.touch(PanelIntent::Answer(2));
    assert_eq!((desk.screen(), desk.lamps().as_str()), ("thanks", ".x.."));
    let expected = Rated {
        session: Uuid::from_u128(7),
        counter: "3".into(),
        service: "certify".into(),
        officer: Some("hoa".into()),
        level: 2,
        scale: 4,
        code: "satisfied".into(),
        reasons: Vec::new(),
        answers: vec![("trips".into(), "more".into())],
        partial: false,
    };
    assert_eq!(desk.submitted(), [&expected]);
    desk.pass(4);
    assert_eq!((desk.screen(), desk.lamps().as_str()), ("idle", "...."));
}

#[test]
fn a_low_level_asks_for_reasons() {
    let mut desk = Desk::new();
    desk.ask(7);
    desk.touch(PanelIntent::Level(3));
    assert_eq!(desk.screen(), "reasons");
    desk.touch(PanelIntent::Send);
    assert_eq!(desk.screen(), "reasons", "nothing is chosen yet");
    for code in ["wait", "attitude", "wait", "no-such", "late"] {
        desk.touch(PanelIntent::Reason(code.into()));
    }
    desk.touch(PanelIntent::Send);
    desk.touch(PanelIntent::Skip);
    let rated = desk.submitted()[0];
    assert_eq!(rated.reasons, ["attitude", "late"]);
    assert_eq!((rated.level, rated.partial, rated.answers.len()), (4, false, 0));
}

#[test]
fn reasons_may_be_skipped_unless_the_hall_wants_one() {
    let mut desk = Desk::new();
    desk.ask(7);
    desk.touch(PanelIntent::Level(3));
    desk.touch(PanelIntent::Skip);
    assert_eq!(desk.screen(), "question");
    let mut hall = hall();
    hall.rating.reasons_required = true;
    let mut desk = Desk::of(&hall, false);
    desk.ask(7);
    desk.touch(PanelIntent::Level(3));
    desk.touch(PanelIntent::Skip);
    assert_eq!(desk.screen(), "reasons");
    let PanelScreen::Reasons(reasons) = desk.session.view().screen else { panic!() };
    assert!(!reasons.can_send && !reasons.can_skip);
}

#[test]
fn a_wrong_face_can_be_taken_back() {
    let mut desk = Desk::new();
    desk.ask(7);
    desk.touch(PanelIntent::Level(3));
    desk.touch(PanelIntent::Reason("wait".into()));
    desk.touch(PanelIntent::Back);
    assert_eq!((desk.screen(), desk.lamps().as_str()), ("ask", "xxxx"));
    desk.touch(PanelIntent::Level(0));
    desk.touch(PanelIntent::Back);
    assert_eq!(desk.screen(), "ask", "a good level has no reasons to go back to");
    desk.touch(PanelIntent::Level(0));
    desk.touch(PanelIntent::Answer(0));
    let rated = desk.submitted()[0];
    assert_eq!((rated.level, rated.reasons.len()), (1, 0), "reasons of the wrong face are gone");
}

#[test]
fn an_untouched_question_goes_away_and_does_not_come_back() {
    let mut desk = Desk::new();
    desk.ask(7);
    let same = desk.session.feed.clone().unwrap();
    desk.pass(19);
    assert_eq!(desk.screen(), "ask");
    desk.touch(PanelIntent::Language("en".into()));
    desk.pass(19);
    assert_eq!(desk.screen(), "ask", "a touch gives the whole time again");
    desk.pass(1);
    assert_eq!(desk.screen(), "idle");
    assert_eq!(desk.session.view().prefs.lang, "vi", "the choices go with the citizen");
    desk.feed(same);
    assert_eq!(desk.screen(), "idle");
    assert!(desk.submitted().is_empty());
    // The officer asks for it once more.
    desk.ask(7);
    assert_eq!(desk.screen(), "ask");
}

#[test]
fn who_leaves_after_a_level_is_counted_as_far_as_it_goes() {
    let mut desk = Desk::new();
    desk.ask(7);
    desk.touch(PanelIntent::Level(3));
    desk.touch(PanelIntent::Reason("wait".into()));
    desk.pass(30);
    assert_eq!(desk.screen(), "idle");
    let rated = desk.submitted()[0];
    assert_eq!((rated.partial, rated.level), (true, 4));
    assert_eq!(rated.reasons, ["wait"]);
}

#[test]
fn the_next_rating_ends_the_one_before() {
    let mut desk = Desk::new();
    desk.ask(7);
    desk.ask(8);
    assert!(desk.submitted().is_empty(), "no level, no rating");
    desk.touch(PanelIntent::Level(0));
    desk.ask(9);
    assert_eq!(desk.submitted().len(), 1);
    assert!(desk.submitted()[0].partial && desk.submitted()[0].session == Uuid::from_u128(8));
    assert_eq!((desk.screen(), desk.session.rating()), ("ask", Some(Uuid::from_u128(9))));
    desk.ask(8);
    assert_eq!(desk.session.rating(), Some(Uuid::from_u128(9)), "a session is rated once");
}

#[test]
fn a_rated_session_is_never_asked_again() {
    let mut desk = Desk::new();
    desk.session.remember_rated(Uuid::from_u128(5));
    desk.ask(5);
    assert_eq!(desk.screen(), "idle", "rated before a restart");
    desk.ask(7);
    desk.touch(PanelIntent::Level(0));
    desk.touch(PanelIntent::Answer(0));
    desk.pass(5);
    desk.ask(7);
    assert_eq!((desk.screen(), desk.submitted().len()), ("idle", 1));
}

#[test]
fn who_was_served_long_ago_is_not_asked() {
    let mut desk = Desk::new();
    desk.ms = 130_000;
    desk.feed(PanelFeed { rating: Some(open(7, 0)), ..feed(130_000) });
    assert_eq!(desk.screen(), "idle");
}

#[test]
fn buttons_rate_with_and_without_a_screen() {
    let mut desk = Desk::new();
    desk.give(Input::Button(1));
    desk.ask(7);
    for wrong in [0, 5, usize::MAX] {
        desk.give(Input::Button(wrong));
    }
    assert_eq!(desk.screen(), "ask");
    desk.give(Input::Button(4));
    assert_eq!(desk.screen(), "reasons");

    let mut desk = Desk::of(&hall(), true);
    desk.ask(7);
    assert_eq!(desk.lamps(), "xxxx");
    desk.give(Input::Button(4));
    assert_eq!(desk.lamps(), "...x");
    desk.give(Input::Button(1));
    let rated = desk.submitted();
    assert_eq!(rated.len(), 1);
    assert_eq!((rated[0].level, rated[0].partial, rated[0].answers.len()), (4, false, 0));
    desk.pass(3);
    assert_eq!(desk.lamps(), "...x");
    desk.pass(1);
    assert_eq!(desk.lamps(), "....");
}

#[test]
fn a_lost_hub_stops_nobody_who_is_rating() {
    let mut desk = Desk::new();
    desk.ask(7);
    desk.touch(PanelIntent::Level(0));
    desk.give(Input::HubLost);
    desk.touch(PanelIntent::Answer(0));
    assert_eq!(desk.submitted().len(), 1);
    desk.pass(4);
    let view = desk.session.view();
    assert_eq!(view.away, Some(PanelAway { since: Some((9, 5)) }));
    assert!(matches!(view.screen, PanelScreen::Idle(DeskNow::Open)));
}

#[test]
fn the_desk_is_shown_as_the_hub_tells_it() {
    let mut desk = Desk::new();
    let view = desk.session.view();
    assert_eq!((view.counter.as_str(), view.counter_name.as_str()), ("3", "Chứng thực"));
    let officer = view.officer.unwrap();
    assert_eq!((officer.initials.as_str(), officer.photo.as_deref()), ("NH", Some("p1")));
    desk.feed(PanelFeed { label: Some("A017".into()), ..feed(0) });
    assert_eq!(desk.session.view().screen, PanelScreen::Idle(DeskNow::Serving { label: "A017".into() }));
    desk.feed(PanelFeed { state: CounterState::Paused { reason: "Họp".into() }, ..feed(0) });
    assert_eq!(desk.session.view().screen, PanelScreen::Idle(DeskNow::Paused { reason: "Họp".into() }));
    desk.feed(PanelFeed { state: CounterState::Closed, officer: None, ..feed(0) });
    let view = desk.session.view();
    assert_eq!((view.officer, view.screen), (None, PanelScreen::Idle(DeskNow::Closed)));
    let new = PanelSession::new(&hall(), "3", false, at(0)).view();
    assert_eq!(
        (new.screen, new.away),
        (PanelScreen::Idle(DeskNow::Unknown), Some(PanelAway { since: None }))
    );
}

#[test]
fn a_language_belongs_to_one_citizen() {
    let mut desk = Desk::new();
    desk.feed(PanelFeed { label: Some("A017".into()), ..feed(0) });
    desk.touch(PanelIntent::Language("en".into()));
    desk.touch(PanelIntent::Language("xx".into()));
    desk.pass(600);
    assert_eq!(desk.session.view().prefs.lang, "en", "served for ten minutes");
    desk.ask(7);
    let PanelScreen::Ask(ask) = desk.session.view().screen else { panic!() };
    assert_eq!(ask.question, "How was the service?");
    desk.touch(PanelIntent::Skip);
    assert_eq!(desk.session.view().prefs.lang, "vi");
    // Nobody in hand: a child has played with it.
    desk.feed(feed(desk.ms));
    desk.touch(PanelIntent::HighContrast);
    desk.pass(60);
    assert!(!desk.session.view().prefs.high_contrast);
    // Another number is called before anybody was asked.
    desk.feed(PanelFeed { label: Some("A018".into()), ..feed(desk.ms) });
    desk.touch(PanelIntent::LargeText);
    desk.feed(PanelFeed { label: Some("A019".into()), ..feed(desk.ms) });
    assert!(!desk.session.view().prefs.large_text);
}

#[test]
fn a_new_form_is_for_the_next_citizen() {
    let mut desk = Desk::new();
    desk.ask(7);
    let mut changed = hall();
    changed.rating.levels.truncate(3);
    changed.rating.questions.clear();
    desk.session.set_hall(&changed);
    desk.touch(PanelIntent::Level(3));
    assert_eq!(desk.screen(), "reasons");
    desk.ask(8);
    desk.touch(PanelIntent::Level(0));
    let scales: Vec<_> = desk.submitted().iter().map(|r| r.scale).collect();
    assert_eq!(scales, [4, 3]);
}

#[test]
fn no_two_faces_of_a_scale_are_alike() {
    let level = |satisfied| crate::hall::Level {
        code: String::new(),
        name: crate::hall::Words::default(),
        satisfied,
        low: false,
    };
    for of in 3..=5 {
        for satisfied in 0..=of {
            let levels: Vec<_> = (0..of).map(|i| level(i < satisfied)).collect();
            let faces = show::faces(&levels);
            assert_eq!(faces.len(), of);
            assert!(faces.windows(2).all(|w| w[0] < w[1]), "{of} levels, {satisfied} satisfied: {faces:?}");
        }
    }
}

#[derive(Clone, Debug)]
enum Happens {
    Feed { rating: Option<u8>, label: Option<u8>, age: u16 },
    Lost,
    Touch(PanelIntent),
    Button(usize),
    Passes(u16),
    NewHall(usize),
    Restart,
}

fn happens() -> impl Strategy<Value = Happens> {
    let reason = prop::sample::select(vec!["wait", "attitude", "nonsense"]);
    let touch = prop_oneof![
        (0usize..6).prop_map(PanelIntent::Level),
        reason.prop_map(|r| PanelIntent::Reason(r.into())),
        (0usize..4).prop_map(PanelIntent::Answer),
        Just(PanelIntent::Send),
        Just(PanelIntent::Skip),
        Just(PanelIntent::Back),
        Just(PanelIntent::Language("en".into())),
        Just(PanelIntent::LargeText),
    ];
    prop_oneof![
        3 => (prop::option::of(0u8..6), prop::option::of(0u8..3), 0u16..1000)
            .prop_map(|(rating, label, age)| Happens::Feed { rating, label, age }),
        1 => Just(Happens::Lost),
        6 => touch.prop_map(Happens::Touch),
        1 => (0usize..7).prop_map(Happens::Button),
        3 => (0u16..40_000).prop_map(Happens::Passes),
        1 => (3usize..5).prop_map(Happens::NewHall),
        1 => Just(Happens::Restart),
    ]
}

proptest! {
    /// Whatever happens: one rating for a session at most, each of them whole, and lamps that tell the truth.
    #[test]
    fn a_session_is_rated_once(story in prop::collection::vec(happens(), 1..120), screenless: bool) {
        let mut desk = Desk::of(&hall(), screenless);
        let mut hall = hall();
        for event in story {
            match event {
                Happens::Feed { rating, label, age } => {
                    let rating = rating.map(|s| open(s.into(), desk.ms.saturating_sub(age.into())));
                    let label = label.map(|l| format!("A00{l}"));
                    desk.feed(PanelFeed { rating, label, ..feed(desk.ms) });
                }
                Happens::Lost => desk.give(Input::HubLost),
                Happens::Touch(intent) => desk.touch(intent),
                Happens::Button(place) => desk.give(Input::Button(place)),
                Happens::Passes(ms) => {
                    desk.ms += u64::from(ms);
                    desk.give(Input::Tick);
                }
                Happens::NewHall(levels) => {
                    hall.rating = Hall::parse(SAMPLE).unwrap().rating;
                    hall.rating.levels.truncate(levels);
                    desk.session.set_hall(&hall);
                }
                Happens::Restart => {
                    let kept: Vec<Uuid> = desk.submitted().iter().map(|r| r.session).collect();
                    desk.session = PanelSession::new(&hall, "3", screenless, at(desk.ms));
                    kept.into_iter().for_each(|s| desk.session.remember_rated(s));
                    desk.give(Input::Tick);
                }
            }
            let asking = matches!(desk.session.view().screen, PanelScreen::Ask(_));
            prop_assert_eq!(desk.lamps().chars().all(|c| c == 'x'), asking);
            prop_assert_eq!(desk.session.rating().is_none(), matches!(
                desk.session.view().screen, PanelScreen::Idle(_) | PanelScreen::Thanks
            ));
        }
        let mut times = BTreeMap::new();
        for rated in desk.submitted() {
            *times.entry(rated.session).or_insert(0) += 1;
            prop_assert!(rated.level >= 1 && rated.level <= rated.scale);
            prop_assert!(!rated.reasons.iter().any(|r| r == "nonsense"));
        }
        prop_assert!(times.values().all(|n| *n == 1), "{times:?}");
    }
}
