// SPDX-License-Identifier: MIT OR Apache-2.0
//! A screen that has shown a whole day must look like one that was started a
//! moment ago: repainting in parts leaves nothing old behind, however many texts
//! were shaped before. Two glasses are shown the same random history; one
//! repaints what has changed, the other everything. `MOTCUA_SEED` is another one.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use motcua::ui::gallery::{self, DESK_MODES, DESK_SIZES, LANGUAGES, MODES, ROOM_SIZES, SIZES};
use motcua::ui::headless::{Headless, HeadlessOptions};
use motcua::ui::{DisplayGlass, Glass, PanelGlass};
use motcua_core::display::{DisplayView, LastCall};
use motcua_core::panel::PanelView;
use motcua_core::view::View;

use crate::support::Dice;

/// Moments that are compared.
const MOMENTS: u64 = 60;
/// Other screens that come and go before each: so many that the renderer sweeps its cache of shaped
/// texts several times in a history.
const BUSTLE: u64 = 6;
/// How long each of them is up, milliseconds.
const BRIEFLY: u64 = 20;
/// Pixels that may differ: the edge of a repainted part is rounded.
const ROUNDED: usize = 60;

fn one_of<T>(dice: &mut Dice, all: &[T]) -> usize {
    usize::try_from(dice.below(all.len() as u64)).unwrap()
}

/// What takes a history further on one glass: to another screen for a while, or to the next moment.
trait Story {
    fn bustle(&mut self, dice: &mut Dice);
    fn next(&mut self, dice: &mut Dice);
}

/// Shows a history on two glasses, each on a thread of its own as Slint wants it, and compares.
fn same_as_anew<S: Story>(size: (u32, u32), make: impl Fn() -> S + Copy + Send + 'static) {
    let seed = std::env::var("MOTCUA_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let play = move |anew: bool, mut see: Box<dyn FnMut(u64, Vec<_>)>| {
        let headless = Headless::install(HeadlessOptions { size, mock_time: true }).unwrap();
        let (mut dice, mut story) = (Dice::of(seed), make());
        for n in 0..MOMENTS {
            for _ in 0..BUSTLE {
                story.bustle(&mut dice);
                headless.advance(Duration::from_millis(BRIEFLY));
            }
            story.next(&mut dice);
            headless.advance(Duration::from_millis(300 + dice.below(2_000)));
            if anew {
                headless.redraw();
                headless.step();
            }
            see(n, headless.frame().pixels);
        }
    };
    let (to, from) = sync_channel(1);
    let parts = std::thread::spawn(move || play(false, Box::new(move |_, pixels| drop(to.send(pixels)))));
    play(
        true,
        Box::new(move |n, whole| {
            let kept = from.recv().expect("the other glass shows the same");
            let differ = kept.iter().zip(&whole).filter(|(a, b)| a != b).count();
            assert!(differ <= ROUNDED, "moment {n}: {differ} pixels are left over from before");
        }),
    );
    parts.join().unwrap();
}

struct Wall(DisplayGlass, DisplayView);

impl Story for Wall {
    /// Only the large part: clock and lists lie still meanwhile.
    fn bustle(&mut self, dice: &mut Dice) {
        let samples = gallery::display_samples();
        let other = (samples[one_of(dice, &samples)].view)("vi");
        self.0.show(&DisplayView { stage: other.stage, services: other.services, ..self.1.clone() });
    }

    fn next(&mut self, dice: &mut Dice) {
        let (samples, view) = (gallery::display_samples(), &mut self.1);
        match dice.below(10) {
            0..=3 => view.header.minute = (view.header.minute + 1) % 60,
            4..=6 => {
                let n = dice.below(999);
                let call = LastCall { label: format!("A{n:03}"), counter: format!("{}", n % 6) };
                view.last.insert(0, call);
                view.last.truncate(view.last_rows);
            }
            7 => view.waiting = Some(u32::try_from(dice.below(40)).unwrap()),
            // Another state of the large part, with the lists as they are.
            _ => {
                let other = (samples[one_of(dice, &samples)].view)("vi");
                (view.stage, view.away, view.marquee) = (other.stage, other.away, other.marquee);
            }
        }
        self.0.show(view);
    }
}

#[test]
fn a_display_that_has_run_all_day_looks_like_a_fresh_one() {
    same_as_anew(ROOM_SIZES[0], || {
        let glass = DisplayGlass::new().unwrap();
        glass.window().show().unwrap();
        Wall(glass, (gallery::display_samples()[0].view)("vi"))
    });
}

struct Kiosk(Glass, View);

impl Kiosk {
    fn any(dice: &mut Dice) -> View {
        let samples = gallery::samples();
        let (lang, mode) = (LANGUAGES[one_of(dice, &LANGUAGES)], MODES[one_of(dice, &MODES)]);
        gallery::dressed(&samples[one_of(dice, &samples)], lang, mode)
    }
}

impl Story for Kiosk {
    fn bustle(&mut self, dice: &mut Dice) {
        self.0.show(&Kiosk::any(dice));
    }

    fn next(&mut self, dice: &mut Dice) {
        match dice.below(3) {
            0 => self.1 = Kiosk::any(dice),
            _ => self.1.header.minute = (self.1.header.minute + 1) % 60,
        }
        self.0.show(&self.1);
    }
}

#[test]
fn a_kiosk_that_has_run_all_day_looks_like_a_fresh_one() {
    same_as_anew(SIZES[0], || {
        let glass = Glass::new().unwrap();
        glass.window().show().unwrap();
        Kiosk(glass, gallery::dressed(&gallery::samples()[0], "vi", MODES[0]))
    });
}

struct Panel(PanelGlass, PanelView);

impl Panel {
    fn any(dice: &mut Dice) -> PanelView {
        let samples = gallery::panel_samples();
        let (lang, mode) = (LANGUAGES[one_of(dice, &LANGUAGES)], DESK_MODES[one_of(dice, &DESK_MODES)]);
        gallery::seated(&samples[one_of(dice, &samples)], lang, mode)
    }
}

impl Story for Panel {
    fn bustle(&mut self, dice: &mut Dice) {
        self.0.show(&Panel::any(dice));
    }

    fn next(&mut self, dice: &mut Dice) {
        match dice.below(3) {
            0 => self.1 = Panel::any(dice),
            _ => self.1.header.minute = (self.1.header.minute + 1) % 60,
        }
        self.0.show(&self.1);
    }
}

#[test]
fn a_panel_that_has_run_all_day_looks_like_a_fresh_one() {
    same_as_anew(DESK_SIZES[0], || {
        let glass = PanelGlass::new().unwrap();
        glass.window().show().unwrap();
        Panel(glass, gallery::seated(&gallery::panel_samples()[0], "vi", DESK_MODES[0]))
    });
}
