// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signing in, with a lock against guessing that a restart does not open, and
//! the sessions of browsers, which a restart does not end and every gateway
//! knows.

use super::accounts::{Account, one};
use crate::audit;
use motcua_link::db::{Db, DbError, Tx};
use motcua_web::secret;
use motcua_web::token::{random, sha256};
use tokio::sync::Semaphore;

/// A session ends after a working day.
pub const SESSION_HOURS: i64 = 12;
/// Wrong passwords in a row until the account is locked.
const TRIES: i64 = 5;
/// First lock, milliseconds; doubles with each further wrong password.
const LOCK_MS: i64 = 15 * 60 * 1000;
/// People who may wait for their password to be looked at. Each costs 19 MiB and a part of a second.
static WAITING: Semaphore = Semaphore::const_new(16);

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInFault {
    /// Name or password; which of them is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many wrong ones.
    #[error(
        "locked after too many wrong passwords; try again in {minutes} minutes or ask the province for a new one"
    )]
    Locked {
        /// Left.
        minutes: i64,
    },
    /// Too many people at once, or somebody guesses.
    #[error("too many people sign in at once; try again in a minute")]
    Busy,
    /// No random numbers, or the program stops.
    #[error("signing in does not work now: {0}")]
    System(String),
    /// The database.
    #[error("the database cannot be used now: {0}")]
    Db(#[from] DbError),
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

/// Proves a password and returns the token for the browser's cookie.
///
/// # Errors
/// See [`SignInFault`].
pub async fn sign_in(db: &Db, id: &str, tried: &str, lang: &str, now_ms: i64) -> Result<String, SignInFault> {
    let Ok(_turn) = WAITING.try_acquire() else { return Err(SignInFault::Busy) };
    let known = count_try(db, id, now_ms).await?;
    let tried = tried.to_owned();
    let looked = tokio::task::spawn_blocking(move || match known {
        Some((hash, active)) => secret::matches(&tried, &hash) && active,
        None => {
            // As long as a real one, so that names cannot be found out by time.
            let _ = secret::hash_password("no such account");
            false
        }
    });
    if !looked.await.map_err(|e| SignInFault::System(e.to_string()))? {
        return Err(SignInFault::Wrong);
    }
    let opened = Opened::new().map_err(SignInFault::System)?;
    let (id, lang, token) = (id.to_owned(), lang.to_owned(), opened.token.clone());
    db.write(move |tx| {
        Box::pin(async move {
            tx.execute(
                "UPDATE people SET failures = 0, locked_until_ms = 0 WHERE id = $1",
                &[id.as_str().into()],
            )
            .await?;
            begin(tx, opened, &id, &lang, "", now_ms).await
        })
    })
    .await?;
    Ok(token)
}

/// The secrets of a session about to begin.
pub(super) struct Opened {
    /// For the browser's cookie.
    pub token: String,
    csrf: String,
}

impl Opened {
    pub(super) fn new() -> Result<Opened, String> {
        let some = || random().map_err(|e| e.to_string());
        Ok(Opened { token: some()?, csrf: some()? })
    }
}

/// Begins the session of somebody who has proven who they are, by `how`.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    opened: Opened,
    id: &str,
    lang: &str,
    how: &str,
    now_ms: i64,
) -> Result<(), DbError> {
    tx.execute("DELETE FROM sessions WHERE expires_ms < $1", &[now_ms.into()]).await?;
    let sql = "INSERT INTO sessions(digest, person, csrf, lang, expires_ms) VALUES($1, $2, $3, $4, $5)";
    let ends = now_ms + SESSION_HOURS * 3_600_000;
    let digest = sha256(&opened.token);
    tx.execute(sql, &[digest.into(), id.into(), opened.csrf.into(), lang.into(), ends.into()]).await?;
    audit::note(tx, id, "", "signed-in", id, how).await
}

/// Counts a wrong password before the password is looked at, so that guesses sent all at once, to several
/// gateways, are counted as well; a right one takes the count back. Returns hash and whether the account is
/// active; `None` without such an account.
async fn count_try(db: &Db, id: &str, now_ms: i64) -> Result<Option<(String, bool)>, SignInFault> {
    let id = id.to_owned();
    db.write(move |tx| Box::pin(async move { counted(tx, &id, now_ms).await })).await?
}

type Counted = Result<Option<(String, bool)>, SignInFault>;

async fn counted(tx: &mut Tx<'_>, id: &str, now_ms: i64) -> Result<Counted, DbError> {
    // The row is locked from here to the end of the transaction.
    let sql = "UPDATE people SET failures = failures + 1 WHERE id = $1 AND locked_until_ms <= $2
               RETURNING hash, active, failures";
    let Some(row) = tx.one(sql, &[id.into(), now_ms.into()]).await? else {
        let known = tx.one("SELECT locked_until_ms FROM people WHERE id = $1", &[id.into()]).await?;
        let Some(row) = known else { return Ok(Ok(None)) };
        let left = row.int(0)? - now_ms;
        return Ok(Err(SignInFault::Locked { minutes: (left + 59_999).max(60_000) / 60_000 }));
    };
    let over = row.int(2)? - TRIES;
    if over >= 0 {
        let until = now_ms + (LOCK_MS << over.min(10));
        let sql = "UPDATE people SET locked_until_ms = $1 WHERE id = $2";
        tx.execute(sql, &[until.into(), id.into()]).await?;
        // Also when this last one proves right; the log then says so in its next line.
        audit::note(tx, id, "", "sign-in-locked", id, "").await?;
    }
    Ok(Ok(Some((row.text(0)?, row.flag(1)?))))
}

/// The session behind a cookie's token.
///
/// # Errors
/// The database's.
pub async fn session(db: &Db, token: &str, now_ms: i64) -> Result<Option<Session>, DbError> {
    let digest = sha256(token);
    db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT person, csrf, lang FROM sessions WHERE digest = $1 AND expires_ms > $2";
            let row = tx.one(sql, &[digest.as_str().into(), now_ms.into()]).await?;
            let Some(row) = row else { return Ok(None) };
            let account = one(tx, &row.text(0)?).await?.filter(|a| a.active);
            let (csrf, lang) = (row.text(1)?, row.text(2)?);
            Ok(account.map(|account| Session { account, csrf, lang, digest }))
        })
    })
    .await
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub async fn sign_out(db: &Db, session: &Session) -> Result<(), DbError> {
    let digest = session.digest.clone();
    db.write(move |tx| {
        Box::pin(async move {
            tx.execute("DELETE FROM sessions WHERE digest = $1", &[digest.into()]).await?;
            Ok(())
        })
    })
    .await
}

/// Language of a session's pages.
///
/// # Errors
/// The database's.
pub async fn set_lang(db: &Db, session: &Session, lang: &str) -> Result<(), DbError> {
    let (digest, lang) = (session.digest.clone(), lang.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            tx.execute("UPDATE sessions SET lang = $1 WHERE digest = $2", &[lang.into(), digest.into()])
                .await?;
            Ok(())
        })
    })
    .await
}
