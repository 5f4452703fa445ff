// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a key of a read model can be. An index of PostgreSQL refuses rows of
//! some 2,700 bytes: one such event would stop its lane for ever.

use motcua_link::data::Body;

/// Longest text that becomes a key, in bytes.
pub(super) const LONGEST: usize = 200;

/// The first part of an event that is a key and too long for one.
pub(super) fn too_long(body: &Body) -> Option<&'static str> {
    let (what, text) = match body {
        Body::DayOpened(e) => ("day", &e.day),
        Body::TicketIssued(e) => ("day", &e.day),
        Body::CounterChanged(e) => ("counter", &e.counter),
        Body::FeedbackGiven(e) => ("code", &e.code),
        _ => return None,
    };
    (text.len() > LONGEST).then_some(what)
}
