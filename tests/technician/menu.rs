// SPDX-License-Identifier: MIT OR Apache-2.0
//! The menu at work: the self-test with a printer on a pty, a person's answers,
//! the report on paper, settings, and the deeds that must not happen by accident.

use super::{Steward, draw_until, labels};
use crate::support::{Dir, until};
use motcua::doctor::Roots;
use motcua::technician::run::{Parts, Technician, end};
use motcua::ui::headless::{Headless, HeadlessOptions, Pointer, elements};
use motcua_hal::printer::Profile;
use motcua_hal::printer::sim::{SimConfig, SimPrinter, SimTransport};
use std::rc::Rc;
use std::time::{Duration, Instant};

const SIZE: (u32, u32) = (1080, 1920);

struct Session {
    steward: Steward,
    printer: SimPrinter,
    headless: Headless,
    technician: Rc<Technician>,
    _dir: Dir,
}

impl Session {
    fn start() -> Session {
        Session::on(Dir::new())
    }

    /// On a device that was used before.
    fn on(dir: Dir) -> Session {
        let steward = Steward::start(dir.path());
        let link = dir.path().join("printer");
        let transport = SimTransport::Pty { link: Some(link.clone()) };
        let profile = Profile::builtin("epson-tm").unwrap();
        let printer =
            SimPrinter::start(SimConfig { transport, time_scale: 8.0, ..SimConfig::pty(profile) }).unwrap();
        let settings = format!(
            "role = \"kiosk\"\nname = \"kiosk-1\"\nhub = \"here\"\nrotation = 0\n[printer]\nurl = \"serial:{}\"\nprofile = \"epson-tm\"\n",
            link.display()
        );
        std::fs::create_dir_all(dir.path().join("run/motcua")).unwrap();
        std::fs::write(dir.path().join("run/motcua/device.toml"), settings).unwrap();
        let connector = dir.path().join("sys/class/drm/card1-HDMI-A-1");
        std::fs::create_dir_all(&connector).unwrap();
        std::fs::write(connector.join("status"), "connected\n").unwrap();
        std::fs::write(connector.join("modes"), "1080x1920\n").unwrap();
        let headless = Headless::install(HeadlessOptions { size: SIZE, mock_time: false }).unwrap();
        let technician = Technician::start(Parts {
            socket: steward.socket.clone(),
            roots: Roots::under(dir.path()),
            runtime: steward.runtime.handle().clone(),
        })
        .unwrap();
        technician.glass().window().show().unwrap();
        headless.step();
        Session { steward, printer, headless, technician, _dir: dir }
    }

    fn labels(&self) -> Vec<String> {
        labels(self.technician.glass())
    }

    fn sees(&self, text: &str) {
        draw_until(&self.headless, text, || self.labels().iter().any(|l| l.contains(text)));
    }

    /// Touches what is called so, as slowly as a person who reads.
    fn tap(&self, label: &str) {
        let end = Instant::now() + Duration::from_millis(400);
        draw_until(&self.headless, "time", || Instant::now() >= end);
        let glass = self.technician.glass();
        draw_until(&self.headless, label, || {
            let all = elements(glass).into_iter().filter(|e| e.role == "button" && e.enabled);
            let Some(found) = all.map(|e| e.label).find(|l| l.replace('\u{a0}', " ") == label) else {
                return false;
            };
            self.headless.tap_label(glass, &found)
        });
        self.headless.step();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        end();
    }
}

#[test]
fn a_person_judges_the_printer_and_the_report_comes_out() {
    let session = Session::start();
    session.tap("Tự kiểm tra");
    session.sees("Thử: Máy in");
    session.tap("Thử: Máy in");
    session.sees("Phiếu in ra có rõ không?");
    assert_eq!(session.printer.slips().len(), 1);
    session.tap("Không");
    session.sees("đã thử tận tay, không tốt");
    session.tap("Thử: Máy in");
    session.tap("Có");
    session.sees("đã thử tận tay, tốt");
    session.tap("Quay lại");
    session.tap("In phiếu sẵn sàng");
    session.sees("Đã in phiếu");
    assert_eq!(session.printer.slips().len(), 3);
    if let Some(dir) = std::env::var_os("MOTCUA_SLIPS") {
        // For eyes: what the technician holds in his hand.
        let slip = session.printer.slips().pop().unwrap();
        std::fs::write(std::path::Path::new(&dir).join("readiness-report.png"), slip.png()).unwrap();
    }
}

#[test]
fn every_field_of_the_glass_is_felt() {
    let session = Session::start();
    session.tap("Tự kiểm tra");
    session.sees("Thử: Màn hình");
    session.tap("Thử: Màn hình");
    for _ in 0..5 {
        session.headless.pointer(Pointer::Press, 500.0, 900.0);
        session.headless.pointer(Pointer::Release, 500.0, 900.0);
        session.headless.step();
    }
    session.sees("Cả năm màu có đều");
    session.tap("Có");
    session.sees("đã thử tận tay, tốt");
    session.tap("Thử: Cảm ứng");
    session.sees("Lướt ngón tay");
    let (width, height) = (SIZE.0 as f32 / 6.0, SIZE.1 as f32 / 8.0);
    let field = |n: usize| ((n % 6) as f32 * width + 20.0, (n / 6) as f32 * height + 20.0);
    session.headless.pointer(Pointer::Press, field(0).0, field(0).1);
    for n in 1..48 {
        assert!(session.labels().iter().any(|l| l.contains("Lướt ngón tay")), "over after {n} fields");
        session.headless.pointer(Pointer::Move, field(n).0, field(n).1);
        session.headless.step();
    }
    session.headless.pointer(Pointer::Release, 20.0, 20.0);
    session.sees("Thử: Cảm ứng");
    let good = session.labels().iter().filter(|l| l.contains("đã thử tận tay, tốt")).count();
    assert_eq!(good, 2, "{:?}", session.labels());
}

/// What the steward was last given.
fn given(session: &Session, count: usize) -> serde_json::Value {
    assert!(until(|| session.steward.asked.lock().unwrap().settings.len() == count));
    toml::from_str(session.steward.asked.lock().unwrap().settings.last().unwrap()).unwrap()
}

#[test]
fn a_fixed_address_is_put_in_force_at_once_and_looked_after() {
    let session = Session::start();
    session.tap("Mạng");
    session.tap("Sửa: Địa chỉ");
    let typed = |text: &str| text.chars().for_each(|c| session.tap(&c.to_string()));
    typed("192.0.2.9/24");
    session.tap("Lưu");
    session.sees("Địa chỉ cổng ra");
    typed("192.0.2.1");
    session.tap("Lưu");
    session.sees("Dùng mạng này");
    assert!(session.steward.asked.lock().unwrap().settings.is_empty(), "nothing before the last touch");
    session.tap("Dùng mạng này");
    let sent = given(&session, 1);
    assert_eq!(
        (&sent["network"]["address"], &sent["network"]["gateway"]),
        (&"192.0.2.9/24".into(), &"192.0.2.1".into())
    );
    assert_eq!((&sent["role"], &sent["printer"]["profile"]), (&"kiosk".into(), &"epson-tm".into()));
    // This machine has no link at all.
    session.sees("Đang xem mạng có dùng được không");
    session.sees("Dây mạng chưa có tín hiệu");
    session.tap("Lấy lại mạng cũ");
    assert!(until(|| session.steward.deeds() == ["undo"]), "{:?}", session.steward.deeds());
    session.sees("Nối bằng");
}

#[test]
fn a_wireless_network_is_chosen_from_the_air_or_typed_and_its_passphrase_is_not_shown_again() {
    let session = Session::start();
    session.tap("Mạng");
    session.tap("Sửa: Nối bằng");
    session.sees("sóng mạnh");
    session.tap("Chọn: MOT-CUA");
    session.sees("Mật khẩu");
    let typed = |text: &str| text.chars().for_each(|c| session.tap(&c.to_string()));
    typed("motcua26");
    session.tap("Tiếp tục");
    session.sees("Wi-Fi MOT-CUA");
    assert!(!session.labels().iter().any(|l| l.contains("motcua26")), "{:?}", session.labels());
    session.tap("Dùng mạng này");
    let sent = given(&session, 1);
    let wifi = serde_json::json!({ "ssid": "MOT-CUA", "passphrase": "motcua26" });
    assert_eq!(sent["network"]["wifi"], wifi);
    session.sees("Chưa vào được Wi-Fi");
    session.tap("Lấy lại mạng cũ");
    session.tap("Sửa: Nối bằng");
    session.tap("Chọn: Wi-Fi khác");
    typed("tang-2");
    session.tap("Tiếp tục");
    session.sees("Mật khẩu");
    typed("12345678");
    session.tap("Tiếp tục");
    session.tap("Sửa: Proxy");
    typed("p");
    session.tap("Tiếp tục");
    session.tap("Dùng mạng này");
    let sent = given(&session, 2);
    assert_eq!(sent["network"]["wifi"]["ssid"], "tang-2");
    assert_eq!(sent["network"]["proxy"], "http://p");
}

#[test]
fn the_test_mode_is_asked_for_and_faults_of_the_card_are_read() {
    let session = Session::start();
    session.tap("Tệp cài đặt sai");
    session.sees("Dòng 3");
    session.sees("`hub` sai");
    session.tap("Quay lại");
    session.tap("Chế độ thử");
    session.sees("Bắt đầu chế độ thử?");
    session.tap("Thôi");
    assert!(session.steward.deeds().is_empty());
    session.tap("Chế độ thử");
    session.tap("Bắt đầu");
    assert!(until(|| session.steward.deeds() == ["trial"]), "{:?}", session.steward.deeds());
}

#[test]
fn everything_is_deleted_only_after_two_questions_and_a_word() {
    let session = Session::start();
    session.tap("Xóa về ban đầu");
    session.sees("Xóa mọi thứ trên thiết bị này?");
    session.tap("Thôi");
    session.tap("Xóa về ban đầu");
    session.tap("Xóa");
    session.sees("Chắc chắn xóa tất cả?");
    session.tap("Xóa");
    session.sees("Gõ chữ XOA");
    for letter in ["X", "O"] {
        session.tap(letter);
    }
    assert_eq!(session.steward.deeds(), Vec::<String>::new(), "not yet");
    session.tap("A");
    session.tap("Xóa tất cả");
    assert!(until(|| session.steward.deeds() == ["factory-reset"]), "{:?}", session.steward.deeds());
}

#[test]
fn the_technician_leaves_and_logs_go_to_the_stick() {
    let session = Session::start();
    session.tap("Nhật ký ra USB");
    session.sees("motcua-logs.tar.gz");
    session.tap("Đã rõ");
    session.tap("Cập nhật từ USB");
    session.sees("motcua-0.2.0.raucb");
    session.tap("Quay lại");
    session.tap("English");
    session.tap("Leave the menu");
    session.tap("Leave the menu");
    assert!(until(|| session.steward.deeds() == ["leave"]), "{:?}", session.steward.deeds());
}

#[test]
fn the_menu_begins_in_the_language_that_was_chosen_last() {
    let dir = Dir::new();
    std::fs::create_dir_all(dir.path().join("data/motcua")).unwrap();
    let file = dir.path().join("data/motcua/technician-language");
    std::fs::write(&file, "en").unwrap();
    let session = Session::on(dir);
    session.sees("Leave the menu");
    session.tap("Tiếng Việt");
    session.sees("Nhật ký ra USB");
    assert!(until(|| std::fs::read_to_string(&file).is_ok_and(|lang| lang == "vi")));
}
