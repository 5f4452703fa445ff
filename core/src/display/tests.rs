// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::feed::{DisplayCounter, DisplayService};
use crate::hall::{Direction, SAMPLE};
use crate::queue::Refusal;
use jiff::ToSpan;
use proptest::prelude::*;

/// 09:05 in the hall, as the hub's clock says.
const HUB_MS: i64 = 1_795_399_500_000;

fn hall() -> Hall {
    Hall::parse(SAMPLE).unwrap()
}

fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// A screen, the calls its hub has made, and one clock for both.
struct Room {
    session: DisplaySession,
    ms: u64,
    calls: Vec<Call>,
    refusal: Option<Refusal>,
    up: Vec<u64>,
}

impl Room {
    fn new() -> Room {
        Room::of(&hall())
    }

    fn of(hall: &Hall) -> Room {
        let mut room = Room {
            session: DisplaySession::new(hall, Room::at(0)),
            ms: 0,
            calls: Vec::new(),
            refusal: None,
            up: Vec::new(),
        };
        room.feed();
        room
    }

    fn at(ms: u64) -> At {
        // The device's own clock is wrong on purpose.
        At { mono_ms: ms, local: local("2001-01-01T00:00:00") }
    }

    fn hub_ms(&self) -> i64 {
        HUB_MS + i64::try_from(self.ms).unwrap()
    }

    fn picture(&self) -> DisplayFeed {
        let counter = |id: &str, serves| DisplayCounter {
            id: id.into(),
            serves,
            label: None,
            direction: (id == "3").then_some(Direction::Left),
        };
        let service = |code: &str, waiting| DisplayService { code: code.into(), waiting, paused: false };
        DisplayFeed {
            unix_ms: self.hub_ms(),
            local_time: local("2026-11-23T09:05:00")
                .checked_add(i64::try_from(self.ms).unwrap().milliseconds())
                .unwrap(),
            day: None,
            hall_version: "v1".into(),
            refusal: self.refusal.clone(),
            calls: self.calls.iter().rev().take(crate::feed::CALLS_KEPT).cloned().collect(),
            counters: vec![counter("1", true), counter("3", true), counter("4", false)],
            services: vec![
                service("certify", 4),
                service("birth", 0),
                service("land", 9),
                service("social", 1),
                service("business", 4),
                service("results", 2),
            ],
        }
    }

    fn give(&mut self, input: Input) {
        let effect = self.session.step(input, Room::at(self.ms));
        self.up.extend(effect.map(|Effect::CameUp(call)| call.seq));
    }

    fn feed(&mut self) {
        let picture = self.picture();
        self.give(Input::Feed(Box::new(picture)));
    }

    /// The hub calls, and its picture comes.
    fn call(&mut self, label: &str, counter: &str) {
        self.called(label, counter, 0);
        self.feed();
    }

    fn called(&mut self, label: &str, counter: &str, age_ms: i64) {
        let seq = self.calls.last().map_or(1, |c| c.seq + 1);
        let at_ms = self.hub_ms() - age_ms;
        self.calls.push(Call { seq, label: label.into(), counter: counter.into(), at_ms });
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds * 4 {
            self.ms += 250;
            self.give(Input::Tick);
        }
    }

    fn view(&self) -> DisplayView {
        self.session.view()
    }

    /// `A017>3`, `notice 0`, `closed`.
    fn stage(&self) -> String {
        match self.view().stage {
            Stage::Call(c) => format!("{}>{}{}", c.label, c.counter, if c.again { " again" } else { "" }),
            Stage::Notice(n) => format!("notice {}", n.at),
            other => other.name().into(),
        }
    }

    fn last(&self) -> Vec<String> {
        self.view().last.into_iter().map(|l| l.label).collect()
    }
}

#[test]
fn a_call_is_large_at_once_with_its_counter() {
    let mut room = Room::new();
    room.call("A017", "3");
    let Stage::Call(call) = room.view().stage else { panic!("{}", room.stage()) };
    assert_eq!((call.label.as_str(), call.counter.as_str()), ("A017", "3"));
    assert_eq!((call.counter_name.as_str(), call.direction), ("Chứng thực", Some(Direction::Left)));
    assert!(!call.again);
    assert!(room.last().is_empty(), "the large one is not told twice");
}

#[test]
fn calls_that_come_together_are_shown_one_after_the_other() {
    let mut room = Room::new();
    for label in ["A001", "B002", "C003"] {
        room.called(label, "3", 0);
    }
    room.feed();
    assert_eq!(room.stage(), "A001>3");
    assert!(room.last().is_empty(), "whose turn has not come is not told yet");
    room.pass(5);
    room.feed();
    assert_eq!(room.stage(), "A001>3");
    room.pass(1);
    assert_eq!(room.stage(), "B002>3");
    assert_eq!(room.last(), ["A001"]);
    room.pass(6);
    assert_eq!(room.stage(), "C003>3");
    assert_eq!(room.last(), ["B002", "A001"]);
    assert_eq!(room.up, [1, 2, 3]);
}

#[test]
fn the_last_call_stays_until_it_is_a_minute_old_then_notices_take_turns() {
    let mut room = Room::new();
    assert_eq!(room.stage(), "notice 0");
    room.call("A017", "3");
    room.pass(59);
    assert_eq!(room.stage(), "A017>3");
    room.pass(1);
    assert_eq!(room.stage(), "notice 0");
    assert_eq!(room.last(), ["A017"]);
    room.pass(12);
    assert_eq!(room.stage(), "notice 1");
    room.pass(12);
    assert_eq!(room.stage(), "notice 0");
}

#[test]
fn a_recall_is_shown_again_and_marked() {
    let mut room = Room::new();
    room.call("A017", "3");
    room.pass(10);
    room.call("A017", "3");
    assert_eq!(room.stage(), "A017>3 again");
    assert_eq!(room.up, [1, 2]);
    room.call("A018", "2");
    room.pass(6);
    assert_eq!(room.stage(), "A018>2");
    assert_eq!(room.last(), ["A017"], "once, however often it was called");
    room.pass(6);
    room.call("A017", "2");
    assert_eq!(room.stage(), "A017>2", "another counter is a new call");
}

#[test]
fn after_a_start_only_young_calls_are_news() {
    let mut room = Room::new();
    room.called("A001", "3", 90_000);
    room.called("A002", "3", 30_000);
    room.called("A003", "2", 29_999);
    room.session = DisplaySession::new(&hall(), Room::at(0));
    room.feed();
    assert_eq!(room.stage(), "A003>2");
    assert_eq!(room.last(), ["A002", "A001"]);
    room.pass(120);
    room.feed();
    assert_eq!(room.up, [3], "and the old ones never become it");
}

#[test]
fn a_repeated_or_late_picture_brings_nothing_up_twice() {
    let mut room = Room::new();
    room.call("A001", "3");
    let early = room.picture();
    room.pass(6);
    room.call("A002", "3");
    room.pass(6);
    room.give(Input::Feed(Box::new(early)));
    room.feed();
    room.pass(60);
    assert_eq!(room.up, [1, 2]);
}

#[test]
fn a_hub_that_counts_anew_is_heard() {
    let mut room = Room::new();
    for _ in 0..5 {
        room.call("A001", "3");
    }
    room.pass(200);
    room.calls.clear();
    room.call("A900", "3");
    assert_eq!(room.stage(), "A900>3");
}

#[test]
fn a_lost_hub_is_said_plainly_and_nothing_is_invented() {
    let mut room = Room::new();
    room.call("A017", "3");
    room.pass(7);
    room.give(Input::HubLost);
    let view = room.view();
    assert_eq!(view.away, Some(Away { since: Some((9, 5)) }));
    assert_eq!((view.waiting, view.serving), (None, None));
    assert!(view.services.iter().all(|s| s.waiting.is_none()));
    assert_eq!(room.stage(), "A017>3", "what is large has its minute");
    room.pass(60);
    assert_eq!(room.stage(), "away");
    assert_eq!(room.last(), ["A017"]);
    assert_eq!(room.view().header.minute, 6, "the clock goes on");
    // What was called meanwhile is shown, each in its turn.
    room.called("A018", "3", 40_000);
    room.called("A019", "2", 1_000);
    room.feed();
    assert_eq!((room.stage().as_str(), room.view().away), ("A018>3", None));
    room.pass(6);
    assert_eq!(room.stage(), "A019>2");
}

#[test]
fn a_screen_that_never_heard_the_hub_says_so() {
    let session = DisplaySession::new(&hall(), Room::at(0));
    let view = session.view();
    assert_eq!((view.stage, view.away), (Stage::Away, Some(Away { since: None })));
    assert_eq!(view.header.year, 2001, "its own clock is all it has");
}

#[test]
fn the_busiest_services_are_named_and_counted() {
    let view = Room::new().view();
    let named: Vec<_> = view.services.iter().map(|s| (s.name.as_str(), s.waiting)).collect();
    assert_eq!(
        named,
        [
            ("Đất đai, sổ đỏ", Some(9)),
            ("Chứng thực bản sao, chữ ký", Some(4)),
            ("Đăng ký hộ kinh doanh", Some(4)),
            ("Nhận kết quả hồ sơ", Some(2)),
        ]
    );
    assert_eq!((view.waiting, view.serving), (Some(20), Some((2, 3))));
}

#[test]
fn a_closed_hall_says_when_it_opens_and_still_calls() {
    let mut room = Room::new();
    room.refusal = Some(Refusal::Lunch { opens: local("2026-11-23T13:00:00") });
    room.feed();
    let Stage::Closed(closing) = room.view().stage else { panic!("{}", room.stage()) };
    let opens = closing.opens.unwrap();
    assert_eq!((closing.reason, opens.hour, opens.today), (ClosedReason::Lunch, 13, true));
    room.call("A017", "3");
    assert_eq!(room.stage(), "A017>3");
    room.pass(60);
    assert_eq!(room.stage(), "closed");
    room.refusal = Some(Refusal::IntakePaused { notice: None });
    room.feed();
    let Stage::Closed(closing) = room.view().stage else { panic!("{}", room.stage()) };
    assert_eq!((closing.reason, closing.opens), (ClosedReason::Paused, None));
}

#[test]
fn a_hall_without_notices_welcomes() {
    let mut hall = hall();
    hall.display.notices.clear();
    let mut room = Room::of(&hall);
    assert_eq!(room.stage(), "welcome");
    room.session.set_hall(&super::tests::hall());
    assert_eq!(room.stage(), "notice 0");
    room.call("A017", "3");
    room.session.set_hall(&hall);
    assert_eq!(room.stage(), "A017>3", "a new configuration takes no call away");
}

#[derive(Clone, Debug)]
enum Happens {
    Calls(u8),
    Feed,
    Lost,
    Passes(u16),
    NewHall(u32),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0u8..5).prop_map(Happens::Calls),
        Just(Happens::Feed),
        Just(Happens::Lost),
        (0u16..9_000).prop_map(Happens::Passes),
        (3u32..8).prop_map(Happens::NewHall),
    ]
}

proptest! {
    /// Every call that reaches the screen comes up once, in order, and stays at least its time.
    #[test]
    fn every_call_has_its_time(story in prop::collection::vec(happens(), 1..80)) {
        let mut room = Room::new();
        let (mut shown, mut told, mut hall) = (None::<(u64, u64)>, 0, hall());
        for event in story {
            match event {
                Happens::Calls(n) => {
                    // No more than a picture holds, so that none is lost on the way.
                    for i in 0..n {
                        room.called(&format!("A{:03}", i % 3), ["1", "3"][usize::from(i % 2)], 0);
                    }
                    room.feed();
                    told = room.calls.len();
                }
                Happens::Feed => {
                    room.feed();
                    told = room.calls.len();
                }
                Happens::Lost => room.give(Input::HubLost),
                Happens::Passes(ms) => {
                    room.ms += u64::from(ms);
                    room.give(Input::Tick);
                }
                Happens::NewHall(seconds) => {
                    hall.display.call_seconds = seconds;
                    room.session.set_hall(&hall);
                }
            }
            let now = match room.view().stage {
                Stage::Call(call) => Some(call.seq),
                _ => None,
            };
            if let Some((seq, since)) = shown && now != Some(seq) {
                prop_assert!(room.ms - since >= u64::from(hall.display.call_seconds) * 1000);
            }
            if now != shown.map(|(seq, _)| seq) {
                shown = now.map(|seq| (seq, room.ms));
            }
        }
        for _ in 0..told {
            room.pass(10);
        }
        let all: Vec<u64> = (1..=u64::try_from(told).unwrap()).collect();
        prop_assert_eq!(&room.up, &all);
    }
}
