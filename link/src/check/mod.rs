// SPDX-License-Identifier: MIT OR Apache-2.0
//! The conformance check of a receiver, `motcua link-check URL`: speaks the
//! protocol of `docs/link.md` as a new device and reports each rule that the
//! receiver keeps or breaks. It runs against any receiver, and in our own tests
//! against every store.

mod down;
mod enrol;
mod rules;
mod send;

use crate::send::Route;
use crate::trust::client::EnrolError;
use crate::trust::{Authority, EnrolmentTicket, IdentityDir, IdentityError, PrivateKey, Role};
use crate::trust::{AuthorityError, IssueError, token::TicketError};
use crate::wire::{Epoch, Source, WordError};
use serde::Serialize;
use std::path::Path;

/// One rule and whether it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule, as a sentence; its chapter of the document in front.
    pub rule: &'static str,
    /// What the receiver did instead; none when it kept the rule.
    pub broken: Option<String>,
}

/// A whole check.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Every rule that was tried, in the order of the trial.
    pub findings: Vec<Finding>,
    /// What of the document was not tried, and why.
    pub not_tried: Vec<&'static str>,
    /// What stays in the receiver, one sentence each.
    pub left_behind: Vec<String>,
}

/// The check cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Nobody answers.
    #[error("{url} does not answer; check the address and that the receiver is running")]
    Away {
        /// Where.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Somebody else answers.
    #[error(
        "{url} answers {status}, and not as a receiver of the link does; give the address for devices \
         (port 8701 at a central, 8611 at a hub), not that of the pages"
    )]
    NotAReceiver {
        /// Where.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The ticket was made for another address.
    #[error(
        "the ticket is for {made}, not for {asked}; nothing was sent and the ticket can still be used: check {made}, \
         or make a ticket with --url {asked}"
    )]
    OtherAddress {
        /// In the ticket.
        made: String,
        /// On the command line.
        asked: String,
    },
    /// Not an address.
    #[error("`{0}` is no address; write it like https://central.example:8701")]
    Address(String),
    /// The device has a past there, which would make the answers depend on it.
    #[error("{0} has sent before; the check needs a device that never sent: make a ticket for another name")]
    Used(Source),
    /// The receiver refuses the device itself.
    #[error("the receiver does not take the device: {status} {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// As the receiver says it.
        detail: String,
    },
    /// The ticket is none.
    #[error("{0}")]
    Ticket(#[from] TicketError),
    /// The device has no certificate.
    #[error("{0}")]
    Enrol(#[from] EnrolError),
    /// Keys of the check.
    #[error("the check cannot make or use a key")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] WordError),
}

impl CheckError {
    fn key(e: impl std::error::Error + Send + Sync + 'static) -> CheckError {
        CheckError::Key(Box::new(e))
    }
}

impl From<IdentityError> for CheckError {
    fn from(e: IdentityError) -> CheckError {
        CheckError::Enrol(e.into())
    }
}

impl From<AuthorityError> for CheckError {
    fn from(e: AuthorityError) -> CheckError {
        CheckError::key(e)
    }
}

impl From<IssueError> for CheckError {
    fn from(e: IssueError) -> CheckError {
        CheckError::key(e)
    }
}

/// Never tried by a client alone.
const NEVER: [&str; 4] = [
    "2.2 certificates that are over, not yet valid, revoked or of another site: only time and people make them",
    "6.2 what follows when a person accepts another epoch or the device is enrolled anew",
    "7.1 429 and 503 with Retry-After: they need a receiver under load (7.2 to 7.4 and 10 are rules of senders)",
    "8.3 the 14 days after a certificate's end",
];
const WITHOUT_TICKET: &str =
    "2, 8 and 9 certificates, enrolment, renewal and what comes down: give a --ticket";
const NOT_A_HUB: &str =
    "2.3, 2.4, 9.2, 9.4 and 9.5 as a hub: make a ticket of the role hub, SITE.hub, at a central";
const NO_COMMAND: &str = "9.3 the signature of a command: none waited for this device";
const NO_OFFER: &str = "9.4 fetching a document of the province: none was offered";

/// Runs the rules of chapters 3 to 6 against the receiver at the end of `route`, as the device `source`, which must
/// never have sent.
///
/// # Errors
/// The check cannot be made at all; a broken rule is a finding, not an error.
pub async fn run(route: &Route, source: &Source) -> Result<Report, CheckError> {
    let epoch = Epoch::random().map_err(|_| CheckError::Random)?;
    let peer = send::Peer { route: route.clone(), source: source.clone(), epoch };
    let findings = rules::all(&peer).await?;
    let not_tried = NEVER.into_iter().chain([WITHOUT_TICKET]).collect();
    Ok(Report { findings, not_tried, left_behind: left_behind(source) })
}

/// Runs every rule that a client can try against the receiver at `url`, as the device of a ticket. Keys are made in
/// `dir`, which is the caller's to remove.
///
/// # Errors
/// The check cannot be made at all. The ticket is not used up where it is for another address.
pub async fn with_ticket(url: &str, line: &str, dir: &Path) -> Result<Report, CheckError> {
    let ticket: EnrolmentTicket = line.trim().parse()?;
    same_address(url, ticket.url())?;
    let (identity, mut findings) = enrol::all(&ticket, dir).await?;
    let client = crate::trust::client::client(&identity).map_err(EnrolError::from)?;
    let client = client.build().map_err(CheckError::key)?;
    let (base, source) = (ticket.url().to_owned(), identity.name().clone());
    let epoch = Epoch::random().map_err(|_| CheckError::Random)?;
    let peer = send::Peer { route: Route { base, client }, source: source.clone(), epoch };
    findings.extend(rules::all(&peer).await?);
    let mut not_tried = NEVER.to_vec();
    let mut left_behind = left_behind(&source);
    findings.extend(down::all(&peer, identity.role(), &mut not_tried).await?);
    if identity.role() == Role::Hub {
        left_behind.push(format!(
            "the device {} with 2 events, and the report that the hall {} has no configuration",
            down::relayed(&source)?,
            source.site()
        ));
    } else {
        not_tried.push(NOT_A_HUB);
    }
    left_behind.push(format!("{} certificates of {source}, good for 90 days unless they are revoked", 2));
    Ok(Report { findings, not_tried, left_behind })
}

fn left_behind(source: &Source) -> Vec<String> {
    vec![
        format!(
            "the device {source}, and the hall {} if it was not there before; 16 events of business, 5 each of health \
             and log",
            source.site()
        ),
        format!("alarms of {source}: an event set aside, another past, another database"),
    ]
}

/// A ticket works at its own address only; found out before it is spent.
fn same_address(asked: &str, made: &str) -> Result<(), CheckError> {
    let parts = |text: &str| {
        let url: reqwest::Url = text.parse().map_err(|_| CheckError::Address(text.to_owned()))?;
        let path = url.path().trim_end_matches('/').to_owned();
        let host = url.host_str().ok_or_else(|| CheckError::Address(text.to_owned()))?.to_owned();
        Ok::<_, CheckError>((url.scheme().to_owned(), host, url.port_or_known_default(), path))
    };
    if parts(asked)? == parts(made)? {
        return Ok(());
    }
    Err(CheckError::OtherAddress { made: made.to_owned(), asked: asked.to_owned() })
}

/// A device of an authority that no receiver knows.
fn stranger(dir: &Path, name: &Source, role: Role) -> Result<crate::trust::Identity, CheckError> {
    let authority = Authority::open_or_make(&dir.join("strange"), "link-check")?;
    let at = IdentityDir::open_or_make_key(&dir.join("stranger"))?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let issued = authority.issue_device(&at.request(name)?, name, role, now_ms, 1)?;
    Ok(at.install(&issued.certificate_pem, &authority.certificate().pem())?)
}

/// A request for a certificate, of a key that nobody keeps.
fn other_request(name: &Source) -> Result<String, CheckError> {
    let key = PrivateKey::generate().map_err(CheckError::key)?;
    key.request(&name.to_string()).map_err(CheckError::key)
}

#[cfg(test)]
mod tests {
    use super::{CheckError, same_address};

    #[test]
    fn a_ticket_is_for_its_own_address() {
        let made = "https://central.example:8701";
        for same in [made, "https://central.example:8701/", "https://CENTRAL.example:8701"] {
            assert!(same_address(same, made).is_ok(), "{same}");
        }
        assert!(same_address("https://central.example/", "https://central.example:443").is_ok());
        for other in
            ["http://central.example:8700", "https://central.example", "https://127.0.0.1:8701", "http://x/y"]
        {
            let e = same_address(other, made).unwrap_err();
            assert!(e.to_string().contains("can still be used"), "{e}");
        }
        assert!(matches!(same_address("central", made), Err(CheckError::Address(_))));
    }
}
