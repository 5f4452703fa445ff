// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events into read models, inside the transaction that keeps the events. What
//! a batch touches is read once, changed in memory and written once.

mod apologies;
mod fit;
mod fold;
mod rows;
mod tables;

pub(crate) use rows::alarm;

use fold::Fold;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use motcua_link::data::Body;
use motcua_link::db::{DbError, Tx};
use motcua_link::receive::{Alarm, Follow};
use motcua_link::wire::{CloudEvent, Lane, Quarantined, Source};

/// Follows the events of every hall and device.
#[derive(Clone, Copy, Debug, Default)]
pub struct Projector;

impl Follow for Projector {
    fn follow<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        source: &'t Source,
        lane: Lane,
        events: &'t [(u64, CloudEvent)],
        received_ms: i64,
    ) -> BoxFuture<'t, Result<Vec<Quarantined>, DbError>> {
        async move {
            let mut unread = Vec::new();
            let mut bodies = Vec::with_capacity(events.len());
            for (seq, event) in events {
                match Body::read(&event.kind, &event.data) {
                    Ok(Some(body)) => match fit::too_long(&body) {
                        None => bodies.push((event.at_ms().unwrap_or(received_ms), body)),
                        Some(what) => {
                            let reason =
                                format!("{what} of {} has more than {} bytes", event.kind, fit::LONGEST);
                            unread.push(Quarantined { seq: *seq, reason });
                        }
                    },
                    // A type of a newer program is kept and not understood.
                    Ok(None) => {}
                    Err(e) => {
                        let reason = format!("data of {} is not as its schema says: {e}", event.kind);
                        unread.push(Quarantined { seq: *seq, reason });
                    }
                }
            }
            rows::heard(tx, source, received_ms).await?;
            if lane == Lane::Business {
                let mut fold = Fold::read(tx, source.site(), &bodies).await?;
                for (at_ms, body) in &bodies {
                    fold.apply(*at_ms, body);
                }
                fold.write(tx, source, received_ms).await?;
            }
            for (at_ms, body) in &bodies {
                rows::steered(tx, source, *at_ms, body).await?;
                if let Body::DossierApologyPrinted(e) = body {
                    apologies::printed(tx, source, *at_ms, e).await?;
                }
            }
            let health = bodies.iter().rev().find_map(|(at_ms, body)| match body {
                Body::DeviceHealth(health) => Some((*at_ms, health)),
                _ => None,
            });
            if let Some((at_ms, health)) = health {
                rows::healthy(tx, source, at_ms, health).await?;
            }
            Ok(unread)
        }
        .boxed()
    }

    fn alarm<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
        source: &'t Source,
        lane: Lane,
        alarm: &'t Alarm,
        at_ms: i64,
    ) -> BoxFuture<'t, Result<(), DbError>> {
        async move {
            rows::heard(tx, source, at_ms).await?;
            let (kind, epoch) = match alarm {
                Alarm::NewEpoch(epoch) => ("new-epoch", epoch),
                Alarm::RetiredEpoch(epoch) => ("retired-epoch", epoch),
                Alarm::Fork(epoch) => ("fork", epoch),
                Alarm::SetAside(events) => {
                    for event in events {
                        rows::alarm(tx, source, "quarantine", &event.reason, at_ms).await?;
                    }
                    return Ok(());
                }
            };
            rows::alarm(tx, source, kind, &format!("{lane} {epoch}"), at_ms).await
        }
        .boxed()
    }
}
