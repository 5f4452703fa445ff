// SPDX-License-Identifier: MIT OR Apache-2.0
//! Server-sent events for devices and pages: a whole picture at once and after
//! every change, a beat every second in between, so that silence means that the
//! hub is away. `Last-Event-ID` spares a picture that the listener has already.

use super::Hub;
use super::presence::Listening;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use motcua_core::queue::HallNow;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Beats are this far apart; a listener that hears nothing for 1.5 s calls the hub away.
const BEAT: Duration = Duration::from_millis(500);

/// Name of the event that carries a picture.
pub const PICTURE: &str = "picture";
/// Name of the event that says that nothing has changed.
pub const BEAT_NAME: &str = "beat";

/// The hub's time, for clocks on devices.
#[derive(Debug, Serialize)]
struct Beat {
    unix_ms: i64,
    local_time: jiff::civil::DateTime,
}

/// Draws what one kind of listener is told.
type Make<T> = Box<dyn Fn(&HallNow) -> Option<T> + Send>;

/// Where one listener is.
struct Listener<F> {
    now: watch::Receiver<Arc<HallNow>>,
    make: F,
    /// Digest of the picture that the listener has.
    has: String,
    sent: Instant,
    first: bool,
    /// Counts as long as the stream lives.
    _listening: Option<Listening>,
}

/// A stream of what `make` draws from the hall; `None` from it ends the stream. A device is seen as
/// `listening` meanwhile.
pub fn feed<T: Serialize + 'static>(
    hub: &Hub,
    headers: &HeaderMap,
    listening: Option<Listening>,
    make: impl Fn(&HallNow) -> Option<T> + Send + 'static,
) -> Response {
    let make: Make<T> = Box::new(make);
    let has = headers.get("last-event-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let listener =
        Listener { now: hub.now(), make, has, sent: Instant::now(), first: true, _listening: listening };
    Sse::new(unfold(listener, async |mut l: Listener<_>| {
        loop {
            let first = std::mem::take(&mut l.first);
            if !first {
                let left = BEAT.saturating_sub(l.sent.elapsed());
                if let Ok(Err(_)) = tokio::time::timeout(left, l.now.changed()).await {
                    // The hub is stopping.
                    return None;
                }
            }
            let now = l.now.borrow_and_update().clone();
            let (id, json) = picture(&now, &l.make)?;
            let event = if id != l.has {
                l.has.clone_from(&id);
                Event::default().event(PICTURE).id(id).data(json)
            } else if first || l.sent.elapsed() >= BEAT {
                let beat = Beat { unix_ms: now.unix_ms, local_time: now.local_time };
                Event::default().event(BEAT_NAME).data(serde_json::to_string(&beat).unwrap_or_default())
            } else {
                continue;
            };
            l.sent = Instant::now();
            return Some((Ok::<_, Infallible>(event), l));
        }
    }))
    .into_response()
}

/// The picture and what tells it from others: everything but the time.
fn picture<T: Serialize>(now: &HallNow, make: &dyn Fn(&HallNow) -> Option<T>) -> Option<(String, String)> {
    let mut value = serde_json::to_value(make(now)?).ok()?;
    let json = value.to_string();
    if let Some(map) = value.as_object_mut() {
        map.remove("unix_ms");
        map.remove("local_time");
    }
    Some((motcua_web::token::short_digest(value.to_string().as_bytes()), json))
}
