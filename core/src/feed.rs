// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the hub tells the devices of the waiting room and of the desks: whole
//! pictures, each of which replaces the one before, so that a device that
//! missed some is right again with the next. Times are the hub's; a device
//! compares them only with each other and never with its own clock.

use crate::hall::{Direction, Hall};
use crate::queue::{HallNow, Refusal};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Calls kept in a picture, newest first.
pub const CALLS_KEPT: usize = 16;
/// A call older than this is shown and never spoken, milliseconds.
pub const SPEAK_WITHIN_MS: i64 = 30_000;

/// Whether a counter serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CounterState {
    /// Nobody serves here.
    #[default]
    Closed,
    /// Serves.
    Open,
    /// Serves again soon.
    Paused {
        /// As the officer said it.
        reason: String,
    },
}

/// Who sits at a counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Officer {
    /// Key of the officer's account.
    pub id: String,
    /// As the panel at the desk shows it.
    pub name: String,
}

/// One call of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Call {
    /// Rises with every call in the hall, never repeats (I4).
    pub seq: u64,
    /// `A017`, `K2-001`.
    pub label: String,
    /// Counter id.
    pub counter: String,
    /// When, milliseconds UTC on the hub.
    pub at_ms: i64,
}

/// A finished service that may be rated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatingOpen {
    /// The service session; one rating each (I10).
    pub session: Uuid,
    /// Counter id.
    pub counter: String,
    /// Service code.
    pub service: String,
    /// Officer's key.
    pub officer: Option<String>,
    /// When it was opened, milliseconds UTC on the hub.
    pub opened_ms: i64,
}

/// What the screen and the voice of the waiting room are told. Never a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DisplayFeed {
    /// The hub's clock, milliseconds UTC.
    pub unix_ms: i64,
    /// The hall's wall clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub local_time: DateTime,
    /// Business day.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub day: Option<Date>,
    /// Digest of the hall's configuration; a device fetches it anew when this changes.
    pub hall_version: String,
    /// Why no numbers are given in the whole hall.
    pub refusal: Option<Refusal>,
    /// The last calls of the day, newest first, at most [`CALLS_KEPT`].
    pub calls: Vec<Call>,
    /// Counters in the order of the configuration.
    pub counters: Vec<DisplayCounter>,
    /// People waiting, by service, in the order of the configuration.
    pub services: Vec<DisplayService>,
}

/// A counter as the waiting room sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DisplayCounter {
    /// Counter id.
    pub id: String,
    /// Serves, is paused, is closed; the reason of a pause is the office's own.
    pub serves: bool,
    /// Number in hand.
    pub label: Option<String>,
    /// Where it is as seen from the screen.
    pub direction: Option<Direction>,
}

/// Waiting people of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DisplayService {
    /// Service code.
    pub code: String,
    /// Waiting, priority included.
    pub waiting: u32,
    /// No numbers for it now.
    pub paused: bool,
}

/// What the panel at a desk is told about its own counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PanelFeed {
    /// The hub's clock, milliseconds UTC.
    pub unix_ms: i64,
    /// The hall's wall clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub local_time: DateTime,
    /// Digest of the hall's configuration; a device fetches it anew when this changes.
    pub hall_version: String,
    /// Counter id.
    pub counter: String,
    /// Serves, is paused, is closed.
    pub state: CounterState,
    /// Who sits here; the photo is fetched by the officer's id.
    pub officer: Option<Officer>,
    /// Version of the officer's photo; none without a photo.
    pub photo: Option<String>,
    /// Number in hand.
    pub label: Option<String>,
    /// The session that may be rated now.
    pub rating: Option<RatingOpen>,
}

/// One rating as a panel sends it. Nobody's name stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rated {
    /// The service session.
    pub session: Uuid,
    /// Counter id.
    pub counter: String,
    /// Service code.
    pub service: String,
    /// Officer's key.
    pub officer: Option<String>,
    /// Place of the level on the scale, 1 is best.
    pub level: u32,
    /// Number of levels, 3 to 5.
    pub scale: u32,
    /// Key of the level.
    pub code: String,
    /// Keys of the reasons, in the order chosen.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Question key and answer key.
    #[serde(default)]
    pub answers: Vec<(String, String)>,
    /// The citizen left before the end; what was answered counts.
    #[serde(default)]
    pub partial: bool,
}

impl DisplayFeed {
    /// What the waiting room may know of the hall.
    pub fn of(hall: &Hall, now: &HallNow) -> DisplayFeed {
        let counters = hall.counters.iter().zip(&now.counters).map(|(config, counter)| DisplayCounter {
            id: config.id.clone(),
            serves: counter.state == CounterState::Open,
            label: counter.in_hand.as_ref().map(|t| t.label.clone()),
            direction: config.direction,
        });
        let services = now.services.iter().map(|s| DisplayService {
            code: s.code.clone(),
            waiting: s.count.waiting,
            paused: s.paused,
        });
        DisplayFeed {
            unix_ms: now.unix_ms,
            local_time: now.local_time,
            day: now.day,
            hall_version: now.hall_version.clone(),
            refusal: now.refusal.clone(),
            calls: now.calls.clone(),
            counters: counters.collect(),
            services: services.collect(),
        }
    }
}

impl PanelFeed {
    /// What the panel of one counter may know; `photo` is the version of its officer's photo.
    pub fn of(now: &HallNow, counter: &str, photo: Option<String>) -> Option<PanelFeed> {
        let desk = now.counters.iter().find(|c| c.id == counter)?;
        Some(PanelFeed {
            unix_ms: now.unix_ms,
            local_time: now.local_time,
            hall_version: now.hall_version.clone(),
            counter: counter.to_owned(),
            state: desk.state.clone(),
            officer: desk.officer.clone(),
            photo,
            label: desk.in_hand.as_ref().map(|t| t.label.clone()),
            rating: desk.rating.clone(),
        })
    }
}
