// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screens, drawn for real on a glass in memory and touched by a finger
//! made of events. What the queue decides is tested elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests, like tests, say what they expect by unwrapping it"
)]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use motcua::ui::Glass;
use motcua::ui::gallery::{self, LANGUAGES, MODES, Mode, SIZES, Sample};
use motcua::ui::headless::{Element, Headless, HeadlessOptions, Pointer, elements};
use motcua_core::view::{Intent, View};

mod aloud;
mod contrast;
mod desks;
mod glyphs;
mod history;
mod keys;
mod repaint;
mod rooms;
mod setup;
mod sources;
pub(crate) mod targets;
mod touch;
pub(crate) mod words;

/// A glass with mocked time, and what its fingers asked for.
pub(crate) struct Stage {
    headless: Headless,
    glass: Glass,
    sent: Rc<RefCell<Vec<Intent>>>,
}

impl Stage {
    fn new(size: (u32, u32)) -> Self {
        let headless = Headless::install(HeadlessOptions { size, mock_time: true }).unwrap();
        let glass = Glass::new().unwrap();
        let sent = Rc::new(RefCell::new(Vec::new()));
        let to = sent.clone();
        glass.on_intent(move |intent| to.borrow_mut().push(intent));
        glass.window().show().unwrap();
        Self { headless, glass, sent }
    }

    fn show(&self, view: &View) {
        self.glass.show(view);
        gallery::settle(&self.headless);
    }

    fn elements(&self) -> Vec<Element> {
        elements(&self.glass)
    }

    /// The first element with this role and label.
    fn find(&self, role: &str, label: &str) -> Element {
        let all = self.elements();
        let found = all.iter().find(|e| e.role == role && e.label == label).cloned();
        found.unwrap_or_else(|| panic!("no {role} “{label}” among {all:#?}"))
    }

    fn tap(&self, x: f32, y: f32) {
        self.headless.pointer(Pointer::Press, x, y);
        self.headless.step();
        self.headless.pointer(Pointer::Release, x, y);
        self.headless.step();
    }

    fn take_sent(&self) -> Vec<Intent> {
        self.sent.take()
    }
}

fn sample(name: &str) -> Sample {
    gallery::samples().into_iter().find(|s| s.name == name).unwrap()
}

fn plain(name: &str) -> View {
    gallery::dressed(&sample(name), "vi", MODES[0])
}

/// Calls `check` for every sample in every size, language and mode, with a name for messages.
fn everywhere(mut check: impl FnMut(&Stage, &str, &View, Mode, (u32, u32))) {
    let stage = Stage::new(SIZES[0]);
    stage.glass.set_still(true);
    for size in SIZES {
        stage.headless.resize(size);
        for sample in gallery::samples() {
            for lang in LANGUAGES {
                for mode in MODES {
                    let view = gallery::dressed(&sample, lang, mode);
                    stage.glass.show(&view);
                    stage.headless.tick();
                    let name = format!("{} {}x{} {lang} {}", sample.name, size.0, size.1, mode.name);
                    check(&stage, &name, &view, mode, size);
                }
            }
        }
    }
}

/// Fails with all faults at once, so that one run shows the whole picture.
pub(crate) fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// The repository's root, where the sources of the screens are.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
