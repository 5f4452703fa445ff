// SPDX-License-Identifier: MIT OR Apache-2.0
//! The site hub: one writer that decides every command of the hall, and the
//! HTTP API in front of it, for devices that prove who they are. A kiosk that is
//! also the hub calls [`Hub::submit`] directly.

pub mod api;
mod citizen;
pub mod command;
pub mod devices;
pub mod feeds;
pub mod lanes;
pub mod presence;
pub mod problem;
pub mod reference;
pub mod run;
pub mod serve;
pub mod software;
pub mod trust;
mod watched;
mod writer;

pub use watched::{SETUP_CODE, leave_code, watched};

pub(crate) use writer::chain;

use crate::clock::WallClock;
use crate::store::{Answer, Store, StoreError};
use jiff::civil::Date;
use motcua_core::hall::Hall;
use motcua_core::label::Series;
use motcua_core::queue::{Command, DeskNow, Event, HallNow, State, Ticket};
use motcua_link::province::DayKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{oneshot, watch};
use utoipa::ToSchema;
use uuid::Uuid;

/// A command with the id its client made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// UUIDv7, made once for what the person did; a retry carries the same.
    pub id: Uuid,
    /// What to do.
    pub command: Command,
}

/// Why the hub gives no answer. Nothing was done, or it is not known to be done: ask again with
/// the same id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// An id came again with another command.
    #[error("this id was used for another command; make a new id for each thing a person does")]
    IdReused,
    /// The disk did not take it.
    #[error("the hub could not write: {0}")]
    Store(String),
    /// The hub is stopping.
    #[error("the hub is stopping")]
    Stopping,
}

/// What comes back for a command.
pub type Outcome = Result<Answer, HubError>;

/// Called once with the answer, on the writer's thread: hand over and return.
pub type Reply = Box<dyn FnOnce(Outcome) + Send>;

#[allow(clippy::large_enum_variant, reason = "nearly every job is a command")]
enum Job {
    Command { request: Request, digest: [u8; 32], device: String, reply: Reply },
    Tickets { device: Option<String>, reply: oneshot::Sender<Vec<Ticket>> },
    Desk { counter: String, reply: oneshot::Sender<Option<DeskNow>> },
    Hall { hall: Arc<Hall>, reply: oneshot::Sender<()> },
    Note { event: Event, reply: oneshot::Sender<Result<(), HubError>> },
    Own { own: OwnNumbers, reply: oneshot::Sender<()> },
    Ping { reply: oneshot::Sender<Result<(), HubError>> },
    Undelivered { reply: oneshot::Sender<Result<Vec<Ticket>, HubError>> },
    Stop(oneshot::Sender<()>),
}

/// The numbers of a kiosk that gives them on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnNumbers {
    /// The kiosk's series.
    pub series: Series,
    /// Numbers of a day that are known to be given, though perhaps not by this store.
    pub floor: Option<(Date, u32)>,
}

impl OwnNumbers {
    fn rule(self, state: &mut State) {
        state.on_its_own(self.series);
        if let Some((day, number)) = self.floor {
            state.not_below(day, number);
        }
    }
}

/// A handle on the writer. Cheap to clone; the writer stops with [`Hub::stop`].
#[derive(Clone, Debug)]
pub struct Hub {
    jobs: Sender<Job>,
    hall: watch::Receiver<Arc<Hall>>,
    key: watch::Receiver<Option<(Date, DayKey)>>,
    now: watch::Receiver<Arc<HallNow>>,
    vitals: Arc<Mutex<Vitals>>,
}

/// What `/v1/health` tells about the store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Vitals {
    /// Program version.
    pub version: String,
    /// SQLite version.
    pub sqlite: String,
    /// Made with the database; changes when it was replaced.
    pub epoch: String,
    /// Sequence of the newest durable event.
    pub last_seq: i64,
    /// The last write failed, with the reason.
    pub store_fault: Option<String>,
    /// A damaged database was found at start and moved here.
    pub damaged_database: Option<String>,
    /// 99th percentile of the last commits, milliseconds.
    pub commit_p99_ms: f64,
    /// Seconds since start.
    pub uptime_s: u64,
    #[serde(skip, default = "Instant::now")]
    started: Instant,
}

impl Hub {
    /// Opens the store in `dir`, rebuilds the queue and starts the writer thread.
    pub fn start(dir: &Path, hall: Hall, clock: WallClock) -> Result<Hub, StoreError> {
        Hub::open(dir, hall, clock, None)
    }

    /// The desk of a kiosk that gives numbers on its own while its hub is away: the same store and
    /// writer, all numbers from the kiosk's series.
    pub fn start_own(dir: &Path, hall: Hall, clock: WallClock, own: OwnNumbers) -> Result<Hub, StoreError> {
        Hub::open(dir, hall, clock, Some(own))
    }

    fn open(dir: &Path, hall: Hall, clock: WallClock, own: Option<OwnNumbers>) -> Result<Hub, StoreError> {
        let store = Store::open(dir)?;
        let mut state = store.load()?;
        if let Some(own) = own {
            own.rule(&mut state);
        }
        let hall = Arc::new(hall);
        let vitals = Arc::new(Mutex::new(Vitals {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sqlite: rusqlite::version().to_owned(),
            epoch: store.epoch().to_owned(),
            last_seq: store.last_seq(),
            store_fault: None,
            damaged_database: store.moved_aside().map(|p| p.display().to_string()),
            commit_p99_ms: 0.0,
            uptime_s: 0,
            started: Instant::now(),
        }));
        let (now_tx, now) = watch::channel(Arc::new(HallNow::of(&hall, &state, clock.now())));
        let (hall_tx, hall_rx) = watch::channel(hall.clone());
        let (key_tx, key) = watch::channel(None);
        let (jobs, inbox) = channel();
        let mut writer = writer::Writer {
            hall,
            own,
            told: hall_tx,
            state,
            store,
            clock,
            now: now_tx,
            vitals: vitals.clone(),
            pace: writer::Pace::default(),
            key: key_tx,
        };
        writer.keep_key();
        std::thread::Builder::new()
            .name("hub-writer".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|source| StoreError::Path { path: dir.to_owned(), source })?;
        Ok(Hub { jobs, hall: hall_rx, key, now, vitals })
    }

    /// Hands a command in; `reply` gets the durable answer. Never blocks.
    pub fn submit(&self, device: &str, request: Request, reply: Reply) {
        let digest = digest(device, &request.command);
        let job = Job::Command { request, digest, device: device.to_owned(), reply };
        if let Err(unsent) = self.jobs.send(job)
            && let Job::Command { reply, .. } = unsent.0
        {
            reply(Err(HubError::Stopping));
        }
    }

    /// Hands a command in and waits for the durable answer.
    pub async fn ask(&self, device: &str, request: Request) -> Outcome {
        let (tx, rx) = oneshot::channel();
        let reply = move |outcome| {
            // A caller who left is no fault: the answer is kept under the id.
            let _ = tx.send(outcome);
        };
        self.submit(device, request, Box::new(reply));
        rx.await.unwrap_or(Err(HubError::Stopping))
    }

    /// Today's tickets, of one device or of all, by label.
    pub async fn tickets(&self, device: Option<String>) -> Result<Vec<Ticket>, HubError> {
        let (reply, rx) = oneshot::channel();
        self.jobs.send(Job::Tickets { device, reply }).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)
    }

    /// What the officer at one counter sees; `None` for a counter that does not exist.
    pub async fn desk(&self, counter: &str) -> Result<Option<DeskNow>, HubError> {
        let (reply, rx) = oneshot::channel();
        let job = Job::Desk { counter: counter.to_owned(), reply };
        self.jobs.send(job).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)
    }

    /// The hall's configuration.
    pub fn hall(&self) -> Arc<Hall> {
        self.hall.borrow().clone()
    }

    /// The hall's configuration as it changes.
    pub fn halls(&self) -> watch::Receiver<Arc<Hall>> {
        self.hall.clone()
    }

    /// The key by which the marks of a business day are made; none before the first day, and at a kiosk's own desk.
    pub fn person_key(&self) -> Option<(Date, DayKey)> {
        self.key.borrow().clone()
    }

    /// Gives numbers by these rules from the next command on; only for a kiosk's own desk.
    pub async fn number_by(&self, own: OwnNumbers) -> Result<(), HubError> {
        let (reply, rx) = oneshot::channel();
        self.jobs.send(Job::Own { own, reply }).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)
    }

    /// Tickets of a kiosk's own desk, of whatever day, that are neither delivered nor voided, as issued.
    pub async fn undelivered(&self) -> Result<Vec<Ticket>, HubError> {
        let (reply, rx) = oneshot::channel();
        self.jobs.send(Job::Undelivered { reply }).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)?
    }

    /// Whether the writer works and its database answers.
    pub async fn ping(&self) -> Result<(), HubError> {
        let (reply, rx) = oneshot::channel();
        self.jobs.send(Job::Ping { reply }).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)?
    }

    /// Serves by another configuration from the next command on; keeping it is the caller's business.
    pub async fn set_hall(&self, hall: Hall) -> Result<(), HubError> {
        let (reply, rx) = oneshot::channel();
        let job = Job::Hall { hall: Arc::new(hall), reply };
        self.jobs.send(job).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)
    }

    /// Keeps an event of the hall's device that is no decision of the queue. Durable when it returns.
    pub async fn note(&self, event: Event) -> Result<(), HubError> {
        let (reply, rx) = oneshot::channel();
        self.jobs.send(Job::Note { event, reply }).map_err(|_| HubError::Stopping)?;
        rx.await.map_err(|_| HubError::Stopping)?
    }

    /// The picture of the hall, renewed after every commit and every second.
    pub fn now(&self) -> watch::Receiver<Arc<HallNow>> {
        self.now.clone()
    }

    /// Sequence of the newest durable event.
    pub fn last_seq(&self) -> i64 {
        self.vitals.lock().unwrap_or_else(PoisonError::into_inner).last_seq
    }

    /// How the store is.
    pub fn vitals(&self) -> Vitals {
        let mut v = self.vitals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        v.uptime_s = v.started.elapsed().as_secs();
        v
    }

    /// Finishes what was handed in, moves the log into the file and ends the writer.
    pub async fn stop(&self) {
        let (tx, rx) = oneshot::channel();
        if self.jobs.send(Job::Stop(tx)).is_ok() {
            let _ = rx.await;
        }
    }
}

/// Tells a retry from an id used twice. Kept for ever, so nothing of a person is in it.
fn digest(device: &str, command: &Command) -> [u8; 32] {
    let command = &*command.without_person();
    let mut sha = Sha256::new();
    sha.update(device.as_bytes());
    sha.update([0]);
    sha.update(serde_json::to_vec(command).unwrap_or_default());
    sha.finalize().into()
}

#[cfg(test)]
mod tests;
