// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall's way to its central: the enrolment in `<data>/central/`, picked up
//! by a running hub and renewed by itself.

use super::steer::KEY;
use crate::enrolled::{Enrolled, Place};
use motcua_link::check::{self, Finding};
use motcua_link::send::{Ring, Route, Uplink};
use motcua_link::trust::IdentityError;
use motcua_link::trust::client::{self, ClientError};
use motcua_link::wire::Source;
use std::time::{Duration, Instant};

/// How often the directory is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Key of the authority's fingerprint in the ring's file.
const AUTHORITY: &str = "central-authority";
/// Between two attempts to renew.
const RENEW_AGAIN: Duration = Duration::from_secs(3600);

/// Checks a receiver; see [`motcua_link::check`]. With a ticket, a device is enrolled for it.
///
/// # Errors
/// The check cannot be made.
pub async fn check(
    url: &str,
    ticket: Option<&str>,
    device: Option<&Source>,
) -> Result<Vec<Finding>, Box<dyn std::error::Error>> {
    let base = url.trim_end_matches('/').to_owned();
    let (Some(line), _) = (ticket, device) else {
        let source = device.ok_or("name the device with --device, or give a --ticket")?;
        let route = Route { base, client: reqwest::Client::new() };
        return Ok(check::run(&route, source).await?);
    };
    let dir = std::env::temp_dir().join(format!("motcua-check-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&dir)?;
    let enrolled = client::enrol(line.trim(), &dir).await;
    // The key is in memory; nobody finds it afterwards.
    std::fs::remove_dir_all(&dir)?;
    let identity = enrolled?;
    let route = Route { base, client: client::client(&identity)?.build()? };
    Ok(check::run(&route, identity.name()).await?)
}

/// The way up cannot be made of what is in the directory.
#[derive(Debug, thiserror::Error)]
enum WayFault {
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the certificate is of {found}, this hall is {site}; enrol it with a ticket of its own")]
    OtherHall { found: String, site: String },
}

fn read(place: &Place, site: &str) -> Result<Option<Enrolled>, WayFault> {
    let Some(enrolled) = place.read()? else { return Ok(None) };
    if enrolled.identity.name().site() != site {
        let found = enrolled.identity.name().to_string();
        return Err(WayFault::OtherHall { found, site: site.into() });
    }
    Ok(Some(enrolled))
}

fn route(enrolled: &Enrolled) -> Result<Route, WayFault> {
    let client = client::client(&enrolled.identity)?.build()?;
    Ok(Route { base: enrolled.url.clone(), client })
}

/// Keeps the uplink's route as the directory says and the certificate young. Runs until the runtime ends.
pub(super) async fn keep_route(uplink: Uplink, ring: Ring, place: Place, site: String) {
    let (mut seen, mut enrolled, mut renewed) = (None, None, None);
    loop {
        let changed = place.changed();
        // Certificates are read and taken apart when something was written, not every time.
        if changed != seen {
            seen = changed;
            enrolled = take_up((&uplink, &ring), &place, &site);
        }
        if let Some(Enrolled { identity, url }) = &enrolled {
            let again = renewed.is_none_or(|at: Instant| at.elapsed() > RENEW_AGAIN);
            if identity.wants_renewal(crate::clock::unix_ms()) && again {
                renewed = Some(Instant::now());
                renew(&place, url).await;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What the directory says now, put to use.
fn take_up((uplink, ring): (&Uplink, &Ring), place: &Place, site: &str) -> Option<Enrolled> {
    let found = read(place, site).and_then(|e| e.map(|e| Ok((route(&e)?, e))).transpose());
    match found {
        Ok(Some((route, enrolled))) => {
            tracing::info!(central = route.base, "reporting to the central");
            if let Err(e) = another(ring, &enrolled) {
                tracing::error!(error = %e, "the key of the central's commands cannot be kept");
            }
            uplink.certificate_ends(enrolled.identity.not_after_ms());
            uplink.set_route(route);
            Some(enrolled)
        }
        Ok(None) => None,
        Err(e) => {
            tracing::error!(error = %e, "this hall cannot report to the central");
            None
        }
    }
}

/// A hall that was enrolled at another central forgets the key with which the old one signed.
fn another(ring: &Ring, enrolled: &Enrolled) -> rusqlite::Result<()> {
    let authority = enrolled.identity.ca().fingerprint();
    let known = ring.note(AUTHORITY)?;
    if known.as_deref() == Some(authority.as_str()) {
        return Ok(());
    }
    if known.is_some() {
        ring.set_note(KEY, "")?;
    }
    ring.set_note(AUTHORITY, &authority)
}

async fn renew(place: &Place, url: &str) {
    match place.renew(url).await {
        Ok(identity) => tracing::info!(serial = identity.serial_hex(), "the certificate was renewed"),
        Err(e) => tracing::error!(error = %e, "the certificate was not renewed; tried again in an hour"),
    }
}
