// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the home screen. When the hall is open is decided in core.

use motcua_core::view::{Home, Intent};
use slint::ComponentHandle;

use super::Sender;
use super::generated::{AppWindow, HomeBridge};
use super::number::fault;

pub(super) fn show(window: &AppWindow, home: &Home) {
    let bridge = window.global::<HomeBridge>();
    bridge.set_waiting(home.waiting.try_into().unwrap_or(i32::MAX));
    bridge.set_closes(home.open_until.is_some());
    let (hour, minute) = home.open_until.unwrap_or_default();
    bridge.set_until_hour(hour.into());
    bridge.set_until_minute(minute.into());
    bridge.set_paper(fault(home.paper));
    bridge.set_paper_low(home.paper_low);
    bridge.set_papers(home.offers.papers);
    bridge.set_booking(home.offers.booking);
    bridge.set_dossier(home.offers.dossier);
    bridge.set_feedback(home.offers.feedback);
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let bridge = window.global::<HomeBridge>();
    let to = send.clone();
    bridge.on_take_number(move || to(Intent::TakeNumber));
    let to = send.clone();
    bridge.on_what_to_bring(move || to(Intent::WhatToBring));
    let to = send.clone();
    bridge.on_my_booking(move || to(Intent::Booking));
    let to = send.clone();
    bridge.on_my_dossier(move || to(Intent::Dossier));
    let to = send.clone();
    bridge.on_information(move || to(Intent::Information));
    let to = send.clone();
    bridge.on_say_feedback(move || to(Intent::Feedback));
}
