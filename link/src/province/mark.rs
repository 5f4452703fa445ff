// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a booking is found by an identity card without keeping its number: an
//! HMAC under a key of the hall and the day. The key goes down with the
//! document and is deleted with it when the day is over, on both sides.

use crate::wire::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;

/// The key of one hall for one day.
#[derive(Clone, PartialEq, Eq)]
pub struct DayKey([u8; 32]);

impl DayKey {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn random() -> Result<DayKey, getrandom::Error> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(DayKey(bytes))
    }

    /// As it is kept and sent down.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Debug for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DayKey(…)")
    }
}

impl FromStr for DayKey {
    type Err = ();

    fn from_str(text: &str) -> Result<DayKey, ()> {
        let mut bytes = [0_u8; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(());
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = text.get(at * 2..at * 2 + 2).and_then(|d| u8::from_str_radix(d, 16).ok()).ok_or(())?;
        }
        Ok(DayKey(bytes))
    }
}

/// Twelve digits.
pub fn is_id_number(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The mark of an identity number in a hall on a day, 64 hexadecimal digits.
pub fn mark(key: &DayKey, site: &str, day: &str, id_number: &str) -> String {
    marked(key, ["motcua booking card v1", site, day, id_number])
}

/// The mark by which a hall counts the numbers of a person on a day, under a key of its own: it fits no booking's.
pub fn person_mark(key: &DayKey, site: &str, day: &str, id_number: &str) -> String {
    marked(key, ["motcua person v1", site, day, id_number])
}

fn marked(key: &DayKey, parts: [&str; 4]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key.0).unwrap_or_else(|_| unreachable_key());
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    hex(&mac.finalize().into_bytes())
}

/// HMAC takes keys of every length.
fn unreachable_key() -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new(&Default::default())
}
