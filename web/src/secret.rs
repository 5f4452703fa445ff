// SPDX-License-Identifier: MIT OR Apache-2.0
//! PINs and passwords: which are refused, and how they are kept (argon2id).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::Mutex;

/// One at a time: each takes 19 MiB for a moment, and a crowd of guesses must not fill the memory.
static ONE: Mutex<()> = Mutex::new(());

/// Characters of a password at least, where there is more than a counter's PIN to protect.
pub const LONG: usize = 12;

/// A secret that would be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    /// Too short.
    #[error("a PIN has at least 6 digits, a password at least 8 characters")]
    Short,
    /// 111111, 123456 and the like.
    #[error("this PIN is among the first that are tried; choose another")]
    Guessable,
    /// Too short for a system on the internet.
    #[error("a password has at least 12 characters; a few words that belong together only for you are good")]
    NotLong,
    /// Few different characters, or digits alone.
    #[error("this password is too simple; use words, not one character or digits alone")]
    Plain,
    /// No random numbers or no memory.
    #[error("the secret cannot be kept now; try again")]
    Unhashed,
}

/// The PHC string of a PIN or password that is good enough for an officer in a hall.
///
/// # Errors
/// It would be guessed, or cannot be hashed now.
pub fn hash(secret: &str) -> Result<String, WeakSecret> {
    let digits = secret.bytes().all(|b| b.is_ascii_digit());
    let shortest = if digits { 6 } else { 8 };
    if secret.chars().count() < shortest {
        return Err(WeakSecret::Short);
    }
    if digits && is_run(secret) {
        return Err(WeakSecret::Guessable);
    }
    keep(secret)
}

/// The PHC string of a password that is good enough for a system which the internet can reach: at least
/// [`LONG`] characters, of at least five kinds.
///
/// # Errors
/// It would be guessed, or cannot be hashed now.
pub fn hash_password(secret: &str) -> Result<String, WeakSecret> {
    let kinds: std::collections::BTreeSet<char> = secret.chars().collect();
    if secret.chars().count() < LONG {
        return Err(WeakSecret::NotLong);
    }
    if kinds.len() < 5 || secret.bytes().all(|b| b.is_ascii_digit()) {
        return Err(WeakSecret::Plain);
    }
    keep(secret)
}

fn keep(secret: &str) -> Result<String, WeakSecret> {
    let _one = ONE.lock();
    let hashed = Argon2::default().hash_password(secret.as_bytes());
    hashed.map(|h| h.to_string()).map_err(|_| WeakSecret::Unhashed)
}

/// Equal digits, or each one more or one less than the one before.
pub fn is_run(digits: &str) -> bool {
    let digits = digits.as_bytes();
    let steps: Vec<i16> =
        digits.iter().zip(digits.iter().skip(1)).map(|(a, b)| i16::from(*b) - i16::from(*a)).collect();
    [0, 1, -1].iter().any(|step| steps.iter().all(|s| s == step))
}

/// Whether `secret` is the one behind `hash`.
pub fn matches(secret: &str, hash: &str) -> bool {
    let _one = ONE.lock();
    PasswordHash::new(hash)
        .is_ok_and(|known| Argon2::default().verify_password(secret.as_bytes(), &known).is_ok())
}
