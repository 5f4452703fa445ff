// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a sender sends next and what it makes of the answer. Knows no clock, no
//! network and no random numbers; the task around it brings them.

use super::{Backoff, Outbox};
use crate::wire::{Chain, CloudEvent, Epoch, Heading, Lane, Problem, ProblemKind, Receipt};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Events in one batch.
const BATCH: usize = 500;
/// Bytes of data in one batch, before packing.
const BYTES: usize = 2 * 1024 * 1024;
/// How often an answer that only a person can change is asked for again.
const PATIENT: Duration = Duration::from_secs(60);

/// One lane's sender.
#[derive(Debug)]
pub struct Sender<O: Outbox> {
    outbox: O,
    epoch: Epoch,
    start: u64,
    acked: u64,
    chain: Chain,
    size: usize,
    backoff: Backoff,
    quarantined: u64,
    stuck: Option<Stuck>,
    oldest_ms: Option<i64>,
    /// A new epoch was begun since the program started.
    anew: bool,
    /// Where the lane stands is to be asked though nothing waits.
    unsure: bool,
}

/// What to do now.
#[derive(Debug)]
pub enum Next {
    /// Send this.
    Send(Box<Request>),
    /// Everything is delivered.
    Idle,
}

/// A batch under way.
#[derive(Debug)]
pub struct Request {
    /// Its headers; the task puts the time of sending in.
    pub heading: Heading,
    /// Its body.
    pub events: Vec<CloudEvent>,
    last: u64,
    chain: Chain,
}

/// How a request ended.
#[derive(Debug)]
pub enum Reply {
    /// Held by the receiver.
    Taken(Receipt),
    /// Refused, with the seconds it asks to wait.
    Problem(Problem, Option<Duration>),
    /// No answer, in words.
    Lost(String),
}

/// When to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// At once.
    Go,
    /// After this.
    Wait(Duration),
}

/// Why a lane does not move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// `urn:motcua:…`, or empty where nobody answered.
    pub kind: String,
    /// For a technician.
    pub detail: String,
}

/// Where a lane stands, for pages and health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneState {
    /// Which.
    pub lane: Lane,
    /// Events that are not delivered.
    pub waiting: u64,
    /// When the oldest of them happened, milliseconds UTC.
    pub oldest_ms: Option<i64>,
    /// Everything up to here is delivered.
    pub acked_through: u64,
    /// Events that the receiver set aside since this program started.
    pub quarantined: u64,
    /// Why it does not move.
    pub stuck: Option<Stuck>,
}

impl<O: Outbox> Sender<O> {
    /// Goes on where the outbox was left.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub fn new(mut outbox: O) -> Result<Sender<O>, O::Error> {
        let (epoch, start) = outbox.epoch()?;
        let (acked, chain) = outbox.acked()?.unwrap_or((start - 1, Chain::START));
        Ok(Sender {
            outbox,
            epoch,
            start,
            acked,
            chain,
            size: BATCH,
            backoff: Backoff::default(),
            quarantined: 0,
            stuck: None,
            oldest_ms: None,
            anew: false,
            unsure: true,
        })
    }

    /// Where it stands.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub fn state(&mut self) -> Result<LaneState, O::Error> {
        let waiting = self.outbox.head()?.saturating_sub(self.acked);
        Ok(LaneState {
            lane: self.outbox.lane(),
            waiting,
            oldest_ms: self.oldest_ms.filter(|_| waiting > 0),
            acked_through: self.acked,
            quarantined: self.quarantined,
            stuck: self.stuck.clone(),
        })
    }

    /// The outbox.
    pub fn outbox(&mut self) -> &mut O {
        &mut self.outbox
    }

    /// Asks the receiver where the lane stands, if nothing waits: it may have been restored, or exchanged, or be
    /// in doubt about this database since an enrolment. An idle lane would find out with its next event only.
    pub fn doubt(&mut self) {
        self.unsure = true;
    }

    /// What is to be sent.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub fn due(&mut self) -> Result<Next, O::Error> {
        let lane = self.outbox.lane();
        let mut found = self.outbox.after(self.acked, self.size)?;
        let head = self.outbox.head()?;
        let mut bytes = 0;
        let fits = |(_, event): &(u64, CloudEvent)| {
            bytes += event.data.get().len();
            bytes <= BYTES
        };
        let all = found.len();
        let kept = found
            .iter()
            .take_while({
                let mut fits = fits;
                move |e| fits(e)
            })
            .count()
            .max(1);
        found.truncate(kept);
        let last = match found.last() {
            // Nothing comes after it: numbers that were shed behind it are covered too.
            Some(_) if lane.sheds() && found.len() == all && all < self.size => head,
            Some((seq, _)) => *seq,
            None if lane.sheds() && head > self.acked => head,
            None if self.unsure => self.acked,
            None => return Ok(Next::Idle),
        };
        self.oldest_ms = found.first().and_then(|(_, e)| e.at_ms());
        let business = lane == Lane::Business;
        let chain = if business { along(self.chain, &found) } else { self.chain };
        let heading = Heading {
            epoch: self.epoch.clone(),
            first: self.acked + 1,
            last: Some(last),
            start: self.start,
            prior: business.then_some(self.chain),
            sent_ms: None,
        };
        let events = found.into_iter().map(|(_, event)| event).collect();
        Ok(Next::Send(Box::new(Request { heading, events, last, chain })))
    }

    /// Takes the answer to `request`.
    ///
    /// # Errors
    /// The outbox cannot be read or written.
    pub fn replied(&mut self, request: &Request, reply: Reply, random: u32) -> Result<Mood, O::Error> {
        match reply {
            Reply::Taken(receipt) => self.taken(request, &receipt, random),
            Reply::Lost(detail) => {
                self.stuck = Some(Stuck { kind: String::new(), detail });
                Ok(Mood::Wait(self.backoff.failed(random)))
            }
            Reply::Problem(problem, wait) => self.refused(problem, wait, random),
        }
    }

    fn taken(&mut self, request: &Request, receipt: &Receipt, random: u32) -> Result<Mood, O::Error> {
        self.quarantined += receipt.quarantined.len() as u64;
        for q in &receipt.quarantined {
            tracing::error!(seq = q.seq, reason = q.reason, "the receiver set an event aside");
        }
        if receipt.acked_through < request.last {
            // Against the protocol; going on would lose events.
            let detail = format!(
                "the receiver answered that it holds {} after it was given up to {}",
                receipt.acked_through, request.last
            );
            self.stuck = Some(Stuck { kind: String::new(), detail });
            return Ok(Mood::Wait(self.backoff.failed(random)));
        }
        self.acked = request.last;
        self.chain = request.chain;
        if !self.follow(receipt.acked_through)? {
            return self.begin_anew();
        }
        self.outbox.keep(self.acked, self.chain)?;
        self.stuck = None;
        self.unsure = false;
        self.backoff.reset();
        self.size = (self.size * 2).min(BATCH);
        Ok(Mood::Go)
    }

    /// The receiver holds more than was just sent: an answer was lost, or the memory of it. False when this
    /// database does not have as much.
    fn follow(&mut self, through: u64) -> Result<bool, O::Error> {
        while self.acked < through {
            if self.outbox.lane().sheds() {
                if self.outbox.head()? < through {
                    return Ok(false);
                }
                self.acked = through;
                break;
            }
            let limit = usize::try_from(through - self.acked).unwrap_or(BATCH).min(BATCH);
            let found = self.outbox.after(self.acked, limit)?;
            let Some((seq, _)) = found.last() else { return Ok(false) };
            self.acked = *seq;
            self.chain = along(self.chain, &found);
        }
        Ok(true)
    }

    fn refused(&mut self, problem: Problem, wait: Option<Duration>, random: u32) -> Result<Mood, O::Error> {
        let known = problem.known();
        match known {
            Some(ProblemKind::Hole) => {
                if let Some(expected) = problem.expected_seq.filter(|e| (self.start..=self.acked).contains(e))
                {
                    tracing::warn!(
                        expected,
                        acked = self.acked,
                        "the receiver lost events; they are sent again"
                    );
                    let chain = problem.cursor.as_ref().map_or(Chain::START, |c| c.chain);
                    self.acked = expected - 1;
                    self.chain = if expected == self.start { Chain::START } else { chain };
                    return Ok(Mood::Wait(self.backoff.failed(random)));
                }
            }
            Some(ProblemKind::Fork) => return self.begin_anew(),
            // The memory of the epoch that followed was lost; once, or two copies would chase each other.
            Some(ProblemKind::Retired) if !self.anew => return self.begin_anew(),
            Some(ProblemKind::TooLarge) if self.size > 1 => {
                self.size /= 2;
                return Ok(Mood::Go);
            }
            _ => {}
        }
        let busy =
            matches!(known, Some(ProblemKind::Busy | ProblemKind::Unavailable)) || problem.status >= 500;
        self.stuck = Some(Stuck { kind: problem.kind, detail: problem.detail });
        Ok(Mood::Wait(match wait {
            Some(wait) => self.backoff.told(wait, random),
            None if busy => self.backoff.failed(random),
            None => self.backoff.told(PATIENT, random),
        }))
    }

    fn begin_anew(&mut self) -> Result<Mood, O::Error> {
        let after = self.outbox.acked()?.map_or(self.start - 1, |(acked, _)| acked);
        self.outbox.new_epoch(after)?;
        let (epoch, start) = self.outbox.epoch()?;
        tracing::error!(
            %epoch, start,
            "the receiver holds another past of this database: it was restored from an older copy, or copied. A \
             new epoch begins; a technician accepts it on the central's page of this device"
        );
        self.anew = true;
        self.epoch = epoch;
        self.start = start;
        self.acked = start - 1;
        self.chain = Chain::START;
        Ok(Mood::Go)
    }
}

fn along(chain: Chain, events: &[(u64, CloudEvent)]) -> Chain {
    events.iter().fold(chain, |chain, (_, e)| chain.then(&e.id, &e.kind, &e.time))
}
