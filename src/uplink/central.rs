// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which central this hall reports to, and the certificate that it has there:
//! `<data>/central/`. Enrolled by `motcua enrol`, picked up by a running hub,
//! renewed by itself.

use crate::disk;
use motcua_link::check::{self, Finding};
use motcua_link::send::{Route, Uplink};
use motcua_link::trust::client::{self, ClientError, EnrolError};
use motcua_link::trust::token::TicketError;
use motcua_link::trust::{EnrolmentTicket, Identity, IdentityDir, IdentityError};
use motcua_link::wire::Source;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Directory in the hub's data.
pub const DIR: &str = "central";
/// File with the address.
const URL: &str = "url";
/// How often the directory is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Between two attempts to renew.
const RENEW_AGAIN: Duration = Duration::from_secs(3600);

/// This hub is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolFault {
    /// Not a ticket's line.
    #[error("this is not a ticket of enrolment; copy the whole line that begins with motcua:enrol")]
    Ticket(#[from] TicketError),
    /// The central or the way there.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// Disk.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Enrols the hub whose data are in `data` with a ticket's line. Safe to repeat with the same line.
///
/// # Errors
/// Each says what a technician does next.
pub async fn enrol(data: &Path, line: &str) -> Result<Identity, EnrolFault> {
    let ticket: EnrolmentTicket = line.trim().parse()?;
    let dir = data.join(DIR);
    let fail = |source| EnrolFault::File { path: dir.clone(), source };
    std::fs::create_dir_all(&dir).map_err(fail)?;
    let identity = client::enrol(line.trim(), &dir).await?;
    disk::keep(&dir.join(URL), ticket.url().as_bytes()).map_err(fail)?;
    Ok(identity)
}

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

/// The certificate and address in `data`, once enrolled.
#[derive(Debug)]
struct Enrolled {
    identity: Identity,
    url: String,
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

impl Enrolled {
    fn read(dir: &Path, site: &str) -> Result<Option<Enrolled>, WayFault> {
        let Ok(url) = std::fs::read_to_string(dir.join(URL)) else { return Ok(None) };
        let Some(identity) = IdentityDir::open_or_make_key(dir)?.identity()? else { return Ok(None) };
        if identity.name().site() != site {
            return Err(WayFault::OtherHall { found: identity.name().to_string(), site: site.into() });
        }
        Ok(Some(Enrolled { identity, url: url.trim().to_owned() }))
    }

    fn route(&self) -> Result<Route, WayFault> {
        let client = client::client(&self.identity)?.build()?;
        Ok(Route { base: self.url.clone(), client })
    }
}

/// Keeps the uplink's route as the directory says and the certificate young. Runs until the runtime ends.
pub(super) async fn keep_route(uplink: Uplink, data: PathBuf, site: String) {
    let dir = data.join(DIR);
    let (mut seen, mut enrolled, mut renewed) = (None, None, None);
    loop {
        let changed = newest(&dir);
        // Certificates are read and taken apart when something was written, not every time.
        if changed != seen {
            seen = changed;
            enrolled = take_up(&uplink, &dir, &site);
        }
        if let Some(Enrolled { identity, url }) = &enrolled {
            let again = renewed.is_none_or(|at: Instant| at.elapsed() > RENEW_AGAIN);
            if identity.wants_renewal(crate::clock::unix_ms()) && again {
                renewed = Some(Instant::now());
                renew(&dir, url).await;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What the directory says now, put to use.
fn take_up(uplink: &Uplink, dir: &Path, site: &str) -> Option<Enrolled> {
    let found = Enrolled::read(dir, site).and_then(|e| e.map(|e| Ok((e.route()?, e))).transpose());
    match found {
        Ok(Some((route, enrolled))) => {
            tracing::info!(central = route.base, "reporting to the central");
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

async fn renew(dir: &Path, url: &str) {
    let opened = IdentityDir::open_or_make_key(dir).map_err(EnrolError::from);
    let done = match opened {
        Ok(dir) => client::renew(&dir, url).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(identity) => tracing::info!(serial = identity.serial_hex(), "the certificate was renewed"),
        Err(e) => tracing::error!(error = %e, "the certificate was not renewed; tried again in an hour"),
    }
}

/// When anything in the directory changed last.
fn newest(dir: &Path) -> Option<SystemTime> {
    let files = std::fs::read_dir(dir).ok()?;
    files.filter_map(|f| f.ok()?.metadata().ok()?.modified().ok()).max()
}
