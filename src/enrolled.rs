// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where this machine is enrolled: a hub at its central (`<data>/central/`), a
//! device at its hub (`<data>/hub/`); and how a device comes to its hub.

use crate::hub::trust::Address;
use motcua_link::trust::client::EnrolError;
use motcua_link::trust::token::TicketError;
use motcua_link::trust::{Enrolled, EnrolmentTicket, IdentityError, Place, PlaceError};
use motcua_link::wire::Source;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two attempts at a hub that is not there.
const AGAIN: Duration = Duration::from_secs(2);

/// A device does not come to its hub.
#[derive(Debug, thiserror::Error)]
pub enum EnrolFault {
    /// The ticket.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The certificate that is there.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The ticket's file.
    #[error("cannot read the ticket {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is neither a certificate nor a ticket.
    #[error(
        "this device is not enrolled at a hub; make a ticket on the hub's page of devices or with `motcua device \
         add`, and give it with --ticket-file or `motcua enrol`"
    )]
    NotEnrolled,
}

/// A ticket that a device was started with.
#[derive(Clone, Debug)]
pub enum Given {
    /// A file, such as one on the boot partition; used whenever it is there, and removed once used.
    File(PathBuf),
    /// A line; used when the device has no certificate of that authority.
    Line(String),
}

/// A hub's at its central.
pub fn at_central(data: &Path) -> Place {
    Place::at(data.join("central"))
}

/// A device's at its hub.
pub fn at_hub(data: &Path) -> Place {
    Place::at(data.join("hub"))
}

/// Where a ticket for that device belongs: a hub's is of the central, any other device's of its hub.
pub fn of_ticket(data: &Path, line: &str) -> Result<Place, TicketError> {
    let ticket: EnrolmentTicket = line.trim().parse()?;
    Ok(if ticket.device().device() == crate::uplink::HUB { at_central(data) } else { at_hub(data) })
}

/// A ticket that cannot be right for a directory, found out while it can still be used.
#[derive(Debug, thiserror::Error)]
pub enum WrongTicket {
    /// Not a ticket.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// Mistyped.
    #[error("there is no directory {}; name the one that `motcua hub --data` uses", .0.display())]
    NoDirectory(PathBuf),
    /// Of another hall.
    #[error(
        "the ticket is for {meant}, the hub here is of {site}; nothing was sent and the ticket can still be used"
    )]
    OtherHall {
        /// In the ticket.
        meant: Source,
        /// The hall's.
        site: String,
    },
}

/// Whether a hub's ticket is for the hall of this directory. A hub that was never started says no name yet; it looks
/// at its enrolment when it starts.
///
/// # Errors
/// It is not, and was not used.
pub fn of_this_hall(data: &Path, line: &str) -> Result<(), WrongTicket> {
    let ticket: EnrolmentTicket = line.trim().parse()?;
    let meant = ticket.device();
    if meant.device() != crate::uplink::HUB {
        return Ok(());
    }
    if !data.is_dir() {
        return Err(WrongTicket::NoDirectory(data.to_owned()));
    }
    match Address::read(data) {
        Ok(own) if own.site != meant.site() => {
            Err(WrongTicket::OtherHall { meant: meant.clone(), site: own.site })
        }
        _ => Ok(()),
    }
}

/// What a device starts with: its certificate, bought with the ticket that it was given where it has
/// none. Waits for a hub that is not there.
///
/// # Errors
/// There is no ticket, or the hub refuses it.
pub async fn join(place: &Place, given: Option<&Given>) -> Result<Enrolled, EnrolFault> {
    if let Some(line) = wanted(place, given)? {
        let mut said = false;
        loop {
            match place.enrol(&line).await {
                Ok(identity) => {
                    tracing::info!(name = %identity.name(), "enrolled");
                    break;
                }
                Err(PlaceError::Enrol(e @ EnrolError::Unreachable { .. })) => {
                    if !said {
                        tracing::warn!(error = crate::hub::chain(&e), "waiting for the hub to enrol there");
                        said = true;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
                // From a partition that cannot be written the ticket of the first start comes again.
                Err(PlaceError::Enrol(EnrolError::Refused { problem, .. }))
                    if problem.code() == "token-used" && is_of(place, &line)? =>
                {
                    tracing::warn!("the ticket was used before; the certificate that it bought serves");
                    break;
                }
                Err(e) => return Err(e.into()),
            }
        }
        if let Some(Given::File(path)) = given
            && let Err(source) = std::fs::remove_file(path)
        {
            // It buys nothing any more; the certificate counts.
            tracing::warn!(path = %path.display(), error = %source, "the used ticket stays");
        }
    }
    place.read()?.ok_or(EnrolFault::NotEnrolled)
}

/// The line that has to be used.
fn wanted(place: &Place, given: Option<&Given>) -> Result<Option<String>, EnrolFault> {
    match given {
        None => Ok(None),
        Some(Given::File(path)) => match std::fs::read_to_string(path) {
            Ok(line) => Ok(Some(line)),
            // The ticket of the first start is gone.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(EnrolFault::File { path: path.clone(), source }),
        },
        Some(Given::Line(line)) => Ok((!is_of(place, line)?).then(|| line.clone())),
    }
}

/// There is a certificate of the ticket's device and authority.
fn is_of(place: &Place, line: &str) -> Result<bool, EnrolFault> {
    let ticket: EnrolmentTicket = line.trim().parse().map_err(PlaceError::Ticket)?;
    Ok(place.read()?.is_some_and(|e| {
        e.identity.ca().fingerprint() == ticket.fingerprint() && e.identity.name() == ticket.device()
    }))
}
