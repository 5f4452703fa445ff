// SPDX-License-Identifier: MIT OR Apache-2.0
//! The task that asks the role how it is, writes the state file and gives
//! systemd its signs of life. It gives none when the event loop hangs, when
//! nothing is drawn, or when the database does not answer in time.

use super::state::{Facts, RoleState, write};
use super::{STATE_EVERY, Watch};
use futures_util::future::BoxFuture;
use sd_notify::NotifyState;
use std::time::{Duration, Instant};

/// A role that says nothing for this long is not asked further; its last words stand.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the role says of itself; none while it cannot.
pub type Look = Box<dyn Fn() -> BoxFuture<'static, Option<Facts>> + Send + Sync>;
/// Asks the role's database something that it must look up; none where it has no database.
pub type Ping = Box<dyn Fn() -> BoxFuture<'static, Option<bool>> + Send + Sync>;

/// Keeps telling until the runtime ends.
pub async fn keep(watch: Watch, look: Look, ping: Ping) {
    let pace = watch.pace();
    let mut said = Facts::default();
    let (mut ready, mut fed, mut written) = (false, Instant::now(), None);
    loop {
        let database = asked(&ping, pace).await;
        if let Ok(Some(facts)) = tokio::time::timeout(PATIENCE.min(pace.unwrap_or(PATIENCE)), look()).await {
            said = facts;
        }
        ready = ready || is_ready(&watch, database);
        if let Some(pace) = pace
            && ready
            && fed.elapsed() + pace / 8 >= pace
            && lives(&watch, database, pace)
        {
            notify(&watch, NotifyState::Watchdog);
            fed = Instant::now();
        }
        if written.is_none_or(|at: Instant| at.elapsed() + STATE_EVERY / 8 >= STATE_EVERY) {
            tell(&watch, database, &said);
            written = Some(Instant::now());
        }
        let rest = pace.map_or(STATE_EVERY, |pace| (pace / 4).min(STATE_EVERY));
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = watch.0.news.notified(), if !ready => {}
        }
    }
}

/// The database's answer; one that takes longer than a sign of life may is none.
async fn asked(ping: &Ping, pace: Option<Duration>) -> Option<bool> {
    tokio::time::timeout(pace.unwrap_or(STATE_EVERY), ping()).await.unwrap_or(Some(false))
}

/// The role can serve for the first time: systemd begins what waits for it.
fn is_ready(watch: &Watch, database: Option<bool>) -> bool {
    let ready = database != Some(false) && (!watch.0.screen || watch.last_drawn().is_some());
    if ready {
        notify(watch, NotifyState::Ready);
        // A page before the role, in the same process, may have said so before; its last sign of life is long ago.
        notify(watch, NotifyState::Watchdog);
    }
    ready
}

fn lives(watch: &Watch, database: Option<bool>, pace: Duration) -> bool {
    let drawn = !watch.0.screen || watch.last_drawn().is_some_and(|drawn| drawn.at.elapsed() <= pace);
    if !drawn {
        tracing::error!("nothing was drawn since the last sign of life; the watchdog is not fed");
    }
    if database == Some(false) {
        tracing::error!("the database does not answer; the watchdog is not fed");
    }
    drawn && database != Some(false)
}

fn notify(watch: &Watch, state: NotifyState<'_>) {
    if watch.0.notified
        && let Err(e) = sd_notify::notify(&[state])
    {
        tracing::warn!(error = %e, "systemd was not told");
    }
}

fn tell(watch: &Watch, database: Option<bool>, said: &Facts) {
    let Some(dir) = &watch.0.dir else { return };
    let state = RoleState {
        role: watch.0.role.to_owned(),
        pid: std::process::id(),
        at_ms: crate::clock::unix_ms(),
        drawn_ms: watch.last_drawn().map(|drawn| drawn.unix_ms),
        database: database.map(|well| if well { "ok" } else { "fault" }.to_owned()),
        facts: said.clone(),
    };
    if let Err(e) = write(dir, &state) {
        tracing::warn!(error = crate::hub::chain(&e), "the state file");
    }
}
