// SPDX-License-Identifier: MIT OR Apache-2.0
//! The technician's codes: a PIN of the device, or a code of the day that the office makes from a secret. Five wrong
//! ones lock the menu for a quarter of an hour, five more for twice as long, and so on. The state is on disk before a
//! code is compared, so that pulling the plug gives no further try; a clock set back does not shorten a wait.

use crate::disk::keep;
use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::path::{Path, PathBuf};
use std::time::Instant;
use zeroize::Zeroizing;

/// Wrong codes before the menu is locked.
const TRIES: u32 = 5;
/// The first lock, in milliseconds.
const FIRST_MS: i64 = 15 * 60 * 1000;
/// No lock is longer.
const LONGEST_MS: i64 = 24 * 60 * 60 * 1000;
/// Viet Nam is seven hours ahead, without summer time.
const AHEAD_MS: i64 = 7 * 3600 * 1000;

/// `/data/device/technician.json`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// PHC string, argon2id.
    pin: Option<String>,
    /// The secret of day codes.
    day_secret: Option<String>,
    /// Wrong codes since the last good one or the last lock.
    failed: u32,
    /// Locks since the last good code.
    locks: u32,
    /// How long the lock still holds, counted from `at_ms`.
    wait_ms: i64,
    /// When that was written, milliseconds UTC.
    at_ms: i64,
}

/// What came of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The right one.
    Good,
    /// A wrong one; so many are left.
    Wrong {
        /// Tries.
        left: u32,
    },
    /// None is taken now.
    Locked {
        /// Seconds.
        wait_s: u64,
    },
    /// This device has no code.
    NoCode,
}

/// The lock cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Disk.
    #[error("cannot write {path}, so no code is taken")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The PIN cannot be kept.
    #[error("the PIN is not kept")]
    Pin(#[from] motcua_web::secret::WeakSecret),
}

/// The lock of one device.
pub struct Lock {
    path: PathBuf,
    state: State,
    /// When `state` was true, by a clock that nobody sets.
    since: Instant,
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lock").field("failed", &self.state.failed).field("locks", &self.state.locks).finish()
    }
}

impl Lock {
    /// As it was left. A damaged file counts as a device without codes: its settings have to be given again.
    pub fn open(dir: &Path, now_ms: i64) -> Lock {
        let path = dir.join("technician.json");
        let text = std::fs::read(&path).map(Zeroizing::new).ok();
        let mut state: State = text.and_then(|t| serde_json::from_slice(&t).ok()).unwrap_or_default();
        // Time without power counts where the clock went on; a clock that was set back adds nothing.
        let passed = now_ms.saturating_sub(state.at_ms).max(0);
        state.wait_ms = state.wait_ms.saturating_sub(passed).clamp(0, LONGEST_MS);
        state.at_ms = now_ms;
        Lock { path, state, since: Instant::now() }
    }

    fn wait_ms(&self) -> i64 {
        let passed = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.state.wait_ms.saturating_sub(passed).max(0)
    }

    /// Seconds until a code is taken again.
    pub fn wait_s(&self) -> u64 {
        u64::try_from(self.wait_ms().saturating_add(999) / 1000).unwrap_or(0)
    }

    fn write(&mut self, mut state: State, now_ms: i64) -> Result<(), LockError> {
        state.at_ms = now_ms;
        let bytes = Zeroizing::new(serde_json::to_vec(&state).unwrap_or_default());
        keep(&self.path, &bytes).map_err(|source| LockError::File { path: self.path.clone(), source })?;
        self.state = state;
        self.since = Instant::now();
        Ok(())
    }

    /// New codes; one that is not given stays as it was.
    pub fn set(&mut self, pin: Option<&str>, day_secret: Option<&str>, now_ms: i64) -> Result<(), LockError> {
        if pin.is_none() && day_secret.is_none() {
            return Ok(());
        }
        let mut state = self.state.clone();
        if let Some(pin) = pin {
            state.pin = Some(motcua_web::secret::hash(pin)?);
        }
        if let Some(secret) = day_secret {
            state.day_secret = Some(secret.to_owned());
        }
        (state.failed, state.locks, state.wait_ms) = (0, 0, 0);
        self.write(state, now_ms)
    }

    /// Tries a code.
    pub fn try_code(&mut self, code: &str, now_ms: i64) -> Result<Tried, LockError> {
        if self.state.pin.is_none() && self.state.day_secret.is_none() {
            return Ok(Tried::NoCode);
        }
        if self.wait_ms() > 0 {
            return Ok(Tried::Locked { wait_s: self.wait_s() });
        }
        // Counted as wrong before it is compared.
        let mut state = self.state.clone();
        state.wait_ms = 0;
        state.failed += 1;
        if state.failed >= TRIES {
            state.wait_ms = FIRST_MS.saturating_mul(1 << state.locks.min(10)).min(LONGEST_MS);
            state.locks += 1;
            state.failed = 0;
        }
        self.write(state, now_ms)?;
        if self.is_good(code, now_ms) {
            let mut state = self.state.clone();
            (state.failed, state.locks, state.wait_ms) = (0, 0, 0);
            self.write(state, now_ms)?;
            return Ok(Tried::Good);
        }
        match self.wait_s() {
            0 => Ok(Tried::Wrong { left: TRIES - self.state.failed }),
            wait_s => Ok(Tried::Locked { wait_s }),
        }
    }

    fn is_good(&self, code: &str, now_ms: i64) -> bool {
        if self.state.pin.as_ref().is_some_and(|pin| motcua_web::secret::matches(code, pin)) {
            return true;
        }
        let Some(secret) = &self.state.day_secret else { return false };
        // Around midnight the office and the device need not agree on the day.
        let today = day_of(now_ms);
        let days = [Some(today), today.yesterday().ok(), today.tomorrow().ok()];
        days.into_iter().flatten().any(|day| same(code, &day_code(secret, day)))
    }
}

/// Without telling by the time it takes how much of it was right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |d, (x, y)| d | (x ^ y)) == 0
}

/// The day in Viet Nam.
pub fn day_of(now_ms: i64) -> Date {
    let local = jiff::Timestamp::from_millisecond(now_ms.saturating_add(AHEAD_MS)).unwrap_or_default();
    jiff::tz::Offset::UTC.to_datetime(local).date()
}

/// Eight digits from the secret and the day, shortened as RFC 4226, 5.3, does it.
pub fn day_code(secret: &str, day: Date) -> String {
    // Any length of key is good for HMAC; the error cannot come.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(day.to_string().as_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last().copied().unwrap_or(0) & 0x0f);
    let bytes = digest.iter().skip(offset).take(4).fold(0_u32, |n, b| (n << 8) | u32::from(*b));
    format!("{:08}", (bytes & 0x7fff_ffff) % 100_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const SECRET: &str = "9f1c2b7d4e8a6053c1f2";
    const NOON: i64 = 1_795_665_600_000;

    fn lock(dir: &Path) -> Lock {
        let mut lock = Lock::open(dir, NOON);
        lock.set(Some("714905"), Some(SECRET), NOON).unwrap();
        lock
    }

    fn dir() -> PathBuf {
        let dir = std::env::temp_dir().join(format!("motcua-lock-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    /// Computed with `openssl dgst -sha256 -hmac`, shortened by hand.
    #[test]
    fn the_code_of_a_day_is_that_of_hmac() {
        assert_eq!(day_code(SECRET, date(2026, 11, 26)), DAY_CODE);
        assert_ne!(day_code(SECRET, date(2026, 11, 27)), DAY_CODE);
    }

    const DAY_CODE: &str = "21983484";

    #[test]
    fn a_pin_and_the_day_s_code_open_and_others_do_not() {
        let dir = dir();
        let mut lock = lock(&dir);
        assert_eq!(day_of(NOON), date(2026, 11, 26));
        assert_eq!(lock.try_code("000001", NOON).unwrap(), Tried::Wrong { left: 4 });
        assert_eq!(lock.try_code("714905", NOON).unwrap(), Tried::Good);
        assert_eq!(lock.try_code(DAY_CODE, NOON).unwrap(), Tried::Good);
        let next = 2 * 24 * 3600 * 1000;
        assert_eq!(lock.try_code(DAY_CODE, NOON + next).unwrap(), Tried::Wrong { left: 4 });
        let text = std::fs::read_to_string(dir.join("technician.json")).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains("714905"), "{text}");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn five_wrong_codes_lock_and_neither_a_restart_nor_the_clock_opens() {
        let dir = dir();
        let mut lock = lock(&dir);
        for left in [4, 3, 2, 1] {
            assert_eq!(lock.try_code("000001", NOON).unwrap(), Tried::Wrong { left });
        }
        assert_eq!(lock.try_code("000001", NOON).unwrap(), Tried::Locked { wait_s: 900 });
        assert!(
            matches!(lock.try_code("714905", NOON).unwrap(), Tried::Locked { .. }),
            "not even the right one"
        );
        // Off and on again with a clock that is years back, and one that is five minutes on.
        assert_eq!(Lock::open(&dir, 0).wait_s(), 900);
        assert_eq!(Lock::open(&dir, NOON + 300_000).wait_s(), 600);
        let later = NOON + 900_001;
        let mut lock = Lock::open(&dir, later);
        assert_eq!(lock.wait_s(), 0);
        for _ in 0..5 {
            lock.try_code("000001", later).unwrap();
        }
        assert!((1799..=1800).contains(&lock.wait_s()), "{}", lock.wait_s());
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_code_that_is_being_compared_counts_already() {
        let dir = dir();
        let mut lock = lock(&dir);
        lock.try_code("000001", NOON).unwrap();
        assert_eq!(Lock::open(&dir, NOON).state.failed, 1);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn without_codes_nothing_opens() {
        let dir = dir();
        assert_eq!(Lock::open(&dir, NOON).try_code("", NOON).unwrap(), Tried::NoCode);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
