// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames of the 1080 x 1920 glass with the software renderer: time and
//! repainted area of a full frame, a clock tick, a press, and an idle second.

use crate::{Report, quantile};
use motcua::ui::Glass;
use motcua::ui::gallery::{MODES, dressed, samples, settle};
use motcua::ui::headless::{FrameReport, Headless, HeadlessOptions, Pointer, elements};
use std::time::Duration;

const GLASS: f64 = 1080.0 * 1920.0;

pub fn run(report: &mut Report) {
    let headless = Headless::install(HeadlessOptions { size: (1080, 1920), mock_time: true }).unwrap();
    let glass = Glass::new().unwrap();
    glass.window().show().unwrap();
    let home = samples().into_iter().find(|s| s.name.starts_with("home")).unwrap();
    let mut view = dressed(&home, "vi", MODES[0]);
    glass.show(&view);
    settle(&headless);

    let mut full = Vec::new();
    for _ in 0..60 {
        headless.redraw();
        full.extend(headless.step().map(|f| f.render));
    }
    let median = quantile(&mut full, 0.5);
    report.add("frame", "full, median", median, "ms", "budget 33");
    report.add("frame", "full, p95", quantile(&mut full, 0.95), "ms", "budget 33");

    let mut ticks = Vec::new();
    for minute in 0..40 {
        view.header.minute = minute;
        glass.show(&view);
        ticks.extend(headless.advance(Duration::from_millis(50)));
    }
    partial(report, "clock tick", &ticks, median);

    let button = elements(&glass).into_iter().find(|e| e.role == "button").unwrap();
    let (x, y) = button.center();
    let mut presses = Vec::new();
    for _ in 0..20 {
        headless.pointer(Pointer::Press, x, y);
        presses.extend(headless.advance(Duration::from_millis(200)));
        headless.pointer(Pointer::Move, x, y - 900.0);
        presses.extend(headless.advance(Duration::from_millis(200)));
        headless.pointer(Pointer::Release, x, y - 900.0);
        headless.advance(Duration::from_millis(400));
    }
    partial(report, "press of the largest button", &presses, median);

    glass.show(&view);
    let idle: u64 = headless.advance(Duration::from_secs(1)).iter().map(FrameReport::pixels).sum();
    report.add("frame", "idle second, repainted", idle as f64, "pixels", "budget 0");
}

fn partial(report: &mut Report, what: &str, frames: &[FrameReport], full: f64) {
    let mut times: Vec<Duration> = frames.iter().map(|f| f.render).collect();
    let p95 = quantile(&mut times, 0.95);
    let area = frames.iter().map(FrameReport::pixels).max().unwrap() as f64;
    report.add(
        "frame",
        format!("{what}, p95"),
        p95,
        "ms",
        format!("{:.2} of a full frame; budget 8 ms", p95 / full),
    );
    report.add(
        "frame",
        format!("{what}, repainted at most"),
        area,
        "pixels",
        format!("{:.2} % of the glass", area / GLASS * 100.0),
    );
}
