// SPDX-License-Identifier: MIT OR Apache-2.0
//! Thousands of devices, each with a key and a certificate of its own, and the
//! client that shows it. Nothing of it touches the disk.

use super::LoadError;
use motcua_link::send::Route;
use motcua_link::trust::{Authority, PrivateKey, Role};
use motcua_link::wire::Source;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// How long a device waits for a connection.
const CONNECT: Duration = Duration::from_secs(20);

/// A device with its way to the central.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub source: Source,
    pub route: Route,
    /// Tells its hall's history from the others'.
    pub seed: u64,
}

/// Makes device `n` of this run: a key, a certificate of the central's authority, a client.
fn make(
    authority: &Authority,
    roots: &Arc<RootCertStore>,
    base: &str,
    run: &str,
    n: u64,
) -> Result<Device, LoadError> {
    let device = |e: &dyn std::fmt::Display| LoadError::Device(e.to_string());
    let source = Source::new(&format!("load-{run}-{n}"), "hub").map_err(|e| device(&e))?;
    let key = PrivateKey::generate().map_err(|e| device(&e))?;
    let request = key.request(&source.to_string()).map_err(|e| device(&e))?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let issued = authority.issue_device(&request, &source, Role::Hub, now_ms, 1).map_err(|e| device(&e))?;
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(issued.certificate_pem.as_bytes()).collect();
    let own = PrivateKeyDer::from_pem_slice(key.pem().as_bytes()).map_err(|e| device(&e))?;
    let config = ClientConfig::builder()
        .with_root_certificates(Arc::clone(roots))
        .with_client_auth_cert(chain.map_err(|e| device(&e))?, own)
        .map_err(|e| device(&e))?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .build()
        .map_err(|e| device(&e))?;
    Ok(Device { source, route: Route { base: base.to_owned(), client }, seed: n })
}

/// Makes them all, on every core.
pub(super) async fn make_all(
    authority: Authority,
    base: &str,
    run: &str,
    count: u64,
) -> Result<Vec<Device>, LoadError> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.certificate().der().to_vec()))
        .map_err(|e| LoadError::Device(e.to_string()))?;
    let (authority, roots) = (Arc::new(authority), Arc::new(roots));
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let mut jobs = Vec::new();
    for worker in 0..workers {
        let (authority, roots) = (Arc::clone(&authority), Arc::clone(&roots));
        let (base, run) = (base.to_owned(), run.to_owned());
        jobs.push(tokio::task::spawn_blocking(move || {
            let mine = (0..count).filter(|n| n % workers == worker);
            mine.map(|n| make(&authority, &roots, &base, &run, n)).collect::<Result<Vec<_>, _>>()
        }));
    }
    let mut all = Vec::new();
    for job in jobs {
        all.extend(job.await.map_err(|e| LoadError::Device(e.to_string()))??);
    }
    Ok(all)
}
