// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a screen asks of the steward, the device's one privileged program, over
//! its Unix socket. Cheap to clone; each call is one attempt.

use super::page::Hidden;
use crate::doctor::Words;
pub use crate::steward::air::Heard;
use crate::steward::update::Standing;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A stick may be slow, and the logs are long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A way to the steward.
#[derive(Clone, Debug)]
pub struct Steward {
    http: reqwest::Client,
}

/// The steward did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StewardError {
    /// No answer.
    #[error("the steward does not answer")]
    Away(#[from] reqwest::Error),
    /// A refusal, in its own words.
    #[error("{}", .0.detail)]
    Refused(Box<Refusal>),
}

/// A refusal.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Refusal {
    /// HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What to do.
    #[serde(default)]
    pub detail: String,
    /// The same in Vietnamese.
    #[serde(default)]
    pub detail_vi: String,
    /// Tries that are left.
    #[serde(default)]
    pub left: Option<u32>,
    /// Seconds until a code is taken again.
    #[serde(default)]
    pub wait_s: Option<u64>,
    /// Of settings.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// What is wrong with settings.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    /// Its line; 0 where there is none.
    #[serde(default)]
    pub line: usize,
    /// What to do.
    pub message_vi: String,
    /// What to do.
    pub message_en: String,
}

impl StewardError {
    /// For the technician who asked.
    pub fn words(&self) -> Words {
        match self {
            StewardError::Away(_) => Words::new(
                "Dịch vụ quản trị của thiết bị không trả lời. Khởi động lại thiết bị.",
                "The device's steward does not answer. Restart the device.",
            ),
            StewardError::Refused(refusal) => match refusal.faults.first() {
                Some(fault) => Words::new(&fault.message_vi, &fault.message_en),
                None => Words::new(&refusal.detail_vi, &refusal.detail),
            },
        }
    }
}

/// What the device is.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Status {
    /// Of the image.
    pub version: String,
    /// What it was made from.
    #[serde(default)]
    pub commit: String,
    /// Of the processor.
    #[serde(default)]
    pub arch: String,
    /// The verified root's hash.
    #[serde(default)]
    pub root_hash: Option<String>,
    /// The slot that was booted.
    #[serde(default)]
    pub slot: Option<String>,
    /// The settings in force, without secrets.
    #[serde(default)]
    pub settings: Option<Value>,
    /// What is wrong with the settings that were found at the start.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// A stick that is plugged in.
#[derive(Clone, Debug, Deserialize)]
pub struct Stick {
    /// Its name.
    #[serde(default)]
    pub label: String,
    /// Updates on it.
    #[serde(default)]
    pub bundles: Vec<String>,
}

#[derive(Deserialize)]
struct Written {
    file: String,
}

#[derive(Deserialize)]
struct Wait {
    wait_s: u64,
}

impl Steward {
    /// Over that socket.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn at(socket: &Path) -> Result<Steward, StewardError> {
        let http = reqwest::Client::builder().unix_socket(socket).no_proxy().timeout(PATIENCE).build()?;
        Ok(Steward { http })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, StewardError> {
        let answer = request.send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer.text().await?;
        let mut refusal: Refusal = serde_json::from_str(&text).unwrap_or_default();
        refusal.status = status.as_u16();
        if refusal.detail.is_empty() {
            refusal.detail = status.to_string();
            refusal.detail_vi = status.to_string();
        }
        Err(StewardError::Refused(Box::new(refusal)))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, StewardError> {
        Ok(self.send(self.http.get(url(path))).await?.json().await?)
    }

    async fn post(&self, path: &str) -> Result<reqwest::Response, StewardError> {
        self.send(self.http.post(url(path))).await
    }

    async fn post_json(&self, path: &str, body: &impl Serialize) -> Result<(), StewardError> {
        self.send(self.http.post(url(path)).json(body)).await.map(drop)
    }

    /// Opens the technician's menu.
    ///
    /// # Errors
    /// Not with this code, or not now.
    pub async fn enter(&self, code: &str) -> Result<(), StewardError> {
        self.post_json("/technician/enter", &json!({ "code": code })).await
    }

    /// Seconds until a code is taken again.
    ///
    /// # Errors
    /// The steward is away.
    pub async fn wait_s(&self) -> Result<u64, StewardError> {
        Ok(self.get::<Wait>("/technician/lock").await?.wait_s)
    }

    /// What the device is.
    ///
    /// # Errors
    /// The steward is away.
    pub async fn status(&self) -> Result<Status, StewardError> {
        self.get("/status").await
    }

    /// Puts settings in force.
    ///
    /// # Errors
    /// They are wrong; the refusal says what.
    pub async fn settings(&self, text: &Hidden) -> Result<(), StewardError> {
        self.send(self.http.post(url("/settings")).body(text.text().to_owned())).await.map(drop)
    }

    /// The wireless networks in the air.
    ///
    /// # Errors
    /// There is no radio, or it hears nothing.
    pub async fn wifi(&self) -> Result<Vec<Heard>, StewardError> {
        self.get("/wifi").await
    }

    /// One of the deeds without a question: `technician/leave`, `trial`, `settings/undo`,
    /// `reboot`, `power-off`, `factory-reset`.
    ///
    /// # Errors
    /// It was not done.
    pub async fn order(&self, deed: &str) -> Result<(), StewardError> {
        self.post(&format!("/{deed}")).await.map(drop)
    }

    /// The sticks that are plugged in.
    ///
    /// # Errors
    /// The steward is away.
    pub async fn sticks(&self) -> Result<Vec<Stick>, StewardError> {
        self.get("/usb").await
    }

    /// Writes the logs to a stick; the file's name.
    ///
    /// # Errors
    /// There is no stick, or it cannot be written.
    pub async fn write_logs(&self) -> Result<String, StewardError> {
        Ok(self.post("/usb/logs").await?.json::<Written>().await?.file)
    }

    /// Writes a report to a stick; the file's name.
    ///
    /// # Errors
    /// There is no stick, or it cannot be written.
    pub async fn write_report(&self, text: String) -> Result<String, StewardError> {
        let sent = self.send(self.http.post(url("/usb/report")).body(text)).await?;
        Ok(sent.json::<Written>().await?.file)
    }

    /// Installs an update from a stick.
    ///
    /// # Errors
    /// It is refused.
    pub async fn update(&self, bundle: &str) -> Result<(), StewardError> {
        self.post_json("/update/usb", &json!({ "bundle": bundle })).await
    }

    /// How an update stands, as the agent says it.
    ///
    /// # Errors
    /// The steward is away.
    pub async fn update_now(&self) -> Result<Standing, StewardError> {
        self.get("/update").await
    }
}

/// The host is of no importance on a Unix socket.
fn url(path: &str) -> String {
    format!("http://steward{path}")
}
