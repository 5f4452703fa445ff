// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules of certificates: how a ticket buys one (chapter 8), who is let in
//! without one (2.2), and the next one.

use super::rules::{coded, kept};
use super::send::{Answer, answer};
use super::{CheckError, Finding, other_request, stranger};
use crate::trust::client::{ClientError, EnrolError, broken, client, client_at, pinned_client};
use crate::trust::{EnrolmentTicket, Identity, IdentityDir, Token};
use crate::wire::{Problem, Source};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

const DAY_MS: i64 = 86_400_000;

/// The answer to both, as the document says.
#[derive(Deserialize)]
struct Certified {
    certificate_pem: String,
    ca_pem: String,
    not_after: String,
}

/// Spends the ticket; says who it made, and what was found on the way.
pub(super) async fn all(
    ticket: &EnrolmentTicket,
    dir: &Path,
) -> Result<(Identity, Vec<Finding>), CheckError> {
    let mut out = Vec::new();
    let pinned = build(pinned_client(ticket.fingerprint()))?;
    let device = ticket.device();
    let url = format!("{}/v1/enrol", ticket.url());
    let at = IdentityDir::open_or_make_key(&dir.join("device"))?;
    let (csr, token) = (at.request(device)?, ticket.token().text());
    let body =
        |device: &Source, token: &str, csr: &str| json!({"device": device, "token": token, "csr_pem": csr});

    // First contact: what is wrong with the way there is a sentence and no finding.
    let unknown = Token::generate().map_err(|_| CheckError::Random)?.text();
    let sent = pinned.post(&url).json(&body(device, &unknown, &csr)).send().await;
    let wrong = answer(&url, Ok(sent.map_err(|e| broken(e, &url))?)).await?;
    out.push(coded("8.2 an unknown token buys nothing", &wrong, 403, "urn:motcua:token-unknown"));
    let other = Source::new(device.site(), "link-check-other")?;
    let wrong = post(&pinned, &url, &body(&other, &token, &csr)).await?;
    out.push(coded(
        "8.2 a token buys nothing for another device",
        &wrong,
        403,
        "urn:motcua:token-other-device",
    ));
    let first = post(&pinned, &url, &body(device, &token, &csr)).await?;
    let identity = take(&at, &first, &url)?;
    out.push(kept("8.1 the server's chain ends at the ticket's fingerprint", pin(&identity, ticket)));
    out.push(kept("8.2 a token buys the certificate of its device", named(&identity, device)));
    out.push(kept("8.3 a certificate is good for 90 days", ninety(&first)));
    let again = post(&pinned, &url, &body(device, &token, &csr)).await?;
    let same = certified(&again).is_some_and(|c| same_certificate(&at, &c, &identity));
    out.push(kept(
        "8.2 the same key may ask again, and gets the same certificate",
        (!same).then(|| format!("expected the certificate again, came {}", again.words())),
    ));
    let used = post(&pinned, &url, &body(device, &token, &other_request(device)?)).await?;
    out.push(coded("8.2 a used token buys nothing for another key", &used, 409, "urn:motcua:token-used"));
    out.extend(strangers(ticket, &pinned, &identity, dir).await?);
    let identity = renewal(ticket, &at, identity, &mut out).await?;
    Ok((identity, out))
}

/// Whoever shows no certificate, or one of somebody else, hears why in the answer and not in the handshake.
async fn strangers(
    ticket: &EnrolmentTicket,
    pinned: &Client,
    identity: &Identity,
    dir: &Path,
) -> Result<Vec<Finding>, CheckError> {
    let url = format!("{}/v1/devices/{}/lanes/business", ticket.url(), ticket.device());
    let strange = stranger(dir, identity.name(), identity.role())?;
    let strange = build(client_at(&strange, identity.ca()))?;
    let mut out = Vec::new();
    let asks = [
        ("2.2 without a certificate nobody is let in", pinned, "urn:motcua:certificate-missing"),
        ("2.2 nor with one of another authority", &strange, "urn:motcua:certificate-unknown-authority"),
    ];
    for (rule, http, urn) in asks {
        out.push(match answer(&url, http.get(&url).send().await).await {
            Ok(said) => coded(rule, &said, 403, urn),
            Err(e) => kept(rule, Some(format!("expected 403 {urn}, came no answer ({e})"))),
        });
    }
    Ok(out)
}

/// The next certificate, with which the rest of the check is made.
async fn renewal(
    ticket: &EnrolmentTicket,
    at: &IdentityDir,
    identity: Identity,
    out: &mut Vec<Finding>,
) -> Result<Identity, CheckError> {
    let url = format!("{}/v1/renew", ticket.url());
    let body = json!({ "csr_pem": at.request(identity.name())? });
    let pinned = build(pinned_client(ticket.fingerprint()))?;
    let nobody = post(&pinned, &url, &body).await?;
    out.push(coded(
        "8.3 nobody renews without a certificate",
        &nobody,
        403,
        "urn:motcua:certificate-missing",
    ));
    let said = post(&build(client(&identity))?, &url, &body).await?;
    let rule = "8.3 a fresh key gets the next certificate, of the same name and role";
    let next = match take(at, &said, &url) {
        Ok(next) => next,
        Err(e) => {
            out.push(kept(rule, Some(e.to_string())));
            return Ok(identity);
        }
    };
    let same = next.name() == identity.name() && next.role() == identity.role();
    let other =
        || format!("came {} {}, not {} {}", next.name(), next.role(), identity.name(), identity.role());
    out.push(kept(rule, (!same).then(other)));
    Ok(next)
}

fn certified(said: &Answer) -> Option<Certified> {
    (said.status == 200).then(|| serde_json::from_str(&said.body).ok()).flatten()
}

/// Puts the certificate of an answer in use, or says why there is none.
fn take(at: &IdentityDir, said: &Answer, url: &str) -> Result<Identity, CheckError> {
    if let Some(c) = certified(said) {
        return Ok(at.install(&c.certificate_pem, &c.ca_pem)?);
    }
    let refused = |problem: Problem| EnrolError::Refused { problem, retry_after_s: None };
    let none = EnrolError::NotAHub { url: url.to_owned(), status: said.status };
    Err(said.problem().map_or(none, refused).into())
}

fn same_certificate(at: &IdentityDir, c: &Certified, identity: &Identity) -> bool {
    at.install(&c.certificate_pem, &c.ca_pem).is_ok_and(|again| again.serial_hex() == identity.serial_hex())
}

fn pin(identity: &Identity, ticket: &EnrolmentTicket) -> Option<String> {
    let came = identity.ca().fingerprint();
    (came != ticket.fingerprint())
        .then(|| format!("ca_pem is {came}, the ticket says {}", ticket.fingerprint()))
}

fn named(identity: &Identity, device: &Source) -> Option<String> {
    (identity.name() != device).then(|| format!("it is of {}, not of {device}", identity.name()))
}

/// The authority's own end may cut the last certificates short; a check is not made in its last days.
fn ninety(said: &Answer) -> Option<String> {
    let until = certified(said)?.not_after;
    let Ok(at) = until.parse::<jiff::Timestamp>() else {
        return Some(format!("not_after is no time: `{until}`"));
    };
    let days = (at.as_millisecond() - jiff::Timestamp::now().as_millisecond()).div_euclid(DAY_MS);
    (!(89..=90).contains(&days)).then(|| format!("it ends in {days} days"))
}

fn build(made: Result<reqwest::ClientBuilder, ClientError>) -> Result<Client, CheckError> {
    made.map_err(EnrolError::from)?.build().map_err(CheckError::key)
}

async fn post(http: &Client, url: &str, body: &Value) -> Result<Answer, CheckError> {
    answer(url, http.post(url).json(body).send().await).await
}
