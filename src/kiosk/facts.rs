// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kiosk says of itself to those who look after the device.

use super::{Kiosk, hands, on_its_thread};
use crate::ui::device;
use crate::watch::{Facts, Watch, keep};
use futures_util::FutureExt;
use motcua_hal::speaker::SpeakerHandle;

impl Kiosk {
    /// How it is at the moment.
    pub fn facts(&self) -> Facts {
        let session = self.session.borrow();
        let now = session.hall_now();
        let mut facts = Facts {
            hub: Some(self.link.way()),
            open: now.map(|now| now.refusal.is_none()),
            waiting: now.map(|now| now.waiting),
            busy: !session.is_idle() || !self.asked.borrow().is_empty(),
            ..Facts::default()
        };
        let heard = |(speaker, _): &(SpeakerHandle, _)| hands::contacts(speaker.state().fault.is_none());
        let speaker = self.chime.as_ref().map(|chime| ("speaker", heard(chime)));
        for (name, (state, fault)) in hands::parts(self).into_iter().chain(speaker).chain(device::keyboard())
        {
            facts.part(name, state, fault);
        }
        facts
    }

    /// Tells `watch` how it is, until the runtime ends.
    pub fn watched(&self, watch: Watch) {
        let look = || on_its_thread(Kiosk::facts).boxed();
        let link = self.link.clone();
        let ping = move || {
            let link = link.clone();
            async move { link.database().await }.boxed()
        };
        self.runtime.spawn(keep(watch, Box::new(look), Box::new(ping)));
    }
}
