// SPDX-License-Identifier: MIT OR Apache-2.0
//! People whom an OpenID provider vouches for: an account for each issuer and
//! subject, made at the first sign-in and brought up to date at every one. It
//! has no password, and what it may do is changed at the provider.

use super::accounts::{bind, one, told};
use super::sessions::{Opened, begin};
use super::{Change, alone};
use crate::audit;
use crate::oidc::Person;
use motcua_link::db::{Db, DbError, Tx};
use motcua_web::token::sha256;

/// In place of a password's hash: none fits.
const NO_PASSWORD: &str = "-";
/// Who is named in the audit for what the provider's word changed.
const BY: &str = "openid";
/// Of the readable part of a sign-in name.
const LONGEST: usize = 24;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum OutsideFault {
    /// The province switched the account off.
    #[error("the account is switched off here")]
    Off,
    /// This sign-in was finished before.
    #[error("this sign-in was finished before")]
    Used,
    /// No random numbers.
    #[error("signing in does not work now: {0}")]
    System(String),
    /// The database.
    #[error("the database cannot be used now: {0}")]
    Db(#[from] DbError),
}

/// Signs somebody in whom the provider vouches for, and returns the token for the browser's cookie. `flow` is the
/// token of the sign-in that now ends; it ends once.
///
/// # Errors
/// See [`OutsideFault`].
pub async fn sign_in_outside(
    db: &Db,
    person: Person,
    flow: &str,
    lang: &str,
    now_ms: i64,
) -> Result<String, OutsideFault> {
    let opened = Opened::new().map_err(OutsideFault::System)?;
    let (flow, lang, token) = (sha256(flow), lang.to_owned(), opened.token.clone());
    db.write(move |tx| {
        Box::pin(async move {
            alone(tx).await?;
            tx.execute("DELETE FROM sign_ins_used WHERE expires_ms < $1", &[now_ms.into()]).await?;
            let ends = now_ms + 2 * crate::oidc::LIMIT_MS;
            let sql =
                "INSERT INTO sign_ins_used(digest, expires_ms) VALUES($1, $2) ON CONFLICT(digest) DO NOTHING";
            if tx.execute(sql, &[flow.into(), ends.into()]).await? == 0 {
                return Ok(Err(OutsideFault::Used));
            }
            let id = match known(tx, &person).await? {
                Some(id) => update(tx, id, &person).await?,
                None => Some(make(tx, &person).await?),
            };
            let Some(id) = id else { return Ok(Err(OutsideFault::Off)) };
            begin(tx, opened, &id, &lang, BY, now_ms).await?;
            Ok(Ok(token))
        })
    })
    .await?
}

/// Notes that somebody was turned away whom the provider knows.
///
/// # Errors
/// The database's.
pub async fn note_refused(db: &Db, who: &str, why: &str) -> Result<(), DbError> {
    let (who, why) = (who.to_owned(), why.to_owned());
    db.write(move |tx| Box::pin(async move { audit::note(tx, BY, "", "sign-in-refused", &who, &why).await }))
        .await
}

async fn known(tx: &mut Tx<'_>, person: &Person) -> Result<Option<String>, DbError> {
    let sql = "SELECT person FROM people_outside WHERE issuer = $1 AND subject = $2";
    let row = tx.one(sql, &[person.issuer.as_str().into(), person.subject.as_str().into()]).await?;
    row.map(|r| r.text(0)).transpose()
}

/// As the provider has it today; nobody where the province switched it off.
async fn update(tx: &mut Tx<'_>, id: String, person: &Person) -> Result<Option<String>, DbError> {
    let Some(had) = one(tx, &id).await?.filter(|a| a.active) else { return Ok(None) };
    let granted = &person.granted;
    if had.name != person.name || had.role != granted.role || had.sites != granted.sites {
        let sql = "UPDATE people SET name = $1, role = $2 WHERE id = $3";
        let values = [person.name.as_str().into(), granted.role.word().into(), id.as_str().into()];
        tx.execute(sql, &values).await?;
        bind(tx, &id, &granted.sites).await?;
        audit::note(tx, BY, "", "account-changed", &id, &told(&change(person))).await?;
    }
    Ok(Some(id))
}

fn change(person: &Person) -> Change {
    let granted = person.granted.clone();
    Change { name: person.name.clone(), role: granted.role, sites: granted.sites, active: true }
}

async fn make(tx: &mut Tx<'_>, person: &Person) -> Result<String, DbError> {
    let digest = sha256(&format!("{}\n{}", person.issuer, person.subject));
    let mut id = name(&person.login, &digest, 6);
    if one(tx, &id).await?.is_some() {
        id = name(&person.login, &digest, 32);
    }
    let sql = "INSERT INTO people(id, name, role, hash, active, failures, locked_until_ms)
               VALUES($1, $2, $3, $4, 1, 0, 0)";
    let values = [
        id.as_str().into(),
        person.name.as_str().into(),
        person.granted.role.word().into(),
        NO_PASSWORD.into(),
    ];
    tx.execute(sql, &values).await?;
    bind(tx, &id, &person.granted.sites).await?;
    let sql = "INSERT INTO people_outside(issuer, subject, person) VALUES($1, $2, $3)";
    let values = [person.issuer.as_str().into(), person.subject.as_str().into(), id.as_str().into()];
    tx.execute(sql, &values).await?;
    audit::note(tx, BY, "", "account-added", &id, &told(&change(person))).await?;
    Ok(id)
}

/// Readable in the audit log, and nobody's who has a password: `@` stands in no such name.
fn name(login: &str, digest: &str, digits: usize) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    let login = login.split('@').next().unwrap_or_default();
    let readable: String = login.chars().map(plain).take(LONGEST).collect();
    format!("{readable}@{}", digest.get(..digits).unwrap_or(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_never_those_of_people_with_passwords() {
        assert_eq!(name("Nguyen.Lan@tinh.example", "abcdef0123", 6), "nguyen.lan@abcdef");
        assert_eq!(name("Trần Thị", "abcdef0123", 6), "tr-n-th-@abcdef");
        assert_eq!(name("", "abcdef0123", 6), "@abcdef");
        assert!(
            !motcua_web::secret::matches("-", NO_PASSWORD) && !motcua_web::secret::matches("", NO_PASSWORD)
        );
    }
}
