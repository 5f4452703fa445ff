// SPDX-License-Identifier: MIT OR Apache-2.0
//! A back-up of a running central on SQLite: one picture of the database, the
//! authority's keys, the enrolment at a central above, and a manifest with their digests.

use super::{AUTHORITY, DIRECTORIES, Kept, MANIFEST, Manifest, copy, digest, make_dir, sync};
use crate::serve::FILE;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// There is no back-up.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has better tools of its own.
    #[error(
        "PostgreSQL is backed up by its own programs: `pg_basebackup` with archived WAL for every moment, or \
         `pg_dump -Fc` for one; copy the directory {} and, where there is one, `above` beside it (see deploy/central/data.md)", .0.display()
    )]
    Postgres(PathBuf),
    /// No database there.
    #[error("there is no database in {}; give the central's directory with --data", .0.display())]
    Missing(PathBuf),
    /// Something stands there.
    #[error("{} exists already; give a new directory", .0.display())]
    Exists(PathBuf),
    /// Disk.
    #[error("cannot use {}: {source}; check space and rights", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite.
    #[error("the database was not copied: {0}; check the disk, then try again")]
    Sqlite(#[from] rusqlite::Error),
}

/// Writes a back-up of the central in `data` into the new directory `to`. The central may run.
///
/// # Errors
/// What is in the way; `to` then has no manifest and is no back-up.
pub fn backup(data: &Path, to: &Path) -> Result<Manifest, BackupError> {
    let database = data.join(FILE);
    if !database.is_file() {
        return Err(BackupError::Missing(data.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    make_dir(to).map_err(fail(to))?;
    let copied = to.join(FILE);
    picture(&database, &copied).map_err(|e| match e {
        Picture::Sqlite(e) => BackupError::Sqlite(e),
        Picture::File(source) => BackupError::File { path: copied.clone(), source },
    })?;
    let (bytes, sha256) = digest(&copied).map_err(fail(&copied))?;
    let mut files = vec![Kept { name: FILE.into(), bytes, sha256 }];
    for dir in DIRECTORIES {
        files.extend(keys(data, to, dir)?);
    }
    let made = jiff::Timestamp::now().to_string();
    let manifest = Manifest { version: env!("CARGO_PKG_VERSION").into(), made, files };
    let path = to.join(MANIFEST);
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| fail(&path)(std::io::Error::other(e)))?;
    let written = || {
        std::fs::write(&path, text)?;
        std::fs::File::open(&path)?.sync_all()?;
        sync(to)
    };
    written().map_err(fail(&path))?;
    Ok(manifest)
}

fn fail(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path, source }
}

/// Copies a directory of keys. A central that is enrolled nowhere has no `above`; one without an authority is none.
fn keys(data: &Path, to: &Path, dir: &str) -> Result<Vec<Kept>, BackupError> {
    let (keys, kept) = (data.join(dir), to.join(dir));
    if dir != AUTHORITY && !keys.is_dir() {
        return Ok(Vec::new());
    }
    make_dir(&kept).map_err(fail(&kept))?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&keys).map_err(fail(&keys))? {
        let entry = entry.map_err(fail(&keys))?;
        let (from, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if !from.is_file() {
            continue;
        }
        let (bytes, sha256) = copy(&from, &kept.join(&name)).map_err(fail(&from))?;
        files.push(Kept { name: format!("{dir}/{name}"), bytes, sha256 });
    }
    sync(&kept).map_err(fail(&kept))?;
    Ok(files)
}

enum Picture {
    Sqlite(rusqlite::Error),
    File(std::io::Error),
}

/// One picture of the database in a fresh file. Unlike the back-up API it never begins anew because of a writer.
fn picture(from: &Path, to: &Path) -> Result<(), Picture> {
    use std::os::unix::fs::OpenOptionsExt;
    // SQLite takes an empty file, whose rights it keeps.
    let made = std::fs::File::options().write(true).create_new(true).mode(0o600).open(to);
    let file = made.map_err(Picture::File)?;
    let copied = || {
        // Not read-only: after a crash the log must be read first, which may need to make its index.
        let db = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        db.execute("VACUUM INTO ?1", [to.to_string_lossy()])
    };
    copied().map_err(Picture::Sqlite)?;
    file.sync_all().map_err(Picture::File)
}
