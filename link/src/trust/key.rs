// SPDX-License-Identifier: MIT OR Apache-2.0
//! A private key on P-256 and the certificate signing request (RFC 2986, PKCS
//! #10) that it signs. The key leaves this module only as the PEM text that
//! goes to the owner's own disk.

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A private key; its Debug output never shows it.
pub struct PrivateKey {
    pair: KeyPair,
}

/// A key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No random numbers.
    #[error("no key could be made; restart the device and try again")]
    Make(#[source] rcgen::Error),
    /// Not a key, or of another kind.
    #[error("this is not a private key on P-256 in PKCS #8 PEM; remove the file and enrol again")]
    Read(#[source] rcgen::Error),
    /// The request was not signed.
    #[error("the certificate signing request could not be made; restart the device and try again")]
    Request(#[source] rcgen::Error),
}

impl PrivateKey {
    /// A fresh key.
    pub fn generate() -> Result<PrivateKey, KeyError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(KeyError::Make)?;
        Ok(PrivateKey { pair })
    }

    /// The first private key in a PEM text.
    pub fn from_pem(text: &str) -> Result<PrivateKey, KeyError> {
        let pair =
            KeyPair::from_pkcs8_pem_and_sign_algo(text, &PKCS_ECDSA_P256_SHA256).map_err(KeyError::Read)?;
        Ok(PrivateKey { pair })
    }

    /// PKCS #8 as PEM, for the owner's disk.
    pub fn pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.pair.serialize_pem())
    }

    /// A request in PEM that proves possession of the key. The authority gives names by the token,
    /// so the subject is only for people who read the request.
    pub fn request(&self, subject: &str) -> Result<String, KeyError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, subject);
        params.serialize_request(&self.pair).and_then(|r| r.pem()).map_err(KeyError::Request)
    }

    /// SubjectPublicKeyInfo in DER (RFC 5280, section 4.1.2.7).
    pub fn public_key(&self) -> Vec<u8> {
        self.pair.subject_public_key_info()
    }

    pub(crate) fn pair(&self) -> &KeyPair {
        &self.pair
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.pair.zeroize();
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(hidden)")
    }
}
