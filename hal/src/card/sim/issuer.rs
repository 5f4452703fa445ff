// SPDX-License-Identifier: MIT OR Apache-2.0
//! A state that issues virtual cards: a country certificate, a document signer below it, document security objects. ECDSA
//! on P-256 with SHA-256. Its keys are made at random and live as long as it does.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest, Sha256};

use crate::card::ber::tlv;
use crate::card::random;

/// ecdsa-with-SHA256.
const ECDSA_SHA256: [u8; 8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
pub(super) const SHA256: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const EC_KEY: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: [u8; 8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const KEY_USAGE: [u8; 3] = [0x55, 0x1D, 0x0F];
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1D, 0x13];
const SIGNED_DATA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
const CONTENT_TYPE: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
/// 2.23.136.1.1.1, id-icao-mrtd-security-ldsSecurityObject.
const LDS_SECURITY_OBJECT: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x01];

/// A state.
pub struct Issuer {
    country: Vec<u8>,
    signer: Vec<u8>,
    signer_key: SigningKey,
    signer_name: Vec<u8>,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Issuer")
    }
}

impl Issuer {
    /// A new one whose certificates are valid from 2020 to the end of this year (`YYYY`). `None` when the system gives no
    /// random numbers.
    pub fn new(until: u16) -> Option<Issuer> {
        let (country_key, signer_key) = (key()?, key()?);
        let country_name = name("Virtual country");
        // keyCertSign and cRLSign for the one, digitalSignature for the other.
        let ca = [extension(&BASIC_CONSTRAINTS, &tlv(0x30, &tlv(0x01, &[0xFF]))), usage(0x06, 1)].concat();
        let country = certificate(1, &country_name, &country_name, &country_key, &ca, until, &country_key);
        let signer = certificate(
            2,
            &country_name,
            &name("Virtual signer"),
            &signer_key,
            &usage(0x80, 7),
            until,
            &country_key,
        );
        Some(Issuer { country, signer, signer_key, signer_name: country_name })
    }

    /// The country certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.country
    }

    /// A document security object for these data groups.
    pub fn sign(&self, groups: &[(u8, &[u8])]) -> Option<Vec<u8>> {
        let content = lds_security_object(groups);
        let attributes = attributes(&content);
        let signature: DerSignature = self.signer_key.try_sign(&tlv(0x31, &attributes)).ok()?;
        let identifier = tlv(0x30, &[self.signer_name.clone(), tlv(0x02, &[2])].concat());
        let info = tlv(
            0x30,
            &[
                tlv(0x02, &[1]),
                identifier,
                algorithm(&SHA256),
                tlv(0xA0, &attributes),
                algorithm(&ECDSA_SHA256),
                tlv(0x04, signature.as_bytes()),
            ]
            .concat(),
        );
        let encapsulated =
            tlv(0x30, &[tlv(0x06, &LDS_SECURITY_OBJECT), tlv(0xA0, &tlv(0x04, &content))].concat());
        let signed = [
            tlv(0x02, &[3]),
            tlv(0x31, &algorithm(&SHA256)),
            encapsulated,
            tlv(0xA0, &self.signer),
            tlv(0x31, &info),
        ];
        let whole = [tlv(0x06, &SIGNED_DATA), tlv(0xA0, &tlv(0x30, &signed.concat()))].concat();
        Some(tlv(0x77, &tlv(0x30, &whole)))
    }
}

/// The list of digests that is signed (Doc 9303-10, 4.6.2.3), for other programs to sign too.
pub(super) fn lds_security_object(groups: &[(u8, &[u8])]) -> Vec<u8> {
    let digests: Vec<u8> = groups
        .iter()
        .flat_map(|(number, bytes)| {
            tlv(0x30, &[tlv(0x02, &[*number]), tlv(0x04, &Sha256::digest(bytes))].concat())
        })
        .collect();
    tlv(0x30, &[tlv(0x02, &[0]), algorithm(&SHA256), tlv(0x30, &digests)].concat())
}

fn attributes(content: &[u8]) -> Vec<u8> {
    let attribute = |oid: &[u8], value: Vec<u8>| tlv(0x30, &[tlv(0x06, oid), tlv(0x31, &value)].concat());
    [
        attribute(&CONTENT_TYPE, tlv(0x06, &LDS_SECURITY_OBJECT)),
        attribute(&MESSAGE_DIGEST, tlv(0x04, &Sha256::digest(content))),
    ]
    .concat()
}

fn key() -> Option<SigningKey> {
    let mut bytes = [0; 32];
    random(&mut bytes).ok()?;
    SigningKey::from_slice(&bytes).ok()
}

fn algorithm(oid: &[u8]) -> Vec<u8> {
    tlv(0x30, &tlv(0x06, oid))
}

fn name(common: &str) -> Vec<u8> {
    tlv(0x30, &tlv(0x31, &tlv(0x30, &[tlv(0x06, &COMMON_NAME), tlv(0x0C, common.as_bytes())].concat())))
}

fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x06, oid), tlv(0x01, &[0xFF]), tlv(0x04, value)].concat())
}

/// Key usage: the bits, and how many of their byte are not used.
fn usage(bits: u8, unused: u8) -> Vec<u8> {
    extension(&KEY_USAGE, &tlv(0x03, &[unused, bits]))
}

fn certificate(
    serial: u8,
    issuer: &[u8],
    subject: &[u8],
    key: &SigningKey,
    extensions: &[u8],
    until: u16,
    issuer_key: &SigningKey,
) -> Vec<u8> {
    let validity =
        [tlv(0x18, b"20200101000000Z"), tlv(0x18, format!("{until:04}1231235959Z").as_bytes())].concat();
    let point = key.verifying_key().to_sec1_point(false);
    let key_info = [
        tlv(0x30, &[tlv(0x06, &EC_KEY), tlv(0x06, &P256)].concat()),
        tlv(0x03, &[&[0], point.as_bytes()].concat()),
    ];
    let body = [
        tlv(0xA0, &tlv(0x02, &[2])),
        tlv(0x02, &[serial]),
        algorithm(&ECDSA_SHA256),
        issuer.to_vec(),
        tlv(0x30, &validity),
        subject.to_vec(),
        tlv(0x30, &key_info.concat()),
        tlv(0xA3, &tlv(0x30, extensions)),
    ];
    let body = tlv(0x30, &body.concat());
    let signature: DerSignature = issuer_key.sign(&body);
    tlv(0x30, &[body, algorithm(&ECDSA_SHA256), tlv(0x03, &[&[0], signature.as_bytes()].concat())].concat())
}
