// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a batch of business events changes: tickets, visits (one ticket at one
//! desk), ratings, counters, feedback, and the hall itself. An event that is
//! told again leaves the same rows.

use super::tables::{COUNTERS, FEEDBACK, RATINGS, TICKETS, VISITS};
use motcua_link::data::{AuditNoted, Body, CounterChange, FeedbackGiven, Paper, RatingGiven, TicketIssued};
use motcua_link::db::{DbError, Row, Tx, Value};
use motcua_link::wire::Source;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One ticket's row.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ticket {
    day: String,
    label: String,
    service: String,
    priority: bool,
    device: String,
    issued_ms: i64,
    stage: String,
    paper: String,
    counter: Option<String>,
    session: Option<String>,
    first_call_ms: Option<i64>,
    ended_ms: Option<i64>,
    reason: Option<String>,
}

/// One visit's row.
#[derive(Clone, Debug, Default, PartialEq)]
struct Visit {
    ticket: String,
    day: String,
    service: String,
    counter: String,
    officer: String,
    called_ms: i64,
    calls: i64,
    waited_ms: i64,
    started_ms: Option<i64>,
    ended_ms: Option<i64>,
    outcome: String,
}

/// The rows under change.
#[derive(Debug)]
pub(super) struct Fold {
    site: String,
    day: String,
    /// What the hall calls itself, where it said so.
    name: Option<String>,
    intake: Option<String>,
    tickets: BTreeMap<String, Ticket>,
    visits: BTreeMap<String, Visit>,
    ratings: BTreeMap<String, Vec<Value>>,
    alarms_seen: Vec<String>,
    counters: BTreeMap<String, Vec<Value>>,
    feedback: BTreeMap<String, Vec<Value>>,
    /// What a hall itself calls an alarm.
    noted: Vec<AuditNoted>,
}

impl Fold {
    /// Reads every row that these events may change.
    pub(super) async fn read(tx: &mut Tx<'_>, site: &str, bodies: &[(i64, Body)]) -> Result<Fold, DbError> {
        let hall = tx.one("SELECT day, intake FROM halls WHERE site = $1", &[site.into()]).await?;
        let mut fold = Fold {
            site: site.to_owned(),
            day: hall.as_ref().map(|r| r.text(0)).transpose()?.unwrap_or_default(),
            intake: hall.map(|r| r.text_or_none(1)).transpose()?.flatten(),
            name: None,
            tickets: BTreeMap::new(),
            visits: BTreeMap::new(),
            ratings: BTreeMap::new(),
            alarms_seen: Vec::new(),
            counters: BTreeMap::new(),
            feedback: BTreeMap::new(),
            noted: Vec::new(),
        };
        let (mut tickets, mut sessions) = (Vec::new(), Vec::new());
        for (_, body) in bodies {
            named(body, &mut tickets, &mut sessions);
        }
        let sql =
            "SELECT ticket, day, label, service, priority, device, issued_ms, stage, paper, counter, session,
                   first_call_ms, ended_ms, reason FROM tickets WHERE site = $1 AND ticket";
        for row in tx.rows_of(sql, &[site.into()], texts(&tickets)).await? {
            fold.tickets.insert(row.text(0)?, ticket(&row)?);
        }
        let mut sessions = texts(&sessions);
        sessions.extend(fold.tickets.values().filter_map(|t| t.session.clone()));
        sessions.sort();
        sessions.dedup();
        let sql =
            "SELECT session, ticket, day, service, counter, officer, called_ms, calls, waited_ms, started_ms,
                   ended_ms, outcome FROM visits WHERE site = $1 AND session";
        for row in tx.rows_of(sql, &[site.into()], sessions).await? {
            fold.visits.insert(row.text(0)?, visit(&row)?);
        }
        Ok(fold)
    }

    /// Takes one event in.
    pub(super) fn apply(&mut self, at_ms: i64, body: &Body) {
        match body {
            Body::DayOpened(e) => {
                self.day.clone_from(&e.day);
                self.name = e.name.clone().or(self.name.take());
                self.intake = None;
                e.carried.iter().for_each(|id| self.stage(*id, "waiting", None));
            }
            Body::DayEnded(e) => e.unserved.iter().for_each(|id| self.stage(*id, "unserved", Some(at_ms))),
            Body::DayCarriedOver(e) => {
                e.tickets.iter().for_each(|id| self.stage(*id, "carried-over", Some(at_ms)));
            }
            Body::IntakePaused(e) if e.service.is_none() => self.intake = Some(e.reason.clone()),
            Body::IntakeResumed(e) if e.service.is_none() => self.intake = None,
            Body::TicketIssued(e) => self.issued(e),
            Body::TicketPaper(e) => {
                if let Some(ticket) = self.tickets.get_mut(&e.ticket.to_string()) {
                    ticket.paper = paper(e.state).to_owned();
                }
            }
            Body::RatingGiven(e) => self.rated(at_ms, e),
            Body::RatingAlarmSeen(e) => self.alarms_seen.push(e.session.to_string()),
            Body::FeedbackGiven(e) => self.feedback(at_ms, e),
            Body::CounterChanged(e) => {
                let state = change(e.change);
                let row = vec![
                    self.site.as_str().into(),
                    e.counter.as_str().into(),
                    state.into(),
                    e.officer.clone().into(),
                    at_ms.into(),
                ];
                // The officer who sat down earlier in the same batch is not forgotten.
                let officer = self.counters.get(&e.counter).and_then(|r| r.get(3).cloned());
                let row = match (officer, e.change) {
                    (
                        Some(officer),
                        CounterChange::Opened | CounterChange::Paused | CounterChange::Closed,
                    ) => {
                        let mut row = row;
                        row[3] = officer;
                        row
                    }
                    _ => row,
                };
                self.counters.insert(e.counter.clone(), row);
            }
            Body::AuditNoted(e) => self.noted.push(e.clone()),
            other => self.desk(at_ms, other),
        }
    }

    /// What happens at the desks.
    fn desk(&mut self, at_ms: i64, body: &Body) {
        match body {
            Body::CallMade(e) => {
                let id = e.ticket.to_string();
                let waited_ms = self.waited(&id, at_ms);
                let ticket = self.tickets.entry(id.clone()).or_default();
                let session = e.session.to_string();
                "called".clone_into(&mut ticket.stage);
                ticket.counter = Some(e.counter.clone());
                ticket.session = Some(session.clone());
                ticket.first_call_ms = ticket.first_call_ms.or(Some(at_ms));
                let fresh = Visit {
                    ticket: id,
                    day: self.day.clone(),
                    called_ms: at_ms,
                    waited_ms,
                    outcome: "open".into(),
                    ..Visit::default()
                };
                let visit = self.visits.entry(session).or_insert(fresh);
                visit.service.clone_from(&e.service);
                visit.counter.clone_from(&e.counter);
                visit.officer = e.officer.clone().unwrap_or_default();
                if e.recall || visit.calls == 0 {
                    visit.calls += 1;
                }
            }
            Body::ServiceStarted(e) => {
                self.stage(e.ticket, "serving", None);
                if let Some(visit) = self.visit_of(e.ticket) {
                    visit.started_ms = visit.started_ms.or(Some(at_ms));
                }
            }
            Body::ServiceFinished(e) => {
                let ends = e.next.is_none();
                self.stage(e.ticket, if ends { "served" } else { "waiting" }, ends.then_some(at_ms));
                if let Some(next) = &e.next {
                    self.move_to(e.ticket, next);
                }
                if let Some(visit) = self.visits.get_mut(&e.session.to_string()) {
                    visit.service.clone_from(&e.service);
                    visit.started_ms = Some(e.started_ms);
                    visit.ended_ms = Some(e.ended_ms);
                    "served".clone_into(&mut visit.outcome);
                }
            }
            Body::TicketAbsent(e) => {
                self.end_visit(e.ticket, "absent", at_ms);
                self.stage(e.ticket, "absent", Some(at_ms));
            }
            Body::TicketReturned(e) => {
                self.end_visit(e.ticket, "returned", at_ms);
                self.stage(e.ticket, "waiting", None);
                self.move_to(e.ticket, &e.service);
            }
            Body::TicketTransferred(e) => {
                self.end_visit(e.ticket, "transferred", at_ms);
                self.stage(e.ticket, "waiting", None);
                self.move_to(e.ticket, &e.service);
            }
            Body::TicketHeld(e) => self.stage(e.ticket, "held", None),
            Body::TicketResumed(e) => self.stage(e.ticket, "serving", None),
            Body::TicketVoided(e) => {
                self.end_visit(e.ticket, "voided", at_ms);
                self.stage(e.ticket, "voided", Some(at_ms));
                if let Some(ticket) = self.tickets.get_mut(&e.ticket.to_string()) {
                    ticket.reason = Some(e.reason.clone());
                }
            }
            _ => {}
        }
    }

    /// From the number, or from the end of the visit before, to this call.
    fn waited(&self, id: &str, at_ms: i64) -> i64 {
        let Some(ticket) = self.tickets.get(id) else { return 0 };
        let before = ticket.session.as_ref().and_then(|s| self.visits.get(s)?.ended_ms);
        at_ms.saturating_sub(before.unwrap_or(ticket.issued_ms)).max(0)
    }

    fn issued(&mut self, e: &TicketIssued) {
        let ticket = Ticket {
            day: e.day.clone(),
            label: e.label.clone(),
            service: e.service.clone(),
            priority: e.priority,
            device: e.device.clone(),
            issued_ms: e.issued_ms,
            stage: "waiting".into(),
            paper: "committed".into(),
            ..Ticket::default()
        };
        self.tickets.insert(e.ticket.to_string(), ticket);
    }

    fn stage(&mut self, id: Uuid, stage: &str, ended_ms: Option<i64>) {
        if let Some(ticket) = self.tickets.get_mut(&id.to_string()) {
            stage.clone_into(&mut ticket.stage);
            ticket.ended_ms = ended_ms;
        }
    }

    fn move_to(&mut self, id: Uuid, service: &str) {
        if let Some(ticket) = self.tickets.get_mut(&id.to_string()) {
            service.clone_into(&mut ticket.service);
        }
    }

    fn visit_of(&mut self, id: Uuid) -> Option<&mut Visit> {
        let session = self.tickets.get(&id.to_string())?.session.clone()?;
        self.visits.get_mut(&session)
    }

    fn end_visit(&mut self, id: Uuid, outcome: &str, at_ms: i64) {
        if let Some(visit) = self.visit_of(id).filter(|v| v.outcome == "open") {
            outcome.clone_into(&mut visit.outcome);
            visit.ended_ms = Some(at_ms);
        }
    }

    fn rated(&mut self, at_ms: i64, e: &RatingGiven) {
        let json = |value: &[String]| serde_json::to_string(value).unwrap_or_default();
        let answers = serde_json::to_string(&e.answers).unwrap_or_default();
        let session = e.session.to_string();
        // A late rating counts for the day of its service.
        let day = self.visits.get(&session).map_or(&self.day, |v| &v.day).clone();
        let row = vec![
            self.site.as_str().into(),
            session.as_str().into(),
            day.into(),
            at_ms.into(),
            e.service.as_str().into(),
            e.counter.as_str().into(),
            e.officer.clone().unwrap_or_default().into(),
            e.level.into(),
            e.scale.into(),
            e.code.as_str().into(),
            json(&e.reasons).into(),
            answers.into(),
            e.partial.into(),
            e.late.into(),
            e.alarm.into(),
        ];
        self.ratings.entry(session).or_insert(row);
    }

    fn feedback(&mut self, at_ms: i64, e: &FeedbackGiven) {
        let contact = e.contact.as_ref().map(|c| serde_json::to_string(c).unwrap_or_default());
        let row = vec![
            self.site.as_str().into(),
            e.code.as_str().into(),
            self.day.as_str().into(),
            at_ms.into(),
            e.kind.as_str().into(),
            e.text.as_str().into(),
            contact.into(),
            "new".into(),
        ];
        self.feedback.entry(e.code.clone()).or_insert(row);
    }

    /// Writes everything back.
    pub(super) async fn write(self, tx: &mut Tx<'_>, source: &Source, now_ms: i64) -> Result<(), DbError> {
        let site = Value::from(self.site.as_str());
        let sql = "UPDATE halls SET day = $1, intake = $2 WHERE site = $3";
        tx.execute(sql, &[self.day.into(), self.intake.into(), site.clone()]).await?;
        if let Some(name) = self.name {
            tx.execute("UPDATE halls SET name = $1 WHERE site = $2", &[name.into(), site.clone()]).await?;
        }
        // A call of a ticket whose issue was never told has no label; it makes a visit and no ticket.
        let tickets = self.tickets.into_iter().filter(|(_, t)| !t.label.is_empty());
        tx.put(&TICKETS, tickets.map(|(id, t)| t.row(&site, id)).collect()).await?;
        tx.put(&VISITS, self.visits.into_iter().map(|(id, v)| v.row(&site, id)).collect()).await?;
        tx.put(&RATINGS, self.ratings.into_values().collect()).await?;
        for session in self.alarms_seen {
            let sql = "UPDATE ratings SET alarm = 2 WHERE site = $1 AND session = $2";
            tx.execute(sql, &[site.clone(), session.into()]).await?;
        }
        tx.put(&COUNTERS, self.counters.into_values().collect()).await?;
        tx.put(&FEEDBACK, self.feedback.into_values().collect()).await?;
        for noted in self.noted {
            super::rows::noted(tx, source, &noted, now_ms).await?;
        }
        Ok(())
    }
}

impl Ticket {
    fn row(self, site: &Value, id: String) -> Vec<Value> {
        vec![
            site.clone(),
            id.into(),
            self.day.into(),
            self.label.into(),
            self.service.into(),
            self.priority.into(),
            self.device.into(),
            self.issued_ms.into(),
            self.stage.into(),
            self.paper.into(),
            self.counter.into(),
            self.session.into(),
            self.first_call_ms.into(),
            self.ended_ms.into(),
            self.reason.into(),
        ]
    }
}

impl Visit {
    fn row(self, site: &Value, id: String) -> Vec<Value> {
        vec![
            site.clone(),
            id.into(),
            self.ticket.into(),
            self.day.into(),
            self.service.into(),
            self.counter.into(),
            self.officer.into(),
            self.called_ms.into(),
            self.calls.into(),
            self.waited_ms.into(),
            self.started_ms.into(),
            self.ended_ms.into(),
            self.outcome.into(),
        ]
    }
}

fn ticket(row: &Row) -> Result<Ticket, DbError> {
    Ok(Ticket {
        day: row.text(1)?,
        label: row.text(2)?,
        service: row.text(3)?,
        priority: row.flag(4)?,
        device: row.text(5)?,
        issued_ms: row.int(6)?,
        stage: row.text(7)?,
        paper: row.text(8)?,
        counter: row.text_or_none(9)?,
        session: row.text_or_none(10)?,
        first_call_ms: row.int_or_none(11)?,
        ended_ms: row.int_or_none(12)?,
        reason: row.text_or_none(13)?,
    })
}

fn visit(row: &Row) -> Result<Visit, DbError> {
    Ok(Visit {
        ticket: row.text(1)?,
        day: row.text(2)?,
        service: row.text(3)?,
        counter: row.text(4)?,
        officer: row.text(5)?,
        called_ms: row.int(6)?,
        calls: row.int(7)?,
        waited_ms: row.int(8)?,
        started_ms: row.int_or_none(9)?,
        ended_ms: row.int_or_none(10)?,
        outcome: row.text(11)?,
    })
}

/// Tickets and sessions that an event names.
fn named(body: &Body, tickets: &mut Vec<Uuid>, sessions: &mut Vec<Uuid>) {
    match body {
        Body::DayOpened(e) => tickets.extend(&e.carried),
        Body::DayEnded(e) => tickets.extend(&e.unserved),
        Body::DayCarriedOver(e) => tickets.extend(&e.tickets),
        Body::TicketIssued(e) => tickets.push(e.ticket),
        Body::TicketPaper(e) => tickets.push(e.ticket),
        Body::TicketVoided(e) => tickets.push(e.ticket),
        Body::TicketReturned(e) => tickets.push(e.ticket),
        Body::TicketHeld(e) => tickets.push(e.ticket),
        Body::TicketResumed(e) => tickets.push(e.ticket),
        Body::ServiceStarted(e) => tickets.push(e.ticket),
        Body::TicketAbsent(e) => {
            tickets.push(e.ticket);
            sessions.push(e.session);
        }
        Body::TicketTransferred(e) => {
            tickets.push(e.ticket);
            sessions.push(e.session);
        }
        Body::CallMade(e) => {
            tickets.push(e.ticket);
            sessions.push(e.session);
        }
        Body::ServiceFinished(e) => {
            tickets.push(e.ticket);
            sessions.push(e.session);
        }
        Body::RatingGiven(e) => sessions.push(e.session),
        _ => {}
    }
}

fn texts(ids: &[Uuid]) -> Vec<String> {
    let mut out: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    out.sort();
    out.dedup();
    out
}

fn paper(state: Paper) -> &'static str {
    match state {
        Paper::Committed => "committed",
        Paper::Printing => "printing",
        Paper::Printed => "printed",
        Paper::Failed => "failed",
        Paper::Unknown => "unknown",
    }
}

fn change(change: CounterChange) -> &'static str {
    match change {
        CounterChange::SignedIn => "signed-in",
        CounterChange::SignedOut => "signed-out",
        CounterChange::Opened => "open",
        CounterChange::Paused => "paused",
        CounterChange::Closed => "closed",
    }
}
