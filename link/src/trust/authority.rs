// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small certificate authority: one key on P-256, certificates for devices
//! and servers (RFC 5280). Who deserves one is decided before: this signs.

use super::certificate::{CaCertificate, CertificateError, DEVICE_URI, ROLE_URI, ServerNames};
use super::disk;
use super::key::{KeyError, PrivateKey};
use super::name::Role;
use super::text::{hex, pem, random};
use crate::wire::Source;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateSigningRequestDer, ServerName};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use time::{Duration, OffsetDateTime};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

/// The authority's certificate inside its directory.
pub const CERTIFICATE_FILE: &str = "ca.pem";
/// The authority's key inside its directory, mode 0600.
pub const KEY_FILE: &str = "ca.key.pem";
/// Life of a device's certificate, in days.
pub const DEVICE_DAYS: u32 = 90;

/// 2026-01-01: no authority of this product is older. A hub may make its authority before its clock is set.
const OLDEST: i64 = 1_767_225_600;
/// Life of an authority.
const CA_LIFE: Duration = Duration::days(20 * 365 + 5);
/// Longest request that is read, in bytes; ours have 400.
const LONGEST_REQUEST: usize = 8 * 1024;
/// Longest common name that RFC 5280 allows (`ub-common-name`).
const LONGEST_COMMON_NAME: usize = 64;

/// The authority with its key.
#[derive(Debug)]
pub struct Authority {
    certificate: CaCertificate,
    key: PrivateKey,
}

/// The authority's files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Disk.
    #[error("cannot use {path}; check the disk and the rights of the directory")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key.
    #[error("{path} is not usable; restore the directory from its backup")]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The certificate.
    #[error("{path} is not usable; restore the directory from its backup")]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
    /// A certificate without its key: a new one would lock every device out.
    #[error("{path} is missing though there is a certificate; restore the directory from its backup")]
    KeyMissing {
        /// The key's file.
        path: PathBuf,
    },
    /// Key and certificate of two authorities.
    #[error("key and certificate in {dir} do not belong together; restore the directory from its backup")]
    Mismatch {
        /// Where.
        dir: PathBuf,
    },
    /// The certificate was not made.
    #[error("the authority could not sign its certificate; restart and try again")]
    Sign(#[source] rcgen::Error),
    /// No random numbers.
    #[error("the system gives no random numbers ({0}); restart and try again")]
    Random(getrandom::Error),
}

/// No certificate is issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Not PKCS #10 in PEM.
    #[error("this is not a certificate signing request; update the device's firmware and enrol again")]
    NotARequest,
    /// The signature does not fit the key in it.
    #[error("the request is not signed by the key in it; remove the device's key file and enrol again")]
    NoProof,
    /// Another kind of key.
    #[error("the request's key is not on P-256; remove the device's key file and enrol again")]
    KeyKind,
    /// A server's certificate without a name.
    #[error("a server's certificate needs a host name or an address; name at least one")]
    NoName,
    /// Not a host name.
    #[error("`{0}` is not a host name; use letters, digits, hyphens and dots")]
    HostName(String),
    /// The clock shows a time without a date, or the authority is at its end.
    #[error(
        "the clock shows no time in the authority's life ({not_after}); set the clock, or renew the authority"
    )]
    Time {
        /// End of the authority, RFC 3339.
        not_after: String,
    },
    /// No random numbers.
    #[error("the system gives no random numbers ({0}); restart and try again")]
    Random(getrandom::Error),
    /// Not signed.
    #[error("the certificate could not be signed; restart and try again")]
    Sign(#[source] rcgen::Error),
}

/// Whom a certificate names.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A device that only asks others.
    Device(&'a Source, Role),
    /// A server without a name as a device.
    Server(&'a ServerNames),
    /// Both: a hub serves its hall and is a device of the central system.
    Both(&'a Source, Role, &'a ServerNames),
}

impl<'a> Subject<'a> {
    /// A device, which serves others too when it has names for that.
    pub fn of(name: &'a Source, role: Role, server: &'a ServerNames) -> Subject<'a> {
        if server.is_empty() { Subject::Device(name, role) } else { Subject::Both(name, role, server) }
    }
}

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Serial number, 32 hexadecimal digits.
    pub serial_hex: String,
    /// The certificate alone.
    pub certificate_pem: String,
    /// The certificate and its authority's, as a server presents them.
    pub chain_pem: String,
    /// Last moment of validity, ms since 1970.
    pub not_after_ms: i64,
}

impl Authority {
    /// Reads the authority in `dir`, or makes one there.
    pub fn open_or_make(dir: &Path, common_name: &str) -> Result<Authority, AuthorityError> {
        let (at_key, at_certificate) = (dir.join(KEY_FILE), dir.join(CERTIFICATE_FILE));
        let file = |path: &Path| {
            let path = path.to_owned();
            move |source| AuthorityError::File { path, source }
        };
        disk::make_dir(dir).map_err(file(dir))?;
        let certificate = disk::read(&at_certificate).map_err(file(&at_certificate))?;
        let key = match disk::read(&at_key).map_err(file(&at_key))?.map(zeroize::Zeroizing::new) {
            Some(text) => PrivateKey::from_pem(&text),
            None if certificate.is_some() => return Err(AuthorityError::KeyMissing { path: at_key }),
            None => {
                let key = PrivateKey::generate();
                if let Ok(key) = &key {
                    disk::keep(&at_key, key.pem().as_bytes()).map_err(file(&at_key))?;
                }
                key
            }
        }
        .map_err(|source| AuthorityError::Key { path: at_key, source })?;
        // After a power cut between the two files the key is there alone, and its certificate is made now.
        let text = match certificate {
            Some(text) => text,
            None => {
                let text = self_signed(&key, common_name)?;
                disk::keep(&at_certificate, text.as_bytes()).map_err(file(&at_certificate))?;
                text
            }
        };
        let certificate = CaCertificate::from_pem(&text)
            .map_err(|source| AuthorityError::Certificate { path: at_certificate, source })?;
        if !belongs(&certificate, &key) {
            return Err(AuthorityError::Mismatch { dir: dir.to_owned() });
        }
        Ok(Authority { certificate, key })
    }

    /// The public side.
    pub fn certificate(&self) -> &CaCertificate {
        &self.certificate
    }

    /// SHA-256 of the certificate's DER in hexadecimal.
    pub fn fingerprint(&self) -> String {
        self.certificate.fingerprint()
    }

    /// A certificate for a device: clientAuth, [`DEVICE_DAYS`] unless told otherwise.
    pub fn issue_device(
        &self,
        csr_pem: &str,
        name: &Source,
        role: Role,
        now_ms: i64,
        days: u32,
    ) -> Result<Issued, IssueError> {
        self.issue(csr_pem, Subject::Device(name, role), now_ms, days)
    }

    /// A certificate for a server: serverAuth.
    pub fn issue_server(
        &self,
        csr_pem: &str,
        names: &ServerNames,
        now_ms: i64,
        days: u32,
    ) -> Result<Issued, IssueError> {
        self.issue(csr_pem, Subject::Server(names), now_ms, days)
    }

    /// Signs. Of the request only the key counts, once it has proved that its owner has it; whatever
    /// names and extensions the request asks for are ignored.
    pub fn issue(
        &self,
        csr_pem: &str,
        subject: Subject<'_>,
        now_ms: i64,
        days: u32,
    ) -> Result<Issued, IssueError> {
        let key = proven_key(csr_pem)?;
        let serial = random::<16>().map_err(IssueError::Random)?;
        let (from, until) = self.life(now_ms, days)?;
        let mut params = leaf_params(subject)?;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = from;
        params.not_after = until;
        let issuer = Issuer::from_ca_cert_der(&self.certificate.der().into(), self.key.pair())
            .map_err(IssueError::Sign)?;
        let signed = params.signed_by(&key, &issuer).map_err(IssueError::Sign)?;
        let certificate_pem = pem("CERTIFICATE", signed.der());
        Ok(Issued {
            serial_hex: hex(&serial),
            chain_pem: format!("{certificate_pem}{}", self.certificate.pem()),
            certificate_pem,
            not_after_ms: until.unix_timestamp().saturating_mul(1000),
        })
    }

    /// From one day ago, because a device without a clock chip may be behind; not past the authority's end.
    fn life(&self, now_ms: i64, days: u32) -> Result<(OffsetDateTime, OffsetDateTime), IssueError> {
        let wrong = || IssueError::Time { not_after: super::text::when(self.certificate.not_after_ms()) };
        let now = OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000)).map_err(|_| wrong())?;
        let end = OffsetDateTime::from_unix_timestamp(self.certificate.not_after_ms() / 1000)
            .map_err(|_| wrong())?;
        let from = now.checked_sub(Duration::DAY).ok_or_else(wrong)?;
        let until = now.checked_add(Duration::days(i64::from(days))).ok_or_else(wrong)?.min(end);
        if until <= now { Err(wrong()) } else { Ok((from, until)) }
    }
}

fn self_signed(key: &PrivateKey, common_name: &str) -> Result<String, AuthorityError> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let now = i64::try_from(now).unwrap_or(OLDEST).max(OLDEST);
    let serial = random::<16>().map_err(AuthorityError::Random)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common(common_name));
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = OffsetDateTime::from_unix_timestamp(OLDEST).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    params.not_after =
        OffsetDateTime::from_unix_timestamp(now).unwrap_or(params.not_before).saturating_add(CA_LIFE);
    let signed = params.self_signed(key.pair()).map_err(AuthorityError::Sign)?;
    Ok(pem("CERTIFICATE", signed.der()))
}

fn belongs(certificate: &CaCertificate, key: &PrivateKey) -> bool {
    super::certificate::Leaf::from_der(certificate.der()).is_ok_and(|l| l.public_key == key.public_key())
}

/// The key of a request (RFC 2986) that was signed with it.
fn proven_key(csr_pem: &str) -> Result<SubjectPublicKeyInfo, IssueError> {
    if csr_pem.len() > LONGEST_REQUEST {
        return Err(IssueError::NotARequest);
    }
    let der = CertificateSigningRequestDer::from_pem_slice(csr_pem.as_bytes())
        .map_err(|_| IssueError::NotARequest)?;
    let (rest, request) = X509CertificationRequest::from_der(&der).map_err(|_| IssueError::NotARequest)?;
    if !rest.is_empty() {
        return Err(IssueError::NotARequest);
    }
    let key = SubjectPublicKeyInfo::from_der(request.certification_request_info.subject_pki.raw)
        .map_err(|_| IssueError::KeyKind)?;
    if key.algorithm() != &rcgen::PKCS_ECDSA_P256_SHA256 {
        return Err(IssueError::KeyKind);
    }
    request.verify_signature().map_err(|_| IssueError::NoProof)?;
    Ok(key)
}

/// SHA-256 of the key in a proven request, in hexadecimal: two requests of one key are one wish, though
/// their signatures differ.
pub fn request_key(csr_pem: &str) -> Result<String, IssueError> {
    Ok(super::text::sha256_hex(&proven_key(csr_pem)?.subject_public_key_info()))
}

fn leaf_params(subject: Subject<'_>) -> Result<CertificateParams, IssueError> {
    let (device, server) = match subject {
        Subject::Device(name, role) => (Some((name, role)), None),
        Subject::Server(names) => (None, Some(names)),
        Subject::Both(name, role, names) => (Some((name, role)), Some(names)),
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if let Some((name, role)) = device {
        params.distinguished_name.push(DnType::CommonName, common(&name.to_string()));
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        for uri in [format!("{DEVICE_URI}{name}"), format!("{ROLE_URI}{role}")] {
            params.subject_alt_names.push(SanType::URI(uri.try_into().map_err(IssueError::Sign)?));
        }
    }
    if let Some(names) = server {
        if names.is_empty() {
            return Err(IssueError::NoName);
        }
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        for dns in &names.dns {
            let wrong = || IssueError::HostName(dns.clone());
            match ServerName::try_from(dns.as_str()) {
                Ok(ServerName::DnsName(_)) => {}
                _ => return Err(wrong()),
            }
            let name = dns.as_str().try_into().map_err(|_| wrong())?;
            params.subject_alt_names.push(SanType::DnsName(name));
        }
        params.subject_alt_names.extend(names.ips.iter().map(|ip| SanType::IpAddress(*ip)));
        if device.is_none() {
            let first = names.dns.first().cloned().or_else(|| names.ips.first().map(ToString::to_string));
            params.distinguished_name.push(DnType::CommonName, common(&first.unwrap_or_default()));
        }
    }
    Ok(params)
}

/// A device name can have 81 characters. Programs read the alternative name; the subject is for people.
fn common(text: &str) -> String {
    text.chars().take(LONGEST_COMMON_NAME).collect()
}
