// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk's way to its hub: in the same process, or over the hall's network
//! with the kiosk's own desk behind it. Either way a command is asked again
//! with the same id until it is answered.

use super::remote::Remote;
use crate::client::HubClient;
use crate::clock::WallClock;
use crate::hub::{Hub, HubError, Request};
use crate::store::Answer;
use crate::watch::HubWay;
use motcua_core::hall::Hall;
use motcua_core::queue::{HallNow, Ticket};
use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "sim")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use uuid::Uuid;

/// Waits between two attempts grow up to this.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// The first of them.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(100);

/// What the link tells the kiosk.
#[derive(Clone, Debug)]
pub enum LinkNews {
    /// A new picture of the hall; `None` while no number can be promised.
    Hall(Option<Arc<HallNow>>),
    /// The hall is configured anew.
    Config(Arc<Hall>),
}

/// Takes what the link tells.
pub type Tell = Box<dyn Fn(LinkNews) + Send + Sync>;

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
    Remote(Arc<Remote>),
    /// A hub in this process that the bench can cut off.
    #[cfg(feature = "sim")]
    Switched {
        /// The link behind it.
        link: Box<HubLink>,
        /// Cut while true.
        away: Arc<AtomicBool>,
    },
}

impl HubLink {
    /// A hub on the network; `data` keeps what the kiosk needs while the hub is away.
    pub fn remote(client: HubClient, data: &Path) -> HubLink {
        HubLink::Remote(Arc::new(Remote::new(client, data)))
    }

    /// The same link with a switch that cuts it, for the bench.
    #[cfg(feature = "sim")]
    pub fn switched(self, away: Arc<AtomicBool>) -> HubLink {
        match self {
            HubLink::Remote(remote) => {
                remote.set_switch(away);
                HubLink::Remote(remote)
            }
            link => HubLink::Switched { link: Box::new(link), away },
        }
    }

    /// The configuration that the hub told last, where it is another process.
    pub fn kept_hall(&self) -> Option<Hall> {
        match self {
            HubLink::Remote(remote) => remote.kept_hall(),
            _ => None,
        }
    }

    /// This device's name.
    pub fn device(&self) -> &str {
        match self {
            HubLink::Local { device, .. } => device,
            HubLink::Remote(remote) => remote.device(),
            #[cfg(feature = "sim")]
            HubLink::Switched { link, .. } => link.device(),
        }
    }

    /// How this kiosk comes to its hub.
    pub fn way(&self) -> HubWay {
        match self {
            HubLink::Local { .. } => HubWay::Here,
            HubLink::Remote(remote) => remote.way(),
            #[cfg(feature = "sim")]
            HubLink::Switched { link, .. } => link.way(),
        }
    }

    /// Whether the store on this disk answers: the hub's, or that of the kiosk's own desk once it is open.
    pub async fn database(&self) -> Option<bool> {
        let hub = match self {
            HubLink::Local { hub, .. } => Some(hub.clone()),
            HubLink::Remote(remote) => remote.own_hub().cloned(),
            #[cfg(feature = "sim")]
            HubLink::Switched { link, .. } => return Box::pin(link.database()).await,
        };
        Some(hub?.ping().await.is_ok())
    }

    /// Asks until answered; `reply` is called once, on another thread, with the id that the answer came
    /// under: another one where the hub was silent and the kiosk gave a number itself.
    pub fn submit(
        &self,
        runtime: &Handle,
        request: Request,
        reply: impl FnOnce(Uuid, Answer) + Send + 'static,
    ) {
        let link = self.clone();
        runtime.spawn(async move {
            if let HubLink::Remote(remote) = link {
                let (id, answer) = remote.answer(request).await;
                return reply(id, answer);
            }
            let mut wait = FIRST_WAIT;
            loop {
                match link.ask(&request).await {
                    Some(Ok(answer)) => return reply(request.id, answer),
                    Some(Err(HubError::Stopping)) => return,
                    Some(Err(e)) => tracing::warn!(id = %request.id, error = %e, "asking again"),
                    None => tracing::warn!(id = %request.id, "the link is cut; asking again"),
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        });
    }

    /// One attempt at a hub in this process; `None` where the link is cut.
    async fn ask(&self, request: &Request) -> Option<Result<Answer, HubError>> {
        match self {
            HubLink::Local { hub, device } => Some(hub.ask(device, request.clone()).await),
            #[cfg(feature = "sim")]
            HubLink::Switched { away, .. } if away.load(Ordering::Relaxed) => {
                tokio::time::sleep(crate::client::PATIENCE).await;
                None
            }
            #[cfg(feature = "sim")]
            HubLink::Switched { link, .. } => Box::pin(link.ask(request)).await,
            HubLink::Remote(_) => None,
        }
    }

    /// The hub's tickets of this device today, once it answers.
    pub async fn my_tickets(&self) -> Vec<Ticket> {
        loop {
            let got = match self {
                #[cfg(feature = "sim")]
                HubLink::Switched { link, .. } => Some(Box::pin(link.my_tickets()).await),
                HubLink::Local { hub, device } => hub.tickets(Some(device.clone())).await.ok(),
                HubLink::Remote(remote) => remote.my_tickets().await,
            };
            match got {
                Some(tickets) => return tickets,
                None => tokio::time::sleep(LONGEST_WAIT).await,
            }
        }
    }

    /// Tells of every new picture of the hall and of every new configuration, beginning with `hall`.
    pub fn follow(&self, runtime: &Handle, hall: &Arc<Hall>, clock: &WallClock, tell: Tell) {
        match self.clone() {
            #[cfg(feature = "sim")]
            HubLink::Switched { link, away } => {
                let cut = move |news| match news {
                    LinkNews::Hall(_) if away.load(Ordering::Relaxed) => tell(LinkNews::Hall(None)),
                    news => tell(news),
                };
                link.follow(runtime, hall, clock, Box::new(cut));
            }
            HubLink::Local { hub, .. } => drop(runtime.spawn(follow_here(hub, tell))),
            HubLink::Remote(remote) => remote.follow(runtime, hall.clone(), clock.clone(), tell),
        }
    }
}

async fn follow_here(hub: Hub, tell: Tell) {
    let (mut now, mut halls) = (hub.now(), hub.halls());
    // The kiosk was started with this one.
    halls.mark_unchanged();
    loop {
        let fresh = now.borrow_and_update().clone();
        tell(LinkNews::Hall(Some(fresh)));
        let changed = tokio::select! {
            changed = now.changed() => changed,
            changed = halls.changed() => {
                let hall = halls.borrow_and_update().clone();
                tell(LinkNews::Config(hall));
                changed
            }
        };
        if changed.is_err() {
            // The writer has ended: nothing can be promised any more.
            return tell(LinkNews::Hall(None));
        }
    }
}
