// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sample views. Names are those of a real ward's one-stop hall; numbers
//! and times are made up.

use motcua_core::view::{
    Header, Home, Number, Offers, Opening, OutOfOrder, PaperFault, PaperStep, Prefs, Priority,
    PriorityChoice, Refused, RefusedReason, Screen, Services, Tile, TileState, View, WaitRange,
};

/// One state of one screen.
#[derive(Clone, Copy)]
pub struct Sample {
    /// Part of file names.
    pub name: &'static str,
    /// Makes the view in a language.
    pub view: fn(&str) -> View,
}

impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sample {}", self.name)
    }
}

/// What the province may say while a hall is closed.
fn closed(lang: &str) -> &'static str {
    match lang {
        "vi" => {
            "Sáng nay mất điện cả khu vực. Bộ phận Một cửa làm việc lại lúc 13 giờ 30. Xin lỗi ông bà vì sự bất tiện này."
        }
        _ => {
            "There is no power in the area this morning. The hall works again from 13:30. We are sorry for the trouble."
        }
    }
}

/// Every screen in every state that looks different.
pub fn samples() -> Vec<Sample> {
    let mut all = of_numbers();
    all.extend(super::help::samples());
    all
}

fn of_numbers() -> Vec<Sample> {
    let s = |name, view| Sample { name, view };
    vec![
        s("home", |l| view(l, home(18, None, false))),
        s("home-few", |l| view(l, home_few())),
        s("home-empty", |l| view(l, home(0, None, false))),
        s("home-no-paper", |l| view(l, home(7, Some(PaperFault::NoPaper), false))),
        s("home-paper-low", |l| view(l, home(3, None, true))),
        s("services", |l| view(l, services(l, 0))),
        s("services-page-2", |l| view(l, services(l, 1))),
        s("services-few", |l| view(l, services_few(l))),
        s("search", |l| view(l, search(l, ""))),
        s("search-letters", |l| view(l, search(l, "C"))),
        s("search-none", |l| view(l, search(l, "CX"))),
        s("priority", |l| view(l, priority(l))),
        s("preparing", |l| view(l, Screen::Preparing { service: name(l, 0).to_owned() })),
        s("number-printing", |l| view(l, number(l, PaperStep::Printing))),
        s("number", |l| view(l, number(l, PaperStep::Take))),
        s("number-no-paper", |l| view(l, number(l, PaperStep::OnScreen(PaperFault::NoPaper)))),
        s("number-cover-open", |l| view(l, number(l, PaperStep::OnScreen(PaperFault::CoverOpen)))),
        s("number-printer", |l| view(l, number(l, PaperStep::OnScreen(PaperFault::Printer)))),
        s("number-ran-out", |l| view(l, number(l, PaperStep::Waiting(PaperFault::NoPaper)))),
        s("number-stopped", |l| view(l, number(l, PaperStep::Waiting(PaperFault::Printer)))),
        s("number-opened", |l| view(l, number(l, PaperStep::Waiting(PaperFault::CoverOpen)))),
        s("number-unsure", |l| view(l, number(l, PaperStep::Unsure))),
        s("number-next", |l| view(l, number_next(l))),
        s("number-priority", |l| view(l, number_priority(l))),
        s("number-own", |l| view(l, number_own(l))),
        s("number-four-digits", |l| view(l, number_four_digits(l))),
        s("closed", |_| refused(RefusedReason::Closed, None, true)),
        s("closed-lunch", |_| refused(RefusedReason::Lunch, None, true)),
        s("closed-holiday", |_| refused(RefusedReason::Holiday, None, true)),
        s("cap-reached", |l| refused(RefusedReason::CapReached, Some(name(l, 3)), false)),
        s("service-paused", |l| refused(RefusedReason::ServicePaused, Some(name(l, 4)), false)),
        s("service-unknown", |_| refused(RefusedReason::UnknownService, None, false)),
        s("out-of-order-no-paper", |l| view(l, Screen::OutOfOrder(OutOfOrder::NoPaper))),
        s("out-of-order-printer", |l| view(l, Screen::OutOfOrder(OutOfOrder::Printer))),
        s("out-of-order-hub-away", |l| view(l, Screen::OutOfOrder(OutOfOrder::HubAway))),
        s("out-of-order-pause", |l| view(l, Screen::OutOfOrder(OutOfOrder::TechnicalPause))),
        s("out-of-order-message", |l| view(l, Screen::OutOfOrder(OutOfOrder::Message(closed(l).into())))),
        s("idle-warning", |l| View { idle_warning: Some(20), ..view(l, services(l, 0)) }),
        s("idle-warning-number", |l| View { idle_warning: Some(7), ..view(l, number(l, PaperStep::Take)) }),
    ]
}

/// What stands in for a sample that could not be made.
pub(super) fn closed_hall(lang: &str) -> View {
    view(lang, Screen::OutOfOrder(OutOfOrder::TechnicalPause))
}

fn view(lang: &str, screen: Screen) -> View {
    View {
        prefs: Prefs {
            lang: lang.into(),
            large_text: false,
            high_contrast: false,
            low_reach: false,
            aloud: None,
        },
        languages: vec!["vi".into(), "en".into()],
        header: Header {
            hall: vec!["TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG".into(), "PHƯỜNG NGÔ QUYỀN".into()],
            hour: 9,
            minute: 5,
            weekday: 1,
            day: 25,
            month: 11,
            year: 2025,
        },
        screen,
        idle_warning: None,
        voice: true,
    }
}

/// A hall without a catalogue, bookings, dossiers and feedback.
fn home_few() -> Screen {
    let open_until = Some((11, 30));
    Screen::Home(Home { waiting: 4, open_until, paper: None, paper_low: false, offers: Offers::default() })
}

fn home(waiting: u32, paper: Option<PaperFault>, paper_low: bool) -> Screen {
    let offers = Offers { papers: true, booking: true, dossier: true, feedback: true };
    Screen::Home(Home { waiting, open_until: Some((11, 30)), paper, paper_low, offers })
}

/// Vietnamese name, English name, icon, people waiting.
const SERVICES: [(&str, &str, &str, u32); 12] = [
    ("Chứng thực bản sao, chữ ký", "Certified copies and signatures", "rubber-stamp", 12),
    ("Khai sinh", "Birth registration", "baby-carriage", 3),
    ("Kết hôn", "Marriage", "rings", 1),
    ("Đất đai", "Land", "map-2", 9),
    ("Hộ kinh doanh", "Household business", "building-store", 4),
    ("Bảo trợ xã hội", "Social support", "heart-handshake", 2),
    ("Xây dựng, nhà ở", "Building and housing", "building", 0),
    ("Trả kết quả", "Collect a result", "package-export", 6),
    ("Cư trú, xác nhận", "Residence and confirmations", "home-2", 5),
    ("Người có công", "People of merit", "medal", 0),
    ("Khai tử", "Death registration", "certificate", 1),
    ("Giáo dục, y tế, lao động và việc làm", "Education, health, work and employment", "school", 2),
];

fn name(lang: &str, service: usize) -> &'static str {
    let (vi, en, ..) = SERVICES[service];
    if lang == "vi" { vi } else { en }
}

fn tile(lang: &str, service: usize) -> Tile {
    let (_, _, icon, waiting) = SERVICES[service];
    Tile {
        code: format!("s{service}"),
        name: name(lang, service).into(),
        icon: icon.into(),
        waiting,
        wait: (waiting > 0).then_some(WaitRange { from: waiting * 3, to: waiting * 5 + 1 }),
        needs_papers: matches!(service, 0 | 3 | 11),
        state: match service {
            2 => TileState::DesksPaused,
            4 => TileState::Paused,
            6 => TileState::CapReached,
            _ => TileState::Open,
        },
    }
}

fn services(lang: &str, page: usize) -> Screen {
    let shown = page * 8..(page * 8 + 8).min(SERVICES.len());
    Screen::Services(Services {
        tiles: shown.map(|i| tile(lang, i)).collect(),
        page,
        pages: 2,
        searchable: true,
        searching: false,
        query: String::new(),
        next_letters: "BCDGHKNTX".into(),
    })
}

fn services_few(lang: &str) -> Screen {
    Screen::Services(Services {
        tiles: (0..5).map(|i| tile(lang, i)).collect(),
        page: 0,
        pages: 1,
        searchable: false,
        searching: false,
        query: String::new(),
        next_letters: String::new(),
    })
}

fn search(lang: &str, query: &str) -> Screen {
    let tiles: Vec<Tile> = match query {
        "" => (0..8).map(|i| tile(lang, i)).collect(),
        "C" => [0, 8].iter().map(|&i| tile(lang, i)).collect(),
        _ => Vec::new(),
    };
    Screen::Services(Services {
        tiles,
        page: 0,
        pages: if query.is_empty() { 2 } else { 1 },
        searchable: true,
        searching: true,
        query: query.into(),
        next_letters: if query.is_empty() { "BCDGHKNTX" } else { "HU" }.into(),
    })
}

fn priority(lang: &str) -> Screen {
    const CLASSES: [(&str, &str, &str); 5] = [
        ("Người từ 75 tuổi trở lên", "Aged 75 or over", "old"),
        ("Người khuyết tật nặng", "Person with a severe disability", "wheelchair"),
        ("Phụ nữ mang thai", "Pregnant woman", "woman"),
        ("Người có công với cách mạng", "Person of merit", "medal"),
        ("Đi cùng trẻ dưới 36 tháng tuổi", "With a child under 36 months", "mood-kid"),
    ];
    Screen::Priority(Priority {
        service: name(lang, 0).into(),
        classes: CLASSES
            .iter()
            .enumerate()
            .map(|(i, &(vi, en, icon))| PriorityChoice {
                code: format!("p{i}"),
                name: if lang == "vi" { vi } else { en }.into(),
                icon: icon.into(),
            })
            .collect(),
    })
}

fn ticket(lang: &str, label: &str, paper: PaperStep) -> Number {
    Number {
        label: label.into(),
        service: name(lang, 0).into(),
        counters: "2, 3".into(),
        ahead: Some(4),
        wait: Some(WaitRange { from: 10, to: 15 }),
        priority: false,
        paper,
        qr: format!("MC1:NGOQUYEN:20251125:{label}:7F3K9Q"),
    }
}

fn number(lang: &str, paper: PaperStep) -> Screen {
    Screen::Number(ticket(lang, "A017", paper))
}

/// Nobody ahead, and no estimate yet.
fn number_next(lang: &str) -> Screen {
    let service = name(lang, 7).into();
    Screen::Number(Number {
        ahead: Some(0),
        wait: None,
        service,
        counters: "5".into(),
        ..ticket(lang, "H001", PaperStep::Take)
    })
}

fn number_priority(lang: &str) -> Screen {
    Screen::Number(Number { priority: true, ahead: Some(1), ..ticket(lang, "A018", PaperStep::Take) })
}

/// Given by a kiosk whose hub is away.
fn number_own(lang: &str) -> Screen {
    Screen::Number(Number { ahead: None, wait: None, ..ticket(lang, "K2-001", PaperStep::Take) })
}

fn number_four_digits(lang: &str) -> Screen {
    let service = name(lang, 11).into();
    Screen::Number(Number {
        ahead: Some(128),
        wait: Some(WaitRange { from: 150, to: 210 }),
        service,
        counters: "1, 2, 3, 4, 5, 6".into(),
        ..ticket(lang, "A1000", PaperStep::Take)
    })
}

fn refused(reason: RefusedReason, service: Option<&str>, whole_hall: bool) -> View {
    let opens = match reason {
        RefusedReason::Lunch => Some(Opening {
            weekday: 1,
            day: 25,
            month: 11,
            hour: 13,
            minute: 30,
            today: true,
            tomorrow: false,
        }),
        RefusedReason::Closed => Some(Opening {
            weekday: 2,
            day: 26,
            month: 11,
            hour: 7,
            minute: 30,
            today: false,
            tomorrow: true,
        }),
        RefusedReason::Holiday => Some(Opening {
            weekday: 0,
            day: 1,
            month: 12,
            hour: 7,
            minute: 30,
            today: false,
            tomorrow: false,
        }),
        _ => None,
    };
    view(
        "vi",
        Screen::Refused(Refused {
            reason,
            service: service.map(Into::into),
            holiday: (reason == RefusedReason::Holiday).then(|| "Quốc khánh 2/9".into()),
            opens,
            given: (reason == RefusedReason::CapReached).then_some(40),
            whole_hall,
        }),
    )
}
