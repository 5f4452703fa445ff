// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every screen says when it is read aloud: something, every choice that can be touched, in words that the
//! voice on the device really speaks.

use std::collections::BTreeSet;

use motcua::aloud::speak;
use motcua::ui::gallery::{self, LANGUAGES, MODES, SIZES};
use motcua::ui::spoken;
use motcua_core::view::{Screen, Speed};

use super::{Stage, none, sample};

#[test]
fn every_screen_says_each_of_its_choices_and_the_voice_can_say_it() {
    let mut faults = Vec::new();
    let stage = Stage::new(SIZES[0]);
    for lang in LANGUAGES {
        let mut lines = BTreeSet::new();
        for sample in gallery::samples() {
            let view = gallery::dressed(&sample, lang, MODES[0]);
            stage.show(&view);
            let said = spoken(&view, stage.glass.component());
            let buttons: Vec<String> = stage
                .elements()
                .into_iter()
                .filter(|e| e.role == "button" && e.enabled)
                .map(|e| e.label)
                .collect();
            for label in &buttons {
                if !said.iter().any(|line| line.contains(label)) {
                    faults.push(format!("{} {lang}: {label} is not among {said:?}", sample.name));
                }
            }
            // The keys of a keyboard are one line.
            let keyed =
                matches!(view.screen, Screen::Search(_) | Screen::Entry(_)) || sample.name.contains("search");
            if said.len() <= buttons.len() && view.idle_warning.is_none() && !keyed {
                faults.push(format!("{} {lang}: only choices are said: {said:?}", sample.name));
            }
            lines.extend(said);
        }
        assert!(lines.len() > 50, "{lang}: {lines:?}");
        for line in lines {
            let sound = speak(lang, &line, Speed::Normal).unwrap();
            if sound.rate_hz != 22_050 || sound.rms_dbfs() < -45.0 || sound.duration().as_secs_f64() < 0.1 {
                faults.push(format!("{lang}: {line}: {sound:?} of {} dBFS", sound.rms_dbfs()));
            }
        }
    }
    none(&faults);
}

#[test]
fn slow_is_slower_and_fast_is_faster() {
    for lang in LANGUAGES {
        let length = |speed| speak(lang, "Lấy số thứ tự. Take a number.", speed).unwrap().duration();
        let [slow, normal, fast] = [Speed::Slow, Speed::Normal, Speed::Fast].map(length);
        assert!(
            slow > normal.mul_f64(1.1) && normal > fast.mul_f64(1.1),
            "{lang}: {slow:?} {normal:?} {fast:?}"
        );
    }
}

#[test]
fn what_is_said_follows_the_screen() {
    let stage = Stage::new(SIZES[0]);
    let mut view = (sample("number").view)("vi");
    stage.show(&view);
    let said = spoken(&view, stage.glass.component());
    assert_eq!(said.first().map(String::as_str), Some("Số của ông/bà: A017"), "{said:?}");
    if let Screen::Number(number) = &mut view.screen {
        number.label = "B002".into();
    }
    stage.show(&view);
    let said = spoken(&view, stage.glass.component());
    assert!(said.iter().any(|line| line.contains("B002")) && !said.iter().any(|line| line.contains("A017")));
    // A choice that is made says so, there and when a key reaches it.
    view.prefs.large_text = true;
    stage.show(&view);
    assert!(spoken(&view, stage.glass.component()).contains(&"Chữ to: đang bật".to_owned()));
    let heard = super::keys::listen(&stage);
    (0..10).for_each(|_| stage.glass.push(motcua::ui::Key::Down));
    assert!(heard.borrow().iter().any(|label| label == "Chữ to: đang bật"), "{heard:?}");
    // Under the warning only the warning speaks.
    view.idle_warning = Some(20);
    stage.show(&view);
    assert_eq!(spoken(&view, stage.glass.component()).len(), 3);
}
