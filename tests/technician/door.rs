// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hidden gesture and the pad: nobody gets there by chance, the technician
//! does, and what the steward says is told.

use super::{Steward, draw_until, labels};
use crate::support::{Dice, Dir, until};
use motcua::technician::{DoorOptions, TechnicianDoor};
use motcua::ui::gallery::{self, MODES};
use motcua::ui::headless::{Headless, HeadlessOptions, Pointer};
use motcua::ui::{DisplayGlass, Glass, PanelGlass, SetupGlass};
use std::time::Duration;

const TALL: (u32, u32) = (1080, 1920);
const PAD: &str = "Nhập mã PIN hoặc mã trong ngày";

fn home(glass: &Glass) {
    let sample = gallery::samples().into_iter().find(|s| s.name == "home").unwrap();
    glass.show(&gallery::dressed(&sample, "vi", MODES[0]));
}

fn options(steward: &Steward) -> DoorOptions {
    DoorOptions { socket: Some(steward.socket.clone()) }
}

/// A glass with mocked time and its door.
fn stage(size: (u32, u32), steward: &Steward) -> (Headless, Glass, TechnicianDoor) {
    let headless = Headless::install(HeadlessOptions { size, mock_time: true }).unwrap();
    let glass = Glass::new().unwrap();
    glass.window().show().unwrap();
    home(&glass);
    let door = TechnicianDoor::hang(glass.component(), &options(steward), steward.runtime.handle()).unwrap();
    gallery::settle(&headless);
    (headless, glass, door)
}

fn touch(headless: &Headless, (x, y): (f32, f32), ms: u64) {
    headless.pointer(Pointer::Press, x, y);
    headless.pass(Duration::from_millis(ms));
    headless.pointer(Pointer::Release, x, y);
    headless.pass(Duration::from_millis(100));
}

/// The gesture, as docs/technician.md describes it; `right` is the other corner.
fn gesture(headless: &Headless, right: f32, hold_ms: u64) {
    touch(headless, (40.0, 40.0), hold_ms);
    touch(headless, (right, 40.0), 150);
    touch(headless, (right, 40.0), 150);
}

#[test]
fn the_gesture_opens_the_pad_and_an_abandoned_pad_closes() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let (headless, glass, _door) = stage(TALL, &steward);
    let open = || labels(&glass).iter().any(|l| l == PAD);
    gesture(&headless, 1_040.0, 1_500);
    assert!(!open(), "held too briefly");
    gesture(&headless, 500.0, 3_500);
    assert!(!open(), "tapped elsewhere");
    gesture(&headless, 1_040.0, 3_500);
    assert!(open(), "{:?}", labels(&glass));
    assert!(!headless.tap_label(&glass, "Lấy số thứ tự"), "nothing below can be touched");
    headless.pass(Duration::from_secs(20));
    assert!(open());
    for _ in 0..31 {
        headless.pass(Duration::from_secs(1));
    }
    assert!(!open(), "nobody touched it for half a minute");
    assert!(headless.tap_label(&glass, "Lấy số thứ tự"));
}

#[test]
fn a_wide_screen_has_the_corners_of_its_column() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let (headless, glass, _door) = stage((1280, 800), &steward);
    gesture(&headless, 1280.0 * 0.36 - 40.0, 3_500);
    assert!(labels(&glass).iter().any(|l| l == PAD), "{:?}", labels(&glass));
}

#[test]
fn the_panel_has_the_same_door() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let headless = Headless::install(HeadlessOptions { size: (1024, 600), mock_time: true }).unwrap();
    let glass = PanelGlass::new().unwrap();
    glass.window().show().unwrap();
    let sample = gallery::panel_samples().into_iter().find(|s| s.name == "panel-open").unwrap();
    glass.show(&gallery::seated(&sample, "vi", MODES[0]));
    let _door =
        TechnicianDoor::hang(glass.component(), &options(&steward), steward.runtime.handle()).unwrap();
    gallery::settle(&headless);
    gesture(&headless, 392.0 - 40.0, 3_500);
    assert!(labels(&glass).iter().any(|l| l == PAD), "{:?}", labels(&glass));
}

#[test]
fn the_waiting_room_has_it_where_its_screen_can_be_touched() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let headless = Headless::install(HeadlessOptions { size: (1920, 1080), mock_time: true }).unwrap();
    let glass = DisplayGlass::new().unwrap();
    glass.window().show().unwrap();
    let _door =
        TechnicianDoor::hang(glass.component(), &options(&steward), steward.runtime.handle()).unwrap();
    gallery::settle(&headless);
    gesture(&headless, 1_880.0, 3_500);
    // Nothing chose a language for this window.
    let pad = |l: &String| l == PAD || l == "Enter the PIN or the code of the day";
    assert!(labels(&glass).iter().any(pad), "{:?}", labels(&glass));
}

/// A device that waits for its hub, that tells of wrong settings, and a hub's face; not one without settings.
#[test]
fn a_device_whose_role_does_not_run_has_it_once_it_has_settings() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let headless = Headless::install(HeadlessOptions { size: (1280, 800), mock_time: true }).unwrap();
    let glass = SetupGlass::new().unwrap();
    glass.set_still(true);
    glass.window().show().unwrap();
    let _door =
        TechnicianDoor::hang(glass.component(), &options(&steward), steward.runtime.handle()).unwrap();
    let pages = ["setup-welcome", "setup-waiting", "setup-waiting-used", "setup-faulty", "setup-face"];
    for page in pages {
        let sample = gallery::setup_samples().into_iter().find(|s| s.name == page).unwrap();
        glass.show(&(sample.view)("vi"));
        gallery::settle(&headless);
        gesture(&headless, 1_240.0, 3_500);
        let open = labels(&glass).iter().any(|l| l == PAD);
        assert_eq!(open, page != "setup-welcome", "{page}: {:?}", labels(&glass));
        if open {
            assert!(headless.tap_label(&glass, "Đóng"));
        }
    }
}

#[test]
fn a_hundred_thousand_random_touches_do_not_open_it() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let (headless, glass, _door) = stage(TALL, &steward);
    let mut dice = Dice::of(0x6d6f_7463_7561);
    let mut held = 0;
    for touched in 0..100_000 {
        let at = (dice.below(1080) as f32, dice.below(1920) as f32);
        // One touch in five is long: a hand that leans on the glass.
        let ms = if dice.below(5) == 0 { dice.below(9_000) } else { dice.below(300) };
        if at.0 < 104.0 && at.1 < 104.0 && ms >= 3_000 {
            held += 1;
        }
        touch(&headless, at, ms);
        if touched % 500 == 0 {
            assert!(!labels(&glass).iter().any(|l| l == PAD), "opened after {touched} touches");
        }
    }
    assert!(!labels(&glass).iter().any(|l| l == PAD));
    assert!(held > 20, "the storm held the corner only {held} times");
    gesture(&headless, 1_040.0, 3_500);
    assert!(labels(&glass).iter().any(|l| l == PAD), "and it still opens on purpose");
}

/// In real time, with answers of the steward.
#[test]
fn the_pad_tells_what_the_steward_says() {
    let dir = Dir::new();
    let steward = Steward::start(dir.path());
    let headless = Headless::install(HeadlessOptions { size: TALL, mock_time: false }).unwrap();
    let glass = Glass::new().unwrap();
    glass.window().show().unwrap();
    home(&glass);
    let _door =
        TechnicianDoor::hang(glass.component(), &options(&steward), steward.runtime.handle()).unwrap();
    let wait = |ms| {
        let end = std::time::Instant::now() + Duration::from_millis(ms);
        draw_until(&headless, "time", || std::time::Instant::now() >= end);
    };
    let press = |x: f32, ms| {
        headless.pointer(Pointer::Press, x, 40.0);
        wait(ms);
        headless.pointer(Pointer::Release, x, 40.0);
        wait(100);
    };
    press(40.0, 3_300);
    press(1_040.0, 100);
    press(1_040.0, 100);
    let says = |text: &str| labels(&glass).iter().any(|l| l.starts_with(text));
    draw_until(&headless, "the pad", || says(PAD));
    let enter = |code: &str| {
        for digit in code.chars() {
            assert!(headless.tap_label(&glass, &digit.to_string()), "no {digit}");
            wait(20);
        }
        assert!(headless.tap_label(&glass, "Mở"), "{code} cannot be sent");
    };
    enter("111222");
    draw_until(&headless, "a wrong code", || says("Mã chưa đúng. Còn 2 lần thử"));
    enter("333444");
    draw_until(&headless, "another", || says("Mã chưa đúng. Còn 1 lần thử"));
    enter("555666");
    draw_until(&headless, "the lock", || says("Tạm khóa"));
    assert!(!headless.tap_label(&glass, "1"), "no digit is taken while it is locked");
    steward.asked.lock().unwrap().wrong = 0;
    draw_until(&headless, "the end of the lock", || says(PAD));
    assert!(!headless.tap_label(&glass, "Mở"), "nothing is typed");
    enter(super::CODE);
    assert!(until(|| steward.deeds() == ["enter"]), "{:?}", steward.deeds());
    assert!(!labels(&glass).iter().any(|l| l.contains(super::CODE)), "digits are never shown");
}
