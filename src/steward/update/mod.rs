// SPDX-License-Identifier: MIT OR Apache-2.0
//! Updates: our agent beside RAUC, which writes the slots. The agent decides when (at night, and never while people
//! wait), what (nothing older than the floor), and whether a new system stays: only after it has drawn, its database
//! answers, its parts are as before and its hub is reached or done without. Otherwise the old one comes back by itself.
//!
//! | module | what |
//! |---|---|
//! | [`agent`] | the order of things: ask, wait, install, restart, judge |
//! | [`feed`] | what the hall wants this device to run |
//! | [`hours`] | when nobody is disturbed |
//! | [`rauc`] | RAUC over D-Bus |
//! | [`record`] | what must be known after the restart |
//! | [`refusal`] | why an update is not taken |
//! | [`trial`] | whether a started system is well |
//! | [`version`] | which version is older |

pub mod agent;
pub mod feed;
pub mod hours;
pub mod rauc;
pub mod record;
pub mod refusal;
pub mod trial;
pub mod version;

pub use agent::{Agent, Asked};

use crate::doctor::Words;
use motcua_link::data::{Part, PartState};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long things may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a new system has to prove itself. A slow card and a printer that warms up are given time.
    pub trial: Duration,
    /// For so long everything must be well, without a break.
    pub steady: Duration,
    /// Between two looks at the roles.
    pub look: Duration,
    /// Between two looks at the hour and at who waits.
    pub again: Duration,
    /// Until a device that was just started asks what it should run.
    pub first: Duration,
    /// Between two such questions.
    pub every: Duration,
}

impl Limits {
    /// As on a device; tests run at a higher pace than 1.
    pub fn at_pace(pace: u32) -> Limits {
        let seconds = |s| Duration::from_secs(s) / pace.max(1);
        Limits {
            trial: seconds(10 * 60),
            steady: seconds(30),
            look: seconds(2),
            again: seconds(30),
            first: seconds(60),
            every: seconds(10 * 60),
        }
    }
}

/// How the update stands; what screens and the central are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing to do.
    #[default]
    Idle,
    /// A version is known, and the device waits with it.
    Waiting {
        /// Which.
        version: String,
        /// For what.
        why: Wait,
    },
    /// It is being written into the other slot; the device works on.
    Installing {
        /// Which.
        version: String,
        /// Of the whole.
        percent: u8,
    },
    /// Written; the device starts again.
    Restarting {
        /// Which.
        version: String,
    },
    /// The new system runs and is looked at.
    Trying {
        /// Which.
        version: String,
        /// What is not as it must be, yet.
        missing: Vec<Words>,
        /// Until the old system comes back.
        left_s: u64,
    },
    /// The new system proved itself.
    Done {
        /// Which.
        version: String,
    },
    /// The update was refused, or not written; the device is as it was.
    Refused {
        /// Which, where that could be read.
        version: Option<String>,
        /// Why, and what to do.
        detail: String,
        /// The same in Vietnamese.
        detail_vi: String,
    },
    /// The new system did not prove itself; the old one is back.
    Returned {
        /// Which did not.
        version: String,
        /// Why.
        detail: String,
        /// The same in Vietnamese.
        detail_vi: String,
    },
}

impl Standing {
    /// As a part of the device's health: what the central looks at.
    pub fn part(&self) -> Part {
        let (state, fault) = match self {
            Standing::Idle | Standing::Done { .. } => (PartState::Ok, None),
            Standing::Waiting { .. } => (PartState::Ok, Some("waiting")),
            Standing::Installing { .. } => (PartState::Ok, Some("installing")),
            Standing::Restarting { .. } | Standing::Trying { .. } => (PartState::Ok, Some("trying")),
            Standing::Refused { .. } => (PartState::Fault, Some("refused")),
            Standing::Returned { .. } => (PartState::Fault, Some("returned")),
        };
        Part { state, fault: fault.map(str::to_owned) }
    }
}

/// What an update waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// The hours for it.
    Hours,
    /// Somebody is at the device.
    Busy,
    /// People wait for their numbers.
    People,
}
