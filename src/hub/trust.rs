// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub as the small authority of its hall: tickets for its devices, their
//! certificates and revocations, and the encrypted address that they reach it
//! by. Works without ever reaching the internet.

use super::devices::Role;
use crate::clock::unix_ms;
use crate::disk;
use axum::http::Extensions;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use motcua_link::db::{Db, DbError, Step, Tx};
use motcua_link::receive::SqlStore;
use motcua_link::send::relay;
use motcua_link::trust::{
    Authority, AuthorityError, Book, Enrolment, EnrolmentTicket, IssueError, Issued, Judge, Peer,
    PeerCertificate, PrivateKey, Refusal, Revocation, Revoke, Revoked, ServerCertificate, ServerNames,
    SqlRegistry, TlsError, Token, TokenRecord, registry, server_config,
};
use motcua_link::wire::{Source, WordError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Database of the devices' certificates and lanes.
pub const FILE: &str = "devices.db";
/// Directory of the authority's key. Whoever has it can make devices of this hall.
const AUTHORITY: &str = "authority";
/// Where devices reach this hub, for the command line that makes tickets.
const ADDRESS: &str = "address.toml";
/// Days that the hub's own certificate lives; it is made anew at each start and each day.
const SERVER_DAYS: u32 = 90;

/// Steps of the part `hub`: what is to be told to the hall's events, and how devices are.
const STEPS: &[Step] = &[Step::both(
    "CREATE TABLE news(
    id INTEGER PRIMARY KEY, what TEXT NOT NULL, device TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE health(device TEXT PRIMARY KEY, at_ms BIGINT NOT NULL, data TEXT NOT NULL);",
)];

/// Who may speak to this hub.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Lanes of the hall's devices, and the database behind everything here.
    pub store: SqlStore,
    /// The site that this hub serves.
    pub site: String,
    data: PathBuf,
    authority: Arc<Authority>,
    registry: SqlRegistry,
    revoked: Revoked,
    judge: Arc<Judge>,
    server: Arc<Mutex<Option<Server>>>,
}

#[derive(Debug)]
struct Server {
    certificate: Arc<ServerCertificate>,
    names: ServerNames,
    made_ms: i64,
}

/// The hub cannot speak with devices.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The database.
    #[error("{FILE}: {0}")]
    Db(#[from] DbError),
    /// The authority's key.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The certificate for the devices' address.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Encryption.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No key for the address.
    #[error("no key can be made for the devices' address: {0}")]
    Key(String),
    /// A name.
    #[error(transparent)]
    Name(#[from] WordError),
    /// The hub was never started here.
    #[error(
        "chưa có máy chủ nào chạy ở {0} nên chưa biết địa chỉ; khởi động máy chủ một lần rồi tạo phiếu ghi danh\n  \
         no hub was started in {0} yet, so its address is not known; start the hub once, then make the ticket"
    )]
    NoHub(PathBuf),
    /// The address for a ticket.
    #[error("no ticket can be made: {0}")]
    Ticket(String),
}

/// Where devices reach a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The hall.
    pub site: String,
    /// `https://192.0.2.1:8611`.
    pub url: String,
}

impl Address {
    /// As the hub in `data` wrote it at its start.
    pub fn read(data: &Path) -> Result<Address, TrustError> {
        let text = std::fs::read_to_string(data.join(ADDRESS)).ok();
        text.and_then(|t| toml::from_str(&t).ok()).ok_or_else(|| TrustError::NoHub(data.to_owned()))
    }

    /// Kept for the command line.
    pub fn keep(&self, data: &Path) -> std::io::Result<()> {
        disk::keep(&data.join(ADDRESS), toml::to_string(self).unwrap_or_default().as_bytes())
    }
}

impl Trust {
    /// Opens what is in `data` for the hub of `site`.
    pub async fn open(data: &Path, site: &str) -> Result<Trust, TrustError> {
        Trust::over(Db::sqlite(&data.join(FILE))?, data, site).await
    }

    /// The same beside a running hub, for the command line.
    pub async fn beside(data: &Path, site: &str) -> Result<Trust, TrustError> {
        Trust::over(Db::sqlite_beside(&data.join(FILE))?, data, site).await
    }

    async fn over(db: Db, data: &Path, site: &str) -> Result<Trust, TrustError> {
        let store = SqlStore::open(db.clone(), Arc::new(super::lanes::Follower)).await?;
        db.migrate("trust", registry::STEPS).await?;
        db.migrate("relay", relay::STEPS).await?;
        db.migrate("hub", STEPS).await?;
        let authority = Arc::new(Authority::open_or_make(&data.join(AUTHORITY), &format!("motcua {site}"))?);
        let revoked = Revoked::default();
        revoked.read(&db).await?;
        let known = revoked.clone();
        let judge = Judge::new(authority.certificate().clone())
            .of_site(site)
            .with_revocations(move |serial, name| known.of(serial, name));
        Ok(Trust {
            store,
            site: site.to_owned(),
            data: data.to_owned(),
            authority,
            registry: SqlRegistry::new(db, Arc::new(Ledger)),
            revoked,
            judge: Arc::new(judge),
            server: Arc::default(),
        })
    }

    /// A ticket for a device, good for so many hours. Its token is seen here and never again.
    pub async fn ticket(
        &self,
        device: &str,
        role: Role,
        url: &str,
        hours: u32,
        by: &str,
    ) -> Result<EnrolmentTicket, TrustError> {
        let name = Source::new(&self.site, device)?;
        let token = Token::generate().map_err(|e| TrustError::Ticket(e.to_string()))?;
        let now_ms = unix_ms();
        let record = TokenRecord {
            digest: token.digest(),
            name: name.clone(),
            role: role.into(),
            server: ServerNames::default(),
            expires_ms: now_ms + i64::from(hours) * 3_600_000,
            used_at_ms: None,
        };
        let ticket = EnrolmentTicket::new(url, &self.authority.fingerprint(), name, token)
            .map_err(|e| TrustError::Ticket(e.to_string()))?;
        self.registry.add(record, by, now_ms).await?;
        Ok(ticket)
    }

    /// Takes every certificate of a device back.
    pub async fn revoke(&self, device: &str, by: &str) -> Result<(), TrustError> {
        let name = Source::new(&self.site, device)?;
        self.registry.revoke(Revoke::Device(name), by, unix_ms()).await?;
        self.look().await
    }

    /// Reads revocations again; the command line may have made some.
    pub async fn look(&self) -> Result<(), TrustError> {
        Ok(self.revoked.read(self.store.db()).await?)
    }

    /// Whose request this is.
    pub fn peer(&self, extensions: &Extensions) -> Result<Peer, Refusal> {
        let certificate = extensions.get::<PeerCertificate>().and_then(|c| c.0.clone());
        self.judge.admit(certificate.as_deref(), unix_ms())
    }

    /// Whether a certificate that was let in was not taken back since.
    pub fn stands(&self, peer: &Peer) -> bool {
        self.revoked.of(&peer.serial_hex, &peer.name) == Revocation::No && unix_ms() <= peer.not_after_ms
    }

    /// Until when the open ticket of each device that has one can be used, milliseconds UTC.
    pub async fn open_tickets(&self) -> Result<BTreeMap<Source, i64>, TrustError> {
        let now_ms = unix_ms();
        let db = self.store.db();
        Ok(db.read(move |tx| async move { registry::open_tickets(tx, now_ms).await }.boxed()).await?)
    }

    /// Ends the open ticket of a device; false where it has none.
    pub async fn cancel(&self, device: &str) -> Result<bool, TrustError> {
        let (name, now_ms) = (Source::new(&self.site, device)?, unix_ms());
        let ended = self
            .store
            .db()
            .write(move |tx| async move { registry::end_tickets(tx, &name, now_ms).await }.boxed());
        Ok(ended.await? > 0)
    }

    /// The routes of enrolment and renewal.
    pub fn enrolment(&self) -> axum::Router {
        Enrolment::new(self.authority.clone(), self.registry.clone()).of_site(&self.site).routes()
    }

    /// The settings of the devices' address. Its key is made now and never touches the disk: devices trust
    /// the authority, not it.
    pub fn tls(&self) -> Result<Arc<rustls::ServerConfig>, TrustError> {
        let names = own_names();
        let (chain, key) = self.issue(&names)?;
        let certificate = ServerCertificate::new(&chain, &key.pem())?;
        let config = server_config(certificate.clone())?;
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Server { certificate, names, made_ms: unix_ms() });
        Ok(config)
    }

    fn issue(&self, names: &ServerNames) -> Result<(String, PrivateKey), TrustError> {
        let key = PrivateKey::generate().map_err(|e| TrustError::Key(e.to_string()))?;
        let request = key.request("motcua hub").map_err(|e| TrustError::Key(e.to_string()))?;
        let issued = self.authority.issue_server(&request, names, unix_ms(), SERVER_DAYS)?;
        Ok((issued.chain_pem, key))
    }

    /// Makes the certificate anew when this machine has got another address, and each day.
    pub fn keep_server(&self) -> Result<(), TrustError> {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(server) = server.as_mut() else { return Ok(()) };
        let (names, now_ms) = (own_names(), unix_ms());
        if names == server.names && (now_ms - server.made_ms).abs() < 86_400_000 {
            return Ok(());
        }
        let (chain, key) = self.issue(&names)?;
        server.certificate.replace(&chain, &key.pem())?;
        if names != server.names {
            tracing::info!(?names, "the devices' address has a certificate for these names");
        }
        (server.names, server.made_ms) = (names, now_ms);
        Ok(())
    }

    /// Says where devices reach this hub, for tickets.
    pub fn tell_address(&self, at: SocketAddr) -> std::io::Result<Address> {
        let host = if at.ip().is_unspecified() { main_address().unwrap_or(at.ip()) } else { at.ip() };
        let url = format!("https://{}", SocketAddr::new(host, at.port()));
        let address = Address { site: self.site.clone(), url };
        address.keep(&self.data)?;
        Ok(address)
    }

    /// What happened to devices and is not told yet: number, what, device, detail.
    pub(super) async fn news(&self) -> Result<Vec<(i64, String, String, String)>, DbError> {
        let sql = "SELECT id, what, device, detail FROM news ORDER BY id LIMIT 100";
        let rows = self.store.db().read(move |tx| Box::pin(async move { tx.rows(sql, &[]).await })).await?;
        rows.iter().map(|r| Ok((r.int(0)?, r.text(1)?, r.text(2)?, r.text(3)?))).collect()
    }

    /// It is told.
    pub(super) async fn told(&self, id: i64) -> Result<(), DbError> {
        let sql = "DELETE FROM news WHERE id = $1";
        self.store.db().write(move |tx| Box::pin(async move { tx.execute(sql, &[id.into()]).await })).await?;
        Ok(())
    }
}

/// Names and addresses of this machine.
fn own_names() -> ServerNames {
    let mut names = ServerNames { dns: vec!["localhost".into()], ips: Vec::new() };
    if let Some(host) = rustix::system::uname().nodename().to_str().ok().filter(|h| is_host(h)) {
        let host = host.to_ascii_lowercase();
        if !host.contains('.') {
            names.dns.push(format!("{host}.local"));
        }
        names.dns.push(host);
    }
    names.dns.dedup();
    let mut ips: Vec<IpAddr> =
        if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip).collect();
    ips.extend([IpAddr::from([127, 0, 0, 1])]);
    // Link-local addresses of IPv6 need a scope, which no certificate has.
    ips.retain(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()));
    ips.sort_unstable();
    ips.dedup();
    names.ips = ips;
    names
}

fn is_host(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The first address that others in the hall can reach.
fn main_address() -> Option<IpAddr> {
    let all = if_addrs::get_if_addrs().ok()?;
    let others =
        || all.iter().filter(|i| !i.is_loopback() && !i.is_link_local()).map(if_addrs::Interface::ip);
    others().find(IpAddr::is_ipv4).or_else(|| others().next())
}

/// What is told to the hall's events, written where the certificate is.
struct Ledger;

async fn tell(tx: &mut Tx<'_>, what: &str, name: &Source, detail: &str) -> Result<(), DbError> {
    let sql = "INSERT INTO news(what, device, detail) VALUES($1, $2, $3)";
    tx.execute(sql, &[what.into(), name.device().into(), detail.into()]).await?;
    Ok(())
}

impl Book for Ledger {
    fn issued<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        name: &'t Source,
        role: motcua_link::trust::Role,
        _: &'t Issued,
        renewed: bool,
        _: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async move { if renewed { Ok(()) } else { tell(tx, "enrolled", name, role.as_str()).await } }.boxed()
    }

    fn revoked<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        what: &'t Revoke,
        by: &'t str,
        _: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async move {
            match what {
                Revoke::Device(name) => tell(tx, "revoked", name, by).await,
                Revoke::Serial(_) => Ok(()),
            }
        }
        .boxed()
    }

    fn cloned<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        name: &'t Source,
        detail: &'t str,
        _: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        tell(tx, "cloned", name, detail).boxed()
    }
}
