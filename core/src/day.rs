// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which business day it is, and whether the hall is open. The clock itself is
//! read by the shell and comes in as [`Now`].

use crate::hall::{Clock, Hall, Lunch, Words};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

/// A jump forward longer than this is not believed from a clock without synchronisation: it spans
/// more than one closed night.
pub const DOUBTED_JUMP_MS: i64 = 26 * 3600 * 1000;

/// How many days ahead the next opening is searched: longer than any run of holidays.
const HORIZON_DAYS: i32 = 60;

/// One reading of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
    /// The hall's local wall time.
    pub local: DateTime,
    /// The system's time is synchronised.
    pub synced: bool,
}

impl Now {
    /// Local time from UTC milliseconds and the hall's offset.
    pub fn new(unix_ms: i64, offset_minutes: i16, synced: bool) -> Now {
        let local_s = unix_ms.div_euclid(1000).saturating_add(i64::from(offset_minutes) * 60);
        let local = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(SignedDuration::from_secs(local_s))
            .unwrap_or(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        Now { unix_ms, local, synced }
    }
}

/// What the hours say about a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hours", rename_all = "snake_case")]
pub enum Hours {
    /// Open, until the end of the present period.
    Open {
        /// End of the period.
        until: DateTime,
    },
    /// Between two periods of this day.
    Lunch {
        /// Start of the next period.
        opens: DateTime,
    },
    /// Outside the hours.
    Closed {
        /// Start of the next period within two months.
        opens: Option<DateTime>,
    },
    /// A holiday.
    Holiday {
        /// Its name.
        name: Words,
        /// Start of the next period within two months.
        opens: Option<DateTime>,
    },
}

/// What the hours say about `at`.
pub fn hours(hall: &Hall, at: DateTime) -> Hours {
    let date = at.date();
    if let Some(holiday) = holiday(hall, date) {
        return Hours::Holiday { name: holiday.clone(), opens: next_opening(hall, at) };
    }
    let periods = periods(hall, date);
    if let Some(p) = periods.iter().find(|p| p.from <= at.time() && at.time() < p.to) {
        return Hours::Open { until: date.to_datetime(p.to) };
    }
    let past = periods.iter().any(|p| p.to <= at.time());
    let next = periods.iter().find(|p| p.from > at.time());
    match next {
        Some(next) if past => Hours::Lunch { opens: date.to_datetime(next.from) },
        _ => Hours::Closed { opens: next_opening(hall, at) },
    }
}

/// Whether numbers are given at that moment as far as the hours go.
pub fn gives_numbers(hall: &Hall, hours: &Hours) -> bool {
    match hours {
        Hours::Open { .. } => true,
        Hours::Lunch { .. } => hall.hours.lunch == Lunch::Issue,
        Hours::Closed { .. } | Hours::Holiday { .. } => false,
    }
}

/// Whether no opening period begins between two moments of one day: the half-day of the hall.
pub fn same_period(hall: &Hall, a: DateTime, b: DateTime) -> bool {
    let begun = |at: DateTime| periods(hall, at.date()).iter().filter(|p| p.from <= at.time()).count();
    a.date() == b.date() && begun(a) == begun(b)
}

fn periods(hall: &Hall, date: Date) -> &[crate::hall::Period] {
    let index = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    hall.hours.week.get(index).map_or(&[], Vec::as_slice)
}

fn holiday(hall: &Hall, date: Date) -> Option<&Words> {
    hall.holidays.iter().find(|h| h.from <= date && date <= h.to).map(|h| &h.name)
}

/// The first opening of a later day than `at`'s.
pub fn next_day_opening(hall: &Hall, at: DateTime) -> Option<DateTime> {
    next_opening(hall, at.date().at(23, 59, 59, 0))
}

fn next_opening(hall: &Hall, at: DateTime) -> Option<DateTime> {
    (0..HORIZON_DAYS).find_map(|days| {
        let date = at.date().checked_add(days.days()).ok()?;
        if holiday(hall, date).is_some() {
            return None;
        }
        periods(hall, date).iter().map(|p| date.to_datetime(p.from)).find(|from| *from > at)
    })
}

/// What a reading of the clock means for the business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayStep {
    /// The business day goes on (a clock that jumped back included).
    Same,
    /// A new business day.
    Next(Date),
    /// The clock claims a day too far away to believe it unsynchronised.
    Doubted(Date),
}

/// Business day = max(last business day, local date). `last_ms` is the newest clock reading the
/// hall acted on.
pub fn step(hall: &Hall, day: Option<Date>, last_ms: i64, now: Now) -> DayStep {
    let date = now.local.date();
    match day {
        None => DayStep::Next(date),
        Some(day) if date <= day => DayStep::Same,
        Some(_) if now.synced || hall.clock == Clock::Trusted => DayStep::Next(date),
        Some(_) if now.unix_ms.saturating_sub(last_ms) > DOUBTED_JUMP_MS => DayStep::Doubted(date),
        Some(_) => DayStep::Next(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hall() -> Hall {
        Hall::parse(crate::hall::SAMPLE).unwrap()
    }

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(moment: &str, expected: &str) {
        let got = match hours(&hall(), at(moment)) {
            Hours::Open { until } => format!("open until {until}"),
            Hours::Lunch { opens } => format!("lunch, opens {opens}"),
            Hours::Closed { opens } => format!("closed, opens {}", opens.unwrap()),
            Hours::Holiday { name, opens } => format!("{}, opens {}", name.get("en"), opens.unwrap()),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn hours_of_the_sample_hall() {
        check("2026-11-23T07:29:59", "closed, opens 2026-11-23T07:30:00");
        check("2026-11-23T07:30:00", "open until 2026-11-23T11:30:00");
        check("2026-11-23T11:30:00", "lunch, opens 2026-11-23T13:00:00");
        check("2026-11-23T16:59:59", "open until 2026-11-23T17:00:00");
        check("2026-11-23T17:00:00", "closed, opens 2026-11-24T07:30:00");
        // Saturday afternoon and Sunday lead to Monday.
        check("2026-11-28T12:00:00", "closed, opens 2026-11-30T07:30:00");
        // New Year's Day is a Friday.
        check("2027-01-01T09:00:00", "New Year's Day, opens 2027-01-02T07:30:00");
        // The evening before Tết leads past seven holidays and a Sunday.
        check("2027-02-04T18:00:00", "closed, opens 2027-02-12T07:30:00");
    }

    #[test]
    fn local_time_follows_the_offset_on_both_sides_of_the_epoch() {
        assert_eq!(Now::new(0, 420, true).local, at("1970-01-01T07:00:00"));
        assert_eq!(Now::new(-1, 0, true).local, at("1969-12-31T23:59:59"));
        assert_eq!(Now::new(1_795_500_000_000, 420, true).local, at("2026-11-24T13:00:00"));
        // A clock gone mad is a wrong time, never a panic.
        let _ = Now::new(i64::MAX, 840, false);
        let _ = Now::new(i64::MIN, -840, false);
    }

    #[test]
    fn a_clock_that_jumps_back_keeps_the_day() {
        let day = Some(at("2026-11-23T00:00:00").date());
        let now = Now { unix_ms: 0, local: at("2026-11-20T09:00:00"), synced: true };
        assert_eq!(step(&hall(), day, 5, now), DayStep::Same);
    }

    #[test]
    fn an_unsynchronised_jump_is_doubted_only_when_long() {
        let mut hall = hall();
        hall.clock = Clock::NeedsSync;
        let day = Some(at("2026-11-20T00:00:00").date());
        let now = |synced| Now { unix_ms: DOUBTED_JUMP_MS + 1, local: at("2026-11-23T08:00:00"), synced };
        let date = now(true).local.date();
        assert_eq!(step(&hall, day, 0, now(false)), DayStep::Doubted(date));
        assert_eq!(step(&hall, day, 1, now(false)), DayStep::Next(date));
        assert_eq!(step(&hall, day, 0, now(true)), DayStep::Next(date));
        hall.clock = Clock::Trusted;
        assert_eq!(step(&hall, day, 0, now(false)), DayStep::Next(date));
    }
}
