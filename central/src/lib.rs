// SPDX-License-Identifier: MIT OR Apache-2.0
//! The central system of one-stop halls: takes what halls and devices report,
//! keeps it, shows it, and steers them.
//!
//! - [`app`]: what every part holds
//! - [`schema`]: the tables beside the link's own
//! - [`project`]: events into read models, in the transaction that keeps them
//! - [`people`]: accounts, roles, sign-in
//! - [`audit`]: who did what
//! - [`reports`]: read models into figures
//! - [`pages`]: the pages, and the open data

#[macro_use]
extern crate rust_i18n;

// The words of the pages.
i18n!("locales", fallback = "vi");

pub mod app;
pub mod audit;
pub mod pages;
pub mod people;
pub mod project;
pub mod reports;
pub mod schema;
