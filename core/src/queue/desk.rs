// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the events of the desks change, and the picture that the officer at one
//! desk is given.

use super::calling::{next_for, serves};
use super::*;
use crate::day::Now;

impl State {
    pub(super) fn apply_desk(&mut self, event: &Event, at_ms: i64) {
        match event {
            Event::SignedIn { counter, officer } => {
                *self.desk(counter) = Desk { officer: Some(officer.clone()), ..Desk::default() };
            }
            Event::SignedOut { counter } => {
                let desk = self.desk(counter);
                *desk = Desk { last_call: desk.last_call, rating: desk.rating.take(), ..Desk::default() };
            }
            Event::CounterOpened { counter } => self.desk(counter).state = CounterState::Open,
            Event::CounterPaused { counter, reason } => {
                self.desk(counter).state = CounterState::Paused { reason: reason.clone() };
            }
            Event::CounterClosed { counter } => self.desk(counter).state = CounterState::Closed,
            Event::Called { .. } => self.call(event, at_ms),
            Event::Started { ticket, counter } => {
                self.at_desk(ticket, counter, Stage::Serving, at_ms);
                // The next citizen sits there now.
                self.desk(counter).rating = None;
            }
            Event::Resumed { ticket, counter } => {
                self.at_desk(ticket, counter, Stage::Serving, at_ms);
                self.desk(counter).ticket = Some(*ticket);
            }
            Event::Served { .. } => self.serve(event),
            Event::MarkedAbsent { ticket, counter, .. } => self.leaves_desk(counter, ticket, Stage::Absent),
            Event::Returned { ticket, to } => {
                if let Some(counter) = self.tickets.get(ticket).and_then(|t| t.counter.clone()) {
                    self.leaves_desk(&counter, ticket, Stage::Held);
                }
                self.back_in_line(ticket, to);
            }
            Event::Transferred { ticket, from, to, counter, .. } => {
                self.leaves_desk(from, ticket, Stage::Held);
                self.back_in_line(ticket, to);
                if let Some(t) = self.tickets.get_mut(ticket) {
                    t.aim.clone_from(counter);
                }
            }
            Event::Held { ticket, counter, spent_ms } => {
                self.leaves_desk(counter, ticket, Stage::Held);
                if let Some(t) = self.tickets.get_mut(ticket) {
                    t.spent_ms = *spent_ms;
                    t.started_ms = None;
                }
            }
            Event::ServiceAdded { ticket, service } => {
                if let Some(t) = self.tickets.get_mut(ticket) {
                    t.further.push(service.clone());
                }
            }
            Event::RatingRequested { counter, session } => self.open_rating(counter, *session, at_ms),
            Event::Rated { rating, alarm, .. } => self.rated(rating, *alarm),
            Event::AlarmSeen { session } => {
                self.alarms.remove(session);
            }
            _ => {}
        }
    }

    fn desk(&mut self, counter: &str) -> &mut Desk {
        self.desks.entry(counter.to_owned()).or_default()
    }

    fn call(&mut self, event: &Event, at_ms: i64) {
        let Event::Called { ticket, call, session, priority, recall, .. } = event else { return };
        self.last_call = self.last_call.max(call.seq);
        self.calls.push_front(call.clone());
        self.calls.truncate(crate::feed::CALLS_KEPT);
        let head = self.line.is_head(ticket);
        self.move_to(ticket, Stage::Called);
        let desk = self.desk(&call.counter);
        desk.ticket = Some(*ticket);
        desk.last_call = call.seq;
        if !recall && !head {
            desk.ordinary_run = if *priority { Some(0) } else { desk.ordinary_run.map(|n| n + 1) };
        }
        if let Some(t) = self.tickets.get_mut(ticket) {
            t.counter = Some(call.counter.clone());
            t.called_ms = Some(at_ms);
            t.calls = if *recall { t.calls + 1 } else { 1 };
            if !recall {
                t.session = Some(*session);
                t.started_ms = None;
                t.spent_ms = 0;
            }
        }
        self.sessions.entry(*session).or_insert(false);
    }

    fn at_desk(&mut self, id: &Uuid, counter: &str, stage: Stage, at_ms: i64) {
        self.move_to(id, stage);
        if let Some(t) = self.tickets.get_mut(id) {
            t.counter = Some(counter.to_owned());
            t.started_ms = Some(at_ms);
        }
    }

    fn leaves_desk(&mut self, counter: &str, id: &Uuid, stage: Stage) {
        self.move_to(id, stage);
        let desk = self.desk(counter);
        if desk.ticket == Some(*id) {
            desk.ticket = None;
        }
    }

    fn back_in_line(&mut self, id: &Uuid, to: &Placed) {
        self.enter(id, to);
        if let Some(t) = self.tickets.get_mut(id) {
            t.aim = None;
            t.session = None;
            t.calls = 0;
            t.started_ms = None;
            t.spent_ms = 0;
        }
    }

    fn serve(&mut self, event: &Event) {
        let Event::Served { ticket, service, counter, started_ms, ended_ms, session, rate, next, .. } = event
        else {
            return;
        };
        self.times.entry(service.clone()).or_default().add(counter, *started_ms, *ended_ms);
        if *rate {
            self.open_rating(counter, *session, *ended_ms);
        }
        self.leaves_desk(counter, ticket, Stage::Served);
        if let Some(to) = next {
            if let Some(t) = self.tickets.get_mut(ticket) {
                t.further.retain(|s| *s != to.service);
            }
            self.back_in_line(ticket, to);
        }
    }

    /// The session of the ticket in hand may be rated; not twice.
    fn open_rating(&mut self, counter: &str, session: Uuid, at_ms: i64) {
        if self.sessions.get(&session) == Some(&true) {
            return;
        }
        let service = self.desks.get(counter).and_then(|d| d.ticket).and_then(|id| self.tickets.get(&id));
        let Some(service) = service.map(|t| t.service.clone()) else { return };
        let desk = self.desk(counter);
        desk.rating = Some(RatingOpen {
            session,
            counter: counter.to_owned(),
            service,
            officer: desk.officer.as_ref().map(|o| o.id.clone()),
            opened_ms: at_ms,
        });
    }

    fn rated(&mut self, rating: &Rated, alarm: bool) {
        self.sessions.insert(rating.session, true);
        if alarm {
            self.alarms.insert(rating.session, rating.clone());
        }
        for desk in self.desks.values_mut() {
            if desk.rating.as_ref().is_some_and(|r| r.session == rating.session) {
                desk.rating = None;
            }
        }
    }
}

/// Waiting tickets listed for one desk at most.
const LISTED: usize = 60;

/// What the officer at one desk sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskNow {
    /// The hub's clock, milliseconds UTC.
    pub unix_ms: i64,
    /// The counter.
    pub counter: CounterNow,
    /// The ticket in hand, whole.
    pub ticket: Option<DeskTicket>,
    /// Waiting for this counter, in the order of the queue; the first is not always the next, as
    /// priority has its turn. At most 60.
    pub waiting: Vec<DeskTicket>,
    /// All that wait for this counter.
    pub waiting_count: u32,
    /// The ticket that "call next" would call.
    pub next: Option<Uuid>,
    /// On hold at this counter.
    pub held: Vec<DeskTicket>,
    /// Absent and last called here, newest first.
    pub absent: Vec<DeskTicket>,
}

/// A ticket as officers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskTicket {
    /// Ticket id.
    pub ticket: Uuid,
    /// `A017`.
    pub label: String,
    /// Service code.
    pub service: String,
    /// A priority ticket.
    pub priority: bool,
    /// Where it stands.
    pub stage: Stage,
    /// When the number was taken, milliseconds UTC.
    pub issued_ms: i64,
    /// When the present stage began, as far as it is known.
    pub since_ms: i64,
    /// Calls in the present session.
    pub calls: u32,
    /// Services of the same visit still to come.
    pub further: Vec<String>,
    /// Sent to this counter by another.
    pub sent_here: bool,
}

impl DeskTicket {
    fn of(t: &Ticket) -> DeskTicket {
        let since = match t.stage {
            Stage::Serving => t.started_ms,
            Stage::Called | Stage::Absent => t.called_ms,
            _ => None,
        };
        DeskTicket {
            ticket: t.id,
            label: t.label.clone(),
            service: t.service.clone(),
            priority: t.priority,
            stage: t.stage,
            issued_ms: t.issued_ms,
            since_ms: since.unwrap_or(t.issued_ms),
            calls: t.calls,
            further: t.further.clone(),
            sent_here: t.aim.is_some(),
        }
    }
}

impl DeskNow {
    /// One desk as `state` and the clock say; `None` for a counter that does not exist.
    pub fn of(hall: &Hall, state: &State, counter: &str, now: Now) -> Option<DeskNow> {
        hall.counter(counter)?;
        let mine = |t: &&Ticket| serves(hall, counter, t);
        let line = || state.line.iter().filter_map(|id| state.ticket(id)).filter(mine);
        let last_here = |stage: Stage| {
            let mut found: Vec<&Ticket> = state
                .tickets()
                .filter(|t| t.stage == stage && t.counter.as_deref() == Some(counter))
                .collect();
            found.sort_by_key(|t| std::cmp::Reverse((t.called_ms, t.id)));
            found.into_iter().map(DeskTicket::of).collect::<Vec<_>>()
        };
        let in_hand = state.desks.get(counter).and_then(|d| d.ticket).and_then(|id| state.ticket(&id));
        Some(DeskNow {
            unix_ms: now.unix_ms,
            counter: CounterNow::of(state, counter),
            ticket: in_hand.map(DeskTicket::of),
            waiting: line().take(LISTED).map(DeskTicket::of).collect(),
            waiting_count: u32::try_from(line().count()).unwrap_or(u32::MAX),
            next: next_for(hall, state, counter).map(|t| t.id),
            held: last_here(Stage::Held),
            absent: last_here(Stage::Absent),
        })
    }
}
