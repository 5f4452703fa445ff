// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central system of one-stop halls: takes what halls and devices report,
//! keeps it, shows it, and steers them.
//!
//! - [`app`]: what every part holds
//! - [`api`]: what is asked for in JSON
//! - [`cli`]: the command line
//! - [`data`]: backed up, restored, moved
//! - [`fanout`]: business events to brokers
//! - [`load`]: thousands of simulated devices
//! - [`metrics`]: what Prometheus is told
//! - [`project`]: events into read models, in the transaction that keeps them
//! - [`schema`]: the tables beside the link's own
//! - [`serve`]: the program as it runs
//! - [`trust`]: who may speak

pub mod api;
pub mod app;
pub mod cli;
pub mod data;
pub mod fanout;
pub mod load;
pub mod metrics;
pub mod project;
pub mod schema;
pub mod serve;
pub mod trust;
