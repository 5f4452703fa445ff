// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every page of the menu in every size and language: hit without aiming, in
//! reading order, no word cut.

use crate::screens::targets::{buttons, distance};
use crate::screens::{none, words};
use motcua::technician::TechnicianGlass;
use motcua::ui::Glass;
use motcua::ui::gallery::{
    LANGUAGES, MODES, SIZES, TECHNICIAN_SIZES, dressed, samples, settle, technician_samples,
};
use motcua::ui::headless::{Element, Headless, HeadlessOptions, elements};

fn everywhere(mut check: impl FnMut(&str, Vec<Element>, (u32, u32))) {
    let headless = Headless::install(HeadlessOptions { size: TECHNICIAN_SIZES[0], mock_time: true }).unwrap();
    let glass = TechnicianGlass::new().unwrap();
    glass.window().show().unwrap();
    for size in TECHNICIAN_SIZES {
        headless.resize(size);
        headless.tick();
        for sample in technician_samples() {
            for lang in LANGUAGES {
                glass.show(&sample.view(lang));
                headless.tick();
                check(&format!("{} {}x{} {lang}", sample.name, size.0, size.1), elements(&glass), size);
            }
        }
    }
}

#[test]
fn targets_are_large_apart_and_in_reading_order() {
    let (mut faults, mut seen) = (Vec::new(), 0);
    everywhere(|name, elements, (width, height)| {
        let all = buttons(elements);
        for (i, b) in all.iter().enumerate() {
            seen += 1;
            if b.label.trim().is_empty() || b.width < 59.9 || b.height < 59.9 {
                faults.push(format!("{name}: “{}” is {} x {}", b.label, b.width, b.height));
            }
            if b.x < 0.0 || b.y < 0.0 || b.x + b.width > width as f32 || b.y + b.height > height as f32 {
                faults.push(format!("{name}: “{}” leaves the glass: {b:?}", b.label));
            }
            for other in &all[i + 1..] {
                let apart = distance(b, other);
                if apart < 23.5 {
                    faults.push(format!("{name}: “{}” and “{}” are {apart} apart", b.label, other.label));
                }
                let above = other.y + other.height <= b.y;
                let left = (other.y - b.y).abs() < 1.0 && other.x < b.x;
                if above || left {
                    faults.push(format!("{name}: “{}” is reached before “{}”", b.label, other.label));
                }
            }
        }
    });
    assert!(seen > 1_000, "only {seen} targets were looked at");
    none(&faults);
}

#[test]
fn every_word_is_whole() {
    let mut faults = Vec::new();
    everywhere(|name, elements, size| {
        words::cut(name, &elements, size, &mut faults);
        // The grid's instruction lies over its fields, which are no words.
        words::laid_over(name, &elements, &mut faults);
    });
    none(&faults);
}

/// The kiosk's own screens are a little lower then.
#[test]
fn the_strip_of_the_test_mode_leaves_every_word_and_every_target_on_the_glass() {
    let headless = Headless::install(HeadlessOptions { size: SIZES[0], mock_time: true }).unwrap();
    let glass = Glass::new().unwrap();
    glass.set_trial(true);
    glass.window().show().unwrap();
    let mut faults = Vec::new();
    for size in SIZES {
        headless.resize(size);
        for sample in samples() {
            glass.show(&dressed(&sample, "vi", MODES[0]));
            settle(&headless);
            let all = elements(&glass);
            let name = format!("{} {}x{} in test mode", sample.name, size.0, size.1);
            if !all.iter().any(|e| e.label == "CHẾ ĐỘ THỬ – số không có giá trị" && e.y < 1.0)
            {
                faults.push(format!("{name}: does not say what it is"));
            }
            words::cut(&name, &all, size, &mut faults);
            let low = all.iter().filter(|e| e.role == "button" && e.y + e.height > size.1 as f32 + 0.5);
            faults.extend(low.map(|e| format!("{name}: “{}” leaves the glass", e.label)));
        }
    }
    none(&faults);
}
