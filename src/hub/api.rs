// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's HTTP API, version 1. Thin: it judges the device's certificate, reads the
//! request, asks the writer and writes the answer; errors are RFC 9457 problem
//! documents. The OpenAPI document comes from the same code.

use super::devices::{Device, Devices, Role};
use super::feeds::feed;
use super::lanes::Orders;
use super::presence::Presence;
use super::problem::Problem;
use super::trust::Trust;
use super::{Hub, HubError, Request, Vitals};
use crate::console::Pages;
use crate::store::Answer;
use crate::uplink::Standing;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use motcua_core::feed::{DisplayFeed, PanelFeed};
use motcua_core::queue::{Command, DeskNow, Event, HallNow, Refusal, Ticket};
use motcua_link::trust::{Peer, PeerCertificate};
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
    /// The devices of the hall.
    pub devices: Arc<Devices>,
    /// Who listens.
    pub presence: Arc<Presence>,
    /// Who proves to be one of them.
    pub trust: Trust,
    /// What the central wants of them.
    pub orders: Orders,
}

impl Api {
    /// The device that asks, by the certificate of its connection.
    pub fn device(&self, extensions: &Extensions) -> Result<Device, Box<Problem>> {
        let peer = self.trust.peer(extensions).map_err(|refusal| Box::new(Problem::not_let_in(&refusal)))?;
        self.listed(&peer).ok_or_else(|| Box::new(Problem::unlisted(peer.name.device())))
    }

    fn listed(&self, peer: &Peer) -> Option<Device> {
        let of_role = |d: &Device| motcua_link::trust::Role::from(d.role) == peer.role;
        self.devices.of(peer.name.device()).filter(of_role)
    }

    /// Whether a device that was let in is still what it was then; asked for as long as a stream of it is open.
    fn stays(&self, extensions: &Extensions, device: &Device) -> impl Fn() -> bool + Send + use<> {
        let (api, device, peer) = (self.clone(), device.clone(), self.trust.peer(extensions).ok());
        move || peer.as_ref().is_some_and(|p| api.trust.stands(p) && api.listed(p).as_ref() == Some(&device))
    }
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
    /// How the hall stands with its central. No fault of the hub: the hall serves without one.
    #[serde(default)]
    pub central: Standing,
    /// The store.
    #[serde(flatten)]
    pub vitals: Vitals,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "motcua site hub",
    description = "Queue commands of one hall. Every command carries an id made by the client at what the \
                   person did; the same id always gets the same answer, across restarts. Devices and programs \
                   speak to the devices' address (port 8611) and show the certificate that they enrolled for; \
                   what hangs on the wall of the hall is also on the address of the pages (port 8610)."
))]
struct Doc;

/// What anybody in the hall may see.
fn open() -> OpenApiRouter<Pages> {
    OpenApiRouter::with_openapi(Doc::openapi())
        .routes(routes!(get_health))
        .routes(routes!(get_hall))
        .routes(routes!(feed_display))
}

/// All of it, for devices.
fn described() -> (Router<Pages>, utoipa::openapi::OpenApi) {
    open()
        .routes(routes!(post_command))
        .routes(routes!(get_state))
        .routes(routes!(get_tickets))
        .routes(routes!(get_self))
        .routes(routes!(get_desk))
        .routes(routes!(feed_hall))
        .routes(routes!(feed_panel))
        .routes(routes!(get_photo))
        .merge(super::citizen::routes())
        .split_for_parts()
}

/// The OpenAPI document as a page to read.
pub fn reference() -> String {
    super::reference::markdown(&serde_json::to_value(described().1).unwrap_or_default())
}

/// For devices, with `/v1/openapi.json` generated from it. Every route but the open ones judges who asks.
pub fn router(pages: Pages) -> Router {
    finished(described().0, pages)
}

/// For the address of the pages, where nobody has a certificate.
pub fn open_router(pages: Pages) -> Router {
    finished(open().split_for_parts().0, pages)
}

fn finished(router: Router<Pages>, pages: Pages) -> Router {
    let doc = Arc::new(described().1);
    router
        .route("/v1/openapi.json", axum::routing::get(move || async move { Json((*doc).clone()) }))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(pages)
}

impl FromRequestParts<Pages> for Device {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Device, Problem> {
        pages.api.device(&parts.extensions).map_err(|p| *p)
    }
}

/// What a device may ask.
fn allowed(device: &Device, command: &Command) -> bool {
    match device.role {
        // Only a kiosk's own desk may be told so.
        _ if matches!(command, Command::Delivered { .. }) => false,
        Role::Manager => true,
        Role::Display => false,
        Role::Panel => match command {
            Command::Rate { rating } => Some(&rating.counter) == device.counter.as_ref(),
            _ => false,
        },
        Role::Kiosk => matches!(
            command,
            Command::Issue { .. }
                | Command::MarkPrint { .. }
                | Command::Void { .. }
                | Command::Reprint { .. }
                | Command::Adopt { .. }
                | Command::Apologise { .. }
                // Uses up the id of a command that got no answer, so that it can come to nothing later.
                | Command::Tick
        ),
    }
}

/// Decides one command, durably.
#[utoipa::path(post, path = "/v1/commands", request_body = Request, responses(
    (status = 200, description = "Durable; the same for every repetition of the id", body = Accepted),
    (status = 400, description = "Not a command", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "The certificate is not let in, or this is not for its role", body = Problem, content_type = "application/problem+json"),
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
    if !allowed(&device, &request.command) {
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
    (status = 403, body = Problem, content_type = "application/problem+json"),
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
    (status = 403, body = Problem, content_type = "application/problem+json"),
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

/// The device as the hub knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Name.
    pub id: String,
    /// Counter of a panel.
    pub counter: Option<String>,
    /// Number of a kiosk in its hall.
    pub number: Option<u8>,
}

/// Who is asking.
#[utoipa::path(get, path = "/v1/self", responses(
    (status = 200, body = Me),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
async fn get_self(device: Device) -> Json<Me> {
    Json(Me { id: device.id, counter: device.counter, number: device.number })
}

/// The hall's configuration as it is written; holds nothing secret.
#[utoipa::path(get, path = "/v1/hall", responses(
    (status = 200, body = String, content_type = "application/toml"),
))]
async fn get_hall(State(api): State<Api>) -> Response {
    let headers = [(axum::http::header::CONTENT_TYPE, "application/toml; charset=utf-8")];
    (headers, api.hub.hall().source.to_string()).into_response()
}

/// What the officer at one counter sees. For managers.
#[utoipa::path(get, path = "/v1/desks/{counter}", params(("counter" = String, Path)), responses(
    (status = 200, body = DeskNow),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn get_desk(
    State(api): State<Api>,
    device: Device,
    Path(counter): Path<String>,
) -> Result<Json<DeskNow>, Problem> {
    if device.role != Role::Manager {
        return Err(Problem::forbidden(&device));
    }
    let desk = api.hub.desk(&counter).await.map_err(|e| Problem::hub(&e))?;
    desk.map(Json).ok_or_else(|| Problem::refused(Refusal::UnknownCounter { counter }))
}

/// Pictures of the whole hall as server-sent events, for kiosks.
#[utoipa::path(get, path = "/v1/feed/hall", responses(
    (status = 200, body = HallNow, content_type = "text/event-stream"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
async fn feed_hall(
    State(api): State<Api>,
    device: Device,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let stays = api.stays(&extensions, &device);
    let listening = api.presence.listens(&device.id);
    feed(&api.hub, &headers, Some(listening), move |now| stays().then(|| now.clone()))
}

/// Pictures for the waiting room as server-sent events. What stands in them hangs on its wall, so no
/// certificate is asked.
#[utoipa::path(get, path = "/v1/feed/display", responses(
    (status = 200, body = DisplayFeed, content_type = "text/event-stream"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
async fn feed_display(
    State(api): State<Api>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let hub = api.hub.clone();
    // A TV's browser comes to the address of the pages, without a name; a display to that of the devices.
    let device = match extensions.get::<PeerCertificate>() {
        Some(_) => Some(api.device(&extensions).map_err(|p| *p)?),
        None => None,
    };
    let listening = api.presence.listens(device.as_ref().map_or("", |d| &d.id));
    let stays = device.map(|d| api.stays(&extensions, &d));
    Ok(feed(&api.hub, &headers, Some(listening), move |now| {
        stays.as_ref().is_none_or(|stays| stays()).then(|| DisplayFeed::of(&hub.hall(), now))
    }))
}

/// Pictures for the panel of the device's counter as server-sent events.
#[utoipa::path(get, path = "/v1/feed/panel", responses(
    (status = 200, body = PanelFeed, content_type = "text/event-stream"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn feed_panel(
    State(pages): State<Pages>,
    device: Device,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(counter) = device.counter.clone() else { return Err(Problem::forbidden(&device)) };
    let (api, staff) = (pages.api, pages.staff);
    if api.hub.hall().counter(&counter).is_none() {
        return Err(Problem::refused(Refusal::UnknownCounter { counter }));
    }
    let (listening, stays) = (api.presence.listens(&device.id), api.stays(&extensions, &device));
    Ok(feed(&api.hub, &headers, Some(listening), move |now| {
        if !stays() {
            return None;
        }
        let officer = now.counters.iter().find(|c| c.id == counter)?.officer.as_ref();
        let photo = officer.and_then(|o| staff.account(&o.id).ok().flatten()).and_then(|a| a.photo);
        PanelFeed::of(now, &counter, photo)
    }))
}

/// An officer's photo, for the panel at the desk.
#[utoipa::path(get, path = "/v1/officers/{id}/photo", params(("id" = String, Path)), responses(
    (status = 200, content_type = "image/jpeg"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn get_photo(State(pages): State<Pages>, _device: Device, Path(id): Path<String>) -> Response {
    crate::console::photo_response(&pages.staff, &id)
}

/// How the hub is; needs no certificate and tells nothing about people.
#[utoipa::path(get, path = "/v1/health", responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn get_health(State(pages): State<Pages>) -> Response {
    let health = Health { central: Standing::of(&pages.reports.uplink.status()), ..health(&pages.api.hub) };
    let status = if health.faults.is_empty() { 200 } else { 503 };
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    (status, Json(health)).into_response()
}

/// Something is wrong with the hub itself. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ill {
    /// A write failed.
    #[error("The last write failed ({fault}). Check the disk and its free space.")]
    Store {
        /// Why.
        fault: String,
    },
    /// The database was damaged.
    #[error(
        "The database was damaged and moved to {path}. Keep it for support, check the disk, then resume the intake."
    )]
    Damaged {
        /// Where it is now.
        path: String,
    },
    /// The clock is not believed.
    #[error(
        "The clock says {says}, the business day is {day}. Check the clock. If it is right and later, open the day \
         by hand; if it was ahead before, numbers go on under the later day until that day is over."
    )]
    Clock {
        /// Date on the clock.
        says: String,
        /// Business day; empty while there is none.
        day: String,
    },
}

/// All that is wrong.
pub fn ills(hub: &Hub) -> Vec<Ill> {
    let vitals = hub.vitals();
    let now = hub.now().borrow().clone();
    let day = || now.day.map_or_else(String::new, |d| d.to_string());
    let clock = |says: jiff::civil::Date| Ill::Clock { says: says.to_string(), day: day() };
    vitals
        .store_fault
        .map(|fault| Ill::Store { fault })
        .into_iter()
        .chain(vitals.damaged_database.map(|path| Ill::Damaged { path }))
        .chain(now.clock_doubted.map(clock))
        .collect()
}

/// How the hub itself is, in sentences.
pub fn health(hub: &Hub) -> Health {
    let faults: Vec<String> = ills(hub).iter().map(Ill::to_string).collect();
    let status = if faults.is_empty() { "ok" } else { "fault" };
    Health { status: status.to_owned(), faults, central: Standing::default(), vitals: hub.vitals() }
}

impl From<&HubError> for axum::http::StatusCode {
    fn from(e: &HubError) -> Self {
        match e {
            HubError::IdReused => Self::UNPROCESSABLE_ENTITY,
            HubError::Store(_) | HubError::Stopping => Self::SERVICE_UNAVAILABLE,
        }
    }
}
