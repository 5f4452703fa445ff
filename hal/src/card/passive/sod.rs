// SPDX-License-Identifier: MIT OR Apache-2.0
//! The document security object, EF.SOD (Doc 9303-10, 4.6.2): a CMS SignedData (RFC 5652) around a list of digests. Taken
//! apart by hand, because what was signed has to be taken byte for byte as it came, and because not every state sorts its
//! sets as DER wants it.

use x509_cert::der::oid::ObjectIdentifier as Oid;

use super::signature::{Hash, SignedCertificate, Verdict, verify};
use super::{Authenticity, Flaw, Unproven};
use crate::card::ber::{self, Tlv};
use crate::card::suite::same;

const SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
/// id-icao-mrtd-security-ldsSecurityObject.
const LDS_SECURITY_OBJECT: Oid = Oid::new_unwrap("2.23.136.1.1.1");
const CONTENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");

const MALFORMED: Authenticity = Authenticity::Failed(Flaw::Malformed);
const UNKNOWN: Authenticity = Authenticity::Unverified(Unproven::Algorithm);

/// A document security object.
pub(super) struct SecurityObject<'a> {
    /// The signed list of digests.
    content: &'a [u8],
    /// Certificates that came with it.
    certificates: Vec<&'a [u8]>,
    signer: Signer<'a>,
}

/// SignerInfo (RFC 5652, 5.3).
struct Signer<'a> {
    digest: Tlv<'a>,
    attributes: Tlv<'a>,
    algorithm: Tlv<'a>,
    signature: &'a [u8],
}

fn block<'a>(bytes: &'a [u8], tag: u16) -> Result<Tlv<'a>, Authenticity> {
    ber::first(bytes).filter(|(block, _)| block.tag == tag).map(|(block, _)| block).ok_or(MALFORMED)
}

fn parts<'a>(block: &Tlv<'a>) -> Result<Vec<Tlv<'a>>, Authenticity> {
    ber::all(block.value).ok_or(MALFORMED)
}

impl<'a> SecurityObject<'a> {
    pub(super) fn parse(file: &'a [u8]) -> Result<SecurityObject<'a>, Authenticity> {
        let info = parts(&block(block(file, 0x77)?.value, 0x30)?)?;
        let [kind, wrapped] = info.as_slice() else { return Err(MALFORMED) };
        if (kind.tag, kind.value) != (0x06, SIGNED_DATA.as_bytes()) || wrapped.tag != 0xA0 {
            return Err(MALFORMED);
        }
        let fields = parts(&block(wrapped.value, 0x30)?)?;
        let [_version, _digests, encapsulated, rest @ ..] = fields.as_slice() else { return Err(MALFORMED) };
        let encapsulated = parts(encapsulated)?;
        let [kind, wrapped] = encapsulated.as_slice() else { return Err(MALFORMED) };
        if kind.value != LDS_SECURITY_OBJECT.as_bytes() || wrapped.tag != 0xA0 {
            return Err(MALFORMED);
        }
        let content = block(wrapped.value, 0x04)?.value;
        let certificates = match rest.iter().find(|field| field.tag == 0xA0) {
            Some(set) => parts(set)?.iter().filter(|part| part.tag == 0x30).map(|part| part.raw).collect(),
            None => Vec::new(),
        };
        let signers = rest.iter().find(|field| field.tag == 0x31).ok_or(MALFORMED)?;
        let signer = Signer::parse(parts(signers)?.first().ok_or(MALFORMED)?)?;
        Ok(SecurityObject { content, certificates, signer })
    }

    /// Whether each data group has the digest that was signed.
    pub(super) fn check_groups(&self, groups: &[(u8, &[u8])]) -> Result<(), Authenticity> {
        let fields = parts(&block(self.content, 0x30)?)?;
        let [_version, algorithm, digests, ..] = fields.as_slice() else { return Err(MALFORMED) };
        let hash = Hash::of(algorithm).ok_or(UNKNOWN)?;
        let signed = parts(digests)?;
        for (number, bytes) in groups {
            let digest = signed.iter().find_map(|entry| {
                let parts = ber::all(entry.value)?;
                let [group, digest] = parts.as_slice() else { return None };
                (group.value == [*number]).then_some(digest.value)
            });
            if !digest.is_some_and(|digest| same(digest, &hash.digest(bytes))) {
                return Err(Authenticity::Failed(Flaw::DataGroup(*number)));
            }
        }
        Ok(())
    }

    /// Whether the list was signed by one of the certificates that came with it; gives that one.
    pub(super) fn check_signature(&self) -> Result<&'a [u8], Authenticity> {
        let hash = Hash::of(&self.signer.digest).ok_or(UNKNOWN)?;
        let attributes = parts(&self.signer.attributes)?;
        let attribute = |oid: Oid| -> Option<&[u8]> {
            attributes.iter().find_map(|attribute| {
                let parts = ber::all(attribute.value)?;
                let [kind, values] = parts.as_slice() else { return None };
                (kind.value == oid.as_bytes())
                    .then(|| ber::first(values.value))?
                    .map(|(value, _)| value.value)
            })
        };
        if attribute(CONTENT_TYPE) != Some(LDS_SECURITY_OBJECT.as_bytes()) {
            return Err(MALFORMED);
        }
        if !attribute(MESSAGE_DIGEST).is_some_and(|digest| same(digest, &hash.digest(self.content))) {
            return Err(Authenticity::Failed(Flaw::Signature));
        }
        // What was signed is the set of attributes with its own tag in place of the context's (RFC 5652, 5.4).
        let mut message = self.signer.attributes.raw.to_vec();
        if let Some(tag) = message.first_mut() {
            *tag = 0x31;
        }
        let mut unknown = false;
        for certificate in &self.certificates {
            let Some(key) = SignedCertificate::of(certificate).and_then(|certificate| certificate.key_info())
            else {
                continue;
            };
            match verify(&key, &self.signer.algorithm, Some(hash), &message, self.signer.signature) {
                Verdict::Right => return Ok(certificate),
                Verdict::Wrong => {}
                Verdict::UnknownAlgorithm => unknown = true,
            }
        }
        Err(if unknown { UNKNOWN } else { Authenticity::Failed(Flaw::Signature) })
    }
}

impl<'a> Signer<'a> {
    fn parse(info: &Tlv<'a>) -> Result<Signer<'a>, Authenticity> {
        let fields = parts(info)?;
        let [_version, _identifier, digest, attributes, algorithm, signature, ..] = fields.as_slice() else {
            return Err(MALFORMED);
        };
        if attributes.tag != 0xA0 || signature.tag != 0x04 {
            return Err(MALFORMED);
        }
        Ok(Signer {
            digest: *digest,
            attributes: *attributes,
            algorithm: *algorithm,
            signature: signature.value,
        })
    }
}
