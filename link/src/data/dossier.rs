// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dossiers, as far as they are counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The apology for a late dossier was printed. Which dossier is not told: only that there was one, and how late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DossierApologyPrinted {
    /// Of this paper; told twice, it counts once.
    pub apology: Uuid,
    /// Mã TTHC.
    pub procedure: String,
    /// Code of its field, where the catalogue had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Days past the promised one.
    pub days_late: u32,
    /// The day that is promised now, `2026-11-30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_due: Option<String>,
}
