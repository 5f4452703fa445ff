// SPDX-License-Identifier: MIT OR Apache-2.0
//! What may be repainted when: nothing while idle, the clock on a tick, the
//! button under a finger. The renderer itself says what it repainted.

use std::time::Duration;

use motcua::ui::gallery::SIZES;
use motcua::ui::headless::{Area, Element, FrameReport, Pointer};
use motcua::watch::{Watch, WatchOptions, beat};

use super::{Stage, plain};

/// Everything `frame` repainted lies in `element`, give or take a rounded pixel.
pub(super) fn only(frame: &FrameReport, element: &Element) {
    let inside = |a: &Area| {
        let (x, y) = (a.x as f32, a.y as f32);
        x >= element.x - 1.0
            && y >= element.y - 1.0
            && x + a.width as f32 <= element.x + element.width + 1.0
            && y + a.height as f32 <= element.y + element.height + 1.0
    };
    assert!(frame.areas.iter().all(inside), "{:?} repainted, not only {element:?}", frame.areas);
}

#[test]
fn an_idle_screen_repaints_nothing() {
    let stage = Stage::new(SIZES[0]);
    for name in ["home", "services", "number", "closed", "idle-warning"] {
        let view = plain(name);
        stage.show(&view);
        stage.glass.show(&view);
        assert_eq!(stage.headless.step(), None, "{name} shown again");
        assert_eq!(stage.headless.advance(Duration::from_secs(5)), [], "{name} left alone");
    }
}

#[test]
fn a_clock_tick_repaints_only_the_clock() {
    let stage = Stage::new(SIZES[0]);
    for size in SIZES {
        stage.headless.resize(size);
        for name in ["home", "services", "number"] {
            let mut view = plain(name);
            stage.show(&view);
            let clock = stage.find("text", "09:05");
            view.header.minute = 6;
            stage.glass.show(&view);
            let frame = stage.headless.step().expect("the clock is repainted");
            only(&frame, &clock);
            assert_eq!(stage.find("text", "09:06").x, clock.x);
        }
    }
}

#[test]
fn a_countdown_repaints_only_its_number() {
    let stage = Stage::new(SIZES[0]);
    let mut view = plain("idle-warning");
    stage.show(&view);
    let seconds = stage.find("text", "20");
    view.idle_warning = Some(19);
    stage.glass.show(&view);
    only(&stage.headless.step().expect("the number is repainted"), &seconds);
}

#[test]
fn a_pressed_button_repaints_only_itself_within_one_frame() {
    let stage = Stage::new(SIZES[0]);
    for (name, label) in
        [("home", "Lấy số thứ tự"), ("home", "Chữ to"), ("services", "Khai sinh"), ("number", "Xong")]
    {
        stage.show(&plain(name));
        let button = stage.find("button", label);
        let (x, y) = button.center();
        stage.headless.pointer(Pointer::Press, x, y);
        let frame = stage.headless.step().expect("the press is seen in the next frame");
        only(&frame, &button);
        // The finger slips off: back to rest, again nothing but the button.
        stage.headless.pointer(Pointer::Move, 2.0, 2.0);
        only(&stage.headless.step().expect("the slip is seen"), &button);
        stage.headless.pointer(Pointer::Release, 2.0, 2.0);
        stage.headless.step();
        assert_eq!(stage.take_sent(), []);
    }
}

#[test]
fn more_people_waiting_repaints_only_the_tile() {
    let stage = Stage::new(SIZES[0]);
    let mut view = plain("services");
    stage.show(&view);
    let tile = stage.find("button", "Khai sinh");
    if let motcua_core::view::Screen::Services(services) = &mut view.screen {
        services.tiles[1].waiting += 1;
    }
    stage.glass.show(&view);
    only(&stage.headless.step().expect("the tile is repainted"), &tile);
}

/// A watched screen changes one pixel a second, and nothing else.
#[test]
fn a_watched_screen_repaints_one_pixel() {
    let stage = Stage::new(SIZES[0]);
    let dir = Some(std::env::temp_dir());
    let watch = Watch::of("kiosk", &WatchOptions { dir }, true).unwrap();
    let pulse = beat(&watch, stage.glass.component());
    stage.show(&plain("home"));
    stage.headless.advance(Duration::from_secs(2));
    let frames = stage.headless.advance(Duration::from_secs(5));
    assert_eq!(frames.len(), 5);
    for area in frames.iter().flat_map(|frame| &frame.areas) {
        assert_eq!((area.x, area.y, area.width, area.height), (0, 0, 1, 1), "{frames:?}");
    }
    drop(pulse);
    assert_eq!(stage.headless.advance(Duration::from_secs(5)), [], "not watched any more");
}
