// SPDX-License-Identifier: MIT OR Apache-2.0
//! An axum router behind TLS: one task for each connection, with time limits,
//! so that a slow or broken peer costs nobody but itself. Who the peer is, is
//! judged per request: see the warning in `tls`.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;

/// A handshake on the slowest device takes well under a second.
pub const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// From one request's end to the next one's last header; a device that is quiet for longer connects again.
pub const HEADER_LIMIT: Duration = Duration::from_secs(75);
/// What requests under way get when the server stops.
pub const STOP_LIMIT: Duration = Duration::from_secs(3);
/// Pause after `accept` failed, which it does again at once while no file descriptor is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Extension of every request: the certificate that the peer has the key of (DER). Not judged yet.
#[derive(Clone, Debug)]
pub struct PeerCertificate(pub Option<Arc<[u8]>>);

/// Extension of every request: where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// How many connections are open at once. A number alone leaves one address a quarter of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// In all; more wait in the kernel's queue.
    pub all: usize,
    /// From one address, so that one broken device does not take every place; more are closed. Devices
    /// behind one address translation are one address.
    pub of_one_address: usize,
    /// What is sent and not acknowledged for so long ends the connection: the cable was pulled. None leaves it to
    /// the system, for networks that are slow and not broken.
    pub unheard: Option<Duration>,
}

impl From<usize> for Places {
    fn from(all: usize) -> Places {
        Places { all, of_one_address: all / 4, unheard: None }
    }
}

/// Serves until `stop` is done, then gives requests under way [`STOP_LIMIT`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Arc<ServerConfig>,
    most: impl Into<Places>,
    stop: impl Future<Output = ()>,
) {
    let most: Places = most.into();
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(most.all.clamp(1, Semaphore::MAX_PERMITS)));
    let shares = Shares::new(most.of_one_address);
    let (stopping, stopped) = watch::channel(false);
    let mut open = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = open.join_next() => {}
            (stream, address, place) = next(&listener, &places) => {
                let Some(share) = shares.take(address.ip()) else {
                    tracing::warn!(%address, "too many connections from one address");
                    continue;
                };
                lively(&stream, most.unheard);
                let (acceptor, router, stopped) = (acceptor.clone(), router.clone(), stopped.clone());
                open.spawn(async move {
                    connection(stream, address, &acceptor, router, stopped).await;
                    drop((place, share));
                });
            }
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    let all = async { while open.join_next().await.is_some() {} };
    if timeout(STOP_LIMIT, all).await.is_err() {
        tracing::warn!(open = open.len(), "connections were cut off while stopping");
        open.shutdown().await;
    }
}

fn lively(stream: &TcpStream, unheard: Option<Duration>) {
    let Some(ms) = unheard.and_then(|t| u32::try_from(t.as_millis()).ok()) else { return };
    if let Err(e) = rustix::net::sockopt::set_tcp_user_timeout(stream, ms) {
        tracing::debug!(error = %e, "a lost peer is noticed later");
    }
}

async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            std::future::pending::<()>().await;
            continue;
        };
        match listener.accept().await {
            Ok((stream, address)) => return (stream, address, place),
            Err(e) => {
                tracing::warn!(error = %e, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    acceptor: &TlsAcceptor,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    if let Err(e) = stream.set_nodelay(true) {
        tracing::debug!(%address, error = %e, "small answers may be late");
    }
    let handshake = tokio::select! {
        () = told(&mut stopped) => return,
        done = timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)) => done,
    };
    match handshake {
        Ok(Ok(stream)) => requests(stream, address, router, stopped).await,
        Ok(Err(e)) => tracing::info!(%address, error = %e, "no TLS with this peer"),
        Err(_) => tracing::info!(%address, "the peer did not finish its TLS handshake"),
    }
}

/// Done when the server stops.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|s| *s).await;
}

async fn requests(
    stream: TlsStream<TcpStream>,
    address: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = PeerCertificate(certificate.map(|c| Arc::from(c.as_ref())));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(certificate.clone());
        request.extensions_mut().insert(PeerAddress(address));
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = told(&mut stopped) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(e) = ended {
        tracing::debug!(%address, error = %e, "a connection broke");
    }
}

/// How many connections each address has.
#[derive(Clone)]
struct Shares {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// One connection of an address.
struct Share {
    shares: Shares,
    address: IpAddr,
}

impl Shares {
    fn new(most: usize) -> Shares {
        Shares { open: Arc::default(), most: most.max(1) }
    }

    fn take(&self, address: IpAddr) -> Option<Share> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share { shares: self.clone(), address })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.shares.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = open.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
