// SPDX-License-Identifier: MIT OR Apache-2.0
//! What cards, codes and answers do to a session: whose card it is, which
//! booking is checked in, where a dossier is.

use super::entry::Typing;
use super::help::{Page, Regret};
use super::*;
use crate::citizen::{
    Away, Booked, BookingKey, CardFacts, CardNews, CardTrouble, ChipKey, DossierAnswer, Proof,
};
use crate::hall::{BookingQueue, CardRead, SecondFactor};
use crate::scan::{PersonalDate, Scan, Unknown};
use crate::view::{Asking, EntryKind, Purpose, ReaderNow, ReaderWhat, SorryDeed, SorryReason, Unfit};
use jiff::ToSpan;

/// What the card is for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Errand {
    /// Nothing yet.
    #[default]
    None,
    /// A number for this service.
    Number(String),
    /// A booking.
    Booking,
}

/// Why a scan is of no use, in the citizen's terms.
fn unfit(why: Unknown) -> Unfit {
    match why {
        Unknown::HealthInsurance => Unfit::HealthInsurance,
        Unknown::OldNumber => Unfit::OldCard,
        Unknown::Empty | Unknown::Garbled | Unknown::CardIncomplete | Unknown::MrzDamaged => Unfit::Again,
        Unknown::Own => Unfit::Ticket,
        Unknown::Payment => Unfit::Payment,
        _ => Unfit::Other,
    }
}

/// Whose card a scan is, with what opens its chip.
fn card_of(scan: &Scan) -> Option<(CardFacts, Option<ChipKey>)> {
    match scan {
        Scan::Card(card) => Some((CardFacts::of_code(card), Some(ChipKey::Code(card.clone())))),
        Scan::Mrz(mrz) => Some((CardFacts::of_zone(mrz), Some(ChipKey::Zone(mrz.clone())))),
        Scan::Number(number) => {
            let birth = PersonalDate::new(number.birth_year(), 0, 0)?;
            Some((CardFacts { number: number.clone(), name: None, birth, how: Proof::Code }, None))
        }
        _ => None,
    }
}

impl Session {
    /// Somebody held something before the scanner.
    pub(super) fn scanned(&mut self, scan: Scan, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let reader = match &self.step {
            Step::Home => None,
            Step::Help(Page::List { .. } | Page::Search { .. } | Page::Procedure { .. }) => None,
            Step::Help(Page::Reader { what, .. }) => Some(*what),
            _ => return None,
        };
        self.touched_by_hand();
        match reader {
            None => self.unasked(scan, fresh),
            Some(ReaderWhat::Card | ReaderWhat::Chip) => {
                self.card_code(&scan);
                None
            }
            Some(what) => self.code(what, scan, fresh),
        }
    }

    /// A code that nobody asked for: a receipt or a confirmation leads to what it is about.
    fn unasked(&mut self, scan: Scan, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let offers = self.offers();
        match scan {
            Scan::Dossier(code) if offers.dossier => self.ask_dossier(code, fresh),
            Scan::Booking(code) if offers.booking && self.serving() => {
                self.visit.errand = Errand::Booking;
                Some(self.ask_booking(&code, fresh()))
            }
            Scan::Procedure(code) if offers.papers => {
                // With the suffix of an agency it is the same procedure.
                let code = code.get(..8).unwrap_or(&code).to_owned();
                if self.procedures.get(&code).is_some() {
                    self.open(Page::Procedure { code, paper: None });
                } else {
                    self.sorry(SorryReason::NoProcedure, code, SorryDeed::Home);
                }
                None
            }
            // Nothing is read of a card before its holder has agreed: the scan is dropped, and he is asked.
            Scan::Card(_) | Scan::Mrz(_) | Scan::Number(_)
                if self.step == Step::Home && self.asks_for_card() && self.serving() =>
            {
                self.open(Page::Consent(Purpose::Number));
                None
            }
            _ => None,
        }
    }

    /// A code that says by itself what is wanted, and that is offered here.
    fn leads_somewhere(&self, scan: &Scan) -> bool {
        let offers = self.offers();
        match scan {
            Scan::Dossier(_) => offers.dossier,
            Scan::Booking(_) => offers.booking && self.serving(),
            Scan::Procedure(_) => offers.papers,
            _ => false,
        }
    }

    /// A booking's or a dossier's code was wanted.
    fn code(&mut self, what: ReaderWhat, scan: Scan, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let why = match (what, scan) {
            (ReaderWhat::Booking, Scan::Booking(code) | Scan::Code(code)) => {
                return Some(self.ask_booking(&code, fresh()));
            }
            (ReaderWhat::Receipt, Scan::Dossier(code) | Scan::Code(code)) => {
                return self.ask_dossier(code, fresh);
            }
            // Another code of the hall's: it is clear what is wanted.
            (_, scan) if self.leads_somewhere(&scan) => {
                self.visit.errand = Errand::None;
                return self.unasked(scan, fresh);
            }
            (_, Scan::Card(_) | Scan::Mrz(_) | Scan::Number(_)) => Unfit::Card,
            (_, Scan::Unknown(why)) => unfit(why),
            _ => Unfit::Other,
        };
        self.reader_says(ReaderNow::Unfit(why));
        None
    }

    /// The code on a card was wanted.
    fn card_code(&mut self, scan: &Scan) {
        let Some((facts, key)) = card_of(scan) else {
            let why = match scan {
                Scan::Unknown(why) => unfit(*why),
                _ => Unfit::NotACard,
            };
            return self.reader_says(ReaderNow::Unfit(why));
        };
        self.visit.card = Some(facts);
        let chip = self.hall.cards.read == CardRead::Chip && self.abilities.card;
        let page = match key.filter(|_| chip) {
            Some(key) => Page::Reader { what: ReaderWhat::Chip, now: ReaderNow::Waiting, key: Some(key) },
            None => Page::Card,
        };
        self.open(page);
    }

    fn reader_says(&mut self, said: ReaderNow) {
        if let Step::Help(Page::Reader { now, .. }) = &mut self.step {
            *now = said;
        }
    }

    /// News of the card reader.
    pub(super) fn card_news(&mut self, news: CardNews) {
        let Step::Help(Page::Reader { what: ReaderWhat::Chip, now, .. }) = &mut self.step else { return };
        match news {
            CardNews::Laid => *now = ReaderNow::Reading,
            CardNews::Gone if *now == ReaderNow::Reading => *now = ReaderNow::Waiting,
            CardNews::Gone => {}
            CardNews::Read(facts) => {
                self.visit.card = Some(*facts);
                self.open(Page::Card);
            }
            // The device is the trouble: its printed code has to do.
            CardNews::Failed(CardTrouble::Reader) => self.open(Page::Card),
            CardNews::Failed(trouble) => *now = ReaderNow::Trouble(trouble),
        }
        self.touched_by_hand();
    }

    /// A card would be of use for a number: the hall counts by it, or gives priority by it.
    pub(super) fn asks_for_card(&self) -> bool {
        let cards = &self.hall.cards;
        self.reads_cards() && (self.hall.cards.limits() || cards.priority_from.is_some())
    }

    /// Whose number is counted: nobody's where the hall does not limit them.
    pub(super) fn person(&self) -> Option<PersonalNumber> {
        self.hall.cards.limits().then(|| self.visit.card.as_ref().map(|c| c.number.clone())).flatten()
    }

    /// The card says an age that goes first here.
    pub(super) fn goes_first_by_age(&self) -> bool {
        let today = self.now.local.date();
        let age =
            self.visit.card.as_ref().filter(|c| c.how != Proof::Failed).and_then(|c| c.birth.age(today));
        age.zip(self.hall.cards.priority_from).is_some_and(|(age, from)| age >= u16::from(from))
    }

    /// The chip did not pass its check: nothing it says counts.
    pub(super) fn card_failed(&self) -> bool {
        self.visit.card.as_ref().is_some_and(|c| c.how == Proof::Failed)
    }

    /// What was read is his.
    pub(super) fn card_accepted(&mut self, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let number = self.visit.card.as_ref()?.number.clone();
        let counts = self.hall.cards.limits() && self.hall.bookings.is_some();
        if self.visit.errand == Errand::Booking || counts {
            let ask = fresh();
            self.open(Page::Asking { ask, what: Asking::Bookings });
            return Some(Effect::Bookings { ask, by: BookingKey::Card(number) });
        }
        self.go_on(fresh)
    }

    /// On to what the card was for.
    pub(super) fn go_on(&mut self, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        match self.visit.errand.clone() {
            Errand::Number(service) => {
                let from = self.visit.from.clone();
                self.priority_or_number(service, from, fresh)
            }
            Errand::None | Errand::Booking => {
                self.visit.trail.clear();
                self.step = Step::Services(Browse::default());
                None
            }
        }
    }

    pub(super) fn ask_booking(&mut self, code: &str, ask: Uuid) -> Effect {
        self.open(Page::Asking { ask, what: Asking::Bookings });
        Effect::Bookings { ask, by: BookingKey::Code(code.to_ascii_uppercase()) }
    }

    /// Bookings came.
    pub(super) fn bookings(&mut self, id: Uuid, found: Result<Vec<Booked>, Away>) -> Option<Effect> {
        let Step::Help(Page::Asking { ask, what: Asking::Bookings }) = &self.step else { return None };
        if *ask != id {
            return None;
        }
        if self.visit.card.is_some() {
            self.visit.booked = found.iter().flatten().map(|b| b.code.clone()).collect();
        }
        if self.visit.errand != Errand::Booking {
            // The id was made at the touch that asked.
            return self.go_on(|| id);
        }
        match found {
            Err(_) => self.sorry(SorryReason::HubAway, "", SorryDeed::Again),
            Ok(found) if found.is_empty() => self.sorry(SorryReason::NoBooking, "", SorryDeed::Again),
            Ok(found) => self.open(Page::Bookings { found, first: 0 }),
        }
        None
    }

    /// A booking was chosen.
    pub(super) fn check_in(&mut self, booked: &Booked, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let rules = self.hall.bookings.as_ref()?;
        let (today, time) = (self.now.local.date(), self.now.local.time());
        let from = booked.from.saturating_sub(i64::from(rules.early_minutes).minutes());
        let to = booked.to.saturating_add(i64::from(rules.late_minutes).minutes());
        let span = format!("{}–{}", clock(booked.from), clock(booked.to));
        if time < from {
            let opens = Some(today.to_datetime(from));
            let regret = Regret { opens, ..Regret::new(SorryReason::BookingEarly, span, SorryDeed::Home) };
            self.open(Page::Sorry(regret));
            return None;
        }
        if time > to {
            self.sorry(SorryReason::BookingLate, span, SorryDeed::TakeNumber);
            return None;
        }
        self.visit.booking = Some(booked.code.clone());
        let service = booked.service.clone().or_else(|| self.service_of(booked.procedure.as_deref()?));
        if let Step::Help(here) = std::mem::replace(&mut self.step, Step::Home) {
            self.visit.trail.push(here);
        }
        match service {
            Some(service) => self.want_number(service, Browse::default(), fresh),
            None => {
                self.step = Step::Services(Browse::default());
                None
            }
        }
    }

    /// The booking that is checked in goes first by the hall's rule.
    pub(super) fn booking_goes_first(&self) -> bool {
        self.visit.booking.is_some()
            && self.hall.bookings.as_ref().is_some_and(|b| b.queue == BookingQueue::Priority)
    }

    pub(super) fn ask_dossier(&mut self, code: String, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let rules = self.hall.dossiers.as_ref()?;
        if rules.second_factor == SecondFactor::None {
            return Some(self.asking_dossier(code, None, fresh()));
        }
        self.visit.dossier = Some(code);
        self.open(Page::Entry(Typing::new(EntryKind::Factor)));
        None
    }

    pub(super) fn asking_dossier(&mut self, code: String, factor: Option<Personal>, ask: Uuid) -> Effect {
        self.visit.dossier = Some(code.clone());
        self.open(Page::Asking { ask, what: Asking::Dossier });
        Effect::Dossier { ask, code, factor }
    }

    /// A dossier came.
    pub(super) fn dossier(&mut self, id: Uuid, answer: DossierAnswer) {
        let Step::Help(Page::Asking { ask, what: Asking::Dossier }) = &self.step else { return };
        if *ask != id {
            return;
        }
        let code = self.visit.dossier.take().unwrap_or_default();
        match answer {
            DossierAnswer::Found(now) => self.open(Page::Dossier { now, paper: None }),
            DossierAnswer::Unknown => self.sorry(SorryReason::NoDossier, code, SorryDeed::Again),
            DossierAnswer::Away(_) => self.sorry(SorryReason::DossierAway, "", SorryDeed::Again),
        }
    }

    /// Feedback is kept: what was written is forgotten, its code stands on screen and paper.
    pub(super) fn feedback_kept(&mut self, id: Uuid, code: Option<String>) -> Option<Effect> {
        let Step::Help(Page::Asking { ask, what: Asking::Feedback }) = &self.step else { return None };
        if *ask != id {
            return None;
        }
        let Some(code) = code else {
            self.sorry(SorryReason::NotKept, "", SorryDeed::Again);
            return None;
        };
        let visit = std::mem::take(&mut self.visit);
        let kind = visit.feedback.map(|(kind, _)| kind)?;
        let paper = self.printer.fault.map_or(PaperStep::Printing, PaperStep::OnScreen);
        let page = Page::Kept { ask: id, code: code.clone(), kind, with_contact: visit.with_contact, paper };
        self.step = Step::Help(page);
        self.touched_by_hand();
        let lang = self.prefs.lang.clone();
        let print = Effect::Print { ask: id, paper: Box::new(Paper::Receipt { code, kind }), lang };
        self.printer.fault.is_none().then_some(print)
    }

    /// Refusals that are about the person or the booking.
    pub(super) fn refused_person(&mut self, refusal: &Refusal) -> bool {
        let (reason, about, main) = match refusal {
            Refusal::PersonDay { given } => (SorryReason::PersonDay, given.to_string(), SorryDeed::Home),
            Refusal::PersonService { label, .. } => {
                (SorryReason::PersonService, label.clone(), SorryDeed::Home)
            }
            Refusal::BookingUsed { label } => (SorryReason::BookingUsed, label.clone(), SorryDeed::Home),
            _ => return false,
        };
        self.visit.trail.clear();
        self.sorry(reason, about, main);
        true
    }
}

/// `08:30`.
pub(super) fn clock(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}
