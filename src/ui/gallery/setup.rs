// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sample views of the first run. Names, addresses and faults are made up; the answers of the summary are those of a
//! session that fingers went through.

use std::path::Path;

use motcua_core::typing::Method;
use motcua_hal::printer::Profile;

use super::sheet::Sheet;
use super::{GalleryError, LANGUAGES, keep};
use crate::machine::write::Answers;
use crate::machine::{Role, Settings};
use crate::setup::steps;
use crate::setup::view::{
    Answer, Choose, Face, FaultShown, Faulty, Keys, Pick, Refusal, SetupScreen, SetupView, Source, Step,
    Summary, TypeIn, Waiting, Welcome,
};
use crate::ui::SetupGlass;
use crate::ui::headless::Headless;

/// Every screen that a device may have.
pub const SETUP_SIZES: [(u32, u32); 4] = [(1080, 1920), (1920, 1080), (1280, 800), (1024, 600)];

/// One state of the first run.
#[derive(Clone, Copy)]
pub struct SetupSample {
    /// Part of file names.
    pub name: &'static str,
    /// Makes the view in a language.
    pub view: fn(&str) -> SetupView,
}

impl std::fmt::Debug for SetupSample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupSample {}", self.name)
    }
}

/// Every state that looks different.
pub fn setup_samples() -> Vec<SetupSample> {
    let s = |name, view| SetupSample { name, view };
    vec![
        s("setup-welcome", |l| welcome(l, Source::Nowhere, "", true)),
        s("setup-no-scanner", |l| welcome(l, Source::Nowhere, "", false)),
        s("setup-fault", |l| welcome(l, Source::File, "role = \"kisok\"\nname = \"kiosk-1\"\n", true)),
        s("setup-faults", |l| welcome(l, Source::File, BAD, true)),
        s("setup-code-faults", |l| welcome(l, Source::Code, "nam = \"kiosk-1\"", true)),
        s("setup-role", |l| choose(l, Step::Role, Role::ALL.map(Pick::Role).to_vec(), None)),
        s("setup-hub", |l| choose(l, Step::Hub, vec![Pick::Here, Pick::Elsewhere], Some(0))),
        s("setup-network", |l| choose(l, Step::Network, vec![Pick::Cable, Pick::Wifi], Some(0))),
        s("setup-addressing", |l| choose(l, Step::Addressing, vec![Pick::Dhcp, Pick::Fixed], Some(0))),
        s("setup-extras", |l| choose(l, Step::Extras, vec![Pick::NoExtras, Pick::Extras], Some(0))),
        s("setup-profile", |l| {
            let all: Vec<Pick> = Profile::names().iter().copied().map(Pick::Profile).collect();
            choose(l, Step::Profile, all, Some(4))
        }),
        s("setup-printer", |l| choose(l, Step::Printer, printers(4), Some(1))),
        s("setup-printer-none", |l| choose(l, Step::Printer, printers(0), None)),
        s("setup-rotation", |l| {
            choose(l, Step::Rotation, [0, 90, 180, 270].map(Pick::Rotation).to_vec(), Some(0))
        }),
        s("setup-hall", |l| type_in(l, Step::Hall, "Phường Ngô Quyền", Keys::Prose(Method::Telex))),
        s("setup-hall-empty", |l| type_in(l, Step::Hall, "", Keys::Prose(Method::Vni))),
        s("setup-ticket", |l| type_in(l, Step::Ticket, TICKET, Keys::Plain)),
        s("setup-ticket-empty", |l| type_in(l, Step::Ticket, "", Keys::Plain)),
        s("setup-address", |l| type_in(l, Step::Address, "https://192.168.1.10", Keys::Plain)),
        s("setup-ssid", |l| type_in(l, Step::Ssid, "", Keys::Plain)),
        s("setup-passphrase", |l| type_in(l, Step::Passphrase, "mot cua 2026", Keys::Plain)),
        s("setup-ip-address", |l| type_in(l, Step::IpAddress, "192.168.1.20/24", Keys::Address)),
        s("setup-gateway", |l| type_in(l, Step::Gateway, "", Keys::Address)),
        s("setup-dns", |l| type_in(l, Step::Dns, "192.168.1.1 192.168.1.2", Keys::Address)),
        s("setup-proxy", |l| type_in(l, Step::Proxy, "http://192.168.1.2", Keys::Plain)),
        s("setup-ntp", |l| type_in(l, Step::Ntp, "", Keys::Plain)),
        s("setup-pin", |l| type_in(l, Step::Pin, "714905", Keys::Digits)),
        s("setup-summary", |l| summary(l, false)),
        s("setup-summary-faults", |l| summary(l, true)),
        s("setup-busy", |l| view(l, SetupScreen::Busy)),
        s("setup-done", |l| view(l, SetupScreen::Done)),
        s("setup-lost", |l| view(l, SetupScreen::Lost("0.1.0".into()))),
        s("setup-waiting", |l| waiting(l, None)),
        s("setup-waiting-used", |l| waiting(l, Some(Refusal::Used))),
        s("setup-waiting-other-hub", |l| waiting(l, Some(Refusal::OtherHub))),
        s("setup-waiting-clock", |l| waiting(l, Some(Refusal::Clock))),
        s("setup-waiting-refused", |l| {
            waiting(
                l,
                Some(Refusal::Other("this build of the program is broken, install it again".to_owned())),
            )
        }),
        s("setup-faulty", |l| faulty(l, BAD)),
        s("setup-faulty-one", |l| faulty(l, "role = \"kisok\"\nname = \"kiosk-1\"\n")),
        s("setup-face", |l| face(l, Vec::new())),
        s("setup-face-faults", |l| face(l, face_faults(l))),
    ]
}

const BAD: &str = "role = \"display\"\nname = \"Man hinh 1\"\nhub = \"here\"\n[screen]\nrotation = 45\n[network]\n\
                   address = \"192.168.1.20\"\ngateway = \"192.168.1\"\ndns = [\"dns\"]\nproxy = \"x\"\n[technician]\n\
                   pin = \"123456\"\n[updates]\nwindow = \"22\"\n";

const TICKET: &str = "motcua:enrol?u=https://192.168.1.10:8611&f=5f1c2b7d4e8a6053c1f29f1c2b7d4e8a6053c1f29f1c2b7d4e8a60\
                      53c1f29f1c&d=ngo-quyen.kiosk-2&t=Qk9yX3Rva2VuX29mX2FfZ2FsbGVyeV9vbmx5X18";

fn view(lang: &str, screen: SetupScreen) -> SetupView {
    SetupView { lang: lang.to_owned(), screen }
}

/// What the checks really say of that file.
fn faults(lang: &str, text: &str) -> Vec<FaultShown> {
    let found = Settings::parse(text).err().unwrap_or_default();
    found.iter().map(|f| FaultShown { line: f.line, text: f.said(lang).to_owned() }).collect()
}

fn welcome(lang: &str, source: Source, text: &str, scanner: bool) -> SetupView {
    let faults = if text.is_empty() { Vec::new() } else { faults(lang, text) };
    view(lang, SetupScreen::Welcome(Welcome { source, faults, scanner, version: "0.1.0".into() }))
}

fn choose(lang: &str, step: Step, picks: Vec<Pick>, chosen: Option<usize>) -> SetupView {
    view(lang, SetupScreen::Choose(Choose { step, at: place(step), picks, chosen }))
}

/// Where a question stands: of a kiosk with its hub inside, or at a hub in a network with everything.
fn place(step: Step) -> (usize, usize) {
    let mut short = Answers::default();
    short.role = Some(Role::Kiosk);
    short.here = true;
    let mut long = short.clone();
    (long.here, long.wifi, long.fixed, long.extras) = (false, true, true, true);
    let short = steps(&short, false);
    let all = if short.contains(&step) { short } else { steps(&long, true) };
    (all.iter().position(|s| *s == step).map_or(all.len(), |at| at + 1), all.len())
}

fn printers(found: usize) -> Vec<Pick> {
    let all = [
        "usb:/dev/usb/lp0",
        "serial:/dev/serial/by-id/usb-EPSON_TM-T88VI_SERIAL-if00",
        "serial:/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0",
        "usb:/dev/usb/lp1",
    ];
    let found = all.into_iter().take(found).map(|url| Pick::Printer(url.to_owned()));
    found.chain([Pick::NetworkPrinter]).collect()
}

fn type_in(lang: &str, step: Step, text: &str, keys: Keys) -> SetupView {
    view(
        lang,
        SetupScreen::Type(TypeIn { step, at: place(step), text: text.into(), keys, ready: !text.is_empty() }),
    )
}

fn summary(lang: &str, wrong: bool) -> SetupView {
    let text = |t: &str| Answer::Text(t.to_owned());
    let rows = vec![
        (Step::Role, Answer::Pick(Pick::Role(Role::Kiosk))),
        (Step::Address, text("https://may-chu.ngo-quyen.example.vn:8611")),
        (Step::Ticket, Answer::Hidden),
        (Step::Name, text("kiosk-2")),
        (Step::Ssid, text("MOT-CUA-NGO-QUYEN")),
        (Step::Passphrase, Answer::Hidden),
        (Step::IpAddress, text("192.168.1.20/24")),
        (Step::Gateway, text("192.168.1.1")),
        (Step::Dns, text("192.168.1.1 192.168.1.2")),
        (Step::Proxy, Answer::Hidden),
        (Step::Ntp, text("0.vn.pool.ntp.org 1.vn.pool.ntp.org")),
        (Step::Printer, text("serial:/dev/serial/by-id/usb-EPSON_TM-T88VI_SERIAL-if00")),
        (Step::Profile, text("epson-tm-t88")),
        (Step::Rotation, Answer::Pick(Pick::Rotation(90))),
        (Step::Pin, Answer::Hidden),
    ];
    let faults = if wrong { faults(lang, &BAD.replace("display", "kiosk")) } else { Vec::new() };
    view(lang, SetupScreen::Summary(Summary { rows, faults }))
}

fn waiting(lang: &str, refused: Option<Refusal>) -> SetupView {
    let hub = "https://192.168.1.10:8611".to_owned();
    view(lang, SetupScreen::Waiting(Waiting { hub, since: "09:05".into(), refused }))
}

fn faulty(lang: &str, text: &str) -> SetupView {
    view(lang, SetupScreen::Faulty(Faulty { faults: faults(lang, text), left_s: 42 }))
}

fn face(lang: &str, faults: Vec<FaultShown>) -> SetupView {
    let face = Face {
        name: "hub-1".into(),
        hall: "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG PHƯỜNG NGÔ QUYỀN".into(),
        address: if faults.is_empty() { "http://192.168.1.10:8610".into() } else { String::new() },
        version: "0.1.0".into(),
        open: faults.is_empty().then_some(true),
        waiting: faults.is_empty().then_some(17),
        faults,
    };
    view(lang, SetupScreen::Face(face))
}

fn face_faults(lang: &str) -> Vec<FaultShown> {
    let said = if lang == "vi" {
        [
            "Mạng: không có mạng nào được nối → cắm lại dây mạng, xem đèn ở cổng; với Wi-Fi xem tên mạng và mật khẩu",
            "Đồng hồ: chưa đồng bộ → xem máy chủ giờ và mạng",
        ]
    } else {
        [
            "Network: no network is connected → plug the cable in, look at the port's lights; for Wi-Fi check name and \
             passphrase",
            "Clock: not synchronised → look at time server and network",
        ]
    };
    said.map(|text| FaultShown { line: 0, text: text.to_owned() }).into()
}

/// Writes the screens of the first run: all of them, or the documentation's choice.
///
/// # Errors
/// When the folder or a picture cannot be written.
pub fn render_setup(
    headless: &Headless,
    glass: &SetupGlass,
    dir: &Path,
    all: bool,
) -> Result<usize, GalleryError> {
    glass.set_still(true);
    let documented = ["welcome", "faulty", "summary", "waiting-used"];
    let mut pictures = 0;
    for size in SETUP_SIZES {
        headless.resize(size);
        for sample in setup_samples() {
            for lang in LANGUAGES {
                let name = sample.name.trim_start_matches("setup-");
                let chosen = match (size == SETUP_SIZES[0], lang) {
                    (true, "vi") => documented.contains(&name),
                    (true, _) => false,
                    (false, lang) => lang == "vi" && size == SETUP_SIZES[2] && name == "face",
                };
                if all || chosen {
                    glass.show(&(sample.view)(lang));
                    let (width, height) = size;
                    keep(headless, dir, &format!("{}-{width}x{height}-{lang}", sample.name))?;
                    pictures += 1;
                }
            }
        }
    }
    Ok(pictures)
}

/// Every state of a size and language on one sheet.
///
/// # Errors
/// When a sheet cannot be written.
pub fn sheets_of_setup(headless: &Headless, glass: &SetupGlass, dir: &Path) -> Result<usize, GalleryError> {
    glass.set_still(true);
    for (width, height) in SETUP_SIZES {
        headless.resize((width, height));
        for lang in LANGUAGES {
            let mut sheet = Sheet::default();
            for sample in setup_samples() {
                glass.show(&(sample.view)(lang));
                sheet.add(headless);
            }
            sheet.keep(dir, &format!("setup-all-{width}x{height}-{lang}"))?;
        }
    }
    Ok(2 * LANGUAGES.len())
}
