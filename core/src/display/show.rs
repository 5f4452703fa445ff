// SPDX-License-Identifier: MIT OR Apache-2.0
//! The waiting room's screen as a [`DisplayView`]. Reads only.

use super::*;
use crate::queue::Refusal;
use crate::view::{Header, Opening};
use jiff::SignedDuration;

impl DisplaySession {
    /// What the screen shows now.
    pub fn view(&self) -> DisplayView {
        let now = self.local();
        DisplayView {
            lang: self.lang().to_owned(),
            high_contrast: self.high_contrast,
            header: header(&self.hall, now),
            stage: self.stage(now),
            last: self.last(),
            last_rows: usize::try_from(self.hall.display.last_calls).unwrap_or(6),
            waiting: self.heard().map(|f| f.services.iter().map(|s| s.waiting).sum()),
            services: self.services(),
            serving: self.heard().map(|f| {
                let serving = f.counters.iter().filter(|c| c.serves).count();
                (serving, f.counters.len())
            }),
            marquee: self.hall.display.marquee.as_ref().map(|m| m.get(self.lang()).to_owned()),
            away: self.away.then(|| Away { since: self.news.as_ref().map(|n| clock(n.feed.local_time)) }),
        }
    }

    fn lang(&self) -> &str {
        self.hall.default_lang()
    }

    /// The last picture, as long as it is the present one.
    fn heard(&self) -> Option<&DisplayFeed> {
        self.news.as_ref().filter(|_| !self.away).map(|n| &n.feed)
    }

    /// The hall's wall clock.
    fn local(&self) -> DateTime {
        let Some(news) = &self.news else { return self.at.local };
        carried(news.feed.local_time, news.mono_ms, self.at)
    }

    fn stage(&self, now: DateTime) -> Stage {
        if let Some(turn) = &self.up {
            return Stage::Call(self.call(turn));
        }
        if self.away {
            return Stage::Away;
        }
        if let Some(closing) = self.closing(now) {
            return Stage::Closed(closing);
        }
        let notices = &self.hall.display.notices;
        notices.get(self.notice).map_or(Stage::Welcome, |n| {
            Stage::Notice(NoticeShown {
                title: n.title.get(self.lang()).to_owned(),
                text: n.text.get(self.lang()).to_owned(),
                at: self.notice,
                of: notices.len(),
            })
        })
    }

    fn call(&self, turn: &Turn) -> CallShown {
        let counter = self.hall.counter(&turn.call.counter);
        let told = self.news.iter().flat_map(|n| &n.feed.counters).find(|c| c.id == turn.call.counter);
        CallShown {
            seq: turn.call.seq,
            label: turn.call.label.clone(),
            counter: turn.call.counter.clone(),
            counter_name: counter.map_or_else(String::new, |c| c.name.get(self.lang()).to_owned()),
            direction: told.and_then(|c| c.direction).or(counter.and_then(|c| c.direction)),
            again: turn.again,
        }
    }

    fn closing(&self, now: DateTime) -> Option<Closing> {
        let refusal = self.heard()?.refusal.as_ref()?;
        let opens = |at: &DateTime| opening(*at, now);
        let (reason, holiday, opens) = match refusal {
            Refusal::Holiday { name, opens: at } => {
                (ClosedReason::Holiday, Some(name.get(self.lang()).to_owned()), at.as_ref().map(opens))
            }
            Refusal::Lunch { opens: at } => (ClosedReason::Lunch, None, Some(opens(at))),
            Refusal::Closed { opens: at } => (ClosedReason::Closed, None, at.as_ref().map(opens)),
            // Whatever else stops the whole hall is for the office to mend.
            _ => (ClosedReason::Paused, None, None),
        };
        Some(Closing { reason, holiday, opens })
    }

    /// What has been large already, each number and counter once. A call in line is not told before its turn.
    fn last(&self) -> Vec<LastCall> {
        let Some(news) = &self.news else { return Vec::new() };
        let large = self.up.as_ref().map(|t| &t.call);
        let mut calls: Vec<&Call> = news
            .feed
            .calls
            .iter()
            .filter(|c| large.is_none_or(|l| (&c.label, &c.counter) != (&l.label, &l.counter)))
            .filter(|c| !self.coming.iter().any(|t| t.call.seq == c.seq))
            .collect();
        calls.sort_by_key(|c| std::cmp::Reverse(c.seq));
        let mut last: Vec<LastCall> = Vec::new();
        for call in calls {
            let row = LastCall { label: call.label.clone(), counter: call.counter.clone() };
            if !last.contains(&row) {
                last.push(row);
            }
        }
        last.truncate(usize::try_from(self.hall.display.last_calls).unwrap_or(6));
        last
    }

    fn services(&self) -> Vec<ServiceWaiting> {
        let Some(news) = &self.news else { return Vec::new() };
        let mut services: Vec<_> = news.feed.services.iter().filter(|s| s.waiting > 0).collect();
        services.sort_by_key(|s| std::cmp::Reverse(s.waiting));
        services
            .iter()
            .take(SERVICES_SHOWN)
            .map(|s| ServiceWaiting {
                name: self
                    .hall
                    .service(&s.code)
                    .map_or_else(|| s.code.clone(), |known| known.name.get(self.lang()).to_owned()),
                waiting: (!self.away).then_some(s.waiting),
            })
            .collect()
    }
}

/// A wall time the hub told at `told_ms` of the steady clock, carried on to `at`.
pub(crate) fn carried(told: DateTime, told_ms: u64, at: At) -> DateTime {
    let since = i64::try_from(at.mono_ms.saturating_sub(told_ms)).unwrap_or(i64::MAX);
    told.checked_add(SignedDuration::from_millis(since)).unwrap_or(told)
}

/// Hour and minute.
pub(crate) fn clock(at: DateTime) -> (u8, u8) {
    (unsigned(at.hour()), unsigned(at.minute()))
}

pub(crate) fn header(hall: &Hall, local: DateTime) -> Header {
    let (hour, minute) = clock(local);
    Header {
        hall: hall.lines.clone(),
        hour,
        minute,
        weekday: unsigned(local.weekday().to_monday_zero_offset()),
        day: unsigned(local.day()),
        month: unsigned(local.month()),
        year: local.year(),
    }
}

fn opening(at: DateTime, now: DateTime) -> Opening {
    let today = now.date();
    let (hour, minute) = clock(at);
    Opening {
        weekday: unsigned(at.weekday().to_monday_zero_offset()),
        day: unsigned(at.day()),
        month: unsigned(at.month()),
        hour,
        minute,
        today: at.date() == today,
        tomorrow: today.tomorrow().is_ok_and(|d| d == at.date()),
    }
}

/// Calendar fields are never negative.
fn unsigned(field: i8) -> u8 {
    u8::try_from(field).unwrap_or(0)
}
