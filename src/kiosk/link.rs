// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk's way to its hub: in the same process, or over the hall's network.
//! Either way a command is asked again with the same id until it is answered.

use crate::hub::api::Accepted;
use crate::hub::problem::Problem;
use crate::hub::{Hub, Request};
use crate::store::Answer;
use motcua_core::queue::{HallNow, Ticket};
use std::sync::Arc;
#[cfg(feature = "sim")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// A hub that says nothing for this long is away.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How often a remote hub is asked for its picture of the hall.
const POLL: Duration = Duration::from_secs(1);
/// Waits between two attempts grow up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Takes every new picture of the hall; `None` while the hub is away.
pub type HallNews = Box<dyn Fn(Option<Arc<HallNow>>) + Send>;

/// Where the hub is.
#[derive(Clone, Debug)]
pub enum HubLink {
    /// In this process.
    Local {
        /// The writer's handle.
        hub: Hub,
        /// This device's name.
        device: String,
    },
    /// On the hall's network.
    Remote {
        /// `http://192.0.2.1:8610`.
        url: String,
        /// `DEVICE:SECRET`.
        secret: Arc<str>,
        /// Keeps connections open.
        client: reqwest::Client,
    },
    /// A link that the bench can cut.
    #[cfg(feature = "sim")]
    Switched {
        /// The link behind it.
        link: Box<HubLink>,
        /// Cut while true.
        away: Arc<AtomicBool>,
    },
}

#[cfg(feature = "sim")]
impl HubLink {
    /// The same link with a switch that cuts it, for the bench.
    pub fn switched(self, away: Arc<AtomicBool>) -> HubLink {
        HubLink::Switched { link: Box::new(self), away }
    }
}

/// The hub cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum BadHub {
    /// Not an address.
    #[error("`{0}` is not the address of a hub such as http://192.0.2.1:8610")]
    Url(String),
    /// Not what `motcua device add` prints.
    #[error("the secret must be DEVICE:SECRET, as `motcua device add` printed it")]
    Secret,
    /// No HTTP client.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
}

/// One attempt came to nothing; another may not.
#[derive(Debug, thiserror::Error)]
enum Miss {
    #[error("the hub does not answer: {0}")]
    Away(reqwest::Error),
    #[error("the hub says: {}", .0.detail)]
    Later(Box<Problem>),
    #[cfg(feature = "sim")]
    #[error("the link is cut on the bench")]
    Cut,
    #[error(transparent)]
    Hub(#[from] crate::hub::HubError),
}

impl HubLink {
    /// A hub on the network. `secret` is `DEVICE:SECRET`, as `motcua device add` printed it.
    pub fn remote(url: &str, secret: &str) -> Result<HubLink, BadHub> {
        let good = reqwest::Url::parse(url).is_ok_and(|u| u.scheme() == "http" && u.has_host());
        if !good {
            return Err(BadHub::Url(url.to_owned()));
        }
        if !secret.contains(':') {
            return Err(BadHub::Secret);
        }
        let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(BadHub::Client)?;
        Ok(HubLink::Remote {
            url: url.trim_end_matches('/').to_owned(),
            secret: secret.trim().into(),
            client,
        })
    }

    /// This device's name.
    pub fn device(&self) -> &str {
        match self {
            HubLink::Local { device, .. } => device,
            HubLink::Remote { secret, .. } => secret.split_once(':').map_or(secret, |(id, _)| id),
            #[cfg(feature = "sim")]
            HubLink::Switched { link, .. } => link.device(),
        }
    }

    /// Asks until answered; `reply` is called once, on another thread.
    pub fn submit(&self, runtime: &Handle, request: Request, reply: impl FnOnce(Answer) + Send + 'static) {
        let link = self.clone();
        runtime.spawn(async move {
            let mut wait = Duration::from_millis(100);
            loop {
                match link.ask(&request).await {
                    Ok(answer) => return reply(answer),
                    Err(Miss::Hub(crate::hub::HubError::Stopping)) => return,
                    Err(e) => tracing::warn!(id = %request.id, error = %e, "asking again"),
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        });
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Miss> {
        match self {
            #[cfg(feature = "sim")]
            HubLink::Switched { link, away } => {
                if away.load(Ordering::Relaxed) {
                    tokio::time::sleep(PATIENCE).await;
                    return Err(Miss::Cut);
                }
                Box::pin(link.ask(request)).await
            }
            HubLink::Local { hub, device } => Ok(hub.ask(device, request.clone()).await?),
            HubLink::Remote { url, secret, client } => {
                let response = client
                    .post(format!("{url}/v1/commands"))
                    .bearer_auth(secret)
                    .json(request)
                    .send()
                    .await
                    .map_err(Miss::Away)?;
                if response.status().is_success() {
                    let a: Accepted = response.json().await.map_err(Miss::Away)?;
                    return Ok(Answer::Accepted { first_seq: a.first_seq, events: a.events });
                }
                let problem: Problem = response.json().await.map_err(Miss::Away)?;
                match problem.refused {
                    Some(refusal) => Ok(Answer::Refused(refusal)),
                    None => Err(Miss::Later(Box::new(problem))),
                }
            }
        }
    }

    /// Today's tickets of this device, once the hub answers.
    pub async fn my_tickets(&self) -> Vec<Ticket> {
        loop {
            let got = match self {
                #[cfg(feature = "sim")]
                HubLink::Switched { link, .. } => Some(Box::pin(link.my_tickets()).await),
                HubLink::Local { hub, device } => hub.tickets(Some(device.clone())).await.ok(),
                HubLink::Remote { url, secret, client } => {
                    let url = format!("{url}/v1/tickets?device={}", self.device());
                    match client.get(url).bearer_auth(secret).send().await {
                        Ok(response) => response.json().await.ok(),
                        Err(_) => None,
                    }
                }
            };
            match got {
                Some(tickets) => return tickets,
                None => tokio::time::sleep(LONGEST_WAIT).await,
            }
        }
    }

    /// Calls `news` with every picture of the hall, and with `None` when the hub is away.
    pub fn follow(&self, runtime: &Handle, news: HallNews) {
        match self.clone() {
            #[cfg(feature = "sim")]
            HubLink::Switched { link, away } => {
                let cut = move |now: Option<_>| news(now.filter(|_| !away.load(Ordering::Relaxed)));
                link.follow(runtime, Box::new(cut));
            }
            HubLink::Local { hub, .. } => {
                let mut now = hub.now();
                runtime.spawn(async move {
                    loop {
                        let fresh = now.borrow_and_update().clone();
                        news(Some(fresh));
                        if now.changed().await.is_err() {
                            // The writer has ended: nothing can be promised any more.
                            return news(None);
                        }
                    }
                });
            }
            HubLink::Remote { url, secret, client } => {
                runtime.spawn(async move {
                    let mut said = String::new();
                    loop {
                        let answer = client.get(format!("{url}/v1/state")).bearer_auth(&secret).send().await;
                        let (now, fault) = match answer {
                            Ok(a) if a.status() == reqwest::StatusCode::UNAUTHORIZED => {
                                (None, "the hub does not know this device or its secret: add it again with `motcua device add`".to_owned())
                            }
                            Ok(a) => (a.json::<HallNow>().await.ok(), String::new()),
                            Err(e) => (None, format!("the hub does not answer: {e}")),
                        };
                        // Once for each change: an hour without a hub is one line, not four thousand.
                        if fault != said && !fault.is_empty() {
                            tracing::warn!("{fault}");
                        }
                        said = fault;
                        news(now.map(Arc::new));
                        tokio::time::sleep(POLL).await;
                    }
                });
            }
        }
    }
}
