// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events into the next state. Total: an event that does not fit (a file
//! written by a newer program, say) changes as much as it can and never panics.

use super::*;

impl State {
    /// Applies one event that was committed at `at_ms`, milliseconds UTC.
    pub fn apply(&mut self, event: &Event, at_ms: i64) {
        self.last_ms = self.last_ms.max(at_ms);
        match event {
            Event::DayOpened { day, .. } => self.open(*day),
            Event::DayEnded { unserved, .. } => {
                for id in unserved {
                    self.leave(id, Stage::Unserved);
                }
            }
            Event::Recovered { day, last_numbers, reason } => self.recover(*day, last_numbers, reason),
            Event::DayClosed { .. } => self.closed = true,
            Event::DayReopened => self.closed = false,
            Event::ClockDoubted { claimed } => self.doubted = Some(*claimed),
            Event::IntakePaused { reason } => self.intake_paused = Some(reason.clone()),
            Event::IntakeResumed => {
                self.intake_paused = None;
                self.recovered = false;
            }
            Event::ServicePaused { service, reason } => {
                self.paused.insert(service.clone(), reason.clone());
            }
            Event::ServiceResumed { service } => {
                self.paused.remove(service);
            }
            Event::Issued { ticket } => self.issue(ticket),
            Event::PrintMarked { ticket, print } => {
                if let Some(t) = self.tickets.get_mut(ticket) {
                    t.print = *print;
                }
                self.reprints.remove(ticket);
                if matches!(print, PrintState::PrintFailed | PrintState::PrintUnknown) {
                    self.unproved.insert(*ticket);
                } else {
                    self.unproved.remove(ticket);
                }
            }
            Event::Voided { ticket, .. } => self.leave(ticket, Stage::Voided),
            Event::Reprinted { ticket, copies, .. } => {
                if let Some(t) = self.tickets.get_mut(ticket) {
                    t.copies = *copies;
                    // The new paper has its own fate.
                    t.print = PrintState::Committed;
                }
                self.unproved.remove(ticket);
                self.reprints.insert(*ticket);
            }
            Event::Served { ticket, service, counter, started_ms, ended_ms } => {
                self.leave(ticket, Stage::Served);
                self.times.entry(service.clone()).or_default().add(counter, *started_ms, *ended_ms);
            }
        }
    }

    fn recover(&mut self, day: Option<Date>, last_numbers: &BTreeMap<Series, u32>, reason: &str) {
        self.day = day;
        self.intake_paused = Some(reason.to_owned());
        self.recovered = true;
        match day {
            Some(_) => self.last_number = last_numbers.clone(),
            None => self.lost_numbers = last_numbers.clone(),
        }
    }

    /// A new day: numbers start at one, pauses end, service times stay for the estimate.
    fn open(&mut self, day: Date) {
        // The first day after a lost store may be the lost day itself: its numbers hold, and so
        // does its pause until a person ends it.
        let intake_paused = if self.recovered { self.intake_paused.take() } else { None };
        *self = State {
            day: Some(day),
            last_ms: self.last_ms,
            last_number: std::mem::take(&mut self.lost_numbers),
            intake_paused,
            recovered: self.recovered,
            times: std::mem::take(&mut self.times),
            ..State::default()
        };
    }

    fn issue(&mut self, ticket: &Ticket) {
        let last = self.last_number.entry(ticket.series).or_default();
        *last = ticket.number.max(*last);
        let count = self.services.entry(ticket.service.clone()).or_default();
        count.given += 1;
        count.waiting += 1;
        count.waiting_priority += u32::from(ticket.priority);
        self.tickets.insert(ticket.id, ticket.clone());
    }

    fn leave(&mut self, id: &Uuid, stage: Stage) {
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        if ticket.stage != Stage::Waiting {
            return;
        }
        ticket.stage = stage;
        let count = self.services.entry(ticket.service.clone()).or_default();
        count.waiting = count.waiting.saturating_sub(1);
        count.waiting_priority = count.waiting_priority.saturating_sub(u32::from(ticket.priority));
        if stage == Stage::Voided {
            count.given = count.given.saturating_sub(1);
        }
    }
}
