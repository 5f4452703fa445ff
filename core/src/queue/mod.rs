// SPDX-License-Identifier: MIT OR Apache-2.0
//! The queue of one hall as a pure state machine: [`decide`] turns a command
//! into events or a refusal, [`State::apply`] turns events into the next state.
//! The hub's single writer is the only caller that matters; storing events,
//! repeating answers and telling the time are its business.

mod apply;
mod calling;
mod command;
mod decide;
mod desk;
mod event;
mod line;
mod now;
mod person;
mod refusal;

mod ticket;

pub use command::{Command, OfflineTicket};
pub use decide::decide;
pub use desk::{DeskNow, DeskTicket};
pub use event::{DeviceNews, Event, Placed};
pub use now::{CounterNow, HallNow, InHand, RatingAlarm, ServiceNow, WithoutPaper};
pub use person::Kept;
pub use refusal::Refusal;
pub use ticket::{PrintState, Stage, Ticket};

use crate::day::{self, Hours};
use crate::estimate::ServiceTimes;
use crate::feed::{Call, CounterState, Officer, Rated, RatingOpen};
use crate::hall::Hall;
use crate::label::{Label, Series};
use crate::view::WaitRange;
use jiff::civil::{Date, DateTime};
use line::Line;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use uuid::Uuid;

/// Everything the queue of one business day knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Business day; none before the first one.
    pub day: Option<Date>,
    /// Newest clock reading acted on, milliseconds UTC.
    pub last_ms: i64,
    /// Intake closed by hand for the rest of the day.
    pub closed: bool,
    /// Intake paused, with the reason.
    pub intake_paused: Option<String>,
    /// What citizens read meanwhile.
    pub intake_notice: Option<String>,
    /// Paused services, with the reason.
    pub paused: BTreeMap<String, String>,
    /// The day the clock claims and nobody believes.
    pub doubted: Option<Date>,
    tickets: HashMap<Uuid, Ticket>,
    /// Tickets whose paper failed or is unknown; kept apart so that the common case costs nothing.
    unproved: BTreeSet<Uuid>,
    /// Tickets whose further paper was asked for and not begun.
    reprints: BTreeSet<Uuid>,
    last_number: BTreeMap<Series, u32>,
    /// Numbers given by a store that was lost, of a day that could not be read: the next day that
    /// opens begins after them.
    lost_numbers: BTreeMap<Series, u32>,
    /// The store was lost and nobody has resumed the intake since.
    recovered: bool,
    services: BTreeMap<String, ServiceCount>,
    times: BTreeMap<String, ServiceTimes>,
    /// Waiting tickets in the order in which they are looked at.
    line: Line,
    desks: BTreeMap<String, Desk>,
    /// Newest first, at most [`crate::feed::CALLS_KEPT`].
    calls: VecDeque<Call>,
    /// Sequence of the newest call; outlives the day.
    last_call: u64,
    /// Place of the newest ticket in the order of arrival.
    arrivals: u64,
    /// Tickets of an ended day that wait for the next.
    carried: Vec<Uuid>,
    /// Whose tickets of the day they are, without a name; in no event.
    kept: HashMap<Uuid, Kept>,
    /// Service sessions of the day, and whether they are rated.
    sessions: HashMap<Uuid, bool>,
    /// Flagged ratings that no manager has seen; they outlive the day.
    alarms: BTreeMap<Uuid, Rated>,
    /// Numbers given by this kiosk on its own; see [`State::on_its_own`].
    own_series: Option<Series>,
    /// On this day its own numbers begin after this one; see [`State::not_below`].
    own_floor: Option<(Date, u32)>,
}

/// One counter.
#[derive(Clone, Debug, Default, PartialEq)]
struct Desk {
    officer: Option<Officer>,
    state: CounterState,
    ticket: Option<Uuid>,
    /// Sequence of its newest call.
    last_call: u64,
    /// Calls without priority since the last one with; none before the first.
    ordinary_run: Option<u32>,
    rating: Option<RatingOpen>,
}

/// Counts of one service on the business day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceCount {
    /// Waiting, priority included.
    pub waiting: u32,
    /// Waiting with priority.
    pub waiting_priority: u32,
    /// Numbers given, voided ones not counted.
    pub given: u32,
}

impl State {
    /// A ticket of the business day.
    pub fn ticket(&self, id: &Uuid) -> Option<&Ticket> {
        self.tickets.get(id)
    }

    /// All tickets of the business day, in no order.
    pub fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.values()
    }

    /// Counts of a service.
    pub fn count(&self, service: &str) -> ServiceCount {
        self.services.get(service).copied().unwrap_or_default()
    }

    /// Expected wait for one more person at a service.
    pub fn wait(&self, service: &str, ahead: u32) -> Option<WaitRange> {
        self.times.get(service)?.range(ahead, self.last_ms)
    }

    /// The clock was read at `at_ms` without anything to decide; a later jump is measured from here.
    pub fn heard(&mut self, at_ms: i64) {
        self.last_ms = self.last_ms.max(at_ms);
    }

    /// Makes this the queue of a kiosk that gives numbers on its own: all from this series.
    pub fn on_its_own(&mut self, series: Series) {
        self.own_series = Some(series);
    }

    /// Numbers up to this one are known to be given in the kiosk's own series on `day`, though perhaps
    /// not in this store: none of them is given again.
    pub fn not_below(&mut self, day: Date, number: u32) {
        self.own_floor = Some((day, number));
    }

    /// The number given last in a series today, 0 before the first.
    pub fn last_number(&self, series: Series) -> u32 {
        self.last_number.get(&series).copied().unwrap_or(0)
    }

    fn next_label(&self, series: Series) -> Label {
        let series = self.own_series.unwrap_or(series);
        let floor = self.own_floor.filter(|(day, _)| self.own_series.is_some() && Some(*day) == self.day);
        let last = self.last_number(series).max(floor.map_or(0, |(_, number)| number));
        Label { series, number: last + 1 }
    }
}

/// Whether the hall gives numbers at all at `at`; `None` means yes.
pub fn whole_hall_refusal(hall: &Hall, state: &State, at: DateTime) -> Option<Refusal> {
    if state.intake_paused.is_some() {
        return Some(Refusal::IntakePaused { notice: state.intake_notice.clone() });
    }
    let hours = day::hours(hall, at);
    match hours {
        Hours::Holiday { name, opens } => Some(Refusal::Holiday { name, opens }),
        // Closed by hand is closed for the rest of the day, whatever the hours say.
        _ if state.closed => Some(Refusal::Closed { opens: day::next_day_opening(hall, at) }),
        _ if day::gives_numbers(hall, &hours) => None,
        Hours::Lunch { opens } => Some(Refusal::Lunch { opens }),
        Hours::Closed { opens } => Some(Refusal::Closed { opens }),
        Hours::Open { .. } => None,
    }
}

#[cfg(test)]
mod calling_model_tests;
#[cfg(test)]
mod calling_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod person_tests;
#[cfg(test)]
mod tests;
