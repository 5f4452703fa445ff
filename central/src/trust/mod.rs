// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may speak: tickets of enrolment, certificates and revocations in the
//! database, and the judge before every device's request.

mod registry;

pub use motcua_link::trust::registry::STEPS;
pub use motcua_link::trust::{Revoke, Revoked};
pub use registry::{Certificates, Ticket, cancel, certificates, tickets};

use axum::http::request::Parts;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use motcua_link::db::{Db, DbError, Step, Tx};
use motcua_link::receive::{Admit, NotAdmitted, accept_next};
use motcua_link::trust::{Judge, Peer, PeerCertificate, Role};
use motcua_link::wire::{DEVICE_EPOCH, Problem, ProblemKind, Source};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Steps of the part `gate`.
pub const GATE_STEPS: &[Step] = &[Step::both(
    "CREATE TABLE relays(site TEXT PRIMARY KEY, central TEXT NOT NULL, since_ms BIGINT NOT NULL);",
)];

/// Lets a device speak for itself, a hub for every device of its hall, and another central for the halls that
/// it was the first to bring.
#[derive(Debug)]
pub struct Gate {
    judge: Arc<Judge>,
    db: Db,
    /// Relayed sources that were let in: by which central, with which epoch.
    known: Mutex<HashMap<String, (Source, String)>>,
}

impl Gate {
    /// By this judge, with this memory.
    pub fn new(judge: Arc<Judge>, db: Db) -> Gate {
        Gate { judge, db, known: Mutex::default() }
    }

    /// Who asks, or why nobody is let in.
    pub fn peer(&self, parts: &Parts) -> Result<Peer, Box<Problem>> {
        let certificate = parts.extensions.get::<PeerCertificate>().and_then(|c| c.0.clone());
        let now_ms = jiff::Timestamp::now().as_millisecond();
        self.judge.admit(certificate.as_deref(), now_ms).map_err(|refusal| {
            tracing::info!(code = refusal.code(), "{refusal}");
            Box::new(Problem::from(&refusal))
        })
    }

    /// Whether the one who asks may speak for `source`.
    pub fn judge(&self, parts: &Parts, source: &Source) -> Result<Peer, Box<Problem>> {
        let peer = self.peer(parts)?;
        let own = peer.name == *source;
        let of_hall = peer.role == Role::Hub && peer.name.site() == source.site();
        if own || of_hall {
            return Ok(peer);
        }
        let detail = format!("this certificate is of {}, it cannot speak for {source}", peer.name);
        Err(Box::new(Problem::new(ProblemKind::NotYours, detail)))
    }

    /// Another central brings a lane of a hall.
    async fn relayed(&self, parts: &Parts, peer: &Peer, source: &Source) -> Result<(), Box<NotAdmitted>> {
        let epoch =
            parts.headers.get(DEVICE_EPOCH).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let (key, now) = (source.to_string(), (peer.name.clone(), epoch));
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) == Some(&now) {
            return Ok(());
        }
        let (by, of) = (peer.name.to_string(), source.clone());
        let claimed = self.db.write(move |tx| Box::pin(async move { claim(tx, &of, &by).await })).await;
        match claimed {
            Ok(None) => {
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, now);
                Ok(())
            }
            Ok(Some(other)) => {
                let detail = format!("{source} is reported by {other}, not by {}", peer.name);
                Err(Box::new(Problem::new(ProblemKind::NotYours, detail).into()))
            }
            Err(e) => {
                tracing::error!(error = %e, "who reports a hall is not known");
                let detail = "the central cannot read its database now; send again";
                let problem = Problem::new(ProblemKind::Unavailable, detail);
                Err(Box::new(NotAdmitted { problem, retry_after_s: Some(10) }))
            }
        }
    }
}

/// Whoever brings a hall first brings it from then on, unless the hall is enrolled here itself; who does
/// otherwise. The other central vouches for the databases that its halls speak from.
async fn claim(tx: &mut Tx<'_>, source: &Source, by: &str) -> Result<Option<String>, DbError> {
    let here = "SELECT source FROM certificates WHERE source LIKE $1 AND role <> 'central' LIMIT 1";
    if let Some(row) = tx.one(here, &[format!("{}.%", source.site()).into()]).await? {
        return row.text(0).map(Some);
    }
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let sql = "INSERT INTO relays(site, central, since_ms) VALUES($1, $2, $3) ON CONFLICT(site) DO NOTHING";
    tx.execute(sql, &[source.site().into(), by.into(), now_ms.into()]).await?;
    let sql = "SELECT central FROM relays WHERE site = $1";
    let owner = tx.one(sql, &[source.site().into()]).await?.map(|r| r.text(0)).transpose()?;
    if owner.as_deref() != Some(by) {
        return Ok(owner);
    }
    accept_next(tx, source).await?;
    Ok(None)
}

impl Admit for Gate {
    fn admit<'a>(
        &'a self,
        parts: &'a Parts,
        source: &'a Source,
    ) -> BoxFuture<'a, Result<(), Box<NotAdmitted>>> {
        async move {
            let refused = |problem: Box<Problem>| Box::new(NotAdmitted::from(*problem));
            let peer = self.peer(parts).map_err(refused)?;
            if peer.role == Role::Central && peer.name != *source {
                return self.relayed(parts, &peer, source).await;
            }
            self.judge(parts, source).map(|_| ()).map_err(refused)
        }
        .boxed()
    }
}
