// SPDX-License-Identifier: MIT OR Apache-2.0
//! The provincial system's data on their way to the halls: catalogue, bookings,
//! dossiers. They come in by a directory, by HTTP pushed or by HTTP pulled, are
//! checked, become a version and go down by the long poll of `steer`.
//!
//! An identity number that comes with a booking is turned into its mark before
//! anything is kept ([`motcua_link::province::mark`]): it is in no table, no
//! file and no log of the central.

mod files;
#[cfg(test)]
mod input_tests;
mod keys;
mod offer;
pub mod openapi;
mod pull;
mod push;
mod run;
mod state;
mod stub;
mod sweep;
mod take;

pub use files::{DropFolder, check};
pub use keys::{Key, key_of, keys, make_key, revoke_key};
pub use motcua_link::province::input::{BookingIn, Media};
pub use offer::{offers, packed};
pub use pull::{Pulled, Puller, PullerError, pulls};
pub use push::{Answer, Refusal, router};
pub use run::run;
pub use state::{Current, Intake, Standing, current, fields, intakes, seen, standings};
pub use stub::{Fault as StubFault, PushError, Stub, StubOptions, push_sample, sample};
pub use sweep::sweep;
pub use take::{Adapter, Origin, Taken, take};

use motcua_link::db::{Needs, Step};
use std::path::PathBuf;
use std::time::Duration;

/// How the provincial system is asked, and where it drops its files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Directory for files; none: no files are taken.
    pub inbox: Option<PathBuf>,
    /// Address of its interface; none: nothing is pulled.
    pub url: Option<String>,
    /// Between two questions.
    pub every: Duration,
    /// Longest an answer is waited for; a minute when absent.
    pub patience: Option<Duration>,
    /// File with the bearer token that it wants.
    pub token: Option<PathBuf>,
    /// PEM file of the authority of its certificate, where the system does not know it.
    pub ca: Option<PathBuf>,
}

macro_rules! tables {
    ($bytes:literal) => {
        concat!(
            "
-- The newest version of each document; `site` is empty for the catalogue.
CREATE TABLE province_documents(
    site TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, digest TEXT NOT NULL, packed ",
            $bytes,
            " NOT NULL,
    bytes BIGINT NOT NULL, entries BIGINT NOT NULL, first_day TEXT NOT NULL, adapter TEXT NOT NULL,
    origin TEXT NOT NULL, made_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, PRIMARY KEY(site, name));
CREATE TABLE province_intake(
    id TEXT PRIMARY KEY, site TEXT NOT NULL, name TEXT NOT NULL, adapter TEXT NOT NULL, origin TEXT NOT NULL,
    outcome TEXT NOT NULL, version BIGINT NOT NULL, entries BIGINT NOT NULL, faults TEXT NOT NULL,
    at_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL, times BIGINT NOT NULL);
CREATE INDEX province_intake_last ON province_intake(last_ms);
-- Names of fields, for figures.
CREATE TABLE province_fields(code TEXT PRIMARY KEY, vi TEXT NOT NULL, en TEXT);
-- Die with their day.
CREATE TABLE province_day_keys(
    site TEXT NOT NULL, day TEXT NOT NULL, secret TEXT NOT NULL, PRIMARY KEY(site, day));
CREATE TABLE province_keys(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, made_ms BIGINT NOT NULL,
    made_by TEXT NOT NULL, used_ms BIGINT, revoked_ms BIGINT, revoked_by TEXT);
CREATE TABLE province_pulls(
    site TEXT NOT NULL, name TEXT NOT NULL, etag TEXT, next_ms BIGINT NOT NULL, failures BIGINT NOT NULL,
    tried_ms BIGINT, good_ms BIGINT, outcome TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY(site, name));
CREATE TABLE apologies(
    site TEXT NOT NULL, apology TEXT NOT NULL, day TEXT NOT NULL, at_ms BIGINT NOT NULL, procedure TEXT NOT NULL,
    field TEXT NOT NULL, days_late BIGINT NOT NULL, new_due TEXT, PRIMARY KEY(site, apology));
CREATE INDEX apologies_day ON apologies(day, site);
"
        )
    };
}

/// Steps of the part `province`. Never changed once released.
pub const STEPS: &[Step] = &[
    Step { sqlite: tables!("BLOB"), postgres: tables!("BYTEA"), needs: Needs::Itself },
    // Who has seen a refusal.
    Step::both(
        "ALTER TABLE province_intake ADD COLUMN seen_ms BIGINT;
         ALTER TABLE province_intake ADD COLUMN seen_by TEXT;",
    ),
];
