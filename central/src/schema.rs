// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central's tables, the same in SQLite and PostgreSQL. Times are
//! milliseconds UTC, booleans 0 and 1, days `YYYY-MM-DD` of the hall. Whatever
//! belongs to a hall has its `site` first in the key: the shard key when one
//! database no longer carries a province.

use motcua_link::db::Step;

/// Steps of the part `central`. Never changed once released.
pub const STEPS: &[Step] = &[Step::both(
    "
CREATE TABLE halls(
    site TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', day TEXT NOT NULL DEFAULT '',
    intake TEXT, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL);
CREATE TABLE devices(
    source TEXT PRIMARY KEY, site TEXT NOT NULL, device TEXT NOT NULL, role TEXT NOT NULL DEFAULT '',
    first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL, health TEXT, health_ms BIGINT,
    serial TEXT, not_after_ms BIGINT, revoked_ms BIGINT);
CREATE INDEX devices_site ON devices(site);
CREATE TABLE tickets(
    site TEXT NOT NULL, ticket TEXT NOT NULL, day TEXT NOT NULL, label TEXT NOT NULL, service TEXT NOT NULL,
    priority BIGINT NOT NULL, device TEXT NOT NULL, issued_ms BIGINT NOT NULL, stage TEXT NOT NULL,
    paper TEXT NOT NULL, counter TEXT, session TEXT, first_call_ms BIGINT, ended_ms BIGINT, reason TEXT,
    PRIMARY KEY(site, ticket));
-- By day first: the pages ask for all halls of a day.
CREATE INDEX tickets_day ON tickets(day, site);
CREATE TABLE visits(
    site TEXT NOT NULL, session TEXT NOT NULL, ticket TEXT NOT NULL, day TEXT NOT NULL, service TEXT NOT NULL,
    counter TEXT NOT NULL, officer TEXT NOT NULL, called_ms BIGINT NOT NULL, calls BIGINT NOT NULL,
    waited_ms BIGINT NOT NULL, started_ms BIGINT, ended_ms BIGINT, outcome TEXT NOT NULL,
    PRIMARY KEY(site, session));
CREATE INDEX visits_day ON visits(day, site);
CREATE TABLE ratings(
    site TEXT NOT NULL, session TEXT NOT NULL, day TEXT NOT NULL, at_ms BIGINT NOT NULL, service TEXT NOT NULL,
    counter TEXT NOT NULL, officer TEXT NOT NULL, level BIGINT NOT NULL, scale BIGINT NOT NULL, code TEXT NOT NULL,
    reasons TEXT NOT NULL, answers TEXT NOT NULL, partial BIGINT NOT NULL, late BIGINT NOT NULL,
    alarm BIGINT NOT NULL, PRIMARY KEY(site, session));
CREATE INDEX ratings_day ON ratings(day, site);
CREATE TABLE counters(
    site TEXT NOT NULL, counter TEXT NOT NULL, state TEXT NOT NULL, officer TEXT, since_ms BIGINT NOT NULL,
    PRIMARY KEY(site, counter));
CREATE TABLE feedback(
    site TEXT NOT NULL, code TEXT NOT NULL, day TEXT NOT NULL, at_ms BIGINT NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, contact TEXT, state TEXT NOT NULL, PRIMARY KEY(site, code));
-- Two databases under one name, events set aside, what a device itself calls an alarm.
CREATE TABLE alarms(
    id TEXT PRIMARY KEY, site TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
    first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL, times BIGINT NOT NULL, seen_ms BIGINT, seen_by TEXT);
CREATE INDEX alarms_site ON alarms(site);
CREATE TABLE audit(
    id TEXT PRIMARY KEY, at_ms BIGINT NOT NULL, who TEXT NOT NULL, site TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX audit_at ON audit(at_ms);
",
)];
