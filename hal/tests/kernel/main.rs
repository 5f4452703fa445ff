// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drivers against the kernel itself: gpio-sim chips whose lines are pulled from below, a keyboard of uinput's, and
//! a loop-back sound card. Runs
//! as root in the guest that `make test-kernel` boots, one test at a time; anywhere else every test here is ignored.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test binary say what they expect by unwrapping it, as its tests do"
)]

mod bench;
mod buttons;
mod lamps;
mod scanner;
mod sound;
