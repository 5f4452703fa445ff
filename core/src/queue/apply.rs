// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events into the next state. Total: an event that does not fit (a file
//! written by a newer program, say) changes as much as it can and never panics.

use super::*;

impl State {
    /// Applies one event that was committed at `at_ms`, milliseconds UTC.
    pub fn apply(&mut self, event: &Event, at_ms: i64) {
        self.last_ms = self.last_ms.max(at_ms);
        match event {
            Event::DayOpened { day, carried, alarms, .. } => self.open(*day, carried, alarms),
            Event::DayEnded { unserved, .. } => {
                for id in unserved {
                    self.move_to(id, Stage::Unserved);
                }
            }
            Event::Recovered { day, last_numbers, reason } => self.recover(*day, last_numbers, reason),
            Event::DayClosed { .. } => self.closed = true,
            Event::DayReopened => self.closed = false,
            Event::ClockDoubted { claimed } => self.doubted = Some(*claimed),
            Event::IntakePaused { reason, notice } => {
                self.intake_paused = Some(reason.clone());
                self.intake_notice.clone_from(notice);
            }
            Event::IntakeResumed => {
                (self.intake_paused, self.intake_notice) = (None, None);
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
            Event::Voided { ticket, .. } => self.move_to(ticket, Stage::Voided),
            Event::Reprinted { ticket, copies, .. } => {
                if let Some(t) = self.tickets.get_mut(ticket) {
                    t.copies = *copies;
                    // The new paper has its own fate.
                    t.print = PrintState::Committed;
                }
                self.unproved.remove(ticket);
                self.reprints.insert(*ticket);
            }
            Event::Delivered { ticket } => self.move_to(ticket, Stage::Delivered),
            Event::CarriedOver { tickets, .. } => {
                tickets.iter().for_each(|id| self.move_to(id, Stage::CarriedOver));
                self.carried.clone_from(tickets);
            }
            // Of the hall and its devices, not of its queue.
            Event::Configured { .. }
            | Event::CarriedOut { .. }
            | Event::DeviceNoted { .. }
            | Event::Apologised { .. } => {}
            desk => self.apply_desk(desk, at_ms),
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
    fn open(&mut self, day: Date, carried: &[Ticket], alarms: &[Rated]) {
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
            last_call: self.last_call,
            own_series: self.own_series,
            own_floor: self.own_floor,
            alarms: alarms.iter().map(|r| (r.session, r.clone())).collect(),
            ..State::default()
        };
        for ticket in carried {
            self.issue(ticket);
            // Given on an earlier day.
            if let Some(count) = self.services.get_mut(&ticket.service) {
                count.given = count.given.saturating_sub(1);
            }
        }
    }

    fn issue(&mut self, ticket: &Ticket) {
        let today = ticket.stage == Stage::Waiting;
        if !today {
            return;
        }
        let last = self.last_number.entry(ticket.series).or_default();
        *last = ticket.number.max(*last);
        self.arrivals = self.arrivals.max(ticket.arrival);
        self.services.entry(ticket.service.clone()).or_default().given += 1;
        // Not in the queue before it is put there.
        self.tickets.insert(ticket.id, Ticket { stage: Stage::Held, ..ticket.clone() });
        if matches!(ticket.print, PrintState::PrintFailed | PrintState::PrintUnknown) {
            self.unproved.insert(ticket.id);
        }
        let to = Placed { service: ticket.service.clone(), head: false, arrival: ticket.arrival };
        self.enter(&ticket.id, &to);
    }

    /// Into the queue.
    pub(super) fn enter(&mut self, id: &Uuid, to: &Placed) {
        self.move_to(id, Stage::Held);
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        ticket.stage = Stage::Waiting;
        ticket.service.clone_from(&to.service);
        let count = self.services.entry(to.service.clone()).or_default();
        count.waiting += 1;
        count.waiting_priority += u32::from(ticket.priority);
        self.line.enter(*id, to.head, to.arrival);
    }

    /// To a stage outside the queue.
    pub(super) fn move_to(&mut self, id: &Uuid, stage: Stage) {
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        let count = self.services.entry(ticket.service.clone()).or_default();
        if ticket.stage == Stage::Waiting {
            count.waiting = count.waiting.saturating_sub(1);
            count.waiting_priority = count.waiting_priority.saturating_sub(u32::from(ticket.priority));
            self.line.leave(id);
        }
        if stage == Stage::Voided && ticket.stage != Stage::Voided {
            count.given = count.given.saturating_sub(1);
        }
        ticket.stage = stage;
    }
}
