// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signing in, with a lock against guessing that a restart does not open, and
//! the sessions of browsers, which a restart does not end.

use super::Staff;
use super::accounts::Account;
use motcua_web::secret;
use motcua_web::token::{random, sha256};
use rusqlite::OptionalExtension;

/// A session ends after a working day.
pub const SESSION_HOURS: i64 = 12;
/// Wrong secrets in a row until the account is locked.
const TRIES: i64 = 5;
/// First lock, milliseconds; doubles with each further wrong secret.
const LOCK_MS: i64 = 15 * 60 * 1000;

/// Why nobody is signed in.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SignInFault {
    /// Name or secret; which of them is not told.
    #[error("the name or the PIN is wrong")]
    Wrong,
    /// Too many wrong ones.
    #[error(
        "locked after too many wrong PINs; try again in {minutes} minutes or ask the manager for a new PIN"
    )]
    Locked {
        /// Left.
        minutes: i64,
    },
    /// The file or the system.
    #[error("signing in does not work now: {0}")]
    System(String),
}

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub account: Account,
    /// Stands in every form of this session.
    pub csrf: String,
    /// Language of the pages.
    pub lang: String,
    digest: String,
}

impl From<rusqlite::Error> for SignInFault {
    fn from(e: rusqlite::Error) -> Self {
        SignInFault::System(e.to_string())
    }
}

impl Staff {
    /// Proves a secret and returns the token for the browser's cookie. Slow by design; call it where
    /// blocking is allowed.
    pub fn sign_in(&self, id: &str, tried: &str, lang: &str, now_ms: i64) -> Result<String, SignInFault> {
        let Some((hash, active)) = self.count_try(id, now_ms)? else {
            // As long as a real one, so that names cannot be found out by time.
            let _ = secret::hash("no such account");
            return Err(SignInFault::Wrong);
        };
        if !secret::matches(tried, &hash) || !active {
            return Err(SignInFault::Wrong);
        }
        let system = |e: getrandom::Error| SignInFault::System(e.to_string());
        let (token, csrf) = (random().map_err(system)?, random().map_err(system)?);
        let db = self.db();
        db.execute("UPDATE officers SET failures = 0, locked_until_ms = 0 WHERE id = ?1", [id])?;
        db.execute("DELETE FROM sessions WHERE expires_ms < ?1", [now_ms])?;
        db.execute(
            "INSERT INTO sessions(digest, officer, csrf, lang, expires_ms) VALUES(?1, ?2, ?3, ?4, ?5)",
            (sha256(&token), id, csrf, lang, now_ms + SESSION_HOURS * 3_600_000),
        )?;
        Ok(token)
    }

    /// Counts a wrong secret before the secret is looked at, so that guesses sent all at once are
    /// counted as well; a right one takes the count back. Returns hash and whether the account is
    /// active; `None` without such an account.
    fn count_try(&self, id: &str, now_ms: i64) -> Result<Option<(String, bool)>, SignInFault> {
        let db = self.db();
        let sql = "SELECT hash, active, failures, locked_until_ms FROM officers WHERE id = ?1";
        let row = db.query_row(sql, [id], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?, r.get::<_, i64>(2)?, r.get::<_, i64>(3)?))
        });
        let Some((hash, active, failures, locked_until)) = row.optional()? else { return Ok(None) };
        if locked_until > now_ms {
            return Err(SignInFault::Locked { minutes: (locked_until - now_ms + 59_999) / 60_000 });
        }
        let failures = failures + 1;
        let over = failures - TRIES;
        let lock = if over < 0 { 0 } else { now_ms + (LOCK_MS << over.min(10)) };
        let sql = "UPDATE officers SET failures = ?2, locked_until_ms = ?3 WHERE id = ?1";
        db.execute(sql, (id, failures, lock))?;
        Ok(Some((hash, active)))
    }

    /// The session behind a cookie's token.
    pub fn session(&self, token: &str, now_ms: i64) -> rusqlite::Result<Option<Session>> {
        let digest = sha256(token);
        let sql = "SELECT officer, csrf, lang FROM sessions WHERE digest = ?1 AND expires_ms > ?2";
        let row = self.db().prepare_cached(sql)?.query_row((&digest, now_ms), |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?))
        });
        let Some((officer, csrf, lang)) = row.optional()? else { return Ok(None) };
        let account = self.account(&officer)?.filter(|a| a.active);
        Ok(account.map(|account| Session { account, csrf, lang, digest }))
    }

    /// Ends a session.
    pub fn sign_out(&self, session: &Session) -> rusqlite::Result<()> {
        self.db().execute("DELETE FROM sessions WHERE digest = ?1", [&session.digest])?;
        Ok(())
    }

    /// Language of a session's pages.
    pub fn set_lang(&self, session: &Session, lang: &str) -> rusqlite::Result<()> {
        self.db().execute("UPDATE sessions SET lang = ?2 WHERE digest = ?1", (&session.digest, lang))?;
        Ok(())
    }
}
