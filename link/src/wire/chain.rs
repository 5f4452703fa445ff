// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hash chain over what identifies the events of a lane. It tells a restored
//! back-up, which uses numbers a second time for other events, from a batch that
//! is merely sent again. It does not cover the events' data, so that a newer
//! program may word an old event differently without breaking it.

use super::{WordError, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// `chain(n) = SHA-256(chain(n-1) · id · 0x0A · type · 0x0A · time · 0x0A)`, each text as it stands in
/// the event; `chain(Epoch-Start - 1)` is 32 zero bytes. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Chain([u8; 32]);

impl Chain {
    /// Before the first event of an epoch.
    pub const START: Chain = Chain([0; 32]);

    /// With one event more.
    #[must_use]
    pub fn then(&self, id: &str, kind: &str, time: &str) -> Chain {
        let mut sha = Sha256::new();
        sha.update(self.0);
        for text in [id, kind, time] {
            sha.update(text.as_bytes());
            sha.update(b"\n");
        }
        Chain(sha.finalize().into())
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for Chain {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Chain, WordError> {
        let wrong =
            || WordError { what: "chain", text: text.chars().take(40).collect(), rule: "64 digits 0-9 a-f" };
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong());
        }
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Chain(out))
    }
}

impl TryFrom<String> for Chain {
    type Error = WordError;

    fn try_from(text: String) -> Result<Chain, WordError> {
        text.parse()
    }
}

impl From<Chain> for String {
    fn from(chain: Chain) -> String {
        chain.to_string()
    }
}

impl schemars::JsonSchema for Chain {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Chain".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with sha256sum, so that another receiver can check its own.
    #[test]
    fn the_example_of_the_document() {
        let one = Chain::START.then("a/1", "motcua.day.opened.v1", "2026-11-23T00:30:00.000Z");
        assert_eq!(one.to_string(), EXAMPLE);
        assert_eq!(EXAMPLE.parse(), Ok(one));
        assert_ne!(one, Chain::START.then("a/1", "motcua.day.opened.v1", "2026-11-23T00:30:00.001Z"));
    }

    const EXAMPLE: &str = "dbf668f94eb34ef210f6199c3e96e47bde106164673771d8d0902b562a535bc6";

    #[test]
    fn what_is_no_chain_is_refused() {
        for text in ["", "00", &"g".repeat(64), &"A".repeat(64), &"0".repeat(65), &"+1".repeat(32)] {
            assert!(text.parse::<Chain>().is_err(), "{text}");
        }
    }
}
