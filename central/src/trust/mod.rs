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
use motcua_link::receive::{Admit, NotAdmitted, Voice};
use motcua_link::trust::{Judge, Peer, PeerCertificate, Role};
use motcua_link::wire::{Problem, ProblemKind, Source};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it is remembered who brings a hall.
const BELIEF: Duration = Duration::from_secs(60);

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
    /// Halls that another central brings, and which one.
    known: Mutex<HashMap<String, (Source, Instant)>>,
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
    async fn relayed(&self, peer: &Peer, source: &Source) -> Result<(), Box<NotAdmitted>> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().get(source.site()).is_some_and(|(by, at)| *by == peer.name && at.elapsed() < BELIEF) {
            return Ok(());
        }
        let (by, of) = (peer.name.to_string(), source.clone());
        let claimed = self.db.write(move |tx| Box::pin(async move { claim(tx, &of, &by).await })).await;
        match claimed {
            Ok(None) => {
                known().insert(source.site().to_owned(), (peer.name.clone(), Instant::now()));
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
/// otherwise.
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
    Ok(owner.filter(|o| o != by))
}

impl Admit for Gate {
    fn admit<'a>(
        &'a self,
        parts: &'a Parts,
        source: &'a Source,
    ) -> BoxFuture<'a, Result<Voice, Box<NotAdmitted>>> {
        async move {
            let refused = |problem: Box<Problem>| Box::new(NotAdmitted::from(*problem));
            let peer = self.peer(parts).map_err(refused)?;
            if peer.name == *source {
                return Ok(Voice::Own);
            }
            if peer.role == Role::Central {
                self.relayed(&peer, source).await?;
            } else {
                self.judge(parts, source).map_err(refused)?;
            }
            Ok(Voice::Relay)
        }
        .boxed()
    }
}
