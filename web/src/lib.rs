// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the pages of a hall's hub and of the central system share. No database,
//! no screens, no words: whoever draws a page brings its words.
//!
//! - [`asset`]: style sheet, scripts and letters
//! - [`page`]: a page with its headers, and its head
//! - [`parts`]: pieces of pages: tables, charts, numbers, fields
//! - [`form`]: what a page sends
//! - [`cookie`]: the cookie of a session
//! - [`token`]: random tokens and digests
//! - [`secret`]: PINs and passwords
//! - [`table`]: tables as CSV and XLSX
//! - [`download`]: a file for the browser to keep
//! - [`figures`]: means and percentiles
//! - [`text`]: numbers, days and spans of time as people write them

pub mod asset;
pub mod cookie;
pub mod download;
pub mod figures;
pub mod form;
pub mod page;
pub mod parts;
pub mod secret;
pub mod table;
pub mod text;
pub mod token;
