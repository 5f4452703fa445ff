// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the kiosk reads aloud: each new screen, what a touch has changed on one,
//! and each target that a key has reached. The next touch is silence.

use crate::aloud::{Aloud, Ear};
use crate::ui::{Glass, spoken};
use motcua_core::view::{Screen, Speed, View};
use motcua_hal::speaker::SpeakerHandle;
use std::cell::RefCell;

/// What was read last.
struct Read {
    screen: &'static str,
    warned: bool,
    lang: String,
    speed: Speed,
    lines: Vec<String>,
}

/// The voice of one kiosk, where it has one. Stays on the thread of the event loop.
pub(super) struct Voice {
    aloud: Option<Aloud>,
    last: RefCell<Option<Read>>,
}

impl Voice {
    pub(super) fn start(speaker: Option<&SpeakerHandle>, ear: Ear) -> Voice {
        Voice {
            aloud: speaker.and_then(|speaker| Aloud::start(speaker.clone(), ear)),
            last: RefCell::default(),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.aloud.is_some()
    }

    /// Silence at once.
    pub(super) fn hush(&self) {
        if let Some(aloud) = &self.aloud {
            aloud.stop();
        }
    }

    /// The glass shows `view`, because of a touch or by itself.
    pub(super) fn shown(&self, view: &View, glass: &Glass, touched: bool) {
        let Some(aloud) = &self.aloud else { return };
        let mut last = self.last.borrow_mut();
        let Some(speed) = view.prefs.aloud else {
            if last.take().is_some() {
                aloud.stop();
            }
            return;
        };
        let read = Read {
            screen: view.screen.name(),
            warned: view.idle_warning.is_some(),
            lang: view.prefs.lang.clone(),
            speed,
            lines: spoken(view, glass.component()),
        };
        let text = to_say(last.as_ref(), &read, touched || !changes_by_itself(&view.screen));
        if let Some(text) = text {
            aloud.say(&read.lang, &text, speed);
        }
        *last = Some(read);
    }

    /// A key has reached the target with this label.
    pub(super) fn reached(&self, label: &str) {
        let last = self.last.borrow();
        if let (Some(aloud), Some(read)) = (&self.aloud, &*last) {
            aloud.say(&read.lang, label, read.speed);
        }
    }
}

/// People come and go in the hall all the time; nobody wants to hear it again and again.
fn changes_by_itself(screen: &Screen) -> bool {
    matches!(screen, Screen::Home(_) | Screen::Services(_))
}

/// The whole of a new screen, what is new on the same one, or nothing.
fn to_say(before: Option<&Read>, now: &Read, told: bool) -> Option<String> {
    let before = before.filter(|before| {
        (before.screen, before.warned, &before.lang, before.speed)
            == (now.screen, now.warned, &now.lang, now.speed)
    });
    let Some(before) = before else { return Some(now.lines.join("\n")) };
    let new: Vec<&str> =
        now.lines.iter().filter(|line| !before.lines.contains(line)).map(String::as_str).collect();
    (told && !new.is_empty()).then(|| new.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(screen: &'static str, lines: &[&str]) -> Read {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Read { screen, warned: false, lang: "vi".into(), speed: Speed::Normal, lines }
    }

    #[test]
    fn a_new_screen_is_read_whole_and_a_changed_one_where_it_changed() {
        let home = read("home", &["Xin chào", "12 người chờ"]);
        let later = read("home", &["Xin chào", "13 người chờ"]);
        assert_eq!(to_say(None, &home, false).as_deref(), Some("Xin chào\n12 người chờ"));
        assert_eq!(to_say(Some(&home), &later, false), None);
        assert_eq!(to_say(Some(&home), &later, true).as_deref(), Some("13 người chờ"));
        assert_eq!(to_say(Some(&later), &later, true), None);
        let number = read("number", &["A017"]);
        assert_eq!(to_say(Some(&later), &number, false).as_deref(), Some("A017"));
        let faster = Read { speed: Speed::Fast, ..read("number", &["A017"]) };
        assert_eq!(to_say(Some(&number), &faster, true).as_deref(), Some("A017"));
        let warned = Read { warned: true, ..read("number", &["Ông/bà còn ở đây không?"]) };
        assert!(to_say(Some(&number), &warned, false).is_some());
    }
}
