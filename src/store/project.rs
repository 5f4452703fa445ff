// SPDX-License-Identifier: MIT OR Apache-2.0
//! What figures and look-ups read, kept beside the events and written in the
//! same transaction: tickets, service sessions and ratings.

use super::{StoreError, json, word};
use motcua_core::feed::{Call, Rated};
use motcua_core::queue::{Event, Ticket};
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Brings the projections up to one event that is being committed at `at_ms` on the business day `day`.
pub(super) fn project(db: &Connection, day: &str, at_ms: i64, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::Issued { ticket } => issued(db, ticket)?,
        Event::PrintMarked { ticket, print } => set(db, ticket, "print", &word(print))?,
        Event::Reprinted { ticket, .. } => set(db, ticket, "print", "committed")?,
        Event::Voided { ticket, .. } => set(db, ticket, "stage", "voided")?,
        Event::Delivered { ticket } => set(db, ticket, "stage", "delivered")?,
        Event::DayEnded { unserved, .. } => {
            for ticket in unserved {
                set(db, ticket, "stage", "unserved")?;
            }
        }
        Event::CarriedOver { tickets, .. } => {
            for ticket in tickets {
                set(db, ticket, "stage", "carried_over")?;
            }
        }
        Event::DayOpened { carried, .. } => {
            for ticket in carried {
                set(db, &ticket.id, "stage", "waiting")?;
            }
        }
        Event::AlarmSeen { session } => {
            db.prepare_cached("UPDATE ratings SET alarm = 2 WHERE session = ?1")?
                .execute([session.as_bytes()])?;
        }
        Event::Rated { rating, late, alarm } => rated(db, (day, at_ms), rating, *late, *alarm)?,
        desk => desk_event(db, day, at_ms, desk)?,
    }
    Ok(())
}

fn desk_event(db: &Connection, day: &str, at_ms: i64, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::Called { ticket, call, session, service, officer, recall, .. } => {
            set(db, ticket, "stage", "called")?;
            called(db, day, (ticket, session), call, (service, officer.as_deref().unwrap_or("")), *recall)?;
        }
        Event::Started { ticket, .. } => {
            set(db, ticket, "stage", "serving")?;
            let sql = "UPDATE visits SET started_ms = coalesce(started_ms, ?1)
                       WHERE ticket = ?2 AND outcome = 'open'";
            db.prepare_cached(sql)?.execute(params![at_ms, ticket.as_bytes()])?;
        }
        Event::Resumed { ticket, .. } => set(db, ticket, "stage", "serving")?,
        Event::Held { ticket, .. } => set(db, ticket, "stage", "held")?,
        Event::Served { ticket, session, started_ms, ended_ms, next, .. } => {
            set(db, ticket, "stage", if next.is_some() { "waiting" } else { "served" })?;
            // Holds do not count, so the start is told by the event.
            let sql =
                "UPDATE visits SET started_ms = ?1, ended_ms = ?2, outcome = 'served' WHERE session = ?3";
            db.prepare_cached(sql)?.execute(params![started_ms, ended_ms, session.as_bytes()])?;
        }
        Event::MarkedAbsent { ticket, session, .. } => {
            set(db, ticket, "stage", "absent")?;
            ended(db, session, at_ms, "absent")?;
        }
        Event::Transferred { ticket, session, .. } => {
            set(db, ticket, "stage", "waiting")?;
            ended(db, session, at_ms, "transferred")?;
        }
        Event::Returned { ticket, .. } => {
            set(db, ticket, "stage", "waiting")?;
            let sql = "UPDATE visits SET ended_ms = ?1, outcome = 'returned'
                       WHERE ticket = ?2 AND outcome = 'open'";
            db.prepare_cached(sql)?.execute(params![at_ms, ticket.as_bytes()])?;
        }
        _ => {}
    }
    Ok(())
}

fn issued(db: &Connection, t: &Ticket) -> Result<(), StoreError> {
    // A label of a kiosk's own series on a day that is over may meet the same label of a kiosk that
    // lost its memory: the event is kept, and the group is not spoilt by it.
    let or = if t.series.is_kiosk() { "OR IGNORE" } else { "" };
    let sql = format!(
        "INSERT {or} INTO tickets(id, day, series, number, print, stage, service, priority, issued_ms)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    );
    db.prepare_cached(&sql)?.execute(params![
        t.id.as_bytes(),
        t.day.to_string(),
        t.series.to_string(),
        t.number,
        word(&t.print),
        word(&t.stage),
        t.service,
        t.priority,
        t.issued_ms
    ])?;
    Ok(())
}

fn called(
    db: &Connection,
    day: &str,
    (ticket, session): (&Uuid, &Uuid),
    call: &Call,
    (service, officer): (&str, &str),
    recall: bool,
) -> Result<(), StoreError> {
    if recall {
        db.prepare_cached("UPDATE visits SET calls = calls + 1 WHERE session = ?1")?
            .execute([session.as_bytes()])?;
        return Ok(());
    }
    let sql = "INSERT OR IGNORE INTO visits(session, ticket, day, service, counter, officer, called_ms, calls, outcome)
               VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 'open')";
    db.prepare_cached(sql)?.execute(params![
        session.as_bytes(),
        ticket.as_bytes(),
        day,
        service,
        call.counter,
        officer,
        call.at_ms
    ])?;
    Ok(())
}

fn ended(db: &Connection, session: &Uuid, at_ms: i64, outcome: &str) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE visits SET ended_ms = ?1, outcome = ?2 WHERE session = ?3")?
        .execute(params![at_ms, outcome, session.as_bytes()])?;
    Ok(())
}

fn rated(
    db: &Connection,
    (day, at_ms): (&str, i64),
    r: &Rated,
    late: bool,
    alarm: bool,
) -> Result<(), StoreError> {
    // A late one belongs to the day of its session; the queue has forgotten that day, the rows have not.
    let sql =
        "INSERT OR IGNORE INTO ratings(session, day, at_ms, service, counter, officer, level, scale, code,
                                             reasons, answers, partial, late, alarm)
               SELECT ?1, coalesce((SELECT day FROM visits WHERE session = ?1), ?14),
                      ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13";
    db.prepare_cached(sql)?.execute(params![
        r.session.as_bytes(),
        at_ms,
        r.service,
        r.counter,
        r.officer.as_deref().unwrap_or(""),
        r.level,
        r.scale,
        r.code,
        json(&r.reasons),
        json(&r.answers),
        r.partial,
        late,
        i32::from(alarm),
        day
    ])?;
    Ok(())
}

fn set(db: &Connection, ticket: &Uuid, column: &str, value: &str) -> Result<(), StoreError> {
    let sql = format!("UPDATE tickets SET {column} = ?1 WHERE id = ?2");
    db.prepare_cached(&sql)?.execute(params![value, ticket.as_bytes()])?;
    Ok(())
}
