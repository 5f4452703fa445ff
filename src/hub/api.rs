// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's HTTP API, version 1. Thin: it proves the device, reads the
//! request, asks the writer and writes the answer; errors are RFC 9457 problem
//! documents. The OpenAPI document comes from the same code.

use super::auth::{Device, Devices, Role};
use super::problem::Problem;
use super::{Hub, HubError, Request, Vitals};
use crate::store::Answer;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use motcua_core::queue::{Command, Event, HallNow, Ticket};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// A command is a few hundred bytes.
const LARGEST_BODY: usize = 16 * 1024;

/// What every request needs.
#[derive(Clone, Debug)]
pub struct Api {
    /// The writer.
    pub hub: Hub,
    /// Who may ask.
    pub devices: Arc<Devices>,
}

/// The answer to an accepted command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// The command's id.
    pub id: Uuid,
    /// Sequence of the first event within the site; 0 when there was nothing to do.
    pub first_seq: i64,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Accepted {
    /// The ticket that was issued, if one was.
    pub fn ticket(&self) -> Option<&Ticket> {
        self.events.iter().find_map(|e| match e {
            Event::Issued { ticket } => Some(&**ticket),
            _ => None,
        })
    }
}

/// How the hub is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or `fault` when a write failed, a damaged database was found or the clock is doubted.
    pub status: String,
    /// One sentence for each thing that is wrong, and what to do.
    pub faults: Vec<String>,
    /// The store.
    #[serde(flatten)]
    pub vitals: Vitals,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "motcua site hub",
    description = "Queue commands of one hall. Every command carries an id made by the client at what the \
                   person did; the same id always gets the same answer, across restarts. Authenticate with \
                   `Authorization: Bearer DEVICE:SECRET` from provisioning."
))]
struct Doc;

/// The router, with `/v1/openapi.json` generated from it.
pub fn router(api: Api) -> Router {
    let (router, doc) = OpenApiRouter::with_openapi(Doc::openapi())
        .routes(routes!(post_command))
        .routes(routes!(get_state))
        .routes(routes!(get_tickets))
        .routes(routes!(get_health))
        .split_for_parts();
    let doc = Arc::new(doc);
    router
        .route("/v1/openapi.json", axum::routing::get(move || async move { Json((*doc).clone()) }))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(api)
}

impl FromRequestParts<Api> for Device {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Device, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|h| h.to_str().ok());
        api.devices.check(header).ok_or_else(Problem::unauthorised)
    }
}

/// What a device of this role may ask.
fn allowed(role: Role, command: &Command) -> bool {
    match role {
        Role::Manager => true,
        Role::Kiosk => matches!(
            command,
            Command::Issue { .. }
                | Command::MarkPrint { .. }
                | Command::Void { .. }
                | Command::Reprint { .. }
        ),
    }
}

/// Decides one command, durably.
#[utoipa::path(post, path = "/v1/commands", request_body = Request, responses(
    (status = 200, description = "Durable; the same for every repetition of the id", body = Accepted),
    (status = 400, description = "Not a command", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Unknown device or wrong secret", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such ticket today", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Refused; the same for every repetition of the id", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The id cannot be used, or a reason is missing", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Not written; ask again with the same id", body = Problem, content_type = "application/problem+json"),
))]
async fn post_command(
    State(api): State<Api>,
    device: Device,
    body: Result<axum::body::Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<Accepted>, Problem> {
    let body = body.map_err(|e| Problem::too_large(&e))?;
    let request: Request = serde_json::from_slice(&body).map_err(|e| Problem::not_a_command(&e))?;
    if request.id.get_version_num() != 7 {
        return Err(Problem::bad_id());
    }
    if !allowed(device.role, &request.command) {
        return Err(Problem::forbidden(&device));
    }
    let id = request.id;
    match api.hub.ask(&device.id, request).await {
        Ok(Answer::Accepted { first_seq, events }) => Ok(Json(Accepted { id, first_seq, events })),
        Ok(Answer::Refused(refusal)) => Err(Problem::refused(refusal)),
        Err(e) => Err(Problem::hub(&e)),
    }
}

/// The hall at this moment.
#[utoipa::path(get, path = "/v1/state", responses(
    (status = 200, body = HallNow),
    (status = 401, body = Problem, content_type = "application/problem+json"),
))]
async fn get_state(State(api): State<Api>, _device: Device) -> Json<HallNow> {
    let now = api.hub.now().borrow().clone();
    Json((*now).clone())
}

#[derive(Debug, Deserialize, IntoParams)]
struct TicketFilter {
    /// Tickets of this device only.
    device: Option<String>,
}

/// Today's tickets by label.
#[utoipa::path(get, path = "/v1/tickets", params(TicketFilter), responses(
    (status = 200, body = [Ticket]),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
async fn get_tickets(
    State(api): State<Api>,
    _device: Device,
    filter: Result<Query<TicketFilter>, QueryRejection>,
) -> Result<Json<Vec<Ticket>>, Problem> {
    let Query(filter) = filter.map_err(|e| Problem::query(&e))?;
    api.hub.tickets(filter.device).await.map(Json).map_err(|e| Problem::hub(&e))
}

/// How the hub is; needs no secret and tells nothing about people.
#[utoipa::path(get, path = "/v1/health", responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn get_health(State(api): State<Api>) -> Response {
    let health = health(&api.hub);
    let status = if health.faults.is_empty() { 200 } else { 503 };
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    (status, Json(health)).into_response()
}

/// What is wrong, in sentences.
pub fn health(hub: &Hub) -> Health {
    let vitals = hub.vitals();
    let now = hub.now().borrow().clone();
    let mut faults = Vec::new();
    if let Some(fault) = &vitals.store_fault {
        faults.push(format!("The last write failed ({fault}). Check the disk and its free space."));
    }
    if let Some(path) = &vitals.damaged_database {
        faults.push(format!(
            "The database was damaged and moved to {path}. Keep it for support, check the disk, then resume the intake."
        ));
    }
    if let Some(day) = now.clock_doubted {
        faults.push(format!(
            "The clock says {day}, the business day is {}. Check the clock. If it is right and later, open the day \
             by hand; if it was ahead before, numbers go on under the later day until that day is over.",
            now.day.map_or_else(String::new, |d| d.to_string())
        ));
    }
    let status = if faults.is_empty() { "ok" } else { "fault" };
    Health { status: status.to_owned(), faults, vitals }
}

impl From<&HubError> for axum::http::StatusCode {
    fn from(e: &HubError) -> Self {
        match e {
            HubError::IdReused => Self::UNPROCESSABLE_ENTITY,
            HubError::Store(_) | HubError::Stopping => Self::SERVICE_UNAVAILABLE,
        }
    }
}
