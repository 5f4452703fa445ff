// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall's events in the words of the link. One to one, because an event's
//! number in the lane is its number in the hall. Nothing personal passes: an
//! officer is a key, what staff typed is blotted.

use motcua_core::queue::{DeviceNews, Event, PrintState, Ticket};
use motcua_link::data::*;
use std::collections::BTreeMap;

/// What the central is told of `event`.
pub(super) fn body(event: &Event) -> Body {
    match event {
        Event::DayOpened { day, by_hand, carried, .. } => DayOpened {
            day: day.to_string(),
            by_hand: *by_hand,
            // The outbox knows it.
            name: None,
            carried: carried.iter().map(|t| t.id).collect(),
        }
        .into(),
        Event::DayEnded { day, unserved } => {
            DayEnded { day: day.to_string(), unserved: unserved.clone() }.into()
        }
        Event::CarriedOver { tickets, reason } => {
            DayCarriedOver { tickets: tickets.clone(), reason: blot(reason) }.into()
        }
        Event::Recovered { .. } | Event::ClockDoubted { .. } | Event::DeviceNoted { .. } => audit(event),
        Event::DayClosed { reason } => paused(None, true, reason),
        Event::IntakePaused { reason, .. } => paused(None, false, reason),
        Event::ServicePaused { service, reason } => paused(Some(service.clone()), false, reason),
        Event::DayReopened | Event::IntakeResumed => IntakeResumed { service: None }.into(),
        Event::ServiceResumed { service } => IntakeResumed { service: Some(service.clone()) }.into(),
        Event::Issued { ticket } => issued(ticket).into(),
        Event::PrintMarked { ticket, print } => {
            TicketPaper { ticket: *ticket, state: paper(*print), copies: None }.into()
        }
        Event::Reprinted { ticket, copies, .. } => {
            TicketPaper { ticket: *ticket, state: Paper::Committed, copies: Some(*copies) }.into()
        }
        Event::Voided { ticket, reason } => TicketVoided { ticket: *ticket, reason: blot(reason) }.into(),
        Event::Delivered { ticket } => TicketDelivered { ticket: *ticket }.into(),
        Event::Configured { digest, central, by, refused } => ConfigReported {
            document: "hall".into(),
            version: *central,
            digest: digest.clone(),
            applied: refused.is_none(),
            detail: Some(refused.clone().unwrap_or_else(|| by.clone())),
        }
        .into(),
        Event::CarriedOut { command, done, detail } => {
            CommandReported { command: *command, done: *done, detail: detail.as_deref().map(blot) }.into()
        }
        Event::Apologised { apology, procedure, field, days_late, new_due } => DossierApologyPrinted {
            apology: *apology,
            procedure: blot_code(procedure),
            field: field.as_deref().map(blot_code),
            days_late: *days_late,
            new_due: new_due.map(|d| d.to_string()),
        }
        .into(),
        Event::SignedIn { .. }
        | Event::SignedOut { .. }
        | Event::CounterOpened { .. }
        | Event::CounterPaused { .. }
        | Event::CounterClosed { .. } => counter(event),
        other => at_the_desk(other),
    }
}

/// What happens to one ticket at a desk, and what its citizen says of it.
fn at_the_desk(event: &Event) -> Body {
    match event {
        Event::Called { ticket, call, session, service, officer, recall, chosen, .. } => CallMade {
            ticket: *ticket,
            session: *session,
            label: call.label.clone(),
            counter: call.counter.clone(),
            service: service.clone(),
            officer: officer.clone(),
            sequence: call.seq,
            recall: *recall,
            chosen: *chosen,
        }
        .into(),
        Event::CallRepeated { counter, ticket } => {
            CallRepeated { ticket: *ticket, counter: counter.clone() }.into()
        }
        Event::Started { ticket, counter } => {
            ServiceStarted { ticket: *ticket, counter: counter.clone() }.into()
        }
        Event::Served { ticket, service, counter, started_ms, ended_ms, session, officer, next, .. } => {
            ServiceFinished {
                ticket: *ticket,
                session: *session,
                service: service.clone(),
                counter: counter.clone(),
                officer: officer.clone(),
                started_ms: *started_ms,
                ended_ms: *ended_ms,
                next: next.as_ref().map(|p| p.service.clone()),
            }
            .into()
        }
        Event::MarkedAbsent { ticket, counter, session } => {
            TicketAbsent { ticket: *ticket, session: *session, counter: counter.clone() }.into()
        }
        Event::Returned { ticket, to } => {
            TicketReturned { ticket: *ticket, service: to.service.clone() }.into()
        }
        Event::Transferred { ticket, from, session, to, counter } => TicketTransferred {
            ticket: *ticket,
            session: *session,
            from: from.clone(),
            service: to.service.clone(),
            counter: counter.clone(),
        }
        .into(),
        Event::Held { ticket, counter, .. } => {
            TicketHeld { ticket: *ticket, counter: counter.clone() }.into()
        }
        Event::Resumed { ticket, counter } => {
            TicketResumed { ticket: *ticket, counter: counter.clone() }.into()
        }
        Event::ServiceAdded { ticket, service } => {
            TicketServiceAdded { ticket: *ticket, service: service.clone() }.into()
        }
        Event::RatingRequested { counter, session } => {
            RatingAsked { counter: counter.clone(), session: *session }.into()
        }
        Event::AlarmSeen { session } => RatingAlarmSeen { session: *session }.into(),
        Event::Rated { rating, late, alarm } => {
            let answers = rating.answers.iter();
            let answer = |(question, answer): &(String, String)| RatingAnswer {
                question: question.clone(),
                answer: answer.clone(),
            };
            RatingGiven {
                session: rating.session,
                counter: rating.counter.clone(),
                service: rating.service.clone(),
                officer: rating.officer.clone(),
                level: rating.level,
                scale: rating.scale,
                code: rating.code.clone(),
                reasons: rating.reasons.clone(),
                answers: answers.map(answer).collect(),
                partial: rating.partial,
                late: *late,
                alarm: *alarm,
            }
            .into()
        }
        // `body` has taken all others; a new event is noticed by the test that maps every kind.
        other => noted(other.kind(), "an event that this program has no words for", BTreeMap::new()),
    }
}

/// A code as it is; whatever else was put in its place is blotted.
fn blot_code(code: &str) -> String {
    let longest = code.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    if longest < 8 { code.to_owned() } else { blot(code) }
}

fn issued(ticket: &Ticket) -> TicketIssued {
    TicketIssued {
        ticket: ticket.id,
        day: ticket.day.to_string(),
        label: ticket.label.clone(),
        service: ticket.service.clone(),
        priority: ticket.priority,
        lang: ticket.lang.clone(),
        device: ticket.device.clone(),
        issued_ms: ticket.issued_ms,
        ahead: ticket.ahead,
    }
}

fn paused(service: Option<String>, for_today: bool, reason: &str) -> Body {
    IntakePaused { service, for_today, reason: blot(reason) }.into()
}

fn paper(print: PrintState) -> Paper {
    match print {
        PrintState::Committed => Paper::Committed,
        PrintState::Printing => Paper::Printing,
        PrintState::Printed => Paper::Printed,
        PrintState::PrintFailed => Paper::Failed,
        PrintState::PrintUnknown => Paper::Unknown,
    }
}

fn counter(event: &Event) -> Body {
    let (counter, change, officer, reason) = match event {
        Event::SignedIn { counter, officer } => {
            (counter, CounterChange::SignedIn, Some(officer.id.clone()), None)
        }
        Event::CounterOpened { counter } => (counter, CounterChange::Opened, None, None),
        Event::CounterPaused { counter, reason } => {
            (counter, CounterChange::Paused, None, Some(blot(reason)))
        }
        Event::CounterClosed { counter } => (counter, CounterChange::Closed, None, None),
        Event::SignedOut { counter } => (counter, CounterChange::SignedOut, None, None),
        other => return at_the_desk(other),
    };
    CounterChanged { counter: counter.clone(), change, officer, reason }.into()
}

fn audit(event: &Event) -> Body {
    match event {
        Event::Recovered { day, last_numbers, reason } => {
            let mut facts: BTreeMap<String, String> =
                last_numbers.iter().map(|(series, n)| (format!("last-{series}"), n.to_string())).collect();
            facts.extend(day.map(|d| ("day".into(), d.to_string())));
            noted("database-recovered", reason, facts)
        }
        Event::ClockDoubted { claimed } => noted(
            "clock-doubted",
            "the device's clock claims a day that is not believed",
            BTreeMap::from([("claimed".into(), claimed.to_string())]),
        ),
        Event::DeviceNoted { device, what, detail } => {
            let what = match what {
                DeviceNews::Enrolled => "device-enrolled",
                DeviceNews::Revoked => "device-revoked",
                DeviceNews::Cloned => "cloned-device",
            };
            noted(what, detail, BTreeMap::from([("device".into(), device.clone())]))
        }
        other => at_the_desk(other),
    }
}

fn noted(what: &str, detail: &str, facts: BTreeMap<String, String>) -> Body {
    AuditNoted { what: what.to_owned(), detail: blot(detail), facts }.into()
}
