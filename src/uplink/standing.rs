// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the hall stands with its central, for whoever stands in the hall: a
//! refusal must not be something that only the province can see.

use motcua_link::send::{Status, Stuck};
use motcua_link::wire::{Lane, ProblemKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In place of a refusal's type: what the hub was enrolled with is not its own, or damaged.
pub const UNUSABLE: &str = "enrolment-unusable";

/// Whether the central takes what the hall reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum With {
    /// The hall is not enrolled at a central.
    #[default]
    None,
    /// It takes everything.
    Heard,
    /// It does not answer, or cannot take anything now. Nothing is lost; it is tried again.
    Silent,
    /// It says no, and will until somebody does something.
    Refused,
}

/// How the hall stands with its central.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// In one word.
    pub state: With,
    /// Its address.
    pub receiver: Option<String>,
    /// Events of the hall that it does not have yet.
    pub waiting: u64,
    /// When it answered last, milliseconds UTC.
    pub heard_ms: Option<i64>,
    /// When the hub's certificate ends, milliseconds UTC.
    pub certificate_ends_ms: Option<i64>,
    /// The last word of the refusal's type, such as `certificate-revoked`.
    pub why: Option<String>,
    /// What it said, or why it was not reached, for a technician.
    pub detail: Option<String>,
}

impl Standing {
    /// Out of what the link knows.
    pub fn of(status: &Status) -> Standing {
        let stuck: Vec<&Stuck> = status.lanes.iter().filter_map(|l| l.stuck.as_ref()).collect();
        let refused = stuck.iter().copied().find(|s| is_refusal(s));
        let state = match (&status.receiver, refused, stuck.first()) {
            _ if status.unusable.is_some() => With::Refused,
            (None, ..) => With::None,
            (_, Some(_), _) => With::Refused,
            (_, None, Some(_)) => With::Silent,
            (_, None, None) => With::Heard,
        };
        let said = refused.or(stuck.first().copied()).filter(|_| state != With::None);
        Standing {
            state,
            receiver: status.receiver.clone(),
            waiting: status.lanes.iter().filter(|l| l.lane == Lane::Business).map(|l| l.waiting).sum(),
            heard_ms: status.heard_ms,
            certificate_ends_ms: status.certificate_ends_ms,
            why: status.unusable.is_some().then(|| UNUSABLE.to_owned()).or_else(|| {
                said.and_then(|s| s.kind.rsplit(':').next()).filter(|w| !w.is_empty()).map(str::to_owned)
            }),
            detail: status.unusable.clone().or_else(|| said.map(|s| s.detail.clone())),
        }
    }
}

/// An answer that time does not change.
fn is_refusal(stuck: &Stuck) -> bool {
    let passing = [ProblemKind::Busy, ProblemKind::Unavailable, ProblemKind::Hole];
    !stuck.kind.is_empty() && !passing.iter().any(|k| k.urn() == stuck.kind)
}
