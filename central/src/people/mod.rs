// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people of the province: accounts, roles, sign-in and sessions, in the
//! central's database, so that several gateways know the same people. Nothing
//! about citizens is in it.

mod accounts;
mod role;
mod sessions;

pub use accounts::{Account, AccountFault, Change, New, account, accounts, add, change, set_secret, set_up};
pub use role::{Right, Role};
pub use sessions::{SESSION_HOURS, Session, SignInFault, session, set_lang, sign_in, sign_out};

use motcua_link::db::{Db, DbError, Step, Tx};
use motcua_web::token;

/// Steps of the part `people`. Never changed once released.
pub const STEPS: &[Step] = &[Step::both(
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
)];

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
/// the province. It replaces the code made before: of several gateways, the one that started last has it.
///
/// # Errors
/// The database's, or the system gives no random numbers.
pub async fn setup_code(db: &Db) -> Result<Option<String>, DbError> {
    let random = token::random().map_err(|e| DbError::Refused(format!("no random numbers: {e}")))?;
    let code: String = random.chars().take(CODE_DIGITS).collect();
    let digest = token::sha256(&code);
    let open = db
        .write(move |tx| {
            Box::pin(async move {
                alone(tx).await?;
                if somebody(tx).await? {
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

/// Nobody of the province can sign in yet.
///
/// # Errors
/// The database's.
pub async fn needs_setup(db: &Db) -> Result<bool, DbError> {
    db.read(|tx| Box::pin(async move { Ok(!somebody(tx).await?) })).await
}

async fn somebody(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(tx.one("SELECT 1 FROM people WHERE role = 'province' AND active = 1 LIMIT 1", &[]).await?.is_some())
}

/// Changes of who may do what come one after the other, also from several gateways: the province must not be
/// left without anybody by two changes at once.
async fn alone(tx: &mut Tx<'_>) -> Result<(), DbError> {
    if tx.is_postgres() {
        tx.execute("SELECT pg_advisory_xact_lock(6088119)", &[]).await?;
    }
    Ok(())
}
