// SPDX-License-Identifier: MIT OR Apache-2.0
//! The agent: one update at a time, from being asked for to being kept or given back. It runs in the steward's runtime
//! and is asked over the steward's socket (a stick) or by the role (the central).

use super::hours::{minute_of_day, waits};
use super::rauc::{Info, Rauc, RaucError, Source};
use super::record::{Record, Returned, Written};
use super::refusal::Refusal;
use super::{Limits, Standing, trial, version};
use crate::clock::unix_ms;
use crate::doctor::Words;
use crate::machine::Device;
use crate::steward::layout::Layout;
use crate::steward::partition::Data;
use crate::steward::release::{Booted, Release};
use crate::steward::told::Told;
use crate::watch::RoleState;
use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;

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
    /// Where the record of updates is.
    pub data: Data,
    /// RAUC's bus; the system's without an address.
    pub bus: Option<String>,
    /// How long everything may take.
    pub limits: Limits,
}

/// The agent, for whoever asks.
#[derive(Clone, Debug)]
pub struct Agent {
    standing: Arc<Mutex<Standing>>,
    sticks: mpsc::Sender<Asked>,
    hall: mpsc::Sender<Asked>,
}

/// What is asked: by technicians, who go first, and by the hall.
struct Orders {
    sticks: mpsc::Receiver<Asked>,
    hall: mpsc::Receiver<Asked>,
}

impl Orders {
    async fn next(&mut self) -> Option<Asked> {
        tokio::select! {
            biased;
            asked = self.sticks.recv() => asked,
            asked = self.hall.recv() => asked,
        }
    }
}

/// How an update that was not refused ended.
enum Ended {
    /// In the other slot.
    Written,
    /// While it waited for the night, a technician came with a stick.
    GaveWay(Asked),
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
        let ((sticks, from_sticks), (hall, from_hall)) = (mpsc::channel(1), mpsc::channel(1));
        let orders = Orders { sticks: from_sticks, hall: from_hall };
        let agent = Agent { standing: Arc::default(), sticks, hall };
        let work = Work { parts, hands, agent: agent.clone() };
        tokio::spawn(work.run(orders));
        agent
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        lock(&self.standing).clone()
    }

    /// Asks for a version. False while another one is being written, or waits with the same right.
    pub fn ask(&self, asked: Asked) -> bool {
        let written = matches!(self.standing(), Standing::Installing { .. } | Standing::Restarting { .. });
        let way = if asked.now { &self.sticks } else { &self.hall };
        !written && way.try_send(asked).is_ok()
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
    async fn run(self, orders: Orders) {
        // Without the record nothing is judged and no start is good: the boot loader tries the other slot, too.
        let unproven = match self.parts.booted.slot {
            Some(_) if self.parts.data == Data::There => self.judge().await.unwrap_or_else(|e| {
                tracing::error!(error = crate::hub::chain(&e), "the started system could not be judged");
                false
            }),
            _ => false,
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
    async fn obey(&self, mut orders: Orders) {
        let mut first = None;
        loop {
            let asked = match first.take() {
                Some(asked) => Some(asked),
                None => orders.next().await,
            };
            let Some(asked) = asked else { return };
            let done = self.update(&asked, &mut orders.sticks).await;
            drop(asked);
            match done {
                Ok((version, Ended::Written)) => {
                    self.set(Standing::Restarting { version });
                    return (self.hands.restart)();
                }
                // The hall's wish is asked for again in a few minutes.
                Ok((version, Ended::GaveWay(stick))) => {
                    tracing::info!(version, "a technician's stick goes before what waited for the night");
                    first = Some(stick);
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
            let why = written.failed.map(|en| Words::new(written.failed_vi.as_deref().unwrap_or(&en), &en));
            let why = why.unwrap_or_else(never_well);
            tracing::error!(version = written.version, detail = why.en, "the old system is back");
            let (version, detail, detail_vi) = (written.version, why.en, why.vi);
            let returned = Returned {
                version: version.clone(),
                detail: detail.clone(),
                detail_vi: Some(detail_vi.clone()),
            };
            record.returned = Some(returned);
            record.write(&self.dir())?;
            let rauc = self.rauc().await?;
            rauc.mark_bad("other").await?;
            rauc.mark_good().await?;
            self.set(Standing::Returned { version, detail, detail_vi });
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
                None => vec![Words::new("chưa có cấu hình", "there are no settings yet")],
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
                let all = |lang| missing.iter().map(|m| m.get(lang)).collect::<Vec<_>>().join("; ");
                (written.failed, written.failed_vi) = (Some(all("en")), Some(all("vi")));
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
        let own = version::later(&self.parts.release.floor, written.floor.as_deref().unwrap_or_default());
        record.floor = record.floor(own).to_owned();
        record.returned = None;
        record.write(&self.dir())?;
        if let Err(e) = crate::store::schema::forget_copies(&self.parts.layout.data()) {
            tracing::warn!(error = %e, "copies of databases of the old version stay");
        }
        tracing::info!(version, "the new system proved itself");
        self.set(Standing::Done { version });
        Ok(())
    }

    async fn update(
        &self,
        asked: &Asked,
        sticks: &mut mpsc::Receiver<Asked>,
    ) -> Result<(String, Ended), (Option<String>, Refusal)> {
        let rauc = self.rauc().await.map_err(|e| (None, e.into()))?;
        let info = rauc.inspect(&asked.source).await.map_err(|e| (None, e.into()))?;
        let version = info.version.clone();
        let ended = self.write(&rauc, asked, &info, sticks).await;
        ended.map(|ended| (version.clone(), ended)).map_err(|e| (Some(version), e))
    }

    async fn write(
        &self,
        rauc: &Rauc,
        asked: &Asked,
        info: &Info,
        sticks: &mut mpsc::Receiver<Asked>,
    ) -> Result<Ended, Refusal> {
        self.check(&Record::read(&self.dir()), asked, info)?;
        if !asked.now {
            tokio::select! {
                () = self.wait(&info.version) => {}
                Some(stick) = sticks.recv() => return Ok(Ended::GaveWay(stick)),
            }
        }
        let version = info.version.clone();
        let (from, parts) = (self.slot(), trial::parts(&self.states()));
        self.set(Standing::Installing { version: version.clone(), percent: 0 });
        rauc.install(&asked.source, |percent| {
            self.set(Standing::Installing { version: version.clone(), percent });
        })
        .await?;
        // After the writing: until here, a power cut leaves the old system, which knows of nothing.
        let mut record = Record::read(&self.dir());
        let floor = info.floor.clone();
        record.written = Some(Written { version, from, parts, floor, failed: None, failed_vi: None });
        record.write(&self.dir())?;
        Ok(Ended::Written)
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
        if let Some(floor) = info.floor.clone().filter(|f| version::compare(&found, f) == Ordering::Less) {
            return Err(Refusal::Malformed { found, floor });
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
                let why_vi = r.detail_vi.as_ref().unwrap_or(&r.detail).clone();
                Err(Refusal::Tried { version: found, why: r.detail.clone(), why_vi })
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

/// Where nobody noted why.
fn never_well() -> Words {
    Words::new(
        "hệ thống mới không khởi động được hoặc không chạy ổn, thiết bị đã tự về bản cũ",
        "it did not start, or not well enough; the boot loader came back",
    )
}
