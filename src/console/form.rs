// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a page sends: url-encoded fields, proved to come from a page of this
//! session; and the sentences that answer it.

use super::Pages;
use super::session::Who;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use motcua_core::queue::Refusal;
pub use motcua_web::form::Fields;
use motcua_web::token::same;
use uuid::Uuid;

/// The command's id that was made when the page was drawn: a double click carries it twice.
pub fn command_id(fields: &Fields) -> Uuid {
    fields.get("id").parse().ok().filter(|id: &Uuid| id.get_version_num() == 7).unwrap_or_else(Uuid::now_v7)
}

/// A form of a signed-in person, with the token of the session in it.
pub struct Signed {
    pub who: Who,
    pub fields: Fields,
}

impl FromRequest<Pages> for Signed {
    type Rejection = Response;
    async fn from_request(request: Request, pages: &Pages) -> Result<Signed, Response> {
        let (mut parts, body) = request.into_parts();
        let who = Who::from_request_parts(&mut parts, pages).await.map_err(IntoResponse::into_response)?;
        let header = parts.headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let body = Bytes::from_request(Request::from_parts(parts, body), pages).await;
        let fields = Fields::read(&body.map_err(IntoResponse::into_response)?);
        let given = header.unwrap_or_else(|| fields.get("csrf").to_owned());
        if !same(&given, &who.session.csrf) {
            let text = t!("form_is_old", locale = who.lang()).into_owned();
            return Err((StatusCode::FORBIDDEN, who.page("").plain(&text)).into_response());
        }
        Ok(Signed { who, fields })
    }
}

/// Why something was not done.
#[derive(Debug)]
pub enum Said {
    /// The queue says no.
    Refused(Refusal),
    /// The hub or a file.
    System(String),
}

impl Said {
    /// A sentence in the person's language that says what to do.
    pub fn text(&self, lang: &str) -> String {
        match self {
            Said::Refused(r) => refusal(r, lang),
            Said::System(e) => t!("system_fault", locale = lang, why = e).into_owned(),
        }
    }
}

impl Said {
    /// The stable word of a refusal for another program; what the system says has none.
    pub fn code(&self) -> String {
        let Said::Refused(refusal) = self else { return self.text("en") };
        let word =
            serde_json::to_value(refusal).ok().and_then(|v| Some(v["refusal"].as_str()?.replace('_', "-")));
        word.unwrap_or_else(|| refusal.to_string())
    }
}

fn refusal(r: &Refusal, lang: &str) -> String {
    use Refusal::*;
    let say = match r {
        CounterTaken { counter, name } => {
            t!("refusal.counter_taken", locale = lang, counter = counter, name = name)
        }
        NobodyAtCounter { counter } => t!("refusal.nobody_at_counter", locale = lang, counter = counter),
        CounterNotOpen { counter } => t!("refusal.counter_not_open", locale = lang, counter = counter),
        TicketInHand { label, .. } => t!("refusal.ticket_in_hand", locale = lang, label = label),
        NothingInHand { .. } => t!("refusal.nothing_in_hand", locale = lang),
        NobodyWaiting { .. } => t!("refusal.nobody_waiting", locale = lang),
        NotUpToDate => t!("refusal.not_up_to_date", locale = lang),
        NotForCounter { counter } => t!("refusal.not_for_counter", locale = lang, counter = counter),
        RecallTooSoon { seconds } => t!("refusal.recall_too_soon", locale = lang, seconds = seconds),
        RecallFirst { left } => t!("refusal.recall_first", locale = lang, left = left),
        ReturnExpired => t!("refusal.return_expired", locale = lang),
        WrongStage { .. } | NotWaiting { .. } => t!("refusal.wrong_stage", locale = lang),
        ServiceThere => t!("refusal.service_there", locale = lang),
        RatedAlready => t!("refusal.rated_already", locale = lang),
        DeskBusy { counters } => t!("refusal.desk_busy", locale = lang, counters = counters.join(", ")),
        ReasonMissing => t!("refusal.reason_missing", locale = lang),
        AlreadySo => t!("refusal.already_so", locale = lang),
        UnknownTicket { .. } => t!("refusal.unknown_ticket", locale = lang),
        other => return t!("refusal.other", locale = lang, why = other).into_owned(),
    };
    say.into_owned()
}
