// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sample views of the technician's menu. What was found is made up.

use std::path::Path;

use slint::ComponentHandle;

use super::sheet::Sheet;
use super::{GalleryError, LANGUAGES, MODES, SIZES, dressed, keep, samples};
use crate::doctor::{Finding, Verdict, Words, checks, title};
use crate::technician::TechnicianGlass;
use crate::technician::menu::ZONES;
use crate::technician::page::{Ask, Hidden, Line, ListOf, Mark, Pad, Page, Row, View};
use crate::ui::Glass;
use crate::ui::generated::{Door, DoorSays};
use crate::ui::headless::Headless;

/// Sizes the menu is laid out for: those of kiosk, display and panel.
pub const TECHNICIAN_SIZES: [(u32, u32); 4] = [(1080, 1920), (1920, 1080), (1280, 800), (1024, 600)];

/// One state of the menu.
#[derive(Clone, Copy)]
pub struct TechnicianSample {
    /// Part of file names.
    pub name: &'static str,
    page: fn(&str) -> Page,
}

impl std::fmt::Debug for TechnicianSample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TechnicianSample {}", self.name)
    }
}

impl TechnicianSample {
    /// The view in a language.
    pub fn view(&self, lang: &str) -> View {
        let device = format!("kiosk-1\nmotcua {}", env!("CARGO_PKG_VERSION"));
        let changed = self.name == "technician-network-changed";
        let faulty = self.name == "technician-menu-faulty";
        View { lang: lang.to_owned(), device, page: (self.page)(lang), changed, faulty }
    }
}

/// Every page, and each question once.
pub fn technician_samples() -> Vec<TechnicianSample> {
    let s = |name, page| TechnicianSample { name, page };
    vec![
        s("technician-menu", |_| Page::Menu),
        s("technician-menu-faulty", |_| Page::Menu),
        s("technician-faults", |l| list(ListOf::Faults, faults(l), 0)),
        s("technician-self-test", |l| list(ListOf::SelfTest, tested(l), 0)),
        s("technician-self-test-later", |l| list(ListOf::SelfTest, tested(l), 12)),
        s("technician-network", |l| list(ListOf::Network, network(l), 0)),
        s("technician-network-changed", |l| list(ListOf::Network, network(l), 0)),
        s("technician-air", |l| list(ListOf::Air, air(l), 0)),
        s("technician-ssid", |_| letters(Line::Ssid, "MỘT CỬA tầng 2", true)),
        s("technician-passphrase", |_| letters(Line::Passphrase, "mat khau", true)),
        s("technician-ntp", |_| letters(Line::Ntp, "vn.pool.ntp.org 192.168.1.1", true)),
        s("technician-proxy", |_| letters(Line::Proxy, "http://", false)),
        s("technician-joining", |l| {
            let why = pick(
                l,
                "Chưa vào được Wi-Fi: xem lại tên mạng, mật khẩu và khoảng cách đến bộ phát.",
                "The Wi-Fi is not joined: look at its name, its passphrase and the distance to the access point.",
            );
            ask(Ask::Joining, &format!("42 s. {why}"))
        }),
        s("technician-joined", |_| ask(Ask::Joined, "")),
        s("technician-not-joined", |l| {
            let why = pick(
                l,
                "Có địa chỉ nhưng không tới được máy chủ https://192.168.1.10:8611: xem lại cổng ra và máy chủ.",
                "There is an address, but https://192.168.1.10:8611 is not reached: look at the gateway and at the hub.",
            );
            ask(Ask::NotJoined, &why)
        }),
        s("technician-trial", |_| ask(Ask::Trial, "")),
        s("technician-rotation", |l| list(ListOf::Rotation, rotation(l), 0)),
        s("technician-bundles", |_| list(ListOf::Bundles, bundles(), 0)),
        s("technician-no-bundle", |_| list(ListOf::Bundles, Vec::new(), 0)),
        s("technician-about", |l| list(ListOf::About, about(l), 0)),
        s("technician-zones", |_| Page::Zones((0..ZONES).map(|n| n % 5 < 2 || n < 20).collect())),
        s("technician-address", |_| pad(Pad::Address, "192.168.1.20/24", true)),
        s("technician-gateway", |_| pad(Pad::Gateway, "192.168.", false)),
        s("technician-dns", |_| pad(Pad::Dns, "192.168.1.1,8.8.8.8", true)),
        s("technician-reset-word", |_| pad(Pad::ResetWord, "XO", false)),
        s("technician-reset-word-whole", |_| pad(Pad::ResetWord, "XOA", true)),
        s("technician-slip", |_| ask(Ask::Slip, "")),
        s("technician-speaker", |_| ask(Ask::Speaker, "")),
        s("technician-scanner", |_| ask(Ask::Scanner, "")),
        s("technician-card", |_| ask(Ask::Card, "")),
        s("technician-button", |_| ask(Ask::Button, "rất hài lòng")),
        s("technician-lamp", |_| ask(Ask::Lamp, "rất hài lòng")),
        s("technician-zones-done", |_| ask(Ask::ZonesDone, "3 / 48")),
        s("technician-colours-done", |_| ask(Ask::ColoursDone, "")),
        s("technician-working", |_| ask(Ask::Working, "")),
        s("technician-printed", |_| ask(Ask::Printed, "")),
        s("technician-written", |_| ask(Ask::Written, "motcua-kiosk-1-2026-11-26.tar.gz")),
        s("technician-no-printer", |l| {
            ask(
                Ask::NoPrinter,
                &pick(
                    l,
                    "hết giấy: lắp cuộn giấy mới rồi đóng nắp",
                    "out of paper: put in a new roll and close the cover",
                ),
            )
        }),
        s("technician-refused", |l| {
            ask(Ask::Refused, &pick(l, "Chưa cắm USB nào.", "No USB stick is plugged in."))
        }),
        s("technician-updating", |_| ask(Ask::Updating, "42 %")),
        s("technician-restart", |_| ask(Ask::Restart, "")),
        s("technician-power-off", |_| ask(Ask::PowerOff, "")),
        s("technician-reset", |_| ask(Ask::Reset, "")),
        s("technician-reset-sure", |_| ask(Ask::ResetSure, "")),
        s("technician-leave", |_| ask(Ask::Leave, "")),
    ]
}

fn pick(lang: &str, vi: &str, en: &str) -> String {
    if lang == "vi" { vi } else { en }.to_owned()
}

fn list(of: ListOf, rows: Vec<Row>, first: usize) -> Page {
    Page::List { of, rows, first }
}

fn ask(ask: Ask, fact: &str) -> Page {
    Page::Ask { ask, fact: fact.to_owned() }
}

fn pad(pad: Pad, typed: &str, complete: bool) -> Page {
    Page::Pad { pad, typed: typed.to_owned(), complete }
}

/// Findings of a kiosk of which some things are wrong.
fn finding(name: &'static str) -> Finding {
    let made =
        |state, vi: &str, en: &str| Finding { name, state, found: Words::new(vi, en), what_to_do: None };
    let wrong = |state, found: Words, to_do: Words| Finding { name, state, found, what_to_do: Some(to_do) };
    match name {
        "screen" => made(Verdict::Pass, "HDMI-A-1 1080x1920", "HDMI-A-1 1080x1920"),
        "touch" => made(Verdict::Pass, "ILITEK ILITEK-TP", "ILITEK ILITEK-TP"),
        "printer" => wrong(
            Verdict::Fail,
            Words::new("hết giấy", "out of paper"),
            Words::new("lắp cuộn giấy mới rồi đóng nắp", "put in a new roll and close the cover"),
        ),
        "scanner" | "card-reader" => made(Verdict::Pass, "sẵn sàng", "ready"),
        "buttons" | "lamps" => made(Verdict::Skipped, "thiết bị này không có", "this device has none"),
        "network" => made(
            Verdict::Pass,
            "end0 192.168.1.20, cổng ra 192.168.1.1, tên miền 192.168.1.1",
            "end0 192.168.1.20, gateway 192.168.1.1, name server 192.168.1.1",
        ),
        "hub" => wrong(
            Verdict::Warn,
            Words::new("đã kết nối; chứng thư còn 9 ngày", "connected; certificate good for 9 days"),
            Words::new(
                "chứng thư phải tự gia hạn; xem đồng hồ của thiết bị và của máy chủ",
                "it is renewed by itself; look at the clocks of this device and of the hub",
            ),
        ),
        "plugged" => made(
            Verdict::Pass,
            "USB: Newland Scanner 1eab:1306; cổng nối tiếp: serial:/dev/serial/by-id/usb-Newland_Scanner-if00; \
             máy in: usb:/dev/usb/lp0; âm thanh: alsa:plughw:CARD=Headphones (bcm2835 Headphones)",
            "USB: Newland Scanner 1eab:1306; serial: serial:/dev/serial/by-id/usb-Newland_Scanner-if00; \
             printers: usb:/dev/usb/lp0; sound: alsa:plughw:CARD=Headphones (bcm2835 Headphones)",
        ),
        "watchdog" => made(
            Verdict::Pass,
            "Broadcom BCM2835 Watchdog timer; systemd 15s",
            "Broadcom BCM2835 Watchdog timer; systemd 15s",
        ),
        _ => made(Verdict::Pass, "hoạt động tốt", "works"),
    }
}

fn tested(lang: &str) -> Vec<Row> {
    let row = |name: &'static str| {
        let found = finding(name);
        Row {
            title: title(name).get(lang).to_owned(),
            mark: if name == "usb" { Mark::Waiting } else { Mark::Of(found.state) },
            found: if name == "usb" { String::new() } else { found.found.get(lang).to_owned() },
            to_do: found.what_to_do.map(|w| w.get(lang).to_owned()).unwrap_or_default(),
            deed: ["screen", "touch", "printer", "scanner", "card-reader", "speaker"].contains(&name),
        }
    };
    checks::ALL.iter().map(|(name, _)| row(name)).collect()
}

fn letters(line: Line, typed: &str, complete: bool) -> Page {
    Page::Letters { line, typed: Hidden::new(typed), complete }
}

fn network(lang: &str) -> Vec<Row> {
    let deed = |vi: &str, en: &str, found: String| Row { deed: true, ..Row::fact(pick(lang, vi, en), found) };
    vec![
        Row::fact(pick(lang, "Đang nối", "Connected"), "wlan0 192.168.1.20"),
        deed("Nối bằng", "Connected by", "Wi-Fi MOT-CUA".to_owned()),
        deed("Địa chỉ", "Address", pick(lang, "tự nhận (DHCP)", "by itself (DHCP)")),
        Row::fact(pick(lang, "Cổng ra", "Gateway"), "192.168.1.1"),
        deed("Máy chủ tên miền", "Name servers", "192.168.1.1 8.8.8.8".to_owned()),
        deed("Máy chủ giờ", "Time servers", pick(lang, "không có", "none")),
        deed("Proxy", "Proxy", pick(lang, "đã đặt, không hiện", "set, not shown")),
    ]
}

fn air(lang: &str) -> Vec<Row> {
    let deed = |title: &str, found: String| Row { deed: true, ..Row::fact(title, found) };
    vec![
        deed(&pick(lang, "Dây mạng", "Cable"), String::new()),
        deed("MOT-CUA", pick(lang, "sóng mạnh, đang chọn", "strong, chosen")),
        deed("UBND phường Ngô Quyền", pick(lang, "sóng vừa", "fair")),
        deed("TP-LINK_5F", pick(lang, "sóng yếu", "weak")),
        deed(&pick(lang, "Wi-Fi khác", "Another Wi-Fi"), pick(lang, "gõ tên mạng", "its name is typed")),
    ]
}

/// What is wrong with a file, as the checks say it.
fn faults(lang: &str) -> Vec<Row> {
    let wrong = "role = \"kiosk\"\nname = \"Kiosk 1\"\nhub = \"here\"\nprinter.url = \"usb\"\n[screen]\nrotation = 45\n";
    let found = crate::machine::Settings::parse(wrong).err().unwrap_or_default();
    found
        .iter()
        .map(|f| Row::fact(format!("{} {}", pick(lang, "Dòng", "Line"), f.line), f.said(lang)))
        .collect()
}

fn rotation(lang: &str) -> Vec<Row> {
    let row = |angle: u16| Row {
        deed: angle != 90,
        ..Row::fact(
            format!("{angle}°"),
            if angle == 90 { pick(lang, "đang dùng", "in use") } else { String::new() },
        )
    };
    [0, 90, 180, 270].map(row).into()
}

fn bundles() -> Vec<Row> {
    ["motcua-0.1.1-arm64.raucb", "motcua-0.2.0-arm64.raucb"]
        .map(|b| Row { deed: true, ..Row::fact(b, "") })
        .into()
}

fn about(lang: &str) -> Vec<Row> {
    vec![
        Row::fact(pick(lang, "Phiên bản", "Version"), "0.1.0 c94a239 arm64"),
        Row::fact(pick(lang, "Ngăn đang chạy", "Slot"), "A"),
        Row::fact(
            pick(lang, "Mã gốc", "Root hash"),
            "5f70bf18a0860070 16e948b04aed3b82 103a36bea41755b6 cddfaf10ace3c6ef",
        ),
        Row::fact(pick(lang, "Thiết bị", "Device"), "kiosk-1"),
        Row::fact(pick(lang, "Mã thiết lập", "Set-up code"), "4f9c21d7"),
        Row::fact(
            pick(lang, "Trang để nhập mã, tạo người quản lý", "Page that asks for it, for the first manager"),
            "http://192.168.1.10:8610/console",
        ),
    ]
}

/// Writes the samples: the main pages in one size and language, or all of them in all.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_technician(
    headless: &Headless,
    glass: &TechnicianGlass,
    dir: &Path,
    all: bool,
) -> Result<usize, GalleryError> {
    let main = [
        "technician-menu",
        "technician-self-test",
        "technician-network",
        "technician-joining",
        "technician-zones",
        "technician-reset",
    ];
    let mut pictures = 0;
    for (width, height) in TECHNICIAN_SIZES {
        headless.resize((width, height));
        for sample in technician_samples() {
            for lang in LANGUAGES {
                let shown =
                    all || main.contains(&sample.name) && lang == "vi" && [1920, 800].contains(&height);
                if shown {
                    glass.show(&sample.view(lang));
                    keep(headless, dir, &format!("{}-{width}x{height}-{lang}", sample.name))?;
                    pictures += 1;
                }
            }
        }
    }
    Ok(pictures)
}

/// Every page on one picture, for each size and language.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn sheets_of_technician(
    headless: &Headless,
    glass: &TechnicianGlass,
    dir: &Path,
) -> Result<usize, GalleryError> {
    for (width, height) in TECHNICIAN_SIZES {
        headless.resize((width, height));
        for lang in LANGUAGES {
            let mut sheet = Sheet::default();
            for sample in technician_samples() {
                glass.show(&sample.view(lang));
                sheet.add(headless);
            }
            sheet.keep(dir, &format!("technician-all-{width}x{height}-{lang}"))?;
        }
    }
    Ok(TECHNICIAN_SIZES.len() * LANGUAGES.len())
}

/// The kiosk in its test mode, in each size.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_trial(headless: &Headless, glass: &Glass, dir: &Path) -> Result<usize, GalleryError> {
    let shown: Vec<_> = samples().into_iter().filter(|s| s.name == "home").collect();
    glass.set_trial(true);
    for (width, height) in SIZES {
        headless.resize((width, height));
        for sample in &shown {
            glass.show(&dressed(sample, "vi", MODES[0]));
            keep(headless, dir, &format!("{}-trial-{width}x{height}-vi", sample.name))?;
        }
    }
    glass.set_trial(false);
    Ok(SIZES.len() * shown.len())
}

/// The pad for the code over the kiosk's home, in each size and language.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_pad(headless: &Headless, glass: &Glass, dir: &Path) -> Result<usize, GalleryError> {
    let home = samples().into_iter().find(|s| s.name == "home");
    let door = glass.component().global::<Door<'_>>();
    for (width, height) in SIZES {
        headless.resize((width, height));
        for lang in LANGUAGES {
            if let Some(home) = &home {
                glass.show(&dressed(home, lang, MODES[0]));
            }
            door.set_open(true);
            door.set_digits(3);
            door.set_says(DoorSays::Wrong);
            door.set_number(4);
            keep(headless, dir, &format!("technician-pad-{width}x{height}-{lang}"))?;
            door.set_open(false);
        }
    }
    Ok(SIZES.len() * LANGUAGES.len())
}
