// SPDX-License-Identifier: MIT OR Apache-2.0
//! RFC 9457 problem documents of enrolment and of the gate, as they are sent
//! and as a device reads them.

use serde::{Deserialize, Serialize};

/// Media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// Before the stable word in `type`.
pub const KIND: &str = "urn:motcua:";

/// A problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:motcua:<code>`; programs tell problems apart by it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence, and what to do.
    #[serde(default)]
    pub detail: String,
}

impl Problem {
    /// A document of one code.
    pub fn new(status: u16, code: &str, title: &str, detail: String) -> Problem {
        Problem { kind: format!("{KIND}{code}"), title: title.to_owned(), status, detail }
    }

    /// The stable word.
    pub fn code(&self) -> &str {
        self.kind.strip_prefix(KIND).unwrap_or(&self.kind)
    }
}

impl From<&super::judge::Refusal> for Problem {
    fn from(refusal: &super::judge::Refusal) -> Problem {
        Problem::new(403, refusal.code(), "This certificate is not let in", refusal.to_string())
    }
}

#[cfg(feature = "server")]
impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        use axum::http::{HeaderValue, StatusCode, header};
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, axum::Json(self)).into_response();
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        answer
    }
}
