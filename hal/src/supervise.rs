// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the threads of the small devices (speaker, buttons, lamps, card reader, scanner) have in common: the pause before the next attempt to
//! open a device, a log that does not fill while a device is away, and the latch by which a caller waits for the end.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The next command, waited for no longer than `idle`; `end` when nobody is left to give one.
pub(crate) fn next_command<C>(inbox: &Receiver<C>, idle: Duration, end: C) -> Option<C> {
    match inbox.recv_timeout(idle) {
        Ok(command) => Some(command),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(end),
    }
}

/// The pause before the next attempt to open a device: it doubles from the first to the longest.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    pause: Duration,
    /// When the next attempt is due.
    next: Instant,
}

impl Backoff {
    /// The first attempt is due at once.
    pub(crate) fn new(first: Duration, longest: Duration, now: Instant) -> Backoff {
        Backoff { first, longest, pause: first, next: now }
    }

    /// Whether an attempt is due.
    pub(crate) fn due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// How long until the next attempt.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// An attempt has failed.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.next = now + self.pause;
        self.pause = (self.pause * 2).min(self.longest);
    }

    /// An open device was lost: a replugged one is often back soon, so the pauses begin anew.
    pub(crate) fn lost(&mut self, now: Instant) {
        self.pause = self.first;
        self.failed(now);
    }
}

/// Lets a message through once, until another one or a success comes between.
#[derive(Debug, Default)]
pub(crate) struct Once(Option<String>);

impl Once {
    /// Whether the message has to be logged.
    pub(crate) fn is_news(&mut self, message: &str) -> bool {
        if self.0.as_deref() == Some(message) {
            return false;
        }
        self.0 = Some(message.to_owned());
        true
    }

    /// All is well again: the same message would be news.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

/// Says that a thread has ended.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    ended: Mutex<bool>,
    changed: Condvar,
}

impl Latch {
    /// The thread has ended.
    pub(crate) fn open(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits for the end, at most so long.
    pub(crate) fn wait(&self, limit: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.changed.wait_timeout_while(ended, limit, |ended| !*ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_loss() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(200), ms(1000), start);
        assert!(backoff.due(start));
        for pause in [200, 400, 800, 1000, 1000] {
            backoff.failed(start);
            assert_eq!(backoff.wait(start), ms(pause));
            assert!(!backoff.due(start));
        }
        backoff.lost(start);
        assert_eq!(backoff.wait(start), ms(200));
    }

    #[test]
    fn a_message_is_said_once() {
        let mut once = Once::default();
        assert!(once.is_news("no card"));
        assert!(!once.is_news("no card"));
        once.clear();
        assert!(once.is_news("no card"));
    }
}
