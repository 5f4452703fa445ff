// SPDX-License-Identifier: MIT OR Apache-2.0
//! A back-up becomes the data of a central again, once every byte of it is
//! proved; nothing is ever overwritten.

use super::{AUTHORITY, DIRECTORIES, MANIFEST, Manifest, copy, digest, make_dir, sync};
use crate::serve::FILE;
use rusqlite::{Connection, OpenFlags};
use std::path::{Component, Path, PathBuf};

/// Nothing is restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Data are there already.
    #[error("{} exists; nothing is overwritten: move it away first, or give another --data", .0.display())]
    Exists(PathBuf),
    /// Not a back-up.
    #[error("{} is no back-up of a central: {why}", path.display())]
    NotABackup {
        /// Directory.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Other bytes than were backed up.
    #[error("{name} is damaged: it is not what the manifest says; take another back-up")]
    Damaged {
        /// File in the back-up.
        name: String,
    },
    /// SQLite finds faults.
    #[error("the database in the back-up is damaged ({0}); take another back-up")]
    Integrity(String),
    /// Disk.
    #[error("cannot use {}: {source}; check space and rights", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn fail(path: &Path) -> impl FnOnce(std::io::Error) -> RestoreError {
    let path = path.to_owned();
    move |source| RestoreError::File { path, source }
}

/// Puts the back-up `from` into `data`.
///
/// # Errors
/// It is not whole, or something is there already.
pub fn restore(from: &Path, data: &Path) -> Result<Manifest, RestoreError> {
    for name in DIRECTORIES.into_iter().chain([FILE]) {
        let path = data.join(name);
        if path.exists() {
            return Err(RestoreError::Exists(path));
        }
    }
    let manifest = read(from)?;
    for kept in &manifest.files {
        let path = from.join(&kept.name);
        let found = digest(&path).map_err(fail(&path))?;
        if found != (kept.bytes, kept.sha256.clone()) {
            return Err(RestoreError::Damaged { name: kept.name.clone() });
        }
    }
    sound(&from.join(FILE))?;
    std::fs::create_dir_all(data).map_err(fail(data))?;
    let of = |dir: &str| manifest.files.iter().any(|k| k.name.split('/').next() == Some(dir));
    let dirs: Vec<PathBuf> =
        DIRECTORIES.into_iter().filter(|d| *d == AUTHORITY || of(d)).map(|d| data.join(d)).collect();
    for dir in &dirs {
        make_dir(dir).map_err(fail(dir))?;
    }
    // The database comes last: a central that is started after a break finds keys and no data, not the reverse.
    let last = |name: &str| name == FILE;
    let (databases, others): (Vec<_>, Vec<_>) = manifest.files.iter().partition(|k| last(&k.name));
    for kept in others.into_iter().chain(databases) {
        let to = data.join(&kept.name);
        let (bytes, sha256) = copy(&from.join(&kept.name), &to).map_err(fail(&to))?;
        if (bytes, &sha256) != (kept.bytes, &kept.sha256) {
            return Err(RestoreError::Damaged { name: kept.name.clone() });
        }
    }
    for dir in &dirs {
        sync(dir).map_err(fail(dir))?;
    }
    sync(data).map_err(fail(data))?;
    Ok(manifest)
}

fn read(from: &Path) -> Result<Manifest, RestoreError> {
    let not = |why: String| RestoreError::NotABackup { path: from.to_owned(), why };
    let path = from.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|e| not(format!("{MANIFEST}: {e}")))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| not(format!("{MANIFEST}: {e}")))?;
    // A name must not lead out of the directory.
    let plain = |name: &str| {
        let parts: Vec<_> = Path::new(name).components().collect();
        let normal = parts.iter().all(|p| matches!(p, Component::Normal(_)));
        normal
            && (name == FILE
                || (parts.len() == 2 && DIRECTORIES.iter().any(|d| Path::new(name).starts_with(d))))
    };
    if let Some(strange) = manifest.files.iter().find(|k| !plain(&k.name)) {
        return Err(not(format!("it names `{}`", strange.name)));
    }
    if !manifest.files.iter().any(|k| k.name == FILE) {
        return Err(not(format!("it has no {FILE}")));
    }
    Ok(manifest)
}

/// The manifest proves the bytes; this proves that they were sound when they were backed up.
fn sound(database: &Path) -> Result<(), RestoreError> {
    let check = || -> rusqlite::Result<String> {
        let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        db.query_row("PRAGMA integrity_check", [], |row| row.get(0))
    };
    match check() {
        Ok(said) if said == "ok" => Ok(()),
        Ok(said) => Err(RestoreError::Integrity(said)),
        Err(e) => Err(RestoreError::Integrity(e.to_string())),
    }
}
