// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who a peer is, from the certificate that TLS has seen its key for. A pure
//! function that runs at every request, so that a refusal is a sentence in an
//! answer and not a broken handshake. What a peer may do is decided elsewhere.

use super::certificate::{CaCertificate, Leaf, ServerNames};
use super::name::Role;
use super::text::when;
use crate::wire::{Problem, Source};
use std::fmt;

/// How long an expired certificate may still be renewed, in ms: 14 days.
pub const GRACE_MS: i64 = 14 * 86_400_000;

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Nothing.
    No,
    /// This certificate.
    Serial,
    /// Every certificate of the device.
    Device,
}

/// Looks up whether a certificate (by serial number) or its device is revoked.
pub type Revocations = Box<dyn Fn(&str, &Source) -> Revocation + Send + Sync>;

/// A device whose certificate was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Name.
    pub name: Source,
    /// Role.
    pub role: Role,
    /// Serial number, 32 hexadecimal digits.
    pub serial_hex: String,
    /// Last moment of validity, ms since 1970.
    pub not_after_ms: i64,
    /// SHA-256 of the certificate, hexadecimal; for people, see [`Leaf::fingerprint`].
    pub fingerprint: String,
    /// Names under which the device serves others.
    pub server: ServerNames,
    /// The certificate is over, but not for long: the peer may renew it and nothing else.
    pub grace: bool,
}

/// A peer is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// None was presented.
    #[error("no certificate was presented; enrol this device with a ticket of enrolment")]
    Missing,
    /// Not a device's.
    #[error("the certificate is not a device's; enrol this device with a ticket of enrolment")]
    NotADevice,
    /// Signed by somebody else.
    #[error(
        "the certificate is of an authority that is not known here; enrol this device here with a new ticket"
    )]
    UnknownAuthority,
    /// Too old.
    #[error("the certificate of {name} ended at {}; check the device's clock, then enrol it again", when(*.when_ms))]
    Expired {
        /// Whose.
        name: Source,
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Too old for anything but a renewal.
    #[error("the certificate of {name} ended at {}; the device may only renew it now", when(*.when_ms))]
    OnlyRenewal {
        /// Whose.
        name: Source,
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Too early.
    #[error("the certificate of {name} begins at {}; check the clock of this server", when(*.when_ms))]
    NotYetValid {
        /// Whose.
        name: Source,
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Taken back.
    #[error("{}", revoked(name, *device))]
    Revoked {
        /// Whose.
        name: Source,
        /// The device as a whole, not just this certificate.
        device: bool,
    },
    /// Of another hall.
    #[error("{name} belongs to another site than {site}; enrol it here, or connect it to its own hub")]
    WrongSite {
        /// Whose.
        name: Source,
        /// Site that is served here.
        site: String,
    },
}

/// A single certificate ends when another takes its place; a whole device when a person says so.
fn revoked(name: &Source, device: bool) -> String {
    if device {
        return format!(
            "the certificate of {name} was revoked; ask who revoked it, then enrol the device with a new ticket"
        );
    }
    format!(
        "another certificate took the place of this one of {name}: the device was replaced or enrolled again; if this \
         is the one that should serve, enrol it with a new ticket"
    )
}

impl Refusal {
    /// Stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Missing => "certificate-missing",
            Refusal::NotADevice => "certificate-not-a-device",
            Refusal::UnknownAuthority => "certificate-unknown-authority",
            Refusal::Expired { .. } => "certificate-expired",
            Refusal::OnlyRenewal { .. } => "certificate-only-renewal",
            Refusal::NotYetValid { .. } => "certificate-not-yet-valid",
            Refusal::Revoked { .. } => "certificate-revoked",
            Refusal::WrongSite { .. } => "certificate-wrong-site",
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Problem {
        Problem::coded(403, refusal.code(), "This certificate is not let in", refusal.to_string())
    }
}

/// Whom to believe, and whom no longer.
pub struct Judge {
    authorities: Vec<CaCertificate>,
    revoked: Revocations,
    site: Option<String>,
}

impl Judge {
    /// Believes the devices of one authority, at every site.
    pub fn new(ca: CaCertificate) -> Judge {
        Judge { authorities: vec![ca], revoked: Box::new(|_, _| Revocation::No), site: None }
    }

    /// Believes one more authority: the next one, while devices change over.
    #[must_use]
    pub fn and(mut self, ca: CaCertificate) -> Judge {
        self.authorities.push(ca);
        self
    }

    /// Lets in devices of one site only.
    #[must_use]
    pub fn of_site(mut self, site: &str) -> Judge {
        self.site = Some(site.to_owned());
        self
    }

    /// Asks about every certificate whether it is revoked.
    #[must_use]
    pub fn with_revocations(
        mut self,
        revoked: impl Fn(&str, &Source) -> Revocation + Send + Sync + 'static,
    ) -> Judge {
        self.revoked = Box::new(revoked);
        self
    }

    /// Who presents this certificate (DER). Read [`Peer::grace`] before letting the peer do anything.
    pub fn judge(&self, peer: Option<&[u8]>, now_ms: i64) -> Result<Peer, Refusal> {
        let der = peer.ok_or(Refusal::Missing)?;
        let leaf = Leaf::from_der(der).map_err(|_| Refusal::NotADevice)?;
        // Before anything that the certificate says about itself is believed or repeated.
        if !self.authorities.iter().any(|ca| ca.signed(der)) {
            return Err(Refusal::UnknownAuthority);
        }
        let (name, role) = leaf.device.filter(|_| leaf.for_clients).ok_or(Refusal::NotADevice)?;
        match (self.revoked)(&leaf.serial_hex, &name) {
            Revocation::No => {}
            found => return Err(Refusal::Revoked { name, device: found == Revocation::Device }),
        }
        if let Some(site) = self.site.as_ref().filter(|s| *s != name.site()) {
            return Err(Refusal::WrongSite { name, site: site.clone() });
        }
        if now_ms < leaf.not_before_ms {
            return Err(Refusal::NotYetValid { name, when_ms: leaf.not_before_ms });
        }
        if now_ms > leaf.not_after_ms.saturating_add(GRACE_MS) {
            return Err(Refusal::Expired { name, when_ms: leaf.not_after_ms });
        }
        Ok(Peer {
            name,
            role,
            serial_hex: leaf.serial_hex,
            not_after_ms: leaf.not_after_ms,
            fingerprint: leaf.fingerprint,
            server: leaf.server,
            grace: now_ms > leaf.not_after_ms,
        })
    }

    /// Like [`Judge::judge`], for everything but a renewal: an expired certificate is refused at once.
    pub fn admit(&self, peer: Option<&[u8]>, now_ms: i64) -> Result<Peer, Refusal> {
        match self.judge(peer, now_ms)? {
            Peer { grace: true, name, not_after_ms, .. } => {
                Err(Refusal::OnlyRenewal { name, when_ms: not_after_ms })
            }
            peer => Ok(peer),
        }
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<String> = self.authorities.iter().map(CaCertificate::fingerprint).collect();
        f.debug_struct("Judge").field("authorities", &known).field("site", &self.site).finish_non_exhaustive()
    }
}
