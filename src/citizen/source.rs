// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state of one dossier from the provincial system, over HTTP. The contract
//! stands in `docs/dossiers.md`. A code is sent in a body, because addresses end
//! up in logs; an answer is shown and kept nowhere.

use super::wire::DossierAsked;
use crate::hub::chain;
use motcua_link::province::{Dossier, Dossiers};
use reqwest::StatusCode;
use serde::Deserialize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// File with the bearer token, in the hub's data.
pub const TOKEN: &str = "dossiers.token";
/// PEM file of the authority of the provincial system's certificate, where the machine does not know it.
pub const CA: &str = "dossiers-ca.pem";
/// Longest that the provincial system is waited for: what is left of three seconds at the kiosk.
pub const PATIENCE: Duration = Duration::from_millis(2_200);
/// Longest answer, bytes.
const LARGEST: usize = 64 * 1024;

/// The provincial system.
#[derive(Debug)]
pub struct Source {
    data: PathBuf,
    /// With the authorities that it was made for.
    client: Mutex<Option<(Option<Vec<u8>>, reqwest::Client)>>,
}

/// No answer that can be used. Says nothing of the dossier.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file.
    #[error("{0} cannot be used: {1}")]
    File(&'static str, String),
    /// Nothing, or nothing in time.
    #[error("no answer: {0}")]
    Away(String),
    /// Another status than the contract has.
    #[error("answered {0}; see docs/dossiers.md")]
    Status(u16),
    /// Not what the contract says.
    #[error("the answer is not as docs/dossiers.md says")]
    Garbage,
}

#[derive(Deserialize)]
struct Answer {
    dossier: Dossier,
}

impl Source {
    /// With the files in the hub's data.
    pub fn new(data: &Path) -> Source {
        Source { data: data.to_owned(), client: Mutex::default() }
    }

    /// Asks once; `None` for a dossier that it does not know, or whose second factor is another.
    ///
    /// # Errors
    /// There is no answer, or none that can be used.
    pub async fn ask(&self, url: &str, asked: &DossierAsked) -> Result<Option<Dossier>, SourceError> {
        let call = async {
            let mut request = self.client()?.post(url).json(asked).header("accept", "application/json");
            if let Some(token) = self.token()? {
                request = request.bearer_auth(token);
            }
            // An error of reqwest names the address, which holds no code.
            let mut answer = request.send().await.map_err(|e| SourceError::Away(chain(&e)))?;
            match answer.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Ok(None),
                other => return Err(SourceError::Status(other.as_u16())),
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(|e| SourceError::Away(chain(&e)))? {
                if bytes.len() + chunk.len() > LARGEST {
                    return Err(SourceError::Garbage);
                }
                bytes.extend_from_slice(&chunk);
            }
            let Answer { dossier } = serde_json::from_slice(&bytes).map_err(|_| SourceError::Garbage)?;
            // Somebody else's would be shown to whoever asked.
            let same = dossier.code.eq_ignore_ascii_case(&asked.code);
            if same && Dossiers::is_sound(&dossier) { Ok(Some(dossier)) } else { Err(SourceError::Garbage) }
        };
        let late = |_| SourceError::Away(format!("nothing within {} ms", PATIENCE.as_millis()));
        tokio::time::timeout(PATIENCE, call).await.map_err(late)?
    }

    fn token(&self) -> Result<Option<String>, SourceError> {
        let path = self.data.join(TOKEN);
        let file = |e: std::io::Error| SourceError::File(TOKEN, e.to_string());
        match std::fs::metadata(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(file(e)),
            Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
                return Err(SourceError::File(TOKEN, "others may read it; chmod 600".into()));
            }
            Ok(_) => {}
        }
        Ok(Some(std::fs::read_to_string(&path).map_err(file)?.trim().to_owned()))
    }

    fn client(&self) -> Result<reqwest::Client, SourceError> {
        let ca = match std::fs::read(self.data.join(CA)) {
            Ok(pem) => Some(pem),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(SourceError::File(CA, e.to_string())),
        };
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = kept.as_ref().filter(|(of, _)| *of == ca) {
            return Ok(client.clone());
        }
        motcua_link::trust::ready();
        let wrong = |e: reqwest::Error| SourceError::File(CA, chain(&e));
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(PATIENCE);
        if let Some(pem) = &ca {
            for certificate in reqwest::Certificate::from_pem_bundle(pem).map_err(wrong)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let client = builder.build().map_err(wrong)?;
        *kept = Some((ca, client.clone()));
        Ok(client)
    }
}
