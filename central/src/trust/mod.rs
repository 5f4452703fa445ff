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
use motcua_link::receive::{Admit, NotAdmitted};
use motcua_link::trust::{Judge, Peer, PeerCertificate, Role};
use motcua_link::wire::{Problem, ProblemKind, Source};
use std::sync::Arc;

/// Lets a device speak for itself, and a hub for every device of its hall.
#[derive(Debug)]
pub struct Gate {
    judge: Arc<Judge>,
}

impl Gate {
    /// By this judge.
    pub fn new(judge: Arc<Judge>) -> Gate {
        Gate { judge }
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
}

impl Admit for Gate {
    fn admit<'a>(
        &'a self,
        parts: &'a Parts,
        source: &'a Source,
    ) -> BoxFuture<'a, Result<(), Box<NotAdmitted>>> {
        let judged = self.judge(parts, source);
        async move { judged.map(|_| ()).map_err(|problem| Box::new(NotAdmitted::from(*problem))) }.boxed()
    }
}
