// SPDX-License-Identifier: MIT OR Apache-2.0
//! RFC 9457 problem documents: every way the API says no, each with a sentence
//! that names what to do.

use super::HubError;
use super::devices::{Device, Role};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use motcua_core::queue::Refusal;
use motcua_link::trust;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Before the stable word of a kind.
const URN: &str = "urn:motcua:problem:";
/// The device is not on the hub's list.
const UNLISTED: &str = "device-unlisted";
/// Kind of the problem that an id belongs to another command.
pub const ID_REUSED: &str = "urn:motcua:problem:id-reused";

/// A problem document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:motcua:problem:…`, stable; programs tell problems apart by it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence, and what to do.
    pub detail: String,
    /// The typed refusal of the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str, detail: String) -> Problem {
        Problem {
            kind: format!("{URN}{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail,
            refused: None,
        }
    }

    pub(super) fn refused(refusal: Refusal) -> Problem {
        let word = serde_json::to_value(&refusal)
            .ok()
            .and_then(|v| v["refusal"].as_str().map(|w| w.replace('_', "-")))
            .unwrap_or_default();
        let status = match refusal {
            Refusal::UnknownTicket { .. } | Refusal::UnknownCounter { .. } => StatusCode::NOT_FOUND,
            Refusal::ReasonMissing
            | Refusal::BadRating { .. }
            | Refusal::NotAKioskSeries
            | Refusal::BadMark => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        let mut problem = Problem::new(status, &word, "Refused by the queue", refusal.to_string());
        problem.refused = Some(refusal);
        problem
    }

    pub(super) fn hub(e: &HubError) -> Problem {
        let (kind, title) = match e {
            HubError::IdReused => ("id-reused", "The id belongs to another command"),
            HubError::Store(_) => ("not-written", "The command was not written"),
            HubError::Stopping => ("stopping", "The hub is stopping"),
        };
        Problem::new(e.into(), kind, title, e.to_string())
    }

    /// Whose certificate is not let in.
    pub(super) fn not_let_in(refusal: &trust::Refusal) -> Problem {
        let title = "This certificate is not let in";
        Problem::new(StatusCode::FORBIDDEN, refusal.code(), title, refusal.to_string())
    }

    /// A device that is not on the hub's list, or there as something else.
    pub(super) fn unlisted(id: &str) -> Problem {
        let detail = format!(
            "`{id}` is not a device of this hub, or another kind of device than its certificate says. Add it on \
             the page of devices or with `motcua device add`, and enrol it with the ticket."
        );
        Problem::new(StatusCode::FORBIDDEN, UNLISTED, "Not a device of this hub", detail)
    }

    /// It says that the device itself is not let in, whatever it asks for.
    pub fn is_not_let_in(&self) -> bool {
        let word = self.kind.strip_prefix(URN).unwrap_or_default();
        self.status == 403 && (word == UNLISTED || word.starts_with("certificate-"))
    }

    pub(super) fn forbidden(device: &Device) -> Problem {
        let detail = match device.role {
            Role::Kiosk => {
                "A kiosk may issue, mark, void and reprint tickets, and deliver those it gave on its own."
            }
            Role::Panel => "A panel may send ratings of its own counter.",
            Role::Display => "A display may only look.",
            Role::Manager => "This is not for devices.",
        };
        let detail = format!("Device `{}` may not do this. {detail}", device.id);
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not for this device", detail)
    }

    pub(super) fn bad_id() -> Problem {
        let detail = "Make the id as a UUID of version 7, once for each thing a person does.".into();
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-id", "The id cannot be used", detail)
    }

    pub(super) fn not_a_command(e: &serde_json::Error) -> Problem {
        let detail = format!("{e}. The form of a command stands in /v1/openapi.json.");
        Problem::new(StatusCode::BAD_REQUEST, "not-a-command", "Not a command", detail)
    }

    pub(super) fn too_large(e: &axum::extract::rejection::BytesRejection) -> Problem {
        Problem::new(e.status(), "body", "The body cannot be read", e.to_string())
    }

    pub(super) fn query(e: &axum::extract::rejection::QueryRejection) -> Problem {
        let detail = format!("{}. The parameters stand in /v1/openapi.json.", e.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "query", "The query cannot be read", detail)
    }

    /// A question whose form is wrong; what stood in it is not repeated.
    pub(super) fn not_a_question() -> Problem {
        let detail = "The forms of questions and answers stand in /v1/openapi.json.".into();
        Problem::new(StatusCode::BAD_REQUEST, "not-a-question", "Not a question", detail)
    }

    pub(super) fn not_set_up() -> Problem {
        let detail =
            "The hall's configuration does not offer it, or nothing came from the province yet.".into();
        Problem::new(StatusCode::NOT_FOUND, "not-set-up", "Not set up in this hall", detail)
    }

    pub(super) fn for_kiosks(device: &Device) -> Problem {
        let detail = format!("Device `{}` may not ask for citizens; only a kiosk may.", device.id);
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not for this device", detail)
    }

    pub(super) fn other_key() -> Problem {
        let detail = "Ask /v1/citizen/keys for the key of today.".into();
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "other-key", "Sealed for another key", detail)
    }

    pub(crate) fn not_found() -> Problem {
        let detail = "The paths stand in /v1/openapi.json.".into();
        Problem::new(StatusCode::NOT_FOUND, "not-found", "No such path", detail)
    }

    pub(super) fn method() -> Problem {
        let detail = "The methods stand in /v1/openapi.json.".into();
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Not with this method", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
