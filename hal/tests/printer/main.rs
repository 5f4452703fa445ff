// SPDX-License-Identifier: MIT OR Apache-2.0
//! The printer's driver against real transports: the simulator over a pty and over TCP, and programs that nobody here
//! wrote. One binary, one module per boundary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the helpers of a test binary say what they expect by unwrapping it, as its tests do"
)]

mod bench;
mod bytes;
mod faults;
mod links;
mod paper;
mod peers;
mod replies;
mod slip;
