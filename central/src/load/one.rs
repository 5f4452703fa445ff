// SPDX-License-Identifier: MIT OR Apache-2.0
//! One hub with a real outbox on disk, which can be killed at any point: what
//! the tests of a lost sender start.

use super::Script;
use motcua_link::send::{Outbox, Ring, Route, Uplink};
use motcua_link::trust::{IdentityDir, client};
use motcua_link::wire::Lane;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

/// How often it looks whether everything is delivered.
const LOOK: Duration = Duration::from_millis(10);

/// Goes on writing the script into the outbox up to event `until`, sends meanwhile, and returns when everything
/// is delivered.
///
/// # Errors
/// The identity or the outbox cannot be used.
pub async fn one(identity: &Path, outbox: &Path, url: &str, until: u64) -> Result<(), Box<dyn Error>> {
    let identity = IdentityDir::open_or_make_key(identity)?.identity()?.ok_or("not enrolled")?;
    let ring = Ring::open(outbox, identity.name().clone())?;
    let uplink = Uplink::default();
    let client = client::client(&identity)?.build()?;
    uplink.set_route(Route { base: url.to_owned(), client });
    let (sending, lane) = (uplink.clone(), ring.clone());
    tokio::spawn(async move { sending.run(move || Ok(lane.lane(Lane::Business))).await });
    let writing = ring.clone();
    let news = uplink.clone();
    tokio::task::spawn_blocking(move || fill(&writing, until, || news.news())).await??;
    let mut lane = ring.lane(Lane::Business);
    while lane.acked()?.is_none_or(|(through, _)| through < until) {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Adds the script's next events up to `until`; tells after every twenty.
///
/// # Errors
/// The file cannot be written.
pub fn fill(ring: &Ring, until: u64, mut tell: impl FnMut()) -> rusqlite::Result<()> {
    let script = Script::new(1, 20_000);
    let head = ring.lane(Lane::Business).head()?;
    for seq in head + 1..=until {
        let (at_ms, body) = script.event(seq);
        ring.add(Lane::Business, body.kind(), at_ms, &body)?;
        if seq.is_multiple_of(20) {
            tell();
        }
    }
    tell();
    Ok(())
}
