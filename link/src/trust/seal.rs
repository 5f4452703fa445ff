// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealing what only the receiver may read, for example an ID number on its way
//! to the central system: HPKE (RFC 9180), base mode, DHKEM(X25519,
//! HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. Each message has a key of its
//! own; a thief of a device's disk can open none that it sent. Base mode says
//! nothing about the sender: who sent it is known from the connection.

use super::disk;
use super::text::{random, sha256_hex};
use crate::data::Sealed;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// The receiver's key inside its directory, mode 0600.
pub const KEY_FILE: &str = "sealing.key";

type Suite = X25519HkdfSha256;
type Secret = <Suite as Kem>::PrivateKey;
type Public = <Suite as Kem>::PublicKey;

/// The receiver's key.
pub struct SealingKey {
    secret: Secret,
    public: SealingPublic,
}

/// The receiver's public key; text form is base64 of its 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingPublic {
    key: Public,
    id: String,
}

/// A sealing key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeyError {
    /// Disk.
    #[error("cannot use {path}; check the disk and the rights of the directory")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a key.
    #[error("{path} holds no sealing key; restore it from its backup, or what was sealed for it is lost")]
    NotAKey {
        /// Which.
        path: PathBuf,
    },
    /// Not a public key.
    #[error("this is not a public sealing key; copy the 44 characters of base64 again")]
    NotPublic,
    /// No random numbers.
    #[error("the system gives no random numbers ({0}); restart and try again")]
    Random(getrandom::Error),
}

/// Nothing is sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No random numbers.
    #[error("the system gives no random numbers ({0}); restart the device and try again")]
    Random(getrandom::Error),
    /// The public key is good for nothing.
    #[error("the receiver's sealing key is not usable; fetch the configuration again")]
    Key,
}

/// A message does not open.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// For another key.
    #[error(
        "sealed for key {sealed_for}, but the key here is {here}; let the device fetch its configuration"
    )]
    OtherKey {
        /// Id in the message.
        sealed_for: String,
        /// Id of the key here.
        here: String,
    },
    /// Not base64url, or of a wrong length.
    #[error("the sealed message is damaged; let the device send it again")]
    Damaged,
    /// Changed on its way, or for another purpose.
    #[error("the sealed message does not open for this purpose; it was changed on its way")]
    Refused,
}

impl SealingKey {
    /// A fresh key.
    pub fn generate() -> Result<SealingKey, SealingKeyError> {
        let seed = Zeroizing::new(random::<32>().map_err(SealingKeyError::Random)?);
        let (secret, key) = Suite::derive_keypair(seed.as_slice());
        Ok(SealingKey { secret, public: SealingPublic::new(key) })
    }

    /// Reads the key in `dir`, or makes one there.
    pub fn open_or_make(dir: &Path) -> Result<SealingKey, SealingKeyError> {
        let path = dir.join(KEY_FILE);
        let file = |source| SealingKeyError::File { path: path.clone(), source };
        disk::make_dir(dir).map_err(file)?;
        match disk::read(&path).map_err(file)?.map(Zeroizing::new) {
            Some(text) => decode(&STANDARD, text.trim())
                .and_then(|bytes| SealingKey::from_bytes(&bytes))
                .ok_or(SealingKeyError::NotAKey { path }),
            None => {
                let made = SealingKey::generate()?;
                let bytes = Zeroizing::new(made.secret.to_bytes().to_vec());
                let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
                disk::keep(&path, text.as_bytes()).map_err(file)?;
                Ok(made)
            }
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<SealingKey> {
        let secret = Secret::from_bytes(bytes).ok()?;
        let public = SealingPublic::new(Suite::sk_to_pk(&secret));
        Some(SealingKey { secret, public })
    }

    /// The public side, for those who seal.
    pub fn public(&self) -> &SealingPublic {
        &self.public
    }

    /// Opens a message; `context` and `aad` must be those it was sealed with.
    pub fn open(&self, context: &str, aad: &[u8], sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if sealed.key != self.public.id {
            let (sealed_for, here) = (sealed.key.clone(), self.public.id.clone());
            return Err(OpenError::OtherKey { sealed_for, here });
        }
        let enc = decode(&URL_SAFE_NO_PAD, &sealed.enc).ok_or(OpenError::Damaged)?;
        let enc = <Suite as Kem>::EncappedKey::from_bytes(&enc).map_err(|_| OpenError::Damaged)?;
        let text = decode(&URL_SAFE_NO_PAD, &sealed.text).ok_or(OpenError::Damaged)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(
            &OpModeR::Base,
            &self.secret,
            &enc,
            context.as_bytes(),
            &text,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Refused)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, hidden)", self.public.id)
    }
}

impl SealingPublic {
    fn new(key: Public) -> SealingPublic {
        let id = sha256_hex(&key.to_bytes()).chars().take(16).collect();
        SealingPublic { key, id }
    }

    /// First 8 bytes of the key's SHA-256, in hexadecimal.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for SealingPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.key.to_bytes()))
    }
}

impl fmt::Debug for SealingPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingPublic({})", self.id)
    }
}

impl FromStr for SealingPublic {
    type Err = SealingKeyError;

    fn from_str(text: &str) -> Result<SealingPublic, SealingKeyError> {
        let bytes = decode(&STANDARD, text.trim()).ok_or(SealingKeyError::NotPublic)?;
        Public::from_bytes(&bytes).map(SealingPublic::new).map_err(|_| SealingKeyError::NotPublic)
    }
}

/// Seals a message. `context` names the purpose (HPKE `info`), `aad` is what stands beside the message in
/// the clear; both must be given again to open it.
pub fn seal(
    public: &SealingPublic,
    context: &str,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Sealed, SealError> {
    let mut drawn = Drawn { bytes: Zeroizing::new(random().map_err(SealError::Random)?), used: 0 };
    let (enc, text) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Suite>(
        &OpModeS::Base,
        &public.key,
        context.as_bytes(),
        plaintext,
        aad,
        &mut drawn,
    )
    .map_err(|_| SealError::Key)?;
    if drawn.used > DRAWN {
        return Err(SealError::Key);
    }
    Ok(Sealed {
        key: public.id.clone(),
        enc: URL_SAFE_NO_PAD.encode(enc.to_bytes()),
        text: URL_SAFE_NO_PAD.encode(text),
    })
}

fn decode(engine: &impl base64::Engine, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    engine.decode(text).ok().map(Zeroizing::new)
}

/// Random bytes drawn beforehand: `hpke` wants a generator that cannot fail, and the system's can. One
/// encapsulation on X25519 takes 32 bytes; whoever takes more than there are gets no message.
const DRAWN: usize = 64;

struct Drawn {
    bytes: Zeroizing<[u8; DRAWN]>,
    used: usize,
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_le_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let from = self.bytes.get(self.used..).unwrap_or_default();
        for (to, byte) in out.iter_mut().zip(from) {
            *to = *byte;
        }
        self.used = self.used.saturating_add(out.len());
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    /// RFC 9180, A.2.1 and A.2.1.1 (sequence number 0): only opening can be compared, sealing draws.
    #[test]
    fn opens_the_message_of_rfc_9180() {
        let key = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
        let enc = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
        let text =
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28";
        let key = SealingKey::from_bytes(&unhex(key)).unwrap();
        assert_eq!(
            key.public().key.to_bytes().as_slice(),
            unhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
        );
        let sealed = Sealed {
            key: key.public().id().to_owned(),
            enc: URL_SAFE_NO_PAD.encode(unhex(enc)),
            text: URL_SAFE_NO_PAD.encode(unhex(text)),
        };
        let opened = key.open("Ode on a Grecian Urn", b"Count-0", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"Beauty is truth, truth beauty");
    }

    #[test]
    fn opens_only_what_was_sealed_for_it() {
        let key = SealingKey::generate().unwrap();
        let public: SealingPublic = key.public().to_string().parse().unwrap();
        assert_eq!(&public, key.public());
        assert_eq!(public.id().len(), 16);
        let sealed = seal(&public, "check-in", b"hall-7", b"001099012345").unwrap();
        assert_eq!(key.open("check-in", b"hall-7", &sealed).unwrap().as_slice(), b"001099012345");
        assert_eq!(key.open("look-up", b"hall-7", &sealed), Err(OpenError::Refused));
        assert_eq!(key.open("check-in", b"hall-8", &sealed), Err(OpenError::Refused));
        for at in 0..sealed.text.len() {
            let mut other = sealed.clone();
            let c = if other.text.as_bytes()[at] == b'A' { "Q" } else { "A" };
            other.text.replace_range(at..=at, c);
            assert!(key.open("check-in", b"hall-7", &other).is_err(), "{at}");
        }
        let again = seal(&public, "check-in", b"hall-7", b"001099012345").unwrap();
        assert!(again.enc != sealed.enc && again.text != sealed.text);
        let other = SealingKey::generate().unwrap();
        assert!(matches!(other.open("check-in", b"hall-7", &sealed), Err(OpenError::OtherKey { .. })));
    }

    #[test]
    fn nonsense_is_damaged_and_never_a_panic() {
        let key = SealingKey::generate().unwrap();
        let id = key.public().id().to_owned();
        for (enc, text) in [("", ""), ("AAAA", "AAAA"), ("?", "AA"), (&"A".repeat(43), "AA")] {
            let sealed = Sealed { key: id.clone(), enc: enc.to_owned(), text: text.to_owned() };
            assert!(key.open("c", b"", &sealed).is_err());
        }
        for wrong in ["", "AAAA", "?", &"A".repeat(300)] {
            assert!(wrong.parse::<SealingPublic>().is_err());
        }
        // The point of order one: a shared secret that everybody knows is refused.
        let weak: SealingPublic = STANDARD.encode([0_u8; 32]).parse().unwrap();
        assert!(matches!(seal(&weak, "c", b"", b"x"), Err(SealError::Key)));
    }

    #[test]
    fn the_key_survives_and_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let key = SealingKey::open_or_make(dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join(KEY_FILE)).unwrap();
        assert_eq!(SealingKey::open_or_make(dir.path()).unwrap().public(), key.public());
        assert!(!format!("{key:?}").contains(&text));
        std::fs::write(dir.path().join(KEY_FILE), "nonsense").unwrap();
        assert!(matches!(SealingKey::open_or_make(dir.path()), Err(SealingKeyError::NotAKey { .. })));
    }
}
