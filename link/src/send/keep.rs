// SPDX-License-Identifier: MIT OR Apache-2.0
//! An uplink's route as an enrolment says it: picked up when it appears or
//! changes, its certificate renewed in time.

use super::{Route, Uplink};
use crate::trust::client::{self, ClientError};
use crate::trust::{Enrolled, IdentityError, Place};
use std::time::{Duration, Instant};

/// How often the directory is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Between two attempts to renew.
const RENEW_AGAIN: Duration = Duration::from_secs(3600);

/// The way up cannot be made of what is in the directory.
#[derive(Debug, thiserror::Error)]
enum WayFault {
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
    #[error("{0}")]
    Unwanted(String),
}

/// Keeps the route as the directory says and the certificate young. `accept` says why an enrolment is not this
/// machine's. Runs until the runtime ends.
pub async fn keep_route(
    uplink: Uplink,
    place: Place,
    accept: impl Fn(&Enrolled) -> Result<(), String> + Send + Sync,
) {
    let (mut seen, mut enrolled, mut renewed) = (None, None, None);
    loop {
        let changed = place.changed();
        // Certificates are read and taken apart when something was written, not every time.
        if changed != seen {
            seen = changed;
            enrolled = take_up(&uplink, &place, &accept);
        }
        if let Some(Enrolled { identity, url }) = &enrolled {
            let again = renewed.is_none_or(|at: Instant| at.elapsed() > RENEW_AGAIN);
            if identity.wants_renewal(jiff::Timestamp::now().as_millisecond()) && again {
                renewed = Some(Instant::now());
                match place.renew(url).await {
                    Ok(next) => tracing::info!(serial = next.serial_hex(), "the certificate was renewed"),
                    Err(e) => {
                        tracing::error!(error = %e, "the certificate was not renewed; tried again in an hour");
                    }
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What the directory says now, put to use.
fn take_up(
    uplink: &Uplink,
    place: &Place,
    accept: &impl Fn(&Enrolled) -> Result<(), String>,
) -> Option<Enrolled> {
    let found = || -> Result<Option<(Route, Enrolled)>, WayFault> {
        let Some(enrolled) = place.read()? else { return Ok(None) };
        accept(&enrolled).map_err(WayFault::Unwanted)?;
        let client = client::client(&enrolled.identity)?.build()?;
        Ok(Some((Route { base: enrolled.url.clone(), client }, enrolled)))
    };
    match found() {
        Ok(Some((route, enrolled))) => {
            tracing::info!(receiver = route.base, "reporting");
            uplink.unusable(None);
            uplink.certificate_ends(enrolled.identity.not_after_ms());
            uplink.set_route(route);
            Some(enrolled)
        }
        Ok(None) => None,
        Err(e) => {
            tracing::error!(error = %e, place = %place.dir().display(), "no report can be made");
            uplink.unusable(Some(e.to_string()));
            None
        }
    }
}
