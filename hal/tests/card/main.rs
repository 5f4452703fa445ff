// SPDX-License-Identifier: MIT OR Apache-2.0
//! The card driver against a virtual card behind a real pcscd with vpcd's virtual reader. Each test is a process of its own
//! with a pcscd of its own, in its own mount namespace, so that they neither meet each other nor the machine's daemon.
//!
//! Wants pcscd, vsmartcard-vpcd (`tools/setup.sh test` installs both) and the right to make a mount namespace, which root
//! has. Without them the tests fail and say so.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test binary say what they expect by unwrapping it, as its tests do"
)]

mod bench;
mod faults;
mod reading;
mod trust;
