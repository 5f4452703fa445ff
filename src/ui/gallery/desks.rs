// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sample views of the rating panel. Names and numbers are made up.

use std::path::Path;

use motcua_core::panel::{
    Ask, DeskNow, Face, LevelShown, OfficerShown, PanelAway, PanelPrefs, PanelScreen, PanelView,
    QuestionShown, ReasonShown, Reasons,
};
use motcua_core::view::Header;
use slint::{Rgba8Pixel, SharedPixelBuffer};

use super::sheet::Sheet;
use super::{GalleryError, LANGUAGES, MODES, Mode, keep};
use crate::ui::PanelGlass;
use crate::ui::headless::Headless;

/// Sizes the panel is laid out for: 7" and 10".
pub const DESK_SIZES: [(u32, u32); 2] = [(1024, 600), (1280, 800)];

/// Each choice alone, and both.
pub const DESK_MODES: [Mode; 4] = [
    MODES[0],
    MODES[1],
    MODES[2],
    Mode { name: "large-contrast", large_text: true, high_contrast: true, low_reach: false },
];

/// One state of the panel.
#[derive(Clone, Copy)]
pub struct PanelSample {
    /// Part of file names.
    pub name: &'static str,
    /// Makes the view in a language.
    pub view: fn(&str) -> PanelView,
}

impl std::fmt::Debug for PanelSample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PanelSample {}", self.name)
    }
}

/// The sample as a citizen with these choices sees it.
pub fn seated(sample: &PanelSample, lang: &str, mode: Mode) -> PanelView {
    let mut view = (sample.view)(lang);
    view.prefs =
        PanelPrefs { lang: lang.to_owned(), large_text: mode.large_text, high_contrast: mode.high_contrast };
    view
}

/// Every state that looks different.
pub fn panel_samples() -> Vec<PanelSample> {
    let s = |name, view| PanelSample { name, view };
    vec![
        s("panel-serving", |l| view(l, PanelScreen::Idle(DeskNow::Serving { label: "A017".into() }))),
        s("panel-serving-photo", |l| {
            pictured(view(l, PanelScreen::Idle(DeskNow::Serving { label: "K2-001".into() })))
        }),
        s("panel-open", |l| view(l, PanelScreen::Idle(DeskNow::Open))),
        s("panel-paused", |l| {
            let reason = pick(l, "Họp đột xuất, khoảng mười phút", "A short meeting, about ten minutes");
            view(l, PanelScreen::Idle(DeskNow::Paused { reason }))
        }),
        s("panel-closed", |l| PanelView { officer: None, ..view(l, PanelScreen::Idle(DeskNow::Closed)) }),
        s("panel-hub-lost", |l| PanelView {
            away: Some(PanelAway { since: Some((9, 4)) }),
            ..view(l, PanelScreen::Idle(DeskNow::Serving { label: "A017".into() }))
        }),
        s("panel-start", |l| PanelView {
            officer: None,
            counter_name: String::new(),
            counter: "12".into(),
            away: Some(PanelAway { since: None }),
            ..view(l, PanelScreen::Idle(DeskNow::Unknown))
        }),
        s("panel-ask", |l| pictured(view(l, ask(l, &LEVELS[..4], 20)))),
        s("panel-ask-3", |l| view(l, ask(l, &[LEVELS[0], LEVELS[1], LEVELS[3]], 12))),
        s("panel-ask-5", |l| view(l, ask(l, &LEVELS, 3))),
        s("panel-reasons", |l| view(l, reasons(l, 8, &[2, 4], true))),
        s("panel-reasons-required", |l| view(l, reasons(l, 8, &[], false))),
        s("panel-reasons-few", |l| view(l, reasons(l, 3, &[0], true))),
        s("panel-reasons-ten", |l| view(l, reasons(l, 10, &[9], true))),
        s("panel-question", |l| view(l, question(l))),
        s("panel-question-five", |l| view(l, question_five(l))),
        s("panel-thanks", |l| view(l, PanelScreen::Thanks)),
    ]
}

fn pick(lang: &str, vi: &'static str, en: &'static str) -> String {
    if lang == "vi" { vi } else { en }.to_owned()
}

fn view(lang: &str, screen: PanelScreen) -> PanelView {
    PanelView {
        prefs: PanelPrefs { lang: lang.to_owned(), large_text: false, high_contrast: false },
        languages: LANGUAGES.map(str::to_owned).into(),
        header: Header {
            hall: vec!["TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG".into(), "PHƯỜNG NGÔ QUYỀN".into()],
            hour: 9,
            minute: 5,
            weekday: 2,
            day: 25,
            month: 11,
            year: 2026,
        },
        counter: "3".into(),
        counter_name: pick(lang, "Chứng thực", "Certification"),
        officer: Some(OfficerShown {
            id: "hoa".into(),
            name: "Nguyễn Thị Quỳnh Hoa".into(),
            initials: "NH".into(),
            photo: None,
        }),
        away: None,
        screen,
    }
}

fn pictured(mut view: PanelView) -> PanelView {
    if let Some(officer) = &mut view.officer {
        officer.photo = Some("1".into());
    }
    view
}

/// Vietnamese, English, face.
const LEVELS: [(&str, &str, Face); 5] = [
    ("Rất hài lòng", "Very satisfied", Face::Delighted),
    ("Hài lòng", "Satisfied", Face::Glad),
    ("Bình thường", "Neutral", Face::Even),
    ("Không hài lòng", "Dissatisfied", Face::Sad),
    ("Rất không hài lòng", "Very dissatisfied", Face::Upset),
];

fn ask(lang: &str, levels: &[(&'static str, &'static str, Face)], left: u32) -> PanelScreen {
    PanelScreen::Ask(Ask {
        question: pick(lang, "Ông/bà thấy phục vụ thế nào?", "How was the service?"),
        levels: levels.iter().map(|&(vi, en, face)| LevelShown { name: pick(lang, vi, en), face }).collect(),
        left,
        of: 20,
    })
}

const REASONS: [(&str, &str); 10] = [
    ("Thái độ chưa đúng mực", "Attitude"),
    ("Hướng dẫn không rõ", "Unclear guidance"),
    ("Chờ đợi lâu", "Long wait"),
    ("Đòi thêm giấy tờ ngoài quy định", "Papers beyond the rules"),
    ("Trả kết quả trễ hẹn", "Result came late"),
    ("Phải đi lại nhiều lần", "Too many trips"),
    ("Có biểu hiện nhũng nhiễu", "Harassment or bribery"),
    ("Lý do khác", "Another reason"),
    ("Nơi chờ và trang thiết bị chưa tốt", "The waiting room and the equipment are not good"),
    ("Thủ tục không giống như đã niêm yết tại trung tâm", "The procedure is not as it is posted in the hall"),
];

fn reasons(lang: &str, count: usize, chosen: &[usize], can_skip: bool) -> PanelScreen {
    PanelScreen::Reasons(Reasons {
        level: pick(lang, LEVELS[3].0, LEVELS[3].1),
        face: Face::Sad,
        reasons: REASONS[..count]
            .iter()
            .enumerate()
            .map(|(i, &(vi, en))| ReasonShown {
                code: format!("r{i}"),
                name: pick(lang, vi, en),
                chosen: chosen.contains(&i),
            })
            .collect(),
        can_send: !chosen.is_empty(),
        can_skip,
    })
}

fn question(lang: &str) -> PanelScreen {
    PanelScreen::Question(QuestionShown {
        text: pick(lang, "Ông/bà phải đến mấy lần để xong hồ sơ này?", "How many visits did this take?"),
        answers: vec![
            pick(lang, "Lần này là lần đầu", "This is the first"),
            pick(lang, "Thêm một lần", "One more visit"),
            pick(lang, "Thêm hai lần trở lên", "Two or more"),
        ],
        chosen: None,
        at: 0,
        of: 3,
    })
}

/// As long as a hall file may make it.
fn question_five(lang: &str) -> PanelScreen {
    PanelScreen::Question(QuestionShown {
        text: pick(
            lang,
            "Danh mục hồ sơ và các mức lệ phí được niêm yết tại trung tâm có đầy đủ, rõ ràng và dễ tìm với \
             ông/bà hay không?",
            "Are the lists of papers and of fees that are posted in this hall complete, clear and easy for you \
             to find?",
        ),
        answers: vec![
            pick(lang, "Đầy đủ, rõ ràng, dễ tìm", "Complete, clear and easy to find"),
            pick(lang, "Đầy đủ nhưng khó tìm", "Complete but hard to find"),
            pick(lang, "Rõ ràng nhưng thiếu", "Clear but incomplete"),
            pick(lang, "Không đầy đủ và không rõ ràng", "Neither complete nor clear"),
            pick(lang, "Tôi không để ý đến bảng niêm yết", "I did not look at the posted lists"),
        ],
        chosen: Some(1),
        at: 2,
        of: 3,
    })
}

/// A picture that stands for a photo: a head before a wall.
pub fn photo() -> SharedPixelBuffer<Rgba8Pixel> {
    const SIZE: (u32, u32) = (360, 480);
    let mut buffer = SharedPixelBuffer::<Rgba8Pixel>::new(SIZE.0, SIZE.1);
    let pixels = buffer.make_mut_slice().iter_mut();
    for ((x, y), pixel) in (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y))).zip(pixels) {
        let (dx, dy) = (f64::from(x) - 180.0, f64::from(y));
        let oval = |cy: f64, rx: f64, ry: f64| (dx / rx).powi(2) + ((dy - cy) / ry).powi(2) <= 1.0;
        let [r, g, b] = if oval(218.0, 66.0, 84.0) {
            [0xE3, 0xB4, 0x93]
        } else if oval(196.0, 82.0, 100.0) {
            [0x2A, 0x20, 0x1C]
        } else if oval(470.0, 160.0, 160.0) {
            [0xF2, 0xF4, 0xF7]
        } else {
            [0x8F, 0xB3, 0xC4]
        };
        *pixel = Rgba8Pixel { r, g, b, a: 255 };
    }
    buffer
}

/// Writes the panel's screens: all of them, or the documentation's choice.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_panels(
    headless: &Headless,
    glass: &PanelGlass,
    dir: &Path,
    all: bool,
) -> Result<usize, GalleryError> {
    glass.set_still(true);
    let mut pictures = 0;
    for (width, height) in DESK_SIZES {
        headless.resize((width, height));
        for sample in panel_samples() {
            for lang in LANGUAGES {
                for mode in DESK_MODES {
                    if all || documented(sample.name, (width, height), lang, mode) {
                        show(glass, &sample, lang, mode);
                        let name = format!("{}-{width}x{height}-{lang}-{}", sample.name, mode.name);
                        keep(headless, dir, &name)?;
                        pictures += 1;
                    }
                }
            }
        }
    }
    Ok(pictures)
}

fn show(glass: &PanelGlass, sample: &PanelSample, lang: &str, mode: Mode) {
    let view = seated(sample, lang, mode);
    let pictured = view.officer.as_ref().is_some_and(|o| o.photo.is_some());
    glass.set_photo(pictured.then(photo).as_ref());
    glass.show(&view);
}

/// Every state in every language and mode, on one sheet for each of these.
///
/// # Errors
/// When a sheet cannot be written.
pub fn sheets_of_panels(headless: &Headless, glass: &PanelGlass, dir: &Path) -> Result<usize, GalleryError> {
    glass.set_still(true);
    headless.resize(DESK_SIZES[0]);
    for lang in LANGUAGES {
        for mode in DESK_MODES {
            let mut sheet = Sheet::default();
            for sample in panel_samples() {
                show(glass, &sample, lang, mode);
                sheet.add(headless);
            }
            sheet.keep(dir, &format!("panel-all-{lang}-{}", mode.name))?;
        }
    }
    Ok(LANGUAGES.len() * DESK_MODES.len())
}

fn documented(name: &str, size: (u32, u32), lang: &str, mode: Mode) -> bool {
    let alike = ["serving", "start", "reasons-few", "reasons-ten", "reasons-required", "question-five"];
    let state = name.trim_start_matches("panel-");
    match (size == DESK_SIZES[0], lang, mode.name) {
        (true, "vi", "light") => !alike.contains(&state),
        (true, "vi", "large") => state == "ask" || state == "reasons",
        (true, "vi", "contrast") | (true, "en", "light") | (false, "vi", "light") => state == "ask",
        _ => false,
    }
}
