// SPDX-License-Identifier: MIT OR Apache-2.0
//! The session as a [`View`]. Reads only; every word of the product itself is
//! left to the screens.

use super::*;
use crate::fold;
use crate::hall::Service;
use crate::view::*;
use jiff::civil::DateTime;

impl Session {
    /// What the glass shows now.
    pub fn view(&self) -> View {
        let local = self.now.local;
        View {
            prefs: self.prefs.clone(),
            languages: self.hall.languages.clone(),
            header: Header {
                hall: self.hall.lines.clone(),
                hour: unsigned(local.hour()),
                minute: unsigned(local.minute()),
                weekday: unsigned(local.weekday().to_monday_zero_offset()),
                day: unsigned(local.day()),
                month: unsigned(local.month()),
                year: local.year(),
            },
            screen: self.screen(),
            idle_warning: self.warning_left().filter(|s| *s > 0 && self.counts_down()),
            voice: self.abilities.voice,
        }
    }

    /// A number whose paper is out goes by its own, shorter clock.
    fn counts_down(&self) -> bool {
        self.listens() || !matches!(self.step, Step::Number { settled_ms: Some(_), .. })
    }

    fn screen(&self) -> Screen {
        match &self.step {
            Step::Home => self.home(),
            Step::Services(browse) => Screen::Services(self.services(browse)),
            Step::Priority { service, .. } => Screen::Priority(self.priority(service)),
            Step::Preparing { late: true, .. } => Screen::OutOfOrder(OutOfOrder::HubAway),
            Step::Preparing { service, .. } => Screen::Preparing { service: self.name(service) },
            Step::Number { ticket, paper, .. } => Screen::Number(self.number(ticket, *paper)),
            Step::Refused { refusal, service, .. } => self.refused_screen(refusal, Some(service)),
            Step::Help(page) => self.page(page),
        }
    }

    fn home(&self) -> Screen {
        let Some(now) = &self.hall_now else { return Screen::OutOfOrder(OutOfOrder::HubAway) };
        if let Some(refusal) = &now.refusal {
            return self.refused_screen(refusal, None);
        }
        match self.printer.fault {
            Some(fault) if self.hall.kiosk.without_paper == WithoutPaper::Stop => {
                Screen::OutOfOrder(match fault {
                    PaperFault::NoPaper => OutOfOrder::NoPaper,
                    PaperFault::CoverOpen | PaperFault::Printer => OutOfOrder::Printer,
                })
            }
            paper => Screen::Home(Home {
                waiting: now.waiting,
                open_until: now.open_until.map(|t| (unsigned(t.hour()), unsigned(t.minute()))),
                paper,
                paper_low: self.printer.low,
                offers: self.offers(),
            }),
        }
    }

    /// Services that the search finds, in the order of the configuration.
    fn found(&self, browse: &Browse) -> Vec<&Service> {
        self.hall
            .services
            .iter()
            .filter(|s| s.name.all().any(|name| fold::found(&fold::fold(name), &browse.query)))
            .collect()
    }

    /// Pages of the present list.
    pub(super) fn pages(&self) -> usize {
        match &self.step {
            Step::Services(browse) => self.found(browse).len().div_ceil(PAGE).max(1),
            _ => 1,
        }
    }

    fn services(&self, browse: &Browse) -> Services {
        let found = self.found(browse);
        let mut letters: Vec<char> = found
            .iter()
            .flat_map(|s| s.name.all())
            .flat_map(|name| fold::next_letters(&fold::fold(name), &browse.query))
            .collect();
        letters.sort_unstable();
        letters.dedup();
        Services {
            tiles: found.iter().skip(browse.page * PAGE).take(PAGE).map(|s| self.tile(s)).collect(),
            page: browse.page,
            pages: found.len().div_ceil(PAGE).max(1),
            searchable: self.hall.services.len() > PAGE,
            searching: browse.searching,
            query: browse.query.clone(),
            next_letters: letters.into_iter().collect(),
        }
    }

    fn tile(&self, service: &Service) -> Tile {
        let now = self.hall_now.as_ref().and_then(|h| h.service(&service.code));
        Tile {
            code: service.code.clone(),
            name: service.name.get(&self.prefs.lang).to_owned(),
            icon: service.icon.clone(),
            waiting: now.map_or(0, |n| n.count.waiting),
            wait: now.and_then(|n| n.wait),
            needs_papers: service.needs_papers,
            state: match now {
                Some(n) if n.paused => TileState::Paused,
                Some(n) if n.cap_reached => TileState::CapReached,
                Some(n) if n.counters_paused => TileState::DesksPaused,
                _ => TileState::Open,
            },
        }
    }

    fn priority(&self, service: &str) -> Priority {
        let choice = |p: &crate::hall::PriorityClass| PriorityChoice {
            code: p.code.clone(),
            name: p.name.get(&self.prefs.lang).to_owned(),
            icon: p.icon.clone(),
        };
        Priority { service: self.name(service), classes: self.hall.priority.iter().map(choice).collect() }
    }

    fn number(&self, ticket: &Ticket, paper: PaperStep) -> Number {
        Number {
            label: ticket.label.clone(),
            service: self.name(&ticket.service),
            counters: self.hall.service(&ticket.service).map_or(String::new(), |s| s.counters.join(", ")),
            // Nobody has counted them for a number that a kiosk gave on its own.
            ahead: (!ticket.series.is_kiosk()).then_some(ticket.ahead),
            wait: ticket.wait,
            priority: ticket.priority,
            paper,
            qr: self.hall.qr(ticket),
        }
    }

    pub(super) fn name(&self, code: &str) -> String {
        self.hall.service(code).map_or_else(|| code.to_owned(), |s| s.name.get(&self.prefs.lang).to_owned())
    }

    /// A refusal as a screen. `service` is set when it answers a citizen's choice.
    fn refused_screen(&self, refusal: &Refusal, service: Option<&str>) -> Screen {
        let mut out = Refused {
            reason: RefusedReason::Closed,
            service: service.map(|s| self.name(s)),
            holiday: None,
            opens: None,
            given: None,
            whole_hall: service.is_none(),
        };
        match refusal {
            Refusal::IntakePaused { notice } => {
                let why = notice.clone().map_or(OutOfOrder::TechnicalPause, OutOfOrder::Message);
                return Screen::OutOfOrder(why);
            }
            Refusal::Holiday { name, opens } => {
                out.reason = RefusedReason::Holiday;
                out.holiday = Some(name.get(&self.prefs.lang).to_owned());
                out.opens = opens.map(|t| self.opening(t));
            }
            Refusal::Lunch { opens } => {
                out.reason = RefusedReason::Lunch;
                out.opens = Some(self.opening(*opens));
            }
            Refusal::CapReached { given, .. } => {
                out.reason = RefusedReason::CapReached;
                out.given = Some(*given);
            }
            Refusal::ServicePaused { .. } => out.reason = RefusedReason::ServicePaused,
            Refusal::UnknownService { .. } => out.reason = RefusedReason::UnknownService,
            Refusal::Closed { opens } => out.opens = opens.map(|t| self.opening(t)),
            // Refusals of staff commands never answer a citizen.
            _ => {}
        }
        Screen::Refused(out)
    }

    pub(super) fn opening(&self, at: DateTime) -> Opening {
        let today = self.now.local.date();
        Opening {
            weekday: unsigned(at.weekday().to_monday_zero_offset()),
            day: unsigned(at.day()),
            month: unsigned(at.month()),
            hour: unsigned(at.hour()),
            minute: unsigned(at.minute()),
            today: at.date() == today,
            tomorrow: today.tomorrow().is_ok_and(|d| d == at.date()),
        }
    }
}

/// Calendar fields are never negative.
pub(super) fn unsigned(field: i8) -> u8 {
    u8::try_from(field).unwrap_or(0)
}

impl Hall {
    /// Content of a ticket's QR code.
    pub fn qr(&self, ticket: &Ticket) -> String {
        self.ticket
            .qr
            .replace("{site}", &self.id)
            .replace("{day}", &ticket.day.to_string())
            .replace("{label}", &ticket.label)
            .replace("{ticket}", &ticket.id.simple().to_string())
    }
}
