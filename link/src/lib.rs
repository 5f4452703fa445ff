// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store-and-forward link of motcua, the same at every hop: device to hub,
//! hub to province, province to nation. `docs/link.md` describes the protocol.
//!
//! - [`wire`]: names, events, batches, answers
//! - [`data`]: what the events say, type by type
//! - [`province`]: catalogue, bookings and dossiers on their way to the halls
//! - [`describe`]: JSON Schemas and the OpenAPI document
//! - [`receive`]: the decision about a batch, stores, HTTP endpoints
//! - [`send`]: outboxes, retries, the uplink
//! - `check` (feature `client`): the conformance check of a receiver
//! - [`db`]: SQLite and PostgreSQL alike
//! - `trust` (feature): keys, certificates, enrolment, mutual TLS, sealing

#[cfg(feature = "client")]
pub mod check;
pub mod data;
pub mod db;
pub mod describe;
pub mod province;
pub mod receive;
pub mod send;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "trust")]
pub mod trust;
pub mod wire;
