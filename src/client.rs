// SPDX-License-Identifier: MIT OR Apache-2.0
//! A device's way to the hub on the hall's network: pictures as they change,
//! commands with their answers, the hall's configuration. Knows no screen.

use crate::hub::Request;
use crate::hub::api::{Accepted, Me};
use crate::hub::feeds::{BEAT_NAME, PICTURE};
use crate::hub::problem::{ID_REUSED, Problem};
use crate::store::Answer;
use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use motcua_link::send::Route;
use motcua_link::trust::client::{ClientError, client};
use motcua_link::trust::{Enrolled, Identity, Place};
use motcua_link::wire::Source;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// A hub that says nothing for this long is away.
pub const PATIENCE: Duration = Duration::from_millis(1_500);
/// Between two attempts to listen again.
const AGAIN: Duration = Duration::from_millis(500);

/// How often the certificate's age is looked at.
const YOUNG: Duration = Duration::from_secs(3600);

/// Where the hub is and who asks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HubClient {
    /// `https://192.0.2.1:8611`, without a slash at the end.
    url: Arc<str>,
    name: Source,
    /// Replaced when the certificate is renewed.
    way: Arc<RwLock<Way>>,
}

/// Connections under one certificate.
#[derive(Clone, Debug)]
struct Way {
    /// Each call ends after [`PATIENCE`].
    calls: reqwest::Client,
    /// A stream ends after that much silence.
    streams: reqwest::Client,
    /// For lanes and long polls, which have limits of their own.
    lanes: reqwest::Client,
    ends_ms: i64,
}

/// The hub cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum BadHub {
    /// Not an address.
    #[error("`{0}` is not the address of a hub such as https://192.0.2.1:8611")]
    Url(String),
    /// The certificate.
    #[error(transparent)]
    Identity(#[from] ClientError),
    /// No HTTP client.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
}

impl Way {
    fn of(identity: &Identity) -> Result<Way, BadHub> {
        let built = |b: reqwest::ClientBuilder| b.build().map_err(BadHub::Client);
        Ok(Way {
            calls: built(client(identity)?.timeout(PATIENCE))?,
            streams: built(client(identity)?.connect_timeout(PATIENCE).read_timeout(PATIENCE))?,
            lanes: built(client(identity)?.connect_timeout(PATIENCE))?,
            ends_ms: identity.not_after_ms(),
        })
    }
}

/// One attempt came to nothing; another may not.
#[derive(Debug, thiserror::Error)]
pub enum Miss {
    /// No answer.
    #[error("the hub does not answer: {0}")]
    Away(#[from] reqwest::Error),
    /// An answer that is no decision.
    #[error("the hub says: {}", .0.detail)]
    Later(Box<Problem>),
    /// Nothing was sent.
    #[cfg(feature = "sim")]
    #[error("the link is cut on the bench")]
    Cut,
}

impl Miss {
    /// The hub does not let this device in: its certificate is revoked or over, or it is not listed.
    pub fn is_unauthorised(&self) -> bool {
        matches!(self, Miss::Later(p) if p.is_not_let_in())
    }

    /// The command's id was used for another command.
    pub fn is_reused(&self) -> bool {
        matches!(self, Miss::Later(p) if p.kind == ID_REUSED)
    }

    /// Nothing, or that the hub cannot do its work now.
    pub fn is_silence(&self) -> bool {
        match self {
            Miss::Away(_) => true,
            Miss::Later(p) => p.status >= 500,
            #[cfg(feature = "sim")]
            Miss::Cut => true,
        }
    }
}

/// What a stream tells.
#[derive(Clone, Debug, PartialEq)]
pub enum News<T> {
    /// A new picture.
    Picture(T),
    /// Nothing has changed; the hub's time.
    Beat(Beat),
    /// The hub is away, with the reason where it is more than silence. Told again with each attempt.
    Lost(Option<String>),
}

/// The hub's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Beat {
    /// Milliseconds UTC.
    pub unix_ms: i64,
    /// The hall's wall clock.
    pub local_time: jiff::civil::DateTime,
}

impl HubClient {
    /// A client of the hub at which this device is enrolled; `url` is another address of it than the ticket's.
    pub fn new(enrolled: &Enrolled, url: Option<&str>) -> Result<HubClient, BadHub> {
        let url = url.unwrap_or(&enrolled.url);
        let good = reqwest::Url::parse(url).is_ok_and(|u| u.scheme() == "https" && u.has_host());
        if !good {
            return Err(BadHub::Url(url.to_owned()));
        }
        motcua_link::trust::ready();
        Ok(HubClient {
            url: url.trim_end_matches('/').into(),
            name: enrolled.identity.name().clone(),
            way: Arc::new(RwLock::new(Way::of(&enrolled.identity)?)),
        })
    }

    /// Renews the certificate when its time has come. Runs until the runtime ends.
    pub async fn keep_young(self, place: Place) {
        loop {
            let now_ms = crate::clock::unix_ms();
            if let Ok(Some(enrolled)) = place.read()
                && enrolled.identity.wants_renewal(now_ms)
            {
                let renewed = place.renew(&self.url).await;
                match renewed.map_err(|e| crate::hub::chain(&e)).and_then(|identity| {
                    let way = Way::of(&identity).map_err(|e| crate::hub::chain(&e))?;
                    Ok((identity, way))
                }) {
                    Ok((identity, way)) => {
                        *self.way.write().unwrap_or_else(PoisonError::into_inner) = way;
                        tracing::info!(serial = identity.serial_hex(), "the certificate was renewed");
                    }
                    Err(error) => {
                        tracing::error!(error, "the certificate was not renewed; tried again in an hour");
                    }
                }
            }
            tokio::time::sleep(YOUNG).await;
        }
    }

    fn way(&self) -> Way {
        self.way.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same way for this device's lanes, and when its certificate ends, milliseconds UTC.
    pub fn route(&self) -> (Route, i64) {
        let way = self.way();
        (Route { base: self.url.to_string(), client: way.lanes }, way.ends_ms)
    }

    /// This device's name in its hall.
    pub fn device(&self) -> &str {
        self.name.device()
    }

    /// Its name everywhere.
    pub fn source(&self) -> &Source {
        &self.name
    }

    fn request(
        &self,
        client: &reqwest::Client,
        method: reqwest::Method,
        path: &str,
    ) -> reqwest::RequestBuilder {
        client.request(method, format!("{}{path}", self.url))
    }

    async fn checked(response: reqwest::Response) -> Result<reqwest::Response, Miss> {
        if response.status().is_success() {
            return Ok(response);
        }
        Err(Miss::Later(Box::new(response.json().await?)))
    }

    /// One attempt at a command; a refusal is an answer.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Miss> {
        let call = self.request(&self.way().calls, reqwest::Method::POST, "/v1/commands").json(request);
        match Self::checked(call.send().await?).await {
            Ok(response) => {
                let a: Accepted = response.json().await?;
                Ok(Answer::Accepted { first_seq: a.first_seq, events: a.events })
            }
            Err(Miss::Later(problem)) => match problem.refused {
                Some(refusal) => Ok(Answer::Refused(refusal)),
                None => Err(Miss::Later(problem)),
            },
            Err(miss) => Err(miss),
        }
    }

    /// One attempt at something to read.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Miss> {
        let response =
            Self::checked(self.request(&self.way().calls, reqwest::Method::GET, path).send().await?).await?;
        Ok(response.json().await?)
    }

    /// One attempt at a text that may have changed, with its tag; `None` when it is the known one, or there is none.
    pub async fn newer(
        &self,
        path: &str,
        known: Option<&str>,
        patience: Duration,
    ) -> Result<Option<(String, String)>, Miss> {
        let mut request = self.request(&self.way().lanes, reqwest::Method::GET, path).timeout(patience);
        if let Some(known) = known {
            request = request.header("if-none-match", format!("\"{known}\""));
        }
        let response = request.send().await?;
        if matches!(response.status().as_u16(), 304 | 404) {
            return Ok(None);
        }
        let response = Self::checked(response).await?;
        let tag = response.headers().get("etag").and_then(|t| t.to_str().ok()).unwrap_or_default();
        let tag = tag.trim_matches('"').to_owned();
        Ok(Some((tag, response.text().await?)))
    }

    /// One attempt at a question that stands in a body.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<T, Miss> {
        let call = self.request(&self.way().lanes, reqwest::Method::POST, path).timeout(patience);
        Ok(Self::checked(call.json(body).send().await?).await?.json().await?)
    }

    /// One attempt at handing something over.
    pub async fn send(&self, path: &str, body: &impl Serialize) -> Result<(), Miss> {
        let call = self.request(&self.way().calls, reqwest::Method::POST, path);
        Self::checked(call.json(body).send().await?).await.map(drop)
    }

    /// One attempt at bytes; `None` when there are none under that path.
    pub async fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, Miss> {
        let response = self.request(&self.way().calls, reqwest::Method::GET, path).send().await?;
        if response.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(Self::checked(response).await?.bytes().await?.to_vec()))
    }

    /// One attempt at the text of the hall's configuration.
    pub async fn hall(&self) -> Result<String, Miss> {
        let response =
            Self::checked(self.request(&self.way().calls, reqwest::Method::GET, "/v1/hall").send().await?)
                .await?;
        Ok(response.text().await?)
    }

    /// One attempt at what the hub knows of this device.
    pub async fn me(&self) -> Result<Me, Miss> {
        self.get("/v1/self").await
    }

    /// Listens for ever: pictures, beats, and `Lost` whenever the hub is silent or says no.
    pub fn follow<T: DeserializeOwned + Send + 'static>(
        &self,
        runtime: &Handle,
        path: &'static str,
        mut news: impl FnMut(News<T>) + Send + 'static,
    ) -> AbortHandle {
        let client = self.clone();
        let task = runtime.spawn(async move {
            // One line for each change: an hour without a hub is not four thousand.
            let mut said = String::new();
            loop {
                let why = client.listen(path, &mut news).await;
                let text = why.as_ref().map_or_else(String::new, ToString::to_string);
                if text != said && !text.is_empty() {
                    tracing::warn!(path, "{text}");
                }
                said = text;
                let told = why.filter(Miss::is_unauthorised).map(|m| m.to_string());
                news(News::Lost(told));
                tokio::time::sleep(AGAIN).await;
            }
        });
        task.abort_handle()
    }

    /// Until the stream ends, with the reason where there is one.
    async fn listen<T: DeserializeOwned>(&self, path: &str, news: &mut impl FnMut(News<T>)) -> Option<Miss> {
        let sent = self.request(&self.way().streams, reqwest::Method::GET, path).send().await;
        let response = match sent {
            Ok(response) => match Self::checked(response).await {
                Ok(response) => response,
                Err(miss) => return Some(miss),
            },
            Err(e) => return Some(e.into()),
        };
        let mut events = response.bytes_stream().eventsource();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) if event.event == PICTURE => match serde_json::from_str(&event.data) {
                    Ok(picture) => news(News::Picture(picture)),
                    Err(e) => tracing::error!(path, error = %e, "a picture that this program cannot read"),
                },
                Ok(event) if event.event == BEAT_NAME => {
                    if let Ok(beat) = serde_json::from_str(&event.data) {
                        news(News::Beat(beat));
                    }
                }
                Ok(_) => {}
                // Silence, or a line that is not UTF-8: the stream is over.
                Err(_) => return None,
            }
        }
        None
    }
}
