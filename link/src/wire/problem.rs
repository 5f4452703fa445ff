// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a receiver says when it does not take a batch: RFC 9457 documents with
//! a stable type and what the sender must know to go on.

use super::{Cursor, Epoch};
use serde::{Deserialize, Serialize};

/// Media type of a problem document.
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Before the stable word in `type`.
const URN: &str = "urn:motcua:";

/// An RFC 9457 problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Problem {
    /// `urn:motcua:…`, one for each [`ProblemKind`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do, for a technician.
    #[serde(default)]
    pub detail: String,
    /// With `urn:motcua:hole`: the number that must come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
    /// With `urn:motcua:hole`, `…:fork` and `…:epoch`: where the lane stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Box<Cursor>>,
}

/// Every reason for which a batch is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Heading or body cannot be read: a fault of the sender's program.
    Malformed,
    /// Too many events or bytes: send fewer.
    TooLarge,
    /// Another encoding or type than the document names.
    Unsupported,
    /// Numbers are missing before `First-Seq`.
    Hole,
    /// The numbers are held with other events: a restored back-up or a copy.
    Fork,
    /// Another epoch than the one that is received: a new database, or a copy.
    Epoch,
    /// An epoch that was given up speaks again: a copy.
    Retired,
    /// The device is not known.
    UnknownDevice,
    /// The certificate is of somebody else.
    NotYours,
    /// Too many requests: wait as `Retry-After` says.
    Busy,
    /// The store does not take it now: wait as `Retry-After` says.
    Unavailable,
}

impl ProblemKind {
    /// All, in the order of the document.
    pub const ALL: [ProblemKind; 11] = {
        use ProblemKind::*;
        [
            Malformed,
            TooLarge,
            Unsupported,
            Hole,
            Fork,
            Epoch,
            Retired,
            UnknownDevice,
            NotYours,
            Busy,
            Unavailable,
        ]
    };

    /// Its `type`.
    pub fn urn(self) -> &'static str {
        self.parts().0
    }

    /// Its HTTP status.
    pub fn status(self) -> u16 {
        self.parts().1
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        self.parts().2
    }

    /// The kind of this `type`.
    pub fn of(urn: &str) -> Option<ProblemKind> {
        ProblemKind::ALL.into_iter().find(|k| k.urn() == urn)
    }

    fn parts(self) -> (&'static str, u16, &'static str) {
        match self {
            ProblemKind::Malformed => ("urn:motcua:malformed", 400, "The request cannot be read"),
            ProblemKind::TooLarge => ("urn:motcua:too-large", 413, "The batch is too large"),
            ProblemKind::Unsupported => {
                ("urn:motcua:unsupported", 415, "Encoding or type are not known here")
            }
            ProblemKind::Hole => ("urn:motcua:hole", 409, "Events are missing before this batch"),
            ProblemKind::Fork => ("urn:motcua:fork", 409, "Other events are held under these numbers"),
            ProblemKind::Epoch => ("urn:motcua:epoch", 409, "The device speaks from another database"),
            ProblemKind::Retired => ("urn:motcua:retired", 403, "This database was given up"),
            ProblemKind::UnknownDevice => ("urn:motcua:unknown-device", 403, "The device is not known"),
            ProblemKind::NotYours => ("urn:motcua:not-yours", 403, "The certificate is of another device"),
            ProblemKind::Busy => ("urn:motcua:busy", 429, "Too many requests"),
            ProblemKind::Unavailable => ("urn:motcua:unavailable", 503, "Nothing can be stored now"),
        }
    }
}

impl Problem {
    /// A document of this kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Problem {
        Problem {
            kind: kind.urn().into(),
            title: kind.title().into(),
            status: kind.status(),
            detail: detail.into(),
            expected_seq: None,
            cursor: None,
        }
    }

    /// A document of another part of the protocol, by its stable word.
    pub fn coded(status: u16, code: &str, title: &str, detail: String) -> Problem {
        let kind = format!("{URN}{code}");
        Problem { kind, title: title.into(), status, detail, expected_seq: None, cursor: None }
    }

    /// The stable word.
    pub fn code(&self) -> &str {
        self.kind.strip_prefix(URN).unwrap_or(&self.kind)
    }

    /// Numbers are missing.
    pub fn hole(first: u64, cursor: Option<&Cursor>, expected: u64) -> Problem {
        let detail = format!("the batch begins with {first}, {expected} must come first; send from there");
        Problem {
            expected_seq: Some(expected),
            cursor: cursor.cloned().map(Box::new),
            ..Problem::new(ProblemKind::Hole, detail)
        }
    }

    /// Other events under the same numbers.
    pub fn fork(cursor: &Cursor) -> Problem {
        let detail = format!(
            "up to number {} other events are held; the device's database was restored from an older copy, or \
             its card was copied. Begin a new epoch, and accept it on the central's page of the device",
            cursor.acked_through
        );
        Problem { cursor: Some(Box::new(cursor.clone())), ..Problem::new(ProblemKind::Fork, detail) }
    }

    /// An epoch nobody accepted yet.
    pub fn epoch(found: &Epoch, cursor: &Cursor) -> Problem {
        let detail = format!(
            "events come from database {found}, those of {} were received before; a technician says on the \
             central's page of the device whether the database was replaced or the card was copied",
            cursor.epoch
        );
        Problem { cursor: Some(Box::new(cursor.clone())), ..Problem::new(ProblemKind::Epoch, detail) }
    }

    /// What it is, when it is one of ours.
    pub fn known(&self) -> Option<ProblemKind> {
        ProblemKind::of(&self.kind)
    }
}

#[cfg(feature = "server")]
impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        use axum::http::{HeaderValue, StatusCode, header};
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, axum::Json(self)).into_response();
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        answer
    }
}
