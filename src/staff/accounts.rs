// SPDX-License-Identifier: MIT OR Apache-2.0
//! Accounts: who there is, what they may do, and their photos for the panels.

use super::Staff;
use motcua_web::secret::{self, WeakSecret};
use motcua_web::token::{same, short_digest};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

/// Largest photo kept, bytes.
const LARGEST_PHOTO: usize = 512 * 1024;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StaffRole {
    /// Serves at a counter.
    Officer,
    /// Also looks after the devices.
    Technician,
    /// Also sees the whole hall and changes it.
    Manager,
}

impl StaffRole {
    /// As it is written in the file and in forms.
    pub fn word(self) -> &'static str {
        match self {
            StaffRole::Officer => "officer",
            StaffRole::Technician => "technician",
            StaffRole::Manager => "manager",
        }
    }

    fn read(word: &str) -> StaffRole {
        match word {
            "manager" => StaffRole::Manager,
            "technician" => StaffRole::Technician,
            _ => StaffRole::Officer,
        }
    }
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Sign-in name: small letters, digits, hyphens, dots.
    pub id: String,
    /// Full name, as the panel shows it.
    pub name: String,
    /// Rights.
    pub role: StaffRole,
    /// May sign in.
    pub active: bool,
    /// Version of the photo; none without one.
    pub photo: Option<String>,
    /// Sign-in is locked until then, milliseconds UTC.
    pub locked_until_ms: i64,
}

/// A photo with its media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
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
    #[error("there is an account `{0}` already")]
    There(String),
    /// Not there.
    #[error("there is no account `{0}`")]
    NotThere(String),
    /// Would be guessed.
    #[error(transparent)]
    Weak(#[from] WeakSecret),
    /// Somebody must be able to let others in.
    #[error("the hall needs one active manager at least")]
    LastManager,
    /// Code of the first manager.
    #[error("the set-up code is wrong; it stands on the hub's terminal and in its journal")]
    SetupCode,
    /// A photo.
    #[error("a photo is a JPEG or PNG file of 512 KB at most")]
    Photo,
    /// The file.
    #[error("the staff file cannot be used")]
    Sqlite(#[from] rusqlite::Error),
}

const COLUMNS: &str = "id, name, role, active, photo_version, locked_until_ms";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        role: StaffRole::read(&row.get::<_, String>(2)?),
        active: row.get(3)?,
        photo: row.get(4)?,
        locked_until_ms: row.get(5)?,
    })
}

impl Staff {
    /// All accounts by name.
    pub fn accounts(&self) -> rusqlite::Result<Vec<Account>> {
        let db = self.db();
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM officers ORDER BY name, id"))?;
        query.query_map([], account)?.collect()
    }

    /// One account.
    pub fn account(&self, id: &str) -> rusqlite::Result<Option<Account>> {
        let sql = format!("SELECT {COLUMNS} FROM officers WHERE id = ?1");
        self.db().prepare_cached(&sql)?.query_row([id], account).optional()
    }

    /// The first manager, by the code on the hub's terminal.
    pub fn set_up(
        &self,
        code: &str,
        id: &str,
        name: &str,
        secret: &str,
        now_ms: i64,
    ) -> Result<(), AccountFault> {
        if !self.setup_code().is_some_and(|known| same(known, code.trim())) {
            return Err(AccountFault::SetupCode);
        }
        self.add(id, name, StaffRole::Manager, secret, ("set-up", now_ms))
    }

    /// A new account; `by` is who does it and when.
    pub fn add(
        &self,
        id: &str,
        name: &str,
        role: StaffRole,
        secret: &str,
        by: (&str, i64),
    ) -> Result<(), AccountFault> {
        let good = (2..=30).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        if !good {
            return Err(AccountFault::Id);
        }
        if self.account(id)?.is_some() {
            return Err(AccountFault::There(id.to_owned()));
        }
        let (name, hash) = (named(name)?, secret::hash(secret)?);
        let db = self.db();
        db.execute(
            "INSERT INTO officers(id, name, role, hash) VALUES(?1, ?2, ?3, ?4)",
            (id, name, role.word(), hash),
        )?;
        self.audit(&db, by.1, by.0, &format!("added {id} as {}", role.word()))?;
        Ok(())
    }

    /// Name, role and whether the account may sign in.
    pub fn change(
        &self,
        id: &str,
        name: &str,
        role: StaffRole,
        active: bool,
        by: (&str, i64),
    ) -> Result<(), AccountFault> {
        let name = named(name)?;
        let managers = self.accounts()?.into_iter().filter(|a| a.role == StaffRole::Manager && a.active);
        let stays = role == StaffRole::Manager && active;
        if !stays && managers.map(|a| a.id).collect::<Vec<_>>() == [id] {
            return Err(AccountFault::LastManager);
        }
        let db = self.db();
        let n = db.execute(
            "UPDATE officers SET name = ?2, role = ?3, active = ?4 WHERE id = ?1",
            (id, name, role.word(), active),
        )?;
        if n == 0 {
            return Err(AccountFault::NotThere(id.to_owned()));
        }
        if !active {
            db.execute("DELETE FROM sessions WHERE officer = ?1", [id])?;
        }
        self.audit(&db, by.1, by.0, &format!("changed {id}: {}, active {active}", role.word()))?;
        Ok(())
    }

    /// A new PIN or password; ends the lock and all sessions of the account.
    pub fn set_secret(&self, id: &str, secret: &str, by: (&str, i64)) -> Result<(), AccountFault> {
        let hash = secret::hash(secret)?;
        let db = self.db();
        let n = db.execute(
            "UPDATE officers SET hash = ?2, failures = 0, locked_until_ms = 0 WHERE id = ?1",
            (id, hash),
        )?;
        if n == 0 {
            return Err(AccountFault::NotThere(id.to_owned()));
        }
        db.execute("DELETE FROM sessions WHERE officer = ?1", [id])?;
        self.audit(&db, by.1, by.0, &format!("new secret for {id}"))?;
        Ok(())
    }

    /// A new photo, or none.
    pub fn set_photo(&self, id: &str, photo: Option<&[u8]>, by: (&str, i64)) -> Result<(), AccountFault> {
        let media_type = match photo {
            None => None,
            Some(bytes) if bytes.len() > LARGEST_PHOTO => return Err(AccountFault::Photo),
            Some(bytes) if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some("image/png"),
            Some(bytes) if bytes.starts_with(b"\xff\xd8\xff") => Some("image/jpeg"),
            Some(_) => return Err(AccountFault::Photo),
        };
        let db = self.db();
        db.execute(
            "UPDATE officers SET photo = ?2, photo_type = ?3, photo_version = ?4 WHERE id = ?1",
            params![id, photo, media_type, photo.map(short_digest)],
        )?;
        self.audit(&db, by.1, by.0, &format!("photo of {id}"))?;
        Ok(())
    }

    /// The photo of an officer.
    pub fn photo(&self, id: &str) -> rusqlite::Result<Option<Photo>> {
        let sql = "SELECT photo_type, photo FROM officers WHERE id = ?1 AND photo IS NOT NULL";
        self.db()
            .prepare_cached(sql)?
            .query_row([id], |r| Ok(Photo { media_type: r.get(0)?, bytes: r.get(1)? }))
            .optional()
    }
}

fn named(name: &str) -> Result<&str, AccountFault> {
    let name = name.trim();
    let good = (1..=60).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if good { Ok(name) } else { Err(AccountFault::Name) }
}
