// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way through the first-run screen: a state machine without I/O. What is right is decided by the checks of
//! `motcua.toml` alone.

use super::finds::Finds;
use super::questions::{group, text_of};
use super::view::*;
use crate::machine::write::{Answers, PROXY};
use crate::machine::{Fault, Role};
use motcua_core::typing::{self, Method};
use motcua_link::trust::EnrolmentTicket;
use zeroize::Zeroizing;

/// Most letters of anything that is typed.
const LONGEST: usize = 400;
/// After so many looks a fault that nobody may be able to touch is shown in the other language.
const TURN: u32 = 5;

/// What the session wants done.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// These settings go to the steward.
    Give(Zeroizing<String>),
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Give(hidden)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Welcome,
    Step(usize),
    Summary,
    Busy,
    Done,
    Lost,
}

/// A person before a blank device.
#[derive(Debug)]
pub struct Session {
    lang: &'static str,
    at: At,
    pub(super) answers: Answers,
    /// A printer in the network was chosen.
    pub(super) network_printer: bool,
    method: Method,
    pub(super) finds: Finds,
    source: Source,
    /// With the question whose answer each is about.
    faults: Vec<(Fault, Option<Step>)>,
    /// One answer is changed, not all are given.
    changing: bool,
    version: String,
    /// How often the loss of the card was told.
    told: u32,
}

impl Session {
    /// At the first screen.
    pub fn new(version: &str) -> Session {
        Session {
            lang: "vi",
            at: At::Welcome,
            answers: Answers::default(),
            network_printer: false,
            method: Method::Telex,
            finds: Finds::default(),
            source: Source::Nowhere,
            faults: Vec::new(),
            changing: false,
            version: version.to_owned(),
            told: 0,
        }
    }

    /// What is plugged in.
    pub fn found(&mut self, finds: Finds) {
        self.finds = finds;
    }

    /// What was wrong with the file on the boot partition. It is asked again and again, and is nothing to somebody who
    /// answers the questions instead.
    pub fn file_faults(&mut self, faults: Vec<Fault>) {
        if self.at == At::Welcome && self.source != Source::Code {
            self.source = if faults.is_empty() { Source::Nowhere } else { Source::File };
            self.faults = faults.into_iter().map(|fault| (fault, None)).collect();
        }
    }

    /// The partition for everything that is kept is not there: nothing can be set up. Told again and again, the screen
    /// speaks the other language in between, for there may be no finger that could ask for it.
    pub fn lost(&mut self) {
        self.at = At::Lost;
        self.told += 1;
        if self.told.is_multiple_of(TURN) {
            self.press(&SetupIntent::Language);
        }
    }

    /// Something was held before a scanner: a ticket, or settings.
    pub fn scanned(&mut self, bytes: &[u8]) -> Option<Effect> {
        if matches!(self.at, At::Busy | At::Done | At::Lost) {
            return None;
        }
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n"));
        if let Ok(ticket) = text.trim().parse::<EnrolmentTicket>() {
            self.ticket(&ticket);
            return None;
        }
        self.source = Source::Code;
        self.at = At::Busy;
        Some(Effect::Give(text))
    }

    /// A ticket says by itself which device this is and where its hub is.
    fn ticket(&mut self, ticket: &EnrolmentTicket) {
        let a = &mut self.answers;
        ticket.line().as_str().clone_into(&mut a.ticket);
        ticket.url().clone_into(&mut a.hub);
        ticket.device().device().clone_into(&mut a.name);
        a.here = false;
        if self.at == At::Welcome {
            self.press(&SetupIntent::Begin);
        }
    }

    /// What the steward said of the settings.
    pub fn given(&mut self, answer: Result<(), Vec<Fault>>) {
        let Err(faults) = answer else {
            self.answers = Answers::default();
            self.at = At::Done;
            return;
        };
        let placed = |fault: Fault| {
            let step = self.step_of(fault.line);
            (fault, step)
        };
        self.faults = faults.into_iter().map(placed).collect();
        self.at = if self.source == Source::Code { At::Welcome } else { At::Summary };
    }

    /// A finger.
    pub fn press(&mut self, intent: &SetupIntent) -> Option<Effect> {
        match intent {
            SetupIntent::Language => self.lang = if self.lang == "vi" { "en" } else { "vi" },
            _ if self.at == At::Lost => {}
            SetupIntent::Begin => {
                self.source = Source::Nowhere;
                self.faults.clear();
                self.changing = false;
                self.at = At::Step(0);
            }
            SetupIntent::Back => self.back(),
            SetupIntent::Next => return self.next(),
            SetupIntent::Choose(n) => self.choose(*n),
            SetupIntent::Answer(n) => self.change(self.rows().get(*n).map(|(step, _)| *step)),
            SetupIntent::Mend(n) => self.change(self.faults.get(*n).and_then(|(_, step)| *step)),
            SetupIntent::Key(c) => self.write(*c, true),
            SetupIntent::Sign(c) => self.write(*c, false),
            SetupIntent::Erase => {
                if let Some(text) = self.step().and_then(|s| text_of(&mut self.answers, s)) {
                    *text = typing::deleted(text);
                }
            }
            SetupIntent::Method => {
                self.method = match self.method {
                    Method::Telex => Method::Vni,
                    Method::Vni => Method::Plain,
                    Method::Plain => Method::Telex,
                }
            }
        }
        None
    }

    pub(super) fn step(&self) -> Option<Step> {
        let At::Step(n) = self.at else { return None };
        self.steps().get(n).copied()
    }

    fn back(&mut self) {
        self.at = match self.at {
            At::Step(n) if self.changing => self.beside(n, n.checked_sub(1)).unwrap_or(At::Summary),
            At::Step(0) => At::Welcome,
            At::Step(n) => At::Step(n - 1),
            At::Summary => At::Step(self.steps().len() - 1),
            other => other,
        };
        self.changing &= self.at != At::Summary;
    }

    /// From everything once more to one question; from there back.
    fn change(&mut self, step: Option<Step>) {
        let found = step.and_then(|step| self.steps().iter().position(|s| *s == step));
        if let (At::Summary, Some(n)) = (self.at, found) {
            self.at = At::Step(n);
            self.changing = true;
        }
    }

    /// The question at `other`, where it belongs to that at `n`.
    fn beside(&self, n: usize, other: Option<usize>) -> Option<At> {
        let steps = self.steps();
        let other = other?;
        (group(*steps.get(n)?) == group(*steps.get(other)?)).then_some(At::Step(other))
    }

    /// Where an answer leads: to the next question, or where one was changed to what depends on it.
    fn after(&self, n: usize) -> At {
        let steps = self.steps();
        if self.changing {
            let open = || steps.iter().position(|step| !self.is_ready(*step)).map(At::Step);
            return self.beside(n, Some(n + 1)).or_else(open).unwrap_or(At::Summary);
        }
        if n + 1 < steps.len() { At::Step(n + 1) } else { At::Summary }
    }

    fn next(&mut self) -> Option<Effect> {
        match self.at {
            At::Step(n) if self.ready() => {
                let (step, changing) = (self.step(), self.changing);
                self.faults.retain(|(_, about)| changing && *about != step);
                self.at = self.after(n);
                self.changing &= self.at != At::Summary;
                if self.step() == Some(Step::Name) && self.answers.name.is_empty() {
                    let role = self.answers.role.map_or("kiosk", Role::word);
                    self.answers.name = if role == "hub" { "hub-1".into() } else { format!("{role}-1") };
                }
            }
            At::Summary => {
                self.at = At::Busy;
                return Some(Effect::Give(Zeroizing::new(self.answers.text())));
            }
            _ => {}
        }
        None
    }

    /// A choice is made and leads on.
    fn choose(&mut self, n: usize) {
        let Some(step) = self.step() else { return };
        let Some(pick) = self.picks(step).into_iter().nth(n) else { return };
        let a = &mut self.answers;
        match pick {
            Pick::Role(role) => {
                if a.role.is_some_and(|before| before != role) {
                    // Another kind of device is another way through the questions.
                    self.changing = false;
                    a.name.clear();
                }
                a.role = Some(role);
                a.here = role == Role::Kiosk && a.hub.is_empty();
            }
            Pick::Here => {
                a.here = true;
                a.hub.clear();
            }
            Pick::Elsewhere => a.here = false,
            Pick::Cable => a.wifi = false,
            Pick::Wifi => a.wifi = true,
            Pick::Dhcp => a.fixed = false,
            Pick::Fixed => a.fixed = true,
            Pick::NoExtras => a.extras = false,
            Pick::Extras => a.extras = true,
            Pick::Printer(url) => {
                a.printer = url;
                self.network_printer = false;
            }
            Pick::NetworkPrinter => self.network_printer = true,
            Pick::Profile(name) => name.clone_into(&mut a.profile),
            Pick::Rotation(degrees) => a.rotation = degrees,
        }
        let a = &mut self.answers;
        if a.role.is_some() && !a.has_hub() && a.hub.is_empty() {
            a.hub = "https://".to_owned();
        }
        if self.network_printer && !a.printer.starts_with("tcp:") {
            a.printer = "tcp:".to_owned();
        }
        if a.extras && a.proxy.is_empty() {
            a.proxy = PROXY.to_owned();
        }
        self.next();
    }

    fn write(&mut self, c: char, composes: bool) {
        let Some(step) = self.step() else { return };
        let method = self.method;
        let Some(text) = text_of(&mut self.answers, step) else { return };
        if text.chars().count() >= LONGEST || (step == Step::Pin && text.len() >= 8) {
            return;
        }
        if composes && step == Step::Hall {
            *text = typing::typed(method, text, c);
        } else {
            text.push(c);
        }
    }

    /// What the screen shows now.
    pub fn view(&self) -> SetupView {
        let screen = match self.at {
            At::Welcome => SetupScreen::Welcome(Welcome {
                source: self.source,
                faults: self.shown(),
                scanner: !self.finds.scanners.is_empty(),
                version: self.version.clone(),
            }),
            At::Step(n) => self.question(n),
            At::Summary => SetupScreen::Summary(Summary { rows: self.rows(), faults: self.shown() }),
            At::Busy => SetupScreen::Busy,
            At::Done => SetupScreen::Done,
            At::Lost => SetupScreen::Lost(self.version.clone()),
        };
        SetupView { lang: self.lang.to_owned(), screen }
    }

    fn shown(&self) -> Vec<FaultShown> {
        let text = |(f, _): &(Fault, _)| FaultShown { line: f.line, text: f.said(self.lang).to_owned() };
        self.faults.iter().map(text).collect()
    }

    fn question(&self, n: usize) -> SetupScreen {
        let steps = self.steps();
        let step = steps.get(n).copied().unwrap_or(Step::Role);
        let at = (n + 1, steps.len());
        let picks = self.picks(step);
        if !picks.is_empty() {
            let chosen = picks.iter().position(|p| self.chosen(p));
            return SetupScreen::Choose(Choose { step, at, picks, chosen });
        }
        let keys = match step {
            Step::Hall => Keys::Prose(self.method),
            Step::IpAddress | Step::Gateway | Step::Dns => Keys::Address,
            Step::Pin => Keys::Digits,
            _ => Keys::Plain,
        };
        let mut answers = self.answers.clone();
        let text = text_of(&mut answers, step).map(std::mem::take).unwrap_or_default();
        SetupScreen::Type(TypeIn { step, at, text, keys, ready: self.ready() })
    }
}
