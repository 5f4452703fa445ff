// SPDX-License-Identifier: MIT OR Apache-2.0
//! Serving the API and stopping well: after SIGTERM no new request is taken,
//! those under way are answered, the log goes into the file.

use super::Hub;
use super::api::{Api, router};
use super::auth::Devices;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Requests under way get this long after a stop was asked for; systemd kills at 5 s.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until `stop` resolves, then finishes and flushes.
pub async fn serve(
    hub: Hub,
    devices: Arc<Devices>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = router(Api { hub: hub.clone(), devices });
    let (asked, told) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = asked.send(());
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(stop).into_future();
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
