// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rating panel: whole in every size and mode, hit without aiming, and
//! nothing is answered by accident.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use motcua::ui::PanelGlass;
use motcua::ui::gallery::{self, DESK_MODES, DESK_SIZES, LANGUAGES, Mode};
use motcua::ui::headless::{Element, Headless, HeadlessOptions, Pointer, elements};
use motcua_core::panel::{PanelIntent, PanelScreen, PanelView};

use super::glyphs::ink;
use super::repaint::only;
use super::targets::{buttons, distance};
use super::{none, words};

/// 7" with 1024 x 600: 6.7 px to the millimetre. 15 mm, and 20 mm for what is the question's answer.
const SMALLEST: f32 = 100.0;
const MAIN: f32 = 134.0;
/// 3 mm.
const GAP: f32 = 20.0;

/// A panel on a desk with mocked time, and what its fingers asked for.
struct Desk {
    headless: Headless,
    glass: PanelGlass,
    sent: Rc<RefCell<Vec<PanelIntent>>>,
}

impl Desk {
    fn new(size: (u32, u32)) -> Self {
        let headless = Headless::install(HeadlessOptions { size, mock_time: true }).unwrap();
        let glass = PanelGlass::new().unwrap();
        let sent = Rc::new(RefCell::new(Vec::new()));
        let to = sent.clone();
        glass.on_intent(move |intent| to.borrow_mut().push(intent));
        glass.window().show().unwrap();
        Self { headless, glass, sent }
    }

    fn show(&self, view: &PanelView) {
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

    fn tap(&self, (x, y): (f32, f32)) {
        self.headless.pointer(Pointer::Press, x, y);
        self.headless.step();
        self.headless.pointer(Pointer::Release, x, y);
        self.headless.step();
    }
}

fn sample(name: &str, mode: Mode) -> PanelView {
    let sample = gallery::panel_samples().into_iter().find(|s| s.name == name).unwrap();
    gallery::seated(&sample, "vi", mode)
}

fn plain(name: &str) -> PanelView {
    sample(name, DESK_MODES[0])
}

fn everywhere(mut check: impl FnMut(&Desk, &str, &PanelView, (u32, u32))) {
    let desk = Desk::new(DESK_SIZES[0]);
    for size in DESK_SIZES {
        desk.headless.resize(size);
        for sample in gallery::panel_samples() {
            for lang in LANGUAGES {
                for mode in DESK_MODES {
                    let view = gallery::seated(&sample, lang, mode);
                    desk.glass.show(&view);
                    desk.headless.tick();
                    let name = format!("{} {}x{} {lang} {}", sample.name, size.0, size.1, mode.name);
                    check(&desk, &name, &view, size);
                }
            }
        }
    }
}

#[test]
fn every_word_on_the_desk_is_whole() {
    let mut faults = Vec::new();
    everywhere(|desk, name, _, size| {
        let elements = desk.elements();
        words::cut(name, &elements, size, &mut faults);
        words::laid_over(name, &elements, &mut faults);
    });
    none(&faults);
}

#[test]
fn targets_on_the_desk_are_large_and_apart() {
    let mut faults = Vec::new();
    let mut seen = 0;
    everywhere(|desk, name, view, (width, height)| {
        let unit = (width as f32 / 1024.0).min(height as f32 / 600.0);
        let all = buttons(desk.elements());
        let answers: BTreeSet<String> = match &view.screen {
            PanelScreen::Ask(ask) => ask.levels.iter().map(|l| l.name.clone()).collect(),
            PanelScreen::Question(question) => question.answers.iter().cloned().collect(),
            _ => BTreeSet::new(),
        };
        for (i, b) in all.iter().enumerate() {
            seen += 1;
            let least = if answers.contains(&b.label) { MAIN } else { SMALLEST } * unit - 0.5;
            if b.label.trim().is_empty() || b.width < least || b.height < least {
                faults.push(format!("{name}: “{}” is {} x {}", b.label, b.width, b.height));
            }
            if b.x < 0.0 || b.y < 0.0 || b.x + b.width > width as f32 || b.y + b.height > height as f32 {
                faults.push(format!("{name}: “{}” leaves the glass", b.label));
            }
            for other in &all[i + 1..] {
                if distance(b, other) < GAP * unit - 0.5 {
                    faults.push(format!("{name}: “{}” and “{}” are too near", b.label, other.label));
                }
            }
        }
    });
    assert!(seen > 500, "only {seen} targets were looked at");
    none(&faults);
}

#[test]
fn the_desk_has_its_own_words_in_each_language() {
    let desk = Desk::new(DESK_SIZES[0]);
    for sample in gallery::panel_samples() {
        let [vi, en] = LANGUAGES.map(|lang| {
            desk.show(&gallery::seated(&sample, lang, DESK_MODES[0]));
            desk.elements().into_iter().map(|e| e.label).collect::<BTreeSet<_>>()
        });
        let same: Vec<_> = vi.intersection(&en).filter(|l| !words::shared(l)).collect();
        assert!(same.is_empty(), "{}: the same in both languages: {same:?}", sample.name);
    }
}

/// No dead buttons, and none that asks for two things.
#[test]
fn every_living_target_on_the_desk_sends_one_intent() {
    let desk = Desk::new(DESK_SIZES[0]);
    let mut sent = Vec::new();
    for sample in gallery::panel_samples() {
        desk.show(&gallery::seated(&sample, "vi", DESK_MODES[0]));
        for button in desk.elements().into_iter().filter(|e| e.role == "button") {
            desk.headless.advance(Duration::from_millis(500));
            desk.tap(button.center());
            let intents = desk.sent.take();
            assert_eq!(intents.len(), usize::from(button.enabled), "{}: {}", sample.name, button.label);
            sent.extend(intents);
        }
    }
    for wanted in [
        PanelIntent::Level(0),
        PanelIntent::Level(4),
        PanelIntent::Reason("r7".into()),
        PanelIntent::Answer(2),
        PanelIntent::Send,
        PanelIntent::Skip,
        PanelIntent::Back,
        PanelIntent::Language("en".into()),
        PanelIntent::LargeText,
        PanelIntent::HighContrast,
    ] {
        assert!(sent.contains(&wanted), "no button asks for {wanted:?}");
    }
}

#[test]
fn a_double_tap_does_not_answer_the_next_question() {
    let desk = Desk::new(DESK_SIZES[0]);
    let mut view = plain("panel-question");
    desk.show(&view);
    let answer = desk.find("Thêm một lần").center();
    desk.tap(answer);
    assert_eq!(desk.sent.take(), [PanelIntent::Answer(1)]);
    if let PanelScreen::Question(question) = &mut view.screen {
        question.at = 1;
    }
    desk.glass.show(&view);
    desk.headless.step();
    desk.tap(answer);
    assert_eq!(desk.sent.take(), [], "the second tap of a double tap");
    desk.headless.advance(Duration::from_millis(500));
    desk.tap(answer);
    assert_eq!(desk.sent.take().len(), 1, "a person who has read it");
}

#[test]
fn an_idle_desk_repaints_nothing() {
    let desk = Desk::new(DESK_SIZES[0]);
    for sample in gallery::panel_samples() {
        let view = plain(sample.name);
        desk.show(&view);
        desk.glass.show(&view);
        assert_eq!(desk.headless.step(), None, "{} shown again", sample.name);
        assert_eq!(desk.headless.advance(Duration::from_secs(5)), [], "{} left alone", sample.name);
    }
}

#[test]
fn a_minute_on_the_desk_repaints_only_the_clock() {
    let desk = Desk::new(DESK_SIZES[0]);
    let mut view = plain("panel-open");
    desk.show(&view);
    let clock = desk.find("09:05");
    view.header.minute = 6;
    desk.glass.show(&view);
    only(&desk.headless.step().expect("the clock is repainted"), &clock);
    // The question has no clock: a minute changes nothing there.
    let mut view = plain("panel-ask");
    desk.show(&view);
    view.header.minute = 6;
    desk.glass.show(&view);
    assert_eq!(desk.headless.step(), None);
}

#[test]
fn a_second_repaints_only_the_bar() {
    let desk = Desk::new(DESK_SIZES[0]);
    let mut view = plain("panel-ask-3");
    desk.show(&view);
    let note = desk.find("Không bắt buộc. Không ghi tên ông/bà.");
    if let PanelScreen::Ask(ask) = &mut view.screen {
        ask.left -= 1;
    }
    desk.glass.show(&view);
    let frame = desk.headless.step().expect("the bar is repainted");
    only(&frame, &Element { y: note.y - 24.0, height: 24.0, ..note });
}

#[test]
fn a_pressed_face_repaints_only_itself_within_one_frame() {
    let desk = Desk::new(DESK_SIZES[0]);
    for (name, label) in [
        ("panel-ask", "Hài lòng"),
        ("panel-ask", "Bỏ qua"),
        ("panel-reasons", "Chờ đợi lâu"),
        ("panel-question", "Thêm một lần"),
        ("panel-open", "Chữ to"),
    ] {
        desk.show(&plain(name));
        let button = desk.elements().into_iter().find(|e| e.role == "button" && e.label == label).unwrap();
        let (x, y) = button.center();
        desk.headless.pointer(Pointer::Press, x, y);
        only(&desk.headless.step().expect("the press is seen in the next frame"), &button);
        desk.headless.pointer(Pointer::Move, 2.0, 598.0);
        only(&desk.headless.step().expect("the slip is seen"), &button);
        desk.headless.pointer(Pointer::Release, 2.0, 598.0);
        desk.headless.step();
        assert_eq!(desk.sent.take(), [], "{name}: {label}");
    }
}

#[test]
fn a_chosen_reason_repaints_only_itself() {
    let desk = Desk::new(DESK_SIZES[0]);
    let mut view = plain("panel-reasons");
    desk.show(&view);
    let reason = desk.elements().into_iter().find(|e| e.role == "button" && e.label == "Lý do khác").unwrap();
    assert!(!reason.checked);
    if let PanelScreen::Reasons(reasons) = &mut view.screen {
        reasons.reasons[7].chosen = true;
    }
    desk.glass.show(&view);
    only(&desk.headless.step().expect("the reason is repainted"), &reason);
    assert!(desk.elements().into_iter().any(|e| e.label == "Lý do khác" && e.checked));
}

#[test]
fn marks_on_the_desk_are_whole() {
    let desk = Desk::new(DESK_SIZES[0]);
    for size in DESK_SIZES {
        desk.headless.resize(size);
        for mode in DESK_MODES.into_iter().filter(|m| m.high_contrast) {
            let drawn = |question: &str| {
                let mut view = sample("panel-ask", mode);
                if let PanelScreen::Ask(ask) = &mut view.screen {
                    ask.question = question.into();
                }
                desk.show(&view);
                let element = desk.find(question);
                ink(
                    &desk.headless.frame(),
                    &Element { y: element.y + 34.0, height: element.height - 68.0, ..element },
                )
            };
            let (bare_top, bare_bottom) = drawn("AOAE");
            let (top, bottom) = drawn("ẪỔẶỄ");
            let capital = bare_bottom - bare_top + 1;
            assert!(bare_top - top >= capital / 2, "{size:?}: marks {} of {capital}", bare_top - top);
            assert!(bottom > bare_bottom + capital / 10, "{size:?}: the dot below is missing");
        }
    }
}

#[test]
fn a_photo_is_shown_round_and_goes_with_the_officer() {
    let desk = Desk::new(DESK_SIZES[0]);
    desk.show(&plain("panel-serving-photo"));
    desk.glass.set_photo(Some(&gallery::photo()));
    let framed = desk.headless.step().expect("the photo is painted").bounds;
    let frame = desk.headless.frame();
    let at = |dx: u32, dy: u32| frame.pixel(framed.x as u32 + dx, framed.y as u32 + dy).unwrap();
    let middle = at(framed.width / 2, framed.height / 2);
    assert_eq!((middle.r, middle.g, middle.b), (0xE3, 0xB4, 0x93), "the face");
    let corner = at(3, 3);
    assert_eq!((corner.r, corner.g, corner.b), (0xFA, 0xF7, 0xF2), "the paper");
    desk.glass.set_photo(None);
    desk.headless.step();
    let frame = desk.headless.frame();
    let middle = frame.pixel(framed.x as u32 + framed.width / 2, framed.y as u32 + 20).unwrap();
    assert_eq!((middle.r, middle.g, middle.b), (0xDD, 0xEC, 0xEA), "initials on the tint");
}
