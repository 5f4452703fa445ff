// SPDX-License-Identifier: MIT OR Apache-2.0
//! Counters and who sits at them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A counter changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CounterChanged {
    /// Counter.
    pub counter: String,
    /// What happened.
    pub change: CounterChange,
    /// Key of the officer who sat down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// Why it pauses; long numbers are blotted out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What can happen to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CounterChange {
    /// An officer sat down.
    SignedIn,
    /// The officer left.
    SignedOut,
    /// Serves.
    Opened,
    /// Serves again soon.
    Paused,
    /// Serves no more for now.
    Closed,
}
