// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can be touched, on every screen in every size, language and
//! mode: large enough, labelled, apart from each other, and within reach.

use motcua::ui::headless::Element;

use super::{everywhere, none};

/// 15 mm on the portrait kiosk; `target` in ui/theme.slint.
const SMALLEST: f32 = 60.0;
/// 20 mm: what a person must hit to get a number, on the portrait kiosk.
const MAIN: f32 = 81.0;
/// `gap` in ui/theme.slint.
const GAP: f32 = 24.0;

pub(crate) fn buttons(elements: Vec<Element>) -> Vec<Element> {
    elements.into_iter().filter(|e| e.role == "button").collect()
}

/// Free distance between two rectangles, 0 when they touch or overlap.
pub(crate) fn distance(a: &Element, b: &Element) -> f32 {
    let x = (b.x - (a.x + a.width)).max(a.x - (b.x + b.width)).max(0.0);
    let y = (b.y - (a.y + a.height)).max(a.y - (b.y + b.height)).max(0.0);
    x.max(y)
}

#[test]
fn every_target_is_labelled_large_and_on_the_glass() {
    let mut faults = Vec::new();
    let mut seen = 0;
    everywhere(|stage, name, _, _, (width, height)| {
        for b in buttons(stage.elements()) {
            seen += 1;
            if b.label.trim().is_empty() {
                faults.push(format!("{name}: no label: {b:?}"));
            }
            if b.width < SMALLEST - 0.01 || b.height < SMALLEST - 0.01 {
                faults.push(format!("{name}: {} is only {} x {}", b.label, b.width, b.height));
            }
            let main = height > width && b.label.chars().count() > 1;
            if main && b.height < MAIN {
                faults.push(format!("{name}: {} is only {} high", b.label, b.height));
            }
            let on_glass =
                b.x >= 0.0 && b.y >= 0.0 && b.x + b.width <= width as f32 && b.y + b.height <= height as f32;
            if !on_glass {
                faults.push(format!("{name}: {} leaves the glass: {b:?}", b.label));
            }
        }
    });
    assert!(seen > 1000, "only {seen} targets were looked at");
    none(&faults);
}

#[test]
fn targets_stand_apart() {
    let mut faults = Vec::new();
    everywhere(|stage, name, view, _, _| {
        // Under the warning nothing can be touched.
        let covered = view.idle_warning.is_some();
        let all: Vec<Element> =
            buttons(stage.elements()).into_iter().filter(|b| b.enabled || !covered).collect();
        if covered && all.len() != 1 {
            faults.push(format!("{name}: {} targets beside the warning's", all.len()));
        }
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                let apart = distance(a, b);
                if apart < GAP - 0.5 {
                    faults.push(format!("{name}: {} and {} are {apart} apart", a.label, b.label));
                }
            }
        }
    });
    none(&faults);
}

#[test]
fn low_reach_puts_every_target_in_the_lower_half() {
    let mut faults = Vec::new();
    everywhere(|stage, name, view, mode, (_, height)| {
        if !mode.low_reach {
            return;
        }
        for b in buttons(stage.elements()) {
            if (b.enabled || view.idle_warning.is_none()) && b.y < height as f32 / 2.0 {
                faults.push(format!("{name}: {} begins at {}", b.label, b.y));
            }
        }
    });
    none(&faults);
}

#[test]
fn on_the_portrait_kiosk_the_upper_third_only_speaks() {
    let mut faults = Vec::new();
    everywhere(|stage, name, _, _, (width, height)| {
        for b in buttons(stage.elements()) {
            if height > width && b.y < height as f32 / 3.0 {
                faults.push(format!("{name}: {} begins at {}", b.label, b.y));
            }
        }
    });
    none(&faults);
}
