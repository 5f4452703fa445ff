// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people of the province: accounts, roles, sign-in and sessions, in the
//! central's database, so that several gateways know the same people. Nothing
//! about citizens is in it.

mod accounts;
mod outside;
mod role;
mod sessions;

pub use accounts::{
    Account, AccountFault, Change, New, account, accounts, add, break_glass, change, set_secret, set_up,
};
pub use outside::{OutsideFault, note_refused, sign_in_outside};
pub use role::{Right, Role};
pub use sessions::{SESSION_HOURS, Session, SignInFault, session, set_lang, sign_in, sign_out};

use motcua_link::db::{Db, DbError, Step, Tx};
use motcua_web::token;

/// Steps of the part `people`. Never changed once released.
pub const STEPS: &[Step] = &[
    Step::both(
        "
CREATE TABLE people(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,
    -- PHC string, argon2id.
    hash TEXT NOT NULL, active BIGINT NOT NULL,
    -- Wrong passwords since the last right one, and until when none is looked at.
    failures BIGINT NOT NULL, locked_until_ms BIGINT NOT NULL);
-- Halls that an account is bound to; none: all that its role may see.
CREATE TABLE people_sites(person TEXT NOT NULL, site TEXT NOT NULL, PRIMARY KEY(person, site));
-- Only digests of the tokens that browsers hold.
CREATE TABLE sessions(
    digest TEXT PRIMARY KEY, person TEXT NOT NULL, csrf TEXT NOT NULL, lang TEXT NOT NULL,
    expires_ms BIGINT NOT NULL);
CREATE INDEX sessions_person ON sessions(person);
-- Digest of the code that lets somebody make the first account; one row at most.
CREATE TABLE setup(id BIGINT PRIMARY KEY, digest TEXT NOT NULL);
",
    ),
    Step::both(
        "
-- Whom an OpenID provider vouches for; without a row the account has a password.
CREATE TABLE people_outside(
    issuer TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY(issuer, subject));
CREATE INDEX people_outside_person ON people_outside(person);
-- Digests of sign-ins through the provider that were finished, until nobody could finish them any more.
CREATE TABLE sign_ins_used(digest TEXT PRIMARY KEY, expires_ms BIGINT NOT NULL);
",
    ),
];

/// Digits of the set-up code: 48 random bits.
const CODE_DIGITS: usize = 12;

/// Makes the tables. After `schema`, whose audit they write.
///
/// # Errors
/// The database's.
pub async fn prepare(db: &Db) -> Result<(), DbError> {
    db.migrate("people", STEPS).await
}

/// A new code for the first account, to be printed on the program's terminal; none once there is an account of
/// the province with a password. It replaces the code made before: of several gateways, the one that started last
/// has it.
///
/// # Errors
/// The database's, or the system gives no random numbers.
pub async fn setup_code(db: &Db) -> Result<Option<String>, DbError> {
    code(db, false).await
}

/// The same where passwords are not taken: the code is the way in while the provider is away, so there always is
/// one. See [`break_glass`].
///
/// # Errors
/// As [`setup_code`].
pub async fn break_glass_code(db: &Db) -> Result<Option<String>, DbError> {
    code(db, true).await
}

async fn code(db: &Db, always: bool) -> Result<Option<String>, DbError> {
    let random = token::random().map_err(|e| DbError::Refused(format!("no random numbers: {e}")))?;
    let code: String = random.chars().take(CODE_DIGITS).collect();
    let digest = token::sha256(&code);
    let open = db
        .write(move |tx| {
            Box::pin(async move {
                alone(tx).await?;
                if !always && somebody(tx).await? {
                    return Ok(false);
                }
                let sql = "INSERT INTO setup(id, digest) VALUES(1, $1)
                           ON CONFLICT(id) DO UPDATE SET digest = excluded.digest";
                tx.execute(sql, &[digest.into()]).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(open.then_some(code))
}

/// Nobody of the province can sign in with a password yet.
///
/// # Errors
/// The database's.
pub async fn needs_setup(db: &Db) -> Result<bool, DbError> {
    db.read(|tx| Box::pin(async move { Ok(!somebody(tx).await?) })).await
}

async fn somebody(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM people WHERE role = 'province' AND active = 1
               AND NOT EXISTS(SELECT 1 FROM people_outside WHERE person = people.id) LIMIT 1";
    Ok(tx.one(sql, &[]).await?.is_some())
}

/// Changes of who may do what come one after the other, also from several gateways: the province must not be
/// left without anybody by two changes at once.
async fn alone(tx: &mut Tx<'_>) -> Result<(), DbError> {
    if tx.is_postgres() {
        tx.execute("SELECT pg_advisory_xact_lock(6088119)", &[]).await?;
    }
    Ok(())
}
