// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk's own desk: while the hub is silent, numbers come from the
//! kiosk's own series, written by the same writer into a store of the same
//! kind. The desk's clock shows the hub's time, so that a ticket carries the
//! hub's day and is delivered as it was given. When the hub is asked and when
//! the desk is the link's business.

mod memo;
mod picture;

use crate::clock::WallClock;
use crate::hub::{Hub, HubError, OwnNumbers, Request};
use crate::store::{Answer, StoreError};
use memo::Floor;
pub use memo::{Memo, Notebook};
use motcua_core::hall::Hall;
use motcua_core::label::Series;
use motcua_core::queue::{Command, Event, HallNow, PrintState, Refusal, Ticket};
use picture::Seen;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot, watch};
use uuid::Uuid;

/// Folder of the own desk in the kiosk's data directory.
pub const FOLDER: &str = "own";
/// The hall's configuration as the hub told it last.
const HALL: &str = "hall.toml";
/// How many people there are is written down this often at most: a card wears out.
const COUNTS_KEPT: Duration = Duration::from_secs(60);
/// Clocks that differ by less are the same.
const SAME_CLOCK_MS: i64 = 2_000;
/// Numbers go on behind the next of these after a lost store: visibly another run.
const BEYOND: u32 = 1_000;

/// The kiosk's own desk, open or not yet.
pub struct Own {
    dir: PathBuf,
    device: String,
    book: Notebook,
    desk: OnceLock<Desk>,
    /// The hub gave this kiosk a number.
    numbered: AtomicBool,
    /// Tickets that the desk has and the hub has not.
    held: Mutex<HashSet<Uuid>>,
    /// What the hub said last, and when its counts were written down.
    seen: Mutex<(Option<Seen>, Instant)>,
    /// Something can be delivered, perhaps.
    pub work: Notify,
}

struct Desk {
    hub: Hub,
    clock: WallClock,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("dir", &self.dir).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Own {
    /// The desk of a kiosk that keeps its things in `data`; closed.
    pub fn new(data: &Path, device: &str) -> Own {
        let dir = data.join(FOLDER);
        let (book, memo) = Notebook::open(&dir);
        Own {
            device: device.to_owned(),
            book,
            desk: OnceLock::new(),
            numbered: AtomicBool::new(memo.number.is_some()),
            held: Mutex::default(),
            seen: Mutex::new((memo.seen, Instant::now())),
            work: Notify::new(),
            dir,
        }
    }

    /// The configuration that the hub told last.
    pub fn kept_hall(&self) -> Option<Hall> {
        let text = std::fs::read_to_string(self.dir.join(HALL)).ok()?;
        let faulty = |faults| tracing::error!(?faults, "the hub's configuration of last time is wrong");
        Hall::parse(&text).map_err(faulty).ok()
    }

    /// What is known of the hub, and what it is still to be told.
    pub fn book(&self) -> &Notebook {
        &self.book
    }

    /// The desk's handle, once it is open.
    pub fn hub(&self) -> Option<&Hub> {
        self.desk.get().map(|d| &d.hub)
    }

    /// Opens the desk of a kiosk that has met its hub in an earlier run.
    pub async fn begin(&self, hall: &Arc<Hall>, base: &WallClock) {
        if self.numbered.load(Ordering::Relaxed) {
            self.open(hall, base, None).await;
        } else {
            tracing::info!("this kiosk has not met its hub yet and gives no numbers of its own before");
        }
    }

    /// The hub answers: it says which kiosk this is.
    pub async fn meet(&self, number: Option<u8>, hall: &Arc<Hall>, base: &WallClock, now: &HallNow) {
        if number.and_then(Series::kiosk).is_none() {
            tracing::error!("the hub gave this device no number: add it again with --role kiosk --replace");
        }
        if self.change(|m| m.number = number).await.is_err() {
            return;
        }
        self.numbered.store(number.is_some(), Ordering::Relaxed);
        self.keep_hall(hall);
        let Some(rules) = rules(&self.book.read().await) else { return };
        match self.desk.get() {
            Some(desk) => drop(desk.hub.number_by(rules).await),
            None => self.open(hall, base, Some(now)).await,
        }
    }

    async fn open(&self, hall: &Arc<Hall>, base: &WallClock, now: Option<&HallNow>) {
        if let (Some(now), Some(series)) = (now, self.series().await) {
            self.raise(series, now).await;
        }
        let memo = self.book.read().await;
        let Some(rules) = rules(&memo) else { return };
        let clock = base.beside(hall.utc_offset_minutes, memo.ahead_ms);
        if let Some(now) = now {
            self.keep_clock(clock.hear(now.unix_ms)).await;
        }
        let (dir, hall, on) = (self.dir.clone(), (**hall).clone(), clock.clone());
        let opened = tokio::task::spawn_blocking(move || Hub::start_own(&dir, hall, on, rules)).await;
        match opened.map_err(|e| e.to_string()).and_then(|o| o.map_err(|e: StoreError| crate::hub::chain(&e)))
        {
            Ok(hub) => {
                self.recover(&hub, rules).await;
                self.settle(&hub).await;
                if self.desk.set(Desk { hub, clock }).is_err() {
                    tracing::error!("the own desk was opened twice");
                }
                self.work.notify_one();
            }
            Err(why) => tracing::error!(why, "no numbers of the kiosk's own: its store cannot be used"),
        }
    }

    /// A damaged store was moved aside and nobody resumes the intake of a kiosk's own desk: numbers go
    /// on where no lost one can be.
    async fn recover(&self, hub: &Hub, rules: OwnNumbers) {
        let now = hub.now().borrow().clone();
        if !matches!(now.refusal, Some(Refusal::IntakePaused { .. })) {
            return;
        }
        let day = now.day.unwrap_or(now.local_time.date());
        let last = now.kiosk_numbers.get(&rules.series).copied().unwrap_or(0);
        let floor = rules.floor.filter(|(d, _)| *d == day).map_or(0, |(_, number)| number);
        let beyond = (last.max(floor) / BEYOND + 1) * BEYOND;
        tracing::error!(
            beyond,
            "the own store was lost; its tickets that were not delivered are on paper only"
        );
        if self.change(|m| m.raise(day, beyond)).await.is_err() {
            return;
        }
        let resume = Request { id: Uuid::now_v7(), command: Command::ResumeIntake };
        let rules = OwnNumbers { floor: Some((day, beyond)), ..rules };
        let resumed = match hub.number_by(rules).await {
            Ok(()) => hub.ask(&self.device, resume).await.map(drop),
            Err(e) => Err(e),
        };
        if let Err(e) = resumed {
            tracing::error!(error = %e, "the own desk stays closed");
        }
    }

    /// What an earlier run left open: not begun is surely not on paper, begun is unknown.
    async fn settle(&self, hub: &Hub) {
        let left = hub.undelivered().await.unwrap_or_else(|e| {
            tracing::error!(error = %e, "the own tickets cannot be read");
            Vec::new()
        });
        for ticket in left {
            lock(&self.held).insert(ticket.id);
            let print = match ticket.print {
                PrintState::Committed => PrintState::PrintFailed,
                PrintState::Printing => PrintState::PrintUnknown,
                _ => continue,
            };
            let command = Command::MarkPrint { ticket: ticket.id, print };
            // Refused for a ticket of a day that is over; its delivery says the same.
            if let Err(e) = hub.ask(&self.device, Request { id: Uuid::now_v7(), command }).await {
                tracing::error!(error = %e, label = ticket.label, "the paper's state was not kept");
            }
        }
    }

    /// Whether the kiosk can give numbers on its own.
    pub fn ready(&self) -> bool {
        self.numbered.load(Ordering::Relaxed) && self.desk.get().is_some()
    }

    /// The hall as the kiosk knows it alone.
    pub fn picture(&self) -> Option<HallNow> {
        let desk = self.desk.get().filter(|_| self.ready())?;
        let now = desk.hub.now().borrow().clone();
        picture::alone(&desk.hub.hall(), &now, lock(&self.seen).0.as_ref())
    }

    /// Why the kiosk alone gives no number for a service.
    pub fn refusal(&self, service: &str) -> Option<Refusal> {
        let unknown = || Some(Refusal::IntakePaused { notice: None });
        self.picture().map_or_else(unknown, |now| picture::refusal(&now, service))
    }

    /// Changes of the desk's own picture.
    pub fn now(&self) -> Option<watch::Receiver<Arc<HallNow>>> {
        self.desk.get().map(|d| d.hub.now())
    }

    /// A number of the own series, durable.
    pub async fn issue(&self, id: Uuid, command: Command) -> Result<Answer, HubError> {
        let hub = self.hub().ok_or(HubError::Stopping)?;
        let answer = hub.ask(&self.device, Request { id, command }).await?;
        if let Answer::Accepted { events, .. } = &answer
            && events.iter().any(|e| matches!(e, Event::Issued { .. }))
        {
            lock(&self.held).insert(id);
            self.work.notify_one();
        }
        Ok(answer)
    }

    /// Hands a command about a ticket to the desk if the hub has not got that ticket. Whatever is
    /// handed over before [`Own::let_go`] is in the desk's books when that returns.
    pub fn submit_if_held(
        &self,
        ticket: &Uuid,
        request: &Request,
    ) -> Option<oneshot::Receiver<crate::hub::Outcome>> {
        let hub = self.hub()?;
        let held = lock(&self.held);
        if !held.contains(ticket) {
            return None;
        }
        let (tx, rx) = oneshot::channel();
        let reply = move |outcome| {
            let _ = tx.send(outcome);
        };
        hub.submit(&self.device, request.clone(), Box::new(reply));
        Some(rx)
    }

    /// The hub has this ticket now. Returns what the desk knew of its paper in the end; `None` for one
    /// of a day that is over.
    pub async fn let_go(&self, ticket: &Ticket) -> Result<Option<PrintState>, HubError> {
        let hub = self.hub().ok_or(HubError::Stopping)?;
        let command = Command::Delivered { ticket: ticket.id };
        hub.ask(&self.device, Request { id: Uuid::now_v7(), command }).await?;
        lock(&self.held).remove(&ticket.id);
        let last = hub.tickets(None).await?.into_iter().find(|t| t.id == ticket.id);
        Ok(last.map(|t| t.print))
    }

    /// The hub's clock shows this.
    pub async fn hear(&self, unix_ms: i64) {
        let Some(desk) = self.desk.get() else { return };
        self.keep_clock(desk.clock.hear(unix_ms)).await;
    }

    /// After a power cut the date may hang on it.
    async fn keep_clock(&self, ahead_ms: i64) {
        let known = self.book.read().await.ahead_ms;
        if ahead_ms.abs_diff(known) > SAME_CLOCK_MS.unsigned_abs() {
            drop(self.change(|m| m.ahead_ms = ahead_ms).await);
        }
    }

    /// The hub's picture.
    pub async fn saw(&self, hall: &Hall, now: &HallNow) {
        let fresh = Seen::of(hall, now);
        let write = {
            let mut seen = lock(&self.seen);
            let same = seen.0.as_ref().is_some_and(|s| s.day == fresh.day && s.binds_as(&fresh));
            let write = !same || seen.1.elapsed() > COUNTS_KEPT;
            seen.0 = Some(fresh.clone());
            if write {
                seen.1 = Instant::now();
            }
            write
        };
        if write {
            drop(self.change(|m| m.seen = Some(fresh)).await);
        }
        let Some(series) = self.series().await else { return };
        if self.raise(series, now).await
            && let (Some(hub), Some(rules)) = (self.hub(), rules(&self.book.read().await))
        {
            drop(hub.number_by(rules).await);
        }
    }

    /// Numbers of this kiosk that the hub has; true when there are more than was known.
    async fn raise(&self, series: Series, now: &HallNow) -> bool {
        let (Some(day), Some(number)) = (now.day, now.kiosk_numbers.get(&series)) else { return false };
        let before = self.book.read().await.floor;
        drop(self.change(|m| m.raise(day, *number)).await);
        self.book.read().await.floor != before
    }

    async fn series(&self) -> Option<Series> {
        rules(&self.book.read().await).map(|r| r.series)
    }

    /// Works by another configuration and keeps it for the next start.
    pub async fn configured(&self, hall: &Arc<Hall>) {
        self.keep_hall(hall);
        if let Some(hub) = self.hub() {
            drop(hub.set_hall((**hall).clone()).await);
        }
    }

    fn keep_hall(&self, hall: &Hall) {
        let kept = std::fs::read_to_string(self.dir.join(HALL)).is_ok_and(|text| *text == *hall.source);
        if !kept && let Err(e) = crate::disk::keep(&self.dir.join(HALL), hall.source.as_bytes()) {
            tracing::error!(error = %e, "the hall's configuration was not kept for the next start");
        }
    }

    /// A change of the memo that is durable when this returns; its failure is said.
    pub async fn change(&self, change: impl FnOnce(&mut Memo)) -> std::io::Result<()> {
        let changed = self.book.change(change).await;
        if let Err(e) = &changed {
            tracing::error!(error = %e, "what the kiosk must know without its hub was not written");
        }
        changed
    }
}

fn rules(memo: &Memo) -> Option<OwnNumbers> {
    let series = memo.number.and_then(Series::kiosk)?;
    Some(OwnNumbers { series, floor: memo.floor.map(|Floor { day, number }| (day, number)) })
}
