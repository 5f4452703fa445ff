// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bookings of a hall: who comes when is not in them, only that somebody comes.

use super::read::{Check, Item, Strictness, items, only};
use super::{DayKey, Fault, Kind, What, mark};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most bookings of a hall.
pub(super) const MOST: usize = 20_000;

/// Bookings of a hall for the next days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bookings {
    /// `motcua.bookings.v1`.
    pub format: String,
    /// Hall.
    pub site: String,
    /// By day.
    pub days: Vec<BookingDay>,
}

/// Bookings of one day. Deleted with its key when the day is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookingDay {
    /// `2026-11-26`.
    #[schemars(with = "String")]
    pub day: Date,
    /// Key of the cards' marks, 64 hexadecimal digits.
    pub key: String,
    /// By time.
    pub bookings: Vec<Booking>,
}

/// One booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Booking {
    /// Booking code, as the citizen has it.
    pub code: String,
    /// Service code of the hall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Mã TTHC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// `08:30`.
    pub from: String,
    /// `09:00`.
    pub to: String,
    /// Mark of the identity card: HMAC-SHA-256 under the day's key, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

impl Booking {
    /// Checks all but its day.
    pub fn check(&self, check: &mut Check<'_>) {
        check.code("code", &self.code);
        if self.service.is_none() && self.procedure.is_none() {
            check.fault("service", What::Missing);
        }
        check.text_or_none("service", self.service.as_deref(), 40);
        for text in [&self.service, &self.procedure].into_iter().flatten() {
            check.nobody("service", text);
        }
        if self.procedure.as_deref().is_some_and(|p| !super::catalogue::is_procedure(p)) {
            check.fault("procedure", What::NotACode);
        }
        let (from, to) = (check.time("from", &self.from), check.time("to", &self.to));
        if from && to && self.to <= self.from {
            check.fault("to", What::Order("from"));
        }
        if self.card.as_deref().is_some_and(|c| c.parse::<DayKey>().is_err()) {
            check.fault("card", What::NotAMark);
        }
    }
}

impl Bookings {
    /// Reads and checks a text that came down to `site`.
    ///
    /// # Errors
    /// What is wrong, with lines and fields.
    pub fn read(text: &str, site: &str) -> Result<Bookings, Vec<Fault>> {
        let mut listed = items::<BookingDay>(text, Kind::Bookings.format(), "days", Strictness::Tolerant)?;
        if listed.site.as_deref() != Some(site) {
            return Err(vec![Fault::of("site", What::OtherHall(listed.site.unwrap_or_default()))]);
        }
        let all: Vec<Item<Booking>> = listed
            .items
            .iter()
            .flat_map(|d| d.value.bookings.iter().map(|b| Item { spot: d.spot, value: b.clone() }))
            .collect();
        only(&all, MOST, |b| b.code.as_str(), &mut listed.faults);
        for item in &all {
            item.value.check(&mut item.check(&item.value.code, &mut listed.faults));
        }
        for day in &listed.items {
            if day.value.key.parse::<DayKey>().is_err() {
                day.check("", &mut listed.faults).fault("key", What::NotAMark);
            }
        }
        let days = listed.done()?;
        Ok(Bookings { format: Kind::Bookings.format().into(), site: site.into(), days })
    }

    /// Without the days before `today`; whether there were any.
    pub fn forget_before(&mut self, today: Date) -> bool {
        let before = self.days.len();
        self.days.retain(|d| d.day >= today);
        self.days.len() != before
    }

    /// The bookings of a day.
    pub fn of_day(&self, day: Date) -> Option<&BookingDay> {
        self.days.iter().find(|d| d.day == day)
    }

    /// A booking of a day by its code.
    pub fn by_code(&self, day: Date, code: &str) -> Option<&Booking> {
        self.of_day(day)?.bookings.iter().find(|b| b.code.eq_ignore_ascii_case(code.trim()))
    }

    /// The bookings of a day by the number of an identity card, which is not kept.
    pub fn by_card(&self, day: Date, id_number: &str) -> Vec<&Booking> {
        let Some(of_day) = self.of_day(day) else { return Vec::new() };
        let Ok(key) = of_day.key.parse::<DayKey>() else { return Vec::new() };
        self.by_mark(day, &mark(&key, &self.site, &day.to_string(), id_number))
    }

    /// The bookings of a day by the mark of an identity card.
    pub fn by_mark(&self, day: Date, mark: &str) -> Vec<&Booking> {
        let all = self.of_day(day).map_or(&[][..], |d| &d.bookings);
        all.iter().filter(|b| b.card.as_deref() == Some(mark)).collect()
    }
}
