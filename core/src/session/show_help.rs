// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of `help` as views. Reads only.

use super::errand::clock;
use super::help::{MOST_FOUND, Page, Regret};
use super::show::unsigned;
use super::*;
use crate::citizen::DossierNow;
use crate::hall::{Direction, Words};
use crate::procedures::{Online, Procedure, Reception, Text};
use crate::view::*;
use jiff::ToSpan;
use jiff::civil::Date;

/// Coming holidays that are shown.
const HOLIDAYS: usize = 4;
/// How far ahead they are shown, days.
const HOLIDAYS_AHEAD: i64 = 120;

impl Session {
    pub(super) fn page(&self, page: &Page) -> Screen {
        match page {
            Page::List { kind, of, first } => Screen::List(self.list(*kind, of, *first)),
            Page::Bookings { found, first } => Screen::List(List {
                kind: ListKind::Bookings,
                of: String::new(),
                rows: found.iter().map(|b| self.booked_row(b)).collect(),
                first: *first,
            }),
            Page::Search { query, found } => Screen::Search(Search {
                query: query.clone(),
                rows: found
                    .iter()
                    .filter_map(|code| self.procedures.get(code))
                    .take(MOST_FOUND)
                    .map(|p| self.procedure_row(p, true))
                    .collect(),
            }),
            Page::Procedure { code, paper } => match self.procedures.get(code) {
                Some(procedure) => Screen::Sheet(self.procedure(procedure, paper.map(|(_, step)| step))),
                None => Screen::List(self.list(ListKind::Fields, "", 0)),
            },
            Page::Question(at) => match self.hall.faq.get(*at) {
                Some(q) => Screen::Sheet(plain(
                    SheetKind::Answer,
                    self.said(&q.question),
                    self.said(&q.answer),
                    self.visit.first,
                )),
                None => Screen::List(self.list(ListKind::Information, "", 0)),
            },
            Page::Plan => Screen::Plan(self.plan()),
            Page::Hours => Screen::Sheet(self.hours()),
            Page::Post => {
                let text = self.hall.post.as_ref().map(|t| self.said(t)).unwrap_or_default();
                Screen::Sheet(plain(SheetKind::Post, String::new(), text, self.visit.first))
            }
            Page::Fee(at) => match self.pay(*at) {
                Some(pay) => Screen::Pay(pay),
                None => Screen::List(self.list(ListKind::Information, "", 0)),
            },
            Page::Entry(typing) => Screen::Entry(Entry {
                kind: typing.kind,
                text: typing.text.to_string(),
                method: typing.method,
                ready: typing.ready(),
                left: typing.left(),
            }),
            Page::Reader { what, now, .. } => Screen::Reader(Reader {
                what: *what,
                now: *now,
                can_type: matches!(what, ReaderWhat::Booking | ReaderWhat::Receipt),
                can_card: *what == ReaderWhat::Booking && self.reads_cards(),
            }),
            Page::Consent(purpose) => Screen::Consent(Consent {
                purpose: *purpose,
                chip: self.hall.cards.read == crate::hall::CardRead::Chip && self.abilities.card,
                per_day: self.hall.cards.per_day,
                priority_from: self.hall.cards.priority_from,
            }),
            Page::Card => Screen::Sheet(self.card()),
            Page::Dossier { now, paper } => {
                Screen::Sheet(self.dossier_sheet(now, paper.map(|(_, step)| step)))
            }
            Page::Asking { what, .. } => Screen::Asking(*what),
            Page::Sorry(regret) => Screen::Sorry(self.regret(regret)),
            Page::Kept { code, kind, with_contact, paper, .. } => Screen::Kept(Kept {
                code: code.clone(),
                kind: *kind,
                answer_days: self.hall.feedback.as_ref().map_or(0, |f| f.answer_days),
                with_contact: *with_contact,
                paper: *paper,
            }),
        }
    }

    fn said(&self, words: &Words) -> String {
        words.get(&self.prefs.lang).to_owned()
    }

    fn text(&self, text: &Text) -> String {
        text.said(&self.prefs.lang).to_owned()
    }

    fn list(&self, kind: ListKind, of: &str, first: usize) -> List {
        let word = |code: &str, word| Row { code: code.to_owned(), word, ..Row::default() };
        let mut name = String::new();
        let rows = match kind {
            ListKind::Fields => self
                .procedures
                .shelves()
                .iter()
                .map(|s| Row {
                    code: s.field.code.clone(),
                    name: self.text(&s.field.name),
                    count: u32::try_from(s.count).unwrap_or(u32::MAX),
                    ..Row::default()
                })
                .collect(),
            ListKind::Procedures => {
                let field = self.procedures.shelves().iter().find(|s| s.field.code == of);
                name = field.map(|s| self.text(&s.field.name)).unwrap_or_default();
                self.procedures.of_field(of).into_iter().map(|p| self.procedure_row(p, false)).collect()
            }
            ListKind::Information => self.information(),
            ListKind::Questions => {
                numbered(self.hall.faq.iter().map(|q| (self.said(&q.question), String::new())))
            }
            ListKind::Fees => {
                let fees = self.hall.pay.iter().flat_map(|p| &p.fees);
                numbered(fees.map(|f| (self.said(&f.name), money(f.amount))))
            }
            ListKind::Feedback => vec![
                word("report", RowWord::Report),
                word("proposal", RowWord::Proposal),
                word("praise", RowWord::Praise),
            ],
            ListKind::Bookings => Vec::new(),
        };
        List { kind, of: name, rows, first }
    }

    fn information(&self) -> Vec<Row> {
        let hall = &self.hall;
        // While the hall is closed the home screen offers none of the three.
        let (offers, closed) = (self.offers(), !self.serving());
        let offered = [
            ("papers", RowWord::Papers, closed && offers.papers),
            ("dossier", RowWord::Dossier, closed && offers.dossier),
            ("feedback", RowWord::Feedback, closed && offers.feedback),
            ("questions", RowWord::Questions, !hall.faq.is_empty()),
            ("hours", RowWord::Hours, true),
            ("plan", RowWord::Plan, true),
            ("pay", RowWord::Pay, hall.pay.as_ref().is_some_and(|p| !p.fees.is_empty())),
            ("post", RowWord::Post, hall.post.is_some()),
        ];
        let row = |(code, word): (&str, RowWord)| Row { code: code.to_owned(), word, ..Row::default() };
        offered.into_iter().filter(|(_, _, there)| *there).map(|(code, word, _)| row((code, word))).collect()
    }

    fn procedure_row(&self, p: &Procedure, with_field: bool) -> Row {
        let note = if with_field { self.text(&p.field.name) } else { String::new() };
        Row { code: p.code.clone(), name: self.text(&p.name), note, ..Row::default() }
    }

    fn booked_row(&self, booked: &crate::citizen::Booked) -> Row {
        let procedure = booked.procedure.as_deref().and_then(|code| self.procedures.get(code));
        let service = booked.service.as_deref().map(|code| self.name(code));
        let name = procedure.map(|p| self.text(&p.name)).or(service).unwrap_or_else(|| booked.code.clone());
        let note = format!("{}–{}", clock(booked.from), clock(booked.to));
        Row { code: booked.code.clone(), name, note, ..Row::default() }
    }

    fn procedure(&self, p: &Procedure, paper: Option<PaperStep>) -> Sheet {
        let mut parts = Vec::new();
        for (i, paper) in p.papers.iter().enumerate() {
            parts.push(Part {
                caption: if i == 0 { Caption::Papers } else { Caption::None },
                text: self.text(&paper.name),
                originals: paper.originals,
                copies: paper.copies,
                ..Part::default()
            });
        }
        for (i, form) in p.forms.iter().enumerate() {
            let caption = if i == 0 { Caption::Forms } else { Caption::None };
            parts.push(Part { caption, text: self.text(&form.name), ..Part::default() });
        }
        parts.extend([
            told(Caption::Time, self.text(&p.time)),
            told(Caption::Fee, self.text(&p.fee)),
            told(Caption::Place, self.text(&p.place)),
            worded(
                Caption::Reception,
                match p.reception {
                    Reception::AtOnce => PartWord::AtOnce,
                    Reception::ByAppointment => PartWord::ByAppointment,
                    Reception::Either => PartWord::EitherWay,
                },
            ),
            worded(
                Caption::Online,
                match p.online {
                    Online::None => PartWord::NotOnline,
                    Online::Partial => PartWord::OnlineInPart,
                    Online::Full => PartWord::OnlineWhole,
                },
            ),
            worded(
                Caption::Territory,
                if p.non_territorial { PartWord::AnyHall } else { PartWord::ThisHall },
            ),
            worded(Caption::Post, if p.by_post { PartWord::ByPost } else { PartWord::NotByPost }),
            told(Caption::Procedure, p.code.clone()),
        ]);
        let main = if self.serving() && self.hall.service_for(&p.code, &p.field.code).is_some() {
            Deed::TakeNumber
        } else {
            Deed::None
        };
        let title = self.text(&p.name);
        Sheet {
            kind: SheetKind::Procedure,
            title,
            parts,
            first: self.visit.first,
            main,
            also: printing(Deed::PrintChecklist, paper),
            paper,
        }
    }

    fn hours(&self) -> Sheet {
        const DAYS: [Caption; 7] = [
            Caption::Monday,
            Caption::Tuesday,
            Caption::Wednesday,
            Caption::Thursday,
            Caption::Friday,
            Caption::Saturday,
            Caption::Sunday,
        ];
        let mut parts: Vec<Part> = DAYS
            .into_iter()
            .zip(&self.hall.hours.week)
            .map(|(day, periods)| {
                let spans: Vec<String> =
                    periods.iter().map(|p| format!("{}–{}", clock(p.from), clock(p.to))).collect();
                if spans.is_empty() { worded(day, PartWord::Closed) } else { told(day, spans.join(", ")) }
            })
            .collect();
        let today = self.now.local.date();
        let until = today.checked_add(HOLIDAYS_AHEAD.days()).unwrap_or(Date::MAX);
        let coming = self.hall.holidays.iter().filter(|h| h.to >= today && h.from <= until);
        parts.extend(coming.take(HOLIDAYS).map(|h| {
            let days =
                if h.from == h.to { date(h.from) } else { format!("{} – {}", date(h.from), date(h.to)) };
            told(Caption::Holiday, format!("{}: {days}", self.said(&h.name)))
        }));
        Sheet {
            kind: SheetKind::Hours,
            title: String::new(),
            parts,
            first: self.visit.first,
            main: Deed::None,
            also: Deed::None,
            paper: None,
        }
    }

    fn plan(&self) -> Plan {
        let counters = self.hall.counters.iter().map(|c| PlanCounter {
            id: c.id.clone(),
            name: self.said(&c.name),
            side: c.direction.unwrap_or(Direction::Ahead),
        });
        Plan { counters: counters.collect() }
    }

    fn pay(&self, at: usize) -> Option<Pay> {
        let pay = self.hall.pay.as_ref()?;
        let fee = pay.fees.get(at)?;
        Some(Pay {
            name: self.said(&fee.name),
            amount: money(fee.amount),
            content: fee.content.clone(),
            bank: self.said(&pay.bank_name),
            holder: pay.holder.clone(),
            account: pay.account.number().to_owned(),
            qr: pay.account.code(Some(fee.amount), &fee.content).ok()?,
        })
    }

    fn card(&self) -> Sheet {
        let mut parts = Vec::new();
        let mut failed = false;
        if let Some(card) = &self.visit.card {
            failed = card.how == crate::citizen::Proof::Failed;
            if let Some(name) = &card.name {
                parts.push(told(Caption::Name, name.expose().to_owned()));
            }
            parts.push(told(Caption::Number, card.number.masked()));
            parts.push(told(Caption::Birth, card.birth.year().to_string()));
            parts.push(worded(Caption::Proof, card.how.into()));
        }
        let (main, also) =
            if failed { (Deed::WithoutCard, Deed::OtherCard) } else { (Deed::GoOn, Deed::OtherCard) };
        Sheet {
            kind: SheetKind::Card,
            title: String::new(),
            parts,
            first: self.visit.first,
            main,
            also,
            paper: None,
        }
    }

    fn dossier_sheet(&self, d: &DossierNow, paper: Option<PaperStep>) -> Sheet {
        let day = |caption, day: Option<Date>| day.map(|d| told(caption, date(d)));
        let procedure = self.procedures.get(&d.procedure);
        let mut parts = vec![worded(Caption::Status, status(d.status))];
        if d.late {
            parts.push(worded(Caption::None, PartWord::Late));
        }
        let next = match &d.next {
            Some((vi, en)) => {
                let text = en.as_ref().filter(|_| self.prefs.lang == "en").unwrap_or(vi);
                told(Caption::Next, text.clone())
            }
            // Waiting for a day that is over is no advice.
            None if d.late && next(d.status) == PartWord::NextWait => {
                let new = if d.new_due.is_some() { PartWord::NextWaitNew } else { PartWord::NextAsk };
                worded(Caption::Next, new)
            }
            None => worded(Caption::Next, next(d.status)),
        };
        parts.push(next);
        parts.extend(day(Caption::Due, d.due));
        parts.extend(day(Caption::NewDue, d.new_due));
        parts.extend(day(Caption::Received, d.received));
        parts.push(told(Caption::Dossier, d.code.clone()));
        parts.extend(day(Caption::AsOf, d.as_of));
        let main = match d.status {
            _ if d.late => printing(Deed::PrintApology, paper),
            9 if self.serving() => Deed::TakeNumber,
            _ => Deed::None,
        };
        let title = procedure.map_or_else(String::new, |p| self.text(&p.name));
        Sheet {
            kind: SheetKind::Dossier,
            title,
            parts,
            first: self.visit.first,
            main,
            also: Deed::None,
            paper,
        }
    }

    fn regret(&self, r: &Regret) -> Sorry {
        let opens = r.opens.map(|at| self.opening(at));
        Sorry { reason: r.reason, about: r.about.clone(), opens, main: r.main }
    }
}

fn plain(kind: SheetKind, title: String, text: String, first: usize) -> Sheet {
    Sheet {
        kind,
        title,
        parts: vec![told(Caption::None, text)],
        first,
        main: Deed::None,
        also: Deed::None,
        paper: None,
    }
}

/// A paper that is on its way, or out, is not offered again.
fn printing(deed: Deed, paper: Option<PaperStep>) -> Deed {
    if matches!(paper, Some(PaperStep::Printing | PaperStep::Take)) { Deed::None } else { deed }
}

fn told(caption: Caption, text: String) -> Part {
    Part { caption, text, ..Part::default() }
}

fn worded(caption: Caption, word: PartWord) -> Part {
    Part { caption, word, ..Part::default() }
}

/// Rows whose code is their place.
fn numbered(rows: impl Iterator<Item = (String, String)>) -> Vec<Row> {
    let row = |(at, (name, note)): (usize, (String, String))| Row {
        code: at.to_string(),
        name,
        note,
        ..Row::default()
    };
    rows.enumerate().map(row).collect()
}

fn date(day: Date) -> String {
    format!("{:02}/{:02}/{}", unsigned(day.day()), unsigned(day.month()), day.year())
}

/// `50.000 đ`.
fn money(amount: u64) -> String {
    let digits = amount.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    format!("{out} đ")
}

/// The fixed list of the National Portal.
fn status(number: u8) -> PartWord {
    match number {
        1 => PartWord::Registered,
        2 => PartWord::Accepted,
        3 => PartWord::NotAccepted,
        4 => PartWord::InProgress,
        5 => PartWord::PapersWanted,
        6 => PartWord::PaymentWanted,
        7 => PartWord::Withdrawn,
        8 => PartWord::Stopped,
        9 => PartWord::Finished,
        _ => PartWord::HandedOut,
    }
}

/// What the citizen does, where the provincial system does not say it.
fn next(number: u8) -> PartWord {
    match number {
        1 | 2 | 4 => PartWord::NextWait,
        5 => PartWord::NextPapers,
        6 => PartWord::NextPay,
        9 => PartWord::NextCollect,
        7 | 10 => PartWord::NextNothing,
        _ => PartWord::NextAsk,
    }
}
