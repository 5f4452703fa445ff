// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where this machine is enrolled: a hub at its central (`<data>/central/`), a
//! device at its hub (`<data>/hub/`). Key, certificate and address, bought with
//! a ticket and renewed by themselves.

use crate::disk;
use motcua_link::trust::client::{self, EnrolError};
use motcua_link::trust::token::TicketError;
use motcua_link::trust::{EnrolmentTicket, Identity, IdentityDir, IdentityError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// File with the address.
const URL: &str = "url";
/// Between two attempts at a hub that is not there.
const AGAIN: Duration = Duration::from_secs(2);

/// This machine is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolFault {
    /// Not a ticket's line.
    #[error("this is not a ticket of enrolment; copy the whole line that begins with motcua:enrol")]
    Ticket(#[from] TicketError),
    /// The authority or the way there.
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
    /// The certificate that is there.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// There is neither a certificate nor a ticket.
    #[error(
        "this device is not enrolled at a hub; make a ticket on the hub's page of devices or with `motcua device \
         add`, and give it with --ticket-file or `motcua enrol`"
    )]
    NotEnrolled,
}

/// A directory with an enrolment.
#[derive(Clone, Debug)]
pub struct Place {
    dir: PathBuf,
}

/// The certificate and where it is good.
#[derive(Debug)]
pub struct Enrolled {
    /// Key, certificate, authority.
    pub identity: Identity,
    /// Of the hub or central.
    pub url: String,
}

/// A ticket that a device was started with.
#[derive(Clone, Debug)]
pub enum Given {
    /// A file, such as one on the boot partition; used whenever it is there, and removed once used.
    File(PathBuf),
    /// A line; used when the device has no certificate of that authority.
    Line(String),
}

impl Place {
    /// A hub's at its central.
    pub fn central(data: &Path) -> Place {
        Place { dir: data.join("central") }
    }

    /// A device's at its hub.
    pub fn hub(data: &Path) -> Place {
        Place { dir: data.join("hub") }
    }

    /// Where a ticket for that device belongs: a hub's is of the central, any other device's of its hub.
    pub fn of_ticket(data: &Path, line: &str) -> Result<Place, TicketError> {
        let ticket: EnrolmentTicket = line.trim().parse()?;
        Ok(if ticket.device().device() == crate::uplink::HUB {
            Place::central(data)
        } else {
            Place::hub(data)
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Buys a certificate with a ticket's line. Safe to repeat with the same line.
    ///
    /// # Errors
    /// Each says what a technician does next.
    pub async fn enrol(&self, line: &str) -> Result<Identity, EnrolFault> {
        let ticket: EnrolmentTicket = line.trim().parse()?;
        let fail = |source| EnrolFault::File { path: self.dir.clone(), source };
        std::fs::create_dir_all(&self.dir).map_err(fail)?;
        let identity = client::enrol(line.trim(), &self.dir).await?;
        disk::keep(&self.dir.join(URL), ticket.url().as_bytes()).map_err(fail)?;
        Ok(identity)
    }

    /// What is there; none before the first enrolment.
    ///
    /// # Errors
    /// The files cannot be used.
    pub fn read(&self) -> Result<Option<Enrolled>, IdentityError> {
        let Ok(url) = std::fs::read_to_string(self.dir.join(URL)) else { return Ok(None) };
        let Some(identity) = IdentityDir::open_or_make_key(&self.dir)?.identity()? else { return Ok(None) };
        Ok(Some(Enrolled { identity, url: url.trim().to_owned() }))
    }

    /// Buys the next certificate with the present one.
    ///
    /// # Errors
    /// The authority says no, or is not there.
    pub async fn renew(&self, url: &str) -> Result<Identity, EnrolError> {
        client::renew(&IdentityDir::open_or_make_key(&self.dir)?, url).await
    }

    /// When anything in the directory changed last.
    pub fn changed(&self) -> Option<SystemTime> {
        let files = std::fs::read_dir(&self.dir).ok()?;
        files.filter_map(|f| f.ok()?.metadata().ok()?.modified().ok()).max()
    }

    /// What a device starts with: its certificate, bought with the ticket that it was given where it has
    /// none. Waits for a hub that is not there.
    ///
    /// # Errors
    /// There is no ticket, or the hub refuses it.
    pub async fn join(&self, given: Option<&Given>) -> Result<Enrolled, EnrolFault> {
        if let Some(line) = self.wanted(given)? {
            let mut said = false;
            loop {
                match self.enrol(&line).await {
                    Ok(identity) => {
                        tracing::info!(name = %identity.name(), "enrolled");
                        break;
                    }
                    Err(EnrolFault::Enrol(e @ EnrolError::Unreachable { .. })) => {
                        if !said {
                            tracing::warn!(
                                error = crate::hub::chain(&e),
                                "waiting for the hub to enrol there"
                            );
                            said = true;
                        }
                        tokio::time::sleep(AGAIN).await;
                    }
                    Err(e) => return Err(e),
                }
            }
            if let Some(Given::File(path)) = given
                && let Err(source) = std::fs::remove_file(path)
            {
                // It buys nothing any more; the certificate counts.
                tracing::warn!(path = %path.display(), error = %source, "the used ticket stays");
            }
        }
        self.read()?.ok_or(EnrolFault::NotEnrolled)
    }

    /// The line that has to be used.
    fn wanted(&self, given: Option<&Given>) -> Result<Option<String>, EnrolFault> {
        match given {
            None => Ok(None),
            Some(Given::File(path)) => match std::fs::read_to_string(path) {
                Ok(line) => Ok(Some(line)),
                // The ticket of the first start is gone.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(source) => Err(EnrolFault::File { path: path.clone(), source }),
            },
            Some(Given::Line(line)) => {
                let ticket: EnrolmentTicket = line.trim().parse()?;
                let has = self.read()?.is_some_and(|e| {
                    e.identity.ca().fingerprint() == ticket.fingerprint()
                        && e.identity.name() == ticket.device()
                });
                Ok((!has).then(|| line.clone()))
            }
        }
    }
}
