// SPDX-License-Identifier: MIT OR Apache-2.0
//! The agent: one update at a time, from being asked for to being kept or given back. It runs in the steward's runtime
//! and is asked over the steward's socket (a stick) or by the role (the central).

use super::rauc::{Info, Rauc, RaucError, Source};
use super::record::{Record, Returned, Written};
use super::{Limits, Standing, Wait, trial, version};
use crate::clock::unix_ms;
use crate::machine::Device;
use crate::steward::layout::Layout;
use crate::steward::release::{Booted, Release};
use crate::steward::told::Told;
use crate::watch::RoleState;
use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;

/// An update is refused before anything is written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// RAUC's.
    #[error(transparent)]
    Rauc(#[from] RaucError),
    /// For other devices.
    #[error("the update is for {found}, this device is {own}; take the update for {own}")]
    Compatible {
        /// In the update.
        found: String,
        /// Of the device.
        own: String,
    },
    /// Too old.
    #[error("version {found} is older than {floor}, the oldest that may follow {own}; take a newer update")]
    Floor {
        /// In the update.
        found: String,
        /// Below which nothing goes.
        floor: String,
        /// That runs.
        own: String,
    },
    /// Nothing to do.
    #[error("version {0} runs already")]
    Same(String),
    /// Tried before.
    #[error("version {version} was tried on this device and did not prove itself: {why}")]
    Tried {
        /// Which.
        version: String,
        /// Why not.
        why: String,
    },
    /// No slots.
    #[error("this device was not started from an image with two slots; it cannot be updated")]
    NoSlots,
    /// Disk.
    #[error("the record of updates cannot be written")]
    Record(#[from] std::io::Error),
}

impl Refusal {
    /// In Vietnamese, for the technician's screen.
    fn vi(&self) -> String {
        match self {
            Refusal::Rauc(e) => format!("Bản cập nhật không dùng được: {e}. Chép lại tệp hoặc lấy bản khác."),
            Refusal::Compatible { found, own } => {
                format!("Bản cập nhật dành cho {found}, thiết bị này là {own}. Lấy bản dành cho {own}.")
            }
            Refusal::Floor { found, floor, .. } => {
                format!("Phiên bản {found} cũ hơn {floor} là phiên bản thấp nhất được phép. Lấy bản mới hơn.")
            }
            Refusal::Same(version) => format!("Thiết bị đang chạy phiên bản {version} rồi."),
            Refusal::Tried { version, why } => {
                format!("Phiên bản {version} đã thử trên thiết bị này và không đạt ({why}).")
            }
            Refusal::NoSlots => {
                "Thiết bị này không khởi động từ thẻ có hai ngăn nên không cập nhật được.".to_owned()
            }
            Refusal::Record(e) => format!("Không ghi được sổ cập nhật ({e}). Kiểm tra thẻ nhớ."),
        }
    }
}

/// Somebody wants a version.
#[derive(Debug)]
pub struct Asked {
    /// Where it is.
    pub source: Source,
    /// A technician stands there: at once, and a version that failed before may be tried again.
    pub now: bool,
    /// Kept until the update is written, such as a mounted stick.
    pub hold: Option<Hold>,
}

/// Something that ends when it is dropped.
pub struct Hold(pub Option<Box<dyn FnOnce() + Send + Sync>>);

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hold")
    }
}

/// What the agent works with.
#[derive(Debug)]
pub struct Parts {
    /// The device's files.
    pub layout: Layout,
    /// What runs.
    pub release: Release,
    /// The slot that runs.
    pub booted: Booted,
    /// RAUC's bus; the system's without an address.
    pub bus: Option<String>,
    /// How long everything may take.
    pub limits: Limits,
}

/// The agent, for whoever asks.
#[derive(Clone, Debug)]
pub struct Agent {
    standing: Arc<Mutex<Standing>>,
    asked: mpsc::Sender<Asked>,
}

/// What the steward does for the agent.
pub struct Hands {
    /// Restarts the device.
    pub restart: Box<dyn Fn() + Send + Sync>,
    /// The settings in force.
    pub settings: Box<dyn Fn() -> Option<Device> + Send + Sync>,
}

impl std::fmt::Debug for Hands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hands")
    }
}

impl Agent {
    /// Starts the agent in the runtime that is entered.
    pub fn start(parts: Parts, hands: Hands) -> Agent {
        Told::write(&parts.layout, &parts.release, &parts.booted, Standing::Idle.part());
        let (asked, orders) = mpsc::channel(1);
        let agent = Agent { standing: Arc::default(), asked };
        let work = Work { parts, hands, agent: agent.clone() };
        tokio::spawn(work.run(orders));
        agent
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        lock(&self.standing).clone()
    }

    /// Asks for a version. False while another one is under way.
    pub fn ask(&self, asked: Asked) -> bool {
        self.asked.try_send(asked).is_ok()
    }

    /// True where that is news.
    fn set(&self, standing: Standing) -> bool {
        let mut now = lock(&self.standing);
        let news = *now != standing;
        *now = standing;
        news
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Work {
    parts: Parts,
    hands: Hands,
    agent: Agent,
}

impl Work {
    async fn run(self, orders: mpsc::Receiver<Asked>) {
        let unproven = match self.parts.booted.slot {
            Some(_) => self.judge().await.unwrap_or_else(|e| {
                tracing::error!(error = crate::hub::chain(&e), "the started system could not be judged");
                false
            }),
            None => false,
        };
        let keep = async {
            if unproven {
                self.keep_proven().await;
            }
            std::future::pending::<()>().await;
        };
        // A system that never becomes well is what a technician brings an update for.
        tokio::select! {
            () = keep => {}
            () = self.obey(orders) => {}
        }
    }

    /// Does what is asked, until the device is to start again.
    async fn obey(&self, mut orders: mpsc::Receiver<Asked>) {
        while let Some(asked) = orders.recv().await {
            let done = self.update(&asked).await;
            drop(asked);
            match done {
                Ok(version) => {
                    self.set(Standing::Restarting { version });
                    return (self.hands.restart)();
                }
                Err((version, e)) => {
                    let detail = crate::hub::chain(&e);
                    tracing::warn!(error = detail, "no update");
                    self.set(Standing::Refused { version, detail, detail_vi: e.vi() });
                }
            }
        }
    }

    fn set(&self, standing: Standing) {
        let (part, said) = (standing.part(), format!("{standing:?}"));
        if self.agent.set(standing) {
            tracing::info!(standing = said, "update");
            Told::write(&self.parts.layout, &self.parts.release, &self.parts.booted, part);
        }
    }

    fn dir(&self) -> PathBuf {
        self.parts.layout.device()
    }

    fn slot(&self) -> String {
        self.parts.booted.slot.clone().unwrap_or_default()
    }

    async fn rauc(&self) -> Result<Rauc, RaucError> {
        Rauc::connect(self.parts.bus.as_deref()).await
    }

    /// What the roles say; a file that is just being replaced is looked at again next time.
    fn states(&self) -> Vec<RoleState> {
        crate::watch::read(&self.parts.layout.run().join("state")).unwrap_or_default()
    }

    /// After a start: a new system is tried, an old one that is back is told of. True where neither is so, and the
    /// start is only to be kept.
    async fn judge(&self) -> Result<bool, Refusal> {
        let mut record = Record::read(&self.dir());
        let Some(written) = record.written.take() else { return Ok(true) };
        if written.from == self.slot() {
            let why = "it did not start, or not well enough; the boot loader came back";
            let detail = written.failed.unwrap_or_else(|| why.to_owned());
            tracing::error!(version = written.version, detail, "the old system is back");
            let returned = Returned { version: written.version.clone(), detail: detail.clone() };
            record.returned = Some(returned);
            record.write(&self.dir())?;
            let rauc = self.rauc().await?;
            rauc.mark_bad("other").await?;
            rauc.mark_good().await?;
            self.set(Standing::Returned { version: written.version, detail });
            return Ok(false);
        }
        self.try_new(record, written).await?;
        Ok(false)
    }

    /// A system that proved itself at its first start is kept as soon as anything of it works.
    async fn keep_proven(&self) {
        let (start, limits) = (Instant::now(), &self.parts.limits);
        loop {
            let device = (self.hands.settings)();
            let well = match device {
                // The first-run screen is all that can run; a blank device must not lose its system by waiting.
                None => start.elapsed() > limits.steady,
                Some(device) => {
                    trial::missing(&device, &self.states(), &std::collections::BTreeMap::new(), unix_ms())
                        .is_empty()
                }
            };
            if !well {
                tokio::time::sleep(limits.look).await;
                continue;
            }
            match self.mark_good().await {
                Ok(()) => return tracing::info!("this start is good"),
                // While an update is being written RAUC does nothing else.
                Err(e) => {
                    tracing::warn!(error = crate::hub::chain(&e), "this start is not marked as good yet");
                }
            }
            tokio::time::sleep(limits.again).await;
        }
    }

    async fn mark_good(&self) -> Result<(), RaucError> {
        self.rauc().await?.mark_good().await
    }

    async fn try_new(&self, mut record: Record, mut written: Written) -> Result<(), Refusal> {
        let version = written.version.clone();
        let start = Instant::now();
        let mut well_since: Option<Instant> = None;
        loop {
            let device = (self.hands.settings)();
            let missing = match device {
                None if start.elapsed() > self.parts.limits.steady => Vec::new(),
                None => vec!["settings".to_owned()],
                Some(device) => trial::missing(&device, &self.states(), &written.parts, unix_ms()),
            };
            if missing.is_empty() {
                let since = *well_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= self.parts.limits.steady {
                    break;
                }
            } else {
                well_since = None;
            }
            let left = self.parts.limits.trial.saturating_sub(start.elapsed());
            if left.is_zero() {
                written.failed = Some(missing.join("; "));
                record.written = Some(written);
                record.write(&self.dir())?;
                self.rauc().await?.mark_bad("booted").await?;
                self.set(Standing::Restarting { version });
                (self.hands.restart)();
                return Ok(());
            }
            self.set(Standing::Trying { version: version.clone(), missing, left_s: left.as_secs() });
            tokio::time::sleep(self.parts.limits.look).await;
        }
        self.rauc().await?.mark_good().await?;
        record.floor = record.floor(&self.parts.release.floor).to_owned();
        record.returned = None;
        record.write(&self.dir())?;
        tracing::info!(version, "the new system proved itself");
        self.set(Standing::Done { version });
        Ok(())
    }

    async fn update(&self, asked: &Asked) -> Result<String, (Option<String>, Refusal)> {
        let rauc = self.rauc().await.map_err(|e| (None, e.into()))?;
        let info = rauc.inspect(&asked.source).await.map_err(|e| (None, e.into()))?;
        let version = info.version.clone();
        self.write(&rauc, asked, &info).await.map_err(|e| (Some(version.clone()), e))?;
        Ok(version)
    }

    async fn write(&self, rauc: &Rauc, asked: &Asked, info: &Info) -> Result<(), Refusal> {
        let mut record = Record::read(&self.dir());
        self.check(&record, asked, info)?;
        if !asked.now {
            self.wait(&info.version).await;
        }
        let version = info.version.clone();
        let (from, parts) = (self.slot(), trial::parts(&self.states()));
        self.set(Standing::Installing { version: version.clone(), percent: 0 });
        rauc.install(&asked.source, |percent| {
            self.set(Standing::Installing { version: version.clone(), percent });
        })
        .await?;
        // After the writing: until here, a power cut leaves the old system, which knows of nothing.
        record.written = Some(Written { version: version.clone(), from, parts, failed: None });
        record.write(&self.dir())?;
        Ok(())
    }

    fn check(&self, record: &Record, asked: &Asked, info: &Info) -> Result<(), Refusal> {
        if self.parts.booted.slot.is_none() {
            return Err(Refusal::NoSlots);
        }
        let release = &self.parts.release;
        let own = format!("motcua-{}", release.arch);
        let found = info.version.clone();
        if info.compatible != own {
            return Err(Refusal::Compatible { found: info.compatible.clone(), own });
        }
        let floor = record.floor(&release.floor).to_owned();
        if version::compare(&found, &floor) == Ordering::Less {
            return Err(Refusal::Floor { found, floor, own: release.version.clone() });
        }
        if version::compare(&found, &release.version) == Ordering::Equal {
            return Err(Refusal::Same(found));
        }
        match &record.returned {
            Some(r) if r.version == found && !asked.now => {
                Err(Refusal::Tried { version: found, why: r.detail.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Until the hours for it have come, nobody is at the device and nobody waits.
    async fn wait(&self, version: &str) {
        loop {
            let device = (self.hands.settings)();
            let Some(why) = waits(device.as_ref(), &self.states(), minute_of_day()) else { return };
            self.set(Standing::Waiting { version: version.to_owned(), why });
            tokio::time::sleep(self.parts.limits.again).await;
        }
    }
}

/// What an update waits for now.
fn waits(device: Option<&Device>, states: &[RoleState], minute: u16) -> Option<Wait> {
    let hours = device.and_then(|d| d.updates.as_deref()).unwrap_or(NIGHT);
    if !within(hours, minute) {
        return Some(Wait::Hours);
    }
    if states.iter().any(|s| s.facts.busy) {
        return Some(Wait::Busy);
    }
    if states.iter().any(|s| s.facts.waiting.is_some_and(|n| n > 0)) {
        return Some(Wait::People);
    }
    None
}

/// Where the settings say nothing.
const NIGHT: &str = "22:00-05:00";

/// A minute of the day lies in `22:00-05:00`, over midnight or not. The form was checked with the settings.
fn within(hours: &str, minute: u16) -> bool {
    let at = |text: &str| {
        let (h, m) = text.trim().split_once(':')?;
        Some(h.parse::<u16>().ok()? * 60 + m.parse::<u16>().ok()?)
    };
    let Some((from, to)) = hours.split_once('-').and_then(|(f, t)| Some((at(f)?, at(t)?))) else {
        return false;
    };
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

/// In the zone of the image, which is Vietnam's.
fn minute_of_day() -> u16 {
    let minutes = unix_ms() / 60_000 + 7 * 60;
    u16::try_from(minutes.rem_euclid(24 * 60)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_may_go_over_midnight() {
        for (minute, inside) in
            [(21 * 60 + 59, false), (22 * 60, true), (0, true), (4 * 60 + 59, true), (5 * 60, false)]
        {
            assert_eq!(within("22:00-05:00", minute), inside, "{minute}");
        }
        assert!(within("12:00-13:00", 12 * 60 + 30) && !within("12:00-13:00", 13 * 60));
    }

    #[test]
    fn nothing_is_installed_while_somebody_is_there_or_waits() {
        let state = |busy, waiting| RoleState {
            role: "kiosk".into(),
            pid: 1,
            at_ms: 0,
            drawn_ms: None,
            database: None,
            facts: crate::watch::Facts { busy, waiting, ..crate::watch::Facts::default() },
        };
        let night = 23 * 60;
        assert_eq!(waits(None, &[state(false, Some(0))], night), None);
        assert_eq!(waits(None, &[state(true, None)], night), Some(Wait::Busy));
        assert_eq!(waits(None, &[state(false, Some(1))], night), Some(Wait::People));
        assert_eq!(waits(None, &[state(false, Some(0))], 10 * 60), Some(Wait::Hours));
    }
}
