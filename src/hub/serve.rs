// SPDX-License-Identifier: MIT OR Apache-2.0
//! Serving the API and stopping well: after SIGTERM no new request is taken,
//! those under way are answered, the log goes into the file.

use super::Hub;
use super::api::Api;
use super::auth::{AuthError, Devices};
use super::presence::Presence;
use crate::clock::{self, WallClock};
use crate::console::{self, Pages};
use crate::staff::Staff;
use crate::store::StoreError;
use crate::uplink::{Hands, Reports, UplinkError};
use axum::serve::{Listener, ListenerExt};
use futures_util::FutureExt;
use motcua_core::hall::Hall;
use motcua_link::send::Switch;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// Requests under way get this long after a stop was asked for; systemd kills at 5 s.
const GRACE: Duration = Duration::from_secs(3);
/// Milliseconds until a device that acknowledges nothing is given up; the streams beat twice a second.
const UNHEARD_MS: u32 = 10_000;

/// The API and the pages.
pub fn app(pages: Pages) -> axum::Router {
    console::router(pages.clone()).merge(super::api::router(pages))
}

/// Opens everything that a hub is made of in `data`, and starts its writer. The hall is the file's, or
/// what was written on the pages since.
pub fn start(data: &Path, file: &Hall, clock: WallClock) -> Result<Pages, StartError> {
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
    let pages = Pages {
        api: Api { hub, devices, presence: Arc::new(Presence::default()) },
        staff: Arc::new(staff),
        data: data.to_owned(),
        reports: Reports::open(data, &file.id, Switch::default())?,
    };
    if let Some(code) = pages.staff.setup_code() {
        // For hubs that run as a service: the journal is the technician's terminal.
        tracing::info!("no manager yet: the set-up code of /console is {code}");
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
    Devices(#[from] AuthError),
    /// The way to the central.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
}

/// A listener that lets go of a device whose cable was pulled: what is sent to it and not acknowledged
/// for so long ends the connection, so that the page of devices says it and the stream is not kept.
pub fn lively(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|stream| {
        if let Err(e) = rustix::net::sockopt::set_tcp_user_timeout(stream, UNHEARD_MS) {
            tracing::debug!(error = %e, "a lost device is noticed later");
        }
    })
}

/// Serves until `stop` resolves, then finishes and flushes.
pub async fn serve(
    pages: Pages,
    listener: TcpListener,
    hands: Hands,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let hub = pages.api.hub.clone();
    pages.reports.start(&pages, hands);
    // Whoever types only the hub's address means the pages.
    let app =
        app(pages).route("/", axum::routing::get(|| async { axum::response::Redirect::to("/console") }));
    let (asked, told) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = asked.send(());
    };
    let serving = axum::serve(lively(listener), app).with_graceful_shutdown(stop).into_future();
    let limit = async {
        let _ = told.await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving => served,
        // A client that never finishes its request does not hold the hall's database.
        () = limit => Ok(()),
    };
    hub.stop().await;
    served
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
