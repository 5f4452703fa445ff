// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every word can be read: nothing is cut, nothing lies over something else, and
//! each language has its own words.

use std::collections::BTreeSet;

use motcua::ui::gallery::{self, LANGUAGES, MODES, SIZES};
use motcua::ui::headless::Element;
use motcua_core::view::Screen;

use super::{Stage, everywhere, none, plain};

fn texts(elements: &[Element]) -> Vec<&Element> {
    elements.iter().filter(|e| e.role == "text").collect()
}

/// What of the texts is cut or not on the glass.
pub(crate) fn cut(name: &str, elements: &[Element], (width, height): (u32, u32), faults: &mut Vec<String>) {
    for t in texts(elements) {
        if t.clipped {
            faults.push(format!("{name}: “{}” does not fit {} x {}", t.label, t.width, t.height));
        }
        let on_glass = t.x >= 0.0
            && t.y >= 0.0
            && t.x + t.width <= width as f32 + 0.5
            && t.y + t.height <= height as f32 + 0.5;
        if !on_glass {
            faults.push(format!("{name}: “{}” leaves the glass", t.label));
        }
    }
}

/// Which texts lie over each other or over the edge of a button.
pub(crate) fn laid_over(name: &str, elements: &[Element], faults: &mut Vec<String>) {
    let texts = texts(elements);
    for (i, a) in texts.iter().enumerate() {
        for b in texts[i + 1..].iter().filter(|b| a.overlaps(b)) {
            let shared = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
            if shared > 1.0 {
                faults.push(format!("{name}: “{}” and “{}”", a.label, b.label));
            }
        }
        for b in elements.iter().filter(|e| e.role == "button") {
            if a.overlaps(b) && !b.contains(a) {
                faults.push(format!("{name}: “{}” sticks out of or into {}", a.label, b.label));
            }
        }
    }
}

#[test]
fn no_text_is_cut_or_leaves_the_glass() {
    let mut faults = Vec::new();
    everywhere(|stage, name, _, _, size| {
        let elements = stage.elements();
        assert!(texts(&elements).len() > 3, "{name} says next to nothing");
        cut(name, &elements, size, &mut faults);
    });
    none(&faults);
}

/// The check above can fail: a name that no hall would give is found out.
#[test]
fn a_name_that_cannot_fit_is_noticed() {
    let stage = Stage::new(SIZES[0]);
    let mut view = plain("services");
    if let Screen::Services(services) = &mut view.screen {
        services.tiles[0].name = "Cấp giấy chứng nhận quyền sử dụng đất ".repeat(12);
    }
    stage.show(&view);
    assert!(stage.elements().iter().any(|e| e.role == "text" && e.clipped));
}

/// The longest names in use wrap and stay whole, in the hardest mode.
#[test]
fn long_names_wrap() {
    let stage = Stage::new(SIZES[0]);
    let mut faults = Vec::new();
    for size in SIZES {
        stage.headless.resize(size);
        for mode in MODES {
            let mut view = gallery::dressed(&super::sample("services"), "vi", mode);
            if let Screen::Services(services) = &mut view.screen {
                services.tiles[1].name = "Đăng ký biện pháp bảo đảm quyền sử dụng đất".into();
                services.tiles[2].name = "Hỗ trợ chi phí mai táng, trợ cấp một lần".into();
            }
            stage.show(&view);
            for t in texts(&stage.elements()).iter().filter(|t| t.clipped) {
                faults.push(format!("{} {size:?}: “{}”", mode.name, t.label));
            }
        }
    }
    none(&faults);
}

#[test]
fn words_do_not_lie_over_each_other() {
    let mut faults = Vec::new();
    everywhere(|stage, name, view, _, _| {
        if view.idle_warning.is_some() {
            return;
        }
        laid_over(name, &stage.elements(), &mut faults);
    });
    none(&faults);
}

#[test]
fn each_language_has_its_own_words() {
    let stage = Stage::new(SIZES[0]);
    for sample in gallery::samples() {
        let [vi, en] = LANGUAGES.map(|lang| {
            stage.show(&gallery::dressed(&sample, lang, MODES[0]));
            stage.elements().into_iter().map(|e| e.label).collect::<BTreeSet<_>>()
        });
        let same: Vec<_> = vi.intersection(&en).filter(|l| !shared(l)).collect();
        assert!(same.is_empty(), "{}: the same in both languages: {same:?}", sample.name);
    }
}

/// Names of the hall, numbers and letters are the same in every language.
pub(crate) fn shared(label: &str) -> bool {
    let figures = |c: char| c.is_ascii_digit() || " :/,–-".contains(c);
    label.chars().all(figures)
        || label.chars().count() == 1
        || label.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "- ().*".contains(c))
        || [
            "TRUNG TÂM",
            "Đất đai",
            "Hộ kinh doanh",
            "Quốc khánh",
            "Quỳnh Hoa",
            "Trần Thị",
            "đất đai",
            "trich luc",
            " đ",
            "Telex",
        ]
        .iter()
        .any(|own| label.contains(own))
}
