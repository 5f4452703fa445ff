// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device's way to its hub or central system: HTTPS with its certificate
//! and only its own authority as root, enrolment by a ticket, renewal.

use super::certificate::CaCertificate;
use super::identity::{Identity, IdentityDir, IdentityError};
use super::pin::{NotThePinned, Pinned};
use super::token::{EnrolmentTicket, TicketError};
use crate::wire::Problem;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, OtherError, RootCertStore};
use serde::Deserialize;
use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Largest answer that is read, in bytes.
const MOST_ANSWER: usize = 64 * 1024;

/// A client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The device's key or certificate, or its authority.
    #[error("key and certificate of this device cannot be used for TLS; enrol the device again")]
    Identity(#[source] rustls::Error),
    /// The fingerprint to pin.
    #[error("the authority's fingerprint is not 64 hexadecimal digits; make a new ticket of enrolment")]
    Fingerprint,
    /// Cryptography without TLS 1.2 or 1.3.
    #[error("TLS cannot be set up; this build of the program is broken, install it again")]
    SetUp(#[source] rustls::Error),
}

/// There is no new certificate.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The ticket.
    #[error("{0}")]
    Ticket(#[from] TicketError),
    /// The device's own files, or a certificate that does not fit them.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// TLS.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// Somebody else answered at that address.
    #[error(
        "another server answers at {url} than the ticket was made for; check the cable and the address, and \
         do not enrol in this network before that is understood"
    )]
    SomebodyElse {
        /// Address.
        url: String,
    },
    /// The server's certificate is of another authority than the device's.
    #[error("the server at {url} is not of this device's authority; check the address, or enrol again")]
    OtherAuthority {
        /// Address.
        url: String,
    },
    /// The server's certificate does not name the address that it was reached by.
    #[error("the server's certificate is not for the address {url}; issue it with that name or address")]
    OtherHost {
        /// Address.
        url: String,
    },
    /// By this device's clock the server's certificate is over or has not begun.
    #[error("by this device's clock the certificate of {url} is not valid now; set the clock, or renew it")]
    Clock {
        /// Address.
        url: String,
    },
    /// The server took the connection back because of the device's certificate or key.
    #[error("no TLS with {url}; enrol the device again if this stays")]
    Handshake {
        /// Address.
        url: String,
        /// Why.
        source: rustls::Error,
    },
    /// Nobody answered.
    #[error("{url} does not answer; check the network, the address, and that the system there is running")]
    Unreachable {
        /// Address.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Refused, with the server's sentence.
    #[error("{}", .problem.detail)]
    Refused {
        /// What the server says.
        problem: Problem,
        /// Seconds to wait before asking again, if it says so.
        retry_after_s: Option<u64>,
    },
    /// Neither a certificate nor a problem document.
    #[error("{url} answers with status {status} but not as a hub or central does; check the address")]
    NotAHub {
        /// Address.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// Another authority in the answer than the one that was proved.
    #[error("{url} sent the certificate of another authority than its own; restart the hub and try again")]
    AnswerOfAnother {
        /// Address.
        url: String,
    },
}

/// A client that shows the device's certificate and believes its authority only. Follows no redirects.
pub fn client(identity: &Identity) -> Result<reqwest::ClientBuilder, ClientError> {
    client_at(identity, identity.ca())
}

/// A client that shows the device's certificate to a server of `authority`, which may be another than its own.
pub(crate) fn client_at(
    identity: &Identity,
    authority: &CaCertificate,
) -> Result<reqwest::ClientBuilder, ClientError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der().to_vec())).map_err(ClientError::Identity)?;
    let chain = [identity.certificate(), identity.ca().der()].map(|der| CertificateDer::from(der.to_vec()));
    let pem = identity.key().pem();
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|e| ClientError::Identity(rustls::Error::General(e.to_string())))?;
    let config = tls(ring_provider())?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain.to_vec(), key)
        .map_err(ClientError::Identity)?;
    Ok(with(config))
}

/// A client without a certificate that believes exactly the authority with this SHA-256 (hexadecimal).
pub fn pinned_client(fingerprint: &str) -> Result<reqwest::ClientBuilder, ClientError> {
    let pin = unhex(fingerprint).ok_or(ClientError::Fingerprint)?;
    let provider = ring_provider();
    let config = tls(Arc::clone(&provider))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(pin, provider)))
        .with_no_client_auth();
    Ok(with(config))
}

/// Enrols this device: makes its key in `dir`, buys a certificate with the ticket's token, keeps both.
/// Repeat it with the same ticket when the answer was lost.
pub async fn enrol(ticket: &str, dir: &Path) -> Result<Identity, EnrolError> {
    let ticket: EnrolmentTicket = ticket.parse()?;
    let identity = IdentityDir::open_or_make_key(dir)?;
    let body = serde_json::json!({
        "device": ticket.device(),
        "token": ticket.token().text().as_str(),
        "csr_pem": identity.request(ticket.device())?,
    });
    let url = format!("{}/v1/enrol", ticket.url());
    let answer = ask(pinned_client(ticket.fingerprint())?, &url, &body).await?;
    take(&identity, &answer, ticket.fingerprint(), &url)
}

/// Buys the next certificate with the one in `dir`, for a fresh key, and puts both in use together.
pub async fn renew(dir: &IdentityDir, base_url: &str) -> Result<Identity, EnrolError> {
    let current = dir.identity()?.ok_or(IdentityError::NotEnrolled)?;
    let body = serde_json::json!({ "csr_pem": dir.request(current.name())? });
    let url = format!("{}/v1/renew", base_url.trim_end_matches('/'));
    let answer = ask(client(&current)?, &url, &body).await?;
    take(dir, &answer, &current.ca().fingerprint(), &url)
}

#[derive(Deserialize)]
struct Certified {
    certificate_pem: String,
    ca_pem: String,
}

/// The authority of the answer is the one that was proved, never a new one in passing.
fn take(dir: &IdentityDir, answer: &Certified, known: &str, url: &str) -> Result<Identity, EnrolError> {
    let ca = CaCertificate::from_pem(&answer.ca_pem).map_err(IdentityError::from)?;
    if ca.fingerprint() != known {
        return Err(EnrolError::AnswerOfAnother { url: url.to_owned() });
    }
    Ok(dir.install(&answer.certificate_pem, &answer.ca_pem)?)
}

async fn ask(
    client: reqwest::ClientBuilder,
    url: &str,
    body: &serde_json::Value,
) -> Result<Certified, EnrolError> {
    let unreachable = |source| EnrolError::Unreachable { url: url.to_owned(), source };
    let client = client.connect_timeout(CONNECT_LIMIT).timeout(ANSWER_LIMIT).build().map_err(unreachable)?;
    let mut answer = client.post(url).json(body).send().await.map_err(|e| broken(e, url))?;
    let status = answer.status();
    let retry_after = answer.headers().get(reqwest::header::RETRY_AFTER).and_then(|v| v.to_str().ok());
    let retry_after_s = retry_after.and_then(|v| v.parse().ok());
    let not_a_hub = || EnrolError::NotAHub { url: url.to_owned(), status: status.as_u16() };
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| broken(e, url))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_ANSWER {
            return Err(not_a_hub());
        }
    }
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(|_| not_a_hub());
    }
    match serde_json::from_slice::<Problem>(&bytes) {
        Ok(problem) if !problem.detail.is_empty() => Err(EnrolError::Refused { problem, retry_after_s }),
        _ => Err(not_a_hub()),
    }
}

/// Says what a broken connection means to the person in front of the device.
pub(crate) fn broken(error: reqwest::Error, url: &str) -> EnrolError {
    let url = url.to_owned();
    let Some(tls) = tls_error(&error) else {
        return EnrolError::Unreachable { url, source: error };
    };
    let rustls::Error::InvalidCertificate(reason) = tls else {
        return EnrolError::Handshake { url, source: tls.clone() };
    };
    match reason {
        CertificateError::Other(OtherError(e)) if e.is::<NotThePinned>() => EnrolError::SomebodyElse { url },
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            EnrolError::OtherAuthority { url }
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            EnrolError::OtherHost { url }
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => EnrolError::Clock { url },
        _ => EnrolError::Handshake { url, source: tls.clone() },
    }
}

/// An I/O error shows what it wraps by `get_ref` and not as its source.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next: Option<&'a (dyn StdError + 'static)> = Some(error);
    while let Some(at) = next {
        if let Some(found) = at.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        next = match at.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => at.source(),
        };
    }
    None
}

fn ring_provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn tls(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, ClientError> {
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(ClientError::SetUp)
}

fn with(config: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}
