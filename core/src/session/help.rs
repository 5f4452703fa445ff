// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages on which a citizen helps himself, and the way between them. What a
//! card, a code or an answer of the hub does stands in `errand`; how a page looks
//! in `show_help`.

use super::entry::Typing;
use super::errand::Errand;
use super::*;
use crate::citizen::{Booked, CardFacts, ChipKey, DossierNow, Feedback, FeedbackKind};
use crate::hall::CardRead;
use crate::view::{
    Asking, EntryKind, ListKind, Offers, Purpose, ReaderNow, ReaderWhat, SorryDeed, SorryReason,
};

/// Longest search text, characters.
const LONGEST_SEARCH: usize = 40;
/// Most procedures that a search shows.
pub(super) const MOST_FOUND: usize = 24;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Page {
    /// A list, from this row on.
    List {
        kind: ListKind,
        of: String,
        first: usize,
    },
    Bookings {
        found: Vec<Booked>,
        first: usize,
    },
    Search {
        query: String,
        found: Vec<String>,
    },
    Procedure {
        code: String,
        paper: Option<(Uuid, PaperStep)>,
    },
    Question(usize),
    Plan,
    Hours,
    Post,
    Fee(usize),
    Entry(Typing),
    Reader {
        what: ReaderWhat,
        now: ReaderNow,
        key: Option<ChipKey>,
    },
    Consent(Purpose),
    Card,
    Dossier {
        now: Box<DossierNow>,
        paper: Option<(Uuid, PaperStep)>,
    },
    Asking {
        ask: Uuid,
        what: Asking,
    },
    Sorry(Regret),
    Kept {
        ask: Uuid,
        code: String,
        kind: FeedbackKind,
        with_contact: bool,
        paper: PaperStep,
    },
}

/// Nothing came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Regret {
    pub reason: SorryReason,
    pub about: String,
    pub opens: Option<jiff::civil::DateTime>,
    pub main: SorryDeed,
}

impl Regret {
    pub(super) fn new(reason: SorryReason, about: impl Into<String>, main: SorryDeed) -> Regret {
        Regret { reason, about: about.into(), opens: None, main }
    }
}

/// All that is known of a citizen besides the page he is on; dropping it forgets it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Visit {
    pub trail: Vec<Page>,
    pub from: Browse,
    pub errand: Errand,
    pub card: Option<CardFacts>,
    pub booked: Vec<String>,
    pub booking: Option<String>,
    pub dossier: Option<String>,
    pub feedback: Option<(FeedbackKind, Option<Personal>)>,
    pub with_contact: bool,
    /// The first row of a sheet that is shown.
    pub first: usize,
}

impl Page {
    pub(super) fn list(kind: ListKind) -> Page {
        Page::List { kind, of: String::new(), first: 0 }
    }

    pub(super) fn reader(what: ReaderWhat) -> Page {
        Page::Reader { what, now: ReaderNow::Waiting, key: None }
    }

    fn entry(kind: EntryKind) -> Page {
        Page::Entry(Typing::new(kind))
    }

    /// "Back" may lead here again.
    fn stays(&self) -> bool {
        match self {
            Page::Reader { what, .. } => matches!(what, ReaderWhat::Booking | ReaderWhat::Receipt),
            Page::Card | Page::Asking { .. } | Page::Sorry(_) | Page::Kept { .. } => false,
            _ => true,
        }
    }
}

impl Session {
    /// What the home screen offers besides a number.
    pub(super) fn offers(&self) -> Offers {
        Offers {
            papers: !self.procedures.is_empty(),
            booking: self.hall.bookings.is_some(),
            dossier: self.hall.dossiers.is_some(),
            feedback: self.hall.feedback.is_some(),
        }
    }

    /// Goes to a page; "back" leads to the present one where that makes sense.
    pub(super) fn open(&mut self, page: Page) {
        self.visit.first = 0;
        if let Step::Help(here) = std::mem::replace(&mut self.step, Step::Help(page))
            && here.stays()
        {
            self.visit.trail.push(here);
        }
    }

    pub(super) fn sorry(&mut self, reason: SorryReason, about: impl Into<String>, main: SorryDeed) {
        self.open(Page::Sorry(Regret::new(reason, about, main)));
    }

    /// One page back; home when there is none.
    pub(super) fn page_back(&mut self) -> Step {
        self.visit.first = 0;
        match self.visit.trail.pop() {
            Some(page) => Step::Help(page),
            None if matches!(self.visit.errand, Errand::Number(_)) => {
                self.visit.errand = Errand::None;
                Step::Services(self.visit.from.clone())
            }
            None => {
                self.visit = Visit::default();
                self.prefs = default_prefs(&self.hall);
                Step::Home
            }
        }
    }

    /// A finger on a page, or on a tile of the home screen that leads to one.
    pub(super) fn helped(&mut self, intent: Intent, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        match (intent, &mut self.step) {
            (intent, Step::Home) => self.begin(&intent),
            // Nobody answers about the number: he may leave it, and ask other things.
            (Intent::Information, Step::Preparing { late: true, .. }) => {
                self.leave();
                self.begin(&Intent::Information)
            }
            (Intent::Choose(code), Step::Help(_)) => self.chosen(&code, fresh),
            (Intent::First(to), Step::Help(Page::List { first, .. } | Page::Bookings { first, .. })) => {
                *first = to;
                None
            }
            (Intent::First(to), Step::Help(_)) => {
                self.visit.first = to;
                None
            }
            (Intent::Search(true), Step::Help(Page::List { .. })) => {
                self.open(Page::Search { query: String::new(), found: Vec::new() });
                None
            }
            (Intent::Key(key) | Intent::Sign(key), Step::Help(Page::Search { query, .. })) => {
                if query.chars().count() < LONGEST_SEARCH && !key.is_control() {
                    query.push(key);
                    self.search();
                }
                None
            }
            (Intent::Erase, Step::Help(Page::Search { query, .. })) => {
                query.pop();
                self.search();
                None
            }
            (Intent::Key(key), Step::Help(Page::Entry(typing))) => {
                typing.key(key, true);
                None
            }
            (Intent::Sign(key), Step::Help(Page::Entry(typing))) => {
                typing.key(key, false);
                None
            }
            (Intent::Erase, Step::Help(Page::Entry(typing))) => {
                typing.erase();
                None
            }
            (Intent::TypingMethod, Step::Help(Page::Entry(typing))) => {
                typing.turn_method();
                None
            }
            (Intent::Send, Step::Help(Page::Entry(typing))) if typing.ready() => {
                let typing = typing.clone();
                self.sent(&typing, fresh)
            }
            (Intent::TypeInstead, Step::Help(Page::Reader { what, .. })) => {
                let kind = match what {
                    ReaderWhat::Booking => EntryKind::Booking,
                    ReaderWhat::Receipt => EntryKind::Dossier,
                    ReaderWhat::Card | ReaderWhat::Chip => return None,
                };
                self.open(Page::entry(kind));
                None
            }
            (Intent::UseCard, Step::Help(Page::Reader { what: ReaderWhat::Booking, .. })) => {
                if self.reads_cards() {
                    self.visit.errand = Errand::Booking;
                    self.open(Page::Consent(Purpose::Booking));
                }
                None
            }
            (Intent::Agree, Step::Help(Page::Consent(purpose))) => {
                let page = match purpose {
                    Purpose::Number | Purpose::Booking => Page::reader(ReaderWhat::Card),
                    Purpose::Contact => Page::entry(EntryKind::Contact),
                };
                self.open(page);
                None
            }
            (Intent::Decline, Step::Help(_)) => self.declined(fresh),
            (Intent::Main, Step::Help(_)) => self.main_deed(fresh),
            (Intent::Also, Step::Help(_)) => self.second_deed(fresh),
            _ => None,
        }
    }

    fn begin(&mut self, intent: &Intent) -> Option<Effect> {
        let offers = self.offers();
        let page = match intent {
            Intent::WhatToBring if offers.papers => Page::list(ListKind::Fields),
            Intent::Booking if offers.booking && self.serving() => {
                self.visit.errand = Errand::Booking;
                self.reader_or_pad(ReaderWhat::Booking, EntryKind::Booking)
            }
            Intent::Dossier if offers.dossier => self.reader_or_pad(ReaderWhat::Receipt, EntryKind::Dossier),
            Intent::Information => Page::list(ListKind::Information),
            Intent::Feedback if offers.feedback => Page::list(ListKind::Feedback),
            _ => return None,
        };
        self.open(page);
        None
    }

    fn reader_or_pad(&self, what: ReaderWhat, kind: EntryKind) -> Page {
        if self.abilities.scanner { Page::reader(what) } else { Page::entry(kind) }
    }

    /// The hall reads cards, and this kiosk can.
    pub(super) fn reads_cards(&self) -> bool {
        self.hall.cards.read != CardRead::Never && self.abilities.scanner
    }

    fn search(&mut self) {
        let procedures = self.procedures.clone();
        if let Step::Help(Page::Search { query, found }) = &mut self.step {
            *found = procedures.search(query, MOST_FOUND).into_iter().map(|p| p.code.clone()).collect();
        }
    }

    fn chosen(&mut self, code: &str, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let Step::Help(page) = &self.step else { return None };
        let index = || code.parse::<usize>().ok();
        let next = match page {
            Page::List { kind: ListKind::Fields, .. } => {
                Page::List { kind: ListKind::Procedures, of: code.to_owned(), first: 0 }
            }
            Page::List { kind: ListKind::Procedures, .. } | Page::Search { .. } => {
                Page::Procedure { code: code.to_owned(), paper: None }
            }
            Page::List { kind: ListKind::Information, .. } => match code {
                "papers" => Page::list(ListKind::Fields),
                "feedback" => Page::list(ListKind::Feedback),
                "dossier" => self.reader_or_pad(ReaderWhat::Receipt, EntryKind::Dossier),
                "questions" => Page::list(ListKind::Questions),
                "plan" => Page::Plan,
                "hours" => Page::Hours,
                "pay" => Page::list(ListKind::Fees),
                "post" => Page::Post,
                _ => return None,
            },
            Page::List { kind: ListKind::Questions, .. } => Page::Question(index()?),
            Page::List { kind: ListKind::Fees, .. } => Page::Fee(index()?),
            Page::List { kind: ListKind::Feedback, .. } => {
                let kind = match code {
                    "report" => FeedbackKind::Report,
                    "proposal" => FeedbackKind::Proposal,
                    _ => FeedbackKind::Praise,
                };
                self.visit.feedback = Some((kind, None));
                Page::entry(EntryKind::Feedback)
            }
            Page::Bookings { found, .. } => {
                let booked = found.iter().find(|b| b.code == code)?.clone();
                return self.check_in(&booked, fresh);
            }
            _ => return None,
        };
        self.open(next);
        None
    }

    /// What was typed is whole.
    fn sent(&mut self, typing: &Typing, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        match typing.kind {
            // An ID number in place of a code goes nowhere.
            EntryKind::Booking if typing.is_bare_number() => {
                self.sorry(SorryReason::NoBooking, "", SorryDeed::Again);
                None
            }
            EntryKind::Dossier if typing.is_bare_number() => {
                self.sorry(SorryReason::NoDossier, "", SorryDeed::Again);
                None
            }
            EntryKind::Booking => Some(self.ask_booking(&typing.text, fresh())),
            EntryKind::Dossier => self.ask_dossier(typing.text.to_string(), fresh),
            EntryKind::Factor => {
                let code = self.visit.dossier.clone()?;
                Some(self.asking_dossier(code, Personal::new(&typing.text), fresh()))
            }
            EntryKind::Feedback => {
                let text = Personal::new(&typing.text)?;
                if let Some((_, kept)) = &mut self.visit.feedback {
                    *kept = Some(text);
                }
                self.open(Page::Consent(Purpose::Contact));
                None
            }
            EntryKind::Contact => self.send_feedback(Personal::new(&typing.text), fresh()),
        }
    }

    fn send_feedback(&mut self, contact: Option<Personal>, ask: Uuid) -> Option<Effect> {
        let (kind, text) = self.visit.feedback.clone()?;
        let feedback = Feedback { kind, text: text?, contact, lang: self.prefs.lang.clone() };
        self.visit.with_contact = feedback.contact.is_some();
        self.open(Page::Asking { ask, what: Asking::Feedback });
        Some(Effect::Feedback { ask, feedback: Box::new(feedback) })
    }

    /// "Without": a card, or a contact.
    fn declined(&mut self, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        match &self.step {
            Step::Help(Page::Consent(Purpose::Contact)) => self.send_feedback(None, fresh()),
            Step::Help(
                Page::Consent(Purpose::Number)
                | Page::Reader { what: ReaderWhat::Card | ReaderWhat::Chip, .. }
                | Page::Card,
            ) if !matches!(self.visit.errand, Errand::Booking) => {
                self.visit.card = None;
                self.go_on(fresh)
            }
            Step::Help(_) => {
                self.back();
                None
            }
            _ => None,
        }
    }

    fn main_deed(&mut self, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let Step::Help(page) = &self.step else { return None };
        match page {
            Page::Procedure { code, .. } => {
                let code = code.clone();
                self.number_for(&code, fresh)
            }
            Page::Card if self.card_failed() => self.declined(fresh),
            Page::Card => self.card_accepted(fresh),
            Page::Dossier { now, .. } if now.late => {
                let (dossier, procedure) = (now.clone(), self.procedures.get(&now.procedure).cloned());
                self.print(Paper::Apology { dossier, procedure: procedure.map(Box::new) }, fresh)
            }
            // The result is ready: which service hands it out is the citizen's choice.
            Page::Dossier { now, .. } if now.status == 9 && self.serving() => {
                self.visit.trail.clear();
                self.step = Step::Services(Browse::default());
                None
            }
            Page::Sorry(regret) => match regret.main {
                SorryDeed::Home => {
                    self.leave();
                    None
                }
                SorryDeed::Again => {
                    self.back();
                    None
                }
                SorryDeed::TakeNumber => {
                    self.visit.trail.clear();
                    (self.visit.booking, self.visit.errand) = (None, Errand::None);
                    self.step = Step::Services(Browse::default());
                    None
                }
            },
            _ => None,
        }
    }

    fn second_deed(&mut self, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let Step::Help(page) = &self.step else { return None };
        match page {
            Page::Procedure { code, .. } => {
                let procedure = self.procedures.get(code)?.clone();
                self.print(Paper::Checklist(Box::new(procedure)), fresh)
            }
            Page::Card => {
                self.visit.card = None;
                self.open(Page::reader(ReaderWhat::Card));
                None
            }
            _ => None,
        }
    }

    /// Prints something, or says at once why not. A paper that is on its way is not asked for twice.
    fn print(&mut self, what: Paper, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let fault = self.printer.fault;
        let Step::Help(Page::Procedure { paper, .. } | Page::Dossier { paper, .. }) = &mut self.step else {
            return None;
        };
        if matches!(paper, Some((_, PaperStep::Printing | PaperStep::Take))) {
            return None;
        }
        let ask = fresh();
        *paper = Some((ask, fault.map_or(PaperStep::Printing, PaperStep::OnScreen)));
        let lang = self.prefs.lang.clone();
        fault.is_none().then(|| Effect::Print { ask, paper: Box::new(what), lang })
    }

    /// News of a paper that is no ticket.
    pub(super) fn sheet(&mut self, id: Uuid, news: PaperStep) {
        match &mut self.step {
            Step::Help(
                Page::Procedure { paper: Some((ask, step)), .. }
                | Page::Dossier { paper: Some((ask, step)), .. },
            )
            | Step::Help(Page::Kept { ask, paper: step, .. })
                if *ask == id =>
            {
                *step = news;
            }
            _ => {}
        }
    }

    /// A number for a procedure, by the service that the hall gives it to.
    fn number_for(&mut self, code: &str, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let service = self.service_of(code);
        match service {
            Some(service) if self.serving() => {
                if let Step::Help(here) = std::mem::replace(&mut self.step, Step::Home) {
                    self.visit.trail.push(here);
                }
                self.want_number(service, Browse::default(), fresh)
            }
            Some(_) => {
                self.leave();
                None
            }
            None => {
                self.sorry(SorryReason::NoService, "", SorryDeed::TakeNumber);
                None
            }
        }
    }

    /// The service that takes a procedure.
    pub(super) fn service_of(&self, procedure: &str) -> Option<String> {
        let field = self.procedures.get(procedure).map_or("", |p| p.field.code.as_str());
        self.hall.service_for(procedure, field).map(|s| s.code.clone())
    }
}
