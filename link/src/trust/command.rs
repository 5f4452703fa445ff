// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signed commands for devices: Ed25519 (RFC 8032) by the central system or a
//! hub, so that whatever carries a command cannot make one. A command ends after
//! minutes: last week's restart must not run today. What a command does, and
//! which were done, is known elsewhere.
//!
//! Signed is this byte string, numbers big-endian, texts in UTF-8:
//! `"motcua command 1\0"`, the id (16 bytes), issued and expires (8 bytes each,
//! ms since 1970), then device, kind and body, each after its length (4 bytes).
//! The body is signed, kept and sent as the text it was written as; JSON that is
//! read and written again may have other bytes.

use super::disk;
use super::text::{random, when};
use crate::wire::Source;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The signer's key inside its directory, mode 0600.
pub const KEY_FILE: &str = "commands.key";
/// Life of a command unless told otherwise, in ms: 10 minutes.
pub const LIFE_MS: i64 = 10 * 60_000;
/// How far a device's clock may be behind the signer's, in ms: 2 minutes.
pub const AHEAD_MS: i64 = 2 * 60_000;

const DOMAIN: &[u8] = b"motcua command 1\0";

/// Signs commands.
pub struct Signer {
    key: SigningKey,
}

/// Checks commands; text form is base64 of its 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandKey {
    key: VerifyingKey,
}

/// A command with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCommand {
    /// Made once; a repeated command has the same.
    pub id: Uuid,
    /// Who is to do it.
    pub device: Source,
    /// What to do, for example `restart`.
    pub kind: String,
    /// The details, JSON as a text, exactly as it was signed.
    pub body: String,
    /// When it was signed, ms since 1970.
    pub issued_ms: i64,
    /// When it ends, ms since 1970.
    pub expires_ms: i64,
    /// Ed25519, base64url without padding.
    pub signature: String,
}

/// A command that may be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// Made once; remember it as done until [`Verified::expires_ms`].
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// The details.
    pub body: serde_json::Value,
    /// After this the id need not be remembered, ms since 1970.
    pub expires_ms: i64,
}

/// A signing key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Disk.
    #[error("cannot use {path}; check the disk and the rights of the directory")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a key.
    #[error("{path} holds no signing key; restore it from its backup")]
    NotAKey {
        /// Which.
        path: PathBuf,
    },
    /// Not a public key.
    #[error("this is not a public key for commands; copy the 44 characters of base64 again")]
    NotPublic,
    /// No random numbers.
    #[error("the system gives no random numbers ({0}); restart and try again")]
    Random(getrandom::Error),
}

/// A command is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefusal {
    /// Changed, or of somebody else.
    #[error(
        "the command is not signed by the key this device knows; give the device its configuration again"
    )]
    BadSignature,
    /// Of another device.
    #[error("the command is for {meant}; send it to this device by its own name")]
    NotForThisDevice {
        /// Who is to do it.
        meant: Source,
    },
    /// Done before.
    #[error("the command was done already; send a new one to have it done again")]
    AlreadyDone,
    /// Too late.
    #[error("the command ended at {}; check the device's clock, or send it again", when(*.when_ms))]
    Expired {
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Too early.
    #[error("the command was signed at {}, later than this device's clock shows; set the clock", when(*.when_ms))]
    FromTheFuture {
        /// When, ms since 1970.
        when_ms: i64,
    },
    /// Signed nonsense.
    #[error("the command's body is not JSON; update the system that sent it")]
    NotJson,
}

impl CommandRefusal {
    /// Stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            CommandRefusal::BadSignature => "command-bad-signature",
            CommandRefusal::NotForThisDevice { .. } => "command-not-for-this-device",
            CommandRefusal::AlreadyDone => "command-already-done",
            CommandRefusal::Expired { .. } => "command-expired",
            CommandRefusal::FromTheFuture { .. } => "command-from-the-future",
            CommandRefusal::NotJson => "command-not-json",
        }
    }
}

impl Signer {
    /// Reads the key in `dir`, or makes one there.
    pub fn open_or_make(dir: &Path) -> Result<Signer, SignerError> {
        let path = dir.join(KEY_FILE);
        let file = |source| SignerError::File { path: path.clone(), source };
        disk::make_dir(dir).map_err(file)?;
        let seed = match disk::read(&path).map_err(file)?.map(Zeroizing::new) {
            Some(text) => bytes_of(&text).ok_or_else(|| SignerError::NotAKey { path: path.clone() })?,
            None => {
                let seed = Zeroizing::new(random::<32>().map_err(SignerError::Random)?);
                let text = Zeroizing::new(STANDARD.encode(seed.as_slice()));
                disk::keep(&path, text.as_bytes()).map_err(file)?;
                seed
            }
        };
        Ok(Signer { key: SigningKey::from_bytes(&seed) })
    }

    /// What devices check with.
    pub fn public(&self) -> CommandKey {
        CommandKey { key: self.key.verifying_key() }
    }

    /// Signs a command. `body` is kept as the text that it becomes here; `life_ms` is [`LIFE_MS`] unless
    /// there is a reason.
    pub fn sign(
        &self,
        id: Uuid,
        device: &Source,
        kind: &str,
        body: &serde_json::Value,
        issued_ms: i64,
        life_ms: i64,
    ) -> SignedCommand {
        let mut command = SignedCommand {
            id,
            device: device.clone(),
            kind: kind.to_owned(),
            body: body.to_string(),
            issued_ms,
            expires_ms: issued_ms.saturating_add(life_ms),
            signature: String::new(),
        };
        let signature = self.key.sign(&signed_bytes(&command));
        command.signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        command
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, hidden)", self.public())
    }
}

impl fmt::Display for CommandKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.key.to_bytes()))
    }
}

impl FromStr for CommandKey {
    type Err = SignerError;

    fn from_str(text: &str) -> Result<CommandKey, SignerError> {
        let bytes = bytes_of(text).ok_or(SignerError::NotPublic)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| SignerError::NotPublic)?;
        if key.is_weak() { Err(SignerError::NotPublic) } else { Ok(CommandKey { key }) }
    }
}

impl SignedCommand {
    /// Whether `device` does this now. `already_seen` says that its id was done; ask for it by the id.
    pub fn verify(
        &self,
        public: &CommandKey,
        device: &Source,
        now_ms: i64,
        already_seen: bool,
    ) -> Result<Verified, CommandRefusal> {
        // The signature first: nothing else of a forged command is worth a reason.
        let bytes = URL_SAFE_NO_PAD.decode(&self.signature).map_err(|_| CommandRefusal::BadSignature)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| CommandRefusal::BadSignature)?;
        public
            .key
            .verify_strict(&signed_bytes(self), &signature)
            .map_err(|_| CommandRefusal::BadSignature)?;
        if self.device != *device {
            return Err(CommandRefusal::NotForThisDevice { meant: self.device.clone() });
        }
        // Before the time: who repeats a command because its answer was lost wants to hear this.
        if already_seen {
            return Err(CommandRefusal::AlreadyDone);
        }
        if self.issued_ms > now_ms.saturating_add(AHEAD_MS) {
            return Err(CommandRefusal::FromTheFuture { when_ms: self.issued_ms });
        }
        if now_ms >= self.expires_ms {
            return Err(CommandRefusal::Expired { when_ms: self.expires_ms });
        }
        let body = serde_json::from_str(&self.body).map_err(|_| CommandRefusal::NotJson)?;
        Ok(Verified { id: self.id, kind: self.kind.clone(), body, expires_ms: self.expires_ms })
    }
}

/// The byte string of the module's description.
fn signed_bytes(command: &SignedCommand) -> Vec<u8> {
    let mut out = DOMAIN.to_vec();
    out.extend(command.id.as_bytes());
    out.extend(command.issued_ms.to_be_bytes());
    out.extend(command.expires_ms.to_be_bytes());
    for text in [command.device.to_string().as_str(), &command.kind, &command.body] {
        // No text of 4 GiB comes through any interface; one that did would not be signed as a shorter one.
        out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend(text.as_bytes());
    }
    out
}

fn bytes_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_795_000_000_000;

    fn name(text: &str) -> Source {
        text.parse().unwrap()
    }

    fn signed() -> (CommandKey, SignedCommand) {
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::open_or_make(dir.path()).unwrap();
        assert_eq!(Signer::open_or_make(dir.path()).unwrap().public(), signer.public());
        let body = json!({"reason": "c\u{1ead}p nh\u{1ead}t", "in_s": 5});
        let command = signer.sign(Uuid::from_u128(7), &name("h.k"), "restart", &body, NOW, LIFE_MS);
        let text = serde_json::to_string(&command).unwrap();
        (signer.public(), serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn a_command_is_done_once_by_its_device_in_its_time() {
        let (key, c) = signed();
        let key: CommandKey = key.to_string().parse().unwrap();
        let done = c.verify(&key, &name("h.k"), NOW + 1000, false).unwrap();
        assert_eq!((done.kind.as_str(), &done.body["in_s"]), ("restart", &json!(5)));
        let refused = |device: &str, now, seen| c.verify(&key, &name(device), now, seen).unwrap_err().code();
        assert_eq!(refused("h.other", NOW, false), "command-not-for-this-device");
        assert_eq!(refused("h.k", NOW, true), "command-already-done");
        assert_eq!(refused("h.k", NOW + LIFE_MS, true), "command-already-done");
        assert_eq!(refused("h.k", NOW + LIFE_MS, false), "command-expired");
        assert_eq!(refused("h.k", NOW - AHEAD_MS - 1, false), "command-from-the-future");
        assert!(c.verify(&key, &name("h.k"), NOW - AHEAD_MS, false).is_ok());
    }

    #[test]
    fn a_change_in_any_field_breaks_the_signature() {
        let (key, good) = signed();
        let changes: [fn(&mut SignedCommand); 8] = [
            |c| c.id = Uuid::from_u128(8),
            |c| c.device = name("h.k2"),
            |c| c.kind.push('x'),
            |c| c.body.push(' '),
            |c| c.issued_ms += 1,
            |c| c.expires_ms += 1,
            |c| c.signature.replace_range(0..1, if c.signature.starts_with('A') { "B" } else { "A" }),
            // The same bytes, cut elsewhere between kind and body.
            |c| {
                let moved = c.body.remove(0);
                c.kind.push(moved);
            },
        ];
        for (i, change) in changes.iter().enumerate() {
            let mut bad = good.clone();
            change(&mut bad);
            let refusal = bad.verify(&key, &bad.device.clone(), NOW, false);
            assert_eq!(refusal, Err(CommandRefusal::BadSignature), "{i}");
        }
        let (other, _) = signed();
        assert_eq!(good.verify(&other, &name("h.k"), NOW, false), Err(CommandRefusal::BadSignature));
        let mut empty = good;
        empty.signature.clear();
        assert_eq!(empty.verify(&key, &name("h.k"), NOW, false), Err(CommandRefusal::BadSignature));
    }

    #[test]
    fn the_key_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::open_or_make(dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join(KEY_FILE)).unwrap();
        assert!(!format!("{signer:?}").contains(text.trim()));
        assert!("nonsense".parse::<CommandKey>().is_err());
    }
}
