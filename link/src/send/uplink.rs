// SPDX-License-Identifier: MIT OR Apache-2.0
//! The task that sends: one for each lane, so that a thick log never delays a
//! rating. Outboxes are read on a blocking thread.

use super::{LaneState, Mood, Next, Outbox, Reply, Request, Sender};
use crate::wire::{CONTENT_TYPE, Problem, ProblemKind, Receipt, Source, write};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often an idle lane looks whether something came without a word.
const LOOK: Duration = Duration::from_secs(5);
/// How long an idle lane believes that the receiver still holds what it acknowledged.
const BELIEF: Duration = Duration::from_secs(15 * 60);

/// The way to a receiver: its address and a client with the device's certificate. Replaced when the
/// certificate is renewed.
#[derive(Clone, Debug)]
pub struct Route {
    /// `https://central.example`, without a slash at the end.
    pub base: String,
    /// With the identity and the receiver's authority.
    pub client: reqwest::Client,
}

/// Cuts the link on purpose: the bench's network switch.
pub type Switch = Arc<AtomicBool>;

/// What pages and health are told of the way upwards.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// An answer came at last, milliseconds UTC.
    pub heard_ms: Option<i64>,
    /// The receiver's clock minus this one's, milliseconds; from the request with the shortest way.
    pub clock_off_ms: Option<i64>,
    /// Time a small request takes, milliseconds.
    pub round_trip_ms: Option<u64>,
    /// Where the reports go; none before enrolment.
    pub receiver: Option<String>,
    /// Why the enrolment that is here cannot be used.
    #[serde(default)]
    pub unusable: Option<String>,
    /// When this device's certificate ends, milliseconds UTC.
    pub certificate_ends_ms: Option<i64>,
    /// The lanes, in the order in which they were started.
    pub lanes: Vec<LaneState>,
    /// Something waits at the receiver for this device.
    pub waiting: bool,
}

/// Everything that goes to one receiver.
#[derive(Clone, Debug)]
pub struct Uplink {
    route: watch::Sender<Option<Route>>,
    status: Arc<Mutex<Status>>,
    news: Arc<Notify>,
    cut: Switch,
}

impl Default for Uplink {
    fn default() -> Uplink {
        Uplink {
            route: watch::Sender::new(None),
            status: Arc::default(),
            news: Arc::default(),
            cut: Arc::default(),
        }
    }
}

impl Uplink {
    /// One that can be cut from outside.
    pub fn switched(cut: Switch) -> Uplink {
        Uplink { cut, ..Uplink::default() }
    }

    /// The same way for other lanes, whose standing is told apart: those that are relayed.
    pub fn beside(&self) -> Uplink {
        Uplink { status: Arc::default(), ..self.clone() }
    }

    /// Sends this way from now on.
    pub fn set_route(&self, route: Route) {
        self.route.send_replace(Some(route));
        self.news();
    }

    /// When the certificate of the route ends, for those who ask how the way is.
    pub fn certificate_ends(&self, ms: i64) {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).certificate_ends_ms = Some(ms);
    }

    /// The enrolment that is here cannot be used; none: there is none, or it is in use.
    pub fn unusable(&self, why: Option<String>) {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).unusable = why;
    }

    /// The way in use.
    pub fn route(&self) -> Option<Route> {
        self.route.borrow().clone()
    }

    /// Something new waits in an outbox.
    pub fn news(&self) {
        self.news.notify_waiters();
    }

    /// How it is.
    pub fn status(&self) -> Status {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        status.receiver = self.route.borrow().as_ref().map(|r| r.base.clone());
        status
    }

    /// The switch that cuts this way on purpose.
    pub fn switch(&self) -> Switch {
        self.cut.clone()
    }

    /// Sends a lane until the program ends. Never returns while the outbox can be read; an outbox that
    /// cannot is tried again.
    pub async fn run<O: Outbox>(&self, outbox: impl Fn() -> Result<O, O::Error> + Send + Sync + 'static)
    where
        O::Error: 'static,
    {
        let outbox = Arc::new(outbox);
        loop {
            let opened = outbox.clone();
            match tokio::task::spawn_blocking(move || opened().and_then(Sender::new)).await {
                Ok(Ok(sender)) => {
                    if let Err(e) = self.send(sender).await {
                        tracing::warn!(error = %e, "an outbox cannot be read");
                    }
                }
                Ok(Err(e)) => tracing::error!(error = %e, "an outbox cannot be opened"),
                // The runtime is ending, or the job panicked.
                Err(_) => std::future::pending().await,
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn send<O: Outbox>(&self, sender: Sender<O>) -> Result<(), O::Error> {
        let mut sender = sender;
        let mut answered = Instant::now();
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            // Before the request: a way that is replaced while an answer is waited for ends the wait after it.
            let mut route = self.route.subscribe();
            if answered.elapsed() > BELIEF {
                sender.doubt();
            }
            let (back, next) = blocking(sender, Sender::due).await?;
            sender = back;
            let wait = match next {
                Next::Idle => Some(LOOK),
                // Nobody to ask yet, and nothing to complain about.
                Next::Send(request) if request.events.is_empty() && self.route().is_none() => Some(LOOK),
                Next::Send(request) => {
                    let (reply, request) = self.ask(&mut sender, request).await;
                    answered = Instant::now();
                    let random = random();
                    let (back, mood) = blocking(sender, move |s| s.replied(&request, reply, random)).await?;
                    sender = back;
                    match mood {
                        Mood::Go => None,
                        Mood::Wait(wait) => Some(wait),
                    }
                }
            };
            let (back, state) = blocking(sender, Sender::state).await?;
            sender = back;
            let failing = state.stuck.is_some();
            self.tell(state);
            let Some(wait) = wait else { continue };
            let end = tokio::time::sleep(wait);
            tokio::pin!(end);
            loop {
                tokio::select! {
                    () = &mut end => break,
                    () = &mut news => {}
                    () = self.mended(), if self.cut.load(Ordering::Relaxed) => break,
                    _ = route.changed() => {
                        sender.doubt();
                        break;
                    }
                }
                if !failing {
                    break;
                }
                // News do not shorten a wait that a failure asked for, but what waits is more now.
                news.set(self.news.notified());
                news.as_mut().enable();
                let (back, state) = blocking(sender, Sender::state).await?;
                sender = back;
                self.tell(state);
            }
        }
    }

    /// The switch is back: no need to wait for the back-off of a cut that was made on purpose.
    async fn mended(&self) {
        while self.cut.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn ask<O: Outbox>(&self, sender: &mut Sender<O>, request: Box<Request>) -> (Reply, Box<Request>) {
        let outbox = sender.outbox();
        let (source, lane) = (outbox.source(), outbox.lane());
        let Some(route) = self.route() else {
            return (Reply::Lost("this device is not enrolled at a receiver yet".into()), request);
        };
        if self.cut.load(Ordering::Relaxed) {
            return (Reply::Lost("the network is switched off on the bench".into()), request);
        }
        let reply = self.post(&route, &source, lane.word(), &request).await;
        (reply.unwrap_or_else(|e| Reply::Lost(words(&e))), request)
    }

    async fn post(
        &self,
        route: &Route,
        source: &Source,
        lane: &str,
        request: &Request,
    ) -> Result<Reply, reqwest::Error> {
        let Ok(body) = write(&request.events) else {
            return Ok(Reply::Lost("the batch cannot be packed".into()));
        };
        let small = body.len() < 16 * 1024;
        let mut heading = request.heading.clone();
        let sent_ms = jiff::Timestamp::now().as_millisecond();
        heading.sent_ms = Some(sent_ms);
        let mut call = route
            .client
            .post(format!("{}/v1/devices/{source}/lanes/{lane}/events", route.base))
            .timeout(PATIENCE)
            .header(reqwest::header::CONTENT_TYPE, CONTENT_TYPE)
            .header(reqwest::header::CONTENT_ENCODING, "zstd");
        for (name, value) in heading.write() {
            call = call.header(name, value);
        }
        let begun = Instant::now();
        let answer = call.body(body).send().await?;
        let status = answer.status();
        let wait = answer.headers().get(reqwest::header::RETRY_AFTER);
        let wait = wait.and_then(|v| v.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        let text = answer.text().await?;
        if status.is_success() {
            return Ok(match serde_json::from_str::<Receipt>(&text) {
                Ok(receipt) => {
                    self.heard(sent_ms, begun.elapsed(), &receipt, small);
                    Reply::Taken(receipt)
                }
                Err(e) => Reply::Lost(format!("the receiver's answer cannot be read: {e}")),
            });
        }
        let problem = serde_json::from_str(&text).unwrap_or_else(|_| {
            let mut other = Problem::new(
                ProblemKind::Unavailable,
                format!("the receiver answered {status} without saying why; is the address right?"),
            );
            other.status = status.as_u16();
            other
        });
        Ok(Reply::Problem(problem, wait))
    }

    fn heard(&self, sent_ms: i64, took: Duration, receipt: &Receipt, small: bool) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.heard_ms = Some(sent_ms.saturating_add_unsigned(took_ms));
        status.waiting = receipt.waiting;
        // The shorter the way, the surer the middle of it.
        if small {
            let middle = sent_ms.saturating_add_unsigned(took_ms / 2);
            status.clock_off_ms = Some(receipt.received_ms - middle);
            status.round_trip_ms = Some(took_ms);
        }
    }

    fn tell(&self, state: LaneState) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let before = status.lanes.iter_mut().find(|l| l.lane == state.lane);
        let kind = |s: Option<&LaneState>| s.and_then(|s| s.stuck.as_ref()).map(|s| s.kind.clone());
        // Once for each reason: what is said again every minute is not read.
        let asked = self.route.borrow().is_some();
        if let Some(stuck) =
            state.stuck.as_ref().filter(|_| asked && kind(Some(&state)) != kind(before.as_deref()))
        {
            let why = if stuck.kind.is_empty() { "no answer" } else { &stuck.kind };
            tracing::warn!(lane = %state.lane, why, detail = stuck.detail, "nothing is delivered; tried again by itself");
        }
        match before {
            Some(lane) => *lane = state,
            None => status.lanes.push(state),
        }
    }
}

async fn blocking<O: Outbox, T: Send + 'static>(
    mut sender: Sender<O>,
    job: impl FnOnce(&mut Sender<O>) -> Result<T, O::Error> + Send + 'static,
) -> Result<(Sender<O>, T), O::Error>
where
    O::Error: 'static,
{
    let done = tokio::task::spawn_blocking(move || {
        let result = job(&mut sender);
        (sender, result)
    });
    match done.await {
        Ok((sender, result)) => result.map(|value| (sender, value)),
        // The runtime is ending, or the job panicked; there is nothing to go on with.
        Err(_) => std::future::pending().await,
    }
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    // Without random numbers the longest wait is taken.
    if getrandom::fill(&mut bytes).is_err() { u32::MAX } else { u32::from_le_bytes(bytes) }
}

/// An error with its causes on one line.
fn words(e: &reqwest::Error) -> String {
    let mut text = e.to_string();
    let mut source = std::error::Error::source(e);
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}
