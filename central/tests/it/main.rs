// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central at its boundaries: figures of both databases from the same
//! events, people and pages over HTTP, every page in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod browser;
mod figures;
mod people;
mod sites;
mod steering;
mod support;
mod visitor;
mod web;
