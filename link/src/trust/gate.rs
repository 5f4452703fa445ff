// SPDX-License-Identifier: MIT OR Apache-2.0
//! The judge before every route of a router: a request comes in with its
//! [`Peer`](super::judge::Peer), or is answered with what is wrong.

use super::judge::Judge;
use super::serve::PeerCertificate;
use crate::wire::Problem;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// Where the time comes from, ms since 1970.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// Another clock than the system's.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now_ms))
    }

    /// Now, ms since 1970.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::new(|| {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now_ms())
    }
}

/// A router whose every route, the unknown ones too, is for judged devices only. Handlers find the
/// [`Peer`](super::judge::Peer) among the request's extensions; one in grace does not get that far.
pub fn guarded(router: Router, judge: Arc<Judge>, clock: Clock) -> Router {
    router.layer(from_fn_with_state((judge, clock), admit))
}

async fn admit(
    State((judge, clock)): State<(Arc<Judge>, Clock)>,
    mut request: Request,
    next: Next,
) -> Response {
    let certificate = presented(&request);
    match judge.admit(certificate.as_deref(), clock.now_ms()) {
        Ok(peer) => {
            request.extensions_mut().insert(peer);
            next.run(request).await
        }
        Err(refusal) => {
            tracing::info!(code = refusal.code(), "{refusal}");
            Problem::from(&refusal).into_response()
        }
    }
}

/// The certificate of a request's connection. Without [`serve`](super::serve::serve) there is none.
pub(crate) fn presented(request: &Request) -> Option<Arc<[u8]>> {
    request.extensions().get::<PeerCertificate>().and_then(|c| c.0.clone())
}
