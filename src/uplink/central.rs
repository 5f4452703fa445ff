// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall's way to its central: the enrolment in `<data>/central/`, picked up
//! by a running hub and renewed by itself.

use super::steer::KEY;
use motcua_link::check::{self, Report};
use motcua_link::send::{Ring, Route, Uplink, keep_route};
use motcua_link::trust::{Enrolled, Place};
use motcua_link::wire::Source;

/// Key of the authority's fingerprint in the ring's file.
const AUTHORITY: &str = "central-authority";

/// What whoever gave neither a ticket nor a right device is told.
const NO_TICKET: &str = "give a ticket: --ticket LINE, as `motcua-central ticket NAME --url URL` or \
                         `motcua device add NAME` prints it; its device must never have sent. (--device is for a \
                         receiver without certificates, at an http:// address)";

/// Checks a receiver; see [`motcua_link::check`]. With a ticket, a device is enrolled for it.
///
/// # Errors
/// The check cannot be made.
pub async fn check(
    url: &str,
    ticket: Option<&str>,
    device: Option<&Source>,
) -> Result<Report, Box<dyn std::error::Error>> {
    let Some(line) = ticket else {
        if url.starts_with("https:") {
            return Err(NO_TICKET.into());
        }
        let source = device.ok_or(NO_TICKET)?;
        let base = url.trim_end_matches('/').to_owned();
        return Ok(check::run(&Route { base, client: reqwest::Client::new() }, source).await?);
    };
    let dir = std::env::temp_dir().join(format!("motcua-check-{}", uuid::Uuid::now_v7().simple()));
    let found = check::with_ticket(url, line, &dir).await;
    // Its keys are of no use to anybody afterwards.
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(found?)
}

/// Keeps the uplink's route as the directory says. Runs until the runtime ends.
pub(super) async fn keep(uplink: Uplink, ring: Ring, place: Place, site: String) {
    let accept = move |enrolled: &Enrolled| {
        let name = enrolled.identity.name();
        if name.site() != site {
            return Err(format!(
                "the certificate is of {name}, this hall is {site}; enrol it with a ticket of its own"
            ));
        }
        another(&ring, enrolled).map_err(|e| format!("{}: {e}", super::FILE))
    };
    keep_route(uplink, place, accept).await;
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
