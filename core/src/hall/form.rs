// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form of `hall.toml` as serde reads it. Nothing is checked here but names
//! and kinds of values; unknown keys are faults, as a misspelt key would
//! otherwise be silently without effect.

use super::citizen::{RawBookings, RawCards, RawDossiers, RawFaq, RawFeedback, RawPay, RawPost};
use super::rating::RawRating;
use super::room::{RawDisplay, RawVoice};
use super::rules::RawQueue;
use super::software::RawSoftware;
use super::{Clock, Lunch, WithoutPaper};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub hall: RawHall,
    pub hours: RawHours,
    #[serde(default)]
    pub holidays: Vec<RawHoliday>,
    #[serde(default)]
    pub priority: Vec<RawPriority>,
    pub counters: Spanned<Vec<RawCounter>>,
    pub services: Spanned<Vec<RawService>>,
    pub ticket: RawTicket,
    #[serde(default)]
    pub kiosk: RawKiosk,
    #[serde(default)]
    pub queue: RawQueue,
    #[serde(default)]
    pub rating: RawRating,
    #[serde(default)]
    pub display: RawDisplay,
    #[serde(default)]
    pub voice: RawVoice,
    #[serde(default)]
    pub cards: RawCards,
    pub bookings: Option<RawBookings>,
    pub dossiers: Option<RawDossiers>,
    pub pay: Option<RawPay>,
    #[serde(default)]
    pub faq: Vec<RawFaq>,
    pub post: Option<RawPost>,
    pub feedback: Option<RawFeedback>,
    pub software: Option<RawSoftware>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHall {
    pub id: Spanned<String>,
    pub lines: Spanned<Vec<String>>,
    #[serde(default)]
    pub utc_offset: Option<Spanned<String>>,
    pub languages: Spanned<Vec<String>>,
    #[serde(default)]
    pub clock: Clock,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHours {
    #[serde(default)]
    pub mon: Vec<Spanned<String>>,
    #[serde(default)]
    pub tue: Vec<Spanned<String>>,
    #[serde(default)]
    pub wed: Vec<Spanned<String>>,
    #[serde(default)]
    pub thu: Vec<Spanned<String>>,
    #[serde(default)]
    pub fri: Vec<Spanned<String>>,
    #[serde(default)]
    pub sat: Vec<Spanned<String>>,
    #[serde(default)]
    pub sun: Vec<Spanned<String>>,
    #[serde(default)]
    pub lunch: Lunch,
}

pub(super) type RawWords = Spanned<BTreeMap<String, String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHoliday {
    pub date: Spanned<String>,
    #[serde(default)]
    pub until: Option<Spanned<String>>,
    pub name: RawWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPriority {
    pub code: Spanned<String>,
    pub name: RawWords,
    pub icon: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCounter {
    pub id: Spanned<String>,
    pub name: RawWords,
    #[serde(default)]
    pub direction: Option<super::Direction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawService {
    pub code: Spanned<String>,
    pub name: RawWords,
    pub icon: Spanned<String>,
    pub series: Spanned<String>,
    pub counters: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub daily_cap: Option<Spanned<i64>>,
    #[serde(default)]
    pub needs_papers: bool,
    #[serde(default)]
    pub fields: Vec<Spanned<String>>,
    #[serde(default)]
    pub procedures: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTicket {
    pub thanks: RawWords,
    #[serde(default)]
    pub note: Option<RawWords>,
    #[serde(default)]
    pub qr: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawKiosk {
    pub without_paper: WithoutPaper,
    pub idle_seconds: Option<Spanned<i64>>,
    pub warning_seconds: Option<Spanned<i64>>,
    pub number_seconds: Option<Spanned<i64>>,
}
