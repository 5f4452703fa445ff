// SPDX-License-Identifier: MIT OR Apache-2.0
//! A directory with an enrolment: key, certificate, authority and the address
//! where they are good. Of a device at its hub, of a hub at its central, of a
//! central at the one above.

use super::client::{self, EnrolError};
use super::disk;
use super::identity::{Identity, IdentityDir, IdentityError};
use super::token::{EnrolmentTicket, TicketError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// File with the address.
const URL: &str = "url";

/// The certificate and where it is good.
#[derive(Debug)]
pub struct Enrolled {
    /// Key, certificate, authority.
    pub identity: Identity,
    /// Base address, without a slash at its end.
    pub url: String,
}

/// There is no enrolment.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Not a ticket's line.
    #[error("this is not a ticket of enrolment; copy the whole line that begins with motcua:enrol")]
    Ticket(#[from] TicketError),
    /// The authority or the way there.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// Bought, but not what this machine needs.
    #[error("{0}; the ticket is used up, and the enrolment that was here before stays as it was")]
    Unwanted(String),
    /// Disk.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The directory.
#[derive(Clone, Debug)]
pub struct Place {
    dir: PathBuf,
}

impl Place {
    /// In `dir`, which is made at the first enrolment.
    pub fn at(dir: PathBuf) -> Place {
        Place { dir }
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Buys a certificate with a ticket's line. Safe to repeat with the same line.
    ///
    /// # Errors
    /// Each says what a technician does next.
    pub async fn enrol(&self, line: &str) -> Result<Identity, PlaceError> {
        let ticket: EnrolmentTicket = line.trim().parse()?;
        let identity = client::enrol(line.trim(), &self.dir).await?;
        let path = self.dir.join(URL);
        disk::keep(&path, ticket.url().as_bytes()).map_err(|source| PlaceError::File { path, source })?;
        Ok(identity)
    }

    /// As [`Place::enrol`], but what is here before stays untouched unless `right` agrees with what was bought.
    ///
    /// # Errors
    /// Each says what a technician does next.
    pub async fn enrol_if(
        &self,
        line: &str,
        right: impl Fn(&Identity) -> Result<(), String> + Send,
    ) -> Result<Identity, PlaceError> {
        let [aside, old] = ["new", "old"].map(|end| self.dir.with_extension(end));
        let clear = |path: &Path| if path.exists() { std::fs::remove_dir_all(path) } else { Ok(()) };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| PlaceError::File { path, source }
        };
        clear(&aside).map_err(failed(&aside))?;
        let identity = Place::at(aside.clone()).enrol(line).await?;
        if let Err(why) = right(&identity) {
            clear(&aside).map_err(failed(&aside))?;
            return Err(PlaceError::Unwanted(why));
        }
        clear(&old).map_err(failed(&old))?;
        if self.dir.exists() {
            std::fs::rename(&self.dir, &old).map_err(failed(&self.dir))?;
        }
        std::fs::rename(&aside, &self.dir).map_err(failed(&self.dir))?;
        clear(&old).map_err(failed(&old))?;
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
}
