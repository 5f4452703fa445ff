// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kiosk whose hub is another process on the network, and the hub going away.

use crate::endtoend::pty_printer;
use crate::support::*;

/// A hub at a port that it gets again after a restart.
fn hub_at(dir: &Dir, port: u16) -> Running {
    let hall = dir.file("hall.toml", &always_open());
    let listen = format!("127.0.0.1:{port}");
    Running::start(&[
        "hub",
        "--data",
        dir.path().to_str().unwrap(),
        "--hall",
        hall.to_str().unwrap(),
        "--listen",
        &listen,
    ])
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_hub_that_dies_under_a_touch_gives_one_number_when_it_is_back() {
    let (dir, port) = (Dir::new(), free_port());
    let hub = hub_at(&dir, port);
    let secret = add_device(dir.path(), "kiosk-7", "kiosk");
    let printer = pty_printer();
    let hall = dir.path().join("hall.toml");
    let bench = Bench::start(&[
        "--hub",
        &hub.url,
        "--secret",
        &secret,
        "--hall",
        hall.to_str().unwrap(),
        "--printer",
        &printer.url().to_string(),
    ]);
    bench.wait("home", |s| s["screen"] == "home");
    bench.tap("Lấy số thứ tự");
    bench.tap(&bench.button("Chứng thực"));
    hub.kill();
    bench.tap("Không thuộc diện nào");
    bench.wait("hub away", |s| s["screen"] == "out_of_order");
    assert_eq!(printer.slips().len(), 0, "no paper without a committed row");
    let hub = hub_at(&dir, port);
    bench.wait("the number at last", |s| s["screen"] == "number" && s["view"]["screen"]["label"] == "A001");
    bench.wait("its paper", |s| s["view"]["screen"]["paper"] == "take");
    assert_eq!(printer.slips().len(), 1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tickets = runtime.block_on(Client::new(&hub.url, &secret).tickets());
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0].device, "kiosk-7");
    // Idle and away: said, and over by itself.
    bench.done();
    hub.kill();
    bench.wait("hub away", |s| s["screen"] == "out_of_order");
    let _hub = hub_at(&dir, port);
    bench.wait("home", |s| s["screen"] == "home");
}
