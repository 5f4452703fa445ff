// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks that turn the form of `motcua.toml` into [`Settings`]. A fault says what to do in both languages.

use super::form::*;
use super::network::{DEVICES, PAGES};
use super::words::Fault;
use super::{Device, GENERIC, HERE, HallStart, Once, Printer, Role, SAMPLE, Settings};
use motcua_core::toml_words::{self, line_of};
use motcua_hal::buttons::PanelConfig;
use motcua_hal::printer::{PrinterUrl, Profile};
use motcua_hal::scanner::{Connection, ScannerConfig};
use motcua_link::trust::EnrolmentTicket;
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// Who gives the ticket of a device, and that of a hall.
const HUB_PAGE: (&str, &str) = ("trang Thiết bị của máy chủ bộ phận", "the hub's page Devices");
const CENTRAL_PAGE: (&str, &str) = ("trung tâm của tỉnh", "the province's central");
/// Characters of a day code's secret at least.
const SECRET_AT_LEAST: usize = 20;
/// Letters of a hall's id.
const LONGEST_ID: usize = 40;
/// Kinds of keys that support may have.
const SSH_KINDS: [&str; 4] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "ssh-rsa"];

/// Collects faults while the file is walked once.
pub(super) struct Checker<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

/// `Phường Ngô Quyền` becomes `phuong-ngo-quyen`. Of a long name the last words: they name the place.
fn slug(name: &str) -> String {
    let folded = motcua_core::fold::fold(name).to_ascii_lowercase();
    let mut words: Vec<&str> = folded.split(' ').collect();
    while words.len() > 1 && words.iter().map(|w| w.len() + 1).sum::<usize>() > LONGEST_ID + 1 {
        words.remove(0);
    }
    words.join("-")
}

/// Good for codes of the day: long enough, and nothing in it that a file with a key and quotes would have, too.
pub(super) fn is_secret(secret: &str) -> bool {
    let foreign = |c: char| c.is_whitespace() || c.is_control() || "\"'#".contains(c);
    secret.chars().count() >= SECRET_AT_LEAST && !secret.contains(foreign)
}

pub(super) fn parse(text: &str) -> Result<Settings, Vec<Fault>> {
    toml_words::read::<RawFile>(text).checked(
        |fault: &Fault| fault.line,
        |raw, text| {
            let mut check = Checker { text, faults: Vec::new() };
            (check.file(raw), check.faults)
        },
    )
}

/// What a device may be called.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=40).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// A PIN that is not the first one that somebody tries.
pub(crate) fn is_pin(pin: &str) -> bool {
    (6..=8).contains(&pin.len())
        && pin.bytes().all(|b| b.is_ascii_digit())
        && !motcua_web::secret::is_run(pin)
}

impl Checker<'_> {
    pub(super) fn fault(&mut self, span: Range<usize>, vi: impl Into<String>, en: impl Into<String>) {
        let line = line_of(self.text, span.start);
        self.faults.push(Fault { line, message_vi: vi.into(), message_en: en.into() });
    }

    fn file(&mut self, raw: &RawFile) -> Option<Settings> {
        let role = self.role(&raw.role);
        let name = self.name(&raw.name);
        let ticket = raw.enrolment.ticket.as_ref().and_then(|t| self.ticket(t, &name, HUB_PAGE));
        let central = raw.enrolment.central.as_ref();
        let central = central.and_then(|t| self.ticket(t, crate::uplink::HUB, CENTRAL_PAGE));
        let role = role?;
        let hub = self.hub(role, raw);
        if let Some(told) = raw.enrolment.ticket.as_ref().filter(|_| ticket.is_some())
            && (role == Role::Hub || hub.as_deref() == Some(HERE))
        {
            let vi = "máy chủ nằm trong thiết bị này nên không cần phiếu ghi danh của máy chủ; bỏ dòng `ticket`, hoặc nếu thiết bị \
                      thuộc máy chủ khác thì bỏ dòng `hub`";
            let en = "the hub is inside this device, which needs no ticket of a hub; remove the line `ticket`, or the line \
                      `hub` if this device belongs to another hub";
            self.fault(told.span(), vi, en);
        }
        let hall = raw.hall.as_ref().map(|h| self.hall(h, central.as_ref()));
        let (network, mut private) = self.network(&raw.network);
        private.ssh_key = raw.support.ssh_key.as_ref().and_then(|k| self.ssh_key(k));
        let keypad = raw.keypad.as_ref().map(|k| self.wiring(&k.wiring, Some(4)));
        let panel = raw.panel.as_ref().and_then(|p| p.wiring.as_ref()).map(|w| self.wiring(w, None));
        let device = Device {
            role,
            name,
            hub,
            hall,
            rotation: self.rotation(raw.screen.rotation.as_ref()),
            scanner: raw.scanner.as_ref().and_then(|s| self.scanner(&s.url)),
            card_reader: raw.card_reader.as_ref().map(|c| c.name.clone()),
            speaker: raw.speaker.as_ref().and_then(|s| self.speaker(&s.device)),
            updates: raw.updates.window.as_ref().and_then(|w| self.window(w)),
            support: private.ssh_key.is_some(),
            screenless: self.screenless(raw.panel.as_ref()),
            printer: self.printer(role, raw),
            network,
            wiring: if role == Role::Panel { panel } else { keypad },
        };
        let once = Once {
            pin: raw.technician.pin.as_ref().and_then(|p| self.pin(p)),
            day_code_secret: raw.technician.day_code_secret.as_ref().and_then(|s| self.secret(s)),
            ticket: ticket.map(|t| t.line().as_str().to_owned()),
            central: central.map(|t| t.line().as_str().to_owned()),
        };
        Some(Settings { device, private, once })
    }

    fn role(&mut self, raw: &Spanned<String>) -> Option<Role> {
        let typed = raw.get_ref().as_str();
        let found = Role::ALL.into_iter().find(|r| r.word() == typed);
        if found.is_none() {
            let words = Role::ALL.map(Role::word);
            let near = motcua_core::misspelt::nearest(typed, &words).unwrap_or("kiosk");
            let vi =
                format!("`{typed}` không phải vai trò; ghi kiosk, hub, display hoặc panel, như \"{near}\"");
            let en =
                format!("`{typed}` is not a role; write kiosk, hub, display or panel, such as \"{near}\"");
            self.fault(raw.span(), vi, en);
        }
        found
    }

    fn name(&mut self, raw: &Spanned<String>) -> String {
        let name = raw.get_ref();
        if !is_name(name) {
            let vi = format!(
                "tên `{name}` phải gồm 1 đến 40 chữ thường không dấu, chữ số và gạch nối, như \"kiosk-1\""
            );
            let en = format!(
                "the name `{name}` must be 1 to 40 small letters, digits and hyphens, such as \"kiosk-1\""
            );
            self.fault(raw.span(), vi, en);
        }
        name.clone()
    }

    /// The line holds a token, so it is not repeated.
    fn ticket(
        &mut self,
        raw: &Spanned<String>,
        device: &str,
        maker: (&str, &str),
    ) -> Option<EnrolmentTicket> {
        let ticket: EnrolmentTicket = match raw.get_ref().parse() {
            Ok(ticket) => ticket,
            Err(_) => {
                let vi =
                    format!("đây không phải dòng phiếu ghi danh trọn vẹn; chép lại cả dòng từ {}", maker.0);
                let en =
                    format!("this is not a whole line of a ticket; copy the whole line from {}", maker.1);
                self.fault(raw.span(), vi, en);
                return None;
            }
        };
        if ticket.device().device() == device {
            return Some(ticket);
        }
        let meant = ticket.device().device();
        if device == crate::uplink::HUB {
            let vi = format!(
                "đây là phiếu ghi danh của `{meant}` với máy chủ bộ phận; ghi nó ở `ticket`, còn `central` cần phiếu ghi danh của tỉnh"
            );
            let en = format!(
                "this is the ticket of `{meant}` for the hall's hub; write it at `ticket`; `central` wants the province's"
            );
            self.fault(raw.span(), vi, en);
            return None;
        }
        let vi = format!("phiếu này cấp cho `{meant}`, không phải `{device}`; lấy phiếu của `{device}`");
        let en = format!("this ticket is for `{meant}`, not for `{device}`; take the ticket of `{device}`");
        self.fault(raw.span(), vi, en);
        None
    }

    fn hub(&mut self, role: Role, raw: &RawFile) -> Option<String> {
        let Some(hub) = &raw.hub else {
            let wanting = role != Role::Hub && raw.enrolment.ticket.is_none();
            if wanting {
                let vi = "chưa biết máy chủ của bộ phận; thêm `hub = \"https://192.168.1.10:8611\"` và phiếu ghi danh, \
                          hoặc `hub = \"here\"` cho kiosk có máy chủ bên trong";
                let en = "the hub is not known; add `hub = \"https://192.168.1.10:8611\"` and a ticket of enrolment, \
                          or `hub = \"here\"` for a kiosk with the hub inside";
                self.fault(raw.role.span(), vi, en);
            }
            return None;
        };
        let typed = hub.get_ref().trim_end_matches('/');
        let url = reqwest::Url::parse(typed).ok().filter(|u| u.scheme() == "https" && u.has_host());
        match (role, typed) {
            (Role::Kiosk, HERE) => Some(HERE.to_owned()),
            (Role::Hub, HERE) => None,
            (Role::Hub, _) => {
                let vi = "thiết bị này chính là máy chủ; bỏ dòng `hub`";
                self.fault(hub.span(), vi, "this device is the hub itself; remove the line `hub`");
                None
            }
            (_, HERE) => {
                let vi = "chỉ kiosk mới có máy chủ bên trong; ghi địa chỉ, như \"https://192.168.1.10:8611\"";
                let en = "only a kiosk has the hub inside; write an address, such as \"https://192.168.1.10:8611\"";
                self.fault(hub.span(), vi, en);
                None
            }
            _ if url.as_ref().is_some_and(|u| u.port() == Some(PAGES)) => {
                let vi = format!(
                    "{PAGES} là cổng của trang web; thiết bị nói chuyện với máy chủ qua cổng {DEVICES}"
                );
                let en =
                    format!("{PAGES} is the port of the pages; devices speak to the hub at port {DEVICES}");
                self.fault(hub.span(), vi, en);
                None
            }
            // Nobody's hub is at the port that a browser would take.
            _ if url
                .as_ref()
                .is_some_and(|u| u.port().is_none() && u.path() == "/" && !typed.ends_with(":443")) =>
            {
                Some(format!("{typed}:{DEVICES}"))
            }
            _ if url.is_some() => Some(typed.to_owned()),
            _ => {
                let vi = format!("`{typed}` không phải địa chỉ máy chủ, như \"https://192.168.1.10:8611\"");
                let en =
                    format!("`{typed}` is not the address of a hub, such as \"https://192.168.1.10:8611\"");
                self.fault(hub.span(), vi, en);
                None
            }
        }
    }

    fn hall(&mut self, raw: &RawHall, central: Option<&EnrolmentTicket>) -> HallStart {
        let name = raw.name.get_ref().trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            let vi = "`name` là tên bộ phận, 1 đến 100 ký tự trên một dòng";
            self.fault(raw.name.span(), vi, "`name` is the hall's name, 1 to 100 characters on one line");
        }
        let id = match (&raw.id, central) {
            (Some(id), _) => id.get_ref().clone(),
            (None, Some(ticket)) => ticket.device().site().to_owned(),
            (None, None) => slug(&name),
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=LONGEST_ID).contains(&id.len()) || !id.bytes().all(plain) {
            let span = raw.id.as_ref().map_or(raw.name.span(), Spanned::span);
            let vi = format!(
                "mã bộ phận `{id}` phải gồm 1 đến 40 chữ thường không dấu, chữ số, gạch nối; ghi ở `id`"
            );
            let en = format!(
                "the hall's id `{id}` must be 1 to 40 small letters, digits, hyphens; write it at `id`"
            );
            self.fault(span, vi, en);
        }
        HallStart { id, name }
    }

    fn rotation(&mut self, raw: Option<&Spanned<i64>>) -> u16 {
        let Some(raw) = raw else { return 0 };
        let found = [0, 90, 180, 270].into_iter().find(|r| i64::from(*r) == *raw.get_ref());
        found.unwrap_or_else(|| {
            let typed = raw.get_ref();
            let vi = format!("không xoay được {typed} độ; ghi 0, 90, 180 hoặc 270");
            let en = format!("the screen cannot be turned by {typed}; write 0, 90, 180 or 270");
            self.fault(raw.span(), vi, en);
            0
        })
    }

    fn printer(&mut self, role: Role, raw: &RawFile) -> Option<Printer> {
        let Some(printer) = &raw.printer else {
            if role == Role::Kiosk {
                let vi = "kiosk cần máy in; thêm [printer] với `url`, như \"usb:/dev/usb/lp0\"";
                let en = "a kiosk needs a printer; add [printer] with a `url`, such as \"usb:/dev/usb/lp0\"";
                self.fault(raw.role.span(), vi, en);
            }
            return None;
        };
        let typed = printer.url.get_ref();
        if typed.parse::<PrinterUrl>().is_err() {
            let vi = format!(
                "`{typed}` không phải địa chỉ máy in; ghi như \"usb:/dev/usb/lp0\", \"usb:04b8:0e15\", \
                 \"serial:/dev/serial/by-id/TÊN?baud=115200\" hoặc \"tcp:192.168.1.7:9100\""
            );
            let en = format!(
                "`{typed}` is no printer's address; write it as \"usb:/dev/usb/lp0\", \"usb:04b8:0e15\", \
                 \"serial:/dev/serial/by-id/NAME?baud=115200\" or \"tcp:192.168.1.7:9100\""
            );
            self.fault(printer.url.span(), vi, en);
        }
        let profile = printer.profile.as_ref().map_or(GENERIC, |p| p.get_ref().as_str());
        if Profile::builtin(profile).is_none()
            && let Some(raw) = &printer.profile
        {
            let all = Profile::names().join(", ");
            let vi = format!("không có kiểu máy in `{profile}`; có: {all}");
            self.fault(raw.span(), vi, format!("there is no printer profile `{profile}`; there are: {all}"));
        }
        Some(Printer { url: printer.url.get_ref().clone(), profile: profile.to_owned() })
    }

    fn scanner(&mut self, raw: &Spanned<String>) -> Option<String> {
        let typed = raw.get_ref();
        match typed.parse::<ScannerConfig>() {
            // Keyboards are shut out of a device by their id, and let in by it.
            Ok(config) if config.connection == Connection::Keyboard && config.keyboard_id().is_none() => {
                let vi = format!(
                    "`{typed}`: đầu đọc giả bàn phím phải ghi theo mã USB, như \"keys:usb:0c2e:0b61\"; mã của đầu đọc đang \
                     cắm xem ở trang kỹ thuật, mục tự kiểm tra, dòng \"Thiết bị USB lạ\""
                );
                let en = format!(
                    "`{typed}`: a scanner that is a keyboard is named by its USB id, such as \"keys:usb:0c2e:0b61\"; the id of \
                     one that is plugged in stands in the technician's menu, self-test, \"Foreign USB devices\""
                );
                self.fault(raw.span(), vi, en);
                None
            }
            Ok(_) => Some(typed.clone()),
            Err(_) => {
                let vi = format!(
                    "`{typed}` không phải địa chỉ đầu đọc mã; ghi như \"serial:/dev/serial/by-id/TÊN\", \
                     \"gm:/dev/serial/by-id/TÊN\" hoặc \"keys:usb:0c2e:0b61\""
                );
                let en = format!(
                    "`{typed}` is not the address of a scanner; write it as \"serial:/dev/serial/by-id/NAME\", \"gm:/dev/serial/by-id/NAME\" or \
                     \"keys:usb:0c2e:0b61\""
                );
                self.fault(raw.span(), vi, en);
                None
            }
        }
    }

    fn speaker(&mut self, raw: &Spanned<String>) -> Option<String> {
        let typed = raw.get_ref().as_str();
        match typed.split_once(':') {
            None if typed == "none" => None,
            None if typed == "alsa" => Some(typed.to_owned()),
            Some(("alsa", device)) if !device.is_empty() => Some(typed.to_owned()),
            _ => {
                let vi = format!(
                    "`{typed}` không phải loa; ghi \"alsa\", \"alsa:\" kèm tên thiết bị, hoặc \"none\""
                );
                let en = format!(
                    "`{typed}` is not a loudspeaker; write \"alsa\", \"alsa:\" and the device, or \"none\""
                );
                self.fault(raw.span(), vi, en);
                None
            }
        }
    }

    fn wiring(&mut self, raw: &Spanned<toml::Table>, buttons: Option<usize>) -> toml::Table {
        let table = raw.get_ref().clone();
        match PanelConfig::deserialize(table.clone()).map_err(|e| e.message().to_owned()) {
            Err(e) => {
                let vi = format!("sơ đồ nối dây không đúng ({e}); xem docs/panel-hardware.md");
                self.fault(raw.span(), vi, format!("the wiring is wrong ({e}); see docs/panel-hardware.md"));
            }
            Ok(config) => {
                if let Err(e) = config.check() {
                    let vi = format!("sơ đồ nối dây không đúng ({e}); xem docs/panel-hardware.md");
                    self.fault(
                        raw.span(),
                        vi,
                        format!("the wiring is wrong ({e}); see docs/panel-hardware.md"),
                    );
                }
                if buttons.is_some_and(|n| config.buttons.len() != n) {
                    let vi = "bàn phím có bốn nút, theo thứ tự: lên, xuống, chọn, quay lại";
                    let en = "a keypad has four buttons, in this order: up, down, select, back";
                    self.fault(raw.span(), vi, en);
                }
            }
        }
        table
    }

    fn screenless(&mut self, raw: Option<&RawPanel>) -> bool {
        let Some(panel) = raw else { return false };
        let Some(asked) = panel.screenless.as_ref().filter(|s| *s.get_ref()) else { return false };
        if panel.wiring.is_none() {
            let vi = "bảng đánh giá không màn hình cần sơ đồ nút; thêm [panel.wiring]";
            self.fault(asked.span(), vi, "a panel without a screen needs its buttons; add [panel.wiring]");
        }
        true
    }

    fn pin(&mut self, raw: &Spanned<String>) -> Option<String> {
        let pin = raw.get_ref();
        if is_pin(pin) {
            return Some(pin.clone());
        }
        let vi = "mã PIN có 6 đến 8 chữ số, không phải dãy liền nhau hay một số lặp lại như 123456, 000000";
        let en = "a PIN has 6 to 8 digits, no row such as 123456 and no repetition such as 000000";
        self.fault(raw.span(), vi, en);
        None
    }

    fn secret(&mut self, raw: &Spanned<String>) -> Option<String> {
        let secret = raw.get_ref().trim();
        if SAMPLE.contains(secret) {
            let vi = "đây là bí mật của tệp mẫu, ai cũng biết; tạo bí mật riêng bằng `openssl rand -hex 20`";
            let en = "this is the sample's secret, which everybody knows; make your own with `openssl rand -hex 20`";
            self.fault(raw.span(), vi, en);
            return None;
        }
        if is_secret(secret) {
            return Some(secret.to_owned());
        }
        let vi = format!(
            "bí mật của mã ngày dài ít nhất {SECRET_AT_LEAST} ký tự, không dấu cách, không dấu nháy, không #; tạo bằng `openssl rand -hex 20`"
        );
        let en = format!(
            "the secret of day codes has at least {SECRET_AT_LEAST} characters, no space, no quotes, no #; make one with `openssl rand -hex 20`"
        );
        self.fault(raw.span(), vi, en);
        None
    }

    fn ssh_key(&mut self, raw: &Spanned<String>) -> Option<String> {
        let key = raw.get_ref().trim();
        let mut parts = key.split(' ');
        let kind = parts.next().is_some_and(|k| SSH_KINDS.contains(&k));
        let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        let body = parts.next().is_some_and(|b| b.len() >= 60 && b.bytes().all(base64));
        if kind && body && key.split(' ').nth(1).is_some_and(|b| SAMPLE.contains(b)) {
            let vi = "đây là khóa của tệp mẫu, không ai có; chép khóa công khai của mình từ tệp .pub";
            let en =
                "this is the sample's key, which nobody has; copy your own public key from its .pub file";
            self.fault(raw.span(), vi, en);
            return None;
        }
        if kind && body && !key.chars().any(char::is_control) {
            return Some(key.to_owned());
        }
        let vi = "`ssh_key` là khóa công khai trên một dòng, như nội dung tệp .pub";
        let en = "`ssh_key` is a public key on one line, as in its .pub file";
        self.fault(raw.span(), vi, en);
        None
    }

    fn window(&mut self, raw: &Spanned<String>) -> Option<String> {
        let time = |t: &str| t.len() == 5 && t.parse::<jiff::civil::Time>().is_ok();
        let good = raw.get_ref().split_once('-').is_some_and(|(a, b)| time(a) && time(b) && a != b);
        if good {
            return Some(raw.get_ref().clone());
        }
        let typed = raw.get_ref();
        let vi = format!("`{typed}` không phải khoảng giờ như \"22:00-05:00\"");
        self.fault(raw.span(), vi, format!("`{typed}` is not a period such as \"22:00-05:00\""));
        None
    }
}
