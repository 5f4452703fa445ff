// SPDX-License-Identifier: MIT OR Apache-2.0
//! The life of the data beside the running program: backed up, restored, moved
//! from SQLite to PostgreSQL, each with a proof.

mod backup;
mod checksum;
mod restore;
mod transfer;

pub use backup::{BackupError, backup};
pub use restore::{RestoreError, restore};
pub use transfer::{Compared, TransferError, table, transfer};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// File in a back-up that says what belongs to it; written last, so that a back-up without it is none.
pub const MANIFEST: &str = "manifest.json";
/// Directory of the authority's keys, in the data and in a back-up.
const AUTHORITY: &str = "authority";
/// Every directory of keys: the authority's, and the enrolment at a central above where there is one.
const DIRECTORIES: [&str; 2] = [AUTHORITY, crate::above::DIR];

/// What belongs to a back-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Program that made it.
    pub version: String,
    /// When, RFC 3339.
    pub made: String,
    /// Files.
    pub files: Vec<Kept>,
}

/// One file of a back-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Inside the back-up, with `/`.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Copies a file, readable by its owner only, and makes it durable; its size and digest.
fn copy(from: &Path, to: &Path) -> std::io::Result<(u64, String)> {
    let mut target = File::options().write(true).create_new(true).mode(0o600).open(to)?;
    let found = pour(from, |bytes| target.write_all(bytes))?;
    target.sync_all()?;
    Ok(found)
}

/// Size and digest of a file.
fn digest(path: &Path) -> std::io::Result<(u64, String)> {
    pour(path, |_| Ok(()))
}

fn pour(from: &Path, mut into: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<(u64, String)> {
    let mut source = File::open(from)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let n = source.read(&mut buffer)?;
        if n == 0 {
            return Ok((bytes, motcua_link::wire::hex(&hash.finalize())));
        }
        hash.update(&buffer[..n]);
        into(&buffer[..n])?;
        bytes += n as u64;
    }
}

/// Makes new names in a directory durable.
fn sync(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

/// A directory that only its owner can read.
fn make_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(dir)
}
