// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screen of the waiting room as a pure state machine: pictures of the hub
//! and time in, [`DisplayView`] out. Every call gets its time on the screen, in
//! order, however many come at once. What is spoken is decided elsewhere.

mod show;
#[cfg(test)]
mod tests;
mod view;

pub use view::{
    Away, CallShown, ClosedReason, Closing, DisplayView, LastCall, NoticeShown, ServiceWaiting, Stage,
};

pub(crate) use show::{carried, clock, header};

use crate::feed::{Call, DisplayFeed, SPEAK_WITHIN_MS};
use crate::hall::Hall;
use jiff::civil::DateTime;
use std::collections::VecDeque;

/// With nothing new, the last call stays large until it is this old, milliseconds on the hub's clock.
pub const CALL_STAYS_MS: i64 = 60_000;
/// Services named with their waiting people.
pub const SERVICES_SHOWN: usize = 4;

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Milliseconds of a clock that never jumps.
    pub mono_ms: u64,
    /// The device's wall clock in the hall's local time. Shown only until the hub was heard once.
    pub local: DateTime,
}

/// Something the screen must react to.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The hub's picture.
    Feed(Box<DisplayFeed>),
    /// The hub does not answer.
    HubLost,
    /// Time passed. Wanted at least once a second.
    Tick,
}

/// Something the shell may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This call has just become large. Each accepted call does so exactly once.
    CameUp(Call),
}

/// The last picture of the hub and when it came.
#[derive(Clone, Debug)]
struct News {
    feed: DisplayFeed,
    mono_ms: u64,
}

/// A call that is or will be large.
#[derive(Clone, Debug)]
struct Turn {
    call: Call,
    again: bool,
}

/// The screen of one waiting room.
#[derive(Clone, Debug)]
pub struct DisplaySession {
    hall: Hall,
    high_contrast: bool,
    at: At,
    news: Option<News>,
    away: bool,
    /// The newest call taken in: its number and its time on the hub.
    newest: Option<(u64, i64)>,
    coming: VecDeque<Turn>,
    up: Option<Turn>,
    up_since_ms: u64,
    notice: usize,
    notice_since_ms: u64,
}

impl DisplaySession {
    /// A screen that has not heard of the hub yet.
    pub fn new(hall: &Hall, at: At) -> DisplaySession {
        DisplaySession {
            hall: hall.clone(),
            high_contrast: false,
            at,
            news: None,
            away: true,
            newest: None,
            coming: VecDeque::new(),
            up: None,
            up_since_ms: 0,
            notice: 0,
            notice_since_ms: at.mono_ms,
        }
    }

    /// The hall's configuration has changed. Calls on the screen and in line stay.
    pub fn set_hall(&mut self, hall: &Hall) {
        self.hall = hall.clone();
        self.notice = 0;
        self.notice_since_ms = self.at.mono_ms;
    }

    /// Black, white and yellow; a choice of the device, not of a person.
    pub fn set_high_contrast(&mut self, on: bool) {
        self.high_contrast = on;
    }

    /// Takes one input.
    pub fn step(&mut self, input: Input, at: At) -> Option<Effect> {
        self.at = at;
        match input {
            Input::Feed(feed) => self.hear(*feed),
            Input::HubLost => self.away = true,
            Input::Tick => {}
        }
        let effect = self.turn();
        self.turn_notice();
        effect
    }

    fn hear(&mut self, feed: DisplayFeed) {
        let newest = feed.calls.iter().max_by_key(|c| c.seq).map(|c| (c.seq, c.at_ms));
        let fresh: Vec<&Call> = match self.newest {
            // After a start: what was called long ago is known from the list, not news.
            None if self.news.is_none() => {
                let young = |c: &&Call| feed.unix_ms.saturating_sub(c.at_ms) < SPEAK_WITHIN_MS;
                feed.calls.iter().filter(young).collect()
            }
            None => feed.calls.iter().collect(),
            Some((seq, at_ms)) => {
                // Newer calls with lower numbers: the hub has lost its store and counts anew.
                let anew = newest.is_some_and(|(s, at)| s < seq && at > at_ms);
                feed.calls.iter().filter(|c| if anew { c.at_ms > at_ms } else { c.seq > seq }).collect()
            }
        };
        let mut turns: Vec<Turn> = fresh
            .into_iter()
            .map(|call| {
                let same = |c: &Call| c.label == call.label && c.counter == call.counter;
                let again = feed.calls.iter().any(|c| same(c) && c.seq < call.seq);
                Turn { call: call.clone(), again }
            })
            .collect();
        turns.sort_by_key(|t| t.call.seq);
        turns.dedup_by_key(|t| t.call.seq);
        if let Some(last) = turns.last() {
            self.newest = Some((last.call.seq, last.call.at_ms));
        } else if self.newest.is_none() {
            self.newest = newest;
        }
        self.coming.extend(turns);
        self.away = false;
        self.news = Some(News { feed, mono_ms: self.at.mono_ms });
    }

    /// The next call comes up when the present one has had its time; the last one leaves when it is old.
    fn turn(&mut self) -> Option<Effect> {
        let least_ms = u64::from(self.hall.display.call_seconds) * 1000;
        let had_its_time = self.at.mono_ms.saturating_sub(self.up_since_ms) >= least_ms;
        if self.up.is_some() && !had_its_time {
            return None;
        }
        if let Some(next) = self.coming.pop_front() {
            let effect = Effect::CameUp(next.call.clone());
            self.up = Some(next);
            self.up_since_ms = self.at.mono_ms;
            return Some(effect);
        }
        if self.up.as_ref().is_some_and(|t| self.hub_ms().saturating_sub(t.call.at_ms) >= CALL_STAYS_MS) {
            self.up = None;
            self.notice_since_ms = self.at.mono_ms;
        }
        None
    }

    fn turn_notice(&mut self) {
        let count = self.hall.display.notices.len();
        let stays_ms = u64::from(self.hall.display.notice_seconds) * 1000;
        if self.up.is_some() || self.at.mono_ms.saturating_sub(self.notice_since_ms) < stays_ms {
            return;
        }
        self.notice = (self.notice + 1) % count.max(1);
        self.notice_since_ms = self.at.mono_ms;
    }

    /// The hub's clock now: its last word, carried on by the steady clock.
    fn hub_ms(&self) -> i64 {
        self.news.as_ref().map_or(0, |n| {
            let since = self.at.mono_ms.saturating_sub(n.mono_ms);
            n.feed.unix_ms.saturating_add(i64::try_from(since).unwrap_or(i64::MAX))
        })
    }
}
