// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents of halls: every version that was ever proposed, the one that is
//! desired, and what the hall says it has.

use super::{changed, note};
use motcua_core::hall::{Hall, HallFault};
use motcua_link::db::{DbError, Row, Tx, Value};
use motcua_link::province::Kind;
use motcua_link::wire::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hall's configuration, `hall.toml`.
pub const HALL: &str = "hall";

/// What is wrong with a text, one sentence each.
pub type Faults = Vec<Wrong>;

/// What is wrong, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Wrong {
    pub(super) fn new(vi: impl Into<String>, en: impl Into<String>) -> Wrong {
        Wrong { vi: vi.into(), en: en.into() }
    }

    /// In a language; Vietnamese where it is none that is known.
    pub fn said(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.vi }
    }
}

/// One version of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Name, [`HALL`].
    pub name: String,
    /// From 1, for each hall and name.
    pub version: u64,
    /// Hexadecimal SHA-256 of the text.
    pub digest: String,
    /// The whole text.
    pub text: String,
    /// Milliseconds UTC.
    pub made_ms: i64,
    /// Account.
    pub made_by: String,
    /// Why.
    pub note: String,
}

/// Desired and reported of one hall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HallState {
    /// Version that the hall should have; none while nothing was ever sent down.
    pub desired: Option<u64>,
    /// What the hall said last.
    pub reported: Option<Reported>,
}

/// What a hall said of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Version of the central that it is about; 0 for a text of the hall's own.
    pub version: u64,
    /// Digest of what serves now.
    pub digest: String,
    /// The version is in force.
    pub applied: bool,
    /// Why not.
    pub detail: Option<String>,
    /// When it came, milliseconds UTC.
    #[serde(default)]
    pub at_ms: i64,
}

/// Hexadecimal SHA-256 of a text.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Note of a version that was made of what a hall had before the central changed anything.
pub const AS_IT_IS: &str = "as the hall has it";
const COLUMNS: &str = "name, version, digest, text, made_ms, made_by, note";

fn read(row: &Row) -> Result<Version, DbError> {
    Ok(Version {
        name: row.text(0)?,
        version: row.number(1)?,
        digest: row.text(2)?,
        text: row.text(3)?,
        made_ms: row.int(4)?,
        made_by: row.text(5)?,
        note: row.text(6)?,
    })
}

/// Every version of a hall's configuration, newest first.
///
/// # Errors
/// The database's.
pub async fn versions(tx: &mut Tx<'_>, site: &str) -> Result<Vec<Version>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM documents WHERE site = $1 AND name = $2 ORDER BY version DESC");
    tx.rows(&sql, &[site.into(), HALL.into()]).await?.iter().map(read).collect()
}

/// One version.
///
/// # Errors
/// The database's.
pub async fn version(tx: &mut Tx<'_>, site: &str, number: u64) -> Result<Option<Version>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM documents WHERE site = $1 AND name = $2 AND version = $3");
    tx.one(&sql, &[site.into(), HALL.into(), number.into()]).await?.map(|r| read(&r)).transpose()
}

/// The text that a change begins with: what the hall has, else what was proposed last.
///
/// # Errors
/// The database's.
pub async fn newest(tx: &mut Tx<'_>, site: &str) -> Result<Option<String>, DbError> {
    let sql = "SELECT text FROM reported WHERE site = $1 AND name = $2 AND text IS NOT NULL";
    if let Some(row) = tx.one(sql, &[site.into(), HALL.into()]).await? {
        return row.text(0).map(Some);
    }
    Ok(versions(tx, site).await?.into_iter().next().map(|v| v.text))
}

/// Keeps a new version of a hall's configuration. Nothing goes down before [`desire`].
///
/// # Errors
/// The database's; `Ok(Err(_))` where the text is wrong.
pub async fn propose(
    tx: &mut Tx<'_>,
    site: &str,
    text: &str,
    by: &str,
    why: &str,
) -> Result<Result<u64, Faults>, DbError> {
    let hall = match Hall::parse(text) {
        Ok(hall) => hall,
        Err(faults) => {
            let said = |f: &HallFault| Wrong::new(format!("dòng {}: {}", f.line, f.vi), f.to_string());
            return Ok(Err(faults.iter().map(said).collect()));
        }
    };
    if hall.id != site {
        let id = &hall.id;
        return Ok(Err(vec![Wrong::new(
            format!("đây là cấu hình của bộ phận `{id}`, không phải của `{site}`"),
            format!("this is the configuration of hall `{id}`, not of `{site}`"),
        )]));
    }
    if let Some(version) = &hall.software
        && !super::software::is_there(tx, version).await?
    {
        return Ok(Err(vec![Wrong::new(
            format!("trung tâm chưa có phần mềm phiên bản {version}; thêm bằng motcua-central software add"),
            format!(
                "the central has no firmware of version {version}; add it with motcua-central software add"
            ),
        )]));
    }
    let sql = "SELECT coalesce(max(version), 0) FROM documents WHERE site = $1 AND name = $2";
    let last = tx.one(sql, &[site.into(), HALL.into()]).await?.map(|r| r.number(0)).transpose()?;
    let number = last.unwrap_or(0) + 1;
    let sql = "INSERT INTO documents(site, name, version, text, digest, made_ms, made_by, note)
               VALUES($1, $2, $3, $4, $5, $6, $7, $8)";
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let values = [
        site.into(),
        HALL.into(),
        number.into(),
        text.into(),
        digest(text).into(),
        now_ms.into(),
        by.into(),
        why.into(),
    ];
    tx.execute(sql, &values).await?;
    note(tx, by, site, "config-proposed", &format!("{HALL} {number}"), why).await?;
    Ok(Ok(number))
}

/// Says which version a hall should have; also the way back to an older one.
///
/// # Errors
/// The database's, or there is no such version.
pub async fn desire(tx: &mut Tx<'_>, site: &str, number: u64, by: &str) -> Result<(), DbError> {
    if version(tx, site, number).await?.is_none() {
        return Err(DbError::Refused(format!("hall {site} has no version {number}")));
    }
    let sql = "INSERT INTO desired(site, name, version, since_ms, by_whom) VALUES($1, $2, $3, $4, $5)
               ON CONFLICT(site, name) DO UPDATE SET version = excluded.version, since_ms = excluded.since_ms,
                   by_whom = excluded.by_whom";
    let now_ms = jiff::Timestamp::now().as_millisecond();
    tx.execute(sql, &[site.into(), HALL.into(), number.into(), now_ms.into(), by.into()]).await?;
    note(tx, by, site, "config-desired", &format!("{HALL} {number}"), "").await?;
    changed(tx).await
}

/// Desired and reported.
///
/// # Errors
/// The database's.
pub async fn hall_state(tx: &mut Tx<'_>, site: &str) -> Result<HallState, DbError> {
    let sql = "SELECT version FROM desired WHERE site = $1 AND name = $2";
    let desired = tx.one(sql, &[site.into(), HALL.into()]).await?.map(|r| r.number(0)).transpose()?;
    Ok(HallState { desired, reported: reported(tx, site).await? })
}

/// What a hall said of its configuration.
///
/// # Errors
/// The database's.
pub async fn reported(tx: &mut Tx<'_>, site: &str) -> Result<Option<Reported>, DbError> {
    let sql = "SELECT version, digest, applied, detail, at_ms FROM reported WHERE site = $1 AND name = $2";
    let row = tx.one(sql, &[site.into(), HALL.into()]).await?;
    row.map(|r| {
        Ok(Reported {
            version: r.number(0)?,
            digest: r.text(1)?,
            applied: r.flag(2)?,
            detail: r.text_or_none(3)?,
            at_ms: r.int(4)?,
        })
    })
    .transpose()
}

/// Takes what a hall says; `text` is what serves there.
///
/// # Errors
/// The database's.
pub async fn set_reported(
    tx: &mut Tx<'_>,
    site: &str,
    said: &Reported,
    text: Option<&str>,
    now_ms: i64,
) -> Result<(), DbError> {
    tx.execute(REPORT, &reported_row(site, HALL, said, text, now_ms)).await?;
    if let Some(hall) = text.and_then(|t| Hall::parse(t).ok()) {
        let sql = "INSERT INTO halls(site, name, first_ms, last_ms) VALUES($1, $2, $3, $4)
                   ON CONFLICT(site) DO UPDATE SET name = excluded.name";
        tx.execute(sql, &[site.into(), hall.lines.join(" · ").into(), now_ms.into(), now_ms.into()]).await?;
    }
    Ok(())
}

const REPORT: &str = "INSERT INTO reported(site, name, version, digest, applied, detail, text, at_ms)
               VALUES($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT(site, name) DO UPDATE SET version = excluded.version, digest = excluded.digest,
                   applied = excluded.applied, detail = excluded.detail,
                   text = coalesce(excluded.text, reported.text), at_ms = excluded.at_ms";

fn reported_row(site: &str, name: &str, said: &Reported, text: Option<&str>, now_ms: i64) -> [Value; 8] {
    [
        site.into(),
        name.into(),
        said.version.into(),
        said.digest.as_str().into(),
        said.applied.into(),
        said.detail.clone().into(),
        text.map(str::to_owned).into(),
        now_ms.into(),
    ]
}

/// Takes what a hall says of a document of the province, whose text the central has.
///
/// # Errors
/// The database's.
pub async fn set_province(
    tx: &mut Tx<'_>,
    site: &str,
    kind: Kind,
    said: &Reported,
    now_ms: i64,
) -> Result<(), DbError> {
    tx.execute(REPORT, &reported_row(site, kind.word(), said, None, now_ms)).await?;
    Ok(())
}
