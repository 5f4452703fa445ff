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
//! - [`province`]: the provincial system's data on their way to the halls
//! - [`oidc`]: sign-in through an OpenID provider
//! - [`people`]: accounts, roles, sign-in
//! - [`audit`]: who did what
//! - [`reports`]: read models into figures
//! - [`pages`]: the pages, and the open data
//! - [`schema`]: the tables beside the link's own
//! - [`serve`]: the program as it runs
//! - [`steer`]: what goes down to halls
//! - [`trust`]: who may speak

#[macro_use]
extern crate rust_i18n;

// The words of the pages.
i18n!("locales", fallback = "vi");

pub mod above;
pub mod api;
pub mod app;
pub mod audit;
pub mod cli;
pub mod data;
pub mod fanout;
pub mod load;
pub mod metrics;
pub mod oidc;
pub mod pages;
pub mod people;
pub mod project;
pub mod province;
pub mod reports;
pub mod schema;
pub mod serve;
pub mod steer;
pub mod trust;
