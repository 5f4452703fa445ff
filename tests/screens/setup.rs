// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first-run screen: whole and within a finger's reach in every size, and a device that is set up by nothing but
//! touches.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use motcua::machine::Settings;
use motcua::setup::finds::Finds;
use motcua::setup::session::{Effect, Session};
use motcua::ui::SetupGlass;
use motcua::ui::gallery::{self, LANGUAGES, SETUP_SIZES};
use motcua::ui::headless::{Element, Headless, HeadlessOptions, Pointer, elements};

use super::targets::{buttons, distance};
use super::{none, words};

/// `target` and `gap` in ui/theme.slint.
const SMALLEST: f32 = 60.0;
const GAP: f32 = 24.0;

/// A blank device.
struct Blank {
    headless: Headless,
    glass: Rc<SetupGlass>,
}

impl Blank {
    fn new(size: (u32, u32)) -> Self {
        let headless = Headless::install(HeadlessOptions { size, mock_time: true }).unwrap();
        let glass = Rc::new(SetupGlass::new().unwrap());
        glass.set_still(true);
        glass.window().show().unwrap();
        Self { headless, glass }
    }

    fn elements(&self) -> Vec<Element> {
        elements(&*self.glass)
    }

    fn tap(&self, label: &str) {
        self.headless.advance(Duration::from_millis(500));
        let all = self.elements();
        let found = all.iter().find(|e| e.role == "button" && e.enabled && e.label == label);
        let (x, y) = found.unwrap_or_else(|| panic!("no button “{label}” among {all:#?}")).center();
        self.headless.pointer(Pointer::Press, x, y);
        self.headless.step();
        self.headless.pointer(Pointer::Release, x, y);
        self.headless.step();
    }
}

fn everywhere(mut check: impl FnMut(&Blank, &str, (u32, u32))) {
    let blank = Blank::new(SETUP_SIZES[0]);
    for size in SETUP_SIZES {
        blank.headless.resize(size);
        for sample in gallery::setup_samples() {
            for lang in LANGUAGES {
                blank.glass.show(&(sample.view)(lang));
                blank.headless.tick();
                check(&blank, &format!("{} {}x{} {lang}", sample.name, size.0, size.1), size);
            }
        }
    }
}

#[test]
fn every_word_of_the_first_run_is_whole() {
    let mut faults = Vec::new();
    everywhere(|blank, name, size| {
        let elements = blank.elements();
        words::cut(name, &elements, size, &mut faults);
        words::laid_over(name, &elements, &mut faults);
    });
    none(&faults);
}

#[test]
fn targets_of_the_first_run_are_large_apart_and_in_reading_order() {
    let mut faults = Vec::new();
    let mut seen = 0;
    everywhere(|blank, name, (width, height)| {
        let all = buttons(blank.elements());
        for (i, b) in all.iter().enumerate() {
            seen += 1;
            if b.label.trim().is_empty() || b.width < SMALLEST - 0.01 || b.height < SMALLEST - 0.01 {
                faults.push(format!("{name}: “{}” is {} x {}", b.label, b.width, b.height));
            }
            if b.x < 0.0 || b.y < 0.0 || b.x + b.width > width as f32 || b.y + b.height > height as f32 {
                faults.push(format!("{name}: “{}” leaves the glass: {b:?}", b.label));
            }
            for other in &all[i + 1..] {
                if distance(b, other) < GAP - 0.5 {
                    faults.push(format!("{name}: “{}” and “{}” are too near", b.label, other.label));
                }
                if other.y + other.height <= b.y
                    || (other.y < b.y + 1.0 && other.x < b.x && b.y < other.y + 1.0)
                {
                    faults.push(format!("{name}: “{}” comes after “{}”", other.label, b.label));
                }
            }
        }
    });
    assert!(seen > 1000, "only {seen} targets were looked at");
    none(&faults);
}

/// What is written alike in both languages.
const OWN: [&str; 16] = [
    "://",
    "USB Serial",
    "TM-",
    "XP-80",
    "VKP80",
    "epson-",
    "xprinter-",
    "custom-",
    "192.168",
    "ntp.org",
    "lp",
    "kiosk-",
    "motcua:",
    "mot cua",
    "Ngô Quyền",
    "•",
];

#[test]
fn the_first_run_has_its_own_words_in_each_language() {
    let blank = Blank::new(SETUP_SIZES[0]);
    for sample in gallery::setup_samples() {
        let [vi, en] = LANGUAGES.map(|lang| {
            blank.glass.show(&(sample.view)(lang));
            gallery::settle(&blank.headless);
            blank.elements().into_iter().map(|e| e.label).collect::<BTreeSet<_>>()
        });
        let own = |l: &&String| *l == "Wi-Fi" || OWN.iter().any(|w| l.contains(w));
        let same: Vec<_> = vi.intersection(&en).filter(|l| !words::shared(l) && !own(l)).collect();
        assert!(same.is_empty(), "{}: the same in both languages: {same:?}", sample.name);
    }
}

/// From the first screen to the file, by touches alone, on the smallest screen.
#[test]
fn a_kiosk_is_set_up_by_touches_alone() {
    let blank = Blank::new(SETUP_SIZES[3]);
    let session = Rc::new(RefCell::new(Session::new("0.1.0")));
    session.borrow_mut().found(Finds { printers: vec!["usb:/dev/usb/lp0".into()], scanners: Vec::new() });
    let given = Rc::new(RefCell::new(None));
    let (to, keep, glass) = (session.clone(), given.clone(), Rc::downgrade(&blank.glass));
    blank.glass.on_intent(move |intent| {
        if let Some(Effect::Give(text)) = to.borrow_mut().press(&intent) {
            *keep.borrow_mut() = Some(text);
        }
        glass.upgrade().unwrap().show(&to.borrow().view());
    });
    blank.glass.show(&session.borrow().view());
    gallery::settle(&blank.headless);
    let write = |text: &str| {
        for c in text.chars() {
            if c == ' ' {
                blank.tap("Dấu cách");
                continue;
            }
            if c.is_ascii_uppercase() {
                blank.tap("Chữ hoa");
            }
            blank.tap(&c.to_string());
        }
        blank.tap("Tiếp tục");
    };
    blank.tap("Cài đặt tại đây");
    blank.tap("Kiosk lấy số");
    blank.tap("Trong kiosk này");
    write("Xax Bas");
    blank.tap("Tiếp tục");
    blank.tap("Wi-Fi");
    write("motcua");
    write("mot hai 3");
    blank.tap("Địa chỉ cố định");
    write("192.168.1.20/24");
    write("192.168.1.1");
    write("192.168.1.1 8.8.8.8");
    blank.tap("Khác");
    write("192.168.1.2");
    blank.tap("Tiếp tục");
    blank.tap("lp0");
    blank.tap("Epson TM-T88");
    blank.tap("Xoay phải 90°");
    write("714905");
    assert!(blank.elements().iter().all(|e| !e.label.contains("714905") && !e.label.contains("mot hai")));
    blank.tap("Bắt đầu dùng");
    let text = given.borrow().clone().expect("the settings are given");
    let settings = Settings::parse(&text).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!(settings.device.hall.as_ref().unwrap().name, "Xã Bá");
    assert_eq!(settings.private.passphrase.as_deref(), Some("mot hai 3"));
    assert_eq!(settings.device.network.address.as_deref(), Some("192.168.1.20/24"));
    assert_eq!(settings.device.network.dns, ["192.168.1.1", "8.8.8.8"]);
    assert_eq!(settings.private.proxy.as_deref(), Some("http://192.168.1.2"));
    assert_eq!(settings.device.printer.as_ref().unwrap().profile, "epson-tm-t88");
    assert_eq!((settings.device.rotation, settings.device.is_hub()), (90, true));
}
