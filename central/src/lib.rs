// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central system of one-stop halls: takes what halls and devices report,
//! keeps it, shows it, and steers them.
//!
//! - [`app`]: what every part holds
//! - [`schema`]: the tables beside the link's own
//! - [`project`]: events into read models, in the transaction that keeps them

pub mod app;
pub mod project;
pub mod schema;
