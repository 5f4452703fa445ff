// SPDX-License-Identifier: MIT OR Apache-2.0
//! Passive authentication (Doc 9303-11, 5.1): whether what was read from a chip is what the state put there. The chip's
//! document security object holds a digest of each data group and is signed by a document signer, whose certificate is
//! signed by the country's signing authority (CSCA), whose certificate the hall has to install: it is not given out freely.
//!
//! It says nothing of the chip itself: whoever has read a genuine chip can write the same bytes into another. Revocation
//! is not looked at.

mod signature;
mod sod;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::{Decode, DecodePem, Encode};
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use signature::Verdict;
use sod::SecurityObject;

/// A certificate as it is, however its issuer kept to the rules of RFC 5280.
type Certificate = CertificateInner<Raw>;

/// Whether what was read is genuine. Nothing but `Verified` may be called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Authenticity {
    /// Signed by a document signer of an installed country certificate, and unchanged.
    Verified,
    /// Nothing is wrong with it, and nothing proves it.
    Unverified(Unproven),
    /// It is not what was signed, or nobody known signed it.
    Failed(Flaw),
}

/// Why nothing is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unproven {
    /// No country certificate is installed.
    NoCertificates,
    /// A digest, curve or signature of a kind that is not known here.
    Algorithm,
}

/// What is wrong with a card's signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// The chip has no document security object.
    NoSecurityObject,
    /// The document security object is not built as Doc 9303-10, 4.6.2, says.
    Malformed,
    /// This data group is not what was signed, or was not signed at all.
    DataGroup(u8),
    /// The signature of the document security object is wrong.
    Signature,
    /// The document signer is of none of the installed country certificates.
    UnknownIssuer,
    /// The document signer's certificate, or the country's, is not valid at this time.
    OutOfDate,
    /// The document signer's certificate is not for signing documents.
    WrongUse,
}

impl Authenticity {
    /// As one word, for programs: `verified`, `unverified`, `failed`.
    pub fn code(self) -> &'static str {
        match self {
            Authenticity::Verified => "verified",
            Authenticity::Unverified(_) => "unverified",
            Authenticity::Failed(_) => "failed",
        }
    }
}

/// One English sentence for support.
impl fmt::Display for Authenticity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Authenticity::Verified => "The data are those that the issuing state signed.",
            Authenticity::Unverified(Unproven::NoCertificates) => {
                "Nothing proves the data: no country certificate is installed."
            }
            Authenticity::Unverified(Unproven::Algorithm) => {
                "Nothing proves the data: they are signed in a way that is not known here."
            }
            Authenticity::Failed(Flaw::NoSecurityObject) => "The chip has no signatures.",
            Authenticity::Failed(Flaw::Malformed) => "The chip's signatures cannot be read.",
            Authenticity::Failed(Flaw::DataGroup(number)) => {
                return write!(formatter, "Data group {number} is not what was signed.");
            }
            Authenticity::Failed(Flaw::Signature) => "The signature of the data is wrong.",
            Authenticity::Failed(Flaw::UnknownIssuer) => {
                "The data are signed by nobody whose country certificate is installed."
            }
            Authenticity::Failed(Flaw::OutOfDate) => {
                "A certificate is not valid at this time: check the device's clock first."
            }
            Authenticity::Failed(Flaw::WrongUse) => "The signer's certificate is not for signing documents.",
        })
    }
}

/// The country certificates that a hall believes.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    /// Each with its bytes, which are what was signed.
    anchors: Vec<(Certificate, Vec<u8>)>,
}

/// Why a certificate cannot be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file or directory cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no certificate.
    #[error("{} holds no certificate (X.509, DER or PEM)", path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
}

impl TrustStore {
    /// None: everything stays unverified.
    pub fn new() -> TrustStore {
        TrustStore::default()
    }

    /// Every certificate of a directory: files ending in `.cer`, `.crt`, `.der` or `.pem`, others are passed over.
    ///
    /// # Errors
    /// When the directory or one of those files cannot be read, or one is no certificate.
    pub fn from_directory(path: &Path) -> Result<TrustStore, TrustError> {
        let reading = |source| TrustError::Read { path: path.to_owned(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(reading)? {
            let path = entry.map_err(reading)?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if ["cer", "crt", "der", "pem"].contains(&ending.to_ascii_lowercase().as_str()) {
                files.push(path);
            }
        }
        files.sort();
        let mut store = TrustStore::new();
        for path in files {
            let bytes =
                std::fs::read(&path).map_err(|source| TrustError::Read { path: path.clone(), source })?;
            store.add(&bytes).ok_or(TrustError::NoCertificate { path })?;
        }
        Ok(store)
    }

    /// Adds one certificate, DER or PEM. `None` when it is none.
    pub fn add(&mut self, bytes: &[u8]) -> Option<()> {
        let anchor = match Certificate::from_der(bytes) {
            Ok(certificate) => (certificate, bytes.to_vec()),
            Err(_) => {
                let certificate = Certificate::from_pem(bytes).ok()?;
                let raw = certificate.to_der().ok()?;
                (certificate, raw)
            }
        };
        self.anchors.push(anchor);
        Some(())
    }

    /// How many are installed.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }
}

/// Checks what was read against the document security object, `None` when the chip has none. `groups`: number and bytes of
/// each data group.
pub fn authenticate(
    sod: Option<&[u8]>,
    groups: &[(u8, &[u8])],
    trust: &TrustStore,
    now: SystemTime,
) -> Authenticity {
    let Some(sod) = sod else { return Authenticity::Failed(Flaw::NoSecurityObject) };
    let checked = SecurityObject::parse(sod).and_then(|object| {
        object.check_groups(groups)?;
        let signer = object.check_signature()?;
        if trust.is_empty() {
            return Err(Authenticity::Unverified(Unproven::NoCertificates));
        }
        check_chain(signer, trust, now)
    });
    checked.err().unwrap_or(Authenticity::Verified)
}

/// Whether the document signer's certificate is signed by an installed one, for this use and at this time.
fn check_chain(signer: &[u8], trust: &TrustStore, now: SystemTime) -> Result<(), Authenticity> {
    let malformed = Authenticity::Failed(Flaw::Malformed);
    let parsed = Certificate::from_der(signer).map_err(|_| malformed)?;
    let signed = signature::SignedCertificate::of(signer).ok_or(malformed)?;
    let mut unknown = false;
    let issuer = trust.anchors.iter().find(|(_, raw)| match signed.verify_with(raw) {
        Verdict::Right => true,
        Verdict::Wrong => false,
        Verdict::UnknownAlgorithm => {
            unknown = true;
            false
        }
    });
    let Some((issuer, _)) = issuer else {
        return Err(match unknown {
            true => Authenticity::Unverified(Unproven::Algorithm),
            false => Authenticity::Failed(Flaw::UnknownIssuer),
        });
    };
    if let Ok(Some((_, usage))) = parsed.tbs_certificate().get_extension::<KeyUsage>()
        && !usage.0.contains(KeyUsages::DigitalSignature)
    {
        return Err(Authenticity::Failed(Flaw::WrongUse));
    }
    let in_date = |certificate: &Certificate| {
        let validity = certificate.tbs_certificate().validity();
        validity.not_before.to_system_time() <= now && now <= validity.not_after.to_system_time()
    };
    if in_date(&parsed) && in_date(issuer) { Ok(()) } else { Err(Authenticity::Failed(Flaw::OutOfDate)) }
}
