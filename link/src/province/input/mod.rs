// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the provincial system sends, read into what is kept: by a central, or
//! by a hall without one.

mod table;

use super::{
    Booking, BookingDay, Bookings, Catalogue, DayKey, Dossiers, Fault, Kind, Listed, Strictness, What,
    is_id_number, items, mark, only,
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Days ahead for which bookings are taken.
const AHEAD: i32 = 60;
/// Most bookings of a hall.
const MOST: usize = 20_000;
/// What a file of bookings calls itself.
pub const BOOKINGS: &str = "motcua.bookings-input.v1";

/// How the data are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// JSON.
    Json,
    /// A table with a first line of names.
    Csv,
}

/// A booking as the provincial system has it. The identity number is turned into its mark and forgotten.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookingIn {
    /// Booking code, as the citizen has it.
    pub code: String,
    /// Service code of the hall; this or `procedure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Mã TTHC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// `2026-11-26`.
    #[schemars(with = "String")]
    pub day: Date,
    /// `08:30`.
    pub from: String,
    /// `09:00`.
    pub to: String,
    /// Twelve digits, for a check-in by card. Never kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_number: Option<String>,
}

impl fmt::Debug for BookingIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BookingIn").field("code", &self.code).field("day", &self.day).finish_non_exhaustive()
    }
}

impl BookingIn {
    /// Without whom.
    pub fn booking(&self, card: Option<String>) -> Booking {
        let BookingIn { code, service, procedure, from, to, .. } = self.clone();
        Booking { code, service, procedure, from, to, card }
    }
}

/// What came.
#[derive(Clone, Debug)]
pub enum Input {
    /// Procedures.
    Catalogue(Catalogue),
    /// Bookings from today on, and how many were over.
    Bookings(Vec<BookingIn>, usize),
    /// Dossiers.
    Dossiers(Dossiers),
}

/// Reads and checks what came for a hall (the catalogue is for all) on the day `today`.
///
/// # Errors
/// What is wrong, with lines and fields.
pub fn read(kind: Kind, site: &str, bytes: &[u8], media: Media, today: Date) -> Result<Input, Vec<Fault>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(vec![Fault::whole(What::NotUtf8)]) };
    match (kind, media) {
        (Kind::Catalogue, Media::Json) => Catalogue::read(text, Strictness::Strict).map(Input::Catalogue),
        (Kind::Catalogue, Media::Csv) => Catalogue::of(table::procedures(text)?).map(Input::Catalogue),
        (Kind::Dossiers, Media::Json) => {
            let listed = items(text, kind.format(), "dossiers", Strictness::Strict)?;
            Dossiers::of(site, ours(site, listed)).map(Input::Dossiers)
        }
        (Kind::Dossiers, Media::Csv) => Dossiers::of(site, table::dossiers(text)?).map(Input::Dossiers),
        (Kind::Bookings, Media::Json) => {
            let listed = items(text, BOOKINGS, "bookings", Strictness::Strict)?;
            bookings(ours(site, listed), today)
        }
        (Kind::Bookings, Media::Csv) => bookings(table::bookings(text)?, today),
    }
}

/// A file may name its hall; then it is this one.
fn ours<T>(site: &str, mut listed: Listed<T>) -> Listed<T> {
    if let Some(other) = listed.site.take_if(|named| named != site) {
        listed.faults.push(Fault::of("site", What::OtherHall(crate::data::blot(&other))));
    }
    listed
}

fn bookings(mut listed: Listed<BookingIn>, today: Date) -> Result<Input, Vec<Fault>> {
    only(&listed.items, MOST, |b| b.code.as_str(), &mut listed.faults);
    for item in &listed.items {
        let value = &item.value;
        let mut check = item.check(&value.code, &mut listed.faults);
        value.booking(None).check(&mut check);
        if value.id_number.as_deref().is_some_and(|n| !is_id_number(n)) {
            check.fault("id_number", What::NotAnId);
        }
        if today.until(value.day).map_or(i32::MAX, |span| span.get_days()) > AHEAD {
            check.fault("day", What::TooFar(AHEAD));
        }
    }
    let mut ahead = listed.done()?;
    let all = ahead.len();
    ahead.retain(|b| b.day >= today);
    let over = all - ahead.len();
    // The same bookings in another order are the same document.
    ahead.sort_by(|a, b| (a.day, &a.from, &a.code).cmp(&(b.day, &b.from, &b.code)));
    Ok(Input::Bookings(ahead, over))
}

/// Bookings with the marks of the cards in place of their numbers; a day without a key is left out.
pub fn marked(site: &str, ahead: &[BookingIn], keys: &BTreeMap<Date, DayKey>) -> Bookings {
    let mut days: Vec<BookingDay> = Vec::new();
    for booking in ahead {
        let Some(key) = keys.get(&booking.day) else { continue };
        let day = booking.day.to_string();
        let card = booking.id_number.as_deref().map(|n| mark(key, site, &day, n));
        if days.last().is_none_or(|d| d.day != booking.day) {
            days.push(BookingDay { day: booking.day, key: key.hex(), bookings: Vec::new() });
        }
        if let Some(of_day) = days.last_mut() {
            of_day.bookings.push(booking.booking(card));
        }
    }
    Bookings { format: Kind::Bookings.format().into(), site: site.into(), days }
}

/// What a file is, by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Of what.
    pub kind: Kind,
    /// Hall; empty for the catalogue.
    pub site: String,
    /// How it is written.
    pub media: Media,
}

impl Named {
    /// `catalogue*.csv`, `bookings-SITE*.json`: the hall's name ends at the first sign that cannot be in it.
    pub fn of(file: &str) -> Option<Named> {
        let (stem, ending) = file.rsplit_once('.')?;
        let media = match ending.to_ascii_lowercase().as_str() {
            "csv" => Media::Csv,
            "json" => Media::Json,
            _ => return None,
        };
        if stem.starts_with("catalogue") {
            return Some(Named { kind: Kind::Catalogue, site: String::new(), media });
        }
        let (word, rest) = stem.split_once('-')?;
        let kind = word.parse().ok().filter(|k| *k != Kind::Catalogue)?;
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let site: String = rest.chars().take_while(|c| good(*c)).collect();
        (!site.is_empty()).then_some(Named { kind, site, media })
    }
}
