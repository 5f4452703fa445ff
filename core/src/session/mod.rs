// SPDX-License-Identifier: MIT OR Apache-2.0
//! One citizen at the glass. [`Session::step`] takes what happened (a finger,
//! an answer of the hub, news of the printer, time) and says what to do;
//! [`Session::view`] says what to show. It holds all that is known of the
//! citizen, so wiping it forgets them.

mod entry;
mod errand;
mod help;
mod input;
mod show;
mod show_help;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_hands;
#[cfg(test)]
mod tests_help;

pub use input::{Effect, Input, Moment, Paper, PrinterNow};

use crate::citizen::{Abilities, ChipKey};
use crate::day::Now;
use crate::hall::{Hall, WithoutPaper};
use crate::procedures::Procedures;
use crate::queue::{HallNow, Refusal, Ticket};
use crate::scan::{Personal, PersonalNumber};
use crate::view::{Intent, PaperStep, Prefs, Purpose, ReaderWhat, Speed};
use errand::Errand;
use help::{Page, Visit};
use std::sync::Arc;
use uuid::Uuid;

/// Services on one page.
pub const PAGE: usize = 8;
/// Longest search text.
const LONGEST_QUERY: usize = 16;

/// Where the citizen stands.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Home,
    Services(Browse),
    Priority { service: String, from: Browse },
    Preparing { service: String, command: Uuid, late: bool },
    Number { ticket: Box<Ticket>, paper: PaperStep, settled_ms: Option<u64> },
    Refused { refusal: Refusal, service: String, from: Browse },
    Help(Page),
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Browse {
    page: usize,
    searching: bool,
    query: String,
}

/// The citizen's session of one kiosk.
#[derive(Clone, Debug)]
pub struct Session {
    hall: Hall,
    /// The last picture of the hall; none while the hub is away.
    hall_now: Option<HallNow>,
    printer: PrinterNow,
    abilities: Abilities,
    procedures: Arc<Procedures>,
    step: Step,
    visit: Visit,
    prefs: Prefs,
    last_touch_ms: u64,
    steady_ms: u64,
    preparing_since_ms: u64,
    now: Now,
    warned: bool,
}

/// A command without an answer for this long shows that no number is to be had; the asking goes on. A
/// hub that is silent for 1.5 s is away, and the kiosk then needs a moment to give its own number.
pub const HUB_PATIENCE_MS: u64 = 3_000;

impl Session {
    /// An idle session.
    pub fn new(hall: Hall, at: Moment) -> Session {
        let prefs = default_prefs(&hall);
        Session {
            hall,
            hall_now: None,
            printer: PrinterNow::default(),
            abilities: Abilities::default(),
            procedures: Arc::default(),
            step: Step::Home,
            visit: Visit::default(),
            prefs,
            last_touch_ms: at.steady_ms,
            steady_ms: at.steady_ms,
            preparing_since_ms: 0,
            now: at.now,
            warned: false,
        }
    }

    /// The hall as it is configured now.
    pub fn hall(&self) -> &Hall {
        &self.hall
    }

    /// Somebody stands at the glass and waits for the answer to this command.
    pub fn awaits(&self, id: Uuid) -> bool {
        matches!(&self.step, Step::Preparing { command, .. } if *command == id)
    }

    /// Nobody is at the glass.
    pub fn is_idle(&self) -> bool {
        matches!(self.step, Step::Home)
    }

    /// The last picture of the hall; none while no number can be promised.
    pub fn hall_now(&self) -> Option<&HallNow> {
        self.hall_now.as_ref()
    }

    /// Takes one input. `fresh` makes a new id and is called for a touch or a scan that asks for
    /// something, never otherwise.
    pub fn step(&mut self, input: Input, at: Moment, fresh: impl FnOnce() -> Uuid) -> Vec<Effect> {
        self.steady_ms = at.steady_ms;
        self.now = at.now;
        let before = self.readers();
        let mut effects: Vec<Effect> = self.taken(input, fresh).into_iter().collect();
        let (scanning, chip) = self.readers();
        if chip != before.1 {
            effects.push(chip.map_or(Effect::ForgetChip, Effect::ReadChip));
        }
        if scanning != before.0 {
            effects.push(Effect::Scan(scanning));
        }
        effects
    }

    /// What the readers are to do: wait for a code, open a chip.
    fn readers(&self) -> (bool, Option<ChipKey>) {
        match &self.step {
            Step::Help(Page::Reader { what: ReaderWhat::Chip, key, .. }) => (false, key.clone()),
            Step::Help(Page::Reader { .. }) => (true, None),
            _ => (false, None),
        }
    }

    fn taken(&mut self, input: Input, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        match input {
            Input::Touched(intent) => return self.touched(intent, fresh),
            Input::Hall(now) => self.hall_now = Some(*now),
            Input::HubAway => self.hall_now = None,
            Input::HallChanged(hall) => self.hall_changed(*hall),
            Input::Renamed { from, to } => {
                if let Step::Preparing { command, .. } = &mut self.step
                    && *command == from
                {
                    *command = to;
                }
            }
            Input::Issued(ticket) => self.issued(ticket),
            Input::Refused { command, refusal } => self.refused(command, refusal),
            Input::Paper { ticket, step } => self.paper(ticket, step),
            Input::Printer(printer) => self.printer = printer,
            Input::Abilities(abilities) => {
                self.abilities = abilities;
                self.prefs.aloud = self.prefs.aloud.filter(|_| abilities.voice);
            }
            Input::Procedures(procedures) => self.procedures = procedures,
            Input::Scanned(scan) => return self.scanned(*scan, fresh),
            Input::Card(news) => self.card_news(news),
            Input::Bookings { ask, found } => return self.bookings(ask, found),
            Input::Dossier { ask, answer } => self.dossier(ask, answer),
            Input::Sheet { ask, step } => self.sheet(ask, step),
            Input::FeedbackKept { ask, code } => return self.feedback_kept(ask, code),
            Input::Tick => return self.tick(),
        }
        None
    }

    /// Somebody is there.
    fn touched_by_hand(&mut self) {
        self.last_touch_ms = self.steady_ms;
        self.warned = false;
    }

    /// A citizen in the middle of something keeps what still exists.
    fn hall_changed(&mut self, hall: Hall) {
        let occupied = self.occupied();
        self.hall = hall;
        if !occupied {
            self.prefs = default_prefs(&self.hall);
        } else if !self.hall.languages.contains(&self.prefs.lang) {
            self.hall.default_lang().clone_into(&mut self.prefs.lang);
        }
        if let Step::Priority { service, .. } = &self.step
            && (self.hall.service(service).is_none() || self.hall.priority.is_empty())
        {
            self.step = Step::Services(Browse::default());
        }
        let last = self.pages().saturating_sub(1);
        self.browse(|b| b.page = b.page.min(last));
    }

    fn touched(&mut self, intent: Intent, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        self.touched_by_hand();
        match intent {
            Intent::StillHere => {}
            Intent::Language(lang) if self.hall.languages.contains(&lang) => self.prefs.lang = lang,
            Intent::Language(_) => {}
            Intent::LargeText => self.prefs.large_text = !self.prefs.large_text,
            Intent::HighContrast => self.prefs.high_contrast = !self.prefs.high_contrast,
            Intent::LowReach => self.prefs.low_reach = !self.prefs.low_reach,
            Intent::ReadAloud if self.abilities.voice => self.prefs.aloud = Speed::after(self.prefs.aloud),
            Intent::ReadAloud => {}
            Intent::Home => self.leave(),
            Intent::Back => self.back(),
            Intent::TakeNumber => {
                if self.step == Step::Home && self.serving() {
                    self.step = Step::Services(Browse::default());
                }
            }
            Intent::Service(code) => return self.choose(code, fresh),
            Intent::Priority(class) => return self.answer_priority(class, fresh),
            Intent::Page(page) => {
                let last = self.pages().saturating_sub(1);
                self.browse(|b| b.page = page.min(last));
            }
            intent if matches!(self.step, Step::Help(_)) => return self.helped(intent, fresh),
            Intent::Search(on) => self.browse(|b| *b = Browse { searching: on, ..Browse::default() }),
            Intent::Letter(c) => self.browse(|b| {
                if b.query.len() < LONGEST_QUERY && c.is_ascii_alphanumeric() {
                    b.query.push(c.to_ascii_uppercase());
                    b.page = 0;
                }
            }),
            Intent::Erase => self.browse(|b| {
                b.query.pop();
                b.page = 0;
            }),
            intent => return self.helped(intent, fresh),
        }
        None
    }

    fn browse(&mut self, change: impl FnOnce(&mut Browse)) {
        if let Step::Services(browse) = &mut self.step {
            change(browse);
        }
    }

    /// Home is open for business: the hub answers, the hall gives numbers, and paper or policy allows it.
    fn serving(&self) -> bool {
        let stopped = self.printer.fault.is_some() && self.hall.kiosk.without_paper == WithoutPaper::Stop;
        !stopped && self.hall_now.as_ref().is_some_and(|h| h.refusal.is_none())
    }

    fn choose(&mut self, code: String, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let Step::Services(browse) = &self.step else { return None };
        let from = browse.clone();
        self.want_number(code, from, fresh)
    }

    /// A number for this service: what the hall's rules ask first, then the number.
    fn want_number(&mut self, code: String, from: Browse, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        if let Some(refusal) = self.known_refusal(&code) {
            self.step = Step::Refused { refusal, service: code, from };
            return None;
        }
        let known = self.visit.card.is_some() || self.visit.booking.is_some();
        if self.asks_for_card() && !known {
            (self.visit.errand, self.visit.from) = (Errand::Number(code), from);
            self.open(Page::Consent(Purpose::Number));
            return None;
        }
        self.priority_or_number(code, from, fresh)
    }

    fn priority_or_number(
        &mut self,
        service: String,
        from: Browse,
        fresh: impl FnOnce() -> Uuid,
    ) -> Option<Effect> {
        if self.goes_first_by_age() {
            return Some(self.ask(service, true, fresh));
        }
        if self.hall.priority.is_empty() || self.booking_goes_first() {
            return Some(self.ask(service, false, fresh));
        }
        self.step = Step::Priority { service, from };
        None
    }

    fn answer_priority(&mut self, class: Option<String>, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        let Step::Priority { service, .. } = &self.step else { return None };
        let service = service.clone();
        // Only that one was chosen leaves this function, never which.
        let priority = class.is_some_and(|c| self.hall.priority.iter().any(|p| p.code == c));
        Some(self.ask(service, priority, fresh))
    }

    fn ask(&mut self, service: String, priority: bool, fresh: impl FnOnce() -> Uuid) -> Effect {
        let command = fresh();
        self.preparing_since_ms = self.steady_ms;
        let person = self.person();
        let (booked, booking) = (std::mem::take(&mut self.visit.booked), self.visit.booking.take());
        // The number is asked for: nothing more is needed of the citizen.
        self.visit = Visit::default();
        self.step = Step::Preparing { service: service.clone(), command, late: false };
        Effect::Issue { command, service, priority, lang: self.prefs.lang.clone(), person, booked, booking }
    }

    /// What the hub would say, as far as its last picture tells.
    fn known_refusal(&self, code: &str) -> Option<Refusal> {
        let Some(now) = &self.hall_now else { return None };
        let Some(service) = now.service(code) else {
            return Some(Refusal::UnknownService { service: code.to_owned() });
        };
        if let Some(refusal) = &now.refusal {
            return Some(refusal.clone());
        }
        if service.paused {
            return Some(Refusal::ServicePaused { service: code.to_owned() });
        }
        service
            .cap_reached
            .then(|| Refusal::CapReached { service: code.to_owned(), given: service.count.given })
    }

    fn issued(&mut self, ticket: Box<Ticket>) {
        let Step::Preparing { command, .. } = &self.step else { return };
        if *command == ticket.id {
            let paper = match self.printer.fault {
                Some(fault) => PaperStep::OnScreen(fault),
                None => PaperStep::Printing,
            };
            self.step = Step::Number { ticket, paper, settled_ms: None };
            self.last_touch_ms = self.steady_ms;
        }
    }

    fn refused(&mut self, id: Uuid, refusal: Refusal) {
        let Step::Preparing { command, .. } = &self.step else { return };
        if *command == id && !self.refused_person(&refusal) {
            let Step::Preparing { service, .. } = &self.step else { return };
            self.step = Step::Refused { refusal, service: service.clone(), from: Browse::default() };
            self.last_touch_ms = self.steady_ms;
        }
    }

    fn paper(&mut self, id: Uuid, news: PaperStep) {
        let steady_ms = self.steady_ms;
        if let Step::Number { ticket, paper, settled_ms } = &mut self.step
            && ticket.id == id
            && *paper != news
        {
            *paper = news;
            *settled_ms = (news == PaperStep::Take).then_some(steady_ms);
            self.last_touch_ms = steady_ms;
            self.warned = false;
        }
    }

    fn back(&mut self) {
        self.step = match std::mem::replace(&mut self.step, Step::Home) {
            Step::Services(b) if b.searching => Step::Services(Browse::default()),
            Step::Priority { from, .. } | Step::Refused { from, .. } => self.before_number(from),
            Step::Services(_) if !self.visit.trail.is_empty() => self.page_back(),
            Step::Help(_) => self.page_back(),
            // A number on its way cannot be taken back by leaving the screen.
            step @ Step::Preparing { late: false, .. } => step,
            _ => {
                self.visit = Visit::default();
                self.prefs = default_prefs(&self.hall);
                Step::Home
            }
        };
    }

    /// Where the wish for a number came from: a page, or the services. A card is not asked for again.
    fn before_number(&mut self, from: Browse) -> Step {
        while let Some(page) = self.visit.trail.pop() {
            if !matches!(page, Page::Consent(_)) {
                return Step::Help(page);
            }
        }
        self.visit.errand = Errand::None;
        Step::Services(from)
    }

    /// Home, and everything of this citizen forgotten.
    fn leave(&mut self) {
        if !matches!(self.step, Step::Preparing { late: false, .. }) {
            self.step = Step::Home;
            self.visit = Visit::default();
            self.prefs = default_prefs(&self.hall);
            self.warned = false;
        }
    }

    fn tick(&mut self) -> Option<Effect> {
        if let Step::Preparing { late, .. } = &mut self.step {
            let waited = self.steady_ms.saturating_sub(self.preparing_since_ms);
            *late = waited >= HUB_PATIENCE_MS;
            if !*late {
                return None;
            }
        }
        if let Step::Number { settled_ms: Some(settled), .. } = &self.step
            && !self.listens()
        {
            let shown = self.steady_ms.saturating_sub(*settled.max(&self.last_touch_ms));
            if shown >= u64::from(self.hall.kiosk.number_seconds) * 1000 {
                self.leave();
            }
            return None;
        }
        match self.warning_left() {
            Some(0) => self.leave(),
            Some(_) if !self.warned => {
                self.warned = true;
                return Some(Effect::WarningSound);
            }
            _ => {}
        }
        None
    }

    /// Somebody who has the number read out needs the time for it, and is asked before it goes.
    fn listens(&self) -> bool {
        self.prefs.aloud.is_some()
    }

    /// Something of a citizen is on the screen or in memory.
    fn occupied(&self) -> bool {
        self.step != Step::Home || self.prefs != default_prefs(&self.hall)
    }

    /// Seconds of the warning left, once it has begun; 0 when the session is over.
    fn warning_left(&self) -> Option<u32> {
        if !self.occupied() {
            return None;
        }
        let idle_ms = self.steady_ms.saturating_sub(self.last_touch_ms);
        let over = idle_ms.checked_sub(u64::from(self.hall.kiosk.idle_seconds) * 1000)?;
        let left = (u64::from(self.hall.kiosk.warning_seconds) * 1000).saturating_sub(over);
        u32::try_from(left.div_ceil(1000)).ok()
    }
}

fn default_prefs(hall: &Hall) -> Prefs {
    Prefs {
        lang: hall.default_lang().to_owned(),
        large_text: false,
        high_contrast: false,
        low_reach: false,
        aloud: None,
    }
}
