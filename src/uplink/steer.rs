// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes down: to a hub the hall's configuration and commands from its
//! central, to a device the central's commands through its hub. Both ask by a
//! long poll. A configuration passes the same checks as one from the pages; a
//! command is done once, in time, and only with the central's signature.

use super::Reports;
use crate::clock::unix_ms;
use crate::console::{Pages, take_hall};
use futures_util::future::BoxFuture;
use motcua_core::queue::{Command, Event};
use motcua_link::data::{Body, CommandReported, blot};
use motcua_link::province::Offer;
use motcua_link::send::Route;
use motcua_link::trust::{CommandKey, SignedCommand};
use motcua_link::wire::{Lane, Problem, Source, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use uuid::Uuid;

/// Seconds that the central holds a question.
const HOLD_S: u64 = 50;
/// Longest an answer is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(70);
/// Between two questions that came to nothing.
const AGAIN: Duration = Duration::from_secs(10);
/// Commands of its own that a question names as seen.
const HOLDS: usize = 32;
/// Key of the central's public key in the ring's file.
pub(super) const KEY: &str = "command-key";
/// Key of the version that was tried last, whether it serves or not.
const TRIED: &str = "hall-version";
/// Key of the digest that the central was told.
const TOLD: &str = "hall-told";

/// What only the machine itself can do. Each tells what came of it, or why not.
pub type Deed = Box<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// The machine's hands; one that is missing refuses its command.
#[derive(Default)]
pub struct Hands {
    /// Ends the program.
    pub restart: Option<Deed>,
    /// Restarts the device.
    pub reboot: Option<Deed>,
    /// Prints a test slip.
    pub test_print: Option<Deed>,
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hands")
    }
}

#[derive(Debug, Deserialize)]
struct Desired {
    command_key: String,
    documents: Vec<Document>,
    #[serde(default)]
    offers: Vec<Offer>,
    commands: Vec<SignedCommand>,
}

#[derive(Debug, Deserialize)]
struct Document {
    name: String,
    version: u64,
    text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    pub version: u64,
    pub digest: &'a str,
    pub applied: bool,
    pub detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
}

/// An attempt came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum SteerError {
    #[error("the central does not answer: {0}")]
    Away(#[from] reqwest::Error),
    #[error("the central says: {0}")]
    Says(String),
    #[error("the file of the lanes: {0}")]
    Ring(#[from] rusqlite::Error),
    #[error(
        "the central signs with another key than at the first time; enrol this hall again if that is right"
    )]
    OtherKey,
    #[error("{0}")]
    Hub(#[from] crate::hub::HubError),
}

/// Asks and obeys. Runs until the runtime ends.
pub(super) async fn run(reports: Reports, pages: Option<Pages>, hands: Arc<Hands>) {
    let mut steering = Steering { reports, pages, hands, seen: BTreeSet::new() };
    loop {
        let wait = match steering.route() {
            None => Duration::from_secs(1),
            Some(route) => match steering.once(&route).await {
                Ok(()) => Duration::from_millis(100),
                Err(e) => {
                    tracing::debug!(error = %e, "nothing comes down from the central");
                    AGAIN
                }
            },
        };
        tokio::time::sleep(wait).await;
    }
}

pub(super) struct Steering {
    pub(super) reports: Reports,
    /// A hub's; none on a device.
    pub(super) pages: Option<Pages>,
    hands: Arc<Hands>,
    /// Commands of this run, which need not come again.
    seen: BTreeSet<Uuid>,
}

impl Steering {
    /// The way up, unless the bench cut it.
    fn route(&self) -> Option<Route> {
        let cut = self.reports.uplink.switch().load(Ordering::Relaxed);
        self.reports.uplink.route().filter(|_| !cut)
    }

    fn source(&self) -> &Source {
        &self.reports.source
    }

    async fn once(&mut self, route: &Route) -> Result<(), SteerError> {
        if let Some(pages) = &self.pages {
            self.report(pages, route).await?;
            self.report_documents(route).await?;
        }
        let url = format!("{}/v1/devices/{}/desired", route.base, self.source());
        let mut query = vec![("wait", HOLD_S.to_string()), ("holds", self.holds())];
        if self.pages.is_some() {
            query.push(("hall", self.tried()?.to_string()));
            query.extend(self.known_documents()?);
        }
        let cut = async {
            while self.route().is_some() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        };
        // A hall that changes its configuration says so without waiting for the central.
        let halls = self.pages.as_ref().map(|p| p.api.hub.halls());
        let changed = async {
            match halls {
                Some(mut halls) => {
                    halls.mark_unchanged();
                    let _ = halls.changed().await;
                }
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            answer = route.client.get(url).query(&query).timeout(PATIENCE).send() => answer?,
            () = cut => return Ok(()),
            () = changed => return Ok(()),
        };
        let desired: Desired = read(answer).await?;
        // A device believes its hub, which is the authority of its hall, about the key of the central.
        if self.pages.is_some() {
            self.known_key(&desired.command_key)?;
        }
        if let Some(pages) = &self.pages {
            for document in desired.documents.iter().filter(|d| d.name == "hall") {
                self.take(pages, document).await?;
            }
            let others = desired.commands.iter().filter(|c| c.device != *self.source()).cloned();
            pages.api.orders.keep(&desired.command_key, others);
        }
        let own = self.source().clone();
        for command in desired.commands.iter().filter(|c| c.device == own) {
            self.obey(command, &desired.command_key).await?;
            self.seen.insert(command.id);
        }
        // Last: a document may take its time, and a command must not wait for it.
        for offer in &desired.offers {
            self.fetch(route, offer).await?;
        }
        Ok(())
    }

    /// Commands that need not come again, between commas: those of others that are kept, the last ones of this run.
    fn holds(&self) -> String {
        let kept = self.pages.as_ref().map(|p| p.api.orders.ids()).unwrap_or_default();
        let own = self.seen.iter().rev().take(HOLDS).copied();
        kept.into_iter().chain(own).map(|id| id.to_string()).collect::<Vec<_>>().join(",")
    }

    /// Keeps the first key and accepts no other: who has the central's database only cannot order.
    fn known_key(&self, key: &str) -> Result<(), SteerError> {
        match self.reports.ring.note(KEY)?.filter(|known| !known.is_empty()) {
            None => Ok(self.reports.ring.set_note(KEY, key)?),
            Some(known) if known == key => Ok(()),
            Some(_) => Err(SteerError::OtherKey),
        }
    }

    fn tried(&self) -> Result<u64, SteerError> {
        Ok(self.reports.ring.note(TRIED)?.and_then(|v| v.parse().ok()).unwrap_or(0))
    }

    /// Tells what serves, once after each change.
    async fn report(&self, pages: &Pages, route: &Route) -> Result<(), SteerError> {
        let hall = pages.api.hub.hall();
        let digest = digest(&hall.source);
        let version = self.tried()?;
        let told = format!("{digest} {version}");
        if self.reports.ring.note(TOLD)?.as_deref() == Some(told.as_str()) {
            return Ok(());
        }
        let refused =
            self.reports.ring.note(&format!("hall-refused-{version}"))?.filter(|why| !why.is_empty());
        let report = Report {
            version,
            digest: &digest,
            applied: refused.is_none(),
            detail: refused.as_deref(),
            text: Some(&hall.source),
        };
        let url = format!("{}/v1/devices/{}/reported/hall", route.base, self.source());
        let answer = route.client.put(url).json(&report).timeout(PATIENCE).send().await?;
        if !answer.status().is_success() {
            return Err(SteerError::Says(says(answer).await));
        }
        Ok(self.reports.ring.set_note(TOLD, &told)?)
    }

    async fn take(&self, pages: &Pages, document: &Document) -> Result<(), SteerError> {
        let hub = &pages.api.hub;
        let current = hub.hall();
        let why = format!("{}", document.version);
        // Read by whoever looks after the hall; its first language.
        let lang = current.default_lang();
        let refused = if *current.source == *document.text {
            None
        } else {
            take_hall(pages, &current, lang, "central", &document.text, &why).await.err()
        };
        let refused = refused.map(|faults| faults.join(" · "));
        let text = if refused.is_none() { document.text.as_str() } else { &current.source };
        let event = Event::Configured {
            digest: digest(text),
            central: document.version,
            by: "central".into(),
            refused: refused.clone(),
        };
        hub.note(event).await?;
        tracing::info!(version = document.version, ?refused, "a configuration of the central");
        // Empty once it serves: a version that was refused may be taken later.
        let why = refused.as_deref().unwrap_or_default();
        self.reports.ring.set_note(&format!("hall-refused-{}", document.version), why)?;
        Ok(self.reports.ring.set_note(TRIED, &document.version.to_string())?)
    }

    async fn obey(&self, command: &SignedCommand, key: &str) -> Result<(), SteerError> {
        let seen_name = format!("command-{}", command.id);
        let seen = self.reports.ring.note(&seen_name)?.is_some();
        let key: CommandKey = key.parse().map_err(|_| SteerError::OtherKey)?;
        let verified = match command.verify(&key, self.source(), unix_ms(), seen) {
            Ok(verified) => verified,
            // Done before; its event is on its way.
            Err(_) if seen => return Ok(()),
            Err(refusal) => {
                tracing::error!(%refusal, id = %command.id, "a command was refused");
                self.reports.ring.set_note(&seen_name, "refused")?;
                return self.became(command.id, Err(refusal.code().into())).await;
            }
        };
        // Before it is done: a reboot that is cut short must not come again.
        self.reports.ring.set_note(&seen_name, "begun")?;
        tracing::warn!(kind = verified.kind, id = %command.id, "a command of the central");
        let message = verified.body["message"].as_str().unwrap_or_default().to_owned();
        let last = matches!(verified.kind.as_str(), "restart" | "reboot");
        if last {
            // Nothing can be told afterwards.
            self.became(command.id, Ok("begun".into())).await?;
        }
        let done = self.carry_out(&verified.kind, &message).await;
        match (last, done) {
            (true, Ok(_)) => Ok(()),
            (true, Err(why)) => self.became(command.id, Err(why)).await,
            (false, done) => self.became(command.id, done).await,
        }
    }

    async fn carry_out(&self, kind: &str, message: &str) -> Result<String, String> {
        let deed = match kind {
            "restart" => &self.hands.restart,
            "reboot" => &self.hands.reboot,
            "test-print" => &self.hands.test_print,
            _ => return self.within(kind, message).await,
        };
        match deed {
            Some(deed) => deed().await,
            None => Err("cannot".into()),
        }
    }

    /// What the program does itself.
    async fn within(&self, kind: &str, message: &str) -> Result<String, String> {
        match kind {
            "close" | "open" if self.pages.is_none() => Err("only-hub".into()),
            "close" => {
                let (reason, notice) = (message.to_owned(), Some(message.to_owned()));
                self.order(Command::PauseIntake { reason, notice }).await
            }
            "open" => self.order(Command::ResumeIntake).await,
            "remove-device" => self.remove(message).await,
            "collect-logs" => {
                super::log::collect(&self.reports.ring).map_err(|e| e.to_string())?;
                self.reports.uplink.news();
                Ok("log-sent".into())
            }
            _ => Err("command-unknown".into()),
        }
    }

    /// Shuts a device of the hall out, as the page of devices does.
    async fn remove(&self, name: &str) -> Result<String, String> {
        let Some(pages) = &self.pages else { return Err("only-hub".into()) };
        pages.api.devices.remove(name).map_err(|e| e.to_string())?;
        // Its certificates end even where the list does not have it any more.
        pages.api.trust.revoke(name, "central").await.map_err(|e| e.to_string())?;
        Ok("done".into())
    }

    async fn order(&self, command: Command) -> Result<String, String> {
        let Some(pages) = &self.pages else { return Err("only-hub".into()) };
        let done = pages.done("central", Uuid::now_v7(), command).await;
        done.map(|_| "done".into()).map_err(|said| said.code())
    }

    /// Tells what became of a command: a word that the central has in its languages, or what the system says.
    async fn became(&self, command: Uuid, done: Result<String, String>) -> Result<(), SteerError> {
        let (done, detail) = match done {
            Ok(detail) => (true, detail),
            Err(why) => (false, why),
        };
        if let Some(pages) = &self.pages {
            let event = Event::CarriedOut { command, done, detail: Some(detail) };
            return Ok(pages.api.hub.note(event).await?);
        }
        let body = Body::from(CommandReported { command, done, detail: Some(blot(&detail)) });
        self.reports.ring.add(Lane::Business, body.kind(), unix_ms(), &body)?;
        self.reports.uplink.news();
        Ok(())
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(super) async fn says(answer: reqwest::Response) -> String {
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    serde_json::from_str::<Problem>(&text).map_or_else(|_| status.to_string(), |p| p.detail)
}

async fn read<T: serde::de::DeserializeOwned>(answer: reqwest::Response) -> Result<T, SteerError> {
    if !answer.status().is_success() {
        return Err(SteerError::Says(says(answer).await));
    }
    Ok(answer.json().await?)
}
