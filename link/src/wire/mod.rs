// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes over the wire: names, batches, answers. `docs/link.md` is the
//! same in prose. Nothing here does I/O.

mod batch;
mod chain;
mod event;
mod problem;

pub use batch::{
    Batch, BatchError, CONTENT_TYPE, Encoding, Heading, MAX_BODY, MAX_EVENTS, MAX_INFLATED, inflate, write,
};
pub use chain::Chain;
pub(crate) use event::time_text;
pub use event::{CloudEvent, EventFault, MAX_EVENT, SPEC_VERSION, identity, read_event};
pub use problem::{PROBLEM_TYPE, Problem, ProblemKind};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Header with the sender's [`Epoch`].
pub const DEVICE_EPOCH: &str = "device-epoch";
/// Header with the first sequence number that the batch covers, decimal, from 1.
pub const FIRST_SEQ: &str = "first-seq";
/// Header with the last sequence number that the batch covers; needed where numbers were shed.
pub const LAST_SEQ: &str = "last-seq";
/// Header with the number at which this epoch begins; 1 when absent.
pub const EPOCH_START: &str = "epoch-start";
/// Header with the [`Chain`] before `First-Seq`, hexadecimal; business lane only.
pub const PRIOR_CHAIN: &str = "prior-chain";
/// Header with the sender's clock when the request left, RFC 3339 with milliseconds, UTC.
pub const SENT_AT: &str = "sent-at";

/// What a lane promises.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Never dropped: tickets, calls, ratings, configuration, audit.
    Business,
    /// Thinned out under pressure: how the device is.
    Health,
    /// A ring: the oldest go first.
    Log,
}

impl Lane {
    /// All of them, the dearest first.
    pub const ALL: [Lane; 3] = [Lane::Business, Lane::Health, Lane::Log];

    /// The sender may leave numbers out.
    pub fn sheds(self) -> bool {
        self != Lane::Business
    }

    /// As it stands in the address.
    pub fn word(self) -> &'static str {
        match self {
            Lane::Business => "business",
            Lane::Health => "health",
            Lane::Log => "log",
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Lane {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Lane, WordError> {
        Lane::ALL.into_iter().find(|l| l.word() == text).ok_or_else(|| WordError {
            what: "lane",
            text: text.chars().take(40).collect(),
            rule: "business, health or log",
        })
    }
}

/// Made at random with the sender's database: 32 hexadecimal digits. A copied card or a restored
/// back-up shows as another epoch, or as a broken [`Chain`], under one certificate.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(#[schemars(regex(pattern = r"^[0-9a-f]{32}$"))] String);

impl Epoch {
    /// A new one from 128 random bits.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn random() -> Result<Epoch, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Epoch(hex(&bits)))
    }

    /// Its 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Epoch {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Epoch, WordError> {
        let right = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        right.then(|| Epoch(text.to_owned())).ok_or_else(|| WordError {
            what: "epoch",
            text: text.chars().take(40).collect(),
            rule: "32 digits 0-9 a-f",
        })
    }
}

impl TryFrom<String> for Epoch {
    type Error = WordError;

    fn try_from(text: String) -> Result<Epoch, WordError> {
        text.parse()
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> String {
        epoch.0
    }
}

/// A device in the world: its hall and its name there, `ngo-quyen.kiosk-1`.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct Source {
    site: String,
    device: String,
}

impl Source {
    /// From its two parts.
    ///
    /// # Errors
    /// A part is not 1 to 40 small letters, digits and hyphens.
    pub fn new(site: &str, device: &str) -> Result<Source, WordError> {
        for (what, text) in [("site", site), ("device", device)] {
            let right = (1..=40).contains(&text.len())
                && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            if !right {
                let rule = "1 to 40 small letters, digits and hyphens";
                return Err(WordError { what, text: text.chars().take(40).collect(), rule });
            }
        }
        Ok(Source { site: site.to_owned(), device: device.to_owned() })
    }

    /// The hall.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The device in it.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The `source` of its events (CloudEvents 1.0: a URI reference).
    pub fn uri(&self) -> String {
        format!("/sites/{}/devices/{}", self.site, self.device)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.site, self.device)
    }
}

impl FromStr for Source {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Source, WordError> {
        match text.split_once('.') {
            Some((site, device)) => Source::new(site, device),
            None => Err(WordError {
                what: "device",
                text: text.chars().take(40).collect(),
                rule: "SITE.DEVICE, as ngo-quyen.hub",
            }),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = WordError;

    fn try_from(text: String) -> Result<Source, WordError> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> String {
        source.to_string()
    }
}

/// A name is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: it must be {rule}")]
pub struct WordError {
    /// Which name.
    pub what: &'static str,
    /// As it came, at most 40 characters.
    pub text: String,
    /// What would be right.
    pub rule: &'static str,
}

/// Where a lane stands at its receiver; one of these for each device and lane, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cursor {
    /// The epoch that is being received.
    pub epoch: Epoch,
    /// Everything up to here is held, nothing after it.
    pub acked_through: u64,
    /// Fixes every event up to `acked_through`; 64 hexadecimal digits.
    pub chain: Chain,
}

/// The answer to a batch that was taken, wholly or because it was held already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Receipt {
    /// The sender may forget everything up to here.
    pub acked_through: u64,
    /// The receiver's clock when it answered, milliseconds UTC; with `Sent-At` and the time the request took
    /// it tells the sender how far its clock is off.
    pub received_ms: i64,
    /// Events that were set aside because they cannot be read. They are covered by `acked_through`: do not
    /// send them again, tell a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantined: Vec<Quarantined>,
    /// Something waits for the device at `/v1/devices/{id}/desired` or `/commands`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waiting: bool,
}

/// An event that a receiver set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Quarantined {
    /// Its number in the lane.
    pub seq: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        let name: Source = "hall-7.kiosk-2".parse().unwrap();
        assert_eq!((name.site(), name.device()), ("hall-7", "kiosk-2"));
        assert_eq!(name.to_string(), "hall-7.kiosk-2");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"hall-7.kiosk-2\"");
        for wrong in ["", ".", "a", "a.", ".b", "a.b.c", "A.b", "a_b.c", "a b.c", "a.\u{111}"] {
            assert!(wrong.parse::<Source>().is_err(), "{wrong}");
        }
        assert!(Source::new(&"a".repeat(40), "b").is_ok());
        assert!(Source::new(&"a".repeat(41), "b").is_err());
        assert!(serde_json::from_str::<Source>("\"a.B\"").is_err());
    }
}
