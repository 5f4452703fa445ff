// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hall's server with an authority of its own, a registry in memory and a
//! clock that a test can set.

use axum::routing::get;
use axum::{Extension, Router};
use motcua_link::trust::authority::Authority;
use motcua_link::trust::certificate::ServerNames;
use motcua_link::trust::client;
use motcua_link::trust::enrol::{Answered, Enrolment, Kept, Registry, RegistryError, Take};
use motcua_link::trust::gate::{Clock, guarded};
use motcua_link::trust::identity::{Identity, IdentityDir};
use motcua_link::trust::judge::{Judge, Peer, Revocation};
use motcua_link::trust::key::PrivateKey;
use motcua_link::trust::name::Role;
use motcua_link::trust::serve::serve;
use motcua_link::trust::tls::{ServerCertificate, server_config};
use motcua_link::trust::token::{EnrolmentTicket, Token, TokenDigest, TokenRecord};
use motcua_link::wire::Problem;
use motcua_link::wire::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const DAY: i64 = 86_400_000;

pub fn real_now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

pub fn name(text: &str) -> Source {
    text.parse().unwrap()
}

pub fn here() -> ServerNames {
    ServerNames { dns: vec!["localhost".into()], ips: vec![Ipv4Addr::LOCALHOST.into()] }
}

/// Tokens and certificates in memory.
#[derive(Clone, Default)]
pub struct Memory(pub Arc<Mutex<Rows>>);

#[derive(Default)]
pub struct Rows {
    pub tokens: BTreeMap<TokenDigest, Kept>,
    pub revoked: BTreeSet<String>,
    /// Serial number and the one that followed it.
    pub renewals: Vec<(String, String)>,
}

impl Registry for Memory {
    async fn token(&self, digest: &TokenDigest) -> Result<Option<Kept>, RegistryError> {
        Ok(self.0.lock().unwrap().tokens.get(digest).cloned())
    }

    async fn take(
        &self,
        digest: &TokenDigest,
        answered: &Answered,
        now_ms: i64,
    ) -> Result<Take, RegistryError> {
        let mut rows = self.0.lock().unwrap();
        match rows.tokens.get_mut(digest) {
            Some(kept) if kept.record.used_at_ms.is_none() => {
                kept.record.used_at_ms = Some(now_ms);
                kept.answered = Some(answered.clone());
                Ok(Take::Done)
            }
            other => Ok(Take::Stands(other.cloned().map(Box::new))),
        }
    }

    async fn renewed(&self, peer: &Peer, answered: &Answered, _: i64) -> Result<(), RegistryError> {
        let pair = (peer.serial_hex.clone(), answered.issued.serial_hex.clone());
        self.0.lock().unwrap().renewals.push(pair);
        Ok(())
    }

    async fn revocation(&self, serial: &str, name: &Source) -> Result<Revocation, RegistryError> {
        Ok(self.0.lock().unwrap().revocation(serial, name))
    }
}

impl Rows {
    fn revocation(&self, serial: &str, name: &Source) -> Revocation {
        if self.revoked.contains(serial) {
            Revocation::Serial
        } else if self.revoked.contains(&name.to_string()) {
            Revocation::Device
        } else {
            Revocation::No
        }
    }
}

pub struct Server {
    pub authority: Arc<Authority>,
    pub rows: Memory,
    pub clock: Arc<AtomicI64>,
    pub address: SocketAddr,
    pub url: String,
    pub certificate: Arc<ServerCertificate>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    _dir: TempDir,
}

impl Server {
    pub async fn start() -> Server {
        Server::with(40, None).await
    }

    /// At most `most` connections; `foreign_ca` is put at the end of the presented chain as an impostor does.
    pub async fn with(most: usize, foreign_ca: Option<&str>) -> Server {
        let dir = tempfile::tempdir().unwrap();
        let authority = Arc::new(Authority::open_or_make(dir.path(), "motcua authority").unwrap());
        let (mut chain, key) = server_pair(&authority);
        chain.push_str(foreign_ca.unwrap_or_default());
        let certificate = ServerCertificate::new(&chain, &key.pem()).unwrap();
        let clock = Arc::new(AtomicI64::new(real_now()));
        let reading = Arc::clone(&clock);
        let clock_of_server = Clock::new(move || reading.load(Ordering::SeqCst));
        let rows = Memory::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let router = router(&authority, &rows, &clock_of_server);
        let config = server_config(Arc::clone(&certificate)).unwrap();
        let stopped = async move {
            let _ = stopped.await;
        };
        let task = tokio::spawn(serve(listener, router, config, most, stopped));
        let url = format!("https://localhost:{}", address.port());
        let (stop, task) = (Some(stop), Some(task));
        Server { authority, rows, clock, address, url, certificate, stop, task, _dir: dir }
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub fn wait(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// A ticket that lives for an hour.
    pub fn ticket(&self, device: &str, role: Role, server: ServerNames) -> String {
        let token = Token::generate().unwrap();
        let record = TokenRecord {
            digest: token.digest(),
            name: name(device),
            role,
            server,
            expires_ms: self.now() + 3_600_000,
            used_at_ms: None,
        };
        let kept = Kept { record, answered: None };
        self.rows.0.lock().unwrap().tokens.insert(token.digest(), kept);
        let ticket = EnrolmentTicket::new(&self.url, &self.authority.fingerprint(), name(device), token);
        ticket.unwrap().line().to_string()
    }

    pub async fn enrol(&self, device: &str, dir: &Path) -> Identity {
        client::enrol(&self.ticket(device, Role::Kiosk, ServerNames::default()), dir).await.unwrap()
    }

    /// An identity that this authority signed `ago` ms ago.
    pub fn issued(&self, device: &str, ago: i64, dir: &Path) -> Identity {
        issued(&self.authority, device, real_now() - ago, dir)
    }

    /// What the guarded route says to this device: its name, or the code and sentence of the refusal.
    pub async fn who(&self, identity: &Identity) -> Result<String, Problem> {
        said(client::client(identity).unwrap(), &self.url).await
    }

    /// Stops the server and says how long that took.
    pub async fn stop(&mut self) -> Duration {
        let began = std::time::Instant::now();
        self.stop.take().unwrap().send(()).unwrap();
        self.task.take().unwrap().await.unwrap();
        began.elapsed()
    }
}

pub fn server_pair(authority: &Authority) -> (String, PrivateKey) {
    let key = PrivateKey::generate().unwrap();
    let request = key.request("whatever").unwrap();
    (authority.issue_server(&request, &here(), real_now(), 90).unwrap().chain_pem, key)
}

pub fn issued(authority: &Authority, device: &str, now_ms: i64, dir: &Path) -> Identity {
    let at = IdentityDir::open_or_make_key(dir).unwrap();
    let request = at.request(&name(device)).unwrap();
    let issued = authority.issue_device(&request, &name(device), Role::Kiosk, now_ms, 90).unwrap();
    at.install(&issued.certificate_pem, &authority.certificate().pem()).unwrap()
}

pub async fn said(client: reqwest::ClientBuilder, url: &str) -> Result<String, Problem> {
    let answer = client.build().unwrap().get(format!("{url}/v1/who")).send().await.unwrap();
    if answer.status().is_success() {
        return Ok(answer.text().await.unwrap());
    }
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let status = answer.status().as_u16();
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.status, status);
    Err(problem)
}

fn router(authority: &Arc<Authority>, rows: &Memory, clock: &Clock) -> Router {
    let seen = rows.clone();
    let judge = Judge::new(authority.certificate().clone())
        .of_site("hall-7")
        .with_revocations(move |serial, name| seen.0.lock().unwrap().revocation(serial, name));
    let slow = |ms: u64| {
        get(move || async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            "done"
        })
    };
    let inside = Router::new()
        .route("/v1/who", get(|Extension(peer): Extension<Peer>| async move { peer.name.to_string() }))
        .route("/v1/slow", slow(1_000))
        .route("/v1/endless", slow(60_000));
    let enrolment = Enrolment::new(Arc::clone(authority), rows.clone()).of_site("hall-7");
    let outside = enrolment.with_clock(clock.clone()).routes();
    outside.merge(guarded(inside, Arc::new(judge), clock.clone()))
}
