// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device's side: its key, its certificate, its authority. Key and
//! certificate that are in use stand in one file, replaced by renaming, so that
//! a power cut leaves the old pair or the new pair and never a mixture. The key
//! that waits for its certificate stands in a file of its own.

use super::certificate::{CaCertificate, CertificateError, Leaf, ServerNames, chain};
use super::disk;
use super::key::{KeyError, PrivateKey};
use super::name::Role;
use crate::wire::Source;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The pair in use: private key, certificate, authority's certificate, as PEM blocks. Mode 0600.
pub const PAIR_FILE: &str = "identity.pem";
/// A key that has no certificate yet. Mode 0600.
pub const KEY_FILE: &str = "identity.key.pem";

const DAY_MS: i64 = 86_400_000;

/// A directory with a device's identity.
#[derive(Clone, Debug)]
pub struct IdentityDir {
    dir: PathBuf,
}

/// The identity cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Disk.
    #[error("cannot use {path}; check the disk and the rights of the directory")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key in a file, or making one.
    #[error("no usable key in {path}; remove the file and enrol the device again")]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The certificate in a file or in an answer.
    #[error("no usable certificate; enrol the device again")]
    Certificate(#[from] CertificateError),
    /// The certificate is for another key.
    #[error("the certificate is not for this device's key; enrol the device again with a new ticket")]
    OtherKey,
    /// The certificate is not of that authority.
    #[error("the certificate is not signed by the authority that came with it; enrol with a new ticket")]
    OtherAuthority,
    /// There is no pair yet.
    #[error("this device is not enrolled; scan its ticket of enrolment")]
    NotEnrolled,
}

/// A device's key with its certificate.
#[derive(Debug)]
pub struct Identity {
    leaf: Leaf,
    name: Source,
    role: Role,
    certificate: Vec<u8>,
    ca: CaCertificate,
    key: PrivateKey,
}

impl IdentityDir {
    /// Opens the directory, and makes the device's first key when it has neither key nor pair.
    pub fn open_or_make_key(dir: &Path) -> Result<IdentityDir, IdentityError> {
        disk::make_dir(dir).map_err(|source| IdentityError::File { path: dir.to_owned(), source })?;
        let opened = IdentityDir { dir: dir.to_owned() };
        if opened.identity()?.is_none() {
            opened.next_key(None)?;
        }
        Ok(opened)
    }

    /// The pair in use; none before enrolment.
    pub fn identity(&self) -> Result<Option<Identity>, IdentityError> {
        let path = self.dir.join(PAIR_FILE);
        match read(&path)? {
            Some(text) => Identity::from_pem(&text, &path).map(Some),
            None => Ok(None),
        }
    }

    /// A request in PEM for the next certificate. Its key is the one that waits, so that a repeated
    /// enrolment is the same wish; a fresh one when none waits.
    pub fn request(&self, name: &Source) -> Result<String, IdentityError> {
        let current = self.identity()?;
        let key = self.next_key(current.as_ref())?;
        key.request(&name.to_string()).map_err(|source| self.key_error(source))
    }

    /// Puts the next key with its certificate in use. `chain_pem` begins with the device's certificate.
    /// Refused as a whole when it does not fit the waiting key or is not signed by the authority.
    pub fn install(&self, chain_pem: &str, ca_pem: &str) -> Result<Identity, IdentityError> {
        let current = self.identity()?;
        let certificate = chain(chain_pem)?.into_iter().next().ok_or(CertificateError::NotPem)?;
        let fits = |key: &PrivateKey| {
            Leaf::from_der(&certificate).is_ok_and(|leaf| leaf.public_key == key.public_key())
        };
        if let Some(current) = current.filter(|c| fits(&c.key)) {
            // Installed already; the answer came twice.
            return Ok(current);
        }
        let key = self.waiting_key()?.filter(fits).ok_or(IdentityError::OtherKey)?;
        let ca = CaCertificate::from_pem(ca_pem)?;
        let identity = Identity::new(key, certificate.to_vec(), ca)?;
        let path = self.dir.join(PAIR_FILE);
        disk::keep(&path, identity.pem().as_bytes())
            .map_err(|source| IdentityError::File { path, source })?;
        // From here on the new pair counts. A waiting key that a power cut leaves behind is known as used.
        if let Err(e) = disk::remove(&self.dir.join(KEY_FILE)) {
            tracing::warn!(error = %e, "the key's own file was not removed; it does no harm");
        }
        Ok(identity)
    }

    fn waiting_key(&self) -> Result<Option<PrivateKey>, IdentityError> {
        let Some(text) = read(&self.dir.join(KEY_FILE))? else {
            return Ok(None);
        };
        PrivateKey::from_pem(&text).map(Some).map_err(|source| self.key_error(source))
    }

    /// The waiting key unless it is the one in use; else a fresh one, durable before it is used.
    fn next_key(&self, current: Option<&Identity>) -> Result<PrivateKey, IdentityError> {
        if let Some(key) = self.waiting_key()?
            && current.is_none_or(|c| c.key.public_key() != key.public_key())
        {
            return Ok(key);
        }
        let key = PrivateKey::generate().map_err(|source| self.key_error(source))?;
        let path = self.dir.join(KEY_FILE);
        disk::keep(&path, key.pem().as_bytes()).map_err(|source| IdentityError::File { path, source })?;
        Ok(key)
    }

    fn key_error(&self, source: KeyError) -> IdentityError {
        IdentityError::Key { path: self.dir.join(KEY_FILE), source }
    }
}

impl Identity {
    fn new(key: PrivateKey, certificate: Vec<u8>, ca: CaCertificate) -> Result<Identity, IdentityError> {
        let leaf = Leaf::from_der(&certificate)?;
        if leaf.public_key != key.public_key() {
            return Err(IdentityError::OtherKey);
        }
        if !ca.signed(&certificate) {
            return Err(IdentityError::OtherAuthority);
        }
        let (name, role) = leaf.device.clone().ok_or(CertificateError::NotDevice)?;
        Ok(Identity { leaf, name, role, certificate, ca, key })
    }

    fn from_pem(text: &str, path: &Path) -> Result<Identity, IdentityError> {
        let key = PrivateKey::from_pem(text)
            .map_err(|source| IdentityError::Key { path: path.to_owned(), source })?;
        let mut certificates = chain(text)?.into_iter();
        let (Some(own), Some(ca)) = (certificates.next(), certificates.next()) else {
            return Err(CertificateError::NotPem.into());
        };
        Identity::new(key, own.to_vec(), CaCertificate::from_der(&ca)?)
    }

    fn pem(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}", self.key.pem().as_str(), self.chain_pem()))
    }

    /// Certificate and authority's certificate, as presented to others.
    pub fn chain_pem(&self) -> String {
        format!("{}{}", super::text::pem("CERTIFICATE", &self.certificate), self.ca.pem())
    }

    /// The private key, for this device's own TLS.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The authority that is believed.
    pub fn ca(&self) -> &CaCertificate {
        &self.ca
    }

    /// Name.
    pub fn name(&self) -> &Source {
        &self.name
    }

    /// Role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Names under which the device serves others.
    pub fn server_names(&self) -> &ServerNames {
        &self.leaf.server
    }

    /// Serial number, 32 hexadecimal digits.
    pub fn serial_hex(&self) -> &str {
        &self.leaf.serial_hex
    }

    /// First moment of validity, ms since 1970.
    pub fn not_before_ms(&self) -> i64 {
        self.leaf.not_before_ms
    }

    /// Last moment of validity, ms since 1970.
    pub fn not_after_ms(&self) -> i64 {
        self.leaf.not_after_ms
    }

    /// Days that the certificate still lives; see [`days_left`].
    pub fn days_left(&self, now_ms: i64) -> i64 {
        days_left(self.leaf.not_after_ms, now_ms)
    }

    /// Two thirds of the certificate's life are over: thirty days remain for a hall without a network.
    pub fn wants_renewal(&self, now_ms: i64) -> bool {
        let life = self.leaf.not_after_ms.saturating_sub(self.leaf.not_before_ms);
        now_ms >= self.leaf.not_before_ms.saturating_add(life / 3 * 2)
    }
}

/// Days from now to an end, as people count them: 90 for a certificate of 90 days that was made a moment ago, 1 on its
/// last day; 0 and less when it is over.
pub fn days_left(end_ms: i64, now_ms: i64) -> i64 {
    let left = end_ms.saturating_sub(now_ms);
    match left {
        ..=0 => left.div_euclid(DAY_MS).min(0),
        _ => left.saturating_add(DAY_MS / 2).div_euclid(DAY_MS).max(1),
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, IdentityError> {
    disk::read(path)
        .map(|text| text.map(Zeroizing::new))
        .map_err(|source| IdentityError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, days_left};

    #[test]
    fn days_are_counted_as_people_count_them() {
        for (left, days) in [
            (90 * DAY_MS - 1_500, 90),
            (3 * DAY_MS + 5, 3),
            (DAY_MS / 3, 1),
            (1, 1),
            (0, 0),
            (-1, -1),
            (-2 * DAY_MS, -2),
        ] {
            assert_eq!(days_left(left, 0), days, "{left}");
        }
    }
}
