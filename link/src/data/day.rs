// SPDX-License-Identifier: MIT OR Apache-2.0
//! Business days and the intake.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A business day began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayOpened {
    /// `2026-11-23`.
    pub day: String,
    /// By a person, not by the clock.
    pub by_hand: bool,
    /// The hall's name, its lines parted by ` · `: all that a central above a province hears of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Tickets of the day before that wait again, in their order.
    #[serde(default)]
    pub carried: Vec<Uuid>,
}

/// A business day ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayEnded {
    /// `2026-11-23`.
    pub day: String,
    /// Tickets that nobody served.
    #[serde(default)]
    pub unserved: Vec<Uuid>,
}

/// Tickets wait again on the next day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayCarriedOver {
    /// In the order of the queue.
    pub tickets: Vec<Uuid>,
    /// As staff said it; long numbers are blotted out.
    pub reason: String,
}

/// Intake closed for the rest of the day, or paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntakePaused {
    /// For this service only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Until the day's end.
    #[serde(default)]
    pub for_today: bool,
    /// As staff or the program said it; long numbers are blotted out.
    pub reason: String,
}

/// Numbers again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntakeResumed {
    /// For this service only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}
