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
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let to = send.clone();
    window.global::<HomeBridge>().on_take_number(move || to(Intent::TakeNumber));
}
