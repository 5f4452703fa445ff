// SPDX-License-Identifier: MIT OR Apache-2.0
//! The load generator: thousands of devices with certificates of their own,
//! real batches over mutual TLS, and the bare rate of the same database beside
//! it, so that the result is a ratio.

mod bare;
mod devices;
mod host;
mod lane;
mod one;
mod report;
mod script;
mod world;

pub use bare::Bare;
pub use one::{fill, one};
pub use report::{Phase, Report};
pub use script::{DAY, Script, health};

use devices::Device;
use futures_util::StreamExt;
use host::Started;
use motcua_link::db::{Db, DbError};
use motcua_link::trust::Authority;
use motcua_link::wire::Lane;
use report::Reading;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::World;

/// Handshakes at a moment while devices connect for the first time.
const CONNECTING: usize = 64;
/// How often it looks whether the outboxes are empty.
const LOOK: Duration = Duration::from_millis(20);

/// What is simulated.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Devices' address of a running central; without, one is started for the run.
    #[arg(long, value_name = "URL", requires = "data")]
    pub url: Option<String>,
    /// Process of that central, for processor time and memory.
    #[arg(long, value_name = "PID", requires = "url")]
    pub pid: Option<u32>,
    /// Data directory of that central, whose authority signs the devices' certificates; or where to put the started
    /// one's, which must not exist.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL for the started central, an empty database; without, SQLite.
    #[arg(long, value_name = "URL", env = "MOTCUA_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Devices, each a hall of its own.
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub devices: u64,
    /// Business events each second of all devices together; a province of 5,000 makes 51 on average.
    #[arg(long, value_name = "N", default_value_t = 51.0, conflicts_with = "flat_out")]
    pub rate: f64,
    /// How long the pace is kept.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub seconds: u64,
    /// No pace: what waits in the outboxes, as fast as it goes.
    #[arg(long)]
    pub flat_out: bool,
    /// Events that wait in each outbox with --flat-out, or after an outage.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub waiting: u64,
    /// After the pace, cuts all devices for so long; then they return together.
    #[arg(long, value_name = "SECONDS")]
    pub outage: Option<u64>,
    /// Prints JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// It cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A simulated device.
    #[error("a device cannot be made: {0}")]
    Device(String),
    /// The central of this run.
    #[error("the central did not start or stop: {0}")]
    Start(String),
    /// The bare database.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// No directory.
    #[error("the directory of the run: {0}")]
    Directory(std::io::Error),
    /// The authority of the central.
    #[error(transparent)]
    Authority(#[from] motcua_link::trust::AuthorityError),
    /// Devices that were not let in.
    #[error(
        "{0} of the devices could not connect; see the central's log, `ulimit -n` and --places-per-address"
    )]
    Connect(usize),
}

struct Run<'a> {
    options: &'a Options,
    started: Option<Started>,
    pid: Option<u32>,
    database: Option<Db>,
    postmaster_child: Option<u32>,
    world: Arc<World>,
}

/// Runs it all.
///
/// # Errors
/// What is in the way.
pub async fn run(options: &Options) -> Result<Report, LoadError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    crate::serve::raise_file_limit();
    let own = std::env::temp_dir().join(format!("motcua-load-{}", uuid::Uuid::now_v7().simple()));
    let data = options.data.clone().unwrap_or_else(|| own.clone());
    let report = measure(options, &data).await;
    if options.data.is_none() {
        std::fs::remove_dir_all(&own).map_err(LoadError::Directory)?;
    }
    report
}

async fn measure(options: &Options, data: &std::path::Path) -> Result<Report, LoadError> {
    std::fs::create_dir_all(data).map_err(LoadError::Directory)?;
    let started = match &options.url {
        Some(_) => None,
        None => Some(Started::start(data, options.database_url.as_deref()).await?),
    };
    let base = started.as_ref().map(|s| s.url.clone()).or(options.url.clone()).unwrap_or_default();
    let authority = Authority::open_or_make(&data.join("authority"), "motcua central")?;
    let begun = Instant::now();
    let stamp = format!("{:x}", jiff::Timestamp::now().as_second());
    let devices = devices::make_all(authority, &base, &stamp, options.devices).await?;
    let certificates_s = begun.elapsed().as_secs_f64();
    let database = match (&started, &options.database_url) {
        (Some(_), Some(url)) => Some(Db::postgres(url, 2, None)?),
        _ => None,
    };
    let rate = if options.flat_out { 0.0 } else { options.rate };
    let mut run = Run {
        options,
        pid: started.as_ref().map(|s| s.pid).or(options.pid),
        postmaster_child: backend(database.as_ref()).await?,
        started,
        database,
        world: Arc::new(World::new(rate, options.devices, 0)),
    };
    let (before, begun) = (run.read(), Instant::now());
    let size_before = run.size(data).await?;
    connect(&devices).await?;
    let (connected_s, after) = (begun.elapsed().as_secs_f64(), run.read());
    let count = options.devices as f64;
    run.world = Arc::new(World::new(rate, options.devices, 0));
    let phases = run.phases(devices).await;
    let (rss, peak) = run.pid.map(host::memory).unwrap_or_default();
    let events: u64 = phases.iter().map(|p| p.events).sum();
    let bare = run.bare(data).await?;
    let size = run.end(data).await?.saturating_sub(size_before);
    let last = phases.last().map_or(0.0, |p| p.events_per_s);
    Ok(Report {
        target: if run.options.url.is_some() { base } else { run.kind().into() },
        devices: options.devices,
        certificates_s,
        handshakes_per_s: count / connected_s,
        handshake_cpu_us: (after.cpu_s - before.cpu_s) * 1e6 / count,
        phases,
        rss_mib: rss as f64 / 1_048_576.0,
        peak_mib: peak as f64 / 1_048_576.0,
        disk_bytes_per_event: size as f64 / (events.max(1)) as f64,
        of_bare: bare.as_ref().map(|b| last / b.rows_per_s),
        bare,
    })
}

/// A process of the database, to find the others by.
async fn backend(db: Option<&Db>) -> Result<Option<u32>, LoadError> {
    let Some(db) = db else { return Ok(None) };
    let row = db.read(|tx| Box::pin(async move { tx.one("SELECT pg_backend_pid()", &[]).await })).await?;
    Ok(row.map(|r| r.number(0)).transpose()?.and_then(|n| u32::try_from(n).ok()))
}

/// Every device makes its connection, so that handshakes and batches are told apart.
async fn connect(devices: &[Device]) -> Result<(), LoadError> {
    let made = futures_util::stream::iter(devices.iter().cloned())
        .map(|device| tokio::spawn(async move { lane::connect(&device).await }))
        .buffer_unordered(CONNECTING);
    let failed = made.filter(|done| std::future::ready(!matches!(done, Ok(true)))).count().await;
    if failed == 0 { Ok(()) } else { Err(LoadError::Connect(failed)) }
}

impl Run<'_> {
    fn kind(&self) -> &'static str {
        if self.database.is_some() { "postgresql" } else { "sqlite" }
    }

    fn read(&self) -> Reading {
        let (events, bytes) = self.world.delivered();
        Reading {
            cpu_s: self.pid.map_or(0.0, host::cpu_s),
            database_cpu_s: self.postmaster_child.map_or(0.0, host::family_cpu_s),
            events,
            bytes,
        }
    }

    async fn phases(&self, devices: Vec<Device>) -> Vec<Phase> {
        let (options, world) = (self.options, &self.world);
        if options.flat_out {
            world.pile(options.waiting.max(1));
        }
        let mut tasks = tokio::task::JoinSet::new();
        let before = self.read();
        let begun = Instant::now();
        for device in devices {
            if !options.flat_out {
                tasks.spawn(lane::run(device.clone(), Lane::Health, Arc::clone(world)));
            }
            tasks.spawn(lane::run(device, Lane::Business, Arc::clone(world)));
        }
        let mut phases = Vec::new();
        if options.flat_out {
            self.drained().await;
            phases.push(self.phase("flat out", begun, before));
            return phases;
        }
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        phases.push(self.phase("at its pace", begun, before));
        if let Some(seconds) = options.outage {
            world.switch(true);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            world.pile(options.waiting);
            let (before, begun) = (self.read(), Instant::now());
            world.take();
            world.switch(false);
            self.drained().await;
            phases.push(self.phase("return", begun, before));
        }
        phases
    }

    fn phase(&self, name: &'static str, begun: Instant, before: Reading) -> Phase {
        Phase::of(name, begun.elapsed().as_secs_f64(), before, self.read(), self.world.take())
    }

    async fn drained(&self) {
        let all = self.world.end_pace();
        while self.world.delivered().0 < all {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn size(&self, data: &std::path::Path) -> Result<u64, LoadError> {
        let Some(db) = &self.database else { return Ok(host::size(data)) };
        let sql = "SELECT pg_database_size(current_database())";
        let row = db.read(move |tx| Box::pin(async move { tx.one(sql, &[]).await })).await?;
        Ok(row.map(|r| r.number(0)).transpose()?.unwrap_or(0))
    }

    async fn bare(&self, data: &std::path::Path) -> Result<Option<bare::Bare>, LoadError> {
        if self.started.is_none() {
            return Ok(None);
        }
        if let Some(db) = &self.database {
            return Ok(Some(bare::postgres(db).await?));
        }
        let dir = data.to_owned();
        let done = tokio::task::spawn_blocking(move || bare::sqlite(&dir)).await;
        Ok(Some(done.map_err(|e| LoadError::Device(e.to_string()))??))
    }

    /// Stops the central of this run; the size of the database after it.
    async fn end(&mut self, data: &std::path::Path) -> Result<u64, LoadError> {
        if let Some(started) = self.started.take() {
            started.stop().await?;
        }
        self.size(data).await
    }
}
