// SPDX-License-Identifier: MIT OR Apache-2.0
//! One citizen at the glass. [`Session::step`] takes what happened (a finger,
//! an answer of the hub, news of the printer, time) and says what to do;
//! [`Session::view`] says what to show. It holds all that is known of the
//! citizen, so wiping it forgets them.

mod show;
#[cfg(test)]
mod tests;

use crate::citizen::{
    Abilities, Away, Booked, BookingKey, CardNews, ChipKey, DossierAnswer, DossierNow, Feedback, FeedbackKind,
};
use crate::day::Now;
use crate::hall::{Hall, WithoutPaper};
use crate::procedures::{Procedure, Procedures};
use crate::queue::{HallNow, Refusal, Ticket};
use crate::scan::{Personal, PersonalNumber, Scan};
use crate::view::{Intent, PaperFault, PaperStep, Prefs, Speed};
use std::sync::Arc;
use uuid::Uuid;

/// Services on one page.
pub const PAGE: usize = 8;
/// Longest search text.
const LONGEST_QUERY: usize = 16;

/// Something the session must react to.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A finger was lifted inside a target.
    Touched(Intent),
    /// The hub's picture of the hall.
    Hall(Box<HallNow>),
    /// The hub does not answer.
    HubAway,
    /// The hall is configured anew.
    HallChanged(Box<Hall>),
    /// What was asked for with one id comes under another: the hub was silent, and the kiosk gives the
    /// number itself.
    Renamed {
        /// The id made at the touch.
        from: Uuid,
        /// The id to wait for.
        to: Uuid,
    },
    /// A number was committed for this command.
    Issued(Box<Ticket>),
    /// The command was refused.
    Refused {
        /// The command's id.
        command: Uuid,
        /// Why.
        refusal: Refusal,
    },
    /// News of a ticket's paper.
    Paper {
        /// The ticket's id.
        ticket: Uuid,
        /// How it is doing.
        step: PaperStep,
    },
    /// News of the printer.
    Printer(PrinterNow),
    /// What this kiosk can do, whenever that changes.
    Abilities(Abilities),
    /// The province's catalogue.
    Procedures(Arc<Procedures>),
    /// Somebody held something before the scanner.
    Scanned(Box<Scan>),
    /// News of the card reader.
    Card(CardNews),
    /// The bookings that were asked for; empty when there are none.
    Bookings {
        /// The question's id.
        ask: Uuid,
        /// Bookings of today.
        found: Result<Vec<Booked>, Away>,
    },
    /// The dossier that was asked for.
    Dossier {
        /// The question's id.
        ask: Uuid,
        /// What became of it.
        answer: DossierAnswer,
    },
    /// News of a paper that is no ticket.
    Sheet {
        /// The id it was asked for under.
        ask: Uuid,
        /// How it is doing.
        step: PaperStep,
    },
    /// Feedback is kept and will arrive, whatever happens to this device's power.
    FeedbackKept {
        /// The id it was given under.
        ask: Uuid,
        /// What the citizen asks by later; `None` when the disk did not take it.
        code: Option<String>,
    },
    /// Time passed.
    Tick,
}

/// The printer, in the citizen's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrinterNow {
    /// Set while it cannot print.
    pub fault: Option<PaperFault>,
    /// The roll is nearly used up.
    pub low: bool,
}

/// Something the shell must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the hub for a number, with this id, until it answers.
    Issue {
        /// Made at the touch; the only id this touch will ever have.
        command: Uuid,
        /// Service code.
        service: String,
        /// Priority was claimed.
        priority: bool,
        /// Language of the paper.
        lang: String,
        /// Whose card was read, for the limit of numbers; a mark of it is all that leaves the kiosk.
        person: Option<PersonalNumber>,
        /// Codes of this person's bookings of today.
        booked: Vec<String>,
        /// The booking that is checked in.
        booking: Option<String>,
    },
    /// The session is about to be wiped: sound the warning.
    WarningSound,
    /// A code is waited for: light and trigger of the scanner on, or off again.
    Scan(bool),
    /// Open the chip on the reader, now or as soon as a card lies there.
    ReadChip(ChipKey),
    /// The chip is of no interest any more: forget what opens it.
    ForgetChip,
    /// Look bookings of today up.
    Bookings {
        /// Made at the touch.
        ask: Uuid,
        /// By what.
        by: BookingKey,
    },
    /// Look a dossier up.
    Dossier {
        /// Made at the touch.
        ask: Uuid,
        /// Mã hồ sơ.
        code: String,
        /// The second factor, where the hall asks for one.
        factor: Option<Personal>,
    },
    /// Print something that is no ticket.
    Print {
        /// Made at the touch.
        ask: Uuid,
        /// What.
        paper: Box<Paper>,
        /// Its language.
        lang: String,
    },
    /// Keep feedback durably and send it.
    Feedback {
        /// Made at the touch.
        ask: Uuid,
        /// What was written.
        feedback: Box<Feedback>,
    },
}

/// A paper that is no ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    /// What to bring for a procedure.
    Checklist(Box<Procedure>),
    /// The apology for a late dossier.
    Apology {
        /// The dossier.
        dossier: Box<DossierNow>,
        /// Name of the procedure, where the catalogue has it.
        procedure: Option<Box<Procedure>>,
    },
    /// That feedback was taken.
    Receipt {
        /// Its code.
        code: String,
        /// Its kind.
        kind: FeedbackKind,
    },
}

/// When something happened.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds of a clock that never jumps.
    pub steady_ms: u64,
    /// The wall clock.
    pub now: Now,
}

/// Where the citizen stands.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Home,
    Services(Browse),
    Priority { service: String, from: Browse },
    Preparing { service: String, command: Uuid, late: bool },
    Number { ticket: Box<Ticket>, paper: PaperStep, settled_ms: Option<u64> },
    Refused { refusal: Refusal, service: String, from: Browse },
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
    step: Step,
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
            step: Step::Home,
            prefs,
            last_touch_ms: at.steady_ms,
            steady_ms: at.steady_ms,
            preparing_since_ms: 0,
            now: at.now,
            warned: false,
        }
    }

    /// Somebody stands at the glass and waits for the answer to this command.
    pub fn awaits(&self, id: Uuid) -> bool {
        matches!(&self.step, Step::Preparing { command, .. } if *command == id)
    }

    /// Takes one input. `fresh` makes a new command id and is called for a touch that asks for a
    /// number, never otherwise.
    pub fn step(&mut self, input: Input, at: Moment, fresh: impl FnOnce() -> Uuid) -> Option<Effect> {
        self.steady_ms = at.steady_ms;
        self.now = at.now;
        match input {
            Input::Touched(intent) => self.touched(intent, fresh),
            Input::Hall(hall) => {
                self.hall_now = Some(*hall);
                None
            }
            Input::HubAway => {
                self.hall_now = None;
                None
            }
            Input::HallChanged(hall) => {
                self.hall_changed(*hall);
                None
            }
            Input::Renamed { from, to } => {
                if let Step::Preparing { command, .. } = &mut self.step
                    && *command == from
                {
                    *command = to;
                }
                None
            }
            Input::Issued(ticket) => {
                self.issued(ticket);
                None
            }
            Input::Refused { command, refusal } => {
                self.refused(command, refusal);
                None
            }
            Input::Paper { ticket, step } => {
                self.paper(ticket, step);
                None
            }
            Input::Printer(printer) => {
                self.printer = printer;
                None
            }
            Input::Abilities(abilities) => {
                self.abilities = abilities;
                self.prefs.aloud = self.prefs.aloud.filter(|_| abilities.voice);
                None
            }
            // The screens of these come with the next change.
            Input::Procedures(_)
            | Input::Scanned(_)
            | Input::Card(_)
            | Input::Bookings { .. }
            | Input::Dossier { .. }
            | Input::Sheet { .. }
            | Input::FeedbackKept { .. } => None,
            Input::Tick => self.tick(),
        }
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
        self.last_touch_ms = self.steady_ms;
        self.warned = false;
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
        if let Some(refusal) = self.known_refusal(&code) {
            self.step = Step::Refused { refusal, service: code, from };
            None
        } else if self.hall.priority.is_empty() {
            Some(self.ask(code, false, fresh))
        } else {
            self.step = Step::Priority { service: code, from };
            None
        }
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
        self.step = Step::Preparing { service: service.clone(), command, late: false };
        let lang = self.prefs.lang.clone();
        Effect::Issue { command, service, priority, lang, person: None, booked: Vec::new(), booking: None }
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
        let Step::Preparing { command, service, .. } = &self.step else { return };
        if *command == id {
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
            Step::Priority { from, .. } | Step::Refused { from, .. } => Step::Services(from),
            // A number on its way cannot be taken back by leaving the screen.
            step @ Step::Preparing { late: false, .. } => step,
            _ => {
                self.prefs = default_prefs(&self.hall);
                Step::Home
            }
        };
    }

    /// Home, and everything of this citizen forgotten.
    fn leave(&mut self) {
        if !matches!(self.step, Step::Preparing { late: false, .. }) {
            self.step = Step::Home;
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
