// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the provincial system knows and a hall needs: the catalogue of
//! procedures, the bookings of the next days, the state of dossiers. One
//! document of each kind for a hall (the catalogue is one for the province),
//! always whole, in versions. Read and checked here by both sides, so that a
//! hall refuses in the words in which the central would have.
//!
//! Nobody's name, number or address stands in them. An identity card is known
//! again by [`mark`], under a key that dies with the day.

mod bookings;
mod catalogue;
mod dossiers;
mod fault;
#[cfg(feature = "input")]
pub mod input;
mod mark;
mod read;

pub use bookings::{Booking, BookingDay, Bookings};
pub use catalogue::{Catalogue, Field, Form, Online, Paper, Procedure, Reception, Words};
pub use dossiers::{Dossier, Dossiers, Status};
pub use fault::{Entry, Fault, Said, What, faults_text, faults_text_in};
pub use mark::{DayKey, is_id_number, mark, person_mark};
pub use read::{Check, Item, LARGEST, Listed, MOST_FAULTS, Spot, Strictness, items, only};

use crate::wire::hex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Read;
use std::str::FromStr;

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Procedures; one for the province.
    Catalogue,
    /// Bookings of a hall for the next days.
    Bookings,
    /// Dossiers that a hall took in.
    Dossiers,
}

impl Kind {
    /// All.
    pub const ALL: [Kind; 3] = [Kind::Catalogue, Kind::Bookings, Kind::Dossiers];

    /// As it stands in addresses and files.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Catalogue => "catalogue",
            Kind::Bookings => "bookings",
            Kind::Dossiers => "dossiers",
        }
    }

    /// What a document of it calls itself.
    pub fn format(self) -> &'static str {
        match self {
            Kind::Catalogue => "motcua.catalogue.v1",
            Kind::Bookings => "motcua.bookings.v1",
            Kind::Dossiers => "motcua.dossiers.v1",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Kind, String> {
        let known = Kind::ALL.into_iter().find(|k| k.word() == word);
        known.ok_or_else(|| format!("`{word}` is no document; there are catalogue, bookings and dossiers"))
    }
}

/// A document that a hall should have, by the long poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which.
    pub name: Kind,
    /// From 1, for each hall and kind.
    pub version: u64,
    /// Hexadecimal SHA-256 of the text.
    pub digest: String,
    /// Length of the text.
    pub bytes: u64,
}

/// Hexadecimal SHA-256 of a text.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Packs a text (zstd), as it is kept and sent.
///
/// # Errors
/// The system's.
pub fn pack(text: &str) -> std::io::Result<Vec<u8>> {
    zstd::encode_all(text.as_bytes(), 9)
}

/// Unpacks a text of at most [`LARGEST`] bytes.
///
/// # Errors
/// Not packed, longer, or not UTF-8.
pub fn unpack(packed: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    let limit = LARGEST as u64 + 1;
    zstd::Decoder::new(packed)?.take(limit).read_to_string(&mut text)?;
    if text.len() > LARGEST {
        return Err(std::io::Error::other(format!("the document has more than {LARGEST} bytes")));
    }
    Ok(text)
}

/// A document of any kind, read and checked.
#[derive(Clone, Debug)]
pub enum Document {
    /// Procedures.
    Catalogue(Catalogue),
    /// Bookings.
    Bookings(Bookings),
    /// Dossiers.
    Dossiers(Dossiers),
}

impl Document {
    /// Reads a text that came down to `site`.
    ///
    /// # Errors
    /// What is wrong with it, with lines and fields.
    pub fn read(kind: Kind, site: &str, text: &str) -> Result<Document, Vec<Fault>> {
        match kind {
            Kind::Catalogue => Catalogue::read(text, Strictness::Tolerant).map(Document::Catalogue),
            Kind::Bookings => Bookings::read(text, site).map(Document::Bookings),
            Kind::Dossiers => Dossiers::read(text, site).map(Document::Dossiers),
        }
    }

    /// Procedures, bookings or dossiers in it.
    pub fn count(&self) -> usize {
        match self {
            Document::Catalogue(c) => c.procedures.len(),
            Document::Bookings(b) => b.days.iter().map(|d| d.bookings.len()).sum(),
            Document::Dossiers(d) => d.dossiers.len(),
        }
    }
}

#[cfg(test)]
mod tests;
