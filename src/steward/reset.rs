// SPDX-License-Identifier: MIT OR Apache-2.0
//! Back to a blank device. A marker says that it was ordered; whoever finds the marker at a start finishes the work,
//! so that a power cut in the middle leaves no half of a hall.

use super::layout::Layout;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The data was not all removed.
#[derive(Debug, thiserror::Error)]
#[error("cannot remove {path}; order the reset again")]
pub struct ResetError {
    path: PathBuf,
    source: std::io::Error,
}

fn marker(layout: &Layout) -> PathBuf {
    layout.path("/data/factory-reset")
}

/// Orders it: from now on it will be done, whatever happens.
pub fn order(layout: &Layout) -> Result<(), ResetError> {
    let path = marker(layout);
    crate::disk::keep(&path, b"").map_err(|source| ResetError { path, source })
}

/// Does what was ordered; whether anything was.
pub fn finish(layout: &Layout) -> Result<bool, ResetError> {
    let marker = marker(layout);
    if !marker.exists() {
        return Ok(false);
    }
    for dir in [layout.data(), layout.device()] {
        empty(&dir).map_err(|source| ResetError { path: dir.clone(), source })?;
    }
    fs::remove_file(&marker).map_err(|source| ResetError { path: marker, source })?;
    Ok(true)
}

/// Removes what is in a directory, and makes that durable.
fn empty(dir: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    fs::File::open(dir)?.sync_all()
}
