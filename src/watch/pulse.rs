// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pixel that tells whether frames are drawn: a timer of the event loop
//! changes it, and only the renderer asks what it looks like. A loop that hangs
//! changes nothing; a window that is not drawn is not asked.

use super::Watch;
use crate::ui::generated::Pulse;
use slint::{Color, ComponentHandle, Global, Timer, TimerMode};

/// Keeps a window's pixel beating until it is dropped.
pub struct Pulsing(Timer);

impl std::fmt::Debug for Pulsing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pulsing").field("running", &self.0.running()).finish()
    }
}

/// Lets the pixel of `window` beat for `watch`; on the thread of the event loop.
pub fn beat<W>(watch: &Watch, window: &W) -> Pulsing
where
    W: ComponentHandle + 'static,
    for<'w> Pulse<'w>: Global<'w, W>,
{
    let told = watch.clone();
    window.global::<Pulse<'_>>().on_drawn(move |_| {
        told.drew();
        Color::default()
    });
    let timer = Timer::default();
    let weak = window.as_weak();
    timer.start(TimerMode::Repeated, watch.tick(), move || {
        if let Some(window) = weak.upgrade() {
            let pulse = window.global::<Pulse<'_>>();
            pulse.set_tick(pulse.get_tick().wrapping_add(1));
        }
    });
    Pulsing(timer)
}
