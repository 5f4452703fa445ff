// SPDX-License-Identifier: MIT OR Apache-2.0
//! The waiting room's screen: read from ten metres, whole in every size, and
//! still while nothing happens.

use std::collections::BTreeSet;
use std::time::Duration;

use motcua::ui::DisplayGlass;
use motcua::ui::gallery::{self, LANGUAGES, Mode, ROOM_MODES, ROOM_SIZES};
use motcua::ui::headless::{Element, Headless, HeadlessOptions, elements};
use motcua_core::display::{DisplayView, Stage};

use super::glyphs::ink;
use super::repaint::only;
use super::{none, words};

/// A screen on the wall, with mocked time.
struct Wall {
    headless: Headless,
    glass: DisplayGlass,
}

impl Wall {
    fn new(size: (u32, u32)) -> Self {
        let headless = Headless::install(HeadlessOptions { size, mock_time: true }).unwrap();
        let glass = DisplayGlass::new().unwrap();
        glass.window().show().unwrap();
        Self { headless, glass }
    }

    fn show(&self, view: &DisplayView) {
        self.glass.show(view);
        gallery::settle(&self.headless);
    }

    fn elements(&self) -> Vec<Element> {
        elements(&self.glass)
    }

    fn find(&self, label: &str) -> Element {
        let all = self.elements();
        let found = all.iter().find(|e| e.label == label).cloned();
        found.unwrap_or_else(|| panic!("no “{label}” among {all:#?}"))
    }
}

fn sample(name: &str, mode: Mode) -> DisplayView {
    let sample = gallery::display_samples().into_iter().find(|s| s.name == name).unwrap();
    gallery::hung(&sample, "vi", mode)
}

fn plain(name: &str) -> DisplayView {
    sample(name, ROOM_MODES[0])
}

fn everywhere(mut check: impl FnMut(&Wall, &str, &DisplayView, (u32, u32))) {
    let wall = Wall::new(ROOM_SIZES[0]);
    wall.glass.set_still(true);
    for size in ROOM_SIZES {
        wall.headless.resize(size);
        for sample in gallery::display_samples() {
            for lang in LANGUAGES {
                for mode in ROOM_MODES {
                    let view = gallery::hung(&sample, lang, mode);
                    wall.glass.show(&view);
                    wall.headless.tick();
                    let name = format!("{} {}x{} {lang} {}", sample.name, size.0, size.1, mode.name);
                    check(&wall, &name, &view, size);
                }
            }
        }
    }
}

#[test]
fn every_word_on_the_wall_is_whole() {
    let mut faults = Vec::new();
    everywhere(|wall, name, _, size| {
        let elements = wall.elements();
        words::cut(name, &elements, size, &mut faults);
        words::laid_over(name, &elements, &mut faults);
    });
    none(&faults);
}

#[test]
fn the_wall_has_its_own_words_in_each_language() {
    let wall = Wall::new(ROOM_SIZES[0]);
    for sample in gallery::display_samples() {
        let [vi, en] = LANGUAGES.map(|lang| {
            wall.show(&gallery::hung(&sample, lang, ROOM_MODES[0]));
            wall.elements().into_iter().map(|e| e.label).collect::<BTreeSet<_>>()
        });
        let same: Vec<_> = vi.intersection(&en).filter(|l| !words::shared(l)).collect();
        assert!(same.is_empty(), "{}: the same in both languages: {same:?}", sample.name);
    }
}

/// 43" with 1920 x 1080: 2.02 px to the millimetre, so 30 mm capitals, which ten metres want, are 61 px.
#[test]
fn numbers_can_be_read_from_ten_metres() {
    let wall = Wall::new(ROOM_SIZES[0]);
    wall.glass.set_still(true);
    // High contrast has plain black behind every figure.
    for (size, name) in [
        (ROOM_SIZES[0], "display-call"),
        (ROOM_SIZES[0], "display-call-long"),
        (ROOM_SIZES[1], "display-call"),
        (ROOM_SIZES[2], "display-call"),
    ] {
        wall.headless.resize(size);
        let view = sample(name, ROOM_MODES[1]);
        wall.show(&view);
        let Stage::Call(call) = &view.stage else { panic!("{name} is no call") };
        let unit = f64::from(size.0.min(size.1)) / 1080.0;
        let tall = |label: &str| {
            let element = wall.find(label);
            let (top, bottom) = ink(
                &wall.headless.frame(),
                &Element { y: element.y + 30.0, height: element.height - 60.0, ..element },
            );
            f64::from(bottom - top + 1)
        };
        // A capital is 0.74 of its size: 300 px are 222.
        assert!(tall(&call.label) >= 222.0 * unit, "{name} {size:?}: {}", tall(&call.label));
        let counter =
            wall.elements().into_iter().find(|e| e.label == call.counter && e.height > 200.0 * unit as f32);
        assert!(counter.is_some(), "{name} {size:?}: the counter is small");
    }
}

#[test]
fn the_last_calls_can_be_read_from_ten_metres() {
    let wall = Wall::new(ROOM_SIZES[0]);
    wall.show(&sample("display-call", ROOM_MODES[1]));
    let row = wall.find("E003");
    let (top, bottom) =
        ink(&wall.headless.frame(), &Element { y: row.y + 34.0, height: row.height - 68.0, ..row });
    assert!(bottom - top + 1 >= 61, "{}", bottom - top + 1);
}

#[test]
fn marks_on_the_wall_are_whole() {
    let wall = Wall::new(ROOM_SIZES[0]);
    for size in ROOM_SIZES {
        wall.headless.resize(size);
        let drawn = |title: &str| {
            let mut view = sample("display-notice", ROOM_MODES[1]);
            if let Stage::Notice(notice) = &mut view.stage {
                (notice.title, notice.text, notice.of) = (title.into(), String::new(), 1);
            }
            wall.show(&view);
            let element = wall.find(title);
            // The edge of the picture above is ink too.
            let below = Element { y: element.y + 10.0, height: element.height - 10.0, ..element };
            ink(&wall.headless.frame(), &below)
        };
        let (bare_top, bare_bottom) = drawn("AOAE");
        let (top, bottom) = drawn("ẪỔẶỄ");
        let capital = bare_bottom - bare_top + 1;
        assert!(bare_top - top >= capital / 2, "{size:?}: marks {} of {capital}", bare_top - top);
        assert!(bottom > bare_bottom + capital / 10, "{size:?}: the dot below is missing");
    }
}

#[test]
fn an_idle_wall_repaints_nothing() {
    let wall = Wall::new(ROOM_SIZES[0]);
    for name in ["display-call", "display-notice", "display-closed-lunch", "display-hub-lost", "display-away"]
    {
        let view = plain(name);
        wall.show(&view);
        wall.glass.show(&view);
        assert_eq!(wall.headless.step(), None, "{name} shown again");
        assert_eq!(wall.headless.advance(Duration::from_secs(5)), [], "{name} left alone");
    }
}

#[test]
fn a_minute_on_the_wall_repaints_only_the_clock() {
    let wall = Wall::new(ROOM_SIZES[0]);
    for size in ROOM_SIZES {
        wall.headless.resize(size);
        for name in ["display-call", "display-notice"] {
            let mut view = plain(name);
            wall.show(&view);
            let clock = wall.find("09:05");
            view.header.minute = 6;
            wall.glass.show(&view);
            only(&wall.headless.step().expect("the clock is repainted"), &clock);
        }
    }
}

/// A line that is too long runs, in its own place; one that fits stands still.
#[test]
fn only_a_long_line_runs_and_only_there() {
    let wall = Wall::new(ROOM_SIZES[0]);
    let view = plain("display-notice-long");
    wall.show(&view);
    let line = wall.find(view.marquee.as_deref().unwrap());
    let frames = wall.headless.advance(Duration::from_secs(2));
    assert!(frames.len() > 60, "it runs: {} frames", frames.len());
    frames.iter().for_each(|frame| only(frame, &line));
    wall.glass.set_still(true);
    gallery::settle(&wall.headless);
    assert_eq!(wall.headless.advance(Duration::from_secs(2)), [], "unless the hall wants stillness");
}

#[test]
fn a_recall_of_the_same_number_is_seen() {
    let wall = Wall::new(ROOM_SIZES[0]);
    let mut view = plain("display-recall");
    wall.show(&view);
    if let Stage::Call(call) = &mut view.stage {
        call.seq += 1;
    }
    wall.glass.show(&view);
    let moved = wall.headless.advance(Duration::from_millis(320));
    assert!(moved.len() > 3, "the number rises: {} frames", moved.len());
    assert_eq!(wall.headless.advance(Duration::from_secs(2)), [], "and rests");
}

#[test]
fn one_person_more_repaints_only_the_count() {
    let wall = Wall::new(ROOM_SIZES[0]);
    let mut view = plain("display-call");
    wall.show(&view);
    let count = wall.find("31");
    view.waiting = Some(32);
    wall.glass.show(&view);
    only(
        &wall.headless.step().expect("the count is repainted"),
        &Element { y: count.y - 40.0, height: count.height + 80.0, ..count },
    );
}
