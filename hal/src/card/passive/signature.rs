// SPDX-License-Identifier: MIT OR Apache-2.0
//! Digests and signatures of documents and certificates: RSA (PKCS #1 v1.5 and PSS) and ECDSA, with SHA-2. SHA-1 is not
//! believed any more. Country certificates may spell their curve out in full (Doc 9303-12, 7.1); it is known by its
//! generator.

use ecdsa::signature::hazmat::PrehashVerifier;
use ecdsa::{Signature, VerifyingKey};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::{Pkcs1v15Sign, Pss, PublicKey};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::der::oid::ObjectIdentifier as Oid;

use crate::card::ber::{self, Tlv};
use crate::card::curve::{Curve, with_curve};

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    UnknownAlgorithm,
}

/// A digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// The digests' identifiers, and those of ECDSA and RSA with them.
const HASHES: [(Hash, Oid, Oid, Oid); 4] = [
    (
        Hash::Sha224,
        Oid::new_unwrap("2.16.840.1.101.3.4.2.4"),
        Oid::new_unwrap("1.2.840.10045.4.3.1"),
        Oid::new_unwrap("1.2.840.113549.1.1.14"),
    ),
    (
        Hash::Sha256,
        Oid::new_unwrap("2.16.840.1.101.3.4.2.1"),
        Oid::new_unwrap("1.2.840.10045.4.3.2"),
        Oid::new_unwrap("1.2.840.113549.1.1.11"),
    ),
    (
        Hash::Sha384,
        Oid::new_unwrap("2.16.840.1.101.3.4.2.2"),
        Oid::new_unwrap("1.2.840.10045.4.3.3"),
        Oid::new_unwrap("1.2.840.113549.1.1.12"),
    ),
    (
        Hash::Sha512,
        Oid::new_unwrap("2.16.840.1.101.3.4.2.3"),
        Oid::new_unwrap("1.2.840.10045.4.3.4"),
        Oid::new_unwrap("1.2.840.113549.1.1.13"),
    ),
];
const RSA: Oid = Oid::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: Oid = Oid::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: Oid = Oid::new_unwrap("1.2.840.113549.1.1.8");
const EC_KEY: Oid = Oid::new_unwrap("1.2.840.10045.2.1");

const CURVES: [(Curve, Oid); 5] = [
    (Curve::P256, Oid::new_unwrap("1.2.840.10045.3.1.7")),
    (Curve::P384, Oid::new_unwrap("1.3.132.0.34")),
    (Curve::P521, Oid::new_unwrap("1.3.132.0.35")),
    (Curve::BrainpoolP256r1, Oid::new_unwrap("1.3.36.3.3.2.8.1.1.7")),
    (Curve::BrainpoolP384r1, Oid::new_unwrap("1.3.36.3.3.2.8.1.1.11")),
];

/// An algorithm identifier: its object identifier and its parameters.
fn algorithm<'a>(block: &Tlv<'a>) -> Option<(&'a [u8], Option<Tlv<'a>>)> {
    let parts = ber::all(block.value).filter(|_| block.tag == 0x30)?;
    let oid = parts.first().filter(|oid| oid.tag == 0x06)?;
    Some((oid.value, parts.get(1).copied()))
}

impl Hash {
    /// Of a block that is an algorithm identifier.
    pub(super) fn of(block: &Tlv<'_>) -> Option<Hash> {
        let (oid, _) = algorithm(block)?;
        HASHES.iter().find(|(_, hash, _, _)| hash.as_bytes() == oid).map(|(hash, ..)| *hash)
    }

    pub(super) fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha224 => Sha224::digest(data).to_vec(),
            Hash::Sha256 => Sha256::digest(data).to_vec(),
            Hash::Sha384 => Sha384::digest(data).to_vec(),
            Hash::Sha512 => Sha512::digest(data).to_vec(),
        }
    }
}

/// How something was signed.
enum Scheme {
    Ecdsa(Hash),
    Pkcs1(Hash),
    Pss { hash: Hash, salt: usize },
}

/// `digest`: what a message's signer says its digest is, for identifiers that do not say it themselves.
fn scheme(block: &Tlv<'_>, digest: Option<Hash>) -> Option<Scheme> {
    let (oid, parameters) = algorithm(block)?;
    if let Some((hash, ..)) = HASHES.iter().find(|(_, _, ecdsa, _)| ecdsa.as_bytes() == oid) {
        return Some(Scheme::Ecdsa(*hash));
    }
    if let Some((hash, ..)) = HASHES.iter().find(|(_, _, _, rsa)| rsa.as_bytes() == oid) {
        return Some(Scheme::Pkcs1(*hash));
    }
    match () {
        () if oid == RSA.as_bytes() => Some(Scheme::Pkcs1(digest?)),
        () if oid == EC_KEY.as_bytes() => Some(Scheme::Ecdsa(digest?)),
        () if oid == RSA_PSS.as_bytes() => pss(&parameters?),
        () => None,
    }
}

/// RSASSA-PSS-params (RFC 4055, 3.1). What is left out means SHA-1, which is not believed.
fn pss(parameters: &Tlv<'_>) -> Option<Scheme> {
    let parts = ber::all(parameters.value)?;
    let inner = |tag| ber::first(ber::find(&parts, tag)?).map(|(block, _)| block);
    let hash = Hash::of(&inner(0xA0)?)?;
    let mgf = inner(0xA1)?;
    let (oid, of) = algorithm(&mgf)?;
    if oid != MGF1.as_bytes() || Hash::of(&of?)? != hash {
        return None;
    }
    let salt = match inner(0xA2) {
        Some(salt) => salt
            .value
            .iter()
            .try_fold(0usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))?,
        None => 20,
    };
    (salt <= 64).then_some(Scheme::Pss { hash, salt })
}

/// Whether `signature` over `message` was made with the key of `key_info` (a SubjectPublicKeyInfo).
pub(super) fn verify(
    key_info: &Tlv<'_>,
    algorithm: &Tlv<'_>,
    digest: Option<Hash>,
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    let Some(scheme) = scheme(algorithm, digest) else { return Verdict::UnknownAlgorithm };
    let verdict = match scheme {
        Scheme::Ecdsa(hash) => ecdsa_verdict(key_info, &hash.digest(message), signature),
        Scheme::Pkcs1(hash) => rsa_key(key_info).map(|key| {
            let scheme = match hash {
                Hash::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
                Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
            };
            key.verify(scheme, &hash.digest(message), signature).is_ok()
        }),
        Scheme::Pss { hash, salt } => rsa_key(key_info).map(|key| {
            let digest = hash.digest(message);
            match hash {
                Hash::Sha224 => key.verify(Pss::<Sha224>::new_with_salt(salt), &digest, signature),
                Hash::Sha256 => key.verify(Pss::<Sha256>::new_with_salt(salt), &digest, signature),
                Hash::Sha384 => key.verify(Pss::<Sha384>::new_with_salt(salt), &digest, signature),
                Hash::Sha512 => key.verify(Pss::<Sha512>::new_with_salt(salt), &digest, signature),
            }
            .is_ok()
        }),
    };
    match verdict {
        Some(true) => Verdict::Right,
        Some(false) => Verdict::Wrong,
        None => Verdict::UnknownAlgorithm,
    }
}

/// Algorithm, its parameters and the key's bits.
fn key_parts<'a>(key_info: &Tlv<'a>) -> Option<(&'a [u8], Option<Tlv<'a>>, &'a [u8])> {
    let parts = ber::all(key_info.value)?;
    let (oid, parameters) = algorithm(parts.first()?)?;
    let [0, key @ ..] = ber::find(&parts, 0x03)? else { return None };
    Some((oid, parameters, key))
}

fn rsa_key(key_info: &Tlv<'_>) -> Option<PublicKey> {
    let (oid, _, key) = key_parts(key_info)?;
    if oid != RSA.as_bytes() && oid != RSA_PSS.as_bytes() {
        return None;
    }
    PublicKey::from_pkcs1_der(key).ok()
}

fn ecdsa_verdict(key_info: &Tlv<'_>, digest: &[u8], signature: &[u8]) -> Option<bool> {
    let (oid, parameters, key) = key_parts(key_info)?;
    if oid != EC_KEY.as_bytes() {
        return None;
    }
    let curve = curve(&parameters?)?;
    Some(with_curve!(curve, C => {
        match (VerifyingKey::<C>::from_sec1_bytes(key), Signature::<C>::from_der(signature)) {
            (Ok(key), Ok(signature)) => key.verify_prehash(digest, &signature).is_ok(),
            _ => false,
        }
    }))
}

/// A curve by its name, or by the generator of its spelled-out parameters (X9.62 ECParameters). Only the generator is
/// looked at: what is computed is computed on the curve that is known here, never on one that a certificate brings along.
fn curve(parameters: &Tlv<'_>) -> Option<Curve> {
    if parameters.tag == 0x06 {
        return CURVES.iter().find(|(_, oid)| oid.as_bytes() == parameters.value).map(|(curve, _)| *curve);
    }
    let parts = ber::all(parameters.value).filter(|_| parameters.tag == 0x30)?;
    let generator = ber::find(&parts, 0x04)?;
    CURVES.iter().map(|(curve, _)| *curve).find(|curve| {
        let mut one = vec![0; curve.size()];
        if let Some(last) = one.last_mut() {
            *last = 1;
        }
        let known = curve.multiply(&one, None);
        known.is_some_and(|known| match generator.first() {
            Some(0x04) => known == generator,
            Some(0x02 | 0x03) => known.get(1..=curve.size()) == generator.get(1..),
            _ => false,
        })
    })
}

/// A certificate taken apart into what was signed, how, and the signature (RFC 5280, 4.1).
pub(super) struct SignedCertificate<'a> {
    body: Tlv<'a>,
    algorithm: Tlv<'a>,
    signature: &'a [u8],
}

impl<'a> SignedCertificate<'a> {
    pub(super) fn of(certificate: &'a [u8]) -> Option<SignedCertificate<'a>> {
        let (outer, _) = ber::first(certificate).filter(|(outer, _)| outer.tag == 0x30)?;
        let parts = ber::all(outer.value)?;
        let [body, algorithm, bits] = parts.as_slice() else { return None };
        let [0, signature @ ..] = bits.value else { return None };
        Some(SignedCertificate { body: *body, algorithm: *algorithm, signature })
    }

    /// The public key: the sixth field of the body behind its optional version.
    pub(super) fn key_info(&self) -> Option<Tlv<'a>> {
        let fields = ber::all(self.body.value)?;
        let version = usize::from(fields.first()?.tag == 0xA0);
        fields.get(version + 5).copied().filter(|info| info.tag == 0x30)
    }

    /// Whether it was signed with the key of another certificate.
    pub(super) fn verify_with(&self, issuer: &[u8]) -> Verdict {
        match SignedCertificate::of(issuer).and_then(|issuer| issuer.key_info()) {
            Some(key) => verify(&key, &self.algorithm, None, self.body.raw, self.signature),
            None => Verdict::UnknownAlgorithm,
        }
    }
}
