// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the writable partition is there. A card that is worn out, or whose file system cannot be repaired, leaves an
//! empty directory in the read-only root: then nothing is provisioned and nothing is written, and a screen says so.

use super::layout::Layout;
use serde::{Deserialize, Serialize};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Between two looks for a disk that takes its time.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The partition with everything that outlives a start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// It is mounted and takes writes.
    #[default]
    There,
    /// It is not, so this device can only say that.
    Missing,
}

impl Data {
    /// Looks, and makes our directories on it.
    pub fn open(layout: &Layout) -> Data {
        if !is_mounted(layout) {
            tracing::error!("/data is not mounted: the card cannot be read; nothing is provisioned");
            return Data::Missing;
        }
        match prepare(layout) {
            Ok(()) => Data::There,
            Err(e) => {
                tracing::error!(error = %e, "/data cannot be written; nothing is provisioned");
                Data::Missing
            }
        }
    }
}

/// Ends this process, which systemd starts anew, once a disk that took its time is mounted after all.
pub async fn late(layout: Layout) {
    while !is_mounted(&layout) {
        tokio::time::sleep(AGAIN).await;
    }
    tracing::info!("/data is there now; begins anew with it");
    std::process::exit(0);
}

/// By the kernel's own list. A root without one, such as that of most tests, has nothing mounted in it.
fn is_mounted(layout: &Layout) -> bool {
    let Ok(mounts) = fs::read_to_string(layout.path("/proc/self/mountinfo")) else { return true };
    mounts.lines().any(|line| line.split(' ').nth(4) == Some("/data"))
}

fn prepare(layout: &Layout) -> std::io::Result<()> {
    fs::create_dir_all(layout.device())?;
    fs::create_dir_all(layout.data())?;
    layout.give(&layout.data())?;
    fs::set_permissions(layout.device(), PermissionsExt::from_mode(0o700))?;
    // A file system that the kernel found damaged is mounted for reading only, and takes the lines above.
    let probe = layout.device().join(".writable");
    fs::write(&probe, "")?;
    fs::remove_file(probe)
}
