// SPDX-License-Identifier: MIT OR Apache-2.0
//! The authority's side of enrolment over HTTP: a token and a request buy the
//! first certificate, the certificate and a request buy the next one. Tokens and
//! serial numbers are kept by a [`Registry`], in the database of the hub or the
//! central system.

use super::authority::{Authority, DEVICE_DAYS, IssueError, Issued, Subject, request_key};
use super::gate::{Clock, presented};
use super::judge::{Judge, Peer, Refusal, Revocation};
use super::limit::Limit;
use super::name::Role;
use super::serve::PeerAddress;
use super::text::when;
use super::token::{Token, TokenDigest, TokenRecord, TokenRefusal, check};
use crate::wire::Problem;
use crate::wire::Source;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// Path of enrolment.
pub const ENROL_PATH: &str = "/v1/enrol";
/// Path of renewal.
pub const RENEW_PATH: &str = "/v1/renew";
/// Largest body that is read, in bytes.
const MOST_BODY: usize = 16 * 1024;
/// A body of that size comes within this, or not at all.
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// The certificate that a token bought, and for which key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// SHA-256 of the key's SubjectPublicKeyInfo, hexadecimal.
    pub key_sha256: String,
    /// What was answered, and is answered again to the same key.
    pub issued: Issued,
}

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The token.
    pub record: TokenRecord,
    /// What it bought; stands if and only if `record.used_at_ms` does.
    pub answered: Option<Answered>,
}

/// What became of the attempt to use a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// It is used now, and certificate and serial number are kept with it.
    Done,
    /// Somebody was faster, or the token is gone: this stands now.
    Stands(Option<Box<Kept>>),
}

/// The database did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the registry of devices cannot be used; check its database")]
pub struct RegistryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Tokens and certificates of devices, durable. Each method is one transaction.
pub trait Registry: Send + Sync + 'static {
    /// What is kept of a token.
    fn token(&self, digest: &TokenDigest)
    -> impl Future<Output = Result<Option<Kept>, RegistryError>> + Send;

    /// Uses a token if it is unused: notes the time, the answer and its serial number together, or nothing.
    /// Answers after the commit.
    fn take(
        &self,
        digest: &TokenDigest,
        answered: &Answered,
        now_ms: i64,
    ) -> impl Future<Output = Result<Take, RegistryError>> + Send;

    /// Notes a renewed certificate beside the one that it follows. Two successors of one serial number
    /// with two keys are a cloned device.
    fn renewed(
        &self,
        peer: &Peer,
        answered: &Answered,
        now_ms: i64,
    ) -> impl Future<Output = Result<(), RegistryError>> + Send;

    /// Whether a certificate or its device was revoked.
    fn revocation(
        &self,
        serial_hex: &str,
        name: &Source,
    ) -> impl Future<Output = Result<Revocation, RegistryError>> + Send;
}

/// Body of an enrolment.
#[derive(Clone, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// Name on the ticket.
    pub device: Source,
    /// The token as text.
    pub token: String,
    /// Certificate signing request.
    pub csr_pem: String,
}

impl fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolRequest").field("device", &self.device).finish_non_exhaustive()
    }
}

/// Body of a renewal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenewRequest {
    /// Certificate signing request with the next key.
    pub csr_pem: String,
}

/// Answer to both.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Certified {
    /// The device's certificate.
    pub certificate_pem: String,
    /// The authority's.
    pub ca_pem: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
}

/// An authority that answers devices.
#[derive(Debug)]
pub struct Enrolment<R> {
    authority: Arc<Authority>,
    registry: R,
    judge: Judge,
    days: u32,
    clock: Clock,
    limit: Limit,
}

impl<R: Registry> Enrolment<R> {
    /// With certificates of [`DEVICE_DAYS`].
    pub fn new(authority: Arc<Authority>, registry: R) -> Enrolment<R> {
        let judge = Judge::new(authority.certificate().clone());
        let (clock, limit) = (Clock::default(), Limit::default());
        Enrolment { authority, registry, judge, days: DEVICE_DAYS, clock, limit }
    }

    /// Renews for devices of one site only.
    #[must_use]
    pub fn of_site(mut self, site: &str) -> Enrolment<R> {
        self.judge = self.judge.of_site(site);
        self
    }

    /// Another life of certificates, in days.
    #[must_use]
    pub fn with_days(mut self, days: u32) -> Enrolment<R> {
        self.days = days;
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Enrolment<R> {
        self.clock = clock;
        self
    }

    /// [`ENROL_PATH`] and [`RENEW_PATH`]. They judge by themselves and must not stand behind
    /// [`guarded`](super::gate::guarded): who enrols has no certificate yet.
    pub fn routes(self) -> Router {
        Router::new()
            .route(ENROL_PATH, post(enrol::<R>))
            .route(RENEW_PATH, post(renew::<R>))
            .with_state(Arc::new(self))
    }

    async fn buy(&self, asked: &EnrolRequest, address: IpAddr, now_ms: i64) -> Result<Issued, Trouble> {
        let token: Result<Token, _> = asked.token.parse();
        let Ok(token) = token else {
            self.limit.wrong(address, now_ms);
            return Err(TokenRefusal::Unknown.into());
        };
        let digest = token.digest();
        let Some(kept) = self.registry.token(&digest).await? else {
            self.limit.wrong(address, now_ms);
            return Err(TokenRefusal::Unknown.into());
        };
        let key_sha256 = request_key(&asked.csr_pem)?;
        if let Some(issued) = again(&kept, asked, &key_sha256, now_ms) {
            return Ok(issued);
        }
        if let Err(refusal) = check(Some(&kept.record), &asked.device, now_ms) {
            self.limit.wrong(address, now_ms);
            return Err(refusal.into());
        }
        let TokenRecord { name, role, server, .. } = &kept.record;
        let subject = Subject::of(name, *role, server);
        let issued = self.authority.issue(&asked.csr_pem, subject, now_ms, self.days)?;
        // The certificate leaves this function only when the token is used up with it.
        let answered = Answered { key_sha256, issued };
        match self.registry.take(&digest, &answered, now_ms).await? {
            Take::Done => {
                tracing::info!(device = %name, %role, serial = answered.issued.serial_hex, "enrolled");
                Ok(answered.issued)
            }
            Take::Stands(None) => Err(TokenRefusal::Unknown.into()),
            Take::Stands(Some(kept)) => again(&kept, asked, &answered.key_sha256, now_ms).ok_or_else(|| {
                TokenRefusal::Used { when_ms: kept.record.used_at_ms.unwrap_or(now_ms) }.into()
            }),
        }
    }

    async fn follow(&self, peer: &Peer, asked: &RenewRequest, now_ms: i64) -> Result<Issued, Trouble> {
        let revocation = self.registry.revocation(&peer.serial_hex, &peer.name).await?;
        if revocation != Revocation::No {
            let device = revocation == Revocation::Device;
            return Err(Refusal::Revoked { name: peer.name.clone(), device }.into());
        }
        let key_sha256 = request_key(&asked.csr_pem)?;
        // Names as a server are those of the certificate, which this authority signed.
        let subject = Subject::of(&peer.name, peer.role, &peer.server);
        let issued = self.authority.issue(&asked.csr_pem, subject, now_ms, self.days)?;
        let answered = Answered { key_sha256, issued };
        self.registry.renewed(peer, &answered, now_ms).await?;
        let role: Role = peer.role;
        tracing::info!(device = %peer.name, %role, serial = answered.issued.serial_hex, "renewed");
        Ok(answered.issued)
    }

    fn answer(&self, issued: Issued) -> Response {
        Json(Certified {
            certificate_pem: issued.certificate_pem,
            ca_pem: self.authority.certificate().pem(),
            not_after: when(issued.not_after_ms),
        })
        .into_response()
    }
}

/// What the same key bought with the same token before: its answer was lost on the way.
fn again(kept: &Kept, asked: &EnrolRequest, key_sha256: &str, now_ms: i64) -> Option<Issued> {
    if kept.record.name != asked.device || now_ms >= kept.record.expires_ms {
        return None;
    }
    let answered = kept.answered.as_ref().filter(|a| a.key_sha256 == key_sha256)?;
    Some(answered.issued.clone())
}

async fn enrol<R: Registry>(State(enrolment): State<Arc<Enrolment<R>>>, request: Request) -> Response {
    let now_ms = enrolment.clock.now_ms();
    let address = request.extensions().get::<PeerAddress>().map(|a| a.0.ip());
    let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if let Some(seconds) = enrolment.limit.wait_s(address, now_ms) {
        return Trouble::TooMany { seconds }.into_response();
    }
    let asked: EnrolRequest = match body(request.into_body()).await {
        Ok(asked) => asked,
        Err(trouble) => return trouble.into_response(),
    };
    match enrolment.buy(&asked, address, now_ms).await {
        Ok(issued) => enrolment.answer(issued),
        Err(trouble) => {
            tracing::warn!(device = %asked.device, %address, code = trouble.code(), "not enrolled");
            trouble.into_response()
        }
    }
}

async fn renew<R: Registry>(State(enrolment): State<Arc<Enrolment<R>>>, request: Request) -> Response {
    let now_ms = enrolment.clock.now_ms();
    let peer = match enrolment.judge.judge(presented(&request).as_deref(), now_ms) {
        Ok(peer) => peer,
        Err(refusal) => return Trouble::Peer(refusal).into_response(),
    };
    let asked: RenewRequest = match body(request.into_body()).await {
        Ok(asked) => asked,
        Err(trouble) => return trouble.into_response(),
    };
    match enrolment.follow(&peer, &asked, now_ms).await {
        Ok(issued) => enrolment.answer(issued),
        Err(trouble) => {
            tracing::warn!(device = %peer.name, code = trouble.code(), "not renewed");
            trouble.into_response()
        }
    }
}

async fn body<T: DeserializeOwned>(body: Body) -> Result<T, Trouble> {
    match tokio::time::timeout(BODY_LIMIT, axum::body::to_bytes(body, MOST_BODY)).await {
        Ok(Ok(bytes)) => serde_json::from_slice(&bytes).map_err(|e| Trouble::Body(e.to_string())),
        Ok(Err(_)) => Err(Trouble::Body(format!("more than {MOST_BODY} bytes, or broken off"))),
        Err(_) => Err(Trouble::Body("it did not come in time".to_owned())),
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Token(#[from] TokenRefusal),
    #[error("{0}")]
    Peer(#[from] Refusal),
    #[error("{0}")]
    Issue(#[from] IssueError),
    #[error("{0}")]
    Registry(#[from] RegistryError),
    #[error("the body is not what is expected here ({0}); update the device's firmware")]
    Body(String),
    #[error("too many wrong tokens from this address; wait {seconds} s, then use the right ticket")]
    TooMany { seconds: i64 },
}

impl Trouble {
    fn code(&self) -> &'static str {
        match self {
            Trouble::Token(refusal) => refusal.code(),
            Trouble::Peer(refusal) => refusal.code(),
            Trouble::Issue(IssueError::Time { .. }) => "clock-wrong",
            Trouble::Issue(IssueError::Random(_) | IssueError::Sign(_)) => "not-signed",
            Trouble::Issue(_) => "request-unusable",
            Trouble::Registry(_) => "registry-unavailable",
            Trouble::Body(_) => "body-unusable",
            Trouble::TooMany { .. } => "too-many-wrong-tokens",
        }
    }

    fn status(&self) -> (u16, &'static str) {
        match self {
            Trouble::Token(TokenRefusal::Unknown | TokenRefusal::OtherDevice { .. }) => {
                (403, "This token buys nothing")
            }
            Trouble::Token(TokenRefusal::Used { .. }) => (409, "This token was used"),
            Trouble::Token(TokenRefusal::Expired { .. }) => (410, "This token ended"),
            Trouble::Peer(_) => (403, "This certificate is not renewed"),
            Trouble::Issue(IssueError::Time { .. } | IssueError::Random(_) | IssueError::Sign(_)) => {
                (500, "The authority cannot sign")
            }
            Trouble::Issue(_) => (422, "This request cannot be signed"),
            Trouble::Registry(_) => (503, "The registry cannot be used"),
            Trouble::Body(_) => (400, "Not an enrolment"),
            Trouble::TooMany { .. } => (429, "Too many wrong tokens"),
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        if let Trouble::Registry(e) = &self {
            tracing::error!(error = ?e.0, "{e}");
        }
        let (status, title) = self.status();
        let mut answer = Problem::coded(status, self.code(), title, self.to_string()).into_response();
        let wait = match &self {
            Trouble::TooMany { seconds } => Some(*seconds),
            Trouble::Registry(_) => Some(10),
            _ => None,
        };
        if let Some(seconds) = wait {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}
