// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hub on the hall's network, and what the kiosk does while it is away: it
//! follows the hub's pictures, asks it first, and turns to its own desk when
//! there is no answer.

mod deliver;
mod follow;
#[cfg(feature = "sim")]
#[cfg(test)]
mod tests;

use super::link::{FIRST_WAIT, LONGEST_WAIT, Tell};
use super::own::Own;
use crate::client::{HubClient, Miss};
use crate::clock::WallClock;
use crate::hub::{HubError, Request};
use crate::store::Answer;
use crate::watch::HubWay;
use jiff::civil::Date;
use motcua_core::hall::Hall;
use motcua_core::queue::{Command, HallNow, Ticket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use uuid::Uuid;

/// The link to another process's hub.
#[derive(Debug)]
pub struct Remote {
    client: HubClient,
    own: Own,
    /// The hub's stream is heard.
    there: AtomicBool,
    /// The hub does not know this device: it may not give numbers on its own either.
    denied: AtomicBool,
    /// The hub's day and configuration as it said last.
    last: Mutex<(Option<Date>, String)>,
    #[cfg(feature = "sim")]
    switch: std::sync::OnceLock<Arc<AtomicBool>>,
}

impl Remote {
    pub(super) fn new(client: HubClient, data: &Path) -> Remote {
        Remote {
            own: Own::new(data, client.device()),
            client,
            there: AtomicBool::new(false),
            denied: AtomicBool::new(false),
            last: Mutex::default(),
            #[cfg(feature = "sim")]
            switch: std::sync::OnceLock::new(),
        }
    }

    #[cfg(feature = "sim")]
    pub(super) fn set_switch(&self, away: Arc<AtomicBool>) {
        if self.switch.set(away).is_err() {
            tracing::error!("the link has a switch already");
        }
    }

    #[cfg(feature = "sim")]
    fn is_cut(&self) -> bool {
        self.switch.get().is_some_and(|away| away.load(Ordering::Relaxed))
    }

    #[cfg(not(feature = "sim"))]
    fn is_cut(&self) -> bool {
        false
    }

    pub(super) fn kept_hall(&self) -> Option<Hall> {
        self.own.kept_hall()
    }

    pub(super) fn device(&self) -> &str {
        self.client.device()
    }

    pub(super) fn follow(self: &Arc<Self>, runtime: &Handle, hall: Arc<Hall>, clock: WallClock, tell: Tell) {
        let (tx, heard) = tokio::sync::mpsc::unbounded_channel();
        self.client.follow::<HallNow>(runtime, "/v1/feed/hall", move |news| {
            // Nobody listens any more when the program ends.
            let _ = tx.send(news);
        });
        runtime.spawn(self.clone().deliver_for_ever());
        runtime.spawn(follow::Follower::new(self.clone(), hall, clock, tell).run(heard));
    }

    /// One attempt at the hub.
    async fn ask(&self, request: &Request) -> Result<Answer, Miss> {
        #[cfg(feature = "sim")]
        if self.is_cut() {
            tokio::time::sleep(crate::client::PATIENCE).await;
            return Err(Miss::Cut);
        }
        self.client.ask(request).await
    }

    async fn ask_until_answered(&self, request: &Request) -> Answer {
        let mut wait = FIRST_WAIT;
        loop {
            match self.ask(request).await {
                Ok(answer) => return answer,
                Err(e) => tracing::warn!(id = %request.id, error = %e, "asking again"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// The answer, with the id that it came under.
    pub(super) async fn answer(&self, request: Request) -> (Uuid, Answer) {
        let id = request.id;
        match request.command {
            Command::Issue { .. } => self.issue(request).await,
            Command::MarkPrint { ticket, .. }
            | Command::Void { ticket, .. }
            | Command::Reprint { ticket, .. } => (id, self.about(ticket, request).await),
            _ => (id, self.ask_until_answered(&request).await),
        }
    }

    /// The hub is asked once; without an answer the kiosk gives a number itself. What the hub makes of
    /// the abandoned command is found out when it is back.
    async fn issue(&self, request: Request) -> (Uuid, Answer) {
        let asked = self.there.load(Ordering::Relaxed);
        if asked {
            match self.ask(&request).await {
                Ok(answer) => return (request.id, answer),
                Err(miss) if miss.is_silence() && self.serves_alone() => {
                    tracing::warn!(id = %request.id, error = %miss, "no answer; the kiosk gives a number itself");
                }
                Err(_) => return (request.id, self.ask_until_answered(&request).await),
            }
        }
        if !self.serves_alone() {
            return (request.id, self.ask_until_answered(&request).await);
        }
        if asked && self.own.change(|m| m.abandoned.push(request.id)).await.is_err() {
            return (request.id, self.ask_until_answered(&request).await);
        }
        self.own.work.notify_one();
        if let Command::Issue { service, .. } = &request.command
            && let Some(refusal) = self.own.refusal(service)
        {
            return (request.id, Answer::Refused(refusal));
        }
        let given = if asked { Uuid::now_v7() } else { request.id };
        match self.own.issue(given, request.command.clone()).await {
            Ok(answer) => (given, answer),
            Err(e) => {
                tracing::error!(error = %e, "the own desk could not write; waiting for the hub");
                let again = Request { id: Uuid::now_v7(), ..request };
                (again.id, self.ask_until_answered(&again).await)
            }
        }
    }

    /// A command about one ticket goes to whoever has it.
    async fn about(&self, ticket: Uuid, request: Request) -> Answer {
        let mut wait = FIRST_WAIT;
        while let Some(outcome) = self.own.submit_if_held(&ticket, &request) {
            match outcome.await.unwrap_or(Err(HubError::Stopping)) {
                Ok(answer) => return answer,
                Err(e) => tracing::warn!(id = %request.id, error = %e, "asking the own desk again"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.ask_until_answered(&request).await
    }

    pub(super) fn way(&self) -> HubWay {
        if self.there.load(Ordering::Relaxed) { HubWay::Reached } else { HubWay::Alone }
    }

    pub(super) fn own_hub(&self) -> Option<&crate::hub::Hub> {
        self.own.hub()
    }

    /// The kiosk may give numbers on its own, and can.
    fn serves_alone(&self) -> bool {
        !self.denied.load(Ordering::Relaxed) && self.own.picture().is_some()
    }

    /// The picture while the hub is away.
    fn alone(&self) -> Option<Arc<HallNow>> {
        let denied = self.denied.load(Ordering::Relaxed);
        self.own.picture().filter(|_| !denied).map(Arc::new)
    }

    pub(super) async fn my_tickets(&self) -> Option<Vec<Ticket>> {
        if self.is_cut() {
            return None;
        }
        self.client.get(&format!("/v1/tickets?device={}", self.device())).await.ok()
    }

    fn last(&self) -> std::sync::MutexGuard<'_, (Option<Date>, String)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
