// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the number screen and the moment before it. The number is committed
//! long before it gets here; how its paper is doing is the printer's word.

use motcua_core::view::{self, Intent, Number, Screen, View};
use slint::{ComponentHandle, Image};

use super::generated::{AppWindow, NumberBridge, PaperFault, PaperStep, PreparingBridge};
use super::{Sender, qr, services};

pub(super) fn fault(fault: Option<view::PaperFault>) -> PaperFault {
    match fault {
        None => PaperFault::None,
        Some(view::PaperFault::NoPaper) => PaperFault::NoPaper,
        Some(view::PaperFault::CoverOpen) => PaperFault::CoverOpen,
        Some(view::PaperFault::Printer) => PaperFault::Printer,
    }
}

pub(super) fn step(step: view::PaperStep) -> (PaperStep, PaperFault) {
    match step {
        view::PaperStep::Printing => (PaperStep::Printing, PaperFault::None),
        view::PaperStep::Take => (PaperStep::Take, PaperFault::None),
        view::PaperStep::OnScreen(why) => (PaperStep::OnScreen, fault(Some(why))),
        view::PaperStep::Waiting(why) => (PaperStep::Waiting, fault(Some(why))),
        view::PaperStep::Unsure => (PaperStep::Unsure, PaperFault::None),
    }
}

pub(super) fn show_preparing(window: &AppWindow, service: &str) {
    window.global::<PreparingBridge>().set_service(service.into());
}

pub(super) fn show(window: &AppWindow, before: Option<&View>, number: &Number) {
    let bridge = window.global::<NumberBridge>();
    bridge.set_label(number.label.as_str().into());
    bridge.set_service(number.service.as_str().into());
    bridge.set_counters(number.counters.as_str().into());
    bridge.set_ahead(number.ahead.map_or(-1, |n| n.try_into().unwrap_or(i32::MAX)));
    bridge.set_wait(services::wait(number.wait));
    bridge.set_priority(number.priority);
    let (paper, why) = step(number.paper);
    bridge.set_paper(paper);
    bridge.set_fault(why);
    // A new picture is a repaint even when it looks the same.
    let same = matches!(before.map(|b| &b.screen), Some(Screen::Number(b)) if b.qr == number.qr);
    if !same {
        bridge.set_code(qr::image(&number.qr));
    }
}

pub(super) fn forget(window: &AppWindow) {
    let bridge = window.global::<NumberBridge>();
    bridge.set_label("".into());
    bridge.set_service("".into());
    bridge.set_code(Image::default());
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let to = send.clone();
    window.global::<NumberBridge>().on_done(move || to(Intent::Home));
}
