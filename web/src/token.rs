// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random tokens and digests, as hexadecimal digits.

use sha2::{Digest, Sha256};

/// 256 random bits.
///
/// # Errors
/// The system gives no random numbers.
pub fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// The digest of a text.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Tells texts apart: the first 16 digits of the digest.
pub fn short_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).chars().take(16).collect()
}

/// Equal; compared as digests, so that the time taken tells nothing.
pub fn same(a: &str, b: &str) -> bool {
    sha256(a) == sha256(b)
}

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
