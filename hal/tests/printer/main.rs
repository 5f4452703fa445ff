// SPDX-License-Identifier: MIT OR Apache-2.0
//! The printer's driver against real transports: the simulator over a pty and over TCP, and programs that nobody here
//! wrote. One binary, one module per boundary.

mod bench;
mod faults;
mod links;
mod paper;
