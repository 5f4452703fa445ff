// SPDX-License-Identifier: MIT OR Apache-2.0
//! The link at its boundary: every store behind the HTTP endpoints, and a sender
//! over a network that does everything wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by unwrapping it")]

mod conform;
mod databases;
mod prefix;
mod steps;
mod support;
