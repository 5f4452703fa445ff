// SPDX-License-Identifier: MIT OR Apache-2.0
//! What citizens say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The officer asks for a rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RatingAsked {
    /// Service session.
    pub session: Uuid,
    /// Counter.
    pub counter: String,
}

/// A citizen rated a service session; one rating each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RatingGiven {
    /// Service session.
    pub session: Uuid,
    /// Counter.
    pub counter: String,
    /// Service code.
    pub service: String,
    /// Key of the officer in the hall's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// Place on the scale, 1 is best.
    pub level: u32,
    /// Levels of the scale, 3 to 5.
    pub scale: u32,
    /// Key of the level.
    pub code: String,
    /// Keys of the reasons, in the order chosen.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Further questions.
    #[serde(default)]
    pub answers: Vec<RatingAnswer>,
    /// The citizen left before the end; what was answered counts.
    pub partial: bool,
    /// Given on an earlier business day and delivered now.
    pub late: bool,
    /// A reason says that the manager must know at once.
    pub alarm: bool,
}

/// One further question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RatingAnswer {
    /// Key of the question.
    pub question: String,
    /// Key of the answer.
    pub answer: String,
}

/// A manager has seen a flagged rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RatingAlarmSeen {
    /// Service session.
    pub session: Uuid,
}

/// A citizen left a word (phản ánh, kiến nghị).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackGiven {
    /// Code on the citizen's receipt.
    pub code: String,
    /// `complaint`, `proposal`, `praise` or a key of the hall's own.
    pub kind: String,
    /// The words; long numbers are blotted out.
    pub text: String,
    /// How the citizen may be reached, if that was wished, sealed to the province's key (RFC 9180); only the
    /// province can open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sealed>,
}

/// A text that only the holder of a key can read: HPKE base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
/// ChaCha20-Poly1305; `info` is `motcua feedback contact v1`, `aad` the feedback's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// First 16 hexadecimal digits of the SHA-256 of the public key.
    pub key: String,
    /// Encapsulated key, base64url without padding.
    pub enc: String,
    /// Sealed text with its tag, base64url without padding.
    pub text: String,
}
