// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one-time token that buys a device its first certificate, and the ticket
//! of enrolment that carries it: one line of text, in a QR code or a file.

use super::certificate::ServerNames;
use super::name::Role;
use super::text::{random, sha256_hex, when};
use crate::wire::{Source, WordError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a token: 160 bits.
const BYTES: usize = 20;
/// Characters of a token, 5 bits each, without hyphens.
const DIGITS: usize = 32;
/// Douglas Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How a ticket begins.
const SCHEME: &str = "motcua:enrol?";
/// Longest ticket that is read, in bytes; a QR code holds more.
const LONGEST_TICKET: usize = 1024;

/// A one-time token. Whoever has it can enrol one device, so Debug does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<[u8; BYTES]>);

/// All that an authority keeps of a token: SHA-256 of its 20 bytes, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenDigest(pub String);

/// Not a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too short or too long.
    #[error("a token has 32 letters and digits, this has {0}; type it again as it is printed")]
    Length(usize),
    /// A character that no token has.
    #[error("`{0}` is in no token; type it again as it is printed")]
    Character(char),
}

impl Token {
    /// A fresh token from 160 random bits.
    pub fn generate() -> Result<Token, getrandom::Error> {
        Ok(Token(Zeroizing::new(random()?)))
    }

    /// Eight groups of four, for paper.
    pub fn text(&self) -> Zeroizing<String> {
        let mut out = String::with_capacity(DIGITS + DIGITS / 4);
        let (mut bits, mut held) = (0_u32, 0);
        for byte in self.0.iter() {
            bits = bits << 8 | u32::from(*byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                if out.len() % 5 == 4 {
                    out.push('-');
                }
                let digit = ALPHABET[(bits >> held & 31) as usize];
                out.push(char::from(digit));
            }
        }
        Zeroizing::new(out)
    }

    /// What an authority keeps.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(sha256_hex(self.0.as_slice()))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    /// Case, hyphens and spaces do not count; I and L are read as 1, O as 0.
    fn from_str(text: &str) -> Result<Token, TokenError> {
        let mut digits = Zeroizing::new(Vec::with_capacity(DIGITS));
        for c in text.chars().filter(|c| *c != '-' && !c.is_whitespace()) {
            let plain = match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let value = ALPHABET.iter().position(|a| char::from(*a) == plain);
            digits.push(value.and_then(|v| u8::try_from(v).ok()).ok_or(TokenError::Character(c))?);
        }
        if digits.len() != DIGITS {
            return Err(TokenError::Length(digits.len()));
        }
        let mut bytes = Zeroizing::new([0_u8; BYTES]);
        for (out, eight) in bytes.chunks_exact_mut(5).zip(digits.chunks_exact(8)) {
            let mut value = eight.iter().fold(0_u64, |sum, d| sum << 5 | u64::from(*d)).to_be_bytes();
            out.copy_from_slice(&value[3..]);
            value.zeroize();
        }
        Ok(Token(bytes))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Everything a device needs to enrol:
/// `motcua:enrol?u=<https url>&f=<authority's SHA-256>&d=<site.device>&t=<token>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentTicket {
    /// Base address of the hub or central system, `https://host[:port][/path]`.
    url: String,
    /// SHA-256 of the authority's certificate, 64 small hexadecimal digits.
    fingerprint: String,
    /// Name that the device will have.
    device: Source,
    token: Token,
}

/// Not a ticket of enrolment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Another QR code.
    #[error("this is not a ticket of enrolment; scan the one that begins with motcua:enrol")]
    NotATicket,
    /// A part is missing.
    #[error("the ticket of enrolment has no `{0}`; scan the whole code, or make a new ticket")]
    Missing(char),
    /// A part stands twice.
    #[error("the ticket of enrolment has `{0}` twice; make a new ticket")]
    Twice(char),
    /// Not an address.
    #[error("`{0}` is not an https address of a hub or a central system; make a new ticket")]
    Url(String),
    /// Not a fingerprint.
    #[error("the authority's fingerprint is not 64 hexadecimal digits; make a new ticket")]
    Fingerprint,
    /// Not a name.
    #[error("the ticket names no device; make a new ticket")]
    Device(#[source] WordError),
    /// Not a token.
    #[error("the ticket's token is damaged; scan again, or make a new ticket")]
    Token(#[source] TokenError),
}

impl EnrolmentTicket {
    /// Checks address and fingerprint.
    pub fn new(url: &str, fingerprint: &str, device: Source, token: Token) -> Result<Self, TicketError> {
        let url = url.trim_end_matches('/').to_owned();
        if !is_base_url(&url) {
            return Err(TicketError::Url(url));
        }
        let fingerprint = fingerprint.to_ascii_lowercase();
        if fingerprint.len() != 64 || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(TicketError::Fingerprint);
        }
        Ok(EnrolmentTicket { url, fingerprint, device, token })
    }

    /// The line for QR code and file; it holds the token.
    pub fn line(&self) -> Zeroizing<String> {
        let EnrolmentTicket { url, fingerprint, device, token } = self;
        Zeroizing::new(format!("{SCHEME}u={url}&f={fingerprint}&d={device}&t={}", token.text().as_str()))
    }

    /// Base address, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// SHA-256 of the authority's certificate, hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Name that the device will have.
    pub fn device(&self) -> &Source {
        &self.device
    }

    /// The token.
    pub fn token(&self) -> &Token {
        &self.token
    }
}

impl FromStr for EnrolmentTicket {
    type Err = TicketError;

    /// Parts stand in any order; parts of later versions are passed over.
    fn from_str(text: &str) -> Result<EnrolmentTicket, TicketError> {
        let text = text.trim();
        let rest = text.strip_prefix(SCHEME).filter(|_| text.len() <= LONGEST_TICKET);
        let mut found: [(char, Option<&str>); 4] = [('u', None), ('f', None), ('d', None), ('t', None)];
        for part in rest.ok_or(TicketError::NotATicket)?.split('&') {
            let Some((key, value)) = part.split_once('=') else {
                continue;
            };
            for (name, slot) in &mut found {
                if key.len() == 1 && key.starts_with(*name) && slot.replace(value).is_some() {
                    return Err(TicketError::Twice(*name));
                }
            }
        }
        let [url, fingerprint, device, token] =
            found.map(|(name, slot)| slot.ok_or(TicketError::Missing(name)));
        let device = device?.parse().map_err(TicketError::Device)?;
        let token = token?.parse().map_err(TicketError::Token)?;
        EnrolmentTicket::new(url?, fingerprint?, device, token)
    }
}

/// `https://`, a host, perhaps a port and a path; nothing that would need an escape inside a ticket.
fn is_base_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or_default();
    !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]/_~".contains(&b))
}

/// What an authority keeps of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// Key of the record.
    pub digest: TokenDigest,
    /// Device that the token is for.
    pub name: Source,
    /// Role that the device gets.
    pub role: Role,
    /// Under which names the device serves others; a hub does.
    #[serde(default)]
    pub server: ServerNames,
    /// End of the token's life, ms since 1970.
    pub expires_ms: i64,
    /// When it bought a certificate, ms since 1970.
    pub used_at_ms: Option<i64>,
}

/// A token buys nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Never given, or removed.
    #[error("this token is not known here; check it, or make a new ticket of enrolment")]
    Unknown,
    /// It bought a certificate already.
    #[error(
        "this token was used at {}; if that was not this device, revoke its certificate; make a new ticket",
        when(*.when_ms)
    )]
    Used {
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Too late.
    #[error("this token ended at {}, because its time was over or a newer ticket took its place; make a new ticket", when(*.when_ms))]
    Expired {
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Of another device.
    #[error("this token is for {meant}, not for {claimed}; use the ticket of this device")]
    OtherDevice {
        /// Device that the token is for.
        meant: Source,
        /// Device that came with it.
        claimed: Source,
    },
}

impl TokenRefusal {
    /// Stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            TokenRefusal::Unknown => "token-unknown",
            TokenRefusal::Used { .. } => "token-used",
            TokenRefusal::Expired { .. } => "token-expired",
            TokenRefusal::OtherDevice { .. } => "token-other-device",
        }
    }
}

/// Whether a token may buy the claimed device its certificate now.
pub fn check(record: Option<&TokenRecord>, claimed: &Source, now_ms: i64) -> Result<(), TokenRefusal> {
    let record = record.ok_or(TokenRefusal::Unknown)?;
    if record.name != *claimed {
        return Err(TokenRefusal::OtherDevice { meant: record.name.clone(), claimed: claimed.clone() });
    }
    if let Some(when_ms) = record.used_at_ms {
        return Err(TokenRefusal::Used { when_ms });
    }
    if now_ms >= record.expires_ms {
        return Err(TokenRefusal::Expired { when_ms: record.expires_ms });
    }
    Ok(())
}
