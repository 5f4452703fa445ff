// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the screens that give no number: refusals and the machine out of
//! order. The sentences belong to the screens.

use motcua_core::view::{self, Intent, Refused};
use slint::ComponentHandle;

use super::Sender;
use super::generated::{AppWindow, Opening, OutOfOrder, OutOfOrderBridge, RefusedBridge, RefusedReason};

pub(super) fn reason(reason: view::RefusedReason) -> RefusedReason {
    match reason {
        view::RefusedReason::Closed => RefusedReason::Closed,
        view::RefusedReason::Holiday => RefusedReason::Holiday,
        view::RefusedReason::Lunch => RefusedReason::Lunch,
        view::RefusedReason::CapReached => RefusedReason::CapReached,
        view::RefusedReason::ServicePaused => RefusedReason::ServicePaused,
        view::RefusedReason::UnknownService => RefusedReason::UnknownService,
    }
}

pub(super) fn opening(opens: Option<view::Opening>) -> Opening {
    opens.map_or_else(Opening::default, |o| Opening {
        known: true,
        weekday: o.weekday.into(),
        day: o.day.into(),
        month: o.month.into(),
        hour: o.hour.into(),
        minute: o.minute.into(),
        today: o.today,
        tomorrow: o.tomorrow,
    })
}

pub(super) fn show_refused(window: &AppWindow, refused: &Refused) {
    let bridge = window.global::<RefusedBridge>();
    bridge.set_reason(reason(refused.reason));
    bridge.set_service(refused.service.as_deref().unwrap_or_default().into());
    bridge.set_holiday(refused.holiday.as_deref().unwrap_or_default().into());
    bridge.set_opens(opening(refused.opens));
    bridge.set_given_known(refused.given.is_some());
    bridge.set_given(refused.given.unwrap_or_default().try_into().unwrap_or(i32::MAX));
    bridge.set_whole_hall(refused.whole_hall);
}

pub(super) fn show_out_of_order(window: &AppWindow, why: &view::OutOfOrder) {
    let bridge = window.global::<OutOfOrderBridge>();
    if let view::OutOfOrder::Message(message) = why {
        bridge.set_message(message.into());
    }
    bridge.set_why(match why {
        view::OutOfOrder::NoPaper => OutOfOrder::NoPaper,
        view::OutOfOrder::Printer => OutOfOrder::Printer,
        view::OutOfOrder::HubAway => OutOfOrder::HubAway,
        view::OutOfOrder::TechnicalPause => OutOfOrder::TechnicalPause,
        view::OutOfOrder::Message(_) => OutOfOrder::Message,
    });
}

pub(super) fn connect(window: &AppWindow, send: &Sender) {
    let bridge = window.global::<RefusedBridge>();
    let to = send.clone();
    bridge.on_back(move || to(Intent::Back));
    let to = send.clone();
    bridge.on_information(move || to(Intent::Information));
}
