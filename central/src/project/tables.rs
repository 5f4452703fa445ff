// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the read models' rows are written, many at a time.

use motcua_link::db::{Kind, Put};

pub(super) const TICKETS: Put = Put {
    table: "tickets",
    columns: &[
        ("site", Kind::Text),
        ("ticket", Kind::Text),
        ("day", Kind::Text),
        ("label", Kind::Text),
        ("service", Kind::Text),
        ("priority", Kind::Int),
        ("device", Kind::Text),
        ("issued_ms", Kind::Int),
        ("stage", Kind::Text),
        ("paper", Kind::Text),
        ("counter", Kind::Text),
        ("session", Kind::Text),
        ("first_call_ms", Kind::Int),
        ("ended_ms", Kind::Int),
        ("reason", Kind::Text),
    ],
    conflict: "ON CONFLICT(site, ticket) DO UPDATE SET day = excluded.day, label = excluded.label,
        service = excluded.service, priority = excluded.priority, device = excluded.device,
        issued_ms = excluded.issued_ms, stage = excluded.stage, paper = excluded.paper, counter = excluded.counter,
        session = excluded.session, first_call_ms = excluded.first_call_ms, ended_ms = excluded.ended_ms,
        reason = excluded.reason",
};

pub(super) const VISITS: Put = Put {
    table: "visits",
    columns: &[
        ("site", Kind::Text),
        ("session", Kind::Text),
        ("ticket", Kind::Text),
        ("day", Kind::Text),
        ("service", Kind::Text),
        ("counter", Kind::Text),
        ("officer", Kind::Text),
        ("called_ms", Kind::Int),
        ("calls", Kind::Int),
        ("waited_ms", Kind::Int),
        ("started_ms", Kind::Int),
        ("ended_ms", Kind::Int),
        ("outcome", Kind::Text),
    ],
    conflict: "ON CONFLICT(site, session) DO UPDATE SET ticket = excluded.ticket, day = excluded.day,
        service = excluded.service, counter = excluded.counter, officer = excluded.officer,
        called_ms = excluded.called_ms, calls = excluded.calls, waited_ms = excluded.waited_ms,
        started_ms = excluded.started_ms, ended_ms = excluded.ended_ms, outcome = excluded.outcome",
};

pub(super) const RATINGS: Put = Put {
    table: "ratings",
    columns: &[
        ("site", Kind::Text),
        ("session", Kind::Text),
        ("day", Kind::Text),
        ("at_ms", Kind::Int),
        ("service", Kind::Text),
        ("counter", Kind::Text),
        ("officer", Kind::Text),
        ("level", Kind::Int),
        ("scale", Kind::Int),
        ("code", Kind::Text),
        ("reasons", Kind::Text),
        ("answers", Kind::Text),
        ("partial", Kind::Int),
        ("late", Kind::Int),
        ("alarm", Kind::Int),
    ],
    // The first rating of a session is the rating of it (I10).
    conflict: "ON CONFLICT(site, session) DO NOTHING",
};

pub(super) const COUNTERS: Put = Put {
    table: "counters",
    columns: &[
        ("site", Kind::Text),
        ("counter", Kind::Text),
        ("state", Kind::Text),
        ("officer", Kind::Text),
        ("since_ms", Kind::Int),
    ],
    conflict: "ON CONFLICT(site, counter) DO UPDATE SET state = excluded.state,
        officer = CASE WHEN excluded.state = 'signed-out' THEN NULL
                       ELSE coalesce(excluded.officer, counters.officer) END,
        since_ms = excluded.since_ms",
};

pub(super) const FEEDBACK: Put = Put {
    table: "feedback",
    columns: &[
        ("site", Kind::Text),
        ("code", Kind::Text),
        ("day", Kind::Text),
        ("at_ms", Kind::Int),
        ("kind", Kind::Text),
        ("text", Kind::Text),
        ("contact", Kind::Text),
        ("state", Kind::Text),
    ],
    conflict: "ON CONFLICT(site, code) DO NOTHING",
};
