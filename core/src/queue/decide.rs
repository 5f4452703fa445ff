// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands into events or a refusal. Nothing here changes a state.

use super::calling::Room;
use super::*;
use crate::day::{DayStep, Now};
use crate::hall::BookingQueue;

/// Longest reason kept in the audit, characters.
const LONGEST_REASON: usize = 200;

/// Decides `command` with the id `id` for `device` at `now`. The events are to be applied in
/// order; an `Err` changes nothing.
pub fn decide(
    hall: &Hall,
    state: &State,
    id: Uuid,
    device: &str,
    command: &Command,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let mut events = turn_day(hall, state, command, now)?;
    if matches!(command, Command::OpenDay { .. }) && events.is_empty() && !state.closed {
        return Err(Refusal::AlreadySo);
    }
    // The command meets the state after the day turned. Days turn once, so the copy is rare.
    let turned;
    let state = if events.is_empty() {
        state
    } else {
        let mut next = state.clone();
        events.iter().for_each(|e| next.apply(e, now.unix_ms));
        turned = next;
        &turned
    };
    events.extend(on_the_day(hall, state, id, device, command, now)?);
    Ok(events)
}

fn turn_day(hall: &Hall, state: &State, command: &Command, now: Now) -> Result<Vec<Event>, Refusal> {
    if let Command::OpenDay { date } = command {
        let device = now.local.date();
        if *date != device {
            return Err(Refusal::OtherDate { device });
        }
        return Ok(match state.day {
            Some(day) if device <= day => Vec::new(),
            day => open_day(state, day, device, true),
        });
    }
    Ok(match day::step(hall, state.day, state.last_ms, now) {
        DayStep::Same => Vec::new(),
        DayStep::Next(date) => open_day(state, state.day, date, false),
        DayStep::Doubted(claimed) if state.doubted == Some(claimed) => Vec::new(),
        DayStep::Doubted(claimed) => vec![Event::ClockDoubted { claimed }],
    })
}

fn open_day(state: &State, old: Option<Date>, day: Date, by_hand: bool) -> Vec<Event> {
    let ended = old.map(|old| Event::DayEnded { day: old, unserved: open_tickets(state) });
    let alarms = state.alarms.values().cloned().collect();
    let opened = Event::DayOpened { day, by_hand, carried: carried(state), alarms };
    ended.into_iter().chain([opened]).collect()
}

/// Tickets that wait again on the next day.
pub(super) fn carried(state: &State) -> Vec<Ticket> {
    let carried = state.carried.iter().filter_map(|id| state.ticket(id));
    let again = (1..).zip(carried).map(|(arrival, t)| Ticket {
        stage: Stage::Waiting,
        arrival,
        counter: None,
        session: None,
        calls: 0,
        called_ms: None,
        started_ms: None,
        spent_ms: 0,
        ..t.clone()
    });
    again.collect()
}

/// Tickets that nobody has served, by label.
fn open_tickets(state: &State) -> Vec<Uuid> {
    let mut open: Vec<&Ticket> = state.tickets().filter(|t| t.stage.is_open()).collect();
    open.sort_by_key(|t| (t.series, t.number));
    open.iter().map(|t| t.id).collect()
}

fn on_the_day(
    hall: &Hall,
    state: &State,
    id: Uuid,
    device: &str,
    command: &Command,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let room = Room { hall, state, id, now };
    let event = match command {
        Command::OpenDay { .. } if state.closed => Event::DayReopened,
        // Opened by `turn_day`, or open already.
        Command::OpenDay { .. } | Command::Tick => return Ok(Vec::new()),
        Command::CloseDay { .. } if state.closed => return Err(Refusal::AlreadySo),
        Command::CloseDay { reason } => Event::DayClosed { reason: said(reason)? },
        Command::PauseIntake { .. } if state.intake_paused.is_some() => return Err(Refusal::AlreadySo),
        Command::PauseIntake { reason, notice } => {
            let notice = notice.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(said).transpose()?;
            Event::IntakePaused { reason: said(reason)?, notice }
        }
        Command::ResumeIntake if state.intake_paused.is_none() => return Err(Refusal::AlreadySo),
        Command::ResumeIntake => Event::IntakeResumed,
        Command::PauseService { service, reason } => {
            known(hall, service)?;
            if state.paused.contains_key(service) {
                return Err(Refusal::AlreadySo);
            }
            Event::ServicePaused { service: service.clone(), reason: said(reason)? }
        }
        Command::ResumeService { service } => {
            known(hall, service)?;
            if !state.paused.contains_key(service) {
                return Err(Refusal::AlreadySo);
            }
            Event::ServiceResumed { service: service.clone() }
        }
        Command::Issue { .. } => issue(&room, device, command)?,
        Command::MarkPrint { ticket, print } => {
            let from = find(state, ticket)?.print;
            if !from.may_become(*print) {
                return Err(Refusal::PrintStep { from, to: *print });
            }
            Event::PrintMarked { ticket: *ticket, print: *print }
        }
        Command::Void { ticket, reason } => {
            match find(state, ticket)?.stage {
                Stage::Waiting | Stage::Held | Stage::Absent => {}
                stage => return Err(Refusal::NotWaiting { stage }),
            }
            Event::Voided { ticket: *ticket, reason: said(reason)? }
        }
        Command::Reprint { ticket, reason } => {
            let found = waiting(state, ticket)?;
            if found.print == PrintState::Printing {
                return Err(Refusal::PrintStep { from: found.print, to: PrintState::Printing });
            }
            Event::Reprinted { ticket: *ticket, copies: found.copies + 1, reason: said(reason)? }
        }
        Command::EndDay { carry, reason } => return end_day(state, *carry, reason),
        Command::Adopt { ticket } => adopt(hall, state, device, ticket, now)?,
        // Of whatever day: a ticket may be delivered long after its own is over.
        Command::Delivered { ticket } => Event::Delivered { ticket: *ticket },
        Command::Apologise { procedure, field, days_late, new_due } => Event::Apologised {
            apology: id,
            procedure: said(procedure)?,
            field: field.as_deref().map(said).transpose()?,
            days_late: *days_late,
            new_due: *new_due,
        },
        desk => return at_the_desk(&room, desk),
    };
    Ok(vec![event])
}

fn at_the_desk(room: &Room<'_>, command: &Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::SignIn { counter, officer } => room.sign_in(counter, officer),
        Command::SignOut { counter } => room.sign_out(counter),
        Command::OpenCounter { counter } => room.set_counter(counter, CounterState::Open),
        Command::PauseCounter { counter, reason } => {
            room.set_counter(counter, CounterState::Paused { reason: reason.clone() })
        }
        Command::CloseCounter { counter } => room.set_counter(counter, CounterState::Closed),
        Command::CallNext { counter, seen } => room.call_next(counter, *seen),
        Command::CallTicket { counter, ticket } => room.call_ticket(counter, ticket),
        Command::Recall { counter } => room.recall(counter),
        Command::Start { counter } => room.start(counter),
        Command::Finish { counter } => room.finish(counter),
        Command::Absent { counter } => room.absent(counter),
        Command::Return { ticket } => room.give_back(ticket),
        Command::Transfer { counter, service, to } => {
            room.transfer(counter, service.as_deref(), to.as_deref())
        }
        Command::Hold { counter } => room.hold(counter),
        Command::Resume { counter, ticket } => room.resume(counter, ticket),
        Command::AddService { counter, service } => room.add_service(counter, service),
        Command::RequestRating { counter } => room.request_rating(counter),
        Command::Rate { rating } => room.rate(rating),
        Command::SeeAlarm { session } => room.see_alarm(session),
        // Decided by the caller.
        _ => Ok(Vec::new()),
    }
}

fn end_day(state: &State, carry: bool, reason: &str) -> Result<Vec<Event>, Refusal> {
    let reason = said(reason)?;
    let busy: Vec<String> =
        state.desks.iter().filter(|(_, d)| d.ticket.is_some()).map(|(id, _)| id.clone()).collect();
    if !busy.is_empty() {
        return Err(Refusal::DeskBusy { counters: busy });
    }
    let mut events = Vec::new();
    if carry {
        // Those on hold were at a desk already and come first.
        let held = state.tickets().filter(|t| t.stage == Stage::Held);
        let mut held: Vec<&Ticket> = held.collect();
        held.sort_by_key(|t| t.arrival);
        let tickets = held.iter().map(|t| t.id).chain(state.line.iter().copied()).collect();
        events.push(Event::CarriedOver { tickets, reason: reason.clone() });
    } else if let Some(day) = state.day {
        events.push(Event::DayEnded { day, unserved: open_tickets(state) });
    }
    for (counter, desk) in &state.desks {
        if desk.state != CounterState::Closed {
            events.push(Event::CounterClosed { counter: counter.clone() });
        }
    }
    if !state.closed {
        events.push(Event::DayClosed { reason });
    }
    Ok(events)
}

/// A number that a kiosk gave on its own while the hub was away. It was promised on paper, so caps and
/// hours are not asked again; of a day that is over only the record is kept.
fn adopt(
    hall: &Hall,
    state: &State,
    device: &str,
    offline: &OfflineTicket,
    now: Now,
) -> Result<Event, Refusal> {
    known(hall, &offline.service)?;
    if !offline.series.is_kiosk() || offline.number == 0 {
        return Err(Refusal::NotAKioskSeries);
    }
    let label = Label { series: offline.series, number: offline.number };
    let same = |t: &Ticket| t.series == label.series && t.number == label.number && t.day == offline.day;
    if state.ticket(&offline.id).is_some() {
        return Err(Refusal::AlreadySo);
    }
    if state.tickets().any(same) {
        return Err(Refusal::LabelTaken { label: label.to_string() });
    }
    let issued_ms = offline.issued_ms.min(now.unix_ms);
    // Behind whoever waits and took a number no later; who is at a desk is never displaced.
    let before = state.line.iter().rev().filter_map(|id| state.ticket(id));
    let arrival = before.filter(|t| t.issued_ms <= issued_ms).map(|t| t.arrival).next().unwrap_or(0);
    let today = state.day == Some(offline.day);
    Ok(Event::Issued {
        ticket: Box::new(Ticket {
            id: offline.id,
            day: offline.day,
            series: label.series,
            number: label.number,
            label: label.to_string(),
            service: offline.service.clone(),
            priority: offline.priority,
            lang: offline.lang.clone(),
            device: device.to_owned(),
            issued_ms,
            issued_at: offline.issued_at,
            print: offline.print,
            stage: if today { Stage::Waiting } else { Stage::Unserved },
            arrival,
            ..Ticket::blank()
        }),
    })
}

fn issue(room: &Room<'_>, device: &str, command: &Command) -> Result<Event, Refusal> {
    let Room { hall, state, id, now } = *room;
    let Command::Issue { service: code, priority, lang, person, booking } = command else {
        return Err(Refusal::AlreadySo);
    };
    let service = known(hall, code)?;
    if let Some(refusal) = whole_hall_refusal(hall, state, now.local) {
        return Err(refusal);
    }
    if state.paused.contains_key(code) {
        return Err(Refusal::ServicePaused { service: code.clone() });
    }
    if let Some(refusal) = person::refusal(hall, state, service, person.as_ref(), booking.as_deref()) {
        return Err(refusal);
    }
    let count = state.count(code);
    if service.daily_cap.is_some_and(|cap| count.given >= cap) {
        return Err(Refusal::CapReached { service: code.clone(), given: count.given });
    }
    let first = hall.bookings.as_ref().is_some_and(|b| b.queue == BookingQueue::Priority);
    let priority = *priority || (booking.is_some() && first);
    let label = state.next_label(service.series);
    let ahead = if priority { count.waiting_priority } else { count.waiting };
    let lang = if hall.languages.contains(lang) { lang } else { hall.default_lang() };
    Ok(Event::Issued {
        ticket: Box::new(Ticket {
            id,
            // `turn_day` has opened one: the day is only missing on a state that never saw a command.
            day: state.day.unwrap_or(now.local.date()),
            series: label.series,
            number: label.number,
            label: label.to_string(),
            service: code.clone(),
            priority,
            lang: lang.to_owned(),
            device: device.to_owned(),
            issued_ms: now.unix_ms,
            issued_at: now.local,
            ahead,
            wait: state.wait(code, ahead),
            arrival: state.arrivals + 1,
            ..Ticket::blank()
        }),
    })
}

fn known<'h>(hall: &'h Hall, code: &str) -> Result<&'h crate::hall::Service, Refusal> {
    hall.service(code).ok_or_else(|| Refusal::UnknownService { service: code.to_owned() })
}

pub(super) fn find<'s>(state: &'s State, id: &Uuid) -> Result<&'s Ticket, Refusal> {
    state.ticket(id).ok_or(Refusal::UnknownTicket { ticket: *id })
}

fn waiting<'s>(state: &'s State, id: &Uuid) -> Result<&'s Ticket, Refusal> {
    let ticket = find(state, id)?;
    match ticket.stage {
        Stage::Waiting => Ok(ticket),
        stage => Err(Refusal::NotWaiting { stage }),
    }
}

pub(super) fn said(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Refusal::ReasonMissing);
    }
    Ok(reason.to_owned())
}
