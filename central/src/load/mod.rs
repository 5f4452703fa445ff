// SPDX-License-Identifier: MIT OR Apache-2.0
//! The load generator: thousands of devices with certificates of their own,
//! real batches over mutual TLS, and the bare rate of the same database beside
//! it, so that the result is a ratio.

mod one;
mod script;

pub use one::{fill, one};
pub use script::{DAY, Script, health};
