// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program as it runs: one address for people, one for devices, and the
//! chores. Several of these before one PostgreSQL are stateless gateways; they
//! share the directory of the authority.

use crate::app::App;
use crate::fanout::{FanoutError, Targets};
use crate::metrics;
use crate::oidc::{self, Oidc};
use crate::project::Projector;
use crate::province::{self, Puller, PullerError};
use crate::steer::{self, News};
use crate::trust::{self, Gate, Revoked};
use crate::{above, api, fanout, pages, people, schema};
use metrics_exporter_prometheus::PrometheusHandle;
use motcua_link::db::{Db, DbError};
use motcua_link::receive::{Limits, SqlStore, router};
use motcua_link::trust::{
    Authority, AuthorityError, Enrolment, IssueError, Judge, Place, Places, ServerCertificate, ServerNames,
    Signer, SignerError, TlsError, server_config,
};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// SQLite's file in the data directory.
pub const FILE: &str = "central.db";
/// How often revocations are read again.
const REVOKED_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked for what goes down to halls.
const STEER_EVERY: Duration = Duration::from_secs(2);
/// How often the days ahead are prepared and old health is forgotten.
const CHORES_EVERY: Duration = Duration::from_secs(3600);
/// How long health and logs are kept.
const SIGNALS_KEPT_DAYS: i64 = 30;
/// Longest a batch waits for its turn. When thousands of halls come back at once on PostgreSQL their batches take longer
/// than the link's own 5 s, and a hub waits 30 s for its answer: being slow is better than being sent away.
const TURN: Duration = Duration::from_secs(20);
/// Open connections of devices.
pub const PLACES: usize = 16_384;

/// What a start needs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory of the authority and, without a URL, of the database.
    pub data: PathBuf,
    /// PostgreSQL instead of SQLite.
    pub database_url: Option<String>,
    /// PEM file of the authority of PostgreSQL's certificate.
    pub database_ca: Option<PathBuf>,
    /// Connections to PostgreSQL.
    pub connections: usize,
    /// Open connections of devices from one address.
    pub places_per_address: usize,
    /// Brokers that business events are published to.
    pub fanout: Targets,
    /// The provincial system.
    pub province: province::Options,
    /// Address of the pages.
    pub listen: SocketAddr,
    /// Address of the devices.
    pub devices: SocketAddr,
    /// Names and addresses under which devices reach it.
    pub names: ServerNames,
    /// File of the OpenID provider.
    pub oidc: Option<PathBuf>,
}

/// It does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// The authority's keys.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The key that signs commands.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The certificate for the devices' address.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Encryption.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A taken address.
    #[error("cannot listen on {at}: {source}; stop what uses it, or give another address")]
    Listen {
        /// Which.
        at: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A broker's address.
    #[error(transparent)]
    Fanout(#[from] FanoutError),
    /// The provincial system's address or files.
    #[error(transparent)]
    Province(#[from] PullerError),
    /// The OpenID provider's file.
    #[error("--oidc: {0}")]
    Oidc(#[from] oidc::ConfigError),
    /// Metrics.
    #[error("metrics: {0}")]
    Metrics(String),
    /// Random numbers or the system.
    #[error("{0}")]
    System(String),
}

/// Lets the process open as many files as the system allows it: each device's connection is one, and shells and
/// units give 1,024.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(e) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(error = %e, "the number of connections stays as the system gave it");
    }
}

/// The database by its URL, or the file in `data`.
///
/// # Errors
/// It cannot be opened.
pub fn database(
    data: &Path,
    url: Option<&str>,
    ca: Option<&Path>,
    connections: usize,
) -> Result<Db, DbError> {
    match url {
        Some(url) => Db::postgres(url, connections, ca),
        None => Db::sqlite(&data.join(FILE)),
    }
}

/// Prepares every table and returns the store over them.
///
/// # Errors
/// The database cannot be used, or is newer than the program.
pub async fn prepare(db: Db) -> Result<SqlStore, DbError> {
    db.migrate("central", schema::STEPS).await?;
    db.migrate("trust", trust::STEPS).await?;
    db.migrate("relay", motcua_link::send::relay::STEPS).await?;
    db.migrate("gate", trust::GATE_STEPS).await?;
    db.migrate("steer", steer::STEPS).await?;
    db.migrate("province", province::STEPS).await?;
    people::prepare(&db).await?;
    db.migrate("fanout", fanout::STEPS).await?;
    SqlStore::open(db, Arc::new(Projector)).await
}

/// A started central.
#[derive(Debug)]
pub struct Central {
    /// Where people reach it.
    pub pages_at: SocketAddr,
    /// Where devices reach it.
    pub devices_at: SocketAddr,
    /// What every part holds.
    pub app: App,
    pages: TcpListener,
    devices: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    places: Places,
    judge: Arc<Judge>,
    metrics: PrometheusHandle,
    revoked: Revoked,
    fanout: JoinSet<()>,
    above: Place,
    province: (province::Options, Option<Puller>),
}

impl Central {
    /// Opens everything and takes the addresses.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn start(options: &Options) -> Result<Central, StartError> {
        motcua_link::trust::ready();
        raise_file_limit();
        let oidc = options.oidc.as_deref().map(oidc::Config::read).transpose()?.map(Oidc::new).transpose()?;
        let metrics = metrics::install().map_err(|e| StartError::Metrics(e.to_string()))?;
        let url = options.database_url.as_deref();
        let db = database(&options.data, url, options.database_ca.as_deref(), options.connections)?;
        let store = prepare(db.clone()).await?;
        let authority = Arc::new(Authority::open_or_make(&options.data.join("authority"), "motcua central")?);
        let signer = Signer::open_or_make(&options.data.join("authority"))?;
        let revoked = Revoked::default();
        revoked.read(&db).await?;
        let known = revoked.clone();
        let judge = Judge::new(authority.certificate().clone())
            .with_revocations(move |serial, name| known.of(serial, name));
        let tls = tls(&authority, &options.names)?;
        let bind = |at: SocketAddr| async move {
            TcpListener::bind(at).await.map_err(|source| StartError::Listen { at, source })
        };
        let (pages, devices) = (bind(options.listen).await?, bind(options.devices).await?);
        let local = |l: &TcpListener| l.local_addr().map_err(|e| StartError::System(e.to_string()));
        let (pages_at, devices_at) = (local(&pages)?, local(&devices)?);
        let fanout = fanout::start(&db, &options.fanout)?;
        let province = (options.province.clone(), Puller::new(&options.province)?);
        let certificates = trust::certificates(db);
        let app = App {
            store,
            certificates,
            revoked: revoked.clone(),
            authority,
            signer: Arc::new(signer),
            news: News::default(),
            devices_url: devices_url(&options.names, devices_at),
            software: options.data.join(steer::FOLDER),
            oidc: oidc.map(Arc::new),
        };
        Ok(Central {
            pages_at,
            devices_at,
            app,
            pages,
            devices,
            tls,
            places: Places { all: PLACES, of_one_address: options.places_per_address, unheard: None },
            judge: Arc::new(judge),
            metrics,
            revoked,
            fanout,
            above: above::place(&options.data),
            province,
        })
    }

    /// Serves until `stop` is done, then finishes what is under way.
    ///
    /// # Errors
    /// The address of the pages fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let gate = Arc::new(Gate::new(self.judge, self.app.store.db().clone()));
        let enrolment = Enrolment::new(self.app.authority.clone(), self.app.certificates.clone());
        let store = Arc::new(self.app.store.clone());
        let limits = Limits { wait: TURN, ..Limits::default() };
        let for_devices = router(store, gate.clone(), Arc::new(metrics::Counted), limits)
            .merge(enrolment.routes())
            .merge(api::for_devices(self.app.clone(), gate));
        let for_people = api::for_people(self.app.clone(), self.metrics)
            .merge(province::router(self.app.clone()))
            .merge(pages::router(&self.app));
        let (tell, told) = watch::channel(false);
        let chores = tokio::spawn(chores(self.app.clone(), self.revoked));
        let above = tokio::spawn(above::run(self.app.clone(), self.above));
        let (options, puller) = self.province;
        let of_province = tokio::spawn(province::run(self.app.clone(), options, puller));
        let (mut first, mut second) = (told.clone(), told);
        let ended = async move {
            stop.await;
            let _ = tell.send(true);
        };
        tokio::spawn(ended);
        let devices =
            motcua_link::trust::serve(self.devices, for_devices, self.tls, self.places, async move {
                let _ = first.wait_for(|s| *s).await;
            });
        let devices = tokio::spawn(devices);
        let pages = axum::serve(self.pages, for_people).with_graceful_shutdown(async move {
            let _ = second.wait_for(|s| *s).await;
        });
        let served = pages.await;
        let _ = devices.await;
        chores.abort();
        above.abort();
        of_province.abort();
        let mut fanout = self.fanout;
        fanout.shutdown().await;
        self.app.db().close().await;
        served
    }
}

fn tls(authority: &Authority, names: &ServerNames) -> Result<Arc<rustls::ServerConfig>, StartError> {
    let key = motcua_link::trust::PrivateKey::generate().map_err(|e| StartError::System(e.to_string()))?;
    let request = key.request("motcua central").map_err(|e| StartError::System(e.to_string()))?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    // Made at every start: the key never touches the disk, and devices trust the authority, not it.
    let issued = authority.issue_server(&request, names, now_ms, 397)?;
    let certificate = ServerCertificate::new(&issued.chain_pem, &key.pem())?;
    Ok(server_config(certificate)?)
}

fn devices_url(names: &ServerNames, at: SocketAddr) -> String {
    let host = names.dns.first().cloned().or_else(|| names.ips.first().map(ToString::to_string));
    format!("https://{}:{}", host.unwrap_or_else(|| "localhost".into()), at.port())
}

async fn chores(app: App, revoked: Revoked) {
    let mut soon = tokio::time::interval(REVOKED_EVERY);
    let mut steer = tokio::time::interval(STEER_EVERY);
    let mut seldom = tokio::time::interval(CHORES_EVERY);
    loop {
        tokio::select! {
            _ = soon.tick() => {
                if let Err(e) = revoked.read(app.db()).await {
                    tracing::error!(error = %e, "revocations were not read again; those known stay");
                }
            }
            _ = steer.tick() => {
                if let Err(e) = app.steer().await {
                    tracing::error!(error = %e, "nothing goes down to halls now; tried again");
                }
            }
            _ = seldom.tick() => {
                let now_ms = jiff::Timestamp::now().as_millisecond();
                let kept = now_ms - SIGNALS_KEPT_DAYS * 86_400_000;
                let done = async {
                    app.store.prepare_days(now_ms).await?;
                    app.store.forget_signals(kept).await
                };
                if let Err(e) = done.await {
                    tracing::error!(error = %e, "the chores of the hour were not done; they are tried again");
                }
            }
        }
    }
}

/// Listens for SIGTERM and SIGINT from now on; the future resolves at the first of them.
///
/// # Errors
/// Signals cannot be listened for.
pub fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}
