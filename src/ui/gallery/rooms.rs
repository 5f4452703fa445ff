// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sample views of the waiting room's screen. Numbers and times are made up.

use std::path::Path;

use motcua_core::display::{
    Away, CallShown, ClosedReason, Closing, DisplayView, LastCall, NoticeShown, ServiceWaiting, Stage,
};
use motcua_core::hall::Direction;
use motcua_core::view::{Header, Opening};

use super::sheet::Sheet;
use super::{GalleryError, LANGUAGES, MODES, Mode, keep};
use crate::ui::DisplayGlass;
use crate::ui::headless::Headless;

/// Sizes the waiting room's screen is laid out for.
pub const ROOM_SIZES: [(u32, u32); 3] = [(1920, 1080), (1080, 1920), (1280, 720)];

/// Nobody stands before it with wishes; a hall may want high contrast.
pub const ROOM_MODES: [Mode; 2] = [MODES[0], MODES[2]];

/// One state of the waiting room's screen.
#[derive(Clone, Copy)]
pub struct DisplaySample {
    /// Part of file names.
    pub name: &'static str,
    /// Makes the view in a language.
    pub view: fn(&str) -> DisplayView,
}

impl std::fmt::Debug for DisplaySample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DisplaySample {}", self.name)
    }
}

/// The sample as a hall with this choice sees it.
pub fn hung(sample: &DisplaySample, lang: &str, mode: Mode) -> DisplayView {
    let mut view = (sample.view)(lang);
    view.high_contrast = mode.high_contrast;
    view
}

/// Every state that looks different.
pub fn display_samples() -> Vec<DisplaySample> {
    let s = |name, view| DisplaySample { name, view };
    vec![
        s("display-call", |l| view(l, call(l, "A017", "3", Some(Direction::Left), false))),
        s("display-call-right", |l| view(l, call(l, "C004", "4", Some(Direction::Right), false))),
        s("display-call-ahead", |l| view(l, call(l, "A1000", "2", Some(Direction::Ahead), false))),
        s("display-call-long", |l| DisplayView {
            last: long_last(),
            last_rows: 8,
            ..view(l, call(l, "K2-001", "12", None, false))
        }),
        s("display-first-call", |l| DisplayView {
            last: Vec::new(),
            marquee: None,
            ..view(l, unnamed("A001", "1"))
        }),
        s("display-recall", |l| view(l, call(l, "B009", "2", Some(Direction::Left), true))),
        s("display-notice", |l| view(l, notice(l))),
        s("display-notice-long", |l| DisplayView { marquee: Some(long_line(l)), ..view(l, long_notice(l)) }),
        s("display-welcome", |l| DisplayView {
            waiting: Some(0),
            services: Vec::new(),
            last: Vec::new(),
            last_rows: 3,
            ..view(l, Stage::Welcome)
        }),
        s("display-closed", |l| closed(l, ClosedReason::Closed)),
        s("display-closed-lunch", |l| closed(l, ClosedReason::Lunch)),
        s("display-closed-holiday", |l| closed(l, ClosedReason::Holiday)),
        s("display-closed-paused", |l| closed(l, ClosedReason::Paused)),
        s("display-hub-lost", |l| away(view(l, call(l, "A017", "3", Some(Direction::Left), false)))),
        s("display-away", |l| away(view(l, Stage::Away))),
        s("display-start", |l| DisplayView {
            away: Some(Away { since: None }),
            last: Vec::new(),
            ..away(view(l, Stage::Away))
        }),
    ]
}

fn pick(lang: &str, vi: &'static str, en: &'static str) -> String {
    if lang == "vi" { vi } else { en }.to_owned()
}

fn view(lang: &str, stage: Stage) -> DisplayView {
    let last = [("A016", "2"), ("E003", "6"), ("C003", "4"), ("A015", "3"), ("K2-014", "1"), ("B008", "2")];
    let service = |vi, en, waiting| ServiceWaiting { name: pick(lang, vi, en), waiting: Some(waiting) };
    DisplayView {
        lang: lang.to_owned(),
        high_contrast: false,
        header: Header {
            hall: vec!["TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG".into(), "PHƯỜNG NGÔ QUYỀN".into()],
            hour: 9,
            minute: 5,
            weekday: 2,
            day: 25,
            month: 11,
            year: 2026,
        },
        stage,
        last: last.map(|(label, counter)| LastCall { label: label.into(), counter: counter.into() }).into(),
        last_rows: 6,
        waiting: Some(31),
        services: vec![
            service("Chứng thực bản sao, chữ ký", "Certified copies and signatures", 12),
            service("Đất đai, sổ đỏ", "Land and land-use certificates", 9),
            service("Khai sinh, khai tử", "Births and deaths", 6),
            service("Kết hôn, tình trạng hôn nhân", "Marriage and marital status", 4),
        ],
        serving: Some((5, 6)),
        marquee: Some(pick(
            lang,
            "Ông/bà giữ phiếu đến khi xong việc. Đường dây góp ý: hỏi tại quầy hướng dẫn.",
            "Please keep your ticket until you have been served.",
        )),
        away: None,
    }
}

fn call(lang: &str, label: &str, counter: &str, direction: Option<Direction>, again: bool) -> Stage {
    let names = [
        ("2", "Tư pháp – Hộ tịch", "Civil status"),
        ("3", "Chứng thực", "Certification"),
        ("4", "Đất đai, xây dựng", "Land and construction"),
        ("12", "Văn hóa, xã hội, giáo dục và y tế", "Culture, society, education and health"),
    ];
    let name = names.iter().find(|(id, ..)| *id == counter).map(|(_, vi, en)| pick(lang, vi, en));
    Stage::Call(CallShown {
        seq: 17,
        label: label.into(),
        counter: counter.into(),
        counter_name: name.unwrap_or_default(),
        direction,
        again,
    })
}

fn unnamed(label: &str, counter: &str) -> Stage {
    call("vi", label, counter, None, false)
}

fn long_last() -> Vec<LastCall> {
    let calls = ["K2-014", "A1016", "C003", "A1015", "K2-013", "B008", "A1014", "C002"];
    let counters = ["1", "2", "10", "3", "11", "2", "12", "4"];
    let row = |(label, counter): (&&str, &str)| LastCall { label: (*label).into(), counter: counter.into() };
    calls.iter().zip(counters).map(row).collect()
}

fn notice(lang: &str) -> Stage {
    Stage::Notice(NoticeShown {
        title: pick(lang, "Chuẩn bị giấy tờ", "Have your papers ready"),
        text: pick(
            lang,
            "Mời ông/bà mở sẵn căn cước và hồ sơ khi gần đến lượt.",
            "Please have your identity card and papers at hand.",
        ),
        at: 0,
        of: 2,
    })
}

/// As long as a hall file may make it.
fn long_notice(lang: &str) -> Stage {
    Stage::Notice(NoticeShown {
        title: pick(
            lang,
            "Nộp hồ sơ trực tuyến: lệ phí bằng một nửa tại quầy",
            "Apply online and pay only half of the fee at the counter",
        ),
        text: pick(
            lang,
            "Từ ngày 01/12, hồ sơ chứng thực điện tử nộp qua Cổng Dịch vụ công quốc gia được trả kết quả \
             trong ngày. Ông/bà cần tài khoản định danh mức 2; nhân viên tại quầy hướng dẫn sẽ giúp ông/bà \
             đăng ký và nộp lần đầu.",
            "From 1 December, electronic certifications filed on the National Public Service Portal are \
             returned the same day. You need a level 2 identity account; staff at the guidance counter help \
             you register and file the first time.",
        ),
        at: 3,
        of: 5,
    })
}

fn long_line(lang: &str) -> String {
    pick(
        lang,
        "Trung tâm làm việc các ngày từ thứ Hai đến sáng thứ Bảy. Ông/bà giữ phiếu đến khi xong việc; lỡ lượt \
         gọi, mời đưa phiếu cho quầy hướng dẫn trong cùng buổi. Mọi thủ tục đều miễn phí lấy số; lệ phí có niêm \
         yết tại từng quầy và được thu có biên lai.",
        "The hall is open from Monday to Saturday morning. Please keep your ticket until you have been served; \
         if you miss your call, show the ticket at the guidance counter the same half-day. Numbers are free; \
         fees are posted at every counter and you get a receipt.",
    )
}

fn closed(lang: &str, reason: ClosedReason) -> DisplayView {
    let opens = |weekday, day, month, hour, today, tomorrow| Opening {
        weekday,
        day,
        month,
        hour,
        minute: 30,
        today,
        tomorrow,
    };
    let stage = Stage::Closed(Closing {
        reason,
        holiday: (reason == ClosedReason::Holiday).then(|| "Quốc khánh 2/9".into()),
        opens: match reason {
            ClosedReason::Closed => Some(opens(3, 26, 11, 7, false, true)),
            ClosedReason::Holiday => Some(opens(0, 30, 11, 7, false, false)),
            ClosedReason::Lunch => Some(opens(2, 25, 11, 13, true, false)),
            ClosedReason::Paused => None,
        },
    });
    DisplayView { serving: Some((0, 6)), ..view(lang, stage) }
}

fn away(mut view: DisplayView) -> DisplayView {
    view.away = Some(Away { since: Some((9, 4)) });
    view.waiting = None;
    view.serving = None;
    for service in &mut view.services {
        service.waiting = None;
    }
    view
}

/// Writes the waiting room's screens: all of them, or the documentation's choice.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_displays(
    headless: &Headless,
    glass: &DisplayGlass,
    dir: &Path,
    all: bool,
) -> Result<usize, GalleryError> {
    glass.set_still(true);
    let mut pictures = 0;
    for (width, height) in ROOM_SIZES {
        headless.resize((width, height));
        for sample in display_samples() {
            for lang in LANGUAGES {
                for mode in ROOM_MODES {
                    if all || documented(sample.name, (width, height), lang, mode) {
                        glass.show(&hung(&sample, lang, mode));
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

/// Every state in every language and mode, on one sheet for each of these.
///
/// # Errors
/// When a sheet cannot be written.
pub fn sheets_of_displays(
    headless: &Headless,
    glass: &DisplayGlass,
    dir: &Path,
) -> Result<usize, GalleryError> {
    glass.set_still(true);
    headless.resize(ROOM_SIZES[0]);
    for lang in LANGUAGES {
        for mode in ROOM_MODES {
            let mut sheet = Sheet::default();
            for sample in display_samples() {
                glass.show(&hung(&sample, lang, mode));
                sheet.add(headless);
            }
            sheet.keep(dir, &format!("display-all-{lang}-{}", mode.name))?;
        }
    }
    Ok(LANGUAGES.len() * ROOM_MODES.len())
}

fn documented(name: &str, size: (u32, u32), lang: &str, mode: Mode) -> bool {
    let states = ["call", "recall", "notice", "closed-lunch", "hub-lost", "away"];
    let state = name.trim_start_matches("display-");
    match (size == ROOM_SIZES[0], lang, mode.high_contrast) {
        (true, "vi", false) => states.contains(&state),
        (false, "vi", false) => state == "call" || (size == ROOM_SIZES[1] && state == "notice"),
        (true, "en", false) | (true, "vi", true) => state == "call",
        _ => false,
    }
}
