// SPDX-License-Identifier: MIT OR Apache-2.0
//! End-to-end tests over real transports: real processes, sockets, ptys, a real
//! browser. One binary; each module is one boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects by stopping"
)]

mod aloud;
mod api;
mod bench_readers;
mod browser;
mod central;
mod citizen;
mod cli;
mod console;
mod desks;
mod doctor;
mod endtoend;
mod faults;
mod flows;
mod hall;
mod kill;
mod kill_hall;
mod kiosk_readers;
mod load;
mod machine;
mod own;
mod pages;
mod province;
mod readers;
mod remote;
mod screens;
mod software;
mod support;
mod technician;
mod tidy;
mod trial;
mod trust;
mod watch;
