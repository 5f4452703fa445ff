// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands into events or a refusal. Nothing here changes a state.

use super::*;
use crate::day::{DayStep, Now};

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
    let ended = old.map(|old| {
        let mut waiting: Vec<&Ticket> = state.tickets().filter(|t| t.stage == Stage::Waiting).collect();
        waiting.sort_by_key(|t| (t.series, t.number));
        Event::DayEnded { day: old, unserved: waiting.iter().map(|t| t.id).collect() }
    });
    ended.into_iter().chain([Event::DayOpened { day, by_hand }]).collect()
}

fn on_the_day(
    hall: &Hall,
    state: &State,
    id: Uuid,
    device: &str,
    command: &Command,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let event = match command {
        Command::OpenDay { .. } if state.closed => Event::DayReopened,
        // Opened by `turn_day`, or open already.
        Command::OpenDay { .. } | Command::Tick => return Ok(Vec::new()),
        Command::CloseDay { .. } if state.closed => return Err(Refusal::AlreadySo),
        Command::CloseDay { reason } => Event::DayClosed { reason: said(reason)? },
        Command::PauseIntake { .. } if state.intake_paused.is_some() => return Err(Refusal::AlreadySo),
        Command::PauseIntake { reason } => Event::IntakePaused { reason: said(reason)? },
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
        Command::Issue { service, priority, lang } => {
            issue(hall, state, id, device, (service, *priority, lang), now)?
        }
        Command::MarkPrint { ticket, print } => {
            let from = find(state, ticket)?.print;
            if !from.may_become(*print) {
                return Err(Refusal::PrintStep { from, to: *print });
            }
            Event::PrintMarked { ticket: *ticket, print: *print }
        }
        Command::Void { ticket, reason } => {
            waiting(state, ticket)?;
            Event::Voided { ticket: *ticket, reason: said(reason)? }
        }
        Command::Reprint { ticket, reason } => {
            let found = waiting(state, ticket)?;
            if found.print == PrintState::Printing {
                return Err(Refusal::PrintStep { from: found.print, to: PrintState::Printing });
            }
            Event::Reprinted { ticket: *ticket, copies: found.copies + 1, reason: said(reason)? }
        }
    };
    Ok(vec![event])
}

fn issue(
    hall: &Hall,
    state: &State,
    id: Uuid,
    device: &str,
    (code, priority, lang): (&str, bool, &str),
    now: Now,
) -> Result<Event, Refusal> {
    let service = known(hall, code)?;
    if let Some(refusal) = whole_hall_refusal(hall, state, now.local) {
        return Err(refusal);
    }
    if state.paused.contains_key(code) {
        return Err(Refusal::ServicePaused { service: code.to_owned() });
    }
    let count = state.count(code);
    if service.daily_cap.is_some_and(|cap| count.given >= cap) {
        return Err(Refusal::CapReached { service: code.to_owned(), given: count.given });
    }
    let label = state.next_label(service.series);
    let ahead = if priority { count.waiting_priority } else { count.waiting };
    let lang = if hall.languages.iter().any(|l| l == lang) { lang } else { hall.default_lang() };
    Ok(Event::Issued {
        ticket: Box::new(Ticket {
            id,
            // `turn_day` has opened one: the day is only missing on a state that never saw a command.
            day: state.day.unwrap_or(now.local.date()),
            series: label.series,
            number: label.number,
            label: label.to_string(),
            service: code.to_owned(),
            priority,
            lang: lang.to_owned(),
            device: device.to_owned(),
            issued_ms: now.unix_ms,
            issued_at: now.local,
            ahead,
            wait: state.wait(code, ahead),
            print: PrintState::Committed,
            copies: 1,
            stage: Stage::Waiting,
        }),
    })
}

fn known<'h>(hall: &'h Hall, code: &str) -> Result<&'h crate::hall::Service, Refusal> {
    hall.service(code).ok_or_else(|| Refusal::UnknownService { service: code.to_owned() })
}

fn find<'s>(state: &'s State, id: &Uuid) -> Result<&'s Ticket, Refusal> {
    state.ticket(id).ok_or(Refusal::UnknownTicket { ticket: *id })
}

fn waiting<'s>(state: &'s State, id: &Uuid) -> Result<&'s Ticket, Refusal> {
    let ticket = find(state, id)?;
    match ticket.stage {
        Stage::Waiting => Ok(ticket),
        stage => Err(Refusal::NotWaiting { stage }),
    }
}

fn said(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Refusal::ReasonMissing);
    }
    Ok(reason.to_owned())
}
