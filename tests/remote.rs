// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kiosk whose hub is another process on the network, and the hub going away.
//! What the kiosk then does by itself is tried in `own`.

use crate::endtoend::pty_printer;
use crate::support::*;
use motcua_core::queue::Stage;

/// A hub at ports that it gets again after a restart.
pub fn hub_with(dir: &Dir, ports: Ports, hall: &str) -> Running {
    let hall = dir.file("hall.toml", hall);
    let (data, hall, ports) = (dir.path().to_str().unwrap(), hall.to_str().unwrap(), ports.args());
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    Running::start(&[&["hub", "--data", data, "--hall", hall], &ports[..]].concat())
}

#[test]
fn a_hub_that_dies_under_a_touch_costs_the_citizen_nothing() {
    let (dir, port) = (Dir::new(), Ports::free());
    let hub = hub_with(&dir, port, &always_open());
    let ticket = add_device(dir.path(), "kiosk-7", "kiosk");
    let printer = pty_printer();
    let (hall, data) = (dir.path().join("hall.toml"), dir.path().join("kiosk"));
    let bench = Bench::start(&[
        "--ticket",
        &ticket,
        "--data",
        data.to_str().unwrap(),
        "--hall",
        hall.to_str().unwrap(),
        "--printer",
        &printer.url().to_string(),
    ]);
    bench.wait("home", |s| s["screen"] == "home");
    assert!(until(|| data.join("own/hall.db").exists()), "the kiosk did not meet its hub");
    bench.tap("Lấy số thứ tự");
    bench.tap(&bench.button("Chứng thực"));
    bench.tap("Không dùng thẻ");
    hub.kill();
    bench.tap("Không thuộc diện nào");
    bench.wait("its own number", |s| s["screen"] == "number" && s["view"]["screen"]["label"] == "K1-001");
    bench.wait("its paper", |s| s["view"]["screen"]["paper"] == "take");
    assert_eq!(printer.slips().len(), 1);
    bench.done();
    let hub = hub_with(&dir, port, &always_open());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tickets = || runtime.block_on(Client::new(hub.devices(), &data).tickets());
    assert!(until(|| tickets().len() == 1));
    assert_eq!((tickets()[0].device.as_str(), tickets()[0].stage), ("kiosk-7", Stage::Waiting));
    // A device that the hub has struck off may not go on by itself either.
    hub.kill();
    let removed = std::process::Command::new(PROGRAM)
        .args(["device", "remove", "kiosk-7", "--data", dir.path().to_str().unwrap()])
        .status()
        .unwrap();
    assert!(removed.success());
    let _hub = hub_with(&dir, port, &always_open());
    bench.wait("struck off", |s| s["screen"] == "out_of_order");
}

#[test]
fn a_kiosk_that_has_never_met_its_hub_waits_for_it() {
    let (dir, port) = (Dir::new(), Ports::free());
    let hub = hub_with(&dir, port, &always_open());
    let (url, data) = (hub.devices().to_owned(), enrolled(&dir, "kiosk-1", "kiosk"));
    hub.kill();
    let (data, hall) = (data.to_str().unwrap(), dir.path().join("hall.toml"));
    let bench = Bench::start(&["--hub", &url, "--data", data, "--hall", hall.to_str().unwrap()]);
    bench.wait("hub away", |s| s["view"]["screen"]["screen"] == "out_of_order");
    let _hub = hub_with(&dir, port, &always_open());
    bench.wait("home", |s| s["screen"] == "home");
}
