// SPDX-License-Identifier: MIT OR Apache-2.0
//! Serving the API and stopping well: after SIGTERM no new request is taken,
//! those under way are answered, the log goes into the file.

use super::Hub;
use super::api::Api;
use super::devices::{Devices, ListError};
use super::lanes::{self, Orders};
use super::presence::Presence;
use super::software::{self, Software};
use super::trust::{Trust, TrustError};
use crate::citizen::Office;
use crate::clock::{self, WallClock};
use crate::console::{self, Pages};
use crate::staff::Staff;
use crate::steward::client::StewardClient;
use crate::steward::layout::Layout;
use crate::steward::told::Told;
use crate::store::StoreError;
use crate::uplink::{Hands, Reports, UplinkError};
use axum::serve::{Listener, ListenerExt};
use futures_util::FutureExt;
use motcua_core::hall::Hall;
use motcua_link::send::Switch;
use motcua_link::trust::Places;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

/// Requests under way get this long after a stop was asked for; systemd kills at 5 s.
const GRACE: Duration = Duration::from_secs(3);
/// Open connections of devices; a quarter would be little for those that stand behind one address.
const PLACES: Places = Places { all: 1024, of_one_address: 512, unheard: Some(UNHEARD) };
/// Until a device that acknowledges nothing is given up; the streams beat twice a second.
const UNHEARD: Duration = Duration::from_secs(10);

/// The pages, and of the API what anybody in the hall may see.
pub fn app(pages: Pages) -> axum::Router {
    console::router(pages.clone()).merge(super::api::open_router(pages))
}

/// Everything for devices.
fn for_devices(pages: Pages) -> axum::Router {
    let trust = pages.api.trust.clone();
    lanes::router(&pages)
        .merge(software::router(pages.clone()))
        .merge(trust.enrolment())
        .merge(super::api::router(pages))
}

/// Where a hub listens.
#[derive(Debug)]
pub struct Doors {
    /// For people's browsers.
    pub pages: TcpListener,
    /// For devices.
    pub devices: TcpListener,
}

impl Doors {
    /// Takes both addresses.
    pub async fn open(pages: SocketAddr, devices: SocketAddr) -> Result<Doors, StartError> {
        let bind = async |at| TcpListener::bind(at).await.map_err(|source| StartError::Listen { at, source });
        Ok(Doors { pages: bind(pages).await?, devices: bind(devices).await? })
    }
}

/// Opens everything that a hub is made of in `data`, and starts its writer. The hall is the file's, or
/// what was written on the pages since.
pub async fn start(data: &Path, file: &Hall, clock: WallClock) -> Result<Pages, StartError> {
    std::fs::create_dir_all(data).map_err(|source| StartError::Data { path: data.to_owned(), source })?;
    let staff = Staff::open(data)?;
    let text = staff.hall_text(&file.source, clock::unix_ms()).map_err(StoreError::Sqlite)?;
    // A version that this program finds wrong is left for the file, which was checked.
    let hall = Hall::parse(&text).unwrap_or_else(|faults| {
        tracing::error!(?faults, "the newest version of the hall is wrong; serving by the file");
        file.clone()
    });
    let hub = Hub::start(data, hall, clock)?;
    let devices = Arc::new(Devices::open(data)?);
    let trust = Trust::open(data, &file.id).await?;
    let presence = Arc::new(Presence::default());
    let reports = Reports::open(data, &file.id, Switch::default())?;
    let office = Office::open(hub.clone(), reports.province.clone(), data);
    // A hub that was started from an image updates itself, too.
    let own = Told::read().map(|told| told.arch);
    let pages = Pages {
        software: Software::new(data, own),
        api: Api { hub, devices, presence, trust, orders: Orders::default() },
        staff: Arc::new(staff),
        data: data.to_owned(),
        reports,
        office,
    };
    if let Some(code) = pages.staff.setup_code() {
        // The journal is the technician's terminal of a service, and support's of a hub without a screen. It does not leave
        // the device: the central gets no such line, the log that is kept passes over it, and what follows `code:` is
        // scrubbed from sticks.
        tracing::info!(target: crate::uplink::HERE_ONLY, "no manager yet; set-up code: {code}");
    }
    Ok(pages)
}

/// A hub cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory.
    #[error("cannot use {path}")]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The device list.
    #[error(transparent)]
    Devices(#[from] ListError),
    /// Certificates.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A taken address.
    #[error("cannot listen on {at}; stop what uses it, or give another --listen or --devices")]
    Listen {
        /// Which.
        at: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The way to the central.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
}

/// A listener that lets go of a browser whose cable was pulled: what is sent to it and not acknowledged
/// for so long ends the connection, so that its stream is not kept.
pub fn lively(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|stream| {
        if let Err(e) = rustix::net::sockopt::set_tcp_user_timeout(stream, 10_000) {
            tracing::debug!(error = %e, "a lost device is noticed later");
        }
    })
}

/// Serves until `stop` resolves, then finishes and flushes.
pub async fn serve(
    pages: Pages,
    doors: Doors,
    hands: Hands,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let (hub, store) = (pages.api.hub.clone(), pages.api.trust.store.clone());
    let (asked, told) = watch::channel(false);
    let devices = serve_devices(&pages, doors.devices, hands, told.clone())?;
    // Whoever types only the hub's address means the pages.
    let app =
        app(pages).route("/", axum::routing::get(|| async { axum::response::Redirect::to("/console") }));
    tokio::spawn(async move {
        stop.await;
        let _ = asked.send(true);
    });
    let serving =
        axum::serve(lively(doors.pages), app).with_graceful_shutdown(stopped(told.clone())).into_future();
    let limit = async {
        stopped(told).await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving => served,
        // A client that never finishes its request does not hold the hall's database.
        () = limit => Ok(()),
    };
    let _ = devices.await;
    hub.stop().await;
    store.db().close().await;
    Ok(served?)
}

/// Serves the devices' address and everything that runs beside it.
pub fn serve_devices(
    pages: &Pages,
    listener: TcpListener,
    hands: Hands,
    stop: watch::Receiver<bool>,
) -> Result<tokio::task::JoinHandle<()>, ServeError> {
    let trust = &pages.api.trust;
    let tls = trust.tls()?;
    trust.tell_address(listener.local_addr()?)?;
    pages.reports.start(pages, hands);
    tokio::spawn(pages.office.clone().chores());
    let (hub, uplink) = (pages.api.hub.clone(), pages.reports.uplink.clone());
    tokio::spawn(pages.software.clone().keep(hub, uplink, pages.reports.source().clone()));
    tokio::spawn(lanes::chores(pages.api.clone(), pages.reports.uplink.clone()));
    let app = for_devices(pages.clone());
    Ok(tokio::spawn(motcua_link::trust::serve(listener, app, tls, PLACES, stopped(stop))))
}

async fn stopped(mut told: watch::Receiver<bool>) {
    if told.wait_for(|s| *s).await.is_err() {
        // Nobody will ever ask for a stop.
        std::future::pending::<()>().await;
    }
}

/// A hub cannot go on serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The network or the disk.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Certificates.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// What a hub's machine does when the central tells it to. The program ends through `restart`; its service
/// starts it again.
pub fn hands(restart: &Arc<Notify>) -> Hands {
    let restart = restart.clone();
    Hands {
        restart: Some(Box::new(move || {
            restart.notify_one();
            async { Ok("begun".into()) }.boxed()
        })),
        reboot: Some(Box::new(|| reboot().boxed())),
        test_print: None,
    }
}

async fn reboot() -> Result<String, String> {
    // On a device of the image this program may not; its steward may.
    let socket = Layout::at(Path::new("/")).socket();
    if socket.exists() {
        let steward = StewardClient::new(&socket).map_err(|e| crate::hub::chain(&e))?;
        return steward
            .order("role/reboot")
            .await
            .map(|()| "begun".into())
            .map_err(|e| crate::hub::chain(&e));
    }
    let mut command = std::process::Command::new("systemctl");
    command.args(["reboot", "--no-wall"]);
    match tokio::task::spawn_blocking(move || command.status()).await {
        Ok(Ok(status)) if status.success() => Ok("begun".into()),
        Ok(Ok(status)) => Err(format!("systemctl reboot ended with {status}")),
        Ok(Err(e)) => Err(format!("systemctl cannot be started: {e}")),
        Err(e) => Err(e.to_string()),
    }
}

/// Resolves at SIGTERM or SIGINT.
pub async fn asked_to_stop() -> std::io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
