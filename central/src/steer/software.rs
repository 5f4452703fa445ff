// SPDX-License-Identifier: MIT OR Apache-2.0
//! The firmware of devices: updates (RAUC bundles, which devices check by their signature) in a folder of the central,
//! their sums in the database, fetched by hubs, and whether a hall of a rollout runs what it should.

use super::rollout::Stop;
use super::{documents, note};
use motcua_core::hall::{Hall, is_version};
use motcua_link::data::{DeviceHealth, PartState};
use motcua_link::db::{DbError, Row, Tx};
use motcua_link::wire::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folder of the data directory. Gateways before one PostgreSQL share it as they share the authority's.
pub const FOLDER: &str = "software";
/// What an update is made for.
const ARCHITECTURES: [&str; 2] = ["arm64", "amd64"];

/// An update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bundle {
    /// Of the system in it.
    pub version: String,
    /// `arm64` or `amd64`.
    pub arch: String,
    /// Hexadecimal SHA-256 of the file.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// When it was added, milliseconds UTC.
    pub made_ms: i64,
    /// Account.
    pub made_by: String,
}

impl Bundle {
    /// Its file in the folder.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("motcua-{}-{}.raucb", self.version, self.arch))
    }
}

/// An update is not added.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Its name.
    #[error(
        "`{0}` is not called motcua-VERSION-arm64.raucb or motcua-VERSION-amd64.raucb, as the build of the image names updates"
    )]
    Name(String),
    /// Its beginning.
    #[error("{0} is not an update; give the .raucb file of the build")]
    Form(PathBuf),
    /// The disk.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There already.
    #[error(
        "version {0} for {1} is there already with other bytes; a version that was given out does not change"
    )]
    Other(String, String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Copies an update into the folder and tells what it is; the database is the caller's.
///
/// # Errors
/// It is none, or the disk's.
pub fn add(folder: &Path, from: &Path, by: &str) -> Result<Bundle, BundleError> {
    let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (version, arch) = named(&name).ok_or(BundleError::Name(name.clone()))?;
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| BundleError::File { path, source }
    };
    std::fs::create_dir_all(folder).map_err(fault(folder))?;
    let mut source = std::fs::File::open(from).map_err(fault(from))?;
    let part = folder.join(format!("{name}.part"));
    let mut to = std::fs::File::create(&part).map_err(fault(&part))?;
    let (mut sum, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 1 << 20]);
    loop {
        let count = source.read(&mut buffer).map_err(fault(from))?;
        let chunk = &buffer[..count];
        if bytes == 0 && !chunk.starts_with(b"hsqs") {
            let _ = std::fs::remove_file(&part);
            return Err(BundleError::Form(from.to_owned()));
        }
        if count == 0 {
            break;
        }
        sum.update(chunk);
        std::io::Write::write_all(&mut to, chunk).map_err(fault(&part))?;
        bytes += count as u64;
    }
    to.sync_all().map_err(fault(&part))?;
    let made_ms = jiff::Timestamp::now().as_millisecond();
    let bundle =
        Bundle { version, arch, sha256: hex(&sum.finalize()), bytes, made_ms, made_by: by.to_owned() };
    let file = bundle.file(folder);
    // Hubs may be fetching the file that is there.
    if file.exists() && sum_of(&file).map_err(fault(&file))? != bundle.sha256 {
        let _ = std::fs::remove_file(&part);
        return Err(BundleError::Other(bundle.version, bundle.arch));
    }
    std::fs::rename(&part, &file).map_err(fault(&file))?;
    Ok(bundle)
}

fn sum_of(path: &Path) -> std::io::Result<String> {
    let (mut file, mut sum, mut buffer) = (std::fs::File::open(path)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&sum.finalize())),
            count => sum.update(&buffer[..count]),
        }
    }
}

fn named(name: &str) -> Option<(String, String)> {
    let (version, arch) = name.strip_prefix("motcua-")?.strip_suffix(".raucb")?.rsplit_once('-')?;
    (is_version(version) && ARCHITECTURES.contains(&arch)).then(|| (version.to_owned(), arch.to_owned()))
}

/// Notes an update that lies in the folder.
///
/// # Errors
/// The database's; the same version with other bytes.
pub async fn keep(tx: &mut Tx<'_>, bundle: &Bundle) -> Result<(), DbError> {
    if let Some(there) = of(tx, &bundle.version, &bundle.arch).await? {
        if there.sha256 == bundle.sha256 {
            return Ok(());
        }
        let said = BundleError::Other(there.version, there.arch).to_string();
        return Err(DbError::Refused(said));
    }
    let sql =
        "INSERT INTO software(version, arch, sha256, bytes, made_ms, made_by) VALUES($1, $2, $3, $4, $5, $6)";
    let values = [
        bundle.version.as_str().into(),
        bundle.arch.as_str().into(),
        bundle.sha256.as_str().into(),
        bundle.bytes.into(),
        bundle.made_ms.into(),
        bundle.made_by.as_str().into(),
    ];
    tx.execute(sql, &values).await?;
    let what = format!("{} {}", bundle.version, bundle.arch);
    note(tx, &bundle.made_by, "", "software-added", &what, &bundle.sha256).await
}

const COLUMNS: &str = "version, arch, sha256, bytes, made_ms, made_by";

fn read(row: &Row) -> Result<Bundle, DbError> {
    Ok(Bundle {
        version: row.text(0)?,
        arch: row.text(1)?,
        sha256: row.text(2)?,
        bytes: row.number(3)?,
        made_ms: row.int(4)?,
        made_by: row.text(5)?,
    })
}

/// Every update, the last one added first.
///
/// # Errors
/// The database's.
pub async fn bundles(tx: &mut Tx<'_>) -> Result<Vec<Bundle>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM software ORDER BY made_ms DESC, arch");
    tx.rows(&sql, &[]).await?.iter().map(read).collect()
}

/// One update.
///
/// # Errors
/// The database's.
pub(super) async fn of(tx: &mut Tx<'_>, version: &str, arch: &str) -> Result<Option<Bundle>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM software WHERE version = $1 AND arch = $2");
    tx.one(&sql, &[version.into(), arch.into()]).await?.map(|r| read(&r)).transpose()
}

/// Whether there is an update to that version for any architecture.
pub(super) async fn is_there(tx: &mut Tx<'_>, version: &str) -> Result<bool, DbError> {
    Ok(tx.one("SELECT 1 FROM software WHERE version = $1 LIMIT 1", &[version.into()]).await?.is_some())
}

/// Forgets an update; its file is the caller's.
///
/// # Errors
/// The database's, or there is none.
pub async fn remove(tx: &mut Tx<'_>, version: &str, arch: &str, by: &str) -> Result<Bundle, DbError> {
    let Some(bundle) = of(tx, version, arch).await? else {
        return Err(DbError::Refused(format!("there is no firmware {version} for {arch}")));
    };
    let sql = "DELETE FROM software WHERE version = $1 AND arch = $2";
    tx.execute(sql, &[version.into(), arch.into()]).await?;
    note(tx, by, "", "software-removed", &format!("{version} {arch}"), "").await?;
    Ok(bundle)
}

/// How far the devices of a hall are with the firmware of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// Every device that updates itself runs it; or the rollout is about something else.
    Yes,
    /// Not all.
    NotYet,
    /// One came back, and why.
    Failed(String),
}

/// A hall that took a configuration with `[software]` has arrived when its devices run that version. Devices that do
/// not say how their update stands were not started from an image, and nobody waits for them.
pub(super) async fn arrived(tx: &mut Tx<'_>, stop: &Stop) -> Result<Arrived, DbError> {
    let wanted = documents::version(tx, &stop.site, stop.version).await?;
    let Some(wanted) = wanted.and_then(|v| Hall::parse(&v.text).ok()?.software) else {
        return Ok(Arrived::Yes);
    };
    let sql = "SELECT source, health FROM devices WHERE site = $1 AND health IS NOT NULL";
    let mut arrived = Arrived::Yes;
    for row in tx.rows(sql, &[stop.site.as_str().into()]).await? {
        let Ok(health) = serde_json::from_str::<DeviceHealth>(&row.text(1)?) else { continue };
        let Some(update) = health.parts.get("update") else { continue };
        if update.state == PartState::Fault {
            let why = update.fault.clone().unwrap_or_default();
            return Ok(Arrived::Failed(format!("{}: {wanted}: {why}", row.text(0)?)));
        }
        if health.version != wanted {
            arrived = Arrived::NotYet;
        }
    }
    Ok(arrived)
}
