// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sending side: what waits to be sent, when it is tried, and the task that
//! sends it.

mod backoff;
#[cfg(feature = "client")]
mod keep;
mod next;
pub mod relay;
mod ring;
#[cfg(feature = "client")]
mod uplink;

pub use backoff::Backoff;
#[cfg(feature = "client")]
pub use keep::keep_route;
pub use next::{LaneState, Mood, Next, Reply, Request, Sender, Stuck};
pub use relay::{Relay, RelayError};
pub use ring::{Ring, RingLane};
#[cfg(feature = "client")]
pub use uplink::{Route, Status, Switch, Uplink};

use crate::wire::{Chain, CloudEvent, Epoch, Lane, Source};

/// What waits to be sent on one lane. Implemented over the sender's own tables, so that the domain's row and
/// the event are one commit.
pub trait Outbox: Send + 'static {
    /// Why it cannot be read.
    type Error: std::error::Error + Send;

    /// Whose events these are.
    fn source(&self) -> Source;

    /// Which lane.
    fn lane(&self) -> Lane;

    /// The database's epoch, and the number at which it begins.
    fn epoch(&mut self) -> Result<(Epoch, u64), Self::Error>;

    /// The newest number; `start` - 1 while there is none.
    fn head(&mut self) -> Result<u64, Self::Error>;

    /// Events after this number, at most `limit`, in their order; numbers may be missing on lanes that shed.
    fn after(&mut self, seq: u64, limit: usize) -> Result<Vec<(u64, CloudEvent)>, Self::Error>;

    /// What the receiver has, as it was kept last; `None` before the first time.
    fn acked(&mut self) -> Result<Option<(u64, Chain)>, Self::Error>;

    /// Keeps what the receiver has. Need not be durable at once: it may fall behind and is found out again.
    fn keep(&mut self, through: u64, chain: Chain) -> Result<(), Self::Error>;

    /// Begins a new epoch after this number: the receiver holds another past. Durable.
    fn new_epoch(&mut self, after: u64) -> Result<(), Self::Error>;
}
