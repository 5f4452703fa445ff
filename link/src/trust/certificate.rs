// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading certificates (RFC 5280): the authority's, and what a device's or a
//! server's says. Nothing here decides whether one is good enough: see `judge`.

use super::name::Role;
use super::text::{hex, pem, sha256_hex};
use crate::wire::Source;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// URI in a device's certificate before its name.
pub const DEVICE_URI: &str = "urn:motcua:device:";
/// URI in a device's certificate before its role.
pub const ROLE_URI: &str = "urn:motcua:role:";

/// Under which names and addresses a server is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerNames {
    /// Host names.
    #[serde(default)]
    pub dns: Vec<String>,
    /// Addresses.
    #[serde(default)]
    pub ips: Vec<IpAddr>,
}

impl ServerNames {
    /// Nobody is to be served.
    pub fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.ips.is_empty()
    }
}

/// A certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not PEM with a certificate in it.
    #[error("there is no certificate in this PEM text; copy the whole file again")]
    NotPem,
    /// Not X.509.
    #[error("this is not an X.509 certificate; copy the whole file again")]
    NotX509,
    /// A device's or a server's where an authority's is needed.
    #[error("this certificate is not an authority's; give ca.pem of the hub or the central system")]
    NotAuthority,
    /// No device name and role.
    #[error("this certificate names no device and role; enrol the device again")]
    NotDevice,
}

/// The public side of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaCertificate {
    der: Vec<u8>,
    not_after_ms: i64,
}

impl CaCertificate {
    /// The first certificate of a PEM text, which must be an authority's.
    pub fn from_pem(text: &str) -> Result<CaCertificate, CertificateError> {
        let der = chain(text)?.into_iter().next().ok_or(CertificateError::NotPem)?;
        CaCertificate::from_der(&der)
    }

    /// From DER.
    pub fn from_der(der: &[u8]) -> Result<CaCertificate, CertificateError> {
        let read = parse(der)?;
        if !read.is_ca() {
            return Err(CertificateError::NotAuthority);
        }
        let not_after_ms = read.validity().not_after.timestamp().saturating_mul(1000);
        Ok(CaCertificate { der: der.to_vec(), not_after_ms })
    }

    /// DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// SHA-256 of the DER in hexadecimal: what a technician compares and a ticket pins.
    pub fn fingerprint(&self) -> String {
        sha256_hex(&self.der)
    }

    /// Last moment of validity, ms since 1970.
    pub fn not_after_ms(&self) -> i64 {
        self.not_after_ms
    }

    /// Whether this authority signed the certificate. The issuer's name alone proves nothing: anyone can
    /// make an authority of the same name.
    pub fn signed(&self, certificate: &[u8]) -> bool {
        let (Ok(ca), Ok(leaf)) = (parse(&self.der), parse(certificate)) else {
            return false;
        };
        leaf.issuer().as_raw() == ca.subject().as_raw()
            && leaf.verify_signature(Some(ca.public_key())).is_ok()
    }
}

/// What a certificate says about its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Name and role; none in a mere server's.
    pub device: Option<(Source, Role)>,
    /// Names as a server.
    pub server: ServerNames,
    /// May identify a client (extended key usage clientAuth).
    pub for_clients: bool,
    /// Serial number, 32 hexadecimal digits.
    pub serial_hex: String,
    /// First moment of validity, ms since 1970.
    pub not_before_ms: i64,
    /// Last moment of validity, ms since 1970.
    pub not_after_ms: i64,
    /// SHA-256 of the DER, hexadecimal; for people. A certificate is known by its serial number: the holder
    /// can write an ECDSA signature in two ways, and so has two fingerprints.
    pub fingerprint: String,
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
}

impl Leaf {
    /// Reads a certificate without judging it.
    pub fn from_der(der: &[u8]) -> Result<Leaf, CertificateError> {
        let read = parse(der)?;
        let (device, server) = alternative_names(&read);
        let usage = read.extended_key_usage().ok().flatten();
        Ok(Leaf {
            // An authority is never a device, whatever else it says.
            device: device.filter(|_| !read.is_ca()),
            server,
            for_clients: usage.is_some_and(|u| u.value.client_auth),
            serial_hex: serial_hex(read.raw_serial()),
            not_before_ms: read.validity().not_before.timestamp().saturating_mul(1000),
            not_after_ms: read.validity().not_after.timestamp().saturating_mul(1000),
            fingerprint: sha256_hex(der),
            public_key: read.public_key().raw.to_vec(),
        })
    }
}

/// The certificates of a PEM text in DER, in their order.
pub fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(CertificateError::NotPem),
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateError> {
    match X509Certificate::from_der(der) {
        Ok(([], read)) => Ok(read),
        _ => Err(CertificateError::NotX509),
    }
}

/// Exactly one device and one role make a device; two of either make none.
fn alternative_names(read: &X509Certificate<'_>) -> (Option<(Source, Role)>, ServerNames) {
    let mut server = ServerNames::default();
    let (mut names, mut roles) = (Vec::new(), Vec::new());
    let san = read.subject_alternative_name().ok().flatten();
    for name in san.iter().flat_map(|s| &s.value.general_names) {
        match name {
            GeneralName::URI(uri) => {
                if let Some(text) = uri.strip_prefix(DEVICE_URI) {
                    names.push(text.parse::<Source>().ok());
                } else if let Some(text) = uri.strip_prefix(ROLE_URI) {
                    roles.push(text.parse::<Role>().ok());
                }
            }
            GeneralName::DNSName(dns) => server.dns.push((*dns).to_owned()),
            GeneralName::IPAddress(bytes) => server.ips.extend(address(bytes)),
            _ => {}
        }
    }
    let device = match (names.as_slice(), roles.as_slice()) {
        ([Some(name)], [Some(role)]) => Some((name.clone(), *role)),
        _ => None,
    };
    (device, server)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// DER writes integers as short as it can; the serial is shown at its full 128 bits.
fn serial_hex(raw: &[u8]) -> String {
    let digits = hex(raw);
    format!("{:0>32}", digits.trim_start_matches('0'))
}
