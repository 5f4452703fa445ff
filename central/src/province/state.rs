// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rows: newest documents, what came in, and what the halls say they have.

use super::take::{Adapter, Origin};
use crate::reports::Scope;
use motcua_link::db::{Db, DbError, Tx, Value};
use motcua_link::province::{Kind, Said, Words};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What came in is listed for this long.
pub(super) const LISTED_DAYS: i64 = 30;
/// Rows on a page.
const MOST: i64 = 60;

/// The bytes of a version.
pub(super) struct Row {
    pub digest: String,
    pub packed: Vec<u8>,
    pub bytes: u64,
    pub entries: u64,
    pub first_day: String,
}

/// Puts a version in the place of the one before.
pub(super) async fn put(
    tx: &mut Tx<'_>,
    (kind, site, version): (Kind, &str, u64),
    origin: &Origin,
    row: &Row,
    at_ms: i64,
) -> Result<(), DbError> {
    let sql = "INSERT INTO province_documents(site, name, version, digest, packed, bytes, entries, first_day, adapter,
                   origin, made_ms, seen_ms) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT(site, name) DO UPDATE SET version = excluded.version, digest = excluded.digest,
                   packed = excluded.packed, bytes = excluded.bytes, entries = excluded.entries,
                   first_day = excluded.first_day, adapter = excluded.adapter, origin = excluded.origin,
                   made_ms = excluded.made_ms, seen_ms = excluded.seen_ms";
    let values = [
        site.into(),
        kind.word().into(),
        version.into(),
        row.digest.as_str().into(),
        row.packed.clone().into(),
        row.bytes.into(),
        row.entries.into(),
        row.first_day.as_str().into(),
        origin.adapter.word().into(),
        origin.by.as_str().into(),
        at_ms.into(),
        at_ms.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Puts the names of a catalogue's fields in the place of those before.
pub(super) async fn put_fields(tx: &mut Tx<'_>, fields: &BTreeMap<String, Words>) -> Result<(), DbError> {
    tx.execute("DELETE FROM province_fields", &[]).await?;
    for (code, name) in fields {
        let sql = "INSERT INTO province_fields(code, vi, en) VALUES($1, $2, $3)";
        tx.execute(sql, &[code.as_str().into(), name.vi.as_str().into(), name.en.clone().into()]).await?;
    }
    Ok(())
}

/// Names of fields by their codes.
///
/// # Errors
/// The database's.
pub async fn fields(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Words>, DbError> {
    let rows = tx.rows("SELECT code, vi, en FROM province_fields", &[]).await?;
    rows.iter().map(|r| Ok((r.text(0)?, Words { vi: r.text(1)?, en: r.text_or_none(2)? }))).collect()
}

/// What became of something that came.
pub(super) enum Outcome {
    Taken { version: u64, entries: u64 },
    Refused(Vec<Said>),
}

/// Notes what came. The same refusal of the same sender only counts, and what is asked for again and again has one
/// refusal, the last one; whether this one is new. A refusal that a person has seen is one to be seen again when it
/// says something else, or when somebody sent it anew.
pub(super) async fn note_intake(
    tx: &mut Tx<'_>,
    (kind, site): (Kind, &str),
    origin: &Origin,
    outcome: Outcome,
    at_ms: i64,
) -> Result<bool, DbError> {
    let (word, version, entries, faults) = match outcome {
        Outcome::Taken { version, entries } => ("taken", version, entries, Vec::new()),
        Outcome::Refused(said) => ("refused", 0, 0, said),
    };
    let faults = serde_json::to_string(&faults).unwrap_or_default();
    // The words of the faults tell refusals apart, not the data: those may hold a number.
    let pulled = word == "refused" && origin.adapter == Adapter::Pull;
    let which = if pulled { "" } else { faults.as_str() };
    let told = format!("{word} {kind} {site} {} {version} {which}", origin.who());
    let id = motcua_link::wire::hex(&Sha256::digest(told.as_bytes()));
    let before = tx.one("SELECT faults FROM province_intake WHERE id = $1", &[id.as_str().into()]).await?;
    let same = before.map(|r| r.text(0)).transpose()?.as_deref() == Some(faults.as_str());
    if !(same && pulled) {
        let sql = "UPDATE province_intake SET seen_ms = NULL, seen_by = NULL WHERE id = $1";
        tx.execute(sql, &[id.as_str().into()]).await?;
    }
    let sql = "INSERT INTO province_intake(id, site, name, adapter, origin, outcome, version, entries, faults, at_ms,
                   last_ms, times) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
               ON CONFLICT(id) DO UPDATE SET last_ms = excluded.last_ms, faults = excluded.faults,
                   times = province_intake.times + 1";
    let values = [
        id.as_str().into(),
        site.into(),
        kind.word().into(),
        origin.adapter.word().into(),
        origin.by.as_str().into(),
        word.into(),
        version.into(),
        entries.into(),
        faults.into(),
        at_ms.into(),
        at_ms.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(!same)
}

/// A person has seen a refusal; whether there is one.
///
/// # Errors
/// The database's.
pub async fn seen(db: &Db, scope: Scope, id: &str, by: &str, at_ms: i64) -> Result<bool, DbError> {
    let (id, by) = (id.to_owned(), by.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "SELECT site FROM province_intake WHERE id = $1 AND outcome = 'refused'";
            let Some(row) = tx.one(sql, &[id.as_str().into()]).await? else { return Ok(false) };
            let site = row.text(0)?;
            if !site.is_empty() && !scope.has(&site) {
                return Ok(false);
            }
            let sql = "UPDATE province_intake SET seen_ms = $1, seen_by = $2 WHERE id = $3";
            tx.execute(sql, &[at_ms.into(), by.into(), id.into()]).await?;
            Ok(true)
        })
    })
    .await
}

/// The newest version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Hall; empty for the catalogue.
    pub site: String,
    /// Which.
    pub name: String,
    /// From 1.
    pub version: u64,
    /// Of the text.
    pub digest: String,
    /// Length of the text.
    pub bytes: u64,
    /// Procedures, bookings or dossiers.
    pub entries: u64,
    /// `file`, `push`, `pull`, or `sweep` for what was left of a day before.
    pub adapter: String,
    /// File, key or address.
    pub origin: String,
    /// When it came.
    pub made_ms: i64,
    /// When the same came last.
    pub seen_ms: i64,
}

/// The newest versions of the catalogue and of halls.
///
/// # Errors
/// The database's.
pub async fn current(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Current>, DbError> {
    let (condition, values) = scope.condition("d.site", 0);
    let sql = format!(
        "SELECT d.site, d.name, d.version, d.digest, d.bytes, d.entries, d.adapter, d.origin, d.made_ms, d.seen_ms
         FROM province_documents d WHERE d.name = 'catalogue' OR (1 = 1{condition}) ORDER BY d.site, d.name"
    );
    let read = |r: &motcua_link::db::Row| {
        Ok(Current {
            site: r.text(0)?,
            name: r.text(1)?,
            version: r.number(2)?,
            digest: r.text(3)?,
            bytes: r.number(4)?,
            entries: r.number(5)?,
            adapter: r.text(6)?,
            origin: r.text(7)?,
            made_ms: r.int(8)?,
            seen_ms: r.int(9)?,
        })
    };
    tx.rows(&sql, &values).await?.iter().map(read).collect()
}

/// Something that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// Its key.
    pub id: String,
    /// Hall; empty for the catalogue.
    pub site: String,
    /// Which document.
    pub name: String,
    /// The way.
    pub adapter: String,
    /// File, key or address.
    pub origin: String,
    /// `taken` or `refused`.
    pub outcome: String,
    /// Where it was taken.
    pub version: u64,
    /// Where it was taken.
    pub entries: u64,
    /// What is wrong.
    pub faults: Vec<Said>,
    /// When it came first.
    pub at_ms: i64,
    /// When it came last.
    pub last_ms: i64,
    /// How often.
    pub times: u64,
    /// When and by whom it was seen.
    pub seen: Option<(i64, String)>,
}

/// What came in, newest first; refusals alone, or what was taken.
///
/// # Errors
/// The database's.
pub async fn intakes(tx: &mut Tx<'_>, scope: &Scope, outcome: &str) -> Result<Vec<Intake>, DbError> {
    let (condition, scoped) = scope.condition("i.site", 1);
    let mut values: Vec<Value> = vec![outcome.into()];
    values.extend(scoped);
    values.push(MOST.into());
    let sql = format!(
        "SELECT i.site, i.name, i.adapter, i.origin, i.outcome, i.version, i.entries, i.faults, i.at_ms, i.last_ms,
                i.times, i.id, i.seen_ms, i.seen_by
         FROM province_intake i WHERE i.outcome = $1 AND (i.name = 'catalogue' OR (1 = 1{condition}))
         ORDER BY i.last_ms DESC, i.id LIMIT ${}",
        values.len()
    );
    let read = |r: &motcua_link::db::Row| {
        Ok(Intake {
            site: r.text(0)?,
            name: r.text(1)?,
            adapter: r.text(2)?,
            origin: r.text(3)?,
            outcome: r.text(4)?,
            version: r.number(5)?,
            entries: r.number(6)?,
            faults: serde_json::from_str(&r.text(7)?).unwrap_or_default(),
            at_ms: r.int(8)?,
            last_ms: r.int(9)?,
            times: r.number(10)?,
            id: r.text(11)?,
            seen: r.int_or_none(12)?.zip(r.text_or_none(13)?),
        })
    };
    tx.rows(&sql, &values).await?.iter().map(read).collect()
}

/// What a hall says of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Hall.
    pub site: String,
    /// Which document.
    pub name: String,
    /// Version that it has, or refuses.
    pub version: u64,
    /// It serves by it.
    pub applied: bool,
    /// Why not.
    pub detail: Option<String>,
    /// When it said so.
    pub at_ms: i64,
}

/// What halls say of the provincial documents.
///
/// # Errors
/// The database's.
pub async fn standings(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<Standing>, DbError> {
    let (condition, values) = scope.condition("r.site", 0);
    let sql = format!(
        "SELECT r.site, r.name, r.version, r.applied, r.detail, r.at_ms FROM reported r
         WHERE r.name IN ('catalogue', 'bookings', 'dossiers'){condition} ORDER BY r.site, r.name"
    );
    let read = |r: &motcua_link::db::Row| {
        Ok(Standing {
            site: r.text(0)?,
            name: r.text(1)?,
            version: r.number(2)?,
            applied: r.flag(3)?,
            detail: r.text_or_none(4)?,
            at_ms: r.int(5)?,
        })
    };
    tx.rows(&sql, &values).await?.iter().map(read).collect()
}
