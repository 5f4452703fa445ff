// SPDX-License-Identifier: MIT OR Apache-2.0
//! One thread per printer that finds it, opens it, watches it, reopens it after a loss and carries jobs to paper. The
//! application holds a [`PrinterHandle`], which never blocks and never goes stale.

mod flight;
mod observe;
mod sender;
mod session;
mod watch;
mod worker;

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{EventfdFlags, eventfd};

use super::document::Document;
use super::profile::Profile;
use super::state::PrinterState;
use super::transport::{PrinterUrl, Roots};
use super::{JobId, PrinterEvent};

/// Where the printer is and what it can do.
#[derive(Debug, Clone, PartialEq)]
pub struct PrinterConfig {
    /// Where it is.
    pub url: PrinterUrl,
    /// What it can do.
    pub profile: Profile,
}

/// Times and places that a product leaves as they are and a test changes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pause between rounds of status questions while nothing is printed.
    pub poll: Duration,
    /// Pause before the next attempt to open a printer that is not there.
    pub reopen: Duration,
    /// How long a job waits for a printer that is stopped (no paper, cover open) before it ends as unknown.
    pub wait_limit: Duration,
    /// How long a job waits for a printer that says nothing.
    pub silence_limit: Duration,
    /// How long a ready printer may take to confirm a job that has been sent whole.
    pub proof_limit: Duration,
    /// Where the operating system shows its devices.
    pub roots: Roots,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            poll: Duration::from_secs(1),
            reopen: Duration::from_secs(1),
            wait_limit: Duration::from_secs(600),
            silence_limit: Duration::from_secs(10),
            proof_limit: Duration::from_secs(30),
            roots: Roots::default(),
        }
    }
}

/// What the application asks of the thread.
enum Request {
    Print(JobId, Document),
}

struct Inbox {
    requests: VecDeque<Request>,
    /// Set once: end, at the latest after so long.
    stop: Option<Duration>,
    ended: bool,
}

/// What the handle and the thread share.
struct Shared {
    state: Mutex<PrinterState>,
    inbox: Mutex<Inbox>,
    ended: Condvar,
    /// Wakes the thread out of `poll`; `None` only where the system has no descriptors left, and then the thread looks
    /// after its inbox once a second.
    wake: Option<OwnedFd>,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        if let Some(wake) = &self.wake {
            // A full counter is awake already.
            let _ = rustix::io::write(wake, &1u64.to_ne_bytes());
        }
    }
}

/// Ends the thread when the last handle is dropped.
struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.inbox().stop.get_or_insert(Duration::ZERO);
        self.0.wake();
    }
}

/// A printer, found or not. Clones speak of the same printer; when the last one is dropped, the thread ends.
#[derive(Clone)]
pub struct PrinterHandle {
    owner: Arc<Owner>,
}

impl std::fmt::Debug for PrinterHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PrinterHandle").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl PrinterHandle {
    /// Starts watching the printer. `events` is called on the printer's thread and should return quickly: it is where the
    /// application posts to its own loop.
    pub fn spawn(config: PrinterConfig, events: impl Fn(PrinterEvent) + Send + 'static) -> PrinterHandle {
        PrinterHandle::spawn_with(config, Options::default(), events)
    }

    /// The same with other times and places.
    pub fn spawn_with(
        config: PrinterConfig,
        options: Options,
        events: impl Fn(PrinterEvent) + Send + 'static,
    ) -> PrinterHandle {
        let shared = Arc::new(Shared {
            state: Mutex::new(PrinterState::default()),
            inbox: Mutex::new(Inbox { requests: VecDeque::new(), stop: None, ended: false }),
            ended: Condvar::new(),
            wake: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).ok(),
        });
        let thread_shared = Arc::clone(&shared);
        let spawned = std::thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || worker::Worker::new(config, options, thread_shared, Box::new(events)).run());
        if let Err(error) = spawned {
            // Without its thread the printer stays "not found", which is what the application then shows.
            tracing::error!(error = &error as &dyn std::error::Error, "cannot start the printer's thread");
            shared.inbox().ended = true;
        }
        PrinterHandle { owner: Arc::new(Owner(shared)) }
    }

    /// Prints a document. Never blocks; what becomes of it arrives as [`PrinterEvent::Job`] events, the last of which is
    /// printed, failed or unknown. While the printer is not ready the job fails at once and nothing is sent. Jobs given
    /// while another one is printed follow in order.
    pub fn print(&self, job: JobId, document: Document) {
        let shared = &self.owner.0;
        shared.inbox().requests.push_back(Request::Print(job, document));
        shared.wake();
    }

    /// The latest that is known. Never blocks.
    pub fn state(&self) -> PrinterState {
        *self.owner.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the thread: the job in flight may go on for at most `limit`, jobs behind it fail. Blocks until the thread has
    /// ended, or a little longer than `limit`.
    pub fn shutdown(&self, limit: Duration) {
        let shared = &self.owner.0;
        shared.inbox().stop.get_or_insert(limit);
        shared.wake();
        let inbox = shared.inbox();
        // The thread may be inside a connection attempt, which ends by itself; nobody waits for that.
        let grace = limit + Duration::from_millis(500);
        let _ = shared.ended.wait_timeout_while(inbox, grace, |inbox| !inbox.ended);
    }
}
