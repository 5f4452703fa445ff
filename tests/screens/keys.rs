// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything a finger can touch is reached with the keypad alone, in reading order, and does the same; who uses
//! fingers never sees a ring.

use std::time::Duration;

use motcua::ui::Key;
use motcua::ui::gallery::{self, LANGUAGES, MODES, SIZES};
use motcua::ui::headless::Element;
use motcua_core::view::{Intent, View};
use std::cell::RefCell;
use std::rc::Rc;

use super::repaint::only;
use super::{Stage, none, plain};

/// The labels that keys have reached.
pub(super) fn listen(stage: &Stage) -> Rc<RefCell<Vec<String>>> {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let to = heard.clone();
    stage
        .glass
        .on_reached(move |label| to.borrow_mut().push(label.replace('\u{a0}', " ").replace('\u{2060}', "")));
    heard
}

fn buttons(stage: &Stage) -> Vec<Element> {
    stage.elements().into_iter().filter(|e| e.role == "button" && e.enabled).collect()
}

/// What a key has caused, without the words that somebody is there and needs a voice.
fn wishes(stage: &Stage) -> Vec<Intent> {
    let meant = |intent: &Intent| !matches!(intent, Intent::StillHere | Intent::ReadAloud);
    stage.take_sent().into_iter().filter(meant).collect()
}

#[test]
fn every_button_is_reached_by_down_alone_and_select_does_what_a_tap_does() {
    let mut faults = Vec::new();
    let stage = Stage::new(SIZES[0]);
    let heard = listen(&stage);
    for sample in gallery::samples() {
        let view = plain(sample.name);
        let covered = view.idle_warning.is_some();
        stage.show(&view);
        let all = buttons(&stage);
        for (place, button) in all.iter().enumerate() {
            let (x, y) = button.center();
            // These change the keys and ask for nothing; once more puts the letters back.
            let of_keyboard = ["Chữ hoa", "Chữ số"].contains(&button.label.as_str());
            stage.headless.advance(Duration::from_millis(500));
            stage.tap(x, y);
            let tapped = stage.take_sent();
            if of_keyboard {
                stage.headless.advance(Duration::from_millis(500));
                stage.tap(x, y);
            }
            // From rest, so many presses as there are buttons pass each of them once.
            stage.glass.component().invoke_rest_keys();
            heard.borrow_mut().clear();
            let presses = (0..all.len()).find(|_| {
                stage.glass.push(Key::Down);
                heard.borrow().last() == Some(&button.label)
            });
            stage.take_sent();
            stage.glass.push(Key::Select);
            let chosen = stage.take_sent();
            if of_keyboard {
                stage.glass.push(Key::Select);
            }
            if presses.is_none() || chosen != tapped || tapped.len() != usize::from(!of_keyboard) {
                faults.push(format!(
                    "{} {place} {}: {presses:?}, {tapped:?}, {chosen:?}",
                    sample.name, button.label
                ));
            }
        }
        // Up goes the same way back, and none but the buttons are reached.
        heard.borrow_mut().clear();
        stage.glass.component().invoke_rest_keys();
        (0..all.len()).for_each(|_| stage.glass.push(Key::Down));
        let down = heard.take();
        (1..all.len()).for_each(|_| stage.glass.push(Key::Up));
        let mut up = heard.take();
        up.reverse();
        let mut labels: Vec<&String> = all.iter().map(|b| &b.label).collect();
        let mut reached: Vec<&String> = down.iter().collect();
        labels.sort();
        reached.sort();
        if labels != reached || down[..down.len() - 1] != up {
            faults.push(format!("{}: {labels:?}, down {down:?}, up {up:?}", sample.name));
        }
        stage.take_sent();
        stage.glass.push(Key::Back);
        let back = if covered { vec![] } else { vec![Intent::Back] };
        if stage.take_sent() != back {
            faults.push(format!("{}: back", sample.name));
        }
    }
    none(&faults);
}

/// Top to bottom, left to right; the bar at the foot is last. Buttons beside each other may be of different heights.
fn in_reading_order(order: &[Element]) -> Option<String> {
    order.windows(2).find_map(|pair| {
        let (a, b) = (&pair[0], &pair[1]);
        let above = b.y + b.height <= a.y + 1.0;
        let same_row = b.y < a.y + a.height - 1.0 && a.y < b.y + b.height - 1.0;
        (above && b.x <= a.x + a.width || same_row && b.x < a.x)
            .then(|| format!("{} before {}", a.label, b.label))
    })
}

#[test]
fn keys_go_in_reading_order_in_every_size_and_mode() {
    let mut faults = Vec::new();
    let stage = Stage::new(SIZES[0]);
    let heard = listen(&stage);
    for size in SIZES {
        stage.headless.resize(size);
        for sample in gallery::samples() {
            for mode in MODES {
                let view = gallery::dressed(&sample, LANGUAGES[0], mode);
                stage.glass.show(&view);
                stage.headless.tick();
                let all = buttons(&stage);
                heard.borrow_mut().clear();
                stage.glass.component().invoke_rest_keys();
                (0..all.len()).for_each(|_| stage.glass.push(Key::Down));
                let order: Vec<Element> = heard
                    .take()
                    .iter()
                    .filter_map(|label| all.iter().find(|b| b.label == *label).cloned())
                    .collect();
                if let Some(fault) = in_reading_order(&order) {
                    faults.push(format!("{} {size:?} {}: {fault}", sample.name, mode.name));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn the_ring_is_for_keys_only_and_repaints_only_where_it_was_and_is() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("services"));
    let before = stage.headless.frame().pixels;
    stage.glass.push(Key::Down);
    stage.headless.step();
    let ringed = stage.headless.frame().pixels;
    assert_ne!(before, ringed, "a ring is seen");
    let ring = |e: &Element| Element {
        x: e.x - 14.0,
        y: e.y - 14.0,
        width: e.width + 28.0,
        height: e.height + 28.0,
        ..e.clone()
    };
    let first = stage.find("button", "Khai sinh");
    stage.glass.push(Key::Down);
    let frame = stage.headless.step().expect("the ring moves");
    let both = stage.find("button", "Chứng thực bản sao, chữ ký");
    let (a, b) = (ring(&both), ring(&first));
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let around = Element {
        width: (a.x + a.width).max(b.x + b.width) - x,
        height: (a.y + a.height).max(b.y + b.height) - y,
        x,
        y,
        ..a
    };
    only(&frame, &around);
    assert_eq!(stage.headless.advance(Duration::from_secs(5)), [], "a ring rests");
    // A finger takes it away.
    let (x, y) = first.center();
    stage.tap(x, y);
    assert_eq!(wishes(&stage), [Intent::Service("s1".into())]);
    assert_eq!(stage.headless.frame().pixels, before);
}

#[test]
fn a_held_key_is_one_press() {
    use slint::platform::{Key as SlintKey, WindowEvent};
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("home"));
    let send = |event| {
        stage.glass.window().dispatch_event_with_result(event).unwrap();
    };
    let text = || slint::SharedString::from(SlintKey::Return);
    // Nothing is chosen before it was shown what.
    send(WindowEvent::KeyPressed { text: text() });
    send(WindowEvent::KeyReleased { text: text() });
    assert_eq!(wishes(&stage), []);
    send(WindowEvent::KeyPressed { text: text() });
    for _ in 0..20 {
        send(WindowEvent::KeyPressRepeated { text: text() });
    }
    send(WindowEvent::KeyReleased { text: text() });
    assert_eq!(wishes(&stage), [Intent::TakeNumber]);
    // The arrows and Escape of a keyboard are the keypad's keys.
    for (key, wanted) in
        [(SlintKey::DownArrow, vec![]), (SlintKey::UpArrow, vec![]), (SlintKey::Escape, vec![Intent::Back])]
    {
        send(WindowEvent::KeyPressed { text: key.into() });
        assert_eq!(wishes(&stage), wanted, "{key:?}");
    }
}

fn warned(mut view: View) -> View {
    view.idle_warning = Some(20);
    view
}

#[test]
fn the_focus_is_never_lost() {
    let stage = Stage::new(SIZES[0]);
    let heard = listen(&stage);
    let next = |wanted: &str| {
        stage.glass.push(Key::Down);
        assert_eq!(heard.borrow().last().map(String::as_str), Some(wanted));
    };
    stage.show(&plain("home"));
    next("Lấy số thứ tự");
    // A new screen begins at its first target: the next key leads to the second.
    stage.show(&plain("services"));
    next("Khai sinh");
    // The letters come and the button that was reached goes.
    stage.show(&plain("search"));
    stage.glass.push(Key::Down);
    assert!(heard.borrow().len() >= 3, "{heard:?}");
    // Only the warning's button is reached while it is up, and behind it the screen begins anew.
    stage.show(&warned(plain("services")));
    stage.take_sent();
    stage.glass.push(Key::Down);
    stage.glass.push(Key::Back);
    assert_eq!(stage.take_sent(), [], "the warning stands");
    stage.glass.push(Key::Select);
    assert_eq!(stage.take_sent(), [Intent::StillHere]);
    stage.show(&plain("services"));
    next("Khai sinh");
    // Nobody answered: the next one sees no ring.
    stage.show(&warned(plain("services")));
    stage.show(&plain("home"));
    stage.headless.step();
    stage.glass.push(Key::Select);
    assert_eq!(wishes(&stage), [], "nothing was chosen by a first key");
}

#[test]
fn the_first_key_turns_the_voice_on_where_there_is_one() {
    let stage = Stage::new(SIZES[0]);
    let mut view = plain("home");
    stage.show(&view);
    let push = || {
        stage.glass.push(Key::Down);
        stage.take_sent()
    };
    assert_eq!(push(), [Intent::ReadAloud]);
    view.prefs.aloud = Some(motcua_core::view::Speed::Normal);
    stage.show(&view);
    assert_eq!(push(), [Intent::StillHere]);
    // Turned off again, it stays off.
    view.prefs.aloud = None;
    stage.show(&view);
    assert_eq!(push(), [Intent::StillHere]);
    // The next citizen, and a machine without a voice.
    stage.show(&warned(view.clone()));
    view.voice = false;
    stage.show(&view);
    assert_eq!(push(), [Intent::StillHere]);
    stage.show(&warned(view.clone()));
    view.voice = true;
    stage.show(&view);
    assert_eq!(push(), [Intent::ReadAloud]);
}

#[test]
fn a_key_that_chooses_can_be_the_first_one() {
    let stage = Stage::new(SIZES[0]);
    stage.show(&plain("home"));
    stage.glass.push(Key::Down);
    stage.show(&plain("services"));
    // Back at the start all choices are forgotten, the voice as well; the hand is still on the keys.
    stage.show(&plain("home"));
    stage.take_sent();
    stage.glass.push(Key::Select);
    assert_eq!(stage.take_sent(), [Intent::ReadAloud, Intent::TakeNumber]);
}
