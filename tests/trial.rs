// SPDX-License-Identifier: MIT OR Apache-2.0
//! The test mode end to end: beside a hub that runs and counts, the kiosk's real program with a real printer line on a
//! throw-away hub; and that it ends by itself.

use crate::endtoend::{pty_printer, qr_codes};
use crate::support::*;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use clap::{Args, FromArgMatches};
use motcua::kiosk::{Kiosk, on_its_thread};
use motcua::ui::headless::{Element, Headless, HeadlessOptions, elements};
use motcua_hal::printer::sim::SimPrinter;
use slint::platform::{PointerEventButton, WindowEvent};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// What a technician taps, the last question first: whichever is up.
const WAY: [&str; 4] = ["Không thuộc diện nào", "Không dùng thẻ", "Chứng thực", "Lấy số thứ tự"];
const STRIP: &str = "CHẾ ĐỘ THỬ – số không có giá trị";

/// What could be typed, as clap reads it.
fn options<T: Args + FromArgMatches>(typed: &[&str]) -> T {
    let command = T::augment_args(clap::Command::new("motcua").no_binary_name(true));
    T::from_arg_matches(&command.try_get_matches_from(typed).unwrap()).unwrap()
}

/// Another thread than the screen's, as a hand is.
struct Hand(Runtime);

impl Hand {
    fn of<T: Send + 'static>(&self, call: impl FnOnce(&Kiosk) -> T + Send + 'static) -> Option<T> {
        self.0.block_on(on_its_thread(call))
    }

    fn seen(&self) -> Vec<Element> {
        self.of(|kiosk| elements(kiosk.glass())).unwrap_or_default()
    }

    /// A tap on the first of what is up; whether one was.
    fn tap(&self, starts: &[&str]) -> bool {
        let seen = self.seen();
        let button = |start: &&str| {
            seen.iter().find(|e| e.role == "button" && e.enabled && e.label.starts_with(*start))
        };
        let Some((x, y)) = starts.iter().find_map(button).map(Element::center) else { return false };
        let position = slint::LogicalPosition::new(x, y);
        self.of(move |kiosk| {
            let button = PointerEventButton::Left;
            let window = kiosk.glass().window();
            window.dispatch_event(WindowEvent::PointerPressed { position, button });
            window.dispatch_event(WindowEvent::PointerReleased { position, button });
        });
        // As slowly as a person who reads.
        pause(Duration::from_millis(500));
        true
    }

    /// A number on paper, by touches alone; each screen on the way says what it is worth.
    fn take_number(&self, printer: &SimPrinter) {
        let before = printer.slips().len();
        let done = until(|| {
            let seen = self.seen();
            assert!(seen.is_empty() || seen.iter().any(|e| e.label == STRIP), "{seen:#?}");
            self.tap(&WAY);
            printer.slips().len() > before
        });
        assert!(done, "no paper came: {:#?}", self.seen());
        assert!(until(|| {
            self.tap(&["Xong"]);
            self.seen().iter().any(|e| e.label.starts_with("Lấy số thứ tự"))
        }));
    }
}

#[test]
fn numbers_of_the_test_mode_count_nowhere_and_the_real_series_goes_on_without_a_gap() {
    motcua_link::trust::ready();
    let dir = Dir::new();
    let data = dir.path().join("data/motcua");
    std::fs::create_dir_all(&data).unwrap();
    let hall = data.join("hall.toml");
    std::fs::write(&hall, always_open().replace("NGÔ QUYỀN", "LÊ LỢI")).unwrap();
    let (at, hall) = (data.to_str().unwrap(), hall.to_str().unwrap());
    let anywhere = ["--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"];
    let hub = Running::start(&[&["hub", "--data", at, "--hall", hall], &anywhere[..]].concat());
    let program = enrol(&add_device(&data, "test", "manager"), dir.path().join("manager"));
    let client = Client::new(hub.devices(), &program);
    let runtime = Runtime::new().unwrap();
    let real = || label(&runtime.block_on(client.command(issue("certify"))).1);
    let first = real();

    let printer = Arc::new(pty_printer());
    let settings = format!(
        "role = \"kiosk\"\nname = \"kiosk-1\"\nhub = \"here\"\n[printer]\nurl = \"{}\"\nprofile = \"epson-tm\"\n",
        printer.url()
    );
    let _headless = Headless::install(HeadlessOptions { size: (1080, 1920), mock_time: false }).unwrap();
    let paper = printer.clone();
    let hand = std::thread::spawn(move || {
        let hand = Hand(Runtime::new().unwrap());
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert!(until(|| !hand.seen().is_empty()), "no screen");
            hand.take_number(&paper);
            hand.take_number(&paper);
            let hall = hand.seen().iter().any(|e| e.label.contains("LÊ LỢI"));
            assert!(hall, "the hall of this device: {:#?}", hand.seen());
        }));
        slint::invoke_from_event_loop(|| drop(slint::quit_event_loop())).unwrap();
        done.unwrap_or_else(|e| std::panic::resume_unwind(e));
    });
    let device = motcua::machine::Settings::parse(&settings).unwrap().device;
    motcua::start::trial::run(&motcua::steward::layout::Layout::at(dir.path()), &device).unwrap();
    hand.join().unwrap();

    let codes: Vec<String> = printer.slips().iter().flat_map(qr_codes).collect();
    assert_eq!(codes.len(), 2, "{codes:?}");
    let tickets = runtime.block_on(client.tickets());
    assert_eq!(tickets.len(), 1, "only the real one: {tickets:?}");
    assert!(!codes.iter().any(|code| code.ends_with(&tickets[0].id.simple().to_string())), "{codes:?}");
    let second = real();
    let number = |label: &str| label.trim_start_matches(char::is_alphabetic).parse::<u32>().unwrap();
    assert_eq!(number(&second), number(&first) + 1, "no gap");
    // What it kept lies apart, and the next one begins without it.
    assert!(dir.path().join("run/motcua-trial/hub/hall.db").exists());
    assert!(!data.join("kiosk").exists(), "not even a file beside the kiosk's");
}

#[test]
fn the_test_mode_ends_by_itself_through_the_steward() {
    motcua_link::trust::ready();
    let dir = Dir::new();
    let socket = dir.path().join("steward.sock");
    let left = Arc::new(AtomicBool::new(false));
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(async { tokio::net::UnixListener::bind(&socket) }).unwrap();
    let heard = left.clone();
    let leave = post(async move || {
        heard.store(true, Ordering::Relaxed);
        // As the steward stops the unit.
        slint::invoke_from_event_loop(|| drop(slint::quit_event_loop())).unwrap();
        StatusCode::NO_CONTENT
    });
    let app = Router::new().route("/technician/leave", leave);
    runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
    let hall = dir.file("hall.toml", motcua_core::hall::SAMPLE);
    let printer = pty_printer();
    let _headless = Headless::install(HeadlessOptions { size: (1280, 800), mock_time: false }).unwrap();
    let data = dir.path().join("hub");
    let url = printer.url().to_string();
    let typed = ["--trial", "--trial-idle", "2", "--listen", "127.0.0.1:0", "--devices", "127.0.0.1:0"];
    let paths = [("--data", &data), ("--hall", &hall), ("--steward", &socket)];
    let paths = paths.iter().flat_map(|(option, path)| [*option, path.to_str().unwrap()]);
    let all: Vec<&str> = typed.into_iter().chain(paths).chain(["--printer", &url]).collect();
    motcua::kiosk::run(&options(&all)).unwrap();
    assert!(left.load(Ordering::Relaxed));
}
