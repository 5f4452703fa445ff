// SPDX-License-Identifier: MIT OR Apache-2.0
//! The glass of the waiting room: turns a [`DisplayView`] into properties of
//! `DisplayWindow`. Which call is large, and for how long, is decided in core.

use std::cell::RefCell;
use std::rc::Rc;

use motcua_core::display::{self, CallShown, ClosedReason, Closing, DisplayView, NoticeShown, Stage};
use motcua_core::hall::Direction;
use slint::{ComponentHandle, ModelRc, VecModel};

use super::generated::{self, DisplayWindow, RoomBridge, StageBridge, StageKind, Theme, Way};
use super::services::set_rows;
use super::{notice, shell};

/// The one window of a waiting room's screen and what was last shown on it.
///
/// [`DisplayGlass::show`] sets only what differs from the last view, so that an
/// idle screen repaints nothing but its clock and a line too long to stand still.
pub struct DisplayGlass {
    window: DisplayWindow,
    last: Rc<VecModel<generated::LastCall>>,
    services: Rc<VecModel<generated::ServiceWaiting>>,
    shown: RefCell<Option<DisplayView>>,
}

impl std::fmt::Debug for DisplayGlass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DisplayGlass").field("shown", &self.shown.borrow()).finish_non_exhaustive()
    }
}

impl DisplayGlass {
    /// Makes the window. The Slint platform must be chosen before.
    ///
    /// # Errors
    /// When the platform cannot make a window.
    pub fn new() -> Result<Self, slint::PlatformError> {
        let window = DisplayWindow::new()?;
        let (last, services) = (Rc::new(VecModel::default()), Rc::new(VecModel::default()));
        let room = window.global::<RoomBridge>();
        room.set_last(ModelRc::from(last.clone()));
        room.set_services(ModelRc::from(services.clone()));
        Ok(Self { window, last, services, shown: RefCell::new(None) })
    }

    /// The window, to show it and to size it.
    pub fn window(&self) -> &slint::Window {
        self.window.window()
    }

    /// The component, for element look-ups.
    pub fn component(&self) -> &DisplayWindow {
        &self.window
    }

    /// Switches motion off: a new number stands at once, a long line is set in two.
    pub fn set_still(&self, still: bool) {
        self.window.global::<Theme>().set_still(still);
    }

    /// Brings the screen to `view`. Cheap when little or nothing has changed.
    pub fn show(&self, view: &DisplayView) {
        let mut shown = self.shown.borrow_mut();
        let before = shown.as_ref();
        if before == Some(view) {
            return;
        }
        shell::speak(before.map(|b| b.lang.as_str()), &view.lang);
        self.window.global::<Theme>().set_high_contrast(view.high_contrast);
        shell::show_header(&self.window, before.map(|b| &b.header), &view.header);
        self.stage(view);
        self.sides(view);
        *shown = Some(view.clone());
    }

    fn stage(&self, view: &DisplayView) {
        let bridge = self.window.global::<StageBridge>();
        bridge.set_since(since(view.away.and_then(|a| a.since)).into());
        // A stage is told everything before it appears, so that it is laid out once.
        let kind = match &view.stage {
            Stage::Call(call) => {
                tell_call(&bridge, call);
                StageKind::Call
            }
            Stage::Notice(notice) => {
                tell_notice(&bridge, notice);
                StageKind::Notice
            }
            Stage::Welcome => StageKind::Welcome,
            Stage::Closed(closing) => {
                tell_closing(&bridge, closing);
                StageKind::Closed
            }
            Stage::Away => StageKind::Away,
        };
        bridge.set_kind(kind);
    }

    fn sides(&self, view: &DisplayView) {
        let room = self.window.global::<RoomBridge>();
        room.set_last_rows(count(view.last_rows));
        room.set_last_count(count(view.last.len()));
        set_rows(
            &self.last,
            view.last.iter().map(|c| generated::LastCall {
                label: c.label.as_str().into(),
                counter: c.counter.as_str().into(),
            }),
        );
        room.set_waiting_known(view.waiting.is_some());
        room.set_waiting(people(view.waiting));
        room.set_service_count(count(view.services.len()));
        set_rows(&self.services, view.services.iter().map(service));
        let (serving, counters) = view.serving.unwrap_or_default();
        room.set_serving_known(view.serving.is_some());
        room.set_serving(count(serving));
        room.set_counters(count(counters));
        room.set_marquee(view.marquee.as_deref().unwrap_or_default().into());
        room.set_away(view.away.is_some());
        room.set_since(since(view.away.and_then(|a| a.since)).into());
    }
}

fn tell_call(bridge: &StageBridge<'_>, call: &CallShown) {
    bridge.set_label(call.label.as_str().into());
    bridge.set_counter(call.counter.as_str().into());
    bridge.set_counter_name(call.counter_name.as_str().into());
    bridge.set_way(way(call.direction));
    bridge.set_again(call.again);
    // Last: a changed number of the call makes the label rise anew. The lowest bits tell neighbours apart.
    bridge.set_seq(i32::try_from(call.seq & 0x3fff_ffff).unwrap_or_default());
}

fn tell_notice(bridge: &StageBridge<'_>, notice: &NoticeShown) {
    bridge.set_title(notice.title.as_str().into());
    bridge.set_text(notice.text.as_str().into());
    bridge.set_notice(count(notice.at));
    bridge.set_notices(count(notice.of));
}

fn tell_closing(bridge: &StageBridge<'_>, closing: &Closing) {
    bridge.set_reason(match closing.reason {
        ClosedReason::Closed => generated::ClosedReason::Closed,
        ClosedReason::Holiday => generated::ClosedReason::Holiday,
        ClosedReason::Lunch => generated::ClosedReason::Lunch,
        ClosedReason::Paused => generated::ClosedReason::Paused,
    });
    bridge.set_holiday(closing.holiday.as_deref().unwrap_or_default().into());
    bridge.set_opens(notice::opening(closing.opens));
}

fn way(direction: Option<Direction>) -> Way {
    match direction {
        None => Way::None,
        Some(Direction::Left) => Way::Left,
        Some(Direction::Ahead) => Way::Ahead,
        Some(Direction::Right) => Way::Right,
    }
}

fn service(service: &display::ServiceWaiting) -> generated::ServiceWaiting {
    generated::ServiceWaiting {
        name: service.name.as_str().into(),
        known: service.waiting.is_some(),
        waiting: people(service.waiting),
    }
}

/// `09:05`, or nothing.
pub(super) fn since(time: Option<(u8, u8)>) -> String {
    time.map(|(hour, minute)| format!("{hour:02}:{minute:02}")).unwrap_or_default()
}

fn people(n: Option<u32>) -> i32 {
    n.unwrap_or_default().try_into().unwrap_or(i32::MAX)
}

pub(super) fn count(n: usize) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}
