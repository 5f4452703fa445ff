// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central at its boundary: the real program as a process, real devices.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by unwrapping it")]

mod admit;
mod data;
#[cfg(any(feature = "mqtt", feature = "nats"))]
mod fanout;
mod kill;
mod offline;
mod poison;
mod postgres;
mod support;
