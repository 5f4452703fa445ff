// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a committed ticket to its paper, and the truth about it back to the
//! hub. "Printing" is durable before the first byte goes out, so after a power
//! cut nothing that may be on paper is called unprinted. Knows no screen.

use super::link::HubLink;
use super::sheets::document;
use super::slip::{of_no_value, slip, test_slip};
use crate::hub::Request;
use crate::store::Answer;
use jiff::civil::Date;
use motcua_core::hall::Hall;
use motcua_core::queue::{Command, PrintState, Stage, Ticket};
use motcua_core::session::Paper;
use motcua_core::view::{PaperFault, PaperStep};
use motcua_hal::printer::{Document, Fault, JobId, JobState, PrinterHandle};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use uuid::Uuid;

/// What a paper belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A ticket.
    Ticket(Uuid),
    /// Something that was asked for under this id.
    Sheet(Uuid),
}

/// Tells the screen how a paper is doing.
pub type TellPaper = dyn Fn(Piece, PaperStep) + Send + Sync;

/// The paper side of one kiosk.
pub struct PaperDesk {
    link: HubLink,
    runtime: Handle,
    hall: Mutex<Arc<Hall>>,
    printer: PrinterHandle,
    tell: Box<TellPaper>,
    /// Numbers asked for in this run: whatever becomes of their paper, it is not an earlier run's.
    asked: Mutex<HashSet<Uuid>>,
    /// Tickets whose paper was begun here and has no end yet.
    under_way: Mutex<HashSet<Uuid>>,
    /// Papers that are no tickets, with what the hub is told when they are out.
    sheets: Mutex<HashMap<Uuid, Option<Command>>>,
    /// Of a test mode: every paper says that it has no value.
    trial: bool,
}

impl PaperDesk {
    /// A desk for one printer.
    pub fn new(
        link: HubLink,
        runtime: Handle,
        hall: Arc<Hall>,
        printer: PrinterHandle,
        (tell, trial): (Box<TellPaper>, bool),
    ) -> Arc<PaperDesk> {
        let hall = Mutex::new(hall);
        let (asked, under_way, sheets) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(PaperDesk { link, runtime, hall, printer, tell, asked, under_way, sheets, trial })
    }

    /// Prints by another configuration from now on.
    pub fn set_hall(&self, hall: Arc<Hall>) {
        *self.hall.lock().unwrap_or_else(PoisonError::into_inner) = hall;
    }

    /// A number is being asked for with this id.
    pub fn asked(&self, id: Uuid) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    /// Prints a ticket that the hub has committed. A second call for the same paper does nothing.
    pub fn print(self: &Arc<Self>, ticket: Ticket) {
        if !self.lock().insert(ticket.id) {
            return;
        }
        if let Some(fault) = self.printer.state().fault() {
            tracing::warn!(label = ticket.label, %fault, "no paper for this ticket");
            self.end(ticket.id, PrintState::PrintFailed, PaperStep::OnScreen(citizen(fault)));
            return;
        }
        let desk = self.clone();
        self.mark(ticket.id, PrintState::Printing, move |durable| {
            if durable {
                let mut hall = desk.hall.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if desk.trial {
                    // Such as "valid today", on a paper that is not.
                    Arc::make_mut(&mut hall).ticket.note = None;
                }
                desk.put_out(ticket.id, slip(&hall, &ticket));
            } else {
                // Voided in the meantime, or printing already somewhere: no second slip.
                desk.lock().remove(&ticket.id);
            }
        });
    }

    /// Prints a paper that is no ticket. The hub counts apologies: it is told once one is out.
    pub fn print_sheet(&self, ask: Uuid, paper: &Paper, lang: &str, at: jiff::civil::DateTime) {
        if let Some(fault) = self.printer.state().fault() {
            (self.tell)(Piece::Sheet(ask), PaperStep::OnScreen(citizen(fault)));
            return;
        }
        let hall = self.hall.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let count = match paper {
            Paper::Apology { dossier, procedure } => Some(Command::Apologise {
                procedure: dossier.procedure.clone(),
                field: procedure.as_ref().map(|p| p.field.code.clone()),
                days_late: days_late(dossier.due, at.date()),
                new_due: dossier.new_due,
            }),
            Paper::Checklist(_) | Paper::Receipt { .. } => None,
        };
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner).insert(ask, count);
        self.put_out(ask, document(&hall, paper, lang, at));
    }

    fn put_out(&self, id: Uuid, document: Document) {
        let document = if self.trial { of_no_value(document) } else { document };
        self.printer.print(JobId(id.as_u128()), document);
    }

    /// Whether a job is a paper that is no ticket; tells how it is doing.
    fn sheet_job(&self, id: Uuid, state: JobState) -> bool {
        let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        if !sheets.contains_key(&id) {
            return false;
        }
        let step = match state {
            JobState::Sending => PaperStep::Printing,
            JobState::Waiting(fault) => PaperStep::Waiting(citizen(fault)),
            JobState::Printed => PaperStep::Take,
            JobState::Failed(fault) => PaperStep::OnScreen(citizen(fault)),
            JobState::Unknown(_) => PaperStep::Unsure,
        };
        if !matches!(state, JobState::Sending | JobState::Waiting(_)) {
            let count = sheets.remove(&id).flatten().filter(|_| matches!(state, JobState::Printed));
            if let Some(command) = count {
                let request = Request { id: Uuid::now_v7(), command };
                self.link.submit(&self.runtime, request, |_, answer| {
                    if let Answer::Refused(refusal) = answer {
                        tracing::warn!(%refusal, "an apology was not counted");
                    }
                });
            }
        }
        drop(sheets);
        (self.tell)(Piece::Sheet(id), step);
        true
    }

    /// Prints a slip that belongs to no ticket.
    pub fn print_test(&self, at: jiff::civil::DateTime) -> Result<(), Fault> {
        if let Some(fault) = self.printer.state().fault() {
            return Err(fault);
        }
        let hall = self.hall.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.printer.print(TEST, test_slip(&hall, at));
        Ok(())
    }

    /// News of a job from the printer's thread.
    pub fn job(self: &Arc<Self>, job: JobId, state: JobState) {
        if job == TEST {
            tracing::info!(?state, "the test slip");
            return;
        }
        let ticket = Uuid::from_u128(job.0);
        if self.sheet_job(ticket, state) {
            return;
        }
        match state {
            JobState::Sending => (self.tell)(Piece::Ticket(ticket), PaperStep::Printing),
            JobState::Waiting(fault) => {
                (self.tell)(Piece::Ticket(ticket), PaperStep::Waiting(citizen(fault)));
            }
            JobState::Printed => self.end(ticket, PrintState::Printed, PaperStep::Take),
            JobState::Failed(fault) => {
                self.end(ticket, PrintState::PrintFailed, PaperStep::OnScreen(citizen(fault)));
            }
            JobState::Unknown(_) => self.end(ticket, PrintState::PrintUnknown, PaperStep::Unsure),
        }
    }

    fn end(self: &Arc<Self>, ticket: Uuid, print: PrintState, step: PaperStep) {
        (self.tell)(Piece::Ticket(ticket), step);
        let desk = self.clone();
        self.mark(ticket, print, move |_| {
            desk.lock().remove(&ticket);
        });
    }

    fn mark(&self, ticket: Uuid, print: PrintState, then: impl FnOnce(bool) + Send + 'static) {
        let request = Request { id: Uuid::now_v7(), command: Command::MarkPrint { ticket, print } };
        self.link.submit(&self.runtime, request, move |_, answer| {
            if let Answer::Refused(refusal) = &answer {
                tracing::warn!(%ticket, ?print, %refusal, "the paper's state was not taken");
            }
            then(matches!(answer, Answer::Accepted { .. }));
        });
    }

    /// What an earlier run of this kiosk left open: not begun is surely not on paper, begun is unknown.
    pub async fn settle_earlier(self: Arc<Self>) {
        for ticket in self.link.my_tickets().await {
            let mine = self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(&ticket.id);
            if mine || ticket.stage != Stage::Waiting || self.lock().contains(&ticket.id) {
                continue;
            }
            match ticket.print {
                // A reprint that was asked for and not begun is still to be printed.
                PrintState::Committed if ticket.copies > 1 => {}
                PrintState::Committed => self.mark(ticket.id, PrintState::PrintFailed, |_| {}),
                PrintState::Printing => self.mark(ticket.id, PrintState::PrintUnknown, |_| {}),
                _ => {}
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Days from the promised one to `today`.
fn days_late(due: Option<Date>, today: Date) -> u32 {
    let span = due.and_then(|due| due.until(today).ok());
    span.map_or(0, |span| u32::try_from(span.get_days()).unwrap_or(0))
}

/// Job of the test slip, which belongs to no ticket.
pub const TEST: JobId = JobId(0);

/// A printer's fault in the citizen's terms.
pub fn citizen(fault: Fault) -> PaperFault {
    match fault {
        Fault::PaperEnd => PaperFault::NoPaper,
        Fault::CoverOpen => PaperFault::CoverOpen,
        _ => PaperFault::Printer,
    }
}
