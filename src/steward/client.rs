// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a screen asks the steward. Cheap to clone; each call is one attempt.

use super::air::Heard;
use super::api::{Problem, Status};
use super::update::Standing;
use super::usb::Stick;
use crate::doctor::Words;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::time::Duration;

/// A stick may be slow, and five megabytes of logs too.
const PATIENCE: Duration = Duration::from_secs(120);

/// A way to the steward.
#[derive(Clone, Debug)]
pub struct StewardClient {
    http: reqwest::Client,
}

/// The steward did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Asked {
    /// No answer.
    #[error("the steward does not answer; restart the device")]
    Away(#[from] reqwest::Error),
    /// A refusal.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
}

impl Asked {
    /// For the technician who asked.
    pub fn words(&self) -> Words {
        match self {
            Asked::Away(_) => Words::new(
                "Dịch vụ quản trị của thiết bị không trả lời. Khởi động lại thiết bị.",
                "The device's steward does not answer. Restart the device.",
            ),
            Asked::Refused(problem) => match problem.faults.first() {
                Some(fault) => Words::new(&fault.message_vi, &fault.message_en),
                None => Words::new(&*problem.detail_vi, &problem.detail),
            },
        }
    }
}

#[derive(Deserialize)]
struct Wait {
    wait_s: u64,
}

#[derive(Deserialize)]
struct Written {
    file: String,
}

impl StewardClient {
    /// Over that socket.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(socket: &Path) -> Result<StewardClient, Asked> {
        motcua_link::trust::ready();
        let http = reqwest::Client::builder().unix_socket(socket).no_proxy().timeout(PATIENCE).build()?;
        Ok(StewardClient { http })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Asked> {
        let answer = request.send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        // A refusal that is none of the steward's own has its status to show.
        let problem = serde_json::from_slice(&answer.bytes().await?).unwrap_or_else(|_| Problem {
            status: status.as_u16(),
            detail: status.to_string(),
            detail_vi: status.to_string().into_boxed_str(),
            ..Problem::default()
        });
        Err(Asked::Refused(Box::new(problem)))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Asked> {
        Ok(self.send(self.http.get(url(path))).await?.json().await?)
    }

    async fn post(&self, path: &str, body: String) -> Result<reqwest::Response, Asked> {
        self.send(self.http.post(url(path)).body(body)).await
    }

    /// What the device is and how it stands.
    pub async fn status(&self) -> Result<Status, Asked> {
        self.get("/status").await
    }

    /// Looks at settings, does nothing. A refusal has the faults.
    pub async fn check(&self, text: &str) -> Result<(), Asked> {
        self.post("/settings/check", text.to_owned()).await.map(drop)
    }

    /// Puts settings in force. A refusal has the faults.
    pub async fn settings(&self, text: &str) -> Result<(), Asked> {
        self.post("/settings", text.to_owned()).await.map(drop)
    }

    /// Opens the technician's menu. A refusal has the tries that are left, or the seconds to wait.
    pub async fn enter(&self, code: &str) -> Result<(), Asked> {
        let body = serde_json::json!({ "code": code });
        self.send(self.http.post(url("/technician/enter")).json(&body)).await.map(drop)
    }

    /// Seconds until a code is taken again.
    pub async fn wait_s(&self) -> Result<u64, Asked> {
        Ok(self.get::<Wait>("/technician/lock").await?.wait_s)
    }

    /// One of the deeds without a question: `technician/leave`, `trial`, `settings/undo`, `reboot`, `power-off`,
    /// `factory-reset`; or `role/reboot`, at the central's order, which the role has checked.
    pub async fn order(&self, deed: &str) -> Result<(), Asked> {
        self.post(&format!("/{deed}"), String::new()).await.map(drop)
    }

    /// The wireless networks in the air.
    pub async fn wifi(&self) -> Result<Vec<Heard>, Asked> {
        self.get("/wifi").await
    }

    /// The sticks that are plugged in.
    pub async fn sticks(&self) -> Result<Vec<Stick>, Asked> {
        self.get("/usb").await
    }

    /// Writes the logs to the first stick; the file's name.
    pub async fn write_logs(&self) -> Result<String, Asked> {
        Ok(self.post("/usb/logs", String::new()).await?.json::<Written>().await?.file)
    }

    /// Writes a report to the first stick; the file's name.
    pub async fn write_report(&self, text: &str) -> Result<String, Asked> {
        Ok(self.post("/usb/report", text.to_owned()).await?.json::<Written>().await?.file)
    }

    /// Installs an update from a stick.
    pub async fn update(&self, bundle: &str) -> Result<(), Asked> {
        let body = serde_json::json!({ "bundle": bundle });
        self.send(self.http.post(url("/update/usb")).json(&body)).await.map(drop)
    }

    /// How an update stands, as the agent says it.
    pub async fn update_now(&self) -> Result<Standing, Asked> {
        self.get("/update").await
    }
}

/// The host is of no importance on a Unix socket.
fn url(path: &str) -> String {
    format!("http://steward{path}")
}
