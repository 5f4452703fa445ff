// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose number is whose, for one business day and by nobody's name: what the
//! limits of `[cards]` are counted by, and which booking is checked in. Kept
//! beside the tickets and never in an event: events are for ever and go far.

use super::*;
use crate::citizen::Mark;
use crate::hall::Service;
use std::borrow::Cow;

/// Most bookings of one person that are looked at.
const MOST_BOOKED: usize = 50;

/// What is kept beside a ticket until its day is over.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// The service that was asked for; a transfer changes the ticket's.
    pub service: String,
    /// [`Mark::mark`], where the hall counts by person.
    pub mark: Option<String>,
    /// The booking that was checked in.
    pub booking: Option<String>,
}

/// Of debug output marks and codes are no part.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mark, booking) = (self.mark.is_some(), self.booking.is_some());
        write!(f, "Kept {{ service: {:?}, mark: {mark}, booking: {booking} }}", self.service)
    }
}

impl Kept {
    /// What is to be kept of a command that was accepted; without limits no mark.
    pub fn of(hall: &Hall, command: &Command) -> Option<Kept> {
        let Command::Issue { service, person, booking, .. } = command else { return None };
        let mark = person.as_ref().filter(|_| hall.cards.limits()).map(|p| p.mark.clone());
        let some = mark.is_some() || booking.is_some();
        some.then(|| Kept { service: service.clone(), mark, booking: booking.clone() })
    }
}

impl Command {
    /// The same without the person and the booking, for what outlives the day.
    pub fn without_person(&self) -> Cow<'_, Command> {
        match self {
            Command::Issue { service, priority, lang, person, booking }
                if person.is_some() || booking.is_some() =>
            {
                Cow::Owned(Command::Issue {
                    service: service.clone(),
                    priority: *priority,
                    lang: lang.clone(),
                    person: None,
                    booking: None,
                })
            }
            other => Cow::Borrowed(other),
        }
    }
}

/// A ticket with what is kept of it.
type Pair<'s> = (&'s Ticket, &'s Kept);

impl State {
    /// Keeps this beside a ticket of the business day.
    pub fn keep(&mut self, ticket: Uuid, kept: Kept) {
        self.kept.insert(ticket, kept);
    }

    /// Tickets of the day that hold, with what is kept of them.
    fn holding(&self) -> impl Iterator<Item = Pair<'_>> {
        let pairs = self.kept.iter().filter_map(|(id, kept)| Some((self.ticket(id)?, kept)));
        pairs.filter(|(t, _)| t.stage != Stage::Voided)
    }
}

/// Why this person gets no number for `service`, or this booking is not checked in.
pub(super) fn refusal(
    hall: &Hall,
    state: &State,
    service: &Service,
    person: Option<&Mark>,
    booking: Option<&str>,
) -> Option<Refusal> {
    if person.is_some_and(|p| !is_sound(p)) || booking.is_some_and(|b| !is_booking(b)) {
        return Some(Refusal::BadMark);
    }
    let used = booking.and_then(|code| state.holding().find(|(_, k)| k.booking.as_deref() == Some(code)));
    if let Some((ticket, _)) = used {
        return Some(Refusal::BookingUsed { label: ticket.label.clone() });
    }
    person.and_then(|person| over(hall, state, service, person, booking.is_some()))
}

/// The limits of one person. A booking is his from the start, whether he showed his card with it or not, and counts as
/// a number before it is checked in; but no booking stands in the way of another one that is checked in now.
fn over(hall: &Hall, state: &State, service: &Service, person: &Mark, checks_in: bool) -> Option<Refusal> {
    let booked = |k: &Kept| k.booking.as_ref().is_some_and(|code| person.booked.contains(code));
    let mine: Vec<Pair<'_>> =
        state.holding().filter(|(_, k)| k.mark.as_deref() == Some(&person.mark) || booked(k)).collect();
    if let Some(most) = hall.cards.per_service {
        let same = mine.iter().filter(|(_, k)| k.service == service.code);
        if same.clone().count() >= most as usize
            && let Some((ticket, _)) = same.max_by_key(|(t, _)| (t.series, t.number))
        {
            return Some(Refusal::PersonService {
                service: service.code.clone(),
                label: ticket.label.clone(),
            });
        }
    }
    let open = |code: &&String| !mine.iter().any(|(_, k)| k.booking.as_ref() == Some(*code));
    let still = if checks_in { 0 } else { person.booked.iter().filter(open).count() };
    let given = u32::try_from(mine.len() + still).unwrap_or(u32::MAX);
    hall.cards.per_day.is_some_and(|most| given >= most).then_some(Refusal::PersonDay { given })
}

/// Whether this can be a mark; anything else may be a number in the clear.
fn is_sound(person: &Mark) -> bool {
    person.mark.len() == 64
        && person.mark.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && person.booked.len() <= MOST_BOOKED
        && person.booked.iter().all(|code| is_booking(code))
}

/// A code in capitals.
fn is_booking(code: &str) -> bool {
    crate::scan::is_code(code) && !code.bytes().any(|b| b.is_ascii_lowercase())
}
