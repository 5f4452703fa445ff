// SPDX-License-Identifier: MIT OR Apache-2.0
//! The firmware of the hall's devices: fetched once from the central when the hall is to run a version, kept in one
//! folder, sent to devices in the parts that they ask for. The hub looks into none of it: devices check the signature.

use super::Hub;
use super::devices::Device;
use crate::console::Pages;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::StreamExt;
use motcua_core::hall::is_version;
use motcua_link::send::{Route, Uplink};
use motcua_link::wire::{Source, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path as File, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// Folder in the hub's data directory.
const FOLDER: &str = "software";
/// The version that the hall should run, for the steward of the hub's own machine.
pub const WANTED: &str = "wanted";
/// Between two looks at what is wanted.
const LOOK: Duration = Duration::from_secs(30);
/// Silence of the central after which a fetch is given up; it goes on where it was.
const SILENCE: Duration = Duration::from_secs(60);

/// What a device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The version that the hall should run, and that lies here.
    pub version: String,
    /// Length of its update.
    pub bytes: u64,
}

/// The folder and who asked for what. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Software {
    folder: PathBuf,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

/// A fetch came to nothing; the next look tries again.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the central does not answer: {0}")]
    Away(#[from] reqwest::Error),
    #[error("the central says {0}")]
    Says(StatusCode),
    #[error("the central is silent")]
    Silent,
    #[error("it arrived with other bytes than it left with")]
    Damaged,
    #[error("the folder of firmware cannot be used")]
    Disk(#[from] std::io::Error),
}

/// Where an update lies in a folder.
pub fn file_of(folder: &File, version: &str, arch: &str) -> PathBuf {
    folder.join(format!("motcua-{version}-{arch}.raucb"))
}

/// The folder of a hub's data directory.
pub fn folder_of(data: &File) -> PathBuf {
    data.join(FOLDER)
}

impl Software {
    /// Of the hub with its data there. `own` is the architecture of a hub that updates itself.
    pub fn new(data: &File, own: Option<String>) -> Software {
        Software { folder: folder_of(data), asked: Arc::new(Mutex::new(own.into_iter().collect())) }
    }

    fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches what is wanted and asked for, and removes the rest. Runs until the runtime ends.
    pub async fn keep(self, hub: Hub, uplink: Uplink, source: Source) {
        loop {
            let wanted = hub.hall().software.clone();
            if let Err(e) = self.tidy(wanted.as_deref()) {
                tracing::warn!(error = %e, "the folder of firmware");
            }
            if let (Some(version), Some(route)) = (wanted, uplink.route()) {
                for arch in self.asked() {
                    if file_of(&self.folder, &version, &arch).exists() {
                        continue;
                    }
                    match self.fetch(&route, &source, &version, &arch).await {
                        Ok(()) => tracing::info!(version, arch, "firmware for the hall's devices is here"),
                        Err(e) => {
                            tracing::warn!(version, arch, error = crate::hub::chain(&e), "no firmware yet");
                        }
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Only the wanted version stays; there may be little room.
    fn tidy(&self, wanted: Option<&str>) -> std::io::Result<()> {
        let note = self.folder.join(WANTED);
        let Some(version) = wanted else {
            let _ = std::fs::remove_file(note);
            return Ok(());
        };
        std::fs::create_dir_all(&self.folder)?;
        let stays = format!("motcua-{version}-");
        for entry in std::fs::read_dir(&self.folder)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("motcua-") && !name.starts_with(&stays) {
                std::fs::remove_file(entry.path())?;
            }
        }
        if std::fs::read_to_string(&note).is_ok_and(|there| there == version) {
            return Ok(());
        }
        crate::disk::keep(&note, version.as_bytes())
    }

    async fn fetch(
        &self,
        route: &Route,
        source: &Source,
        version: &str,
        arch: &str,
    ) -> Result<(), FetchError> {
        let whole = file_of(&self.folder, version, arch);
        let part = whole.with_extension("part");
        let have = std::fs::metadata(&part).map_or(0, |m| m.len());
        let url = format!("{}/v1/devices/{source}/software/{version}/{arch}", route.base);
        let asked = route.client.get(url).header(header::RANGE, format!("bytes={have}-"));
        let answer = tokio::time::timeout(SILENCE, asked.send()).await.map_err(|_| FetchError::Silent)??;
        let status = answer.status();
        let sum = answer.headers().get("sha256").and_then(|v| v.to_str().ok()).map(str::to_owned);
        match status {
            // All of it is here, or more than there is.
            StatusCode::RANGE_NOT_SATISFIABLE => {}
            s if s.is_success() => {
                let mut options = std::fs::OpenOptions::new();
                let append = status == StatusCode::PARTIAL_CONTENT;
                let mut file =
                    options.create(true).write(true).append(append).truncate(!append).open(&part)?;
                let mut chunks = answer.bytes_stream();
                while let Some(chunk) =
                    tokio::time::timeout(SILENCE, chunks.next()).await.map_err(|_| FetchError::Silent)?
                {
                    file.write_all(&chunk?)?;
                }
                file.sync_all()?;
            }
            other => return Err(FetchError::Says(other)),
        }
        let named = part.clone();
        let found = tokio::task::spawn_blocking(move || sum_of(&named))
            .await
            .unwrap_or_else(|e| Err(std::io::Error::other(e)))?;
        if sum.is_some_and(|sum| sum == found) {
            return Ok(std::fs::rename(part, whole)?);
        }
        std::fs::remove_file(part)?;
        Err(FetchError::Damaged)
    }
}

fn sum_of(path: &File) -> std::io::Result<String> {
    let (mut file, mut sum, mut buffer) = (std::fs::File::open(path)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&sum.finalize())),
            count => sum.update(&buffer[..count]),
        }
    }
}

/// For devices.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .route("/v1/software/{arch}", get(wanted))
        .route("/v1/software/{version}/{arch}", get(send))
        .with_state(pages)
}

/// Which version a device of that architecture should run; nothing while it is not here.
async fn wanted(State(pages): State<Pages>, _device: Device, Path(arch): Path<String>) -> Response {
    if !["arm64", "amd64"].contains(&arch.as_str()) {
        return (StatusCode::NOT_FOUND, "there is firmware for arm64 and amd64\n").into_response();
    }
    let software = &pages.software;
    software.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(arch.clone());
    let wanted = pages.api.hub.hall().software.clone().and_then(|version| {
        let bytes = std::fs::metadata(file_of(&software.folder, &version, &arch)).ok()?.len();
        Some(Wanted { version, bytes })
    });
    match wanted {
        Some(wanted) => Json(wanted).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn send(
    State(pages): State<Pages>,
    _device: Device,
    Path((version, arch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let missing = || (StatusCode::NOT_FOUND, "this firmware is not here\n").into_response();
    if !is_version(&version) || !["arm64", "amd64"].contains(&arch.as_str()) {
        return missing();
    }
    let mut request = Request::new(Body::empty());
    *request.headers_mut() = headers;
    match ServeFile::new(file_of(&pages.software.folder, &version, &arch)).oneshot(request).await {
        Ok(served) => served.map(Body::new).into_response(),
        Err(never) => match never {},
    }
}
