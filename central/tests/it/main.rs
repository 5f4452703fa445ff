// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central at its boundaries: the real program as a process with real
//! devices, figures of both databases from the same events, people and pages
//! over HTTP, every page in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod above;
mod admit;
mod browser;
mod cli;
mod data;
#[cfg(any(feature = "mqtt", feature = "nats"))]
mod fanout;
mod figures;
mod kill;
mod offline;
mod oidc;
mod people;
mod poison;
mod postgres;
mod process;
mod provider;
mod province;
mod province_down;
mod sites;
mod software;
mod steering;
mod support;
mod visitor;
mod web;
