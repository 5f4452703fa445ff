// SPDX-License-Identifier: MIT OR Apache-2.0
//! The conformance check of a receiver, `motcua link-check URL`: speaks the
//! protocol of `docs/link.md` as a new device and reports each rule that the
//! receiver keeps or breaks. It runs against any receiver, and in our own tests
//! against every store.

mod rules;
mod send;

use crate::send::Route;
use crate::wire::{Epoch, Source, WordError};
use serde::Serialize;

/// One rule and whether it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule, as a sentence; its chapter of the document in front.
    pub rule: &'static str,
    /// What the receiver did instead; none when it kept the rule.
    pub broken: Option<String>,
}

/// The check cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Nobody answers.
    #[error("{url} does not answer: {source}")]
    Away {
        /// Where.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The device has a past there, which would make the answers depend on it.
    #[error("{0} has sent before; the check needs a device that never sent. Enrol a new one for it")]
    Used(Source),
    /// The receiver refuses the device itself.
    #[error("the receiver does not take the device: {status} {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// As the receiver says it.
        detail: String,
    },
    /// No random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] WordError),
}

/// Runs every rule against the receiver at the end of `route`, as the device `source`, which must never have
/// sent. It leaves some events of type `motcua.audit.noted.v1` there.
///
/// # Errors
/// The check cannot be made at all; a broken rule is a finding, not an error.
pub async fn run(route: &Route, source: &Source) -> Result<Vec<Finding>, CheckError> {
    let epoch = Epoch::random().map_err(|_| CheckError::Random)?;
    let peer = send::Peer { route: route.clone(), source: source.clone(), epoch };
    rules::all(&peer).await
}
