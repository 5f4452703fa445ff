// SPDX-License-Identifier: MIT OR Apache-2.0
//! A busy hall's day, event by event, worked out from the number alone: nothing
//! has to be stored, and whoever receives it can tell whether it is complete.

use motcua_link::data::{
    Body, CallMade, CallRepeated, CounterChange, CounterChanged, DayEnded, DayOpened, DeviceHealth, Paper,
    RatingAsked, RatingGiven, ServiceFinished, ServiceStarted, TicketIssued, TicketPaper,
};
use motcua_link::wire::{CloudEvent, Epoch, Lane, Source};
use uuid::Uuid;

/// Tickets of a day.
const TICKETS: u64 = 585;
/// Events for each ticket: three of its paper, four at a desk.
const STEPS: u64 = 7;
/// Events of a day, with its opening and its end: what a busy hall makes.
pub const DAY: u64 = TICKETS * STEPS + 2;
/// Tickets given between a number and its call; at one each 52 s, people wait eleven minutes.
const WAITS: u64 = 12;
/// Tickets given between a number and the end of its service.
const SERVED: u64 = 18;
/// Between two events of a day, ms: a day lasts eight and a half hours.
const STEP_MS: i64 = 7_500;
const DAY_MS: i64 = 86_400_000;
/// 07:30 in Viet Nam, in UTC.
const OPENS_MS: i64 = 30 * 60_000;
const SERVICES: [&str; 5] = ["ho-tich", "chung-thuc", "dat-dai", "cccd", "kinh-doanh"];

/// One hall's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Tells halls apart.
    seed: u64,
    /// Days since 1970 of its first business day.
    first_day: i64,
}

impl Script {
    /// A hall whose events begin on this day, counted from 1970.
    pub fn new(seed: u64, first_day: i64) -> Script {
        Script { seed, first_day }
    }

    /// Event `seq`, from 1: when it happened and what it says.
    pub fn event(&self, seq: u64) -> (i64, Body) {
        let (day, place) = ((seq - 1) / DAY, (seq - 1) % DAY);
        let at_ms = self.at(day, place);
        let body = match place {
            0 => DayOpened { day: self.date(day), by_hand: false, name: None, carried: Vec::new() }.into(),
            p if p == DAY - 1 => {
                let unserved = (TICKETS - SERVED..TICKETS).map(|t| self.id(day, t, 0)).collect();
                DayEnded { day: self.date(day), unserved }.into()
            }
            p => self.step(day, (p - 1) / STEPS, (p - 1) % STEPS, at_ms),
        };
        (at_ms, body)
    }

    /// The same as an event of the link.
    ///
    /// # Errors
    /// Cannot happen: the data are JSON.
    pub fn cloud_event(
        &self,
        source: &Source,
        epoch: &Epoch,
        seq: u64,
    ) -> Result<CloudEvent, serde_json::Error> {
        let (at_ms, body) = self.event(seq);
        CloudEvent::new(source, epoch, Lane::Business, seq, body.kind(), at_ms, &body)
    }

    /// Tickets that are issued by the first `events` events.
    pub fn tickets(events: u64) -> u64 {
        let (days, rest) = (events / DAY, events % DAY);
        days * TICKETS + rest.saturating_sub(1).div_ceil(STEPS).min(TICKETS)
    }

    fn at(&self, day: u64, place: u64) -> i64 {
        let day = i64::try_from(day).unwrap_or(0) + self.first_day;
        day * DAY_MS + OPENS_MS + i64::try_from(place).unwrap_or(0) * STEP_MS
    }

    fn date(&self, day: u64) -> String {
        let at = jiff::Timestamp::from_millisecond(self.at(day, 0)).unwrap_or_default();
        at.to_string().chars().take(10).collect()
    }

    /// Ticket (`what` 0) and session (1) ids: UUIDv7 like the real ones.
    fn id(&self, day: u64, ticket: u64, what: u64) -> Uuid {
        let ms = u64::try_from(self.at(day, 1 + ticket * STEPS)).unwrap_or(0);
        let mixed = mix(self.seed ^ mix(day << 32 | ticket << 2 | what));
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&mixed.to_be_bytes());
        bytes[8..].copy_from_slice(&mix(mixed).to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid()
    }

    fn service(&self, ticket: u64) -> String {
        SERVICES[(mix(self.seed ^ ticket) % SERVICES.len() as u64) as usize].to_owned()
    }

    fn step(&self, day: u64, cycle: u64, step: u64, at_ms: i64) -> Body {
        match step {
            0 => TicketIssued {
                ticket: self.id(day, cycle, 0),
                day: self.date(day),
                label: format!("A{:03}", cycle + 1),
                service: self.service(cycle),
                priority: cycle.is_multiple_of(12),
                lang: "vi".into(),
                device: "kiosk-1".into(),
                issued_ms: at_ms,
                ahead: cycle.min(WAITS) as u32,
            }
            .into(),
            1 | 2 => {
                let state = if step == 1 { Paper::Printing } else { Paper::Printed };
                TicketPaper { ticket: self.id(day, cycle, 0), state, copies: None }.into()
            }
            _ if cycle < WAITS => counter(cycle, step),
            3 | 4 => self.called(day, cycle - WAITS, step == 4, at_ms),
            _ if cycle < SERVED => {
                let called = cycle - WAITS;
                CallRepeated { ticket: self.id(day, called, 0), counter: desk(called) }.into()
            }
            _ => self.ended(day, cycle - SERVED, step == 6, at_ms),
        }
    }

    fn called(&self, day: u64, t: u64, started: bool, at_ms: i64) -> Body {
        let (ticket, counter) = (self.id(day, t, 0), desk(t));
        if started {
            return ServiceStarted { ticket, counter }.into();
        }
        CallMade {
            ticket,
            session: self.id(day, t, 1),
            label: format!("A{:03}", t + 1),
            counter,
            service: self.service(t),
            officer: Some(officer(t)),
            sequence: u64::try_from(at_ms).unwrap_or(0),
            recall: false,
            chosen: false,
        }
        .into()
    }

    fn ended(&self, day: u64, t: u64, rates: bool, at_ms: i64) -> Body {
        let session = self.id(day, t, 1);
        let drawn = mix(self.seed ^ t << 8);
        if !rates {
            // Between two and five minutes; nobody was called earlier than that.
            let took_ms = 120_000 + i64::try_from(drawn % 180_000).unwrap_or(0);
            return ServiceFinished {
                ticket: self.id(day, t, 0),
                session,
                service: self.service(t),
                counter: desk(t),
                officer: Some(officer(t)),
                started_ms: at_ms - took_ms,
                ended_ms: at_ms,
                next: None,
            }
            .into();
        }
        if !drawn.is_multiple_of(3) {
            return RatingAsked { session, counter: desk(t) }.into();
        }
        let level = if drawn % 10 < 8 { 1 } else { 2 };
        RatingGiven {
            session,
            counter: desk(t),
            service: self.service(t),
            officer: Some(officer(t)),
            level,
            scale: 3,
            code: if level == 1 { "rat-hai-long" } else { "hai-long" }.into(),
            reasons: if level == 1 { Vec::new() } else { vec!["cho-lau".into()] },
            answers: Vec::new(),
            partial: false,
            late: false,
            alarm: false,
        }
        .into()
    }
}

/// How a device is, as it says once a minute.
pub fn health(minute: u64) -> DeviceHealth {
    DeviceHealth {
        role: "hub".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        uptime_s: minute * 60,
        slot: Some("A".into()),
        cpu_celsius: Some(48.5),
        memory_bytes: Some(38_000_000),
        disk_free_bytes: Some(21_000_000_000),
        disk_bytes: Some(31_000_000_000),
        disk_wear_percent: Some(3),
        commit_p99_ms: Some(14.2),
        backlog: Some(0),
        clock_off_ms: Some(12),
        certificate_days: Some(61),
        ..DeviceHealth::default()
    }
}

fn desk(t: u64) -> String {
    format!("{}", 1 + t % 6)
}

fn officer(t: u64) -> String {
    format!("cb-{}", 1 + t % 6)
}

fn counter(cycle: u64, step: u64) -> Body {
    let change = match step {
        3 => CounterChange::SignedIn,
        5 => CounterChange::Paused,
        _ => CounterChange::Opened,
    };
    let officer = (change == CounterChange::SignedIn).then(|| officer(cycle));
    CounterChanged { counter: desk(cycle), change, officer, reason: None }.into()
}

/// SplitMix64's finalizer: the same digits from the same number on every machine.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_day_is_whole() {
        let script = Script::new(7, 20_000);
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        let mut last = 0;
        for seq in 1..=DAY {
            let (at_ms, body) = script.event(seq);
            assert!(at_ms > last, "{seq}");
            last = at_ms;
            *kinds.entry(body.kind()).or_default() += 1;
        }
        assert_eq!(kinds["motcua.ticket.issued.v1"], TICKETS);
        assert_eq!(kinds["motcua.call.made.v1"], TICKETS - WAITS);
        assert_eq!(kinds["motcua.service.finished.v1"], TICKETS - SERVED);
        assert!(kinds["motcua.rating.given.v1"] > 150, "{kinds:?}");
        assert!(matches!(script.event(DAY + 1).1, Body::DayOpened(_)));
        assert_eq!(Script::tickets(DAY), TICKETS);
        assert_eq!((Script::tickets(1), Script::tickets(2), Script::tickets(9)), (0, 1, 2));
        assert_ne!(Script::new(8, 20_000).event(2), script.event(2));
    }
}
