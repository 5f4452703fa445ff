// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a receiver does with a batch, as a pure function of where the lane
//! stands. Every store calls it inside the transaction that then writes.

use crate::wire::{
    Batch, Chain, CloudEvent, Cursor, Epoch, Lane, Problem, ProblemKind, Quarantined, identity, read_event,
};

/// Where a lane stands, and which other epochs are known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// None before the first batch.
    pub cursor: Option<Cursor>,
    /// A person, or a new enrolment, said that this epoch follows.
    pub accepted: Option<Epoch>,
    /// Epochs that were followed by another.
    pub retired: Vec<Epoch>,
}

/// What to write for a batch that is taken.
#[derive(Debug)]
pub struct Taken {
    /// The cursor to keep. With the old one equal to it, nothing is to be written.
    pub cursor: Cursor,
    /// The epoch that ends with this batch.
    pub retires: Option<Epoch>,
    /// New events with their numbers.
    pub events: Vec<(u64, CloudEvent)>,
    /// New events that cannot be read, with their bytes and the reason.
    pub quarantined: Vec<(Quarantined, String)>,
    /// Events that were held already.
    pub repeated: u64,
}

/// A batch that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// What the sender is told.
    pub problem: Problem,
    /// What the operators must hear of.
    pub alarm: Option<Alarm>,
}

/// What people must hear of: mostly that two databases speak under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// An unknown epoch waits for a person.
    NewEpoch(Epoch),
    /// An epoch that was given up speaks again.
    RetiredEpoch(Epoch),
    /// Numbers were used a second time.
    Fork(Epoch),
    /// Events that cannot be understood were kept aside.
    SetAside(Vec<Quarantined>),
}

impl Alarm {
    /// For a log.
    pub fn words(&self) -> &'static str {
        match self {
            Alarm::SetAside(_) => "events that cannot be understood were set aside",
            _ => "two databases under one name",
        }
    }
}

/// Decides about a batch. The chain is checked wherever the batch touches the end of what is held, so a
/// sender whose past is another one cannot get a single event in.
///
/// # Errors
/// The batch is not taken, with the reason.
pub fn judge(standing: &Standing, batch: &Batch) -> Result<Taken, Box<NotTaken>> {
    let heading = &batch.heading;
    let not = |problem, alarm| Err(Box::new(NotTaken { problem, alarm }));
    if standing.retired.contains(&heading.epoch) {
        let text = format!(
            "database {} was followed by another; this device was restored from an old copy or its card was \
             copied. Set it up anew",
            heading.epoch
        );
        let alarm = Some(Alarm::RetiredEpoch(heading.epoch.clone()));
        return not(Problem::new(ProblemKind::Retired, text), alarm);
    }
    let (held, chain, retires) = match &standing.cursor {
        Some(c) if c.epoch == heading.epoch => (c.acked_through, c.chain, None),
        Some(c) if batch.vouched || standing.accepted.as_ref() == Some(&heading.epoch) => {
            (heading.start - 1, Chain::START, Some(c.epoch.clone()))
        }
        Some(c) => {
            return not(Problem::epoch(&heading.epoch, c), Some(Alarm::NewEpoch(heading.epoch.clone())));
        }
        None => (heading.start - 1, Chain::START, None),
    };
    let known = standing.cursor.as_ref().filter(|c| c.epoch == heading.epoch);
    if heading.first > held + 1 {
        return not(Problem::hole(heading.first, known, held + 1), None);
    }
    take(batch, held, chain, retires).map_err(|()| {
        let cursor =
            known.cloned().unwrap_or(Cursor { epoch: heading.epoch.clone(), acked_through: held, chain });
        let alarm = Some(Alarm::Fork(heading.epoch.clone()));
        Box::new(NotTaken { problem: Problem::fork(&cursor), alarm })
    })
}

/// Everything after `held`. An error is a fork.
fn take(batch: &Batch, held: u64, chain: Chain, retires: Option<Epoch>) -> Result<Taken, ()> {
    let heading = &batch.heading;
    let mut taken = Taken {
        cursor: Cursor { epoch: heading.epoch.clone(), acked_through: held.max(batch.last), chain },
        retires,
        events: Vec::new(),
        quarantined: Vec::new(),
        repeated: 0,
    };
    let chained = batch.lane == Lane::Business;
    let mut along = heading.prior.unwrap_or(Chain::START);
    if chained && heading.first == held + 1 && along != chain {
        return Err(());
    }
    for (seq, raw) in &batch.events {
        let read = read_event(raw, &batch.source, &heading.epoch, batch.lane, *seq);
        if chained {
            along = match &read {
                Ok(e) => along.then(&e.id, &e.kind, &e.time),
                Err(_) => {
                    let (id, kind, time) = identity(raw);
                    along.then(&id, &kind, &time)
                }
            };
            if *seq == held && along != chain {
                return Err(());
            }
        }
        if *seq <= held {
            taken.repeated += 1;
            continue;
        }
        match read {
            Ok(event) => taken.events.push((*seq, event)),
            Err(fault) => {
                let set_aside = Quarantined { seq: *seq, reason: fault.to_string() };
                taken.quarantined.push((set_aside, raw.get().to_owned()));
            }
        }
    }
    if chained && batch.last > held {
        taken.cursor.chain = along;
    }
    Ok(taken)
}
