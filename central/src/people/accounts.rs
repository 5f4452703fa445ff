// SPDX-License-Identifier: MIT OR Apache-2.0
//! Accounts: who there is, what they may do, and which halls they are bound to.
//! Every change is in the audit log, in the same transaction.

use super::{Role, alone, somebody};
use crate::audit;
use crate::reports::Scope;
use motcua_link::db::{Db, DbError, Row, Tx, Value};
use motcua_web::secret::{self, WeakSecret};
use motcua_web::token::sha256;
use std::collections::BTreeMap;

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Sign-in name: small letters, digits, hyphens, dots.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Rights.
    pub role: Role,
    /// Halls it is bound to; empty: all.
    pub sites: Vec<String>,
    /// May sign in.
    pub active: bool,
    /// Sign-in is locked until then, milliseconds UTC.
    pub locked_until_ms: i64,
    /// An OpenID provider vouches for it: it has no password, and its role is given there.
    pub outside: bool,
}

impl Account {
    /// The halls that this person sees.
    pub fn scope(&self) -> Scope {
        if self.sites.is_empty() && !self.role.is_bound() {
            Scope::All
        } else {
            Scope::Sites(self.sites.clone())
        }
    }
}

/// What may be changed of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Full name.
    pub name: String,
    /// Rights.
    pub role: Role,
    /// Halls it is bound to.
    pub sites: Vec<String>,
    /// May sign in.
    pub active: bool,
}

/// A new account.
#[derive(Clone, Debug)]
pub struct New {
    /// Sign-in name.
    pub id: String,
    /// Everything else but the password.
    pub change: Change,
    /// Password.
    pub secret: String,
}

/// Why an account is not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// Sign-in name.
    #[error("a sign-in name has 2 to 30 small letters, digits, dots and hyphens")]
    Id,
    /// Full name.
    #[error("a name has 1 to 60 characters")]
    Name,
    /// There already.
    #[error("there is an account `{0}` already; choose another name")]
    There(String),
    /// Not there.
    #[error("there is no account `{0}`")]
    NotThere(String),
    /// A hall manager of no hall.
    #[error("a hall manager is bound to one hall at least; choose it")]
    NoSite,
    /// Would be guessed.
    #[error(transparent)]
    Weak(#[from] WeakSecret),
    /// A password for somebody who signs in through the provider.
    #[error("`{0}` signs in through the OpenID provider; name, role, halls and password are changed there")]
    Outside(String),
    /// Somebody must be able to let others in.
    #[error("the province needs one active account of its own at least; make another one first")]
    LastProvince,
    /// Code of the first account.
    #[error("the set-up code is wrong or used; start the program again and read the new one on its terminal")]
    SetupCode,
    /// The database.
    #[error("the database cannot be used now: {0}")]
    Db(#[from] DbError),
}

type Done = Result<(), AccountFault>;

const COLUMNS: &str = "id, name, role, active, locked_until_ms,
    (SELECT count(*) FROM people_outside WHERE person = people.id)";

fn read(row: &Row, sites: &mut BTreeMap<String, Vec<String>>) -> Result<Account, DbError> {
    let (id, role) = (row.text(0)?, row.text(2)?);
    // A role of a newer program has no rights here; an auditor has the fewest.
    let role = Role::read(&role).unwrap_or(Role::Auditor);
    Ok(Account {
        sites: sites.remove(&id).unwrap_or_default(),
        id,
        name: row.text(1)?,
        role,
        active: row.flag(3)?,
        locked_until_ms: row.int(4)?,
        outside: row.flag(5)?,
    })
}

async fn sites(tx: &mut Tx<'_>, id: Option<&str>) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let rows = match id {
        Some(id) => {
            tx.rows("SELECT person, site FROM people_sites WHERE person = $1 ORDER BY site", &[id.into()])
                .await
        }
        None => tx.rows("SELECT person, site FROM people_sites ORDER BY site", &[]).await,
    };
    for row in rows? {
        out.entry(row.text(0)?).or_default().push(row.text(1)?);
    }
    Ok(out)
}

/// All accounts by name.
///
/// # Errors
/// The database's.
pub async fn accounts(db: &Db) -> Result<Vec<Account>, DbError> {
    db.read(|tx| {
        Box::pin(async move {
            let mut sites = sites(tx, None).await?;
            let rows = tx.rows(&format!("SELECT {COLUMNS} FROM people ORDER BY name, id"), &[]).await?;
            rows.iter().map(|row| read(row, &mut sites)).collect()
        })
    })
    .await
}

/// One account.
///
/// # Errors
/// The database's.
pub async fn account(db: &Db, id: &str) -> Result<Option<Account>, DbError> {
    let id = id.to_owned();
    db.read(move |tx| Box::pin(async move { one(tx, &id).await })).await
}

pub(super) async fn one(tx: &mut Tx<'_>, id: &str) -> Result<Option<Account>, DbError> {
    let row = tx.one(&format!("SELECT {COLUMNS} FROM people WHERE id = $1"), &[id.into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let mut sites = sites(tx, Some(id)).await?;
    read(&row, &mut sites).map(Some)
}

fn checked(change: &Change) -> Done {
    let name = change.name.trim();
    if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AccountFault::Name);
    }
    if change.role.is_bound() && change.sites.is_empty() {
        return Err(AccountFault::NoSite);
    }
    Ok(())
}

async fn hashed(secret: String) -> Result<String, AccountFault> {
    let made = tokio::task::spawn_blocking(move || secret::hash_password(&secret)).await;
    Ok(made.unwrap_or(Err(WeakSecret::Unhashed))?)
}

/// The first account, by the code on the program's terminal.
///
/// # Errors
/// See [`AccountFault`].
pub async fn set_up(db: &Db, code: &str, new: New) -> Done {
    put(db, "set-up", new, Some((sha256(code.trim()), false))).await
}

/// An account of the province by the code of [`super::break_glass_code`], whoever there is already.
///
/// # Errors
/// See [`AccountFault`].
pub async fn break_glass(db: &Db, code: &str, new: New) -> Done {
    put(db, "break-glass", new, Some((sha256(code.trim()), true))).await
}

/// A new account, made by `by`.
///
/// # Errors
/// See [`AccountFault`].
pub async fn add(db: &Db, by: &str, new: New) -> Done {
    put(db, by, new, None).await
}

async fn put(db: &Db, by: &str, new: New, code: Option<(String, bool)>) -> Done {
    let good = (2..=30).contains(&new.id.len())
        && new.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    if !good {
        return Err(AccountFault::Id);
    }
    checked(&new.change)?;
    let (hash, by) = (hashed(new.secret).await?, by.to_owned());
    let (id, change) = (new.id, new.change);
    db.write(move |tx| {
        Box::pin(async move {
            alone(tx).await?;
            if let Some((digest, always)) = code {
                let known = tx.one("SELECT digest FROM setup WHERE id = 1", &[]).await?;
                let known = known.map(|r| r.text(0)).transpose()?;
                // Both are digests, so that the time taken tells nothing.
                if known != Some(digest) || (!always && somebody(tx).await?) {
                    return Ok(Err(AccountFault::SetupCode));
                }
                tx.execute("DELETE FROM setup WHERE id = 1", &[]).await?;
            }
            if one(tx, &id).await?.is_some() {
                return Ok(Err(AccountFault::There(id)));
            }
            let sql = "INSERT INTO people(id, name, role, hash, active, failures, locked_until_ms)
                       VALUES($1, $2, $3, $4, $5, 0, 0)";
            let name = change.name.trim();
            let values: [Value; 5] = [
                id.as_str().into(),
                name.into(),
                change.role.word().into(),
                hash.into(),
                change.active.into(),
            ];
            tx.execute(sql, &values).await?;
            bind(tx, &id, &change.sites).await?;
            audit::note(tx, &by, "", "account-added", &id, &told(&change)).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

pub(super) async fn bind(tx: &mut Tx<'_>, id: &str, sites: &[String]) -> Result<(), DbError> {
    tx.execute("DELETE FROM people_sites WHERE person = $1", &[id.into()]).await?;
    let mut sites = sites.to_vec();
    sites.sort();
    sites.dedup();
    for site in sites {
        let sql = "INSERT INTO people_sites(person, site) VALUES($1, $2)";
        tx.execute(sql, &[id.into(), site.into()]).await?;
    }
    Ok(())
}

/// For the audit log.
pub(super) fn told(change: &Change) -> String {
    let sites =
        if change.sites.is_empty() { String::new() } else { format!(": {}", change.sites.join(", ")) };
    let off = if change.active { "" } else { ", switched off" };
    format!("{}{sites}{off}", change.role.word())
}

/// Name, role, halls, and whether the account may sign in. Its sessions see the change at once.
///
/// # Errors
/// See [`AccountFault`].
pub async fn change(db: &Db, by: &str, id: &str, change: Change) -> Done {
    checked(&change)?;
    let (by, id) = (by.to_owned(), id.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            alone(tx).await?;
            // Of somebody who comes from outside only the switch is ours.
            let change = match one(tx, &id).await?.filter(|a| a.outside) {
                Some(a) => Change { name: a.name, role: a.role, sites: a.sites, active: change.active },
                None => change,
            };
            let sql = "SELECT 1 FROM people WHERE role = 'province' AND active = 1 AND id <> $1 LIMIT 1";
            let others = tx.one(sql, &[id.as_str().into()]).await?.is_some();
            let stays = change.role == Role::Province && change.active;
            if !others && !stays {
                return Ok(Err(AccountFault::LastProvince));
            }
            let sql = "UPDATE people SET name = $1, role = $2, active = $3 WHERE id = $4";
            let name = change.name.trim();
            let values = [name.into(), change.role.word().into(), change.active.into(), id.as_str().into()];
            if tx.execute(sql, &values).await? == 0 {
                return Ok(Err(AccountFault::NotThere(id)));
            }
            bind(tx, &id, &change.sites).await?;
            if !change.active {
                tx.execute("DELETE FROM sessions WHERE person = $1", &[id.as_str().into()]).await?;
            }
            audit::note(tx, &by, "", "account-changed", &id, &told(&change)).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

/// A new password; ends the lock and all sessions of the account.
///
/// # Errors
/// See [`AccountFault`].
pub async fn set_secret(db: &Db, by: &str, id: &str, secret: &str) -> Done {
    let hash = hashed(secret.to_owned()).await?;
    let (by, id) = (by.to_owned(), id.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            if one(tx, &id).await?.is_some_and(|a| a.outside) {
                return Ok(Err(AccountFault::Outside(id)));
            }
            let sql = "UPDATE people SET hash = $1, failures = 0, locked_until_ms = 0 WHERE id = $2";
            if tx.execute(sql, &[hash.into(), id.as_str().into()]).await? == 0 {
                return Ok(Err(AccountFault::NotThere(id)));
            }
            tx.execute("DELETE FROM sessions WHERE person = $1", &[id.as_str().into()]).await?;
            audit::note(tx, &by, "", "password-set", &id, "").await?;
            Ok(Ok(()))
        })
    })
    .await?
}
