// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which devices listen to the hub's streams at the moment, for the page of
//! devices. In memory: after a restart a device is there once it has come back.

use crate::clock::unix_ms;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who listens. Devices that give no name (displays need none) share the empty one.
#[derive(Debug, Default)]
pub struct Presence {
    heard: Mutex<BTreeMap<String, Heard>>,
}

/// What is known of one device since the hub's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Streams that are open.
    pub open: u32,
    /// When a stream was opened or closed last, milliseconds UTC.
    pub since_ms: i64,
}

/// One open stream; it counts until this is dropped.
#[derive(Debug)]
pub struct Listening {
    presence: Arc<Presence>,
    device: String,
}

impl Presence {
    /// A device has opened a stream.
    pub fn listens(self: &Arc<Self>, device: &str) -> Listening {
        self.change(device, |open| open + 1);
        Listening { presence: self.clone(), device: device.to_owned() }
    }

    /// What is known of a device; `None` when it has not been heard since the hub's start.
    pub fn of(&self, device: &str) -> Option<Heard> {
        self.heard().get(device).copied()
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<String, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, device: &str, change: impl Fn(u32) -> u32) {
        let mut heard = self.heard();
        let known = heard.entry(device.to_owned()).or_default();
        let open = change(known.open);
        // A second stream of the same device changes nothing about since when it is there.
        if (open == 0) != (known.open == 0) {
            known.since_ms = unix_ms();
        }
        known.open = open;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.presence.change(&self.device, |open| open.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_there_until_its_last_stream_ends() {
        let presence = Arc::new(Presence::default());
        assert_eq!(presence.of("kiosk-1"), None);
        let (first, second) = (presence.listens("kiosk-1"), presence.listens("kiosk-1"));
        let since = presence.of("kiosk-1").unwrap().since_ms;
        drop(first);
        assert_eq!(presence.of("kiosk-1"), Some(Heard { open: 1, since_ms: since }));
        drop(second);
        assert_eq!(presence.of("kiosk-1").map(|h| h.open), Some(0));
        assert_eq!(presence.of("kiosk-2"), None);
    }
}
