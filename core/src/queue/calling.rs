// SPDX-License-Identifier: MIT OR Apache-2.0
//! The decisions of the desks: who is called, and what becomes of the one who
//! was called. Nothing here changes a state.

use super::*;
use crate::day::Now;
use crate::hall::{PriorityPolicy, ReturnWithin, TransferTo};

/// What every decision of a desk looks at.
pub(super) struct Room<'a> {
    pub hall: &'a Hall,
    pub state: &'a State,
    pub id: Uuid,
    pub now: Now,
}

type Decided = Result<Vec<Event>, Refusal>;

impl<'a> Room<'a> {
    fn desk(&self, counter: &str) -> Result<Option<&'a Desk>, Refusal> {
        if self.hall.counter(counter).is_none() {
            return Err(Refusal::UnknownCounter { counter: counter.to_owned() });
        }
        Ok(self.state.desks.get(counter))
    }

    /// A desk with an officer.
    fn staffed(&self, counter: &str) -> Result<&'a Desk, Refusal> {
        self.desk(counter)?
            .filter(|d| d.officer.is_some())
            .ok_or_else(|| Refusal::NobodyAtCounter { counter: counter.to_owned() })
    }

    fn in_hand(&self, counter: &str) -> Result<(&'a Desk, &'a Ticket), Refusal> {
        let desk = self.staffed(counter)?;
        let ticket = desk.ticket.and_then(|id| self.state.ticket(&id));
        ticket.map(|t| (desk, t)).ok_or_else(|| Refusal::NothingInHand { counter: counter.to_owned() })
    }

    fn in_hand_as(&self, counter: &str, stage: Stage) -> Result<(&'a Desk, &'a Ticket), Refusal> {
        let (desk, ticket) = self.in_hand(counter)?;
        if ticket.stage == stage {
            Ok((desk, ticket))
        } else {
            Err(Refusal::WrongStage { stage: ticket.stage })
        }
    }

    fn service(&self, code: &str) -> Result<(), Refusal> {
        let unknown = || Refusal::UnknownService { service: code.to_owned() };
        self.hall.service(code).map(|_| ()).ok_or_else(unknown)
    }

    pub fn sign_in(&self, counter: &str, officer: &Officer) -> Decided {
        let present = self.desk(counter)?.and_then(|d| d.officer.as_ref());
        match present {
            Some(there) if there == officer => return Err(Refusal::AlreadySo),
            Some(there) if there.id != officer.id => {
                return Err(Refusal::CounterTaken { counter: counter.to_owned(), name: there.name.clone() });
            }
            _ => {}
        }
        let mut events = Vec::new();
        for (other, desk) in &self.state.desks {
            let same = desk.officer.as_ref().is_some_and(|o| o.id == officer.id);
            if same && other != counter {
                if let Some(ticket) = desk.ticket.and_then(|id| self.state.ticket(&id)) {
                    return Err(Refusal::TicketInHand {
                        counter: other.clone(),
                        label: ticket.label.clone(),
                    });
                }
                events.push(Event::SignedOut { counter: other.clone() });
            }
        }
        events.push(Event::SignedIn { counter: counter.to_owned(), officer: officer.clone() });
        Ok(events)
    }

    fn nothing_in_hand(&self, counter: &str) -> Result<&'a Desk, Refusal> {
        let desk = self.staffed(counter)?;
        match desk.ticket.and_then(|id| self.state.ticket(&id)) {
            Some(t) => Err(Refusal::TicketInHand { counter: counter.to_owned(), label: t.label.clone() }),
            None => Ok(desk),
        }
    }

    pub fn sign_out(&self, counter: &str) -> Decided {
        self.nothing_in_hand(counter)?;
        Ok(vec![Event::SignedOut { counter: counter.to_owned() }])
    }

    /// Open, paused or closed; a pause may come while somebody is still at the desk.
    pub fn set_counter(&self, counter: &str, to: CounterState) -> Decided {
        let desk = match to {
            CounterState::Closed => self.nothing_in_hand(counter)?,
            _ => self.staffed(counter)?,
        };
        let to = match to {
            CounterState::Paused { reason } => CounterState::Paused { reason: decide::said(&reason)? },
            other => other,
        };
        if desk.state == to {
            return Err(Refusal::AlreadySo);
        }
        let counter = counter.to_owned();
        Ok(vec![match to {
            CounterState::Open => Event::CounterOpened { counter },
            CounterState::Paused { reason } => Event::CounterPaused { counter, reason },
            CounterState::Closed => Event::CounterClosed { counter },
        }])
    }

    pub fn call_next(&self, counter: &str, seen: Option<u64>) -> Decided {
        let desk = self.staffed(counter)?;
        let held = desk.ticket.and_then(|id| self.state.ticket(&id));
        if let Some(ticket) = held {
            // Whoever has not seen the newest call asks for that one; see Command::CallNext.
            if seen.is_none_or(|seen| seen < desk.last_call) {
                return Ok(vec![Event::CallRepeated { counter: counter.to_owned(), ticket: ticket.id }]);
            }
            if ticket.stage != Stage::Serving {
                return Err(Refusal::TicketInHand {
                    counter: counter.to_owned(),
                    label: ticket.label.clone(),
                });
            }
        } else if seen.is_some_and(|seen| seen < desk.last_call) {
            return Err(Refusal::NotUpToDate);
        }
        if desk.state != CounterState::Open {
            return Err(Refusal::CounterNotOpen { counter: counter.to_owned() });
        }
        let mut events = if held.is_some() { self.finish(counter)? } else { Vec::new() };
        // A visit that goes on may be the very next at this counter: then the finish counts first.
        let after;
        let state = match events.first() {
            Some(Event::Served { next: Some(_), .. }) => {
                let mut next = self.state.clone();
                events.iter().for_each(|e| next.apply(e, self.now.unix_ms));
                after = next;
                &after
            }
            _ => self.state,
        };
        match next_for(self.hall, state, counter) {
            Some(ticket) => events.push(self.called(state, counter, ticket, false)),
            None if events.is_empty() => return Err(Refusal::NobodyWaiting { counter: counter.to_owned() }),
            // The finish stands though nobody follows.
            None => {}
        }
        Ok(events)
    }

    fn called(&self, state: &State, counter: &str, ticket: &Ticket, chosen: bool) -> Event {
        let desk = state.desks.get(counter);
        Event::Called {
            ticket: ticket.id,
            call: self.call(ticket, counter),
            session: self.id,
            service: ticket.service.clone(),
            officer: desk.and_then(|d| d.officer.as_ref()).map(|o| o.id.clone()),
            priority: ticket.priority && !state.line.is_head(&ticket.id),
            recall: false,
            chosen,
        }
    }

    fn call(&self, ticket: &Ticket, counter: &str) -> Call {
        Call {
            // Rises even after the store was lost, and when the clock goes back.
            seq: (self.state.last_call + 1).max(u64::try_from(self.now.unix_ms).unwrap_or(0)),
            label: ticket.label.clone(),
            counter: counter.to_owned(),
            at_ms: self.now.unix_ms,
        }
    }

    pub fn call_ticket(&self, counter: &str, id: &Uuid) -> Decided {
        let desk = self.staffed(counter)?;
        let ticket = decide::find(self.state, id)?;
        if desk.ticket == Some(*id) {
            return Ok(vec![Event::CallRepeated { counter: counter.to_owned(), ticket: *id }]);
        }
        self.nothing_in_hand(counter)?;
        if desk.state != CounterState::Open {
            return Err(Refusal::CounterNotOpen { counter: counter.to_owned() });
        }
        match ticket.stage {
            Stage::Waiting | Stage::Held => {}
            Stage::Absent => self.may_return(ticket)?,
            stage => return Err(Refusal::WrongStage { stage }),
        }
        if !serves(self.hall, counter, ticket) {
            return Err(Refusal::NotForCounter { counter: counter.to_owned() });
        }
        Ok(vec![self.called(self.state, counter, ticket, true)])
    }

    pub fn recall(&self, counter: &str) -> Decided {
        let (desk, ticket) = self.in_hand_as(counter, Stage::Called)?;
        let since = self.now.unix_ms.saturating_sub(ticket.called_ms.unwrap_or(0));
        let gap = i64::from(self.hall.queue.recall_seconds) * 1000;
        // A clock that went back must not silence a desk.
        if (0..gap).contains(&since) {
            let seconds = u32::try_from((gap - since + 999) / 1000).unwrap_or(1);
            return Err(Refusal::RecallTooSoon { seconds });
        }
        Ok(vec![Event::Called {
            ticket: ticket.id,
            call: self.call(ticket, counter),
            session: ticket.session.unwrap_or(self.id),
            service: ticket.service.clone(),
            officer: desk.officer.as_ref().map(|o| o.id.clone()),
            priority: false,
            recall: true,
            chosen: false,
        }])
    }

    pub fn start(&self, counter: &str) -> Decided {
        let (_, ticket) = self.in_hand_as(counter, Stage::Called)?;
        Ok(vec![Event::Started { ticket: ticket.id, counter: counter.to_owned() }])
    }

    pub fn finish(&self, counter: &str) -> Decided {
        let (desk, ticket) = self.in_hand_as(counter, Stage::Serving)?;
        let ended_ms = self.now.unix_ms;
        let started_ms = ended_ms - self.spent(ticket);
        let next = ticket.further.first().map(|service| self.placed(ticket, service));
        Ok(vec![Event::Served {
            ticket: ticket.id,
            service: ticket.service.clone(),
            counter: counter.to_owned(),
            started_ms,
            ended_ms,
            session: ticket.session.unwrap_or(self.id),
            officer: desk.officer.as_ref().map(|o| o.id.clone()),
            rate: self.hall.rating.on_finish,
            next,
        }])
    }

    /// Milliseconds at the desk in this session, holds not counted.
    fn spent(&self, ticket: &Ticket) -> i64 {
        let running = ticket.started_ms.map_or(0, |from| self.now.unix_ms.saturating_sub(from).max(0));
        ticket.spent_ms + running
    }

    /// Where a ticket that was at a desk enters the queue of `service`.
    fn placed(&self, ticket: &Ticket, service: &str) -> Placed {
        let head = self.hall.queue.transfer == TransferTo::Head;
        Placed { service: service.to_owned(), head, arrival: ticket.arrival }
    }

    pub fn absent(&self, counter: &str) -> Decided {
        let (_, ticket) = self.in_hand_as(counter, Stage::Called)?;
        let owed = (self.hall.queue.recalls_before_absent + 1).saturating_sub(ticket.calls);
        if owed > 0 {
            return Err(Refusal::RecallFirst { left: owed });
        }
        Ok(vec![Event::MarkedAbsent {
            ticket: ticket.id,
            counter: counter.to_owned(),
            session: ticket.session.unwrap_or(self.id),
        }])
    }

    fn may_return(&self, ticket: &Ticket) -> Result<(), Refusal> {
        let in_time = match self.hall.queue.return_within {
            ReturnWithin::Day => true,
            ReturnWithin::Never => false,
            ReturnWithin::HalfDay => {
                let called = ticket.called_ms.unwrap_or(ticket.issued_ms);
                let called = Now::new(called, self.hall.utc_offset_minutes, true).local;
                day::same_period(self.hall, called, self.now.local)
            }
        };
        if in_time { Ok(()) } else { Err(Refusal::ReturnExpired) }
    }

    pub fn give_back(&self, id: &Uuid) -> Decided {
        let ticket = decide::find(self.state, id)?;
        let service = ticket.service.clone();
        let to = match ticket.stage {
            // Called by mistake: the place it had.
            Stage::Called => Placed { service, head: false, arrival: ticket.arrival },
            Stage::Held => Placed { service, head: true, arrival: ticket.arrival },
            Stage::Absent => {
                self.may_return(ticket)?;
                let arrival = self.behind(ticket);
                Placed { service, head: false, arrival }
            }
            stage => return Err(Refusal::WrongStage { stage }),
        };
        Ok(vec![Event::Returned { ticket: *id, to }])
    }

    /// The place behind the first few that wait for the same service.
    fn behind(&self, ticket: &Ticket) -> u64 {
        let before = self.hall.queue.return_behind as usize;
        let same = |id: &&Uuid| self.state.ticket(id).is_some_and(|t| t.service == ticket.service);
        let ahead: Vec<&Uuid> = self.state.line.iter().filter(same).take(before).collect();
        // Never before the place it had at first.
        ahead.last().map_or(0, |id| self.state.line.place(id)).max(ticket.arrival)
    }

    pub fn transfer(&self, counter: &str, service: Option<&str>, to: Option<&str>) -> Decided {
        let (_, ticket) = self.in_hand(counter)?;
        let service = service.unwrap_or(&ticket.service);
        self.service(service)?;
        if let Some(to) = to {
            self.desk(to)?;
        }
        if service == ticket.service && to.is_none_or(|to| to == counter) {
            return Err(Refusal::AlreadySo);
        }
        Ok(vec![Event::Transferred {
            ticket: ticket.id,
            from: counter.to_owned(),
            session: ticket.session.unwrap_or(self.id),
            to: self.placed(ticket, service),
            counter: to.map(str::to_owned),
        }])
    }

    pub fn hold(&self, counter: &str) -> Decided {
        let (_, ticket) = self.in_hand(counter)?;
        let spent_ms = self.spent(ticket);
        Ok(vec![Event::Held { ticket: ticket.id, counter: counter.to_owned(), spent_ms }])
    }

    pub fn resume(&self, counter: &str, id: &Uuid) -> Decided {
        self.nothing_in_hand(counter)?;
        let ticket = decide::find(self.state, id)?;
        if ticket.stage != Stage::Held {
            return Err(Refusal::WrongStage { stage: ticket.stage });
        }
        Ok(vec![Event::Resumed { ticket: *id, counter: counter.to_owned() }])
    }

    pub fn add_service(&self, counter: &str, service: &str) -> Decided {
        let (_, ticket) = self.in_hand(counter)?;
        self.service(service)?;
        if ticket.service == service || ticket.further.iter().any(|s| s == service) {
            return Err(Refusal::ServiceThere);
        }
        Ok(vec![Event::ServiceAdded { ticket: ticket.id, service: service.to_owned() }])
    }

    pub fn request_rating(&self, counter: &str) -> Decided {
        let (desk, ticket) = self.in_hand_as(counter, Stage::Serving)?;
        let session = ticket.session.unwrap_or(self.id);
        if self.state.sessions.get(&session) == Some(&true) {
            return Err(Refusal::RatedAlready);
        }
        if desk.rating.as_ref().is_some_and(|r| r.session == session) {
            return Err(Refusal::AlreadySo);
        }
        Ok(vec![Event::RatingRequested { counter: counter.to_owned(), session }])
    }

    pub fn rate(&self, rating: &Rated) -> Decided {
        check_rating(rating)?;
        let known = self.state.sessions.get(&rating.session);
        if known == Some(&true) {
            return Err(Refusal::RatedAlready);
        }
        let alarming = |code: &String| self.hall.rating.reasons.iter().any(|r| r.alarm && r.code == *code);
        let alarm = rating.reasons.iter().any(alarming);
        Ok(vec![Event::Rated { rating: rating.clone(), late: known.is_none(), alarm }])
    }

    pub fn see_alarm(&self, session: &Uuid) -> Decided {
        if !self.state.alarms.contains_key(session) {
            return Err(Refusal::AlreadySo);
        }
        Ok(vec![Event::AlarmSeen { session: *session }])
    }
}

/// Whether a counter may call a ticket. One whose counter or service was taken out of the hall
/// meanwhile may be called by whoever is left: its paper is still in somebody's hand.
pub(super) fn serves(hall: &Hall, counter: &str, ticket: &Ticket) -> bool {
    if let Some(aim) = ticket.aim.as_deref().filter(|aim| hall.counter(aim).is_some()) {
        return aim == counter;
    }
    hall.service(&ticket.service).is_none_or(|s| s.counters.iter().any(|c| c == counter))
}

/// The one decision of "call next": heads first, then the priority policy, then arrival (I5).
pub(super) fn next_for<'s>(hall: &Hall, state: &'s State, counter: &str) -> Option<&'s Ticket> {
    let mut first_ordinary = None;
    let mut first_priority = None;
    for id in state.line.iter() {
        let Some(ticket) = state.ticket(id).filter(|t| serves(hall, counter, t)) else { continue };
        if state.line.is_head(id) {
            return Some(ticket);
        }
        let slot = if ticket.priority { &mut first_priority } else { &mut first_ordinary };
        if slot.is_none() {
            *slot = Some(ticket);
        }
        if first_ordinary.is_some() && first_priority.is_some() {
            break;
        }
    }
    let (Some(ordinary), Some(priority)) = (first_ordinary, first_priority) else {
        return first_ordinary.or(first_priority);
    };
    let priority_due = match hall.queue.priority {
        PriorityPolicy::Strict => true,
        PriorityPolicy::OneIn(n) => {
            let run = state.desks.get(counter).and_then(|d| d.ordinary_run);
            run.is_none_or(|run| run + 1 >= n)
        }
    };
    Some(if priority_due { priority } else { ordinary })
}

/// Bounds only: wording may have changed between the answer and its delivery.
fn check_rating(r: &Rated) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::BadRating { why: why.to_owned() });
    let key = |k: &str| (1..=40).contains(&k.len()) && k.bytes().all(|b| b.is_ascii_graphic());
    if !(3..=5).contains(&r.scale) {
        return bad("the scale has 3 to 5 levels");
    }
    if !(1..=r.scale).contains(&r.level) {
        return bad("the level lies outside the scale");
    }
    if r.reasons.len() > 10 || r.answers.len() > 10 {
        return bad("at most ten reasons and ten answers");
    }
    let words = [&r.code, &r.counter, &r.service].into_iter().chain(&r.reasons).chain(&r.officer);
    let answers = r.answers.iter().flat_map(|(q, a)| [q, a]);
    if !words.chain(answers).all(|k| key(k)) {
        return bad("keys are 1 to 40 plain characters");
    }
    Ok(())
}
