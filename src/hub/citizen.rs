// SPDX-License-Identifier: MIT OR Apache-2.0
//! `/v1/citizen/…`: what kiosks ask for their citizens. Only a kiosk's
//! certificate opens it. Codes are asked for in bodies, because addresses end up
//! in logs; nothing of an answer is kept.

use super::devices::{Device, Role};
use super::problem::Problem;
use crate::citizen::Office;
use crate::citizen::wire::{BookingsAsked, BookingsFound, DossierAsked, DossierFound, Keys, Letter};
use crate::console::Pages;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A letter of four thousand characters, sealed.
const LARGEST_LETTER: usize = 64 * 1024;

/// All of them.
pub(super) fn routes() -> OpenApiRouter<Pages> {
    OpenApiRouter::new()
        .routes(routes!(get_catalogue))
        .routes(routes!(get_keys))
        .routes(routes!(post_bookings))
        .routes(routes!(post_dossier))
        .merge(
            OpenApiRouter::new().routes(routes!(post_feedback)).layer(DefaultBodyLimit::max(LARGEST_LETTER)),
        )
}

fn office(pages: Pages, device: &Device) -> Result<Office, Box<Problem>> {
    if device.role == Role::Kiosk { Ok(pages.office) } else { Err(Box::new(Problem::for_kiosks(device))) }
}

/// Without what stood in it: a body may hold what no answer may.
fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Box<Problem>> {
    let body = body.map_err(|e| Box::new(Problem::too_large(&e)))?;
    serde_json::from_slice(&body).map_err(|_| Box::new(Problem::not_a_question()))
}

/// The catalogue of procedures (`motcua.catalogue.v1`), unless the kiosk has it already.
#[utoipa::path(get, path = "/v1/citizen/catalogue", params(
    ("If-None-Match" = Option<String>, Header, description = "`ETag` of the catalogue that the kiosk has"),
), responses(
    (status = 200, description = "With its digest as `ETag`", body = String, content_type = "application/json"),
    (status = 304, description = "It has this one"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "None came yet", body = Problem, content_type = "application/problem+json"),
))]
async fn get_catalogue(
    State(pages): State<Pages>,
    device: Device,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let office = office(pages, &device).map_err(|p| *p)?;
    let digest = office.catalogue_digest().ok_or_else(Problem::not_set_up)?;
    let tag = format!("\"{digest}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|t| t.as_bytes() == tag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let (digest, text) = office.catalogue().ok_or_else(Problem::not_set_up)?;
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, format!("\"{digest}\""))];
    Ok((headers, text).into_response())
}

/// The keys of the business day. They die with it; a kiosk keeps them in memory only.
#[utoipa::path(get, path = "/v1/citizen/keys", responses(
    (status = 200, body = Keys),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
async fn get_keys(State(pages): State<Pages>, device: Device) -> Result<Json<Keys>, Problem> {
    Ok(Json(office(pages, &device).map_err(|p| *p)?.keys()))
}

/// Bookings of today by their code, or by the mark of a card.
#[utoipa::path(post, path = "/v1/citizen/bookings", request_body = BookingsAsked, responses(
    (status = 200, description = "None is an empty list", body = BookingsFound),
    (status = 400, description = "Not a question", body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "The hall has no bookings", body = Problem, content_type = "application/problem+json"),
))]
async fn post_bookings(
    State(pages): State<Pages>,
    device: Device,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<BookingsFound>, Problem> {
    let office = office(pages, &device).map_err(|p| *p)?;
    let asked: BookingsAsked = read(body).map_err(|p| *p)?;
    let bookings = office.bookings(&asked).map_err(|_| Problem::not_set_up())?;
    Ok(Json(BookingsFound { bookings }))
}

/// Where a dossier is. Answered within 2.3 s, whatever the provincial system does.
#[utoipa::path(post, path = "/v1/citizen/dossier", request_body = DossierAsked, responses(
    (status = 200, body = DossierFound),
    (status = 400, description = "Not a question", body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "The hall does not offer it", body = Problem, content_type = "application/problem+json"),
))]
async fn post_dossier(
    State(pages): State<Pages>,
    device: Device,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<DossierFound>, Problem> {
    let office = office(pages, &device).map_err(|p| *p)?;
    let asked: DossierAsked = read(body).map_err(|p| *p)?;
    office.dossier(&asked).await.map(Json).map_err(|_| Problem::not_set_up())
}

/// Feedback, sealed. Durable when it is answered; the same again changes nothing.
#[utoipa::path(post, path = "/v1/citizen/feedback", request_body = Letter, responses(
    (status = 204, description = "Kept"),
    (status = 400, description = "Not a letter", body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Sealed for a key that is not here", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Not written; send it again", body = Problem, content_type = "application/problem+json"),
))]
async fn post_feedback(
    State(pages): State<Pages>,
    device: Device,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let office = office(pages, &device).map_err(|p| *p)?;
    let letter: Letter = read(body).map_err(|p| *p)?;
    match office.take(letter, device.id).await {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err(Problem::other_key()),
        Err(e) => Err(Problem::hub(&super::HubError::Store(super::chain(&e)))),
    }
}
