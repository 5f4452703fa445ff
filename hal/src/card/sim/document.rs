// SPDX-License-Identifier: MIT OR Apache-2.0
//! The contents of a virtual card: data groups as Vietnamese cards have them.

use super::Issuer;
use super::issuer::SHA256;
use crate::card::ber::tlv;

/// The files of a card and what opens it.
#[derive(Clone)]
pub struct Document {
    pub(super) can: String,
    /// The 24 characters for basic access control.
    pub(super) mrz_key: String,
    pub(super) dg1: Vec<u8>,
    pub(super) dg13: Vec<u8>,
    pub(super) sod: Option<Vec<u8>>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Document")
    }
}

impl Document {
    /// A card with this machine-readable zone (three lines of thirty, without line ends), whose DG13 has these numbered
    /// fields, signed by the issuer. Its card access number is the last six digits of the personal number in the zone.
    /// `None` when the zone is not that long.
    pub fn new(mrz: &str, fields: &[(u8, &str)], issuer: &Issuer) -> Option<Document> {
        if mrz.len() != 90 || !mrz.is_ascii() {
            return None;
        }
        let dg1 = tlv(0x61, &tlv(0x5F1F, mrz.as_bytes()));
        let dg13 = dg13(fields);
        Some(Document {
            can: mrz[21..27].to_owned(),
            mrz_key: [&mrz[5..15], &mrz[30..37], &mrz[38..45]].concat(),
            sod: Some(issuer.sign(&[(1, &dg1), (13, &dg13)])?),
            dg1,
            dg13,
        })
    }

    /// The same with other signatures: those of another program, or none.
    #[must_use]
    pub fn with_sod(mut self, sod: Option<Vec<u8>>) -> Document {
        self.sod = sod;
        self
    }

    /// The same, signed in a way that nobody here knows: with another digest.
    #[must_use]
    pub fn signed_otherwise(mut self) -> Document {
        if let Some(sod) = &mut self.sod
            && let Some(at) = sod.windows(SHA256.len()).rposition(|window| window == SHA256)
        {
            // No digest has this number.
            sod[at + SHA256.len() - 1] = 0x7F;
        }
        self
    }

    /// The same with a data group 13 that was changed after it was signed.
    #[must_use]
    pub fn forged(mut self, fields: &[(u8, &str)]) -> Document {
        self.dg13 = dg13(fields);
        self
    }

    /// Data group 1.
    pub fn dg1(&self) -> &[u8] {
        &self.dg1
    }

    /// Data group 13.
    pub fn dg13(&self) -> &[u8] {
        &self.dg13
    }
}

fn dg13(fields: &[(u8, &str)]) -> Vec<u8> {
    let field = |(number, text): &(u8, &str)| {
        tlv(0x30, &[tlv(0x02, &[*number]), tlv(0x0C, text.as_bytes())].concat())
    };
    let fields: Vec<u8> = fields.iter().flat_map(field).collect();
    let whole = [tlv(0x02, &[1]), tlv(0x06, &[0x2A, 0x03]), tlv(0x31, &fields)].concat();
    tlv(0x6D, &tlv(0x30, &whole))
}
