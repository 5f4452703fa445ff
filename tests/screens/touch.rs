// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the glass takes a finger: it acts on release inside the target, a slip
//! cancels, a long press is one touch, and a double tap does not choose on a
//! screen that has only just appeared.

use std::time::Duration;

use motcua::ui::gallery::SIZES;
use motcua::ui::headless::{Headless, HeadlessOptions, Pointer, elements};
use motcua_core::view::{Intent, Screen};

use super::{Stage, plain, sample};

const HERO: &str = "Lấy số thứ tự";

#[test]
fn a_touch_acts_on_release_and_once() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("home"));
    let (x, y) = stage.find("button", HERO).center();
    stage.headless.pointer(Pointer::Press, x, y);
    stage.headless.step();
    assert_eq!(stage.take_sent(), [], "nothing on press");
    stage.headless.pointer(Pointer::Release, x, y);
    stage.headless.step();
    assert_eq!(stage.take_sent(), [Intent::TakeNumber]);
}

#[test]
fn a_slip_out_cancels_and_does_not_block() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("services"));
    let tile = stage.find("button", "Khai sinh");
    let other = stage.find("button", "Kết hôn");
    let (x, y) = tile.center();
    stage.headless.pointer(Pointer::Press, x, y);
    stage.headless.step();
    let (to_x, to_y) = other.center();
    stage.headless.pointer(Pointer::Move, to_x, to_y);
    stage.headless.pointer(Pointer::Release, to_x, to_y);
    stage.headless.step();
    assert_eq!(stage.take_sent(), [], "neither the tile left nor the one arrived at");
    stage.tap(x, y);
    assert_eq!(stage.take_sent(), [Intent::Service("s1".into())]);
}

#[test]
fn a_trembling_finger_that_stays_inside_counts() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("services"));
    let (x, y) = stage.find("button", "Khai sinh").center();
    stage.headless.pointer(Pointer::Press, x, y);
    for step in 0..40 {
        let off = if step % 2 == 0 { 30.0 } else { -30.0 };
        stage.headless.pointer(Pointer::Move, x + off, y - off);
        stage.headless.advance(Duration::from_millis(16));
    }
    stage.headless.pointer(Pointer::Release, x + 20.0, y);
    stage.headless.step();
    assert_eq!(stage.take_sent(), [Intent::Service("s1".into())]);
}

#[test]
fn a_long_press_is_one_touch() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("home"));
    let (x, y) = stage.find("button", HERO).center();
    stage.headless.pointer(Pointer::Press, x, y);
    stage.headless.advance(Duration::from_secs(20));
    assert_eq!(stage.take_sent(), []);
    stage.headless.pointer(Pointer::Release, x, y);
    stage.headless.advance(Duration::from_secs(1));
    assert_eq!(stage.take_sent(), [Intent::TakeNumber]);
    stage.headless.advance(Duration::from_secs(1));
    stage.tap(x, y);
    assert_eq!(stage.take_sent(), [Intent::TakeNumber], "and the next touch works");
}

#[test]
fn a_double_tap_does_not_choose_on_the_next_screen() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("services"));
    let (x, y) = stage.find("button", "Khai sinh").center();
    stage.tap(x, y);
    assert_eq!(stage.take_sent().len(), 1);
    // The next screen has a target at the same place.
    stage.glass.show(&plain("priority"));
    stage.headless.step();
    let under = stage.elements().into_iter().find(|e| {
        let inside = x > e.x && x < e.x + e.width && y > e.y && y < e.y + e.height;
        e.role == "button" && inside
    });
    assert!(under.is_some(), "the sample screens no longer share a place; choose another");
    stage.headless.advance(Duration::from_millis(120));
    stage.tap(x, y);
    assert_eq!(stage.take_sent(), [], "the second tap of a double tap");
    stage.headless.advance(Duration::from_millis(500));
    stage.tap(x, y);
    assert_eq!(stage.take_sent().len(), 1, "a person who has read the screen");
}

#[test]
fn letters_may_be_typed_fast() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("search"));
    let (x, y) = stage.find("button", "N").center();
    stage.tap(x, y);
    stage.headless.advance(Duration::from_millis(48));
    stage.tap(x, y);
    assert_eq!(stage.take_sent(), [Intent::Letter('N'), Intent::Letter('N')]);
}

#[test]
fn letters_that_lead_nowhere_do_nothing() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("search"));
    let key = stage.find("button", "Z");
    assert!(!key.enabled);
    let (x, y) = key.center();
    stage.tap(x, y);
    assert_eq!(stage.take_sent(), []);
}

/// No dead buttons: each one that looks alive asks for exactly one thing.
#[test]
fn every_living_target_sends_one_intent() {
    let stage = Stage::new(SIZES[0]);
    let mut sent = Vec::new();
    for sample in motcua::ui::gallery::samples() {
        stage.show(&plain(sample.name));
        for button in stage.elements().into_iter().filter(|e| e.role == "button" && e.enabled) {
            stage.headless.advance(Duration::from_millis(500));
            let (x, y) = button.center();
            stage.tap(x, y);
            let intents = stage.take_sent();
            if ["Chữ hoa", "Chữ số"].contains(&button.label.as_str()) {
                // These change the keys only; once more puts the letters back.
                assert_eq!(intents, [], "{}: {}", sample.name, button.label);
                stage.headless.advance(Duration::from_millis(500));
                stage.tap(x, y);
                continue;
            }
            assert_eq!(intents.len(), 1, "{}: {}", sample.name, button.label);
            sent.extend(intents);
        }
    }
    let has = |wanted: &Intent| sent.contains(wanted);
    for wanted in [
        Intent::TakeNumber,
        Intent::Priority(None),
        Intent::Priority(Some("p0".into())),
        Intent::Back,
        Intent::Home,
        Intent::Language("en".into()),
        Intent::LargeText,
        Intent::HighContrast,
        Intent::LowReach,
        Intent::Page(1),
        Intent::Search(true),
        Intent::Search(false),
        Intent::Erase,
        Intent::StillHere,
        Intent::WhatToBring,
        Intent::Booking,
        Intent::Dossier,
        Intent::Information,
        Intent::Feedback,
        Intent::Choose("1.001193".into()),
        Intent::First(6),
        Intent::Key('q'),
        Intent::Sign('0'),
        Intent::Sign(' '),
        Intent::TypingMethod,
        Intent::Send,
        Intent::TypeInstead,
        Intent::UseCard,
        Intent::Agree,
        Intent::Decline,
        Intent::Main,
        Intent::Also,
    ] {
        assert!(has(&wanted), "no button asks for {wanted:?}");
    }
}

#[test]
fn home_is_offered_only_where_it_leads_somewhere() {
    let stage = Stage::new(SIZES[0]);
    for (name, offered) in
        [("home", false), ("services", true), ("number", true), ("closed", false), ("cap-reached", true)]
    {
        stage.show(&plain(name));
        assert_eq!(stage.elements().iter().any(|e| e.label == "Về đầu"), offered, "{name}");
    }
}

#[test]
fn nothing_of_a_citizen_stays_behind() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("number"));
    stage.show(&plain("home"));
    assert!(!stage.elements().iter().any(|e| e.label.contains("A017")));
    // The number screen without a number: what an element look-up finds must be new data only.
    let mut next = (sample("number").view)("vi");
    if let Screen::Number(number) = &mut next.screen {
        number.label = "B002".into();
    }
    stage.show(&next);
    assert!(!stage.elements().iter().any(|e| e.label.contains("A017")));
}

/// The event loop with real time, driven from another thread as the bench does it.
#[test]
fn another_thread_can_touch_and_look() {
    let headless = Headless::install(HeadlessOptions { size: SIZES[2], mock_time: false }).unwrap();
    let glass = motcua::ui::Glass::new().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    glass.on_intent(move |intent| {
        tell.send(intent).unwrap();
        slint::quit_event_loop().unwrap();
    });
    glass.window().show().unwrap();
    glass.show(&plain("home"));
    headless.step();
    let hero = elements(&glass).into_iter().find(|e| e.label == HERO).unwrap();
    let remote = headless.remote();
    let thread = std::thread::spawn(move || {
        let (x, y) = hero.center();
        remote.pointer(Pointer::Press, x, y);
        remote.pointer(Pointer::Release, x, y);
        remote.frame()
    });
    slint::run_event_loop().unwrap();
    assert_eq!(told.recv().unwrap(), Intent::TakeNumber);
    let frame = thread.join().unwrap();
    assert_eq!((frame.width, frame.height), SIZES[2]);
    assert!(frame.number > 0);
}
