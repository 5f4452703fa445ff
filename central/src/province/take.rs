// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came becomes a version, or is refused; either is kept with who sent it.
//! The same data again change nothing, so that a file that is taken twice after
//! a crash does no harm.

use super::{state, sweep};
use crate::audit::{note, now_ms};
use crate::reports::day_of;
use jiff::civil::Date;
use motcua_link::db::{Db, DbError};
use motcua_link::province::input::{BookingIn, Input, Media, marked, read};
use motcua_link::province::{DayKey, Fault, Kind, What, Words, digest, pack, unpack};
use serde::Serialize;
use std::collections::BTreeMap;

/// The way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// A file in the directory.
    File,
    /// HTTP, by the provincial system.
    Push,
    /// HTTP, by the central.
    Pull,
}

impl Adapter {
    /// As it is kept.
    pub fn word(self) -> &'static str {
        match self {
            Adapter::File => "file",
            Adapter::Push => "push",
            Adapter::Pull => "pull",
        }
    }
}

/// Who sent it, by which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The way.
    pub adapter: Adapter,
    /// Name of the file, of the key, or the address that was asked.
    pub by: String,
}

/// What became of data that were right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Taken {
    /// Version that holds them.
    pub version: u64,
    /// Procedures, bookings or dossiers.
    pub entries: u64,
    /// They are other than what was there, and go down to the halls.
    pub changed: bool,
    /// Bookings of days that are over, left out.
    pub over: u64,
}

/// A text ready to be kept.
struct Ready {
    digest: String,
    packed: Vec<u8>,
    bytes: usize,
    entries: usize,
    /// The first day that must be deleted some day; empty where none must.
    first_day: String,
    over: usize,
    /// Digest of the version that says the same in another form.
    same_as: Option<String>,
    /// Names of the fields of a catalogue.
    fields: BTreeMap<String, Words>,
}

/// Takes what came for a hall; `site` is empty for the catalogue.
///
/// # Errors
/// The database's; `Ok(Err(_))` where the data are wrong.
pub async fn take(
    db: &Db,
    origin: &Origin,
    (kind, site): (Kind, &str),
    bytes: Vec<u8>,
    media: Media,
) -> Result<Result<Taken, Vec<Fault>>, DbError> {
    let today = day_of(now_ms());
    // What stands where a hall's name belongs may be anything.
    let shown = motcua_link::data::blot(site);
    let done = match check(db, (kind, site), bytes, media, today).await? {
        Ok(input) => {
            let ready = same_words(db, (kind, site), ready(db, site, input).await?).await?;
            Ok(keep(db, origin, (kind, site), ready).await?)
        }
        Err(faults) => {
            refuse(db, origin, (kind, &shown), &faults).await?;
            Err(faults)
        }
    };
    let outcome = match &done {
        Ok(taken) if taken.changed => "taken",
        Ok(_) => "same",
        Err(_) => "refused",
    };
    metrics::counter!("motcua_province_inputs_total",
        "document" => kind.word(), "adapter" => origin.adapter.word(), "outcome" => outcome)
    .increment(1);
    match &done {
        Ok(taken) => {
            tracing::info!(document = %kind, site, adapter = origin.adapter.word(), ?taken, "data of the province");
        }
        Err(faults) => tracing::warn!(
            document = %kind, site = shown, adapter = origin.adapter.word(),
            faults = motcua_link::province::faults_text(faults), "data of the province were refused"
        ),
    }
    Ok(done)
}

async fn check(
    db: &Db,
    (kind, site): (Kind, &str),
    bytes: Vec<u8>,
    media: Media,
    today: Date,
) -> Result<Result<Input, Vec<Fault>>, DbError> {
    if kind != Kind::Catalogue {
        let asked = site.to_owned();
        let known = db.read(move |tx| {
            Box::pin(async move { tx.one("SELECT 1 FROM halls WHERE site = $1", &[asked.into()]).await })
        });
        if known.await?.is_none() {
            return Ok(Err(vec![Fault::whole(What::NoHall(motcua_link::data::blot(site)))]));
        }
    }
    // A big catalogue takes a while; devices are answered meanwhile.
    let site = site.to_owned();
    let read = tokio::task::spawn_blocking(move || read(kind, &site, &bytes, media, today));
    read.await.map_err(|e| DbError::Refused(e.to_string()))
}

async fn ready(db: &Db, site: &str, input: Input) -> Result<Ready, DbError> {
    let site = site.to_owned();
    let keys = match &input {
        Input::Bookings(ahead, _) => day_keys(db, &site, ahead).await?,
        _ => BTreeMap::new(),
    };
    let packed = tokio::task::spawn_blocking(move || {
        let (text, entries, first_day, over) = match &input {
            Input::Catalogue(c) => (serde_json::to_string(c), c.procedures.len(), String::new(), 0),
            Input::Dossiers(d) => (serde_json::to_string(d), d.dossiers.len(), String::new(), 0),
            Input::Bookings(ahead, over) => {
                let first = ahead.first().map(|b| b.day.to_string()).unwrap_or_default();
                (serde_json::to_string(&marked(&site, ahead, &keys)), ahead.len(), first, *over)
            }
        };
        let text = text.map_err(|e| DbError::Refused(e.to_string()))?;
        let packed = pack(&text).map_err(|e| DbError::Refused(e.to_string()))?;
        let fields = match input {
            Input::Catalogue(c) => c.procedures.into_iter().map(|p| (p.field.code, p.field.name)).collect(),
            _ => BTreeMap::new(),
        };
        let same_as = None;
        Ok(Ready {
            digest: digest(&text),
            packed,
            bytes: text.len(),
            entries,
            first_day,
            over,
            same_as,
            fields,
        })
    });
    packed.await.map_err(|e| DbError::Refused(e.to_string()))?
}

/// What says the same as the newest version is that version, however it was written: as a table or as JSON, with
/// other spaces, another order, or an empty text for an absent one.
async fn same_words(db: &Db, (kind, site): (Kind, &str), mut ready: Ready) -> Result<Ready, DbError> {
    let sql = "SELECT digest, packed FROM province_documents WHERE site = $1 AND name = $2 AND entries = $3";
    let values = [site.to_owned().into(), kind.word().into(), (ready.entries as u64).into()];
    let found = db.read(move |tx| Box::pin(async move { tx.one(sql, &values).await })).await?;
    let Some(row) = found else { return Ok(ready) };
    let (digest, packed) = (row.text(0)?, row.blob(1)?);
    if digest == ready.digest {
        return Ok(ready);
    }
    let new = ready.packed.clone();
    let same = tokio::task::spawn_blocking(move || {
        let said = |packed: &[u8]| unpack(packed).ok().and_then(|text| understood(&text));
        said(&packed).is_some_and(|before| said(&new).as_ref() == Some(&before))
    });
    if same.await.map_err(|e| DbError::Refused(e.to_string()))? {
        ready.same_as = Some(digest);
    }
    Ok(ready)
}

/// What a document says: texts without spaces around them, nothing that is empty, its list by code.
fn understood(text: &str) -> Option<serde_json::Value> {
    use serde_json::Value;
    fn plain(value: Value) -> Option<Value> {
        match value {
            Value::Null => None,
            Value::String(s) => Some(s.trim().to_owned()).filter(|s| !s.is_empty()).map(Value::String),
            Value::Array(list) => {
                let list: Vec<Value> = list.into_iter().filter_map(plain).collect();
                (!list.is_empty()).then_some(Value::Array(list))
            }
            Value::Object(fields) => {
                Some(Value::Object(fields.into_iter().filter_map(|(k, v)| Some((k, plain(v)?))).collect()))
            }
            other => Some(other),
        }
    }
    let code = |v: &Value| v.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut all = plain(serde_json::from_str(text).ok()?)?;
    for (_, list) in all.as_object_mut()? {
        if let Some(list) = list.as_array_mut() {
            // Days have no code, and are in order already.
            list.sort_by_cached_key(code);
        }
    }
    Some(all)
}

/// The keys of the days, made at the first booking of each.
async fn day_keys(db: &Db, site: &str, ahead: &[BookingIn]) -> Result<BTreeMap<Date, DayKey>, DbError> {
    let mut days: Vec<Date> = ahead.iter().map(|b| b.day).collect();
    days.dedup();
    let mut fresh = Vec::new();
    for day in &days {
        let key = DayKey::random().map_err(|e| DbError::Refused(e.to_string()))?;
        fresh.push((day.to_string(), key.hex()));
    }
    let site = site.to_owned();
    let found = db.write(move |tx| {
        Box::pin(async move {
            for (day, secret) in fresh {
                let sql = "INSERT INTO province_day_keys(site, day, secret) VALUES($1, $2, $3)
                           ON CONFLICT(site, day) DO NOTHING";
                tx.execute(sql, &[site.as_str().into(), day.into(), secret.into()]).await?;
            }
            tx.rows("SELECT day, secret FROM province_day_keys WHERE site = $1", &[site.into()]).await
        })
    });
    let mut keys = BTreeMap::new();
    for row in found.await? {
        if let (Ok(day), Ok(key)) = (row.text(0)?.parse(), row.text(1)?.parse()) {
            keys.insert(day, key);
        }
    }
    Ok(keys)
}

async fn keep(db: &Db, origin: &Origin, (kind, site): (Kind, &str), ready: Ready) -> Result<Taken, DbError> {
    let (origin, site) = (origin.clone(), site.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            let at = now_ms();
            let (over, entries) = (ready.over as u64, ready.entries as u64);
            let here = [site.as_str().into(), kind.word().into()];
            let sql = "SELECT version, digest FROM province_documents WHERE site = $1 AND name = $2";
            let found = tx.one(sql, &here).await?;
            let last = found.as_ref().map(|r| r.number(0)).transpose()?.unwrap_or(0);
            let is = found.map(|r| r.text(1)).transpose()?;
            let same = is.is_some() && (is.as_ref() == Some(&ready.digest) || is == ready.same_as);
            if same {
                let sql = "UPDATE province_documents SET seen_ms = $1 WHERE site = $2 AND name = $3";
                tx.execute(sql, &[at.into(), site.as_str().into(), kind.word().into()]).await?;
                return Ok(Taken { version: last, entries, changed: false, over });
            }
            let version = last + 1;
            if kind == Kind::Bookings {
                sweep::overwrite_deleted(tx).await?;
            }
            if kind == Kind::Catalogue {
                state::put_fields(tx, &ready.fields).await?;
            }
            state::put(tx, (kind, &site, version), &origin, &ready.into_row(), at).await?;
            state::note_intake(tx, (kind, &site), &origin, state::Outcome::Taken { version, entries }, at)
                .await?;
            let subject = format!("{kind} {version}");
            note(tx, &origin.who(), &site, "province-taken", &subject, &entries.to_string()).await?;
            crate::steer::changed(tx).await?;
            Ok(Taken { version, entries, changed: true, over })
        })
    })
    .await
}

impl Ready {
    fn into_row(self) -> state::Row {
        let Ready { digest, packed, bytes, entries, first_day, .. } = self;
        state::Row { digest, packed, bytes: bytes as u64, entries: entries as u64, first_day }
    }
}

impl Origin {
    /// For the audit.
    pub fn who(&self) -> String {
        format!("{} {}", self.adapter.word(), self.by)
    }
}

async fn refuse(
    db: &Db,
    origin: &Origin,
    (kind, site): (Kind, &str),
    faults: &[Fault],
) -> Result<(), DbError> {
    let said: Vec<_> = faults.iter().map(Fault::said).collect();
    let (origin, site) = (origin.clone(), site.to_owned());
    db.write(move |tx| {
        Box::pin(async move {
            let first = said.first().map(motcua_link::province::Said::in_vi).unwrap_or_default();
            let new = state::note_intake(tx, (kind, &site), &origin, state::Outcome::Refused(said), now_ms())
                .await?;
            if new {
                note(tx, &origin.who(), &site, "province-refused", kind.word(), &first).await?;
            }
            Ok(())
        })
    })
    .await
}
